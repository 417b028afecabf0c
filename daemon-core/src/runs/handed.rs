//! Starting what is held by descriptor: nothing is resolved, nothing inherited, nothing logged.
//!
//! Its caller has decided on every byte of it. What is added is only what the end
//! of the run needs: the tag in the environment, the cgroup and the mark by which
//! its processes are known ([`super::tree`]).

use std::ffi::OsString;
use std::path::PathBuf;

use hob_launch::{Handed, Limit, Output, Plan, Resource, launch_handed};

use super::child::Child;
use super::limits::Limits;
use super::tree::{Key, Tree};
use super::{Error, Runs};

/// What is to be executed, besides what is handed over.
pub(crate) struct HeldProgram {
    /// For messages only.
    pub(crate) path: PathBuf,
    pub(crate) argv: Vec<OsString>,
    /// All of it.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// For messages only.
    pub(crate) dir: PathBuf,
    pub(crate) umask: u32,
    pub(crate) limits: Limits,
}

impl Runs {
    /// Launches it; whether that works is the child's to report.
    pub(crate) async fn launch_held(
        &self,
        key: Key,
        program: HeldProgram,
        handed: Handed<'_>,
    ) -> Result<(Child, Tree, Plan), Error> {
        let _turn = self.turn().await;
        let HeldProgram { path, argv, mut env, dir, umask, limits } = program;
        env.push(("HOB_RUN".into(), self.tag(&key).into()));
        let no_core = Limit { resource: Resource::Core, soft: 0, hard: 0 };
        let mut plan = Plan {
            program: path,
            argv,
            env,
            dir,
            stdin: None,
            stdout: Output::Null,
            stderr: Output::Null,
            umask,
            limits: vec![self.open_files(limits.open_files), no_core],
            user: None,
            cgroup: None,
        };
        let mut tree = self.trees.plant(key, self.trees.spared(), &limits, &mut plan);
        let launched = launch_handed(self.dirs.launcher(), &plan, &handed);
        let child = launched.and_then(Child::of).map_err(Error::Launch)?;
        tree.led_by(child.pid());
        Ok((child, tree, plan))
    }
}
