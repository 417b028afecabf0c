//! What happened, in words that are the same in the status, the history and the log.

use std::time::Duration;

use crate::config::Span;
use crate::runs::child::Exit;

/// How a run ended, and after how long.
pub(super) fn ending(exit: Exit, uptime: Duration) -> String {
    format!("{exit} after {}", duration(uptime))
}

/// How a run ended that nobody watched.
pub(super) fn ending_unseen(exit: Exit) -> String {
    match exit {
        Exit::Unknown => "ended while no daemon ran; its exit code is not known".to_owned(),
        known => format!("{known} while no daemon ran"),
    }
}

/// The same, with the last thing it said on standard error.
pub(super) fn with_last_line(ending: String, line: Option<String>) -> String {
    match line {
        Some(line) => format!("{ending}: {}", line.trim()),
        None => ending,
    }
}

/// A length of time with as many digits as somebody wants to read.
pub(super) fn duration(length: Duration) -> String {
    match length.as_millis() {
        milliseconds @ 0..1_000 => format!("{milliseconds}ms"),
        1_000..10_000 => format!("{:.1}s", length.as_secs_f64()),
        _ => Span::from(Duration::from_secs(length.as_secs())).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_reads_as_a_sentence() {
        let second = Duration::from_secs(1);
        assert_eq!(ending(Exit::Code(3), second * 2 + second / 3), "exited with 3 after 2.3s");
        assert_eq!(ending(Exit::Signal(9), second * 3723), "killed by SIGKILL after 1h2m3s");
        assert_eq!(ending(Exit::Unknown, second), "ended with an unknown exit code after 1.0s");
        assert_eq!(ending_unseen(Exit::Code(1)), "exited with 1 while no daemon ran");
        assert_eq!(with_last_line("exited with 1".into(), Some(" boom \n".into())), "exited with 1: boom");
    }
}
