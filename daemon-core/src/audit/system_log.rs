//! Telling the system's log of each signed head: a place that this daemon cannot take back.
//!
//! Where the journal listens, it is told in its native protocol, so that one
//! can ask for the field (`journalctl HOB_CHECKPOINT=...`); where only a syslog
//! daemon does, in one line of RFC 3164. Where nobody listens, or does not take
//! it at once, nothing happens: it is an anchor, and not the record.

use std::fmt::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use hob_verify::checkpoint::Checkpoint;

/// Who listens for what is worth keeping.
#[derive(Debug, Clone)]
pub(super) struct SystemLog {
    journal: PathBuf,
    syslog: PathBuf,
}

impl SystemLog {
    /// The system's own.
    pub(super) fn of_system() -> SystemLog {
        SystemLog { journal: "/run/systemd/journal/socket".into(), syslog: "/dev/log".into() }
    }

    /// Tells of a head. Does not wait.
    pub(super) fn tell(&self, checkpoint: &Checkpoint) {
        let Checkpoint { origin, size, root } = checkpoint;
        let words = format!("audit record {origin}: {size} leaves, root {root}");
        let mut entry = format!("MESSAGE={words}\nSYSLOG_IDENTIFIER=hob\nPRIORITY=6\n");
        write!(entry, "HOB_LOG={origin}\nHOB_CHECKPOINT={size} {root}\n").expect("a string takes text");
        // local0.info, because it is no kernel message.
        let line = format!("<134>hob[{}]: {words}", std::process::id());
        if !send(&self.journal, entry.as_bytes()) {
            send(&self.syslog, line.as_bytes());
        }
    }
}

fn send(to: &PathBuf, message: &[u8]) -> bool {
    let sent = UnixDatagram::unbound().and_then(|socket| {
        socket.set_nonblocking(true)?;
        socket.send_to(message, to)
    });
    if let Err(error) = &sent {
        tracing::debug!(%error, to = %to.display(), "the system's log was not told");
    }
    sent.is_ok()
}

#[cfg(test)]
mod tests {
    use hob_verify::tree::EMPTY;

    use super::*;

    #[test]
    fn the_journal_is_told_and_else_the_syslog_and_else_nobody() {
        let place = tempfile::tempdir().unwrap();
        let log = SystemLog { journal: place.path().join("journal"), syslog: place.path().join("log") };
        let checkpoint = Checkpoint { origin: "log.example/1".to_owned(), size: 64, root: EMPTY };
        log.tell(&checkpoint);
        let heard = |socket: &UnixDatagram| {
            let mut buffer = [0; 1024];
            let length = socket.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_owned()).unwrap()
        };
        let syslog = UnixDatagram::bind(&log.syslog).unwrap();
        log.tell(&checkpoint);
        assert!(heard(&syslog).contains("audit record log.example/1: 64 leaves, root 47DEQ"));
        let journal = UnixDatagram::bind(&log.journal).unwrap();
        log.tell(&checkpoint);
        assert!(heard(&journal).contains(&format!("\nHOB_CHECKPOINT=64 {EMPTY}\n")));
    }
}
