//! A file that is begun anew when it has grown, the older ones numbered beside it.
//!
//! A line is never split between two files, and what a full disk or a kill left
//! of one is cut off or ended before the next. If the files cannot be
//! renumbered, lines are lost rather than the limit: the disk is shared.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use super::lines::Put;
use super::{Error, LogFile};

/// The newest file, and how full it is.
pub(super) struct Rotating {
    settings: LogFile,
    newest: Option<Newest>,
}

struct Newest {
    file: File,
    size: u64,
}

impl Rotating {
    /// Opens the file so that a wrong path is known at the start; a full disk may recover later.
    pub(super) fn open(settings: LogFile) -> Result<Self, Error> {
        let newest = match open(&settings) {
            Ok(newest) => Some(newest),
            Err(error) if full(&error) => None,
            Err(source) => return Err(Error::File { path: settings.path, source }),
        };
        Ok(Self { settings, newest })
    }

    /// The file that the next line goes to.
    fn room_for(&mut self, line: &[u8]) -> io::Result<Newest> {
        let newest = match self.newest.take() {
            // Somebody may have deleted it: lines would go nowhere, and the space stay taken.
            Some(newest) if 0 < newest.file.metadata()?.nlink() => newest,
            _ => open(&self.settings)?,
        };
        if newest.size == 0 || newest.size + line.len() as u64 <= self.settings.max_size {
            return Ok(newest);
        }
        self.renumber()?;
        open(&self.settings)
    }

    fn renumber(&self) -> io::Result<()> {
        if self.settings.keep == 0 {
            return fs_err::remove_file(&self.settings.path);
        }
        for number in (0..self.settings.keep).rev() {
            match fs_err::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.settings.path.clone().into_os_string();
        if 0 < number {
            name.push(format!(".{number}"));
        }
        name.into()
    }
}

impl Put for Rotating {
    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        let mut newest = self.room_for(line)?;
        if let Err(error) = newest.file.write_all(line) {
            // Forgotten, so that the next line looks at what is really there.
            newest.file.set_len(newest.size).ok();
            return Err(error);
        }
        newest.size += line.len() as u64;
        self.newest = Some(newest);
        Ok(())
    }
}

fn open(settings: &LogFile) -> io::Result<Newest> {
    if let Some(directory) = settings.path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut options = File::options();
    let mut file = options.read(true).append(true).create(true).mode(0o600).open(&settings.path)?;
    let mut size = file.metadata()?.len();
    if 0 < size {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
            size += 1;
        }
    }
    Ok(Newest { file, size })
}

fn full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use fs_err::read_to_string;

    use super::*;

    fn place(max_size: u64, keep: u32) -> (tempfile::TempDir, LogFile) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("logs").join("hob.log");
        (directory, LogFile { path, max_size, keep })
    }

    fn write(settings: &LogFile, lines: &[&str]) {
        let mut file = Rotating::open(settings.clone()).unwrap();
        lines.iter().for_each(|line| file.put(line.as_bytes()).unwrap());
    }

    fn check(settings: &LogFile, expected: &[&str]) {
        let file = Rotating { settings: settings.clone(), newest: None };
        let found: Vec<_> = (0..).map_while(|number| read_to_string(file.numbered(number)).ok()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_is_filled_to_the_last_byte_and_not_beyond() {
        let (_directory, settings) = place(10, 3);
        write(&settings, &["1234\n", "6789\n"]);
        check(&settings, &["1234\n6789\n"]);
        write(&settings, &["x\n"]);
        check(&settings, &["x\n", "1234\n6789\n"]);
    }

    #[test]
    fn the_oldest_goes_when_there_are_enough() {
        let (_directory, settings) = place(4, 3);
        write(&settings, &["one\n", "two\n", "3\n", "four\n", "five, longer than a file\n"]);
        check(&settings, &["five, longer than a file\n", "four\n", "3\n", "two\n"]);
    }

    #[test]
    fn none_is_kept_if_none_is_wanted() {
        let (_directory, settings) = place(4, 0);
        write(&settings, &["one\n", "two\n"]);
        check(&settings, &["two\n"]);
    }

    #[test]
    fn what_a_kill_left_of_a_line_is_ended() {
        let (_directory, settings) = place(100, 3);
        write(&settings, &["half"]);
        write(&settings, &["whole\n"]);
        check(&settings, &["half\nwhole\n"]);
    }

    #[test]
    fn a_deleted_file_is_made_again() {
        let (_directory, settings) = place(100, 3);
        let mut file = Rotating::open(settings.clone()).unwrap();
        file.put(b"one\n").unwrap();
        fs_err::remove_dir_all(settings.path.parent().unwrap()).unwrap();
        file.put(b"two\n").unwrap();
        check(&settings, &["two\n"]);
    }

    #[test]
    fn files_that_cannot_be_renumbered_lose_lines_and_keep_the_limit() {
        let (_directory, settings) = place(4, 1);
        let in_the_way = settings.path.with_extension("log.1");
        fs_err::create_dir_all(in_the_way.join("x")).unwrap();
        let mut file = Rotating::open(settings.clone()).unwrap();
        file.put(b"one\n").unwrap();
        file.put(b"two\n").unwrap_err();
        fs_err::remove_dir_all(&in_the_way).unwrap();
        file.put(b"3\n").unwrap();
        check(&settings, &["3\n", "one\n"]);
    }

    #[test]
    fn a_directory_in_its_place_is_an_error_that_names_it() {
        let (_directory, settings) = place(4, 1);
        fs_err::create_dir_all(&settings.path).unwrap();
        let error = Rotating::open(settings).err().unwrap().to_string();
        assert!(error.contains("logs/hob.log: ") && error.contains("HOB_LOG"), "{error}");
    }
}
