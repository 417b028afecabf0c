//! `hob config path|check|schema|show`: the configuration, without a daemon.

use clap::ArgMatches;
use daemon_core::config::{self, BAD_FILES, Problem};
use daemon_core::daemon::sections;
use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use serde_json::{Value, json};

use crate::failure::{CONFIG_INVALID, Failure};
use crate::output;
use crate::output::style::Paint;
use crate::output::table::{Cell, Column, Table};
use crate::session::Session;

/// `hob config path`: the file alone, for `$EDITOR "$(hob config path)"`.
pub(crate) fn path(session: &Session, _: &ArgMatches) -> Result<u8, Failure> {
    let file = session.dirs.config();
    if session.json {
        let (services_d, jobs_d) = (session.dirs.services_d(), session.dirs.jobs_d());
        let all = json!({
            "config": file.to_string_lossy(),
            "services_d": services_d.to_string_lossy(),
            "jobs_d": jobs_d.to_string_lossy(),
        });
        return output::print_json(all.to_string()).map(|()| 0);
    }
    use std::os::unix::ffi::OsStrExt as _;
    output::print([file.as_os_str().as_bytes(), b"\n"].concat()).map(|()| 0)
}

/// `hob config check`.
pub(crate) fn check(session: &Session, _: &ArgMatches) -> Result<u8, Failure> {
    let problems = match config::check(&session.dirs, &sections()) {
        Ok(values) if session.json => {
            let warnings: Vec<Value> = doubts(session).iter().map(as_json).collect();
            let good = json!({ "valid": true, "values": values.len(), "problems": [], "warnings": warnings });
            return output::print_json(good.to_string()).map(|()| 0);
        }
        Ok(values) => {
            let text = match values.len() {
                0 => format!(
                    "nothing is configured yet ({})\n",
                    visible(&session.dirs.config().to_string_lossy())
                ),
                1 => "the configuration is valid: 1 value\n".to_owned(),
                many => format!("the configuration is valid: {many} values\n"),
            };
            output::print(text)?;
            for doubt in doubts(session) {
                output::complain(&format!("warning: {}\n", visible(&doubt.to_string())));
            }
            return Ok(0);
        }
        Err(problems) => problems,
    };
    if session.json {
        let problems: Vec<Value> = problems.iter().map(as_json).collect();
        output::print_json(json!({ "valid": false, "values": 0, "problems": problems }).to_string())?;
        return Ok(CONFIG_INVALID);
    }
    Err(invalid(&problems))
}

/// What is valid and will not do as it is.
fn doubts(session: &Session) -> Vec<Problem> {
    config::doubts(&session.dirs, &sections())
}

/// `hob config show`.
pub(crate) fn show(session: &Session, _: &ArgMatches) -> Result<u8, Failure> {
    let values = config::check(&session.dirs, &sections()).map_err(|problems| invalid(&problems))?;
    if session.json {
        return output::print_json(json!({ "values": values }).to_string()).map(|()| 0);
    }
    if values.is_empty() {
        let file = visible(&session.dirs.config().to_string_lossy());
        return output::print(format!("nothing is configured; {file} is the place for it\n")).map(|()| 0);
    }
    let mut table = Table::new(vec![
        Column::text("KEY", 3, 16),
        Column::text("VALUE", 2, 12),
        Column::remark("FROM", usize::MAX),
    ]);
    for value in values {
        let origin = visible(&value.origin.to_string());
        // A multi-line value is shown on one line, as what it is otherwise.
        let text = value.value.split_whitespace().collect::<Vec<_>>().join(" ");
        table.row(vec![visible(&value.key).into(), visible(&text).into(), Cell::painted(origin, Paint::Dim)]);
    }
    output::print(table.render(&session.style)).map(|()| 0)
}

/// `hob config schema`.
pub(crate) fn schema(_: &Session, _: &ArgMatches) -> Result<u8, Failure> {
    let schema = config::schema(&sections());
    let text = serde_json::to_string_pretty(&schema).expect("a JSON value is JSON");
    output::print_json(text).map(|()| 0)
}

/// That a command needs a valid configuration; what is to be done about each problem is in one hint.
pub(crate) fn refused(problems: &[Problem], headline: &str, then: &str) -> Failure {
    let mut message = headline.to_owned();
    let mut hints: Vec<&str> = Vec::new();
    for problem in problems {
        message += &format!("\n{}", Problem { hint: None, ..problem.clone() });
        hints.extend(problem.hint.as_deref().filter(|hint| !hints.contains(hint)));
    }
    hints.push(then);
    let hint = hints.join("; ").replace("?; ", "? ");
    Failure::Fault(Fault::invalid(message).reason(BAD_FILES).hint(hint))
}

fn invalid(problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Failure::Fault(
        Fault::invalid(format!("the configuration is invalid\n{}", lines.join("\n"))).reason(BAD_FILES),
    )
}

fn as_json(problem: &Problem) -> Value {
    json!({
        "origin": problem.origin,
        "key": problem.key,
        "message": problem.message,
        "hint": problem.hint,
    })
}
