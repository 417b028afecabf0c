//! Which file a name means: looked for where only root can put one.
//!
//! Never on the caller's PATH: that would let whoever asks decide what the name
//! means, after it was approved by that name. A path is taken as it is, from the
//! working directory if it is relative.

use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::super::error::Error;
use super::super::files::Roots;

/// Where programs are looked for, as far as only root may write there.
const TRUSTED: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The path that a name means, before links are followed.
pub(super) fn resolve(named: &str, cwd: &Path) -> Result<PathBuf, Error> {
    if named.contains('/') {
        let path = cwd.join(named);
        return match path.exists() || !named.contains(char::is_whitespace) {
            true => Ok(path),
            false => Err(Error::not_found(named, &[])),
        };
    }
    search(named, TRUSTED.iter().map(Path::new))
}

/// Those of the directories in which only root can put a program.
pub(super) fn trusted() -> impl Iterator<Item = &'static str> {
    let mut roots = Roots::default();
    TRUSTED.into_iter().filter(move |dir| roots.has(Path::new(dir)))
}

fn search<'a>(named: &str, dirs: impl Iterator<Item = &'a Path>) -> Result<PathBuf, Error> {
    let (mut roots, mut searched) = (Roots::default(), Vec::new());
    for dir in dirs {
        if !roots.has(dir) {
            continue;
        }
        let path = dir.join(named);
        if is_program(&path) {
            return Ok(path);
        }
        searched.push(dir.to_owned());
    }
    Err(Error::not_found(named, &searched))
}

/// Whether somebody could execute it; whether we may is the kernel's to say.
fn is_program(path: &Path) -> bool {
    rustix::fs::stat(path).is_ok_and(|stat| {
        FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_mode & 0o111 != 0
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn c08_a_name_is_looked_for_where_only_root_can_put_a_program() {
        let evil = tempfile::tempdir().unwrap();
        let file = evil.path().join("sh");
        fs_err::write(&file, "#!/bin/sh\n").unwrap();
        fs_err::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        let dirs = [evil.path(), Path::new("/nowhere"), Path::new("/usr/bin")];
        assert_eq!(search("sh", dirs.into_iter()).unwrap(), Path::new("/usr/bin/sh"));
        let error = search("sh", dirs[..1].iter().copied()).unwrap_err().to_string();
        assert!(error.contains("no program \"sh\""), "{error}");
    }

    #[test]
    fn c02_a_whole_command_is_no_name() {
        for command in ["iptables -t nat -A POSTROUTING ; rm -rf /", "/usr/sbin/iptables -t nat -L"] {
            let error = resolve(command, Path::new("/")).unwrap_err().to_string();
            assert!(error.contains("write each argument by itself"), "{error}");
        }
    }

    #[test]
    fn c22_what_only_looks_like_a_program_is_none() {
        for name in ["g\u{456}t", "\u{ff47}it", "l\u{455}"] {
            assert!(resolve(name, Path::new("/")).is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let at = |named, cwd| resolve(named, Path::new(cwd)).unwrap();
        assert_eq!(at("/opt/x", "/tmp"), Path::new("/opt/x"));
        assert_eq!(at("./x", "/tmp"), Path::new("/tmp/./x"));
    }
}
