//! The commands, through Tauri's own way in and its permissions, without a display.

use std::sync::Arc;

use clap::Args;
use daemon_core::kernel::registry::Registry;
use daemon_core::kernel::{Access, Call, Caller, Effect, Op, Ops};
use daemon_core::surface::{Peer, ipc};
use daemon_core::wire::Client;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

use super::*;

/// Break
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
struct Break {}

impl Op for Break {
    const NAME: &'static str = "test.break";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = ();
    type Reply = String;

    async fn run(self, (): &(), _: &Call) -> Result<String, Fault> {
        panic!("as it was told to")
    }
}

/// Say hello
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
struct Greet {
    /// Whom
    name: String,
}

impl Op for Greet {
    const NAME: &'static str = "test.greet";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = ();
    type Reply = String;

    async fn run(self, (): &(), _: &Call) -> Result<String, Fault> {
        Ok(format!("Hello, {}", self.name))
    }
}

/// Take over
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
struct TakeOver {}

impl Op for TakeOver {
    const NAME: &'static str = "test.take_over";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    type On = ();
    type Reply = String;

    async fn run(self, (): &(), _: &Call) -> Result<String, Fault> {
        Ok("taken".into())
    }
}

/// The app's own context, with its capability files, on a runtime without windows.
fn app() -> App<MockRuntime> {
    let mut registry = Registry::default();
    registry.add(&(), Ops::default().op::<Break>().op::<Greet>().op::<TakeOver>());
    let registry = Arc::new(registry);
    let client = tauri::async_runtime::block_on(async move {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (reader, writer) = tokio::io::split(theirs);
        let page = Peer::known(Caller::window());
        tokio::spawn(
            async move { ipc::converse(reader, writer, registry, page, ipc::Place::default()).await },
        );
        let (reader, writer) = tokio::io::split(ours);
        Client::over(reader, writer)
    });
    let runtime = tauri::async_runtime::handle().inner().clone();
    #[allow(clippy::disallowed_methods, reason = "Tauri's macro for the context exits where it must")]
    let context = tauri::generate_context!();
    mock_builder()
        .manage(Core::with(client, runtime))
        .manage(Feeds::default())
        .invoke_handler(commands!())
        .build(context)
        .unwrap()
}

fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, label, Default::default()).build().unwrap()
}

fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, body: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: InvokeBody::Json(body),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_string(),
    };
    get_ipc_response(window, request).map(|reply| reply.deserialize().unwrap())
}

#[test]
fn a_page_calls_operations_and_an_operation_that_breaks_takes_nothing_with_it() {
    let app = app();
    let window = window(&app, "main");
    let broken = invoke(&window, "call", json!({ "method": "test.break", "params": {} })).unwrap_err();
    assert_eq!(broken["code"], "internal", "{broken}");
    let greeted = invoke(&window, "call", json!({ "method": "test.greet", "params": { "name": "Ada" } }));
    assert_eq!(greeted, Ok("Hello, Ada".into()));
}

#[test]
fn a_page_may_not_do_everything() {
    let app = app();
    let main = window(&app, "main");
    let denied = invoke(&main, "call", json!({ "method": "test.take_over", "params": {} })).unwrap_err();
    assert_eq!(denied["code"], "denied", "{denied}");
    let unknown = invoke(&main, "call", json!({ "method": "test.grete", "params": {} })).unwrap_err();
    assert_eq!(unknown["code"], "not_found", "{unknown}");
}

#[test]
fn a_window_that_no_capability_names_may_do_nothing() {
    let app = app();
    let other = window(&app, "other");
    for command in ["call", "open", "close", "painted"] {
        let refused = invoke(&other, command, json!({ "method": "test.greet", "params": { "name": "Ada" } }));
        let words = refused.unwrap_err().to_string();
        assert!(words.contains("not allowed"), "{command}: {words}");
    }
    let main = window(&app, "main");
    let refused = invoke(&main, "plugin:event|emit", json!({ "event": "x", "payload": null }));
    assert!(refused.unwrap_err().to_string().contains("not allowed"), "a page may not emit events");
}

#[test]
fn the_window_that_decides_calls_no_operation_and_the_other_decides_nothing() {
    let app = app();
    let (main, approval) = (window(&app, "main"), window(&app, "approval"));
    let greet = json!({ "method": "test.greet", "params": { "name": "Ada" } });
    let of_dialog = ["approval_current", "approval_decide", "approval_deny_client", "approval_extend"];
    let of_pages = ["call", "open", "close", "review"];
    for (window, commands) in [(&main, of_dialog), (&approval, of_pages)] {
        for command in commands {
            let words = invoke(window, command, greet.clone()).unwrap_err().to_string();
            assert!(words.contains("not allowed"), "{command}: {words}");
        }
    }
}
