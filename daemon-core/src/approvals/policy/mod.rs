//! The policy: which commands run without a question, which never do, and which a person decides.
//!
//! A policy is some files of rules, each about programs and their arguments. It is
//! compared to what is asked for as it is: a program and a list of byte strings.
//! Nothing is joined, split, expanded or given to a shell. Deny beats ask, ask beats
//! allow, and what no rule is about is asked, so a rule that is not understood or
//! forgotten costs a question and nothing more.
//!
//! [`Policy::decide`] is pure but for what paths lead to: a [`Subject`] becomes a
//! [`Decision`] with the rules that led to it. A permission has to be sure of what it
//! permits, in every [`View`] of the command; a prohibition holds for anything that
//! could be meant. [`Matcher`] is the same for what a person has allowed for a while.
//!
//! [`Handle`] has the one in force, reads the files again when they change and keeps
//! what was good. Nothing here runs a command, waits for a person or keeps what was
//! decided.

mod argv;
mod conf;
mod decide;
mod doubts;
mod file;
mod flags;
mod glob;
mod handle;
mod layers;
mod looked;
mod matcher;
mod near;
mod offer;
mod ops;
mod own;
mod paths;
mod pattern;
mod plain;
mod rule;
mod scanned;
mod sentence;
mod settings;
mod shell;
mod subject;
mod suggest;
#[cfg(test)]
mod tests;
mod token;
mod tools;
mod views;
mod wrappers;
mod write;

pub use argv::ArgvPattern;
pub use decide::{Decision, Policy, Revision, TraceLine};
pub use file::Layer;
pub use handle::{Handle, Standing, files, mount};
pub use looked::Looked;
pub use matcher::Matcher;
pub use ops::{Add, Check, Checked, Edited, Reload, Remove, Show, Shown, ShownRule, Test, Tested, Told, ops};
pub use own::Own;
pub use paths::PathPattern;
pub use settings::Settings;
pub use subject::{Class, Effect, Reach, Subject};
pub use suggest::{Suggestion, project_of, suggest};
pub use token::TokenPattern;
pub use views::View;
