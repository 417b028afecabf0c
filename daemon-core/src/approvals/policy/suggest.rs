//! What "always" could mean for a command, the most specific first.
//!
//! A person who says "always" to one command should see what else that would let
//! pass, and pick. So each suggestion says how many of the requests so far it would
//! also have allowed. Whether to offer any is not decided here ([`Policy::offer`]).
//!
//! [`Policy::offer`]: super::Policy::offer

use std::collections::BTreeSet;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::argv::{ArgvPattern, MOST};
use super::matcher::Matcher;
use super::paths::PathPattern;
use super::plain::is_plain;
use super::subject::Subject;
use super::token::TokenPattern;

/// Flags that are longer together nobody reads, and no record keeps.
const LONGEST: usize = 16 << 10;

/// Something that could be allowed from now on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// What it would let pass.
    pub matcher: Matcher,
    /// The same for a person.
    pub text: String,
    /// How many of the past requests, this one not counted, it would have allowed.
    pub would_have_allowed: usize,
}

/// At most three suggestions. `past` are the requests to count, and to learn from which flags are used;
/// `project` is a directory that the command's working directory belongs to.
pub fn suggest(subject: &Subject<'_>, past: &[Subject<'_>], project: Option<&Path>) -> Vec<Suggestion> {
    let Some(exact) = Matcher::exactly(subject) else { return Vec::new() };
    let mut suggestions = vec![exact];
    if let Some((verb, flags)) = verb_and_flags(subject, past) {
        let args = || ArgvPattern::with_tail(vec![TokenPattern::literal(verb)], flags.clone());
        let mut push = |places: Vec<Option<PathPattern>>| {
            let places: Option<Vec<PathPattern>> = places.into_iter().collect();
            suggestions.extend(places.and_then(|places| Matcher::new(subject, args(), places)));
        };
        push(vec![PathPattern::exactly(subject.cwd)]);
        if let Some(project) = project.filter(|project| subject.cwd.starts_with(project)) {
            let below = PathPattern::exactly(&project.join("x"))
                .and_then(|_| PathPattern::new(&format!("{}/**", project.display())).ok());
            push(vec![PathPattern::exactly(project), below]);
        }
    }
    let counted = suggestions.into_iter().map(|matcher| {
        let would_have_allowed = past.iter().filter(|past| matcher.matches(past)).count();
        Suggestion { text: matcher.offer(), matcher, would_have_allowed }
    });
    counted.collect()
}

/// The sub-command, and every flag that was seen with it so far.
fn verb_and_flags<'a>(subject: &Subject<'a>, past: &[Subject<'_>]) -> Option<(&'a str, Vec<String>)> {
    let (first, _) = subject.argv.split_first()?;
    let verb = std::str::from_utf8(first).ok().filter(|_| is_plain(first))?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
    if verb.is_empty() || verb.starts_with('-') || !verb.bytes().all(is_word) {
        return None;
    }
    let alike = past.iter().filter(|past| past.exec == subject.exec && past.argv.first() == Some(first));
    let tokens = alike.flat_map(|past| past.argv).chain(subject.argv);
    let flags: BTreeSet<&str> = tokens
        .filter(|token| 1 < token.len() && token.starts_with(b"-") && is_plain(token))
        .filter_map(|token| std::str::from_utf8(token).ok())
        .collect();
    let length: usize = flags.iter().map(|flag| flag.len()).sum();
    let is_readable = flags.len() <= MOST && length <= LONGEST;
    is_readable.then(|| (verb, flags.into_iter().map(str::to_owned).collect()))
}

/// The directory above, or this one, that is a project: it is under version control, or has a file of ours.
pub fn project_of(cwd: &Path) -> Option<&Path> {
    const SIGNS: [&str; 4] = [".git", ".hg", ".jj", "hob.toml"];
    let mut above = cwd.ancestors().filter(|dir| 2 < dir.components().count());
    above.find(|dir| SIGNS.iter().any(|sign| dir.join(sign).exists()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::policy::Class;

    fn argv(text: &str) -> Vec<Vec<u8>> {
        text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn subject<'a>(argv: &'a [Vec<u8>], cwd: &'a str) -> Subject<'a> {
        Subject {
            class: Class::Run,
            exec: Path::new("/usr/bin/git"),
            named: "git",
            sha256: "sha256:00",
            argv,
            cwd: Path::new(cwd),
            env: &[],
            client: "c",
            files: &[],
            is_user_writable: false,
            looked: Box::leak(Box::default()),
        }
    }

    #[test]
    fn the_most_specific_is_first_and_each_says_what_it_would_have_allowed() {
        let texts = ["log -n 5", "log --stat", "log -n 9", "push --force", "log --output=x"].map(argv);
        let past = [
            subject(&texts[0], "/home/u/src/a"),
            subject(&texts[1], "/home/u/src/a"),
            subject(&texts[2], "/home/u/src/a/b"),
            subject(&texts[3], "/home/u/src/a"),
            subject(&texts[0], "/etc"),
        ];
        let now = subject(&texts[0], "/home/u/src/a");
        let found = suggest(&now, &past, Some(Path::new("/home/u/src/a")));
        let counts: Vec<usize> = found.iter().map(|it| it.would_have_allowed).collect();
        assert_eq!(counts, [1, 2, 3], "{found:#?}");
        assert!(found[2].text.contains("anywhere in /home/u/src/a"), "{}", found[2].text);
        assert!(found.iter().all(|it| it.matcher.matches(&now)));
        // What was not seen is not let pass.
        assert!(!found[2].matcher.matches(&subject(&texts[4], "/home/u/src/a")));
        let json = serde_json::to_string(&found[2].matcher).unwrap();
        let again: Matcher = serde_json::from_str(&json).unwrap();
        assert!(again.matches(&past[2]) && !again.matches(&past[3]), "{json}");
    }

    #[test]
    fn what_has_no_sub_command_is_only_offered_as_it_is() {
        for text in ["-n 5", "/etc/passwd", "a.txt"] {
            let argv = argv(text);
            assert_eq!(suggest(&subject(&argv, "/tmp"), &[], None).len(), 1, "{text}");
        }
        for odd in ["log a\u{202e}b", &"x".repeat(1025), &"x ".repeat(129)] {
            let argv = argv(odd);
            assert!(suggest(&subject(&argv, "/tmp"), &[], None).is_empty(), "{odd}");
        }
        let flags: Vec<Vec<Vec<u8>>> =
            (0..20).map(|it| argv(&format!("log -{it}{}", "x".repeat(1000)))).collect();
        let past: Vec<_> = flags.iter().map(|argv| subject(argv, "/tmp")).collect();
        assert_eq!(suggest(&past[0], &past, None).len(), 1, "so many flags nobody reads");
    }

    #[test]
    fn a_program_that_somebody_may_change_is_pinned() {
        let argv = argv("x");
        let now = Subject { is_user_writable: true, ..subject(&argv, "/tmp") };
        let matcher = Matcher::exactly(&now).unwrap();
        assert!(matcher.matches(&now) && !matcher.matches(&Subject { sha256: "sha256:01", ..now }));
        assert!(!matcher.matches(&Subject { env: &[("GIT_DIR".to_owned(), "/x".to_owned())], ..now }));
        assert!(matcher.matches(&Subject { env: &[("LC_ALL".to_owned(), "C".to_owned())], ..now }));
        assert!(!matcher.matches(&Subject { named: "git2", ..now }));
    }
}
