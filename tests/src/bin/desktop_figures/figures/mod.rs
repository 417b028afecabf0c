//! The figures, a file each.

mod change;
mod dialog;
mod memory;
mod ping;
mod quiet;
mod tray;
mod window;

use hob_tests::figures::Figure;

/// All of them, in the order in which they are measured and shown.
pub(crate) const ALL: &[Figure] = &[
    tray::FIGURE,
    window::FIGURE,
    dialog::FIGURE,
    change::FIGURE,
    memory::FIGURE,
    quiet::FIGURE,
    ping::FIGURE,
];

/// How many rounds each figure has here, where each begins with a desktop.
fn rounds(bench: &hob_tests::figures::Bench) -> usize {
    bench.pick(3, 5)
}
