//! The floor of a restart: kill, wait, spawn, in one small process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::programs::first::{STAMPS, Stamps};

/// A program that is killed and started again.
pub(crate) struct Respawn<'a> {
    program: &'a Path,
    fifo: &'a Path,
    stamps: Stamps,
    child: Child,
}

impl<'a> Respawn<'a> {
    pub(crate) fn start(program: &'a Path, fifo: &'a Path) -> Result<Respawn<'a>> {
        let mut stamps = Stamps::new(fifo)?;
        let child = spawn(program, fifo)?;
        stamps.next()?;
        Ok(Respawn { program, fifo, stamps, child })
    }

    /// Kills it once; microseconds until its successor's first act.
    pub(crate) fn once(&mut self, gap: Duration) -> Result<f64> {
        std::thread::sleep(gap);
        let begin = clock::now();
        kill_process(Pid::from_child(&self.child), Signal::KILL)?;
        self.child.wait()?;
        self.child = spawn(self.program, self.fifo)?;
        Ok(clock::micros(self.stamps.next()?.at - begin))
    }
}

impl Drop for Respawn<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("figures: the floor's child: {error}");
        }
    }
}

/// By an absolute path and with nothing to run in between, which std does with posix_spawn.
fn spawn(program: &Path, fifo: &Path) -> std::io::Result<Child> {
    Command::new(program).env_clear().env(STAMPS, fifo).stdin(Stdio::null()).spawn()
}
