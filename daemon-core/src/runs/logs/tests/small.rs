//! A disk that is soon full.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// A file system of 256 KiB, if we may have one.
pub(super) struct Small(PathBuf);

impl Small {
    pub(super) fn mount(at: PathBuf) -> Option<Small> {
        fs_err::create_dir_all(&at).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "none"]).arg(&at).status();
        if !mount.is_ok_and(|status| status.success()) {
            println!("skipped: only root can mount a small file system");
            return None;
        }
        Some(Small(at))
    }

    pub(super) fn fill(&self) {
        let filler = fs_err::File::create(self.0.join("filler")).unwrap();
        while filler.file().write(&[1; 4096]).is_ok_and(|count| 0 < count) {}
    }

    /// Makes it large.
    pub(super) fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status().unwrap();
        assert!(grown.success());
    }

    pub(super) fn clear(&self) {
        fs_err::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().unwrap();
    }
}
