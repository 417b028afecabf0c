//! What a page can ask for: any operation, through the same door as everybody.
//!
//! No operation is named here. What the page may do is decided by the registry,
//! which knows it as a window ([`daemon_core::kernel::Caller::window`]); which
//! window may call a command at all, by the files in `capabilities/`.

#![allow(clippy::disallowed_methods, reason = "no kernel tasks live where there may be no daemon")]
#![allow(clippy::let_underscore_must_use, reason = "Tauri's macro for commands writes it")]

pub(crate) mod save;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use daemon_core::kernel::{Code, Fault};
use daemon_core::wire::Items;
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tauri::ipc::{Channel, InvokeResponseBody, Response};
use tauri::{Runtime, State, Webview};
use tokio::task::AbortHandle;

use crate::core::Core;

/// Every command there is; which window may use which is said by the files in `capabilities/`.
macro_rules! commands {
    () => {
        tauri::generate_handler![
            $crate::commands::call,
            $crate::commands::open,
            $crate::commands::close,
            $crate::commands::painted,
            $crate::commands::save::save,
            $crate::commands::starts_at_login,
            $crate::approval::commands::review,
            $crate::approval::commands::approval_current,
            $crate::approval::commands::approval_decide,
            $crate::approval::commands::approval_deny_client,
            $crate::approval::commands::approval_extend,
            $crate::approval::commands::approval_fit,
            $crate::approval::commands::approval_later,
            $crate::approval::commands::approval_look,
            $crate::approval::commands::approval_watch,
        ]
    };
}
pub(crate) use commands;

/// The feeds that pages have open.
#[derive(Default)]
pub(crate) struct Feeds {
    next: AtomicU32,
    open: Mutex<HashMap<u32, OpenFeed>>,
}

struct OpenFeed {
    window: String,
    task: AbortHandle,
}

/// Calls an operation.
#[tauri::command]
pub(crate) async fn call(core: State<'_, Core>, method: String, params: Value) -> Result<Response, Fault> {
    let reply = core.page_client(&method)?.call_raw(&method, params.to_string().as_bytes()).await?;
    Ok(Response::new(text(&reply)?))
}

/// Opens a feed, whose items go to the channel until either side ends it; returns its number.
#[tauri::command]
pub(crate) async fn open<R: Runtime>(
    webview: Webview<R>,
    core: State<'_, Core>,
    feeds: State<'_, Feeds>,
    method: String,
    params: Value,
    items: Channel<InvokeResponseBody>,
) -> Result<u32, Fault> {
    let feed = core.page_client(&method)?.open_raw(&method, params.to_string().as_bytes()).await?;
    let number = feeds.next.fetch_add(1, Ordering::Relaxed);
    let task = tokio::spawn(forward(feed, items)).abort_handle();
    feeds.retain(|_, feed| !feed.task.is_finished());
    feeds.list().insert(number, OpenFeed { window: webview.label().to_owned(), task });
    Ok(number)
}

/// Ends a feed.
#[tauri::command]
pub(crate) fn close<R: Runtime>(webview: Webview<R>, feeds: State<'_, Feeds>, feed: u32) {
    feeds.retain(|number, open| number != feed || open.window != webview.label());
}

/// What of a page is on the screen.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Painted {
    /// Its first frame.
    Frame,
    /// What it is there for: what the daemon told it.
    Data,
}

/// So much of a page is on the screen; benchmarks read it in the log.
#[tauri::command]
pub(crate) fn painted<R: Runtime>(webview: Webview<R>, what: Painted) {
    let what = match what {
        Painted::Frame => "frame",
        Painted::Data => "data",
    };
    tracing::info!(window = webview.label(), what, "painted");
}

/// Whether the app starts at login; set before, if that is wanted.
#[tauri::command]
pub(crate) async fn starts_at_login(core: State<'_, Core>, wanted: Option<bool>) -> Result<bool, Fault> {
    core.starts_at_login(wanted).await
}

impl Feeds {
    /// Ends all that a window had open.
    pub(crate) fn close_all_of(&self, window: &str) {
        self.retain(|_, feed| feed.window != window);
    }

    /// Ends those that are not to be kept.
    fn retain(&self, keep: impl Fn(u32, &OpenFeed) -> bool) {
        self.list().retain(|number, feed| {
            let kept = keep(*number, feed);
            if !kept {
                feed.task.abort();
            }
            kept
        });
    }

    fn list(&self) -> MutexGuard<'_, HashMap<u32, OpenFeed>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends `{"item": ...}` for each item, then `{"end": null}` or `{"fault": ...}`.
async fn forward(mut feed: Items, items: Channel<InvokeResponseBody>) {
    loop {
        let (message, last) = match feed.next().await {
            Some(Ok(item)) => match text(&item) {
                Ok(item) => (format!("{{\"item\":{item}}}"), false),
                Err(fault) => (json!({ "fault": fault }).to_string(), true),
            },
            Some(Err(fault)) => (json!({ "fault": fault }).to_string(), true),
            None => (json!({ "end": null }).to_string(), true),
        };
        let sent = items.send(InvokeResponseBody::Json(message));
        if last || sent.is_err() {
            return;
        }
    }
}

fn text(json: &[u8]) -> Result<String, Fault> {
    let broken = |_| Fault::new(Code::Internal, "the daemon's answer is no text");
    std::str::from_utf8(json).map(str::to_owned).map_err(broken)
}
