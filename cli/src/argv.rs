//! From the words that were typed to the command that they name.
//!
//! Options that hold for every command may stand before its name too. Only the
//! command that was named is built and parsed: clap's tree of all of them costs
//! more than everything else that `hob status` does.

use std::cell::LazyCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::error::ErrorKind;
use daemon_core::daemon::{self, Options, catalog};
use daemon_core::home::Dirs;
use daemon_core::kernel::{Code, Effect, Fault, Meta};
use daemon_core::text::{nearest, visible};

use crate::failure::{self, Failure};
use crate::session::Session;
use crate::tree::{self, Found};
use crate::verbs::{Run, VERBS, Verb};
use crate::{VERSION, help, operate, output};

const BEFORE: [&str; 8] = ["--home", "--json", "--help", "-h", "--version", "-V", "--daemon", "--report"];

/// What other programs call it, and what it is here.
const ELSEWHERE: [(&str, &str); 18] = [
    ("rm", "remove"),
    ("delete", "remove"),
    ("del", "remove"),
    ("list", "ls"),
    ("ps", "ls"),
    ("tail", "logs"),
    ("log", "logs"),
    ("kill", "signal"),
    ("enable", "add"),
    ("disable", "remove"),
    ("version", "--version"),
    ("jobs", "job ls"),
    ("cron", "job ls"),
    ("runs", "job runs"),
    ("enqueue", "queue"),
    ("exec", "run"),
    ("allow", "approve"),
    ("rules", "policy show"),
];

/// What stood before the command's name, and what is left.
#[derive(Default)]
struct Line {
    home: Option<PathBuf>,
    json: bool,
    help: bool,
    version: bool,
    daemon: bool,
    report: bool,
    words: Vec<OsString>,
}

/// Does what was typed; the value is the process's exit status.
pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    // Before anything is parsed, so that even a mistake is told as was asked.
    let json = arguments.iter().take_while(|it| *it != "--").any(|it| it == "--json");
    let outcome = Line::parse(arguments).and_then(|line| {
        let home = line.home.clone();
        if line.daemon {
            let dirs = Dirs::for_daemon(line.home.as_deref())?;
            return Ok(daemon::run(Options { dirs, report: line.report, verbose: !line.report }));
        }
        // A home behind the command's name came first, and stays.
        dispatch(line).inspect_err(|_| home.iter().for_each(|home| failure::home_was_named(home)))
    });
    outcome.unwrap_or_else(|failure| failure.say(json))
}

fn dispatch(line: Line) -> Result<u8, Failure> {
    if line.version {
        return output::print(VERSION).map(|()| 0);
    }
    let catalog = LazyCell::new(catalog);
    let asked_for_help = line.help || line.words.first().is_some_and(|word| word == "help");
    let skip = usize::from(!line.help && asked_for_help);
    let words: Vec<&str> = line.words.iter().skip(skip).map_while(|word| word.to_str()).collect();
    if asked_for_help && words.is_empty() {
        return output::print(help::overview(&catalog)).map(|()| 0);
    }
    let (path, used) = match &words[..] {
        [] => (String::new(), 0),
        [first, ..] if VERBS.iter().any(|verb| verb.path == *first) => ((*first).to_owned(), 1),
        [noun, ..] if !tree::is_noun(&catalog, noun) => return Err(unknown(&catalog, noun)),
        [noun, verb, ..] if !verb.starts_with('-') => (format!("{noun} {verb}"), 2),
        [noun, rest @ ..] => {
            let asked = asked_for_help || rest.iter().any(|word| matches!(*word, "--help" | "-h"));
            match tree::alone(noun).filter(|_| !asked) {
                Some(path) => (path.to_owned(), 1),
                None => {
                    output::print(help::of_noun(&catalog, noun))?;
                    return Ok(if asked { 0 } else { Code::Invalid.exit() });
                }
            }
        }
    };
    let found = tree::find(|| &catalog, &path).ok_or_else(|| unknown_verb(&catalog, &path))?;
    let mut rest: Vec<OsString> = line.words.iter().skip(skip + used).cloned().collect();
    if asked_for_help {
        rest = vec!["--help".into()];
    }
    if rest.is_empty()
        && let Found::Verb(Verb { run: Run::Look(bare, _), .. }) = found
    {
        return bare(&Session::new(line.home, line.json)?);
    }
    if let Found::Verb(Verb { run: Run::Pass(pass, _), .. }) = found
        && let [dashes, _, ..] = &rest[..]
        && dashes == "--"
    {
        let words = rest.split_off(1);
        return pass(&Session::new(line.home, line.json)?, words);
    }
    let Some(mut matches) = parse(&found, rest)? else { return Ok(0) };
    let home = matches.remove_one::<PathBuf>(tree::HOME).or(line.home);
    let json = line.json || matches.get_flag(tree::JSON);
    if let Some(home) = &home {
        failure::home_was_named(home);
    }
    let mut session = Session::new(home, json)?;
    session.starts_none = starts_none(&found);
    execute(&found, &session, matches)
}

/// What reads files rather than what there is, and is mostly the first step of something else.
const PREPARES: [&str; 2] = ["project.review", "job.preview"];

/// What ends, holds or decides something that the daemon has in hand: without a daemon there is nothing of that.
const OF_ONE_THAT_RUNS: [&str; 9] = [
    "approval.decide",
    "approval.deny-all",
    "job.cancel",
    "request.cancel",
    "service.signal",
    "service.stop",
    "system.pause",
    "system.reload",
    "system.shutdown",
];

/// Whether a command is none to start a daemon for, because of the services that start with it.
fn starts_none(found: &Found<'_>) -> bool {
    match found {
        Found::Op(meta, _) => {
            let looks = meta.effect == Effect::Read && !PREPARES.contains(&meta.name);
            looks || OF_ONE_THAT_RUNS.contains(&meta.name)
        }
        Found::Verb(verb) => matches!(verb.run, Run::Look(..) | Run::See(_)),
    }
}

fn execute(found: &Found<'_>, session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let status = match found {
        Found::Op(meta, _) => wait_for(operate::run(session, meta, matches))?,
        Found::Verb(verb) => match verb.run {
            Run::Here(run) | Run::Look(_, run) => run(session, &matches)?,
            Run::There(run) | Run::See(run) => wait_for(run(session, matches))?,
            Run::Pass(_, run) => run(session, matches)?,
            Run::Foreground => {
                let dirs = session.dirs_of_daemon()?;
                return Ok(daemon::run(Options { dirs, report: false, verbose: true }));
            }
            Run::Op(_) => unreachable!("what is an operation was found as one"),
        },
    };
    Ok(status)
}

/// Does what has to wait, and returns its exit status.
pub(crate) fn wait_for(work: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::internal(format!("the runtime could not be started: {error}")))?;
    let outcome = runtime.block_on(work);
    // The process ends with this, and the kernel closes all of it at once.
    std::mem::forget(runtime);
    outcome
}

/// `None` if help was asked for, and given.
fn parse(found: &Found<'_>, rest: Vec<OsString>) -> Result<Option<ArgMatches>, Failure> {
    let command = tree::command(found).no_binary_name(true);
    match command.try_get_matches_from(rest) {
        Ok(matches) => Ok(Some(matches)),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            output::print(error.render().to_string()).map(|()| None)
        }
        Err(error) => Err(misused(&error)),
    }
}

/// A mistake that clap found, in our form: what is wrong, then how it should be.
fn misused(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut parts = text.split("\n\n").map(str::trim);
    let message = parts.next().unwrap_or(text);
    let message = message
        .replace("invalid digit found in string", "it is not a whole number")
        .replace("cannot parse integer from empty string", "it is not a whole number")
        .replace("number too large to fit in target type", "it is too large");
    let mut hints: Vec<&str> = parts
        .filter(|part| !part.starts_with("For more information"))
        .map(|part| part.strip_prefix("tip: ").unwrap_or(part))
        .collect();
    let is_word =
        message.starts_with("unexpected argument '") && !message.starts_with("unexpected argument '-");
    if is_word && hints.iter().any(|hint| hint.contains("-- COMMAND") || hint.contains("-- <COMMAND>")) {
        hints.insert(0, "put `--` before the command");
    }
    let fault = Fault::invalid(message);
    Failure::Fault(if hints.is_empty() { fault } else { fault.hint(hints.join("; ").replace('\n', " ")) })
}

fn unknown(catalog: &[Meta], word: &str) -> Failure {
    if let Some((_, ours)) = ELSEWHERE.into_iter().find(|(theirs, _)| *theirs == word) {
        let fault = Fault::invalid(format!("there is no command \"{}\"", visible(word)));
        return Failure::Fault(fault.hint(format!("it is `hob {ours}` here")));
    }
    let known = VERBS.iter().map(|verb| verb.path).chain(tree::nouns(catalog));
    unknown_among("command", word, known, "`hob --help` lists them")
}

fn unknown_verb(catalog: &[Meta], path: &str) -> Failure {
    let (noun, verb) = path.split_once(' ').unwrap_or((path, ""));
    let known = tree::verbs_of(catalog, noun);
    let list = known.iter().map(|(verb, _)| *verb).collect::<Vec<_>>().join(", ");
    unknown_among(
        &format!("command \"{noun}\" with the verb"),
        verb,
        known.iter().map(|known| known.0),
        &format!("there are: {list}"),
    )
}

fn unknown_among<'a>(
    kind: &str,
    word: &str,
    known: impl Iterator<Item = &'a str>,
    else_hint: &str,
) -> Failure {
    let hint = match nearest(word, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => else_hint.to_owned(),
    };
    Failure::Fault(Fault::invalid(format!("there is no {kind} \"{}\"", visible(word))).hint(hint))
}

impl Line {
    fn parse(arguments: Vec<OsString>) -> Result<Line, Failure> {
        let mut line = Line::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let text = argument.to_string_lossy();
            match text.as_ref() {
                "--home" => {
                    let missing = || Failure::usage("--home needs a directory");
                    line.home = Some(arguments.next().ok_or_else(missing)?.into());
                }
                "--json" => line.json = true,
                "--help" | "-h" => line.help = true,
                "--version" | "-V" => line.version = true,
                "--daemon" => line.daemon = true,
                "--report" => line.report = true,
                other if other.starts_with("--home=") => {
                    let home = &argument.as_bytes()["--home=".len()..];
                    line.home = Some(OsStr::from_bytes(home).into());
                }
                option if option.starts_with('-') => {
                    return Err(unknown_among(
                        "option",
                        option,
                        BEFORE.into_iter(),
                        "`hob --help` lists them",
                    ));
                }
                _ => {
                    line.words = std::iter::once(argument).chain(arguments.by_ref()).collect();
                }
            }
        }
        Ok(line)
    }
}
