//! The file of a service, and what a change does to it, as lines: they are text and no table.

use daemon_core::kernel::Fault;
use daemon_core::kernel::text::visible;
use daemon_core::services::{ServiceEdited, ServiceFile};
use serde::de::DeserializeOwned;

use super::style::{Paint, Style};

/// The file, below where it is.
pub(crate) fn file(reply: &[u8], style: &Style) -> Result<String, Fault> {
    let file: ServiceFile = parse(reply)?;
    let place = style.paint(Paint::Bold, &visible(&format!("{}:{}", file.file, file.line)));
    let fixed = file.fixed.map(|why| format!("it is not changed by `hob service edit`: {}\n", visible(&why)));
    Ok(format!("{place}\n{}{}", fixed.unwrap_or_default(), lines(&file.text)))
}

/// The lines that go and come, then what is wrong or whether it was done.
pub(crate) fn edited(reply: &[u8], style: &Style) -> Result<String, Fault> {
    let edited: ServiceEdited = parse(reply)?;
    let (name, file) = (visible(&edited.name), visible(&edited.file));
    let problems = edited.problems.iter().map(|problem| {
        let key = problem.key.iter().filter(|key| !key.is_empty()).map(|key| format!("{key}: "));
        let hint = problem.hint.iter().map(|hint| format!(" ({hint})"));
        let text: String = key.chain([problem.message.clone()]).chain(hint).collect();
        format!("wrong: {}\n", visible(&text))
    });
    let problems: String = problems.collect();
    let end = match (edited.saved, edited.diff.is_empty()) {
        (true, false) => format!("{name}: written and in force; a restart applies it to what runs\n"),
        (_, true) => format!("{name}: nothing would change\n"),
        (false, false) => format!("{name}: nothing was written\n"),
    };
    let diff = match edited.diff.is_empty() {
        true => String::new(),
        false => format!("{}\n{}", style.paint(Paint::Bold, &file), lines(&edited.diff)),
    };
    Ok(diff + &problems + &end)
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
    fn what_changes_is_shown_line_by_line_and_cannot_forge_others() {
        let reply = json!({
            "name": "web", "file": "/c/web.toml", "saved": false,
            "diff": "@@ -1,1 +1,2 @@\n [service.web]\n+log = \"\u{1b}[2J\"\n",
            "problems": [{"key": "restart", "message": "unknown", "hint": "always"}, {"key": "", "message": "bad\nsaved"}],
        });
        let shown = edited(reply.to_string().as_bytes(), &Style::plain()).unwrap();
        assert_eq!(
            shown,
            "/c/web.toml\n@@ -1,1 +1,2 @@\n [service.web]\n+log = \"\\u{1b}[2J\"\n\
             wrong: restart: unknown (always)\nwrong: bad\\nsaved\nweb: nothing was written\n"
        );
    }

    #[test]
    fn a_file_is_shown_as_it_is() {
        let reply = json!({"name": "web", "file": "/c/web.toml", "line": 2, "text": "# x\n[service.web]\n", "digest": "", "table": {}});
        let shown = file(reply.to_string().as_bytes(), &Style::plain()).unwrap();
        assert_eq!(shown, "/c/web.toml:2\n# x\n[service.web]\n");
    }
}
