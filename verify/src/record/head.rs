//! The key of a record, and its signed heads one after the other.

use std::io::{BufReader, Read as _, Take};
use std::path::Path;

use fs_err::File;

use super::files::{CHECKPOINTS, KEY, open};
use super::{Finding, Report, Verdict};
use crate::checkpoint::{Checkpoint, Notes};
use crate::note::{Note, Refused, Verifier};

/// The key that is believed: the one that is known from elsewhere, or else the record's own.
pub(super) fn key(record: &Path, known: Option<&Verifier>) -> Result<Verifier, Finding> {
    let path = record.join(KEY);
    let found = match open(&path).and_then(std::io::read_to_string) {
        Ok(text) => text.trim_end_matches('\n').parse::<Verifier>().map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match (known, found) {
        (Some(known), Ok(found)) if *known != found => {
            let what = format!("the record is signed by another key: {found}");
            Err(Finding { verdict: Verdict::Key, index: None, what })
        }
        (Some(known), _) => Ok(known.clone()),
        (None, Ok(found)) => Ok(found),
        (None, Err(error)) => {
            let what = format!("there is no key to check with ({error}): name one with --vkey");
            Err(Finding { verdict: Verdict::Key, index: None, what })
        }
    }
}

/// What a refused note amounts to.
pub(super) fn verdict(refused: &Refused) -> Verdict {
    match refused {
        Refused::Malformed(_) => Verdict::Malformed,
        Refused::Unsigned(_) | Refused::Forged(_) => Verdict::Key,
    }
}

/// The signed heads of a record, smallest first.
pub(super) struct Heads {
    source: Option<(Notes<BufReader<Take<File>>>, Verifier)>,
    next: Option<Checkpoint>,
    /// What made reading end before the end.
    broken: Option<Finding>,
    is_broken: bool,
    last: Option<Checkpoint>,
}

impl Heads {
    /// Opens the record's heads; without a key nothing in them is believed.
    pub(super) fn open(record: &Path, key: Option<&Verifier>) -> Heads {
        let mut heads = Heads { source: None, next: None, broken: None, is_broken: false, last: None };
        let Some(key) = key else { return heads };
        match open(&record.join(CHECKPOINTS)) {
            Ok(file) => {
                // A record that grows meanwhile is signed after its leaves were written: no more is read than
                // is there now, before any leaf is.
                let length = file.metadata().map_or(u64::MAX, |metadata| metadata.len());
                heads.source = Some((Notes::new(BufReader::new(file.take(length))), key.clone()));
                heads.advance();
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => heads.end(Verdict::Malformed, error.to_string()),
        }
        heads
    }

    /// The next head, if it is about `size` leaves.
    pub(super) fn take_at(&mut self, size: u64, report: &mut Report) -> Option<Checkpoint> {
        if self.next.as_ref().is_some_and(|next| next.size == size) { self.next(report) } else { None }
    }

    /// The next head.
    pub(super) fn next(&mut self, report: &mut Report) -> Option<Checkpoint> {
        let head = self.next.take();
        if head.is_some() {
            self.advance();
        }
        // Told late, so that it is told once.
        if let Some(finding) = self.broken.take() {
            report.add(finding);
        }
        head
    }

    /// Whether something among them was no good.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn advance(&mut self) {
        let Some((notes, key)) = &mut self.source else { return };
        let note = match notes.next_note() {
            Ok(Some(note)) => note,
            Ok(None) => return,
            Err(error) => return self.end(Verdict::Malformed, error.to_string()),
        };
        let after = self.last.as_ref().map_or(0, |last| last.size);
        match Note::parse(&note).and_then(|note| Checkpoint::open(&note, key)) {
            Err(refused) => {
                self.end(
                    verdict(&refused),
                    format!("a checkpoint after the one of {after} leaves: {refused}"),
                );
            }
            Ok(head) if head.size < after => {
                let what = format!("the checkpoint of {} leaves comes after one of {after}", head.size);
                self.end(Verdict::Malformed, what);
            }
            Ok(head) if self.last.as_ref().is_some_and(|last| last.size == head.size && *last != head) => {
                let what = format!("two checkpoints of {after} leaves are signed and have different roots");
                self.end(Verdict::Forked, what);
            }
            Ok(head) => {
                self.last = Some(head.clone());
                self.next = Some(head);
            }
        }
    }

    fn end(&mut self, verdict: Verdict, what: String) {
        self.source = None;
        self.is_broken = true;
        self.broken = Some(Finding { verdict, index: None, what });
    }
}
