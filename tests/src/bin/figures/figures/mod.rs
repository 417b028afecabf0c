//! The figures, a file each.

mod capture;
mod changes;
mod commands;
mod gate;
mod history;
mod jobs;
mod memory;
mod ping;
mod pipelined;
mod quiet;
mod ready;
mod restart;
mod schedules;

use crate::figure::Figure;

/// All of them, in the order in which they are measured and shown.
pub(crate) const ALL: &[Figure] = &[
    ping::FIGURE,
    pipelined::FIGURE,
    commands::FIGURE,
    ready::FIGURE,
    memory::FIGURE,
    quiet::FIGURE,
    restart::FIGURE,
    capture::FIGURE,
    gate::FIGURE,
    jobs::FIGURE,
    schedules::FIGURE,
    history::FIGURE,
    changes::FIGURE,
];
