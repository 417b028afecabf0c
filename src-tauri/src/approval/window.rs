//! The window of the dialog: small, above the others, and with nothing else in it.
//!
//! It is made when something waits and destroyed when nothing does. It does not
//! take the focus from somebody who types.

use tauri::WebviewWindowBuilder;
use tauri::{AppHandle, LogicalSize, Manager as _, Runtime, UserAttentionType, WebviewUrl, WebviewWindow};

use crate::window::{furnish, is_ours, with_data};
use crate::{core::Core, say};

/// The label of the window, which its capability file names.
pub(crate) const LABEL: &str = "approval";
const WIDTH: f64 = 600.0;
/// Until the page says how high it is.
const HEIGHT: f64 = 560.0;
const LEAST: (f64, f64) = (320.0, 240.0);
/// So much of the screen's height it may have.
const OF_SCREEN: f64 = 0.85;

/// Shows the dialog; to be called on the main thread.
pub(crate) fn show(app: &AppHandle, activate: bool) {
    let shown = match app.get_webview_window(LABEL) {
        Some(window) if activate => {
            window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus())
        }
        Some(_) => Ok(()),
        None => create(app, activate),
    };
    if let Err(error) = shown {
        tracing::error!(%error, "the dialog was not shown");
        say(&format!("a request waits, and its window was not shown: {error}"));
    }
    if let Some(window) = app.get_webview_window(LABEL).filter(|_| !activate)
        && let Err(error) = window.request_user_attention(Some(UserAttentionType::Critical))
    {
        tracing::debug!(%error, "nobody's attention was asked for");
    }
}

/// Destroys the dialog; to be called on the main thread.
pub(crate) fn dismiss(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.destroy() {
        tracing::error!(%error, "the dialog stays");
    }
}

/// Gives it the height of its page, as far as there is room.
pub(crate) fn fit<R: Runtime>(window: &WebviewWindow<R>, height: f64, first: bool) -> tauri::Result<()> {
    let scale = window.scale_factor()?;
    let screen = window.current_monitor()?.or(window.primary_monitor()?);
    let most = screen.map_or(HEIGHT, |screen| f64::from(screen.size().height) / scale * OF_SCREEN);
    let width = window.inner_size()?.to_logical::<f64>(scale).width;
    window.set_size(LogicalSize::new(width, height.min(most).max(LEAST.1)))?;
    if first { window.center() } else { Ok(()) }
}

fn create(app: &AppHandle, activate: bool) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("approval.html".into()))
        .title("Approval — Hob")
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(LEAST.0, LEAST.1)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .focused(activate)
        .center()
        .on_navigation(is_ours)
        .devtools(cfg!(feature = "e2e"));
    let window = with_data(window, &app.state::<Core>()).build()?;
    furnish(window)
}
