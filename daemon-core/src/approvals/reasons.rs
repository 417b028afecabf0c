//! Why the same is asked for again.
//!
//! What is asked for twice while it waits is one request. Whoever decides it is
//! to see what was said each time: who gives a good reason after a bad one, or
//! a bad one after a good one, is not heard with one of them only. A reason is
//! no part of the plan, so nothing else of the request changes by it.

use super::Handle;
use super::desk::Ticket;

impl Handle {
    /// The same ticket; if its request waits already, what is said now is known of it, too.
    pub(super) async fn with_reason(&self, ticket: Ticket, reason: Option<String>) -> Ticket {
        let Some(reason) = reason else { return ticket };
        let is_new = ticket.progress.borrow().takes_reason(&reason);
        if is_new {
            match self.0.store.add_reason(&ticket.id, reason).await {
                Ok(Some(request)) => drop(self.follow(request)),
                // It does not wait any more.
                Ok(None) => {}
                Err(error) => tracing::error!(request = ticket.id, %error, "a reason was not written down"),
            }
        }
        ticket
    }
}
