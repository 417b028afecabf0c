//! Without a terminal: what a script may do, and what it is told.

use daemon_core::services::Word;
use hob_tests::Home;
use serde_json::Value;

use crate::Shop;

const WEB: &str = "[service.web]\ncommand = [\"sleep\", \"1000\"]\nstop_timeout = \"5s\"\n";

#[test]
fn without_a_terminal_nothing_is_approved_unless_it_is_said() {
    let shop = Shop::with(WEB);
    let said = shop.home.fails(&["up", &shop.path()], 77);
    assert!(said.contains("not approved yet, and there is no terminal"), "{said}");
    assert!(
        said.contains(&format!("hob project review {0}; then approve it: hob up {0} --yes", shop.path())),
        "{said}"
    );
    assert_eq!(shop.home.json(&["ls"])["services"], Value::Array(Vec::new()));

    let shown = shop.home.ok(&["project", "review", &shop.path()]);
    assert!(shown.contains("command       sleep 1000") && shown.contains("digest sha256:"), "{shown}");
    let said = shop.up();
    assert!(said.contains("command       sleep 1000") && said.contains("shop/web has started"), "{said}");

    // It is approved: that is enough for a script too.
    shop.home.ok(&["stop", "shop/*"]);
    let done = shop.home.json(&["up", &shop.path()]);
    assert_eq!(done["services"][0]["name"], "shop/web");

    shop.write(&WEB.replace("1000", "2000"));
    let said = shop.home.fails(&["up", &shop.path()], 77);
    assert!(said.contains("hob.toml has changed since it was approved"), "{said}");
    let said = shop.home.fails(&["up", &shop.path(), "--json"], 77);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["error"]["code"], "denied");
    shop.up();
    let web = shop.home.wait_for_service("shop/web", |web| web.ready && !web.changed);
    assert_eq!(web.command, ["sleep", "2000"], "what runs was started anew");
}

#[test]
fn an_approval_is_for_the_digest_that_it_names() {
    let shop = Shop::with(WEB);
    let reviewed = shop.home.json(&["project", "review", &shop.path()]);
    let digest = reviewed["digest"].as_str().unwrap().to_owned();
    shop.write(&WEB.replace("sleep", "false"));
    let said = shop.home.fails(&["project", "up", &shop.path(), &digest], 1);
    assert!(said.contains("has changed meanwhile"), "{said}");
    shop.write(WEB);
    shop.home.ok(&["project", "up", &shop.path(), &digest]);
    shop.home.wait_for_service("shop/web", |web| web.ready);
}

#[test]
fn the_nearest_file_upwards_is_meant_and_without_one_the_home() {
    let shop = Shop::with(WEB);
    shop.home.config("[service.own]\ncommand = [\"sleep\", \"1001\"]\n");
    let deep = shop.dir().join("a/b");
    fs_err::create_dir_all(&deep).unwrap();
    let (said, status) = shop.from(&deep, &["up", "--yes"]);
    assert!(status == Some(0) && said.contains("shop/web has started"), "{said}");

    shop.home.ok(&["stop", "--all"]);
    let (said, status) = shop.from(std::path::Path::new("/"), &["up"]);
    assert!(status == Some(0) && said.contains("own has started"), "{said}");
    // The home's own services that start by themselves, as ever, and a project's are among them.
    shop.home.wait_for_service("shop/web", |web| web.ready);

    let (said, status) = shop.from(&deep, &["up", "."]);
    assert!(status == Some(4) && said.contains("there is no hob.toml in"), "{said}");
    fs_err::remove_file(shop.dir().join("hob.toml")).unwrap();
    let (said, status) = shop.from(&deep, &["down"]);
    assert!(status == Some(0) && said.contains("shop is down"), "{said}");
    let (said, status) = shop.from(&deep, &["down"]);
    assert!(status == Some(4) && said.contains("here is no project"), "{said}");
}

#[test]
fn a_project_without_services_and_one_without_a_file_are_told() {
    let shop = Shop::with("[project]\nname = \"empty\"\n");
    assert!(shop.up().contains("empty: no service of it starts by itself"));
    assert_eq!(shop.home.json(&["project", "list"])["projects"][0]["name"], "empty");
    shop.home.fails(&["up", "/no/such"], 4);
    shop.home.fails(&["down", "emtpy"], 4);
    shop.home.ok(&["down", "empty"]);
}

#[test]
fn a_project_of_the_same_name_is_refused_with_both_places() {
    let shop = Shop::with(WEB);
    shop.up();
    let other = shop.home.join("other/shop");
    fs_err::create_dir_all(&other).unwrap();
    fs_err::write(other.join("hob.toml"), WEB).unwrap();
    let said = shop.home.fails(&["up", other.to_str().unwrap(), "--yes"], 1);
    assert!(said.contains(&shop.path()) && said.contains(other.to_str().unwrap()), "{said}");
}

#[test]
fn longest_names_have_their_files_and_longer_ones_are_refused() {
    let (project, service) = ("p".repeat(64), "s".repeat(64));
    let text = |service: &str| {
        format!(
            "[project]\nname = \"{project}\"\n[service.{service}]\ncommand = [\"sh\", \"-c\", \"echo there; sleep 1000\"]\n"
        )
    };
    let shop = Shop::with(&text(&service));
    shop.up();
    let full = format!("{project}/{service}");
    let status = shop.home.wait_for_service(&full, |it| it.ready);
    assert_eq!(status.state, Word::Running);
    hob_tests::until("its line", || shop.home.ok(&["logs", &full]).contains("there").then_some(()));
    assert!(shop.home.service_log(&full.replace('/', "+")).contains("there"));
    shop.write(&text(&"s".repeat(65)));
    let said = shop.home.fails(&["up", &shop.path(), "--yes"], 78);
    assert!(said.contains("too long: 65 characters"), "{said}");
}

#[test]
fn a_home_s_own_service_cannot_be_hidden_behind_a_project_s() {
    let home = Home::with("[service.\"shop/web\"]\ncommand = [\"sleep\", \"1000\"]\n");
    let dir = home.join("shop");
    fs_err::create_dir(&dir).unwrap();
    fs_err::write(dir.join("hob.toml"), WEB).unwrap();
    let said = home.fails(&["up", dir.to_str().unwrap(), "--yes"], 78);
    assert!(said.contains("is already in") && said.contains("config.toml"), "{said}");
}
