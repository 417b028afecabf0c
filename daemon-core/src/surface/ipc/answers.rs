//! What goes back over a connection: replies, the items of feeds, and the end of both.

use std::pin::Pin;

use futures_util::future::{AbortHandle, Abortable};
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt as _, StreamExt as _};

use super::{Connection, Done, Event, KEPT, Open, QUEUE, TOGETHER, no_room};
use crate::kernel::Fault;
use crate::wire::envelope;

impl Connection {
    pub(super) fn finish(&mut self, id: &str, outcome: Result<Done, Fault>) {
        match outcome {
            Ok(Done::Reply(reply)) => self.end(id, Ok(&reply)),
            Ok(Done::Feed(items)) => self.feed(id, items),
            Err(fault) => self.end(id, Err(&fault)),
        }
    }

    fn feed(&mut self, id: &str, items: Pin<Box<dyn Stream<Item = Result<Vec<u8>, Fault>> + Send>>) {
        let (handle, registration) = AbortHandle::new_pair();
        if let Some(open) = self.open(id) {
            open.cancel = handle;
            let body = std::mem::take(&mut open.body);
            self.bodies -= body;
        }
        let id: Box<str> = id.into();
        // It ends once: the id may be another request's as soon as the client has heard of the end.
        let events = stream::unfold(Some(Abortable::new(items, registration)), async |items| {
            let mut items = items?;
            Some(match items.next().await {
                Some(Ok(item)) => (Event::Item(item), Some(items)),
                Some(Err(fault)) => (Event::End(Err(fault)), None),
                None => (Event::End(Ok(())), None),
            })
        });
        self.feeds.push(Box::pin(events.map(move |event| (id.clone(), event))));
    }

    pub(super) fn pass_on(&mut self, id: &str, event: Event) {
        match event {
            Event::Item(item) if !self.share.hold(self.bytes(item.len())) => self.starve(id),
            Event::Item(item) => envelope::item(&mut self.out, id, &item),
            Event::End(Ok(())) if self.open(id).is_some_and(|open| open.starved) => {
                self.end(id, Err(&no_room()))
            }
            Event::End(Ok(())) => self.end(id, Ok(b"null")),
            Event::End(Err(fault)) => self.end(id, Err(&fault)),
        }
    }

    /// What feeds have besides in the same moment goes into the same write, such as their end.
    pub(super) fn pass_on_the_rest(&mut self) {
        for _ in 0..TOGETHER {
            let next = (self.out.len() < QUEUE).then(|| self.feeds.next().now_or_never()).flatten();
            let Some(Some((id, event))) = next else { return };
            self.pass_on(&id, event);
        }
    }

    pub(super) fn end(&mut self, id: &str, outcome: Result<&[u8], &Fault>) {
        match outcome {
            Ok(reply) if !self.share.hold(self.bytes(reply.len())) => {
                envelope::respond(&mut self.out, id, Err(&no_room()));
            }
            outcome => envelope::respond(&mut self.out, id, outcome),
        }
        let ended = self.cancels.iter().position(|open| *open.id == *id);
        self.bodies -= ended.map_or(0, |place| self.cancels.remove(place).body);
    }

    /// Gives back what one large reply needed; the next may never come.
    ///
    /// The buffer of a large frame is left to that frame by the codec.
    pub(super) fn give_back(&mut self) {
        self.swollen |= KEPT < self.out.len();
        if self.swollen && self.out.is_empty() {
            (self.out, self.swollen) = Default::default();
        }
    }

    pub(super) fn cancel(&mut self, id: &str) {
        if let Some(open) = self.open(id) {
            open.cancel.abort();
        }
    }

    /// Ends a feed of which an item is missing.
    fn starve(&mut self, id: &str) {
        if let Some(open) = self.open(id) {
            open.starved = true;
            open.cancel.abort();
        }
    }

    fn open(&mut self, id: &str) -> Option<&mut Open> {
        self.cancels.iter_mut().find(|open| *open.id == *id)
    }
}
