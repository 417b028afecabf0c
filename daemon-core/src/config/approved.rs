//! The files of projects, as a person has approved them.
//!
//! A project's `hob.toml` and the `env_file`s that it names run code, and they
//! lie where anybody may change them: a checkout, a branch, somebody's pull
//! request. So what counts is not what is on disk but what was approved, and the
//! daemon has its own copy of that, down to the byte. A file that changes or
//! vanishes stops nothing, and after a restart the approved text is what runs.
//!
//! Here is the copy, its digest, and how the files on disk compare to it. Who
//! may approve, and what is shown before, is for the capability `project` to say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::settled::read_settled;
use super::source::whole;
use super::{Origin, Problem};
use crate::home::{Dirs, private_dir};

/// What a project's file is called.
pub const PROJECT_FILE: &str = "hob.toml";
/// No `hob.toml` and no `env_file` of a project is larger: somebody has to read it.
pub const PROJECT_FILE_LARGEST: u64 = 256 << 10;

/// A project's files as they were approved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// What it is called: the prefix of its services' names.
    pub name: String,
    /// Its directory, absolute and without symbolic links.
    pub dir: PathBuf,
    /// The text of its `hob.toml`.
    pub text: String,
    /// The texts of the `env_file`s that it names, by their absolute paths; they hold secrets.
    pub env_files: BTreeMap<PathBuf, String>,
    /// Its digest.
    pub digest: String,
    /// When it was approved.
    pub at: Timestamp,
    /// The process that asked for it, which was its user's.
    pub pid: Option<i32>,
    /// Only being looked at: which `env_file`s there are is not known yet.
    #[serde(skip)]
    pub draft: bool,
}

/// How a project's files compare to what was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// They are the same.
    AsApproved,
    /// These are other than they were, or not there.
    Changed(Vec<PathBuf>),
    /// There is no `hob.toml` any more.
    FileGone,
    /// There is no such directory any more.
    DirectoryGone,
}

/// Reads a file of a project whole.
///
/// # Errors
/// Why it cannot be, without the path.
pub fn read_project_file(path: &Path) -> Result<String, String> {
    read_settled(path, PROJECT_FILE_LARGEST)
}

impl std::fmt::Debug for Approved {
    /// Without the texts, which hold secrets.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Approved").field("name", &self.name).field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Approved {
    /// Its `hob.toml`.
    pub fn file(&self) -> PathBuf {
        self.dir.join(PROJECT_FILE)
    }

    /// A service's name as all others know it: `shop/web`.
    pub fn full(&self, service: &str) -> String {
        format!("{}/{service}", self.name)
    }

    /// The SHA-256 of what a person approves: the name, the place and the texts, each with its length before
    /// it, so that no byte of one can be taken for another's.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        put(self.name.as_bytes());
        put(self.dir.as_os_str().as_encoded_bytes());
        put(self.text.as_bytes());
        for (path, text) in &self.env_files {
            put(path.as_os_str().as_encoded_bytes());
            put(text.as_bytes());
        }
        hash.finalize().iter().fold("sha256:".to_owned(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
    }

    /// Compares the files on disk to what was approved.
    pub fn standing(&self) -> Standing {
        if !self.dir.is_dir() {
            return Standing::DirectoryGone;
        }
        let file = self.file();
        if !file.exists() {
            return Standing::FileGone;
        }
        let differs = |path: &Path, text: &str| read_project_file(path).as_deref() != Ok(text);
        let own = differs(&file, &self.text).then_some(file);
        let named = self.env_files.iter().filter(|(path, text)| differs(path, text));
        let changed: Vec<PathBuf> = own.into_iter().chain(named.map(|(path, _)| path.clone())).collect();
        if changed.is_empty() { Standing::AsApproved } else { Standing::Changed(changed) }
    }

    /// Puts it into the daemon's state, whole or not at all.
    ///
    /// # Errors
    /// Why it cannot be written; then what was there is still there.
    pub fn keep(&self, dirs: &Dirs) -> io::Result<()> {
        let place = record(dirs, &self.name);
        private_dir(&dirs.projects()).map_err(|fault| io::Error::other(fault.message))?;
        let draft = place.with_extension("new");
        let written = (|| {
            let mut options = fs_err::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs_err::rename(&draft, &place)
        })();
        // It may not even have been begun.
        written.inspect_err(|_| drop(fs_err::remove_file(&draft)))
    }

    /// Removes what was kept under a name, if anything was.
    ///
    /// # Errors
    /// Why it cannot be removed.
    pub fn forget(dirs: &Dirs, name: &str) -> io::Result<()> {
        match fs_err::remove_file(record(dirs, name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// All that is kept, by name, and what of it cannot be read.
    pub fn all(dirs: &Dirs) -> (Vec<Arc<Approved>>, Vec<Unreadable>) {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        let entries = fs_err::read_dir(dirs.projects()).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        for path in paths.filter(|path| path.extension().is_some_and(|it| it == "json")) {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) else {
                continue;
            };
            match read(&path, &name) {
                Ok(approved) => good.push(Arc::new(approved)),
                Err(reason) => bad.push(Unreadable { name, problem: whole(&path, reason) }),
            }
        }
        good.sort_by(|a, b| a.name.cmp(&b.name));
        (good, bad)
    }
}

/// An approval that cannot be read.
pub struct Unreadable {
    /// The project.
    pub name: String,
    /// Why.
    pub problem: Problem,
}

fn record(dirs: &Dirs, name: &str) -> PathBuf {
    dirs.projects().join(format!("{name}.json"))
}

fn read(path: &Path, name: &str) -> Result<Approved, String> {
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    let approved: Approved =
        serde_json::from_slice(&bytes).map_err(|error| format!("is no approval of a project: {error}"))?;
    if approved.name != name || approved.digest() != approved.digest {
        return Err("is not as the daemon has written it".to_owned());
    }
    Ok(approved)
}

impl Problem {
    /// Whether it is about this project's file.
    pub(super) fn is_of(&self, approved: &Approved) -> bool {
        matches!(&self.origin, Origin::File { file, .. } if *file == approved.file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn approved(dir: &Path) -> Approved {
        let text = "[service.web]\ncommand = \"true\"\nenv_file = \".env\"\n".to_owned();
        let env_files = BTreeMap::from([(dir.join(".env"), "TOKEN=1\n".to_owned())]);
        let (name, digest, at) = ("shop".to_owned(), String::new(), Timestamp::UNIX_EPOCH);
        let shop =
            Approved { name, dir: dir.to_owned(), text, env_files, digest, at, pid: Some(1), draft: false };
        Approved { digest: shop.digest(), ..shop }
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_was_altered_is_not() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        private_dir(dirs.state()).unwrap();
        let shop = approved(Path::new("/src/shop"));
        shop.keep(&dirs).unwrap();
        let (all, bad) = Approved::all(&dirs);
        assert_eq!((all, bad.len()), (vec![Arc::new(shop.clone())], 0));

        Approved { text: "[service.web]\ncommand = \"false\"\n".to_owned(), ..shop }.keep(&dirs).unwrap();
        let (all, bad) = Approved::all(&dirs);
        assert_eq!((all.len(), bad.len(), bad[0].name.as_str()), (0, 1, "shop"));
        Approved::forget(&dirs, "shop").unwrap();
        Approved::forget(&dirs, "shop").unwrap();
        assert_eq!(Approved::all(&dirs).0.len(), 0);
    }

    #[test]
    fn the_files_on_disk_are_compared_to_what_was_approved() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("shop");
        let shop = approved(&dir);
        assert_eq!(shop.standing(), Standing::DirectoryGone);
        fs_err::create_dir(&dir).unwrap();
        assert_eq!(shop.standing(), Standing::FileGone);
        fs_err::write(shop.file(), &shop.text).unwrap();
        assert_eq!(shop.standing(), Standing::Changed(vec![dir.join(".env")]), "it is missing");
        fs_err::write(dir.join(".env"), "TOKEN=1\n").unwrap();
        assert_eq!(shop.standing(), Standing::AsApproved);
        fs_err::write(shop.file(), b"\xff").unwrap();
        assert_eq!(shop.standing(), Standing::Changed(vec![shop.file()]));
    }

    proptest! {
        #[test]
        fn whatever_differs_has_another_digest(
            one in (".{0,8}", proptest::collection::btree_map("[a-c]{1,2}", ".{0,4}", 0..3)),
            other in (".{0,8}", proptest::collection::btree_map("[a-c]{1,2}", ".{0,4}", 0..3)),
        ) {
            let of = |(text, files): &(String, BTreeMap<String, String>)| {
                let env_files = files.iter().map(|(path, text)| (path.into(), text.clone())).collect();
                Approved { text: text.clone(), env_files, ..approved(Path::new("/x")) }.digest()
            };
            prop_assert_eq!(one == other, of(&one) == of(&other));
        }
    }
}
