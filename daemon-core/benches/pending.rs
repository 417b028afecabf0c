//! Ten thousand requests that wait: how long it takes to list, to show and to decide.
//!
//! The 99.9th percentile counts, so each call is timed by itself. A decision is
//! durable when it returns; beside it stands what a commit of one row costs here.

#![allow(clippy::unwrap_used, reason = "a benchmark reports by panics")]
#![allow(clippy::disallowed_methods, reason = "it measures with the system's clock")]
#![allow(clippy::print_stdout, reason = "this is its report")]

use std::time::{Duration, Instant};

use daemon_core::approvals::ops::{Decide, List, Run, Show};
use daemon_core::approvals::request::life::Verdict;
use daemon_core::daemon::Daemon;
use daemon_core::exec::{Bytes, Wanted};
use daemon_core::home::Dirs;
use daemon_core::kernel::clock::Clock;
use futures_util::StreamExt as _;

const POLICY: &str = "version = 1\n[defaults]\npending_ttl = \"12h\"\nmax_pending = 100000\n\
                      max_pending_per_client = 10000\nasks_per_minute = 10000\nrequests_per_minute = 1000000\n";

fn main() {
    let count: usize = std::env::var("PENDING").ok().and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(count));
}

async fn measure(count: usize) {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs::below(home.path());
    fs_err::create_dir_all(dirs.config().parent().unwrap()).unwrap();
    fs_err::write(dirs.config().parent().unwrap().join("policy.toml"), POLICY).unwrap();
    let daemon = Daemon::start(dirs, Clock::system(), None).await.unwrap();
    let agent = daemon.client();
    let begun = Instant::now();
    let asked = futures_util::stream::iter(0..count).map(|number| {
        let agent = agent.clone();
        async move {
            let argv = vec![Bytes::from("/usr/bin/printf"), Bytes::from(number.to_string().as_str())];
            let command = Wanted { argv, cwd: Some(Bytes::from("/")), ..Wanted::default() };
            let run = Run { command, reason: None, key: None, detach: true, wait: None };
            drop(agent.call(run).await.unwrap_err());
        }
    });
    asked.buffer_unordered(60).collect::<Vec<()>>().await;
    println!("{count} asked in {:?}", begun.elapsed());
    let owner = daemon.client();
    let all = owner.call(List { client: None, limit: Some(100) }).await.unwrap();
    assert_eq!(all.pending, count);
    let ids: Vec<(String, String)> = {
        let all = owner.call(List { client: None, limit: Some(2000) }).await.unwrap();
        all.requests.into_iter().map(|request| (request.id, request.plan)).collect()
    };
    let mut times = Vec::new();
    for _ in 0..1000 {
        let begun = Instant::now();
        owner.call(List { client: None, limit: Some(100) }).await.unwrap();
        times.push(begun.elapsed());
    }
    report("list of 100", times);
    let mut times = Vec::new();
    for (id, _) in ids.iter().take(1000) {
        let begun = Instant::now();
        owner.call(Show { id: id.clone() }).await.unwrap();
        times.push(begun.elapsed());
    }
    report("show", times);
    let mut times = Vec::new();
    for (id, digest) in ids.iter().take(1000) {
        let deny = Decide {
            id: id.clone(),
            verdict: Verdict::Deny,
            digest: digest.clone(),
            scope: "once".parse().unwrap(),
            suggestion: None,
            uses: None,
            note: None,
        };
        let begun = Instant::now();
        owner.call(deny).await.unwrap();
        times.push(begun.elapsed());
    }
    report("decide", times);
    let db = daemon.audit().db().clone();
    db.write(|tx| tx.execute_batch("CREATE TABLE floor (n INTEGER)")).await.unwrap();
    let mut times = Vec::new();
    for number in 0..1000 {
        let begun = Instant::now();
        db.write(move |tx| tx.execute("INSERT INTO floor VALUES (?)", [number])).await.unwrap();
        times.push(begun.elapsed());
    }
    report("one row", times);
    daemon.stop().await;
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!("{what}: p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?}", at(0.5), at(0.99), at(0.999), at(1.0));
}
