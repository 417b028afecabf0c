//! What is looked for and is not there: it is said, and where to look.

use hob_tests::{Home, text};

const WEB: &str = r#"
[service.web]
command = ["sh", "-c", "echo up; exec sleep 1000"]
ready = { log = "up" }
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
fn a_name_that_is_like_no_other_is_answered_with_where_to_look() {
    let home = Home::with(WEB);
    home.start();
    assert!(home.fails(&["stop", "shop/"], 4).contains("hint: `hob project list`"));
    assert!(home.fails(&["wait", "nobody-at-all"], 4).contains("hint: `hob ls`"));
}
