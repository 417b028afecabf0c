//! From a plan to what is executed: held, looked at again, and then no path matters any more.
//!
//! Between the question and the answer anything may have been written anywhere.
//! So right before it is run, everything that a plan names is opened once more,
//! without following anything, and compared with the plan. What is different is a
//! [`Drift`], and nothing runs. What is the same is *kept*: a file that only root
//! can change is executed by this descriptor; any other is copied into sealed
//! memory, the copy is hashed, and the copy is executed. Its bytes are those that
//! were approved, whatever becomes of the file.
//!
//! What the kernel would do with a `#!` line is done here: it would open the
//! interpreter by path. So a descriptor of a script is never executed; its last
//! interpreter is, with the script's path as an argument, or the path of the
//! descriptor that holds the copy.
//!
//! A program that runs from a copy finds no files beside itself, and its
//! `/proc/self/exe` names no file. And a file that a plan only names, as an
//! argument's content, is opened by the program itself: between this look at it
//! and that there is a gap, which only a program that takes a descriptor could close.

mod copy;
mod drift;

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

pub use drift::Drift;

use super::files::{Chain, Held, Reading, of_file, of_held};
use super::plan::{Plan, Program};
use copy::sealed_copy;

/// What a plan needs, held: nothing on disk can change what will run.
#[derive(Debug)]
pub struct Opened {
    /// The program for the kernel: an executable file, never a script.
    pub(super) program: OwnedFd,
    /// Where it runs.
    pub(super) dir: OwnedFd,
    /// What the program is to inherit: copies of scripts.
    pub(super) kept: Vec<OwnedFd>,
    /// Its arguments, with the names of those descriptors in them.
    pub(super) argv: Vec<OsString>,
}

impl Opened {
    /// Opens what `plan` names, if that is as it was. `first` is the number that the first kept
    /// descriptor will have in the program. It reads files, so it belongs where that may block, and for as long as `is_wanted`.
    ///
    /// # Errors
    /// What is not as it was.
    pub(super) fn of(plan: &Plan, first: usize, is_wanted: &dyn Fn() -> bool) -> Result<Opened, Drift> {
        let reading = &mut Reading::of_command(is_wanted);
        let exec = plan.exec();
        let dir = directory(plan)?;
        plan.files().iter().try_for_each(|file| unchanged("the file", file, reading))?;
        let (searched, read_by): (Vec<_>, Vec<_>) = exec.interpreters.iter().partition(|it| it.by_env);
        searched.iter().try_for_each(|it| unchanged("the interpreter", &it.program, reading))?;

        let mut kept = Vec::new();
        let mut argv: Vec<OsString> = vec![exec.named.clone().into()];
        argv.extend(plan.argv().iter().map(|argument| argument.os().to_owned()));
        let mut program = same("the program", &exec.program, reading)?;
        let mut file = &exec.program;
        for interpreter in read_by {
            // As binfmt_script does: the script's own path in the place of the name it was called by.
            argv[0] = match file.chain {
                // Not the path by which it was found: a link on that may be anybody's.
                Chain::RootOwned => file.real.clone().into(),
                Chain::User => {
                    let number = first + kept.len();
                    kept.push(program);
                    format!("/proc/self/fd/{number}").into()
                }
            };
            let before = interpreter.argument.iter().map(|argument| argument.os().to_owned());
            argv.splice(0..0, [interpreter.named.clone().into()].into_iter().chain(before));
            program = same("the interpreter", &interpreter.program, reading)?;
            file = &interpreter.program;
        }
        Ok(Opened { program, dir, kept, argv })
    }
}

/// The directory, if it is the same one.
fn directory(plan: &Plan) -> Result<OwnedFd, Drift> {
    let planned = plan.cwd();
    let gone =
        |error: io::Error| Drift::gone("the working directory", &planned.path, "the directory", &error);
    let held = Held::directory(Path::new(&planned.path)).map_err(gone)?;
    let identity = |dev: u64, ino: u64| format!("directory {ino} on device {dev}");
    let (was, now) = (identity(planned.dev.0, planned.ino.0), identity(held.stat.st_dev, held.stat.st_ino));
    if was == now {
        Ok(held.descriptor)
    } else {
        Err(Drift::of("the working directory", &planned.path, was, now))
    }
}

/// The file, if it is the same one with the same content; a copy of it where others than root could write to it.
fn same(what: &'static str, planned: &Program, reading: &mut Reading<'_>) -> Result<OwnedFd, Drift> {
    let held = hold(what, planned)?;
    if held.chain == Chain::RootOwned {
        compare(what, planned, &held, || Ok(of_held(&held, reading)?.0))?;
        return Ok(held.descriptor);
    }
    let name = planned.real.rsplit('/').next().unwrap_or_default();
    let copy = sealed_copy(held.descriptor.as_fd(), name, reading);
    let copy = copy.map_err(|error| gone(what, planned, &error))?;
    compare(what, planned, &held, || Ok(of_file(&copy, u64::MAX)?.0))?;
    Ok(copy)
}

/// Whether a file that we do not run is as it was: no copy of it is of use to anybody.
fn unchanged(what: &'static str, planned: &Program, reading: &mut Reading<'_>) -> Result<(), Drift> {
    let held = hold(what, planned)?;
    compare(what, planned, &held, || Ok(of_held(&held, reading)?.0))
}

fn hold(what: &'static str, planned: &Program) -> Result<Held, Drift> {
    let gone = |error: io::Error| gone(what, planned, &error);
    // The link too: what it led to is not what it was approved as.
    let real = super::files::canonical(Path::new(&planned.path)).map_err(gone)?;
    if real != Path::new(&planned.real) {
        let now = real.to_string_lossy().into_owned();
        return Err(Drift::of(what, &planned.path, planned.real.clone(), now));
    }
    Held::file(&real).map_err(gone)
}

fn compare(
    what: &'static str,
    planned: &Program,
    held: &Held,
    sha256: impl FnOnce() -> io::Result<String>,
) -> Result<(), Drift> {
    let sha256 = sha256().map_err(|error| gone(what, planned, &error))?;
    if sha256 != planned.sha256 {
        return Err(Drift::of(what, &planned.path, content_of(planned), format!("sha256:{sha256}")));
    }
    let identity = |dev: u64, ino: u64, mode: &str, chain| {
        let chain = if chain == Chain::RootOwned { "only root's" } else { "not only root's" };
        format!("file {ino} on device {dev}, mode {mode}, {chain}")
    };
    let mode = format!("{:04o}", held.stat.st_mode & 0o7777);
    let now = identity(held.stat.st_dev, held.stat.st_ino, &mode, held.chain);
    let was = identity(planned.dev.0, planned.ino.0, &planned.mode, planned.chain);
    if was == now { Ok(()) } else { Err(Drift::of(what, &planned.path, was, now)) }
}

fn content_of(planned: &Program) -> String {
    format!("sha256:{}", planned.sha256)
}

fn gone(what: &'static str, planned: &Program, error: &io::Error) -> Drift {
    Drift::gone(what, &planned.path, &content_of(planned), error)
}

#[cfg(test)]
mod tests;
