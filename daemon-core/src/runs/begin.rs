//! How a run begins: from what is to be executed, by a plan, to a process.

use std::ffi::OsString;
use std::path::Path;

use hob_launch::{Limit, Output, Plan, Resource, UNLIMITED, launch};

use super::child::Child;
use super::environment::{self, Environment};
use super::error::Error;
use super::limits::Limits;
use super::logs::{Policy, RunLog};
use super::tree::{Key, Spare, Tree};
use super::user::{Account, account_named};
use super::{Runs, Vars, resolve};

/// What a run's files may be read by, besides itself (umask(2)).
const UMASK: u32 = 0o022;

/// The variable that tells the main process of a run its own number; the launcher fills it in.
pub(super) const MAIN_PID: &str = "HOB_MAIN_PID";

/// What is to be executed, as a checked configuration says it.
pub(crate) struct Program<'a> {
    /// The words; the first is looked up on the PATH that it gets.
    pub(crate) command: &'a [String],
    pub(crate) working_dir: &'a Path,
    pub(crate) env: &'a Vars,
    pub(crate) env_file: Option<&'a Path>,
    /// The text of `env_file`, where that was approved.
    pub(crate) env_text: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
    /// What it is to read; nothing if that is not said. Only this process need be able to open it.
    pub(crate) stdin: Option<&'a Path>,
    /// What it may use.
    pub(crate) limits: Limits,
    /// What tells the process whose it is; nothing configures these away.
    pub(crate) own: Vec<(&'static str, OsString)>,
}

/// A run with its log open and nothing launched.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) log: RunLog,
    tree: Tree,
}

/// A run whose launcher is at work.
pub(crate) struct Begun {
    pub(crate) child: Child,
    pub(crate) tree: Tree,
    pub(crate) log: RunLog,
    pub(crate) plan: Plan,
}

impl Runs {
    /// Finds the program and opens the log, which belongs to the user that it runs as. `spare` is what another
    /// run has left to it.
    pub(crate) async fn prepare(
        &self,
        key: Key,
        program: &Program<'_>,
        policy: Policy,
        spare: Option<Spare>,
    ) -> Result<Prepared, Error> {
        let mut plan = self.planned(&key, program).await?;
        // By which a later daemon tells it from what it has started: see `Trees::mains`.
        plan.env.retain(|(name, _)| name != MAIN_PID);
        plan.env.push((MAIN_PID.into(), OsString::new()));
        let owner = plan.user.as_ref().map(|user| (user.uid, user.gid));
        let opening = self.logs.opening(&key.0, key.1, Policy { owner, ..policy }).await?;
        // While the thread of the logs is at work.
        let tree = self.trees.plant(key, spare, &program.limits, &mut plan);
        let log = opening.await?;
        (plan.stdout, plan.stderr) = (Output::Fifo(log.out()), Output::Fifo(log.err()));
        Ok(Prepared { plan, log, tree })
    }

    /// Waits for the right to begin a run.
    pub(crate) async fn turn(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.turns.acquire().await.expect("it is never closed")
    }

    /// How it is started, except for where its output goes.
    pub(crate) async fn planned(&self, key: &Key, program: &Program<'_>) -> Result<Plan, Error> {
        let account = program.user.map(account_named).transpose()?;
        let inherited = self.environment_of(program, account.as_ref()).await?;
        let path = inherited.get("PATH").map(|path| path.value.as_os_str());
        Ok(Plan {
            program: resolve(&program.command[0], path, program.working_dir)?,
            argv: program.command.iter().map(OsString::from).collect(),
            env: self.variables(key, program, &inherited),
            dir: program.working_dir.to_owned(),
            stdin: program.stdin.map(Path::to_owned),
            stdout: Output::Null,
            stderr: Output::Null,
            umask: UMASK,
            limits: vec![self.open_files(program.limits.open_files)],
            user: account.map(|account| account.user),
            cgroup: None,
        })
    }

    /// Its environment, besides what tells it whose it is.
    pub(crate) async fn environment_of(
        &self,
        program: &Program<'_>,
        account: Option<&Account>,
    ) -> Result<Environment, Error> {
        let base = self.environment().await;
        let file = match program.env_file {
            Some(path) => Some((
                path.to_owned(),
                match program.env_text {
                    Some(approved) => environment::parsed(path, approved)?,
                    None => environment::read(path, account.map(|account| &account.user))?,
                },
            )),
            None => None,
        };
        Ok(match account {
            None => Environment::merge(base, file, program.env.get()),
            Some(Account { name, home, shell, .. }) => {
                let name = OsString::from(name);
                let own = [("HOME", home), ("USER", &name), ("LOGNAME", &name), ("SHELL", shell)];
                Environment::merge(&base.of_another(own), file, program.env.get())
            }
        })
    }

    /// All of it, each name once: what tells a process whose it is cannot be configured away.
    fn variables(
        &self,
        key: &Key,
        program: &Program<'_>,
        inherited: &Environment,
    ) -> Vec<(OsString, OsString)> {
        let mut own = program.own.clone();
        own.push(("HOB_RUN", self.tag(key).into()));
        own.push(("HOB_SOCKET", self.dirs.socket().into()));
        own.push(("HOB_SERVICE_HOME", self.dirs.state().into()));
        let given = inherited
            .iter()
            .filter(|(name, _)| own.iter().all(|(ours, _)| name != ours))
            .map(|(name, value)| (name.to_owned(), value.value.clone()));
        let own = own.iter().map(|(name, value)| (OsString::from(name), value.clone()));
        given.chain(own).collect()
    }

    /// What the daemon raised for itself is put back, unless the program asks for something else.
    pub(super) fn open_files(&self, wanted: Option<u64>) -> Limit {
        let hard = rustix::process::getrlimit(Resource::Nofile).maximum.unwrap_or(UNLIMITED);
        let soft = wanted.unwrap_or(self.open_files).min(hard);
        Limit { resource: Resource::Nofile, soft, hard: wanted.map_or(hard, |_| soft) }
    }
}

impl Prepared {
    /// Launches it. If that cannot be, its log ends.
    pub(crate) async fn launch(self, runs: &Runs) -> Result<Begun, Error> {
        let Prepared { plan, log, mut tree } = self;
        match launch(runs.dirs.launcher(), &plan).and_then(Child::of) {
            Ok(child) => {
                tree.led_by(child.pid());
                Ok(Begun { child, tree, log, plan })
            }
            Err(error) => {
                // Nobody will ever write to it, so it would not end by itself.
                log.close().await?;
                Err(Error::Launch(error))
            }
        }
    }
}
