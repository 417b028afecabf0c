//! A home of its own for each daemon that is measured, and the daemon in it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use serde_json::{Value, json};

use super::bench::Bench;
use super::{clock, exchange, process};

/// How long a daemon has to end before it is killed.
const PATIENCE_S: i64 = 60;

/// A home, and the `hob` for it.
pub struct Home {
    hob: PathBuf,
    dir: PathBuf,
    backtrace: bool,
}

impl Home {
    /// An empty home.
    pub fn new(bench: &Bench) -> Result<Home> {
        Ok(Home { hob: bench.hob.clone(), dir: bench.place()?, backtrace: false })
    }

    /// A home with that configuration.
    pub fn with(bench: &Bench, configuration: &str) -> Result<Home> {
        let home = Home::new(bench)?;
        fs_err::write(home.dir.join("config.toml"), configuration)?;
        Ok(home)
    }

    /// A home with so many services that do nothing.
    pub fn with_idle_services(bench: &Bench, count: usize) -> Result<Home> {
        let service =
            |number| format!("[service.idle-{number:04}]\ncommand = [\"/bin/sleep\", \"infinity\"]\n");
        Home::with(bench, &(0..count).map(service).collect::<String>())
    }

    /// Lets its daemons run with `RUST_BACKTRACE=1`.
    pub fn with_backtraces(mut self) -> Home {
        self.backtrace = true;
        self
    }

    /// The directory of all its files.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `hob`, in this home and in no other way aware of where it is started from.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.hob);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("HOB_") || name == "RUST_BACKTRACE") {
                command.env_remove(name);
            }
        }
        command.env("HOB_HOME", &self.dir).stdin(Stdio::null());
        command
    }

    /// Starts a daemon, and waits until it says that it is ready.
    pub fn start(&self) -> Result<Daemon> {
        let mut command = self.command();
        if self.backtrace {
            command.env("RUST_BACKTRACE", "1");
        }
        command.args(["--daemon", "--report"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let begin = clock::now();
        let mut child = command.spawn().context("the daemon could not be started")?;
        let mut report = String::new();
        let output = child.stdout.take().context("its standard output is a pipe")?;
        BufReader::new(output).read_line(&mut report)?;
        let ready_after = clock::now() - begin;
        let pid = Pid::from_child(&child);
        let daemon = Daemon { child, pid, ready_after, socket: self.dir.join("hob.sock") };
        if report != "ready\n" {
            bail!("the daemon did not start: {report}");
        }
        Ok(daemon)
    }
}

/// A running daemon; dropping it stops it and its services.
pub struct Daemon {
    /// Its process.
    pub pid: Pid,
    /// Nanoseconds from before it was spawned until its word that it is ready.
    pub ready_after: u64,
    /// Where it answers.
    pub socket: PathBuf,
    child: Child,
}

impl Daemon {
    /// Calls an operation over a connection of its own.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value> {
        exchange::call(&self.socket, method, params)
    }

    /// Waits until so many services are up.
    pub fn await_running(&self, count: usize) -> Result<()> {
        clock::wait_for(&format!("sight of {count} running services"), Duration::from_secs(120), || {
            let list = self.call("service.list", &json!({}))?;
            let services = list["services"].as_array().context("service.list lists services")?;
            let running = services.iter().filter(|service| service["state"] == "running").count();
            Ok((count <= running).then_some(()))
        })
    }

    /// Waits until it has not used any CPU for a while.
    pub fn settle(&self) -> Result<()> {
        let mut before = process::cpu(self.pid)?;
        clock::wait_for("quiet", Duration::from_secs(60), || {
            std::thread::sleep(Duration::from_millis(500));
            let after = process::cpu(self.pid)?;
            Ok((after == std::mem::replace(&mut before, after)).then_some(()))
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Err(error) = end(self.pid, &mut self.child) {
            eprintln!("figures: a daemon may be left: {error:#}");
        }
    }
}

fn end(pid: Pid, child: &mut Child) -> Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    let ended = pidfd_open(pid, PidfdFlags::empty())?;
    kill_process(pid, Signal::TERM)?;
    let patience = Timespec { tv_sec: PATIENCE_S, tv_nsec: 0 };
    if poll(&mut [PollFd::new(&ended, PollFlags::IN)], Some(&patience))? == 0 {
        eprintln!("figures: a daemon did not end in {PATIENCE_S} s and is killed");
        kill_process(pid, Signal::KILL)?;
    }
    child.wait()?;
    Ok(())
}
