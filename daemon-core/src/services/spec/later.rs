//! Keys that the design has and this version has not.
//!
//! A configuration written for a later version should hear that, and not that
//! it misspelled something. So these keys are known to the reader, but have a
//! type that no value can be read into; as they fail while being read, the error
//! stands at their line. They are left out of the schema and of what is written.

use serde::{Deserializer, Serialize, de};

/// The value of a key of a later version: there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Later;

macro_rules! later {
    ($($key:ident: $what:literal)*) => {$(
        pub(super) fn $key<'de, D: Deserializer<'de>>(_: D) -> Result<Later, D::Error> {
            Err(de::Error::custom(concat!($what, " not in this version yet: remove this key")))
        }
    )*};
}

later! {
    health: "health checks (\"health\") are"
    watchdog: "\"watchdog\" is"
    tty: "\"tty\" (a pseudo-terminal) is"
    memory: "memory limits (\"limits.memory\") are"
    cpu: "CPU limits (\"limits.cpu\") are"
    pids: "process limits (\"limits.pids\") are"
}
