//! What is told of a service to whoever looks closer: its program, its processes, what its probes found.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh, until};
use daemon_core::services::Word;

#[tokio::test]
async fn the_program_is_told_that_the_path_leads_to_or_why_there_is_none() {
    let place = tempfile::tempdir().unwrap();
    let tool = format!(
        "[service.tool]\ncommand = [\"tool\", \"a secret\"]\nworking_dir = {:?}\nenv = {{ PATH = \"bin\" }}\n",
        place.path()
    );
    let house = House::with(format!("{tool}{}", sh("whole", "sleep 99", ""))).await;
    let detail = house.detail("tool").await;
    assert_eq!(detail.executable, None);
    let why = detail.no_executable.unwrap();
    assert!(why.contains("no program \"tool\" in PATH bin"), "{why}");
    let bin = place.path().join("bin");
    fs_err::create_dir_all(&bin).unwrap();
    fs_err::copy("/bin/sleep", bin.join("tool")).unwrap();
    let detail = house.detail("tool").await;
    assert_eq!(detail.executable.as_deref(), bin.join("tool").to_str());
    assert_eq!(detail.no_executable, None);
    let whole = house.detail("whole").await;
    assert_eq!(whole.executable.as_deref(), Some("/bin/sh"));
    house.end().await;
}

#[tokio::test]
async fn its_processes_stand_below_those_that_started_them_and_what_is_odd_is_marked() {
    // One that lost its parent, one that takes no notice of its child's end, one below another.
    let script = "(setsid sleep 96 &); sh -c 'true & exec sleep 98' & sh -c 'sleep 97; exit' & \
                  echo up; exec 1>&-; wait";
    let house = House::with(sh("tree", script, "ready = { log = \"up\" }")).await;
    assert_eq!(house.detail("tree").await.processes, [], "what does not run has no processes");
    let status = house.start("tree").await.unwrap();
    let mut found = Vec::new();
    until("all are there", async || {
        let detail = house.detail("tree").await;
        assert_eq!(detail.more_processes, 0);
        found = detail.processes;
        let zombie = found.iter().any(|process| process.zombie);
        let sleeping = found.iter().filter(|process| process.name == "sleep").count();
        zombie && sleeping == 3 && found.iter().any(|process| process.stray) && found.len() == 6
    })
    .await;
    let main = &found[0];
    assert_eq!((main.pid, main.depth, main.stray), (status.pid.unwrap(), 0, false), "{found:?}");
    assert!(main.memory_bytes.is_some_and(|bytes| 0 < bytes), "{found:?}");
    let stray = found.iter().find(|process| process.stray).unwrap();
    assert_eq!((stray.name.as_str(), stray.depth), ("sleep", 0), "{found:?}");
    let zombie = found.iter().find(|process| process.zombie).unwrap();
    let parent = &found[found.iter().position(|it| it.zombie).unwrap() - 1];
    assert_eq!((zombie.depth, zombie.memory_bytes), (2, None), "{found:?}");
    assert_eq!((parent.name.as_str(), parent.depth), ("sleep", 1), "it stands below its parent: {found:?}");
    house.stop("tree").await.unwrap();
    assert_eq!(house.detail("tree").await.processes, []);
    house.end().await;
}

#[tokio::test]
async fn what_was_found_when_it_was_last_asked_is_told_until_it_runs_anew() {
    let asks =
        |what: &str| format!("command = ['sh', '-c', 'test -e \"$THINGS/{what}\"'], interval = \"20ms\"");
    let probes = format!("ready = {{ {} }}\nhealth = {{ {} }}", asks("ready"), asks("well"));
    let more = format!("restart = \"never\"\n{probes}");
    let house = House::with([sh("web", "sleep 99", &more), sh("plain", "sleep 99", "")].concat()).await;
    let starting = house.start("web");
    let look = async {
        house.until_is("web", Word::Running).await;
        until("it was asked whether it is ready", async || house.detail("web").await.probes.ready.is_some())
            .await;
        let found = house.detail("web").await.probes;
        assert_eq!(found.ready.unwrap().problem.as_deref(), Some("sh exited with 1"));
        assert_eq!(found.health, None, "nobody asks how it does before it is ready");
        fs_err::write(house.thing("ready"), "").unwrap();
    };
    let (started, ()) = tokio::join!(starting, look);
    started.unwrap();
    until("it was asked how it is", async || house.detail("web").await.probes.health.is_some()).await;
    let found = house.detail("web").await.probes;
    assert_eq!(found.ready.unwrap().problem, None);
    assert_eq!(found.health.unwrap().problem.as_deref(), Some("sh exited with 1"));
    fs_err::write(house.thing("well"), "").unwrap();
    until("it is well", async || {
        house.detail("web").await.probes.health.is_some_and(|probe| probe.problem.is_none())
    })
    .await;
    house.start("plain").await.unwrap();
    assert_eq!(house.detail("plain").await.probes, Default::default());
    house.end().await;
}
