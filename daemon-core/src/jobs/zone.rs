//! The system's time zone, which may change while the daemon runs.
//!
//! Schedules that are in no zone of their own move with it: what was due at nine
//! is due at nine by the new clock on the wall. What has run stays run. The
//! files that say which zone it is (localtime(5)) are watched only while there
//! is a job that this concerns.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Handle;
use super::engine::Engine;
use super::schedule::{Trigger, Zone};
use super::spec::{Job, Settings};
use crate::watch::{Files, News};

/// Where the zone is said; the second is Debian's.
const SAID: [&str; 2] = ["/etc/localtime", "/etc/timezone"];

impl Handle {
    /// Watches the system's zone if any job goes by it, and only then.
    pub(super) fn watch_zone(&self) {
        let mut engine = self.engine();
        if !engine.jobs.values().any(|known| goes_by_it(&known.job)) {
            engine.zone_watched = None;
        } else if engine.zone_watched.is_none() {
            let files = SAID.map(str::to_owned).to_vec();
            let files = Files { files, gitignore: Some(false), ..Files::default() };
            let selection = files.check(Path::new("/")).expect("both are absolute paths without wildcards");
            let handle = self.clone();
            let heard = move |news| match news {
                News::Change(_) => handle.look_at_zone(),
                News::State => {}
            };
            engine.zone_watched = Some(self.0.watcher.mind(selection, || std::future::ready(()), heard));
        }
    }

    fn look_at_zone(&self) {
        jiff::tz::reset_system_time_zone_cache();
        let zone = TimeZone::system();
        // What was due by now was due by the old one.
        self.tick();
        let moved = self.engine().moves_to(&zone, self.now());
        if moved.is_empty() {
            return;
        }
        tracing::info!(zone = zone.iana_name(), jobs = moved.len(), "the system's time zone has changed");
        self.0.earlier.notify_one();
        moved.iter().for_each(|job| self.show(job));
    }
}

impl Engine {
    /// The system's zone is another; the value are the jobs that this concerns.
    fn moves_to(&mut self, zone: &TimeZone, now: Timestamp) -> Vec<Arc<str>> {
        let (mut moved, mut settings) = (Vec::new(), HashMap::<*const Settings, Arc<Settings>>::new());
        for (name, known) in &mut self.jobs {
            if !goes_by_it(&known.job) || known.job.schedule.zone() == zone {
                continue;
            }
            // Those who shared their settings still do.
            let there = settings.entry(Arc::as_ptr(&known.job.settings)).or_insert_with(|| {
                let mut there = Settings::clone(&known.job);
                there.schedule.set_zone(zone.clone());
                Arc::new(there)
            });
            known.job.settings = Arc::clone(there);
            // What the new zone says was due before now is not made up for.
            known.dealt = known.dealt.max(now);
            match known.job.schedule.next(known.dealt) {
                Some(due) => self.agenda.insert(Arc::clone(name), due.at),
                None => drop(self.agenda.remove(name)),
            }
            moved.push(name.clone());
        }
        moved
    }
}

/// Whether a job has times of day that are meant in the system's zone.
fn goes_by_it(job: &Job) -> bool {
    let is_of_day = |trigger: &Trigger| matches!(trigger, Trigger::Cron(_) | Trigger::At(_));
    job.zone == Zone::System && job.schedule.triggers().iter().any(is_of_day)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::super::schedule::Schedule;
    use super::super::spec::Section;
    use super::super::store::Store;
    use super::*;
    use crate::storage::{Db, Durability};

    fn daily(zone: Zone, trigger: Trigger) -> Job {
        let schedule = Schedule::new(vec![trigger], zone.resolve(&TimeZone::UTC));
        let settings = Settings { zone, schedule, ..Settings::of_nobody() };
        Job { settings: Arc::new(settings), ..Job::of_nobody() }
    }

    #[tokio::test]
    async fn what_is_due_at_nine_is_due_at_nine_by_the_new_zone_and_what_has_a_zone_stays() {
        let place = tempfile::tempdir().unwrap();
        let db = Db::open(&place.path().join("hob.db"), Durability::Normal).unwrap();
        let store = Store::open(&db).await.unwrap();
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut engine = Engine::new(&store, now).await.unwrap();
        let nine = || Trigger::Cron("0 9 * * *".parse().unwrap());
        let mine = daily(Zone::System, nine());
        let jobs = [
            ("mine", mine.clone()),
            ("twin", mine),
            ("theirs", daily("Asia/Tokyo".parse().unwrap(), nine())),
            ("hourly", daily(Zone::System, Trigger::Every("1h".parse().unwrap()))),
        ];
        let named = |name: &str, job| (name.into(), Job { name: name.into(), ..job });
        let jobs = jobs.map(|(name, job)| named(name, job)).into();
        let keep_age = Duration::ZERO.into();
        engine.configure(Section { jobs, queues: BTreeMap::new(), slots: 1, keep_runs: 1, keep_age }, now);
        let next = |engine: &Engine, job: &str| engine.agenda.get(&job.into()).unwrap().to_string();
        let (theirs, hourly) = (next(&engine, "theirs"), next(&engine, "hourly"));
        assert_eq!(next(&engine, "mine"), "2026-11-22T09:00:00Z");

        let new_york = TimeZone::get("America/New_York").unwrap();
        assert_eq!(engine.moves_to(&new_york, now), ["mine".into(), "twin".into()]);
        let settings = ["mine", "twin"].map(|name| &engine.jobs[name].job.settings);
        assert!(Arc::ptr_eq(settings[0], settings[1]), "those who shared them share the new ones");
        assert_eq!(next(&engine, "mine"), "2026-11-21T14:00:00Z", "nine there is still to come today");
        assert_eq!((next(&engine, "theirs"), next(&engine, "hourly")), (theirs, hourly));
        assert!(engine.moves_to(&new_york, now).is_empty(), "once is enough");

        // Nine has passed in Tokyo: it is not made up for.
        engine.moves_to(&TimeZone::get("Asia/Tokyo").unwrap(), now);
        assert_eq!(next(&engine, "mine"), "2026-11-22T00:00:00Z");
    }
}
