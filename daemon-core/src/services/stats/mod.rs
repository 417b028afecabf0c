//! Statistics: what the processes of each service use, now and lately.
//!
//! A service is a tree of processes, so its figures are sums over that tree
//! ([`crate::runs::processes`]). All services are counted in one pass over `/proc`, at
//! most once a second however many listen, and never while nobody does
//! ([`crate::runs`] has the sampler). CPU time is kept by a ledger from pass to pass.
//!
//! Memory is what a process has in RAM of its own: resident pages less those of
//! files and of shared memory, both of `/proc/PID/statm`. That is cheap, falls
//! when memory is freed, and does not count a library once for each process
//! that uses it. What it cannot see: pages that processes still share after a
//! fork count for each, and shared memory (a database's buffers) for none. The
//! exact share (PSS) would need a walk through each process's page tables,
//! milliseconds for a large one, every second.
//!
//! A history is kept only where `[stats] history` says how often (`keep`,
//! `past`). No limits are held here: [`crate::runs::limits`] listens to the samples for that.

mod keep;
mod ops;
mod past;
mod settings;

use std::sync::{Arc, Mutex};

pub use ops::{Port, ServiceUsage, Stats, StatsItem};
pub use past::{GetHistory, History, StatsPoint};
pub use settings::Settings;

use super::Handle;
use crate::kernel::Fault;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::runs::Runs;
use crate::runs::processes::ledger::Root;
use crate::runs::sampler::{Sample, Usage};
use keep::Kept;

/// In the name of a job's run, and in no service's.
const OF_A_JOB: char = '@';

/// What the services' handle has for statistics.
pub(super) struct Statistics {
    past: past::Store,
    kept: Mutex<Kept>,
}

impl Statistics {
    /// # Errors
    /// `unavailable` if the tables cannot be opened.
    pub(super) async fn open(m: &Mount) -> Result<Statistics, Fault> {
        Ok(Statistics { past: past::Store::open(&m.db).await?, kept: Mutex::default() })
    }
}

/// Follows the settings.
pub(super) fn mount(m: &mut Mount, services: &Handle) {
    let services = services.clone();
    m.configure(move |settings: Settings| keep::configure(&services, settings));
}

impl Handle {
    fn statistics(&self) -> &Statistics {
        &self.0.stats
    }

    fn runs(&self) -> &Runs {
        &self.0.common.runs
    }

    fn clock(&self) -> Clock {
        self.0.common.runs.clock.clone()
    }

    /// What all services used at a moment; others' runs may be counted with them, and have no service's name.
    fn of_services(sample: &Sample) -> impl Iterator<Item = (&Arc<str>, &Usage)> {
        sample.runs.iter().filter(|(name, _)| !name.contains(OF_A_JOB))
    }

    /// The runs that have a process now.
    pub(super) fn roots(&self) -> Vec<Root> {
        let statuses = self.list();
        let running = statuses.iter().filter_map(|status| Some((status, status.pid?)));
        let root = |(status, main): (&Arc<super::ServiceStatus>, i32)| Root {
            service: status.name.as_str().into(),
            run: status.run,
            main,
        };
        running.map(root).collect()
    }
}
