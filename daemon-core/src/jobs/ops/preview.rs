//! What a schedule would mean, before there is a job that has it.
//!
//! Whoever writes a schedule sees at once when it would be due. It is read as
//! [`Add`](super::Add) reads it and computed as the engine does, so a form that
//! shows this cannot promise what the daemon will not keep.

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use super::super::schedule::{At, Cron, Due, Every, Schedule, Trigger, Zone};
use super::add::all;
use crate::kernel::{Access, Call, Effect, Fault, Op};

/// Say when a schedule would be due, without adding it
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "PreviewJob")]
pub struct Preview {
    /// When the clock matches, such as "0 2 * * *"
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "EXPRESSION")]
    pub cron: Vec<String>,
    /// Again and again, such as "15m"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "TIME")]
    pub every: Option<String>,
    /// Once, such as "2026-12-01T09:00"
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "MOMENT")]
    pub at: Vec<String>,
    /// The zone of --cron and --at, such as "Europe/Madrid"; the system's if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub zone: Option<String>,
    /// So many due times, at most 100
    #[serde(default = "usual")]
    #[arg(short = 'n', long, default_value_t = usual())]
    pub count: u32,
}

fn usual() -> u32 {
    5
}

/// What a schedule would mean.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct SchedulePreview {
    /// Each of its triggers in words, such as "every day at 02:00".
    pub words: Vec<String>,
    /// The zone that times of day are meant in.
    pub zone: String,
    /// When it would be due next; nothing if never.
    pub next: Vec<PreviewDue>,
    /// When the next two changes of the clock would concern it, with what they do to it.
    pub changes: Vec<PreviewDue>,
}

/// When it would be due.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PreviewDue {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The same on the clock of the zone, with that zone (RFC 9557).
    pub local: String,
    /// What a change of the clock does to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Op for Preview {
    const NAME: &'static str = "job.preview";
    const ACCESS: Access = Access::Observe;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = SchedulePreview;

    async fn run(self, jobs: &Handle, _: &Call) -> Result<SchedulePreview, Fault> {
        Ok(self.schedule(&TimeZone::system())?.preview(jobs.now(), self.count.min(100)))
    }
}

impl Preview {
    fn schedule(&self, system: &TimeZone) -> Result<Schedule, Fault> {
        let cron = all::<Cron>("cron", &self.cron)?.into_iter().map(Trigger::Cron);
        let every = all::<Every>("every", self.every.as_slice())?.into_iter().map(Trigger::Every);
        let at = all::<At>("at", &self.at)?.into_iter().map(Trigger::At);
        let zone = all::<Zone>("zone", self.zone.as_slice())?.pop().unwrap_or_default();
        Ok(Schedule::new(cron.chain(every).chain(at).collect(), zone.resolve(system)))
    }
}

impl Schedule {
    fn preview(&self, now: Timestamp, count: u32) -> SchedulePreview {
        let shown = |due: Due, note: Option<String>| PreviewDue {
            at: due.at,
            local: due.at.to_zoned(self.zone().clone()).to_string(),
            note,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let next = self.between(now, Timestamp::MAX).take(count).map(|due| shown(due, self.note(due)));
        let changes = self.noted(now).into_iter().map(|(due, note)| shown(due, Some(note)));
        SchedulePreview {
            words: self.triggers().iter().map(Trigger::words).collect(),
            zone: self.zone().iana_name().unwrap_or("system").to_owned(),
            next: next.collect(),
            changes: changes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(preview: &Preview, now: &str) -> Result<SchedulePreview, Fault> {
        let schedule = preview.schedule(&TimeZone::get("Europe/Madrid").unwrap())?;
        Ok(schedule.preview(now.parse().unwrap(), preview.count))
    }

    fn daily(count: u32) -> Preview {
        Preview { cron: vec!["30 2 * * *".into()], count, ..Preview::default() }
    }

    #[test]
    fn a_schedule_is_told_in_words_and_times() {
        let found = preview(&daily(2), "2026-10-24T12:00:00Z").unwrap();
        assert_eq!(found.words, ["every day at 02:30"]);
        assert_eq!(found.zone, "Europe/Madrid");
        let local: Vec<&str> = found.next.iter().map(|due| due.local.as_str()).collect();
        assert_eq!(
            local,
            ["2026-10-25T02:30:00+02:00[Europe/Madrid]", "2026-10-26T02:30:00+01:00[Europe/Madrid]"]
        );
        assert!(found.next[0].note.as_ref().is_some_and(|note| note.contains("twice")));
        assert_eq!(found.next[1].note, None);
    }

    #[test]
    fn the_next_changes_of_the_clock_are_told_however_far_away() {
        let found = preview(&daily(1), "2026-06-01T00:00:00Z").unwrap();
        let changes: Vec<String> = found.changes.iter().map(|due| due.at.to_string()).collect();
        assert_eq!(changes, ["2026-10-25T00:30:00Z", "2027-03-28T01:00:00Z"]);
    }

    #[test]
    fn what_cannot_be_read_names_its_key() {
        for (wanted, key) in [
            (Preview { cron: vec!["61 * * * *".into()], ..Preview::default() }, "cron: "),
            (Preview { every: Some("15".into()), ..Preview::default() }, "every: "),
            (Preview { at: vec!["tomorrow".into()], ..Preview::default() }, "at: "),
            (Preview { zone: Some("madrid".into()), ..Preview::default() }, "zone: "),
        ] {
            let fault = preview(&wanted, "2026-06-01T00:00:00Z").unwrap_err();
            assert!(fault.message.starts_with(key), "{fault}");
        }
    }

    #[test]
    fn no_schedule_and_one_that_is_over_are_never_due() {
        let nothing = preview(&Preview { count: 5, ..Preview::default() }, "2026-06-01T00:00:00Z").unwrap();
        assert!(nothing.next.is_empty() && nothing.words.is_empty());
        let past = Preview { at: vec!["2026-01-01T00:00".into()], count: 5, ..Preview::default() };
        assert!(preview(&past, "2026-06-01T00:00:00Z").unwrap().next.is_empty());
    }
}
