//! `hob wait 17 18`: until runs are over; the exit status is that of the first that did not succeed.

use daemon_core::jobs::{Run, RunId};
use daemon_core::kernel::Fault;
use daemon_core::wire::Client;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{follow, tell};
use crate::failure::{self, Failure};
use crate::notice;
use crate::output::run;
use crate::output::service;
use crate::session::Session;

/// How the waiting for several runs has ended.
#[derive(Default)]
pub(crate) struct Ended {
    /// The runs, in the order in which they were named.
    pub(crate) runs: Vec<Run>,
    /// Statuses of those that could not be waited for, which have been told.
    faults: Vec<u8>,
}

/// The numbers among these names that are no service's name, and the other names.
pub(crate) async fn told_apart(
    client: &Client,
    names: Vec<String>,
) -> Result<(Vec<RunId>, Vec<String>), Fault> {
    let number = |name: &String| name.parse::<RunId>().ok();
    if names.iter().all(|name| number(name).is_none()) {
        return Ok((Vec::new(), names));
    }
    let services = service::parse_list(&client.call_raw("service.list", b"{}").await?)?;
    let is_service = |name: &String| services.iter().any(|service| service.name == *name);
    let (mut runs, mut others) = (Vec::new(), Vec::new());
    for name in names {
        match number(&name).filter(|_| !is_service(&name)) {
            Some(id) => runs.push(id),
            None => others.push(name),
        }
    }
    Ok((runs, others))
}

/// "for run 17 to end", "for runs 17, 18 and 3 more to end".
pub(crate) fn subject(ids: &[RunId]) -> String {
    let words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let runs = if ids.len() == 1 { "run" } else { "runs" };
    format!("for {runs} {} to end", crate::daily::listed(&words))
}

/// Waits until all of them are over, and tells of each as it is.
pub(crate) async fn all(session: &Session, client: &Client, ids: &[RunId]) -> Result<Ended, Failure> {
    let mut waiting: FuturesUnordered<_> = ids
        .iter()
        .map(|id| async move { (*id, follow::ended(session, client.clone(), *id).await) })
        .collect();
    let (mut left, mut ended) = (ids.to_vec(), Ended::default());
    while !left.is_empty() {
        let what = if left.len() == 1 { "the run" } else { "the runs" };
        let next = notice::while_waiting(&subject(&left), what, waiting.next()).await;
        let Some((id, fate)) = next else { break };
        left.retain(|other| *other != id);
        match fate {
            Ok(run) => {
                if !session.json {
                    tell(session, &run)?;
                }
                ended.runs.push(run);
            }
            Err(Failure::Fault(fault)) => {
                failure::say(&fault, None, session.json);
                ended.faults.push(failure::exit(&fault));
            }
            Err(failure) => return Err(failure),
        }
    }
    let place = |run: &Run| ids.iter().position(|id| *id == run.id);
    ended.runs.sort_by_key(place);
    Ok(ended)
}

impl Ended {
    /// The exit status.
    pub(crate) fn status(&self) -> Result<u8, Failure> {
        if let Some(status) = failure::together(&self.faults) {
            return Err(Failure::Said(status));
        }
        Ok(self.runs.iter().map(run::status).find(|status| *status != 0).unwrap_or_default())
    }
}
