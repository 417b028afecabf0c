//! `hob up`: from nothing to everything ready.
//!
//! Starts the daemon whatever `auto_start` says, because that is what was asked
//! for, and every service that starts by itself, also one that somebody
//! stopped; then waits until each is ready.

use daemon_core::kernel::Fault;
use futures_util::future::join_all;
use serde_json::json;

use crate::daily::to_each;
use crate::failure::Failure;
use crate::output;
use crate::output::service;
use crate::session::Session;

/// `hob up`.
pub(crate) async fn run(session: &Session) -> Result<u8, Failure> {
    let client = session.start().await?;
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let details = join_all(services.iter().map(|service| {
        let (client, body) = (&client, json!({ "name": service.name }).to_string());
        async move { client.call_raw("service.get", body.as_bytes()).await }
    }))
    .await;
    let mut names = Vec::new();
    for (service, details) in services.iter().zip(details) {
        if starts_by_itself(&details?)? {
            names.push(service.name.clone());
        }
    }
    if names.is_empty() && !session.json {
        output::print(match services.len() {
            0 => "the daemon runs; no services yet: add one with `hob add NAME -- command...`\n",
            _ => "the daemon runs; no service starts by itself (`autostart = true`)\n",
        })?;
        return Ok(0);
    }
    to_each(session, &client, "service.start", &names).await
}

/// `config.autostart`, which is on unless it says otherwise.
fn starts_by_itself(details: &[u8]) -> Result<bool, Fault> {
    let details: serde_json::Value = serde_json::from_slice(details)
        .map_err(|error| Fault::internal(format!("the reply to service.get is no JSON: {error}")))?;
    Ok(details.pointer("/config/autostart").and_then(serde_json::Value::as_bool).unwrap_or(true))
}
