//! A pause holds what crashes, and nothing else.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use common::house::{House, sh};
use daemon_core::kernel::Code;
use daemon_core::kernel::clock::Clock;
use daemon_core::services::Word;
use daemon_core::system::{GetStatus, PauseState, Resume, StartPause};

/// Runs until somebody removes the file that it makes, and then crashes.
const CRASHES_WHEN_TOLD: &str =
    "echo run >> \"$NOTES\"; touch \"$ALIVE\"; while [ -e \"$ALIVE\" ]; do sleep 0.02; done; exit 1";
const QUICK: &str = "backoff = { initial = \"10ms\", jitter = 0.0 }";

fn fragile(house_alive: &str) -> String {
    sh("web", CRASHES_WHEN_TOLD, &format!("{QUICK}\nenv = {{ ALIVE = \"{house_alive}\" }}"))
}

async fn pause(house: &House, length: Option<&str>) -> PauseState {
    let length = length.map(|text| serde_json::from_value(text.into()).unwrap());
    house.call(StartPause { length, until: None }).await.unwrap()
}

async fn with_fragile() -> (House, tempfile::TempDir, std::path::PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let alive = place.path().join("alive");
    let house = House::with(fragile(alive.to_str().unwrap())).await;
    house.start("web").await.unwrap();
    common::house::until("the program has begun", async || alive.exists()).await;
    (house, place, alive)
}

#[tokio::test]
async fn what_crashes_in_a_pause_starts_again_when_somebody_resumes() {
    let (house, _place, alive) = with_fragile().await;
    assert!(pause(&house, None).await.paused);
    fs_err::remove_file(&alive).unwrap();
    house.until_is("web", Word::Backoff).await;
    assert!(house.call(GetStatus {}).await.unwrap().paused.is_some());
    // Long enough for a hundred of the waits that it would have had.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!((house.status("web").await.state, house.notes().len()), (Word::Backoff, 1));
    house.call(Resume {}).await.unwrap();
    house.until("web", |status| status.state == Word::Running && status.run == 2).await;
    house.end().await;
}

#[tokio::test]
async fn what_a_pause_holds_shows_when_it_starts_by_the_end_of_the_pause() {
    let (house, _place, alive) = with_fragile().await;
    pause(&house, None).await;
    fs_err::remove_file(&alive).unwrap();
    let held = house.until_is("web", Word::Backoff).await;
    assert_eq!(held.retry_at, None, "nobody knows when");
    let until = pause(&house, Some("1h")).await.until;
    house.until("web", |status| status.retry_at.is_some()).await;
    assert_eq!(house.status("web").await.retry_at, until);
    pause(&house, None).await;
    house.until("web", |status| status.retry_at.is_none()).await;
    assert_eq!(house.status("web").await.state, Word::Backoff);
    house.end().await;
}

#[tokio::test]
async fn a_person_starts_what_a_pause_holds() {
    let (house, _place, alive) = with_fragile().await;
    pause(&house, Some("1h")).await;
    fs_err::remove_file(&alive).unwrap();
    house.until_is("web", Word::Backoff).await;
    assert_eq!(house.start("web").await.unwrap().run, 2);
    house.end().await;
}

#[tokio::test]
async fn a_pause_ends_by_itself() {
    let (house, _place, alive) = with_fragile().await;
    let state = pause(&house, Some("300ms")).await;
    assert!(state.until.is_some());
    fs_err::remove_file(&alive).unwrap();
    house.until("web", |status| status.state == Word::Running && status.run == 2).await;
    assert_eq!(house.call(GetStatus {}).await.unwrap().paused, None);
    house.end().await;
}

#[tokio::test]
async fn a_pause_outlives_the_daemon() {
    let (house, _place, _alive) = with_fragile().await;
    let until = pause(&house, Some("1h")).await.until;
    let house = house.again().await;
    let paused = house.call(GetStatus {}).await.unwrap().paused.unwrap();
    assert_eq!(paused.until, until);
    house.call(Resume {}).await.unwrap();
    let house = house.again().await;
    assert_eq!(house.call(GetStatus {}).await.unwrap().paused, None);
    house.end().await;
}

#[tokio::test]
async fn a_pause_with_no_future_is_refused() {
    let house = House::with("").await;
    let yesterday = StartPause { length: None, until: Some("2020-01-01T00:00:00Z".parse().unwrap()) };
    assert_eq!(house.call(yesterday).await.unwrap_err().code, Code::Invalid);
    let both = serde_json::json!({ "for": "1h", "until": "2100-01-01T00:00:00Z" });
    assert_eq!(
        house.call(serde_json::from_value::<StartPause>(both).unwrap()).await.unwrap_err().code,
        Code::Invalid
    );
    house.end().await;
}

#[tokio::test]
async fn the_wall_clock_wakes_by_its_own_time() {
    let clock = Clock::standing_at("2026-11-21T10:00:00Z".parse().unwrap());
    let waiting = clock.clone();
    let wake = async move { waiting.sleep_until_wall("2026-11-22T08:00:00Z".parse().unwrap()).await };
    tokio::pin!(wake);
    clock.set("2026-11-21T09:00:00Z".parse().unwrap());
    let early = tokio::time::timeout(std::time::Duration::ZERO, &mut wake).await;
    assert!(early.is_err(), "it woke before its time");
    clock.set("2026-11-22T08:00:00Z".parse().unwrap());
    wake.await;
    // The system's clock: what has passed is not waited for, and what comes soon comes.
    let system = Clock::system();
    system.sleep_until_wall("2020-01-01T00:00:00Z".parse().unwrap()).await;
    let soon = system.now().saturating_add(jiff::SignedDuration::from_millis(50)).unwrap();
    system.sleep_until_wall(soon).await;
    assert!(soon <= system.now());
}
