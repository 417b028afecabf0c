//! A small disk for the logs, which can be filled.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use hob_tests::Home;

/// Room for all that services write in ten minutes.
const SIZE: &str = "size=256m,mode=700";

/// Where the logs are; a disk of their own if we may mount one.
pub(crate) struct Disk {
    logs: PathBuf,
    mounted: bool,
}

impl Disk {
    /// To be called before there is a daemon.
    #[allow(clippy::print_stderr, reason = "a test that tests less says so")]
    pub(crate) fn below(home: &Home) -> Disk {
        let logs = home.join("state/logs/services");
        fs_err::create_dir_all(&logs).expect("a home can be written");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "hob-chaos"]).arg(&logs);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("no right to mount a small disk: it is never full in this run");
        }
        Disk { logs, mounted }
    }

    /// Leaves no room at all.
    pub(crate) fn fill(&self) {
        if self.mounted {
            let mut ballast = fs_err::File::create(self.ballast()).expect("there was room for a name");
            let chunk = vec![0xff; 1 << 20];
            while ballast.write_all(&chunk).is_ok() {}
            while ballast.write_all(&[0xff]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        fs_err::remove_file(self.ballast()).ok();
    }

    fn ballast(&self) -> PathBuf {
        self.logs.join(".ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily: what is left of a failed test may have files open.
            Command::new("umount").arg("-l").arg(&self.logs).status().ok();
        }
    }
}
