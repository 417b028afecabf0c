//! `hob run -- argv`: ask for a command, wait for the decision, show what it writes, exit as it did.
//!
//! The command runs where this was typed, as itself: each word is passed on
//! byte for byte, nothing is given to a shell, and of the caller's environment
//! only what is asked for goes along. Where nobody could be waiting for an
//! answer (no terminal), what has to be asked is left waiting under its id and
//! that is said with status 77, so that no script hangs on a person.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _};

use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, FromArgMatches as _};
use daemon_core::approvals::ops::Run;
use daemon_core::approvals::request::new_id;
use daemon_core::exec::{Bytes, Wanted};
use daemon_core::kernel::Fault;
use daemon_core::text::visible;

use super::follow::{Asking, AtOnce, Patience};
use crate::argv::wait_for;
use crate::failure::Failure;
use crate::session::Session;
use crate::token::Source;
use crate::{project, queue, token};

/// No plan takes more; what is longer is refused by the daemon, and need not be read to its end.
const INPUT: u64 = 256 << 10;

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Wanted::augment_args(command)
        .mut_arg("cwd", |it| it.help("Where to run it; here if this is not said"))
        .arg(text("reason", "TEXT", "What it is for, in at most 500 characters; whoever decides is told that nobody verified it"))
        .arg(text("key", "KEY", "A name for this one wish: asking again with it is the same request"))
        .arg(flag("detach", "Print the id of the request and let it go on without this program"))
        .arg(flag("wait", "Wait for the decision even if there is no terminal").conflicts_with("detach"))
        .arg(flag("stdin", "Give it what is on standard input here, to its end; it is part of what is approved"))
        .arg(
            Arg::new("env")
                .short('e')
                .long("env")
                .value_name("NAME[=VALUE]")
                .action(ArgAction::Append)
                .help("A variable for its environment, with the value that it has here if none is given; may be given several times"),
        )
        .arg(
            Arg::new("token-fd")
                .long("token-fd")
                .value_name("N")
                .value_parser(token::number)
                .help("Read the client's token from this open descriptor; HOB_TOKEN_FILE names a file with it"),
        )
        .override_usage("hob run [OPTIONS] -- COMMAND...")
        .after_help(
            "The exit status is that of the command, or 128 and the number of the signal that killed it. It was not \
             run with 77 (denied, not decided yet, or the client's token is not taken), 75 (too much is asked for, or \
             the client is muted), 124 (no one answered), 130 (cancelled), 127 (it could not be \
             started), 1 (what it would run has changed since it was shown). Ctrl-C cancels what waits and ends what runs.",
        )
}

/// What was said of a command besides its words.
#[derive(Default)]
struct Said {
    reason: Option<String>,
    key: Option<String>,
    token: Option<Source>,
    detach: bool,
    wait: bool,
}

/// `hob run -- argv`, and nothing else.
pub(crate) fn pass(session: &Session, words: Vec<OsString>) -> Result<u8, Failure> {
    let argv = words.into_iter().map(Bytes::from).collect();
    ask(session, Wanted { argv, ..Wanted::default() }, Said::default())
}

/// `hob run`.
pub(crate) fn run(session: &Session, mut matches: ArgMatches) -> Result<u8, Failure> {
    let variables = queue::named_variables(matches.remove_many::<String>("env").into_iter().flatten())?;
    let mut command =
        Wanted::from_arg_matches(&matches).map_err(|error| Failure::usage(error.to_string()))?;
    command.env = serde_json::from_value(serde_json::json!(variables)).map_err(|error| {
        Fault::invalid(format!("a variable cannot be passed on: {}", visible(&error.to_string())))
    })?;
    if matches.get_flag("stdin") {
        command.stdin = Some(input()?);
    }
    let said = Said {
        reason: matches.remove_one("reason"),
        key: matches.remove_one("key"),
        token: matches.get_one::<u32>("token-fd").copied().map(Source::Descriptor),
        detach: matches.get_flag("detach"),
        wait: matches.get_flag("wait"),
    };
    ask(session, command, said)
}

fn ask(session: &Session, mut command: Wanted, said: Said) -> Result<u8, Failure> {
    let here = project::here()?;
    let cwd = command.cwd.as_ref().map_or_else(|| here.clone(), |dir| here.join(dir.os()));
    command.cwd = Some(Bytes::from(cwd.into_os_string()));
    if let Some(program) = command.argv.first_mut()
        && program.get().contains(&b'/')
    {
        // A path means what it means here; a name is looked for by the daemon, in places that only root changes.
        *program = Bytes::from(here.join(program.os()).into_os_string());
    }
    for file in &mut command.files {
        *file = Bytes::from(here.join(file.os()).into_os_string());
    }
    let patience = match (said.detach, said.wait || is_attended()) {
        (true, _) => Patience::None,
        (false, true) => Patience::Endless,
        (false, false) => Patience::UnlessAsked,
    };
    let request = Run {
        command,
        reason: said.reason,
        // One wish, also if the daemon has to be asked a second time because it was restarted.
        key: Some(said.key.unwrap_or_else(new_id)),
        // Whoever is told to come back later will not be there all the time.
        detach: patience != Patience::Endless,
        wait: None,
    };
    let asking = Asking::new(session, said.token.as_ref(), request, patience)?;
    match asking.at_once()? {
        AtOnce::Ended(status) => Ok(status),
        AtOnce::NotYet(begun) => wait_for(asking.to_its_end(begun)),
    }
}

/// Whether somebody looks on who can be told to wait.
fn is_attended() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal()
}

fn input() -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(INPUT + 1).read_to_end(&mut bytes).map_err(|error| {
        Fault::invalid(format!("standard input cannot be read: {}", visible(&error.to_string())))
    })?;
    Ok(Bytes::from(bytes))
}
