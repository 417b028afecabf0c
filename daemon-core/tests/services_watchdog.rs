//! Services that have to say that they are alive, and cease to.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh, until};
use daemon_core::config::Span;
use daemon_core::services::{ServiceStatus, Word};

/// A program in Python that can say things, and finds out whether something is there.
fn program(name: &str, script: &str, more: &str) -> String {
    let begin = "import os, signal, socket, sys, time\n\
        def say(text):\n    \
            talk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n    \
            try: talk.sendto(text, os.environ['NOTIFY_SOCKET'])\n    \
            except OSError: pass\n\
        def thing(name): return os.path.exists(os.environ['THINGS'] + '/' + name)\n";
    let source = format!("{begin}{script}");
    let more = format!("ready = {{ notify = true }}\n{more}");
    sh(name, &format!("rm -f \"$THINGS/hang\"; exec python3 -c \"{source}\""), &more)
}

/// Says ten times a second that it is alive, until there is `hang`; counts that by lines.
const LIVELY: &str = "say(b'READY=1')\n\
    while True:\n    \
        if not thing('hang'):\n        \
            say(b'WATCHDOG=1')\n        \
            print('alive', flush=True)\n    \
        time.sleep(0.1)\n";

fn hang(house: &House) {
    fs_err::write(house.thing("hang"), "").unwrap();
}

/// Waits until it has said twice more that it is alive.
async fn lives_on(house: &House, name: &str) {
    let before = house.lines(name).await.len();
    until("two more signs of life", async || before + 2 <= house.lines(name).await.len()).await;
}

fn again(status: &ServiceStatus) -> bool {
    status.run == 2 && status.ready
}

async fn check_told(house: &House, name: &str, told: &[&str]) {
    let events = house.events(name).await;
    let mut rest = events.iter();
    for text in told {
        assert!(rest.any(|event| event.starts_with(text)), "{text}, in this order: {events:?}");
    }
}

#[tokio::test]
async fn it_is_told_its_time_and_that_it_is_meant() {
    let script = "print(os.environ['WATCHDOG_USEC'], int(os.environ['WATCHDOG_PID']) == os.getpid(), flush=True)\n\
        say(b'READY=1')\ntime.sleep(99)\n";
    let more = "watchdog = \"1h\"\nenv = { WATCHDOG_USEC = \"1\", WATCHDOG_PID = \"1\" }";
    let unwatched = sh("plain", "env; echo that is all; exec sleep 99", "ready = { log = \"that is all\" }");
    let house = House::with([program("web", script, more), unwatched].concat()).await;
    house.start("web").await.unwrap();
    // Its word that it is ready comes by a socket, and can be there before the line that it wrote earlier.
    until("its line", async || !house.lines("web").await.is_empty()).await;
    assert_eq!(house.lines("web").await[0].text, "3600000000 True");
    house.start("plain").await.unwrap();
    assert!(!house.lines("plain").await.iter().any(|line| line.text.starts_with("WATCHDOG")));
    house.end().await;
}

#[tokio::test]
async fn what_ceases_to_say_that_it_is_alive_is_aborted_and_started_again() {
    let house = House::with(program("web", LIVELY, "watchdog = \"1s\"")).await;
    house.start("web").await.unwrap();
    lives_on(&house, "web").await;
    assert_eq!(house.status("web").await.run, 1);
    hang(&house);
    let status = house.until("web", again).await;
    assert_eq!((status.restarts, status.reason), (1, None));
    let reason = "watchdog: no sign of life for 1s";
    check_told(&house, "web", &[reason, "is asked to end with SIGABRT", "killed by SIGABRT"]).await;
    house.end().await;
}

#[tokio::test]
async fn what_hangs_so_that_no_signal_helps_is_killed_and_what_is_never_restarted_has_failed() {
    let deaf = "signal.signal(signal.SIGABRT, signal.SIG_IGN)\nsay(b'READY=1')\ntime.sleep(99)\n";
    let keys = "watchdog = \"200ms\"\nstop_timeout = \"100ms\"\nrestart = \"never\"";
    let house = House::with(program("web", deaf, keys)).await;
    drop(house.start("web").await);
    let status = house.until_is("web", Word::Failed).await;
    assert_eq!(status.reason.as_deref(), Some("watchdog: no sign of life for 200ms"));
    check_told(&house, "web", &["did not end within 100ms and is killed", "killed by SIGKILL"]).await;
    house.end().await;
}

#[tokio::test]
async fn a_service_may_say_itself_that_it_hangs_and_how_long_it_may_be_silent() {
    let asks = "say(b'READY=1')\nif not thing('once'):\n    \
        open(os.environ['THINGS'] + '/once', 'w')\n    say(b'WATCHDOG=trigger')\ntime.sleep(99)\n";
    let hurries = "say(b'READY=1\\nWATCHDOG_USEC=300000')\ntime.sleep(99)\n";
    let keys = "watchdog = \"1h\"\nrestart = \"never\"";
    let house = House::with([program("asks", asks, ""), program("hurries", hurries, keys)].concat()).await;
    drop(house.start("asks").await);
    house.until("asks", again).await;
    check_told(&house, "asks", &["watchdog: it asks for it (WATCHDOG=trigger)", "killed by SIGABRT"]).await;
    drop(house.start("hurries").await);
    let status = house.until_is("hurries", Word::Failed).await;
    assert_eq!(status.reason.as_deref(), Some("watchdog: no sign of life for 300ms"));
    house.end().await;
}

#[tokio::test]
async fn what_was_adopted_is_watched_from_its_first_sign_of_life_on() {
    let silent =
        "say(b'READY=1')\nwhile not thing('speak'): time.sleep(0.05)\nsay(b'WATCHDOG=1')\ntime.sleep(99)\n";
    let keys = |time: &str| format!("autostart = true\nwatchdog = \"{time}\"");
    let long = [program("web", LIVELY, &keys("1h")), program("mute", silent, &keys("1h"))].concat();
    let house = House::with(long).await;
    for name in ["web", "mute"] {
        house.until(name, |status| status.ready).await;
    }
    let short = [program("web", LIVELY, &keys("1s")), program("mute", silent, &keys("1s"))].concat();
    let house = house.left(async |dirs| House::rewrite(dirs, short)).await;
    let told = "has given no sign of life since it was adopted";
    until("it is told", async || house.events("mute").await.iter().any(|it| it.starts_with(told))).await;
    lives_on(&house, "web").await;
    assert_eq!((house.status("web").await.run, house.status("mute").await.run), (1, 1));
    hang(&house);
    fs_err::write(house.thing("speak"), "").unwrap();
    for name in ["web", "mute"] {
        house.until(name, |status| status.run == 2).await;
        check_told(&house, name, &["watchdog: no sign of life for 1s"]).await;
    }
    house.end().await;
}

#[tokio::test]
async fn what_asks_for_more_time_to_end_is_given_it() {
    let slow = "def leave(*_):\n    say(b'EXTEND_TIMEOUT_USEC=60000000')\n    time.sleep(1)\n    sys.exit(0)\n\
        signal.signal(signal.SIGTERM, leave)\nsay(b'READY=1')\nwhile True: time.sleep(99)\n";
    let house = House::with(program("web", slow, "stop_timeout = \"500ms\"")).await;
    house.start("web").await.unwrap();
    house.stop("web").await.unwrap();
    let events = house.events("web").await;
    assert!(events.iter().any(|event| event.starts_with("exited with 0")), "{events:?}");
    house.end().await;
}

#[tokio::test]
async fn what_asks_for_more_time_to_start_is_given_it() {
    let slow = "say(b'EXTEND_TIMEOUT_USEC=60000000')\ntime.sleep(3)\nsay(b'READY=1')\ntime.sleep(99)\n";
    let gives_up = "say(b'EXTEND_TIMEOUT_USEC=2500000')\ntime.sleep(99)\n";
    let never = "restart = \"never\"";
    let services = [program("slow", slow, ""), program("late", gives_up, never)].concat();
    let house = House::with(services.replace("notify = true", "notify = true, timeout = \"2s\"")).await;
    let (slow, late) = tokio::join!(house.start("slow"), house.start("late"));
    assert_eq!(slow.unwrap().run, 1);
    let message = late.unwrap_err().message;
    // What it asked for, counted from the moment in which it did.
    let waited = message.split("not ready after ").nth(1).and_then(|rest| rest.split(": ").next());
    let waited: Span = waited.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{message}"));
    assert!(Span::millis(2500) <= waited && message.contains("it never sent READY=1"), "{message}");
    house.end().await;
}
