//! Directories that come, go and are replaced.

use super::*;

#[tokio::test]
async fn files_in_a_new_directory_are_told() {
    let place = Place::with(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("src/new/deep/b", "");
    assert_eq!(place.changed(&mut watch).await, ["+src/new/deep/b"]);
    place.write("src/new/deep/b", "second");
    assert_eq!(place.changed(&mut watch).await, ["src/new/deep/b"]);
}

#[tokio::test]
async fn a_directory_deleted_and_made_again_is_watched_again() {
    let place = Place::with(&["src/deep/a", "src/b"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.remove("src");
    assert_eq!(place.changed(&mut watch).await, ["-src/b", "-src/deep/a"]);
    place.write("src/deep/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["+src/deep/a"]);
    // And faster than anybody looks.
    place.remove("src");
    place.write("src/deep/a", "third");
    assert_eq!(place.changed(&mut watch).await, ["src/deep/a"]);
    place.write("src/deep/a", "fourth");
    assert_eq!(place.changed(&mut watch).await, ["src/deep/a"]);
}

#[tokio::test]
async fn a_base_that_does_not_exist_yet_is_waited_for() {
    let place = Place::new();
    let base = place.path("not/yet");
    let mut watch = place.watcher.watch(&globs(&["src/**"]).check(&base).unwrap()).await;
    assert_eq!(watch.state().borrow().trouble, None);
    place.mkdir("not");
    place.mkdir("not/yet");
    place.write("not/yet/src/a", "");
    assert_eq!(place.changed(&mut watch).await, ["+not/yet/src/a"]);
}

#[tokio::test]
async fn a_directory_moved_away_takes_its_files_along() {
    let place = Place::with(&["src/old/a", "outside/b"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.rename("src/old", "src/new");
    assert_eq!(place.changed(&mut watch).await, ["+src/new/a", "-src/old/a"]);
    place.write("src/new/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["src/new/a"]);
    place.rename("src/new", "away");
    assert_eq!(place.changed(&mut watch).await, ["-src/new/a"]);
    place.write("away/a", "third");
    place.rename("outside", "src/outside");
    assert_eq!(place.changed(&mut watch).await, ["+src/outside/b"]);
}

#[tokio::test]
async fn a_directory_above_may_be_replaced() {
    let place = Place::with(&["top/mid/src/a", "other/mid/src/a"]);
    let mut watch = place.watch(globs(&["top/mid/src/*"])).await;
    place.rename("top", "old");
    assert_eq!(place.changed(&mut watch).await, ["-top/mid/src/a"]);
    place.rename("other", "top");
    assert_eq!(place.changed(&mut watch).await, ["+top/mid/src/a"]);
    place.write("top/mid/src/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["top/mid/src/a"]);
}

#[tokio::test]
async fn a_directory_named_without_a_wildcard_is_watched_whole() {
    let place = Place::with(&["src/deep/a", "srcs/b"]);
    let mut watch = place.watch(globs(&["src"])).await;
    place.write("srcs/b", "not meant");
    place.write("src/deep/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["src/deep/a"]);
    place.remove("src");
    place.write("src", "a file now");
    assert_eq!(place.changed(&mut watch).await, ["+src", "-src/deep/a"]);
}

#[tokio::test]
async fn only_what_is_needed_is_watched() {
    let place = Place::with(&["src/a.rs", "node_modules/x/y/z", "packages/a/src/b", "packages/a/big/c"]);
    let one = place.watch(globs(&["src/*.rs"])).await;
    assert_eq!(one.state().borrow().directories, 1);
    let hosts = place.watch(globs(&["/etc/hosts"])).await;
    assert_eq!((hosts.state().borrow().directories, hosts.state().borrow().files), (1, 1));
    let packages = place.watch(globs(&["packages/*/src/**"])).await;
    assert_eq!(packages.state().borrow().directories, 3);
}

#[tokio::test]
async fn a_watch_that_is_dropped_watches_nothing() {
    let place = Place::with(&["src/a/b/c", "other/d"]);
    let instance = place.watcher.shared.instance().unwrap();
    let (first, second) = (place.watch(globs(&["other/**"])).await, place.watch(globs(&["src/**"])).await);
    let both = instance.len();
    drop(first);
    soon(async {
        while instance.len() == both {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_ne!(instance.len(), 0, "the other one was forgotten as well");
    drop(second);
    soon(async {
        while instance.len() != 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn two_watches_of_one_directory_hear_each_of_theirs() {
    let place = Place::with(&["src/a.rs", "src/a.css"]);
    let mut rust = place.watch(globs(&["src/*.rs"])).await;
    let mut css = place.watch(globs(&["src/*.css"])).await;
    place.write("src/a.rs", "second");
    place.write("src/a.css", "second");
    assert_eq!(place.changed(&mut rust).await, ["src/a.rs"]);
    assert_eq!(place.changed(&mut css).await, ["src/a.css"]);
    drop(css);
    place.write("src/a.rs", "third");
    assert_eq!(place.changed(&mut rust).await, ["src/a.rs"]);
    assert!(place.tasks.status().iter().any(|task| task.name == "file watches"));
}
