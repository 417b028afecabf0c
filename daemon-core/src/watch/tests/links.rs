//! Symbolic links.

use super::*;

#[tokio::test]
async fn a_link_changes_with_its_file() {
    let place = Place::with(&["real/a", "real/b", "src/c"]);
    place.link("../real/a", "src/link");
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("real/b", "nobody's");
    place.write("real/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["src/link"]);
    place.write("tmp", "third");
    place.rename("tmp", "real/a");
    assert_eq!(place.changed(&mut watch).await, ["src/link"]);
    place.remove("src/link");
    place.link("../real/b", "src/link");
    assert_eq!(place.changed(&mut watch).await, ["src/link"]);
    place.write("real/a", "nobody's by now");
    place.only_changes_by("real/b", &mut place.watch(globs(&["real/b"])).await).await;
    assert_eq!(place.changed(&mut watch).await, ["src/link"]);
}

#[tokio::test]
async fn a_link_on_the_way_to_the_file_counts() {
    // As Kubernetes publishes a ConfigMap.
    let place = Place::with(&["conf/v1/a", "conf/v2/a"]);
    place.link("v1", "conf/..data");
    place.link("..data/a", "conf/a");
    let mut watch = place.watch(globs(&["conf/a"])).await;
    place.link("v2", "conf/..new");
    place.rename("conf/..new", "conf/..data");
    assert_eq!(place.changed(&mut watch).await, ["conf/a"]);
    place.write("conf/v2/a", "second");
    assert_eq!(place.changed(&mut watch).await, ["conf/a"]);
}

#[tokio::test]
async fn a_linked_directory_is_not_followed_unless_it_is_named() {
    let place = Place::with(&["real/a", "src/b"]);
    place.link("../real", "src/linked");
    place.link(".", "src/loop");
    let mut whole = place.watch(globs(&["src/**"])).await;
    assert_eq!(whole.state().borrow().directories, 1);
    let mut named = place.watch(globs(&["src/linked"])).await;
    let mut below = place.watch(globs(&["src/linked/*"])).await;
    place.write("real/a", "second");
    assert_eq!(place.changed(&mut named).await, ["src/linked/a"]);
    assert_eq!(place.changed(&mut below).await, ["src/linked/a"]);
    place.only_changes_by("src/b", &mut whole).await;
}

#[tokio::test]
async fn a_link_to_the_release_may_be_set_anew() {
    let place = Place::with(&["releases/1/conf/a", "releases/2/conf/a"]);
    place.link("releases/1", "current");
    let mut globbed = place.watch(globs(&["current/conf/*"])).await;
    let mut named = place.watch(globs(&["current"])).await;
    place.link("releases/2", "next");
    place.rename("next", "current");
    assert_eq!(place.changed(&mut globbed).await, ["current/conf/a"]);
    assert_eq!(place.changed(&mut named).await, ["current/conf/a"]);
    place.write("releases/2/conf/a", "second");
    assert_eq!(place.changed(&mut globbed).await, ["current/conf/a"]);
    assert_eq!(place.changed(&mut named).await, ["current/conf/a"]);
}

#[tokio::test]
async fn a_link_to_nothing_waits_for_its_file() {
    let place = Place::with(&["src/b"]);
    place.link("../not/yet", "src/link");
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("not/yet", "");
    assert_eq!(place.changed(&mut watch).await, ["src/link"]);
}
