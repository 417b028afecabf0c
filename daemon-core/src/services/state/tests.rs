//! The transitions of a service, one by one and then at random.

use proptest::prelude::*;

use super::*;
use crate::services::backoff;

pub(in crate::services) const SECOND: Duration = Duration::from_secs(1);

pub(in crate::services) fn policy() -> Policy {
    Policy {
        restart: Restart::OnFailure,
        backoff: backoff::Policy {
            allowed: 3,
            calm: 60 * SECOND,
            initial: SECOND / 10,
            max: 30 * SECOND,
            factor: 2.0,
            jitter: 0.0,
        },
        stop_timeout: 10 * SECOND,
        probed: true,
        held: false,
    }
}

/// Feeds events a second apart and returns the machine and the last effect.
fn after(policy: &Policy, events: &[Event]) -> (Machine, Option<Effect>) {
    let mut machine = Machine::default();
    let mut effect = None;
    for (second, event) in (0..).zip(events) {
        effect = machine.step(*event, Duration::from_secs(second), policy, 0.0);
    }
    (machine, effect)
}

const UP: [Event; 4] = [Event::Start, Event::Unblocked, Event::Launched, Event::Ready];

#[test]
fn a_start_waits_for_others_then_spawns_then_runs_then_is_ready() {
    let policy = policy();
    let state = |count: usize| after(&policy, &UP[..count]).0.state().clone();
    assert_eq!(after(&policy, &UP[..1]).1, Some(Effect::Await));
    assert_eq!(state(1), State::Waiting);
    assert_eq!(after(&policy, &UP[..2]).1, Some(Effect::Spawn));
    assert_eq!(state(2), State::Starting);
    assert_eq!(state(3), State::Running { since: 2 * SECOND, ready: false, healthy: true });
    assert_eq!(state(4), State::Running { since: 2 * SECOND, ready: true, healthy: true });
}

#[test]
fn without_a_probe_it_is_ready_as_soon_as_it_runs() {
    let (machine, _) = after(&Policy { probed: false, ..policy() }, &UP[..3]);
    assert!(matches!(machine.state(), State::Running { ready: true, .. }));
}

#[test]
fn what_crashes_while_starts_are_held_waits_also_the_first_time() {
    let held = Policy { held: true, ..policy() };
    let (mut machine, _) = after(&held, &UP);
    assert_eq!(machine.step(Event::Exited { success: false }, 5 * SECOND, &held, 0.0), None);
    assert_eq!(machine.deadline(), Some(5 * SECOND));
    assert_eq!(machine.step(Event::Deadline, 6 * SECOND, &held, 0.0), Some(Effect::Await));
}

#[test]
fn the_first_crash_is_answered_at_once_the_next_later_and_one_too_many_not_at_all() {
    let policy = policy();
    let crash = [Event::Exited { success: false }, Event::Unblocked, Event::Launched];
    let mut events = vec![Event::Start, Event::Unblocked, Event::Launched];
    events.extend(crash);
    let (machine, _) = after(&policy, &events);
    assert!(matches!(machine.state(), State::Running { .. }));
    assert_eq!(machine.restarts(), 1);

    events.push(Event::Exited { success: false });
    let (mut machine, _) = after(&policy, &events);
    let until = 6 * SECOND + SECOND / 10;
    assert_eq!(machine.state(), &State::Backoff { until });
    assert_eq!(machine.deadline(), Some(until));
    assert_eq!(machine.step(Event::Deadline, until - SECOND / 100, &policy, 0.0), None, "too early");
    assert_eq!(machine.step(Event::Deadline, until, &policy, 0.0), Some(Effect::Await));

    let (machine, _) =
        after(&Policy { backoff: backoff::Policy { allowed: 1, ..policy.backoff }, ..policy }, &events);
    assert_eq!(machine.state(), &State::Failed);
    assert_eq!(machine.wanted(), Wanted::Up, "somebody still wants it");
}

#[test]
fn what_has_done_its_work_is_stopped_and_wanted_no_more() {
    for restart in [Restart::OnFailure, Restart::Never] {
        let mut events = UP.to_vec();
        events.push(Event::Exited { success: true });
        let (machine, _) = after(&Policy { restart, ..policy() }, &events);
        assert_eq!((machine.state(), machine.wanted()), (&State::Stopped, Wanted::Down));
    }
}

#[test]
fn a_program_that_cannot_be_run_fails_at_once_and_a_passing_lack_is_tried_again() {
    let attempt = |transient| {
        after(&policy(), &[Event::Start, Event::Unblocked, Event::Unlaunched { transient }]).0.state().clone()
    };
    assert_eq!(attempt(false), State::Failed);
    assert_eq!(attempt(true), State::Waiting);
}

#[test]
fn not_ready_in_time_is_a_crash() {
    let events = [&UP[..3], &[Event::NotReady]].concat();
    let (mut machine, effect) = after(&policy(), &events);
    assert_eq!(effect, Some(Effect::Terminate));
    let effect = machine.step(Event::Exited { success: true }, 4 * SECOND, &policy(), 0.0);
    assert_eq!(effect, Some(Effect::Await), "even if it then ends as asked");
    assert_eq!(machine.crashes(), 1);
}

const UNHEALTHY: Event = Event::Trouble { what: Trouble::Unhealthy, well: Duration::ZERO };

#[test]
fn trouble_ends_a_run_and_its_end_is_a_crash_however_it_looks() {
    for what in [Trouble::Unhealthy, Trouble::Hung, Trouble::Greedy] {
        for success in [true, false] {
            let events = [&UP[..], &[Event::Trouble { what, well: Duration::ZERO }]].concat();
            let (mut machine, effect) = after(&policy(), &events);
            assert_eq!(effect, Some(Effect::Terminate));
            assert_eq!(machine.deadline(), Some(14 * SECOND), "it has as long as at any stop");
            let effect = machine.step(Event::Exited { success }, 5 * SECOND, &policy(), 0.0);
            assert_eq!((effect, machine.crashes()), (Some(Effect::Await), 1));
        }
    }
}

#[test]
fn trouble_ends_also_what_is_never_started_again_unless_it_is_merely_unhealthy() {
    let never = Policy { restart: Restart::Never, ..policy() };
    for what in [Trouble::Hung, Trouble::Greedy] {
        let trouble = Event::Trouble { what, well: Duration::ZERO };
        let (machine, _) = after(&never, &[&UP[..], &[trouble, Event::Exited { success: true }]].concat());
        assert_eq!(machine.state(), &State::Failed);
    }
    let (mut machine, effect) = after(&never, &[&UP[..], &[Event::Healthy(false), UNHEALTHY]].concat());
    assert_eq!(effect, None);
    assert_eq!(machine.state(), &State::Running { since: 2 * SECOND, ready: true, healthy: false });
    machine.step(Event::Healthy(true), 6 * SECOND, &never, 0.0);
    assert_eq!(machine.state(), &State::Running { since: 2 * SECOND, ready: true, healthy: true });
}

#[test]
fn while_restarts_are_held_the_unhealthy_is_left_alone_and_then_it_is_not() {
    let held = Policy { held: true, ..policy() };
    let (mut machine, effect) = after(&held, &[&UP[..], &[Event::Healthy(false), UNHEALTHY]].concat());
    assert_eq!(effect, None);
    assert_eq!(machine.step(UNHEALTHY, 9 * SECOND, &policy(), 0.0), Some(Effect::Terminate));
}

#[test]
fn only_the_time_in_which_it_was_well_forgives_what_was_before() {
    let crash = [Event::Exited { success: false }, Event::Unblocked, Event::Launched];
    let crashes = |well: u32| {
        let (mut machine, _) = after(&policy(), &[&UP[..], &crash].concat());
        let trouble = Event::Trouble { what: Trouble::Unhealthy, well: well * SECOND };
        machine.step(trouble, 500 * SECOND, &policy(), 0.0);
        machine.step(Event::Exited { success: false }, 501 * SECOND, &policy(), 0.0);
        machine.crashes()
    };
    // It runs since second 6, and calm are 60 of them.
    assert_eq!((crashes(0), crashes(65), crashes(66)), (2, 2, 1));
}

#[test]
fn what_is_ended_for_trouble_is_stopped_if_somebody_wants_that() {
    let events = [&UP[..], &[UNHEALTHY, Event::Stop, Event::Exited { success: false }]].concat();
    let (machine, _) = after(&policy(), &events);
    assert_eq!((machine.state(), machine.crashes()), (&State::Stopped, 0));
}

#[test]
fn a_restart_in_flight_and_a_stop_end_stopped() {
    let events = [&UP[..], &[Event::Restart, Event::Stop, Event::Exited { success: false }]].concat();
    let (machine, _) = after(&policy(), &events);
    assert_eq!(machine.state(), &State::Stopped);
}

#[test]
fn a_start_while_it_stops_starts_it_again_afterwards() {
    let events = [&UP[..], &[Event::Stop, Event::Start, Event::Exited { success: false }]].concat();
    let (machine, effect) = after(&policy(), &events);
    assert_eq!((machine.state(), effect), (&State::Waiting, Some(Effect::Await)));
}

#[test]
fn what_ignores_the_signal_is_killed_once() {
    let policy = policy();
    let (mut machine, _) = after(&policy, &[&UP[..], &[Event::Stop]].concat());
    let deadline = machine.deadline().unwrap();
    assert_eq!(deadline, 14 * SECOND);
    assert_eq!(machine.step(Event::Deadline, deadline, &policy, 0.0), Some(Effect::Kill));
    assert_eq!(machine.deadline(), None);
    assert_eq!(machine.step(Event::Deadline, deadline + SECOND, &policy, 0.0), None);
}

#[test]
fn what_says_that_it_takes_longer_to_end_is_given_the_time() {
    let extend = |until: u32| Event::Extend { until: until * SECOND };
    let (mut machine, _) = after(&policy(), &[&UP[..], &[extend(99), Event::Stop, extend(7)]].concat());
    assert_eq!(machine.deadline(), Some(15 * SECOND), "never less than it has, nor for an earlier word");
    machine.step(extend(20), 7 * SECOND, &policy(), 0.0);
    assert_eq!(machine.deadline(), Some(20 * SECOND));
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Start),
        Just(Event::Stop),
        Just(Event::Restart),
        Just(Event::Unblocked),
        Just(Event::Launched),
        any::<bool>().prop_map(|transient| Event::Unlaunched { transient }),
        Just(Event::Ready),
        Just(Event::NotReady),
        any::<bool>().prop_map(Event::Healthy),
        (0u64..400).prop_map(|until| Event::Extend { until: Duration::from_secs(until) }),
        (trouble(), 0u64..400)
            .prop_map(|(what, well)| Event::Trouble { what, well: Duration::from_secs(well) }),
        any::<bool>().prop_map(|success| Event::Exited { success }),
        Just(Event::Deadline),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![Just(Trouble::Unhealthy), Just(Trouble::Hung), Just(Trouble::Greedy)]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let restart = prop_oneof![Just(Restart::Always), Just(Restart::OnFailure), Just(Restart::Never)];
    (restart, 0u32..4, any::<bool>(), any::<bool>()).prop_map(|(restart, allowed, probed, held)| Policy {
        restart,
        backoff: backoff::Policy { allowed, ..policy().backoff },
        probed,
        held,
        ..policy()
    })
}

/// A process as the world sees it, which only ever does what was asked of it.
#[derive(Default)]
struct World {
    children: u32,
    executes: bool,
}

impl World {
    /// Whether this event could happen now; if so, it does.
    fn allows(&mut self, event: Event) -> bool {
        match event {
            Event::Exited { .. } | Event::Unlaunched { .. } if self.children == 0 => false,
            Event::Unlaunched { .. } | Event::Launched if self.executes || self.children == 0 => false,
            Event::Launched => {
                self.executes = true;
                true
            }
            Event::Exited { .. } | Event::Unlaunched { .. } => {
                (self.children, self.executes) = (0, false);
                true
            }
            _ => true,
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_there_is_at_most_one_child_and_none_that_nobody_wants(
        policy in any_policy(),
        events in prop::collection::vec((event(), 0u64..20_000), 0..60),
    ) {
        let (mut machine, mut world, mut now) = (Machine::default(), World::default(), Duration::ZERO);
        for (event, later) in events {
            now += Duration::from_millis(later);
            if !world.allows(event) {
                continue;
            }
            let effect = machine.step(event, now, &policy, 0.5);
            match effect {
                Some(Effect::Spawn) => {
                    world.children += 1;
                    prop_assert_eq!(machine.wanted(), Wanted::Up);
                }
                Some(Effect::Terminate | Effect::Kill) => prop_assert_eq!(world.children, 1),
                Some(Effect::Await) => prop_assert_eq!(machine.state(), &State::Waiting),
                None => {}
            }
            prop_assert!(world.children <= 1);
            prop_assert_eq!(machine.has_process(), world.children == 1);
            let is = machine.state();
            prop_assert!(!matches!(is, State::Running { ready: false, healthy: false, .. }), "{:?}", is);
            let restless = matches!(machine.state(), State::Backoff { .. } | State::Stopping { killed: false, .. });
            prop_assert_eq!(machine.deadline().is_some(), restless);
        }

        // From here on somebody wants it down, the program ignores signals, and only a kill ends it.
        let mut effect = machine.step(Event::Stop, now, &policy, 0.5);
        let kill_at = machine.deadline().unwrap_or(now).max(now + policy.stop_timeout);
        while machine.state() != &State::Stopped {
            prop_assert!(effect != Some(Effect::Spawn));
            let event = match effect {
                Some(Effect::Kill) => Event::Exited { success: false },
                _ => match machine.deadline() {
                    Some(deadline) => { now = now.max(deadline); Event::Deadline }
                    None => Event::Exited { success: false }, // it was killed already
                },
            };
            effect = machine.step(event, now, &policy, 0.5);
        }
        prop_assert!(now <= kill_at);
    }
}
