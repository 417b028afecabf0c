//! Asking something that may never answer.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a display or a bus may take to say hello. One that hangs is none.
pub(crate) const HELLO: Duration = Duration::from_secs(5);

/// Does it on a thread of its own; none if it takes longer. What comes later is dropped.
pub(crate) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, result) = mpsc::sync_channel(1);
    let asked = thread::Builder::new().name("hello".into()).spawn(move || drop(done.send(work())));
    asked.ok().and_then(|_| result.recv_timeout(limit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_not_waited_for() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        let (_kept, never) = mpsc::sync_channel::<()>(0);
        assert_eq!(within(Duration::from_millis(20), move || never.recv().is_ok()), None);
    }
}
