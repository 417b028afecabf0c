//! Why a launch failed, in words that say what to change.
//!
//! The launcher reports a step and an errno. That is exact and of little use:
//! "no such file or directory" for a script that is plainly there. Here the
//! daemon looks again at what the step was about, after the fact and at
//! leisure. The sentence is a guess only where the file changed in between;
//! where looking finds nothing, the kernel's own words are given and no story
//! is made up.
//!
//! It reads a few small files and directories, so call it where that may block.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat, StatVfsMountFlags};
use rustix::io::Errno;

use crate::blame::{Identity, is, obstacle, shown};
use crate::image::{HEAD, Image, Machine};
use crate::{Failure, Limit, NOT_A_FIFO, Output, Plan, Step, UNLIMITED};

/// Interpreters of interpreters that are looked into; the kernel gives up at the fifth.
const DEPTH: u32 = 5;

/// One sentence, without a full stop, on why the process of `plan` did not start.
pub fn explain(plan: &Plan, failure: &Failure) -> String {
    let identity = Identity::of(plan.user.as_ref());
    let own = Identity::of(None);
    match failure.step {
        Step::Exec => {
            let why = exec(plan, failure.errno, &identity).unwrap_or_else(|| failure.reason());
            format!("cannot run {}: {why}", shown(&plan.program))
        }
        Step::Directory => {
            let why = directory(&plan.dir, failure.errno, &identity).unwrap_or_else(|| failure.reason());
            format!("cannot enter the working directory {}: {why}", shown(&plan.dir))
        }
        Step::Stdin => input(failure, plan.stdin.as_deref(), &own),
        Step::Stdout => output(failure, "standard output", &plan.stdout, &own),
        Step::Stderr => output(failure, "standard error", &plan.stderr, &own),
        Step::Cgroup => cgroup(failure, plan.cgroup.as_deref()),
        Step::Limits => limits(failure, &plan.limits),
        Step::Groups | Step::Gid | Step::Uid => user(failure, plan),
        Step::Plan if failure.errno == libc::EBADMSG => {
            "the launcher does not understand the daemon: both must be from one release; reinstall Hob"
                .to_owned()
        }
        _ => failure.to_string(),
    }
}

fn exec(plan: &Plan, errno: i32, identity: &Identity) -> Option<String> {
    match errno {
        libc::ETXTBSY => Some("it is open for writing; is it being replaced?".to_owned()),
        libc::EAGAIN => Some("its user is at the limit of processes (RLIMIT_NPROC)".to_owned()),
        libc::E2BIG => Some("its arguments and environment are too large".to_owned()),
        libc::ENOMEM => Some("there is not enough memory".to_owned()),
        _ => file(&plan.program, &plan.dir, identity, DEPTH),
    }
}

/// What is wrong with the program at `path`, entered from `dir`; `None` if nothing is seen.
fn file(path: &Path, dir: &Path, identity: &Identity, depth: u32) -> Option<String> {
    let path = &dir.join(path);
    if let Some(obstacle) = obstacle(path, identity) {
        return Some(obstacle);
    }
    let stat = match rustix::fs::stat(path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Some("not found".to_owned()),
        Err(_) => return None,
    };
    if let Some(why) = unfit(path, &stat, identity) {
        return Some(why);
    }
    match Image::of(&head(path)?) {
        Image::Empty => Some("the file is empty".to_owned()),
        Image::Script(interpreter) => script(&interpreter, dir, identity, depth),
        Image::Elf(Machine::Ours, Some(loader)) => {
            let why = file(&loader, dir, identity, depth.checked_sub(1)?)?;
            Some(needs("its loader", &loader, dir, &why, ": it was built for another kind of system"))
        }
        Image::Elf(Machine::Ours, None) => None,
        Image::Elf(Machine::Named(name), _) => {
            Some(format!("it is built for {name}, and this machine is {}", std::env::consts::ARCH))
        }
        Image::Elf(Machine::Number(number), _) => Some(format!(
            "it is built for another machine (ELF machine {number}), and this one is {}",
            std::env::consts::ARCH
        )),
        Image::Windows => Some("it is a Windows program".to_owned()),
        Image::MacOs => Some("it is a macOS program".to_owned()),
        Image::Text => {
            Some("it is a script without a #! line; name its interpreter in the first line".to_owned())
        }
        Image::Unknown => Some("it is not a program this machine can run".to_owned()),
    }
}

/// What rules a file out before its content is looked at.
fn unfit(path: &Path, stat: &Stat, identity: &Identity) -> Option<String> {
    if is(stat, FileType::Directory) {
        return Some("is a directory".to_owned());
    }
    if !is(stat, FileType::RegularFile) {
        return Some("is not a regular file".to_owned());
    }
    if !identity.may_execute(stat) {
        let mode = stat.st_mode & 0o7777;
        let whom = if mode & 0o111 == 0 { "" } else { " for this user" };
        return Some(format!("not executable{whom} (its mode is {mode:04o})"));
    }
    let mount = rustix::fs::statvfs(path).ok()?;
    mount
        .f_flag
        .contains(StatVfsMountFlags::NOEXEC)
        .then(|| "not executable: its file system is mounted noexec".to_owned())
}

fn script(interpreter: &Path, dir: &Path, identity: &Identity, depth: u32) -> Option<String> {
    let name = interpreter.as_os_str().as_bytes();
    if name.is_empty() {
        return Some("its #! line names no interpreter".to_owned());
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Some("its interpreter is a script, whose interpreter is a script, and so on".to_owned());
    };
    let why = file(interpreter, dir, identity, depth)?;
    let hint = if name.ends_with(b"\r") { ": the line ends in a carriage return, as on Windows" } else { "" };
    Some(needs("its interpreter", interpreter, dir, &why, hint))
}

/// `why` another program cannot be run that this one needs; `hint` is for when it is not there at all.
fn needs(what: &str, path: &Path, dir: &Path, why: &str, hint: &str) -> String {
    let name = shown(path);
    match rustix::fs::stat(dir.join(path)) {
        Err(Errno::NOENT) => format!("{what} {name} does not exist{hint}"),
        _ => format!("{what} {name} cannot be run: {why}"),
    }
}

fn directory(dir: &Path, errno: i32, identity: &Identity) -> Option<String> {
    if let Some(obstacle) = obstacle(dir, identity) {
        return Some(obstacle);
    }
    match rustix::fs::stat(dir) {
        Err(Errno::NOENT) => Some("it does not exist".to_owned()),
        Ok(stat) if !is(&stat, FileType::Directory) => Some("it is not a directory".to_owned()),
        Ok(stat) if errno == libc::EACCES && !identity.may_execute(&stat) => {
            let mode = stat.st_mode & 0o7777;
            Some(format!("permission denied for this user (its mode is {mode:04o})"))
        }
        _ => None,
    }
}

fn input(failure: &Failure, file: Option<&Path>, identity: &Identity) -> String {
    let path = file.unwrap_or(Path::new("/dev/null"));
    let why = obstacle(path, identity).unwrap_or_else(|| failure.reason());
    format!("cannot open {} for standard input: {why}", shown(path))
}

fn output(failure: &Failure, what: &str, output: &Output, identity: &Identity) -> String {
    let path = match output {
        Output::Null => Path::new("/dev/null"),
        Output::Fifo(path) => path,
    };
    let why = match failure.errno {
        // A link in the FIFO's place is refused, not followed.
        NOT_A_FIFO | libc::ELOOP => "it is not a FIFO".to_owned(),
        _ => obstacle(path, identity).unwrap_or_else(|| failure.reason()),
    };
    format!("cannot open {} for {what}: {why}", shown(path))
}

fn cgroup(failure: &Failure, procs: Option<&Path>) -> String {
    let group = procs.and_then(Path::parent).unwrap_or(Path::new("/"));
    let why = match failure.errno {
        libc::ENOENT => "it does not exist".to_owned(),
        libc::EACCES | libc::EPERM => "permission denied; it is not delegated to this user".to_owned(),
        libc::EBUSY => "it has groups below it that its controllers are handed to".to_owned(),
        libc::EOPNOTSUPP => "it is of a threaded kind, or below one".to_owned(),
        libc::EAGAIN => "it is at its limit of processes".to_owned(),
        _ => failure.reason(),
    };
    format!("cannot enter the cgroup {}: {why}", shown(group))
}

/// The report does not say which limit it was, but the rules do.
fn limits(failure: &Failure, limits: &[Limit]) -> String {
    for limit in limits {
        let name = format!("{:?}", limit.resource).to_lowercase();
        if limit.soft > limit.hard {
            return format!(
                "cannot set the limit `{name}`: {} is above its own ceiling of {}",
                amount(limit.soft),
                amount(limit.hard)
            );
        }
        let ceiling = rustix::process::getrlimit(limit.resource).maximum.unwrap_or(UNLIMITED);
        if failure.errno == libc::EPERM && limit.hard > ceiling {
            return format!(
                "cannot set the limit `{name}` to {}: this user may not go above {}",
                amount(limit.hard),
                amount(ceiling)
            );
        }
    }
    failure.to_string()
}

fn user(failure: &Failure, plan: &Plan) -> String {
    let Some(user) = &plan.user else { return failure.to_string() };
    let why = match failure.errno {
        libc::EPERM => "only a daemon that runs as root can start a service as somebody else".to_owned(),
        libc::EAGAIN => "that user is at the limit of processes (RLIMIT_NPROC)".to_owned(),
        libc::EINVAL => "there is no such user or group here".to_owned(),
        _ => failure.reason(),
    };
    format!("cannot {} to uid {}, gid {}: {why}", verb(failure.step), user.uid, user.gid)
}

fn verb(step: Step) -> &'static str {
    match step {
        Step::Groups => "change the supplementary groups on the way",
        Step::Gid => "change the group on the way",
        _ => "change the user",
    }
}

fn amount(limit: u64) -> String {
    if limit == UNLIMITED { "unlimited".to_owned() } else { limit.to_string() }
}

/// The first bytes of a regular file; non-blocking, in case it has become something else meanwhile.
fn head(path: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Some(head)
}
