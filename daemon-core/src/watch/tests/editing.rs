//! How files are saved.

use super::*;

#[tokio::test]
async fn a_file_that_is_written_has_changed() {
    let place = Place::with(&["src/a.rs", "src/deep/b.rs", "other"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("other", "not meant");
    place.write("src/deep/b.rs", "second");
    place.write("src/c.rs", "new");
    place.remove("src/a.rs");
    assert_eq!(place.changed(&mut watch).await, ["-src/a.rs", "+src/c.rs", "src/deep/b.rs"]);
}

#[tokio::test]
async fn a_file_replaced_by_rename_is_one_change_of_its_path() {
    let place = Place::with(&["src/a.rs"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("src/.a.rs.tmp123", "second");
    place.rename("src/.a.rs.tmp123", "src/a.rs");
    assert_eq!(place.changed(&mut watch).await, ["src/a.rs"]);
}

#[tokio::test]
async fn vim_saves_one_file() {
    let place = Place::with(&["src/a.rs"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("src/.a.rs.swp", "swap");
    place.only_changes_by("src/b.rs", &mut watch).await;
    // backupcopy=no: it tries whether it may create, moves the old file away, writes a new one.
    place.write("src/4913", "");
    place.remove("src/4913");
    place.rename("src/a.rs", "src/a.rs~");
    place.write("src/a.rs", "second");
    place.remove("src/a.rs~");
    place.write("src/.a.rs.swp", "swapped");
    assert_eq!(place.changed(&mut watch).await, ["src/a.rs"]);
}

#[tokio::test]
async fn one_file_is_watched_however_it_is_replaced() {
    let place = Place::with(&["conf/a", "conf/b"]);
    let mut watch = place.watch(globs(&["conf/a"])).await;
    place.write("conf/b", "not meant");
    place.write("tmp", "second");
    place.rename("tmp", "conf/a");
    assert_eq!(place.changed(&mut watch).await, ["conf/a"]);
    place.write("conf/a", "third, in place");
    assert_eq!(place.changed(&mut watch).await, ["conf/a"]);
    place.remove("conf/a");
    assert_eq!(place.changed(&mut watch).await, ["-conf/a"]);
    place.write("conf/a", "fourth");
    assert_eq!(place.changed(&mut watch).await, ["+conf/a"]);
}

#[tokio::test]
async fn a_file_that_came_and_went_was_nothing() {
    let place = Place::with(&["src/a"]);
    // One that was written a moment ago would count as changed: the next write may leave the same time.
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    fs_err::OpenOptions::new().write(true).open(place.path("src/a")).unwrap().set_modified(long_ago).unwrap();
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("src/tmp", "");
    place.remove("src/tmp");
    place.rename("src/a", "src/b");
    place.rename("src/b", "src/a");
    place.only_changes_by("src/c", &mut watch).await;
}

#[tokio::test]
async fn reading_changes_nothing() {
    let place = Place::with(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    fs_err::read(place.path("src/a")).unwrap();
    fs_err::read_dir(place.path("src")).unwrap().for_each(drop);
    place.only_changes_by("src/b", &mut watch).await;
}

#[tokio::test]
async fn permissions_count() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    fs_err::set_permissions(place.path("src/a"), PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(place.changed(&mut watch).await, ["src/a"]);
}

#[tokio::test]
async fn upper_and_lower_case_differ() {
    let place = Place::with(&["src/Readme.txt"]);
    let mut watch = place.watch(globs(&["src/*.txt"])).await;
    place.write("src/b.TXT", "not meant");
    place.rename("src/Readme.txt", "src/readme.txt");
    assert_eq!(place.changed(&mut watch).await, ["-src/Readme.txt", "+src/readme.txt"]);
}

#[tokio::test]
async fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::with(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    let path = place.path("src").join(std::ffi::OsStr::from_bytes(b"\xff\n"));
    fs_err::write(&path, "").unwrap();
    let change = soon(watch.changed()).await;
    assert_eq!(change.files, [Changed { path, how: How::Created }]);
    assert_eq!(change.json_lines().lines().count(), 1);
}
