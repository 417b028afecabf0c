//! From tables as written to specs as checked, or every reason why not.
//!
//! All problems are reported at once, each with the key it is about, because
//! nobody likes to mend a file one error at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::conf::{Restart, ServiceConf};
use super::ranges::{self, Findings};
use super::{EnvText, Signal, Spec, Waits};
use crate::kernel::text::{brief as visible, nearest};
use crate::runs::name::{absolute, check_name};
use crate::services::graph::Graph;
use crate::services::limits::Controllers;

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

/// What was approved together with the file of a project.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The `env_file`s by their absolute paths; `None` while nobody has looked which there are.
    pub env_files: Option<Arc<BTreeMap<PathBuf, String>>>,
}

/// What a configuration is checked against besides itself.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The home directory, for `~`.
    pub home_dir: PathBuf,
    /// Whether the daemon runs as root, so that `user` can mean anything.
    pub is_root: bool,
    /// What can hold services to limits.
    pub controllers: Controllers,
}

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The service whose table it is in, or in the defaults below it; empty for the defaults themselves.
    pub service: String,
    /// The key below that, such as `["ready", "tcp"]`; empty for the whole table.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Checks all services together, with `defaults` laid under each.
pub fn check(
    services: Vec<Written>,
    defaults: &ServiceConf,
    surroundings: &Surroundings,
) -> Result<BTreeMap<String, Arc<Spec>>, Vec<Problem>> {
    let mut problems = Vec::new();
    if defaults.command.is_some() {
        let mut findings = Findings::of("");
        findings.add_hint(&["command"], "the defaults cannot have a command", "give each service its own");
        problems.append(&mut findings.problems);
    }

    let mut specs = BTreeMap::new();
    for written in services {
        let mut findings = Findings::of(&written.name);
        let spec = check_one(written, defaults, surroundings, &mut findings);
        if specs.contains_key(&spec.name) {
            findings.add(&[], &format!("there are two services named \"{}\"", visible(&spec.name)));
        }
        problems.append(&mut findings.problems);
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
        problems.append(&mut findings.problems);
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
    if let Err(error) = check_name(&name) {
        findings.add(&[], &error.to_string());
    }
    if conf.user.is_some() && !around.is_root {
        findings.add_hint(&["user"], "another user needs a daemon that runs as root", "remove \"user\"");
    }
    if conf.user.is_some() && conf.ready.as_ref().is_some_and(|ready| ready.notify == Some(true)) {
        let message =
            "a service of another user cannot reach the daemon's private directory to say that it is ready";
        findings.add_hint(&["ready", "notify"], message, "use tcp, http, command or log");
    }

    let backoff = conf.backoff.clone().unwrap_or_default();
    let limits = conf.limits.clone().unwrap_or_default();
    let log = conf.log.clone().unwrap_or_default();
    let env_file = conf.env_file.as_deref().and_then(|path| {
        let resolved = absolute(path, &around.home_dir, &dir);
        resolved.map_err(|reason| findings.add(&["env_file"], &reason)).ok()
    });
    Spec {
        command: check_command(&conf, findings),
        working_dir: working_dir(&name, &conf, &dir, around, findings),
        env: conf.env.clone().unwrap_or_default(),
        env_text: env_text(env_file.as_deref(), kept, findings),
        env_file,
        autostart: conf.autostart.unwrap_or(true),
        restart: conf.restart.unwrap_or(Restart::OnFailure),
        success_codes: ranges::exit_codes(conf.success_codes.as_deref().unwrap_or(&[0]), findings),
        max_restarts: conf.max_restarts.unwrap_or(5),
        restart_window: ranges::restart_window(conf.restart_window, findings),
        backoff: waits(&backoff, findings),
        stop_signal: stop_signal(conf.stop_signal, findings),
        stop_timeout: ranges::stop_timeout(conf.stop_timeout, findings),
        after: conf.after.unwrap_or_default(),
        requires: conf.requires.unwrap_or_default(),
        ready: conf.ready.as_ref().and_then(|ready| ranges::readiness(ready, findings)),
        health: conf.health.as_ref().and_then(|health| health.checked(findings)),
        watchdog: ranges::watchdog(conf.watchdog, conf.ready.as_ref(), findings),
        memory: ranges::memory(limits.memory, findings),
        cpu: ranges::cpu(limits.cpu, around.controllers, findings),
        pids: ranges::pids(limits.pids, findings),
        open_files: ranges::open_files(limits.open_files, findings),
        log_max_size: ranges::log_max_size(log.max_size, findings),
        log_keep: ranges::log_keep(log.keep, findings),
        log_max_age: ranges::log_max_age(log.max_age, findings),
        log_on_full: log.on_full.unwrap_or_default(),
        user: conf.user,
        name,
        digest: 0,
    }
}

/// The approved text of an `env_file`.
fn env_text(path: Option<&Path>, kept: Option<Kept>, findings: &mut Findings) -> Option<EnvText> {
    let (path, files) = (path?, kept?.env_files?);
    match files.get(path) {
        Some(text) => Some(EnvText(text.clone())),
        None => {
            let message = format!("{} was not approved with this file", visible(&path.to_string_lossy()));
            findings.add_hint(&["env_file"], &message, "hob up shows and approves it");
            None
        }
    }
}

fn check_command(conf: &ServiceConf, findings: &mut Findings) -> Vec<String> {
    let Some(command) = &conf.command else {
        findings.add_hint(&[], "the service has no command", "add command = [\"program\", \"argument\"]");
        return Vec::new();
    };
    command.words(conf.shell.unwrap_or(false)).unwrap_or_else(|error| {
        findings.add(&["command"], &error.to_string());
        Vec::new()
    })
}

fn working_dir(
    name: &str,
    conf: &ServiceConf,
    dir: &Path,
    around: &Surroundings,
    findings: &mut Findings,
) -> PathBuf {
    let Some(path) = &conf.working_dir else {
        // A project's programs expect to run there; nobody's expect to run among Hob's files.
        return if name.contains('/') { dir.to_owned() } else { around.home_dir.clone() };
    };
    absolute(path, &around.home_dir, dir).unwrap_or_else(|reason| {
        findings.add(&["working_dir"], &reason);
        PathBuf::new()
    })
}

fn waits(backoff: &super::BackoffConf, findings: &mut Findings) -> Waits {
    let (initial, max) = ranges::backoff_bounds(backoff.initial, backoff.max, findings);
    Waits {
        initial,
        max,
        factor: ranges::number(&["backoff", "factor"], backoff.factor.unwrap_or(2.0), 1.0..=100.0, findings),
        jitter: ranges::number(&["backoff", "jitter"], backoff.jitter.unwrap_or(0.1), 0.0..=1.0, findings),
    }
}

fn stop_signal(signal: Option<Signal>, findings: &mut Findings) -> Signal {
    let signal = signal.unwrap_or(Signal::TERM);
    if signal == Signal::STOP {
        findings.add_hint(
            &["stop_signal"],
            "STOP freezes a program instead of ending it",
            "the usual one is TERM",
        );
    }
    signal
}

/// That everything `after` and `requires` name is there.
fn check_names(spec: &Spec, all: &BTreeMap<String, Spec>) -> Vec<Problem> {
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
    findings.problems
}

/// That no service of a project differs from another in nothing but the case of letters, which not every
/// file system and not every person keeps apart.
fn check_cases(all: &BTreeMap<String, Spec>) -> Vec<Problem> {
    let mut seen = BTreeMap::<String, &str>::new();
    let mut problems = Vec::new();
    for name in all.keys() {
        if let Some(other) = seen.insert(name.to_lowercase(), name)
            && name.contains('/')
        {
            let mut findings = Findings::of(name);
            findings.add(&[], &format!("differs from \"{}\" only in the case of letters", visible(other)));
            problems.append(&mut findings.problems);
        }
    }
    problems
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
