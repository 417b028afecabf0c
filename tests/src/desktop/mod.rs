//! The desktop under test: everything around `hob-desktop` that a person's desktop would be.
//!
//! A [`Session`] is a private X server and a private session bus with homes of
//! their own, so that tests run side by side and nothing of the machine's own
//! desktop is seen or touched. On its bus a test may be the panel
//! ([`TrayHost`]), the notification server ([`Notifications`]) and, through
//! WebDriver, the person at the window ([`WebDriver`]). Each of them speaks the
//! real protocol; none of them knows anything of Hob but the program's name.
//!
//! All of it blocks: a test reads top-down, and mixes freely with [`crate::Home`].
//! Waiting is for signals, with [`crate::PATIENCE`] as the deadline. To
//! run a test as somebody else, let it call [`as_nobody`].
//!
//! It is behind the feature `e2e`, so that plain tests compile none of it.

mod app;
mod menu;
mod nobody;
mod notifications;
mod seen;
mod session;
mod spawned;
mod tray;
mod typing;
mod webdriver;
mod windows;

use std::net::TcpListener;
use std::path::Path;

pub use app::App;
pub use menu::{Entry, Menu, Node, Toggle};
pub use nobody::as_nobody;
pub use notifications::{Notification, Notifications};
pub use session::{Parts, Session};
pub use tray::{Icon, Item, TrayHost};
pub use typing::Typing;
pub use webdriver::WebDriver;
pub use zbus;

/// A port on the loopback interface that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback interface has a free port");
    listener.local_addr().expect("a listener has an address").port()
}

/// The last lines of a file, to show where a test fails.
fn tail(path: &Path, lines: usize) -> String {
    let text = fs_err::read_to_string(path).unwrap_or_default();
    let skipped = text.lines().count().saturating_sub(lines);
    text.lines().skip(skipped).collect::<Vec<_>>().join("\n")
}

/// Runs a future to its end.
///
/// The connections to the bus have an executor of their own, and do not care who waits for them.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(future)
}
