//! Writes numbered lines of 100 bytes, many at once, as a busy service does.

use std::io::Write as _;

use anyhow::Result;

/// The length of a line, with its end.
pub(crate) const LENGTH: usize = 100;
/// How many fit into a pipe of 64 KiB.
const AT_ONCE: u64 = 655;

pub(crate) fn write(count: u64) -> Result<()> {
    let mut output = std::io::stdout().lock();
    let mut chunk = Vec::with_capacity(AT_ONCE as usize * LENGTH);
    for begin in (0..count).step_by(AT_ONCE as usize) {
        chunk.clear();
        for number in begin..count.min(begin + AT_ONCE) {
            writeln!(chunk, "{number:012} {:.<86}", "")?;
        }
        output.write_all(&chunk)?;
    }
    Ok(())
}
