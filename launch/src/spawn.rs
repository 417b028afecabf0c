//! The daemon's half: spawn the launcher, hand it the plan, keep the pidfd.
//!
//! std's `Command` uses `posix_spawn` only for what that can do: an absolute
//! program, no user, no hook before exec. A bare name with a changed PATH or a
//! `pre_exec` silently means fork, which copies the daemon's page tables. Keep
//! it so. What is to run in a cgroup is born there instead ([`within`]).
//!
//! Nobody is waited for here. Once [`launch`] has returned, the caller owns the
//! child and has to wait for it by pidfd, also when the report says that it
//! failed: the launcher then exits with 127.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::fs::{MemfdFlags, Mode, OFlags, SealFlags};
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, PidfdFlags};

use crate::encode::encode_to_enter;
use crate::{Handed, Plan, encode, within};

/// A process on its way to the target.
#[derive(Debug)]
pub struct Launched {
    /// The process: launcher first, then target.
    pub pid: Pid,
    /// The same process, safe from reuse of its number.
    pub pidfd: OwnedFd,
    /// Non-blocking; readable once the launch is decided. See [`crate::Report::read`].
    pub report: OwnedFd,
}

/// Starts the launcher at the absolute path `launcher` with `plan`.
///
/// An error here means that there is no process and nothing to clean up:
/// `InvalidInput` says what in the plan cannot be passed on, any other names the
/// launcher. What goes wrong later is in the report.
pub fn launch(launcher: &Path, plan: &Plan) -> io::Result<Launched> {
    start(launcher, plan, None)
}

/// The same with a program, a directory and streams that are held: the plan's are only for messages.
pub fn launch_handed(launcher: &Path, plan: &Plan, handed: &Handed<'_>) -> io::Result<Launched> {
    start(launcher, plan, Some(handed))
}

fn start(launcher: &Path, plan: &Plan, handed: Option<&Handed<'_>>) -> io::Result<Launched> {
    if !launcher.is_absolute() {
        let message = format!("the launcher {launcher:?} is not an absolute path");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    // The launcher's end does not wait either; what it writes always fits.
    let (report, report_writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
    if let Some(procs) = &plan.cgroup {
        // What keeps it from being born there keeps it from entering too, and the launcher says what it is.
        match born(launcher, plan, handed, Some(procs), &report_writer) {
            Ok((pid, pidfd)) => return Ok(Launched { pid, pidfd, report }),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            Err(_) => {}
        }
    }
    if handed.is_some() {
        let (pid, pidfd) = born(launcher, plan, handed, None, &report_writer)?;
        return Ok(Launched { pid, pidfd, report });
    }
    let sealed = seal(&encode(plan)?)?;
    let child = Command::new(launcher)
        .env_clear()
        .envs(tag(plan))
        .stdin(Stdio::from(sealed))
        .stdout(Stdio::from(report_writer))
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| named(error, launcher))?;

    let pid = Pid::from_child(&child);
    match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => Ok(Launched { pid, pidfd, report }),
        Err(error) => {
            abandon(child);
            Err(error.into())
        }
    }
}

/// Its own environment is empty but for this: a run is to be recognised from its first moment
/// on, should its daemon be killed before the launcher has become the target.
fn tag(plan: &Plan) -> Option<(&OsStr, &OsStr)> {
    let named = plan.env.iter().find(|(name, _)| name == "HOB_RUN")?;
    Some((&named.0, &named.1))
}

/// What std cannot do: with a cgroup to be born in, with more than three descriptors.
fn born(
    launcher: &Path,
    plan: &Plan,
    handed: Option<&Handed<'_>>,
    procs: Option<&Path>,
    report: &OwnedFd,
) -> io::Result<(Pid, OwnedFd)> {
    let to_enter = if procs.is_some() { None } else { plan.cgroup.as_deref() };
    let sealed = seal(&encode_to_enter(plan, to_enter, handed)?)?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let group = |procs: &Path| rustix::fs::open(procs.parent().unwrap_or(procs), flags, Mode::empty());
    let cgroup = procs.map(group).transpose()?;
    let text = |parts: &[&OsStr]| CString::new(parts.join(OsStr::new("=")).into_vec());
    let env = tag(plan).map(|(name, value)| text(&[name, value])).transpose()?;
    let program = text(&[launcher.as_os_str()])?;
    let mut descriptors = vec![sealed.as_fd(), report.as_fd(), null()?];
    descriptors.extend(handed.iter().flat_map(|handed| handed.all()));
    let cgroup = cgroup.as_ref().map(|cgroup| cgroup.as_fd());
    within::spawn(&program, env.as_slice(), &descriptors, cgroup).map_err(|error| named(error, launcher))
}

/// Where nothing is heard; opened once.
fn null() -> io::Result<BorrowedFd<'static>> {
    static NULL: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(null) = NULL.get() {
        return Ok(null.as_fd());
    }
    let null = rustix::fs::open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    Ok(NULL.get_or_init(|| null).as_fd())
}

/// `bytes` in a memfd that nobody can change any more, which the launcher insists on.
pub fn seal(bytes: &[u8]) -> io::Result<OwnedFd> {
    let memfd = rustix::fs::memfd_create("hob-plan", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(memfd);
    file.write_all(bytes)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals)?;
    Ok(file.into())
}

fn named(error: io::Error, launcher: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("cannot run the launcher {}: {error}", launcher.display()))
}

/// Without a pidfd (no descriptor left, most likely) the child could not be owned: it must not stay.
fn abandon(mut child: Child) {
    // It cannot fail: the child is ours and not yet waited for.
    drop(child.kill());
    drop(child.wait());
}
