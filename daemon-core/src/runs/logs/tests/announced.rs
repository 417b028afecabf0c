//! Every line is in the log or announced as missing, whatever becomes of the disk, the daemon and the run.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::runs::logs::capture::{Left, Rest};
use crate::runs::logs::crash::fused::{kill_after, leave_room};

/// What happens to a service, its daemon and its disk.
#[derive(Debug, Clone)]
struct Move {
    act: Act,
    /// The daemon is killed after so many steps, and its successor after so many of its own.
    kills: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    /// So many lines.
    Write(Stream, u32),
    Pull(Stream),
    /// So many bytes more can be written.
    Room(usize),
    /// So many seconds later.
    Later(u64),
    /// The log is tried again.
    Retry,
    /// The run ends, and the next one begins. A stray of it may hold what it wrote to, and the daemon may not
    /// have looked at what was left until then.
    Next {
        stray: bool,
        late: bool,
    },
    /// The daemon ends, and leaves all for its successor.
    Leave,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let stream = || prop_oneof![Just(Stream::Out), Just(Stream::Err)];
    let act = prop_oneof![
        5 => (stream(), prop_oneof![5 => 1u32..30, 1 => 1u32..3000]).prop_map(|(stream, lines)| Act::Write(stream, lines)),
        5 => stream().prop_map(Act::Pull),
        2 => prop_oneof![1 => Just(0), 2 => 1usize..3000, 2 => Just(usize::MAX)].prop_map(Act::Room),
        2 => (1u64..9).prop_map(Act::Later),
        1 => Just(Act::Retry),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(stray, late)| Act::Next { stray, late }),
        1 => Just(Act::Leave),
    ];
    let kills = prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(0u32..24, 1..4)];
    proptest::collection::vec((act, kills).prop_map(|(act, kills)| Move { act, kills }), 1..40)
}

/// A daemon that may be killed, and what outlives it.
struct World {
    fixture: Fixture,
    policy: Policy,
    common: Common,
    capture: Option<Capture>,
    run: u64,
    /// What the run writes to is the last; strays of earlier ones have the others open.
    writers: Vec<[File; 2]>,
    /// Has the FIFOs open as well, so that what is in them stays (`hob-launch keep`).
    keeper: Vec<File>,
    sent: [u32; 2],
}

impl World {
    fn new(max_size: u64) -> World {
        leave_room(usize::MAX);
        let (fixture, mut common) = (Fixture::new(), common());
        let policy = policy(max_size);
        let capture = Capture::begin(fixture.place.clone(), 1, &policy, &mut common).unwrap();
        let mut world = World {
            fixture,
            policy,
            common,
            capture: Some(capture),
            run: 1,
            writers: Vec::new(),
            keeper: Vec::new(),
            sent: [0; 2],
        };
        world.keep();
        world
    }

    fn keep(&mut self) {
        let fifos = self.capture.as_ref().map_or(self.run, |capture| capture.slot.fifos);
        self.writers.push(self.fixture.writers(fifos));
        self.keeper.extend(Stream::BOTH.map(|stream| {
            let fifo = self.fixture.place.fifo(fifos, stream);
            let mut options = fs_err::OpenOptions::new();
            options.read(true).options_mut().custom_flags(OFlags::NONBLOCK.bits().cast_signed());
            options.open(fifo).unwrap().into_file()
        }));
    }

    /// Does `work`, dying as often as `kills` says; a successor does it, too, if it is `again`.
    fn live(
        &mut self,
        kills: &[u32],
        again: bool,
        work: impl Fn(Option<Capture>, &mut Common) -> Option<Capture>,
    ) {
        let mut kills = kills.iter();
        let mut is_done = false;
        let mut capture = self.capture.take();
        loop {
            let kill = kills.next().copied().unwrap_or(u32::MAX);
            let (place, common, work) = (self.fixture.place.clone(), &mut self.common, &work);
            let works = !is_done;
            let survivor = kill_after(kill, move || {
                if works {
                    return work(capture, common);
                }
                // The memory of the one before is gone.
                common.waiting = 0;
                Capture::recover(place, None, common).unwrap()
            });
            match survivor {
                Some(survivor) => {
                    self.capture = survivor;
                    return;
                }
                None => (capture, is_done) = (None, !again),
            }
        }
    }

    fn on_capture(&mut self, kills: &[u32], work: impl Fn(&mut Capture, &mut Common)) {
        self.live(kills, false, |mut capture, common| {
            if let Some(capture) = &mut capture {
                work(capture, common);
            }
            capture
        });
    }

    fn next(&mut self, kills: &[u32], stray: bool, late: bool) {
        let (place, policy, next) = (self.fixture.place.clone(), self.policy.clone(), self.run + 1);
        if !stray {
            self.writers.clear();
        }
        self.live(kills, true, |capture, common| {
            let is_known = capture.is_some();
            let capture = match capture {
                Some(capture) => Some(capture),
                None => Capture::recover(place.clone(), None, common).unwrap(),
            };
            let Some(mut capture) = capture else {
                return Some(
                    Capture::begin_after(Rest::default(), place.clone(), next, &policy, common).unwrap(),
                );
            };
            if capture.run() == next {
                return Some(capture);
            }
            capture.close(common);
            let (is_settled, last_stamp, keeping) =
                (capture.is_settled(), capture.slot.last_stamp, capture.keeping());
            let mut rest = capture.into_rest();
            if is_settled {
                let left = Left { fifos: rest.slot.fifos, staging: rest.staging, kept: None };
                rest = Rest::settled(last_stamp, Some(keeping), left);
            }
            rest.is_known = is_known || !late;
            Some(Capture::begin_after(rest, place.clone(), next, &policy, common).unwrap())
        });
        self.run = next;
        self.keep();
    }

    fn act(&mut self, Move { act, kills }: &Move) {
        match *act {
            Act::Write(stream, lines) => {
                let at = stream.index();
                let writer = &self.writers.last().expect("there is a run")[at];
                for _ in 0..lines {
                    let line = format!("{:06}\n", self.sent[at]);
                    self.sent[at] += u32::from(write_some(writer, line.as_bytes()) == line.len());
                }
            }
            Act::Pull(stream) => self.on_capture(kills, |capture, common| {
                capture.pull(stream, common).unwrap();
            }),
            Act::Room(bytes) => leave_room(bytes),
            Act::Later(seconds) => self.common.now += Duration::from_secs(seconds),
            Act::Retry => self.on_capture(kills, |capture, common| {
                capture.retry(common);
            }),
            Act::Next { stray, late } => self.next(kills, stray, late),
            Act::Leave => {
                self.on_capture(kills, |capture, common| {
                    capture.retry(common);
                });
                self.capture = None;
                let place = self.fixture.place.clone();
                self.live(kills, true, |_, common| {
                    common.waiting = 0;
                    Capture::recover(place.clone(), None, common).unwrap()
                });
            }
        }
    }
}

fn check(moves: &[Move], max_size: u64) -> Result<(), TestCaseError> {
    let mut world = World::new(max_size);
    for one in moves {
        world.act(one);
    }
    leave_room(usize::MAX);
    world.on_capture(&[], Capture::close);
    let written = world.fixture.written();
    let mut announced = 0;
    for stream in Stream::BOTH {
        let text = String::from_utf8(written.streams[stream.index()].clone()).unwrap();
        let (notices, lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with("hob: "));
        let count = |notice: &str| notice.split(' ').nth(1).unwrap().parse::<u32>().unwrap();
        announced += notices.into_iter().map(count).sum::<u32>();
        prop_assert!(lines.is_sorted_by(|one, next| one < next), "{stream:?}: {lines:?}");
        announced += lines.len() as u32;
    }
    prop_assert_eq!(announced, world.sent.iter().sum::<u32>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_not_in_the_log_is_announced_there(
        moves in moves(),
        max_size in prop_oneof![Just(700u64), Just(20_000), Just(u64::MAX)],
    ) {
        check(&moves, max_size)?;
    }
}

#[test]
fn a_kill_while_the_next_run_begins_beside_a_stray_forgets_no_line() {
    for (kill, stray) in (0..40).flat_map(|kill| [(kill, true), (kill, false)]) {
        let next = Move { act: Act::Next { stray, late: kill % 2 == 0 }, kills: vec![kill] };
        let quiet = |act| Move { act, kills: Vec::new() };
        let moves = [
            quiet(Act::Write(Stream::Out, 10)),
            quiet(Act::Room(0)),
            quiet(Act::Pull(Stream::Out)),
            quiet(Act::Write(Stream::Err, 10)),
            next.clone(),
            quiet(Act::Write(Stream::Out, 10)),
            next,
        ];
        check(&moves, u64::MAX).unwrap();
    }
}
