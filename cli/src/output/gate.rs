//! The replies about requests, decisions, grants, clients, the policy and the record, for a person.

use daemon_core::approvals::ops::Shown;
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::answer::Answer;
use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use jiff::Timestamp;

use super::approval::Choice;
use super::facts::Extent;
use super::job::parse;
use super::style::Style;
use super::time::TimeOfDay;
use super::{approval, client, grant, policy, record, request};

/// The reply to an operation of the gate; nothing if it is of something else.
///
/// # Errors
/// `unsupported` if it is not understood.
pub(crate) fn rendered(
    name: &str,
    reply: &[u8],
    style: &Style,
    now: Timestamp,
) -> Result<Option<String>, Fault> {
    let times = || TimeOfDay::new(false, style.terminal, now);
    Ok(Some(match name {
        "approval.list" => request::waiting(&parse(reply)?, style, now),
        "approval.show" => shown(&parse(reply)?, style, now),
        "approval.decide" => approval::decided(&parse(reply)?, style),
        "approval.deny-all" => request::denied(&parse(reply)?, style),
        "request.list" => request::table(&parse(reply)?, style, now),
        "request.get" => request::details(&parse(reply)?, style, &times(), now),
        "request.cancel" => request::sentence(&parse::<Request>(reply)?, style) + "\n",
        "exec.run" | "request.wait" => answered(&parse(reply)?),
        "grant.list" => grant::table(&parse(reply)?, style, now),
        "grant.revoke" => grant::revoked(&parse(reply)?),
        "client.list" => client::table(&parse(reply)?, style, now),
        "client.mute" => client::muted(&parse(reply)?, now),
        "client.revoke" => client::revoked(&parse(reply)?),
        "audit.search" => record::table(&parse(reply)?, style, &times()),
        "audit.show" => record::details(&parse(reply)?, style, &times()),
        "audit.verify" => record::verified(&parse(reply)?, style),
        "audit.prove" => record::proof(&parse(reply)?),
        "audit.checkpoint" => record::head(&parse(reply)?),
        _ => return policy::rendered(name, reply, style, now),
    }))
}

/// All of it: whoever only looks has no other way to see the rest.
fn shown(shown: &Shown, style: &Style, now: Timestamp) -> String {
    let id = visible(&shown.request.id);
    let text = approval::dialog(shown, Extent::Whole, Choice::default(), style, now).text;
    let how = format!("To decide it: `hob approve {id}`, or `hob deny {id} --note TEXT`.\n");
    text + &crate::failure::for_this_home(&how)
}

/// What it wrote, if it ran; the status says the rest.
fn answered(answer: &Answer) -> String {
    let out = answer.stdout.as_ref().map(|bytes| String::from_utf8_lossy(bytes.get()).into_owned());
    let err = answer.stderr.as_ref().map(|bytes| String::from_utf8_lossy(bytes.get()).into_owned());
    let mut text = format!("{} ({})\n", visible(&answer.message), visible(&answer.request_id));
    for (title, part) in [("standard output", out), ("standard error", err)] {
        let Some(part) = part.filter(|part| !part.is_empty()) else { continue };
        text += &format!("{title}:\n");
        part.lines().for_each(|line| text += &format!("  {}\n", visible(line)));
    }
    if answer.truncated {
        text += "it wrote more than is kept\n";
    }
    text
}
