//! A daemon killed and started again: what was approved runs on, whatever became of its files.

use hob_tests::{process, until};
use rustix::process::Signal;

use crate::Shop;

const WEB: &str = "[service.web]\ncommand = [\"sh\", \"-c\", \"echo key=$KEY; exec sleep 1000\"]\nenv_file = \".env\"\nready = { log = \"^key=\" }\n";

fn kill(shop: &Shop) {
    let daemon = shop.home.daemon_pid().unwrap();
    process::signal(daemon, Signal::KILL);
    until("the daemon's end", || (!process::is_alive(daemon)).then_some(()));
}

#[test]
fn a_killed_daemon_s_successor_adopts_what_was_approved() {
    let shop = Shop::with(WEB);
    fs_err::write(shop.dir().join(".env"), "KEY=first\n").unwrap();
    shop.up();
    let before = shop.home.wait_for_service("shop/web", |web| web.ready);
    kill(&shop);

    // Meanwhile both files become something else.
    shop.write("[service.web]\ncommand = [\"sh\", \"-c\", \"echo key=evil; exec sleep 1000\"]\n");
    fs_err::write(shop.dir().join(".env"), "KEY=second\n").unwrap();
    shop.home.start();
    let after = shop.home.wait_for_service("shop/web", |web| web.ready);
    assert_eq!((after.pid, after.run, after.changed), (before.pid, before.run, false));
    assert!(shop.home.ok(&["ls"]).contains("shop: hob.toml and .env changed, `hob up"));

    // Its next run is what was approved, too.
    process::signal(after.pid.unwrap(), Signal::KILL);
    let next = shop.home.wait_for_service("shop/web", |web| web.ready && web.run == before.run + 1);
    until("it has said so twice", || {
        (shop.home.service_log("shop+web").matches("key=first").count() == 2).then_some(())
    });
    assert!(!shop.home.service_log("shop+web").contains("evil"), "run {}", next.run);
}

#[test]
fn a_project_whose_directory_is_gone_runs_until_it_is_taken_down() {
    let shop = Shop::with("[service.web]\ncommand = [\"sleep\", \"1000\"]\nworking_dir = \"/\"\n");
    shop.up();
    shop.home.wait_for_service("shop/web", |web| web.ready);
    fs_err::remove_dir_all(shop.dir()).unwrap();
    kill(&shop);
    shop.home.start();
    let web = shop.home.wait_for_service("shop/web", |web| web.ready);
    let listed = shop.home.json(&["project", "list"]);
    assert_eq!(listed["projects"][0]["state"], "directory_gone", "{listed}");
    assert!(shop.home.ok(&["status"]).contains("shop: its directory is gone"));
    shop.home.ok(&["down", &shop.path()]);
    assert!(!process::is_alive(web.pid.unwrap()));
    assert_eq!(shop.home.processes(), Vec::<i32>::new());

    // And it does not come back.
    kill(&shop);
    shop.home.start();
    assert_eq!(shop.home.json(&["ls"])["services"].as_array().unwrap().len(), 0);
}

#[test]
fn a_daemon_that_is_stopped_and_started_begins_with_what_was_approved() {
    let shop = Shop::with("[service.web]\ncommand = [\"sleep\", \"1000\"]\n");
    shop.up();
    shop.home.stop();
    shop.write("[service.evil]\ncommand = [\"sleep\", \"1000\"]\n");
    shop.home.start();
    let services = shop.home.wait_for(|services| services.iter().all(|service| service.ready));
    assert_eq!(services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), ["shop/web"]);
    assert_eq!(shop.home.json(&["config", "show"])["values"][0]["key"], "service.shop/web.command");
}
