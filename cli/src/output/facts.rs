//! The facts about what would be run, drawn for a terminal: blocks of rows as the daemon made them from the plan.
//!
//! Every value was made safe by the daemon, piece by piece; here the pieces that
//! stand for something else are set apart from text that only looks like them.
//! Labels and remarks have columns of their own, which no value ever reaches: a
//! long one is wrapped inside its column, so that it cannot draw a line of ours.
//!
//! Nothing is left out in silence. What is folded says how much there is, and
//! [`Drawn::is_whole`] is false, so that nobody is asked before he has seen it.

use daemon_core::exec::render::{Badge, Block, Kind, Level, Row, Shown};
use daemon_core::text::visible;
use unicode_width::UnicodeWidthChar as _;

use super::style::{Paint, Style};

/// Rows of a block, and characters of a value, that are shown before the rest is folded.
const ROWS: usize = 40;
const CHARACTERS: usize = 400;
/// Labels are this wide at least, so that blocks stand under one another, and no wider than that.
const LABELS: std::ops::RangeInclusive<usize> = 10..=24;
/// Before a label, and between it and its value; the second has room for a mark.
const MARGIN: usize = 2;
const GAP: usize = 2;
/// No value is squeezed into less.
const NARROWEST: usize = 16;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What is long is folded.
    Folded,
    /// Everything.
    Whole,
}

/// Text, and whether anything was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// The lines.
    pub(crate) text: String,
    /// Whether all of it is there.
    pub(crate) is_whole: bool,
}

/// The sign of how much something matters.
pub(crate) fn mark(level: Level, style: &Style) -> &'static str {
    match level {
        Level::Note => style.glyph("○", "-"),
        Level::Caution => style.glyph("△", "!"),
        Level::Danger => style.glyph("▲", "#"),
    }
}

/// The colour of how much something matters.
pub(crate) fn paint(level: Level) -> Paint {
    match level {
        Level::Note => Paint::Dim,
        Level::Caution => Paint::Yellow,
        Level::Danger => Paint::Red,
    }
}

/// A block: its title, its rows, and under each row the remarks on it.
pub(crate) fn block(block: &Block, extent: Extent, style: &Style) -> Drawn {
    let shown = if extent == Extent::Whole { block.rows.len() } else { ROWS };
    let folded = block.rows.len().saturating_sub(shown) as u64 + block.more;
    let mut drawn = Drawn { text: String::new(), is_whole: folded == 0 };
    drawn.text += &style.paint(Paint::Bold, &visible(&block.title));
    drawn.text.push('\n');
    if block.rows.is_empty() {
        drawn.text += &format!("{:MARGIN$}{}\n", "", style.paint(Paint::Dim, "none"));
    }
    let rows = &block.rows[..block.rows.len().min(shown)];
    let widest = rows.iter().map(|row| width(&row.label.text())).max().unwrap_or(0);
    let labels = match widest {
        0 => 0,
        _ => widest.clamp(*LABELS.start(), *LABELS.end()),
    };
    for row in rows {
        drawn.is_whole &= draw_row(&mut drawn.text, row, labels, extent, style);
    }
    if 0 < folded {
        let more = if folded == 1 { "1 more line".to_owned() } else { format!("{folded} more lines") };
        drawn.text += &folding(MARGIN, &more, style);
    }
    drawn
}

/// Whether all of the row was drawn.
fn draw_row(out: &mut String, row: &Row, labels: usize, extent: Extent, style: &Style) -> bool {
    let column = if labels == 0 { MARGIN } else { MARGIN + labels + GAP };
    let label = row.label.text();
    out.extend(std::iter::repeat_n(' ', MARGIN));
    if labels != 0 {
        style.paint_into(out, Paint::Dim, &label);
        if labels < width(&label) {
            // A name that is no label of ours has a line of its own.
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', column));
        } else {
            out.extend(std::iter::repeat_n(' ', labels - width(&label) + GAP));
        }
    }
    let value = match extent {
        Extent::Whole => row.value.clone(),
        Extent::Folded => row.value.clone().cut(CHARACTERS),
    };
    draw_value(out, &value, column, style);
    out.push('\n');
    if 0 < value.more {
        let more = match value.more {
            1 => "1 more character".to_owned(),
            more => format!("{more} more characters"),
        };
        *out += &folding(column, &more, style);
    }
    for badge in row.badges.iter().filter(|badge| badge.id != "text.empty") {
        remark(out, badge, column, style);
    }
    value.more == 0
}

/// The pieces of a value, wrapped inside their column.
pub(crate) fn draw_value(out: &mut String, value: &Shown, column: usize, style: &Style) {
    if value.pieces.is_empty() && value.more == 0 {
        return style.paint_into(out, Paint::Dim, style.glyph("⟦empty⟧", "<<empty>>"));
    }
    let room = style.width.map_or(usize::MAX, |width| width.saturating_sub(column).max(NARROWEST));
    let mut at = 0;
    for piece in &value.pieces {
        let (text, paint) = drawn_as(&piece.text, piece.kind, style);
        let mut line = String::new();
        for character in text.chars() {
            let wide = character.width().unwrap_or(0);
            if room < at + wide {
                style.paint_into(out, paint, &line);
                line.clear();
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', column));
                at = 0;
            }
            line.push(character);
            at += wide;
        }
        style.paint_into(out, paint, &line);
    }
}

fn drawn_as(text: &str, kind: Kind, style: &Style) -> (String, Paint) {
    let apart = |paint| (format!("{}{text}{}", style.glyph("⟦", "<<"), style.glyph("⟧", ">>")), paint);
    match kind {
        Kind::Plain => (text.to_owned(), Paint::Plain),
        Kind::Escape => apart(Paint::Yellow),
        Kind::Cover => apart(Paint::Dim),
    }
}

/// Its mark stands where no value can.
fn remark(out: &mut String, badge: &Badge, column: usize, style: &Style) {
    out.extend(std::iter::repeat_n(' ', column - GAP));
    let text = format!("{} {}", mark(badge.level, style), visible(&badge.text));
    style.paint_into(out, paint(badge.level), &text);
    out.push('\n');
}

fn folding(column: usize, more: &str, style: &Style) -> String {
    let text = format!("{} {more}: --all shows them", style.glyph("…", "..."));
    format!("{:width$}{}\n", "", style.paint(Paint::Yellow, &text), width = column - GAP)
}

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(rows: &[serde_json::Value]) -> Block {
        serde_json::from_value(json!({ "fact": "arguments", "title": "Arguments", "rows": rows })).unwrap()
    }

    fn row(label: &str, text: &str) -> serde_json::Value {
        json!({
            "label": { "pieces": [{ "text": label, "kind": "plain" }] },
            "value": { "pieces": [{ "text": text, "kind": "plain" }] },
        })
    }

    fn check(
        rows: &[serde_json::Value],
        extent: Extent,
        width: Option<usize>,
        expected: &str,
        is_whole: bool,
    ) {
        let drawn = block(&arguments(rows), extent, &Style { width, ..Style::plain() });
        assert_eq!(drawn.text, expected);
        assert_eq!(drawn.is_whole, is_whole);
    }

    #[test]
    fn what_stands_for_something_else_is_set_apart_from_what_looks_like_it() {
        let odd = json!({
            "label": { "pieces": [{ "text": "1", "kind": "plain" }] },
            "value": { "pieces": [
                { "text": "\\n is ", "kind": "plain" }, { "text": "\\n", "kind": "escape" },
                { "text": "[8 characters covered]", "kind": "cover" },
            ], "escapes": 1 },
            "badges": [{ "id": "text.escaped", "text": "1 character is shown as an escape", "level": "caution" }],
        });
        let expected = "Arguments\n  1           \\n is ⟦\\n⟧⟦[8 characters covered]⟧\n            \
                        △ 1 character is shown as an escape\n";
        check(std::slice::from_ref(&odd), Extent::Folded, None, expected, true);
        let ascii = Style { unicode: false, ..Style::plain() };
        let text = block(&arguments(&[odd]), Extent::Folded, &ascii).text;
        assert!(text.contains("<<\\n>>") && text.contains("! 1 character"), "{text}");
    }

    #[test]
    fn a_long_value_is_wrapped_inside_its_column_and_cannot_draw_a_row() {
        let value = format!("{}  2           /etc/passwd", "x".repeat(26));
        check(
            &[row("1", &value)],
            Extent::Whole,
            Some(40),
            "Arguments\n  1           xxxxxxxxxxxxxxxxxxxxxxxxxx\n                2           /etc/passwd\n",
            true,
        );
    }

    #[test]
    fn what_is_folded_says_how_much_and_is_not_whole() {
        let long = row("1", &"y".repeat(CHARACTERS + 7));
        let drawn = block(&arguments(std::slice::from_ref(&long)), Extent::Folded, &Style::plain());
        assert!(drawn.text.contains("… 7 more characters: --all shows them"), "{}", drawn.text);
        assert!(!drawn.is_whole);
        let drawn = block(&arguments(&[long]), Extent::Whole, &Style::plain());
        assert!(drawn.is_whole && !drawn.text.contains('…'));
        let many: Vec<_> = (1..=ROWS + 1).map(|number| row(&number.to_string(), "z")).collect();
        let drawn = block(&arguments(&many), Extent::Folded, &Style::plain());
        assert!(drawn.text.contains("… 1 more line: --all shows them") && !drawn.is_whole);
        // What the daemon left out cannot be shown by us, so it is never whole.
        let cut = Block { more: 3, ..arguments(&[row("1", "a")]) };
        assert!(!block(&cut, Extent::Whole, &Style::plain()).is_whole);
    }

    #[test]
    fn nothing_is_still_something_to_see() {
        check(&[], Extent::Folded, None, "Arguments\n  none\n", true);
        let empty = json!({
            "label": { "pieces": [{ "text": "1", "kind": "plain" }] },
            "value": { "pieces": [] },
            "badges": [{ "id": "text.empty", "text": "empty", "level": "note" }],
        });
        check(&[empty], Extent::Folded, None, "Arguments\n  1           ⟦empty⟧\n", true);
    }
}
