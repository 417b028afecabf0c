//! How a watch is doing, for people: what is watched, and what keeps it from more.

use std::fmt;
use std::io;
use std::path::Path;

use rustix::io::Errno;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Span;
use crate::text::brief;

/// How a watch is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// Directories that are watched, or looked at.
    pub directories: usize,
    /// Files that are meant, and known.
    pub files: usize,
    /// The files are looked at so often, because the configuration says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Span>,
    /// Why some changes are noticed late, or not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why some changes are noticed late, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trouble {
    /// What is wrong, and what happens instead.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// It is tried again by itself, and until then the files are looked at now and then.
    pub retried: bool,
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directories = if self.directories == 1 { "directory" } else { "directories" };
        match &self.poll {
            Some(poll) => write!(out, "looking at {} {directories} every {poll}", self.directories)?,
            None => write!(out, "watching {} {directories}", self.directories)?,
        }
        match &self.trouble {
            Some(trouble) => write!(out, "; {}", trouble.message),
            None => Ok(()),
        }
    }
}

impl Trouble {
    /// A directory could not be watched.
    pub(super) fn unwatched(dir: &Path, error: &io::Error) -> Trouble {
        let dir = brief(&dir.to_string_lossy());
        match Errno::from_io_error(error) {
            Some(Errno::NOSPC) => Trouble {
                message: format!(
                    "{dir} and perhaps more is not watched: all watches that the system allows are taken (fs.inotify.max_user_watches); it is looked at every few seconds instead"
                ),
                hint: Some("sudo sysctl fs.inotify.max_user_watches=1048576 (to keep it: in /etc/sysctl.d/60-inotify.conf), or watch fewer directories".to_owned()),
                retried: true,
            },
            _ => Trouble {
                message: format!("{dir} is not watched: {error}; it is looked at every few seconds instead"),
                hint: None,
                retried: true,
            },
        }
    }

    /// There is no inotify instance.
    pub(super) fn no_instance(error: &io::Error) -> Trouble {
        let hint = match Errno::from_io_error(error) {
            Some(Errno::MFILE) => Some(
                "sudo sysctl fs.inotify.max_user_instances=1024 (to keep it: in /etc/sysctl.d/60-inotify.conf); or the daemon's limit of open files is reached: ulimit -n",
            ),
            Some(Errno::NFILE) => Some("the system's limit of open files is reached: sysctl fs.file-max"),
            _ => None,
        };
        Trouble {
            message: format!(
                "nothing is watched: the system gives no inotify instance ({error}); the files are looked at every few seconds instead"
            ),
            hint: hint.map(str::to_owned),
            retried: true,
        }
    }

    /// A directory could not be read.
    pub(super) fn unread(dir: &Path, error: &io::Error) -> Trouble {
        let hint = (error.kind() == io::ErrorKind::PermissionDenied)
            .then(|| "give the daemon's user the right to read it, or add it to \"ignore\"".to_owned());
        let reason = Errno::from_io_error(error).map_or_else(|| error.to_string(), |it| it.to_string());
        let message = format!("{} cannot be read: {reason}", brief(&dir.to_string_lossy()));
        Trouble { message, hint, retried: false }
    }

    /// There are more directories, files or links than are followed.
    pub(super) fn too_many(what: &str, most: usize, instead: &str) -> Trouble {
        Trouble {
            message: format!("there are more than {most} {what}: {instead}"),
            hint: Some("narrow the globs, or leave directories out with \"ignore\"".to_owned()),
            retried: false,
        }
    }

    /// A defect of the daemon: looking at the files panicked.
    pub(super) fn broken() -> Trouble {
        Trouble {
            message: "nothing is watched any more: looking at the files failed for a reason that is in the daemon's log".to_owned(),
            hint: Some("please report this; a restart of what watches begins anew".to_owned()),
            retried: false,
        }
    }

    /// It is a file system on which others can change files unheard.
    pub(super) fn remote(dir: &Path, kind: &str) -> Trouble {
        let dir = brief(&dir.to_string_lossy());
        Trouble {
            message: format!("{dir} is on {kind}: what other machines change there is not told"),
            hint: Some("set poll = \"2s\"".to_owned()),
            retried: false,
        }
    }
}

/// The kind of a file system that others can change unheard.
pub(super) fn remote_kind(dir: &Path) -> Option<&'static str> {
    // From linux/magic.h.
    match u32::try_from(rustix::fs::statfs(dir).ok()?.f_type).ok()? {
        0x6969 => Some("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("a Windows share (SMB)"),
        0x0102_1997 => Some("9p"),
        0x00c3_6400 => Some("CephFS"),
        0x6573_5546 => Some("FUSE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_with_its_remedy() {
        let error = io::Error::from(Errno::NOSPC);
        let trouble = Trouble::unwatched(Path::new("/a/b"), &error);
        assert!(trouble.message.starts_with("/a/b and perhaps more is not watched: all watches"));
        assert!(trouble.hint.unwrap().contains("sysctl fs.inotify.max_user_watches="));
        let trouble = Trouble::no_instance(&io::Error::from(Errno::MFILE));
        assert!(trouble.hint.unwrap().contains("sysctl fs.inotify.max_user_instances="));
    }

    #[test]
    fn a_state_is_a_sentence() {
        let mut state = State { directories: 37, files: 5, ..State::default() };
        assert_eq!(state.to_string(), "watching 37 directories");
        state.poll = Some(Span::secs(2));
        state.directories = 1;
        assert_eq!(state.to_string(), "looking at 1 directory every 2s");
    }
}
