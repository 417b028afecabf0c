//! What a unit is told, in the order in which it was said.
//!
//! There is a mailbox for each service, and nearly all of them are empty nearly
//! always; a channel that keeps room for what may come costs more than all else
//! that an idle unit holds. This one is as large as what waits in it.
//!
//! It has no limit of its own. Who asks puts in one command and waits for its
//! answer, and how many may ask at the same time is limited where calls come in;
//! configurations come one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Where commands are put in; clones lead to the same mailbox.
pub(in crate::services) struct Sender<T>(Arc<Mailbox<T>>);

/// Where they are taken out; there is one. When it is dropped, so is what waits.
pub(super) struct Receiver<T>(Arc<Mailbox<T>>);

struct Mailbox<T> {
    content: Mutex<Content<T>>,
    changed: Notify,
}

struct Content<T> {
    waiting: VecDeque<T>,
    senders: usize,
    is_closed: bool,
}

/// A mailbox that nobody can put anything into yet but the one sender.
pub(super) fn mailbox<T>() -> (Sender<T>, Receiver<T>) {
    let content = Content { waiting: VecDeque::new(), senders: 1, is_closed: false };
    let mailbox = Arc::new(Mailbox { content: Mutex::new(content), changed: Notify::new() });
    (Sender(Arc::clone(&mailbox)), Receiver(mailbox))
}

impl<T> Sender<T> {
    /// Puts a command in; false if nobody will ever take it out.
    pub(in crate::services) fn send(&self, command: T) -> bool {
        let mut content = self.0.content();
        if content.is_closed {
            return false;
        }
        content.waiting.push_back(command);
        drop(content);
        self.0.changed.notify_one();
        true
    }

    /// Whether nobody takes anything out any more.
    pub(in crate::services) fn is_closed(&self) -> bool {
        self.0.content().is_closed
    }
}

impl<T> Receiver<T> {
    /// Waits for the next command; `None` if none can come any more. Cancel safe.
    pub(super) async fn recv(&mut self) -> Option<T> {
        loop {
            if let Some(command) = self.0.content().take() {
                return Some(command);
            }
            if self.is_abandoned() {
                return None;
            }
            self.0.changed.notified().await;
        }
    }

    /// Whether there is nobody who could put anything in.
    pub(super) fn is_abandoned(&self) -> bool {
        self.0.content().senders == 0
    }
}

impl<T> Mailbox<T> {
    fn content(&self) -> MutexGuard<'_, Content<T>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Content<T> {
    fn take(&mut self) -> Option<T> {
        let command = self.waiting.pop_front();
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        command
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.0.content().senders += 1;
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.content().senders -= 1;
        self.0.changed.notify_one();
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut content = self.0.content();
        content.is_closed = true;
        let unread = std::mem::take(&mut content.waiting);
        drop(content);
        // Whoever waits for an answer to one of these is told now, and may look in here again.
        drop(unread);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_was_put_in_comes_out_in_that_order_and_then_the_end() {
        let (sender, mut receiver) = mailbox();
        let other = sender.clone();
        assert!(sender.send(1) && other.send(2));
        drop(sender);
        assert_eq!(receiver.recv().await, Some(1));
        assert_eq!(receiver.recv().await, Some(2));
        assert_eq!(receiver.recv().now_or_never(), None, "there is one left who may send");
        drop(other);
        assert_eq!(receiver.recv().await, None);
    }

    #[tokio::test]
    async fn one_who_waits_is_woken_by_a_command_and_by_the_last_one_s_going() {
        let (sender, mut receiver) = mailbox();
        let (told, ()) = tokio::join!(receiver.recv(), async {
            tokio::task::yield_now().await;
            assert!(sender.send(1));
        });
        assert_eq!(told, Some(1));
        let (told, ()) = tokio::join!(receiver.recv(), async {
            tokio::task::yield_now().await;
            drop(sender);
        });
        assert_eq!(told, None);
    }

    #[test]
    fn what_nobody_takes_out_is_dropped_or_refused() {
        let (sender, receiver) = mailbox();
        let (answer, mut answered) = tokio::sync::oneshot::channel::<()>();
        assert!(sender.send(Some(answer)));
        drop(receiver);
        assert!(
            answered.try_recv().is_err_and(|error| error != tokio::sync::oneshot::error::TryRecvError::Empty)
        );
        assert!(sender.is_closed() && !sender.send(None));
    }

    #[tokio::test]
    async fn an_empty_one_keeps_no_room() {
        let (sender, mut receiver) = mailbox();
        assert!(sender.send(1));
        receiver.recv().await.unwrap();
        assert_eq!(sender.0.content().waiting.capacity(), 0);
    }
}
