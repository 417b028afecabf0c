//! Reading a plan back, in the launcher, without trusting it.
//!
//! The plan comes from the daemon; but a launcher of another version, a cut
//! write or a person's curiosity must end in a refusal, never in a stray
//! pointer. So every length is checked against what is there, every text must
//! end in the one NUL it has, and nothing is reserved on the word of a count.
//! What the values mean (does the directory exist?) is the kernel's to say.

use std::error::Error;
use std::ffi::CStr;
use std::fmt;

use crate::MAGIC;

/// A plan as the launcher uses it: texts point into the bytes it was read from.
#[derive(Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// The file to execute.
    pub program: &'a CStr,
    /// Its arguments; at least one.
    pub argv: Vec<&'a CStr>,
    /// Its environment, each entry `NAME=value`.
    pub env: Vec<&'a CStr>,
    /// Its working directory.
    pub dir: &'a CStr,
    /// The FIFO for standard output; `/dev/null` if `None`.
    pub stdout: Option<&'a CStr>,
    /// The FIFO for standard error; `/dev/null` if `None`.
    pub stderr: Option<&'a CStr>,
    /// The file mode creation mask.
    pub umask: u32,
    /// The limits to set.
    pub limits: Vec<RawLimit>,
    /// Whom to become: uid, gid, supplementary groups.
    pub user: Option<(u32, u32, Vec<u32>)>,
    /// The `cgroup.procs` file to enter by.
    pub cgroup: Option<&'a CStr>,
}

/// A limit as the kernel counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLimit {
    /// `RLIMIT_*`.
    pub resource: u32,
    /// The limit in force.
    pub soft: u64,
    /// The ceiling of `soft`.
    pub hard: u64,
}

/// Why bytes are not a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// They do not begin as a plan does.
    NotAPlan,
    /// A plan of another version of the format.
    OtherVersion,
    /// Cut off, or not as [`crate::encode`] writes it.
    Malformed,
}

/// Reads what [`crate::encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Order<'_>, Refusal> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len()).ok_or(Refusal::NotAPlan)?;
    let kind = MAGIC.len() - 1;
    if magic[..kind] != MAGIC[..kind] {
        return Err(Refusal::NotAPlan);
    }
    if magic[kind] != MAGIC[kind] {
        return Err(Refusal::OtherVersion);
    }
    let mut rest = Rest(rest);
    rest.order().filter(|_| rest.0.is_empty()).ok_or(Refusal::Malformed)
}

impl Refusal {
    /// The reason, as a constant: the launcher prints it without formatting.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotAPlan => "standard input does not begin as a plan does",
            Self::OtherVersion => {
                "the plan is of another version; daemon and launcher must be from one release"
            }
            Self::Malformed => "the plan is cut off or damaged",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Refusal {}

/// What has not been read yet. `None` from any method: it is not what it should be.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn order(&mut self) -> Option<Order<'a>> {
        // The fields of a literal are evaluated as written: the order of the bytes.
        let order = Order {
            program: self.text()?,
            argv: self.list(Self::text)?,
            env: self.list(Self::text)?,
            dir: self.text()?,
            stdout: self.optional(Self::text)?,
            stderr: self.optional(Self::text)?,
            umask: self.number()?,
            limits: self.list(Self::limit)?,
            user: self.optional(|rest| Some((rest.number()?, rest.number()?, rest.list(Self::number)?)))?,
            cgroup: self.optional(Self::text)?,
        };
        (!order.argv.is_empty()).then_some(order)
    }

    fn limit(&mut self) -> Option<RawLimit> {
        Some(RawLimit { resource: self.number()?, soft: self.long()?, hard: self.long()? })
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()? as usize;
        // Every element takes four bytes or more, so a false count reserves no more than the plan's own size.
        let mut list = Vec::with_capacity(count.min(self.0.len() / 4));
        for _ in 0..count {
            list.push(read(self)?);
        }
        Some(list)
    }

    fn text(&mut self) -> Option<&'a CStr> {
        let length = self.number()? as usize;
        CStr::from_bytes_with_nul(self.take(length.checked_add(1)?)?).ok()
    }

    fn long(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_ne_bytes)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_ne_bytes)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests;
