//! Whether windows can be shown here, found out without the toolkit.
//!
//! GTK ends the process if it cannot open a display, so it is asked only after
//! we have opened one ourselves: a Wayland socket or an X server, in GTK's order.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use x11rb::rust_connection::RustConnection;

use crate::patience::{HELLO, within};

/// Says why no window can be shown, if none can.
pub(crate) fn usable() -> Result<(), String> {
    let backends = set("GDK_BACKEND");
    let allowed = |name: &str| {
        let list = backends.as_deref().unwrap_or("*");
        list.split(',').any(|backend| backend == name || backend == "*")
    };
    let wayland = set("WAYLAND_DISPLAY").filter(|_| allowed("wayland"));
    let x11 = set("DISPLAY").filter(|_| allowed("x11"));
    if wayland.is_none() && x11.is_none() {
        return Err("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)".into());
    }
    let mut refusals = Vec::new();
    if let Some(name) = wayland {
        match wayland_socket(&name).map(UnixStream::connect) {
            Some(Ok(_)) => return Ok(()),
            Some(Err(error)) => {
                refusals.push(format!("the Wayland display {name} does not answer ({error})"))
            }
            None => refusals.push(format!("the Wayland display {name} needs XDG_RUNTIME_DIR")),
        }
    }
    if let Some(name) = x11 {
        let asked = name.clone();
        match within(HELLO, move || RustConnection::connect(Some(&asked)).map(drop)) {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => refusals.push(format!("the X display {name} does not answer ({error})")),
            None => refusals.push(format!("the X display {name} hangs")),
        }
    }
    Err(refusals.join("; "))
}

/// Where a Wayland display listens (wl_display_connect(3)).
fn wayland_socket(name: &str) -> Option<PathBuf> {
    if Path::new(name).is_absolute() {
        return Some(name.into());
    }
    Some(Path::new(&set("XDG_RUNTIME_DIR")?).join(name))
}

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
