//! Jobs that run because something has happened to a service or to another job.

use tokio::sync::broadcast::error::RecvError;

use super::Handle;
use super::engine::New;
use super::run::Inputs;
use super::spec::Occasion;
use crate::services;

/// Happenings that may wait. Who is slower than that is told so.
pub(super) const WAITING: usize = 1024;
/// Who runs on what happens to him would never rest.
const OWN: &str = "job.";

/// Something has happened to a job.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) what: &'static str,
    pub(super) name: String,
}

/// Listens as long as the daemon lives.
pub(super) fn listen(handle: &Handle, services: &services::Handle) {
    let (handle, mut stop) = (handle.clone(), handle.0.runs.tasks.stop());
    let (mut of_services, mut of_jobs) = (services.happenings(), handle.0.happened.subscribe());
    let tasks = handle.0.runs.tasks.clone();
    tasks.spawn("job-events", async move {
        loop {
            tokio::select! {
                happened = of_services.recv() => match happened {
                    Ok(it) => handle.happened(it.what, &it.service),
                    Err(error) => if missed(&error) { return },
                },
                happened = of_jobs.recv() => match happened {
                    Ok(it) => handle.happened(it.what, &it.name),
                    Err(error) => if missed(&error) { return },
                },
                () = stop.stopped() => return,
            }
        }
    });
}

/// Whether nothing will come any more.
fn missed(error: &RecvError) -> bool {
    if let RecvError::Lagged(count) = error {
        tracing::error!(count, "too much happened at once: jobs that run on it may not have");
    }
    matches!(error, RecvError::Closed)
}

impl Handle {
    fn happened(&self, what: &str, to: &str) {
        let fits = |occasion: &Occasion| {
            let Occasion::Event { event, name } = occasion;
            event == what && name.as_deref().is_none_or(|name| name == to)
        };
        let wanted: Vec<String> = {
            let engine = self.engine();
            let jobs = engine.jobs.values().map(|known| &known.job);
            let is_itself = |name: &str| what.starts_with(OWN) && name == to;
            let fitting = jobs.filter(|job| !is_itself(&job.name) && job.on.iter().any(fits));
            fitting.map(|job| job.name.to_string()).collect()
        };
        for job in wanted {
            let cause = [("HOB_EVENT", what), ("HOB_EVENT_NAME", to)];
            let env = cause.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            self.want_one(New::because(job, "event", Inputs { env, ..Inputs::default() }, self.now()));
        }
    }

    /// Makes a run of what something in this daemon wants, and nobody waits for.
    pub(super) fn want_one(&self, new: New) {
        let name = new.job.clone().unwrap_or_default();
        if self.is_paused(&name) {
            tracing::info!(job = name, why = new.why, "it is paused and does not run");
            return;
        }
        let admitted = self.engine().admit(new, self.now());
        match admitted {
            Ok(admitted) => {
                self.make_room(admitted.replaced);
                self.put_down(name, vec![admitted.run], None);
                self.go_on();
            }
            Err(error) => tracing::error!(job = name, %error, "it does not run"),
        }
    }
}

impl New {
    /// A run of a job for this reason.
    pub(super) fn because(job: String, why: &'static str, inputs: Inputs, due: jiff::Timestamp) -> New {
        New {
            job: Some(job),
            why,
            due,
            inputs,
            priority: None,
            queue: None,
            after: Vec::new(),
            open: Vec::new(),
        }
    }
}
