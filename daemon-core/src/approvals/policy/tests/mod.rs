//! The policy as a whole, from the text of its files to decisions.

mod attacks;
mod document;
mod handle;
mod own_things;
mod properties;
mod reading;
mod wrapped;

use std::path::{Path, PathBuf};

use super::file::{Layer, PolicyFile};
use super::{Decision, Effect, Own, Policy, Revision, Subject};
use crate::config::Document;

/// What is asked for, with what does not matter to most tests.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) exec: PathBuf,
    pub(super) named: String,
    pub(super) argv: Vec<Vec<u8>>,
    pub(super) env: Vec<(String, String)>,
    pub(super) cwd: PathBuf,
    pub(super) client: String,
    pub(super) class: super::Class,
}

/// A command as a shell would split it, in a home directory, by an agent.
pub(super) fn asked(command: &str) -> Asked {
    let words = shell_words::split(command).unwrap();
    let exec = if words[0].starts_with('/') { words[0].clone() } else { format!("/usr/bin/{}", words[0]) };
    Asked {
        named: words[0].rsplit('/').next().unwrap().to_owned(),
        exec: exec.into(),
        argv: words[1..].iter().map(|word| word.clone().into_bytes()).collect(),
        env: Vec::new(),
        cwd: "/home/u/src/hob".into(),
        client: "claude-code".to_owned(),
        class: super::Class::Run,
    }
}

impl Asked {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            class: self.class,
            exec: &self.exec,
            named: &self.named,
            sha256: "sha256:11",
            argv: &self.argv,
            cwd: &self.cwd,
            env: &self.env,
            client: &self.client,
            files: &[],
            is_user_writable: false,
            looked: Box::leak(Box::default()),
        }
    }

    pub(super) fn env(mut self, name: &str) -> Asked {
        self.env.push((name.to_owned(), "x".to_owned()));
        self
    }
}

/// A file of a layer, or what is wrong with it.
pub(super) fn file(layer: Layer, text: &str) -> Result<PolicyFile, String> {
    let path = Path::new("policy.toml");
    let document = Document::of(path.to_owned(), format!("version = 1\n{text}"));
    PolicyFile::read(&document, path, layer)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

pub(super) fn own() -> Own {
    Own {
        dirs: vec!["/home/u/.local/state/hob".into()],
        files: vec!["/home/u/.config/hob/policy.toml".into(), "/run/user/1000/hob/hob.sock".into()],
        programs: vec!["/opt/hob/bin/hob".into()],
        digests: std::sync::Arc::new(vec!["sha256:0b".to_owned()].into()),
        pids: vec![4711],
        home: Some("/home/u".into()),
    }
}

pub(super) fn policy(files: Vec<PolicyFile>) -> Policy {
    let loaded_at = jiff::Timestamp::UNIX_EPOCH;
    let revision = Revision { number: 1, sha256: String::new(), source: Vec::new(), loaded_at };
    Policy::new(files, own(), revision, None)
}

pub(super) fn user(text: &str) -> Policy {
    policy(vec![file(Layer::User, text).unwrap()])
}

/// Fails unless the policy says this of a command; returns what it says.
#[track_caller]
pub(super) fn check(policy: &Policy, asked: &Asked, effect: Effect, by: &str) -> Decision {
    let decision = policy.decide(&asked.subject());
    assert_eq!((decision.effect, decision.by.as_str()), (effect, by), "{asked:?}: {decision:#?}");
    decision
}

/// As `hob up` would.
pub(super) fn take_up(dirs: &crate::home::Dirs, dir: &Path) {
    crate::home::private_dir(dirs.state()).unwrap();
    let draft = crate::config::Approved {
        name: "shop".to_owned(),
        dir: dir.to_owned(),
        text: String::new(),
        env_files: std::collections::BTreeMap::new(),
        digest: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        pid: None,
        draft: false,
    };
    let digest = draft.digest();
    crate::config::Approved { digest, ..draft }.keep(dirs).unwrap();
}
