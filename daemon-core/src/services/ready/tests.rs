//! Tests of the probes, against real servers on this machine.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A service whose commands fail until the third, and that never says anything.
#[derive(Default)]
struct Quiet {
    commands: AtomicUsize,
}

impl Service for Quiet {
    async fn run(&self, _: &[String]) -> Result<(), String> {
        match self.commands.fetch_add(1, Ordering::Relaxed) {
            2.. => Ok(()),
            _ => Err("exited with code 1".to_owned()),
        }
    }

    async fn line(&self, _: &Regex) -> Result<(), String> {
        pending().await
    }

    async fn notified(&self) -> Result<(), String> {
        pending().await
    }
}

fn readiness(kind: Kind, timeout: u64) -> Readiness {
    Readiness { kind, timeout: Span::millis(timeout), interval: Span::millis(10) }
}

/// Enough for anything on this machine to have happened.
const PLENTY: u64 = 30_000;

async fn check_never(kind: Kind, timeout: u64, reason: &str) {
    let error = probe(&readiness(kind, timeout), &Quiet::default()).await.unwrap_err();
    assert_eq!(error.to_string(), reason);
}

/// A server that gives these answers, one to each connection, and the last one ever after.
async fn server(answers: Vec<&'static str>) -> (impl Future<Output = ()>, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = async move {
        for index in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                    break;
                }
                asked.push(byte[0]);
            }
            let answer = answers[answers.len().min(index + 1) - 1];
            drop(stream.write_all(answer.as_bytes()).await);
        }
    };
    (serve, port)
}

async fn check_http(answers: Vec<&'static str>, status: Vec<u16>, timeout: u64, expected: Result<(), &str>) {
    let (serve, port) = server(answers).await;
    let url = format!("http://127.0.0.1:{port}/health?full");
    let asked = readiness(Kind::Http { url: url.clone(), status }, timeout);
    let service = Quiet::default();
    let result = tokio::select! {
        result = probe(&asked, &service) => result,
        () = serve => panic!("the server ended"),
    };
    let expected = expected.map_err(|reason| reason.replace('@', &url));
    assert_eq!(result.map_err(|error| error.to_string()), expected);
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const MOVED: &str = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
const ENDLESS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx";

#[tokio::test]
async fn http_is_ready_once_it_answers_well() {
    check_http(vec![BUSY, "", "garbage\r\n\r\n", OK], vec![], PLENTY, Ok(())).await;
    check_http(vec![MISSING], vec![200, 404], PLENTY, Ok(())).await;
    check_http(vec![ENDLESS], vec![], PLENTY, Ok(())).await;
}

#[tokio::test]
async fn http_that_answers_otherwise_is_quoted() {
    check_http(vec![BUSY], vec![], 300, Err("not ready after 300ms: @ answered 503")).await;
    check_http(vec![MOVED], vec![200], 300, Err("not ready after 300ms: @ answered 302")).await;
    check_http(vec![OK], vec![200], 300, Err("not ready after 300ms: @ answered 204")).await;
}

#[tokio::test]
async fn a_server_that_accepts_and_is_silent_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let reason = format!("not ready after 200ms: {url} does not answer");
    check_never(Kind::Http { url, status: vec![] }, 200, &reason).await;
}

#[tokio::test]
async fn tcp_is_ready_once_it_listens() {
    let reserved = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = reserved.local_addr().unwrap().port();
    drop(reserved);
    let kind = Kind::Tcp { host: None, port };
    let reason = format!("not ready after 100ms: 127.0.0.1:{port}: connection refused");
    check_never(kind.clone(), 100, &reason).await;

    let later = async {
        time::sleep(Duration::from_millis(30)).await;
        TcpListener::bind(("127.0.0.1", port)).await.unwrap()
    };
    let (ready, service) = (readiness(kind, PLENTY), Quiet::default());
    let (result, listener) = tokio::join!(probe(&ready, &service), later);
    assert_eq!(result, Ok(()));
    drop(listener);
}

#[tokio::test]
async fn tcp_without_a_host_finds_ipv6_too() {
    // Not every machine has IPv6.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let port = listener.local_addr().unwrap().port();
    let ready = readiness(Kind::Tcp { host: None, port }, PLENTY);
    assert_eq!(probe(&ready, &Quiet::default()).await, Ok(()));
}

#[tokio::test]
async fn a_command_is_tried_until_it_succeeds() {
    let service = Quiet::default();
    let ready = readiness(Kind::Command(vec!["check".to_owned()]), PLENTY);
    assert_eq!(probe(&ready, &service).await, Ok(()));
    assert_eq!(service.commands.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_is_named() {
    let pattern = Regex::new("listening on .*").unwrap();
    check_never(
        Kind::Log(pattern),
        30_000,
        "not ready after 30s: no line of output matched \"listening on .*\"",
    )
    .await;
    check_never(Kind::Notify, 90_000, "not ready after 1m30s: it never sent READY=1 to NOTIFY_SOCKET").await;
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_ready_when_it_has_passed() {
    let begun = time::Instant::now();
    let ready = readiness(Kind::Delay(Span::secs(2)), 30_000);
    assert_eq!(probe(&ready, &Quiet::default()).await, Ok(()));
    assert_eq!(begun.elapsed().as_secs(), 2);
}
