//! A run that an earlier daemon began.
//!
//! What it listens to is opened again in the same place. If it was not ready
//! yet, that is found out anew; a line that says so is looked for in its log,
//! too, where it may have come while no daemon ran.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::{Run, in_bytes, notify_socket};
use crate::runs::account_named;
use crate::runs::logs::Query;
use crate::services::common::Common;
use crate::services::error::Error;
use crate::services::former::Former;
use crate::services::spec::{Kind, Spec};
use crate::services::watchdog::Watchdog;

impl Run {
    /// It, as of `now`, when it has been up for `before`.
    pub(in crate::services) fn former(former: Former, now: Duration, before: Duration) -> Run {
        Run {
            child: former.child,
            tree: former.tree,
            log: former.log,
            began: now,
            before,
            limited: None,
            adopted: true,
            probe: None,
            checks: None,
            notify: None,
            watchdog: None,
            line: None,
            said: None,
            matched: None,
            plan: None,
        }
    }

    /// Opens the place again where it says how it is.
    pub(in crate::services) fn listen(&mut self, common: &Common, spec: &Spec) {
        if !spec.is_notified() {
            return;
        }
        let account = spec.user.as_deref().map(account_named).transpose().map_err(Error::Run);
        let socket =
            account.and_then(|account| notify_socket(common, spec, account.as_ref().map(|it| &it.user)));
        match socket {
            Ok(socket) => {
                self.notify = Some(socket);
                self.watchdog = spec.watchdog.map(Watchdog::new);
            }
            Err(error) => tracing::warn!(service = spec.name, %error, "it cannot say how it is any more"),
        }
    }

    /// Makes it possible to find out whether it is ready.
    pub(in crate::services) async fn prepare(
        &mut self,
        common: &Arc<Common>,
        spec: &Spec,
        number: u64,
    ) -> Result<(), Error> {
        let mut plan = common.runs.planned(&(spec.name.clone(), number), &spec.program()).await?;
        common.runs.trees.join(&self.tree, &mut plan);
        self.plan = Some(Box::new(plan));
        self.said = Some(watch::Sender::default());
        let (Some(Kind::Log(pattern)), Some(log)) = (spec.ready.as_ref().map(|ready| &ready.kind), &self.log)
        else {
            return Ok(());
        };
        let coming = log.matched(in_bytes(pattern));
        let (common, name) = (Arc::clone(common), spec.name.clone());
        let query = Query { lines: 1, run: Some(number), grep: Some(in_bytes(pattern)), ..Query::default() };
        let said = tokio::task::spawn_blocking(move || common.runs.logs.read(&name, &query)).await;
        let said = said.ok().and_then(Result::ok).and_then(|page| page.lines.into_iter().next());
        let matched = async move {
            match said {
                Some(line) => Some(String::from_utf8_lossy(&line.text).into_owned()),
                None => coming.await,
            }
        };
        self.matched = Some(matched.boxed().shared());
        Ok(())
    }
}
