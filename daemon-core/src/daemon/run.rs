//! A daemon as a process of its own: its signals, its report, its end.
//!
//! SIGTERM and SIGINT stop gracefully, a second one at once; SIGHUP reloads.
//! Whoever started the process hears whether it is ready: by the report on
//! standard output, and by `sd_notify` where a service manager asked for it.
//!
//! [`run`] is a process that is nothing but a daemon. The desktop app is more
//! than one: it brings its own thread and calls [`live`] there. Only the former
//! can be replaced in place (`replace`).

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Daemon, Estate, memory, replace};
use crate::config;
use crate::home::{Dirs, private_dir, unshared_dir};
use crate::kernel::clock::{self, Clock};
use crate::kernel::{Code, Fault};
use crate::system::log::{self, Log, LogFile};
use crate::system::{End, Settings};
use crate::wire::READY;

/// The exit status of a daemon with an invalid configuration (sysexits(3), `EX_CONFIG`).
const BAD_CONFIGURATION: u8 = 78;

/// How long what blocks a thread may take once the daemon has ended.
const LAST_WORK: Duration = Duration::from_secs(1);

/// How a daemon process is to behave.
#[derive(Debug)]
pub struct Options {
    /// Its paths.
    pub dirs: Dirs,
    /// Whether somebody waits on standard output for the word that it is ready.
    pub report: bool,
    /// Whether it writes its log to standard error too.
    pub verbose: bool,
}

/// Runs a daemon until it is asked to end; the value is the process's exit status.
pub fn run(options: Options) -> u8 {
    memory::share_one_heap();
    let own = replace::Program::of_this_process();
    let mut log = None;
    let outcome = loop {
        let outcome = runtime().and_then(|runtime| {
            let outcome = runtime.block_on(async {
                let log = match &log {
                    Some(log) => Log::clone(log),
                    None => log.insert(start_log(&options)?).clone(),
                };
                let replaceable = |daemon: &Daemon| {
                    if let Some(own) = &own {
                        daemon.system().is_replaceable_by(own.path().to_owned());
                    }
                };
                life(&options, log, replaceable).await
            });
            // What blocks a thread of it must not block the end.
            runtime.shutdown_timeout(LAST_WORK);
            outcome
        });
        match (outcome, &own) {
            (Ok(Ended::ToBeReplaced(estate)), Some(own)) => {
                // It returns only if there is no new program: then this one goes on.
                let error = own.execute(&estate);
                tracing::error!(program = %own.path().display(), %error, "not replaced; starting again as it was");
            }
            (Ok(Ended::ToBeReplaced(_)), None) => break Ok(1),
            (Ok(Ended::With(status)), _) => break Ok(status),
            (Err(fault), _) => break Err(fault),
        }
    };
    match outcome {
        Ok(status) => status,
        Err(fault) if fault.code == Code::Invalid => BAD_CONFIGURATION,
        Err(fault) => fault.code.exit(),
    }
}

/// A thread on which something was waited for ends when it has had nothing to do for so long: before memory is
/// given back, of which each keeps some.
const THREAD_KEPT: Duration = Duration::from_secs(3);

/// The runtime that a daemon lives on: one thread, and a few for what blocks.
///
/// # Errors
/// `unavailable` if the system has no more descriptors.
pub fn runtime() -> Result<Runtime, Fault> {
    let built = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(16)
        .thread_keep_alive(THREAD_KEPT)
        .build();
    built.map_err(|error| Fault::new(Code::Unavailable, format!("the runtime could not be started: {error}")))
}

/// A daemon's life in this process, until it is asked to end; `ready` is called when its sockets answer.
/// The value is the exit status for the process: 0, or 1 if a second signal cut the end short.
///
/// # Errors
/// Why it did not start, as [`Daemon::start`].
pub async fn live(options: &Options, log: Log, ready: impl FnOnce(&Daemon)) -> Result<u8, Fault> {
    match life(options, log, ready).await? {
        Ended::With(status) => Ok(status),
        // Nobody has said that it could be.
        Ended::ToBeReplaced(_) => Ok(1),
    }
}

/// How a daemon's life has ended.
enum Ended {
    /// With this exit status.
    With(u8),
    /// To be replaced in the same process, which still has the home and the sockets.
    ToBeReplaced(Estate),
}

async fn life(options: &Options, log: Log, ready: impl FnOnce(&Daemon)) -> Result<Ended, Fault> {
    // Before anything runs, so that no signal finds the default action.
    let signals = Signals::listen().map_err(|error| Fault::internal(format!("signals: {error}")))?;
    let daemon = match Daemon::start(options.dirs.clone(), Clock::system(), Some(log)).await {
        Ok(daemon) => daemon,
        Err(fault) => {
            match fault.code {
                // Several may be started at once, by commands that need one.
                Code::Busy => tracing::warn!(%fault, hint = fault.hint, "the daemon is not needed"),
                _ => tracing::error!(error = %fault, hint = fault.hint, "the daemon did not start"),
            }
            report(options, &fault_text(&fault));
            return Err(fault);
        }
    };
    tracing::info!(pid = std::process::id(), version = env!("CARGO_PKG_VERSION"), "ready");
    report(options, READY);
    notify(&[NotifyState::Ready, NotifyState::Status("ready")]);
    ready(&daemon);
    memory::give_back();
    Ok(signals.attend(daemon).await)
}

/// Starts the daemon's log, which a process can do once. It is needed before the configuration is
/// checked, since it is where that is reported.
///
/// # Errors
/// `unavailable` or `denied` if it cannot be written.
pub fn start_log(options: &Options) -> Result<Log, Fault> {
    let ours = |directory: &Path| match directory.starts_with(options.dirs.state()) {
        true => private_dir(directory),
        false => unshared_dir(directory),
    };
    let directory = options.dirs.log().parent().map_or(Ok(()), ours);
    let started = directory.and_then(|()| {
        log::start(settings(options)).map_err(|error| Fault::new(Code::Unavailable, error.to_string()))
    });
    started.inspect_err(|fault| report(options, &fault_text(fault)))
}

fn settings(options: &Options) -> log::Settings {
    let Settings { log, .. } = config::peek(&options.dirs);
    let path = options.dirs.log().to_owned();
    log::Settings {
        format: log.format,
        levels: log.level,
        file: Some(LogFile { path, max_size: log.max_size.get(), keep: log.keep }),
        stderr: options.verbose,
        now: Arc::new(clock::now),
    }
}

struct Signals {
    stop: Stop,
    hangup: Signal,
}

struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        let stop =
            Stop { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
        Ok(Signals { stop, hangup: signal(SignalKind::hangup())? })
    }

    /// Lives until the daemon should end, then ends it: gracefully, or at once on a second signal.
    async fn attend(mut self, daemon: Daemon) -> Ended {
        let system = daemon.system().clone();
        let ended = system.ended();
        tokio::pin!(ended);
        let clock = Clock::system();
        let (mut starts, mut turn) = (daemon.services().starts(), memory::Turn::default());
        turn.started(clock.uptime());
        let end = loop {
            tokio::select! {
                Ok(()) = starts.changed() => turn.started(clock.uptime()),
                () = sleep_until(&clock, turn.due()) => {
                    daemon.give_memory_back();
                    turn.given();
                }
                why = &mut ended => {
                    tracing::info!(?why, "stopping");
                    break why;
                }
                () = self.stop.asked() => {
                    tracing::info!("stopping on a signal");
                    break End::Asked;
                }
                _ = self.hangup.recv() => {
                    notify(&[NotifyState::Status("reloading")]);
                    if let Err(fault) = system.reload().await {
                        tracing::debug!(%fault, "kept what was in force");
                    }
                    notify(&[NotifyState::Status("ready")]);
                }
            }
        };
        match end {
            End::Asked | End::Idle => {
                notify(&[NotifyState::Stopping, NotifyState::Status("stopping services")])
            }
            End::Leave => {
                notify(&[NotifyState::Stopping]);
                daemon.leave().await;
                return Ended::With(0);
            }
            End::Restart => {
                notify(&[NotifyState::Status("restarting")]);
                return Ended::ToBeReplaced(daemon.let_go().await);
            }
        }
        let (runs, services) = (daemon.runs().clone(), daemon.services().clone());
        tokio::select! {
            () = daemon.stop() => Ended::With(0),
            () = self.stop.asked() => {
                tracing::warn!("a second signal: ending at once");
                runs.kill_all();
                services.kill_all();
                Ended::With(1)
            }
        }
    }
}

async fn sleep_until(clock: &Clock, due: Option<Duration>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn report(options: &Options, text: &str) {
    if !options.report {
        return;
    }
    let mut output = std::io::stdout();
    if let Err(error) = output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        tracing::debug!(%error, "nobody waits for the report");
    }
    // Who waits reads until the end, so the pipe must not stay open in us.
    let closed = fs_err::OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .map(|null| rustix::stdio::dup2_stdout(null.file()));
    if !matches!(closed, Ok(Ok(()))) {
        tracing::warn!("standard output could not be closed");
    }
}

fn fault_text(fault: &Fault) -> String {
    match &fault.hint {
        Some(hint) => format!("{fault} ({hint})\n"),
        None => format!("{fault}\n"),
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager was not told");
    }
}
