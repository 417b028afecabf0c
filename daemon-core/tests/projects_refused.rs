//! What may not be approved, by whom not, and under which names.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::path::Path;

use common::house::{House, sh};
use common::shop::{Place, list, refused, review, up, web};
use daemon_core::kernel::{Caller, Code};
use daemon_core::project::{Down, List, Review, Up};
use daemon_core::services::Word;

#[tokio::test]
async fn only_what_was_looked_at_can_be_approved() {
    let house = House::with("").await;
    let place = Place::with(&web(""));
    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    place.write(&sh("web", "echo something else; sleep 1000", ""));
    let late = house.call(Up { dir: reviewed.dir, digest: reviewed.digest.clone() }).await;
    refused(late, Code::Conflict, &["has changed meanwhile", "`hob up` shows it anew"]);

    // The same text in another place is another project.
    place.write(&web(""));
    let elsewhere = Place::with(&web(""));
    let swapped = house.call(Up { dir: elsewhere.text_dir(), digest: reviewed.digest }).await;
    refused(swapped, Code::Conflict, &["has changed meanwhile"]);
    assert_eq!(house.names().await, Vec::<String>::new());
    house.end().await;
}

#[tokio::test]
async fn two_projects_of_one_name_are_told_apart_by_their_places() {
    let house = House::with("").await;
    let (first, second) =
        (Place::with(&web("")), Place::with(&("[project]\nname = \"SHOP\"\n".to_owned() + &web(""))));
    up(&house, &first).await.unwrap();
    let (one, other) = (first.text_dir(), second.text_dir());
    refused(up(&house, &second).await, Code::Conflict, &["\"SHOP\"", &one, &other, "[project] name"]);

    second.write(&("[project]\nname = \"blog\"\n".to_owned() + &web("")));
    up(&house, &second).await.unwrap();
    house.until_is("blog/web", Word::Running).await;

    // A new name is a new prefix, and the old one is gone.
    second.write(&("[project]\nname = \"diary\"\n".to_owned() + &web("")));
    assert_eq!(review(&house, &other).await.unwrap().renamed_from.as_deref(), Some("blog"));
    up(&house, &second).await.unwrap();
    house.until_is("diary/web", Word::Running).await;
    assert_eq!(house.names().await, ["diary/web", "shop/web"]);
    house.end().await;
}

#[tokio::test]
async fn files_that_are_wrong_are_refused_with_their_place_and_change_nothing() {
    let house = House::with(sh("shop/own", "sleep 1000", "")).await;
    let place = Place::with("");
    let at = |line: usize| format!("{}/hob.toml:{line}", place.text_dir());
    for (text, parts) in [
        ("[service.web\n", vec![at(1)]),
        ("[service.web]\ncommnad = \"x\"\n", vec![at(2), "did you mean `command`?".to_owned()]),
        ("[daemon]\nauto_start = true\n", vec![at(1), "cannot stand in the file of a project".to_owned()]),
        ("[projct]\n", vec!["did you mean [project]?".to_owned()]),
        ("[project]\nnme = \"x\"\n", vec![at(2), "did you mean `name`?".to_owned()]),
        ("[project]\nname = \"a/b\"\n", vec!["the project name \"a/b\" is not allowed".to_owned()]),
        ("[project]\nname = \"..\"\n", vec!["is not allowed".to_owned()]),
        ("[project]\nname = \"\"\n", vec!["needs a name".to_owned()]),
        ("[service.\"../x\"]\ncommand = \"x\"\n", vec!["is not allowed".to_owned()]),
        ("[service.\"\"]\ncommand = \"x\"\n", vec!["is not allowed".to_owned()]),
        ("[service.own]\ncommand = \"x\"\n", vec!["is already in".to_owned()]),
        ("[service.OWN]\ncommand = \"x\"\n", vec!["only in the case of letters".to_owned()]),
        ("[service.a]\ncommand = \"x\"\n[service.A]\ncommand = \"x\"\n", vec!["only in the case".to_owned()]),
        (
            "[service.a]\ncommand = \"x\"\nrequires = [\"b\"]\n",
            vec![at(3), "no service is named \"b\"".to_owned()],
        ),
        ("[service.a]\ncommand = \"x\"\nafter = [\"a\"]\n", vec!["shop/a -> shop/a".to_owned()]),
        (
            "[service.a]\ncommand = \"x\"\nenv_file = \"none\"\n",
            vec!["service \"a\"".to_owned(), "none".to_owned()],
        ),
        ("[defaults.service]\ncommand = \"x\"\n", vec![at(2), "cannot have a command".to_owned()]),
        ("[service.\"e\\u001b[2Jvil\"]\ncommand = \"x\"\n", vec!["e\\u{1b}[2Jvil".to_owned()]),
    ] {
        place.write(text);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        refused(up(&house, &place).await, Code::Invalid, &parts);
    }
    place.write(&format!("# {}", "x".repeat(300 << 10)));
    refused(up(&house, &place).await, Code::NotFound, &["and a configuration may have 262144"]);
    fs_err::remove_file(place.dir().join("hob.toml")).unwrap();
    refused(up(&house, &place).await, Code::NotFound, &["hob.toml"]);
    refused(review(&house, "shop").await, Code::Invalid, &["is not absolute"]);
    refused(review(&house, "/no/such/place").await, Code::NotFound, &["/no/such/place"]);
    assert_eq!(house.names().await, ["shop/own"]);
    assert_eq!(list(&house).await, []);
    house.end().await;
}

#[tokio::test]
async fn a_section_of_projects_has_no_place_at_home() {
    let house = House::with("").await;
    let fault = house.configure("[project]\nname = \"home\"\n").await.unwrap_err();
    assert!(fault.message.contains("is for the file of a project"), "{fault}");
    house.end().await;
}

#[tokio::test]
async fn a_page_in_a_window_can_look_and_nothing_else() {
    let house = House::with("").await;
    let place = Place::with(&web(""));
    let reviewed = review(&house, &place.text_dir()).await.unwrap();
    let page = house.daemon.client_of(Caller::window());
    assert!(page.call(List {}).await.is_ok());
    refused(page.call(Review { dir: place.text_dir() }).await, Code::Denied, &["admin"]);
    let up = Up { dir: place.text_dir(), digest: reviewed.digest };
    refused(page.call(up).await, Code::Denied, &["admin"]);
    refused(page.call(Down { project: "shop".to_owned() }).await, Code::Denied, &["admin"]);
    drop(page);
    house.end().await;
}

#[tokio::test]
async fn a_daemon_s_own_copy_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::with("").await;
    up(&house, &Place::with(&web(""))).await.unwrap();
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&house.dirs.projects()), 0o700);
    assert_eq!(mode(&house.dirs.projects().join("shop.json")), 0o600);
    house.end().await;
}
