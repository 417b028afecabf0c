//! Everything that a command would run, as far as its arguments tell.
//!
//! The first view is the command as it was asked for. What wrappers and shells
//! would run are more. A prohibition counts if it means any view; a permission
//! only if every view is permitted and it is sure what they are.

use std::borrow::Cow;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shell::Word;
use super::subject::Subject;
use super::wrappers::{self, Inner};
use crate::text::visible;

/// So many views are enough, and so many wrappers around each other.
const MOST: usize = 64;
const DEEPEST: usize = 16;
/// So many arguments of each are shown.
const MOST_SHOWN: usize = 64;
/// So many arguments are tried where it cannot be told which is the program.
const MOST_TRIED: usize = 16;

/// What a command would run, to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct View {
    /// Where it was found: `as asked`, `run by env`, `in the text for sh`.
    pub how: String,
    /// The program, as it is named there.
    pub program: String,
    /// Its arguments, the first 64 of them, with what cannot be seen made visible.
    pub argv: Vec<String>,
    /// Why this is not sure, or not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A view, to be judged.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) how: Cow<'static, str>,
    /// The program, as it is named.
    pub(super) named: Cow<'a, [u8]>,
    /// What that is, if the plan says so.
    pub(super) exec: Option<&'a Path>,
    pub(super) argv: Argv<'a>,
    /// Variables that are set for it on the way.
    pub(super) env: Arc<Vec<(String, String)>>,
    /// Files that a shell opens for it.
    pub(super) files: Vec<Vec<u8>>,
    /// Why no permission can count.
    pub(super) unsure: Option<&'static str>,
    /// Whether it is a guess at which argument is the program.
    pub(super) is_guess: bool,
    depth: usize,
}

/// Arguments, shared by all views that end with them.
#[derive(Debug)]
pub(super) enum Argv<'a> {
    /// As they were asked for.
    Asked(&'a [Vec<u8>]),
    /// Of a command in a text, from this one on.
    Text(Arc<[Vec<u8>]>, usize),
}

impl Deref for Argv<'_> {
    type Target = [Vec<u8>];

    fn deref(&self) -> &[Vec<u8>] {
        match self {
            Argv::Asked(argv) => argv,
            Argv::Text(argv, from) => &argv[*from..],
        }
    }
}

impl<'a> Argv<'a> {
    fn word(&self, at: usize) -> Cow<'a, [u8]> {
        match self {
            Argv::Asked(argv) => Cow::Borrowed(&argv[at][..]),
            Argv::Text(..) => Cow::Owned(self[at].clone()),
        }
    }

    fn after(&self, at: usize) -> Argv<'a> {
        match self {
            Argv::Asked(argv) => Argv::Asked(&argv[at + 1..]),
            Argv::Text(argv, from) => Argv::Text(Arc::clone(argv), from + at + 1),
        }
    }
}

/// All views of one command.
#[derive(Debug)]
pub(super) struct Views<'a> {
    pub(super) all: Vec<Seen<'a>>,
    /// Whether any of it is a text for a shell.
    pub(super) has_text: bool,
    /// Why there may be more.
    pub(super) beyond: Option<&'static str>,
    /// Whether what there may be more is run by a program that itself may be permitted: a script by a shell.
    pub(super) is_script: bool,
}

impl<'a> Seen<'a> {
    /// The last name of the program's path.
    pub(super) fn file_name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(last_name(&self.named))
    }

    /// What people are shown.
    pub(super) fn view(&self) -> View {
        let shown = |bytes: &[u8]| visible(&String::from_utf8_lossy(bytes));
        let more = self.argv.len().checked_sub(MOST_SHOWN).filter(|more| 0 < *more);
        let more = more.map(|more| format!("[{more} more]"));
        View {
            how: self.how.clone().into_owned(),
            program: shown(&self.named),
            argv: self.argv.iter().take(MOST_SHOWN).map(|token| shown(token)).chain(more).collect(),
            note: self.unsure.map(str::to_owned),
        }
    }
}

/// The last name of a path.
pub(super) fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

impl<'a> Views<'a> {
    /// Finds them all.
    pub(super) fn of(subject: &Subject<'a>) -> Views<'a> {
        let asked = Seen {
            how: Cow::Borrowed("as asked"),
            named: Cow::Borrowed(subject.named.as_bytes()),
            exec: Some(subject.exec),
            argv: Argv::Asked(subject.argv),
            env: Arc::default(),
            files: Vec::new(),
            unsure: None,
            is_guess: false,
            depth: 0,
        };
        let mut views = Views { all: vec![asked], has_text: false, beyond: None, is_script: false };
        let mut next = 0;
        while next < views.all.len() {
            views.look_into(next);
            next += 1;
        }
        views
    }

    /// Adds what a view would run.
    fn look_into(&mut self, which: usize) {
        let outer = &self.all[which];
        if outer.is_guess {
            return;
        }
        let depth = outer.depth;
        if DEEPEST <= depth || MOST <= self.all.len() {
            self.beyond.get_or_insert("it wraps too much");
            // What is wrapped in that no further may be a text with wrappers in it.
            if MOST <= self.all.len() || self.innermost(which) {
                return;
            }
        }
        let outer = &self.all[which];
        let name = outer.file_name().into_owned();
        let mut inner = wrappers::look_into(&name, &outer.argv);
        let mut by = name;
        if let (Inner::Nothing, Some(exec)) = (&inner, outer.exec) {
            // A link of another name.
            by = exec.file_name().unwrap_or_default().to_string_lossy().into_owned();
            inner = wrappers::look_into(&by, &outer.argv);
        }
        match inner {
            Inner::Nothing => self.builtin(which, &by),
            Inner::Unseen(why) => {
                self.is_script = self.beyond.is_none();
                self.beyond.get_or_insert(why);
            }
            Inner::At { at, env, unsure } => self.push_inner(which, at, env, unsure, &by),
            Inner::Text { at, rest } => {
                let text = self.all[which].argv[at].clone();
                self.text(which, &text, &by);
                // What the text may run by "$@".
                self.guess(which, rest, &by);
            }
            Inner::Somewhere => {
                self.beyond.get_or_insert("the options of a wrapper in it are not known");
                self.guess(which, 0, &by);
                self.split_string(which, &by);
            }
        }
    }

    fn push_inner(
        &mut self,
        which: usize,
        at: usize,
        env: Vec<(String, String)>,
        unsure: Option<&'static str>,
        by: &str,
    ) {
        let outer = &self.all[which];
        let (named, argv) = (outer.argv.word(at), outer.argv.after(at));
        let env = match env.is_empty() {
            true => Arc::clone(&outer.env),
            false => Arc::new(outer.env.iter().cloned().chain(env).collect()),
        };
        let inner = Seen {
            how: Cow::Owned(format!("run by {by}")),
            named,
            exec: None,
            argv,
            env,
            files: Vec::new(),
            unsure: outer.unsure.or(unsure),
            is_guess: false,
            depth: outer.depth + 1,
        };
        self.all.push(inner);
    }

    /// Of what wraps too much, the program that is not wrapped any further: a prohibition sees that at least. Each
    /// wrapper on the way is looked at once, and none of them is a view. Whether there is any.
    fn innermost(&mut self, which: usize) -> bool {
        let outer = &self.all[which];
        let (mut name, mut from, mut last) = (outer.file_name().into_owned(), 0, None);
        while let Inner::At { at, .. } = wrappers::look_into(&name, &outer.argv[from..]) {
            let at = from + at;
            name = String::from_utf8_lossy(last_name(&outer.argv[at])).into_owned();
            (from, last) = (at + 1, Some(at));
        }
        if let Some(at) = last {
            self.push_inner(which, at, Vec::new(), Some("it wraps too much"), "many wrappers");
        }
        last.is_some()
    }

    /// Each argument that could be the program of a wrapper.
    fn guess(&mut self, which: usize, from: usize, by: &str) {
        let outer = &self.all[which];
        let tried: Vec<usize> = (from..outer.argv.len())
            .filter(|at| !outer.argv[*at].starts_with(b"-") && !outer.argv[*at].is_empty())
            .take(MOST_TRIED)
            .collect();
        for at in tried {
            self.push_inner(which, at, Vec::new(), Some("it is not sure that this is the program"), by);
            if let Some(last) = self.all.last_mut() {
                last.is_guess = true;
            }
        }
    }

    /// `env -S 'rm -rf /'`, `watch 'rm -rf /'`: arguments that are texts.
    fn split_string(&mut self, which: usize, by: &str) {
        let texts: Vec<Vec<u8>> = self.all[which]
            .argv
            .iter()
            .filter(|token| token.contains(&b' '))
            .take(MOST_TRIED)
            .cloned()
            .collect();
        for text in texts {
            let text = text.strip_prefix(b"-S").unwrap_or(&text);
            let text = text.strip_prefix(b"--split-string=").unwrap_or(text);
            self.text(which, text, by);
        }
    }

    /// The commands of a text for a shell.
    fn text(&mut self, which: usize, text: &[u8], by: &str) {
        self.has_text = true;
        let script = wrappers::of_text(text);
        if let Some(why) = script.beyond {
            self.beyond.get_or_insert(why);
        }
        let (depth, outer_env) = (self.all[which].depth + 1, self.all[which].env.clone());
        for command in script.commands {
            if MOST <= self.all.len() {
                self.beyond.get_or_insert("it has too many commands");
                return;
            }
            let mut words = command.words.into_iter();
            let is_computed = words.as_slice().iter().any(|word| word.is_computed);
            let named = words.next().map(|word| word.text).unwrap_or_default();
            self.all.push(Seen {
                how: Cow::Owned(format!("in the text for {by}")),
                named: Cow::Owned(named),
                exec: None,
                argv: Argv::Text(words.map(|word: Word| word.text).collect(), 0),
                env: Arc::new(outer_env.iter().cloned().chain(command.env).collect()),
                files: command.files.into_iter().map(|word| word.text).collect(),
                unsure: Some(if is_computed {
                    "the shell computes parts of it"
                } else {
                    "it is run by a shell"
                }),
                is_guess: false,
                depth,
            });
        }
    }

    /// What a shell runs by itself, where a shell is what runs it.
    fn builtin(&mut self, which: usize, by: &str) {
        let outer = &self.all[which];
        if outer.exec.is_some() {
            return;
        }
        match by {
            "eval" => {
                let text = outer.argv.join(&b' ');
                self.text(which, &text, by);
            }
            "." | "source" => {
                self.beyond.get_or_insert("a script is not looked into");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approvals::policy::Class;

    fn of<T>(command: &str, look: impl FnOnce(&Views<'_>) -> T) -> T {
        let words = shell_words::split(command).unwrap();
        let argv: Vec<Vec<u8>> = words[1..].iter().map(|word| word.clone().into_bytes()).collect();
        look(&Views::of(&Subject {
            class: Class::Run,
            exec: Path::new("/usr/bin/x"),
            named: &words[0],
            sha256: "",
            argv: &argv,
            cwd: Path::new("/"),
            env: &[],
            client: "c",
            files: &[],
            is_user_writable: false,
            looked: Box::leak(Box::default()),
        }))
    }

    fn check(command: &str, expected: &[&str], beyond: bool) {
        of(command, |views| seen(command, views, expected, beyond));
    }

    fn seen(command: &str, views: &Views<'_>, expected: &[&str], beyond: bool) {
        let shown: Vec<String> = views.all[1..]
            .iter()
            .filter(|seen| !seen.is_guess)
            .map(|seen| [vec![seen.view().program], seen.view().argv].concat().join(" "))
            .collect();
        assert_eq!(shown, expected, "{command}");
        assert_eq!(views.beyond.is_some(), beyond, "{command} {:?}", views.beyond);
    }

    #[test]
    fn wrappers_in_wrappers_are_unwrapped() {
        check("git status", &[], false);
        check("env A=1 nice -n 5 rm -rf x", &["nice -n 5 rm -rf x", "rm -rf x"], false);
        check("sh -c 'env rm x; ls'", &["env rm x", "ls", "rm x"], false);
        check("sh -c 'eval rm x'", &["eval rm x", "rm x"], false);
        check("sh -c 'sh -c \"rm x\"'", &["sh -c rm x", "rm x"], false);
        check("busybox sh -c 'rm x'", &["sh -c rm x", "rm x"], false);
        check("sh -c '. ./x'", &[". ./x"], true);
        check("sh -c '$x y'", &[], true);
        check("sh x", &[], true);
        check("env -S 'rm x'", &["rm x"], true);
        let mut nested: Vec<String> = (1..=DEEPEST).map(|depth| "nice ".repeat(40 - depth) + "rm").collect();
        nested.push("rm".to_owned());
        check(&("nice ".repeat(40) + "rm"), &nested.iter().map(String::as_str).collect::<Vec<_>>(), true);
    }

    #[test]
    fn c87_the_innermost_program_is_seen_through_texts_that_are_wrapped_too_much() {
        for wrappers in [DEEPEST, DEEPEST + 1, 40] {
            for text in ["rm x", "sh -c 'rm x'", "sh -c 'nice rm x'", "sh -c 'nice sh -c \"nice nice rm x\"'"]
            {
                let command = "nice ".repeat(wrappers) + text;
                let last = of(&command, |views| views.all.last().map(|seen| seen.view()));
                let View { program, argv, .. } = last.unwrap();
                assert_eq!((program.as_str(), argv), ("rm", vec!["x".to_owned()]), "{command}");
                assert!(of(&command, |views| views.all.len() <= MOST && views.beyond.is_some()));
            }
        }
    }
}
