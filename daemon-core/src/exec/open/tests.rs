//! What is different is found, and what is the same stays so.

use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;
use crate::exec::plan::{Bytes, Person, Wanted};

const FIRST: usize = 8;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.at(name);
        fs_err::write(&path, content).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn plan(argv: &[&str], more: impl FnOnce(&mut Wanted)) -> Plan {
    let argv = argv.iter().copied().map(Bytes::from).collect();
    let mut wanted = Wanted { argv, ..Wanted::default() };
    more(&mut wanted);
    let person = Person { home: "/".into(), user: "u".into(), uid: 1000 };
    Plan::of(wanted, "agent", &person).unwrap()
}

fn opened(plan: &Plan) -> Result<Opened, Drift> {
    Opened::of(plan, FIRST, &|| true)
}

fn drift(plan: &Plan) -> Drift {
    opened(plan).unwrap_err()
}

fn content(descriptor: &OwnedFd) -> Vec<u8> {
    let file = std::fs::File::from(descriptor.try_clone().unwrap());
    let mut content = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut content, 0).unwrap();
    content
}

#[test]
fn what_only_root_can_change_is_held_itself() {
    let opened = opened(&plan(&["sh", "-c", "x"], |_| {})).unwrap();
    assert_eq!(opened.argv, ["sh", "-c", "x"]);
    let held = rustix::fs::fstat(&opened.program).unwrap();
    let file = rustix::fs::stat("/usr/bin/sh").unwrap();
    assert_eq!((held.st_dev, held.st_ino), (file.st_dev, file.st_ino));
    assert!(opened.kept.is_empty());
}

#[test]
fn c36_a_script_that_was_rewritten_is_not_run_and_both_hashes_are_told() {
    let place = Place::new();
    let script = place.file("script.sh", "#!/bin/sh\necho benign\n");
    let plan = plan(&[&script], |_| {});
    place.file("script.sh", "#!/bin/sh\necho EVIL!!\n");
    let drift = drift(&plan);
    assert_eq!((drift.what.as_str(), drift.path.as_str()), ("the program", script.as_str()));
    let evil = super::super::files::of_bytes(b"#!/bin/sh\necho EVIL!!\n");
    assert_eq!((drift.was, drift.now), (format!("sha256:{}", plan.sha256()), format!("sha256:{evil}")));
}

#[test]
fn c38_what_was_opened_stays_as_it_was_approved() {
    let place = Place::new();
    let script = place.file("script.sh", "#!/bin/sh\necho benign\n");
    let opened = opened(&plan(&[&script, "x"], |_| {})).unwrap();
    // In place: the same inode.
    std::fs::OpenOptions::new()
        .write(true)
        .open(&script)
        .unwrap()
        .write_all(b"#!/bin/sh\necho EVIL!!")
        .unwrap();
    assert_eq!(content(&opened.kept[0]), b"#!/bin/sh\necho benign\n");
    assert_eq!(opened.argv, ["/bin/sh", "/proc/self/fd/8", "x"]);
}

#[test]
fn a_link_to_a_script_that_only_root_can_change_is_not_what_is_read() {
    let place = Place::new();
    let link = place.at("ldd");
    symlink("/usr/bin/ldd", &link).unwrap();
    let opened = opened(&plan(&[link.to_str().unwrap()], |_| {})).unwrap();
    assert_eq!(opened.argv[1], "/usr/bin/ldd");
    assert!(opened.kept.is_empty());
}

#[test]
fn c46_the_hash_is_that_of_the_copy() {
    let place = Place::new();
    let script = place.file("it", "#!/bin/sh\n");
    let planned = plan(&[&script], |_| {});
    let opened = opened(&planned).unwrap();
    assert_eq!(of_file(&opened.kept[0], 100).unwrap().0, planned.sha256());
}

#[test]
fn each_script_on_the_way_has_a_descriptor_of_its_own() {
    let place = Place::new();
    let inner = place.file("inner", "#!/bin/sh -e\n");
    let outer = place.file("outer", &format!("#!{inner} one two\n"));
    let opened = opened(&plan(&[&outer, "three"], |_| {})).unwrap();
    assert_eq!(opened.argv, ["/bin/sh", "-e", "/proc/self/fd/9", "one two", "/proc/self/fd/8", "three"]);
    assert_eq!(content(&opened.kept[0]), fs_err::read(&outer).unwrap());
    assert_eq!(content(&opened.kept[1]), fs_err::read(&inner).unwrap());
}

#[test]
fn another_file_of_the_same_content_is_another_file() {
    let place = Place::new();
    let script = place.file("it", "#!/bin/sh\n");
    let other = place.file("other", "#!/bin/sh\n");
    let planned = plan(&[&script], |_| {});
    fs_err::rename(&other, &script).unwrap();
    assert!(drift(&planned).now.starts_with("file "));
    fs_err::remove_file(&script).unwrap();
    assert!(drift(&planned).now.contains("No such file"));
    symlink(place.file("target", "#!/bin/sh\n"), &script).unwrap();
    assert!(drift(&planned).now.ends_with("/target"));
}

#[test]
fn other_permissions_are_a_drift_too() {
    let place = Place::new();
    let script = place.file("it", "#!/bin/sh\n");
    let planned = plan(&[&script], |_| {});
    fs_err::set_permissions(&script, PermissionsExt::from_mode(0o4755)).unwrap();
    assert!(drift(&planned).now.contains("mode 4755"));
}

#[test]
fn c42_another_directory_of_that_name_is_another_directory() {
    let place = Place::new();
    let dir = place.at("dir");
    fs_err::create_dir(&dir).unwrap();
    let planned = plan(&["true"], |wanted| wanted.cwd = Some(dir.to_str().unwrap().into()));
    assert!(opened(&planned).is_ok());
    let check = |part: &str| {
        let drift = drift(&planned);
        assert!(drift.what == "the working directory" && drift.now.contains(part), "{drift}");
    };
    fs_err::rename(&dir, place.at("away")).unwrap();
    check("No such file");
    fs_err::create_dir(&dir).unwrap();
    check("directory ");
    fs_err::remove_dir(&dir).unwrap();
    symlink(place.at("away"), &dir).unwrap();
    check("Not a directory");
    fs_err::remove_file(&dir).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &dir, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    check("Not a directory");
}

#[test]
fn c44_a_file_that_was_named_has_to_be_as_it_was() {
    let place = Place::new();
    let file = place.file("args", "-O2");
    let planned = plan(&["true"], |wanted| wanted.files = vec![file.as_str().into()]);
    assert!(opened(&planned).is_ok());
    place.file("args", "-O3");
    assert_eq!(drift(&planned).what, "the file");
}

#[test]
fn c87_what_nobody_wants_any_more_is_not_opened() {
    let place = Place::new();
    let file = place.at("large");
    fs_err::File::create(&file).unwrap().set_len(3 << 20).unwrap();
    let planned = plan(&["true"], |wanted| wanted.files = vec![file.to_str().unwrap().into()]);
    assert!(opened(&planned).is_ok());
    let drift = Opened::of(&planned, FIRST, &|| false).unwrap_err();
    assert!(drift.now.contains("nobody wants it"), "{drift}");
}
