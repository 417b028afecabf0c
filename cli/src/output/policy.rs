//! The policy, and why it says what it says.

use daemon_core::approvals::policy::{
    Checked, Decision, Edited, Effect, Revision, Shown, ShownRule, Tested, Told, TraceLine,
};
use daemon_core::kernel::Fault;
use daemon_core::text::visible;
use jiff::Timestamp;

use super::command::command;
use super::job::parse;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time;

/// The reply to an operation on the policy; nothing if it is of something else.
///
/// # Errors
/// `unsupported` if it is not understood.
pub(crate) fn rendered(
    name: &str,
    reply: &[u8],
    style: &Style,
    now: Timestamp,
) -> Result<Option<String>, Fault> {
    Ok(Some(match name {
        "policy.show" => shown(&parse(reply)?, style, now),
        "policy.check" => checked(&parse(reply)?, style),
        "policy.test" => tested(&parse(reply)?, style),
        "policy.reload" => reloaded(&parse(reply)?),
        "policy.add" | "policy.remove" => edited(&parse(reply)?),
        _ => return Ok(None),
    }))
}

/// What is wrong with a policy, line by line.
pub(crate) fn checked(checked: &Checked, style: &Style) -> String {
    if checked.ok {
        return format!(
            "{} the policy is good: {}\n",
            style.paint(Paint::Green, style.glyph("✓", "+")),
            rules(checked.rules)
        );
    }
    let mut out = String::new();
    for problem in &checked.problems {
        out += &format!("{} {}", style.paint(Paint::Red, style.glyph("✗", "x")), told(problem, style));
    }
    out
}

/// What is doubtful in a policy, line by line.
pub(crate) fn doubted(checked: &Checked, style: &Style) -> String {
    let warning = |doubt| format!("{} {}", style.paint(Paint::Yellow, "warning:"), told(doubt, style));
    checked.warnings.iter().map(warning).collect()
}

/// With its place, and what to do about it on a line of its own.
fn told(told: &Told, style: &Style) -> String {
    let line = told.line.map(|line| format!(":{line}")).unwrap_or_default();
    let key = if told.key.is_empty() { String::new() } else { format!("{}: ", visible(&told.key)) };
    let mut out = format!("{}{line}: {key}{}\n", visible(&told.file), visible(&told.message));
    if let Some(hint) = &told.hint {
        let hint = crate::failure::for_this_home(&visible(hint));
        out += &format!("  {}\n", style.paint(Paint::Dim, &hint));
    }
    out
}

/// What it says of a command, and how it came to that.
pub(crate) fn decision(decision: &Decision, style: &Style) -> String {
    let mut out = verdict(decision.effect, &decision.by, decision.reason.as_deref(), style);
    out += &trace(&decision.trace, style);
    if 1 < decision.analysis.len() {
        out += &format!("\n{}\n", style.paint(Paint::Bold, "What it would run, as far as that can be told"));
        for view in &decision.analysis {
            let words: Vec<String> = std::iter::once(&view.program).chain(&view.argv).cloned().collect();
            let note = view.note.as_deref().map(|note| format!(" ({})", visible(note))).unwrap_or_default();
            out += &format!("  {}: {}{note}\n", visible(&view.how), visible(&command(&words)));
        }
    }
    for (what, why) in [
        ("not all of it is known", &decision.not_analysed),
        ("\"always\" is not offered", &decision.no_always),
    ] {
        if let Some(why) = why {
            out += &format!("{what}: {}\n", visible(why));
        }
    }
    out
}

/// "allow (rule:git-read): read-only git".
pub(crate) fn verdict(effect: Effect, by: &str, reason: Option<&str>, style: &Style) -> String {
    let because = reason.map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    format!("{} ({}){because}\n", style.paint(paint(effect), word(effect)), visible(by))
}

/// The rules that were looked at, those that apply first.
pub(crate) fn trace(trace: &[TraceLine], style: &Style) -> String {
    if trace.is_empty() {
        return "no rule is about it\n".to_owned();
    }
    let mut table = Table::new(vec![
        Column::mark(),
        Column::text("RULE", ESSENTIAL, 10),
        Column::text("SAYS", ESSENTIAL, 5),
        Column::text("OF", 120, 5),
        Column::number("LINE", 110),
        Column::remark("WHY", usize::MAX),
    ]);
    for line in trace {
        let (glyph, drawn) = match line.applies {
            true => (style.glyph("●", "*"), paint(line.effect)),
            false => (style.glyph("○", "o"), Paint::Dim),
        };
        table.row(vec![
            Cell::painted(glyph, drawn),
            visible(&line.rule).into(),
            Cell::painted(word(line.effect), drawn),
            Cell::painted(layer(line.layer), Paint::Dim),
            line.line.map(|line| line.to_string()).unwrap_or_default().into(),
            Cell::painted(visible(&line.why), if line.applies { Paint::Plain } else { Paint::Dim }),
        ]);
    }
    format!("\n{}", table.render(style))
}

fn shown(shown: &Shown, style: &Style, now: Timestamp) -> String {
    let mut out = String::new();
    for problem in &shown.problems {
        out += &format!("{} {}\n", style.paint(Paint::Red, style.glyph("✗", "x")), visible(problem));
    }
    if let Some(why) = &shown.unreadable {
        out += &format!(
            "{} every command is asked about: {}\n",
            style.paint(Paint::Red, style.glyph("✗", "x")),
            visible(why)
        );
    }
    let Revision { number, loaded_at, source, .. } = &shown.revision;
    let read = time::ago(&loaded_at.to_string(), now);
    out += &format!("revision {number}, {}, read {read}\n", rules(shown.rules.len()));
    if shown.rules.is_empty() {
        let file = "policy.toml beside the configuration (`hob config path`), or `hob policy add`";
        out += &format!(
            "Without rules everything is asked about, except what is built in. Rules are in {file}; \
             `hob policy test -- COMMAND` tries them.\n"
        );
        return crate::failure::for_this_home(&out);
    }
    let mut table = Table::new(vec![
        Column::text("RULE", ESSENTIAL + 5, 10),
        Column::text("SAYS", ESSENTIAL, 5),
        Column::text("OF", 120, 5),
        Column::text("NOTE", 130, 10),
        Column::remark("WHERE", usize::MAX),
    ]);
    for rule in &shown.rules {
        let ShownRule { id, effect, file, line, broad, .. } = rule;
        table.row(vec![
            Cell::painted(visible(id), Paint::Bold),
            Cell::painted(word(*effect), paint(*effect)),
            Cell::painted(layer(rule.layer), Paint::Dim),
            Cell::painted(
                if *broad && *effect == Effect::Allow { "any arguments" } else { "" },
                Paint::Yellow,
            ),
            Cell::painted(format!("{}:{line}", visible(file)), Paint::Dim),
        ]);
    }
    out += &table.render(style);
    out += &style.paint(Paint::Dim, &format!("from {}", visible(&source.join(", "))));
    out + "\n"
}

fn tested(tested: &Tested, style: &Style) -> String {
    let of = format!("{} by revision {}: ", visible(&tested.exec), tested.revision);
    of + &decision(&tested.decision, style)
}

fn reloaded(revision: &Revision) -> String {
    format!("revision {} of the policy is in force\n", revision.number)
}

fn edited(edited: &Edited) -> String {
    format!("{} is changed; revision {} of the policy is in force\n", visible(&edited.file), edited.revision)
}

fn word(effect: Effect) -> &'static str {
    match effect {
        Effect::AskAlways => "ask always",
        other => other.name(),
    }
}

fn paint(effect: Effect) -> Paint {
    match effect {
        Effect::Allow => Paint::Green,
        Effect::Ask | Effect::AskAlways => Paint::Yellow,
        Effect::Deny => Paint::Red,
    }
}

fn layer(layer: daemon_core::approvals::policy::Layer) -> &'static str {
    use daemon_core::approvals::policy::Layer;
    match layer {
        Layer::Builtin => "Hob",
        Layer::Admin => "admin",
        Layer::User => "you",
        Layer::Project => "project",
    }
}

fn rules(count: usize) -> String {
    match count {
        0 => "no rules".to_owned(),
        1 => "1 rule".to_owned(),
        many => format!("{many} rules"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_said_what_decided_and_how() {
        let tested: Tested = serde_json::from_value(json!({
            "revision": 3, "exec": "/usr/bin/env",
            "decision": {
                "effect": "deny", "by": "rule:no-rm-rf", "reason": "use trash-put", "offers_always": false,
                "no_always": "it runs another program",
                "trace": [
                    { "layer": "user", "rule": "no-rm-rf", "line": 12, "effect": "deny", "applies": true, "why": "in the view \u{1b}[2J" },
                    { "layer": "builtin", "rule": "own-programs", "effect": "deny", "applies": false, "why": "another program" },
                ],
                "analysis": [
                    { "how": "as asked", "program": "env", "argv": ["rm", "-rf", "/"] },
                    { "how": "run by env", "program": "rm", "argv": ["-rf", "/"], "note": "a guess" },
                ],
            },
        }))
        .unwrap();
        insta::assert_snapshot!(super::tested(&tested, &Style::plain()));
    }

    #[test]
    fn why_a_rule_applies_is_never_cut() {
        let why = "it is for programs that only root can write; name this one by its path";
        let line =
            json!({ "layer": "user", "rule": "a", "line": 1, "effect": "deny", "applies": true, "why": why });
        let shown =
            trace(&[serde_json::from_value(line).unwrap()], &Style { width: Some(40), ..Style::plain() });
        let words: Vec<&str> = shown.split_whitespace().collect();
        assert!(words.join(" ").contains(why) && !shown.contains('…'), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 40), "{shown}");
    }

    #[test]
    fn what_is_wrong_has_its_place_and_its_remedy() {
        let refused: Checked = serde_json::from_value(json!({
            "ok": false, "rules": 0,
            "problems": [{ "file": "/x/policy.toml", "line": 4, "key": "rule.argv", "message": "no \u{202e}", "hint": "write" }],
        }))
        .unwrap();
        assert_eq!(
            checked(&refused, &Style::plain()),
            "✗ /x/policy.toml:4: rule.argv: no \\u{202e}\n  write\n"
        );
        let good: Checked =
            serde_json::from_value(json!({ "ok": true, "rules": 1, "problems": [] })).unwrap();
        assert_eq!(checked(&good, &Style::plain()), "✓ the policy is good: 1 rule\n");
    }
}
