//! The desk, without a window: what counts, and what must not.

use super::*;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn waiting(id: &str, risk: Option<Level>, second: i64) -> Waiting {
    Waiting {
        id: id.into(),
        client: "robot".into(),
        digest: format!("sha256:{id}"),
        code: "abc".into(),
        risk,
        created: Timestamp::from_second(second).unwrap(),
        expires: Timestamp::from_second(second + 600).unwrap(),
    }
}

/// A desk on which these wait, in order, and the first is shown under the nonce `n` at the time 0.
fn showing(ids: &[&str]) -> Desk {
    let mut desk = Desk::default();
    desk.wait(list(ids), at(0));
    let first = desk.next(at(0)).unwrap();
    desk.shown(&first.id, &first.digest, "n".into(), at(0)).unwrap();
    desk
}

fn list(ids: &[&str]) -> Vec<Waiting> {
    (1..).zip(ids).map(|(second, id)| waiting(id, None, second)).collect()
}

fn over() -> Over {
    Over { state: Some("cancelled".into()), because: None, surface: None, at: Timestamp::UNIX_EPOCH }
}

#[test]
fn the_riskiest_comes_first_and_then_the_longest_waiting() {
    let mut desk = Desk::default();
    let mixed = vec![
        waiting("late-danger", Some(Level::Danger), 9),
        waiting("first", None, 1),
        waiting("caution", Some(Level::Caution), 3),
        waiting("note", Some(Level::Note), 2),
        waiting("early-danger", Some(Level::Danger), 4),
    ];
    desk.wait(mixed, at(0));
    let order: Vec<_> = desk.told().into_iter().map(|waiting| waiting.id).collect();
    assert_eq!(order, ["early-danger", "late-danger", "caution", "note", "first"]);
    assert!(desk.told().is_empty(), "one is told once");
}

#[test]
fn what_is_decided_is_what_was_shown() {
    let mut desk = showing(&["a", "b"]);
    let taken = desk.take("n", at(1000)).unwrap();
    assert_eq!((taken.id.as_str(), taken.digest.as_str()), ("a", "sha256:a"));
    desk.decided("a", true);
    assert_eq!(desk.next(at(1000)).unwrap().id, "b");
}

#[test]
fn c28_nothing_counts_within_a_second_of_anything_new() {
    let refused = |desk: &mut Desk, milliseconds: u64| {
        assert_eq!(desk.take("n", at(milliseconds)), Err(Refusal::TooEarly), "{milliseconds}");
    };
    let mut desk = showing(&["a"]);
    refused(&mut desk, 0);
    refused(&mut desk, 999);
    desk.focus(at(1500));
    refused(&mut desk, 2499);
    desk.wait(list(&["a", "b"]), at(3000));
    refused(&mut desk, 3999);
    // A deadline is no news.
    let later = list(&["a", "b"]).into_iter().map(|it| Waiting { expires: Timestamp::MAX, ..it }).collect();
    assert_eq!(desk.wait(later, at(3900)), News::default());
    assert_eq!(desk.place().unwrap().expires, Timestamp::MAX);
    assert!(desk.take("n", at(4000)).is_ok());
}

#[test]
fn a_nonce_is_good_once_and_for_the_last_showing() {
    let mut desk = showing(&["a", "b"]);
    assert_eq!(desk.take("m", at(5000)), Err(Refusal::NotShown));
    desk.shown("a", "sha256:a", "m".into(), at(5000)).unwrap();
    assert_eq!(desk.take("n", at(9000)), Err(Refusal::NotShown), "it was shown again since");
    desk.take("m", at(9000)).unwrap();
    assert_eq!(desk.take("m", at(9000)), Err(Refusal::NotShown), "it was used");
    assert!(desk.shown("a", "sha256:a", "o".into(), at(9000)).is_none(), "a decision is under way");
    desk.decided("a", false);
    desk.shown("a", "sha256:a", "o".into(), at(9000)).unwrap();
    assert!(desk.take("o", at(10_000)).is_ok(), "what failed can be tried again, after another look");
}

#[test]
fn a_swapped_request_is_not_decided() {
    let mut desk = showing(&["a", "b"]);
    desk.look(1, at(100));
    assert_eq!(desk.take("n", at(9000)), Err(Refusal::NotShown), "b is on the desk, and a was looked at");
    assert!(desk.shown("a", "sha256:a", "m".into(), at(9000)).is_none());
    assert!(desk.shown("b", "sha256:x", "m".into(), at(9000)).is_none(), "another plan was shown");
    let mut desk = Desk::default();
    assert_eq!(desk.take("n", at(9000)), Err(Refusal::NotShown), "nothing is shown");
}

#[test]
fn what_is_shown_stays_while_riskier_ones_come() {
    let mut desk = showing(&["a"]);
    let both = vec![waiting("a", None, 1), waiting("b", Some(Level::Danger), 2)];
    let news = desk.wait(both, at(5000));
    assert_eq!(news, News { queue: true, ..News::default() });
    assert_eq!(desk.next(at(5000)).unwrap().id, "a");
    let place = desk.place().unwrap();
    assert_eq!((place.position, place.waiting, place.of_client), (2, 2, 2));
}

#[test]
fn what_has_gone_while_it_was_looked_at_is_told_and_not_decided() {
    let mut desk = showing(&["a", "b"]);
    let news = desk.wait(vec![waiting("b", None, 2)], at(5000));
    assert_eq!((news.shown_gone.as_deref(), &news.gone[..]), (Some("a"), &["a".to_owned()][..]));
    desk.end("a", over());
    assert_eq!(desk.take("n", at(9000)), Err(Refusal::Over));
    assert_eq!(desk.place().unwrap().over, Some(over()));
    desk.wait(Vec::new(), at(9000));
    assert!(!desk.is_empty(), "somebody has to be told yet");
    assert_eq!(desk.next(at(9000)), None);
    assert!(desk.is_empty());
}

#[test]
fn what_is_decided_here_is_not_told_as_gone() {
    let mut desk = showing(&["a", "b"]);
    desk.take("n", at(2000)).unwrap();
    let news = desk.wait(list(&["b"]), at(2001));
    assert_eq!((news.shown_gone, news.gone.len()), (None, 1));
    desk.decided("a", true);
    assert_eq!(desk.next(at(2002)).unwrap().id, "b");
}

#[test]
fn one_can_look_along_the_queue_and_no_further() {
    let mut desk = showing(&["a", "b", "c"]);
    let mut see = |delta| {
        desk.look(delta, at(1));
        desk.next(at(1)).unwrap().id
    };
    assert_eq!([see(1), see(1), see(1), see(-1), see(-9)], ["b", "c", "c", "b", "a"]);
    desk.look_at("c", at(1));
    desk.look_at("nothing", at(1));
    assert_eq!(desk.next(at(1)).unwrap().id, "c");
    desk.leave();
    assert_eq!(desk.place(), None);
    assert_eq!(desk.next(at(1)).unwrap().id, "a", "what was put off waits still");
}
