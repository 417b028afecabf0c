//! One file of a policy: read, checked, and its examples tried.
//!
//! A file counts as a whole or not at all. All that is wrong with it is told at
//! once, each with its line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::conf::{Example, RuleConf};
use super::looked::Looked;
use super::paths::Place;
use super::rule::{Program, Rule};
use super::settings::SettingsConf;
use super::subject::{Class, Effect, Subject};
use super::views::Views;
use crate::config::{Document, Problem, Tables};
use crate::text::{brief, nearest};

/// No policy is larger, in bytes, and none has more rules.
const LARGEST: usize = 1 << 20;
const MOST_RULES: usize = 5000;

/// Who has written a rule; each can only make stricter what those before it have ruled.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// It is built in.
    Builtin,
    /// `/etc/hob/policy.toml`, which only root can write.
    Admin,
    /// `policy.toml` beside the user's configuration.
    User,
    /// `.hob/policy.toml` of a project that is taken up.
    Project,
}

/// A file that is good.
#[derive(Debug, Clone)]
pub(super) struct PolicyFile {
    pub(super) path: PathBuf,
    pub(super) layer: Layer,
    pub(super) settings: SettingsConf,
    pub(super) rules: Vec<Rule>,
    /// Of its text.
    pub(super) sha256: String,
}

impl PolicyFile {
    /// Stands in for the file of a project that cannot be read: nothing there runs without a person.
    pub(super) fn unreadable(path: &Path, project: &Path) -> PolicyFile {
        PolicyFile {
            path: path.to_owned(),
            layer: Layer::Project,
            settings: SettingsConf::default(),
            rules: vec![Rule::unreadable(project)],
            sha256: "unreadable".to_owned(),
        }
    }

    /// Reads a text that is in this file.
    pub(super) fn read(document: &Document, path: &Path, layer: Layer) -> Result<PolicyFile, Vec<Problem>> {
        let tables = document.tables().map_err(|problem| vec![problem])?;
        if LARGEST < document.text().len() {
            let message = format!("has {} bytes, and a policy may have {LARGEST}", document.text().len());
            return Err(vec![tables.problem(&[], message, None)]);
        }
        let mut problems = at_the_top(&tables);
        let settings = settings(&tables, layer, &mut problems);
        let rules = rules(&tables, document, layer, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let sha256 = hex(&Sha256::digest(document.text()));
        Ok(PolicyFile { path: path.to_owned(), layer, settings, rules, sha256 })
    }
}

/// As `sha256:` and hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("sha256:".to_owned(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

/// The version, and what does not belong there.
fn at_the_top(tables: &Tables<'_>) -> Vec<Problem> {
    const KNOWN: [&str; 3] = ["version", "defaults", "rule"];
    let unknown = tables.names().filter(|name| !KNOWN.contains(name)).map(|name| {
        let hint = nearest(name, KNOWN).map(|known| format!("did you mean `{known}`?"));
        tables.problem(&[name], "there is no such section in a policy".to_owned(), hint)
    });
    let mut problems: Vec<Problem> = unknown.collect();
    match tables.section::<Option<i64>>("version") {
        Ok(Some(1)) => {}
        Ok(None) => {
            let message = "does not say which version of the format it is".to_owned();
            problems.push(tables.problem(&[], message, Some("begin it with: version = 1".to_owned())));
        }
        Ok(Some(other)) => {
            let message = format!("is of the version {other} of the format, and this program knows 1");
            problems.push(tables.problem(&["version"], message, None));
        }
        Err(more) => problems.extend(more),
    }
    problems
}

fn settings(tables: &Tables<'_>, layer: Layer, problems: &mut Vec<Problem>) -> SettingsConf {
    if layer == Layer::Project && tables.names().any(|name| name == "defaults") {
        let message = "a project does not set these".to_owned();
        problems.push(tables.problem(&["defaults"], message, None));
    }
    match tables.section::<SettingsConf>("defaults") {
        Ok(settings) => {
            problems.extend(settings.check().into_iter().map(|finding| {
                let path: Vec<&str> =
                    ["defaults"].into_iter().chain(finding.path.iter().map(String::as_str)).collect();
                tables.problem(&path, finding.message, finding.hint)
            }));
            settings
        }
        Err(more) => {
            problems.extend(more);
            SettingsConf::default()
        }
    }
}

fn rules(tables: &Tables<'_>, document: &Document, layer: Layer, problems: &mut Vec<Problem>) -> Vec<Rule> {
    let listed = match tables.list::<RuleConf>("rule") {
        Ok(listed) => listed,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    if MOST_RULES < listed.len() {
        let message = format!("has {} rules, and may have {MOST_RULES}", listed.len());
        problems.push(tables.problem(&[], message, None));
        return Vec::new();
    }
    let begins: Vec<usize> = listed.iter().map(|rule| rule.line).collect();
    let lines: Vec<&str> = document.text().lines().collect();
    let (mut rules, mut seen) = (Vec::new(), BTreeMap::new());
    for (index, listed) in listed.into_iter().enumerate() {
        let conf = match listed.value {
            Ok(conf) => conf,
            Err(more) => {
                problems.extend(more);
                continue;
            }
        };
        if let Some(first) = seen.insert(conf.id.clone(), listed.line) {
            let message = format!("the rule of line {first} is called \"{}\" already", brief(&conf.id));
            problems.push(tables.problem_in(("rule", index), "id", message, None));
            continue;
        }
        let text = lines_of(&lines, listed.line, begins.get(index + 1).copied());
        match conf.check(layer, listed.line, &text) {
            Err(findings) => problems.extend(findings.found.into_iter().map(|finding| {
                let key = finding.path.first().map_or("", String::as_str);
                tables.problem_in(("rule", index), key, finding.message, finding.hint)
            })),
            Ok(rule) => {
                problems.extend(failing_examples(tables, &conf, &rule));
                rules.push(rule);
            }
        }
    }
    rules
}

/// A rule as it is written, without the comments and blank lines between it and the next.
fn lines_of(lines: &[&str], first: usize, next: Option<usize>) -> String {
    let end = next.map_or(lines.len(), |next| (next - 1).clamp(first, lines.len()));
    let lines = &lines[first - 1..end];
    let is_between = |line: &&&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let after = lines.iter().rev().take_while(is_between).count();
    let mut kept = lines[..lines.len() - after].to_vec();
    // An inline list of tables, or another section behind the last rule.
    if let Some(end) = kept.iter().skip(1).position(|line| line.starts_with('[')) {
        kept.truncate(end + 1);
    }
    kept.join("\n").trim_end().to_owned()
}

/// Tries a rule on the examples that it has.
fn failing_examples(tables: &Tables<'_>, conf: &RuleConf, rule: &Rule) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, examples, should) in [("match", &conf.matches, true), ("not_match", &conf.not_match, false)] {
        for (index, example) in examples.iter().enumerate() {
            let told = match (try_example(rule, example.get_ref()), should) {
                (Ok(()), true) | (Err(_), false) => continue,
                (Ok(()), false) => "the rule is about it".to_owned(),
                (Err(why), true) => format!("the rule is not about it: {why}"),
            };
            let shown = brief(&example.get_ref().0.join(" "));
            let message = format!("example {}, \"{shown}\": {told}", index + 1);
            problems.push(tables.problem_at(example.span().start, &format!("rule.{key}"), message));
        }
    }
    problems
}

/// Whether a rule is about a command, wherever it is run and by whom.
fn try_example(rule: &Rule, Example(words): &Example) -> Result<(), String> {
    let named = words[0].rsplit('/').next().unwrap_or_default();
    let argv: Vec<Vec<u8>> = words[1..].iter().map(|word| word.clone().into_bytes()).collect();
    // The program of an example stands for the one that the rule is about, if it is called the same.
    let placed = Path::new("/usr/bin").join(named);
    let (exec, rule) = match &rule.program {
        Program::At { written, real } if written.file_name().is_some_and(|name| name == named) => {
            (real.clone(), Cow::Borrowed(rule))
        }
        Program::Named { name, .. } if name == named => {
            let program = Program::Named { name: name.clone(), real: vec![placed.clone()], is_enough: true };
            (placed, Cow::Owned(Rule { program, ..rule.clone() }))
        }
        _ => (placed, Cow::Borrowed(rule)),
    };
    let looked = Looked::default();
    let subject = Subject {
        class: rule.class.unwrap_or(Class::Run),
        exec: &exec,
        named,
        sha256: "",
        argv: &argv,
        cwd: Path::new("/"),
        env: &[],
        client: "",
        files: &[],
        is_user_writable: false,
        looked: &looked,
    };
    let place = Place { cwd: subject.cwd, home: None, files: &[], looked: subject.looked };
    let views = Views::of(&subject);
    let about = |seen| rule.means(seen, place).map_err(|why| why.tell(seen));
    match rule.effect {
        Effect::Allow => about(&views.all[0]),
        _ if views.all.iter().any(|seen| about(seen).is_ok()) => Ok(()),
        _ => about(&views.all[0]),
    }
}
