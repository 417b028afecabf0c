//! A plan as people see it: facts, the same on every surface, and nothing in them that could deceive.
//!
//! A window, a terminal, a notification and a phone draw the same [`Block`]s.
//! They are made from the plan and from nothing else; what the requester says
//! about it is a block of its own, and is called a claim. Whatever could hide,
//! reorder or imitate is shown as an escape, which is a piece of its own kind, so
//! that a surface can set it apart from text that only looks like one.
//!
//! [`whole`] leaves out nothing. [`brief`] does, and each block says how much.
//! The values of options and variables that are secrets by their names are covered in both, with a remark; the digest
//! is of what is under the cover.

mod alike;
mod blocks;
mod cover;
mod line;
mod shown;

pub use blocks::{Badge, Block, Fact, Level, Row, brief, covers, covers_in, reason, whole};
pub use line::{covered, kept_words, line, notice, words};
pub use shown::{Kind, Piece, Shown};

#[cfg(test)]
mod tests;
