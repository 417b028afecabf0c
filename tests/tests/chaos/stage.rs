//! The home, its services, and what they should be like.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use daemon_core::services::{ServiceStatus, Word};
use hob_tests::ran::Ran;
use hob_tests::written::{self, BURST, Written};
use hob_tests::{Home, process, until};

use crate::disk::Disk;

/// The services, and when each is started again.
pub(crate) const SERVICES: [(&str, &str); 6] = [
    ("always", "always"),
    ("both", "always"),
    ("on-failure", "on-failure"),
    ("never", "never"),
    ("loose", "always"),
    ("later", "on-failure"),
];
/// Their logs are of many files, of which the oldest go when there is no room.
const ROTATED: [&str; 2] = ["on-failure", "loose"];
/// Its processes start others in sessions of their own, which do not end with them.
const LOOSE: &str = "loose";
/// Writes to standard error too.
const BOTH: &str = "both";

/// How many deeds are told if something is not as it should.
const TOLD: usize = 40;

pub(crate) struct Stage {
    /// Where the daemon is, if not in a process of its own. What is first here goes first.
    #[cfg(feature = "e2e")]
    pub(crate) desk: Option<crate::desk::Desk>,
    pub(crate) disk: Disk,
    pub(crate) home: Home,
    /// The services that nobody has stopped.
    pub(crate) wanted: BTreeMap<&'static str, bool>,
    /// The generation of the configuration.
    pub(crate) edition: u32,
    pub(crate) ran: Ran,
    seed: u64,
    told: Vec<String>,
}

impl Stage {
    /// A daemon with all of its services running.
    pub(crate) fn new(seed: u64) -> Stage {
        let mut stage = Stage::empty(seed);
        stage.begin();
        stage.look();
        stage
    }

    /// The same in the desktop app.
    #[cfg(feature = "e2e")]
    pub(crate) fn in_an_app(seed: u64) -> Stage {
        let mut stage = Stage::empty(seed);
        stage.desk = Some(crate::desk::Desk::new());
        stage.begin();
        stage.look();
        stage
    }

    fn empty(seed: u64) -> Stage {
        let home = Home::new();
        let disk = Disk::below(&home);
        let wanted = SERVICES.map(|(name, _)| (name, true)).into();
        let ran = Ran::below(&home);
        let stage = Stage {
            #[cfg(feature = "e2e")]
            desk: None,
            disk,
            home,
            wanted,
            edition: 0,
            ran,
            seed,
            told: Vec::new(),
        };
        stage.configure();
        stage
    }

    /// Starts a daemon, where there is none, as it is started here.
    pub(crate) fn begin(&mut self) {
        #[cfg(feature = "e2e")]
        if let Some(desk) = &mut self.desk {
            desk.begin(&self.home);
            return;
        }
        self.home.start();
    }

    /// Whether the daemon is in the desktop app.
    pub(crate) fn is_in_an_app(&self) -> bool {
        #[cfg(feature = "e2e")]
        return self.desk.is_some();
        #[cfg(not(feature = "e2e"))]
        false
    }

    /// Writes the configuration of this edition.
    pub(crate) fn configure(&self) {
        let services = SERVICES.map(|(name, policy)| self.service(name, policy));
        self.home.config(&(services.concat() + &self.ran.config()));
    }

    /// Remembers what is done, for whoever has to find out what went wrong.
    pub(crate) fn note(&mut self, deed: impl Into<String>) {
        self.told.push(deed.into());
    }

    /// The service as it is now.
    pub(crate) fn status(&self, name: &str) -> ServiceStatus {
        self.home.wait_for_service(name, |_| true)
    }

    /// Waits until all is as it should be.
    pub(crate) fn look(&self) {
        let services = self.home.wait_for(|services| services.iter().all(|service| self.is_right(service)));
        assert_eq!(services.len(), SERVICES.len());
        for (name, _) in SERVICES {
            // What was killed just now may be taken for alive at the first look.
            let found = until("processes that are as it is told", || {
                let service = self.status(name);
                (self.is_right(&service) && self.is_true(&service)).then_some(service)
            });
            assert_eq!(found.name, name);
        }
    }

    /// Stops everything, and looks at what there is in the logs.
    pub(crate) fn end(&mut self) {
        self.look();
        self.ran.check(&self.home);
        for (name, _) in SERVICES {
            self.home.ok(&["stop", name]);
        }
        for (name, _) in SERVICES {
            // What a run could not write that ended on a full disk waits for some seconds more.
            until("a log that speaks of all that is missing in it", || {
                let gap = self.gap(name);
                if self.told.last() != gap.as_ref() {
                    self.told.extend(gap.clone());
                }
                gap.is_none().then_some(())
            });
        }
        self.home.stop();
        assert_eq!(self.home.processes(), Vec::<i32>::new());
    }

    /// What is missing in a log unsaid.
    fn gap(&self, name: &str) -> Option<String> {
        // All of it, which may be more than fits into one page of the newest.
        let log = self.home.ok(&["logs", name, "--raw", "--since", "1d"]);
        let (notices, lines): (Vec<&str>, Vec<&str>) =
            log.lines().partition(|line| written::announced(line).is_some());
        let announced = notices.into_iter().filter_map(written::announced).sum();
        let mut runs = written::of(&self.home, name, lines.into_iter());
        runs.sort_by_key(Written::number);
        unannounced(name, &runs, announced)
    }

    fn is_right(&self, service: &ServiceStatus) -> bool {
        match (self.wanted[service.name.as_str()], service.state) {
            (true, Word::Running) | (false, Word::Stopped) => true,
            // It was killed, and is not started again.
            (true, Word::Failed) => service.name == "never",
            _ => false,
        }
    }

    /// Its processes are those of its run, and only one of them writes.
    fn is_true(&self, service: &ServiceStatus) -> bool {
        let runs = service.state == Word::Running;
        let (mine, others) = self.processes(&service.name, runs.then_some(service.run));
        let writers = writers(&mine);
        others.is_empty() && writers.len() == usize::from(runs) && service.pid == writers.first().copied()
    }

    /// The processes of one run of a service, and those of all its others.
    fn processes(&self, name: &str, run: Option<u64>) -> (BTreeSet<i32>, BTreeSet<i32>) {
        let id = self.home.id().expect("a daemon has named its home");
        let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").expect("Linux has booted");
        let all = format!("{id}.{}.{name}.", boot.trim());
        let tagged = |prefix: &str| process::tagged(prefix).into_iter().collect::<BTreeSet<i32>>();
        let mine = run.map(|run| tagged(&format!("{all}{run}."))).unwrap_or_default();
        let others = tagged(&all).difference(&mine).copied().collect();
        (mine, others)
    }

    fn service(&self, name: &str, policy: &str) -> String {
        let numbers = env!("CARGO_BIN_EXE_numbers");
        let record = self.home.join(name);
        let both = if name == BOTH { "both" } else { "" };
        let command = match name {
            LOOSE => format!(
                "setsid sleep 900 & (nohup sleep 900 >/dev/null 2>&1 &); exec {numbers} {} calm",
                record.display()
            ),
            _ => format!("exec {numbers} {} calm {both}", record.display()),
        };
        let after = if name == "later" { "after = [\"always\"]\n" } else { "" };
        let max_size = if ROTATED.contains(&name) { "256K" } else { "1G" };
        let edition = self.edition;
        format!(
            "[service.{name}]\ncommand = [\"/bin/sh\", \"-c\", {command:?}]\nrestart = \"{policy}\"\n{after}\
             max_restarts = 0\nbackoff = {{ initial = \"20ms\", max = \"100ms\" }}\n\
             env = {{ EDITION = \"{edition}\" }}\nlog = {{ max_size = \"{max_size}\", keep = 1000 }}\n"
        )
    }
}

impl Drop for Stage {
    #[allow(clippy::print_stderr, reason = "the harness of the tests shows it where one fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let begin = self.told.len().saturating_sub(TOLD);
            eprintln!(
                "HOB_CHAOS_SEED={}, deed {}: … {}",
                self.seed,
                self.told.len(),
                self.told[begin..].join(", ")
            );
        }
    }
}

/// What is missing was announced, but for what went with the oldest files when there was no room.
fn unannounced(name: &str, runs: &[Written], announced: u64) -> Option<String> {
    assert!(!runs.is_empty(), "{name} has run");
    let lost: Vec<(u64, u64)> = runs.iter().map(Written::lost).collect();
    let mut missing: u64 = lost.iter().map(|(all, _)| all).sum();
    if ROTATED.contains(&name) {
        // From the first line of the first run on.
        let whole = runs.iter().zip(&lost).take_while(|(run, (_, first))| run.last <= *first).count();
        let removed: u64 = lost[..whole].iter().map(|(all, _)| all).sum();
        missing -= removed + lost.get(whole).map_or(0, |(_, first)| *first);
    }
    // What a killed service had written and not recorded may have been dropped too.
    let unrecorded = BURST * runs.iter().filter(|run| !run.ended).count() as u64;
    let is_told = (missing..=missing + unrecorded).contains(&announced);
    (!is_told).then(|| {
        format!(
            "{name}: {missing} lines are missing, and the log speaks of {announced}: {lost:?} of {runs:?}"
        )
    })
}

/// Those that write numbers, and not what they have started.
fn writers(processes: &BTreeSet<i32>) -> Vec<i32> {
    let numbers = Path::new(env!("CARGO_BIN_EXE_numbers"));
    let numbers = numbers.canonicalize().expect("it was built");
    let is_it = |pid: &i32| fs_err::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == numbers);
    processes.iter().copied().filter(is_it).collect()
}
