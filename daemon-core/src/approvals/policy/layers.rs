//! The files of the policy on this machine, and which of them count.
//!
//! The administrator's file counts only if nobody but root could have written it,
//! the user's only if nobody but the user and root could. A project's counts once
//! the project is taken up, and can only make the policy stricter.
//!
//! A file that cannot be read or is wrong does not vanish from the policy, since
//! what it forbids would be forgotten: its last good text stays in force. Where
//! there is none, as after a start, nothing runs without a person until it is mended.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::decide::Policy;
use super::file::{Layer, PolicyFile, hex};
use crate::config::{Approved, Document, Origin, Problem};
use crate::home::Dirs;

/// Where an administrator's policy is.
const ADMIN: &str = "/etc/hob/policy.toml";
/// Where a project's is, below its directory.
const IN_PROJECT: &str = ".hob/policy.toml";

/// Where the files are, or would be.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) admin: PathBuf,
    pub(super) user: PathBuf,
    pub(super) dirs: Dirs,
}

/// What was read.
pub(super) struct Layers {
    pub(super) files: Vec<PolicyFile>,
    /// All that is wrong; what was in force instead stays so.
    pub(super) problems: Vec<Problem>,
    /// Why nothing may be allowed.
    pub(super) unreadable: Option<String>,
}

impl Places {
    pub(super) fn of(dirs: &Dirs) -> Places {
        let user = dirs.config().with_file_name("policy.toml");
        Places { admin: ADMIN.into(), user, dirs: dirs.clone() }
    }

    /// All files that there may be, each with its layer and its project's directory.
    pub(super) fn all(&self) -> Vec<(Layer, PathBuf, Option<PathBuf>)> {
        let projects = Approved::all(&self.dirs).0.into_iter();
        let of_projects =
            projects.map(|project| (Layer::Project, project.dir.join(IN_PROJECT), Some(project.dir.clone())));
        let own = [(Layer::Admin, self.admin.clone(), None), (Layer::User, self.user.clone(), None)];
        own.into_iter().chain(of_projects).collect()
    }

    /// Reads all that are there; `last` is what is in force.
    pub(super) fn read(&self, last: Option<&Policy>) -> Layers {
        let mut layers = Layers { files: Vec::new(), problems: Vec::new(), unreadable: None };
        for (layer, path, project) in self.all() {
            let read = read(layer, &path).map(|file| {
                file.map(|mut file| {
                    file.rules.iter_mut().for_each(|rule| rule.below.clone_from(&project));
                    file
                })
            });
            let problems = match read {
                Ok(file) => {
                    layers.files.extend(file);
                    continue;
                }
                Err(problems) => problems,
            };
            let last_good = last.and_then(|last| last.files.iter().find(|file| file.path == path));
            match (last_good, project) {
                (Some(file), _) => layers.files.push(file.clone()),
                (None, Some(project)) => layers.files.push(PolicyFile::unreadable(&path, &project)),
                (None, None) => {
                    let told = format!(
                        "the policy {} cannot be read, so each command is asked about",
                        path.display()
                    );
                    layers.unreadable.get_or_insert(told);
                }
            }
            layers.problems.extend(problems);
        }
        layers
    }
}

impl Layers {
    /// The SHA-256 of all files, with their places and lengths, so that no two policies have the same.
    pub(super) fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            for part in
                [file.path.as_os_str().as_encoded_bytes(), file.sha256.as_bytes(), &[file.layer as u8]]
            {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hash.update(self.unreadable.as_deref().unwrap_or_default());
        hex(&hash.finalize())
    }

    pub(super) fn sources(&self) -> Vec<String> {
        self.files.iter().map(|file| file.path.display().to_string()).collect()
    }
}

/// A file of a layer; `None` if there is none.
pub(super) fn read(layer: Layer, path: &Path) -> Result<Option<PolicyFile>, Vec<Problem>> {
    let problem = |message: String, hint: &str| {
        let origin = Origin::File { file: path.to_owned(), line: None };
        Problem { origin, key: String::new(), message, hint: Some(hint.to_owned()) }
    };
    match path.symlink_metadata().and_then(|_| path.metadata()) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            return Ok(None);
        }
        Err(error) => {
            let message = format!("cannot be read: {error}");
            return Err(vec![problem(message, "is it a link that leads nowhere?")]);
        }
    }
    let own = rustix::process::getuid().as_raw();
    let may_write: &[u32] = if layer == Layer::Admin { &[0] } else { &[0, own] };
    let above = path.parent().and_then(|parent| parent.metadata().ok());
    if layer == Layer::Admin
        && let Some(message) = above.and_then(|above| distrust(above.uid(), above.mode(), layer, may_write))
    {
        return Err(vec![problem(
            format!("its directory {message}"),
            "chown and chmod it; the file does not count like this",
        )]);
    }
    let document = Document::read_if(path, |found| {
        let distrusted = match layer {
            Layer::Project => None,
            _ => distrust(found.uid(), found.mode(), layer, may_write),
        };
        distrusted.map_or(Ok(()), |message| {
            Err(problem(message, "chown and chmod it; it does not count like this"))
        })
    });
    PolicyFile::read(&document.map_err(|problem| vec![problem])?, path, layer).map(Some)
}

/// Why a file may have been written by somebody else.
fn distrust(uid: u32, mode: u32, layer: Layer, owners: &[u32]) -> Option<String> {
    if !owners.contains(&uid) {
        return Some(format!("belongs to user {uid}, who is neither root nor you"));
    }
    // Where everybody has a group of their own, files are open to that group.
    let open = if layer == Layer::Admin { 0o022 } else { 0o002 };
    (mode & open != 0).then(|| format!("can be written by others: its mode is {:o}", mode & 0o7777))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_could_have_written_does_not_count() {
        for (uid, mode, layer, trusted) in [
            (0, 0o100_644, Layer::Admin, true),
            (0, 0o100_664, Layer::Admin, false),
            (0, 0o100_646, Layer::Admin, false),
            (1000, 0o100_644, Layer::Admin, false),
            (1000, 0o100_664, Layer::User, true),
            (1000, 0o100_602, Layer::User, false),
            (1001, 0o100_600, Layer::User, false),
            (0, 0o100_644, Layer::User, true),
        ] {
            let owners: &[u32] = if layer == Layer::Admin { &[0] } else { &[0, 1000] };
            assert_eq!(distrust(uid, mode, layer, owners).is_none(), trusted, "{uid} {mode:o} {layer:?}");
        }
    }

    #[test]
    fn what_was_good_stays_in_force_and_without_it_everything_is_asked() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        let places = Places { admin: home.path().join("none.toml"), ..Places::of(&dirs) };
        assert_eq!((places.read(None).files.len(), places.read(None).unreadable), (0, None));

        fs_err::write(
            &places.user,
            "version = 1\n[[rule]]\nid = \"a\"\neffect = \"deny\"\nexec_name = \"rm\"\n",
        )
        .unwrap();
        let good = places.read(None);
        assert_eq!((good.files.len(), good.problems.len()), (1, 0));
        let good_sha = good.sha256();
        let last = super::super::tests::policy(good.files);

        fs_err::write(&places.user, "version = 1\n[[rule]]\nid = 7\n").unwrap();
        let kept = places.read(Some(&last));
        assert_eq!((kept.files.len(), kept.problems.len(), &kept.unreadable), (1, 1, &None));
        assert_eq!(kept.sha256(), good_sha);
        let lost = places.read(None);
        assert!(lost.files.is_empty() && lost.unreadable.is_some() && lost.sha256() != good_sha);

        fs_err::remove_file(&places.user).unwrap();
        std::os::unix::fs::symlink("nowhere", &places.user).unwrap();
        assert!(places.read(None).unreadable.is_some());
    }
}
