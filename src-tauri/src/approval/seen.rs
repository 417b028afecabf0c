//! What the page shows of a request: the daemon's words, and what can be found out here beside them.
//!
//! What would run is in the blocks of the plan and nowhere else. The names of
//! processes come from the kernel, of this moment; a program that means harm can
//! choose its name and leave its ancestors, and the page says so.

use daemon_core::approvals::ops::{ListRequests, Shown};
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::wire::Client;
use jiff::Timestamp;
use serde::Serialize;

use super::desk::Place;

/// So many of the last requests of everybody are looked at.
const LOOKED_AT: u32 = 500;
/// So many ancestors are shown.
const ANCESTORS: usize = 8;

/// All that the page shows.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    #[serde(flatten)]
    pub(crate) shown: Shown,
    /// The process that asked and those that started it, as far as they are there.
    pub(crate) line: Vec<Process>,
    pub(crate) past: Past,
    pub(crate) place: Place,
    /// What a decision has to say.
    pub(crate) nonce: String,
}

/// A process.
#[derive(Debug, Serialize)]
pub(crate) struct Process {
    pid: i32,
    /// What the kernel calls it; nothing if it has gone.
    name: Option<String>,
}

/// What has become of just this plan of just this client before.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Past {
    allowed: usize,
    denied: usize,
    /// When it was asked for last.
    last: Option<Timestamp>,
    /// Among how many requests.
    of: usize,
}

/// The processes of these numbers.
pub(crate) fn line(pids: &[i32]) -> Vec<Process> {
    let named = |pid: &i32| {
        let name = fs_err::read_to_string(format!("/proc/{pid}/comm")).ok();
        Process { pid: *pid, name: name.map(|name| name.trim_end_matches('\n').to_owned()) }
    };
    pids.iter().take(ANCESTORS).map(named).collect()
}

/// What became of it before.
pub(crate) async fn past(client: &Client, request: &Request) -> Past {
    let listed = client.call(ListRequests { state: None, limit: Some(LOOKED_AT) }).await;
    let requests = listed.map(|listed| listed.requests).unwrap_or_default();
    counted(request, &requests)
}

fn counted(request: &Request, all: &[Request]) -> Past {
    let same = |other: &&Request| {
        other.id != request.id && other.client_id == request.client_id && other.plan == request.plan
    };
    let mut past = Past { of: all.len(), ..Past::default() };
    for other in all.iter().filter(same) {
        past.last = past.last.max(Some(other.created));
        match other.decided.as_ref().map(|decided| decided.verdict) {
            Some(Verdict::Approve) => past.allowed += 1,
            Some(Verdict::Deny) => past.denied += 1,
            None => {}
        }
    }
    past
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(id: &str, client: &str, plan: &str, verdict: Option<&str>) -> Request {
        let decided = verdict.map(|verdict| {
            json!({ "verdict": verdict, "by": "owner", "surface": "cli", "scope": "once", "at": "2026-11-21T10:00:00Z" })
        });
        let request = json!({
            "id": id, "state": "finished", "client": client, "client_id": client, "display": "rm x", "plan": plan,
            "code": "abc", "created": "2026-11-21T10:00:00Z", "expires": "2026-11-21T10:10:00Z", "audit_index": 1,
            "rev": 1, "decided": decided,
        });
        serde_json::from_value(request).unwrap()
    }

    #[test]
    fn the_past_is_of_this_plan_and_this_client_without_itself() {
        let now = request("1", "robot", "p", None);
        let all = [
            request("1", "robot", "p", None),
            request("2", "robot", "p", Some("approve")),
            request("3", "robot", "p", Some("approve")),
            request("4", "robot", "p", Some("deny")),
            request("5", "other", "p", Some("approve")),
            request("6", "robot", "q", Some("approve")),
        ];
        let past = counted(&now, &all);
        assert_eq!((past.allowed, past.denied, past.of), (2, 1, 6));
        assert!(past.last.is_some());
        assert_eq!(counted(&now, &all[..1]).last, None);
    }

    #[test]
    fn a_process_that_has_gone_has_no_name() {
        let us = i32::try_from(std::process::id()).unwrap();
        let line = line(&[us, i32::MAX]);
        assert!(line[0].name.is_some() && line[1].name.is_none());
    }
}
