//! Writes numbered lines of 100 bytes, many at once, as a busy service does.
//!
//! As fast as a program can, so that it is the reader that is measured.

use std::io::Write as _;

use anyhow::Result;

/// The length of a line, with its end.
pub(crate) const LENGTH: usize = 100;
/// The length of the number at its beginning.
pub(crate) const DIGITS: usize = 12;
/// As many as fit into a pipe of 64 KiB.
const AT_ONCE: u64 = 655;

pub(crate) fn write(count: u64) -> Result<()> {
    let mut output = std::io::stdout().lock();
    let mut chunk: Vec<u8> = (0..AT_ONCE).flat_map(line).collect();
    for begin in (0..count).step_by(usize::try_from(AT_ONCE)?) {
        let numbers = begin..count.min(begin + AT_ONCE);
        let lines = usize::try_from(numbers.end - numbers.start)?;
        for (line, number) in chunk.chunks_exact_mut(LENGTH).zip(numbers) {
            put(&mut line[..DIGITS], number);
        }
        output.write_all(&chunk[..lines * LENGTH])?;
    }
    Ok(())
}

/// One of the lines.
pub(crate) fn line(number: u64) -> Vec<u8> {
    let mut line = vec![b'.'; LENGTH];
    line[DIGITS] = b' ';
    line[LENGTH - 1] = b'\n';
    put(&mut line[..DIGITS], number);
    line
}

fn put(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("a digit is less than ten");
        number /= 10;
    }
}
