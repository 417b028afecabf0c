//! What the tables of services and of jobs have in common: how something is started, and what it may use.
//!
//! Each function here checks one key, under the name that it has in both
//! tables, and always returns a value, so that all that is wrong is found at once;
//! that value is used only if nothing was found. Which keys a table has, and what
//! each is when it is not written, is for the capability to say that reads it.

mod limits;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::name::absolute;
use super::{CommandLine, Signal};
use crate::config::{Age, Approved, Finding, Findings, LONGEST, Size, Span};
use crate::text::brief;
pub use limits::{Controllers, LimitsConf, Percent};

const HOUR: Duration = Duration::from_secs(3600);

/// What a configuration is checked against besides itself.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The home directory, for `~`.
    pub home_dir: PathBuf,
    /// Whether the daemon runs as root, so that `user` can mean anything.
    pub is_root: bool,
    /// What can hold a run to limits.
    pub controllers: Controllers,
}

impl Surroundings {
    /// Those of this process.
    pub fn here() -> Surroundings {
        Surroundings {
            home_dir: std::env::var_os("HOME").map(PathBuf::from).unwrap_or_else(|| PathBuf::from("/")),
            is_root: rustix::process::geteuid().is_root(),
            controllers: Controllers::here(),
        }
    }

    /// Those of nobody, at `/`.
    pub fn none() -> Surroundings {
        Surroundings { home_dir: "/".into(), is_root: false, controllers: Controllers::default() }
    }
}

/// What was approved together with the file of a project.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The `env_file`s by their absolute paths; `None` while nobody has looked which there are.
    pub env_files: Option<Arc<BTreeMap<PathBuf, String>>>,
}

impl Kept {
    /// With this project.
    pub fn with(project: &Approved) -> Kept {
        Kept { env_files: (!project.draft).then(|| Arc::new(project.env_files.clone())) }
    }
}

/// The text of an `env_file`, which is not shown: it holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvText(pub String);

impl std::fmt::Debug for EnvText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} bytes", self.0.len())
    }
}

/// The words to execute. `what` has them: `service`, `job`.
pub fn command(
    what: &str,
    command: Option<&CommandLine>,
    shell: Option<bool>,
    findings: &mut Findings,
) -> Vec<String> {
    let Some(command) = command else {
        let message = format!("the {what} has no command");
        findings.add_hint(&[], &message, "add command = [\"program\", \"argument\"]");
        return Vec::new();
    };
    command.words(shell.unwrap_or(false)).unwrap_or_else(|error| {
        findings.add(&["command"], &error.to_string());
        Vec::new()
    })
}

/// Where to run what is called `name` and stands in a file in `dir`.
pub fn working_dir(
    name: &str,
    written: Option<&str>,
    dir: &Path,
    around: &Surroundings,
    findings: &mut Findings,
) -> PathBuf {
    let Some(path) = written else {
        // A project's programs expect to run there; nobody's expect to run among Hob's files.
        return if name.contains('/') { dir.to_owned() } else { around.home_dir.clone() };
    };
    absolute(path, &around.home_dir, dir).unwrap_or_else(|reason| {
        findings.add(&["working_dir"], &reason);
        PathBuf::new()
    })
}

/// The file of variables, and its text if that was approved with its project.
pub fn env_file(
    written: Option<&str>,
    dir: &Path,
    kept: Option<&Kept>,
    around: &Surroundings,
    findings: &mut Findings,
) -> (Option<PathBuf>, Option<EnvText>) {
    let path = written.and_then(|path| {
        let resolved = absolute(path, &around.home_dir, dir);
        resolved.map_err(|reason| findings.add(&["env_file"], &reason)).ok()
    });
    let files = kept.and_then(|kept| kept.env_files.as_ref());
    let (Some(named), Some(files)) = (&path, files) else { return (path, None) };
    let text = files.get(named).map(|text| EnvText(text.clone()));
    if text.is_none() {
        let message = format!("{} was not approved with this file", brief(&named.to_string_lossy()));
        findings.add_hint(&["env_file"], &message, "hob up shows and approves it");
    }
    (path, text)
}

/// What is configured and is not there. It may come yet; what starts before fails.
pub fn absent(name: &str, working_dir: &Path, env_file: Option<&Path>) -> Vec<Finding> {
    let mut findings = Findings::of(name);
    if !working_dir.is_dir() {
        let message = format!("there is no directory {}", brief(&working_dir.to_string_lossy()));
        findings.add(&["working_dir"], &message);
    }
    if let Some(path) = env_file
        && let Err(error) = rustix::fs::access(path, rustix::fs::Access::READ_OK)
    {
        let shown = brief(&path.to_string_lossy());
        let message = match error {
            rustix::io::Errno::ACCESS => format!("{shown} cannot be read"),
            _ => format!("there is no file {shown}"),
        };
        findings.add(&["env_file"], &message);
    }
    findings.found
}

/// That the daemon can run something as a user, if that is asked for.
pub fn user(written: Option<&str>, around: &Surroundings, findings: &mut Findings) {
    if written.is_some() && !around.is_root {
        findings.add_hint(&["user"], "another user needs a daemon that runs as root", "remove \"user\"");
    }
}

/// What asks it to end.
pub fn stop_signal(written: Option<Signal>, findings: &mut Findings) -> Signal {
    let signal = written.unwrap_or(Signal::TERM);
    if signal == Signal::STOP {
        let message = "STOP freezes a program instead of ending it";
        findings.add_hint(&["stop_signal"], message, "the usual one is TERM");
    }
    signal
}

/// How long it may take to end.
pub fn stop_timeout(written: Option<Span>, findings: &mut Findings) -> Span {
    findings.span(&["stop_timeout"], written.unwrap_or(Span::secs(10)), Duration::ZERO, HOUR)
}

/// The first and the longest wait of `backoff`.
pub fn backoff_bounds(
    initial: Option<Span>,
    max: Option<Span>,
    defaults: (Span, Span),
    findings: &mut Findings,
) -> (Span, Span) {
    let low = Duration::from_millis(1);
    let first = findings.span(&["backoff", "initial"], initial.unwrap_or(defaults.0), low, LONGEST);
    // Whoever writes only a long first wait means all of them to be long.
    let ceiling = findings.span(&["backoff", "max"], max.unwrap_or(defaults.1.max(first)), low, LONGEST);
    if ceiling < first {
        let message = format!("{ceiling} is shorter than backoff.initial ({first})");
        findings.add(&["backoff", "max"], &message);
    }
    (first, ceiling)
}

/// How many times longer each wait is than the one before.
pub fn backoff_factor(written: Option<f64>, findings: &mut Findings) -> f64 {
    findings.within(&["backoff", "factor"], written.unwrap_or(2.0), 1.0..=100.0)
}

/// Exit codes that are no failure.
pub fn success_codes(written: Option<&[i64]>, findings: &mut Findings) -> Vec<i32> {
    let codes = written.unwrap_or(&[0]);
    for code in codes {
        findings.within(&["success_codes"], *code, 0..=255);
    }
    codes.iter().filter_map(|code| i32::try_from(*code).ok()).collect()
}

/// The size at which a log file is rotated.
pub fn log_max_size(written: Option<Size>, findings: &mut Findings) -> Size {
    let size = written.unwrap_or(Size::mebibytes(10));
    findings.within(&["log", "max_size"], size, Size::bytes(64 << 10)..=Size::bytes(1 << 40))
}

/// How many rotated files are kept.
pub fn log_keep(written: Option<u32>, findings: &mut Findings) -> u32 {
    findings.within(&["log", "keep"], written.unwrap_or(5), 0..=1000)
}

/// How long something is kept; zero is for ever.
pub fn age(path: &[&str], written: Option<Age>, findings: &mut Findings) -> Span {
    let age = written.unwrap_or(Age::days(30)).span();
    if age.get().is_zero() { age } else { findings.span(path, age, HOUR, LONGEST) }
}
