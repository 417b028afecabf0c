//! The lines of one message.

use std::time::Duration;

use crate::text::brief as visible;

/// No time that a service asks for is longer.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What one message says. Lines it does not know, and values that make no
/// sense, are skipped; of a line that is there twice the last one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// `READY=1`: it is ready, or done with reloading.
    pub ready: bool,
    /// `RELOADING=1`: it reads its configuration again.
    pub reloading: bool,
    /// `STOPPING=1`: it is about to end.
    pub stopping: bool,
    /// `WATCHDOG=...`: it is alive, or is not.
    pub watchdog: Option<Life>,
    /// `WATCHDOG_USEC=...`: the time it wants to be given between two signs of life.
    pub watchdog_time: Option<Duration>,
    /// `EXTEND_TIMEOUT_USEC=...`: so long at least it takes still to start or to end.
    pub extend: Option<Duration>,
    /// `STATUS=...`: a word for people, made printable and short.
    pub status: Option<String>,
    /// `MAINPID=...`: another process is the main one.
    pub main_pid: Option<u32>,
}

/// A service's word on whether it is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// `1`: it is.
    Sign,
    /// `trigger`: it should be taken for hung.
    Hung,
}

impl Message {
    /// Reads a datagram.
    pub fn parse(bytes: &[u8]) -> Message {
        let mut message = Message::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
            let (name, value) = (&line[..equals], &line[equals + 1..]);
            match name {
                b"READY" => message.ready = value == b"1",
                b"RELOADING" => message.reloading = value == b"1",
                b"STOPPING" => message.stopping = value == b"1",
                b"WATCHDOG" => message.watchdog = life(value),
                b"WATCHDOG_USEC" => message.watchdog_time = microseconds(value),
                b"EXTEND_TIMEOUT_USEC" => message.extend = microseconds(value),
                b"STATUS" => message.status = Some(visible(&String::from_utf8_lossy(value))),
                b"MAINPID" => message.main_pid = pid(value),
                _ => {}
            }
        }
        message
    }
}

fn life(value: &[u8]) -> Option<Life> {
    match value {
        b"1" => Some(Life::Sign),
        b"trigger" => Some(Life::Hung),
        _ => None,
    }
}

/// A length of time that is one, a day at most.
fn microseconds(value: &[u8]) -> Option<Duration> {
    let number = std::str::from_utf8(value).ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_micros(number)).filter(|time| !time.is_zero() && *time <= DAY)
}

/// A process number that a kernel could have given; 1 is never a service.
fn pid(value: &[u8]) -> Option<u32> {
    let number = std::str::from_utf8(value).ok()?.trim().parse::<i32>().ok()?;
    u32::try_from(number).ok().filter(|pid| 1 < *pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &[u8], expected: Message) {
        assert_eq!(Message::parse(text), expected);
    }

    #[test]
    fn every_known_line_is_read() {
        let status = Some("Serving 3 clients = fine".to_owned());
        check(
            b"READY=1\nSTATUS=Serving 3 clients = fine\nMAINPID=4711\nX_MINE=1\nWATCHDOG=1\n",
            Message {
                ready: true,
                watchdog: Some(Life::Sign),
                status,
                main_pid: Some(4711),
                ..Message::default()
            },
        );
        check(b"RELOADING=1\nMONOTONIC_USEC=5", Message { reloading: true, ..Message::default() });
        let watchdog = Some(Life::Hung);
        check(b"WATCHDOG=trigger", Message { watchdog, ..Message::default() });
        let (watchdog_time, extend) = (Some(Duration::from_secs(20)), Some(Duration::from_millis(5)));
        let text = b"WATCHDOG_USEC=20000000\nEXTEND_TIMEOUT_USEC=5000";
        check(text, Message { watchdog_time, extend, ..Message::default() });
        check(b"STOPPING=1", Message { stopping: true, ..Message::default() });
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        for text in [
            "",
            "READY",
            "READY=0",
            "ready=1",
            " READY=1",
            "MAINPID=0",
            "MAINPID=1",
            "MAINPID=-5",
            "MAINPID=x",
            "MAINPID=99999999999",
            "WATCHDOG=0",
            "WATCHDOG=Trigger",
            "WATCHDOG_USEC=0",
            "WATCHDOG_USEC=-1",
            "WATCHDOG_USEC=86400000001",
            "EXTEND_TIMEOUT_USEC=99999999999999999999",
        ] {
            check(text.as_bytes(), Message::default());
        }
    }

    #[test]
    fn a_status_cannot_play_tricks_on_a_terminal() {
        let message = Message::parse(b"STATUS=\x1b]0;title\x07\xff");
        assert_eq!(message.status.as_deref(), Some("\\u{1b}]0;title\\u{7}\u{fffd}"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let message = Message::parse(&bytes);
            prop_assert!(message.status.is_none_or(|status| !status.contains(char::is_control)));
        }
    }
}
