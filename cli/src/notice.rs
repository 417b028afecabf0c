//! Nothing blocks without saying what it waits for.
//!
//! What takes longer than a second is announced on standard error, if that is a
//! terminal, and the announcement is taken back when the wait is over.

use std::io::IsTerminal as _;
use std::time::Duration;

use crate::output::complain;

const PATIENCE: Duration = Duration::from_secs(1);

/// Waits, and says for what if it takes long; `what` is not ended by ending us.
pub(crate) async fn while_waiting<T>(subject: &str, what: &str, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    complain(&format!("waiting {subject} ... (Ctrl-C stops waiting, not {what})"));
    let done = work.await;
    complain("\r\u{1b}[2K");
    done
}
