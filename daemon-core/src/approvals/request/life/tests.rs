//! What must hold of a request's life, whatever happens to it in whatever order and at whatever time.

use proptest::prelude::*;

use super::*;

const LENGTH: Duration = Duration::from_secs(600);

/// Something that happens, and how much time passes before it.
type Happening = (u64, Event);

/// What happened, what was true before and after, and what was said.
struct Moved {
    event: Event,
    before: Life,
    after: Life,
    outcome: Result<Option<Leaf>, Refused>,
}

fn start() -> Moment {
    Moment { wall: "2026-11-21T12:00:00Z".parse().unwrap(), uptime: Duration::from_secs(5) }
}

fn life() -> Life {
    let term = Term::of(LENGTH, start());
    Life { state: State::Received, plan: "sha256:a".into(), client: "robot".into(), term }
}

fn play(happenings: Vec<Happening>) -> Vec<Moved> {
    let (mut life, mut now) = (life(), start());
    let mut moves = Vec::new();
    for (seconds, event) in happenings {
        now = now.after(Duration::from_secs(seconds));
        let before = life.clone();
        let outcome = step(&life, event.clone(), now).map(|step| {
            (life.state, life.term) = (step.state, step.term);
            step.leaf
        });
        moves.push(Moved { event, before, after: life.clone(), outcome });
    }
    moves
}

fn plan() -> impl Strategy<Value = String> {
    prop_oneof![9 => Just("sha256:a".to_owned()), 1 => Just("sha256:b".to_owned())]
}

fn who() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just("owner".to_owned()), 1 => Just("robot".to_owned())]
}

fn event() -> impl Strategy<Value = Event> {
    let ruling = prop_oneof![1 => Just(Ruling::Allow), 3 => Just(Ruling::Ask), 1 => Just(Ruling::Deny)];
    let verdict = prop_oneof![2 => Just(Verdict::Approve), 1 => Just(Verdict::Deny)];
    let decided = (verdict, plan(), who(), prop::bool::weighted(0.1)).prop_map(
        |(verdict, plan, approver, is_requester)| {
            let (scope, note) = ("once".into(), None);
            Event::Decided { verdict, plan, approver, is_requester, scope, note }
        },
    );
    let retaken = (who(), plan()).prop_map(|(who, plan)| Event::Retaken {
        client: if who == "owner" { "robot".into() } else { "other".into() },
        plan,
        term: Term::of(LENGTH, start()),
    });
    let outcome = prop_oneof![
        any::<i32>().prop_map(Outcome::Exited),
        Just(Outcome::Signalled(9)),
        Just(Outcome::NotStarted)
    ];
    prop_oneof![
        4 => ruling.prop_map(|ruling| Event::Ruled { ruling, by: "default".into() }),
        1 => Just(Event::Shown { surface: "cli", more: LENGTH }),
        4 => decided,
        1 => Just(Event::Passed),
        1 => Just(Event::Cancelled("its requester has ended")),
        1 => Just(Event::Outlawed { by: "rule:no".into() }),
        1 => Just(Event::Found),
        1 => retaken,
        1 => Just(Event::Drifted { was: "a".into(), now: "b".into() }),
        1 => Just(Event::Unable("no memory")),
        4 => plan().prop_map(|plan| Event::Claimed { claim: "c1".into(), plan }),
        3 => Just(Event::Started { pid: 7 }),
        3 => outcome.prop_map(|outcome| Event::Ended { outcome, out: "o".into(), err: "e".into(), bytes: 1 }),
    ]
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let seconds = prop_oneof![20 => 0..30u64, 1 => 0..700u64];
    // The first is nearly always what happens first, or most lives would never begin.
    let ruled = prop_oneof![1 => Just(Ruling::Allow), 4 => Just(Ruling::Ask)];
    let first = ruled.prop_map(|ruling| vec![(0, Event::Ruled { ruling, by: "default".into() })]);
    let first = prop_oneof![9 => first, 1 => Just(Vec::new())];
    let rest = prop::collection::vec((seconds, event()), 0..24);
    (first, rest).prop_map(|(first, rest)| [first, rest].concat())
}

fn changed(moved: &Moved) -> bool {
    moved.before.state != moved.after.state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn i1_a_request_is_executed_once_at_most(happenings in happenings()) {
        let moves = play(happenings);
        let times = |state| moves.iter().filter(|moved| changed(moved) && moved.after.state == state).count();
        prop_assert!(times(State::Claimed) <= 1);
        prop_assert!(times(State::Running) <= 1);
    }

    #[test]
    fn i2_nothing_runs_that_the_record_has_not_claimed(happenings in happenings()) {
        let mut leaves = Vec::new();
        for moved in play(happenings) {
            leaves.extend(moved.outcome.ok().flatten().map(|leaf| leaf.kind));
            if matches!(moved.after.state, State::Running | State::Finished | State::Killed | State::Failed) {
                prop_assert!(leaves.contains(&"exec.claimed"), "{leaves:?}");
            }
        }
    }

    #[test]
    fn i3_what_is_claimed_is_what_was_asked_for(happenings in happenings()) {
        for moved in play(happenings) {
            if let (Event::Claimed { plan, .. }, Ok(Some(leaf))) = (&moved.event, &moved.outcome) {
                prop_assert_eq!(plan, &moved.before.plan);
                prop_assert_eq!(&leaf.body["plan"], &json!(moved.before.plan));
            }
            prop_assert_eq!(&moved.before.plan, &moved.after.plan);
        }
    }

    #[test]
    fn i4_a_decision_is_about_what_was_shown(happenings in happenings()) {
        for moved in play(happenings) {
            if let Event::Decided { plan, .. } = &moved.event
                && *plan != moved.before.plan
            {
                let decided = matches!(moved.after.state, State::Approved | State::DeniedUser);
                prop_assert!(!(changed(&moved) && decided));
            }
        }
    }

    #[test]
    fn i5_what_is_over_stays_so(happenings in happenings()) {
        for moved in play(happenings) {
            if moved.before.state.is_over() {
                prop_assert_eq!(&moved.before, &moved.after);
                prop_assert_eq!(&moved.outcome, &Err(Refused::Past(moved.before.state)));
            }
        }
    }

    #[test]
    fn i6_nobody_decides_his_own_request(happenings in happenings()) {
        for moved in play(happenings) {
            if let Event::Decided { approver, is_requester, .. } = &moved.event
                && (*is_requester || approver == "robot")
            {
                prop_assert!(!matches!(moved.after.state, State::Approved | State::DeniedUser) || !changed(&moved));
            }
        }
    }

    #[test]
    fn i7_only_a_rule_or_a_person_allows_and_nothing_else_does(happenings in happenings()) {
        for moved in play(happenings) {
            if changed(&moved) && moved.after.state == State::Approved {
                let allowed = matches!(
                    moved.event,
                    Event::Ruled { ruling: Ruling::Allow, .. }
                        | Event::Decided { verdict: Verdict::Approve, .. }
                );
                prop_assert!(allowed, "{:?}", moved.event);
                let late = moved.before.term.ends;
                let in_time = moved.before.state == State::Received || moved.after.term.ends == late;
                prop_assert!(in_time);
            }
        }
    }

    #[test]
    fn i8_each_change_is_one_leaf_and_only_showing_is_one_without_a_change(happenings in happenings()) {
        for moved in play(happenings) {
            match &moved.outcome {
                Ok(Some(leaf)) => prop_assert!(changed(&moved) != (leaf.kind == "approval.shown")),
                Ok(None) | Err(_) => prop_assert_eq!(&moved.before, &moved.after),
            }
        }
    }

    #[test]
    fn i9_no_yes_undoes_a_no(happenings in happenings()) {
        let mut denied = false;
        for moved in play(happenings) {
            denied |= matches!(
                moved.after.state,
                State::DeniedPolicy | State::DeniedUser | State::Invalidated | State::DriftDenied
            );
            prop_assert!(!denied || moved.after.state.is_over());
        }
    }

    #[test]
    fn reading_never_takes_time_and_never_gives_more_than_one_term_more(happenings in happenings()) {
        let last = Term::of(LENGTH, start()).at_last;
        for moved in play(happenings) {
            if let Event::Shown { .. } = moved.event {
                let (before, after) = (moved.before.term.ends, moved.after.term.ends);
                prop_assert!(before.wall <= after.wall && before.uptime <= after.uptime);
                prop_assert!(after.wall <= last.wall && after.uptime <= last.uptime);
            }
        }
    }
}

/// What a decision finds after so much time by the clock on the wall and by the other.
fn check_late(wall: i64, uptime: u64, expected: State) {
    let pending = Life { state: State::Pending, ..life() };
    let now = Moment {
        wall: start().wall + jiff::SignedDuration::from_secs(wall),
        uptime: start().uptime + Duration::from_secs(uptime),
    };
    let event = Event::Decided {
        verdict: Verdict::Approve,
        plan: "sha256:a".into(),
        approver: "owner".into(),
        is_requester: false,
        scope: "once".into(),
        note: None,
    };
    assert_eq!(step(&pending, event, now).unwrap().state, expected, "{wall} {uptime}");
}

#[test]
fn c80_whichever_clock_gets_there_first_ends_the_wait() {
    check_late(599, 599, State::Approved);
    check_late(600, 1, State::Expired);
    check_late(1, 600, State::Expired);
    // Set back by an hour, and set forward by eight.
    check_late(-3600, 600, State::Expired);
    check_late(-3600, 599, State::Approved);
    check_late(8 * 3600, 0, State::Expired);
}

#[test]
fn what_an_old_daemon_left_is_never_run_again() {
    let cases = [
        (State::Pending, State::Orphaned),
        (State::Approved, State::NotStarted),
        (State::Claimed, State::Unknown),
        (State::Running, State::Unknown),
    ];
    for (left, found) in cases {
        let step = step(&Life { state: left, ..life() }, Event::Found, start()).unwrap();
        assert_eq!(step.state, found);
    }
}

#[test]
fn every_state_has_its_name_in_json_and_in_tables() {
    for (state, name) in super::super::state::NAMES {
        assert_eq!(serde_json::to_value(state).unwrap(), name);
        assert_eq!(State::named(name), Some(state));
    }
}
