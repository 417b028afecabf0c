//! Saving what a page shows as a file among the person's downloads.
//!
//! The webview would ignore a link that downloads, and a page that could write
//! anywhere would be worth attacking. So a page gives a name and a text, and no
//! path: the file is new, in one folder, and replaces nothing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use daemon_core::kernel::{Code, Fault};
use fs_err::OpenOptions;
use tauri::{AppHandle, Manager as _, Runtime};

/// Bytes of a text; the viewer holds fewer.
const LARGEST: usize = 128 << 20;
/// Characters of a name, before its number.
const LONGEST_NAME: usize = 80;
/// Files of one name.
const MOST: u32 = 1000;

/// Saves a text under a name like this one, and returns the path of the file.
#[tauri::command]
pub(crate) async fn save<R: Runtime>(app: AppHandle<R>, name: String, text: String) -> Result<String, Fault> {
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir());
    let folder = folder
        .map_err(|error| Fault::new(Code::Unavailable, format!("there is no folder for it: {error}")))?;
    let path = create(&folder, &name, &text)
        .map_err(|error| Fault::new(Code::Unavailable, format!("it was not saved: {error}")))?;
    Ok(path.display().to_string())
}

/// Writes a new file, with a number in its name if there is one already.
fn create(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    if LARGEST < text.len() {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the text is too long for a file"));
    }
    fs_err::create_dir_all(folder)?;
    let (stem, ending) = harmless(name);
    for number in 1..=MOST {
        let numbered =
            if number == 1 { format!("{stem}{ending}") } else { format!("{stem}-{number}{ending}") };
        let path = folder.join(numbered);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there are {MOST} files of this name")))
}

/// A file's name of letters, digits and a few marks, and its ending: nothing of it leads elsewhere or hides it.
fn harmless(name: &str) -> (String, &'static str) {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, "log")) => (stem, ".log"),
        Some((stem, "csv")) => (stem, ".csv"),
        _ => (name, ".txt"),
    };
    let mark =
        |letter: char| if letter.is_ascii_alphanumeric() || "-_.@".contains(letter) { letter } else { '-' };
    let stem: String = stem.chars().take(LONGEST_NAME).map(mark).collect();
    let stem = stem.trim_matches(['.', '-']);
    (if stem.is_empty() { "hob".to_owned() } else { stem.to_owned() }, ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("Downloads");
        let first = create(&below, "web.log", "one\n").unwrap();
        let second = create(&below, "web.log", "two\n").unwrap();
        assert_eq!((first, second.clone()), (below.join("web.log"), below.join("web-2.log")));
        assert_eq!(fs_err::read_to_string(below.join("web.log")).unwrap(), "one\n");
        assert_eq!(fs_err::read_to_string(second).unwrap(), "two\n");
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for (name, expected) in [
            ("web.log", "web.log"),
            ("shop/web-worker.log", "shop-web-worker.log"),
            ("../../.bashrc", "bashrc.txt"),
            ("/etc/passwd", "etc-passwd.txt"),
            (".hidden.log", "hidden.log"),
            ("", "hob.txt"),
            ("a\u{202e}b\n.csv", "a-b.csv"),
            ("web.desktop", "web.desktop.txt"),
        ] {
            let (stem, ending) = harmless(name);
            assert_eq!(format!("{stem}{ending}"), expected, "{name:?}");
        }
        assert!(harmless(&"x".repeat(500)).0.len() <= LONGEST_NAME);
    }
}
