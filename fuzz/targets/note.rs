//! Arbitrary bytes as a note, a checkpoint, a file of notes, a proof and a key.

#![no_main]

use hob_verify::checkpoint::{Checkpoint, Notes};
use hob_verify::note::{Note, Verifier};
use hob_verify::proof::Proof;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(note) = Note::parse(input) {
        assert_eq!(note.to_string().as_bytes(), input);
    }
    let mut notes = Notes::new(input);
    let mut left = input.len();
    while let Ok(Some(note)) = notes.next_note() {
        assert!(note.len() <= left, "it gives what is there, and each byte once");
        left -= note.len();
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.to_text()));
    }
    if let Ok(proof) = Proof::from_text(text) {
        assert_eq!(Proof::from_text(&proof.to_text()), Ok(proof));
    }
    if let Ok(key) = text.parse::<Verifier>() {
        assert_eq!(key.to_string(), text);
    }
});
