//! Executing the daemon's program anew in the same process, perhaps as another version.
//!
//! The process stays, so services stay its children and their exit codes its to
//! read; whoever supervises it notices nothing. The home's lock goes through
//! exec(2), so nobody else can become the daemon in between, and so do the
//! listening sockets: who connects meanwhile waits for the new one. Connections
//! end; clients connect again. Everything else the new one finds as it would
//! after a crash: rows, FIFOs and staged output.
//!
//! execve(2) itself is called, since what std and the C library offer besides
//! gives a file that is no program to a shell.

#![allow(unsafe_code, reason = "no crate of ours wraps execve")]

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit, setrlimit};

use super::Estate;
use crate::home::Handed;

/// The program of this process, and how it was called.
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    /// What the daemon raises for itself, and its successor must find as it was.
    open_files: Option<u64>,
}

impl Program {
    /// To be asked before anything is changed; `None` if the process does not know its program.
    pub(super) fn of_this_process() -> Option<Program> {
        let path = std::env::current_exe().ok()?;
        let open_files = getrlimit(Resource::Nofile).current;
        Some(Program { path, arguments: std::env::args_os().collect(), open_files })
    }

    /// Where it is, or will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes it. Returns only if that is not possible, and then why.
    pub(super) fn execute(&self, estate: &Estate) -> io::Error {
        let handed = match estate.hand_on() {
            Ok(handed) => handed,
            Err(error) => return error,
        };
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = self.open_files;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files could not be put back");
        }
        let pairs = std::env::vars_os().filter(|(name, _)| !Handed::is_named_by(name));
        let handed = handed.into_iter().map(|(name, value)| (name.into(), value.into()));
        let pairs = pairs.chain(handed).map(|(name, value)| {
            let mut pair = name;
            pair.push("=");
            pair.push(value);
            pair
        });
        let texts = (text(self.path.clone().into()), texts(self.arguments.iter().cloned()), texts(pairs));
        let (Ok(path), Ok(arguments), Ok(environment)) = texts else {
            return io::Error::from(io::ErrorKind::InvalidInput);
        };
        execve(&path, &arguments, &environment)
    }
}

fn execve(path: &CString, arguments: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: all of them are texts that end in NUL and lists that end in a null pointer, and live
    // until the call returns, if it does.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

fn texts(texts: impl Iterator<Item = OsString>) -> Result<Vec<CString>, std::ffi::NulError> {
    texts.map(text).collect()
}

fn text(text: OsString) -> Result<CString, std::ffi::NulError> {
    CString::new(text.into_vec())
}
