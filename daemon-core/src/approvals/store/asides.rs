//! What is written down of a request beside its life: nothing becomes of it by that, and no leaf says so.

use super::super::fellows::NoRoom;
use super::super::kinship::Party;
use super::super::request::Request;
use super::super::request::state::State;
use super::Store;
use super::rows::{find, update};
use crate::audit;

impl Store {
    /// Writes down another reason of a request that waits; what it is then, if it took it.
    pub(in super::super) async fn add_reason(
        &self,
        id: &str,
        reason: String,
    ) -> Result<Option<Request>, audit::Error> {
        let id = id.to_owned();
        self.0
            .record(move |tx, _| {
                let Some(mut request) = find(tx, &id)?.filter(|it| it.takes_reason(&reason)) else {
                    return Ok(None);
                };
                request.add_reason(reason);
                request.rev += 1;
                update(tx, &request)?;
                Ok(Some(request))
            })
            .await
    }

    /// Writes down who else asks for a request that waits; what it is then, if that was not known.
    ///
    /// Inside: there is no room for him.
    pub(in super::super) async fn add_asker(
        &self,
        id: &str,
        asker: Party,
    ) -> Result<Result<Option<Request>, NoRoom>, audit::Error> {
        let id = id.to_owned();
        self.0
            .record(move |tx, _| {
                let Some(mut request) = find(tx, &id)?.filter(|it| it.state == State::Pending) else {
                    return Ok(Ok(None));
                };
                let is_new = request.take_asker(&asker);
                if is_new == Ok(true) {
                    request.rev += 1;
                    update(tx, &request)?;
                }
                Ok(is_new.map(|is_new| is_new.then_some(request)))
            })
            .await
    }
}
