//! A rule as it is written, and what can be wrong with it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::argv::{ArgvPattern, Element, MOST, Written};
use super::file::Layer;
use super::flags;
use super::paths::PathPattern;
use super::plain::is_plain;
use super::rule::{Program, Rule};
use super::subject::{Class, Effect};
use super::token::TokenPattern;
use super::tools;
use crate::config::Findings;
use crate::text::{brief, visible};

/// `[[rule]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleConf {
    /// What it is called, in small letters.
    pub(super) id: String,
    /// What it says.
    pub(super) effect: Effect,
    /// What kind of request it is for; `run` if it allows, all kinds if not.
    class: Option<Class>,
    /// The program, by its absolute path.
    exec: Option<String>,
    /// The program, by its name in a directory that only root can write.
    name: Option<String>,
    /// Any program of this file name; not to allow.
    exec_name: Option<String>,
    /// Program and arguments in one text, `*` at the end for any more.
    command: Option<String>,
    /// A pattern for each argument; "..." at the end for any more.
    argv: Option<Vec<Element>>,
    /// Of what follows, only these may begin with "-".
    tail_flags: Option<Vec<String>>,
    /// Of what follows, none may be one of these.
    #[serde(default)]
    tail_flags_deny: Vec<String>,
    /// All these flags are given, however they are written; not to allow.
    #[serde(default)]
    has_flags: Vec<String>,
    /// The working directory is one of these.
    #[serde(default)]
    cwd: Vec<String>,
    /// The client is one of these.
    #[serde(default)]
    clients: Vec<TokenPattern>,
    /// Variables that may be set.
    #[serde(default)]
    env: Vec<String>,
    /// Why, for whoever is told of the decision.
    reason: Option<String>,
    /// Commands that it is about.
    #[serde(default, rename = "match")]
    #[schemars(with = "Vec<Vec<String>>")]
    pub(super) matches: Vec<Spanned<Example>>,
    /// Commands that it is not about.
    #[serde(default)]
    #[schemars(with = "Vec<Vec<String>>")]
    pub(super) not_match: Vec<Spanned<Example>>,
}

/// A command: a list of words, or a text that is split into words.
#[derive(Debug, Clone)]
pub(super) struct Example(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Example {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Example, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a command as a list of words, such as [\"git\", \"status\"]")]
        enum Form {
            Words(Vec<String>),
            Text(String),
        }
        let words = match Form::deserialize(input)? {
            Form::Words(words) => words,
            Form::Text(text) => shell_words::split(&text).map_err(serde::de::Error::custom)?,
        };
        if words.is_empty() {
            return Err(serde::de::Error::custom("an example has at least the program's name"));
        }
        Ok(Example(words))
    }
}

/// No rule has more examples of a kind.
const MOST_EXAMPLES: usize = 64;

impl RuleConf {
    /// What it means, or what is wrong.
    pub(super) fn check(&self, layer: Layer, line: usize, text: &str) -> Result<Rule, Findings> {
        let mut findings = Findings::of(&self.id);
        self.check_id(&mut findings);
        self.check_effect(layer, &mut findings);
        let program = self.program(&mut findings);
        let argv = self.argv(&mut findings);
        for flag in &self.has_flags {
            if let Err(message) = flags::check(flag) {
                findings.add(&["has_flags"], &format!("\"{}\": {message}", brief(flag)));
            }
        }
        for entry in &self.env {
            if let Err(message) = tools::check_variable(entry) {
                findings.add(&["env"], &format!("\"{}\" {message}", brief(entry)));
            }
        }
        let mut cwd = Vec::new();
        for path in &self.cwd {
            match PathPattern::new(path) {
                Ok(pattern) => cwd.push(pattern),
                Err(message) => findings.add(&["cwd"], &format!("\"{}\": {message}", brief(path))),
            }
        }
        for (key, count, most) in [
            ("cwd", self.cwd.len(), MOST),
            ("clients", self.clients.len(), MOST),
            ("env", self.env.len(), MOST),
            ("has_flags", self.has_flags.len(), MOST),
            ("match", self.matches.len(), MOST_EXAMPLES),
            ("not_match", self.not_match.len(), MOST_EXAMPLES),
        ] {
            if most < count {
                findings.add(&[key], &format!("has {count} entries, and may have {most}"));
            }
        }
        if self.reason.as_ref().is_some_and(|reason| 300 < reason.chars().count()) {
            findings.add(&["reason"], "has more than 300 characters, and nobody reads that in a dialog");
        }
        let (Some(program), true) = (program, findings.found.is_empty()) else { return Err(findings) };
        let allows = self.effect == Effect::Allow;
        Ok(Rule {
            id: self.id.clone(),
            effect: self.effect,
            class: self.class.or(allows.then_some(Class::Run)),
            program,
            argv,
            has_flags: self.has_flags.clone(),
            cwd,
            clients: self.clients.clone(),
            env: self.env.clone(),
            reason: self.reason.as_deref().map(visible),
            line,
            text: text.to_owned(),
            below: None,
        })
    }

    fn check_id(&self, findings: &mut Findings) {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if self.id.is_empty() || 64 < self.id.len() || !self.id.bytes().all(is_plain) {
            findings.add_hint(
                &["id"],
                &format!("\"{}\" is no name of a rule", brief(&self.id)),
                "1 to 64 of a-z, 0-9, \"-\", \"_\" and \".\"",
            );
        }
    }

    fn check_effect(&self, layer: Layer, findings: &mut Findings) {
        if self.effect != Effect::Allow {
            if !self.env.is_empty() {
                findings.add(&["env"], "is for rules that allow: any other holds whatever variables are set");
            }
            return;
        }
        if layer == Layer::Project {
            let hint = "a project's file can only make the policy stricter; allow it in your own policy.toml";
            findings.add_hint(&["effect"], "a project cannot allow anything", hint);
        }
        if !self.has_flags.is_empty() {
            let hint = "say which arguments there may be: argv = [...]";
            findings.add_hint(
                &["has_flags"],
                "cannot allow: an argument that looks like a flag may be none",
                hint,
            );
        }
        if self.exec_name.is_some() {
            let hint = "name = \"...\" looks in trusted directories only; exec = \"/...\" is one file";
            findings.add_hint(&["exec_name"], "cannot allow: any file may be called that", hint);
        }
        if self.argv.is_none() && self.command.is_none() {
            let hint = "argv = [] is none, argv = [\"...\"] is any";
            findings.add_hint(&["effect"], "a rule that allows says which arguments there may be", hint);
        }
        if self.class.is_some_and(|class| matches!(class, Class::Root)) && self.tail_flags.is_none() {
            let ends_open = self.argv.as_ref().is_some_and(|argv| matches!(argv.last(), Some(Element::More)));
            if ends_open || self.command.as_ref().is_some_and(|command| command.trim_end().ends_with('*')) {
                let hint = "list the flags that may follow: tail_flags = [...]";
                findings.add_hint(&["argv"], "any arguments as root are too much", hint);
            }
        }
    }

    fn program(&self, findings: &mut Findings) -> Option<Program> {
        let given = [&self.exec, &self.name, &self.exec_name, &self.command];
        if 1 < given.iter().filter(|it| it.is_some()).count() {
            findings.add(&[], "names its program twice: one of exec, name, exec_name and command is enough");
            return None;
        }
        let is_name =
            |name: &str| !name.is_empty() && !name.contains('/') && is_plain(name.as_bytes()) && name != "..";
        match (&self.exec, &self.name, &self.exec_name, &self.command) {
            (Some(path), ..) => match PathPattern::new(path) {
                Ok(_) if path.starts_with('/') && !path.contains('*') && is_plain(path.as_bytes()) => {
                    Some(Program::at(path.as_ref()))
                }
                _ => {
                    let hint =
                        "an absolute path, without wildcards; name = \"git\" looks in trusted directories";
                    findings.add_hint(
                        &["exec"],
                        &format!("\"{}\" is no path of a program", brief(path)),
                        hint,
                    );
                    None
                }
            },
            (_, Some(name), ..) | (_, _, Some(name), _) if !is_name(name) => {
                let key = if self.name.is_some() { "name" } else { "exec_name" };
                findings.add(&[key], &format!("\"{}\" is no file name", brief(name)));
                None
            }
            (_, Some(name), ..) => Some(Program::named(name)),
            (_, _, Some(name), _) => Some(Program::Called(name.clone())),
            (_, _, _, Some(command)) => {
                let first = shell_words::split(command).ok().and_then(|words| words.into_iter().next())?;
                Some(if first.starts_with('/') {
                    Program::at(first.as_ref())
                } else {
                    Program::named(&first)
                })
            }
            _ if self.effect == Effect::Allow => {
                findings.add_hint(&[], "a rule that allows names its program", "exec = \"/usr/bin/git\"");
                None
            }
            _ => Some(Program::Any),
        }
    }

    fn argv(&self, findings: &mut Findings) -> Option<ArgvPattern> {
        let argv = match (&self.command, &self.argv) {
            (Some(_), Some(_)) => {
                findings.add(&["argv"], "is in command already");
                return None;
            }
            (Some(command), None) => match split(command) {
                Ok(argv) => argv,
                Err(message) => {
                    findings.add(&["command"], &message);
                    return None;
                }
            },
            (None, Some(argv)) => argv.clone(),
            (None, None) => {
                if self.tail_flags.is_some() || !self.tail_flags_deny.is_empty() {
                    findings.add(&["tail_flags"], "is for what follows argv, which is not there");
                }
                return None;
            }
        };
        let (tail_flags, tail_flags_deny) = (self.tail_flags.clone(), self.tail_flags_deny.clone());
        match ArgvPattern::try_from(Written { argv, tail_flags, tail_flags_deny }) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                findings.add(&["argv"], &message);
                None
            }
        }
    }
}

/// `iptables -t nat *`: the arguments of a text, without anything that a shell would make of it.
fn split(command: &str) -> Result<Vec<Element>, String> {
    const SPECIAL: &str = "|&;<>()$`\\\"'?[]{}~#!\n\r";
    if let Some(special) = command.chars().find(|character| SPECIAL.contains(*character)) {
        return Err(format!(
            "has \"{}\", and no shell reads it: write exec and argv",
            visible(&special.to_string())
        ));
    }
    let words = shell_words::split(command).map_err(|error| error.to_string())?;
    let Some((program, words)) = words.split_first() else { return Err("is empty".to_owned()) };
    if program.contains('*') || !is_plain(program.as_bytes()) {
        return Err(format!("\"{}\" is no program", brief(program)));
    }
    let elements = words.iter().enumerate().map(|(at, word)| match word.as_str() {
        "*" if at + 1 == words.len() => Ok(Element::More),
        word if word.contains('*') => Err("may have \"*\" as its last word only".to_owned()),
        word => TokenPattern::read(word).map(Element::Token),
    });
    elements.collect()
}
