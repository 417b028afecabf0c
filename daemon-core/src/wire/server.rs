//! Whose socket one is about to trust, and why it cannot be reached.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::home;
use crate::kernel::{Code, Fault};

/// The directory of a socket is ours, or there is none.
pub(super) fn check_directory(socket: &Path) -> Result<(), Fault> {
    let directory = socket.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match fs_err::metadata(directory) {
        Ok(found) => check_owner("the directory", socket, found.uid()),
        Err(_) => Ok(()),
    }
}

/// Whoever serves a socket is ours.
pub(super) fn check_server(socket: &Path, user: u32) -> Result<(), Fault> {
    check_owner("the server", socket, user)
}

fn check_owner(what: &str, socket: &Path, user: u32) -> Result<(), Fault> {
    if user == rustix::process::getuid().as_raw() {
        return Ok(());
    }
    Err(Fault::new(Code::Denied, format!("{what} of {} belongs to another user", socket.display())))
}

/// Why nobody answers there.
pub(super) fn unreachable_at(socket: &Path, error: &std::io::Error) -> Fault {
    use std::io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied};
    if let Err(too_long) = home::check_socket_path(socket, "HOB_SOCKET") {
        return too_long;
    }
    match error.kind() {
        NotFound | ConnectionRefused => {
            Fault::new(Code::Unavailable, format!("no daemon runs here ({})", socket.display()))
                .hint("start it with `hob daemon start`")
        }
        PermissionDenied => {
            Fault::new(Code::Denied, format!("the socket {} belongs to another user", socket.display()))
        }
        _ => Fault::new(Code::Unavailable, format!("cannot connect to {}: {error}", socket.display()))
            .hint("`hob doctor` looks for the cause"),
    }
}
