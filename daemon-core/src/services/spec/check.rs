//! From tables as written to specs as checked, or every reason why not.
//!
//! All problems are reported at once, each with the key it is about, because
//! nobody likes to mend a file one error at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::conf::{Restart, ServiceConf};
use super::{Spec, Waits, Watched, ranges};
use crate::config::{Finding, Findings, Span};
use crate::runs::conf::{self as runs, Kept, Surroundings};
use crate::runs::name::check_name;
use crate::services::graph::Graph;
use crate::text::{brief as visible, nearest};

/// A service's table and where it stands.
#[derive(Debug, Clone)]
pub struct Written {
    /// What the service is called, with its project.
    pub name: String,
    /// Its table.
    pub conf: ServiceConf,
    /// The directory of the file; relative paths start here.
    pub dir: PathBuf,
    /// What was approved with it, if it stands in the file of a project. The defaults are not laid under
    /// such a service: what was approved is all there is.
    pub kept: Option<Kept>,
}

impl Written {
    /// Stands in for one whose table cannot be read, so that others can name it.
    pub(in crate::services) fn unread(name: &str) -> Written {
        Written { name: name.to_owned(), conf: ServiceConf::default(), dir: PathBuf::new(), kept: None }
    }
}

/// Checks all services together, with `defaults` laid under each.
pub fn check(
    services: Vec<Written>,
    defaults: &ServiceConf,
    surroundings: &Surroundings,
) -> Result<BTreeMap<String, Arc<Spec>>, Vec<Finding>> {
    let mut problems = Vec::new();
    if defaults.command.is_some() {
        let mut findings = Findings::of("");
        findings.add_hint(&["command"], "the defaults cannot have a command", "give each service its own");
        problems.append(&mut findings.found);
    }

    let mut specs = BTreeMap::new();
    for written in services {
        let mut findings = Findings::of(&written.name);
        let spec = check_one(written, defaults, surroundings, &mut findings);
        if specs.contains_key(&spec.name) {
            findings.add(&[], &format!("there are two services named \"{}\"", visible(&spec.name)));
        }
        problems.append(&mut findings.found);
        specs.insert(spec.name.clone(), spec);
    }

    for spec in specs.values() {
        problems.append(&mut check_names(spec, &specs));
    }
    problems.append(&mut check_cases(&specs));
    let edges = specs.values().map(|spec| (spec.name.as_str(), &spec.after[..], &spec.requires[..]));
    if let Err(cycle) = Graph::new(edges) {
        let first = &specs[&cycle.0[0]];
        let key = if first.requires.contains(&cycle.0[1]) { "requires" } else { "after" };
        let mut findings = Findings::of(&first.name);
        findings.add_hint(&[key], &cycle.to_string(), "take one of them out");
        problems.append(&mut findings.found);
    }

    if problems.is_empty() {
        return Ok(specs.into_iter().map(|(name, spec)| (name, Arc::new(spec.digested()))).collect());
    }
    Err(problems)
}

/// Always makes a spec, so that other services' references to it are not
/// reported on top; it is used only if there were no findings.
fn check_one(
    written: Written,
    defaults: &ServiceConf,
    around: &Surroundings,
    findings: &mut Findings,
) -> Spec {
    let Written { name, conf, dir, kept } = written;
    let conf = if kept.is_some() { conf } else { conf.over(defaults) };
    if let Err(error) = check_name("service", &name) {
        findings.add(&[], &error.to_string());
    }
    runs::user(conf.user.as_deref(), around, findings);
    if conf.user.is_some() && conf.ready.as_ref().is_some_and(|ready| ready.notify == Some(true)) {
        let message =
            "a service of another user cannot reach the daemon's private directory to say that it is ready";
        findings.add_hint(&["ready", "notify"], message, "use tcp, http, command or log");
    }

    let backoff = conf.backoff.clone().unwrap_or_default();
    let limits = conf.limits.clone().unwrap_or_default();
    let log = conf.log.clone().unwrap_or_default();
    limits.check(around.controllers, findings);
    let (env_file, env_text) =
        runs::env_file(conf.env_file.as_deref(), &dir, kept.as_ref(), around, findings);
    let working_dir = runs::working_dir(&name, conf.working_dir.as_deref(), &dir, around, findings);
    Spec {
        command: runs::command("service", conf.command.as_ref(), conf.shell, findings),
        watch: conf.watch.and_then(|files| Watched::check(files, &working_dir, findings)),
        working_dir,
        env: conf.env.clone().unwrap_or_default(),
        env_text,
        env_file,
        autostart: conf.autostart.unwrap_or(true),
        restart: conf.restart.unwrap_or(Restart::OnFailure),
        success_codes: runs::success_codes(conf.success_codes.as_deref(), findings),
        max_restarts: conf.max_restarts.unwrap_or(5),
        restart_window: ranges::restart_window(conf.restart_window, findings),
        backoff: waits(&backoff, findings),
        stop_signal: runs::stop_signal(conf.stop_signal, findings),
        stop_timeout: runs::stop_timeout(conf.stop_timeout, findings),
        after: conf.after.unwrap_or_default(),
        requires: conf.requires.unwrap_or_default(),
        ready: conf.ready.as_ref().and_then(|ready| ranges::readiness(ready, findings)),
        health: conf.health.as_ref().and_then(|health| health.checked(findings)),
        watchdog: ranges::watchdog(conf.watchdog, conf.ready.as_ref(), findings),
        memory: limits.memory,
        cpu: limits.cpu,
        pids: limits.pids,
        open_files: limits.open_files,
        log_max_size: runs::log_max_size(log.max_size, findings),
        log_keep: runs::log_keep(log.keep, findings),
        log_max_age: runs::age(&["log", "max_age"], log.max_age, findings),
        log_on_full: log.on_full.unwrap_or_default(),
        user: conf.user,
        name,
        digest: 0,
    }
}

fn waits(backoff: &super::BackoffConf, findings: &mut Findings) -> Waits {
    let defaults = (Span::millis(100), Span::secs(30));
    let (initial, max) = runs::backoff_bounds(backoff.initial, backoff.max, defaults, findings);
    Waits {
        initial,
        max,
        factor: runs::backoff_factor(backoff.factor, findings),
        jitter: findings.within(&["backoff", "jitter"], backoff.jitter.unwrap_or(0.1), 0.0..=1.0),
    }
}

/// That everything `after` and `requires` name is there.
fn check_names(spec: &Spec, all: &BTreeMap<String, Spec>) -> Vec<Finding> {
    let mut findings = Findings::of(&spec.name);
    for (key, names) in [("after", &spec.after), ("requires", &spec.requires)] {
        for name in names.iter().filter(|name| !all.contains_key(*name)) {
            let message = format!("no service is named \"{}\"", visible(name));
            match nearest(name, all.keys().map(String::as_str).filter(|other| *other != spec.name)) {
                Some(other) => findings.add_hint(&[key], &message, &format!("did you mean \"{other}\"?")),
                None => findings.add(&[key], &message),
            }
        }
    }
    findings.found
}

/// That no service of a project differs from another in nothing but the case of letters, which not every
/// file system and not every person keeps apart.
fn check_cases(all: &BTreeMap<String, Spec>) -> Vec<Finding> {
    let mut seen = BTreeMap::<String, &str>::new();
    let mut problems = Vec::new();
    for name in all.keys() {
        if let Some(other) = seen.insert(name.to_lowercase(), name)
            && name.contains('/')
        {
            let mut findings = Findings::of(name);
            findings.add(&[], &format!("differs from \"{}\" only in the case of letters", visible(other)));
            problems.append(&mut findings.found);
        }
    }
    problems
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
