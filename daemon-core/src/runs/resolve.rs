//! Finding the program of a command, as `execvp` would, but saying where it looked.
//!
//! This happens at each start and not when a configuration is checked: a
//! program that is missing today may be installed tomorrow, and until then that
//! is the state of one service, not an error of a file.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program that could not be found, or not be executed where it was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotFound {
    program: String,
    searched: Option<String>,
    candidates: Vec<(PathBuf, Obstacle)>,
}

/// As much of a PATH as a note can bear.
const NOTED: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Missing,
    Directory,
    NotExecutable,
    Unreachable,
}

/// The absolute path of `program`: with a `/` in it, as it stands or from
/// `working_dir`; otherwise the first executable file of that name in the
/// directories of `path_var` (empty ones are `working_dir`, as everywhere).
pub fn resolve(program: &str, path_var: Option<&OsStr>, working_dir: &Path) -> Result<PathBuf, NotFound> {
    if program.contains('/') {
        let path = working_dir.join(program);
        return match obstacle(&path) {
            None => Ok(path),
            Some(obstacle) => Err(NotFound {
                program: program.to_owned(),
                searched: None,
                candidates: vec![(path, obstacle)],
            }),
        };
    }
    let path_var = path_var.unwrap_or_default();
    let mut candidates = Vec::new();
    for directory in std::env::split_paths(path_var).filter(|_| !path_var.is_empty()) {
        let path = working_dir.join(directory).join(program);
        match obstacle(&path) {
            None => return Ok(path),
            Some(Obstacle::Missing) => {}
            Some(obstacle) => candidates.push((path, obstacle)),
        }
    }
    let searched = Some(path_var.to_string_lossy().into_owned());
    Err(NotFound { program: program.to_owned(), searched, candidates })
}

fn obstacle(path: &Path) -> Option<Obstacle> {
    let found = match fs_err::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Some(Obstacle::Unreachable);
        }
        Err(_) => return Some(Obstacle::Missing),
    };
    if found.is_dir() {
        return Some(Obstacle::Directory);
    }
    // Whether *this* user may execute it is the kernel's to say; nobody may without any such bit.
    (found.permissions().mode() & 0o111 == 0).then_some(Obstacle::NotExecutable)
}

/// A PATH in a note: whole if it is short, else as far as it fits and how many directories it has.
fn in_brief(path: &str) -> String {
    if path.chars().count() <= NOTED {
        return path.to_owned();
    }
    let directories: Vec<&str> = path.split(':').collect();
    let mut shown = String::new();
    for directory in &directories {
        if NOTED < shown.chars().count() + directory.chars().count() {
            break;
        }
        shown += directory;
        shown.push(':');
    }
    format!("{shown}… ({} directories)", directories.len())
}

impl NotFound {
    /// The same with the whole PATH, for whoever looks closer.
    pub(crate) fn in_full(&self) -> String {
        self.told(str::to_owned)
    }

    fn told(&self, path: impl FnOnce(&str) -> String) -> String {
        let program = crate::text::brief(&self.program);
        let mut parts = match self.searched.as_deref() {
            None => Vec::new(),
            Some("") => vec![format!("no program \"{program}\": the service has no PATH to search")],
            Some(searched) => vec![format!("no program \"{program}\" in PATH {}", path(searched))],
        };
        parts.extend(self.candidates.iter().map(|(path, obstacle)| {
            let path = path.display();
            match obstacle {
                Obstacle::Missing => format!("{path} does not exist"),
                Obstacle::Directory => format!("{path} is a directory"),
                Obstacle::NotExecutable => format!("{path} is not executable (chmod +x {path})"),
                Obstacle::Unreachable => format!("{path} may not be looked at"),
            }
        }));
        parts.join("; ")
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.told(in_brief))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for (name, mode) in [("first/tool", 0o644), ("second/tool", 0o755), ("second/plain", 0o644)] {
            let path = place.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, "").unwrap();
            fs_err::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        }
        fs_err::create_dir(place.path().join("first/folder")).unwrap();
        place
    }

    fn check(program: &str, path_var: &str, expected: Result<&str, &[&str]>) {
        let place = place();
        let root = place.path().to_str().unwrap();
        let path_var = path_var.replace('@', root);
        let found = resolve(program, Some(path_var.as_ref()), place.path());
        match expected {
            Ok(path) => assert_eq!(found, Ok(place.path().join(path))),
            Err(parts) => {
                let message = found.unwrap_err().to_string();
                for part in parts {
                    assert!(message.contains(&part.replace('@', root)), "{message}");
                }
            }
        }
    }

    #[test]
    fn the_first_executable_on_the_path_is_taken() {
        check("tool", "@/first:@/second", Ok("second/tool"));
        check("tool", "first:second", Ok("second/tool"));
        check("second/tool", "", Ok("second/tool"));
    }

    #[test]
    fn a_long_path_is_cut_in_a_note_and_whole_for_whoever_looks_closer() {
        let path = format!("/usr/bin:/{}:/{}", "x".repeat(30), "y".repeat(30));
        let missing = resolve("nothing", Some(path.as_ref()), Path::new("/")).unwrap_err();
        let note = format!("no program \"nothing\" in PATH /usr/bin:/{}:… (3 directories)", "x".repeat(30));
        assert_eq!(missing.to_string(), note);
        assert_eq!(missing.in_full(), format!("no program \"nothing\" in PATH {path}"));
        let missing = resolve("nothing", Some("".as_ref()), Path::new("/")).unwrap_err();
        assert_eq!(missing.in_full(), missing.to_string());
    }

    #[test]
    fn what_was_found_but_cannot_run_is_named() {
        check(
            "plain",
            "@/first:@/second",
            Err(&["in PATH @/first:@/second", "@/second/plain is not executable"]),
        );
        check("folder", "@/first", Err(&["@/first/folder is a directory"]));
        check("./second/plain", "", Err(&["second/plain is not executable"]));
        check("./nothing", "@/second", Err(&["nothing does not exist"]));
    }

    #[test]
    fn the_path_searched_is_named() {
        check("nothing", "@/first", Err(&["no program \"nothing\" in PATH @/first"]));
        check("nothing", "", Err(&["has no PATH"]));
    }
}
