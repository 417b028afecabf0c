//! The door, the background tasks, idleness and the clock, in paused time.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::ops::{Stage, registry};
use daemon_core::kernel::activity::Activity;
use daemon_core::kernel::clock::Clock;
use daemon_core::kernel::registry::{Gate, Registry};
use daemon_core::kernel::tasks::Tasks;
use daemon_core::kernel::{Access, Call, Caller, Code, Fault, Meta};
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

fn as_caller(access: Access) -> Call {
    Call { caller: Caller { access, limit: Some("this is a test"), ..Caller::daemon() } }
}

/// Refuses what it is told to, and remembers what it hears.
#[derive(Default)]
struct Doorman {
    refuses: Option<&'static str>,
    heard: Mutex<Vec<String>>,
}

impl Gate for Doorman {
    fn admit<'a>(
        &'a self,
        meta: &'a Meta,
        body: &'a [u8],
        _: &'a Call,
    ) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.hear(format!("{} {}?", meta.name, String::from_utf8_lossy(body)));
            match self.refuses {
                Some(name) if name == meta.name => Err(Fault::new(Code::Pending, "ask somebody")),
                _ => Ok(()),
            }
        })
    }

    fn ended(&self, meta: &Meta, _: &[u8], _: &Call, outcome: Result<(), &Fault>) {
        let how = outcome.err().map_or("ok", |fault| fault.code.name());
        self.hear(format!("{} {how}", meta.name));
    }
}

impl Doorman {
    fn hear(&self, what: String) {
        self.heard.lock().unwrap().push(what);
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

fn guarded(stage: &Stage, doorman: &Arc<Doorman>) -> Registry {
    let mut registry = registry(stage);
    registry.add_gate(Arc::clone(doorman) as Arc<dyn Gate>);
    registry
}

#[test]
fn every_code_has_its_own_row_and_its_json_name() {
    for (index, code) in Code::all().enumerate() {
        assert_eq!(code as usize, index, "the table keeps the order of the enum");
        assert_eq!(serde_json::to_value(code).unwrap(), code.name());
    }
}

#[test]
fn a_missing_name_gets_its_nearest_neighbour() {
    let fault = Fault::not_found("service", "wbe", ["db", "web"]);
    assert_eq!(fault.hint.as_deref(), Some("did you mean \"web\"?"));
    assert_eq!(Fault::not_found("service", "zzz", ["db", "web"]).hint, None);
}

#[tokio::test(start_paused = true)]
async fn a_gate_is_asked_before_and_told_after_and_of_refusals_too() {
    let doorman = Arc::new(Doorman { refuses: Some("test.wait"), ..Doorman::default() });
    let registry = guarded(&Stage::default(), &doorman);
    let owner = as_caller(Access::Admin);

    registry.call("test.echo", br#"{"text":"a"}"#, &owner).await.unwrap();
    assert_eq!(doorman.heard(), [r#"test.echo {"text":"a"}?"#, "test.echo ok"]);
    let fault = registry.call("test.wait", b"{}", &owner).await.unwrap_err();
    assert_eq!(fault.code, Code::Pending);
    assert_eq!(doorman.heard(), ["test.wait {}?", "test.wait pending"]);
    registry.call("test.echo", b"{}", &owner).await.unwrap_err();
    assert_eq!(doorman.heard().last().unwrap(), "test.echo invalid");
    registry.call("test.echo", b"{}", &as_caller(Access::Request)).await.unwrap_err();
    assert_eq!(doorman.heard(), ["test.echo denied"], "access comes first, and its refusal is told");
    drop(registry.open("test.hold", b"{}", &owner).await.map(drop));
    assert_eq!(doorman.heard(), ["test.hold {}?", "test.hold ok"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_request_says_what_is_wrong() {
    let registry = registry(&Stage::default());
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(4 << 20));
    let cases: [(&str, &str, Code, &str); 13] = [
        ("test.echo", "{}", Code::Invalid, "missing field `text`"),
        ("test.echo", "", Code::Invalid, "JSON object"),
        ("test.echo", r#"["by position"]"#, Code::Invalid, "JSON object"),
        ("test.echo", r#"{"text":7}"#, Code::Invalid, "expected a string"),
        ("test.echo", r#"{"text":"a","level":256}"#, Code::Invalid, "256"),
        ("test.echo", r#"{"text":"a","level":-1}"#, Code::Invalid, "-1"),
        ("test.echo", r#"{"text":"a","level":1e2}"#, Code::Invalid, "100"),
        ("test.echo", r#"{"text":"a","level":1e999}"#, Code::Invalid, "out of range"),
        ("test.echo", r#"{"text":"a","txet":1}"#, Code::Invalid, "did you mean `text`?"),
        ("test.echo", r#"{"text":"a"} "#, Code::Internal, ""),
        ("test.echo", r#"{"text":"a"}x"#, Code::Invalid, "trailing"),
        ("test.echo", &large, Code::TooLarge, "4194304 bytes"),
        ("test.eco", "{}", Code::NotFound, "did you mean \"test.echo\"?"),
    ];
    for (name, body, code, said) in cases {
        let outcome = registry.call(name, body.as_bytes(), &as_caller(Access::Admin)).await;
        if code == Code::Internal {
            assert!(outcome.is_ok(), "{body}");
            continue;
        }
        let fault = outcome.unwrap_err();
        let text = format!("{} {}", fault.message, fault.hint.unwrap_or_default());
        assert_eq!(fault.code, code, "{text}");
        assert!(text.contains(said), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_called_the_wrong_way_says_so() {
    let registry = registry(&Stage::default());
    let owner = as_caller(Access::Admin);
    let called = registry.call("test.hold", b"{}", &owner).await.unwrap_err();
    assert!(called.message.contains("open it"), "{called}");
    let opened = registry.open("test.echo", br#"{"text":"a"}"#, &owner).await.err().unwrap();
    assert!(opened.message.contains("call it"), "{opened}");
    let denied = registry.call("test.wait", b"{}", &as_caller(Access::Request)).await.unwrap_err();
    assert_eq!(denied.code, Code::Denied);
    assert!(denied.message.contains("operate") && denied.message.contains("this is a test"), "{denied}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_fault_with_a_reference() {
    let registry = registry(&Stage::default());
    let owner = as_caller(Access::Admin);
    let [first, second] = [
        registry.call("test.break", b"{}", &owner).await.unwrap_err(),
        registry.call("test.break", b"{}", &owner).await.unwrap_err(),
    ];
    assert_eq!(first.code, Code::Internal);
    assert_ne!(first.message, second.message, "each has a reference of its own");
    assert!(!first.message.contains("as it was asked to"), "the caller is not told the insides: {first}");
    registry.call("test.echo", br#"{"text":"a"}"#, &owner).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_wait_and_not_the_effect() {
    let stage = Stage::default();
    let registry = registry(&stage);
    let begun = Instant::now();
    let fault = registry.call("test.slow", b"{}", &as_caller(Access::Admin)).await.unwrap_err();
    assert_eq!((fault.code, begun.elapsed()), (Code::Timeout, Duration::from_secs(2)));
    assert_eq!(stage.done.load(Ordering::SeqCst), 0);
    sleep(Duration::from_secs(4)).await;
    assert_eq!(stage.done.load(Ordering::SeqCst), 1, "the effect was given up with the wait");
}

#[tokio::test(start_paused = true)]
async fn a_feed_breaks_off_where_it_panics() {
    let registry = registry(&Stage::default());
    let items = registry.open("test.pour", br#"{"until_fault":2}"#, &as_caller(Access::Admin)).await.unwrap();
    let kinds: Vec<bool> = items.take(3).map(|item| item.is_ok()).collect().await;
    assert_eq!(kinds, [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_is_started_again_later_and_later() {
    let (tasks, begun) = (Tasks::default(), Instant::now());
    let starts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&starts);
    tasks.serve("fragile", move || {
        let count = {
            let mut starts = seen.lock().unwrap();
            starts.push(begun.elapsed());
            starts.len()
        };
        async move {
            assert!(count != 3, "a panic is a failure too");
            match count {
                1..12 => Err(Fault::internal("no luck")),
                // Having been well for long, it may fail again without a long wait.
                12 => {
                    sleep(Duration::from_secs(3600)).await;
                    Err(Fault::internal("late"))
                }
                13 => Err(Fault::internal("again")),
                _ => Ok(()),
            }
        }
    });
    sleep(Duration::from_secs(400)).await;
    let status = &tasks.status()[0];
    assert_eq!((status.name.as_str(), status.restarts, status.period_ms), ("fragile", 11, None));
    assert_eq!(status.last_error.as_deref(), Some("no luck"));
    sleep(Duration::from_secs(4000)).await;
    let starts = starts.lock().unwrap();
    let pauses: Vec<u128> = starts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert_eq!(pauses[..11], [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000]);
    assert_eq!(pauses[11..], [3_600_100, 200]);
    assert!(tasks.status().is_empty(), "it has ended well");
}

#[tokio::test(start_paused = true)]
async fn nudges_before_a_pass_are_one_and_one_during_it_is_another() {
    let tasks = Tasks::default();
    let passes = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&passes);
    let nudge = tasks.sweep("tidy", Duration::from_secs(60), move || {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            sleep(Duration::from_secs(1)).await;
            assert!(number != 1, "the second pass breaks");
            Ok(())
        }
    });
    let made = || passes.load(Ordering::SeqCst);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(made(), 1, "one pass at once");
    (0..1000).for_each(|_| nudge.nudge());
    sleep(Duration::from_secs(10)).await;
    assert_eq!(made(), 2, "a thousand nudges during a pass are one more");
    (0..1000).for_each(|_| nudge.nudge());
    sleep(Duration::from_secs(10)).await;
    assert_eq!(made(), 3, "a pass that broke does not end the sweep");
    assert_eq!(tasks.status()[0].period_ms, Some(60_000));
    sleep(Duration::from_secs(600)).await;
    assert!((11..=14).contains(&made()), "one each minute: {}", made());
    assert!(tasks.end(Duration::from_secs(5)).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn tasks_end_in_reverse_order_and_what_does_not_end_is_ended() {
    let tasks = Tasks::default();
    let ends = Arc::new(Mutex::new(Vec::new()));
    // All were made before any of the tasks, as a capability may do it.
    let stop = tasks.stop();
    for name in ["storage", "services", "deaf", "sockets"] {
        let (mut stop, ends, started) = (stop.clone(), Arc::clone(&ends), Instant::now());
        tasks.spawn(name, async move {
            if name == "deaf" {
                std::future::pending::<()>().await;
            }
            stop.stopped().await;
            // The last one takes longest, so that ending all at once would show.
            sleep(Duration::from_millis(if name == "sockets" { 900 } else { 100 })).await;
            ends.lock().unwrap().push((name, started.elapsed().as_millis()));
        });
    }
    let mut connection = tasks.stop();
    let closed = Arc::clone(&ends);
    let begun = Instant::now();
    tasks.detach(async move {
        connection.stopped().await;
        closed.lock().unwrap().push(("connection", begun.elapsed().as_millis()));
    });
    sleep(Duration::from_millis(10)).await;
    assert_eq!(tasks.end(Duration::from_secs(1)).await, ["deaf"]);
    let expected = [("connection", 10), ("sockets", 910), ("services", 2010), ("storage", 2110)];
    assert_eq!(*ends.lock().unwrap(), expected);
    assert!(tasks.status().is_empty());
    tokio::time::timeout(Duration::from_secs(1), tasks.stop().stopped()).await.expect("all is over");
}

#[tokio::test(start_paused = true)]
async fn who_is_needed_is_not_idle_and_zero_is_never() {
    let activity = Activity::default();
    let (quiet, limits) = watch::channel(Duration::ZERO);
    let idle = activity.idle(limits);
    tokio::pin!(idle);
    let mut still = async |duration: Duration| tokio::time::timeout(duration, &mut idle).await.is_err();
    let minute = Duration::from_secs(60);

    assert!(still(minute * 1000).await, "zero waits for ever");
    quiet.send_replace(minute * 5);
    assert!(still(minute * 4).await);
    let first = activity.hold();
    let second = activity.hold();
    assert_eq!(activity.holds(), 2);
    assert!(still(minute * 100).await, "somebody needs it");
    drop(first);
    assert!(still(minute * 100).await, "somebody still needs it");
    drop(second);
    assert!(still(minute * 4).await, "the time begins with the last who leaves");
    drop(activity.hold());
    assert!(still(minute * 4).await, "and begins again with each who comes and goes");
    quiet.send_replace(minute);
    assert!(still(Duration::from_secs(59)).await);
    assert!(!still(Duration::from_secs(2)).await, "a shorter limit counts at once");
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_an_hour_delays_nothing() {
    let noon: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let clock = Clock::standing_at(noon);
    let shown = clock.clone();
    assert_eq!(shown.now(), noon);
    let until = clock.uptime() + Duration::from_secs(30);
    shown.set(noon - jiff::SignedDuration::from_hours(1));
    assert!(clock.now() < noon, "clones show the same time");
    let begun = Instant::now();
    clock.sleep_until(until).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert_eq!(clock.uptime(), until);
    clock.sleep_until(Duration::ZERO).await;
    assert_eq!(clock.uptime(), until, "what is past needs no wait");
}
