//! One connection, its time and its bounds, over a pipe in memory with paused time.
//!
//! The operations are the test's own, so that they wait, pour and break when they should.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use common::ops::{Stage, registry};
use common::{Raw, frame, request};
use daemon_core::kernel::registry::Registry;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(10);

fn stage() -> (Stage, Arc<Registry>) {
    let stage = Stage::default();
    let registry = Arc::new(registry(&stage));
    (stage, registry)
}

fn code(answer: &Value) -> &str {
    answer["error"]["data"]["code"].as_str().unwrap_or("none")
}

/// Every task does what it can, and then nothing is left but to wait.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn one_byte_a_second_is_too_slow_for_a_frame() {
    let (_, registry) = stage();
    let mut slow = Raw::pipe(&registry, 64);
    let begun = Instant::now();
    for byte in frame(request(1, "test.echo", &json!({"text": "slow"}))) {
        if !slow.send(&[byte]).await {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    assert!(slow.rest().await.is_empty(), "nobody answers half a frame");
    assert!((PATIENCE..PATIENCE * 2).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_left_and_who_has_spoken_may_be_silent() {
    let (_, registry) = stage();
    let mut silent = Raw::pipe(&registry, 64);
    let begun = Instant::now();
    assert!(silent.rest().await.is_empty());
    assert_eq!(begun.elapsed(), PATIENCE);

    let mut quiet = Raw::pipe(&registry, 64);
    for id in 0..3 {
        quiet.request(id, "test.echo", json!({"text": "again"})).await;
        assert_eq!(quiet.message().await["id"], id);
        sleep(Duration::from_secs(24 * 3600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_frame_has_its_own_time() {
    let (_, registry) = stage();
    let mut busy = Raw::pipe(&registry, 4096);
    let text = frame(request(1, "test.echo", &json!({"text": "steady"})));
    let (begin, end) = text.split_at(10);
    // There is never a moment without the begin of a frame that has not ended.
    busy.send(begin).await;
    for _ in 0..20 {
        sleep(Duration::from_secs(4)).await;
        assert!(busy.send(&[end, begin].concat()).await, "it was cut off");
        assert_eq!(busy.message().await["id"], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_nobody_reads_a_frame_does_not_count() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 16);
    for id in 0..65 {
        client.request(id, "test.wait", json!({})).await;
    }
    let last = frame(request("last", "test.echo", &json!({"text": "late"})));
    client.send(&last[..20]).await;
    sleep(PATIENCE * 3).await;
    stage.let_go.add_permits(65);
    settle().await;
    client.send(&last[20..]).await;
    let mut seen = Vec::new();
    for _ in 0..66 {
        seen.push(client.message().await["id"].clone());
    }
    assert!(seen.contains(&json!("last")), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn one_call_too_many_waits_for_its_turn() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 16);
    for id in 0..200 {
        client.request(id, "test.wait", json!({})).await;
    }
    settle().await;
    stage.let_go.add_permits(200);
    let mut answered = [false; 200];
    for _ in 0..200 {
        let answer = client.message().await;
        let id = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
        assert!(answer["result"].is_object(), "{answer}");
        assert!(!std::mem::replace(&mut answered[id], true), "{id} was answered twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_cancelled_although_as_many_run_as_may() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 16);
    for id in 0..64 {
        client.request(id, "test.wait", json!({})).await;
    }
    client.cancel(63).await;
    let answer = client.message().await;
    assert_eq!((&answer["id"], code(&answer)), (&json!(63), "cancelled"));
    assert_eq!(stage.done.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn answers_come_when_they_are_ready_and_not_in_turn() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 4096);
    client.request("slow", "test.wait", json!({})).await;
    client.request("fast", "test.echo", json!({"text": "first"})).await;
    assert_eq!(client.message().await["id"], "fast");
    stage.let_go.add_permits(1);
    assert_eq!(client.message().await["id"], "slow");
}

#[tokio::test(start_paused = true)]
async fn an_id_is_taken_until_its_request_has_ended() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 4096);
    client.request(7, "test.wait", json!({})).await;
    client.request(7, "test.echo", json!({"text": "again"})).await;
    let answer = client.message().await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32600)));
    stage.let_go.add_permits(1);
    assert_eq!(client.message().await["result"]["number"], 0);
    client.request(7, "test.echo", json!({"text": "now"})).await;
    assert_eq!(client.message().await["result"]["text"], "now");
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_never_pauses_can_be_cancelled() {
    let (_, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 20);
    client.request(1, "test.pour", json!({})).await;
    assert_eq!(client.message().await["params"]["item"]["number"], 0);
    client.cancel(1).await;
    let end = loop {
        let message = client.message().await;
        if message.get("method").is_none() {
            break message;
        }
    };
    assert_eq!((&end["id"], &end["result"]), (&json!(1), &Value::Null), "{end}");
    client.request(2, "test.echo", json!({"text": "still here"})).await;
    assert_eq!(client.message().await["id"], 2);
}

#[tokio::test(start_paused = true)]
async fn one_feed_too_many_is_refused_and_calls_go_on() {
    let (_, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 16);
    for id in 0..65 {
        client.request(id, "test.hold", json!({})).await;
    }
    let answer = client.message().await;
    assert_eq!((&answer["id"], code(&answer)), (&json!(64), "busy"));
    client.request("call", "test.echo", json!({"text": "here"})).await;
    assert_eq!(client.message().await["id"], "call");
    client.cancel(0).await;
    assert_eq!(client.message().await["id"], 0);
    client.request(65, "test.hold", json!({})).await;
    client.cancel(65).await;
    assert_eq!(client.message().await, json!({"jsonrpc": "2.0", "id": 65, "result": null}));
}

#[tokio::test(start_paused = true)]
async fn a_feed_ends_once_and_its_fault_is_the_end() {
    let (_, registry) = stage();
    let mut client = Raw::pipe(&registry, 1 << 16);
    client.request(1, "test.pour", json!({"until_fault": 2})).await;
    for number in 0..2 {
        assert_eq!(client.message().await["params"], json!({"id": 1, "item": {"number": number}}));
    }
    let end = client.message().await;
    assert_eq!((&end["id"], code(&end)), (&json!(1), "internal"));
    client.request(1, "test.wait", json!({})).await;
    client.request(2, "test.echo", json!({"text": "x"})).await;
    assert_eq!(client.message().await["id"], 2, "what was behind the fault ended another request");
}

#[tokio::test(start_paused = true)]
async fn who_reads_nothing_costs_a_bounded_queue_and_nobody_else_anything() {
    let (stage, registry) = stage();
    let mut deaf = Raw::pipe(&registry, 1024);
    deaf.request(1, "test.pour", json!({})).await;
    settle().await;
    let made = stage.made.load(Ordering::SeqCst);
    assert!(0 < made && made < 10_000, "{made} items for a queue of 256 KiB");
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(stage.made.load(Ordering::SeqCst), made, "it went on without a reader");

    let mut deaf_to_replies = Raw::pipe(&registry, 1024);
    let text = frame(request(1, "test.echo", &json!({"text": "x".repeat(100_000)})));
    let sent = tokio::time::timeout(Duration::from_secs(60), async {
        let mut sent = 0;
        while deaf_to_replies.send(&text).await {
            sent += 1;
        }
        sent
    });
    assert!(sent.await.is_err(), "its frames are not read any more, but the connection stays");

    let mut other = Raw::pipe(&registry, 1024);
    other.request(1, "test.echo", json!({"text": "me"})).await;
    assert_eq!(other.message().await["result"]["text"], "me");
}

#[tokio::test(start_paused = true)]
async fn who_leaves_ends_its_feeds_and_not_its_effects() {
    let (stage, registry) = stage();
    let mut client = Raw::pipe(&registry, 4096);
    client.request(1, "test.hold", json!({})).await;
    client.request(2, "test.wait", json!({})).await;
    settle().await;
    assert!(!stage.feed_dropped.load(Ordering::SeqCst));
    drop(client);
    settle().await;
    assert!(stage.feed_dropped.load(Ordering::SeqCst), "the feed goes on without a client");
    stage.let_go.add_permits(1);
    settle().await;
    assert_eq!(stage.done.load(Ordering::SeqCst), 1, "the effect ended with its client");
}

#[tokio::test(start_paused = true)]
async fn what_breaks_is_told_and_the_connection_goes_on() {
    let (_, registry) = stage();
    let mut client = Raw::pipe(&registry, 4096);
    client.request(1, "test.break", json!({})).await;
    let answer = client.message().await;
    assert_eq!(code(&answer), "internal");
    assert!(answer["error"]["message"].as_str().unwrap().contains("reference"), "{answer}");
    client.request(2, "test.echo", json!({"text": "on"})).await;
    assert_eq!(client.message().await["result"]["text"], "on");
}
