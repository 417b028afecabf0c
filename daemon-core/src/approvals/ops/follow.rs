//! What becomes of a request and what its command writes, while it does.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::stream::{self, StreamExt as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::super::Handle;
use super::super::desk::Ticket;
use super::super::live::Place;
use super::super::request::answer::Answer;
use super::super::request::state::State;
use crate::exec::{Bytes, Stream};
use crate::kernel::{Access, Call, Fault, Feed};

/// What has ended within this is told in one item: to wake whoever follows costs as much as to run a short command.
const A_MOMENT: Duration = Duration::from_millis(10);

/// Follow a request: its states, what its command writes, and in the end the answer
///
/// What has ended within 10 ms is one item. The last 256 KiB that were written before are delivered too. Who reads too slowly is told how much he has missed.
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
            Some(Following { ticket, place, last: None, first: Instant::now() + A_MOMENT })
        });
        stream::unfold(first, next)
    });
    begun.flatten()
}

struct Following {
    ticket: Ticket,
    place: Place,
    last: Option<State>,
    /// Until then nothing is said of what goes on by itself and has written nothing.
    first: Instant,
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
        let is_first = following.last.is_none();
        let says_nothing = item.output.is_empty() && !request.state.is_over() && !waits(request.state);
        let is_early = is_first && says_nothing && Instant::now() < following.first;
        if is_first {
            item.request = Some(request.id.clone());
        }
        if following.last != Some(request.state) && !is_early {
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
        let Following { ticket, place, first, .. } = &mut following;
        tokio::select! {
            changed = ticket.progress.changed() => match changed {
                Err(_) if is_early => *first = Instant::now(),
                // Nobody works on it any more: what it is was told.
                changed => changed.ok()?,
            },
            () = place.more() => {}
            () = sleep_until(*first), if is_early => {}
        }
    }
}

/// Whether it goes on only when somebody does something.
fn waits(state: State) -> bool {
    matches!(state, State::Pending | State::Orphaned)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::{StreamExt as _, poll};
    use tokio::sync::watch;

    use super::super::super::request::Request;
    use super::*;

    fn request(state: State) -> Arc<Request> {
        let at = "2026-01-01T00:00:00Z";
        let row = serde_json::json!({
            "id": "r", "state": state, "client": "local", "client_id": "local", "display": "true", "plan": "",
            "code": "", "created": at, "expires": at, "audit_index": 0, "rev": 1,
        });
        Arc::new(serde_json::from_value(row).unwrap())
    }

    fn ticket(progress: &watch::Sender<Arc<Request>>) -> Ticket {
        Ticket { progress: progress.subscribe(), ..Ticket::of_past((*request(State::Finished)).clone()) }
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_within_a_moment_is_one_item() {
        let progress = watch::Sender::new(request(State::Claimed));
        let ticket = ticket(&progress);
        let mut items = pin!(followed(std::future::ready(Ok(ticket))));
        assert!(poll!(items.next()).is_pending());
        progress.send_replace(request(State::Running));
        assert!(poll!(items.next()).is_pending());
        progress.send_replace(request(State::Finished));
        let only = items.next().await.unwrap().unwrap();
        assert_eq!((only.request.as_deref(), only.state), (Some("r"), Some(State::Finished)));
        assert!(only.answer.is_some() && items.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_waits_or_writes_is_told_before_its_end() {
        for state in [State::Claimed, State::Running, State::Pending, State::Orphaned] {
            let progress = watch::Sender::new(request(state));
            let mut items = pin!(followed(std::future::ready(Ok(ticket(&progress)))));
            let first = items.next().await.unwrap().unwrap();
            assert_eq!((first.request.as_deref(), first.state), (Some("r"), Some(state)));
            assert!(first.answer.is_none());
        }
        let progress = watch::Sender::new(request(State::Running));
        let ticket = ticket(&progress);
        ticket.live.write(Stream::Stdout, b"x".to_vec());
        let mut items = pin!(followed(std::future::ready(Ok(ticket))));
        let std::task::Poll::Ready(Some(Ok(first))) = poll!(items.next()) else { panic!("it waits") };
        assert_eq!((first.output.len(), first.state), (1, Some(State::Running)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_works_on_any_more_is_told_all_the_same() {
        let progress = watch::Sender::new(request(State::Claimed));
        let mut items = pin!(followed(std::future::ready(Ok(ticket(&progress)))));
        assert!(poll!(items.next()).is_pending());
        drop(progress);
        assert_eq!(items.next().await.unwrap().unwrap().state, Some(State::Claimed));
        assert!(items.next().await.is_none());
    }
}
