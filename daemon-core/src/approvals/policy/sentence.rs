//! What a grant lets pass, in words, and as the record keeps it.
//!
//! Whoever is offered a grant, whoever lists those that hold and whoever reads the
//! record later is told by one sentence, made from what is in force: `git log with
//! any arguments and no options, in /srv`. It never has the `...` of a policy, which
//! stands for any arguments and reads as if something were left out.
//!
//! Who decides sees all but what can be nothing but a secret; lists and the record
//! leave out whatever could be one.

use std::borrow::Cow;

use serde_json::Value;

use super::argv::{Element, Written};
use super::matcher::Matcher;
use super::paths::PathPattern;
use super::token::{Kind, TokenPattern};
use crate::exec::render;

/// Longer commands are cut, and say so.
const LONGEST: usize = 300;

/// Who reads it.
#[derive(Debug, Clone, Copy)]
enum For {
    Keeping,
    Deciding,
}

impl Matcher {
    /// For a list, a request and the record.
    pub fn sentence(&self) -> String {
        let Written { argv, .. } = self.args.clone().into();
        let words: Vec<Cow<'_, str>> = argv.iter().filter_map(Element::word).collect();
        let words = words.iter().map(|word| word.as_bytes());
        self.told(&render::line(self.named.as_bytes(), words, LONGEST), For::Keeping)
    }

    /// For whoever decides, below the command itself.
    pub(super) fn offer(&self) -> String {
        self.told("this command", For::Deciding)
    }

    /// All of it, but for what could be a secret: an argument that has one is the text that is left of it.
    pub fn kept(&self) -> Value {
        let mut kept = serde_json::to_value(self).expect("a matcher has string keys");
        let Written { argv, tail_flags, tail_flags_deny } = self.args.clone().into();
        let words: Vec<Cow<'_, str>> = argv.iter().filter_map(Element::word).collect();
        let covered = render::covered(words.iter().map(|word| word.as_bytes()));
        put(&mut kept["args"]["argv"], covered);
        for (name, flags) in
            [("tail_flags", tail_flags.unwrap_or_default()), ("tail_flags_deny", tail_flags_deny)]
        {
            // Each by itself: none of them is the value of the one before.
            let covered = flags.iter().flat_map(|flag| render::covered([flag.as_bytes()]));
            if let Some(list) = kept["args"].get_mut(name) {
                put(list, covered);
            }
        }
        kept
    }

    fn words<'a>(
        &self,
        words: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
        reader: For,
    ) -> Vec<String> {
        match reader {
            For::Keeping => render::kept_words(words).collect(),
            For::Deciding => render::words([&self.named, &self.exec.to_string_lossy()], words).collect(),
        }
    }

    /// The one sentence; `exactly` is the command, if it may be no other.
    fn told(&self, exactly: &str, reader: For) -> String {
        let Written { mut argv, tail_flags, tail_flags_deny } = self.args.clone().into();
        let has_tail = argv.pop_if(|last| matches!(last, Element::More)).is_some();
        let is_text = |element: &Element| matches!(element, Element::Token(TokenPattern(Kind::Literal(_))));
        let what = match has_tail {
            false if argv.iter().all(is_text) => format!("exactly {exactly}"),
            _ => {
                let words: Vec<Cow<'_, str>> = argv.iter().filter_map(Element::word).collect();
                let words = self.words(words.iter().map(|word| word.as_bytes()), reader);
                [vec![self.named.clone()], words].concat().join(" ")
            }
        };
        let flags = |flags: &[String]| -> String {
            let words = flags.iter().flat_map(|flag| self.words([flag.as_bytes()], reader));
            words.collect::<Vec<_>>().join(" ")
        };
        let options = match (has_tail, tail_flags, &tail_flags_deny[..]) {
            (false, ..) => String::new(),
            (true, Some(listed), _) if listed.is_empty() => " with any arguments and no options".to_owned(),
            (true, Some(listed), _) => {
                format!(" with any arguments and only the options {}", flags(&listed))
            }
            (true, None, []) => " with any arguments and options".to_owned(),
            (true, None, denied) => format!(" with any arguments and any options but {}", flags(denied)),
        };
        format!("{what}{options}, {}", places(&self.cwd))
    }
}

impl Element {
    /// As it stands in a command: a text as itself, a pattern as in a policy. What stands for more is no word.
    fn word(&self) -> Option<Cow<'_, str>> {
        match self {
            Element::Token(TokenPattern(Kind::Literal(text))) => Some(Cow::Borrowed(text)),
            Element::Token(pattern) => Some(Cow::Owned(pattern.to_string())),
            Element::More => None,
        }
    }
}

fn places(cwd: &[PathPattern]) -> String {
    match cwd {
        [] => "anywhere".to_owned(),
        [only] => format!("in {}", only.text()),
        [top, below] if below.text().strip_suffix("/**") == Some(top.text()) => {
            format!("anywhere in {}", top.text())
        }
        several => format!("in {}", several.iter().map(PathPattern::text).collect::<Vec<_>>().join(" or ")),
    }
}

/// Puts the texts that are left in the places of those that are covered.
fn put(list: &mut Value, covered: impl Iterator<Item = Option<String>>) {
    for (item, covered) in list.as_array_mut().into_iter().flatten().zip(covered) {
        if let Some(text) = covered {
            *item = Value::String(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matcher(args: &Value, cwd: &[&str]) -> Matcher {
        let matcher =
            json!({ "class": "run", "exec": "/usr/bin/git", "named": "git", "args": args, "cwd": cwd });
        serde_json::from_value(matcher).unwrap()
    }

    #[test]
    fn it_is_said_what_is_let_pass_and_where() {
        for (args, cwd, expected) in [
            (json!({ "argv": ["log", "a b"] }), &["/srv"][..], "exactly git log 'a b', in /srv"),
            (
                json!({ "argv": ["log", "..."], "tail_flags": [] }),
                &["/srv", "/srv/**"],
                "git log with any arguments and no options, anywhere in /srv",
            ),
            (
                json!({ "argv": ["log", "..."], "tail_flags": ["--stat", "-n"] }),
                &["/srv"],
                "git log with any arguments and only the options --stat -n, in /srv",
            ),
            (json!({ "argv": ["..."] }), &[], "git with any arguments and options, anywhere"),
            (
                json!({ "argv": ["..."], "tail_flags_deny": ["-c"] }),
                &["/a", "/b"],
                "git with any arguments and any options but -c, in /a or /b",
            ),
            (json!({ "argv": ["v*"] }), &["/srv"], "git '\"v*\"', in /srv"),
        ] {
            let matcher = matcher(&args, cwd);
            assert_eq!(matcher.sentence(), expected);
            assert_eq!(matcher.kept(), serde_json::to_value(&matcher).unwrap(), "nothing of it is a secret");
        }
    }

    #[test]
    fn whoever_decides_has_the_command_before_his_eyes() {
        let exact = matcher(&json!({ "argv": ["log"] }), &["/srv"]);
        assert_eq!(exact.offer(), "exactly this command, in /srv");
    }

    #[test]
    fn c98_no_secret_is_kept_and_whoever_decides_sees_what_only_could_be_one() {
        let exact =
            matcher(&json!({ "argv": ["login", "--token", "abc", { "literal": "k_secret=*" }] }), &["/srv"]);
        assert_eq!(exact.sentence(), "exactly git login --token ••• k_secret=•••, in /srv");
        assert_eq!(exact.kept()["args"]["argv"], json!(["login", "--token", "•••", "k_secret=•••"]));
        let tail =
            json!({ "argv": ["log", "..."], "tail_flags": ["--password-command=sh", "--token", "-v"] });
        let tail = matcher(&tail, &["/srv"]);
        assert!(tail.sentence().contains("--password-command=••• --token -v"), "{}", tail.sentence());
        assert!(tail.offer().contains("--password-command=sh --token -v"), "{}", tail.offer());
        let kept =
            json!({ "argv": ["log", "..."], "tail_flags": ["--password-command=•••", "--token", "-v"] });
        assert_eq!(tail.kept()["args"], kept);
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let long = matcher(&json!({ "argv": ["x".repeat(1000)] }), &["/srv"]).sentence();
        assert!(long.len() < 400 && long.contains("characters), in /srv"), "{long}");
    }
}
