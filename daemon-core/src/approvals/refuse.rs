//! What is not even taken in: malformed, too large, too much of it.
//!
//! Such a request has no plan and no row. The record says that it was there,
//! one by one while they are few; of a flood it has the sum.

use serde_json::json;

use super::request::new_id;
use super::store::entry;
use super::submit::Asked;
use super::turns::Place;
use super::{Error, Handle};
use crate::clients;
use crate::kernel::{Caller, Fault};

/// Longer reasons are refused, not cut.
const REASON: usize = 500;
/// Longer keys too.
const KEY: usize = 128;

impl Handle {
    /// Checks what can be checked before there is a plan, and takes it off the client's allowance; a place for it among
    /// those who wait for theirs.
    pub(super) fn check(&self, asked: &Asked, caller: &Caller) -> Result<Place, Error> {
        if let Some(why) = self.desk().not_taken_up.clone() {
            return Err(Error::NotTakenUp(why));
        }
        check_texts(asked)?;
        let (most, now) = (self.requests_a_minute(), self.now().uptime);
        let (client, bytes) = (&*caller.client.id, asked.command.size());
        if !self.desk().allowance.request(client, most, bytes, now) {
            return Err(Error::TooMuch(most));
        }
        let limits = self.limits();
        let place = self.0.turns.enter(client, limits.pending, limits.all);
        place.ok_or(Error::TooManyAtOnce(limits.pending))
    }

    /// Records that something could not be taken, or counts it if there is a flood of it, and says why.
    pub(super) async fn reject(&self, error: Error, caller: &Caller) -> Fault {
        let fault = Fault::from(error);
        if !self.0.store.tells_of("exec.run", fault.code) {
            return fault;
        }
        let reason = fault.reason_code().unwrap_or("E_INVALID").to_owned();
        let mut entry = entry(
            "request.rejected",
            clients::requester(caller),
            json!({"reason": reason, "client": caller.client.id}),
        );
        entry.request = Some(new_id());
        if let Err(error) = self.0.store.tell(entry).await {
            tracing::error!(%error, "a rejected request was not recorded");
        }
        fault
    }
}

fn check_texts(asked: &Asked) -> Result<(), Error> {
    for (what, text, most) in [("the reason", &asked.reason, REASON), ("the key", &asked.key, KEY)] {
        let length = text.as_ref().map_or(0, |text| text.chars().count());
        if most < length {
            return Err(Error::TooLong { what, length, most });
        }
    }
    Ok(())
}
