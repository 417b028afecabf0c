//! Whether a directory is a whole record: one pass over it, with memory that does not grow.
//!
//! The directory is the daemon's mirror of its record, or a copy of it:
//!
//! ```text
//! leaves/000000000000.jsonl   the leaves from 0 on, a line each; the next file begins at 65,536
//! leaves/000000000000.sha256  their hashes, a line each: only to name the leaf that was altered
//! checkpoints                 the signed heads, smallest first
//! vkey                        the public key, which whoever checks has better from elsewhere
//! ```
//!
//! Each leaf is hashed as it stands, and at the size of every signed head the
//! roots are compared. What a leaf says is judged too, but a signature weighs
//! more: where the two disagree, the record was altered, whatever it says.

pub mod files;
mod head;
mod locate;
mod report;

use std::path::Path;

pub use report::{Finding, Report, Verdict};

use crate::checkpoint::Checkpoint;
use crate::history::History;
use crate::leaf::Leaf;
use crate::note::{Note, Verifier};
use crate::tree::{Frontier, leaf_hash};
use files::Lines;
use head::Heads;

/// What whoever checks knows from elsewhere.
#[derive(Debug, Default)]
pub struct Options {
    /// The log's key. Without it the record's own is taken, which its forger may have written.
    pub key: Option<Verifier>,
    /// A signed checkpoint that was kept: the record must continue it.
    pub since: Option<Vec<u8>>,
}

/// Checks the record in `directory`.
pub fn verify(directory: &Path, options: &Options) -> Report {
    let mut report = Report::default();
    let key = match head::key(directory, options.key.as_ref()) {
        Ok(key) => Some(key),
        Err(finding) => {
            report.add(finding);
            None
        }
    };
    report.log = key.as_ref().map(|key| key.name().to_owned());
    let heads = Heads::open(directory, key.as_ref());
    let mut pass = Pass {
        directory,
        key: key.as_ref(),
        heads,
        since: None,
        report,
        history: History::default(),
        frontier: Frontier::default(),
        is_legal: true,
        mismatch: None,
    };
    pass.kept(options.since.as_deref());
    pass.read();
    pass.end()
}

struct Pass<'a> {
    directory: &'a Path,
    key: Option<&'a Verifier>,
    heads: Heads,
    /// The checkpoint that was kept, until it was compared.
    since: Option<Checkpoint>,
    report: Report,
    history: History,
    frontier: Frontier,
    /// Until a leaf is wrong. What follows it proves nothing about itself.
    is_legal: bool,
    /// The first signed head whose root is another, if there is one.
    mismatch: Option<Checkpoint>,
}

impl Pass<'_> {
    /// Opens the checkpoint that was kept.
    fn kept(&mut self, note: Option<&[u8]>) {
        let (Some(note), Some(key)) = (note, self.key) else { return };
        match Note::parse(note).and_then(|note| Checkpoint::open(&note, key)) {
            Ok(checkpoint) => self.since = Some(checkpoint),
            Err(refused) => {
                let what = format!("the checkpoint that was kept: {refused}");
                self.report.add(Finding { verdict: head::verdict(&refused), index: None, what });
            }
        }
    }

    fn read(&mut self) {
        let mut lines = match Lines::open(self.directory, files::LEAVES) {
            Ok(lines) => lines,
            Err(error) => return self.malformed(None, error.to_string()),
        };
        self.compare();
        loop {
            match lines.next_line() {
                Ok(Some(line)) => self.leaf(line),
                Ok(None) => return,
                Err(error) => {
                    let index = self.frontier.size();
                    return self.malformed(Some(index), error.to_string());
                }
            }
        }
    }

    fn leaf(&mut self, line: &[u8]) {
        if self.is_legal && self.mismatch.is_none() {
            self.judge(line);
        }
        self.frontier.push(leaf_hash(line));
        self.compare();
    }

    /// Judges what a leaf says. The first that is wrong is told.
    fn judge(&mut self, line: &[u8]) {
        let index = self.frontier.size();
        let leaf = match Leaf::parse(line) {
            Ok(leaf) => leaf,
            Err(error) => return self.malformed(Some(index), error.to_string()),
        };
        if leaf.idx != index {
            let what = format!("it says that it is leaf {}", leaf.idx);
            return self.wrong(Verdict::Altered, Some(index), what);
        }
        if let Some(key) = self.key {
            if leaf.log != key.name() {
                let what = format!("it is a leaf of the log {}", leaf.log);
                return self.wrong(Verdict::Illegal, Some(index), what);
            }
            if index == 0 && leaf.text("vkey").is_some_and(|vkey| vkey != key.to_string()) {
                let what = "the record was begun with another key".to_owned();
                return self.wrong(Verdict::Key, Some(index), what);
            }
        }
        if let Err(illegal) = self.history.follow(&leaf) {
            self.wrong(Verdict::Illegal, Some(illegal.index), illegal.why);
        }
    }

    /// Compares the roots, where a signed head has this size.
    fn compare(&mut self) {
        let size = self.frontier.size();
        if let Some(kept) = self.since.take_if(|kept| kept.size == size) {
            if kept.root == self.frontier.root() {
                // It is signed by the same key, wherever it was kept.
                self.report.signed = size;
            } else {
                let what = format!("the checkpoint of {size} leaves that was kept has another root");
                self.report.add(Finding { verdict: Verdict::Forked, index: None, what });
            }
        }
        if self.mismatch.is_some() {
            return;
        }
        while let Some(head) = self.heads.take_at(size, &mut self.report) {
            if head.root != self.frontier.root() {
                self.mismatch = Some(head);
                return;
            }
            self.report.signed = size;
        }
    }

    fn end(mut self) -> Report {
        let size = self.frontier.size();
        (self.report.leaves, self.report.root) = (size, self.frontier.root());
        if let Some(kept) = &self.since {
            let what =
                format!("the checkpoint that was kept has {} leaves, and the record {size}", kept.size);
            self.report.add(Finding { verdict: Verdict::Forked, index: Some(size), what });
        }
        if let Some(head) = self.mismatch.take() {
            let (index, what) = locate::altered(self.directory, self.report.signed, &head, &self.report);
            self.report.add(Finding { verdict: Verdict::Altered, index: Some(index), what });
        } else if let Some(head) = self.heads.next(&mut self.report) {
            let what = format!("{} leaves were signed, and {size} are here", head.size);
            self.report.add(Finding { verdict: Verdict::Altered, index: Some(size), what });
        } else if self.report.signed == 0 && self.key.is_some() && !self.heads.is_broken() {
            let what = "there is no signed checkpoint".to_owned();
            self.report.add(Finding { verdict: Verdict::Key, index: None, what });
        }
        if self.is_legal {
            for (index, request) in locate::repeated(self.directory, self.history.suspects()) {
                let what = format!("the request {request} has been there before");
                self.report.add(Finding { verdict: Verdict::Illegal, index: Some(index), what });
            }
        }
        self.report.tell(&self.history);
        self.report
    }

    fn malformed(&mut self, index: Option<u64>, what: String) {
        self.wrong(Verdict::Malformed, index, what);
    }

    fn wrong(&mut self, verdict: Verdict, index: Option<u64>, what: String) {
        self.is_legal = false;
        self.report.add(Finding { verdict, index, what });
    }
}
