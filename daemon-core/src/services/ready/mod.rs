//! Finding out when a service is ready.
//!
//! [`probe`] tries, every `interval`, until it works or `timeout` has passed; it
//! then says what the last attempt found, because "not ready after 30s" alone
//! helps nobody. Dropping the future ends the probe.
//!
//! Connecting and asking by HTTP are done here. What needs the service itself
//! (its environment, its output, its messages) is asked of a [`Service`], which
//! the unit's task provides. Asking again and again is the nature of the first
//! three kinds; the other three wait for the thing itself.
//!
//! HTTPS, redirects and bodies are left out: the question is whether the
//! service answers, not what.

mod connect;
mod http;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use regex::Regex;
use tokio::time;

use super::spec::{Kind, Readiness};
use crate::config::Span;

/// No single attempt takes longer: a service that accepts a connection before
/// it can answer would otherwise use up the whole timeout with the first one.
const ATTEMPT: Duration = Duration::from_secs(5);

/// What a probe needs of the service it is about.
pub trait Service {
    /// Runs a command in the service's directory and environment; `Err` says
    /// how it ended if not with 0. Dropping the future must kill it.
    fn run(&self, command: &[String]) -> impl Future<Output = Result<(), String>> + Send;

    /// Waits for a line of this run's output that matches; `Err` if there will be none.
    fn line(&self, pattern: &Regex) -> impl Future<Output = Result<(), String>> + Send;

    /// Waits until the service says that it is ready; `Err` if it cannot any more.
    fn notified(&self) -> impl Future<Output = Result<(), String>> + Send;

    /// Is told what came of each attempt.
    fn tried(&self, _outcome: &Result<(), String>) {}

    /// Waits until the service has had its `usual` time to become ready, or as much as it has asked
    /// for; returns how much that was.
    fn patience(&self, usual: Duration) -> impl Future<Output = Duration> + Send {
        async move {
            time::sleep(usual).await;
            usual
        }
    }
}

/// A service that was not ready in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotReady {
    waited: Span,
    last: Option<String>,
}

/// Waits until the service is ready, or for long enough.
pub async fn probe(readiness: &Readiness, service: &(impl Service + Sync)) -> Result<(), NotReady> {
    let mut last = None;
    tokio::select! {
        biased;
        () = repeat(readiness, service, &mut last) => Ok(()),
        waited = service.patience(readiness.timeout.get()) => {
            // No finer than people write.
            let waited = Span::millis(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
            if last.is_none() {
                last = waiting_for(&readiness.kind);
                service.tried(&Err(last.clone().unwrap_or_else(|| "it did not last that long".to_owned())));
            }
            Err(NotReady { waited, last })
        }
    }
}

async fn repeat(readiness: &Readiness, service: &(impl Service + Sync), last: &mut Option<String>) {
    loop {
        let outcome = attempt(&readiness.kind, service).await;
        service.tried(&outcome);
        match outcome {
            Ok(()) => return,
            Err(reason) => *last = Some(reason),
        }
        time::sleep(readiness.interval.get()).await;
    }
}

async fn attempt(kind: &Kind, service: &(impl Service + Sync)) -> Result<(), String> {
    match kind {
        Kind::Tcp { .. } | Kind::Http { .. } | Kind::Command(_) => {
            within(time::sleep(ATTEMPT), kind, service).await
        }
        Kind::Log(_) | Kind::Notify | Kind::Delay(_) => once(kind, service).await,
    }
}

/// Tries once, for no longer than `limit` lasts.
pub(super) async fn within(
    limit: impl Future<Output = ()>,
    kind: &Kind,
    service: &(impl Service + Sync),
) -> Result<(), String> {
    tokio::select! {
        biased;
        outcome = once(kind, service) => outcome,
        () = limit => Err(waiting_for(kind).unwrap_or_default()),
    }
}

async fn once(kind: &Kind, service: &(impl Service + Sync)) -> Result<(), String> {
    match kind {
        Kind::Tcp { host, port } => connect::accepts(host.as_deref(), *port).await,
        Kind::Http { url, status } => http::answers(url, status).await,
        Kind::Command(command) => service.run(command).await,
        Kind::Log(pattern) => service.line(pattern).await,
        Kind::Notify => service.notified().await,
        Kind::Delay(delay) => {
            time::sleep(delay.get()).await;
            Ok(())
        }
    }
}

/// What there is to say of an attempt that has not ended.
fn waiting_for(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Tcp { host, port } => {
            Some(format!("{} does not answer", connect::shown(host.as_deref(), *port)))
        }
        Kind::Http { url, .. } => Some(format!("{url} does not answer")),
        Kind::Command(command) => {
            Some(format!("the command \"{}\" does not end", shell_words::join(command)))
        }
        Kind::Log(pattern) => Some(format!("no line of output matched \"{pattern}\"")),
        Kind::Notify => Some("it never sent READY=1 to NOTIFY_SOCKET".to_owned()),
        Kind::Delay(_) => None,
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not ready after {}", self.waited)?;
        self.last.as_ref().map_or(Ok(()), |last| write!(out, ": {last}"))
    }
}

#[cfg(test)]
mod tests;
