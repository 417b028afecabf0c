//! Programs that are started to be measured, or to be measured against.
//!
//! Most are roles of this very binary. One is C, compiled when it is needed,
//! because its start has to cost next to nothing.

pub(crate) mod first;
pub(crate) mod lines;

use anyhow::{Result, bail};

use crate::floors::{copy, echo};

/// Plays the role that the words after `--role` name.
pub(crate) fn play(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["lines", count] => lines::write(count.parse()?),
        ["echo", socket, request, reply] => echo::serve(socket, request.parse()?, reply.parse()?),
        ["copy", file, per_cent] => copy::run(file, per_cent.parse()?),
        _ => bail!("there is no such role"),
    }
}
