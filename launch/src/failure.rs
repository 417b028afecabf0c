//! How a launch went, as the launcher says it: eight bytes, or none.
//!
//! The report pipe closes by itself when `execve` succeeds, so silence is
//! success. Otherwise it carries the step and its errno; [`crate::explain`]
//! makes a sentence of them. A launcher that is killed before it gets that far
//! is silent too: then the pidfd tells the signal, as for any process that
//! dies young.

use std::error::Error;
use std::os::fd::AsFd;
use std::{fmt, io};

/// The errno of an output path that is there but is not a FIFO.
pub const NOT_A_FIFO: i32 = libc::ENOSTR;

/// What the launcher was doing, in the order in which it does them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Step {
    /// Reading the plan.
    Plan = 1,
    /// Moving the report pipe out of the way.
    Pipe,
    /// Making a session of its own.
    Session,
    /// Setting resource limits.
    Limits,
    /// Resetting signal dispositions and the signal mask.
    Signals,
    /// Entering the cgroup.
    Cgroup,
    /// Opening standard input.
    Stdin,
    /// Opening standard output.
    Stdout,
    /// Opening standard error.
    Stderr,
    /// Setting the supplementary groups.
    Groups,
    /// Setting the group.
    Gid,
    /// Setting the user.
    Uid,
    /// Entering the working directory.
    Directory,
    /// Closing what was inherited.
    Descriptors,
    /// Executing the program.
    Exec,
}

/// A step that failed, and the kernel's reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub step: Step,
    /// Why it failed, as in errno(3).
    pub errno: i32,
}

/// What the report pipe says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Nothing yet: read again when the descriptor is readable.
    Pending,
    /// The program runs, or the launcher was killed before it could.
    Started,
    /// The program does not run; the process ends with status 127.
    Failed(Failure),
}

impl Report {
    /// Reads the (non-blocking) report end of a launch.
    pub fn read(report: impl AsFd) -> io::Result<Self> {
        let mut bytes = [0; Failure::SIZE];
        match rustix::io::retry_on_intr(|| rustix::io::read(&report, &mut bytes)) {
            Ok(0) => Ok(Self::Started),
            Ok(length) => match Failure::from_bytes(&bytes[..length]) {
                Some(failure) => Ok(Self::Failed(failure)),
                None => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the launcher's report is of another version; daemon and launcher must be from one release",
                )),
            },
            Err(rustix::io::Errno::AGAIN) => Ok(Self::Pending),
            Err(error) => Err(error.into()),
        }
    }
}

impl Failure {
    /// The length of a failure on the pipe; a write of so few bytes is never split.
    pub const SIZE: usize = 8;

    /// As written to the pipe.
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let [a, b, c, d] = (self.step as u32).to_ne_bytes();
        let [e, f, g, h] = self.errno.to_ne_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// As read from the pipe; `None` if it is not a failure this version knows.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (step, errno) = bytes.split_first_chunk::<4>()?;
        let step = u32::from_ne_bytes(*step);
        let step = STEPS.into_iter().find(|known| *known as u32 == step)?;
        Some(Self { step, errno: i32::from_ne_bytes(errno.try_into().ok()?) })
    }

    /// The kernel's reason in words, without its number.
    pub fn reason(self) -> String {
        reason(self.errno)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.step, self.reason())
    }
}

impl Error for Failure {}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plan => "read the launch plan",
            Self::Pipe => "keep the report pipe",
            Self::Session => "make a session",
            Self::Limits => "set the resource limits",
            Self::Signals => "reset the signals",
            Self::Cgroup => "enter the cgroup",
            Self::Stdin => "open standard input",
            Self::Stdout => "open standard output",
            Self::Stderr => "open standard error",
            Self::Groups => "set the supplementary groups",
            Self::Gid => "change the group",
            Self::Uid => "change the user",
            Self::Directory => "enter the working directory",
            Self::Descriptors => "close inherited descriptors",
            Self::Exec => "execute the program",
        })
    }
}

/// What `errno` means, without its number.
pub(crate) fn reason(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

const STEPS: [Step; 15] = [
    Step::Plan,
    Step::Pipe,
    Step::Session,
    Step::Limits,
    Step::Signals,
    Step::Cgroup,
    Step::Stdin,
    Step::Stdout,
    Step::Stderr,
    Step::Groups,
    Step::Gid,
    Step::Uid,
    Step::Directory,
    Step::Descriptors,
    Step::Exec,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_survives_the_pipe() {
        for (index, step) in STEPS.into_iter().enumerate() {
            assert_eq!(step as usize, index + 1, "STEPS lists every step in order");
            let failure = Failure { step, errno: libc::ENOENT };
            assert_eq!(Failure::from_bytes(&failure.to_bytes()), Some(failure));
        }
        assert_eq!(STEPS[STEPS.len() - 1], Step::Exec, "Exec is the last step");
    }

    #[test]
    fn what_is_no_failure_is_not_taken_for_one() {
        assert_eq!(Failure::from_bytes(&[]), None);
        assert_eq!(Failure::from_bytes(&[1; 7]), None);
        assert_eq!(Failure::from_bytes(&[0; 8]), None);
        assert_eq!(Failure::from_bytes(&[255; 8]), None);
        let mut long = Failure { step: Step::Exec, errno: 2 }.to_bytes().to_vec();
        long.push(0);
        assert_eq!(Failure::from_bytes(&long), None);
    }

    #[test]
    fn a_failure_reads_as_a_sentence() {
        let failure = Failure { step: Step::Directory, errno: libc::ENOENT };
        assert_eq!(failure.to_string(), "cannot enter the working directory: no such file or directory");
    }
}
