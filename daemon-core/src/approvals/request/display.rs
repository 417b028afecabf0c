//! A plan in one line, for lists and for the record.
//!
//! It is for finding a request again and for nothing else: nobody decides by it.
//! How it is written and what is left out of it, because the record is for ever,
//! is that of every line about a command ([`render::line`]).

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::exec::render;

/// Longer lines are cut, and say so.
const LONGEST: usize = 300;

/// A command in one line: each word quoted where it must be, hidden characters visible.
pub fn one_line<'a>(program: &Path, arguments: impl IntoIterator<Item = &'a [u8]>) -> String {
    render::line(program.as_os_str().as_bytes(), arguments, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> String {
        one_line(Path::new(words[0]), words[1..].iter().map(|word| word.as_bytes()))
    }

    fn check(words: &[&str], expected: &str) {
        assert_eq!(line(words), expected);
    }

    #[test]
    fn a_command_is_one_line() {
        check(&["/usr/bin/git", "commit", "-m", "a b"], "/usr/bin/git commit -m 'a b'");
        check(&["/bin/echo", "a\nb\u{1b}[2J"], r"/bin/echo $'a\nb\u{1b}[2J'");
    }

    #[test]
    fn c98_no_secret_gets_into_the_record() {
        check(&["mysql", "--password=hunter2", "-u", "me"], "mysql --password=••• -u me");
        check(&["curl", "-H", "Authorization: Bearer x", "y"], "curl -H Authorization:••• y");
        check(&["login", "--token", "abc", "rest"], "login --token ••• rest");
        check(&["login", "--token", "--abc", "rest"], "login --token ••• rest");
        check(&["env", "API_KEY=abc"], "env API_KEY=•••");
        check(&["env", "--", "API_KEY=abc"], "env -- API_KEY=•••");
        check(&["true", "https://user:hunter2@h"], "true https://user:•••@h");
        check(&["true", "https://user:a/b?c@h"], "true https://user:•••@h");
        check(&["true", "https://abcdefghijklmnopqrstuvwx@h/p"], "true https://•••@h/p");
        check(&["true", "x=1 DB_PASSWORD=hunter4 y"], "true 'x=1 DB_PASSWORD='•••' y'");
        check(&["true", "x=1 \"token\": \"a b\" y"], "true 'x=1 \"token\": '•••' y'");
        let token = format!("ghp_{}", "a1B2".repeat(9));
        check(&["true", &format!("https://x/{token}?a")], "true https://x/•••'?a'");
        check(&["git", "commit", "-m", "token"], "git commit -m token");
    }

    #[test]
    fn c24_different_commands_are_different_lines() {
        check(&["true", "a\nb"], r"true $'a\nb'");
        check(&["true", r"a\nb"], r"true 'a\nb'");
        check(&["/tmp/x/ls -la"], "'/tmp/x/ls -la'");
        check(&["/tmp/x/ls", "-la"], "/tmp/x/ls -la");
        check(&["login", "--token", "•••"], "login --token •••");
        check(&["login", "•••"], "login '•••'");
        check(&["true", "…", "(+1 argument)"], "true '…' '(+1 argument)'");
    }

    #[test]
    fn a_long_command_says_how_much_is_missing() {
        let words = |word: &str, count: usize| line(&[&["x"], vec![word; count].as_slice()].concat());
        let long = words(&"é".repeat(30), 12);
        assert!(long.ends_with("é… (+11 characters, +2 arguments)"), "{long}");
        assert!(long.chars().count() <= LONGEST + 40, "{long}");
        let script = words(&"echo; ".repeat(100), 1);
        assert!(script.starts_with("x 'echo; ") && script.contains("'… (+"), "{script}");
        assert_eq!(words(&"y".repeat(296), 3), format!("x {} … (+2 arguments)", "y".repeat(296)));
    }
}
