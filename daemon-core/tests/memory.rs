//! Memory does not grow with what clients send and are sent; alone in its process, so that it can be measured.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::sync::Arc;

use common::ops::{Stage, registry};
use common::{Raw, daemon, frame, request};
use daemon_core::surface::ipc::Place;
use serde_json::json;

const MIB: usize = 1 << 20;
const CONNECTIONS: usize = 32;

/// What this process has in memory and no file would give back (proc_pid_statm(5)).
fn anonymous_memory() -> usize {
    let text = fs_err::read_to_string("/proc/self/statm").unwrap();
    let pages: Vec<usize> = text.split(' ').take(3).map(|field| field.parse().unwrap()).collect();
    (pages[1] - pages[2]) * rustix::param::page_size()
}

fn check_given_back(what: &str, before: usize) {
    let grown = anonymous_memory().saturating_sub(before);
    assert!(grown < 48 * MIB, "{CONNECTIONS} idle connections keep {} MiB of {what}", grown / MIB);
}

/// Frames of the largest size, to a real daemon.
async fn large_frames() {
    let (_home, dirs, daemon) = daemon().await;
    let largest = request(1, "system.watch", &json!({"nouns": [""]}));
    let fill = "x".repeat(8 * MIB - largest.len());
    let largest = frame(largest.replace("\"\"", &format!("\"{fill}\"")));
    assert_eq!(largest.len(), 8 * MIB + 4);
    let mut guests = Vec::new();
    let before = anonymous_memory();
    for _ in 0..CONNECTIONS {
        let mut raw = Raw::connect(dirs.socket()).await;
        assert!(raw.send(&largest).await, "a frame of the largest size was refused");
        assert_eq!(raw.message().await["params"]["item"]["snapshot"], true);
        raw.cancel(1).await;
        assert_eq!(raw.message().await["id"], 1);
        raw.ping().await;
        guests.push(raw);
    }
    check_given_back("what they were sent", before);
    daemon.stop().await;
}

/// Replies of several mebibytes.
async fn large_replies() {
    let registry = Arc::new(registry(&Stage::default()));
    let text = "x".repeat(3 * MIB);
    let mut guests = Vec::new();
    let before = anonymous_memory();
    for _ in 0..CONNECTIONS {
        let mut raw = Raw::pipe(&registry, 4096);
        raw.request(1, "test.echo", json!({"text": text})).await;
        assert_eq!(raw.message().await["result"]["text"].as_str().map(str::len), Some(text.len()));
        raw.request(2, "test.echo", json!({"text": "small"})).await;
        assert_eq!(raw.message().await["result"]["text"], "small");
        guests.push(raw);
    }
    check_given_back("what they were answered", before);
}

/// So many as would take half a gibibyte.
const CROWD: usize = 64;

/// The budget of all connections is 64 MiB; the rest are copies in flight, and holes that the allocator keeps.
fn check_bounded(what: &str, before: usize) {
    let grown = anonymous_memory().saturating_sub(before);
    assert!(grown < 192 * MIB, "{CROWD} connections keep {} MiB of {what}", grown / MIB);
}

/// Frames that never end, to a real daemon.
async fn partial_frames() {
    let (_home, dirs, daemon) = daemon().await;
    let length = u32::try_from(8 * MIB).unwrap().to_be_bytes();
    let partial = [&length[..], &vec![b' '; 8 * MIB - 1]].concat();
    let before = anonymous_memory();
    let (mut guests, mut refused) = (Vec::new(), 0);
    for _ in 0..CROWD {
        let mut raw = Raw::connect(dirs.socket()).await;
        if !raw.send(&partial).await {
            let said = String::from_utf8_lossy(&raw.rest().await).into_owned();
            assert!(said.is_empty() || said.contains("busy"), "{said}");
            refused += 1;
        }
        guests.push(raw);
        Raw::connect(dirs.socket()).await.ping().await;
    }
    check_bounded("what they have not sent to its end", before);
    assert!(CROWD / 2 < refused + 24, "only {refused} were refused");
    daemon.stop().await;
}

/// Replies that nobody reads.
async fn unread_replies() {
    let registry = Arc::new(registry(&Stage::default()));
    let text = "x".repeat(4 * MIB - 100);
    let (mut guests, place) = (Vec::new(), Place::default());
    let before = anonymous_memory();
    for _ in 0..2 * CROWD {
        let mut raw = Raw::pipe_at(&registry, 4096, place.beside());
        raw.request(1, "test.echo", json!({"text": text})).await;
        guests.push(raw);
    }
    let mut newcomer = Raw::pipe_at(&registry, 4096, place.beside());
    newcomer.request(1, "test.echo", json!({"text": "small"})).await;
    assert_eq!(newcomer.message().await["result"]["text"], "small");
    check_bounded("what they do not read", before);
    drop(guests);
    newcomer.request(2, "test.echo", json!({"text": text})).await;
    assert_eq!(newcomer.message().await["result"]["text"].as_str().map(str::len), Some(text.len()));
}

#[tokio::test]
async fn what_clients_send_and_do_not_read_takes_bounded_memory() {
    // As the daemon does: with a heap for each thread there are as many holes as threads.
    daemon_core::daemon::share_one_heap();
    large_frames().await;
    large_replies().await;
    partial_frames().await;
    unread_replies().await;
}
