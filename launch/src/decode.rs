//! Reading a plan back, in the launcher, without trusting it.
//!
//! The plan comes from the daemon; but a launcher of another version, a cut
//! write or a person's curiosity must end in a refusal, never in a stray
//! pointer. So every length is checked against what is there, and every text
//! must end in the one NUL it has. What the values mean (does the directory
//! exist?) is the kernel's to say.
//!
//! Nothing is allocated: the launcher has no allocator. Lists stay where they
//! are, and are read anew each time they are gone through.

use core::error::Error;
use core::ffi::CStr;
use core::fmt;
use core::marker::PhantomData;

use crate::MAGIC;

/// A plan as the launcher uses it: texts point into the bytes it was read from.
#[derive(Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// The file to execute.
    pub program: &'a CStr,
    /// Its arguments; at least one.
    pub argv: List<'a, &'a CStr>,
    /// Its environment, each entry `NAME=value`.
    pub env: List<'a, &'a CStr>,
    /// Its working directory.
    pub dir: &'a CStr,
    /// The file for standard input; `/dev/null` if `None`.
    pub stdin: Option<&'a CStr>,
    /// The FIFO for standard output; `/dev/null` if `None`.
    pub stdout: Option<&'a CStr>,
    /// The FIFO for standard error; `/dev/null` if `None`.
    pub stderr: Option<&'a CStr>,
    /// The file mode creation mask.
    pub umask: u32,
    /// The limits to set.
    pub limits: List<'a, RawLimit>,
    /// Whom to become: uid, gid, supplementary groups.
    pub user: Option<(u32, u32, List<'a, u32>)>,
    /// The `cgroup.procs` file to enter by.
    pub cgroup: Option<&'a CStr>,
    /// That program, directory and streams are descriptors ([`crate::Handed`]), and how many more the
    /// process keeps.
    pub handed: Option<u32>,
}

/// Elements of a plan, which have been checked.
#[derive(Debug, PartialEq, Eq)]
pub struct List<'a, T> {
    count: usize,
    bytes: &'a [u8],
    elements: PhantomData<T>,
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

impl<'a, T: Element<'a>> List<'a, T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        let mut rest = Rest(self.bytes);
        (0..self.count).map_while(move |_| T::read(&mut rest))
    }
}

/// What lists are made of.
pub trait Element<'a>: Sized {
    /// Reads the next one; `None` if there is none that is whole.
    fn read(rest: &mut Rest<'a>) -> Option<Self>;
}

impl<'a> Element<'a> for &'a CStr {
    fn read(rest: &mut Rest<'a>) -> Option<Self> {
        rest.text()
    }
}

impl Element<'_> for RawLimit {
    fn read(rest: &mut Rest<'_>) -> Option<Self> {
        Some(RawLimit { resource: rest.number()?, soft: rest.long()?, hard: rest.long()? })
    }
}

impl Element<'_> for u32 {
    fn read(rest: &mut Rest<'_>) -> Option<Self> {
        rest.number()
    }
}

/// What has not been read yet. `None` from any method: it is not what it should be.
pub struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn order(&mut self) -> Option<Order<'a>> {
        // The fields of a literal are evaluated as written: the order of the bytes.
        let order = Order {
            program: self.text()?,
            argv: self.list()?,
            env: self.list()?,
            dir: self.text()?,
            stdin: self.optional(Self::text)?,
            stdout: self.optional(Self::text)?,
            stderr: self.optional(Self::text)?,
            umask: self.number()?,
            limits: self.list()?,
            user: self.optional(|rest| Some((rest.number()?, rest.number()?, rest.list()?)))?,
            cgroup: self.optional(Self::text)?,
            handed: self.optional(Self::number)?,
        };
        (!order.argv.is_empty()).then_some(order)
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    fn list<T: Element<'a>>(&mut self) -> Option<List<'a, T>> {
        let count = self.number()? as usize;
        let begin = self.0;
        for _ in 0..count {
            T::read(self)?;
        }
        let bytes = begin.get(..begin.len() - self.0.len())?;
        Some(List { count, bytes, elements: PhantomData })
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
