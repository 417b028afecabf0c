//! A run is recognised from its first moment on, before the launcher has become the target.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hob_launch::{Output, Plan, launch};

#[test]
fn the_launcher_itself_carries_the_tag_of_its_run_and_nothing_else_of_the_plan() {
    let env = [("PATH", "/nowhere"), ("HOB_RUN", "home.boot.web.1.x"), ("SECRET", "s")];
    let plan = Plan {
        program: "/bin/true".into(),
        argv: vec!["true".into()],
        env: env.map(|(name, value)| (OsString::from(name), OsString::from(value))).to_vec(),
        dir: PathBuf::from("/"),
        stdin: None,
        stdout: Output::Null,
        stderr: Output::Null,
        umask: 0o022,
        limits: Vec::new(),
        user: None,
        cgroup: None,
    };
    // In the launcher's place, a program that tells its environment where the launcher would report.
    let launched = launch(Path::new("/usr/bin/env"), &plan).unwrap();
    rustix::io::ioctl_fionbio(&launched.report, false).unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(&mut std::fs::File::from(launched.report), &mut told).unwrap();
    assert_eq!(told, "HOB_RUN=home.boot.web.1.x\n");
    let ended = rustix::process::WaitIdOptions::EXITED;
    rustix::process::waitid(rustix::process::WaitId::Pid(launched.pid), ended).unwrap();
}
