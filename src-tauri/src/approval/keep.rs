//! Keeps the desk as the daemon says, and sees to it that a person hears of what comes.
//!
//! The board says that something waits, and nothing of what it is; that is asked
//! for then. While Hob is paused, requests come in silently.

#![allow(clippy::disallowed_methods, reason = "no kernel tasks live where there may be no daemon")]

use std::time::Duration;

use daemon_core::approvals::ops::{Get, List};
use daemon_core::approvals::request::Request;
use daemon_core::kernel::clock;

use super::desk::{Over, Waiting};
use super::{Approvals, idle, uptime};
use crate::core::Core;

/// So long a window may take to get the focus.
const FOCUSED: Duration = Duration::from_secs(1);

/// Does so until the process ends.
pub(crate) async fn keep(core: Core) {
    let approvals = core.approvals().clone();
    loop {
        approvals.0.stirred.notified().await;
        approvals.look_around(&core).await;
    }
}

impl Approvals {
    async fn look_around(&self, core: &Core) {
        let requests = match core.client() {
            Ok(client) => client.call(List::default()).await.map(|listed| listed.requests),
            Err(fault) => Err(fault),
        };
        let requests = requests.unwrap_or_else(|fault| {
            tracing::debug!(%fault, "what waits is not known");
            Vec::new()
        });
        let news = self.desk().wait(requests.into_iter().map(waiting).collect(), uptime());
        for id in &news.gone {
            self.withdraw(id);
        }
        if let Some(id) = &news.shown_gone {
            let over = what_became(core, id).await;
            self.desk().end(id, over);
        }
        let fresh = if core.is_held() { Vec::new() } else { self.desk().told() };
        if !fresh.is_empty() {
            let activate = tokio::task::spawn_blocking(idle::nobody_types).await.unwrap_or(false);
            self.show(activate);
            tokio::spawn(self.clone().tell(core.clone(), fresh, activate));
        }
        self.tell_page();
        if self.desk().is_empty() {
            self.dismiss();
        }
    }

    /// Tells of requests outside the window, unless that has the focus.
    async fn tell(self, core: Core, fresh: Vec<Waiting>, activate: bool) {
        if activate || self.has_focus() {
            tokio::time::sleep(FOCUSED).await;
        }
        if !self.has_focus() {
            self.notify(&core, fresh);
        }
    }
}

/// What has become of a request that waits no more.
async fn what_became(core: &Core, id: &str) -> Over {
    let asked = match core.client() {
        Ok(client) => client.call(Get { id: id.to_owned() }).await,
        Err(fault) => Err(fault),
    };
    let at = clock::now();
    match asked {
        Ok(request) => Over {
            state: Some(request.state.name().to_owned()),
            because: request.because,
            surface: request.decided.map(|decided| decided.surface),
            at,
        },
        Err(fault) => Over { state: None, because: Some(fault.message), surface: None, at },
    }
}

fn waiting(request: Request) -> Waiting {
    let Request { id, client, plan: digest, code, risk, created, expires, .. } = request;
    Waiting { id, client, digest, code, risk, created, expires }
}
