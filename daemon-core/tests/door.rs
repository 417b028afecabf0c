//! A daemon in this process, over a pipe in memory and over its real sockets.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use daemon_core::daemon::Daemon;
use daemon_core::home::Dirs;
use daemon_core::kernel::Code;
use daemon_core::kernel::clock::Clock;
use daemon_core::system::{Ping, Shutdown};
use daemon_core::wire::Client;

async fn daemon() -> (tempfile::TempDir, Dirs, Daemon) {
    let home = tempfile::tempdir().unwrap();
    let dirs = Dirs::below(home.path());
    let daemon = Daemon::start(dirs.clone(), Clock::system(), None).await.unwrap();
    (home, dirs, daemon)
}

#[tokio::test]
async fn a_ping_is_answered_in_memory_and_over_the_socket() {
    let (_home, dirs, daemon) = daemon().await;
    let pid = std::process::id();
    assert_eq!(daemon.client().call(Ping {}).await.unwrap().pid, pid);
    let client = Client::connect(&dirs).await.unwrap();
    assert_eq!(client.call(Ping {}).await.unwrap().pid, pid);
    daemon.stop().await;
}

#[tokio::test]
async fn the_agents_socket_gives_no_more_than_the_right_to_ask() {
    let (_home, dirs, daemon) = daemon().await;
    let agent = Client::connect_to(dirs.agent_socket()).await.unwrap();
    assert_eq!(agent.call(Ping {}).await.unwrap().pid, std::process::id());
    assert_eq!(agent.call(Shutdown::default()).await.unwrap_err().code, Code::Denied);
    daemon.stop().await;
}

#[tokio::test]
async fn a_second_daemon_for_the_same_home_is_told_who_has_it() {
    let (_home, dirs, daemon) = daemon().await;
    let fault = Daemon::start(dirs.clone(), Clock::system(), None).await.err().unwrap();
    assert_eq!(fault.code, Code::Busy);
    assert!(fault.message.contains(&std::process::id().to_string()), "{fault}");
    daemon.stop().await;
    assert!(!dirs.socket().exists(), "a clean end removes the socket");
    assert!(!dirs.pid().exists(), "and the pid file");
    Daemon::start(dirs, Clock::system(), None).await.unwrap().stop().await;
}
