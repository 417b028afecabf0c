//! An event as a JSON object on one line.
//!
//! In place of tracing-subscriber's own, which puts a span's name among its
//! fields: a span with a field called `name`, as ours have, would be an object
//! with the same key twice.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime as _;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields as _, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::Clock;

/// `timestamp`, `level`, `target`, `fields` and, inside spans, `spans` from the outermost in.
pub(super) struct Json(pub(super) Clock);

impl<S> FormatEvent<S, JsonFields> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "{{\"timestamp\":\"")?;
        self.0.format_time(&mut writer)?;
        let metadata = event.metadata();
        write!(writer, "\",\"level\":\"{}\",\"target\":{}", metadata.level(), quoted(metadata.target())?)?;
        write!(writer, ",\"fields\":")?;
        context.format_fields(writer.by_ref(), event)?;
        if let Some(scope) = context.event_scope() {
            let mut opening = ",\"spans\":[";
            for span in scope.from_root() {
                write!(writer, "{opening}{{\"span\":{}", quoted(span.name())?)?;
                opening = ",";
                if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>()
                    && !fields.is_empty()
                {
                    write!(writer, ",\"fields\":{fields}")?;
                }
                write!(writer, "}}")?;
            }
            write!(writer, "]")?;
        }
        writeln!(writer, "}}")
    }
}

fn quoted(text: &str) -> Result<String, fmt::Error> {
    serde_json::to_string(text).map_err(|_| fmt::Error)
}
