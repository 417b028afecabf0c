//! Whether somebody is typing now, where the display says so.
//!
//! A window that takes the focus in the middle of a word would get the rest of
//! it. Only X11 tells for how long nobody has touched anything; where it does
//! not, somebody may be typing.

use std::time::Duration;

use x11rb::connection::Connection as _;
use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::patience::within;

/// Who has not touched anything for so long is not in the middle of a word.
const PAUSE: Duration = Duration::from_secs(2);
/// The display answers sooner, or the request waits for it.
const ANSWER: Duration = Duration::from_millis(200);

/// Whether it is known that nobody has touched key or mouse for a while.
pub(crate) fn nobody_types() -> bool {
    // Under Wayland an X server sees only what is typed into its own windows.
    let is_x11 = std::env::var_os("WAYLAND_DISPLAY").is_none_or(|name| name.is_empty());
    is_x11 && within(ANSWER, idle).flatten().is_some_and(|idle| PAUSE <= idle)
}

/// For how long nobody has touched anything (X11 Screen Saver Extension, section "Requests").
fn idle() -> Option<Duration> {
    let (connection, screen) = RustConnection::connect(None).ok()?;
    let root = connection.setup().roots.get(screen)?.root;
    let answer = connection.screensaver_query_info(root).ok()?.reply().ok()?;
    Some(Duration::from_millis(answer.ms_since_user_input.into()))
}
