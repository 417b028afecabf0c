//! Which runs live on while no daemon does, for whoever must not start one to find out.
//!
//! A run holds its FIFOs open in both directions, so that nobody else has to.
//! A FIFO that nobody has open for reading cannot be opened for writing without
//! waiting (fifo(7): ENXIO), which tells in one system call, and nothing is
//! written. A run that has closed both of its outputs is not seen by this.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::logs::names::is_fifo;
use super::of_file_name;

/// The services under this directory of runs that run on, by name.
pub fn still_running(runs: &Path) -> Vec<String> {
    let Ok(services) = fs_err::read_dir(runs) else { return Vec::new() };
    let mut names: Vec<String> = services
        .flatten()
        .filter(|service| is_held(&service.path()))
        .filter_map(|service| of_file_name(service.file_name().to_str()?))
        // What has an `@` is a run of a job.
        .filter(|name| !name.contains('@'))
        .collect();
    names.sort_unstable();
    names
}

/// Whether a process has a FIFO of this directory open for reading.
fn is_held(service: &Path) -> bool {
    let Ok(files) = fs_err::read_dir(service) else { return false };
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut opens = OpenOptions::new();
    opens.write(true).custom_flags(flags.bits().cast_signed());
    let mut fifos = files.flatten().map(|file| file.path()).filter(|path| is_fifo(path));
    fifos.any(|fifo| opens.open(fifo).is_ok())
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn only_what_holds_its_fifo_runs_on() {
        let dir = tempfile::tempdir().unwrap();
        for (service, fifo) in
            [("web", "1.out"), ("shop+web", "7.err"), ("dead", "2.out"), ("job@3", "3.out")]
        {
            fs_err::create_dir(dir.path().join(service)).unwrap();
            let mode = Mode::RUSR | Mode::WUSR;
            mkfifoat(CWD, dir.path().join(service).join(fifo), mode).unwrap();
        }
        fs_err::write(dir.path().join("dead/staging"), "x").unwrap();
        let hold =
            |path: &str| OpenOptions::new().read(true).write(true).open(dir.path().join(path)).unwrap();
        let held = [hold("web/1.out"), hold("shop+web/7.err"), hold("job@3/3.out")];
        assert_eq!(still_running(dir.path()), ["shop/web", "web"]);
        drop(held);
        assert_eq!(still_running(dir.path()), [""; 0]);
        assert_eq!(still_running(&dir.path().join("none")), [""; 0]);
    }
}
