//! What a request's command writes, while it does.

use std::sync::Arc;

use clap::Args;
use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::desk::Ticket;
use super::super::live::Place;
use super::super::request::answer::Answer;
use super::super::request::state::State;
use crate::exec::{Bytes, Stream};
use crate::kernel::{Access, Call, Caller, Fault, Feed};

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
        let begin = Stage::Begin { approvals: approvals.clone(), id: self.id, caller: call.caller.clone() };
        Ok(stream::unfold(begin, next))
    }
}

enum Stage {
    Begin { approvals: Handle, id: String, caller: Caller },
    Following(Box<Following>),
    End,
}

struct Following {
    ticket: Ticket,
    place: Place,
    last: Option<State>,
}

async fn next(stage: Stage) -> Option<(Result<FollowItem, Fault>, Stage)> {
    let mut following = match stage {
        Stage::End => return None,
        Stage::Following(following) => following,
        Stage::Begin { approvals, id, caller } => match approvals.ticket(&id, &caller).await {
            Ok(ticket) => {
                let place = ticket.live.follow();
                Box::new(Following { ticket, place, last: None })
            }
            Err(error) => return Some((Err(error.into()), Stage::End)),
        },
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
        if following.last != Some(request.state) {
            following.last = Some(request.state);
            item.state = Some(request.state);
        }
        if request.state.is_over() {
            item.answer = Some(Answer::of(&request, None));
            return Some((Ok(item), Stage::End));
        }
        if item.state.is_some() || !item.output.is_empty() {
            return Some((Ok(item), Stage::Following(following)));
        }
        let Following { ticket, place, .. } = &mut *following;
        tokio::select! {
            changed = ticket.progress.changed() => if changed.is_err() {
                return None;
            },
            () = place.more() => {}
        }
    }
}
