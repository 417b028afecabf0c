//! The daemon's own log: what the daemon did, for the person who asks why.
//!
//! One line an event, as text or as JSON, into a file that rotates by size, to
//! stderr, or to both. Lines are few and written at once, without a thread of
//! their own: a line that is still in a queue when the process dies is the one
//! that would have told why. A line that cannot be written is counted, and the
//! first that can be says how many are missing; logging never fails a caller.
//!
//! What comes from outside (names, paths, errors of other programs) cannot
//! forge a line or reach a terminal: in text it is escaped, in JSON it is JSON.
//!
//! Levels are matched by target only: nobody has asked for filters on the fields
//! of spans, which would take a regex engine into the program.
//!
//! Not here: the output of services, which is theirs and has its own capture.

mod file;
mod json;
mod levels;
mod lines;
mod text;

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{Layer as Lines, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry, reload};

use file::Rotating;
pub use levels::{Levels, UnknownLevel};
use lines::{Lossy, Stream};

/// How the log is written; see [`start`].
pub struct Settings {
    /// Text or JSON.
    pub format: Format,
    /// What is worth a line.
    pub levels: Levels,
    /// The log file, if there is to be one.
    pub file: Option<LogFile>,
    /// Whether lines go to stderr: in the foreground. Coloured if it is a terminal, `NO_COLOR` is
    /// not set, and they go nowhere else.
    pub stderr: bool,
    /// What time it is.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// A file that is begun anew when it has grown.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// The newest lines; older ones are in `<path>.1`, then `<path>.2` and so on.
    pub path: PathBuf,
    /// Bytes in one file, at most, unless a single line is longer.
    pub max_size: u64,
    /// Older files to keep.
    pub keep: u32,
}

impl LogFile {
    /// 10 MiB a file, and three older ones.
    pub fn new(path: PathBuf) -> Self {
        Self { path, max_size: 10 << 20, keep: 3 }
    }
}

/// What a line looks like.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people: `2031-05-06T07:08:09.010Z  INFO target: message key=value`.
    #[default]
    Text,
    /// For programs: an object a line, with `timestamp`, `level`, `target`, `fields` and `spans`.
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log file cannot be opened, for a reason other than a full disk.
    #[error("cannot write the daemon's log {}: {source}; set HOB_LOG to write it elsewhere", path.display())]
    File {
        /// The log file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process has a log already.
    #[error("this process has a log already")]
    Twice,
}

/// The log of this process, to be adjusted while it runs. Clones are the same log.
#[derive(Clone)]
pub struct Log {
    levels: reload::Handle<Targets, Registry>,
    sink: Sink,
}

/// Makes the log of this process, to which everything that uses `tracing` writes.
pub fn start(settings: Settings) -> Result<Log, Error> {
    let (subscriber, log) = build(settings)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Twice)?;
    Ok(log)
}

impl Log {
    /// From now on, what `levels` says is worth a line.
    pub fn set_levels(&self, levels: &Levels) {
        // It can fail only when the subscriber is gone, and then there is nothing to set.
        self.levels.reload(levels.targets()).ok();
    }

    /// Lines that could not be written since the start.
    pub fn lost(&self) -> u64 {
        let outputs = self.sink.outputs();
        outputs.file.as_ref().map_or(0, Lossy::lost) + outputs.stderr.as_ref().map_or(0, Lossy::lost)
    }
}

fn build(settings: Settings) -> Result<(impl Subscriber + Send + Sync, Log), Error> {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colours = settings.file.is_none() && io::stderr().is_terminal() && !no_color;
    let clock = Clock(settings.now);
    let file = settings.file.map(|file| Rotating::open(file).map(Lossy::new)).transpose()?;
    let stderr = settings.stderr.then(|| Lossy::new(Stream::new(io::stderr())));
    let notice = notice(settings.format, clock.clone());
    let sink = Sink(Arc::new(Mutex::new(Outputs { file, stderr, notice })));

    let (levels, handle) = reload::Layer::new(settings.levels.targets());
    let lines = Lines::new().with_writer(sink.clone()).with_ansi(colours).log_internal_errors(false);
    let lines: Box<dyn Layer<_> + Send + Sync> = match settings.format {
        Format::Text => Box::new(lines.with_timer(clock).fmt_fields(text::fields())),
        Format::Json => Box::new(lines.json().event_format(json::Json(clock))),
    };
    Ok((Registry::default().with(levels).with(lines), Log { levels: handle, sink }))
}

/// Makes the line that says how many are missing, and why.
type Notice = Box<dyn Fn(u64, &str) -> String + Send>;

fn notice(format: Format, clock: Clock) -> Notice {
    Box::new(move |lost, reason| {
        let now = (clock.0)();
        let target = module_path!();
        let message = format!("{lost} lines of this log could not be written: {reason}");
        match format {
            Format::Text => format!("{now:.3}  WARN {target}: {}\n", text::Escaped(&message)),
            Format::Json => {
                let fields = serde_json::json!({ "message": message, "lost": lost });
                let line = serde_json::json!({
                    "timestamp": format!("{now:.3}"), "level": "WARN", "target": target, "fields": fields,
                });
                format!("{line}\n")
            }
        }
    })
}

/// Where the lines go. Writing to it never fails.
#[derive(Clone)]
struct Sink(Arc<Mutex<Outputs>>);

struct Outputs {
    file: Option<Lossy<Rotating>>,
    stderr: Option<Lossy<Stream<io::Stderr>>>,
    notice: Notice,
}

impl Sink {
    fn outputs(&self) -> std::sync::MutexGuard<'_, Outputs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Outputs { file, stderr, notice } = &mut *self.outputs();
        if let Some(file) = file {
            file.put(line, notice);
        }
        if let Some(stderr) = stderr {
            stderr.put(line, notice);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Sink;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// UTC, to the millisecond.
#[derive(Clone)]
struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl FormatTime for Clock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{:.3}", (self.0)())
    }
}

#[cfg(test)]
mod tests;
