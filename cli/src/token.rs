//! A client's token: how this program is told as which client it asks.
//!
//! `HOB_TOKEN_FILE` names a file that has it, `--token-fd` an open descriptor.
//! It is never an argument and never a variable, which everybody may read in
//! `ps` and in `/proc`, and nothing here ever prints it. A file that others may
//! read is refused rather than used: what was in it is theirs as well.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use daemon_core::kernel::{Code, Fault};
use daemon_core::text::{brief, visible};
use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::OFlags;

use crate::output::goes_nowhere;

/// The variable that names the file.
const FILE: &str = "HOB_TOKEN_FILE";
/// No token is longer.
const LONGEST: u64 = 4096;

/// Where the token is, if this program has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// In a file of our own.
    File(PathBuf),
    /// Behind a descriptor that was open when we were started.
    Descriptor(u32),
}

impl Source {
    /// The file that the environment names.
    pub(crate) fn from_env() -> Option<Source> {
        let path = std::env::var_os(FILE).filter(|path| !path.is_empty())?;
        Some(Source::File(path.into()))
    }

    /// Reads the token.
    ///
    /// # Errors
    /// `denied` for a file that is not ours alone, `invalid` for what holds no token.
    pub(crate) fn read(&self) -> Result<String, Fault> {
        let (shown, file, is_exposed) = match self {
            Source::File(path) => {
                let (file, is_exposed) = open_ours(path)?;
                (named(path), file, is_exposed)
            }
            Source::Descriptor(number) => {
                let opened = fs_err::OpenOptions::new().read(true).open(path_of(*number));
                let shown = format!("descriptor {number}");
                let file = opened.map_err(|error| unusable(&shown, "read", &error))?;
                (shown, file, None)
            }
        };
        let mut text = String::new();
        let read = file.take(LONGEST + 1).read_to_string(&mut text);
        read.map_err(|error| unusable(&shown, "read", &error))?;
        let token = text.trim_end_matches(['\n', '\r']);
        let is_token = !token.is_empty()
            && token.len() as u64 <= LONGEST
            && token.bytes().all(|byte| byte.is_ascii_graphic());
        match (is_token, is_exposed) {
            (true, None) => Ok(token.to_owned()),
            (true, Some(fault)) => Err(fault),
            // Its mode may be as it should be: another file was meant.
            (false, _) => Err(Fault::invalid(format!("{shown} does not hold a token"))
                .hint("it holds what `hob client add` printed, on one line and nothing else")),
        }
    }
}

/// A descriptor that was open when we were started, for a token.
pub(crate) struct Sink {
    number: u32,
    file: fs_err::File,
}

impl Sink {
    /// Before there is a token, so that none is lost.
    ///
    /// # Errors
    /// `invalid` if nothing can be written there.
    pub(crate) fn open(number: u32) -> Result<Sink, Fault> {
        let shown = format!("descriptor {number}");
        if goes_nowhere(number) {
            return Err(Fault::invalid(format!("{shown} cannot be written: it is closed")));
        }
        // A FIFO that nobody reads is no place for it; it is not to be waited for until somebody does.
        let opened = fs_err::OpenOptions::new().write(true).custom_flags(nonblock()).open(path_of(number));
        let file = opened.map_err(|error| unusable(&shown, "written", &error))?;
        let waits = rustix::fs::fcntl_setfl(&file, OFlags::empty());
        waits.map_err(|error| unusable(&shown, "written", &error.into()))?;
        Ok(Sink { number, file })
    }

    /// Writes it.
    ///
    /// # Errors
    /// `invalid` if nobody reads there any more.
    pub(crate) fn write(mut self, token: &str) -> Result<(), Fault> {
        let written = self.file.write_all(format!("{token}\n").as_bytes());
        written.map_err(|error| unusable(&format!("descriptor {}", self.number), "written", &error))
    }
}

/// A descriptor's number, as it was typed.
///
/// # Errors
/// What is wanted, for a person.
pub(crate) fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("\"{}\" is not the number of a descriptor, such as 3", brief(text)))
}

/// With why no token may be used that is in it, if others may have read that.
fn open_ours(path: &Path) -> Result<(fs_err::File, Option<Fault>), Fault> {
    let shown = named(path);
    // A FIFO in its place is to be refused, not waited for.
    let opened = fs_err::OpenOptions::new().read(true).custom_flags(nonblock()).open(path);
    let file = opened.map_err(|error| unusable(&shown, "read", &error))?;
    let found = file.metadata().map_err(|error| unusable(&shown, "read", &error))?;
    let refusal = |why: &str, hint: String| Fault::new(Code::Denied, format!("{shown} {why}")).hint(hint);
    if !found.is_file() {
        return Err(refusal("is not a file", "a descriptor is given with --token-fd".to_owned()));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        let hint = format!("make one of your own, and name it in {FILE}");
        return Err(refusal("belongs to another user", hint));
    }
    let is_open = found.mode() & 0o177 != 0;
    let exposed = is_open.then(|| {
        refusal(
            &format!("has the mode {:04o}, so that others may have read it", found.mode() & 0o7777),
            format!(
                "chmod 600 {}; if others can use this machine, revoke the token: hob client revoke NAME",
                visible(&path.to_string_lossy())
            ),
        )
    });
    Ok((file, exposed))
}

/// The same descriptor, opened once more: the number alone is nothing that safe code can use.
fn path_of(number: u32) -> PathBuf {
    PathBuf::from(format!("/dev/fd/{number}"))
}

fn nonblock() -> i32 {
    i32::try_from(OFlags::NONBLOCK.bits()).expect("flags of open(2) are an int")
}

fn named(path: &Path) -> String {
    format!("{} ({FILE})", visible(&path.to_string_lossy()))
}

fn unusable(shown: &str, done: &str, error: &std::io::Error) -> Fault {
    let why = match error.kind() {
        std::io::ErrorKind::InvalidData => "it is not text".to_owned(),
        _ => visible(&error.to_string()),
    };
    Fault::invalid(format!("{shown} cannot be {done}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, Source) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token");
        fs_err::write(&path, text).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (place, Source::File(path))
    }

    #[test]
    fn a_token_is_read_from_a_file_that_is_ours_alone() {
        let (_place, source) = file("hob_abc\n", 0o600);
        assert_eq!(source.read().unwrap(), "hob_abc");
        for mode in [0o640, 0o604, 0o660, 0o644, 0o700] {
            let (_place, source) = file("hob_abc\n", mode);
            let fault = source.read().unwrap_err();
            assert_eq!(fault.code, Code::Denied, "{mode:o}");
            assert!(!fault.to_string().contains("hob_abc"), "{fault}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_quoted() {
        for text in ["", "\n", "two words", "a\u{1b}[2J", "one\ntwo\n", &"x".repeat(5000)] {
            let (_place, source) = file(text, 0o600);
            let fault = source.read().unwrap_err();
            assert_eq!(fault.code, Code::Invalid, "{text:?}");
            assert!(text.len() < 3 || !fault.to_string().contains(text), "{fault}");
        }
    }

    #[test]
    fn the_mode_of_a_file_without_a_token_is_nobodys_business() {
        let (_place, source) = file("root:x:0:0:root:/root:/bin/sh\nbin:x:1:1::/:\n", 0o644);
        let fault = source.read().unwrap_err();
        assert!(fault.code == Code::Invalid && fault.message.ends_with("does not hold a token"), "{fault}");
        assert!(!fault.to_string().contains("chmod"), "{fault}");
    }

    #[test]
    fn a_token_goes_through_a_descriptor() {
        let (reads, writes) = std::io::pipe().unwrap();
        Sink::open(u32::try_from(writes.as_raw_fd()).unwrap()).unwrap().write("hob_abc").unwrap();
        drop(writes);
        let source = Source::Descriptor(u32::try_from(reads.as_raw_fd()).unwrap());
        assert_eq!(source.read().unwrap(), "hob_abc");
        assert!(Sink::open(999_999).err().unwrap().message.contains("descriptor 999999"));
    }
}
