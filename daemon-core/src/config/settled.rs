//! Reading a file as one state of it: the same file from the first look at it to the last.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;

use super::Problem;
use super::source::whole;

/// Reads a file, again if it was changed meanwhile; one of more than `largest` bytes is refused.
pub(super) fn read_settled(path: &Path, largest: u64) -> Result<String, String> {
    read_settled_if(path, largest, |_| Ok(())).map_err(|problem| problem.message)
}

/// The same, if the very file that is read is one that counts: its name may lead elsewhere from one moment to the next.
pub(super) fn read_settled_if(
    path: &Path,
    largest: u64,
    counts: impl Fn(&Metadata) -> Result<(), Problem>,
) -> Result<String, Problem> {
    let wrong = |message: String| whole(path, message);
    let unread = |error: std::io::Error| wrong(error.to_string());
    let is_file =
        |found: &Metadata| found.is_file().then_some(()).ok_or(wrong("is not a regular file".to_owned()));
    for _ in 0..3 {
        // To open a device can do something by itself.
        path.metadata().map_err(unread).and_then(|found| is_file(&found))?;
        let mut options = fs_err::OpenOptions::new();
        // Opening a FIFO that nobody writes would wait for ever otherwise.
        options.read(true).custom_flags(libc::O_NONBLOCK);
        let file = options.open(path).map_err(unread)?;
        let before = file.metadata().map_err(unread)?;
        is_file(&before)?;
        counts(&before)?;
        if largest < before.len() {
            return Err(wrong(format!("has {} bytes, and a configuration may have {largest}", before.len())));
        }
        let mut bytes = Vec::new();
        (&file).take(largest + 1).read_to_end(&mut bytes).map_err(unread)?;
        let after = file.metadata().map_err(unread)?;
        let settled = before.modified().ok() == after.modified().ok() && before.len() == after.len();
        if settled && bytes.len() as u64 == after.len() {
            return String::from_utf8(bytes).map_err(|error| {
                wrong(format!("is not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
            });
        }
    }
    Err(wrong("changed each time it was read".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_the_file_that_was_looked_at() {
        let place = tempfile::tempdir().unwrap();
        let [path, other] = ["a", "b"].map(|name| place.path().join(name));
        fs_err::write(&path, "mine").unwrap();
        let read = read_settled_if(&path, 100, |_| {
            fs_err::write(&other, "another's").unwrap();
            fs_err::rename(&other, &path).unwrap();
            Ok(())
        });
        assert_eq!(read.unwrap(), "mine");
        assert_eq!(read_settled(&path, 100).unwrap(), "another's");
        assert!(read_settled(&path, 3).unwrap_err().contains("has 9 bytes"));
        let refused = read_settled_if(&path, 100, |_| Err(whole(&path, "no".to_owned())));
        assert_eq!(refused.unwrap_err().message, "no");
        assert_eq!(read_settled(place.path(), 100).unwrap_err(), "is not a regular file");
    }
}
