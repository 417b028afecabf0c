//! Keys, from the bytes that a terminal sends for them.
//!
//! Only the keys that mean something here are told apart (ECMA-48 control
//! sequences, with both forms of the arrows); all others are nothing.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc;

/// How long the rest of a sequence may take, before an escape is the key of that name.
const REST: Duration = Duration::from_millis(40);

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    /// Ctrl-C and Ctrl-D.
    Interrupt,
    Character(char),
}

/// The keys that are pressed from now on. It ends with standard input, or with the process.
pub(super) fn pressed() -> mpsc::Receiver<Key> {
    let (sender, keys) = mpsc::channel(64);
    std::thread::spawn(move || {
        let input = std::io::stdin();
        let (mut pending, mut buffer) = (Vec::new(), [0; 256]);
        loop {
            let read = match rustix::io::read(&input, &mut buffer) {
                Ok(0) => return,
                Ok(read) => read,
                Err(Errno::INTR) => continue,
                Err(_) => return,
            };
            pending.extend_from_slice(&buffer[..read]);
            let more = pending.last() != Some(&b'\x1b') && !is_open(&pending) || !follows(&input);
            if more {
                for key in decode(&std::mem::take(&mut pending)) {
                    if sender.blocking_send(key).is_err() {
                        return;
                    }
                }
            }
        }
    });
    keys
}

/// Whether the last sequence lacks its end.
fn is_open(bytes: &[u8]) -> bool {
    let Some(at) = bytes.iter().rposition(|byte| *byte == b'\x1b') else { return false };
    sequence(&bytes[at..]).is_none()
}

/// Whether more comes soon.
fn follows(input: &impl AsFd) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(REST.subsec_nanos()) };
    poll(&mut [PollFd::new(input, PollFlags::IN)], Some(&wait)).is_ok_and(|ready| 0 < ready)
}

/// The keys that some bytes stand for.
fn decode(mut bytes: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some(first) = bytes.first() {
        if *first == b'\x1b' {
            // What is no sequence is the key, and what follows stands for itself.
            let length = sequence(bytes).unwrap_or(1);
            keys.extend(named(&bytes[..length]));
            bytes = &bytes[length..];
            continue;
        }
        let length = match first {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        };
        let length = length.min(bytes.len());
        keys.extend(match first {
            b'\r' | b'\n' => Some(Key::Enter),
            3 | 4 => Some(Key::Interrupt),
            _ => std::str::from_utf8(&bytes[..length])
                .ok()
                .and_then(|text| text.chars().next())
                .filter(|character| !character.is_control())
                .map(Key::Character),
        });
        bytes = &bytes[length..];
    }
    keys
}

/// The length of the sequence that begins here, if it is whole.
fn sequence(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1) {
        None => None,
        Some(b'[') => bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map(|at| at + 3),
        Some(b'O') => (2 < bytes.len()).then_some(3),
        Some(_) => Some(1),
    }
}

fn named(sequence: &[u8]) -> Option<Key> {
    match sequence {
        b"\x1b" => Some(Key::Escape),
        b"\x1b[A" | b"\x1bOA" => Some(Key::Up),
        b"\x1b[B" | b"\x1bOB" => Some(Key::Down),
        b"\x1b[5~" => Some(Key::PageUp),
        b"\x1b[6~" => Some(Key::PageDown),
        b"\x1b[H" | b"\x1bOH" | b"\x1b[1~" => Some(Key::Home),
        b"\x1b[F" | b"\x1bOF" | b"\x1b[4~" => Some(Key::End),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_one_key_and_an_escape_is_one_too() {
        for (bytes, expected) in [
            (&b"\x1b[A\x1bOBq"[..], &[Key::Up, Key::Down, Key::Character('q')][..]),
            (b"\x1b", &[Key::Escape]),
            (b"\x1bq", &[Key::Escape, Key::Character('q')]),
            (b"\x1b[5~\x1b[1;5C\x1b[<0;1;1Mx", &[Key::PageUp, Key::Character('x')]),
            (b"\r\x03", &[Key::Enter, Key::Interrupt]),
            ("é\u{7f}s".as_bytes(), &[Key::Character('é'), Key::Character('s')]),
            (b"\xff\xf0", &[]),
        ] {
            assert_eq!(decode(bytes), expected, "{bytes:?}");
        }
        assert!(is_open(b"x\x1b[1;") && is_open(b"\x1b") && !is_open(b"\x1b[A") && !is_open(b"q"));
    }
}
