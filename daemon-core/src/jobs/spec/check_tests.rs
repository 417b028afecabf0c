//! Tests of `check`: what good tables become, and what is said about bad ones.

use super::*;
use crate::jobs::schedule::CatchUp;
use crate::jobs::spec::{Occasion, one};
use crate::runs::Signal;
use crate::runs::name::fnv1a;
use std::path::Path;

/// In the queues `default` and `build`, in the zone of Madrid.
pub(in crate::jobs::spec) fn checked(jobs: Vec<Written>) -> Result<BTreeMap<Arc<str>, Job>, Vec<Finding>> {
    let queue = |name: &str| (name.to_owned(), Queue { slots: 1 });
    let around = Around {
        queues: &BTreeMap::from([queue("default"), queue("build")]),
        keep: KeepConf { runs: Some(7), age: None },
        zone: TimeZone::get("Europe/Madrid").unwrap(),
        surroundings: Surroundings { home_dir: "/home/ada".into(), ..Surroundings::none() },
    };
    check(jobs, &around)
}

fn read(text: &str) -> Vec<Written> {
    let tables: BTreeMap<String, JobConf> = toml::from_str(text).unwrap();
    let written = |(name, conf)| Written { name, conf, dir: "/etc/hob".into(), kept: None };
    tables.into_iter().map(written).collect()
}

fn jobs(text: &str) -> BTreeMap<Arc<str>, Job> {
    checked(read(text)).unwrap()
}

fn job(keys: &str) -> Job {
    jobs(&format!("[j]\ncommand = \"x\"\n{keys}"))["j"].clone()
}

/// That this is what is said about a job with these keys, under this one.
fn check_refused(keys: &str, path: &[&str], part: &str) {
    check_table_refused(&format!("[j]\ncommand = \"x\"\n{keys}"), path, part);
}

fn check_table_refused(text: &str, path: &[&str], part: &str) {
    let found = checked(read(text)).unwrap_err();
    let hit = found.iter().any(|finding| {
        let said = format!("{} ({})", finding.message, finding.hint.as_deref().unwrap_or_default());
        finding.path == path && said.contains(part)
    });
    assert!(hit, "{text}: {found:?}");
}

/// That a value is refused where it is read.
fn check_unreadable(keys: &str, line: &str, part: &str) {
    let error = toml::from_str::<JobConf>(keys).unwrap_err().to_string();
    assert!(error.contains(line) && error.contains(part), "{keys}: {error}");
}

#[test]
fn a_bare_command_gets_every_default() {
    let job = job("");
    assert_eq!(
        (job.command.as_slice(), job.working_dir.as_path()),
        (["x".to_owned()].as_slice(), Path::new("/home/ada"))
    );
    assert!(job.schedule.triggers().is_empty() && job.on.is_empty());
    assert_eq!((job.overlap, job.missed, job.grace), (Overlap::Skip, CatchUp::Once, Span::secs(86400)));
    assert_eq!((job.timeout, job.alert_after, job.retries), (None, None, 0));
    assert_eq!((job.retry_initial, job.retry_max, job.retry_factor), (Span::secs(1), Span::secs(300), 2.0));
    assert_eq!((job.queue.as_deref(), job.priority), (None, 0));
    assert_eq!(
        (job.keep_runs, job.keep_age),
        (7, Span::secs(30 * 86400)),
        "what [jobs] says, then the default"
    );
    assert_eq!((job.stop_signal, job.stop_timeout), (Signal::TERM, Span::secs(10)));
    assert_eq!((job.log_max_size, job.log_keep), (10 << 20, 5));
    assert_eq!((job.zone.clone(), job.schedule.zone().iana_name()), (Zone::System, Some("Europe/Madrid")));
}

#[test]
fn every_key_is_taken_as_it_is_written() {
    let job = job(r#"args = ["-v", ""]
           env = { A = "1" }
           env_file = ".env"
           working_dir = "~/src"
           cron = ["0 2 * * *", "@weekly"]
           every = "15m"
           at = "2026-12-01T09:00"
           on = [{ event = "service.failed", name = "web" }, { event = "job.failed" }]
           zone = "UTC"
           overlap = "parallel(4)"
           missed = "all(10)"
           grace = "1h"
           timeout = "2h"
           retries = 3
           backoff = { initial = "10s", max = "20s", factor = 1.0 }
           success_codes = [0, 3]
           queue = "build"
           priority = -5
           alert_after = "1h"
           stop_signal = "INT"
           stop_timeout = "1s"
           limits = { memory = "1G", pids = 9, open_files = 64 }
           log = { max_size = "1M", keep = 0, on_full = "block" }
           keep = { runs = 5, age = "2d" }"#);
    assert_eq!(job.command, ["x", "-v", ""]);
    assert_eq!(job.env_file.as_deref(), Some(Path::new("/etc/hob/.env")));
    assert_eq!(job.working_dir, Path::new("/home/ada/src"));
    let triggers: Vec<_> = job.schedule.triggers().iter().map(std::mem::discriminant).collect();
    assert_eq!((triggers.len(), job.schedule.zone().iana_name()), (4, Some("UTC")));
    let event =
        |event: &str, name: Option<&str>| Occasion::Event { event: event.into(), name: name.map(Into::into) };
    assert_eq!(job.on, [event("service.failed", Some("web")), event("job.failed", None)]);
    assert_eq!((job.overlap, job.missed.to_string().as_str()), (Overlap::Parallel(4), "all(10)"));
    assert_eq!(
        (job.grace, job.timeout, job.alert_after),
        (Span::secs(3600), Some(Span::secs(7200)), Some(Span::secs(3600)))
    );
    assert_eq!(
        (job.retries, job.retry_initial, job.retry_max, job.retry_factor),
        (3, Span::secs(10), Span::secs(20), 1.0)
    );
    assert_eq!(
        (job.success_codes.as_slice(), job.queue.as_deref(), job.priority),
        ([0, 3].as_slice(), Some("build"), -5)
    );
    assert_eq!((job.memory.map(|it| it.get()), job.pids, job.open_files), (Some(1 << 30), Some(9), Some(64)));
    assert_eq!((job.log_max_size, job.log_keep), (1 << 20, 0));
    assert_eq!((job.keep_runs, job.keep_age), (5, Span::secs(2 * 86400)));
}

#[test]
fn words_behind_a_shells_command_are_its_arguments() {
    let jobs = jobs("j = { command = 'tar c \"$1\"', shell = true, args = [\"a b\"] }");
    assert_eq!(jobs["j"].command, ["/bin/sh", "-c", "tar c \"$1\"", "j", "a b"]);
}

#[test]
fn both_cron_and_every_are_two_triggers_and_one_table_of_on_is_one() {
    let both =
        job("cron = \"0 2 * * *\"\nevery = \"15m\"\non = { event = \"job.succeeded\", name = \"other\" }");
    assert_eq!((both.schedule.triggers().len(), both.on.len()), (2, 1));
    assert_eq!(job("[[j.on]]\nevent = \"job.failed\"\n[[j.on]]\nevent = \"service.ready\"").on.len(), 2);
}

#[test]
fn times_that_never_come_are_refused() {
    check_unreadable("at = \"2026-02-30T09:00\"", "line 1", "never happens: that month has 28 days");
    check_unreadable("\ncron = \"0 0 30 2 *\"", "line 2", "never happens");
    check_unreadable("cron = [\"0 2 * * *\",\n\"0 2 31 4 *\"]", "line 2", "never happens");
    check_unreadable("at = \"10000-01-01T09:00\"", "line 1", "is not a time");
    check_refused("zone = \"UTC\"\nat = \"9999-12-31T23:59:59\"", &["at"], "never happens");
    assert_eq!(job("zone = \"UTC\"\nat = \"9999-12-01T09:00\"").schedule.triggers().len(), 1);
}

#[test]
fn what_is_no_trigger_says_so_at_its_line() {
    check_unreadable("every = \"0s\"", "line 1", "too often");
    check_unreadable("every = 15", "line 1", "a duration with its unit");
    check_unreadable("cron = \"61 * * * *\"", "line 1", "cron");
    check_unreadable("zone = \"Europe/Madird\"", "line 1", "did you mean \"Europe/Madrid\"");
    check_unreadable("zone = \"+02:00\"", "line 1", "is not a time zone");
    check_unreadable("overlap = \"parallel(0)\"", "line 1", "a number from 1 to 1000");
    check_unreadable("missed = \"all(0)\"", "line 1", "a number from 1 to 1000");
    check_unreadable("on = { evnt = \"job.failed\" }", "line 1", "unknown field `evnt`");
    check_unreadable("on = \"job.failed\"", "line 1", "a table like { files =");
    check_unreadable("\nrestart = \"always\"", "line 2", "unknown field `restart`");
    check_unreadable("log = { max_age = \"1h\" }", "line 1", "unknown field `max_age`");
    check_unreadable("backoff = { jitter = 0.1 }", "line 1", "unknown field `jitter`");
    check_refused("cron = []", &["cron"], "is empty");
    check_refused("on = []", &["on"], "is empty");
}

#[test]
fn an_event_that_there_is_not_is_refused_with_the_nearest() {
    check_refused("on = { event = \"service.faild\" }", &["on", "event"], "did you mean \"service.failed\"?");
    check_refused("on = { event = \"lunch\" }", &["on", "event"], "job.succeeded, job.failed");
    check_refused("on = { name = \"web\" }", &["on"], "needs files or an event");
    check_refused("on = { event = \"job.failed\", name = \"a b\" }", &["on", "name"], "the job name \"a b\"");
    check_refused("on = { event = \"job.failed\", name = \"j\" }", &["on", "name"], "set \"retries\"");
    assert_eq!(job("on = { event = \"service.failed\", name = \"j\" }").on.len(), 1, "that is a service");
}

#[test]
fn files_are_watched_from_the_working_directory() {
    let job = job(
        "working_dir = \"~/src\"\non = [{ files = [\"*.rs\"], debounce = \"1s\", stdin = true }, { files = [\"/etc/x\"] }]",
    );
    assert_eq!((job.files.len(), job.files_written[0].files.as_slice()), (2, ["*.rs".to_owned()].as_slice()));
    assert_eq!((job.files[0].debounce, job.files[0].stdin), (Span::secs(1), true));
    assert_eq!(job.overlap, Overlap::Queue, "a change while it runs is not missed");
    let also_timed = one("every = \"1h\"\non = { files = [\"*.rs\"] }");
    assert_eq!(also_timed.overlap, Overlap::Skip);
    assert_ne!(also_timed.digest, one("every = \"1h\"\non = { files = [\"*.c\"] }").digest);
}

#[test]
fn files_that_could_not_be_watched_are_refused() {
    check_refused("on = { files = [] }", &["on", "files"], "is empty");
    check_refused("on = { files = [\"\"] }", &["on", "files"], "an empty glob matches nothing");
    check_refused("on = { files = [\"a[\"] }", &["on", "files"], "a[");
    check_refused("on = { files = [\"a\"], debounce = \"0s\" }", &["on", "debounce"], "50ms to 1h");
    check_refused("on = { files = [\"a\"], poll = \"1ms\" }", &["on", "poll"], "100ms to 24h");
    check_refused("on = { files = [\"a\"], name = \"web\" }", &["on", "name"], "only with on.event");
    check_refused("on = { files = [\"a\"], event = \"job.failed\" }", &["on"], "write two tables");
    check_refused("on = { event = \"job.failed\", stdin = true }", &["on", "stdin"], "only with on.files");
}

#[test]
fn a_queue_must_be_declared() {
    check_refused("queue = \"biuld\"", &["queue"], "no queue named \"biuld\" (did you mean \"build\"?)");
    check_refused("queue = \"emails\"", &["queue"], "declare it: [queue.emails]");
    assert_eq!(job("queue = \"default\"").queue.as_deref(), Some("default"));
}

#[test]
fn every_range_is_checked_under_its_key() {
    check_refused("timeout = \"0s\"", &["timeout"], "1ms to 8760h, not 0s");
    check_refused("alert_after = \"0s\"", &["alert_after"], "1ms to 8760h");
    check_refused("timeout = \"1h\"\nalert_after = \"60m\"", &["alert_after"], "not shorter than timeout");
    check_refused("retries = 1001", &["retries"], "0 to 1000, not 1001");
    check_refused("priority = 1001", &["priority"], "-1000 to 1000, not 1001");
    check_refused("backoff = { initial = \"0s\" }", &["backoff", "initial"], "1ms to");
    check_refused("backoff = { initial = \"2s\", max = \"1s\" }", &["backoff", "max"], "shorter than");
    check_refused("backoff = { factor = 0.5 }", &["backoff", "factor"], "1 to 100");
    check_refused("success_codes = [256]", &["success_codes"], "0 to 255");
    check_refused("keep = { runs = 0 }", &["keep", "runs"], "1 to 1000000, not 0");
    check_refused("keep = { age = \"1m\" }", &["keep", "age"], "1h to 8760h");
    check_refused("stop_timeout = \"2h\"", &["stop_timeout"], "0s to 1h");
    check_refused("stop_signal = \"STOP\"", &["stop_signal"], "usual one is TERM");
    check_refused("limits = { memory = \"1K\" }", &["limits", "memory"], "1M to 16T");
    check_refused("limits = { pids = 0 }", &["limits", "pids"], "1 to");
    check_refused("limits = { open_files = 2 }", &["limits", "open_files"], "3 to");
    check_refused("limits = { cpu = \"50%\" }", &["limits", "cpu"], "remove limits.cpu");
    check_refused("log = { max_size = \"1K\" }", &["log", "max_size"], "64K to 1T");
    check_refused("log = { keep = 1001 }", &["log", "keep"], "0 to 1000");
    check_refused("user = \"www\"", &["user"], "runs as root");
    check_refused("env_file = \"\"", &["env_file"], "the path is empty");
    check_refused("working_dir = \"~bob\"", &["working_dir"], "only \"~\" itself");
    assert_eq!(job("keep = { age = \"0s\" }\ngrace = \"0s\"").keep_age, Span::secs(0), "for ever");
}

#[test]
fn a_job_needs_a_command_and_a_name() {
    check_table_refused("[j]\nevery = \"1m\"", &[], "the job has no command");
    check_table_refused("[j]\ncommand = \"\"", &["command"], "the command is empty");
    check_table_refused("j = { command = \"x\", args = [\"\\u0000\"] }", &["args"], "NUL");
    check_table_refused("j = { command = [\"x\"], shell = true }", &["command"], "must be one string");
    check_table_refused("\"a b\" = { command = \"x\" }", &[], "the job name \"a b\" is not allowed");
    check_table_refused("\"\" = { command = \"x\" }", &[], "a job needs a name");
    check_table_refused(
        "a = { command = \"x\" }\nA = { command = \"x\" }",
        &[],
        "only in the case of letters",
    );
}

#[test]
fn the_digest_is_of_what_it_means_and_not_of_how_it_is_written() {
    let digest = |keys: &str| job(keys).digest;
    assert_eq!(digest(""), digest("overlap = \"skip\"\ngrace = \"1440m\"\nzone = \"system\""));
    assert_eq!(digest("every = \"1h\""), digest("every = \"60m\""));
    let all: Vec<u64> = [
        "",
        "every = \"1h\"",
        "every = \"2h\"",
        "cron = \"@hourly\"",
        "zone = \"UTC\"",
        "retries = 1",
        "env = { A = \"\" }",
        "on = { event = \"job.failed\" }",
    ]
    .map(digest)
    .into();
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
}

#[test]
fn the_schema_has_a_word_on_every_key() {
    let schema = serde_json::to_value(schemars::schema_for!(JobConf)).unwrap();
    for (key, value) in schema["properties"].as_object().unwrap() {
        assert!(value["description"].is_string(), "{key}");
    }
}

#[test]
fn jobs_that_differ_in_nothing_but_their_names_share_their_settings() {
    let jobs =
        jobs("[a]\ncommand = \"true\"\n[b]\ncommand = \"true\"\n[c]\ncommand = \"true\"\nretries = 1\n");
    assert!(Arc::ptr_eq(&jobs["a"].settings, &jobs["b"].settings));
    assert!(!Arc::ptr_eq(&jobs["a"].settings, &jobs["c"].settings));
    assert_ne!(jobs["a"].digest, jobs["b"].digest);
    for job in jobs.values() {
        assert_eq!(job.digest, fnv1a(&serde_json::to_vec(job).unwrap()), "of all that is written");
    }
}
