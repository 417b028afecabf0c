//! What the page in the window may ask for, wherever the daemon is.

use daemon_core::daemon;
use daemon_core::kernel::{Caller, Code, Fault};
use daemon_core::text::brief;
use daemon_core::wire::Client;

use super::{Core, absent};
use crate::board::Link;

impl Core {
    /// A client for the page in the window, which wants to call this.
    ///
    /// A daemon in this process knows the page for what it is. One in another process knows only
    /// our user, so what a page may do is decided here.
    ///
    /// # Errors
    /// `unavailable` while there is no daemon; `denied` for what a page may not do.
    pub(crate) fn page_client(&self, method: &str) -> Result<Client, Fault> {
        let known = self.shared.known();
        match (&known.clients, &known.board.link) {
            (Some(_), Link::Attached) if !may_page(method) => {
                Err(Fault::new(Code::Denied, format!("a window may not call {}", brief(method))))
            }
            (Some(clients), _) => Ok(clients.window.clone()),
            (None, link) => Err(absent(link)),
        }
    }
}

/// Whether this version knows the operation as one that a page may call.
fn may_page(method: &str) -> bool {
    let page = Caller::window();
    daemon::catalog().iter().any(|meta| meta.name == method && page.may(meta.name, meta.access))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_look_start_and_stop_in_another_process_too() {
        for (method, may) in [
            ("system.watch", true),
            ("service.restart", true),
            ("service.logs", true),
            ("job.run", true),
            ("approval.list", true),
            ("grant.list", true),
            ("grant.revoke", true),
            ("service.add", false),
            ("service.remove", false),
            ("service.config", true),
            ("service.edit", true),
            ("job.add", false),
            ("job.remove", false),
            ("job.config", true),
            ("job.edit", true),
            ("approval.show", false),
            ("approval.decide", false),
            ("approval.deny-all", false),
            ("client.add", false),
            ("policy.add", false),
            ("system.shutdown", false),
            ("system.replace", false),
        ] {
            assert_eq!(may_page(method), may, "{method}");
        }
    }
}
