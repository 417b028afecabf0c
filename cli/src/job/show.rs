//! How the lines of a run are shown: as it wrote them, or as those of a log.
//!
//! Who runs something and follows it wants what it would have printed here:
//! standard output on standard output, standard error on standard error. On a
//! terminal it cannot do more than colour it; what is piped is as it was.

use daemon_core::jobs::ops::{FollowItem, JobLine};
use daemon_core::services::Source;
use serde_json::json;

use crate::failure::Failure;
use crate::output;
use crate::output::logs::{Layout, Line, printable};
use crate::output::style::Style;
use crate::session::Session;

/// Where lines go, and how.
pub(crate) enum Show {
    /// As the run wrote them.
    AsWritten,
    /// With their times, as those of a log.
    Log(Sheet),
}

/// The log of a run, laid out.
pub(crate) struct Sheet {
    layout: Layout,
    /// The attempt that the last line was of.
    attempt: Option<u64>,
}

impl Show {
    /// As a log.
    pub(crate) fn log(session: &Session, utc: bool) -> Show {
        let mut layout = crate::logs::layout(session, utc, &[]);
        layout.only_one();
        Show::Log(Sheet { layout, attempt: None })
    }

    /// Shows what came to a follower.
    pub(crate) fn item(&mut self, session: &Session, item: &FollowItem) -> Result<(), Failure> {
        if session.json {
            return output::print_json(json!(item).to_string());
        }
        if let Some(count) = item.skipped {
            let remark = match count {
                0 => "-- lines are missing: they were removed meanwhile --\n".to_owned(),
                1 => "-- 1 line skipped: this reader is slower than the run --\n".to_owned(),
                _ => format!("-- {count} lines skipped: this reader is slower than the run --\n"),
            };
            output::complain(&remark);
        }
        self.lines(session, &item.lines)
    }

    /// Shows lines.
    pub(crate) fn lines(&mut self, session: &Session, lines: &[JobLine]) -> Result<(), Failure> {
        match self {
            Show::AsWritten => as_written(session, lines),
            Show::Log(sheet) => output::print(sheet.lines(lines)),
        }
    }
}

impl Sheet {
    fn lines(&mut self, lines: &[JobLine]) -> String {
        let mut out = String::new();
        for line in lines {
            if let (Some(before), Some(now)) = (self.attempt, line.attempt)
                && before != now
            {
                self.layout.remark(&mut out, &format!("attempt {now}"));
            }
            self.attempt = line.attempt.or(self.attempt);
            self.layout.lines(&mut out, &[in_log(line)]);
        }
        out
    }
}

fn in_log(line: &JobLine) -> Line {
    Line {
        service: String::new(),
        time: line.time.to_string(),
        stream: if line.stream == Source::Stderr { "stderr" } else { "stdout" }.to_owned(),
        run: None,
        text: line.text.clone(),
        partial: line.partial,
    }
}

/// Lines of one stream after another go out in one write.
fn as_written(session: &Session, lines: &[JobLine]) -> Result<(), Failure> {
    let (out, error) = (session.style, Style::of_stderr());
    for together in lines.chunk_by(|a, b| a.stream == b.stream) {
        let is_error = together[0].stream == Source::Stderr;
        let style = if is_error { &error } else { &out };
        let mut text = String::new();
        for line in together {
            match style.terminal {
                true => printable(&mut text, &line.text, style.colour),
                false => text += &line.text,
            }
            text += if line.partial { "" } else { "\n" };
        }
        match is_error {
            true => output::complain(&text),
            false => output::print(text)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(attempt: u64, stream: Source, text: &str) -> JobLine {
        let time = "2026-06-01T12:00:00Z".parse().unwrap();
        JobLine { time, stream, attempt: Some(attempt), text: text.to_owned(), partial: false }
    }

    #[test]
    fn where_a_new_attempt_begins_is_said() {
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        let times = output::time::TimeOfDay::new(true, true, now);
        let mut layout = Layout::new(Style::plain(), times, []);
        layout.only_one();
        let mut sheet = Sheet { layout, attempt: None };
        let lines = [
            line(1, Source::Stdout, "a"),
            line(1, Source::Stderr, "b\u{1b}[2J"),
            line(2, Source::Stdout, "a"),
        ];
        assert_eq!(
            sheet.lines(&lines),
            "12:00:00.000 | a\n12:00:00.000 ! b\\u{1b}[2J\n-- attempt 2 --\n12:00:00.000 | a\n"
        );
    }
}
