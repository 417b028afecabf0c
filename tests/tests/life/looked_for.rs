//! What is looked for and is not there: it is said, and where to look.

use hob_tests::{Home, text};

const WEB: &str = r#"
[service.web]
command = ["sh", "-c", "echo up; exec sleep 1000"]
ready = { log = "up" }
"#;

const ENDS: &str = r#"
[service.done]
command = ["true"]
restart = "on-failure"
"#;

const NEVER: &str = r#"
[service.never]
command = ["sleep", "1000"]
ready = { log = "never" }
"#;

#[test]
fn logs_in_which_nothing_fits_are_not_silent() {
    let home = Home::with(WEB);
    home.ok(&["start", "web"]);
    let said = |arguments: &[&str]| {
        let output = home.hob(&[&["logs", "web"], arguments].concat());
        assert!(output.status.success() && output.stdout.is_empty(), "{arguments:?}: {}", text(&output));
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(said(&["--run", "99"]), "there are no lines of run 99\n");
    assert_eq!(said(&["--until", "2020-01-01"]), "there are no lines in that time\n");
    assert_eq!(
        said(&["--since", "2020-01-01", "--until", "2020-01-02"]),
        "there are no lines in that time\n"
    );
    assert_eq!(said(&["-g", "nothing like it"]), "there are no lines of that kind\n");
    assert_eq!(said(&["--run", "99", "--json"]), "", "programs see an empty answer");
    let said = home.fails(&["logs", "-g", "("], 2);
    assert!(said.starts_with("error: \"(\" is no regular expression: unclosed group\n"), "{said}");
}

#[test]
fn nobody_waits_for_what_will_not_come() {
    let home = Home::with(&format!("{WEB}{ENDS}{NEVER}"));
    // The daemon has only just begun, and has all of them still to start.
    home.ok(&["wait", "web"]);
    home.ok(&["wait", "done", "--for", "stopped"]);
    let said = home.fails(&["wait", "done"], 1);
    assert!(said.starts_with("error: done is stopped") && said.contains("hob start done"), "{said}");
    home.ok(&["stop", "web"]);
    for goal in ["ready", "running"] {
        let said = home.fails(&["wait", "web", "done", "--for", goal], 1);
        assert!(said.starts_with("error: web is stopped"), "{said}");
    }
    // Also when it ends while somebody waits.
    let mut waiting = home.command(&["wait", "never"]).spawn().unwrap();
    home.ok(&["stop", "never"]);
    assert_eq!(waiting.wait().unwrap().code(), Some(1));
}

#[test]
fn a_name_that_is_like_no_other_is_answered_with_where_to_look() {
    let home = Home::with(WEB);
    home.start();
    assert!(home.fails(&["stop", "shop/"], 4).contains("hint: `hob project list`"));
    assert!(home.fails(&["wait", "nobody-at-all"], 4).contains("hint: `hob ls`"));
}
