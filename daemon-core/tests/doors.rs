//! Every operation that there is, asked as somebody who may not, and asked wrongly.
//!
//! What is added to the catalog is tried here without anybody thinking of it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use std::collections::BTreeSet;

use common::{Raw, daemon};
use daemon_core::daemon::catalog;
use daemon_core::kernel::{Access, Caller, Code, Effect};
use futures_util::StreamExt as _;
use regex::Regex;
use serde_json::{Value, json};

fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn each_operation_says_what_it_is() {
    let name = Regex::new("^[a-z]+\\.[a-z]+(-[a-z]+)*$").unwrap();
    let mut names = BTreeSet::new();
    for meta in catalog() {
        let op = meta.name;
        assert!(name.is_match(op), "{op}: a name is noun.verb");
        assert!(names.insert(op), "{op} is there twice");
        assert!(!meta.about().trim().is_empty(), "{op}: no doc comment");
        assert!(
            !meta.about().trim_end().ends_with("...") && meta.about().len() < 2000,
            "{op}: {}",
            meta.about()
        );
        let first = meta.about().lines().next().unwrap().to_owned();
        assert!(
            first.len() <= 100 && !first.ends_with('.'),
            "{op}: a summary is one line without a dot: {first}"
        );
        assert!(meta.effect == Effect::Read || Access::Observe < meta.access, "{op}: lookers change nothing");
        assert!(0 < meta.max_body && meta.max_body <= 8 << 20, "{op}: {} bytes", meta.max_body);
    }
    assert!(names.contains("system.ping"));
}

#[test]
fn each_operation_s_fields_are_closed_and_explained() {
    for meta in catalog() {
        let op = meta.name;
        let params = (meta.params)().to_value();
        assert_eq!(params["type"], "object", "{op}");
        assert_eq!(params["additionalProperties"], false, "{op}: #[serde(deny_unknown_fields)] is missing");
        for (field, schema) in params["properties"].as_object().into_iter().flatten() {
            let said = schema["description"].as_str().unwrap_or_default();
            assert!(!said.trim().is_empty(), "{op}: the field {field} has no doc comment");
        }
        let reply = (meta.reply)().to_value();
        let shaped = reply["type"] == "object" || reply["oneOf"].is_array() || reply["anyOf"].is_array();
        assert!(shaped, "{op}: a reply is an object, which may grow: {reply}");
    }
}

#[tokio::test]
async fn an_agent_may_ask_and_do_nothing_else() {
    let (_home, dirs, daemon) = daemon().await;
    let mut raw = Raw::connect(dirs.agent_socket()).await;
    let (mut denied, mut let_in) = (0, 0);
    for meta in catalog() {
        // Wrong on purpose: whoever is let in learns that, and nothing happens.
        raw.request(meta.name, meta.name, json!({"no_such_field": 1})).await;
        let answer = raw.message().await;
        let code = answer["error"]["data"]["code"].as_str().unwrap_or("none").to_owned();
        if meta.access <= Access::Request {
            assert_eq!(code, "invalid", "{}: {answer}", meta.name);
            let_in += 1;
        } else {
            assert_eq!(code, "denied", "{}: {answer}", meta.name);
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains("agent.sock"), "{}: the refusal does not say why: {message}", meta.name);
            denied += 1;
        }
    }
    assert!(0 < denied && 0 < let_in);
    raw.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn the_page_of_a_window_may_do_what_the_window_offers_and_decides_nothing() {
    let (_home, _dirs, daemon) = daemon().await;
    let window = Caller::window();
    let client = daemon.client_of(window.clone());
    let mut besides = Vec::new();
    for meta in catalog() {
        // Wrong on purpose, as above.
        let wrong = br#"{"no_such_field": 1}"#;
        let refused = match meta.is_feed() {
            // A refusal may also be the first that a feed says.
            true => match client.open_raw(meta.name, wrong).await {
                Ok(mut items) => items.next().await.and_then(Result::err),
                Err(fault) => Some(fault),
            },
            false => client.call_raw(meta.name, wrong).await.err(),
        };
        let code = refused.map(|fault| fault.code);
        match window.may(meta.name, meta.access) {
            true => assert_eq!(code, Some(Code::Invalid), "{}", meta.name),
            false => assert_eq!(code, Some(Code::Denied), "{}", meta.name),
        }
        if window.may(meta.name, meta.access) && Access::Operate < meta.access {
            besides.push(meta.name);
        }
    }
    // What is named is there, and nothing of it decides, lets anybody in or replaces anything.
    besides.sort_unstable();
    assert_eq!(besides, window.besides);
    for name in ["approval.decide", "approval.deny-all", "client.add", "policy.add", "system.replace"] {
        assert!(!besides.contains(&name), "{name}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn each_operation_refuses_what_is_not_its_request() {
    let (_home, dirs, daemon) = daemon().await;
    let mut raw = Raw::connect(dirs.socket()).await;
    for meta in catalog() {
        let params = (meta.params)().to_value();
        let mut wrong = vec![
            ("an unknown field", json!({"no_such_field": 1})),
            ("a field that nobody has", json!({"": null})),
            ("parameters by position", json!([])),
            ("parameters by position", json!(["web"])),
            ("a text", json!("web")),
        ];
        if !required(&params).is_empty() {
            wrong.push(("nothing", json!({})));
        }
        for field in params["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            wrong.push(("a field of the wrong type", json!({field: [[[{"deep": [null]}]]]})));
        }
        for (what, params) in wrong {
            raw.request(meta.name, meta.name, params).await;
            let answer = raw.message().await;
            assert_eq!(answer["error"]["data"]["code"], "invalid", "{}, {what}: {answer}", meta.name);
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(!message.is_empty(), "{}, {what}", meta.name);
        }
    }
    raw.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_name_twice_in_a_map_is_a_mistake_and_not_the_last_one() {
    let (_home, dirs, daemon) = daemon().await;
    let mut raw = Raw::connect(dirs.socket()).await;
    let text = r#"{"jsonrpc":"2.0","id":1,"method":"service.add","params":{"name":"web","command":["true"],"env":{"A":"1","A":"2"}}}"#;
    raw.frame(text).await;
    let answer = raw.message().await;
    assert_eq!(answer["error"]["data"]["code"], "invalid", "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("\"A\" is there twice"), "{answer}");
    daemon.stop().await;
}
