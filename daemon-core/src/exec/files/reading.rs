//! How much is read for one command, and for how long.
//!
//! Whoever asks names the files, and to read them takes time and a thread. So
//! there is one bound for all of them together, and between two blocks it is
//! asked whether anybody waits for it still.

use std::io;
use std::os::fd::AsFd;

use rustix::io::pread;

/// The most that the program, its interpreters and the files of one command have together.
pub(in crate::exec) const LARGEST: u64 = 2 << 30;
/// Read at a time.
const PIECE: usize = 128 << 10;
/// So much is read before it is asked whether it is wanted still.
const BLOCK: u64 = 1 << 20;

/// What may be read.
pub(in crate::exec) struct Reading<'a> {
    most: u64,
    left: u64,
    unasked: u64,
    is_wanted: &'a dyn Fn() -> bool,
}

impl<'a> Reading<'a> {
    /// Of one command, for as long as `is_wanted` says so.
    pub(in crate::exec) fn of_command(is_wanted: &'a dyn Fn() -> bool) -> Reading<'a> {
        Reading { is_wanted, ..Reading::up_to(LARGEST) }
    }

    /// So many bytes, however long that takes.
    pub(in crate::exec) fn up_to(most: u64) -> Reading<'a> {
        Reading { most, left: most, unasked: 0, is_wanted: &|| true }
    }

    /// Whether so many bytes are too many, before any of them is read.
    pub(super) fn has_room_for(&self, bytes: u64) -> io::Result<()> {
        if bytes <= self.left { Ok(()) } else { Err(self.too_much()) }
    }

    /// Takes off what has not to be read because it is known.
    pub(super) fn take(&mut self, bytes: u64) -> io::Result<()> {
        self.has_room_for(bytes)?;
        self.left -= bytes;
        Ok(())
    }

    /// All of a file from its begin on, piece by piece; how many bytes there were.
    pub(in crate::exec) fn each(
        &mut self,
        file: impl AsFd,
        mut with: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<u64> {
        let (mut piece, mut length) = (vec![0; PIECE], 0_u64);
        loop {
            let count = rustix::io::retry_on_intr(|| pread(&file, &mut piece[..], length))?;
            if count == 0 {
                return Ok(length);
            }
            length += count as u64;
            self.take(count as u64)?;
            self.ask(count as u64)?;
            with(&piece[..count])?;
        }
    }

    fn ask(&mut self, bytes: u64) -> io::Result<()> {
        self.unasked += bytes;
        if self.unasked < BLOCK {
            return Ok(());
        }
        self.unasked = 0;
        // Not as one that was interrupted: that would be tried again.
        if (self.is_wanted)() { Ok(()) } else { Err(io::Error::other("nobody wants it any more")) }
    }

    fn too_much(&self) -> io::Error {
        io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {} bytes are not read", self.most))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn sparse(length: u64) -> std::fs::File {
        let file = tempfile::tempfile().unwrap();
        file.set_len(length).unwrap();
        file
    }

    #[test]
    fn c87_several_files_have_one_bound_together() {
        let file = sparse(600);
        let mut reading = Reading::up_to(1000);
        assert_eq!(reading.each(&file, |_| Ok(())).unwrap(), 600);
        assert_eq!(reading.has_room_for(600).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(reading.each(&file, |_| Ok(())).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let mut reading = Reading::up_to(1000);
        reading.take(1000).unwrap();
        assert!(reading.each(sparse(1), |_| Ok(())).is_err());
    }

    #[test]
    fn c87_what_nobody_wants_any_more_is_read_no_further() {
        let (asked, read) = (Cell::new(0), Cell::new(0));
        let is_wanted = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let mut reading = Reading::of_command(&is_wanted);
        let done = reading.each(sparse(64 << 20), |piece| {
            read.set(read.get() + piece.len() as u64);
            Ok(())
        });
        assert!(done.unwrap_err().to_string().contains("nobody wants it"));
        assert_eq!(asked.get(), 3);
        assert!(read.get() < 3 * BLOCK, "{}", read.get());
        // Small files are asked about as well, once they have as much together.
        let mut reading = Reading::of_command(&|| false);
        let small = sparse(600 << 10);
        assert!(reading.each(&small, |_| Ok(())).is_ok());
        assert!(reading.each(&small, |_| Ok(())).is_err());
    }
}
