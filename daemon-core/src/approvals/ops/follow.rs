//! What becomes of a request and what its command writes, while it does.

use std::sync::Arc;

use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::desk::Ticket;
use super::super::live::Place;
use super::super::request::answer::Answer;
use super::super::request::state::State;
use crate::exec::{Bytes, Stream};
use crate::kernel::{Access, Call, Fault, Feed};

/// Follow a request: its states, what its command writes, and in the end the answer
///
/// The last 256 KiB that were written before are delivered too. Who reads too slowly is told how much he has missed.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "FollowRequest")]
pub struct Follow {
    /// Which request
    pub id: String,
}

/// What is new of a request.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RequestFollowItem")]
pub struct FollowItem {
    /// Which request; the first item has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Where it is in its life, if that is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// What was written, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<Output>,
    /// Bytes that were written before that and are not delivered.
    #[serde(default)]
    pub missed: u64,
    /// How it ended; the last item has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Something that was written.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// Where to.
    pub stream: Stream,
    /// What.
    pub bytes: Bytes,
}

impl Feed for Follow {
    const NAME: &'static str = "request.follow";
    const ACCESS: Access = Access::Request;
    type On = Handle;
    type Item = FollowItem;

    fn open(
        self,
        approvals: &Handle,
        call: &Call,
    ) -> Result<impl futures_util::Stream<Item = Result<FollowItem, Fault>> + Send + 'static, Fault> {
        let (approvals, caller) = (approvals.clone(), call.caller.clone());
        Ok(followed(async move { Ok(approvals.ticket(&self.id, &caller).await?) }))
    }
}

/// All that there is to see of what `ticket` is for, or why there is no ticket.
pub(super) fn followed(
    ticket: impl Future<Output = Result<Ticket, Fault>> + Send + 'static,
) -> impl futures_util::Stream<Item = Result<FollowItem, Fault>> + Send + 'static {
    let begun = stream::once(async move {
        let first = ticket.await.map(|ticket| {
            let place = ticket.live.follow();
            Some(Following { ticket, place, last: None })
        });
        stream::unfold(first, next)
    });
    begun.flatten()
}

struct Following {
    ticket: Ticket,
    place: Place,
    last: Option<State>,
}

/// What is on its way: somebody who follows, nobody any more, or a fault to be told.
type Stage = Result<Option<Following>, Fault>;

async fn next(stage: Stage) -> Option<(Result<FollowItem, Fault>, Stage)> {
    let mut following = match stage {
        Ok(following) => following?,
        Err(fault) => return Some((Err(fault), Ok(None))),
    };
    loop {
        // The state before the output: all that is written is written before it is over.
        let request = following.ticket.progress.borrow_and_update().clone();
        let live = Arc::clone(&following.ticket.live);
        let seen = live.since(&mut following.place);
        let mut item = FollowItem { missed: seen.missed, ..FollowItem::default() };
        let pieces = seen.pieces.into_iter();
        item.output =
            pieces.map(|piece| Output { stream: piece.stream, bytes: piece.bytes.into() }).collect();
        if following.last.is_none() {
            item.request = Some(request.id.clone());
        }
        if following.last != Some(request.state) {
            following.last = Some(request.state);
            item.state = Some(request.state);
        }
        if request.state.is_over() {
            item.answer = Some(Answer::of(&request, None));
            return Some((Ok(item), Ok(None)));
        }
        if item.state.is_some() || !item.output.is_empty() {
            return Some((Ok(item), Ok(Some(following))));
        }
        let Following { ticket, place, .. } = &mut following;
        tokio::select! {
            // Nobody works on it any more: what it is was told.
            changed = ticket.progress.changed() => changed.ok()?,
            () = place.more() => {}
        }
    }
}
