//! Warns where what is done follows another configuration than the one on disk.
//!
//! After a mistake in a file the daemon goes on with what it had. Whoever edits
//! and restarts a service would otherwise look for the edit's effect in vain.

use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::future::join;

use crate::output::complain;
use crate::session::Session;
use crate::status;

/// Does the work, and asks meanwhile on the same connection whether the files are in force.
pub(crate) async fn or_warned<T>(session: &Session, client: &Client, work: impl Future<Output = T>) -> T {
    // Programs read `config_problem` of system.status.
    if session.json {
        return work.await;
    }
    let warning = async {
        let Ok(reply) = client.call_raw("system.status", b"{}").await else { return };
        if let Ok(daemon) = status::parse(&reply) {
            warn(&daemon);
        }
    };
    join(work, warning).await.0
}

/// Warns if the files of this daemon are not in force.
pub(crate) fn warn(daemon: &status::Daemon) {
    if let Some(problem) = &daemon.config_problem {
        complain(&warning(&problem.message));
    }
}

/// One line: the first problem stands below the headline.
fn warning(message: &str) -> String {
    let (headline, problems) = message.split_once('\n').unwrap_or((message, message));
    let first = problems.lines().next().unwrap_or(headline);
    format!("warning: the configuration on disk is not in force: {}\n", visible(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_is_one_line_with_the_place_of_the_first_problem() {
        let message = "the configuration is invalid\nconfig.toml:2: no\nconfig.toml:3: no";
        let expected = "warning: the configuration on disk is not in force: config.toml:2: no\n";
        assert_eq!(warning(message), expected);
        assert!(warning("unreadable").ends_with("in force: unreadable\n"));
    }
}
