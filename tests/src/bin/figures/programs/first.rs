//! A static program whose first act is to look at the clock.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;

use crate::bench::Bench;

/// The variable that names the FIFO for its stamps.
pub(crate) const STAMPS: &str = "FIGURES_STAMPS";

/// The variable that has it end after that.
pub(crate) const END: &str = "FIGURES_END";

const SOURCE: &str = include_str!("first.c");

/// Compiles it; `None` where there is no C compiler.
pub(crate) fn compile(bench: &Bench) -> Result<Option<PathBuf>> {
    let place = bench.place()?;
    let (source, program) = (place.join("first.c"), place.join("first"));
    fs_err::write(&source, SOURCE)?;
    let arguments =
        [OsStr::new("-O2"), OsStr::new("-static"), OsStr::new("-o"), program.as_os_str(), source.as_os_str()];
    match Command::new("cc").args(arguments).status() {
        Ok(status) if status.success() => Ok(Some(program)),
        Ok(status) => bail!("cc failed on first.c: {status}"),
        Err(_none) => Ok(None),
    }
}

/// What a start of the program tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    /// Nanoseconds of the monotonic clock at its first act.
    pub(crate) at: u64,
    pub(crate) pid: Pid,
}

/// The FIFO that its starts are told through.
pub(crate) struct Stamps(fs_err::File);

impl Stamps {
    pub(crate) fn new(path: &Path) -> Result<Stamps> {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, 0o600.into())?;
        // For writing too, so that it never seems closed.
        Ok(Stamps(fs_err::OpenOptions::new().read(true).write(true).open(path)?))
    }

    /// Waits for the next start.
    pub(crate) fn next(&mut self) -> Result<Stamp> {
        let patience = Timespec { tv_sec: 30, tv_nsec: 0 };
        if poll(&mut [PollFd::new(&self.0.as_fd(), PollFlags::IN)], Some(&patience))? == 0 {
            bail!("nothing was started for 30 s");
        }
        let mut bytes = [0; 16];
        self.0.read_exact(&mut bytes)?;
        let (at, pid) = bytes.split_at(8);
        let number = |half: &[u8]| u64::from_ne_bytes(half.try_into().expect("a half has eight bytes"));
        let pid = i32::try_from(number(pid)).ok().and_then(Pid::from_raw).context("that is no process")?;
        Ok(Stamp { at: number(at), pid })
    }
}
