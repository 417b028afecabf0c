//! What the policy is asked about, and what it can answer.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::looked::Looked;

/// What kind of thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// To run a command as the daemon's user.
    Run,
    /// To run a command as root.
    Root,
    /// To be given a secret.
    Secret,
    /// To change a service.
    Service,
}

/// What a rule says, from the mildest to the strictest; of several that apply, the strictest rules.
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
#[value(rename_all = "snake_case")]
#[schemars(rename = "PolicyEffect")]
pub enum Effect {
    /// It runs without a question.
    Allow,
    /// A person or a grant decides.
    Ask,
    /// A person decides, whatever grants there are.
    AskAlways,
    /// It does not run, and nobody is asked.
    Deny,
}

impl Effect {
    /// As it is written in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Allow => "allow",
            Effect::Ask => "ask",
            Effect::AskAlways => "ask_always",
            Effect::Deny => "deny",
        }
    }
}

/// A command that somebody wants to be run, all of it facts and none of it the requester's word.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What kind of thing it is.
    pub class: Class,
    /// The program, by its canonical path.
    pub exec: &'a Path,
    /// The program's file name as it was asked for: `iptables` for a link of that name.
    pub named: &'a str,
    /// The SHA-256 of the program.
    pub sha256: &'a str,
    /// The arguments after the program's name.
    pub argv: &'a [Vec<u8>],
    /// The working directory, canonical.
    pub cwd: &'a Path,
    /// The variables that were asked for beyond the clean environment.
    pub env: &'a [(String, String)],
    /// Which client asks.
    pub client: &'a str,
    /// The files whose contents are part of the plan, canonical, with the SHA-256 of each.
    pub files: &'a [(PathBuf, String)],
    /// Whether somebody but root may change the program.
    pub is_user_writable: bool,
    /// Where its paths were found to lead.
    pub looked: &'a Looked,
}

/// How a rule looks at what it is compared to.
///
/// A permission must be sure of what it permits, a prohibition must not be evaded:
/// where something is ambiguous, the one takes it for what it does not mean, and the
/// other for what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// For `allow`: what is not exactly meant is not matched.
    Narrow,
    /// For everything stricter: whatever could be meant is matched.
    Wide,
}

impl Effect {
    /// How a rule of this effect looks at things.
    pub fn reach(self) -> Reach {
        if self == Effect::Allow { Reach::Narrow } else { Reach::Wide }
    }
}
