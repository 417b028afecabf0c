//! `hob approve ID`: show everything, then ask.
//!
//! The decision names the digest of exactly what was shown, so a request cannot
//! become another one between looking and saying yes. A person types `yes` on a
//! terminal, below all of it: while anything is folded nobody is asked. A
//! script, or a person elsewhere, names the whole digest of what was reviewed
//! there with `--reviewed`; nothing that is piped in is ever taken for a yes.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use daemon_core::approvals::ops::{Decide, Decision, Get, Show, Shown, Wait};
use daemon_core::approvals::request::Request;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::approvals::request::state::State;
use daemon_core::approvals::{self, grants::Scope};
use daemon_core::config::Span;
use daemon_core::kernel::{Code, Fault, Op as _};
use daemon_core::text::brief;
use daemon_core::wire::Client;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::prompt::{self, Answer};
use super::{ask, say, shown};
use crate::failure::Failure;
use crate::output;
use crate::output::approval::{self, Choice};
use crate::output::facts::Extent;
use crate::output::grant::how_long;
use crate::output::job::parse;
use crate::output::request;
use crate::session::Session;

/// What fails to begin has failed by then.
const A_MOMENT: Span = Span::millis(150);

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    command
        .arg(Arg::new("id").value_name("ID").required(true).help("Which request; `hob approvals` lists those that wait"))
        .arg(
            Arg::new("for")
                .long("for")
                .value_name("15m|1h|session|DATE|always")
                .value_parser(scope)
                .help("For how long the yes holds; session is while the program that asked is connected. Default: once"),
        )
        .arg(
            Arg::new("suggestion")
                .long("suggestion")
                .value_name("N")
                .value_parser(value_parser!(usize))
                .requires("for")
                .help("To which of the suggestions that are shown. Default: to exactly this command"),
        )
        .arg(
            Arg::new("uses")
                .long("uses")
                .value_name("COUNT")
                .value_parser(value_parser!(u32).range(1..))
                .requires("for")
                .help("How often it may be used besides"),
        )
        .arg(
            Arg::new("reviewed")
                .long("reviewed")
                .value_name("DIGEST")
                .help("Approve without a question what was reviewed elsewhere, by its whole digest: sha256:..."),
        )
        .arg(Arg::new("note").long("note").value_name("TEXT").help("What is recorded with the decision"))
        .arg(Arg::new("all").long("all").action(ArgAction::SetTrue).help("Show everything, however long it is"))
        .after_help(
            "Everything that would run is shown, and then `yes` has to be typed. `no` denies; anything else is asked \
             about again, three times at most, and Ctrl-D and Ctrl-C leave it waiting. Without a terminal: look with `hob approval show ID`, then give the digest that \
             stands there to --reviewed.",
        )
}

/// `hob approve`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    let id = matches.get_one::<String>("id").expect("it is required").clone();
    let scope = matches.get_one::<Scope>("for").copied().unwrap_or_default();
    let yes = |digest: &str| Decide {
        id: id.clone(),
        verdict: Verdict::Approve,
        digest: digest.to_owned(),
        scope,
        suggestion: matches.get_one::<usize>("suggestion").copied(),
        uses: matches.get_one::<u32>("uses").copied(),
        note: matches.get_one::<String>("note").cloned(),
    };
    if let Some(digest) = matches.get_one::<String>("reviewed") {
        let client = session.connect().await?;
        return allowed(session, &client, &yes(digest)).await;
    }
    if session.json || !prompt::is_possible() {
        // That there is no such request, or that it is decided, is said first.
        let request: Request = parse(&ask(&session.connect().await?, &Get { id: id.clone() }).await?)?;
        still_waits(request)?;
        let what =
            if session.json { "with --json nobody is asked" } else { "there is no terminal to ask on" };
        let fault = Fault::new(Code::Denied, format!("request {} was not approved: {what}", brief(&id)));
        let hint = format!(
            "look at it: hob approval show {0}; then approve what you have seen: hob approve {0} --reviewed sha256:...",
            brief(&id)
        );
        return Err(fault.hint(hint).into());
    }
    let client = session.connect().await?;
    let extent = if matches.get_flag("all") { Extent::Whole } else { Extent::Folded };
    let reviewed: Shown = parse(&ask(&client, &Show { id: id.clone() }).await?)?;
    still_waits(reviewed.request.clone())?;
    is_offered(&reviewed, &yes(&reviewed.request.plan), session.now())?;
    let choice = Choice { scope, suggestion: yes("").suggestion };
    let drawn = approval::dialog(&reviewed, extent, choice, &prompt::style(), session.now());
    output::complain(&drawn.text);
    if !drawn.is_whole {
        return Err(not_whole(&id, extent).into());
    }
    match prompt::ask(&question(&reviewed, choice)) {
        Answer::Yes => allowed(session, &client, &yes(&reviewed.request.plan)).await,
        Answer::No => {
            let no = Decide { verdict: Verdict::Deny, ..once(yes(&reviewed.request.plan)) };
            denied(session, &client, no).await
        }
        Answer::Other | Answer::Nothing => {
            say(&format!("nothing was decided; it still waits: hob approve {}", brief(&id)));
            Ok(Code::Pending.exit())
        }
    }
}

/// Says yes; and what has come of it, if that is over at once and no success. Whoever asked is told in any case.
async fn allowed(session: &Session, client: &Client, yes: &Decide) -> Result<u8, Failure> {
    let status = shown(session, Decide::NAME, ask(client, yes).await?)?;
    if session.json {
        return Ok(status);
    }
    let told = match client.call(Wait { id: yes.id.clone(), length: Some(A_MOMENT) }).await {
        Ok(answer) if answer.state.is_over() && request::status(&answer) != Some(0) => Some(answer.message),
        // It was not run.
        Err(fault) if fault.reason_code().is_some() => Some(fault.message),
        Ok(_) | Err(_) => None,
    };
    if let Some(told) = told {
        say(&format!("request {}: {told}", brief(&yes.id)));
    }
    Ok(status)
}

async fn denied(session: &Session, client: &Client, no: Decide) -> Result<u8, Failure> {
    let decision: Decision = parse(&ask(client, &no).await?)?;
    output::print(approval::decided(&decision, &session.style))?;
    Ok(Code::Denied.exit())
}

/// Refuses what is decided, in the daemon's words, before anything is asked.
fn still_waits(request: Request) -> Result<(), Fault> {
    match request.state {
        State::Received | State::Pending => Ok(()),
        _ => Err(approvals::Error::NotPending(Box::new(request)).into()),
    }
}

/// Refuses a yes that cannot be given, in the daemon's words, before anybody has to type it.
fn is_offered(shown: &Shown, yes: &Decide, now: Timestamp) -> Result<(), Fault> {
    let is_there = |number| shown.suggestions.iter().any(|suggestion| suggestion.number == number);
    let refused = yes.scope.refused(shown.effect, shown.offers_always, shown.connected, now);
    let why = match (refused, yes.suggestion) {
        (None, Some(_)) if yes.scope == Scope::Once => Some("a yes to this one request needs no suggestion"),
        (None, Some(number)) if !is_there(number) => Some("there is no suggestion of this number"),
        (why, _) => why,
    };
    let hint = || format!("without --for and its kin: `hob approve {}`", brief(&yes.id));
    why.map_or(Ok(()), |why| Err(Fault::from(approvals::Error::NotOffered(why)).hint(hint())))
}

/// A no is to this one request, whatever a yes would have been to.
fn once(decide: Decide) -> Decide {
    Decide { scope: Scope::Once, suggestion: None, uses: None, ..decide }
}

fn not_whole(id: &str, extent: Extent) -> Fault {
    let fault = Fault::new(Code::Pending, "nobody is asked before everything was shown");
    match extent {
        Extent::Folded => fault.hint(format!("see the rest: hob approve {} --all", brief(id))),
        Extent::Whole => {
            fault.hint("the daemon did not send all of it; deny it, or restart the daemon if it is older")
        }
    }
}

/// A yes for longer than once says to what it is one.
fn question(shown: &Shown, choice: Choice) -> String {
    let to = match choice.scope {
        Scope::Once => String::new(),
        _ => format!(": {}", approval::chosen(shown, choice)),
    };
    format!("\nAllow {}{to}? Type \"yes\" to allow, \"no\" to deny: ", how_long(choice.scope))
}

/// `15m`, `1h`, `session`, `always`, `once`; or until when: a date, a date and a time, or RFC 3339.
fn scope(text: &str) -> Result<Scope, String> {
    let written = text.strip_prefix("until ").unwrap_or(text).trim();
    match written.parse::<Scope>() {
        Ok(scope) => Ok(scope),
        Err(refused) => local(written).map(Scope::Until).ok_or(refused),
    }
}

/// A date is its beginning, here.
fn local(written: &str) -> Option<Timestamp> {
    let date = written.parse::<DateTime>().or_else(|_| written.parse::<Date>().map(DateTime::from)).ok()?;
    Some(date.to_zoned(TimeZone::system()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_holds_for_what_was_typed() {
        for (text, expected) in
            [("once", "once"), ("15m", "15m"), ("1h", "1h"), ("session", "session"), ("always", "always")]
        {
            assert_eq!(scope(text).unwrap().to_string(), expected);
        }
        let until = scope("2027-01-31T18:00:00Z").unwrap();
        assert_eq!(scope("until 2027-01-31T18:00:00Z").unwrap(), until);
        assert!(matches!(scope("2027-01-31").unwrap(), Scope::Until(_)));
        assert!(matches!(scope("2027-01-31 18:00").unwrap(), Scope::Until(_)));
        for text in ["", "2h", "forever", "until", "2027", "tomorrow\u{1b}[2J"] {
            let refused = scope(text).unwrap_err();
            assert!(!refused.contains('\u{1b}'), "{refused}");
        }
    }

    #[test]
    fn a_no_never_makes_a_grant() {
        let yes = Decide {
            id: "x".to_owned(),
            verdict: Verdict::Approve,
            digest: String::new(),
            scope: Scope::Always,
            suggestion: Some(1),
            uses: Some(3),
            note: None,
        };
        let no = once(yes);
        assert_eq!((no.scope, no.suggestion, no.uses), (Scope::Once, None, None));
    }
}
