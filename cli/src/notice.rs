//! Nothing blocks without saying what it waits for.
//!
//! What takes longer than a second is announced on standard error, if that is a
//! terminal, and the announcement is taken back when the wait is over.

use std::io::IsTerminal as _;
use std::time::Duration;

use crate::output::complain;
use crate::output::style::Style;
use crate::output::table::cut;

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
    let _announced = announce(subject, what);
    work.await
}

/// Says on a terminal for what is waited; dropping what this returns takes it back.
pub(crate) fn announce(subject: &str, what: &str) -> Option<Announced> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let text = format!("waiting {subject} ... (Ctrl-C stops waiting, not {what})");
    // Only what is on one line can be taken back.
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok().filter(|size| size.ws_col != 0);
    let width = size.map_or(80, |size| usize::from(size.ws_col));
    complain(&cut(&text, width.saturating_sub(1), &Style::detect()));
    Some(Announced)
}

/// Takes the announcement back, also where the wait is given up.
pub(crate) struct Announced;

impl Drop for Announced {
    fn drop(&mut self) {
        complain("\r\u{1b}[2K");
    }
}
