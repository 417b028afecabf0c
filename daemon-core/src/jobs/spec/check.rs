//! From tables as written to jobs as checked, or every reason why not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::on::On;
use super::{Job, JobConf, KeepConf, Overlap, Queue, Settings, Shared};
use crate::config::{Finding, Findings, LONGEST, Span};
use crate::jobs::schedule::{Schedule, Trigger, Zone};
use crate::runs::conf::{self as runs, Kept, Surroundings};
use crate::runs::name::check_name;
use crate::text::{brief, nearest};

const SHORTEST: Duration = Duration::from_millis(1);

/// A job's table and where it stands.
#[derive(Debug, Clone)]
pub struct Written {
    /// What the job is called, with its project.
    pub name: String,
    /// Its table.
    pub conf: JobConf,
    /// The directory of the file; relative paths start here.
    pub dir: PathBuf,
    /// What was approved with it, if it stands in the file of a project.
    pub kept: Option<Kept>,
}

/// What jobs are checked against besides themselves.
pub(super) struct Around<'a> {
    /// The queues that there are.
    pub(super) queues: &'a BTreeMap<String, Queue>,
    /// What is kept of a job that does not say so.
    pub(super) keep: KeepConf,
    /// The system's zone now.
    pub(super) zone: TimeZone,
    pub(super) surroundings: Surroundings,
}

impl Around<'_> {
    /// How many runs are kept of what does not say so, and for how long.
    pub(super) fn kept(&self) -> (u32, Span) {
        check_keep(self.keep, &mut Findings::of(""))
    }
}

/// Checks all jobs together.
pub(super) fn check(
    jobs: impl IntoIterator<Item = Written>,
    around: &Around<'_>,
) -> Result<BTreeMap<Arc<str>, Job>, Vec<Finding>> {
    let (mut checked, mut shared, mut found) = (Vec::new(), Shared::default(), Vec::new());
    let mut cases = BTreeMap::<String, String>::new();
    for written in jobs {
        let mut findings = Findings::of(&written.name);
        // Not every file system and not every person keeps them apart.
        if let Some(other) = cases.insert(written.name.to_lowercase(), written.name.clone()) {
            let message = match other == written.name {
                true => format!("there are two jobs named \"{}\"", brief(&other)),
                false => format!("differs from \"{}\" only in the case of letters", brief(&other)),
            };
            findings.add(&[], &message);
        }
        let name = written.name.clone();
        let settings = check_one(written, around, &mut findings);
        found.append(&mut findings.found);
        let (settings, digest) = shared.take(&name, settings);
        checked.push((name, settings, digest));
    }
    drop((cases, shared));
    // What stays of thousands of jobs is made only now, side by side, and not between all that was needed to
    // check them: memory is given back by the page.
    let job = |(name, settings, digest)| {
        let name = Arc::<str>::from(String::as_str(&name));
        (Arc::clone(&name), Job { name, settings, digest })
    };
    if found.is_empty() { Ok(checked.into_iter().map(job).collect()) } else { Err(found) }
}

/// Always makes settings; they are used only if there were no findings.
fn check_one(written: Written, around: &Around<'_>, findings: &mut Findings) -> Settings {
    let Written { name, conf, dir, kept } = written;
    let surroundings = &around.surroundings;
    if let Err(error) = check_name("job", &name) {
        findings.add(&[], &error.to_string());
    }
    runs::user(conf.user.as_deref(), surroundings, findings);
    let (env_file, env_text) =
        runs::env_file(conf.env_file.as_deref(), &dir, kept.as_ref(), surroundings, findings);
    let limits = conf.limits.clone().unwrap_or_default();
    limits.check(surroundings.controllers, findings);
    let backoff = conf.backoff.clone().unwrap_or_default();
    let defaults = (Span::secs(1), Span::secs(300));
    let (retry_initial, retry_max) = runs::backoff_bounds(backoff.initial, backoff.max, defaults, findings);
    let log = conf.log.clone().unwrap_or_default();
    let keep = conf.keep.unwrap_or_default();
    let keep = KeepConf { runs: keep.runs.or(around.keep.runs), age: keep.age.or(around.keep.age) };
    let (keep_runs, keep_age) = check_keep(keep, findings);
    let zone = conf.zone.clone().unwrap_or_default();
    let (timeout, alert_after) = limits_of_time(&conf, findings);
    let working_dir = runs::working_dir(&name, conf.working_dir.as_deref(), &dir, surroundings, findings);
    let schedule = schedule(&conf, &zone, around, findings);
    let (mut events, mut files, mut files_written) = (Vec::new(), Vec::new(), Vec::new());
    for on in conf.on.iter().flat_map(|on| &on.0) {
        match on.checked(&name, &working_dir, findings) {
            Some(On::Event(event)) => events.push(event),
            Some(On::Files(written, selection)) => {
                files.push(selection);
                files_written.push(written);
            }
            None => {}
        }
    }
    // Of a job that runs on nothing but files, a change while it runs would be missed.
    let only_files = !files.is_empty() && events.is_empty() && schedule.triggers().is_empty();
    let usual_overlap = if only_files { Overlap::Queue } else { Overlap::Skip };
    Settings {
        command: command(&name, &conf, findings),
        working_dir,
        env: conf.env.clone().unwrap_or_default(),
        env_file,
        env_text,
        user: conf.user.clone(),
        memory: limits.memory,
        cpu: limits.cpu,
        pids: limits.pids,
        open_files: limits.open_files,
        stop_signal: runs::stop_signal(conf.stop_signal, findings),
        stop_timeout: runs::stop_timeout(conf.stop_timeout, findings),
        schedule,
        zone,
        on: events,
        files,
        files_written,
        overlap: conf.overlap.unwrap_or(usual_overlap),
        missed: conf.missed.unwrap_or_default(),
        grace: findings.span(
            &["grace"],
            conf.grace.unwrap_or(Span::secs(24 * 3600)),
            Duration::ZERO,
            LONGEST,
        ),
        timeout,
        retries: findings.within(&["retries"], conf.retries.unwrap_or(0), 0..=1000),
        retry_initial,
        retry_max,
        retry_factor: runs::backoff_factor(backoff.factor, findings),
        success_codes: runs::success_codes(conf.success_codes.as_deref(), findings),
        queue: queue(conf.queue, around.queues, findings),
        priority: findings.within(&["priority"], conf.priority.unwrap_or(0), -1000..=1000),
        alert_after,
        keep_runs,
        keep_age,
        log_max_size: runs::log_max_size(log.max_size, findings).get(),
        log_keep: runs::log_keep(log.keep, findings),
        log_on_full: log.on_full.unwrap_or_default(),
    }
}

/// How many runs are kept, and for how long.
pub(super) fn check_keep(keep: KeepConf, findings: &mut Findings) -> (u32, Span) {
    let runs = findings.within(&["keep", "runs"], keep.runs.unwrap_or(100), 1..=1_000_000);
    (runs, runs::age(&["keep", "age"], keep.age, findings))
}

fn command(name: &str, conf: &JobConf, findings: &mut Findings) -> Vec<String> {
    let mut words = runs::command("job", conf.command.as_ref(), conf.shell, findings);
    if conf.shell == Some(true) {
        // What a shell is called (sh(1), `-c`), so that whatever comes behind it is "$1" and not "$0".
        words.push(name.to_owned());
    }
    let args = conf.args.as_deref().unwrap_or_default();
    if args.iter().any(|word| word.contains('\0')) {
        findings.add(&["args"], "the arguments contain a NUL character");
    }
    words.extend_from_slice(args);
    words
}

fn schedule(conf: &JobConf, zone: &Zone, around: &Around<'_>, findings: &mut Findings) -> Schedule {
    let zone = zone.resolve(&around.zone);
    let cron = conf.cron.iter().flat_map(|cron| cron.0.iter().cloned().map(Trigger::Cron));
    let every = conf.every.iter().cloned().map(Trigger::Every);
    let at = conf.at.iter().flat_map(|at| at.0.iter());
    for at in at.clone().filter(|at| at.instant(&zone).is_none()) {
        let message = format!("at \"{at}\" never happens: the last day that can be told is 9999-12-30");
        findings.add(&["at"], &message);
    }
    let triggers: Vec<Trigger> = cron.chain(every).chain(at.cloned().map(Trigger::At)).collect();
    for (key, is_empty) in [
        ("cron", conf.cron.as_ref().is_some_and(|list| list.0.is_empty())),
        ("at", conf.at.as_ref().is_some_and(|list| list.0.is_empty())),
        ("on", conf.on.as_ref().is_some_and(|list| list.0.is_empty())),
    ] {
        if is_empty {
            findings.add_hint(&[key], &format!("the list {key} is empty"), &format!("remove \"{key}\""));
        }
    }
    Schedule::new(triggers, zone)
}

/// `timeout` and `alert_after`.
fn limits_of_time(conf: &JobConf, findings: &mut Findings) -> (Option<Span>, Option<Span>) {
    let mut check =
        |key, value: Option<Span>| value.map(|value| findings.span(&[key], value, SHORTEST, LONGEST));
    let (timeout, alert_after) = (check("timeout", conf.timeout), check("alert_after", conf.alert_after));
    if let (Some(timeout), Some(alert)) = (timeout, alert_after)
        && timeout <= alert
    {
        let message = format!("{alert} is not shorter than timeout ({timeout}), so it would never be shown");
        findings.add(&["alert_after"], &message);
    }
    (timeout, alert_after)
}

fn queue(
    written: Option<String>,
    queues: &BTreeMap<String, Queue>,
    findings: &mut Findings,
) -> Option<String> {
    let name = written?;
    if !queues.contains_key(&name) {
        let shown = brief(&name);
        let hint = match nearest(&name, queues.keys().map(String::as_str)) {
            Some(known) => format!("did you mean \"{known}\"?"),
            None => format!("declare it: [queue.{shown}] with slots = 1"),
        };
        findings.push(&["queue"], &format!("there is no queue named \"{shown}\""), Some(hint));
    }
    Some(name)
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub(super) mod tests;
