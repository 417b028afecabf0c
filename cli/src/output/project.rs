//! Projects: what they would run, how that has changed, and which there are.
//!
//! All of it comes from a file that nobody has approved yet, so every word of it
//! is made visible before it reaches a terminal.

use daemon_core::jobs::{JobDifference, JobPlan};
use daemon_core::kernel::{Code, Fault};
use daemon_core::project::{ProjectState, ProjectStatus, Projects, Reviewed, TakenDown};
use daemon_core::services::{Difference, KeyDifference, Plan};
use daemon_core::text::visible;
use serde::de::DeserializeOwned;

use super::command::command;
use super::style::{Paint, Style};
use super::table::{Cell, Column, Table};
use super::value::Value;
use super::written::written;

/// How wide keys are.
const KEYS: usize = 12;

/// What a project's files would run; if it was approved before, in what that differs.
pub(crate) fn review(reviewed: &Reviewed, style: &Style) -> String {
    let name = style.paint(Paint::Bold, &visible(&reviewed.name));
    let file = visible(&reviewed.file);
    let mut out = match &reviewed.differences {
        _ if reviewed.approved => format!("{name}: {file} is approved\n"),
        None => format!("{name}: {file} is not approved yet. It would run:\n"),
        Some(_) => {
            let (files, is_one) = differing(reviewed);
            format!("{name}: {files} {} not what was approved:\n", if is_one { "is" } else { "are" })
        }
    };
    if let Some(before) = &reviewed.renamed_from {
        out +=
            &format!("  the project was called {}, and all that it runs gets a new name\n", visible(before));
    }
    match &reviewed.differences {
        Some(differences) if !reviewed.approved => {
            let of_jobs = reviewed.job_differences.as_deref().unwrap_or_default();
            for it in differences {
                let plan = reviewed.services.iter().find(|plan| is_of(&plan.name, reviewed, &it.service));
                out += &service(it, plan, style);
            }
            for it in of_jobs {
                let plan = reviewed.jobs.iter().find(|plan| is_of(&plan.name, reviewed, &it.job));
                out += &job(it, plan, style);
            }
            if differences.is_empty() && of_jobs.is_empty() && reviewed.renamed_from.is_none() {
                out += "  nothing that would run otherwise: a comment, or the order of things\n";
            }
        }
        _ => {
            reviewed.services.iter().for_each(|plan| out += &planned(&plan.name, facts(plan), style));
            for plan in &reviewed.jobs {
                out += &planned(&format!("job {}", plan.name), facts_of_job(plan), style);
            }
        }
    }
    match (reviewed.services.len(), reviewed.jobs.len()) {
        (0, 0) => out += "  no services and no jobs\n",
        (0, _) => out += "  no services\n",
        _ => {}
    }
    out
}

/// The files that are not as they were approved, and whether that is one; the project's own where nobody says which.
pub(crate) fn differing(reviewed: &Reviewed) -> (String, bool) {
    match &reviewed.changed[..] {
        [] => (visible(&reviewed.file), true),
        files => (files.iter().map(|file| visible(file)).collect::<Vec<_>>().join(", "), files.len() == 1),
    }
}

/// What a person is asked.
pub(crate) fn question(reviewed: &Reviewed) -> String {
    match (&reviewed.differences, reviewed.services.len(), reviewed.jobs.len()) {
        (Some(_), _, _) => "Approve this, and apply it?".to_owned(),
        (None, 0, 1) => "Approve this job?".to_owned(),
        (None, 0, many) if 0 < many => format!("Approve these {many} jobs?"),
        (None, 1, 0) => "Approve this service, and start it?".to_owned(),
        (None, many, 0) => format!("Approve these {many} services, and start them?"),
        (None, _, _) => "Approve these services and jobs, and start the services?".to_owned(),
    }
}

/// All projects, a line each.
///
/// # Errors
/// `unsupported` if it is no such reply.
pub(crate) fn table(reply: &[u8], style: &Style) -> Result<String, Fault> {
    let Projects { projects } = parse(reply)?;
    if projects.is_empty() {
        return Ok("no projects yet: `hob up DIR` takes up the one whose hob.toml is in DIR\n".to_owned());
    }
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("NAME", 200, 8),
        Column::number("SERVICES", 100),
        Column::text("DIRECTORY", 110, 16),
        Column::remark("NOTE", usize::MAX),
    ]);
    for project in &projects {
        let (glyph, paint) = sign(project, style);
        table.row(vec![
            Cell::painted(glyph, paint),
            Cell::painted(visible(&project.name), Paint::Bold),
            project.services.len().to_string().into(),
            visible(&project.dir).into(),
            Cell::painted(project.note.as_deref().map(visible).unwrap_or_default(), paint),
        ]);
    }
    Ok(table.render(style))
}

/// A line for each project whose files are not what was approved. A reply of a daemon that has no
/// projects yet says nothing.
pub(crate) fn notes(reply: &[u8], style: &Style) -> String {
    let Projects { projects } = parse(reply).unwrap_or(Projects { projects: Vec::new() });
    let noted = projects.iter().filter_map(|project| {
        let (glyph, paint) = sign(project, style);
        let name = visible(&project.name);
        let note = visible(project.note.as_deref()?);
        Some(format!("{} {name}: {note}\n", style.paint(paint, glyph)))
    });
    noted.collect()
}

/// After a project was taken down.
///
/// # Errors
/// `unsupported` if it is no such reply.
pub(crate) fn taken_down(reply: &[u8]) -> Result<String, Fault> {
    let TakenDown { name, services, jobs, .. } = parse(reply)?;
    let shown = |names: &[String]| names.iter().map(|name| visible(name)).collect::<Vec<_>>().join(", ");
    let gone = match (&services[..], &jobs[..]) {
        ([], []) => "it had no services and no jobs".to_owned(),
        (services, []) => format!("{} stopped; their logs are kept", shown(services)),
        ([], jobs) => format!("{} will not run any more; logs are kept", shown(jobs)),
        (services, jobs) => {
            format!("{} stopped, {} will not run any more; logs are kept", shown(services), shown(jobs))
        }
    };
    Ok(format!("{} is down and its approval is forgotten: {gone}\n", visible(&name)))
}

/// After a project was taken up.
///
/// # Errors
/// `unsupported` if it is no such reply.
pub(crate) fn taken_up(reply: &[u8]) -> Result<String, Fault> {
    let ProjectStatus { name, dir, .. } = parse(reply)?;
    Ok(format!("{} is approved as it is in {}\n", visible(&name), visible(&dir)))
}

/// What a reply to a review says.
///
/// # Errors
/// `unsupported` if it is none.
pub(crate) fn reviewed(reply: &[u8], style: &Style) -> Result<String, Fault> {
    let reviewed: Reviewed = parse(reply)?;
    Ok(format!("{}digest {}\n", review(&reviewed, style), visible(&reviewed.digest)))
}

fn sign(project: &ProjectStatus, style: &Style) -> (&'static str, Paint) {
    match project.state {
        ProjectState::Approved => (style.glyph("●", "*"), Paint::Green),
        ProjectState::Changed => (style.glyph("±", "!"), Paint::Yellow),
        ProjectState::FileGone | ProjectState::DirectoryGone => (style.glyph("∅", "?"), Paint::Yellow),
        ProjectState::Broken => (style.glyph("✗", "x"), Paint::Red),
    }
}

fn is_of(plan: &str, reviewed: &Reviewed, name: &str) -> bool {
    plan.strip_prefix(&reviewed.name).and_then(|plan| plan.strip_prefix('/')) == Some(name)
}

fn planned(name: &str, facts: String, style: &Style) -> String {
    format!("  {}\n{facts}", style.paint(Paint::Bold, &visible(name)))
}

fn facts(plan: &Plan) -> String {
    let Plan { name, command, working_dir, user, env, env_file, env_file_names, autostart, settings } =
        plan.clone();
    let mut out = facts_of_job(&JobPlan {
        name,
        command,
        working_dir,
        user,
        env,
        env_file,
        env_file_names,
        settings: Default::default(),
    });
    if !autostart {
        out += &line("autostart", "no");
    }
    out + &said(&settings)
}

fn facts_of_job(plan: &JobPlan) -> String {
    let mut out = line("command", &command(&plan.command));
    out += &line("working dir", &visible(&plan.working_dir));
    if let Some(user) = &plan.user {
        out += &line("user", &visible(user));
    }
    if !plan.env.is_empty() {
        out += &line("env", &names(&plan.env));
    }
    if let Some(file) = &plan.env_file {
        out += &line("env file", &format!("{} ({})", visible(file), names(&plan.env_file_names)));
    }
    out + &said(&plan.settings)
}

fn said(settings: &serde_json::Map<String, serde_json::Value>) -> String {
    settings.iter().map(|(key, value)| line(&visible(&key.replace('_', " ")), &inline(value))).collect()
}

fn line(key: &str, text: &str) -> String {
    format!("    {key:KEYS$}  {text}\n")
}

fn service(it: &Difference, plan: Option<&Plan>, style: &Style) -> String {
    let said = ["is stopped, and gone", "is new", "runs otherwise"];
    difference(&it.service, (it.added, it.removed), &it.keys, plan.map(facts), said, style)
}

fn job(it: &JobDifference, plan: Option<&JobPlan>, style: &Style) -> String {
    let name = format!("job {}", it.job);
    let said = ["is gone", "is new", "runs otherwise"];
    difference(&name, (it.added, it.removed), &it.keys, plan.map(facts_of_job), said, style)
}

fn difference(
    name: &str,
    (added, removed): (bool, bool),
    keys: &[KeyDifference],
    facts: Option<String>,
    [gone, new, otherwise]: [&str; 3],
    style: &Style,
) -> String {
    let name = visible(name);
    if removed {
        return format!("  {}\n", style.paint(Paint::Red, &format!("- {name} {gone}")));
    }
    if added {
        let title = style.paint(Paint::Green, &format!("+ {name} {new}"));
        return format!("  {title}\n{}", facts.unwrap_or_default());
    }
    let title = style.paint(Paint::Yellow, &format!("~ {name} {otherwise}"));
    let keys: String = keys.iter().map(|key| changed(key, style)).collect();
    format!("  {title}\n{keys}")
}

fn changed(key: &KeyDifference, style: &Style) -> String {
    let title = visible(&key.key.replace('_', " "));
    if let Some(hidden) = &key.hidden {
        return format!("    {title:KEYS$}  {}\n", visible(hidden));
    }
    let side = |sign: &str, paint, value: &Option<serde_json::Value>| match value {
        Some(value) => {
            format!("    {:KEYS$}  {}\n", "", style.paint(paint, &format!("{sign} {}", inline(value))))
        }
        None => String::new(),
    };
    let sides = side("-", Paint::Red, &key.before) + &side("+", Paint::Green, &key.after);
    // The title stands beside the first of them.
    format!("    {title:KEYS$}{}", sides.get(4 + KEYS..).unwrap_or("\n"))
}

fn names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| visible(name)).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// A list of words as one would type it, tables as they are written, all else as JSON is shown.
fn inline(value: &serde_json::Value) -> String {
    let words: Option<Vec<String>> = value
        .as_array()
        .filter(|items| !items.is_empty())
        .and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    match words {
        Some(words) => command(&words),
        None if value.is_object() => written(value),
        None => {
            serde_json::from_value::<Value>(value.clone()).map(|value| value.inline()).unwrap_or_default()
        }
    }
}

fn parse<T: DeserializeOwned>(reply: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(reply).map_err(|error| {
        Fault::new(Code::Unsupported, format!("the daemon's reply is not understood: {error}"))
            .hint("daemon and program differ in version: hob daemon restart")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: serde_json::Value) -> Reviewed {
        serde_json::from_value(value).unwrap()
    }

    fn new() -> Reviewed {
        of(json!({
            "name": "shop", "dir": "/src/shop", "file": "/src/shop/hob.toml", "digest": "sha256:ab", "approved": false,
            "services": [
                {"name": "shop/api", "command": ["./api", "--port", "80"], "working_dir": "/src/shop", "env": ["PORT", "TOKEN"],
                 "env_file": "/src/shop/.env", "env_file_names": ["KEY"], "autostart": true,
                 "settings": {"restart": "always", "requires": ["shop/db"], "ready": {"kind": {"command": ["./ready"]}}}},
                {"name": "shop/db", "command": ["e\u{1b}[2Jvil\u{202e}"], "working_dir": "/src\n/x", "user": "ro\u{7}ot",
                 "autostart": false},
            ],
        }))
    }

    #[test]
    fn everything_that_would_run_is_shown_and_cannot_act_on_the_terminal() {
        insta::assert_snapshot!(review(&new(), &Style::plain()));
        let shown = review(&new(), &Style::plain());
        assert!(!shown.chars().any(|it| it.is_control() && it != '\n'), "{shown:?}");
    }

    #[test]
    fn a_change_is_shown_by_what_was_and_what_would_be() {
        let mut changed = new();
        changed.renamed_from = Some("old".to_owned());
        changed.differences = Some(
            serde_json::from_value(json!([
                {"service": "api", "added": false, "removed": false, "keys": [
                    {"key": "command", "before": ["./api"], "after": ["./api", "--port", "80\u{1b}"]},
                    {"key": "env.TOKEN", "hidden": "changed"},
                    {"key": "user", "after": "root"}]},
                {"service": "db", "added": true, "removed": false},
                {"service": "wor\u{1b}ker", "added": false, "removed": true},
            ]))
            .unwrap(),
        );
        insta::assert_snapshot!(review(&changed, &Style::plain()));
        changed.changed = vec!["/src/shop/.env".to_owned()];
        assert!(
            review(&changed, &Style::plain()).starts_with("shop: /src/shop/.env is not what was approved:\n")
        );
        changed.differences = Some(Vec::new());
        changed.renamed_from = None;
        assert!(review(&changed, &Style::plain()).contains("nothing that would run otherwise"));
    }

    #[test]
    fn jobs_are_shown_with_when_they_would_run() {
        let mut only_a_job = of(json!({
            "name": "shop", "dir": "/src/shop", "file": "/src/shop/hob.toml", "digest": "sha256:ab", "approved": false,
            "services": [],
            "jobs": [{"name": "shop/night\u{1b}ly", "command": ["./backup"], "working_dir": "/src/shop",
                      "settings": {"schedule": ["cron 0 2 * * *"]}}],
        }));
        let shown = review(&only_a_job, &Style::plain());
        for part in ["job shop/night\\u{1b}ly\n", "./backup", "cron 0 2 * * *", "no services\n"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(question(&only_a_job), "Approve this job?");
        only_a_job.differences = Some(Vec::new());
        only_a_job.job_differences = serde_json::from_value(json!([
            {"job": "old", "added": false, "removed": true},
            {"job": "nightly", "added": false, "removed": false, "keys": [{"key": "retries", "before": 0, "after": 3}]},
        ]))
        .unwrap();
        let shown = review(&only_a_job, &Style::plain());
        for part in ["- job old is gone", "~ job nightly runs otherwise", "retries", "- 0", "+ 3"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("nothing that would run otherwise"), "{shown}");
    }

    #[test]
    fn projects_that_are_not_as_approved_are_told() {
        let reply = json!({"projects": [
            {"name": "shop", "state": "changed", "note": "hob.toml changed, `hob up /src/shop` to review", "dir": "/src/shop",
             "services": ["shop/web"], "digest": "", "approved_at": "2026-11-21T10:00:00Z"},
            {"name": "blog", "state": "approved", "dir": "/src/blog", "services": [], "digest": "",
             "approved_at": "2026-11-21T10:00:00Z"},
        ]});
        let reply = reply.to_string();
        assert_eq!(
            notes(reply.as_bytes(), &Style::plain()),
            "± shop: hob.toml changed, `hob up /src/shop` to review\n"
        );
        insta::assert_snapshot!(table(reply.as_bytes(), &Style::plain()).unwrap());
        assert_eq!(notes(b"{}", &Style::plain()), "");
    }
}
