//! The file of a service or job, and what a change does to it, as lines: they are text and no table.

use daemon_core::kernel::{Code, Fault};
use daemon_core::system::{TableEdited, TableFile};
use daemon_core::text::visible;
use serde::de::DeserializeOwned;

use super::style::{Paint, Style};

/// The file, below where it is, as `operation` answers with it.
pub(crate) fn file(operation: &str, reply: &[u8], style: &Style) -> Result<String, Fault> {
    let file: TableFile = parse(reply)?;
    let place = style.paint(Paint::Bold, &visible(&format!("{}:{}", file.file, file.line)));
    let noun = noun(operation);
    let fixed = file.fixed.map(|why| format!("it is not changed by `hob {noun} edit`: {}\n", visible(&why)));
    Ok(format!("{place}\n{}{}", fixed.unwrap_or_default(), lines(&file.text)))
}

/// The lines that go and come, then what is wrong or whether it was done.
pub(crate) fn edited(operation: &str, reply: &[u8], style: &Style) -> Result<String, Fault> {
    let edited: TableEdited = parse(reply)?;
    let (name, file) = (visible(&edited.name), visible(&edited.file));
    let problems = edited.problems.iter().map(|problem| {
        let key = problem.key.iter().filter(|key| !key.is_empty()).map(|key| format!("{key}: "));
        let hint = problem.hint.iter().map(|hint| format!(" ({hint})"));
        let text: String = key.chain([problem.message.clone()]).chain(hint).collect();
        format!("wrong: {}\n", visible(&text))
    });
    let problems: String = problems.collect();
    let end = match (edited.saved, edited.diff.is_empty()) {
        (true, false) => match noun(operation) {
            "job" => format!("{name}: written and in force; what runs goes on as it was begun\n"),
            _ => format!("{name}: written and in force; a restart applies it to what runs\n"),
        },
        (_, true) => format!("{name}: nothing would change\n"),
        (false, false) => format!("{name}: nothing was written\n"),
    };
    let diff = match edited.diff.is_empty() {
        true => String::new(),
        false => format!("{}\n{}", style.paint(Paint::Bold, &file), lines(&edited.diff)),
    };
    Ok(diff + &problems + &end)
}

/// What is only looked at and would be wrong ends as it would if it were done.
pub(crate) fn status(edited: &TableEdited) -> u8 {
    if edited.problems.is_empty() { 0 } else { Code::Invalid.exit() }
}

/// `job` of `job.edit`.
fn noun(operation: &str) -> &str {
    operation.split_once('.').map_or(operation, |(noun, _)| noun)
}

/// Each line made visible by itself.
fn lines(text: &str) -> String {
    text.lines().map(|line| visible(line) + "\n").collect()
}

fn parse<T: DeserializeOwned>(reply: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(reply).map_err(|error| Fault::internal(format!("the daemon's reply is {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_would_be_wrong_is_no_success() {
        let of = |problems: serde_json::Value| {
            let reply =
                json!({ "name": "a", "file": "/c", "saved": false, "diff": "", "problems": problems });
            status(&serde_json::from_value(reply).unwrap())
        };
        assert_eq!((of(json!([])), of(json!([{ "key": "cron", "message": "no" }]))), (0, 2));
    }

    #[test]
    fn what_changes_is_shown_line_by_line_and_cannot_forge_others() {
        let reply = json!({
            "name": "web", "file": "/c/web.toml", "saved": false,
            "diff": "@@ -1,1 +1,2 @@\n [service.web]\n+log = \"\u{1b}[2J\"\n",
            "problems": [{"key": "restart", "message": "unknown", "hint": "always"}, {"key": "", "message": "bad\nsaved"}],
        });
        let shown = edited("service.edit", reply.to_string().as_bytes(), &Style::plain()).unwrap();
        assert_eq!(
            shown,
            "/c/web.toml\n@@ -1,1 +1,2 @@\n [service.web]\n+log = \"\\u{1b}[2J\"\n\
             wrong: restart: unknown (always)\nwrong: bad\\nsaved\nweb: nothing was written\n"
        );
    }

    #[test]
    fn a_file_is_shown_as_it_is() {
        let reply = json!({"name": "web", "file": "/c/web.toml", "line": 2, "text": "# x\n[service.web]\n", "digest": "", "table": {}});
        let shown = file("service.config", reply.to_string().as_bytes(), &Style::plain()).unwrap();
        assert_eq!(shown, "/c/web.toml:2\n# x\n[service.web]\n");
    }
    #[test]
    fn what_follows_from_a_change_is_said_as_it_is_for_a_service_or_a_job() {
        let reply = json!({"name": "x", "file": "/c/x.toml", "saved": true, "diff": "@@ -1,1 +1,1 @@\n+a\n"});
        for (operation, what) in [("service.edit", "a restart applies it"), ("job.edit", "what runs goes on")]
        {
            let shown = edited(operation, reply.to_string().as_bytes(), &Style::plain()).unwrap();
            assert!(shown.contains(what), "{shown}");
        }
        let reply = json!({"name": "x/y", "file": "/x", "line": 1, "text": "", "digest": "", "table": {}, "fixed": "no"});
        let shown = file("job.config", reply.to_string().as_bytes(), &Style::plain()).unwrap();
        assert_eq!(shown, "/x:1\nit is not changed by `hob job edit`: no\n");
    }
}
