//! Writing lines where writing may fail: it is counted, told later, and never waited for.

use std::io;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// What a pipe takes at once or not at all (`PIPE_BUF` of Linux).
const PIECE: usize = 4096;

/// Something that takes whole lines.
pub(super) trait Put {
    /// Writes `line`, which ends with a newline, entirely or reports why not.
    fn put(&mut self, line: &[u8]) -> io::Result<()>;
}

/// Lines that cannot be written are lost, and the next that can be is preceded by one that says so.
pub(super) struct Lossy<P> {
    inner: P,
    untold: u64,
    reason: String,
    lost: u64,
}

impl<P: Put> Lossy<P> {
    pub(super) fn new(inner: P) -> Self {
        Self { inner, untold: 0, reason: String::new(), lost: 0 }
    }

    /// All that was lost so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Writes `line` if it can be; `notice` makes the line about lost ones, from their number and
    /// the latest reason.
    pub(super) fn put(&mut self, line: &[u8], notice: &dyn Fn(u64, &str) -> String) {
        if let Err(error) = self.try_put(line, notice) {
            self.untold += 1;
            self.lost += 1;
            self.reason = error.to_string();
        }
    }

    fn try_put(&mut self, line: &[u8], notice: &dyn Fn(u64, &str) -> String) -> io::Result<()> {
        if 0 < self.untold {
            self.inner.put(notice(self.untold, &self.reason).as_bytes())?;
            self.untold = 0;
        }
        self.inner.put(line)
    }
}

/// A stream whose reader may be slow or gone. What it does not take at once is lost: a daemon must
/// not stand still because a terminal or a log collector does.
pub(super) struct Stream<F> {
    stream: F,
    torn: bool,
}

impl<F: AsFd> Stream<F> {
    pub(super) fn new(stream: F) -> Self {
        Self { stream, torn: false }
    }

    fn put_piece(&self, mut piece: &[u8]) -> io::Result<()> {
        while !piece.is_empty() {
            let mut asked = [PollFd::new(&self.stream, PollFlags::OUT)];
            if poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? == 0 {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "nobody reads it"));
            }
            match rustix::io::write(&self.stream, piece) {
                Ok(written) => piece = &piece[written..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl<F: AsFd> Put for Stream<F> {
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.put_piece(b"\n")?;
            self.torn = false;
        }
        for piece in line.chunks(PIECE) {
            let result = self.put_piece(piece);
            if result.is_err() {
                // Part of it may be out: the next line must not be glued to that.
                self.torn = PIECE < line.len();
                return result;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn notice(lost: u64, reason: &str) -> String {
        format!("{lost} lost: {reason}\n")
    }

    #[test]
    fn a_pipe_that_nobody_reads_costs_lines_and_no_time() {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut lines = Lossy::new(Stream::new(writer));
        let line = format!("{}\n", "x".repeat(999));
        let mut sent = 0;
        while lines.lost() < 3 {
            lines.put(line.as_bytes(), &notice);
            sent += 1;
        }
        let mut kept = vec![0; 1000 * (sent - 3)];
        reader.read_exact(&mut kept).unwrap();
        assert!(kept.chunks(1000).all(|got| got == line.as_bytes()));

        lines.put(b"again\n", &notice);
        drop(lines);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "3 lost: nobody reads it\nagain\n");
    }

    #[test]
    fn a_line_torn_by_a_full_pipe_is_ended_before_the_next() {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut lines = Lossy::new(Stream::new(writer));
        lines.put(format!("{}\n", "x".repeat(10 << 20)).as_bytes(), &notice);
        assert_eq!(lines.lost(), 1);
        reader.read_exact(&mut vec![0; 8 * PIECE]).unwrap();
        lines.put(b"again\n", &notice);
        drop(lines);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        let rest = rest.trim_start_matches('x');
        assert_eq!(rest, "\n1 lost: nobody reads it\nagain\n");
    }

    #[test]
    fn a_pipe_without_a_reader_is_no_panic() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut lines = Lossy::new(Stream::new(writer));
        lines.put(b"one\n", &notice);
        lines.put(b"two\n", &notice);
        assert_eq!(lines.lost(), 2);
    }
}
