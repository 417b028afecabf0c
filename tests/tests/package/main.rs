//! The Debian package: made, installed, used and removed, in a root of its own.
//!
//! Nothing of this system's own packages is touched: dpkg(1) is given another
//! root and another database. The programs are those that the tests are built
//! with, so they are large, and the package is not compressed.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use hob_tests::{Home, program, text};

/// Another root, with a package in it.
struct Root {
    dir: tempfile::TempDir,
    package: PathBuf,
}

impl Root {
    fn new() -> Root {
        let dir = tempfile::tempdir().unwrap();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let desktop =
            std::env::var_os("HOB_DESKTOP_SHIPPED").map_or_else(|| program("hob-desktop"), PathBuf::from);
        let made = Command::new(repository.join("scripts/deb"))
            .args([program("hob"), program("hob-launch"), desktop, dir.path().join("out")])
            .env("DEB_COMPRESSION", "none")
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made));
        let mut packages = fs_err::read_dir(dir.path().join("out")).unwrap();
        let package = packages.next().unwrap().unwrap().path();
        fs_err::create_dir_all(dir.path().join("root/var/lib/dpkg/info")).unwrap();
        fs_err::create_dir_all(dir.path().join("root/var/lib/dpkg/updates")).unwrap();
        fs_err::write(dir.path().join("root/var/lib/dpkg/status"), "").unwrap();
        Root { dir, package }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("root").join(below)
    }

    fn dpkg(&self, arguments: &[&str]) {
        let done = Command::new("dpkg")
            .arg(format!("--instdir={}", self.path("").display()))
            .arg(format!("--admindir={}", self.path("var/lib/dpkg").display()))
            .arg(format!("--log={}", self.path("dpkg.log").display()))
            // What it depends on is in the system, and not in this root.
            .args(["--force-depends", "--force-not-root", "--force-script-chrootless"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", text(&done));
    }

    /// All files below `usr`.
    fn files(&self) -> BTreeSet<String> {
        let (mut files, mut dirs) = (BTreeSet::new(), vec![self.path("usr")]);
        while let Some(dir) = dirs.pop() {
            let Ok(entries) = fs_err::read_dir(dir) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => dirs.push(path),
                    false => {
                        files.insert(path.strip_prefix(self.path("")).unwrap().display().to_string());
                    }
                }
            }
        }
        files
    }
}

#[test]
fn the_package_is_installed_works_and_goes_away_without_a_trace() {
    let root = Root::new();
    root.dpkg(&["--install", root.package.to_str().unwrap()]);
    let files = root.files();
    for file in [
        "usr/bin/hob",
        "usr/bin/hob-desktop",
        "usr/bin/hob-verify",
        "usr/libexec/hob/hob-launch",
        "usr/lib/systemd/user/hob.service",
        "usr/share/applications/dev.hob.Desktop.desktop",
        "usr/share/icons/hicolor/scalable/apps/dev.hob.Desktop.svg",
        "usr/share/man/man1/hob.1.gz",
        "usr/share/man/man1/hob-run.1.gz",
        "usr/share/man/man1/hob-verify.1.gz",
        "usr/share/man/man1/hob-desktop.1.gz",
        "usr/share/bash-completion/completions/hob",
        "usr/share/doc/hob/copyright",
    ] {
        assert!(files.contains(file), "{file} is not among {files:#?}");
    }
    for file in ["usr/lib/systemd/user/hob.service", "usr/share/applications/dev.hob.Desktop.desktop"] {
        let text = fs_err::read_to_string(root.path(file)).unwrap();
        assert!(text.contains("/usr/bin/hob") && !text.contains('@'), "{file}: {text}");
    }
    check_installed(&root);
    root.dpkg(&["--remove", "hob"]);
    assert_eq!(root.files(), BTreeSet::new());
}

/// Lives with the installed programs, which find each other where they are.
fn check_installed(root: &Root) {
    let home = Home::new();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(root.path("usr/bin").join(program));
        let command = command.args(arguments).env_remove("HOB_LAUNCH").env("HOB_HOME", home.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", text(&output));
        text(&output)
    };
    let version = run("hob", &["--version"]);
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    assert!(run("hob-desktop", &["--version"]).contains(env!("CARGO_PKG_VERSION")));
    run("hob", &["daemon", "start"]);
    run("hob", &["add", "steady", "--", "sleep", "1000"]);
    home.wait_for_service("steady", |service| service.ready);
    let checks = run("hob", &["doctor"]);
    assert!(checks.contains(&root.path("usr/libexec/hob/hob-launch").display().to_string()), "{checks}");
    assert!(run("hob", &["audit", "verify"]).contains("ok"));
    run("hob", &["daemon", "stop"]);
    let record = home.dirs().audit();
    assert!(run("hob-verify", &[record.to_str().unwrap()]).contains("ok"));
}
