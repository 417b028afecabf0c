//! Keeps others from driving our windows.
//!
//! Tauri, WebKit and GTK let whoever starts a program with certain variables
//! read and click in its windows or load code into them, in released programs
//! too. A window in which a person says yes must not have that door, so the
//! variables are taken away before anything could read them. Who can start the
//! program can also replace it; this closes what is left open by accident or
//! inherited. Builds for tests (feature `e2e`) keep the doors that they use.

#![allow(unsafe_code, reason = "the environment can be changed only while nobody else reads it")]

use std::ffi::OsStr;

/// Tauri's switch for WebDriver; GTK's inspector; code that GTK and GIO load into a program.
const DOORS: [&str; 8] = [
    "TAURI_WEBVIEW_AUTOMATION",
    "GTK_DEBUG",
    "GTK_MODULES",
    "GTK3_MODULES",
    "GTK_PATH",
    "GIO_EXTRA_MODULES",
    "GIO_MODULE_DIR",
    "GDK_PIXBUF_MODULE_FILE",
];
/// Of WebKit and its JavaScript engine, everything is a door that is not one of these.
const ENGINE: [&str; 2] = ["WEBKIT_", "JSC_"];
const HARMLESS: [&str; 3] =
    ["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE", "WEBKIT_SKIA_ENABLE_CPU_RENDERING"];
/// Such an address of a bus names a program to be executed (D-Bus Specification, "Executed Subprocesses on Unix").
const EXECUTED: &str = "unixexec:";

/// Forgets the variables; to be called before there is a second thread.
pub(crate) fn refuse() {
    for (name, value) in std::env::vars_os() {
        if is_door(&name, &value) {
            // SAFETY: this is the first statement of main, so no other thread exists that could read the environment.
            unsafe { std::env::remove_var(name) };
        }
    }
}

fn is_door(name: &OsStr, value: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let executes = name == "DBUS_SESSION_BUS_ADDRESS"
        && value.as_encoded_bytes().windows(EXECUTED.len()).any(|part| part == EXECUTED.as_bytes());
    let of_engine = ENGINE.iter().any(|prefix| name.starts_with(prefix)) && !HARMLESS.contains(&name);
    let tested =
        cfg!(feature = "e2e") && matches!(name, "TAURI_WEBVIEW_AUTOMATION" | "WEBKIT_INSPECTOR_SERVER");
    !tested && (executes || of_engine || DOORS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_are_closed_and_settings_stay() {
        for (name, value, door) in [
            ("WEBKIT_EXEC_PATH", "/tmp", true),
            ("JSC_dumpOptions", "1", true),
            ("GTK_DEBUG", "interactive", true),
            ("GTK_MODULES", "x", true),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/b;unixexec:path=/x", true),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus", false),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1", false),
            ("GTK_IM_MODULE", "ibus", false),
            ("GTK_THEME", "Adwaita:dark", false),
        ] {
            assert_eq!(is_door(name.as_ref(), value.as_ref()), door, "{name}={value}");
        }
        let driven = is_door("TAURI_WEBVIEW_AUTOMATION".as_ref(), "true".as_ref());
        assert_eq!(driven, !cfg!(feature = "e2e"));
    }
}
