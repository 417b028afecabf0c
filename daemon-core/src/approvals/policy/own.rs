//! What no client may be allowed: Hob's own programs, files and processes (gate.md, C54).
//!
//! A client that could run `hob approve`, write to the record or stop the daemon
//! would need no policy. These prohibitions are built in: no file makes an exception.
//! They see what the arguments say. A program that finds the files by itself is not
//! stopped by them; that needs another user (docs/policy.md says so).

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use memchr::memmem;
use regex::RegexBuilder;

use super::looked::{Looked, Real};
use super::paths::normal;
use super::scanned::Scanned;
use super::subject::Subject;
use super::views::Seen;

/// Hob's own things on this machine.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Directories that nobody else has a business in, canonical.
    pub dirs: Vec<PathBuf>,
    /// Files of the same kind: settings, policies, sockets.
    pub files: Vec<PathBuf>,
    /// The programs, canonical.
    pub programs: Vec<PathBuf>,
    /// Their SHA-256, so that a copy is known as well; not there until they were read.
    pub digests: Arc<OnceLock<Vec<String>>>,
    /// The daemon's processes.
    pub pids: Vec<u32>,
    /// The user's home directory, for `~` in a text for a shell.
    pub home: Option<PathBuf>,
}

/// What the built-in prohibitions are called, and why they are.
pub(super) const PROGRAMS: (&str, &str) = ("own-programs", "a client does not act on the gate itself");
pub(super) const FILES: (&str, &str) = ("own-files", "a client does not touch the gate's own files");
pub(super) const PROCESSES: (&str, &str) = ("own-processes", "a client does not stop or trace the gate");

const NAMES: [&str; 4] = ["hob", "hob-desktop", "hob-launch", "hobd"];
/// What of it only looks.
const LOOKING: [&str; 9] = ["status", "list", "logs", "ping", "doctor", "help", "--help", "--version", "-V"];
/// To these a directory above is as good as the file.
const DESTROYING: [&str; 12] = [
    "rm",
    "mv",
    "rmdir",
    "unlink",
    "shred",
    "chmod",
    "chown",
    "chgrp",
    "setfacl",
    "chattr",
    "truncate",
    "trash-put",
];
/// So many names of processes are looked at, each as a pattern of so many bytes at most; more may mean anything.
const MOST_PATTERNS: usize = 64;
const LARGEST_PATTERN: usize = 128 << 10;
const TRACING: [&str; 6] = ["gdb", "lldb", "strace", "ltrace", "perf", "gcore"];

impl Own {
    /// Why one view is forbidden, if it is.
    pub(super) fn forbids(
        &self,
        seen: &Seen<'_>,
        subject: &Subject<'_>,
        scanned: &mut Scanned,
    ) -> Option<(&'static str, &'static str)> {
        let name = seen.file_name();
        let real_name = seen.exec.and_then(Path::file_name).map(OsStr::to_string_lossy).unwrap_or_default();
        if self.is_own_program(seen, subject, &name, &real_name) && !only_looks(&seen.argv) {
            return Some(PROGRAMS);
        }
        if self.hits_process(&name, &seen.argv) || self.hits_process(&real_name, &seen.argv) {
            return Some(PROCESSES);
        }
        let destroys = DESTROYING.contains(&&*name);
        let argv = scanned.new_ones(&seen.argv, destroys);
        let mut tokens = argv.iter().chain(&seen.files).map(Vec::as_slice).chain([&*seen.named]);
        let is_below = seen.exec.is_some_and(|exec| self.dirs.iter().any(|own| exec.starts_with(own)));
        let touches = is_below || tokens.any(|token| self.is_own_file(token, subject, destroys));
        touches.then_some(FILES)
    }

    fn is_own_program(&self, seen: &Seen<'_>, subject: &Subject<'_>, name: &str, real_name: &str) -> bool {
        let of_text = |text: &str| text.trim_start_matches("sha256:").to_owned();
        let digests = self.digests.get().map_or(&[][..], Vec::as_slice);
        let is_copy =
            seen.exec.is_some() && digests.iter().any(|own| of_text(own) == of_text(subject.sha256));
        NAMES.contains(&name)
            || NAMES.contains(&real_name)
            || is_copy
            || seen.exec.is_some_and(|exec| self.programs.iter().any(|own| own == exec))
    }

    /// Whether a token means one of the own files, in whatever way it is written.
    fn is_own_file(&self, token: &[u8], subject: &Subject<'_>, destroys: bool) -> bool {
        if token.is_empty() || 64 << 10 < token.len() {
            return false;
        }
        let all = || self.dirs.iter().chain(&self.files);
        if all().any(|own| memmem::find(token, own.as_os_str().as_bytes()).is_some()) || is_by_process(token)
        {
            return true;
        }
        let expanded = self.expanded(token);
        let value = expanded.iter().position(|byte| *byte == b'=').map(|at| &expanded[at + 1..]);
        let path = expanded.iter().position(|byte| *byte == b'/').map(|at| &expanded[at..]);
        let is_own = |path: &Path| {
            let above = |own: &PathBuf| destroys && own.starts_with(path) && path != Path::new("/");
            self.dirs.iter().any(|own| path.starts_with(own) || above(own))
                || self.files.iter().any(|own| path == own || above(own))
        };
        [Some(&expanded[..]), value, path].into_iter().flatten().filter(|text| !text.is_empty()).any(|text| {
            let path = subject.cwd.join(OsStr::from_bytes(text));
            is_own(&normal(&path)) || leads(&path, subject.looked).may_be(is_own)
        })
    }

    /// As a shell would take `~/` and `$HOME/`.
    pub(super) fn expanded<'t>(&self, token: &'t [u8]) -> Cow<'t, [u8]> {
        let Some(home) = &self.home else { return Cow::Borrowed(token) };
        for own in [&b"~/"[..], b"$HOME/", b"${HOME}/"] {
            if let Some(at) = memmem::find(token, own) {
                return Cow::Owned([home.as_os_str().as_bytes(), b"/", &token[at + own.len()..]].concat());
            }
        }
        Cow::Borrowed(token)
    }

    fn is_of_process(&self, token: &[u8]) -> bool {
        process_of(token).is_some_and(|number| self.pids.iter().any(|pid| number == pid.to_string()))
    }

    /// Whether a command would end, stop or trace the daemon.
    fn hits_process(&self, name: &str, argv: &[Vec<u8>]) -> bool {
        let texts = || argv.iter().map(|token| String::from_utf8_lossy(token));
        let is_pid = |text: &str| {
            let number = text.trim_start_matches("--pid=").trim_start_matches("-p").trim_start_matches('-');
            self.pids.iter().any(|pid| number == pid.to_string())
        };
        match name {
            // All processes of the user, too: `kill -9 -1`, but not `kill -1 PID`.
            "kill" => {
                texts().any(|text| is_pid(&text))
                    || texts().skip(1).any(|text| text == "-1")
                    || (argv.len() == 1 && argv[0] == b"-1")
            }
            "pkill" | "killall" | "killall5" | "skill" | "pidof" | "fuser" => {
                let patterns = argv.iter().filter(|token| !token.starts_with(b"-")).count();
                name == "killall5"
                    || MOST_PATTERNS < patterns
                    || texts().any(|text| is_of_user(&text) || means_hob(&text) || is_pid(&text))
            }
            "systemctl" | "launchctl" | "service" | "rc-service" | "sv" | "s6-svc" => {
                is_of_unit(&argv_texts(argv))
            }
            "loginctl" => texts().any(|text| text.starts_with("kill-") || text.starts_with("terminate-")),
            _ => {
                (TRACING.contains(&name) && texts().any(|text| is_pid(&text)))
                    || argv.iter().any(|token| self.is_of_process(token))
            }
        }
    }
}

/// `/proc/PID/...`, without a text made of each token.
fn process_of(token: &[u8]) -> Option<&str> {
    let number = token.strip_prefix(b"/proc/")?.split(|byte| *byte == b'/').next()?;
    std::str::from_utf8(number).ok()
}

/// Whether a token names files by what a process has of them: which process that will be, nobody knows yet.
fn is_by_process(token: &[u8]) -> bool {
    let is_there = |text: &[u8]| memmem::find(token, text).is_some();
    (is_there(b"/proc/self/") || is_there(b"/proc/thread-self/"))
        && [&b"/cwd"[..], b"/root", b"/fd/", b"/task/"].into_iter().any(is_there)
}

fn argv_texts(argv: &[Vec<u8>]) -> Vec<Cow<'_, str>> {
    argv.iter().map(|token| String::from_utf8_lossy(token)).collect()
}

/// Where a path leads; what is written as the place that a process has in `/proc` says so itself, and is for a person
/// to see.
fn leads(path: &Path, looked: &Looked) -> Real {
    match looked.real(path) {
        Real::Anything if path.starts_with("/proc") => Real::Unknown,
        real => real,
    }
}

fn only_looks(argv: &[Vec<u8>]) -> bool {
    argv.first().is_some_and(|verb| LOOKING.iter().any(|looking| looking.as_bytes() == verb))
}

/// `-u`, `--euid`, ...: every process of a user.
fn is_of_user(text: &str) -> bool {
    let short =
        text.starts_with('-') && !text.starts_with("--") && text.contains(['u', 'U', 'g', 'G', 's', 'P']);
    let long = ["--user", "--euid", "--uid", "--group", "--pgroup", "--session", "--parent"];
    short || long.iter().any(|it| text.starts_with(it))
}

/// Whether a pattern for names of processes means one of ours.
fn means_hob(text: &str) -> bool {
    if text.starts_with('-') || text.is_empty() {
        return false;
    }
    text.contains("hob")
        || match RegexBuilder::new(text).size_limit(LARGEST_PATTERN).build() {
            Ok(regex) => NAMES.iter().any(|name| regex.is_match(name)),
            // What takes too long to find out may mean anything.
            Err(regex::Error::CompiledTooBig(_)) => true,
            Err(_) => false,
        }
}

/// Whether a command changes a unit of ours, or all units.
fn is_of_unit(argv: &[Cow<'_, str>]) -> bool {
    const LOOKING: [&str; 8] =
        ["status", "show", "cat", "is-active", "is-enabled", "is-failed", "list-units", "list"];
    const ALL: [&str; 10] = [
        "exit",
        "isolate",
        "rescue",
        "emergency",
        "poweroff",
        "reboot",
        "halt",
        "kexec",
        "daemon-reexec",
        "default",
    ];
    let verbs = || argv.iter().filter(|text| !text.starts_with('-'));
    if verbs().next().is_some_and(|verb| LOOKING.contains(&&**verb)) {
        return false;
    }
    verbs().any(|text| ALL.contains(&&**text))
        || verbs().any(|text| text.contains("hob") || (text.contains(['*', '?', '[']) && could_be_hob(text)))
}

/// Whether a glob for units could mean `hob.service`.
fn could_be_hob(glob: &str) -> bool {
    let fixed: &str = glob.split(['*', '?', '[']).next().unwrap_or_default();
    "hob".starts_with(fixed) || fixed.starts_with("hob")
}
