//! The windows on a session's X server, and the mark in their corner.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, MapState, Window,
};
use x11rb::protocol::xproto::{KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::{ReplyError, RustConnection};

/// The visible windows of a process.
pub(super) fn of(display: &str, pid: i32) -> Vec<Window> {
    let (connection, screen) = connect(display);
    let root = connection.setup().roots[screen].root;
    let owner = atom(&connection, "_NET_WM_PID");
    let (mut found, mut left) = (Vec::new(), vec![root]);
    while let Some(window) = left.pop() {
        // One that is gone by now is none.
        match look(&connection, window, owner) {
            Ok(Some(of)) if i64::from(of) == i64::from(pid) => found.push(window),
            Ok(_) => left.extend(children(&connection, window).unwrap_or_default()),
            Err(_) => {}
        }
    }
    found
}

/// Asks a window to close (Inter-Client Communication Conventions Manual, section 4.2.8.1).
pub(super) fn close(display: &str, window: Window) {
    let (connection, _) = connect(display);
    let (protocols, delete) = (atom(&connection, "WM_PROTOCOLS"), atom(&connection, "WM_DELETE_WINDOW"));
    let message = ClientMessageEvent::new(32, window, protocols, [delete, 0, 0, 0, 0]);
    let sent = connection.send_event(false, window, EventMask::NO_EVENT, message);
    sent.expect("our own X server takes messages").check().expect("the window is there");
}

/// The pixels of a visible window.
pub(super) fn picture(display: &str, window: Window) -> Vec<u8> {
    let (connection, _) = connect(display);
    let size = connection.get_geometry(window).expect("our own X server answers").reply();
    let size = size.expect("the window is there");
    let all_planes = u32::MAX;
    let asked =
        connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, all_planes);
    asked.expect("our own X server answers").reply().expect("the window is on the screen").data
}

/// Presses a key or lets it go (X11 XTEST Extension, section "FakeInput").
pub(super) fn key(display: &str, code: u8, down: bool) {
    let (connection, _) = connect(display);
    let kind = if down { KEY_PRESS_EVENT } else { KEY_RELEASE_EVENT };
    let sent = connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, x11rb::NONE, 0, 0, 0);
    sent.expect("our own X server takes keys").check().expect("it has the extension for tests");
}

/// The pid that a window names as its own, if it is visible and does.
fn look(connection: &RustConnection, window: Window, owner: u32) -> Result<Option<u32>, ReplyError> {
    if connection.get_window_attributes(window)?.reply()?.map_state != MapState::VIEWABLE {
        return Ok(None);
    }
    let named = connection.get_property(false, window, owner, AtomEnum::CARDINAL, 0, 1)?.reply()?;
    Ok(named.value32().and_then(|mut pids| pids.next()))
}

fn children(connection: &RustConnection, window: Window) -> Result<Vec<Window>, ReplyError> {
    Ok(connection.query_tree(window)?.reply()?.children)
}

fn atom(connection: &RustConnection, name: &str) -> u32 {
    let asked = connection.intern_atom(false, name.as_bytes()).expect("our own X server answers");
    asked.reply().expect("a name has an atom").atom
}

fn connect(display: &str) -> (RustConnection, usize) {
    RustConnection::connect(Some(display)).expect("the X server of the session answers")
}
