//! What `.gitignore` files leave out.

use super::*;

fn repository(files: &[&str]) -> Place {
    let place = Place::with(files);
    place.mkdir(".git");
    place
}

#[tokio::test]
async fn what_git_ignores_is_left_out() {
    let place = repository(&["a", "target/x/y", "sub/own", "sub/keep.log", "b.log", ".git/HEAD"]);
    place.write(".gitignore", "target/\n*.log\n");
    place.write("sub/.gitignore", "!keep.log\nown\n");
    let mut watch = place.watch(globs(&["**"])).await;
    assert_eq!(watch.state().borrow().directories, 2);
    for name in ["target/x/y", "sub/own", "b.log", ".git/HEAD", "target/new/z"] {
        place.write(name, "not meant");
    }
    place.write("sub/keep.log", "second");
    assert_eq!(place.changed(&mut watch).await, ["sub/keep.log"]);
}

#[tokio::test]
async fn all_is_watched_if_that_is_said() {
    let place = repository(&["target/y", "b.log", ".git/HEAD"]);
    place.write(".gitignore", "*\n");
    let files = Files { gitignore: Some(false), ignore: vec!["*.log".into()], ..globs(&["**"]) };
    let mut watch = place.watch(files).await;
    for name in ["target/y", "b.log", ".git/HEAD"] {
        place.write(name, "second");
    }
    assert_eq!(place.changed(&mut watch).await, ["target/y"]);
}

#[tokio::test]
async fn what_is_named_is_watched_although_git_ignores_it() {
    let place = repository(&[".env", "dist/a.js", "dist/a.map", "dist/sub/x"]);
    place.write(".gitignore", ".env\ndist/\n*.map\n");
    let mut watch = place.watch(globs(&["src/**", ".env", "dist/**"])).await;
    for name in [".env", "dist/a.js", "dist/a.map", "dist/sub/x"] {
        place.write(name, "second");
    }
    assert_eq!(place.changed(&mut watch).await, [".env", "dist/a.js", "dist/sub/x"]);
}

#[tokio::test]
async fn a_changed_gitignore_is_taken_up_and_changes_no_file() {
    let place = repository(&["src/a.rs", "src/a.log", "src/gen/b.rs", "src/gen/deep/c.rs"]);
    place.write(".gitignore", "gen/\n");
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write(".gitignore", "*.log\n");
    place.only_changes_by("src/a.rs", &mut watch).await;
    place.write("src/a.log", "left out by now");
    place.write("src/gen/deep/c.rs", "meant by now");
    assert_eq!(place.changed(&mut watch).await, ["src/gen/deep/c.rs"]);
    place.write("src/gen/.gitignore", "deep\n");
    assert_eq!(place.changed(&mut watch).await, ["+src/gen/.gitignore"]);
    place.write("src/gen/deep/c.rs", "left out by now");
    place.only_changes_by("src/a.rs", &mut watch).await;
    place.remove(".gitignore");
    place.only_changes_by("src/a.rs", &mut watch).await;
    place.write("src/a.log", "meant again");
    assert_eq!(place.changed(&mut watch).await, ["src/a.log"]);
}

#[tokio::test]
async fn rules_come_with_a_new_directory() {
    let place = repository(&["src/a"]);
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.write("moved/.gitignore", "*.log\n");
    place.write("moved/x.log", "");
    place.write("moved/x.rs", "");
    place.rename("moved", "src/moved");
    assert_eq!(place.changed(&mut watch).await, ["+src/moved/.gitignore", "+src/moved/x.rs"]);
}
