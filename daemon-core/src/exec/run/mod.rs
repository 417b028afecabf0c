//! Running what was opened, once, and everything that became of it.
//!
//! The process is a run like a service's: its own session, a cgroup where one
//! can be had, a mark on all that it starts; when its main process ends, or has to
//! end, all of that ends. It inherits the three streams, the copies of scripts that
//! it needs, and no descriptor, variable or connection of the daemon.
//!
//! A task of its own looks after it from the moment it is launched, so it does not
//! depend on whether somebody waits. Should the daemon die, nobody reads what the
//! command writes, and nobody knows how it ends: whoever started it finds that in
//! its records, and never starts it again.

mod attend;
mod capture;
mod ended;
mod live;
mod underway;

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use hob_launch::Handed;
use rustix::fs::{Mode, OFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::{oneshot, watch};

pub use ended::{Because, Ended, Summary};
pub use live::{Live, Output, Stream};
pub(super) use underway::Underway;

use super::plan::{Plan, Stdin};
use super::{Error, Handle, Opened};
use crate::config::Size;
use crate::runs::HeldProgram;
use crate::runs::limits::Limits;
use crate::runs::tree::Key;
use attend::{Attended, Process};
use capture::Capture;

/// A command that runs, or has run. It goes on if this is dropped.
pub struct Running {
    pid: i32,
    live: Option<Live>,
    ended: watch::Receiver<Option<Arc<Ended>>>,
    canceller: Canceller,
}

/// Ends a command; clones end the same one.
#[derive(Debug, Clone)]
pub struct Canceller(Arc<watch::Sender<Option<Because>>>);

impl Running {
    /// The number of its main process.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What it writes, as it writes it; there is one listener, and nobody hears what was written when there was none.
    /// Whoever has no use for it drops it.
    pub fn output(&mut self) -> Option<Live> {
        self.live.take()
    }

    /// Waits until nothing of it is left. Cancel safe, and the same whenever it is asked.
    pub async fn wait(&self) -> Arc<Ended> {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(ended)) => Arc::clone(ended),
            // Its task is gone, as in a daemon that ends.
            _ => Arc::new(Ended::unknown()),
        }
    }

    /// Asks it to end, and all that it has started; kills what has not done so a moment later.
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// The way to do that from elsewhere.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

impl Canceller {
    /// As [`Running::cancel`].
    pub fn cancel(&self) {
        self.end(Because::Cancelled);
    }

    fn end(&self, because: Because) {
        self.0.send_if_modified(|wish| {
            let is_first = wish.is_none();
            if is_first {
                *wish = Some(because);
            }
            is_first
        });
    }
}

impl Handle {
    /// Runs what was opened of this plan, in the name of this request. The value is there when the program
    /// runs, which is after the launcher has become it.
    ///
    /// # Errors
    /// Why the program does not run; nothing of it is left then.
    pub async fn start(&self, request: &str, plan: &Plan, opened: Opened) -> Result<Running, Error> {
        let (attended, running, started) = self.launch(key(request)?, plan, opened).await?;
        let handle = self.clone();
        self.0.runs.tasks.detach(async move { attended.attend(&handle).await });
        match started.await {
            Ok(Ok(())) => Ok(running),
            Ok(Err(why)) => Err(Error::NotStarted(why)),
            Err(_) => Err(Error::NotStarted("the daemon ends".to_owned())),
        }
    }

    async fn launch(
        &self,
        key: Key,
        plan: &Plan,
        opened: Opened,
    ) -> Result<(Attended, Running, oneshot::Receiver<Result<(), String>>), Error> {
        let runs = &self.0.runs;
        let not_started = |error: io::Error| Error::NotStarted(error.to_string());
        let stdin = input(plan.stdin()).map_err(not_started)?;
        let [(out, out_end), (err, err_end)] = [pipe().map_err(not_started)?, pipe().map_err(not_started)?];
        let limits = limits(plan);
        let program = HeldProgram {
            path: plan.real_path().to_owned(),
            argv: opened.argv,
            env: plan
                .env()
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)))
                .collect(),
            dir: plan.cwd().path.clone().into(),
            umask: plan.umask(),
            limits,
        };
        let kept: Vec<BorrowedFd<'_>> = opened.kept.iter().map(|kept| kept.as_fd()).collect();
        let handed = Handed {
            program: opened.program.as_fd(),
            dir: opened.dir.as_fd(),
            stdin: stdin.as_fd(),
            stdout: out_end.as_fd(),
            stderr: err_end.as_fd(),
            kept: &kept,
        };
        let launched = runs.launch_held(key.clone(), program, handed).await;
        let (child, tree, launch_plan) = launched.map_err(|error| Error::NotStarted(error.to_string()))?;
        let pid = child.pid();

        let (sender, live) = live::channel();
        let keep = usize::try_from(plan.limits().keep.0).unwrap_or(usize::MAX);
        let (tell_started, started) = oneshot::channel();
        let (tell_ended, ended) = watch::channel(None);
        let canceller = Canceller(Arc::new(watch::channel(None).0));
        let limited = limits.watched(tree.controllers()).map(|watched| {
            let (name, number) = &key;
            runs.limit(&name.as_str().into(), *number, pid, watched)
        });
        let process = Process {
            child,
            tree,
            launch_plan,
            limited,
            wall: std::time::Duration::from_millis(plan.limits().wall_ms.0),
            wish: canceller.clone(),
        };
        let attended = Attended {
            process,
            out: Capture::of(out, Stream::Stdout, keep, sender.clone()),
            err: Capture::of(err, Stream::Stderr, keep, sender),
            tell_started: Some(tell_started),
            tell_ended,
        };
        Ok((attended, Running { pid, live: Some(live), ended, canceller }, started))
    }
}

/// What its processes are known by.
fn key(request: &str) -> Result<Key, Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if request.is_empty() || 64 < request.len() || !request.bytes().all(is_plain) {
        return Err(Error::NotStarted("a request's id is of letters, digits, - and _".to_owned()));
    }
    Ok((format!("exec@{request}"), 1))
}

fn limits(plan: &Plan) -> Limits {
    let limits = plan.limits();
    Limits {
        memory: limits.memory.map(|memory| Size::bytes(memory.0)),
        cpu: None,
        pids: limits.pids.map(|count| u32::try_from(count.0).unwrap_or(u32::MAX)),
        open_files: None,
    }
}

/// A pipe of which we read one end, and the end that is written to.
fn pipe() -> io::Result<(Receiver, OwnedFd)> {
    let (ours, its) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((Receiver::from_owned_fd(ours)?, its))
}

/// What it reads.
fn input(stdin: &Stdin) -> io::Result<OwnedFd> {
    match stdin {
        Stdin::None => Ok(rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?),
        Stdin::Bytes { content, .. } => {
            let memory = hob_launch::seal(content.get())?;
            rustix::fs::seek(&memory, rustix::fs::SeekFrom::Start(0))?;
            Ok(memory)
        }
    }
}

#[cfg(test)]
mod tests;
