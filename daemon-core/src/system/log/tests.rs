//! The log as a whole: what an event becomes in the file.

use std::path::Path;

use tracing::subscriber::with_default;
use tracing::{debug, info, info_span, warn};

use super::*;

/// What a log in `format` at `levels` has written after `events`.
fn logged(format: Format, levels: &str, events: impl FnOnce(&Log, &Path)) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hob.log");
    let settings = Settings {
        format,
        levels: levels.parse().unwrap(),
        file: Some(LogFile::new(path.clone())),
        stderr: false,
        now: Arc::new(|| "2031-05-06T07:08:09.0101Z".parse().unwrap()),
    };
    let (subscriber, log) = build(settings).unwrap();
    with_default(subscriber, || events(&log, &path));
    fs_err::read_to_string(path).unwrap()
}

const FORGERY: &str = "web\n2031-05-06T07:08:09.010Z ERROR forged\u{1b}[2J";

fn hostile(_: &Log, _: &Path) {
    let span = info_span!("call", name = %FORGERY);
    span.in_scope(|| info!(plain = FORGERY, shown = %FORGERY, debugged = ?[FORGERY], "started {FORGERY}"));
    let error: &dyn std::error::Error = &io::Error::other(FORGERY);
    warn!(error, "{FORGERY}");
}

#[test]
fn a_line_of_text_has_time_level_target_span_and_fields() {
    let text = logged(Format::Text, "info", |_, _| {
        info_span!("call", id = 7).in_scope(|| info!(target: "daemon", name = %"web", pid = 12, "started"));
    });
    assert_eq!(text, "2031-05-06T07:08:09.010Z  INFO call{id=7}: daemon: started name=web pid=12\n");
}

#[test]
fn nothing_from_outside_makes_a_line_of_text() {
    let text = logged(Format::Text, "info", hostile);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().all(|line| !line.contains(char::is_control)), "{text}");
    assert_eq!(text.matches("web\\n2031").count(), 7, "{text}");
}

#[test]
fn every_line_of_json_is_an_object_whatever_is_in_it() {
    let text = logged(Format::Json, "info", hostile);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(lines[0]["timestamp"], "2031-05-06T07:08:09.010Z");
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(lines[0]["fields"]["plain"], FORGERY);
    assert_eq!(lines[0]["fields"]["message"], format!("started {FORGERY}"));
    assert_eq!(lines[0]["spans"][0]["span"], "call");
    assert_eq!(lines[0]["spans"][0]["fields"]["name"], FORGERY);
    assert_eq!(lines[1].get("spans"), None);
}

#[test]
fn no_key_of_json_comes_twice() {
    let text = logged(Format::Json, "info", |_, _| {
        let span = info_span!("outer", name = "a", level = "b", late = tracing::field::Empty);
        span.record("late", "c");
        let _outer = span.enter();
        info_span!("inner").in_scope(|| info!(target: "daemon", level = 1, timestamp = 2, "said"));
    });
    let expected = concat!(
        r#"{"timestamp":"2031-05-06T07:08:09.010Z","level":"INFO","target":"daemon","#,
        r#""fields":{"level":1,"message":"said","timestamp":2},"#,
        r#""spans":[{"span":"outer","fields":{"late":"c","level":"b","name":"a"}},{"span":"inner","fields":{}}]}"#,
    );
    assert_eq!(text.trim_end(), expected);
}

#[test]
fn levels_change_while_it_runs() {
    let text = logged(Format::Text, "warn", |log, _| {
        info!("one");
        log.set_levels(&"debug".parse().unwrap());
        debug!("two");
        log.set_levels(&format!("{}=off", module_path!()).parse().unwrap());
        warn!("three");
        log.set_levels(&Levels::default());
        debug!("four");
        info!("five");
    });
    let words: Vec<_> = text.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(words, ["two", "five"]);
}

fn check_full_disk(format: Format) -> String {
    logged(format, "info", |log, path| {
        info!("before");
        fs_err::remove_file(path).unwrap();
        fs_err::os::unix::fs::symlink("/dev/full", path).unwrap();
        // It holds the deleted file open, sees that, and opens what is there now.
        (0..3).for_each(|_| info!("lost"));
        assert_eq!(log.lost(), 3);
        fs_err::remove_file(path).unwrap();
        info!("after");
        assert_eq!(log.lost(), 3);
    })
}

#[test]
fn a_full_disk_loses_lines_and_the_next_one_says_so() {
    let text = check_full_disk(Format::Text);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("WARN daemon_core::system::log: 3 lines of this log could not be written: "));
    assert!(lines[0].contains("No space left"), "{text}");
    assert!(lines[1].ends_with("after"), "{text}");

    let text = check_full_disk(Format::Json);
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first["fields"]["lost"], 3);
}
