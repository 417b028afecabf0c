//! The audit record, as `hob audit` shows it.
//!
//! What an entry says may come from a requester, so every key and value is made
//! visible, also where it is only one word of a line.

use daemon_core::audit::{Found, Proved, Recorded, Shown, SignedHead, Verified};
use daemon_core::text::visible;
use serde_json::Value;

use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time::TimeOfDay;
use super::value;

/// Fields of a body that are shown first, because they say what happened.
const FIRST: [&str; 9] = ["effect", "verdict", "outcome", "code", "signal", "allows", "display", "op", "by"];
/// Fields that say nothing to anybody who only looks, or not as well as another.
const LEFT_OUT: [&str; 2] = ["commit", "matcher"];
/// Longer values are cut in a table, and digests before that; `hob audit show` has all of them.
const LONGEST: usize = 120;
const DIGEST: usize = 15;
/// How wide the columns mostly are, for entries that are not known all at once.
const USUAL: [usize; 6] = [6, 12, 18, 8, 10, 32];

/// Entries, one a line.
pub(crate) fn table(found: &Found, style: &Style, times: &TimeOfDay) -> String {
    if found.entries.is_empty() {
        return format!("nothing that was asked for is in the record, which has {}\n", entries(found.size));
    }
    let mut table = Table::new(columns().into());
    found.entries.iter().for_each(|entry| table.row(cells(entry, times)));
    table.render(style)
}

/// That there is more than was shown of the record, and how to see it.
pub(crate) fn older(found: &Found) -> Option<String> {
    let oldest = found.entries.first().filter(|_| found.more)?;
    let (shown, before) = (found.entries.len(), oldest.index);
    Some(format!("{shown} shown; there are older ones: --before {before}, or more at once with -n\n"))
}

/// The same of its end, of which this is the first entry that was shown.
pub(crate) fn before_the_end(first: u64) -> Option<String> {
    let search =
        format!("there are older ones: hob audit search --before {first}, or more at once with -n\n");
    (0 < first).then(|| crate::failure::for_this_home(&search))
}

/// One entry of those that come one after the other, below the titles of the first.
pub(crate) fn line(entry: &Recorded, is_first: bool, style: &Style, times: &TimeOfDay) -> String {
    let mut table =
        Table::new(columns().into_iter().zip(USUAL).map(|(column, usual)| column.usual(usual)).collect());
    table.row(cells(entry, times));
    let drawn = table.render(style);
    match drawn.split_once('\n') {
        Some((_titles, rest)) if !is_first => rest.to_owned(),
        _ => drawn,
    }
}

fn columns() -> [Column; 6] {
    [
        Column::number("INDEX", 220),
        Column::whole("TIME", 140),
        Column::text("WHAT", ESSENTIAL + 5, 12),
        Column::text("WHO", ESSENTIAL, 6),
        Column::text("REQUEST", 150, 10),
        Column::remark("DETAILS", 32),
    ]
}

fn cells(entry: &Recorded, times: &TimeOfDay) -> Vec<Cell> {
    vec![
        entry.index.to_string().into(),
        Cell::painted(times.show(&entry.at.to_string()), Paint::Dim),
        Cell::painted(what(entry), paint(entry)),
        visible(&entry.actor).into(),
        entry.request.as_deref().map(visible).unwrap_or_default().into(),
        Cell::painted(body(entry), Paint::Dim),
    ]
}

/// All of one entry, and the line that was hashed.
pub(crate) fn details(shown: &Shown, style: &Style, times: &TimeOfDay) -> String {
    let entry = &shown.entry;
    let text = |text: &str| value::Value::Text(text.to_owned());
    let optional = |it: Option<&str>| it.map_or(value::Value::Null, text);
    let mut pairs = vec![
        ("index".to_owned(), value::Value::Number(entry.index.to_string())),
        ("what".to_owned(), text(&entry.kind)),
        ("time".to_owned(), text(&times.show(&entry.at.to_string()))),
        ("who".to_owned(), text(&format!("{} ({}, {})", entry.actor, entry.actor_kind, entry.surface))),
        ("request".to_owned(), optional(entry.request.as_deref())),
        (
            "policy revision".to_owned(),
            entry.policy.map_or(value::Value::Null, |revision| value::Value::Number(revision.to_string())),
        ),
    ];
    if entry.altered {
        let warning = "somebody has changed it: it is not what was recorded (see hob audit verify)";
        pairs.insert(0, ("ALTERED".to_owned(), text(warning)));
    }
    let members = entry.body.as_object().into_iter().flatten();
    pairs.extend(members.map(|(key, value)| (key.clone(), text(&one(value)))));
    let line = style.paint(Paint::Dim, &visible(&shown.line));
    value::pairs(&pairs, style) + "\nThe line that is hashed:\n" + &line + "\n"
}

/// Whether the record is whole.
pub(crate) fn verified(verified: &Verified, style: &Style) -> String {
    let (glyph, paint) = match verified.whole {
        true => (style.glyph("✓", "+"), Paint::Green),
        false => (style.glyph("✗", "x"), Paint::Red),
    };
    let mut out =
        format!("{} {}\n", style.paint(paint, glyph), style.paint(Paint::Bold, &visible(&verified.verdict)));
    for line in &verified.report {
        out += &format!("  {}\n", visible(line));
    }
    let hint = format!("without the daemon, on a copy: hob-verify {}", visible(&verified.directory));
    out + &style.paint(Paint::Dim, &hint) + "\n"
}

/// A proof goes out as it is, to be kept in a file.
pub(crate) fn proof(proved: &Proved) -> String {
    proved.proof.clone()
}

/// A signed head goes out as it is, to be kept elsewhere.
pub(crate) fn head(head: &SignedHead) -> String {
    head.note.clone()
}

/// What to do with either, for a person; what is piped has no room for it.
pub(crate) fn how_to_use(name: &str) -> Option<&'static str> {
    match name {
        "audit.prove" => Some(
            "keep it with the entry's line (hob audit prove N --json has that and the public key):\n\
             hob-verify LINE --proof PROOF --vkey KEY\n",
        ),
        "audit.checkpoint" => Some(
            "keep it where this machine cannot change it; later: hob-verify COPY --since-checkpoint FILE\n",
        ),
        _ => None,
    }
}

/// Its kind; what is not what was recorded is that before it is anything else.
fn what(entry: &Recorded) -> String {
    let kind = visible(&entry.kind);
    if entry.altered { format!("ALTERED {kind}") } else { kind }
}

fn paint(entry: &Recorded) -> Paint {
    if entry.altered {
        return Paint::Red;
    }
    let is_no = matches!(entry.body["verdict"].as_str(), Some("deny"))
        || entry.body["effect"].as_str() == Some("deny");
    match entry.kind.as_str() {
        _ if is_no => Paint::Yellow,
        "approval.decided" | "exec.finished" => Paint::Green,
        "exec.unknown" | "exec.drift_denied" | "exec.not_started" | "call.refused" => Paint::Red,
        _ => Paint::Plain,
    }
}

fn body(entry: &Recorded) -> String {
    let Some(members) = entry.body.as_object() else { return one(&entry.body) };
    let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
    let about = entry.request.as_deref();
    let has_column =
        |key: &str, value: &Value| key == "request" && about.is_some() && value.as_str() == about;
    let is_told =
        |(key, value): &(&String, &Value)| !LEFT_OUT.contains(&key.as_str()) && !has_column(key, value);
    let mut members: Vec<_> = members.iter().filter(is_told).collect();
    members.sort_by_key(|(key, _)| rank(key));
    let texts: Vec<String> = members
        .into_iter()
        .map(|(key, value)| {
            let text = one(value);
            let text = match text.char_indices().nth(if is_digest(&text) { DIGEST } else { LONGEST }) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            };
            format!("{}={text}", visible(key))
        })
        .collect();
    texts.join(" ")
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn one(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recorded(index: u64, kind: &str, body: Value) -> Value {
        json!({
            "index": index, "at": "2026-06-01T11:50:00Z", "kind": kind, "actor": "owner", "actor_kind": "human",
            "surface": "cli", "request": "7k3m9x2p4q", "body": body,
        })
    }

    #[test]
    fn c24_c114_nothing_in_the_record_acts_on_the_terminal() {
        let hostile = "git\u{1b}[2J\nexec.finished \u{9b}31m\u{202e}";
        let entry = recorded(3, "x-\u{1b}]0;t\u{7}", json!({ "display": hostile, "a\u{1b}b": "c" }));
        let found: Found = serde_json::from_value(json!({ "entries": [entry], "size": 4 })).unwrap();
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let times = TimeOfDay::new(true, true, now);
        let style = Style::plain();
        let shown: Shown = serde_json::from_value({
            let mut shown = recorded(3, "call.made", json!({ "args": hostile }));
            shown["line"] = json!("{\"a\":\"\u{1b}\"}");
            shown
        })
        .unwrap();
        for text in [
            table(&found, &style, &times),
            line(&found.entries[0], true, &style, &times),
            details(&shown, &style, &times),
        ] {
            let is_safe = |character: char| character == '\n' || !daemon_core::text::hidden(character);
            assert!(text.chars().all(is_safe), "{text:?}");
        }
        assert_eq!(line(&found.entries[0], false, &style, &times).lines().count(), 1);
    }

    #[test]
    fn entries_that_come_one_by_one_stand_under_one_another() {
        let entries = [
            recorded(9, "request.received", json!({ "display": "git push", "client": "claude" })),
            json!({
                "index": 1204, "at": "2026-06-01T11:50:00Z", "kind": "daemon.started", "actor": "daemon",
                "actor_kind": "daemon", "surface": "daemon", "body": { "version": "0.1.0" },
            }),
        ];
        let found: Found = serde_json::from_value(json!({ "entries": entries, "size": 2000 })).unwrap();
        let times = TimeOfDay::new(true, true, "2026-06-01T12:00:00Z".parse().unwrap());
        let shown = |width| {
            let style = Style { width, ..Style::plain() };
            let lines = found.entries.iter().enumerate().map(|(at, it)| line(it, at == 0, &style, &times));
            lines.collect::<String>()
        };
        insta::assert_snapshot!([shown(None), shown(Some(80))].join("\n"));
    }

    #[test]
    fn the_table_says_first_what_happened() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let entries = [
            recorded(
                0,
                "request.received",
                json!({ "client": "claude", "plan": digest, "display": "git push", "commit": "x" }),
            ),
            recorded(1, "policy.evaluated", json!({ "plan": digest, "by": "default", "effect": "ask" })),
            recorded(
                12,
                "approval.decided",
                json!({ "verdict": "deny", "note": "not today", "scope": "once" }),
            ),
        ];
        let found: Found = serde_json::from_value(json!({ "entries": entries, "size": 13 })).unwrap();
        let times = TimeOfDay::new(true, false, "2026-06-01T12:00:00Z".parse().unwrap());
        let shown = |width| table(&found, &Style { width, ..Style::plain() }, &times);
        insta::assert_snapshot!([shown(None), shown(Some(72))].join("\n"));
        let none: Found = serde_json::from_value(json!({ "entries": [], "size": 13 })).unwrap();
        assert_eq!(
            table(&none, &Style::plain(), &times),
            "nothing that was asked for is in the record, which has 13 entries\n"
        );
    }
}
