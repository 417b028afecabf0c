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

impl fmt::Display for NotFound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = crate::text::brief(&self.program);
        match self.searched.as_deref() {
            None => {}
            Some("") => write!(out, "no program \"{program}\": the service has no PATH to search")?,
            Some(path) => write!(out, "no program \"{program}\" in PATH {path}")?,
        }
        for (index, (path, obstacle)) in self.candidates.iter().enumerate() {
            let separator = if index == 0 && self.searched.is_none() { "" } else { "; " };
            let path = path.display();
            match obstacle {
                Obstacle::Missing => write!(out, "{separator}{path} does not exist")?,
                Obstacle::Directory => write!(out, "{separator}{path} is a directory")?,
                Obstacle::NotExecutable => {
                    write!(out, "{separator}{path} is not executable (chmod +x {path})")?;
                }
                Obstacle::Unreachable => write!(out, "{separator}{path} may not be looked at")?,
            }
        }
        Ok(())
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
