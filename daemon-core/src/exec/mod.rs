//! Running exactly what was approved: plans, what people see of them, and their execution.
//!
//! A caller *wants* something; what that means now is a [`Plan`], which is shown,
//! judged and stored by its digest; what was planned is *opened*, which fails if it
//! is not as it was; what was opened is *started*, once. Every step takes what the
//! one before has made, and none looks at anything that could have changed since.
//!
//! Who may ask, who decides, what is recorded and that nothing starts twice is not
//! known here: that is for the capability that has the requests.

mod error;
mod files;
pub mod hints;
mod known;
mod open;
pub mod plan;
pub mod render;
mod run;

use std::sync::{Arc, OnceLock};

pub use error::Error;
pub(crate) use files::{Leads, Way, leads, of_file};
pub use hints::Hint;
pub use open::{Drift, Opened};
pub use plan::{Bytes, Chain, Class, Digest, Person, Plan, Wanted};
pub use render::{Block, Shown};
pub use run::{Because, Canceller, Ended, Live, Output, Running, Stream, Summary};

use crate::kernel::{Code, Fault};
use crate::runs::{Runs, user_name};

/// The way to plans and their execution; clones share it.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    runs: Runs,
    /// Found out when it is first needed: a directory service may take its time over a name.
    person: OnceLock<Person>,
    underway: run::Underway,
}

impl Handle {
    /// Commands are run among the other runs of the daemon, as its own user.
    pub fn mount(runs: Runs) -> Handle {
        let handle =
            Handle(Arc::new(Inner { runs, person: OnceLock::new(), underway: run::Underway::default() }));
        handle.end_with_the_daemon();
        handle
    }

    /// Finds out what `wanted` means now, for a client of this name. What the plan names is held at once if that
    /// takes no copy, for whoever may run it without asking anybody.
    ///
    /// # Errors
    /// What is wrong with it; see [`Error::reason`]. Once `is_wanted` says no, any.
    pub async fn plan<T: Send + 'static>(
        &self,
        wanted: Wanted,
        client: &str,
        is_wanted: impl Fn() -> bool + Send + 'static,
        and: impl FnOnce(&Plan) -> T + Send + 'static,
    ) -> Result<(Plan, Option<Opened>, T), Error> {
        let (inner, client) = (Arc::clone(&self.0), client.to_owned());
        blocking(move || {
            let person = inner.person.get_or_init(person);
            let plan = Plan::while_wanted(wanted, &client, person, &is_wanted)?;
            let takes_no_copy = plan.is_root_owned_chain() && plan.files().is_empty();
            // What has changed since is found out by whoever opens it.
            let opened = takes_no_copy.then(|| Opened::of(&plan, first_kept(), &is_wanted).ok()).flatten();
            let and = and(&plan);
            Ok((plan, opened, and))
        })
        .await
    }

    /// All facts of a plan, as people are to see them.
    pub fn view(&self, plan: &Plan) -> Vec<Block> {
        render::whole(plan)
    }

    /// Whether something of a plan is covered where it is shown; "always" is not offered for what nobody has seen.
    pub fn is_covered(&self, plan: &Plan) -> bool {
        render::covers(plan).is_some()
    }

    /// What people should notice in a plan, the worst first.
    pub fn hints(&self, plan: &Plan) -> Vec<Hint> {
        hints::hints(plan)
    }

    /// Whether all that would happen is in the plan, as far as hints tell; nothing else is offered for "always".
    pub fn is_fully_inspected(&self, plan: &Plan) -> bool {
        hints::is_fully_inspected(plan)
    }

    /// Holds what a plan needs, if it is as it was: after this nothing on disk matters.
    ///
    /// # Errors
    /// What is not as it was approved. Once `is_wanted` says no, anything.
    pub async fn open(
        &self,
        plan: &Plan,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Opened, Drift> {
        let plan = plan.clone();
        blocking(move || Opened::of(&plan, first_kept(), &is_wanted)).await
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let code = match &error {
            Error::TooLarge { .. } => Code::TooLarge,
            Error::NotStarted(_) => Code::Unavailable,
            _ => Code::Invalid,
        };
        Fault::new(code, error.to_string())
    }
}

impl From<Drift> for Fault {
    fn from(drift: Drift) -> Fault {
        Fault::new(Code::Conflict, drift.to_string())
            .hint("nothing was run; ask again, so that it can be looked at as it is now")
    }
}

/// The number that the first kept descriptor will have.
fn first_kept() -> usize {
    usize::try_from(hob_launch::FIRST_KEPT).expect("the numbers of descriptors are not negative")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Whom the daemon runs as. Its own environment is believed in this: whoever can change that can do as much.
fn person() -> Person {
    let uid = rustix::process::geteuid().as_raw();
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let home = home.and_then(|home| home.into_os_string().into_string().ok());
    let said = ["USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let user = said.chain(std::iter::once_with(|| user_name(uid)).flatten());
    let user = user.into_iter().find(|user| !user.is_empty() && !user.contains(crate::text::hidden));
    Person {
        home: home.unwrap_or_else(|| "/".to_owned()),
        user: user.unwrap_or_else(|| uid.to_string()),
        uid,
    }
}
