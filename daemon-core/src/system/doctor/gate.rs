//! What the gate needs: its record, the key that signs that, and a policy that can be read.

use std::os::unix::fs::MetadataExt as _;

use super::{Check, absent, failed, ok, warning};
use crate::approvals::policy_files;
use crate::audit::{KeyPlace, earlier, key_place, trouble};
use crate::home::Dirs;
use crate::kernel::Fault;

/// Its database was taken away or replaced while the daemon has it open.
pub(super) fn moved(what: String) -> Check {
    failed(
        "gate database",
        format!("{what}: it has the one still open that was removed or replaced, which is gone when it ends"),
        "put that file back if you have it, then `hob daemon restart`; without it the restart begins another, and \
         clients, grants and the keys of requests are forgotten",
    )
}

/// Where the key is that signs the audit record; that is in a database that may have been `moved`.
pub(super) fn record_key(dirs: &Dirs, moved: bool) -> Check {
    let (name, file) = ("audit key", dirs.audit_key());
    match key_place(dirs) {
        Err(error) => failed(name, format!("{}: {error}", dirs.gate().display()), "see docs/audit.md"),
        Ok(None) if moved => {
            warning(name, "the gate database says where it is".to_owned(), "see what is said of that")
        }
        Ok(None) => absent(name, "will be made".to_owned()),
        Ok(Some(KeyPlace::Keychain)) => ok(name, "in the keychain of the desktop".to_owned()),
        Ok(Some(KeyPlace::File)) => match fs_err::metadata(&file) {
            Ok(found) if found.mode() & 0o077 == 0 => ok(name, format!("in the file {}", file.display())),
            Ok(_) => failed(
                name,
                format!("{} can be read by others, so nothing is signed", file.display()),
                "chmod 600 it; if somebody may have read it, begin a new record (docs/audit.md)",
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => failed(
                name,
                format!("{} is gone, so nothing is signed", file.display()),
                "put it back from a backup, or begin a new record (docs/audit.md)",
            ),
            Err(error) => failed(name, error.to_string(), "check the owner of the state directory's files"),
        },
    }
}

/// Whether the record goes on, as the daemon says or as its files show, and whether there was one before.
pub(super) fn record(dirs: &Dirs, told: Option<Fault>) -> Check {
    let name = "audit record";
    if let Some(Fault { message, hint, .. }) = told.or_else(|| trouble(dirs)) {
        let detail = format!("{message}; nothing runs that needs it, services run on");
        return failed(name, detail, hint.as_deref().unwrap_or("see docs/audit.md"));
    }
    let earlier = match earlier(dirs) {
        Ok(earlier) => earlier,
        Err(error) => return failed(name, error.to_string(), "check the owner of the state directory"),
    };
    match &earlier[..] {
        [] if !dirs.gate().exists() => absent(name, "will be begun".to_owned()),
        [] => ok(name, format!("in {}", dirs.audit().display())),
        [.., last] => warning(
            name,
            format!("a new one was begun, {} is of before", last.display()),
            "clients, grants and the keys of requests began anew with it; if nobody moved gate.db away, somebody \
             wanted it to be forgotten; check the old one with hob-verify, then keep it elsewhere",
        ),
    }
}

/// Whether the policy's files can be read as they are now.
pub(super) fn policy(dirs: &Dirs) -> Check {
    let name = "policy";
    let (files, problems) = policy_files(dirs);
    match &problems[..] {
        [] if files == 0 => ok(name, "it has no file, so everything is asked about".to_owned()),
        [] => ok(name, "its files can be read".to_owned()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            failed(
                name,
                format!("{first}{more}; what was good before stays in force"),
                "hob policy check says all of it",
            )
        }
    }
}
