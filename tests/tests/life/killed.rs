//! `kill -9` of the daemon at any moment: what services wrote is on disk exactly once, and none of them notices.
//!
//! Three services write numbered lines all the time and keep their own record
//! of it. The daemon is killed again and again, and the next one takes them
//! over: the same processes, the same runs, the same logs.
//!
//! There are two tests: one where each daemon lives to see its services run, and
//! one where it is killed at any moment, also before it has done anything.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use daemon_core::services::Word;
use hob_tests::{Home, process};
use rustix::process::Signal;

const SERVICES: [&str; 3] = ["a", "b", BOTH];
/// Writes even numbers to standard error.
const BOTH: &str = "c";
const KILLS: u64 = 100;

#[test]
fn services_keep_their_pids_and_every_number_is_on_disk_however_often_the_daemon_is_killed() {
    let home = writing_home();
    let mut random = Random(u64::from(std::process::id()));
    let mut first = None;
    for _ in 0..KILLS {
        let daemon = begin(&home);
        let pids = await_all(&home);
        assert_eq!(first.get_or_insert_with(|| pids.clone()), &pids);
        kill(&home, daemon, random.below(60_000));
    }
    check_all(&home);
}

#[test]
fn nothing_is_doubled_or_missing_when_it_is_killed_at_any_moment() {
    let home = writing_home();
    let mut random = Random(u64::from(std::process::id()));
    for _ in 0..KILLS {
        kill(&home, begin(&home), random.below(60_000));
    }
    check_all(&home);
}

/// Of each service there was one process, and its log is complete.
fn check_all(home: &Home) {
    let records = end(home);
    let services: Vec<_> = records.iter().map(|record| record.service).collect();
    assert_eq!(services, SERVICES, "each service has run once");
    for record in records {
        record.check_complete();
    }
}

fn writing_home() -> Home {
    let home = Home::new();
    home.config(&SERVICES.map(|name| service(&home, name)).concat());
    home
}

fn begin(home: &Home) -> Child {
    home.command(&["--daemon"]).stderr(std::process::Stdio::null()).spawn().unwrap()
}

fn await_all(home: &Home) -> Vec<Option<i32>> {
    hob_tests::until("a daemon that answers", || home.call(daemon_core::system::Ping {}).ok());
    let services = home.wait_for(|services| {
        services.len() == SERVICES.len() && services.iter().all(|service| service.state == Word::Running)
    });
    services.iter().map(|service| service.pid).collect()
}

fn kill(home: &Home, mut daemon: Child, after: u64) {
    std::thread::sleep(Duration::from_micros(after));
    process::signal(i32::try_from(daemon.id()).unwrap(), Signal::KILL);
    daemon.wait().unwrap();
    for name in SERVICES {
        let running = instances(home, name);
        assert!(running.len() <= 1, "{name} runs {} times: {running:?}", running.len());
    }
}

/// Lets a last daemon run and end, and returns what there is of all runs.
fn end(home: &Home) -> Vec<Record> {
    home.start();
    await_all(home);
    for name in SERVICES {
        assert_eq!(instances(home, name).len(), 1, "{name}");
    }
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
    SERVICES.map(|name| records(home, name)).concat()
}

fn service(home: &Home, name: &str) -> String {
    let both = if name == BOTH { ", \"both\"" } else { "" };
    let program = env!("CARGO_BIN_EXE_numbers");
    let record = home.join(name);
    // One file: nothing is rotated away, and the whole is easy to read.
    format!(
        "[service.{name}]\ncommand = [\"{program}\", \"{}\"{both}]\nlog = {{ max_size = \"1G\" }}\n",
        record.display()
    )
}

fn instances(home: &Home, name: &str) -> Vec<i32> {
    let Some(id) = home.id() else { return Vec::new() };
    let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    process::tagged(&format!("{id}.{}.{name}.", boot.trim()))
}

/// What one run says it has written, and what the log has of it.
#[derive(Clone)]
struct Record {
    service: &'static str,
    run: String,
    /// The last number that was surely written, and whether the last words were.
    last: u64,
    ended: bool,
    logged: Logged,
}

#[derive(Clone, Default)]
struct Logged {
    numbers: Vec<u64>,
    last_words: Vec<u64>,
}

impl Record {
    fn check_complete(&self) {
        let Record { run, last, logged, .. } = self;
        assert!(self.ended, "{run} was not ended cleanly");
        assert_eq!(logged.numbers.len() as u64, *last, "{run}: numbers in the log");
        assert_eq!(logged.last_words, [*last], "{run}: its last words");
        self.check_order();
    }

    /// In each stream none is missing before the last, and none is there twice.
    fn check_order(&self) {
        let (even, odd): (Vec<u64>, Vec<u64>) =
            self.logged.numbers.iter().partition(|it| it.is_multiple_of(2));
        match self.service {
            BOTH => [(1, 2, odd), (2, 2, even)].into_iter().for_each(|it| self.check_stream(it)),
            _ => self.check_stream((1, 1, self.logged.numbers.clone())),
        }
    }

    fn check_stream(&self, (first, step, mut found): (u64, usize, Vec<u64>)) {
        found.sort_unstable();
        let wrong = (first..).step_by(step).zip(found).find(|(expected, found)| expected != found);
        assert_eq!(wrong, None, "{}: what should be there, and what is", self.run);
    }
}

/// All runs of a service; their records are named `SERVICE.RUN.NONCE`.
fn records(home: &Home, name: &'static str) -> Vec<Record> {
    let mut logged = logged(&home.service_log(name));
    let entries = fs_err::read_dir(home.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let of_service = names.filter(|file| file.starts_with(&format!("{name}.")));
    let record = |file: String| {
        let text = fs_err::read_to_string(home.join(&file)).unwrap();
        let [_, _, nonce] = file.split('.').collect::<Vec<_>>()[..] else { panic!("{file}") };
        Record {
            service: name,
            last: text.lines().filter_map(|line| line.parse().ok()).next_back().unwrap_or(0),
            ended: text.ends_with("end\n"),
            logged: logged.remove(nonce).unwrap_or_default(),
            run: file,
        }
    };
    let records = of_service.map(record).collect();
    assert!(logged.is_empty(), "{name}: what nobody wrote: {:?}", logged.keys());
    records
}

/// What the log has of each run, by nonce.
fn logged(log: &str) -> BTreeMap<String, Logged> {
    let mut runs = BTreeMap::<String, Logged>::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (list, number) = match words[..] {
            [_, _, "F", nonce, number] => (&mut runs.entry(nonce.to_owned()).or_default().numbers, number),
            [_, _, "F", nonce, "end", number] => {
                (&mut runs.entry(nonce.to_owned()).or_default().last_words, number)
            }
            _ => panic!("a line that no service wrote: {line}"),
        };
        list.push(number.parse().unwrap());
    }
    runs
}

/// Marsaglia's xorshift: any moment will do, but another one each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        self.0 ^= self.0 >> 27;
        self.0 % limit
    }
}
