//! What the audit record is made of, and whether a copy of it is whole.
//!
//! The daemon writes its record with these types, and the program `hob-verify`
//! checks a copy with them: without a daemon, without a network, and without
//! believing anything but a key. From the bottom up:
//!
//! - [`tree`]: hashes of a growing list, so that one root speaks for all of it (RFC 9162);
//! - [`proof`]: that one entry is under a root, that one root continues another;
//! - [`leaf`]: one entry, exactly one spelling of it (RFC 8785);
//! - [`commit`]: how a leaf names what it does not say;
//! - [`note`]: a text with an Ed25519 signature (C2SP signed note);
//! - [`checkpoint`]: a root in such a note (C2SP checkpoint);
//! - [`history`]: which order of leaves is possible;
//! - [`record`]: all of that for a directory, in one pass and with bounded memory.
//!
//! Tree and notes are written here, and not taken from the libraries that exist
//! (which the tests hold them against): a program whose purpose is to be
//! believed should be short enough to be read.

pub mod checkpoint;
pub mod commit;
pub mod history;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod record;
pub mod tree;
