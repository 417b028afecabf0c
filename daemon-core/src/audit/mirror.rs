//! The record as files, beside the database: what a person greps, copies and checks.
//!
//! The database is the record. What is here is written after it, not waited
//! for, and not forced to the disk, because it can always be made again: at
//! start the end of it is compared with the database and put right. What was
//! mirrored earlier is left alone, even if it is wrong: it is evidence. So it is
//! with a file that has lost its name while it was written to.
//!
//! That the database is the record has one exception. Where the mirror knows
//! more than the database, somebody has put an old database in its place.

use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err::File;
use hob_verify::checkpoint::Checkpoint;
use hob_verify::leaf::{Leaf, MAX_LEAF};
use hob_verify::note::{Note, Verifier};
use hob_verify::record::files;
use hob_verify::tree::{self, leaf_hash};
use rusqlite::Connection;

use super::leaves::Pushed;
use super::{plain, store};

/// A line of a file of hashes: 64 digits and a line feed.
const HASH_LINE: u64 = 65;
/// Leaves that are read and written at once, in number and bytes.
const BATCH: (usize, usize) = (1024, 1 << 20);

/// The files, and how far they are.
pub(super) struct Mirror {
    directory: PathBuf,
    vkey: String,
    /// The leaf that is written next.
    next: u64,
    open: Option<Segment>,
    /// Nobody knows what is at the end of the files.
    is_lost: bool,
}

struct Segment {
    first: u64,
    leaves: File,
    hashes: File,
}

/// What the mirror is, compared with the database.
#[derive(Debug)]
pub(super) enum Found {
    /// As it should be, now.
    Same,
    /// It knows more, or something else that was signed: the database is not the newest.
    Ahead(String),
}

impl Mirror {
    /// Opens the mirror and puts its end right.
    pub(super) fn open(
        directory: &Path,
        connection: &Connection,
        key: &Verifier,
    ) -> io::Result<(Mirror, Found)> {
        fs_err::create_dir_all(directory.join(files::DIRECTORY))?;
        let mut mirror = Mirror { is_lost: false, ..Mirror::lost(directory, key) };
        if let Some(why) = mirror.ahead(connection, key)? {
            return Ok((mirror, Found::Ahead(why)));
        }
        mirror.repair(connection)?;
        Ok((mirror, Found::Same))
    }

    /// One that knows nothing of its files; it puts them right before it is used.
    pub(super) fn lost(directory: &Path, key: &Verifier) -> Mirror {
        let (directory, vkey) = (directory.to_owned(), format!("{key}\n"));
        Mirror { directory, vkey, next: 0, open: None, is_lost: true }
    }

    /// Writes the first `from` leaves and those that were recorded after them. The value is the row of the
    /// database that is not what was recorded; it is not written, and nothing after it.
    pub(super) fn catch_up(
        &mut self,
        connection: &Connection,
        from: u64,
        recorded: &[Pushed],
    ) -> io::Result<Option<u64>> {
        if self.open.as_ref().is_some_and(|open| !open.is_in_place()) {
            tracing::error!(
                directory = %self.directory.display(),
                "the mirror of the record was moved, removed or replaced while it was written: it is put right"
            );
            (self.open, self.is_lost) = (None, true);
        }
        if self.is_lost {
            self.repair(connection)?;
            self.is_lost = false;
        }
        let outcome = self.append(connection, from, recorded);
        if outcome.is_err() {
            (self.open, self.is_lost) = (None, true);
        }
        outcome
    }

    /// Adds a signed head, which is in the database; where there is no file of them, all of them.
    pub(super) fn add_checkpoint(&self, connection: &Connection, note: &str) -> io::Result<()> {
        match plain::to_append(&self.directory.join(files::CHECKPOINTS))? {
            Some(mut file) => file.write_all(format!("{note}\n").as_bytes()),
            None => self.write_checkpoints(connection),
        }
    }

    fn append(&mut self, connection: &Connection, from: u64, recorded: &[Pushed]) -> io::Result<Option<u64>> {
        let end = from + recorded.len() as u64;
        while self.next < end {
            let room = (files::SEGMENT - self.next % files::SEGMENT).min(end - self.next);
            let count = BATCH.0.min(usize::try_from(room).unwrap_or(usize::MAX));
            let batch = store::leaves(connection, self.next, count, BATCH.1).map_err(io::Error::other)?;
            let (mut leaves, mut hashes, mut written, first) = (Vec::new(), Vec::new(), 0, self.next);
            for (index, line) in (first..).zip(&batch) {
                let hash =
                    match usize::try_from(index.wrapping_sub(from)).ok().and_then(|at| recorded.get(at)) {
                        Some((_, hash)) if *hash != leaf_hash(line) => break,
                        Some((_, hash)) => *hash,
                        // Of an earlier daemon's leaf there is only what was stored with it.
                        None => {
                            store::hash(connection, tree::place(0, index)).unwrap_or_else(|_| leaf_hash(line))
                        }
                    };
                leaves.extend_from_slice(line);
                leaves.push(b'\n');
                hashes.extend_from_slice(hash.hex().as_bytes());
                hashes.push(b'\n');
                written += 1;
            }
            let segment = self.segment()?;
            segment.leaves.write_all(&leaves)?;
            segment.hashes.write_all(&hashes)?;
            self.next += written;
            if batch.is_empty() || self.next < first + batch.len() as u64 {
                return Ok(Some(self.next));
            }
        }
        Ok(None)
    }

    fn segment(&mut self) -> io::Result<&mut Segment> {
        let first = self.next - self.next % files::SEGMENT;
        if self.open.as_ref().is_none_or(|open| open.first != first) {
            let path = |ending| files::segment(&self.directory, first, ending);
            let open = |ending| match self.next == first {
                // It may be left of another.
                true => plain::anew(&path(ending)),
                false => {
                    let gone = || io::Error::other(format!("{} is gone", path(ending).display()));
                    plain::to_append(&path(ending))?.ok_or_else(gone)
                }
            };
            self.open = Some(Segment { first, leaves: open(files::LEAVES)?, hashes: open(files::HASHES)? });
        }
        Ok(self.open.as_mut().expect("it was opened"))
    }

    /// Puts the last segment right, the key, and the signed heads.
    fn repair(&mut self, connection: &Connection) -> io::Result<()> {
        fs_err::create_dir_all(self.directory.join(files::DIRECTORY))?;
        let key = self.directory.join(files::KEY);
        if plain::tail(&key, 1 << 10)? != self.vkey.as_bytes() {
            plain::replace(&key, |file| file.write_all(self.vkey.as_bytes()))?;
        }
        let last = self.last_segment()?;
        self.next = match last {
            Some(first) => self.whole_up_to(first, connection)?,
            None => 0,
        };
        self.repair_checkpoints(connection)
    }

    /// Where to go on in the segment from `first` on; one with anything wrong at its end is begun anew.
    fn whole_up_to(&self, first: u64, connection: &Connection) -> io::Result<u64> {
        let path = |ending| files::segment(&self.directory, first, ending);
        if let Some(line) = last_line(&path(files::LEAVES))?
            && let Ok(leaf) = Leaf::parse(&line)
            && first <= leaf.idx
            && store::leaf(connection, leaf.idx).map_err(io::Error::other)?.as_ref() == Some(&line)
            && let Some(hashes) = plain::to_read(&path(files::HASHES))?
            && hashes.metadata()?.len() == (leaf.idx - first + 1) * HASH_LINE
        {
            return Ok(leaf.idx + 1);
        }
        Ok(first)
    }

    fn repair_checkpoints(&self, connection: &Connection) -> io::Result<()> {
        let newest = store::last_checkpoint(connection).map_err(io::Error::other)?;
        match last_note(&self.directory)? == newest {
            true => Ok(()),
            false => self.write_checkpoints(connection),
        }
    }

    fn write_checkpoints(&self, connection: &Connection) -> io::Result<()> {
        plain::replace(&self.directory.join(files::CHECKPOINTS), |file| {
            let mut written = Ok(());
            store::checkpoints(connection, |note| {
                if written.is_ok() {
                    written = writeln!(file, "{note}");
                }
                Ok(())
            })
            .map_err(io::Error::other)?;
            written
        })
    }

    /// Why the database is not the newest, if the mirror shows it.
    fn ahead(&self, connection: &Connection, key: &Verifier) -> io::Result<Option<String>> {
        let size = store::size(connection).map_err(io::Error::other)?;
        if let Some(first) = self.last_segment()?
            && let Some(line) = last_line(&files::segment(&self.directory, first, files::LEAVES))?
            && let Ok(leaf) = Leaf::parse(&line)
            && leaf.log == key.name()
            && size <= leaf.idx
        {
            return Ok(Some(format!("gate.db has {size} leaves, and its mirror knows leaf {}", leaf.idx)));
        }
        let Some(note) = last_note(&self.directory)? else { return Ok(None) };
        let head = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::open(&note, key));
        // What is not signed by the key shows nothing; it is written anew.
        let Ok(head) = head else { return Ok(None) };
        if size < head.size {
            return Ok(Some(format!("gate.db has {size} leaves, and {} were signed", head.size)));
        }
        let root = store::root(connection, head.size).map_err(io::Error::other)?;
        Ok((root != head.root)
            .then(|| format!("the {} leaves that were signed are others in gate.db", head.size)))
    }

    fn last_segment(&self) -> io::Result<Option<u64>> {
        let mut last = None;
        for entry in fs_err::read_dir(self.directory.join(files::DIRECTORY))? {
            let name = entry?.file_name();
            let first =
                name.to_str().and_then(|name| name.strip_suffix(".jsonl")).and_then(|it| it.parse().ok());
            last = last.max(first);
        }
        Ok(last)
    }
}

impl Segment {
    /// Whether what is written to it is found under its name.
    fn is_in_place(&self) -> bool {
        let is_named = |file: &File| {
            let (open, named) = (file.metadata()?, fs_err::symlink_metadata(file.path())?);
            io::Result::Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
        };
        [&self.leaves, &self.hashes].into_iter().all(|file| is_named(file).unwrap_or(false))
    }
}

/// What the database said, if it was not a file of the mirror that could not be used.
pub(super) fn of_database(error: io::Error) -> io::Result<rusqlite::Error> {
    error.downcast::<rusqlite::Error>()
}

/// The last note of the file of heads in a record's directory.
pub(super) fn last_note(directory: &Path) -> io::Result<Option<String>> {
    let end = plain::tail(&directory.join(files::CHECKPOINTS), 8 << 10)?;
    let Ok(end) = String::from_utf8(end) else { return Ok(None) };
    let Some(end) = end.strip_suffix("\n\n") else { return Ok(None) };
    // A note has an empty line in it; what follows that one begins with a dash.
    let start = end.match_indices("\n\n").filter(|(at, _)| !end[at + 2..].starts_with('—')).last();
    Ok(Some(format!("{}\n", &end[start.map_or(0, |(at, _)| at + 2)..])))
}

/// The last line of a file, without its line feed, if it has one.
fn last_line(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut end = plain::tail(path, MAX_LEAF as u64 + 2)?;
    if end.pop() != Some(b'\n') {
        return Ok(None);
    }
    let start = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    Ok(Some(end.split_off(start)))
}
