//! The daily verbs, as data.
//!
//! Everything else is derived from the operations. A verb is here because it
//! does what no single operation does (`up`, `wait`, several names at once),
//! works without a daemon (`config check`), or is typed too often to be long.

use std::ffi::OsString;
use std::pin::Pin;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::session::Session;
use crate::{
    add, autostart, complete, config, daily, doctor, gate, job, life, logs, project, queue, status, top, up,
    wait,
};

/// A verb written by hand.
pub(crate) struct Verb {
    /// Its words; empty for `hob` alone.
    pub(crate) path: &'static str,
    /// What it does, on one line.
    pub(crate) about: &'static str,
    /// The heading in the overview.
    pub(crate) group: &'static str,
    /// Adds its arguments.
    pub(crate) arguments: fn(Command) -> Command,
    /// What it does.
    pub(crate) run: Run,
}

/// Work that ends with an exit status.
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = Result<u8, Failure>> + 'a>>;

/// How a verb is carried out.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// By asking and showing at once, without a runtime. Mostly nothing stands behind its name: then nothing is
    /// parsed either, and the first of the two is what it does.
    Look(fn(&Session) -> Result<u8, Failure>, fn(&Session, &ArgMatches) -> Result<u8, Failure>),
    /// Without a daemon.
    Here(fn(&Session, &ArgMatches) -> Result<u8, Failure>),
    /// By passing on a command. Mostly that and `--` are all that stands behind its name: then nothing is parsed, and
    /// the first of the two is what it does.
    Pass(fn(&Session, Vec<OsString>) -> Result<u8, Failure>, fn(&Session, ArgMatches) -> Result<u8, Failure>),
    /// By asking a daemon, which is started if there is none.
    There(for<'a> fn(&'a Session, ArgMatches) -> Work<'a>),
    /// By asking a daemon that runs: to look at what it has in hand, or to end or decide that.
    See(for<'a> fn(&'a Session, ArgMatches) -> Work<'a>),
    /// It is an operation by another name.
    Op(&'static str),
    /// By being the daemon.
    Foreground,
}

const LOOK: &str = "Look";
const ACT: &str = "Start and stop";
const JOBS: &str = "Jobs and queues";
const GATE: &str = "The gate";
const SET: &str = "Set up";
const LIFE: &str = "The daemon";

/// All of them, in the order of the overview.
pub(crate) const VERBS: &[Verb] = &[
    look("", "Show the daemon and all services", plain, status::summary, |session, _| {
        status::summary(session)
    }),
    see("ls", LOOK, "List all services", daily::ls_arguments, |session, matches| {
        Box::pin(daily::ls(session, matches))
    }),
    op("show", LOOK, "Show everything about a service", "service.get"),
    see("top", LOOK, "Show what services use, live", top::arguments, |session, matches| {
        Box::pin(top::run(session, matches))
    }),
    see("logs", LOOK, "Read the logs of services, or follow them", logs::arguments, |session, matches| {
        Box::pin(logs::run(session, matches))
    }),
    look(
        "status",
        "Show how the daemon, or a service, is",
        status::arguments,
        status::of_daemon,
        status::run,
    ),
    there(
        "wait",
        LOOK,
        "Wait until services are ready, running or stopped, or runs of jobs are over",
        wait::arguments,
        |session, matches| Box::pin(wait::run(session, matches)),
    ),
    there("start", ACT, "Start services", daily::names, |session, matches| {
        Box::pin(daily::each(session, matches, "service.start"))
    }),
    see("stop", ACT, "Stop services", daily::names, |session, matches| {
        Box::pin(daily::each(session, matches, "service.stop"))
    }),
    there("restart", ACT, "Stop services and start them again", daily::names, |session, matches| {
        Box::pin(daily::each(session, matches, "service.restart"))
    }),
    there(
        "up",
        ACT,
        "Start a project's services, or the daemon and all that start by themselves",
        up::arguments,
        |session, matches| Box::pin(up::run(session, matches)),
    ),
    there(
        "down",
        ACT,
        "Stop a project's services and forget the project",
        project::down_arguments,
        |session, matches| Box::pin(project::down(session, matches)),
    ),
    op(
        "pause",
        ACT,
        "Begin no job and start nothing that crashes again, for a time such as 15m or until `hob resume`",
        "system.pause",
    ),
    op("resume", ACT, "End a pause: start again what crashed in it, begin what waits", "system.resume"),
    op("signal", ACT, "Send a signal to a service", "service.signal"),
    op("job ls", JOBS, "List all jobs: how they are, when they run next, how they ended", "job.list"),
    see(
        "job show",
        JOBS,
        "Show everything about a job, or about a run",
        job::show_arguments,
        |session, matches| Box::pin(job::show(session, matches)),
    ),
    there("job run", JOBS, "Run a job now", job::run_arguments, |session, matches| {
        Box::pin(job::run(session, matches))
    }),
    there(
        "job again",
        JOBS,
        "Run again what has run, with the same inputs",
        job::again_arguments,
        |session, matches| Box::pin(job::again(session, matches)),
    ),
    see(
        "job cancel",
        JOBS,
        "End runs, or take them out of those that wait",
        job::cancel_arguments,
        |session, matches| Box::pin(job::cancel(session, matches)),
    ),
    see("job logs", JOBS, "Read what a run wrote, or follow it", job::logs_arguments, |session, matches| {
        Box::pin(job::logs(session, matches))
    }),
    see(
        "job follow",
        JOBS,
        "Show what a run writes until it is over, and exit with its status",
        job::follow_arguments,
        |session, matches| Box::pin(job::follow(session, matches)),
    ),
    there(
        "queue",
        JOBS,
        "Run a command in its turn, in the background",
        queue::arguments,
        |session, matches| Box::pin(queue::run(session, matches)),
    ),
    Verb {
        path: "run",
        about: "Ask for a command, wait for the yes, and run exactly that",
        group: GATE,
        arguments: gate::run::arguments,
        run: Run::Pass(gate::run::pass, gate::run::run),
    },
    op("approvals", GATE, "List what waits for a decision", "approval.list"),
    see(
        "approve",
        GATE,
        "Show everything about a request, and allow it",
        gate::approve::arguments,
        |session, matches| Box::pin(gate::approve::run(session, matches)),
    ),
    see("deny", GATE, "Say no to requests", gate::deny_arguments, |session, matches| {
        Box::pin(gate::deny(session, matches))
    }),
    op("grants ls", GATE, "List what clients may run without asking again", "grant.list"),
    op("grants revoke", GATE, "Take grants back: one, all of a client, or all", "grant.revoke"),
    there(
        "client add",
        GATE,
        "Enrol a client, and print the token that proves it",
        gate::client::add_arguments,
        |session, matches| Box::pin(gate::client::add(session, matches)),
    ),
    there(
        "policy check",
        GATE,
        "Check a policy without bringing it into force",
        gate::policy::check_arguments,
        |session, matches| Box::pin(gate::policy::check(session, matches)),
    ),
    there(
        "policy test",
        GATE,
        "Say what the policy would decide about a command, and why",
        gate::policy::test_arguments,
        |session, matches| Box::pin(gate::policy::test(session, matches)),
    ),
    see(
        "policy why",
        GATE,
        "Say why a request was allowed, asked about or denied",
        gate::policy::why_arguments,
        |session, matches| Box::pin(gate::policy::why(session, matches)),
    ),
    there("add", SET, "Add a service and start it", add::arguments, |session, matches| {
        Box::pin(add::run(session, matches))
    }),
    there("remove", SET, "Stop services and remove their files", daily::removed_names, |session, matches| {
        Box::pin(daily::each(session, matches, "service.remove"))
    }),
    op("reload", SET, "Read the configuration again and apply it", "system.reload"),
    here("config path", SET, "Print where the configuration is", plain, config::path),
    here("config check", SET, "Check the configuration, without a daemon", plain, config::check),
    here("config show", SET, "Show every setting that is written down, and where", plain, config::show),
    here("config schema", SET, "Print the JSON Schema of the configuration", plain, config::schema),
    here(
        "autostart",
        SET,
        "Start the tray icon at login, or not, or say which",
        autostart::arguments,
        autostart::run,
    ),
    there("completions", SET, "Print the completions of a shell", complete::arguments, |session, matches| {
        Box::pin(complete::run(session, matches))
    }),
    there("daemon start", LIFE, "Start the daemon in the background", plain, |session, _| {
        Box::pin(life::start(session))
    }),
    there(
        "daemon stop",
        LIFE,
        "Stop all services, then the daemon",
        life::stop_arguments,
        |session, matches| Box::pin(life::stop(session, matches)),
    ),
    there("daemon restart", LIFE, "Start the daemon anew; services run on", plain, |session, _| {
        Box::pin(life::restart(session))
    }),
    there("daemon status", LIFE, "Say whether the daemon runs", plain, |session, _| {
        Box::pin(life::status(session))
    }),
    Verb {
        path: "daemon run",
        about: "Be the daemon, in the foreground",
        group: LIFE,
        arguments: plain,
        run: Run::Foreground,
    },
    there(
        "daemon version",
        LIFE,
        "Print the versions of this program and of the daemon",
        plain,
        |session, _| Box::pin(life::version(session)),
    ),
    there("doctor", LIFE, "Check everything the daemon needs", plain, |session, _| {
        Box::pin(doctor::run(session))
    }),
];

const fn look(
    path: &'static str,
    about: &'static str,
    arguments: fn(Command) -> Command,
    bare: fn(&Session) -> Result<u8, Failure>,
    run: fn(&Session, &ArgMatches) -> Result<u8, Failure>,
) -> Verb {
    Verb { path, about, group: LOOK, arguments, run: Run::Look(bare, run) }
}

const fn there(
    path: &'static str,
    group: &'static str,
    about: &'static str,
    arguments: fn(Command) -> Command,
    run: for<'a> fn(&'a Session, ArgMatches) -> Work<'a>,
) -> Verb {
    Verb { path, about, group, arguments, run: Run::There(run) }
}

const fn see(
    path: &'static str,
    group: &'static str,
    about: &'static str,
    arguments: fn(Command) -> Command,
    run: for<'a> fn(&'a Session, ArgMatches) -> Work<'a>,
) -> Verb {
    Verb { path, about, group, arguments, run: Run::See(run) }
}

const fn here(
    path: &'static str,
    group: &'static str,
    about: &'static str,
    arguments: fn(Command) -> Command,
    run: fn(&Session, &ArgMatches) -> Result<u8, Failure>,
) -> Verb {
    Verb { path, about, group, arguments, run: Run::Here(run) }
}

const fn op(path: &'static str, group: &'static str, about: &'static str, name: &'static str) -> Verb {
    Verb { path, about, group, arguments: plain, run: Run::Op(name) }
}

fn plain(command: Command) -> Command {
    command
}
