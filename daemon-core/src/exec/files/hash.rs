//! What is in a file, as a number that nothing else has.

use std::io;
use std::os::fd::AsFd;

use sha2::{Digest as _, Sha256};

use super::reading::Reading;

/// The SHA-256 of these bytes, in hex.
pub(in crate::exec) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of a file from its begin on, in hex, and how many bytes there were; more than `most`
/// is refused.
pub(crate) fn of_file(file: impl AsFd, most: u64) -> io::Result<(String, u64)> {
    hash(file, &mut Reading::up_to(most))
}

/// The same, of as much as may be read.
pub(super) fn hash(file: impl AsFd, reading: &mut Reading<'_>) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let length = reading.each(file, |piece| {
        hash.update(piece);
        Ok(())
    })?;
    Ok((hex(&hash.finalize()), length))
}

/// Two digits for each byte.
pub(in crate::exec) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_is_hashed_from_its_begin_wherever_it_was_read_to() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_bytes(b"abc"), abc);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        assert_eq!(of_file(&file, 3).unwrap(), (abc.to_owned(), 3));
        assert!(of_file(&file, 2).is_err());
    }
}
