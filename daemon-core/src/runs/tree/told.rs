//! What `/proc` says of a process that the ends of trees ask for.

use hob_launch::KEEPS;

use crate::home;

/// Whether it has kept FIFOs open, as far as its name tells.
pub(super) fn keeps(pid: i32) -> bool {
    let name = fs_err::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_ascii_end() == KEEPS.to_bytes()
}

pub(super) fn parent(pid: i32) -> Option<i32> {
    stat_field(pid, 1)
}

/// A number of proc_pid_stat(5), counted from the state on.
pub(super) fn stat_field(pid: i32, place: usize) -> Option<i32> {
    home::stat_after_name(pid)?.split(' ').nth(place)?.parse().ok()
}
