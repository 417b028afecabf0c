//! How a command fails, and what its exit status says about it.
//!
//! A fault's code decides the status (one table in `kernel::fault`). The
//! command line adds two of its own: 3 for "the service is not running" and 78
//! for files that are wrong (sysexits(3): EX_CONFIG).

use std::path::Path;
use std::sync::OnceLock;

use daemon_core::config::BAD_FILES;
use daemon_core::kernel::{Code, Fault};
use daemon_core::text::visible;
use serde_json::json;

use crate::output::style::Paint;

/// The named service, or the daemon, is not running.
pub(crate) const NOT_RUNNING: u8 = 3;
/// What is written in the configuration is wrong.
pub(crate) const CONFIG_INVALID: u8 = 78;

static HOME: OnceLock<String> = OnceLock::new();

/// Why a command ended without having done what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be said.
    Fault(Fault),
    /// Said already.
    Said(u8),
    /// Whoever read standard output went away, which is no error.
    ReaderGone,
}

impl Failure {
    /// A mistake in what was typed.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::Fault(Fault::invalid(message))
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Failure::Fault(fault) => exit(fault),
            Failure::Said(status) => *status,
            Failure::ReaderGone => 0,
        }
    }

    /// Says it on standard error, and returns the exit status.
    pub(crate) fn say(&self, json: bool) -> u8 {
        if let Failure::Fault(fault) = self {
            say(fault, None, json);
        }
        self.status()
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Fault(fault)
    }
}

/// From now on, hints of commands name this home too.
pub(crate) fn home_was_named(home: &Path) {
    HOME.get_or_init(|| crate::output::command::command(&[home.to_string_lossy().into_owned()]));
}

/// A text of ours, whose commands are for the home that was named.
pub(crate) fn for_this_home(text: &str) -> String {
    for_home(text, HOME.get().map(String::as_str))
}

/// A hint, whose commands are for the home that was named.
fn for_home(hint: &str, home: Option<&str>) -> String {
    match home {
        Some(home) => ["`hob ", ": hob "]
            .into_iter()
            .fold(hint.to_owned(), |hint, start| hint.replace(start, &format!("{start}--home {home} "))),
        None => hint.to_owned(),
    }
}

/// Says a fault on standard error; `about` is the one of several things that it is about.
pub(crate) fn say(fault: &Fault, about: Option<&str>, json: bool) {
    let mut fault = fault.clone();
    fault.hint = fault.hint.map(|hint| for_home(&hint, HOME.get().map(String::as_str)));
    let text = if json { as_json(&fault, about) } else { as_text(&fault, about) };
    crate::output::complain(&text);
}

fn as_json(fault: &Fault, about: Option<&str>) -> String {
    let mut error = json!({ "code": fault.code, "message": fault.message });
    if let Some(hint) = &fault.hint {
        error["hint"] = json!(hint);
    }
    if let Some(about) = about {
        error["service"] = json!(about);
    }
    if let Some(more) = &fault.more
        && let (Ok(serde_json::Value::Object(more)), Some(error)) =
            (serde_json::to_value(more), error.as_object_mut())
    {
        error.extend(more);
    }
    format!("{}\n", json!({ "error": error }))
}

fn as_text(fault: &Fault, about: Option<&str>) -> String {
    let colour = crate::output::colour_on_stderr();
    let label = |paint, text: &str| if colour { crate::output::always(paint, text) } else { text.to_owned() };
    let mut lines = fault.message.lines().map(visible);
    let mut text = label(Paint::Red, "error: ");
    if let Some(about) = about.filter(|about| !fault.message.contains(*about)) {
        text += &format!("{}: ", visible(about));
    }
    text += &lines.next().unwrap_or_else(|| "it failed".to_owned());
    for line in lines {
        text += &format!("\n  {line}");
    }
    if let Some(hint) = &fault.hint {
        text += &format!("\n{}{}", label(Paint::Yellow, "hint: "), visible(hint));
    }
    text + "\n"
}

/// The exit status of a fault.
pub(crate) fn exit(fault: &Fault) -> u8 {
    if fault.reason_code() == Some(BAD_FILES) { CONFIG_INVALID } else { fault.code.exit() }
}

/// The status for several failures: theirs if they agree, else 1.
pub(crate) fn together(statuses: &[u8]) -> Option<u8> {
    let first = *statuses.first()?;
    let agree = statuses.iter().all(|status| *status == first);
    Some(if agree { first } else { Code::Internal.exit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_stands_on_a_line_of_its_own_and_nothing_hostile_gets_through() {
        let fault = Fault::invalid("bad \u{1b}[2J\nline two").hint("do that");
        assert_eq!(as_text(&fault, None), "error: bad \\u{1b}[2J\n  line two\nhint: do that\n");
        assert_eq!(as_text(&Fault::invalid("no"), Some("web")), "error: web: no\n");
    }

    #[test]
    fn as_json_an_error_is_one_object_on_one_line() {
        let fault = Fault::not_found("service", "wbe", ["web"]);
        assert_eq!(
            as_json(&fault, None),
            "{\"error\":{\"code\":\"not_found\",\"hint\":\"did you mean \\\"web\\\"?\",\
             \"message\":\"no service is named \\\"wbe\\\"\"}}\n"
        );
    }

    #[test]
    fn a_hint_is_for_the_home_that_was_named() {
        let hint = "`hob logs web` or this: hob ls, hobby";
        assert_eq!(for_home(hint, Some("x")), "`hob --home x logs web` or this: hob --home x ls, hobby");
        assert_eq!(for_home(hint, None), hint);
    }

    #[test]
    fn files_that_are_wrong_have_a_status_of_their_own() {
        assert_eq!(exit(&Fault::invalid("no")), 2);
        assert_eq!(exit(&Fault::invalid("no").reason(BAD_FILES)), 78);
    }

    #[test]
    fn several_failures_have_one_status() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[4, 4]), Some(4));
        assert_eq!(together(&[4, 1]), Some(1));
    }
}
