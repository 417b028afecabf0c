//! Why a request, a decision or a grant is not what somebody wanted, and what he is told.

use jiff::tz::TimeZone;

use super::request::answer::Answer;
use super::request::state::State;
use super::request::{Request, life};
use crate::audit;
use crate::config::Size;
use crate::exec;
use crate::kernel::{Code, Fault};
use crate::text::brief;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such request.
    #[error("there is no request \"{}\"", brief(.0))]
    NoRequest(String),
    /// No such grant.
    #[error("there is no grant \"{}\" that holds", brief(.0))]
    NoGrant(String),
    /// It does not wait for a decision.
    #[error("{}", not_pending(.0))]
    NotPending(Box<Request>),
    /// Something else was shown than what is asked for.
    #[error("what was reviewed is not what request {0} would run")]
    OtherDigest(String),
    /// Whoever asked would decide.
    #[error(
        "request {0} cannot be decided by whoever asked for it, nor by what it started or was started by"
    )]
    OwnRequest(String),
    /// Whoever asked may be whoever decides.
    #[error(
        "request {0} cannot be approved: nobody can tell who asked, since that process had ended or is not seen here"
    )]
    AskerUnknown(String),
    /// A key that was used for something else.
    #[error("the key \"{}\" was used for another command (request {request})", brief(.key))]
    KeyReused {
        /// The key.
        key: String,
        /// For which request.
        request: String,
    },
    /// So many of a client wait.
    #[error("too many requests wait for a person already; one client may have {0}")]
    TooMany(usize),
    /// So many of a client wait for their plan.
    #[error("too many requests of this client are being looked into already; it may have {0} at a time")]
    TooManyAtOnce(usize),
    /// So many of a client run.
    #[error("{0} commands of this client run already, and no more may without a person's word")]
    TooManyRun(usize),
    /// So many of all clients run.
    #[error("{0} commands of all clients run already, and no more may without a person's word")]
    TooManyRunOfAll(usize),
    /// So much is kept of what a client's commands write.
    #[error("the commands of this client that run may keep {0} of output together already")]
    TooMuchKept(Size),
    /// A client asks too often.
    #[error("this client has asked {0} times within a minute")]
    TooOften(usize),
    /// A client has used up its part of the record.
    #[error("this client has made {0} requests within a minute, or larger ones than so many may be")]
    TooMuch(usize),
    /// So many ask for the same.
    #[error("{0} others ask for this command already; so many may, until it is decided")]
    TooManyAsk(usize),
    /// Whose process that is cannot be told.
    #[error("it cannot be told who you are: {0}")]
    NotTold(#[from] std::io::Error),
    /// Nobody is asked for this client.
    #[error("nobody is asked for this client until {}", local(*.0))]
    Muted(jiff::Timestamp),
    /// Nobody is there any more who wants it.
    #[error("nothing was run: {0}")]
    Unwanted(&'static str),
    /// Too long a text.
    #[error("{what} has {length} characters, and may have {most}")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// A yes that holds for longer than is offered.
    #[error("{0}")]
    NotOffered(&'static str),
    /// There is no plan of it.
    #[error(transparent)]
    Plan(#[from] exec::Error),
    /// Nobody knows what an earlier daemon has left.
    #[error("nothing is asked for or allowed: what was left by an earlier daemon cannot be read: {0}")]
    NotTakenUp(String),
    /// What whoever asked first was told.
    #[error("{0}")]
    Failed(Box<Fault>),
    /// The daemon ends.
    #[error("the daemon is stopping")]
    Stopping,
    /// It could not be recorded, so it was not done.
    #[error(transparent)]
    Unrecorded(#[from] audit::Error),
}

/// As the clock of this machine has it, for people.
fn local(at: jiff::Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Error {
    /// Why something did not happen to a request, which is this now.
    pub(super) fn refused(why: life::Refused, request: Request) -> Error {
        match why {
            life::Refused::Past(_) => Error::NotPending(Box::new(request)),
            life::Refused::OtherPlan => Error::OtherDigest(request.id),
            life::Refused::OwnRequest => Error::OwnRequest(request.id),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::NoRequest(_) => {
                Fault::new(Code::NotFound, message).hint("`hob request list` lists those that are kept")
            }
            Error::NoGrant(_) => {
                Fault::new(Code::NotFound, message).hint("`hob grants ls` lists those that hold")
            }
            Error::NotPending(request) => {
                let answer = serde_json::to_value(Answer::of(&request, None)).ok();
                Fault::new(Code::Conflict, message).reason("E_NOT_PENDING").about(request.id, answer)
            }
            Error::OtherDigest(id) => Fault::new(Code::Conflict, message)
                .hint(format!("look at it again: hob approval show {id}"))
                .reason("E_DIGEST_MISMATCH")
                .about(id, None),
            Error::OwnRequest(id) => Fault::new(Code::Denied, message)
                .hint("a person decides, in another terminal or in the desktop")
                .reason("E_FORBIDDEN_ROLE")
                .about(id, None),
            Error::AskerUnknown(id) => Fault::new(Code::Denied, message)
                .hint("deny it, and ask again over a connection whose process stays until it is decided")
                .reason("E_FORBIDDEN_ROLE")
                .about(id, None),
            Error::KeyReused { request, .. } => Fault::new(Code::Conflict, message)
                .hint("give each command a key of its own")
                .about(request, None),
            Error::NotTakenUp(_) => Fault::new(Code::Unavailable, message)
                .hint(
                    "mend that, then `hob daemon restart`; if it is the record itself that is damaged, \
                     look at a copy first (docs/audit.md), and move gate.db away to begin another",
                )
                .reason("E_AUDIT_UNAVAILABLE"),
            Error::TooMany(_) => Fault::new(Code::Busy, message)
                .hint("wait until some of them are decided, or cancel some")
                .reason("E_RATE"),
            Error::TooManyAsk(_) => Fault::new(Code::Busy, message)
                .hint("`hob request list` shows what becomes of it")
                .reason("E_RATE"),
            Error::TooManyAtOnce(_) => Fault::new(Code::Busy, message)
                .hint(
                    "wait for the answers to some of them; max_pending_per_client in policy.toml allows more",
                )
                .reason("E_RATE"),
            Error::TooManyRun(_) => Fault::new(Code::Busy, message)
                .hint("wait until one has ended, or end one (hob request cancel); max_running_per_client in policy.toml allows more")
                .reason("E_RATE"),
            Error::TooManyRunOfAll(_) => Fault::new(Code::Busy, message)
                .hint("wait until some have ended; max_running in policy.toml allows more")
                .reason("E_RATE"),
            Error::TooMuchKept(_) => Fault::new(Code::Busy, message)
                .hint("wait until one has ended, or let less be kept of each")
                .reason("E_RATE"),
            Error::TooMuch(_) => Fault::new(Code::Busy, message)
                .hint("go on in a minute; requests_per_minute in policy.toml allows more")
                .reason("E_RATE"),
            Error::TooOften(_) => {
                Fault::new(Code::Busy, message).hint("ask again in a minute").reason("E_RATE")
            }
            Error::Muted(_) => Fault::new(Code::Busy, message)
                .hint("what policy allows still runs")
                .reason("E_RATE"),
            Error::Unwanted(_) => Fault::new(Code::Cancelled, message).reason("E_CANCELLED"),
            Error::TooLong { .. } => Fault::new(Code::TooLarge, message).reason("E_TOO_LARGE"),
            Error::NotOffered(_) => Fault::invalid(message).reason("E_INVALID"),
            Error::Plan(error) => {
                let reason = error.reason();
                Fault::from(error).reason(reason)
            }
            Error::NotTold(_) => Fault::new(Code::Unavailable, message)
                .hint("try again in a moment; `hob doctor` says how many files the daemon may open"),
            Error::Stopping => Fault::new(Code::Unavailable, message),
            Error::Failed(fault) => *fault,
            Error::Unrecorded(error) => error.into(),
        }
    }
}

fn not_pending(request: &Request) -> String {
    let id = &request.id;
    match (&request.decided, request.state) {
        (Some(decided), _) => {
            let said = match decided.verdict {
                life::Verdict::Approve => "approved",
                life::Verdict::Deny => "denied",
            };
            let at = decided.at.strftime("%Y-%m-%dT%H:%M:%SZ");
            format!("request {id} was decided already: {said} by {} at {at}", brief(&decided.by))
        }
        (None, State::Orphaned) => {
            format!(
                "request {id} is not waiting: the daemon was restarted, and its client has not asked again"
            )
        }
        (None, state) => {
            format!("request {id} does not wait for a decision: it is {}", state.name().replace('_', " "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_may_be_sound_is_not_sent_away() {
        let fault = Fault::from(Error::NotTakenUp("no room to write to gate.db: make room".to_owned()));
        assert!(fault.message.contains("make room"), "{fault}");
        assert!(
            fault
                .hint
                .unwrap()
                .starts_with("mend that, then `hob daemon restart`; if it is the record itself")
        );
    }
}
