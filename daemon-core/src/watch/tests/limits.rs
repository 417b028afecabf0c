//! Where the system refuses, and where there is too much.
//!
//! The refusals of watches are made up here. With real ones, all tests of `editing` have to pass as well:
//! `unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_inotify_instances; cargo test --lib watch::tests::editing'`,
//! and so with 4 in `max_inotify_watches`.

use std::os::unix::fs::PermissionsExt;

use rustix::io::Errno;

use super::*;
use crate::watch::walk::MOST_FILES;

#[tokio::test]
async fn at_the_limit_of_watches_files_are_looked_at_and_the_remedy_is_told() {
    let place = Place::with(&["src/a"]);
    let (outbox, inbox) = inotify::inbox();
    let mut spots = Spots::new(Arc::clone(&place.watcher.shared), outbox);
    spots.fails = Some(Errno::NOSPC);
    let selection = globs(&["src/**"]).check(place.dir.path()).unwrap();
    let mut watch = place.watcher.watch_with(&selection, spots, inbox).await;
    let trouble = watch.state().borrow().trouble.clone().unwrap();
    assert!(trouble.retried && trouble.message.contains("max_user_watches"), "{trouble:?}");
    assert!(trouble.hint.unwrap().contains("sysctl"));
    place.write("src/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["src/a"]);
}

#[tokio::test]
async fn trouble_that_has_passed_is_over() {
    let place = Place::with(&["src/a"]);
    let (outbox, inbox) = inotify::inbox();
    let mut spots = Spots::new(Arc::clone(&place.watcher.shared), outbox);
    spots.fails = Some(Errno::NOSPC);
    spots.fails_for = 3;
    let selection = globs(&["src/**"]).check(place.dir.path()).unwrap();
    let watch = place.watcher.watch_with(&selection, spots, inbox).await;
    let mut state = watch.state();
    assert!(state.borrow_and_update().trouble.is_some());
    soon(state.wait_for(|state| state.trouble.is_none())).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_cannot_be_read_is_told() {
    if rustix::process::geteuid().is_root() {
        // Root reads everything.
        return;
    }
    let place = Place::with(&["src/a", "src/secret/b"]);
    let forbid = |mode| fs_err::set_permissions(place.path("src/secret"), PermissionsExt::from_mode(mode));
    forbid(0).unwrap();
    let watch = place.watch(globs(&["src/**"])).await;
    let mut state = watch.state();
    let trouble = state.borrow_and_update().trouble.clone().unwrap();
    assert!(trouble.message.contains("src/secret cannot be read"), "{trouble:?}");
    forbid(0o755).unwrap();
    soon(state.wait_for(|state| state.trouble.is_none())).await.unwrap();
}

/// Some files more than are known one by one, as hard links: those are quickly made.
#[tokio::test]
async fn too_many_files_are_told_without_their_names_when_events_are_lost() {
    let place = Place::with(&["src/0"]);
    place.mkdir("src/many");
    for number in 1..=MOST_FILES {
        fs_err::hard_link(place.path("src/0"), place.path(&format!("src/many/{number}"))).unwrap();
    }
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("src/new", "");
    place.remove("src/many/7");
    assert_eq!(place.changed(&mut watch).await, ["-src/many/7", "src/new"]);
    place.watcher.shared.instance().unwrap().overflow();
    assert!(soon(watch.changed()).await.all);
}
