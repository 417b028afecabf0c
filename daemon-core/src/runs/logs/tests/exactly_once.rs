//! Every byte is in the log exactly once, wherever a kill comes.

use proptest::prelude::*;

use super::*;
use crate::runs::logs::crash::fused::kill_after;
use crate::runs::logs::runs;

/// What happens to a service and its daemon.
#[derive(Debug, Clone)]
struct Move {
    stream: Stream,
    act: Act,
    /// The daemon is killed after so many steps, and its successor after so many of its own.
    kills: Vec<u32>,
}

#[derive(Debug, Clone)]
enum Act {
    Write(Vec<u8>),
    Pull,
    Flush,
    TurnClock(i64),
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::collection::vec(prop_oneof![1 => Just(b'\n'), 4 => any::<u8>()], 1..80),
        2 => Just(b"a line\n".to_vec()),
        1 => (1usize..70_000, any::<bool>()).prop_map(|(length, ends)| {
            let mut line: Vec<u8> = (0..length).map(|at| b'a' + (at % 23) as u8).collect();
            line.extend(ends.then_some(b'\n'));
            line
        }),
        1 => (1usize..3000).prop_map(|lines| b"x\n".repeat(lines)),
    ]
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let stream = prop_oneof![Just(Stream::Out), Just(Stream::Err)];
    let act = prop_oneof![
        3 => text().prop_map(Act::Write),
        3 => Just(Act::Pull),
        1 => Just(Act::Flush),
        1 => (-4000i64..4000).prop_map(Act::TurnClock),
    ];
    let kills = prop_oneof![1 => Just(Vec::new()), 1 => proptest::collection::vec(0u32..16, 1..4)];
    let one = (stream, act, kills).prop_map(|(stream, act, kills)| Move { stream, act, kills });
    proptest::collection::vec(one, 1..25)
}

/// A daemon that may be killed: its capture is there or only its files are.
struct Daemon<'a> {
    fixture: &'a Fixture,
    common: Common,
    capture: Option<Capture>,
    ended: bool,
}

impl Daemon<'_> {
    /// Does `work`, dying as often as `kills` says, and goes on with what is left.
    fn live(&mut self, kills: &[u32], work: impl Fn(&mut Capture, &mut Common)) {
        let mut kills = kills.iter();
        let mut capture = self.capture.take();
        loop {
            let kill = kills.next().copied().unwrap_or(u32::MAX);
            let (place, common, work) = (self.fixture.place.clone(), &mut self.common, &work);
            let survivor = kill_after(kill, move || match capture {
                Some(mut capture) => {
                    work(&mut capture, common);
                    Some(capture)
                }
                None => Capture::recover(place, None, common).unwrap(),
            });
            match survivor {
                // Killed or not, somebody has it now, or it had ended.
                Some(survivor) => {
                    self.ended = survivor.is_none();
                    self.capture = survivor;
                    return;
                }
                None => capture = None,
            }
        }
    }
}

fn check(moves: &[Move], max_size: u64, is_single: bool, last_kills: &[u32]) -> Result<(), TestCaseError> {
    let fixture = Fixture::new();
    let mut common = common();
    let policy = Policy { is_single, ..policy(max_size) };
    let capture = Capture::begin(fixture.place.clone(), 1, &policy, &mut common).unwrap();
    let mut daemon = Daemon { fixture: &fixture, common, capture: Some(capture), ended: false };
    let writers = fixture.writers(1);
    let mut sent = [Vec::new(), Vec::new()];
    for Move { stream, act, kills } in moves {
        match act {
            Act::Write(bytes) => {
                let count = write_some(&writers[stream.index()], bytes);
                sent[stream.index()].extend_from_slice(&bytes[..count]);
            }
            Act::Pull => daemon.live(kills, |capture, common| {
                capture.pull(*stream, common).unwrap();
            }),
            Act::Flush => daemon.live(kills, |capture, common| capture.flush(*stream, common)),
            Act::TurnClock(seconds) => turn_clock(*seconds),
        }
    }
    daemon.live(last_kills, Capture::close);
    // Killed while it closed, it was recovered instead: then it has to close again.
    if !daemon.ended {
        daemon.live(&[], Capture::close);
    }
    if sent.iter().all(Vec::is_empty) {
        // Whether or not there was to be one without a line.
        prop_assert!(is_single != fixture.place.log.exists());
        return Ok(());
    }
    let written = fixture.written();
    prop_assert_eq!(runs::Runs::load(&fixture.place.log).unwrap().back(0), Some(1));
    for stream in Stream::BOTH {
        let (sent, kept) = (ended(&sent[stream.index()]), &written.streams[stream.index()]);
        let same = sent.iter().zip(kept).take_while(|(sent, kept)| sent == kept).count();
        prop_assert!(
            sent == *kept,
            "{stream:?}: {} bytes sent, {} kept, {same} the same",
            sent.len(),
            kept.len()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_byte_is_in_the_log_once_wherever_a_kill_comes(
        moves in moves(),
        max_size in prop_oneof![Just(300u64), Just(20_000), Just(u64::MAX)],
        is_single in any::<bool>(),
        last_kills in proptest::collection::vec(0u32..12, 0..3),
    ) {
        check(&moves, max_size, is_single, &last_kills)?;
    }
}

#[test]
fn a_kill_at_each_single_step_loses_nothing() {
    let text = [b"one\ntwo\nthree".to_vec(), b"y".repeat(20_000), b"\nrest".to_vec()].concat();
    for kill in 0..60 {
        let moves = [
            Move { stream: Stream::Out, act: Act::Write(text.clone()), kills: Vec::new() },
            Move { stream: Stream::Out, act: Act::Pull, kills: vec![kill] },
            Move { stream: Stream::Out, act: Act::Write(b" of it\nmore".to_vec()), kills: Vec::new() },
            Move { stream: Stream::Out, act: Act::Pull, kills: vec![60 - kill, kill] },
            Move { stream: Stream::Out, act: Act::Flush, kills: vec![kill % 5] },
        ];
        check(&moves, 100, false, &[kill % 7]).unwrap();
        check(&moves, 100, true, &[kill % 7]).unwrap();
    }
}

#[test]
fn the_rest_of_a_line_is_never_moved_onto_itself() {
    let text: Vec<u8> = b"a\n".iter().copied().chain((0..5000).map(|at| b'b' + (at % 23) as u8)).collect();
    for kill in 0..20 {
        let moves = [
            Move { stream: Stream::Err, act: Act::Write(text.clone()), kills: Vec::new() },
            Move { stream: Stream::Err, act: Act::Pull, kills: Vec::new() },
            Move { stream: Stream::Err, act: Act::Write(b"more".to_vec()), kills: Vec::new() },
            Move { stream: Stream::Err, act: Act::Pull, kills: vec![kill] },
        ];
        check(&moves, u64::MAX, false, &[]).unwrap();
    }
}
