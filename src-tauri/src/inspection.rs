//! Keeps others from driving our windows.
//!
//! Tauri and WebKit let whoever starts a program with certain variables read and
//! click in its windows, in released programs too. A window in which a person
//! says yes must not have that door, so the variables are taken away before
//! anything could read them. Builds for tests (feature `e2e`) keep them.

#![allow(unsafe_code, reason = "the environment can be changed only while nobody else reads it")]

/// What opens the door: Tauri's switch for WebDriver, WebKit's servers for inspectors, and its path to other programs.
const DOORS: [&str; 5] = [
    "TAURI_WEBVIEW_AUTOMATION",
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
    "WEBKIT_EXEC_PATH",
    "WEBKIT_INJECTED_BUNDLE_PATH",
];

/// Forgets the variables; to be called before there is a second thread.
pub(crate) fn refuse() {
    if cfg!(feature = "e2e") {
        return;
    }
    for door in DOORS {
        // SAFETY: this is the first statement of main, so no other thread exists that could read the environment.
        unsafe { std::env::remove_var(door) };
    }
}
