//! The daemon's half of keeping: starts `hob-launch keep`, and tells it what to keep.
//!
//! There is one per directory of FIFOs, whatever daemon has started it. It is a
//! precaution: without it everything works, but the loss of a daemon and then of
//! a service. So nothing waits for it.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

/// What the process calls itself (prctl(2), PR_SET_NAME). Whoever starts one reaps it: a daemon does so
/// with all that dies below it and bears this name.
pub const KEEPS: &CStr = c"hob-keep";

/// The control FIFO, beside the directories of services, whose names do not begin like that. The
/// process that reads it takes the name away before it goes.
const CONTROL: &str = ".keep";

/// The way to a process that keeps FIFOs open; see [`Keeper::keep`].
#[derive(Debug)]
pub struct Keeper {
    launcher: PathBuf,
    dir: PathBuf,
    control: Option<File>,
}

impl Keeper {
    /// For the FIFOs below `dir`, kept by the program `launcher`; nothing is started yet.
    pub fn new(launcher: PathBuf, dir: PathBuf) -> Keeper {
        Keeper { launcher, dir, control: None }
    }

    /// Has the FIFOs `NAME.out` and `NAME.err` kept, which exist, until [`Keeper::let_go`] or the death of
    /// this process. If nobody keeps anything any more, `others` are kept again as well, and no more than
    /// these: then the value is true.
    ///
    /// # Errors
    /// Why they are not kept. The next call tries again.
    pub fn keep(&mut self, name: &str, others: impl Iterator<Item = String>) -> io::Result<bool> {
        if self.control.is_none() {
            self.control = self.reach()?;
        }
        match self.say('+', name) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            said => return said.map(|()| false),
        }
        self.control = Some(self.start()?);
        others.chain([name.to_owned()]).try_for_each(|name| self.say('+', &name)).map(|()| true)
    }

    /// Has them let go: what was in them is in the log.
    pub fn let_go(&mut self, name: &str) {
        // Who is gone keeps nothing.
        self.say('-', name).ok();
    }

    fn say(&mut self, sign: char, name: &str) -> io::Result<()> {
        let Some(control) = &mut self.control else { return Err(io::ErrorKind::BrokenPipe.into()) };
        // A write of this length is done as a whole or not at all (pipe(7), PIPE_BUF).
        let written = control.write(format!("{sign}{name}\n").as_bytes());
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.control = None;
        }
        written.map(drop)
    }

    /// The one that a daemon before has started.
    fn reach(&self) -> io::Result<Option<File>> {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::open(self.dir.join(CONTROL), flags, Mode::empty()) {
            Ok(control) => Ok(Some(control.into())),
            Err(Errno::NXIO | Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn start(&self) -> io::Result<File> {
        let control = self.dir.join(CONTROL);
        match rustix::fs::mkfifoat(CWD, &control, Mode::RUSR | Mode::WUSR) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let reader: OwnedFd = rustix::fs::open(&control, flags, Mode::empty())?;
        let writer = self.reach()?.ok_or(Errno::NXIO)?;
        Command::new(&self.launcher)
            .arg("keep")
            .arg(&self.dir)
            .env_clear()
            .stdin(Stdio::from(reader))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(writer)
    }
}
