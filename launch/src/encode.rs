//! A [`Plan`] as bytes, in the order and shape the launcher wants to find it.
//!
//! Text ends in NUL, as the kernel's calls want it, so that the launcher's
//! pointers go straight into what it mapped. Numbers are in the machine's own
//! byte order: the bytes never leave the machine. A NUL inside a text, a
//! relative path or a nameless variable is refused here, where the error can
//! still say which; the values of variables are never repeated, being secrets.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::{Handed, Output, Plan};

/// How a plan begins; the last byte is the version of the format.
pub const MAGIC: [u8; 8] = *b"hobplan\x03";

/// Writes `plan` down for the launcher; `InvalidInput` names what cannot be written.
pub fn encode(plan: &Plan) -> io::Result<Vec<u8>> {
    encode_to_enter(plan, plan.cgroup.as_deref(), None)
}

/// The same with another cgroup to enter: none if the launcher is in it already. And with what it
/// is handed.
pub(crate) fn encode_to_enter(
    plan: &Plan,
    cgroup: Option<&Path>,
    handed: Option<&Handed<'_>>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Bytes(Vec::with_capacity(4096));
    bytes.0.extend_from_slice(&MAGIC);
    bytes.path("the program", &plan.program)?;

    if plan.argv.is_empty() {
        return Err(invalid("the list of arguments is empty; the first is the program's own name"));
    }
    bytes.count("arguments", plan.argv.len())?;
    for (index, argument) in plan.argv.iter().enumerate() {
        bytes.text(|| format!("argument {index}"), &[argument])?;
    }

    bytes.count("environment variables", plan.env.len())?;
    for (name, value) in &plan.env {
        bytes.variable(name, value)?;
    }

    bytes.path("the working directory", &plan.dir)?;
    bytes.optional_path("the file for standard input", plan.stdin.as_deref())?;
    bytes.output("the FIFO for standard output", &plan.stdout)?;
    bytes.output("the FIFO for standard error", &plan.stderr)?;
    bytes.number(plan.umask);

    bytes.count("limits", plan.limits.len())?;
    for limit in &plan.limits {
        bytes.number(limit.resource as u32);
        bytes.0.extend_from_slice(&limit.soft.to_ne_bytes());
        bytes.0.extend_from_slice(&limit.hard.to_ne_bytes());
    }

    bytes.number(u32::from(plan.user.is_some()));
    if let Some(user) = &plan.user {
        bytes.number(user.uid);
        bytes.number(user.gid);
        bytes.count("groups", user.groups.len())?;
        user.groups.iter().for_each(|group| bytes.number(*group));
    }

    bytes.optional_path("the cgroup", cgroup)?;

    bytes.number(u32::from(handed.is_some()));
    if let Some(handed) = handed {
        bytes.count("descriptors", handed.kept.len())?;
    }
    Ok(bytes.0)
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn variable(&mut self, name: &OsStr, value: &OsStr) -> io::Result<()> {
        if name.is_empty() {
            return Err(invalid("an environment variable has an empty name"));
        }
        if name.as_bytes().contains(&b'=') {
            return Err(invalid(format!("the name of environment variable {name:?} contains `=`")));
        }
        self.text(|| format!("environment variable {name:?}"), &[name, OsStr::new("="), value])
    }

    fn output(&mut self, what: &str, output: &Output) -> io::Result<()> {
        match output {
            Output::Null => self.optional_path(what, None),
            Output::Fifo(path) => self.optional_path(what, Some(path)),
        }
    }

    fn optional_path(&mut self, what: &str, path: Option<&Path>) -> io::Result<()> {
        self.number(u32::from(path.is_some()));
        path.map_or(Ok(()), |path| self.path(what, path))
    }

    fn path(&mut self, what: &str, path: &Path) -> io::Result<()> {
        if !path.is_absolute() {
            return Err(invalid(format!("{what} {path:?} is not an absolute path")));
        }
        self.text(|| format!("{what} {path:?}"), &[path.as_os_str()])
    }

    /// The parts as one text: its length without the NUL, its bytes, the NUL.
    fn text(&mut self, what: impl Fn() -> String, parts: &[&OsStr]) -> io::Result<()> {
        if parts.iter().any(|part| part.as_bytes().contains(&0)) {
            return Err(invalid(format!("{} contains a NUL byte", what())));
        }
        let length = parts.iter().map(|part| part.len()).sum();
        self.count(what, length)?;
        parts.iter().for_each(|part| self.0.extend_from_slice(part.as_bytes()));
        self.0.push(0);
        Ok(())
    }

    fn count(&mut self, what: impl Name, count: usize) -> io::Result<()> {
        let count = u32::try_from(count).map_err(|_| invalid(format!("{} are too large", what.name())))?;
        self.number(count);
        Ok(())
    }

    fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_ne_bytes());
    }
}

/// What an error calls the thing; a closure is asked only when there is one.
trait Name {
    fn name(&self) -> String;
}

impl Name for &str {
    fn name(&self) -> String {
        (*self).to_owned()
    }
}

impl<F: Fn() -> String> Name for F {
    fn name(&self) -> String {
        self()
    }
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}
