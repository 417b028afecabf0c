//! What processes there are, and which belong to which run.
//!
//! `/proc` is read in one pass (`scan`), its texts are parsed by pure functions
//! ([`texts`]), every process is given to the run that it descends from or whose
//! tag it bears ([`trees`]), and CPU time is counted from pass to pass
//! ([`ledger`]). [`family`] is one run as a person looks at it. When a pass is made is for others to say.

pub mod family;
pub mod ledger;
pub(crate) mod scan;
pub mod texts;
pub mod trees;
