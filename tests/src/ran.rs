//! Runs that keep their own record of having run, and whether that is what Hob tells of them.
//!
//! Each attempt appends a line to a file when it begins and one when it ends.
//! Nobody kills them, so in the end the rows and the record must agree: no
//! attempt is there twice, none of a run begins before the one before it has
//! ended, and what has succeeded has run to its end in its last attempt. The job
//! is tried until it succeeds; a queued command has one attempt, and may be told
//! of as lost, whether or not it got as far as its first line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use daemon_core::jobs::ops::{Enqueue, Runs};
use daemon_core::jobs::{Run, RunId, Standing};
use daemon_core::system::Reload;

use crate::{Home, until};

/// The name of the job that is due every second.
const TICK: &str = "tick";
/// When that is.
const EVERY: &str = "every = \"1s\"\n";
/// The key of a queued command that says which it is.
const TOKEN: &str = "TOKEN";

/// The job that is due every second, and what is queued besides, in a home.
#[derive(Debug)]
pub struct Ran {
    record: PathBuf,
    tokens: u32,
    /// Those of which it was said that they are recorded.
    accepted: BTreeMap<RunId, u32>,
}

impl Ran {
    /// Nothing has run yet.
    pub fn below(home: &Home) -> Ran {
        Ran::told_in(home.join("ran"))
    }

    /// The same, told in this file.
    pub fn told_in(record: PathBuf) -> Ran {
        Ran { record, tokens: 0, accepted: BTreeMap::new() }
    }

    /// The configuration of all of it.
    pub fn config(&self) -> String {
        let retries = "retries = 1000\nbackoff = { initial = \"10ms\", max = \"200ms\" }";
        format!(
            "[queue.default]\nslots = 3\n[jobs.keep]\nruns = 1000000\n[job.{TICK}]\ncommand = [\"/bin/sh\", \"-c\", {:?}]\n\
             {EVERY}overlap = \"parallel(4)\"\nmissed = \"all(1000)\"\nworking_dir = \"/\"\n{retries}\n\
             keep = {{ runs = 1000000 }}\n",
            self.script()
        )
    }

    /// Queues a command; the daemon may be killed meanwhile.
    pub fn enqueue(&mut self, home: &Home) {
        self.tokens += 1;
        let asked = home.call(Enqueue {
            command: ["/bin/sh", "-c", &self.script()].map(str::to_owned).into(),
            queue: None,
            priority: None,
            after: Vec::new(),
            working_dir: Some("/".to_owned()),
            env: BTreeMap::from([(TOKEN.to_owned(), self.tokens.to_string())]),
        });
        if let Ok(run) = asked {
            self.accepted.insert(run.id, self.tokens);
        }
    }

    /// Ends the job's schedule, waits until nothing waits, and compares.
    ///
    /// # Panics
    /// If something was doubled, forgotten, or is told otherwise than it was.
    pub fn check(&self, home: &Home) {
        // It is not paused: what was due before would wait for ever.
        let (path, due) = (home.dirs().config().to_owned(), EVERY);
        let text = fs_err::read_to_string(&path).expect("the home has a configuration");
        fs_err::write(&path, text.replace(due, "")).expect("it can be written");
        home.call(Reload {}).expect("it is right without that line");
        until("the end of all runs", || all(home).iter().all(|run| run.state.is_over()).then_some(()));
        let runs = all(home);
        let record = self.record();
        for run in &runs {
            self.check_run(run, record.get(&run.id).map_or(&[][..], Vec::as_slice));
        }
        let told: BTreeSet<RunId> = runs.iter().map(|run| run.id).collect();
        let untold: Vec<&RunId> = record.keys().filter(|id| !told.contains(id)).collect();
        assert!(untold.is_empty(), "{untold:?} have run, and nobody knows of them");
        let lost: Vec<&RunId> = self.accepted.keys().filter(|id| !told.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?} were accepted, and nobody knows of them");
        check_seconds(&runs);
    }

    fn script(&self) -> String {
        let record = self.record.display();
        format!(
            "echo begins $HOB_JOB_RUN $HOB_ATTEMPT ${TOKEN} >> {record}; sleep 0.1; \
             echo ends $HOB_JOB_RUN $HOB_ATTEMPT ${TOKEN} >> {record}"
        )
    }

    /// What has run, of each run in order: whether it begins, the attempt, the token.
    fn record(&self) -> BTreeMap<RunId, Vec<(bool, u32, Option<u32>)>> {
        let text = fs_err::read_to_string(&self.record).unwrap_or_default();
        let mut record = BTreeMap::<RunId, Vec<_>>::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |at: usize| words.get(at).and_then(|word: &&str| word.parse::<u32>().ok());
            let id = RunId::from(number(1).expect("a line has the number of its run"));
            let attempt = number(2).expect("a line has the number of its attempt");
            record.entry(id).or_default().push((words[0] == "begins", attempt, number(3)));
        }
        record
    }

    fn check_run(&self, run: &Run, record: &[(bool, u32, Option<u32>)]) {
        let Run { id, state, attempt, .. } = *run;
        // What could not be recorded was refused, and has not run.
        if state == Standing::Cancelled && run.job.is_none() && !self.accepted.contains_key(&id) {
            assert!(record.is_empty(), "{run:?} was refused: {record:?}");
            return;
        }
        let may_be_lost = run.job.is_none() && matches!(state, Standing::Lost | Standing::Failed);
        assert!(may_be_lost || state == Standing::Succeeded, "{run:?}");
        // An attempt that could not be started, or was lost before, has no lines.
        let begun: Vec<u32> =
            record.iter().filter(|(begins, ..)| *begins).map(|(_, attempt, _)| *attempt).collect();
        assert!(
            begun.is_sorted_by(|one, next| one < next),
            "it has begun an attempt twice: {run:?} {record:?}"
        );
        if !may_be_lost {
            assert_eq!(begun.last(), Some(&attempt), "run {id}: {record:?}");
        }
        let pairs = record.chunks(2).all(|pair| match pair {
            [begin, end] => begin.0 && !end.0 && begin.1 == end.1,
            _ => false,
        });
        assert!(pairs, "attempts overlap, or have no end: {run:?} {record:?}");
        if let Some(token) = self.accepted.get(&id) {
            assert!(
                record.iter().all(|(.., other)| *other == Some(*token)),
                "run {id} is not {token}: {record:?}"
            );
        }
    }
}

/// From the first to the last, each second has one run.
fn check_seconds(runs: &[Run]) {
    let of_tick = runs.iter().filter(|run| run.job.as_deref() == Some(TICK));
    let mut seconds: Vec<i64> = of_tick.map(|run| run.due.as_second()).collect();
    seconds.sort_unstable();
    for pair in seconds.windows(2) {
        assert_eq!(pair[0] + 1, pair[1], "a second is missing or doubled: {seconds:?}");
    }
    assert!(!seconds.is_empty(), "{TICK} has never run");
}

fn all(home: &Home) -> Vec<Run> {
    let (mut runs, mut before) = (Vec::new(), None);
    loop {
        let wanted = Runs { limit: 1000, before, ..Runs::default() };
        let page = home.call(wanted).expect("runs can be listed");
        before = page.runs.last().map(|run| run.id);
        runs.extend(page.runs);
        if !page.more {
            return runs;
        }
    }
}
