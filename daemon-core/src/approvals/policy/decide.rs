//! The policy in force, and how it decides.
//!
//! Deny beats ask, ask beats allow, and which rule is the more specific does not
//! matter. What no rule is about is asked. A prohibition of any layer stands; so
//! does a question. There is one more thing between: what nobody can be sure of
//! (code among the arguments, characters that cannot be seen) is always asked.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::{Layer, PolicyFile};
use super::near;
use super::own::Own;
use super::paths::Place;
use super::plain::is_plain;
use super::rule::{Rule, Why};
use super::scanned::Scanned;
use super::settings::{Settings, SettingsConf};
use super::subject::{Class, Effect, Subject};
use super::tools;
use super::views::{View, Views};
use crate::config::{Document, Problem};

/// Which policy it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// Counts up with each policy that differs from the one before.
    pub number: u64,
    /// The SHA-256 of the files that it is made of.
    pub sha256: String,
    /// The files.
    pub source: Vec<String>,
    /// When it was read.
    #[schemars(with = "String")]
    pub loaded_at: Timestamp,
}

/// What the policy says of one command.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PolicyDecision")]
pub struct Decision {
    /// What is to happen.
    pub effect: Effect,
    /// What decided it: `rule:ID`, `builtin:ID` or `default`.
    pub by: String,
    /// Why, in the words of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The rules that were looked at, those that apply first.
    pub trace: Vec<TraceLine>,
    /// What the command would run, as far as that can be told.
    pub analysis: Vec<View>,
    /// Why the analysis is not all, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_analysed: Option<String>,
    /// Whether "always" can be offered.
    pub offers_always: bool,
    /// Why it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_always: Option<String>,
}

/// One rule, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceLine {
    /// Who wrote it.
    pub layer: Layer,
    /// What it is called.
    pub rule: String,
    /// Where it begins in its file; absent for what is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What it says.
    pub effect: Effect,
    /// Whether it applies.
    pub applies: bool,
    /// Why, or why not.
    pub why: String,
}

/// Of the rules that do not apply, so many are told.
const MOST_MISSES: usize = 24;

/// The rules of all layers. What a client may do does not change while one is held.
#[derive(Debug)]
pub struct Policy {
    revision: Revision,
    pub(super) files: Vec<PolicyFile>,
    settings: Settings,
    pub(super) own: Own,
    index: Index,
    /// Layers that should be there and cannot be read: nothing is allowed without a person.
    unreadable: Option<String>,
}

/// Which rules can be about a program of a name.
#[derive(Debug, Default)]
struct Index {
    by_name: HashMap<Vec<u8>, Vec<(usize, usize)>>,
    any: Vec<(usize, usize)>,
}

impl Policy {
    pub(super) fn new(
        files: Vec<PolicyFile>,
        own: Own,
        revision: Revision,
        unreadable: Option<String>,
    ) -> Policy {
        let mut index = Index::default();
        for (file, policy) in files.iter().enumerate() {
            for (rule, it) in policy.rules.iter().enumerate() {
                let names: BTreeSet<&str> = it.program.names().into_iter().collect();
                for name in &names {
                    index.by_name.entry(name.as_bytes().to_vec()).or_default().push((file, rule));
                }
                if names.is_empty() {
                    index.any.push((file, rule));
                }
            }
        }
        let merged =
            files.iter().fold(SettingsConf::default(), |upper, file| file.settings.clone().below(&upper));
        Policy { revision, settings: merged.settings(), files, own, index, unreadable }
    }

    /// A policy of one text, as if it were the user's file and there were no other. For tests, benchmarks and
    /// whoever wants to try a text.
    ///
    /// # Errors
    /// All that is wrong with the text.
    pub fn of_text(text: &str, own: Own) -> Result<Policy, Vec<Problem>> {
        let path = Path::new("policy.toml");
        let document = Document::of(path.to_owned(), text.to_owned());
        let file = PolicyFile::read(&document, path, Layer::User)?;
        let (sha256, loaded_at) = (file.sha256.clone(), Timestamp::UNIX_EPOCH);
        let revision = Revision { number: 1, sha256, source: vec!["policy.toml".to_owned()], loaded_at };
        Ok(Policy::new(vec![file], own, revision, None))
    }

    /// Which one it is.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// What holds for all requests.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Why nothing is allowed by rules or grants, if it is so: a file of the policy cannot be read.
    pub fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Which arguments are files whose contents some rule wants to be part of the plan, counted from 0.
    pub fn files_wanted(&self, subject: &Subject<'_>) -> Vec<usize> {
        let views = Views::of(subject);
        let place = self.place(subject);
        let argvs = self
            .candidates(&views)
            .into_iter()
            .filter_map(|(file, rule)| self.files[file].rules[rule].argv.as_ref());
        let wanted: BTreeSet<usize> = argvs.flat_map(|argv| argv.files_wanted(subject.argv, place)).collect();
        wanted.into_iter().collect()
    }

    /// What is to happen with a command.
    pub fn decide(&self, subject: &Subject<'_>) -> Decision {
        let views = Views::of(subject);
        let candidates = self.candidates(&views);
        let (mut applying, mut misses) = (Vec::new(), Vec::new());
        // Which views are permitted, and by which rule.
        let mut permitted: Vec<Option<(usize, usize)>> = vec![None; views.all.len()];
        for at in candidates {
            match self.apply(at, &views, subject, &mut permitted) {
                Ok(view) => applying.push((at, view)),
                Err((view, why)) => misses.push((at, view, why)),
            }
        }
        let builtin = self.builtin(&views, subject);
        let strictest = applying
            .iter()
            .map(|(at, _)| (self.rule(*at), *at))
            .filter(|(rule, _)| rule.effect != Effect::Allow)
            .reduce(|one, other| if one.0.effect < other.0.effect { other } else { one });
        let by_rule =
            strictest.map(|(rule, _)| (rule.effect, format!("rule:{}", rule.id), rule.reason.clone()));
        let by_builtin = builtin
            .as_ref()
            .map(|(effect, id, reason)| (*effect, format!("builtin:{id}"), Some(reason.clone())));
        let ruled = match (by_rule, by_builtin) {
            (Some(rule), Some(builtin)) if builtin.0 < rule.0 => Some(rule),
            (rule, builtin) => builtin.or(rule),
        };
        let (effect, by, reason) =
            ruled.unwrap_or_else(|| self.allowed_or_default(&permitted, &views, subject));
        let mut trace: Vec<TraceLine> =
            builtin.iter().map(|(effect, id, reason)| built_in(*effect, id, reason)).collect();
        trace.extend(applying.iter().map(|(at, view)| {
            let why = match view {
                0 => "applies".to_owned(),
                view => format!("applies to what is {}", views.all[*view].how),
            };
            self.line(*at, true, why)
        }));
        let missed = misses.into_iter().take(MOST_MISSES);
        trace.extend(missed.map(|(at, view, why)| self.line(at, false, why.tell(&views.all[view]))));
        let no_always = no_always(effect, &views, subject);
        Decision {
            effect,
            by,
            reason,
            trace,
            analysis: views.all.iter().filter(|seen| !seen.is_guess).map(|seen| seen.view()).collect(),
            not_analysed: views.beyond.map(|why| format!("could not be analysed: {why}")),
            offers_always: no_always.is_none(),
            no_always,
        }
    }

    /// Compares one rule; the number of the view that it applies to, or that it comes nearest to.
    fn apply<'r>(
        &'r self,
        at: (usize, usize),
        views: &Views<'_>,
        subject: &Subject<'_>,
        permitted: &mut [Option<(usize, usize)>],
    ) -> Result<usize, (usize, Why<'r>)> {
        let rule = self.rule(at);
        let mut nearest = Err((0, Why::Program(&rule.program)));
        for (view, seen) in views.all.iter().enumerate() {
            match rule.check(seen, subject, self.own.home.as_deref()) {
                Ok(()) if rule.effect == Effect::Allow => {
                    permitted[view].get_or_insert(at);
                    if nearest.is_err() {
                        nearest = Ok(view);
                    }
                }
                Ok(()) => return Ok(view),
                Err(why) if matches!(nearest, Err((_, Why::Program(_)))) => nearest = Err((view, why)),
                Err(_) => {}
            }
        }
        nearest
    }

    /// What no file has to say.
    fn builtin(&self, views: &Views<'_>, subject: &Subject<'_>) -> Option<(Effect, &'static str, String)> {
        let mut scanned = Scanned::default();
        let forbidden = views.all.iter().find_map(|seen| self.own.forbids(seen, subject, &mut scanned));
        if let Some((id, reason)) = forbidden {
            return Some((Effect::Deny, id, reason.to_owned()));
        }
        let of_root = |name: &str| ["LANG", "TERM", "TZ"].contains(&name) || name.starts_with("LC_");
        if subject.class == Class::Root && subject.env.iter().any(|(name, _)| !of_root(name)) {
            return Some((
                Effect::Deny,
                "root-env",
                "root gets no variables but LANG, LC_*, TERM and TZ".to_owned(),
            ));
        }
        if let Some(why) = &self.unreadable {
            return Some((Effect::AskAlways, "policy-unreadable", why.clone()));
        }
        let mut scanned = Scanned::default();
        if views.all.iter().any(|seen| self.own.is_near(seen, subject, &mut scanned)) {
            return Some((Effect::AskAlways, near::NEAR.0, near::NEAR.1.to_owned()));
        }
        let has_code = views.has_text
            || views.all.iter().any(|seen| {
                let real = seen.exec.and_then(|exec| exec.file_name()).map(|name| name.to_string_lossy());
                let code_for = |name: &str| {
                    let reads_input =
                        tools::is_shell(name) && seen.argv.iter().all(|token| token.starts_with(b"-"));
                    reads_input || tools::has_inline_code(name, &seen.argv)
                };
                code_for(&seen.file_name()) || real.is_some_and(|name| code_for(&name))
            });
        if has_code {
            let reason = "there is code among the arguments, or it is read from the input";
            return Some((Effect::AskAlways, "inline-code", reason.to_owned()));
        }
        let odd = |text: &[u8]| !is_plain(text);
        if subject.argv.iter().any(|token| odd(token)) || odd(subject.named.as_bytes()) {
            let reason = "it has characters that cannot be seen";
            return Some((Effect::AskAlways, "hidden-characters", reason.to_owned()));
        }
        None
    }

    fn allowed_or_default(
        &self,
        permitted: &[Option<(usize, usize)>],
        views: &Views<'_>,
        subject: &Subject<'_>,
    ) -> (Effect, String, Option<String>) {
        let is_whole = views.beyond.is_none() || (views.is_script && views.all.len() == 1);
        if let (Some(first), true) = (permitted[0], is_whole && permitted.iter().all(Option::is_some)) {
            let rule = self.rule(first);
            return (Effect::Allow, format!("rule:{}", rule.id), rule.reason.clone());
        }
        match subject.class {
            Class::Root => (
                Effect::Deny,
                "default".to_owned(),
                Some("nothing runs as root but what a rule names".to_owned()),
            ),
            _ => (Effect::Ask, "default".to_owned(), None),
        }
    }

    /// The rules that can be about any of the views, in the order of their layers.
    fn candidates(&self, views: &Views<'_>) -> BTreeSet<(usize, usize)> {
        let mut candidates: BTreeSet<(usize, usize)> = self.index.any.iter().copied().collect();
        for seen in &views.all {
            let exec = seen.exec.and_then(|exec| exec.file_name()).map(|name| name.as_encoded_bytes());
            for name in [Some(super::views::last_name(&seen.named)), exec].into_iter().flatten() {
                candidates.extend(self.index.by_name.get(name).into_iter().flatten());
            }
        }
        candidates
    }

    pub(super) fn rule(&self, (file, rule): (usize, usize)) -> &Rule {
        &self.files[file].rules[rule]
    }

    fn place<'a>(&'a self, subject: &Subject<'a>) -> Place<'a> {
        Place {
            cwd: subject.cwd,
            home: self.own.home.as_deref(),
            files: subject.files,
            looked: subject.looked,
        }
    }

    fn line(&self, at: (usize, usize), applies: bool, why: String) -> TraceLine {
        let rule = self.rule(at);
        let layer = self.files[at.0].layer;
        TraceLine { layer, rule: rule.id.clone(), line: Some(rule.line), effect: rule.effect, applies, why }
    }

    /// The files that it is made of.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().map(|file| &file.path)
    }
}

fn built_in(effect: Effect, id: &str, reason: &str) -> TraceLine {
    TraceLine {
        layer: Layer::Builtin,
        rule: id.to_owned(),
        line: None,
        effect,
        applies: true,
        why: reason.to_owned(),
    }
}

/// Why "always" is not offered.
fn no_always(effect: Effect, views: &Views<'_>, subject: &Subject<'_>) -> Option<String> {
    if effect != Effect::Ask {
        return Some(match effect {
            Effect::Allow => "it is allowed already".to_owned(),
            Effect::Deny => "it is denied".to_owned(),
            _ => "it is to be asked each time".to_owned(),
        });
    }
    if subject.class != Class::Run {
        return Some("only commands that run as you can be allowed for good".to_owned());
    }
    let real = subject.exec.file_name().unwrap_or_default().to_string_lossy();
    for seen in &views.all {
        let name = seen.file_name();
        if let Some(what) = tools::runs_code(&name).or_else(|| tools::runs_code(&real)) {
            return Some(format!("{name}: {what}"));
        }
    }
    if let Some((name, _)) = subject.env.iter().find(|(name, _)| tools::is_code_variable(name)) {
        return Some(format!("the variable {name} can change what it runs"));
    }
    if tools::reads_instructions(subject.argv) {
        return Some("it reads instructions from a file".to_owned());
    }
    views.beyond.map(|why| format!("it could not be analysed: {why}"))
}
