//! A moment after a start: of a program that ends at once nobody shall hear that it has started.
//!
//! Only where nothing is configured that would tell whether a service is ready.

use std::time::Duration;

use daemon_core::kernel::{Code, Fault};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use jiff::Timestamp;
use serde_json::json;

use crate::output::service::Service;

/// So long a service has to live before it is said that it has started, if nothing else tells.
const MOMENT: Duration = Duration::from_millis(150);

/// How a service is after the moment.
pub(crate) struct LookedOn {
    /// What the daemon says of it.
    pub(crate) now: Vec<u8>,
    /// The number of the run that was started.
    pub(crate) run: u64,
}

/// Looks on at a service that this reply says was started, unless it has lived for a moment already.
///
/// # Errors
/// That it cannot be looked at.
pub(crate) async fn looked_on(client: &Client, reply: Vec<u8>, now: Timestamp) -> Result<LookedOn, Fault> {
    let started = Service::parse(&reply)?;
    let as_it_was = LookedOn { now: reply, run: started.run };
    let since = started.since.parse::<Timestamp>().unwrap_or(now);
    let lived = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    if !started.ready_unasked || !started.is_running() || MOMENT <= lived {
        return Ok(as_it_was);
    }
    tokio::time::sleep(MOMENT).await;
    let body = json!({ "name": started.name }).to_string();
    let reply = client.call_raw("service.get", body.as_bytes()).await?;
    let now = Service::parse(&reply)?;
    let is_as_it_was = now.is_running() && now.run == started.run;
    Ok(if is_as_it_was { as_it_was } else { LookedOn { now: reply, run: started.run } })
}

/// What has become of a run that did not live for a moment, with the reason if there is one.
pub(crate) fn mishap(service: &Service, started: u64) -> Option<String> {
    let what = match service.state.as_str() {
        "failed" => "has failed",
        "backoff" => "has crashed and will be started again",
        _ if service.run != started => "has ended at once and was started again",
        _ => return None,
    };
    let reason = service.reason.as_deref().map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    Some(format!("{what}{reason}"))
}

/// The fault of a service that was started and has not lived for a moment.
pub(crate) fn not_up(service: &Service, started: u64) -> Option<Fault> {
    let name = visible(&service.name);
    let what = mishap(service, started)?;
    let fault = Fault::new(Code::Conflict, format!("{name} was started, but {what}"));
    Some(fault.hint(format!("`hob logs {name}` shows its last words")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: &str, run: u64, reason: Option<&str>, expected: Option<&str>) {
        let reason = reason.map(str::to_owned);
        let service = Service { name: "web".into(), state: state.into(), run, reason, ..Service::default() };
        assert_eq!(mishap(&service, 1).as_deref(), expected, "{state}");
    }

    #[test]
    fn what_ends_at_once_has_not_started() {
        check("running", 1, None, None);
        check("stopped", 1, None, None);
        check("failed", 1, Some("exited with 3"), Some("has failed: exited with 3"));
        check("backoff", 1, None, Some("has crashed and will be started again"));
        check("running", 2, None, Some("has ended at once and was started again"));
    }
}
