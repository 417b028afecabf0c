//! The window: made when somebody asks for it, gone when it is closed.
//!
//! The toolkit starts with the first one. Closing a window destroys its page and
//! gives the memory back; the app lives on in the tray. A page can go nowhere
//! but to our own files: the content policy does not stop navigation, so that is
//! refused here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Once};

use tauri::webview::PageLoadEvent;
use tauri::{App, AppHandle, Manager, RunEvent, Url, WebviewUrl, WebviewWindow};
use tauri::{WebviewWindowBuilder, WindowEvent, Wry};
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

use crate::approval;
use crate::commands::{Feeds, commands};
use crate::core::Core;
use crate::front::{Ask, Front};
use crate::{lastly, say};

/// The label of the window, which its capability file names.
const MAIN: &str = "main";

/// Starts the toolkit with its first window, and is its event loop until the process should end.
///
/// # Errors
/// Why the toolkit did not start; it may start the next time.
pub(crate) fn run(front: &Arc<Front>, core: &Core, first: Ask) -> Result<ExitCode, String> {
    static RUNTIME: Once = Once::new();
    RUNTIME.call_once(|| tauri::async_runtime::set(core.runtime().clone()));
    // GTK's bindings panic where a display says hello and no more.
    let app = match catch_unwind(AssertUnwindSafe(|| build(core))) {
        Ok(built) => built.map_err(|error| error.to_string())?,
        Err(_panic) => return Err("the display does not speak to the toolkit".into()),
    };
    lastly::watch_display();
    serve(app.handle(), first);
    front.hand_over(app.handle());
    let status = app.run_return(|_, event| {
        // Without a code it is the last window that was closed, and the tray is still there.
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
        }
    });
    Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
}

fn build(core: &Core) -> tauri::Result<App> {
    #[allow(clippy::disallowed_methods, reason = "Tauri's macro for the context exits where it must")]
    let context = tauri::generate_context!();
    tauri::Builder::default()
        .manage(core.clone())
        .manage(Feeds::default())
        .invoke_handler(commands!())
        .on_page_load(|webview, page| {
            // What the page before had open, it cannot close any more.
            if page.event() == PageLoadEvent::Started {
                webview.state::<Feeds>().close_all_of(webview.label());
            }
        })
        .on_window_event(|window, event| {
            if matches!(event, WindowEvent::Destroyed) {
                window.state::<Feeds>().close_all_of(window.label());
            }
            if window.label() == approval::window::LABEL {
                match event {
                    WindowEvent::Focused(focused) => window.state::<Core>().approvals().focus(*focused),
                    WindowEvent::CloseRequested { .. } => window.state::<Core>().approvals().close(),
                    WindowEvent::Destroyed => window.state::<Core>().approvals().leave(),
                    _ => {}
                }
            }
        })
        .build(context)
}

/// Does what the main thread is asked for; to be called on it.
pub(crate) fn serve(app: &AppHandle, ask: Ask) {
    match ask {
        Ask::Open(at) => show(app, at.as_deref()),
        Ask::Review { activate } => approval::window::show(app, activate),
        Ask::Dismiss => approval::window::dismiss(app),
        Ask::End(status) => app.exit(i32::from(status)),
    }
}

/// Shows the window, at a service if one is named.
fn show(app: &AppHandle, at: Option<&str>) {
    let shown = match app.get_webview_window(MAIN) {
        Some(window) => {
            let gone_there = at.map_or(Ok(()), |name| go(&window, name));
            gone_there
                .and_then(|()| window.unminimize())
                .and_then(|()| window.show())
                .and_then(|()| window.set_focus())
        }
        None => create(app, at),
    };
    if let Err(error) = shown {
        tracing::error!(%error, "the window was not shown");
        say(&format!("the window was not shown: {error}"));
    }
}

/// Leads a page that is there to a service, which it takes for a step that can be taken back.
fn go(window: &WebviewWindow, name: &str) -> tauri::Result<()> {
    let mut address = window.url()?;
    address.set_fragment(Some(&place(name)));
    window.navigate(address)
}

/// Where a service is in the pages. Its name is letters, digits and a few marks: only the slash has a meaning there.
fn place(name: &str) -> String {
    format!("/services/{}", name.replace('/', "%2F"))
}

fn create(app: &AppHandle, at: Option<&str>) -> tauri::Result<()> {
    let page = at.map_or_else(|| "index.html".into(), |name| format!("index.html#{}", place(name)));
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App(page.into()))
        .title("Hob")
        .inner_size(1120.0, 720.0)
        .min_inner_size(760.0, 520.0)
        .on_navigation(is_ours)
        .devtools(cfg!(feature = "e2e"));
    let window = with_data(window, &app.state::<Core>()).build()?;
    furnish(window)
}

/// A window whose pages keep what they have to below the home.
pub(crate) fn with_data<'a, M: Manager<Wry>>(
    window: WebviewWindowBuilder<'a, Wry, M>,
    core: &Core,
) -> WebviewWindowBuilder<'a, Wry, M> {
    let data = core.dirs().state().join("webview");
    // A window that says why there is no home is better than none.
    match fs_err::create_dir_all(&data) {
        Ok(()) => window.data_directory(data),
        Err(_) => window,
    }
}

/// What each window needs once it is there.
pub(crate) fn furnish(window: WebviewWindow) -> tauri::Result<()> {
    let broken = window.clone();
    window.with_webview(move |webview| {
        if let Some(settings) = webview.inner().settings().filter(|_| !has_graphics_processor()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
        webview.inner().connect_web_process_terminated(move |_, why| {
            tracing::error!(?why, "the page's process has ended");
            if let Err(error) = broken.destroy() {
                tracing::error!(%error, "the window of a dead page stays");
            }
        });
    })
}

/// Whether there is something that draws faster than the processor (the kernel's DRM render nodes).
///
/// Where there is none, WebKit would have a compiler emulate one: a third of the time to the first frame.
fn has_graphics_processor() -> bool {
    let devices = fs_err::read_dir("/dev/dri").into_iter().flatten().flatten();
    devices.into_iter().any(|device| device.file_name().as_encoded_bytes().starts_with(b"renderD"))
}

/// Whether a page may go there.
pub(crate) fn is_ours(url: &Url) -> bool {
    tauri::is_dev() || (url.scheme() == "tauri" && url.host_str() == Some("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_go_nowhere_else() {
        for (url, ours) in [
            ("tauri://localhost/index.html", true),
            ("tauri://elsewhere/index.html", false),
            ("https://example.org/", false),
            ("http://localhost/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,hello", false),
            ("about:blank", false),
        ] {
            assert_eq!(is_ours(&url.parse().unwrap()), ours || tauri::is_dev(), "{url}");
        }
    }
}
