//! A job's name where a service's is meant, or the other way round: what it is, and the command for it.

use daemon_core::kernel::{Code, Fault};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use serde_json::json;

use crate::failure::Failure;

/// What a command about these names came to; if it was about one, its fault may be [`told`].
pub(crate) async fn or_told<T>(
    client: &Client,
    operation: &str,
    names: &[String],
    outcome: Result<T, Failure>,
) -> Result<T, Failure> {
    match (outcome, names) {
        (Err(Failure::Fault(fault)), [name]) => Err(told(client, operation, name, fault).await.into()),
        (outcome, _) => outcome,
    }
}

/// The fault of an operation that found nothing of this name, with a better hint if there is something of the other
/// kind.
pub(crate) async fn told(client: &Client, operation: &str, name: &str, fault: Fault) -> Fault {
    if fault.code != Code::NotFound {
        return fault;
    }
    let (there, is, command) = match operation.split_once('.') {
        Some(("service", verb)) => ("job.get", "job", of_job(verb)),
        Some(("job", verb)) => ("service.get", "service", of_service(verb)),
        _ => return fault,
    };
    let body = json!({ "name": name }).to_string();
    match client.call_raw(there, body.as_bytes()).await {
        Ok(_) => {
            let name = visible(name);
            fault.hint(format!("{name} is a {is}: `hob {command} {name}`"))
        }
        Err(_) => fault,
    }
}

/// What is done to a job where this would be done to a service.
fn of_job(verb: &str) -> &'static str {
    match verb {
        "start" | "restart" => "job run",
        "stop" => "job pause",
        "remove" => "job remove",
        "edit" => "job edit",
        "logs" => "job logs",
        "wait" => "job follow",
        _ => "job show",
    }
}

/// What is done to a service where this would be done to a job.
fn of_service(verb: &str) -> &'static str {
    match verb {
        "run" | "again" => "start",
        "pause" => "stop",
        "remove" => "remove",
        "edit" => "service edit",
        "logs" => "logs",
        "follow" => "logs -f",
        _ => "show",
    }
}

#[cfg(test)]
mod tests {
    use crate::tree;

    use super::*;

    #[test]
    fn every_command_that_is_named_is_there() {
        let catalog = daemon_core::daemon::catalog();
        for meta in &catalog {
            let command = match meta.words() {
                ("service", verb) => of_job(verb),
                ("job", verb) => of_service(verb),
                _ => continue,
            };
            assert!(tree::find(|| &catalog, command.trim_end_matches(" -f")).is_some(), "{command}");
        }
        assert!(tree::find(|| &catalog, of_job("wait")).is_some());
    }
}
