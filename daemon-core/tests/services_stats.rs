//! What services use, as it is told: by real processes, to real listeners.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeSet;

use common::LONG;
use common::house::{House, processes, sh, until};
use daemon_core::config::Span;
use daemon_core::kernel::{Code, Fault};
use daemon_core::services::stats::{GetHistory, ServiceUsage, Stats, StatsItem};
use daemon_core::system::GetStatus;
use futures_util::{Stream, StreamExt as _};

fn every_second(ports: bool) -> Stats {
    Stats { names: Vec::new(), every: Span::secs(1), ports }
}

async fn next(items: &mut (impl Stream<Item = Result<StatsItem, Fault>> + Unpin)) -> StatsItem {
    let item = tokio::time::timeout(LONG, items.next()).await.expect("an item comes");
    item.expect("the feed goes on").unwrap()
}

fn of<'a>(item: &'a StatsItem, name: &str) -> &'a ServiceUsage {
    item.services.iter().find(|service| service.name == name).unwrap_or_else(|| panic!("{name}: {item:?}"))
}

async fn tasks(house: &House) -> Vec<String> {
    let status = house.call(GetStatus {}).await.unwrap();
    status.tasks.into_iter().map(|task| task.name).collect()
}

#[tokio::test]
async fn a_service_is_all_of_its_processes_also_those_that_let_themselves_loose() {
    // A child, one in a session of its own, and one whose parent has gone as well.
    let tree = "sleep 98 & setsid sleep 97 & (setsid sh -c 'sleep 96 & exec sleep 95' &); echo up; wait";
    let busy = "echo up; while :; do :; done";
    let ready = "ready = { log = \"up\" }";
    let house =
        House::with([sh("tree", tree, ready), sh("busy", busy, ready), sh("down", "exit 0", "")].concat())
            .await;
    house.start("tree").await.unwrap();
    let status = house.start("busy").await.unwrap();
    let mut items = Box::pin(house.client.open(every_second(false)).await.unwrap());
    let first = next(&mut items).await;
    assert_eq!(first.services.len(), 2, "what does not run uses nothing: {first:?}");
    assert_eq!((of(&first, "busy").pid, of(&first, "busy").run), (status.pid.unwrap(), 1));
    assert!(first.services.iter().all(|service| service.cpu_percent.is_none()), "{first:?}");
    let second = next(&mut items).await;
    let (busy, tree) = (of(&second, "busy"), of(&second, "tree"));
    assert!(busy.cpu_percent.is_some_and(|cpu| 1.0 < cpu && cpu <= 110.0), "{busy:?}");
    assert!(of(&first, "busy").cpu_seconds < busy.cpu_seconds, "{first:?}, {second:?}");
    assert!(tree.cpu_percent.is_some_and(|cpu| cpu < 20.0), "{tree:?}");
    // Those that make themselves loose may have needed a moment.
    let loose = until("the tree is whole", async || of(&next(&mut items).await, "tree").processes == 5);
    loose.await;
    assert_eq!((busy.processes, busy.threads), (1, 1));
    assert!(0 < busy.memory_bytes && busy.memory_bytes < busy.resident_bytes, "{busy:?}");
    assert!(2 < busy.open_files, "{busy:?}");
    drop(items);
    house.stop("tree").await.unwrap();
    house.stop("busy").await.unwrap();
    assert_eq!(processes(&house.dirs), Vec::<i32>::new());
    house.end().await;
}

#[tokio::test]
async fn ports_are_told_to_those_who_ask() {
    let server = "exec python3 -c 'import socket,time; s=socket.create_server((\"127.0.0.1\",0)); \
        u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind((\"127.0.0.1\",0)); \
        print(s.getsockname()[1], u.getsockname()[1], \"up\", flush=True); time.sleep(99)'";
    let house = House::with(sh("server", server, "ready = { log = \"up\" }")).await;
    house.start("server").await.unwrap();
    let line = house.lines("server").await.remove(0).text;
    let mut expected: Vec<_> = line.split(' ').take(2).zip(["tcp", "udp"]).collect();
    expected.sort_unstable_by_key(|(port, _)| port.parse::<u16>().unwrap());
    let mut plain = Box::pin(house.client.open(every_second(false)).await.unwrap());
    assert_eq!(of(&next(&mut plain).await, "server").ports, None);
    let mut curious = Box::pin(house.client.open(every_second(true)).await.unwrap());
    let item = next(&mut curious).await;
    let ports = of(&item, "server").ports.clone().unwrap();
    let found: Vec<_> = ports.iter().map(|port| (port.port.to_string(), port.protocol.as_str())).collect();
    let expected: Vec<_> = expected.into_iter().map(|(port, protocol)| (port.to_owned(), protocol)).collect();
    assert_eq!(found, expected);
    drop((plain, curious));
    house.end().await;
}

#[tokio::test]
async fn however_many_listen_processes_are_counted_once_a_second() {
    let house = House::with(sh("web", "exec sleep 99", "")).await;
    house.start("web").await.unwrap();
    let one = async || {
        let mut items = Box::pin(house.client.open(every_second(false)).await.unwrap());
        let mut moments = Vec::new();
        for _ in 0..3 {
            moments.push(next(&mut items).await.at);
        }
        moments
    };
    let all = futures_util::future::join_all((0..30).map(|_| one())).await;
    for moments in &all {
        assert!(moments.windows(2).all(|pair| pair[0] < pair[1]), "each item is new: {moments:?}");
    }
    let distinct: BTreeSet<_> = all.iter().flatten().collect();
    let moments: Vec<_> = distinct.into_iter().collect();
    assert!(moments.len() < 30, "{moments:?}");
    for pair in moments.windows(2) {
        let apart = pair[1].duration_since(*pair[0]).as_millis();
        assert!(990 <= apart, "{apart} ms apart: {moments:?}");
    }
    house.end().await;
}

#[tokio::test]
async fn while_nobody_listens_nothing_runs() {
    let house = House::with(sh("web", "exec sleep 99", "")).await;
    house.start("web").await.unwrap();
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (named, before) = (tasks(&house).await, alive());
    assert!(!named.iter().any(|name| name.contains("stats")), "{named:?}");
    let mut items = Box::pin(house.client.open(every_second(false)).await.unwrap());
    next(&mut items).await;
    assert_eq!(tasks(&house).await, named, "listening needs no task of its own");
    drop(items);
    until("what listening needed has gone", async || alive() <= before).await;
    house.end().await;
}

#[tokio::test]
async fn who_wants_items_too_often_or_of_nobody_is_told() {
    let house = House::with(sh("web", "exec sleep 99", "")).await;
    let often = Stats { every: Span::millis(200), ..every_second(false) };
    let nobody = Stats { names: vec!["wbe".to_owned()], ..every_second(false) };
    for (wrong, code) in [(often, Code::Invalid), (nobody, Code::NotFound)] {
        let mut items = Box::pin(house.client.open(wrong).await.unwrap());
        let fault = items.next().await.unwrap().unwrap_err();
        assert_eq!(fault.code, code, "{fault}");
        assert!(fault.hint.is_some(), "{fault}");
    }
    house.end().await;
}

#[tokio::test]
async fn a_history_is_kept_where_the_settings_say_so() {
    let web = sh("web", "while :; do :; done", "");
    let house = House::with(&web).await;
    let history = || house.call(GetHistory { name: "web".to_owned(), since: None });
    assert_eq!(history().await.unwrap_err().code, Code::Conflict);
    house.configure(format!("{web}\n[stats]\nhistory = \"5s\"\n")).await.unwrap();
    assert!(tasks(&house).await.iter().any(|name| name == "stats history"));
    house.start("web").await.unwrap();
    let mut points = Vec::new();
    until("something is noted", async || {
        points = history().await.unwrap().points;
        !points.is_empty()
    })
    .await;
    assert!(1.0 < points[0].cpu_percent && points[0].seconds < 30.0, "{points:?}");
    assert!(0 < points[0].memory_bytes && points[0].processes == 1, "{points:?}");
    house.configure(&web).await.unwrap();
    until("the task has gone", async || !tasks(&house).await.iter().any(|name| name == "stats history"))
        .await;
    assert!(!history().await.unwrap().points.is_empty(), "what was kept is still there");
    let wrong = house.configure(format!("{web}\n[stats]\nhistory = \"1s\"\n")).await.unwrap_err();
    assert!(wrong.message.contains("stats.history"), "{wrong}");
    house.end().await;
}
