//! A rotated file becomes an archive, whenever the daemon is killed.
//!
//! The archive is written under another name, brought to the disk, and takes
//! its name; only then does the text go. A kill in between leaves an unfinished
//! archive, which is removed, or both, of which the text is removed
//! ([`clean`]). Who has the text open reads on.
//!
//! The capture may remove the text meanwhile, because it was one too many. Then
//! its archive goes, too.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::files::{self, remove};
use super::{archive, crash};

/// Compresses the rotated file `text`. `go_on` is asked now and then, and its error ends the work without a trace.
pub(super) fn pack(text: &Path, mut go_on: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    let (packed, unfinished) = (with(text, ".zst"), with(text, ".zst.new"));
    let mut from = fs_err::File::open(text)?.into_file();
    let known = from.metadata()?;
    let go_on = |from: &File| {
        go_on()?;
        match from.metadata()?.nlink() {
            0 => Err(io::Error::new(io::ErrorKind::NotFound, "it was removed meanwhile")),
            _ => Ok(()),
        }
    };
    let written = write(&mut from, &unfinished, known.modified().ok(), go_on);
    crash::point();
    if let Err(error) = written {
        // What cannot be removed now is removed when somebody looks next.
        drop(remove(&unfinished));
        return Err(error);
    }
    fs_err::rename(&unfinished, &packed)?;
    crash::point();
    if let Some(directory) = packed.parent() {
        fs_err::File::open(directory)?.sync_all()?;
    }
    match fs_err::remove_file(text) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => remove(&packed),
        removed => removed,
    }
}

/// Removes what a killed daemon left in the directory `log`.
pub(super) fn clean(log: &Path) -> io::Result<()> {
    for entry in fs_err::read_dir(log)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.strip_suffix(".log.zst.new").is_some_and(files::is_stamp) {
            remove(&path)?;
        } else if name.strip_suffix(".log.zst").is_some_and(files::is_stamp) {
            remove(&path.with_extension(""))?;
        }
    }
    Ok(())
}

fn write(
    mut from: &mut File,
    unfinished: &Path,
    modified: Option<std::time::SystemTime>,
    mut go_on: impl FnMut(&File) -> io::Result<()>,
) -> io::Result<()> {
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    options.options_mut().mode(0o600);
    let mut to = io::BufWriter::with_capacity(64 * 1024, options.open(unfinished)?);
    let watched = from.try_clone()?;
    archive::write(&mut from, &mut to, || go_on(&watched))?;
    to.flush()?;
    let to = to.get_ref().file();
    if let Some(modified) = modified {
        to.set_modified(modified)?;
    }
    to.sync_all()?;
    // It is about to be all that is left.
    let (packed, text) = (archive::Archive::open(unfinished)?.length(), watched.metadata()?.len());
    match packed == text {
        true => Ok(()),
        false => Err(io::Error::other(format!("it has {packed} bytes of the {text}"))),
    }
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::logs::crash::fused::kill_after;

    const TEXT: &str = "2026-11-21T01:23:45.000000000Z stdout F a line\n";

    fn rotated() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let log = tempfile::tempdir().unwrap();
        let path = log.path().join("2026-11-21T01:23:45.000000000Z.log");
        let text = TEXT.repeat(10_000).into_bytes();
        fs_err::write(&path, &text).unwrap();
        (log, path, text)
    }

    fn names(log: &Path) -> Vec<String> {
        let entries = fs_err::read_dir(log).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn text_of(log: &Path) -> Vec<u8> {
        let file = files::rotated(log).unwrap().remove(0);
        match file.is_packed {
            true => zstd::stream::decode_all(fs_err::File::open(&file.path).unwrap()).unwrap(),
            false => fs_err::read(&file.path).unwrap(),
        }
    }

    #[test]
    fn the_text_is_there_once_wherever_a_kill_comes() {
        for kill in 0..3 {
            let (log, path, text) = rotated();
            let survived = kill_after(kill, || pack(&path, || Ok(())).unwrap()).is_some();
            assert_eq!(survived, kill == 2);
            assert!(text_of(log.path()) == text, "{kill}");
            clean(log.path()).unwrap();
            assert!(text_of(log.path()) == text, "{kill}");
            assert_eq!(names(log.path()).len(), 1, "{:?}", names(log.path()));
            if kill == 0 {
                pack(&path, || Ok(())).unwrap();
            }
            assert_eq!(names(log.path()), ["2026-11-21T01:23:45.000000000Z.log.zst"]);
        }
    }

    #[test]
    fn work_that_is_ended_leaves_the_text_alone() {
        let (log, path, text) = rotated();
        let error = pack(&path, || Err(io::ErrorKind::Interrupted.into())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        assert_eq!(names(log.path()).len(), 1);
        assert!(text_of(log.path()) == text);
    }

    #[test]
    fn the_archive_of_a_removed_text_goes_too() {
        let (log, path, _) = rotated();
        let error = pack(&path, || remove(&path)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(names(log.path()), Vec::<String>::new());
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let log = tempfile::tempdir().unwrap();
        for name in ["notes.log.zst.new", "notes.log.zst", "notes.log", "current"] {
            fs_err::write(log.path().join(name), "mine").unwrap();
        }
        clean(log.path()).unwrap();
        assert_eq!(names(log.path()).len(), 4);
    }
}
