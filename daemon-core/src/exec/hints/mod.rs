//! What people should notice in a plan before they decide.
//!
//! A hint has an id that means the same in every version, so that a policy, a
//! translation or a person's habit may rest on it. The same plan always has the
//! same hints. They are help for reading and no protection: a command that has
//! none may do anything, and nothing is ever allowed for want of a hint.
//!
//! Text for a shell or another interpreter is looked at with plain patterns. To
//! take it apart is for the policy, and to be sure of it for nobody.

mod code;
mod writes;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::known::{Does, does, is_loader};
use super::plan::{Bytes, Plan, Stdin};
use super::render::{Level, Shown, covers};
use crate::text::brief;

/// Something to notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hint {
    /// Which, for ever.
    pub id: String,
    /// In words.
    pub text: String,
    /// How much it matters.
    pub level: Level,
    /// The number of the argument that it is about, from 1 on, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<u64>,
}

/// Hints that say that some of what would happen is nowhere in the plan.
const UNSEEN: [&str; 9] = [
    "code.inline",
    "code.stdin",
    "code.file",
    "reads.instructions",
    "runs.another",
    "text.hidden",
    "text.not-utf8",
    "text.alike",
    "text.covered",
];

/// What is to be noticed, the worst first.
pub fn hints(plan: &Plan) -> Vec<Hint> {
    let mut hints = Hints { plan, found: Vec::new() };
    hints.of_program();
    hints.of_words();
    hints.of_environment();
    hints.of_covers();
    code::look(&mut hints);
    writes::look(&mut hints);
    // Stable: what is found first stays first among its equals.
    hints.found.sort_by_key(|hint| std::cmp::Reverse(hint.level));
    hints.found
}

/// Whether all that would happen is in the plan, as far as hints tell.
pub fn is_fully_inspected(plan: &Plan) -> bool {
    !hints(plan).iter().any(|hint| UNSEEN.contains(&hint.id.as_str()))
}

/// Those that were found, and where to look.
struct Hints<'a> {
    plan: &'a Plan,
    found: Vec<Hint>,
}

impl Hints<'_> {
    fn add(&mut self, id: &str, level: Level, argument: Option<usize>, text: impl Into<String>) {
        let argument = argument.map(|index| index as u64 + 1);
        self.found.push(Hint { id: id.to_owned(), text: text.into(), level, argument });
    }

    /// Whether the program, by the name it was called or the one it has, does this.
    fn does(&self, what: Does) -> bool {
        [self.plan.file_name(), self.real_name()].into_iter().any(|name| does(name, what))
    }

    fn real_name(&self) -> &str {
        self.plan.exec().program.real.rsplit('/').next().unwrap_or_default()
    }

    fn argv(&self) -> &[Bytes] {
        self.plan.argv()
    }

    /// The arguments that are text, with their places.
    fn words(&self) -> Vec<(usize, String)> {
        let words = self.argv().iter().enumerate();
        words.map(|(index, word)| (index, String::from_utf8_lossy(word.get()).into_owned())).collect()
    }

    /// The first argument that is one of these.
    fn flag(&self, flags: &[&str]) -> Option<usize> {
        self.argv().iter().position(|word| word.text().is_some_and(|word| flags.contains(&word)))
    }

    /// The first argument that is a cluster of letters with this one in it, as in `-rf`.
    fn letter(&self, letter: char) -> Option<usize> {
        self.argv().iter().position(|word| {
            let cluster = word.text().and_then(|word| word.strip_prefix('-')).unwrap_or_default();
            !cluster.starts_with('-')
                && cluster.chars().all(char::is_alphanumeric)
                && cluster.contains(letter)
        })
    }

    /// Whether a word could be a command that the program passes on to a shell.
    fn may_run(&self, word: &str) -> bool {
        let runs = [Does::Shell, Does::RunsAnother, Does::Elevates, Does::Interprets];
        word.contains(char::is_whitespace) && runs.into_iter().any(|what| self.does(what))
    }

    fn of_program(&mut self) {
        let exec = &self.plan.exec().program;
        if self.plan.run_as() == 0 {
            self.add(
                "user.root",
                Level::Danger,
                None,
                "it runs as root and may do everything on this machine",
            );
        }
        if u32::from_str_radix(&exec.mode, 8).is_ok_and(|mode| mode & 0o6000 != 0) {
            self.add("exec.setuid", Level::Danger, None, "the program gets the rights of its owner or group");
        }
        if !self.plan.is_root_owned_chain() {
            let text = "the program or what reads it can be changed by others than root";
            self.add("exec.user-writable", Level::Caution, None, text);
        }
        if self.does(Does::Elevates) {
            self.add(
                "privilege.elevate",
                Level::Danger,
                None,
                "it runs something with the rights of another user",
            );
        }
        if self.does(Does::RunsAnother) {
            self.add(
                "runs.another",
                Level::Caution,
                None,
                "it runs another program, which its arguments name",
            );
        }
        if self.does(Does::Downloads) {
            self.add("net.transfer", Level::Note, None, "it sends or fetches over the network");
        }
        if self.does(Does::Signals) {
            self.add("process.signal", Level::Caution, None, "it ends or signals other processes");
        }
    }

    fn of_words(&mut self) {
        for index in 0..self.argv().len() {
            let word = self.argv()[index].get().to_vec();
            let shown = Shown::of(&word);
            if str::from_utf8(&word).is_err() {
                self.add(
                    "text.not-utf8",
                    Level::Caution,
                    Some(index),
                    "the argument has bytes that are not text",
                );
            } else if String::from_utf8_lossy(&word).contains(crate::text::hidden) {
                let text = "the argument has characters that are not seen, or that do something";
                self.add("text.hidden", Level::Caution, Some(index), text);
            }
            if let Some(alike) = shown.alike {
                self.add(
                    "text.alike",
                    Level::Danger,
                    Some(index),
                    format!("the argument deceives the eye: {alike}"),
                );
            }
        }
        let program = Shown::of(self.plan.exec().program.real.as_bytes());
        if let Some(alike) = program.alike.or(Shown::of(self.plan.exec().named.as_bytes()).alike) {
            self.add(
                "text.alike",
                Level::Danger,
                None,
                format!("the program's name deceives the eye: {alike}"),
            );
        }
    }

    fn of_environment(&mut self) {
        let unusual: Vec<String> = self.plan.unusual().map(|(name, _)| name.to_owned()).collect();
        for name in unusual {
            // Its row says all of it.
            let shown = brief(&name);
            match is_loader(&name) {
                true => {
                    let text = format!("{shown} makes programs load or run something else");
                    self.add("env.loader", Level::Danger, None, text);
                }
                false => {
                    let text = format!("{shown} was asked for and can change what the program does");
                    self.add("env.unusual", Level::Caution, None, text);
                }
            }
        }
        if matches!(self.plan.stdin(), Stdin::Bytes { .. }) && self.does(Does::Interprets) {
            self.add(
                "code.stdin",
                Level::Caution,
                None,
                "what it reads from standard input may be a program",
            );
        }
    }

    fn of_covers(&mut self) {
        const ID: &str = "text.covered";
        let covers = covers(self.plan);
        for index in covers.arguments {
            let text = "something in the argument looks like a secret and is covered";
            self.add(ID, Level::Caution, Some(index), text);
        }
        for name in covers.variables {
            let text =
                format!("something in the variable {} looks like a secret and is covered", brief(&name));
            self.add(ID, Level::Caution, None, text);
        }
    }
}

#[cfg(test)]
mod tests;
