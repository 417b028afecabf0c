//! An `env_file`: lines of `NAME=value`.
//!
//! ```text
//! # a comment
//! PORT=8000                     # another one, after a space
//! export GREETING="two\nlines"  # in double quotes \n \t \r \\ \" \$ mean something
//! PATTERN='as it stands: $HOME \n'
//! ```
//!
//! Nothing is expanded: such a file means the same to everybody who reads it.
//! What cannot be read is an error with its line, never a guess; the message
//! does not repeat the line, as it may hold a secret. Of two lines with the same
//! name the later counts.

use std::fmt;
use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use hob_launch::User;

use crate::runs::check_variable;

/// No sensible file is larger.
const LONGEST: u64 = 1 << 20;

/// One variable of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct FileVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its line, from 1.
    pub line: usize,
}

/// An `env_file` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be opened or read.
    #[error("the env_file {} cannot be read: {why}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not, without its path.
        why: String,
    },
    /// It is no such file.
    #[error("the env_file {} is over {LONGEST} bytes", .0.display())]
    TooLarge(PathBuf),
    /// It is a directory, a FIFO or the like.
    #[error("the env_file {} is not a regular file", .0.display())]
    NoFile(PathBuf),
    /// The service's user could not read it.
    #[error("the env_file {} cannot be read by the service's user", .0.display())]
    NotTheirs(PathBuf),
    /// It is not text.
    #[error("the env_file {} is not UTF-8", .0.display())]
    NotText(PathBuf),
    /// A line of it cannot be read.
    #[error("{}:{line}: {reason}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl FileError {
    fn unread(path: &Path, error: &std::io::Error) -> FileError {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::PermissionDenied => "its permissions do not allow it".to_owned(),
            _ => error.to_string(),
        };
        FileError::Io { path: path.to_owned(), why }
    }
}

/// Reads and parses a file; for a service of another user, only one that this user could read:
/// otherwise it could be shown what only the daemon may see.
pub fn read(path: &Path, reader: Option<&User>) -> Result<Vec<FileVar>, FileError> {
    let io = |error: std::io::Error| FileError::unread(path, &error);
    // Asked before it is opened, since opening a device may do something, and again of what was
    // opened, since whoever can write to the directory may have put something else there.
    let file = match fs_err::metadata(path).map_err(io)?.is_file() {
        true => open(path).map_err(io)?,
        false => return Err(FileError::NoFile(path.to_owned())),
    };
    if !file.metadata().map_err(io)?.is_file() {
        return Err(FileError::NoFile(path.to_owned()));
    }
    if let Some(reader) = reader
        && !may_read(reader, &file.metadata().map_err(io)?)
    {
        return Err(FileError::NotTheirs(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    if LONGEST < bytes.len() as u64 {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| FileError::NotText(path.to_owned()))?;
    parsed(path, &text)
}

/// The names of a file's variables, by its text.
///
/// # Errors
/// Which line cannot be read, and why.
pub fn file_names(path: &Path, text: &str) -> Result<Vec<String>, String> {
    let variables = parsed(path, text).map_err(|error| error.to_string())?;
    Ok(variables.into_iter().map(|variable| variable.name).collect())
}

/// Parses the text that a file has, or had.
pub fn parsed(path: &Path, text: &str) -> Result<Vec<FileVar>, FileError> {
    parse(text).map_err(|(line, reason)| FileError::Line { path: path.to_owned(), line, reason })
}

fn may_read(reader: &User, file: &Metadata) -> bool {
    match (file.uid() == reader.uid, reader.gid == file.gid() || reader.groups.contains(&file.gid())) {
        (true, _) => file.mode() & 0o400 != 0,
        (false, true) => file.mode() & 0o040 != 0,
        (false, false) => file.mode() & 0o004 != 0,
    }
}

/// Without waiting for anybody, as opening a FIFO would.
fn open(path: &Path) -> std::io::Result<fs_err::File> {
    fs_err::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Parses a text; `Err` is a line, from 1, and what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<FileVar>, (usize, String)> {
    let mut variables = Vec::new();
    for (index, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = index + 1;
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, value) = assignment(text).map_err(|reason| (line, reason))?;
        variables.push(FileVar { name, value, line });
    }
    Ok(variables)
}

impl fmt::Debug for FileVar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=(hidden), line {}", self.name, self.line)
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let text = text.strip_prefix("export ").unwrap_or(text);
    let (name, value) = text.split_once('=').ok_or("there is no \"=\": write NAME=value")?;
    let name = name.trim();
    check_variable(name)?;
    if name.contains(char::is_whitespace) {
        return Err("the name before the \"=\" contains a space".to_owned());
    }
    if value.contains('\0') {
        return Err(format!("the value of {name} contains a NUL character"));
    }

    let value = value.trim_start();
    let value = match value.chars().next() {
        Some('\'') => single_quoted(&value[1..])?,
        Some('"') => double_quoted(&value[1..])?,
        _ => bare(value).to_owned(),
    };
    Ok((name.to_owned(), value))
}

/// Up to a `#` at the beginning or after a space.
fn bare(text: &str) -> &str {
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        if character == '#' && before.is_whitespace() {
            return text[..index].trim_end();
        }
        before = character;
    }
    text
}

fn single_quoted(text: &str) -> Result<String, String> {
    let (value, rest) = text.split_once('\'').ok_or("a ' is not closed on its line")?;
    nothing_more(rest)?;
    Ok(value.to_owned())
}

fn double_quoted(text: &str) -> Result<String, String> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                nothing_more(characters.as_str())?;
                return Ok(value);
            }
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(same @ ('\\' | '"' | '$' | '`')) => value.push(same),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("a \" is not closed on its line".to_owned())
}

fn nothing_more(rest: &str) -> Result<(), String> {
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(());
    }
    Err("there is something after the closing quote".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Line<'a> = (&'a str, &'a str, usize);

    fn check(text: &str, expected: Result<&[Line<'_>], (usize, &str)>) {
        match (parse(text), expected) {
            (Ok(read), Ok(expected)) => {
                let read: Vec<_> =
                    read.iter().map(|each| (each.name.as_str(), each.value.as_str(), each.line)).collect();
                assert_eq!(read, expected);
            }
            (Err((line, reason)), Err((expected, part))) => {
                assert!(line == expected && reason.contains(part), "{line}: {reason}");
            }
            (read, _) => panic!("{text:?} was read as {read:?}"),
        }
    }

    #[test]
    fn quotes_comments_and_exports_are_understood() {
        check(
            "\u{feff}# head\r\n\r\nA=1\r\nexport B = two words # note\n",
            Ok(&[("A", "1", 3), ("B", "two words", 4)]),
        );
        check("A=a#b\nB=\nC=#x", Ok(&[("A", "a#b", 1), ("B", "", 2), ("C", "", 3)]));
        check(r#"A="x\ty \"z\" \$ \q # no" # yes"#, Ok(&[("A", "x\ty \"z\" $ \\q # no", 1)]));
        check(r"A='$HOME \n'", Ok(&[("A", r"$HOME \n", 1)]));
        check("A=b=c", Ok(&[("A", "b=c", 1)]));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        check("A=1\nB", Err((2, "no \"=\"")));
        check("=1", Err((1, "needs a name")));
        check("A B=1", Err((1, "contains a space")));
        check("A='1", Err((1, "a ' is not closed")));
        check("\nA=\"1\\", Err((2, "a \" is not closed")));
        check("A='1'2", Err((1, "after the closing quote")));
        check("A=\0", Err((1, "NUL")));
    }

    fn check_file(bytes: &[u8], part: &str) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), bytes).unwrap();
        let error = read(file.path(), None).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains(file.path().to_str().unwrap()), "{error}");
    }

    #[test]
    fn a_file_that_is_none_is_refused_by_name() {
        check_file(b"A=\xff", "is not UTF-8");
        check_file(&vec![b'#'; 2 << 20], "over 1048576 bytes");
        check_file(b"A=1\nsecret", ":2: there is no");
        let place = tempfile::tempdir().unwrap();
        let fifo = place.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        // What is not asked for before it is opened does not keep us waiting either.
        assert!(!open(&fifo).unwrap().metadata().unwrap().is_file());
        for path in [place.path(), &fifo] {
            let error = read(path, None).unwrap_err().to_string();
            assert_eq!(error, format!("the env_file {} is not a regular file", path.display()));
        }
        assert!(read(Path::new("/nowhere/.env"), None).unwrap_err().to_string().contains("/nowhere/.env"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([A-Z=#'\"\\\\ \n]|.){0,60}") {
            for variable in parse(&text).unwrap_or_default() {
                prop_assert_eq!(check_variable(&variable.name), Ok(()));
            }
        }
    }

    #[test]
    fn another_user_is_given_only_what_it_could_read_itself() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let stranger = User { uid: 65_533, gid: 65_533, groups: vec![65_533] };
        let owner = User { uid: file.as_file().metadata().unwrap().uid(), ..stranger.clone() };
        fs_err::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(file.path(), Some(&stranger)), Err(FileError::NotTheirs(_))));
        assert!(read(file.path(), Some(&owner)).is_ok());
        fs_err::set_permissions(file.path(), std::fs::Permissions::from_mode(0o604)).unwrap();
        assert!(read(file.path(), Some(&stranger)).is_ok());
    }
}
