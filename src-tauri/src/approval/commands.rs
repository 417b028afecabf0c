//! All that the page of the dialog may ask.
//!
//! None of it names a request or a digest: the [`desk`](super::desk) knows what
//! is shown, and takes a decision only with the nonce of that showing. A page
//! that is driven by somebody else can decide no more than what a person has
//! just been shown, and not before he could have read it.

#![allow(clippy::let_underscore_must_use, reason = "Tauri's macro for commands writes it")]

use std::fmt::Write as _;

use daemon_core::approvals::grants::Scope;
use daemon_core::approvals::ops::{Decide, DenyAll, Show};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::kernel::{Code, Fault};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tauri::ipc::Channel;
use tauri::{Runtime, State, WebviewWindow};

use super::desk::{Place, Refusal};
use super::seen::{self, Seen};
use super::{uptime, window};
use crate::core::Core;

/// A decision, as the page sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    nonce: String,
    verdict: Verdict,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    suggestion: Option<usize>,
}

/// What became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    id: String,
    /// How many were decided.
    count: usize,
}

/// Shows what is to be decided, under a new nonce; nothing if nothing waits.
#[tauri::command]
pub(crate) async fn approval_current(core: State<'_, Core>) -> Result<Option<Seen>, Fault> {
    current(&core).await
}

/// Shows another one of those that wait, so many places further, without deciding.
#[tauri::command]
pub(crate) async fn approval_look(core: State<'_, Core>, delta: i32) -> Result<Option<Seen>, Fault> {
    core.approvals().desk().look(isize::try_from(delta).unwrap_or_default(), uptime());
    current(&core).await
}

/// Decides what is shown.
#[tauri::command]
pub(crate) async fn approval_decide(core: State<'_, Core>, said: Said) -> Result<Done, Fault> {
    let taken = core.approvals().desk().take(&said.nonce, uptime()).map_err(refused)?;
    let decision = Decide {
        id: taken.id.clone(),
        verdict: said.verdict,
        digest: taken.digest,
        scope: said.scope,
        suggestion: said.suggestion,
        uses: None,
        note: said.note,
    };
    let decided = async { core.client()?.call(decision).await }.await;
    settle(&core, &taken.id, decided.map(|_| 1))
}

/// Says no to all that the client of what is shown is waiting for.
#[tauri::command]
pub(crate) async fn approval_deny_client(
    core: State<'_, Core>,
    nonce: String,
    note: Option<String>,
) -> Result<Done, Fault> {
    let taken = core.approvals().desk().take(&nonce, uptime()).map_err(refused)?;
    let no = DenyAll { client: Some(taken.client), note };
    let denied = async { core.client()?.call(no).await }.await;
    settle(&core, &taken.id, denied.map(|denied| denied.requests.len()))
}

/// Not now: everything stays where it is, and the window goes.
#[tauri::command]
pub(crate) fn approval_later(core: State<'_, Core>) {
    core.approvals().dismiss();
}

/// Somebody is still reading, which gives him time, once; until when there is now.
#[tauri::command]
pub(crate) async fn approval_extend(core: State<'_, Core>) -> Result<Option<Timestamp>, Fault> {
    let Some(place) = core.approvals().desk().place() else { return Ok(None) };
    let shown = core.client()?.call(Show { id: place.id }).await?;
    Ok(Some(shown.request.expires))
}

/// From now on the page is told where its request stands, whenever that changes.
#[tauri::command]
pub(crate) fn approval_watch(core: State<'_, Core>, places: Channel<Option<Place>>) {
    *core.approvals().page() = Some(places);
}

/// The page is so high, and the window should be if the screen is high enough.
#[tauri::command]
pub(crate) fn approval_fit<R: Runtime>(window: WebviewWindow<R>, height: f64, first: bool) {
    if let Err(error) = window::fit(&window, height, first) {
        tracing::debug!(%error, "the window stays as high as it is");
    }
}

/// Opens the dialog, at a request if one is named: for the page that lists them, which decides nothing.
#[tauri::command]
pub(crate) fn review(core: State<'_, Core>, id: Option<String>) {
    if let Some(id) = id {
        core.approvals().desk().look_at(&id, uptime());
    }
    core.approvals().show(true);
    core.approvals().tell_page();
}

async fn current(core: &Core) -> Result<Option<Seen>, Fault> {
    let client = core.client()?;
    loop {
        let Some(next) = core.approvals().desk().next(uptime()) else {
            core.approvals().dismiss();
            return Ok(None);
        };
        let shown = match client.call(Show { id: next.id.clone() }).await {
            Ok(shown) => shown,
            // It has ended a moment ago, and the board is about to say so.
            Err(fault) if matches!(fault.code, Code::Conflict | Code::NotFound) => {
                core.approvals().desk().decided(&next.id, true);
                continue;
            }
            Err(fault) => return Err(fault),
        };
        let past = seen::past(&client, &shown.request).await;
        let line = seen::line(&shown.asked_by);
        let nonce = nonce();
        let (id, digest) = (&shown.request.id, &shown.request.plan);
        let place = core.approvals().desk().shown(id, digest, nonce.clone(), uptime());
        match place {
            Some(mut place) => {
                // The board may not have said yet that looking gives time.
                place.expires = place.expires.max(shown.request.expires);
                return Ok(Some(Seen { shown, line, past, place, nonce }));
            }
            None => {
                let moved = Fault::new(Code::Conflict, "something else is to be shown by now");
                return Err(moved.hint("look again"));
            }
        }
    }
}

fn settle(core: &Core, id: &str, decided: Result<usize, Fault>) -> Result<Done, Fault> {
    core.approvals().desk().decided(id, decided.is_ok());
    // What waits may have ended of itself, which is told as soon as the decision is not under way any more.
    core.approvals().stir();
    decided.map(|count| Done { id: id.to_owned(), count })
}

fn refused(refusal: Refusal) -> Fault {
    let (code, why) = match refusal {
        Refusal::NotShown => (Code::Conflict, "this is not what is shown now; nothing was decided"),
        Refusal::TooEarly => (Code::Busy, "something has just changed; look again, nothing was decided"),
        Refusal::Over => (Code::Conflict, "this request waits no more; nothing was decided"),
    };
    Fault::new(code, why)
}

/// Something that nobody can guess.
fn nonce() -> String {
    let mut bits = [0; 16];
    let mut filled = 0;
    while filled < bits.len() {
        filled += rustix::rand::getrandom(&mut bits[filled..], rustix::rand::GetRandomFlags::empty())
            .expect("the kernel's generator is ready long before any window");
    }
    let mut nonce = String::with_capacity(2 * bits.len());
    for byte in bits {
        write!(nonce, "{byte:02x}").expect("writing to a string cannot fail");
    }
    nonce
}
