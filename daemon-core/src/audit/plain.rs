//! Files of the mirror, opened only if they are that: plain files of ours, under their own names.
//!
//! Whoever may write to the directory can put something else in their place. To
//! open a FIFO waits for whoever never comes, and a link leads to what is not the
//! record's to write to. What is no plain file of ours is put aside, and the file
//! made again from the database.

use std::fs::Metadata;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};

/// Opened to be added to; `None` if there is none, by now.
pub(super) fn to_append(path: &Path) -> io::Result<Option<File>> {
    make_way(path)?;
    open(path, OpenOptions::new().append(true))
}

/// Opened to be read; `None` if there is none, or something else.
pub(super) fn to_read(path: &Path) -> io::Result<Option<File>> {
    match path.symlink_metadata() {
        Ok(found) if is_plain(&found) => open(path, OpenOptions::new().read(true)),
        _ => Ok(None),
    }
}

/// An empty one in place of any that was there, opened to be added to.
pub(super) fn anew(path: &Path) -> io::Result<File> {
    make_way(path)?;
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}

/// Puts another file in its place, whole or not at all.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    let mut file = io::BufWriter::new(anew(&draft)?);
    write(&mut file)?;
    file.flush()?;
    make_way(path)?;
    fs_err::rename(draft, path)
}

/// The end of a file, at most so many bytes of it.
pub(super) fn tail(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut end = Vec::new();
    if let Some(mut file) = to_read(path)? {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
        file.take(most).read_to_end(&mut end)?;
    }
    Ok(end)
}

/// Opened if it is one still when it is open. Nothing waits here, whatever it is.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Option<File>> {
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    match is_plain(&file.metadata()?) {
        true => Ok(Some(file)),
        false => Err(io::Error::other(format!("{} is no plain file of ours", path.display()))),
    }
}

/// Renames what is there if it is no plain file of ours.
fn make_way(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().map_or(true, |found| is_plain(&found)) {
        return Ok(());
    }
    let aside = (1..).map(|attempt| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".aside-{attempt}"));
        PathBuf::from(name)
    });
    let aside =
        aside.into_iter().find(|it| it.symlink_metadata().is_err()).expect("one of endlessly many names");
    tracing::error!(
        file = %path.display(),
        aside = %aside.display(),
        "something else was in the place of a file of the record: it is put aside, and the file made again"
    );
    fs_err::rename(path, aside)
}

fn is_plain(found: &Metadata) -> bool {
    found.is_file() && found.uid() == rustix::process::getuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fifo(path: &Path) {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }

    #[test]
    fn what_is_no_plain_file_is_not_opened_and_put_aside() {
        let place = tempfile::tempdir().unwrap();
        let [path, victim] = ["leaves", "victim"].map(|name| place.path().join(name));
        fs_err::write(&victim, "mine").unwrap();
        let odd: [&dyn Fn(); 3] =
            [&|| fifo(&path), &|| std::os::unix::fs::symlink(&victim, &path).unwrap(), &|| {
                fs_err::create_dir(&path).unwrap()
            }];
        for put in odd {
            put();
            assert!(to_read(&path).unwrap().is_none() && tail(&path, 8).unwrap().is_empty());
            assert!(to_append(&path).unwrap().is_none(), "it is out of the way by now");
            put();
            anew(&path).unwrap().write_all(b"one").unwrap();
            to_append(&path).unwrap().unwrap().write_all(b"two").unwrap();
            assert_eq!(tail(&path, 4).unwrap(), b"etwo");
            fs_err::remove_file(&path).unwrap();
            put();
            replace(&path, |file| file.write_all(b"three")).unwrap();
            assert_eq!(fs_err::read(&path).unwrap(), b"three");
            fs_err::remove_file(&path).unwrap();
        }
        // Between the look and the opening.
        fifo(&path);
        assert!(open(&path, OpenOptions::new().read(true)).is_err());
        assert!(open(&path, OpenOptions::new().append(true)).is_err());
        assert_eq!(fs_err::read(&victim).unwrap(), b"mine");
        assert_eq!(fs_err::read_dir(place.path()).unwrap().count(), 2 + 9);
    }
}
