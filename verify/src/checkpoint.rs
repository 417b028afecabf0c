//! How large the record is, and its root: the C2SP checkpoint, signed as a note.
//!
//! A checkpoint speaks for every leaf below its size. Copied somewhere else it
//! is the anchor against which the record can later be held; so its text is
//! short, and a person can read it:
//!
//! ```text
//! hob.local/4f2a9c1d6e8b0375/1000
//! 64
//! sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
//! ```

use std::io::{self, BufRead};

use crate::leaf::decimal_of;
use crate::note::{MAX_NOTE, Note, Refused, Signer, Verifier};
use crate::tree::Hash;

/// The head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; also the name in its key.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads a checkpoint's text. Lines after the third are extensions, which mean nothing here.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Checkpoint, Refused> {
        let malformed = Refused::Malformed("a checkpoint is origin, size and root, each on its line");
        let mut lines = text.strip_suffix('\n').ok_or(malformed.clone())?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed);
        };
        match (decimal_of(size), root.parse()) {
            (Some(size), Ok(root)) if !origin.is_empty() && lines.all(|line| !line.is_empty()) => {
                Ok(Checkpoint { origin: origin.to_owned(), size, root })
            }
            _ => Err(malformed),
        }
    }

    /// Its text.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Signs it. Whoever calls this has made sure that it continues what was signed before.
    pub fn sign(&self, signer: &Signer) -> Note {
        signer.sign(self.to_text())
    }

    /// The checkpoint in a note that `key` has signed, of the log that the key is for.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn open(note: &Note, key: &Verifier) -> Result<Checkpoint, Refused> {
        let checkpoint = Checkpoint::parse(key.open(note)?)?;
        if checkpoint.origin == key.name() {
            Ok(checkpoint)
        } else {
            Err(Refused::Malformed("it is about another log than its key"))
        }
    }
}

/// Signed notes, one after the other in one file, with an empty line between two.
pub struct Notes<R> {
    reader: R,
    /// The line that ended the note before it.
    ahead: Vec<u8>,
}

impl<R: BufRead> Notes<R> {
    /// The notes in what `reader` reads.
    pub fn new(reader: R) -> Notes<R> {
        Notes { reader, ahead: Vec::new() }
    }

    /// The bytes of the next note, or of what stands in its place.
    ///
    /// # Errors
    /// Those of the reader; `InvalidData` for what is longer than any note.
    pub fn next_note(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut note = std::mem::take(&mut self.ahead);
        let mut signed = false;
        loop {
            let start = note.len();
            let room = (MAX_NOTE + 1).saturating_sub(start) as u64;
            if io::Read::take(&mut self.reader, room).read_until(b'\n', &mut note)? == 0 {
                if MAX_NOTE < note.len() {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a note is too long"));
                }
                return Ok((!note.is_empty()).then_some(note));
            }
            let line = &note[start..];
            let is_signature = line.starts_with("— ".as_bytes());
            if signed && !is_signature {
                let line = note.split_off(start);
                if line != b"\n" {
                    self.ahead = line;
                }
                return Ok(Some(note));
            }
            signed = is_signature;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint { origin: "log.example/1".to_owned(), size, root: leaf_hash(&size.to_be_bytes()) }
    }

    #[test]
    fn only_its_own_log_speaks_for_a_checkpoint() {
        let ours = Signer::new("log.example/1", &[1; 32]).unwrap();
        let other = Signer::new("log.example/2", &[1; 32]).unwrap();
        let it = checkpoint(3);
        assert_eq!(Checkpoint::open(&it.sign(&ours), ours.verifier()), Ok(it.clone()));
        assert!(Checkpoint::open(&it.sign(&other), other.verifier()).is_err());
        assert!(Checkpoint::open(&it.sign(&other), ours.verifier()).is_err());
    }

    #[test]
    fn a_text_is_read_strictly() {
        let text = checkpoint(120).to_text();
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint(120)));
        assert_eq!(Checkpoint::parse(&format!("{text}an extension\n")), Ok(checkpoint(120)));
        for bad in [
            text.replacen("120", "0120", 1),
            text.replacen("120", "-1", 1),
            text.replacen("120", "99999999999999999999", 1),
            text.replacen("log.example/1", "", 1),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            "log.example/1\n120\nAAAA\n".to_owned(),
        ] {
            assert!(Checkpoint::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn notes_in_one_file_come_back_one_by_one() {
        let signer = Signer::new("log.example/1", &[1; 32]).unwrap();
        let notes: Vec<String> = (1..4).map(|size| checkpoint(size).sign(&signer).to_string()).collect();
        for file in [notes.join("\n"), notes.concat()] {
            let mut reader = Notes::new(file.as_bytes());
            for note in &notes {
                assert_eq!(reader.next_note().unwrap().as_deref(), Some(note.as_bytes()));
            }
            assert_eq!(reader.next_note().unwrap(), None);
        }
        assert!(Notes::new(&[b'x'; MAX_NOTE + 9][..]).next_note().is_err());
        assert_eq!(Notes::new(&b"torn"[..]).next_note().unwrap().as_deref(), Some(&b"torn"[..]));
    }
}
