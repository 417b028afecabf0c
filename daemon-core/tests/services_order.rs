//! Services that need others: who starts before whom, who stops before whom, and what is said meanwhile.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, noted, sh, until};
use daemon_core::kernel::Code;
use daemon_core::services::{ServiceStatus, Stop, Word};

/// A shop that requires its parts, one that only comes after them, and one that has nothing to do with it.
fn shop(more: &str) -> String {
    [
        noted("a-shop", &format!("requires = [\"b-web\"]\n{more}")),
        noted("b-web", &format!("requires = [\"d-db\"]\nafter = [\"c-mail\"]\n{more}")),
        noted("c-mail", more),
        noted("d-db", more),
    ]
    .concat()
}

#[track_caller]
fn check_order(notes: &[String], order: &[&str]) {
    let places: Vec<_> = order.iter().map(|one| notes.iter().position(|note| note == one)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "not {order:?} but {notes:?}");
}

#[tokio::test]
async fn what_is_required_starts_first_and_stops_last() {
    let house = House::with(shop("")).await;
    let status = house.start("a-shop").await.unwrap();
    assert!(status.ready);
    assert_eq!(house.notes(), ["+d-db", "+b-web", "+a-shop"], "what only orders is not pulled in");
    house.start("c-mail").await.unwrap();
    house.stop("c-mail").await.unwrap();
    assert_eq!(house.status("b-web").await.state, Word::Running, "nor does it take anybody along");
    let stopped = house.call(Stop { name: "d-db".to_owned() }).await.unwrap();
    assert_eq!(stopped.stopped_before, ["a-shop", "b-web"], "and not what did not run");
    assert_eq!(house.notes()[5..], ["-a-shop", "-b-web", "-d-db"]);
    for name in ["a-shop", "b-web", "d-db"] {
        assert_eq!(house.status(name).await.state, Word::Stopped);
    }
    house.end().await;
}

#[tokio::test]
async fn what_is_removed_together_stops_in_order_too() {
    let house = House::with(shop("autostart = true")).await;
    house.until("a-shop", |status| status.ready).await;
    house.configure(noted("c-mail", "autostart = true")).await.unwrap();
    until("nothing of them is left", async || house.notes().contains(&"-d-db".to_owned())).await;
    check_order(&house.notes(), &["-a-shop", "-b-web", "-d-db"]);
    assert_eq!(house.status("c-mail").await.state, Word::Running);
    // They come back after those that still leave, and in order.
    house.configure(shop("autostart = true")).await.unwrap();
    house.until("a-shop", |status| status.ready).await;
    house.configure("").await.unwrap();
    house.configure(shop("autostart = true")).await.unwrap();
    house.until("a-shop", |status| status.ready).await;
    let again = house.notes().split_off(house.notes().iter().rposition(|note| note == "-a-shop").unwrap());
    check_order(&again, &["-a-shop", "-b-web", "-d-db", "+d-db", "+b-web", "+a-shop"]);
    house.end().await;
}

#[tokio::test]
async fn the_daemon_starts_and_stops_all_in_order() {
    for _ in 0..3 {
        let house = House::with(shop("autostart = true")).await;
        house.until("a-shop", |status| status.ready).await;
        check_order(&house.notes(), &["+d-db", "+b-web", "+a-shop"]);
        check_order(&house.notes(), &["+c-mail", "+b-web"]);
        let notes = house.thing("notes");
        let house = house.again().await;
        let text = fs_err::read_to_string(notes).unwrap();
        let notes: Vec<String> = text.lines().map(str::to_owned).collect();
        check_order(&notes, &["-a-shop", "-b-web", "-d-db"]);
        check_order(&notes, &["-b-web", "-c-mail"]);
        house.end().await;
    }
}

#[tokio::test]
async fn who_waits_says_for_whom_and_why_and_goes_on_when_it_comes_back() {
    let db = "test -e \"$THINGS/mended\" || { echo no disk >&2; exit 4; }; echo up; exec sleep 99";
    let services =
        sh("db", db, "max_restarts = 1\nready = { log = \"up\" }") + &noted("web", "requires = [\"db\"]");
    let house = House::with(services).await;
    let fault = house.start("web").await.unwrap_err();
    assert_eq!(fault.code, Code::Conflict);
    for part in ["web waits for db", "exited with 4", "no disk"] {
        assert!(fault.message.contains(part), "no {part:?} in {fault}");
    }
    let waits = |status: &ServiceStatus| (status.state, status.pid, status.waiting_for.clone());
    assert_eq!(waits(&house.status("web").await), (Word::Waiting, None, vec!["db".to_owned()]));
    // A person mends the one, and the other needs nobody.
    fs_err::write(house.thing("mended"), "").unwrap();
    assert!(house.start("db").await.unwrap().ready);
    let web = house.until("web", |status| status.ready).await;
    assert_eq!((web.run, web.waiting_for), (1, Vec::new()));
    house.end().await;
}

#[tokio::test]
async fn an_old_failure_is_forgotten_when_a_person_starts_what_waits_for_it() {
    let db = "test -e \"$THINGS/mended\" || exit 4; echo up; exec sleep 99";
    let services =
        sh("db", db, "restart = \"never\"\nready = { log = \"up\" }") + &noted("web", "requires = [\"db\"]");
    let house = House::with(services).await;
    for _ in 0..3 {
        assert!(house.start("web").await.unwrap_err().message.contains("exited with 4"));
    }
    assert_eq!(house.status("db").await.run, 3, "each start has tried it anew");
    fs_err::write(house.thing("mended"), "").unwrap();
    assert!(house.start("web").await.unwrap().ready);
    house.end().await;
}

#[tokio::test]
async fn one_that_has_done_its_work_holds_up_nobody() {
    let services =
        sh("setup", "sleep 0.1; echo +setup >> \"$NOTES\"", "ready = { delay = \"1h\", timeout = \"2h\" }")
            + &noted("web", "requires = [\"setup\"]");
    let house = House::with(services).await;
    assert!(house.start("web").await.unwrap().ready);
    assert_eq!(house.notes(), ["+setup", "+web"]);
    assert_eq!(house.status("setup").await.state, Word::Stopped);
    house.end().await;
}

#[tokio::test]
async fn a_stop_while_it_waits_is_a_stop() {
    let services = sh("db", "sleep 99", "ready = { delay = \"1h\", timeout = \"2h\" }")
        + &noted("web", "requires = [\"db\"]");
    let house = House::with(services).await;
    let stop = async {
        house.until_is("web", Word::Waiting).await;
        house.stop("web").await.unwrap()
    };
    let (started, stopped) = tokio::join!(house.start("web"), stop);
    assert!(started.unwrap_err().message.contains("was stopped"));
    assert_eq!((stopped.state, stopped.run), (Word::Stopped, 0));
    // The same by stopping what it waits for.
    let stop = async {
        house.until_is("web", Word::Waiting).await;
        house.stop("db").await.unwrap()
    };
    let (started, stopped) = tokio::join!(house.start("web"), stop);
    assert!(started.is_err());
    assert_eq!((stopped.state, house.status("web").await.state), (Word::Stopped, Word::Stopped));
    assert_eq!(house.notes(), Vec::<String>::new(), "it never ran");
    house.end().await;
}

#[tokio::test]
async fn a_cycle_is_refused_and_printed() {
    let house = House::with(noted("web", "")).await;
    let before = house.start("web").await.unwrap();
    let ring =
        [noted("a", "after = [\"b\"]"), noted("b", "requires = [\"c\"]"), noted("c", "after = [\"a\"]")];
    let fault = house.configure(ring.concat()).await.unwrap_err();
    assert_eq!(fault.code, Code::Invalid);
    assert!(fault.message.contains("a -> b -> c -> a"), "{fault}");
    assert_eq!((house.names().await, house.status("web").await), (vec!["web".to_owned()], before));
    house.end().await;
}
