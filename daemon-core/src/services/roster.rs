//! Which services there are, and how a new configuration changes that.
//!
//! A service whose configuration is gone leaves: its unit stops what runs and
//! then ends. Until it has, it is kept here, so that the daemon's end waits for
//! it, and so that a service of the same name that comes meanwhile begins only
//! after it: never two processes of one name. Several that leave at once stop as
//! they would together: what needs another goes before it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use super::common::Common;
use super::former::{Ended, Former, Left};
use super::graph::Graph;
use super::section::Section;
use super::spec::Spec;
use super::standing::Stood;
use super::store::Last;
use super::unit::{self, Command, Past, Unit};
use super::{Handle, former, post};

/// All services, those that leave, and those that an earlier daemon had.
#[derive(Default)]
pub(super) struct Services {
    pub(super) units: BTreeMap<String, Unit>,
    pub(super) specs: BTreeMap<String, Arc<Spec>>,
    pub(super) graph: Graph,
    /// Those that are not configured any more and may not have ended yet.
    leaving: BTreeMap<String, Unit>,
    /// Runs that the daemon before this one left behind, until their services take them.
    formers: BTreeMap<String, Former>,
    /// Runs that ended while no daemon ran, and where all services stood, likewise.
    ended: BTreeMap<String, Ended>,
    stood: BTreeMap<String, Stood>,
    /// The highest run number of each service that has no unit.
    last_runs: BTreeMap<String, Last>,
    /// Whether the daemon ends: nothing begins any more.
    closed: bool,
}

impl Services {
    /// None yet, after what an earlier daemon had.
    pub(super) fn after(left: Left) -> Services {
        let Left { lives: formers, ended, stood, last_runs } = left;
        Services { formers, ended, stood, last_runs, ..Services::default() }
    }

    /// From now on no configuration is applied.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Those that leave.
    pub(super) fn leaving(&self) -> Vec<Unit> {
        self.leaving.values().cloned().collect()
    }

    /// Everything that may still have a process.
    pub(super) fn all(&self) -> Vec<Unit> {
        self.units.values().chain(self.leaving.values()).cloned().collect()
    }

    /// All units, in groups of which each may be stopped at once when those before it are.
    pub(super) fn stop_waves(&self) -> Vec<Vec<Unit>> {
        self.in_waves(&self.units)
    }

    fn in_waves(&self, units: &BTreeMap<String, Unit>) -> Vec<Vec<Unit>> {
        let mut depth = BTreeMap::<&str, usize>::new();
        for name in self.graph.start_order() {
            let below = self.graph.waits_for(name).filter_map(|other| depth.get(other)).max();
            depth.insert(name, below.map_or(0, |below| below + 1));
        }
        let mut waves = BTreeMap::<Reverse<usize>, Vec<Unit>>::new();
        for (name, unit) in units {
            let depth = depth.get(name.as_str()).copied().unwrap_or_default();
            waves.entry(Reverse(depth)).or_default().push(unit.clone());
        }
        waves.into_values().collect()
    }

    /// What a unit of this name comes after.
    fn past(&mut self, name: &str) -> Past {
        Past {
            last_run: self.last_runs.remove(name).unwrap_or_default(),
            former: self.formers.remove(name),
            ended: self.ended.remove(name),
            stood: self.stood.remove(name),
            predecessor: self.leaving.remove(name),
        }
    }

    /// Lets go of those that have left; only their run numbers are remembered.
    fn forget_gone(&mut self) {
        let last_runs = &mut self.last_runs;
        self.leaving.retain(|name, unit| {
            if unit.commands.is_closed() {
                let status = unit.status();
                let ended = Some(status.since).filter(|_| 0 < status.run);
                last_runs.insert(name.clone(), Last { run: status.run, ended });
                return false;
            }
            true
        });
    }
}

impl Handle {
    /// Applies a configuration by its difference to the one in force.
    pub(super) fn configure(&self, section: Section) {
        let common = &self.0.common;
        let mut services = self.services();
        if services.closed {
            return;
        }
        common.runs.logs.set_max_total(section.logs_max_total);
        services.forget_gone();
        let gone: BTreeMap<String, Unit> =
            services.units.extract_if(.., |name, _| !section.specs.contains_key(name)).collect();
        remove_in_order(common, services.in_waves(&gone));
        for (name, unit) in gone {
            common.store.forget_standing(Some(&name));
            services.leaving.insert(name, unit);
        }
        // What an earlier daemon had goes on from where it stood.
        let new = |name: &str| {
            let known = services.stood.contains_key(name) || services.formers.contains_key(name);
            !known && !services.units.contains_key(name)
        };
        let autostart = section.specs.values().filter(|spec| spec.autostart && new(&spec.name));
        let needed: BTreeSet<&str> = autostart.flat_map(|spec| section.graph.to_start(&spec.name)).collect();
        let mut resuming = BTreeSet::new();
        for (name, spec) in &section.specs {
            if let Some(unit) = services.units.get(name) {
                post(unit, Command::Configure(Arc::clone(spec)));
                continue;
            }
            let past = services.past(name);
            if past.resumes() {
                resuming.insert(name.clone());
            }
            let expected = needed.contains(name.as_str()) || past.returns();
            let unit = unit::spawn(common, Arc::clone(spec), past, expected);
            services.units.insert(name.clone(), unit);
        }
        for name in section.graph.start_order() {
            let Some(unit) = services.units.get(name) else { continue };
            if resuming.contains(name) {
                post(unit, Command::Resume);
            }
            if needed.contains(name) {
                post(unit, Command::Start(None));
            }
        }
        services.ended.clear();
        for name in std::mem::take(&mut services.stood).into_keys() {
            common.store.forget_standing(Some(&name));
        }
        let unclaimed = std::mem::take(&mut services.formers);
        let watched = section.specs.iter().filter(|(_, spec)| spec.watch.is_some());
        let watched = watched.map(|(name, spec)| (name.clone(), Arc::clone(spec))).collect();
        services.specs = section.specs;
        services.graph = section.graph;
        drop(services);
        self.0.configured.send_modify(|count| *count += 1);
        former::end(common, unclaimed);
        self.watch_files(&watched);
    }
}

/// Tells units to leave, those of each wave when those of the one before have left.
fn remove_in_order(common: &Common, waves: Vec<Vec<Unit>>) {
    let mut waves = waves.into_iter();
    let tell = |wave: &[Unit]| wave.iter().for_each(|unit| post(unit, Command::Remove(None)));
    let Some(mut wave) = waves.next() else { return };
    tell(&wave);
    common.runs.tasks.detach(async move {
        for next in waves {
            join_all(wave.iter().map(Unit::gone)).await;
            tell(&next);
            wave = next;
        }
    });
}
