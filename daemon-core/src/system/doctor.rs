//! Is everything there that a daemon needs? Each check says what to do if not.
//!
//! The checks look and change nothing, and they work without a daemon, since
//! that is when they are needed most.

mod gate;

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Approved, Standing};
use crate::home::{self, Dirs};
use crate::kernel::Fault;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is well.
    Ok,
    /// There is nothing to look at yet: the daemon makes it when it starts.
    Absent,
    /// It works, with a limitation.
    Warning,
    /// It does not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// All checks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Checks {
    /// In the order in which they were made.
    pub checks: Vec<Check>,
}

/// What a daemon that runs knows of its files, and they may not show by themselves.
#[derive(Default)]
pub(super) struct Known {
    /// Why nothing is recorded.
    pub(super) record: Option<Fault>,
    /// That the database is not the file of its name any more.
    pub(super) moved: Option<String>,
    /// The same of the gate's.
    pub(super) gate_moved: Option<String>,
}

/// What it means that the database of the home was begun anew.
const HISTORY_ANEW: &str = "what only that knew of is not known any more";
/// And that of the gate.
const GATE_ANEW: &str = "clients, grants and the keys of requests are forgotten with it: what is asked for \
                         again with its key runs again";

/// Makes all checks of a home.
pub fn doctor(dirs: &Dirs) -> Checks {
    of_running(dirs, Known::default())
}

/// The same where a daemon runs.
pub(super) fn of_running(dirs: &Dirs, known: Known) -> Checks {
    let key = gate::record_key(dirs, known.gate_moved.is_some());
    let checks = vec![
        directory("state directory", dirs.state()),
        directory("runtime directory", dirs.runtime()),
        sockets(dirs),
        configuration(dirs),
        projects(dirs),
        launcher(dirs.launcher()),
        daemon(dirs),
        known.moved.map_or_else(|| database("database", &dirs.database(), HISTORY_ANEW), moved),
        known.gate_moved.map_or_else(|| database("gate database", &dirs.gate(), GATE_ANEW), gate::moved),
        gate::record(dirs, known.record),
        key,
        gate::policy(dirs),
        open_files(),
        space(dirs.state()),
        pidfd(),
    ];
    Checks { checks }
}

fn directory(name: &str, path: &Path) -> Check {
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = path.ancestors().skip(1).find(|parent| parent.is_dir());
            return match parent {
                Some(parent) if writable(parent) => absent(name, format!("{} will be made", path.display())),
                _ => failed(
                    name,
                    format!("{} cannot be made", path.display()),
                    "set HOB_HOME to a directory of your own",
                ),
            };
        }
        Err(error) => {
            return failed(
                name,
                format!("{}: {error}", path.display()),
                "set HOB_HOME to a directory of your own",
            );
        }
    };
    let shown = path.display();
    if found.is_symlink() || !found.is_dir() {
        return failed(
            name,
            format!("{shown} is not a directory"),
            "move it away, or set HOB_HOME to another directory",
        );
    }
    if found.uid() != rustix::process::getuid().as_raw() {
        return failed(
            name,
            format!("{shown} belongs to user {}", found.uid()),
            "set HOB_HOME to a directory of your own",
        );
    }
    if !writable(path) {
        return failed(name, format!("{shown} cannot be written"), "is the file system mounted read-only?");
    }
    match found.mode() & 0o077 {
        0 => ok(name, format!("{shown} is private")),
        _ => {
            warning(name, format!("{shown} is open to others"), "the daemon makes it private when it starts")
        }
    }
}

fn writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn sockets(dirs: &Dirs) -> Check {
    match dirs.check_socket_paths() {
        Ok(()) => ok("socket paths", dirs.socket().display().to_string()),
        Err(Fault { message, hint, .. }) => failed("socket paths", message, &hint.unwrap_or_default()),
    }
}

fn configuration(dirs: &Dirs) -> Check {
    match crate::config::check(dirs, &crate::daemon::sections()) {
        Ok(values) => ok("configuration", format!("{} values, all good", values.len())),
        Err(problems) => {
            let detail: Vec<String> = problems.iter().map(ToString::to_string).collect();
            failed("configuration", detail.join("; "), "correct the file, then `hob config check`")
        }
    }
}

/// That what is on disk is what was approved, which is what runs.
fn projects(dirs: &Dirs) -> Check {
    let (approved, _) = Approved::all(dirs);
    let other: Vec<&str> = approved
        .iter()
        .filter(|project| project.standing() != Standing::AsApproved)
        .map(|project| project.name.as_str())
        .collect();
    match (&other[..], approved.len()) {
        ([], 0) => ok("projects", "none".to_owned()),
        ([], count) => ok("projects", format!("{count}, all as approved")),
        (names, _) => warning(
            "projects",
            format!("not as approved: {}", names.join(", ")),
            "what was approved runs on; `hob project list` says of each what to do",
        ),
    }
}

fn launcher(path: &Path) -> Check {
    let name = "launcher";
    match path.metadata() {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => {
            ok(name, path.display().to_string())
        }
        Ok(_) => failed(name, format!("{} is not a program", path.display()), "install hob again"),
        Err(error) => failed(
            name,
            format!("{}: {error}", path.display()),
            "put hob-launch beside hob, or set HOB_LAUNCH",
        ),
    }
}

fn daemon(dirs: &Dirs) -> Check {
    match home::running(dirs) {
        Some(running) => ok("daemon", format!("runs with pid {}", running.pid)),
        None => warning("daemon", "does not run".to_owned(), "hob daemon start"),
    }
}

fn moved(what: String) -> Check {
    failed(
        "database",
        format!("{what}: what it writes is gone when it ends"),
        "put that file back if you have it; then `hob daemon restart`, which begins another if there is none",
    )
}

fn database(name: &str, path: &Path, anew: &str) -> Check {
    match fs_err::metadata(path) {
        Ok(found) => match set_aside(path) {
            None => ok(name, format!("{} has {} KiB", path.display(), found.len() >> 10)),
            Some(aside) => warning(
                name,
                format!("it was damaged and is begun anew; {} is what was there before", aside.display()),
                &format!("{anew}; is the disk well? Keep the file elsewhere, or remove it"),
            ),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => absent(name, "will be made".to_owned()),
        Err(error) => failed(name, error.to_string(), "check the owner of the state directory's files"),
    }
}

/// The last that was set aside of a database and still lies beside it.
fn set_aside(path: &Path) -> Option<PathBuf> {
    let prefix = format!("{}.corrupt-", path.file_name()?.to_str()?);
    let is_aside =
        |name: &str| name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm");
    let entries = fs_err::read_dir(path.parent()?).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| is_aside(name)).max().map(|name| path.with_file_name(name))
}

fn open_files() -> Check {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let hard = limit.maximum.map_or_else(|| "unlimited".to_owned(), |maximum| maximum.to_string());
    match limit.maximum {
        // Four descriptors for each of 1,000 services.
        Some(..4096) => warning(
            "open files",
            format!("at most {hard}"),
            "raise it: ulimit -Hn, or LimitNOFILE= of the unit",
        ),
        _ => ok("open files", format!("at most {hard}")),
    }
}

fn space(path: &Path) -> Check {
    let name = "disk space";
    let Some(existing) = path.ancestors().find(|path| path.exists()) else {
        return failed(
            name,
            format!("no parent of {} exists", path.display()),
            "set HOB_HOME to a directory of your own",
        );
    };
    match rustix::fs::statvfs(existing) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize) >> 20;
            let detail = format!("{free} MiB free at {}", existing.display());
            if free < 100 {
                warning(
                    name,
                    detail,
                    "free some: logs and history need it, and nothing is allowed that cannot be recorded",
                )
            } else {
                ok(name, detail)
            }
        }
        Err(error) => {
            warning(name, format!("{}: {error}", existing.display()), "check that the disk is well")
        }
    }
}

fn pidfd() -> Check {
    use rustix::process::{PidfdFlags, getpid, pidfd_open};
    match pidfd_open(getpid(), PidfdFlags::empty()) {
        Ok(_) => ok("process descriptors", "the kernel has them".to_owned()),
        Err(error) => failed("process descriptors", error.to_string(), "hob needs Linux 5.4 or later"),
    }
}

fn ok(name: &str, detail: String) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Ok, detail, remedy: None }
}

fn absent(name: &str, detail: String) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Absent, detail, remedy: None }
}

fn warning(name: &str, detail: String, remedy: &str) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Warning, detail, remedy: Some(remedy.to_owned()) }
}

fn failed(name: &str, detail: String, remedy: &str) -> Check {
    Check { name: name.to_owned(), verdict: Verdict::Failed, detail, remedy: Some(remedy.to_owned()) }
}
