//! What a person is told of a service that was just added, or stopped.

use hob_tests::{Home, text, until};

/// What `hob add` says, with its status. It looks on for a moment only, in which a busy machine may not get as far as
/// the end of a program; so it is asked again, for another service, until it has.
fn added(home: &Home, name: &str, command: &[&str]) -> (String, Option<i32>) {
    for attempt in 0..100 {
        let name = format!("{name}-{attempt}");
        let output = home.hob(&[&["add", &name], command].concat());
        let said = text(&output);
        if !said.contains("has started") {
            return (said, output.status.code());
        }
    }
    panic!("a hundred of {name} are said to have started");
}

#[test]
fn of_what_ends_at_once_nobody_is_told_that_it_runs() {
    let home = Home::new();
    let (said, status) = added(&home, "never", &["--restart", "never", "--", "sh", "-c", "exit 3"]);
    assert!(said.contains("was added, but has failed: exited with 3"), "{said}");
    assert_eq!(status, Some(1));
    let (said, status) = added(&home, "again", &["--", "false"]);
    assert!(said.contains(" was added, but has ") && !said.contains("ready"), "{said}");
    assert_eq!(status, Some(1));
    let (said, status) = added(&home, "once", &["--", "true"]);
    assert!(said.contains(" is stopped: exited with 0"), "{said}");
    assert_eq!(status, Some(0));
    let said = home.ok(&["add", "stays", "--", "sleep", "1000"]);
    assert!(said.contains("stays has started (pid "), "{said}");
    assert!(home.ok(&["status", "stays"]).contains("stays is running (pid "));
}

#[test]
fn a_program_that_is_not_found_is_tried_once() {
    let home = Home::new();
    let said = home.fails(&["add", "gone", "--", "no-such-program-anywhere"], 1);
    assert!(said.contains("no program \"no-such-program-anywhere\""), "{said}");
    assert_eq!(home.json(&["ls"])["services"][0]["run"], 1);
    let said = home.fails(&["add", "shop/web", "--", "true"], 2);
    assert!(said.contains("there is no project \"shop\""), "{said}");
}

#[test]
fn who_is_stopped_with_another_is_named() {
    let home = Home::new();
    home.ok(&["add", "api", "--", "sleep", "1000"]);
    home.ok(&["add", "poller", "--requires", "api", "--", "sleep", "1000"]);
    let said = home.ok(&["stop", "api"]);
    assert!(said.ends_with("api is stopped, and before it poller, which requires it\n"), "{said}");
    assert!(home.ok(&["stop", "api"]).ends_with("api is stopped\n"), "nobody else was");
}

#[test]
fn the_log_says_where_one_service_of_a_name_ends_and_another_begins() {
    let home = Home::new();
    home.ok(&["add", "web", "--", "sh", "-c", "echo the first; exec sleep 1000"]);
    home.ok(&["remove", "web"]);
    home.ok(&["add", "web", "--", "sh", "-c", "echo the second; exec sleep 1000"]);
    let both = until("what the second has written", || {
        Some(home.ok(&["logs", "web"])).filter(|text| text.contains("the second"))
    });
    let place = |text: &str| both.find(text).unwrap_or_else(|| panic!("{text:?} is not in {both}"));
    let end = place("* is not configured any more");
    assert!(place("the first") < end && end < place("the second"), "{both}");
    // The daemon's end is none of a service.
    home.ok(&["daemon", "stop"]);
    home.start();
    assert_eq!(home.ok(&["logs", "web"]).matches("not configured any more").count(), 1);
}
