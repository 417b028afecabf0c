//! Lines of logs: `time service | text`.
//!
//! What a service wrote cannot fool the terminal: of its escape sequences only
//! colours (SGR, ECMA-48 section 8.3.117) get through, and only where colours
//! are allowed; elsewhere they are left out. Everything else that does not
//! print is shown as an escape. Standard error is marked with `!`, what the
//! daemon has to say about the service with `*`.

use daemon_core::text::visible;
use serde::{Deserialize, Serialize};
use unicode_width::UnicodeWidthStr as _;

use super::style::{Paint, ServiceColours, Style};
use super::table::cut;
use super::time::TimeOfDay;

const WIDEST_NAME: usize = 24;

/// One line of a log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    pub(crate) service: String,
    pub(crate) time: String,
    pub(crate) stream: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<u64>,
    pub(crate) text: String,
    /// Whether more of it may follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) partial: bool,
}

/// Lays lines out; the column of names grows with the names it has seen.
pub(crate) struct Layout {
    style: Style,
    times: TimeOfDay,
    names: usize,
    /// Whether a line says whose it is.
    named: bool,
    colours: ServiceColours,
}

impl Layout {
    /// A layout that has room for these names.
    pub(crate) fn new<'a>(
        style: Style,
        times: TimeOfDay,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Layout {
        let names = names.into_iter().map(|name| name.width()).max().unwrap_or(0).min(WIDEST_NAME);
        Layout { style, times, names, named: true, colours: ServiceColours::default() }
    }

    /// From now on lines do not say whose they are, for they are all of one service.
    pub(crate) fn only_one(&mut self) {
        self.named = false;
    }

    /// Appends lines.
    pub(crate) fn lines(&mut self, out: &mut String, lines: &[Line]) {
        let widest = lines.iter().map(|line| line.service.width()).max().unwrap_or(0);
        self.names = self.names.max(widest.min(WIDEST_NAME));
        for line in lines {
            self.line(out, line);
        }
    }

    /// Appends a remark of ours, such as that lines were skipped.
    pub(crate) fn remark(&self, out: &mut String, text: &str) {
        self.style.paint_into(out, Paint::Yellow, &format!("-- {} --", visible(text)));
        out.push('\n');
    }

    fn line(&mut self, out: &mut String, line: &Line) {
        let style = &self.style;
        style.paint_into(out, Paint::Dim, &self.times.show(&line.time));
        if self.named {
            let colour = self.colours.of(&line.service);
            let name = cut(&visible(&line.service), WIDEST_NAME, style);
            out.push(' ');
            style.paint_into(out, colour, &name);
            out.extend(std::iter::repeat_n(' ', self.names.saturating_sub(name.width())));
        }
        match line.stream.as_str() {
            "stderr" => {
                style.paint_into(out, Paint::Red, " ! ");
                printable(out, &line.text, style.colour);
            }
            "event" => {
                style.paint_into(out, Paint::Yellow, " * ");
                style.paint_into(out, Paint::Bold, &visible(&line.text));
            }
            _ => {
                style.paint_into(out, Paint::Dim, " | ");
                printable(out, &line.text, style.colour);
            }
        }
        if line.partial {
            style.paint_into(out, Paint::Dim, style.glyph("…", "~"));
        }
        out.push('\n');
    }
}

/// Appends a service's text: colours as they are or not at all, nothing else that acts.
pub(crate) fn printable(out: &mut String, text: &str, colours: bool) {
    let mut rest = text;
    let mut coloured = false;
    while let Some(at) = rest.find(['\u{1b}', '\t']) {
        out.push_str(&visible(&rest[..at]));
        rest = &rest[at..];
        let sequence = sgr(rest);
        if rest.starts_with('\t') {
            out.push('\t');
            rest = &rest[1..];
        } else if 0 < sequence {
            if colours {
                out.push_str(&rest[..sequence]);
                coloured = true;
            }
            rest = &rest[sequence..];
        } else {
            out.push_str("\\u{1b}");
            rest = &rest[1..];
        }
    }
    out.push_str(&visible(rest));
    if coloured {
        out.push_str("\u{1b}[0m");
    }
}

/// The length of the colour sequence that the text begins with, or 0.
fn sgr(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    match parameters.find(|it: char| !it.is_ascii_digit() && it != ';' && it != ':') {
        Some(end) if parameters[end..].starts_with('m') => end + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(service: &str, stream: &str, text: &str) -> Line {
        Line {
            service: service.to_owned(),
            time: "2026-06-01T01:02:03.5Z".to_owned(),
            stream: stream.to_owned(),
            run: None,
            text: text.to_owned(),
            partial: false,
        }
    }

    fn shown(style: Style, lines: &[Line]) -> String {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let mut out = String::new();
        Layout::new(style, TimeOfDay::new(true, true, now), []).lines(&mut out, lines);
        out
    }

    #[test]
    fn streams_and_events_can_be_told_apart_without_colour() {
        let lines =
            [line("web", "stdout", "hello"), line("worker", "stderr", "oh"), line("db", "event", "started")];
        assert_eq!(
            shown(Style::plain(), &lines),
            "01:02:03.500 web    | hello\n01:02:03.500 worker ! oh\n01:02:03.500 db     * started\n"
        );
    }

    #[test]
    fn lines_of_one_service_do_not_repeat_its_name() {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let mut layout = Layout::new(Style::plain(), TimeOfDay::new(true, true, now), ["web"]);
        layout.only_one();
        let mut out = String::new();
        layout.lines(&mut out, &[line("web", "stdout", "hello"), line("web", "event", "exited")]);
        assert_eq!(out, "01:02:03.500 | hello\n01:02:03.500 * exited\n");
    }

    #[test]
    fn colours_get_through_to_a_terminal_and_nothing_else_does() {
        let hostile = "\u{1b}[31mred\u{1b}[0m \u{1b}[2J\u{1b}]0;title\u{7} a\tb\r\u{1b}[";
        let mut out = String::new();
        printable(&mut out, hostile, true);
        assert_eq!(out, "\u{1b}[31mred\u{1b}[0m \\u{1b}[2J\\u{1b}]0;title\\u{7} a\tb\\r\\u{1b}[\u{1b}[0m");
        out.clear();
        printable(&mut out, hostile, false);
        assert_eq!(out, "red \\u{1b}[2J\\u{1b}]0;title\\u{7} a\tb\\r\\u{1b}[");
    }

    #[test]
    fn a_name_may_be_hostile_or_long() {
        let lines = [line(&"n".repeat(300), "stdout", "x"), line("\u{202e}evil", "stdout", "y")];
        let out = shown(Style::plain(), &lines);
        assert!(out.lines().all(|line| line.width() <= 12 + 1 + WIDEST_NAME + 4), "{out}");
        assert!(out.contains("\\u{202e}evil"), "{out}");
    }
}
