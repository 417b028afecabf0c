//! Whatever bytes somebody sends to the real sockets: the daemon says what is
//! wrong where it can, and still answers everybody else.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::{LONG, Raw, daemon, frame, request};
use daemon_core::home::Dirs;
use daemon_core::system::Ping;
use daemon_core::wire::Client;
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

/// Whether the daemon answers a client that has nothing to do with what went before.
async fn check_alive(dirs: &Dirs) {
    let client = Client::connect(dirs).await.unwrap();
    let pong = tokio::time::timeout(LONG, client.call(Ping {})).await.expect("it hangs").unwrap();
    assert_eq!(pong.pid, std::process::id());
}

/// What is no frame: whatever comes back, the connection ends, and others are served.
async fn check_closed(dirs: &Dirs, what: &str, bytes: &[u8], leave: bool, said: &str) {
    let mut raw = Raw::connect(dirs.socket()).await;
    raw.send(bytes).await;
    if leave {
        drop(raw);
    } else {
        let rest = String::from_utf8_lossy(&raw.rest().await).into_owned();
        assert!(rest.contains(said) && rest.is_empty() == said.is_empty(), "{what}: {rest:?}");
    }
    check_alive(dirs).await;
}

#[tokio::test]
async fn what_is_no_frame_ends_its_connection_and_nothing_else() {
    let (_home, dirs, daemon) = daemon().await;
    let whole = frame(request(1, "system.ping", &json!({})));
    let huge = [&whole[..], &[0xff; 4]].concat();
    let one_over = [&whole[..], &u32::try_from(8 * MIB + 1).unwrap().to_be_bytes()].concat();
    let cases: [(&str, &[u8], bool, &str); 11] = [
        ("nothing", b"", true, ""),
        ("half a length", &[0, 0], true, ""),
        ("a length alone", &[0, 0, 0, 10], true, ""),
        ("cut off in the middle", &whole[..whole.len() - 3], true, ""),
        ("a length of 4 GiB first", &[0xff; 4], false, ""),
        ("a length of 4 GiB later", &huge, false, "too_large"),
        ("one byte too many", &one_over, false, "8388608 bytes"),
        ("the byte of another codec", &[1, 2, 3], false, ""),
        ("garbage", &[0x80, 0, 0, 1], false, ""),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: hob\r\n\r\n", false, "HTTP/1.1 501 "),
        ("text", b"hello\n", false, "HTTP/1.1 501 "),
    ];
    for (what, bytes, leave, said) in cases {
        check_closed(&dirs, what, bytes, leave, said).await;
    }
    daemon.stop().await;
}

/// What is a frame and no good request: it is refused, and the connection stays usable.
async fn check_refused(raw: &mut Raw, what: &str, content: &[u8], number: i32, said: &str) {
    raw.frame(content).await;
    let answer = raw.message().await;
    let error = &answer["error"];
    let text = format!("{} {}", error["message"], error["data"]["hint"]);
    assert_eq!(error["code"], number, "{what}: {answer}");
    assert!(text.contains(said), "{what}: {text}");
    assert!(text.len() < 5000, "{what}: an answer of {} bytes", text.len());
    raw.ping().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_stays_usable() {
    let (_home, dirs, daemon) = daemon().await;
    let mut raw = Raw::connect(dirs.socket()).await;
    let deep = |open: &str, close: &str| {
        let nest = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        request(1, "system.watch", &json!({"nouns": "@"})).replace("\"@\"", &nest).into_bytes()
    };
    let watch = |params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"system.watch","params":{params}}}"#).into_bytes()
    };
    let long = "x".repeat(7 * MIB);
    // Each of these bytes takes six when it is quoted.
    let unprintable = "\\u0001".repeat(MIB);
    let cases: [(&str, Vec<u8>, i32, &str); 26] = [
        ("an empty frame", vec![], -32700, "empty"),
        ("no UTF-8", b"{\"id\":\"\xff\"}".to_vec(), -32700, "UTF-8"),
        ("half a surrogate", watch(r#"{"nouns":["\ud800"]}"#), -32602, "hex escape"),
        ("a number", b"7".to_vec(), -32700, "object"),
        ("a batch", format!("[{}]", request(1, "system.ping", &json!({}))).into_bytes(), -32600, "batch"),
        ("an empty batch", b"[]".to_vec(), -32600, "batch"),
        ("two messages", b"{}{}".to_vec(), -32600, "missing field"),
        ("no end", b"{\"jsonrpc\":\"2.0\"".to_vec(), -32700, "column"),
        ("deep arrays", deep("[", "]"), -32602, "invalid type"),
        ("deep objects", deep("{\"a\":", "}"), -32602, "invalid type"),
        ("ten thousand brackets", "[".repeat(10_000).into_bytes(), -32600, "batch"),
        ("ten thousand braces", "{\"a\":".repeat(10_000).into_bytes(), -32600, "unknown field"),
        ("an unknown member", br#"{"jsonrpc":"2.0","id":1,"metod":"x"}"#.to_vec(), -32600, "`method`?"),
        ("an unknown member of 7 MiB", format!("{{\"{long}\":1}}").into_bytes(), -32600, "unknown field"),
        ("an unknown method", request(1, "system.pnig", &json!({})).into_bytes(), -32601, "system.ping"),
        ("a method of 7 MiB", request(1, &long, &json!({})).into_bytes(), -32601, "no operation"),
        ("a field too many", watch(r#"{"noun":["a"]}"#), -32602, "`nouns`?"),
        ("a field of 7 MiB", watch(&format!("{{\"{long}\":1}}")), -32602, "unknown field"),
        (
            "a field of control characters",
            watch(&format!("{{\"{unprintable}\":1}}")),
            -32602,
            "unknown field",
        ),
        ("a field twice", watch(r#"{"nouns":[],"nouns":[]}"#), -32602, "duplicate field"),
        ("a member twice", br#"{"jsonrpc":"2.0","id":1,"id":1}"#.to_vec(), -32600, "duplicate field"),
        ("a wrong type", watch(r#"{"nouns":{"a":1}}"#), -32602, "invalid type"),
        ("a wrong type of 7 MiB", watch(&format!("{{\"nouns\":\"{long}\"}}")), -32602, "invalid type"),
        ("parameters by position", watch("[[]]"), -32602, "object"),
        ("parameters that are a text", watch("\"nouns\""), -32602, "object"),
        ("another version", br#"{"jsonrpc":"2.0","id":1,"method":"x","v":2}"#.to_vec(), -32016, "restart"),
    ];
    for (what, content, number, said) in &cases {
        check_refused(&mut raw, what, content, *number, said).await;
    }
    check_alive(&dirs).await;
    daemon.stop().await;
}

#[tokio::test]
async fn an_id_is_a_number_or_a_short_string_and_comes_back_as_it_was_written() {
    let (_home, dirs, daemon) = daemon().await;
    let mut raw = Raw::connect(dirs.socket()).await;
    let with = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"system.ping"}}"#);
    for id in ["0", "-1", "1.5", "18446744073709551615", "\"\"", "\"ü\"", "\"a\\u0000\\\"b\""] {
        raw.frame(with(id)).await;
        let answer = raw.message().await;
        assert_eq!(answer["id"], serde_json::from_str::<Value>(id).unwrap(), "{answer}");
        assert!(answer["result"].is_object(), "{answer}");
    }
    let long = format!("\"{}\"", "i".repeat(63));
    for id in ["null", "true", "{}", "[1]", &long] {
        raw.frame(with(id)).await;
        let answer = raw.message().await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(-32600)), "{answer}");
    }
    raw.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn ten_thousand_silent_guests_make_room_for_one_who_speaks() {
    let (_home, dirs, daemon) = daemon().await;
    let many = raise_open_files().min(10_000);
    assert!(1000 < many, "the limit of open files is too low for this test");
    let mut talking = Raw::connect(dirs.socket()).await;
    talking.ping().await;
    let mut silent = Vec::new();
    for number in 0..many {
        silent.push(Raw::connect(dirs.socket()).await);
        if number % 1000 == 0 {
            check_alive(&dirs).await;
        }
    }
    check_alive(&dirs).await;
    talking.ping().await;
    assert!(silent[0].rest().await.is_empty(), "the first of them had to leave");
    daemon.stop().await;
}

/// As many as both ends of a connection can have, with some to spare for the rest of the process.
fn raise_open_files() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    limit.current.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap().saturating_sub(2000))
}

#[tokio::test]
async fn agents_cannot_take_the_owners_seats() {
    let (_home, dirs, daemon) = daemon().await;
    let mut agents = Vec::new();
    for _ in 0..512 {
        let mut agent = Raw::connect(dirs.agent_socket()).await;
        agent.ping().await;
        agents.push(agent);
    }
    check_alive(&dirs).await;
    for agent in &mut agents {
        agent.ping().await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn who_does_nothing_makes_room_when_all_seats_are_taken() {
    let (_home, dirs, daemon) = daemon().await;
    let mut guests = Vec::new();
    for _ in 0..512 {
        let mut guest = Raw::connect(dirs.socket()).await;
        guest.ping().await;
        guests.push(guest);
    }
    // The first of them is the last that did anything.
    guests[0].request(1, "system.watch", json!({"nouns": ["config"]})).await;
    guests[0].message().await;
    for _ in 0..3 {
        check_alive(&dirs).await;
    }
    let said = String::from_utf8_lossy(&guests[1].rest().await).into_owned();
    assert!(said.contains("\"busy\"") && said.contains("idle for longest"), "{said:?}");
    guests[0].ping().await;
    guests[511].ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_keep_another_waiting() {
    let (_home, dirs, daemon) = daemon().await;
    let mut deaf = Raw::connect(dirs.socket()).await;
    let question = frame(request(1, "system.status", &json!({})));
    let stuck = async {
        while deaf.send(&question).await {}
        "was cut off"
    };
    let others = async {
        for _ in 0..100 {
            check_alive(&dirs).await;
        }
        "were served"
    };
    tokio::select! {
        biased;
        outcome = stuck => panic!("the client that reads nothing {outcome}"),
        outcome = others => assert_eq!(outcome, "were served"),
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_connection_that_has_ended_fails_calls_at_once() {
    let (ours, mut theirs) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(ours);
    let client = Client::over(reader, writer);
    tokio::io::AsyncWriteExt::write_all(&mut theirs, &frame("nonsense")).await.unwrap();
    for _ in 0..3 {
        let outcome = tokio::time::timeout(LONG, client.call(Ping {})).await;
        assert!(outcome.expect("the call waits for ever").is_err());
    }
}
