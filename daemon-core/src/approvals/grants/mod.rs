//! What a person has allowed beforehand: a yes that holds for more than one request.
//!
//! A grant belongs to one client, to one program by its path and its bytes (and
//! those of its interpreters), to arguments and a working directory that a matcher
//! describes, and to the files and limits that were shown. It turns *ask* into *allow* and nothing else: never a deny,
//! never an `ask_always`. It only ever shrinks: it ends, is used up, is revoked, or
//! goes stale when the bytes of the program or of an interpreter change or a policy
//! denies what it allows. There is no way back from any of these; a new yes is a
//! new grant.
//!
//! Nothing is inherited: neither by what an allowed command starts, nor by
//! another client, nor by the next client of the same name.

mod scope;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use scope::Scope;
pub use terms::Terms;

use super::policy::{Effect, Matcher, Subject};
use super::request::life::Moment;

/// One grant.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// What it is called.
    pub id: String,
    /// To whom, by the one enrolment that it was given to.
    pub client: String,
    /// What that client is called.
    pub name: String,
    /// Which program, by its canonical path.
    pub exec: PathBuf,
    /// And by the digest of its bytes.
    pub sha256: String,
    /// With this on its standard input, by its digest; or with nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// With which arguments, where.
    pub matcher: Matcher,
    /// The same in words, and in which there is nothing that could be a secret.
    #[serde(default)]
    pub allows: String,
    /// Read by what, with which files, within which limits.
    #[serde(default)]
    pub terms: Terms,
    /// For how long.
    pub scope: Scope,
    /// Until when, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ends: Option<Timestamp>,
    /// How often still; without a number as often as it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_left: Option<u32>,
    /// When it was given.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// By whom, and where.
    pub created_by: String,
    /// With which request.
    pub request: String,
    /// Whether it holds.
    pub state: Standing,
    /// When it ends by the clock that nobody can set.
    #[serde(skip)]
    pub ends_up: Option<Duration>,
    /// The connection with which it ends.
    #[serde(skip)]
    pub link: Option<u64>,
}

/// Whether a grant holds, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "GrantState")]
pub enum Standing {
    /// It holds.
    Active,
    /// What it was about is not the same any more.
    Stale,
    /// Somebody took it back.
    Revoked,
    /// Its time is over.
    Expired,
    /// It was used as often as it may be.
    Exhausted,
}

/// All grants that hold.
#[derive(Debug, Default)]
pub struct Grants {
    by_id: BTreeMap<String, Grant>,
    /// Which of them a client has for a program.
    about: HashMap<(String, PathBuf), Vec<String>>,
}

/// Who asks for something, and what of it no policy looks at.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// By his enrolment.
    pub client: &'a str,
    /// The digest of what it would read from standard input.
    pub input: Option<&'a str>,
    /// What else he asks for.
    pub terms: &'a Terms,
}

/// What the grants say of something that somebody wants to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The one that allows it.
    pub allows: Option<String>,
    /// Those that are about it and hold no more: the program, what reads it or the policy is another.
    pub stale: Vec<String>,
    /// Those whose time is over.
    pub expired: Vec<String>,
}

impl Standing {
    /// Its name in JSON and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Active => "active",
            Standing::Stale => "stale",
            Standing::Revoked => "revoked",
            Standing::Expired => "expired",
            Standing::Exhausted => "exhausted",
        }
    }
}

impl Grant {
    /// The same grant with the words for what it is.
    #[must_use]
    pub fn told(mut self) -> Grant {
        self.allows = self.matcher.sentence();
        if self.input.is_some() {
            self.allows += ", with the same input";
        }
        self
    }

    /// Whether its time is over, by either clock.
    pub fn is_over(&self, now: Moment) -> bool {
        self.ends.is_some_and(|ends| ends <= now.wall) || self.ends_up.is_some_and(|ends| ends <= now.uptime)
    }
}

impl Grants {
    /// What they say of something that policy has this opinion of.
    pub fn judge(&self, who: Asking<'_>, subject: &Subject<'_>, opinion: Effect, now: Moment) -> Judgement {
        let mut judgement = Judgement::default();
        let about = self.about.get(&(who.client.to_owned(), subject.exec.to_owned()));
        for grant in about.into_iter().flatten().filter_map(|id| self.by_id.get(id)) {
            if grant.is_over(now) {
                judgement.expired.push(grant.id.clone());
                continue;
            }
            // As it was when it was granted: other bytes are told apart below, and are no other command.
            let as_granted = Subject { sha256: &grant.sha256, ..*subject };
            if grant.input.as_deref() != who.input
                || !grant.terms.cover(who.terms)
                || !grant.matcher.matches(&as_granted)
            {
                continue;
            }
            let is_same =
                grant.sha256 == subject.sha256 && grant.terms.interpreters == who.terms.interpreters;
            if !is_same || opinion == Effect::Deny {
                judgement.stale.push(grant.id.clone());
            } else if opinion == Effect::Ask && judgement.allows.is_none() {
                judgement.allows = Some(grant.id.clone());
            }
        }
        judgement
    }

    /// Takes a new one in.
    pub fn add(&mut self, grant: Grant) {
        let about = self.about.entry((grant.client.clone(), grant.exec.clone())).or_default();
        about.push(grant.id.clone());
        self.by_id.insert(grant.id.clone(), grant);
    }

    /// It was used once; how it stands then.
    pub fn used(&mut self, id: &str) -> Option<Standing> {
        let grant = self.by_id.get_mut(id)?;
        if let Some(left) = &mut grant.uses_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.remove(id);
                return Some(Standing::Exhausted);
            }
        }
        Some(Standing::Active)
    }

    /// It holds no more.
    pub fn remove(&mut self, id: &str) -> Option<Grant> {
        let grant = self.by_id.remove(id)?;
        let key = (grant.client.clone(), grant.exec.clone());
        if let Some(about) = self.about.get_mut(&key) {
            about.retain(|it| it != id);
            if about.is_empty() {
                self.about.remove(&key);
            }
        }
        Some(grant)
    }

    /// One of them.
    pub fn get(&self, id: &str) -> Option<&Grant> {
        self.by_id.get(id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.by_id.values()
    }

    /// Those that are over by now.
    pub fn over(&self, now: Moment) -> Vec<String> {
        self.iter().filter(|grant| grant.is_over(now)).map(|grant| grant.id.clone()).collect()
    }

    /// The earliest end, by each of the clocks.
    pub fn next_end(&self) -> (Option<Timestamp>, Option<Duration>) {
        let wall = self.iter().filter_map(|grant| grant.ends).min();
        (wall, self.iter().filter_map(|grant| grant.ends_up).min())
    }
}
