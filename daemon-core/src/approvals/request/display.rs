//! A plan in one line, for lists and for the record.
//!
//! It is for finding a request again and for nothing else: nobody decides by it.
//! What looks like a secret is left out, because the record is for ever.

use crate::text::visible;

/// Longer lines are cut, and say so.
const LONGEST: usize = 300;
/// What stands before a secret, in capitals or not.
const TELLTALES: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "api-key", "api_key", "authorization"];
const HIDDEN: &str = "•••";

/// A command in one line: each word quoted where it must be, hidden characters visible.
pub fn one_line<'a>(program: &str, arguments: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut line = visible(program);
    for word in words(arguments) {
        line.push(' ');
        line.push_str(&word);
        if LONGEST < line.len() {
            line.truncate(line.floor_char_boundary(LONGEST));
            line.push('…');
            return line;
        }
    }
    line
}

/// Each argument as it stands in such a line.
pub fn words<'a>(arguments: impl IntoIterator<Item = &'a [u8]>) -> impl Iterator<Item = String> {
    let mut is_next_secret = false;
    arguments.into_iter().map(move |argument| {
        let (shown, next) = redacted(&String::from_utf8_lossy(argument), is_next_secret);
        is_next_secret = next;
        shell_words::quote(&visible(&shown)).into_owned()
    })
}

/// The argument without a secret in it, and whether the next one is one.
fn redacted(argument: &str, is_secret: bool) -> (String, bool) {
    if is_secret {
        return (HIDDEN.to_owned(), false);
    }
    let is_telltale = |name: &str| {
        let name = name.to_lowercase();
        TELLTALES.iter().any(|telltale| name.contains(telltale))
    };
    match argument.split_once(['=', ':']) {
        Some((name, value)) if is_telltale(name) && !value.is_empty() => {
            let end = name.len() + 1;
            (format!("{}{HIDDEN}", &argument[..end]), false)
        }
        _ => (argument.to_owned(), argument.starts_with('-') && is_telltale(argument)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: &str) {
        assert_eq!(one_line(words[0], words[1..].iter().map(|word| word.as_bytes())), expected);
    }

    #[test]
    fn a_command_is_one_line_without_its_secrets() {
        check(&["/usr/bin/git", "commit", "-m", "a b"], "/usr/bin/git commit -m 'a b'");
        check(&["/bin/echo", "a\nb\u{1b}[2J"], r"/bin/echo 'a\nb\u{1b}[2J'");
        check(&["mysql", "--password=hunter2", "-u", "me"], "mysql '--password=•••' -u me");
        check(&["curl", "-H", "Authorization: Bearer x", "y"], "curl -H Authorization:••• y");
        check(&["login", "--token", "abc", "rest"], "login --token ••• rest");
        check(&["env", "API_KEY=abc"], "env 'API_KEY=•••'");
    }

    #[test]
    fn a_long_command_says_that_it_is_cut() {
        let line = one_line("x", std::iter::repeat_n("é".repeat(40).as_bytes(), 10));
        assert!(line.ends_with('…') && line.len() <= LONGEST + "…".len());
    }
}
