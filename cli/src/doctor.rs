//! `hob doctor`: each check, its result, and what to do.
//!
//! The daemon makes the checks where it runs, for it is its limits and its
//! environment that count; without one they are made here.

use daemon_core::kernel::Fault;
use daemon_core::system::{Checks, Verdict, doctor};
use daemon_core::text::visible;
use daemon_core::wire::Client;
use futures_util::future::join;

use crate::failure::{Failure, for_this_home};
use crate::output::service;
use crate::output::style::{Paint, Style};
use crate::session::Session;
use crate::{output, status};

/// `hob doctor`; the status is 1 if a check failed.
pub(crate) async fn run(session: &Session) -> Result<u8, Failure> {
    // A daemon that cannot be reached is what a doctor is for.
    let client = session.running().await.ok().flatten();
    let reply = match &client {
        Some(client) => client.call_raw("system.doctor", b"{}").await.ok(),
        None => None,
    };
    let reply =
        reply.unwrap_or_else(|| serde_json::to_vec(&doctor(&session.dirs)).expect("checks have string keys"));
    let bad = parse(&reply)?.checks.iter().any(|check| check.verdict == Verdict::Failed);
    match session.json {
        true => output::print_json(reply)?,
        false => {
            let failed = match &client {
                Some(client) => failed(client).await,
                None => String::new(),
            };
            output::print(rendered(&session.style, &reply)? + &for_this_home(&failed))?;
        }
    }
    Ok(u8::from(bad))
}

/// The checks are of the daemon; what it runs may have failed nevertheless.
async fn failed(client: &Client) -> String {
    let (services, status) =
        join(client.call_raw("service.list", b"{}"), client.call_raw("system.status", b"{}")).await;
    let services = services.and_then(|reply| service::parse_list(&reply)).unwrap_or_default();
    let services = services.iter().filter(|service| service.state == "failed").count();
    let jobs = status.and_then(|reply| status::parse(&reply)).map_or(0, |daemon| daemon.jobs_failed());
    have_failed(services, jobs)
}

/// "1 service has failed: `hob ls`".
fn have_failed(services: usize, jobs: usize) -> String {
    let line = |count, one: &str, many: &str, list: &str| match count {
        0 => String::new(),
        1 => format!("1 {one} has failed: `{list}`\n"),
        _ => format!("{count} {many} have failed: `{list}`\n"),
    };
    line(services, "service", "services", "hob ls") + &line(jobs, "job", "jobs", "hob job ls")
}

/// The reply to `system.doctor`, for a person.
pub(crate) fn rendered(style: &Style, reply: &[u8]) -> Result<String, Fault> {
    let Checks { checks } = parse(reply)?;
    let widest = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for check in &checks {
        let (paint, glyph) = match check.verdict {
            Verdict::Ok => (Paint::Green, style.glyph("✓", "ok  ")),
            Verdict::Absent => (Paint::Dim, style.glyph("○", "-   ")),
            Verdict::Warning => (Paint::Yellow, style.glyph("!", "warn")),
            Verdict::Failed => (Paint::Red, style.glyph("✗", "FAIL")),
        };
        out += &format!(
            "{} {:widest$}  {}\n",
            style.paint(paint, glyph),
            visible(&check.name),
            visible(&check.detail)
        );
        if let Some(remedy) = &check.remedy {
            let arrow = style.glyph("→", "->");
            out += &style.paint(paint, &format!("{:widest$}    {arrow} {}", "", visible(remedy)));
            out.push('\n');
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (warnings, failed) = (count(Verdict::Warning), count(Verdict::Failed));
    out += &format!("\n{}\n", summary(warnings, failed));
    Ok(out)
}

/// "1 check failed, 2 warnings".
fn summary(warnings: usize, failed: usize) -> String {
    let some = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let parts = [some(failed, "check failed", "checks failed"), some(warnings, "warning", "warnings")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "the daemon has all it needs".to_owned() } else { parts.join(", ") }
}

fn parse(reply: &[u8]) -> Result<Checks, Fault> {
    serde_json::from_slice(reply).map_err(|error| {
        Fault::internal(format!("the daemon's checks are not understood: {error}"))
            .hint("daemon and program differ in version: hob daemon restart")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_failed_is_counted() {
        assert_eq!(have_failed(0, 0), "");
        assert_eq!(have_failed(1, 0), "1 service has failed: `hob ls`\n");
        assert_eq!(have_failed(2, 1), "2 services have failed: `hob ls`\n1 job has failed: `hob job ls`\n");
    }
}
