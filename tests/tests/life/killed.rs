//! `kill -9` of the daemon at any moment: what services wrote is on disk exactly once.
//!
//! Three services write numbered lines all the time and keep their own record
//! of it. The daemon is killed again and again, sometimes before it is ready.
//! The next one ends what it finds, completes its log, and starts it anew.

use std::collections::BTreeMap;
use std::time::Duration;

use daemon_core::services::Word;
use hob_tests::{Home, process, until};
use rustix::process::Signal;

const SERVICES: [&str; 3] = ["a", "b", "c"];

const KILLS: u64 = 100;

#[test]
fn every_number_is_on_disk_exactly_once_however_often_the_daemon_is_killed() {
    let home = Home::new();
    home.config(&SERVICES.map(|name| service(&home, name)).concat());
    let mut random = Random(u64::from(std::process::id()));
    for kill in 0..KILLS {
        // Every fourth dies while it starts or takes over.
        let longest = if kill.is_multiple_of(4) { 40_000 } else { 100_000 };
        let at = Duration::from_micros(random.below(longest));
        let mut daemon = home.command(&["--daemon"]).stderr(std::process::Stdio::null()).spawn().unwrap();
        let pid = i32::try_from(daemon.id()).unwrap();
        if !kill.is_multiple_of(4) {
            home_answers(&home, pid);
        }
        std::thread::sleep(at);
        process::signal(pid, Signal::KILL);
        daemon.wait().unwrap();
        for name in SERVICES {
            let running = instances(&home, name);
            assert!(running.len() <= 1, "{name} runs {} times after kill {kill}: {running:?}", running.len());
        }
    }
    home.start();
    home.wait_for(|services| services.iter().all(|service| service.state == Word::Running));
    for name in SERVICES {
        assert_eq!(instances(&home, name).len(), 1, "{name}");
    }
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
    let runs: usize = SERVICES.map(|name| check(&home, name)).into_iter().sum();
    assert!(SERVICES.len() < runs, "services were started anew: {runs} runs");
}

fn service(home: &Home, name: &str) -> String {
    let both = if name == "c" { ", \"both\"" } else { "" };
    let program = env!("CARGO_BIN_EXE_numbers");
    let record = home.join(name);
    // One file: nothing is rotated away, and the whole is easy to read.
    format!(
        "[service.{name}]\ncommand = [\"{program}\", \"{}\"{both}]\nlog = {{ max_size = \"1G\" }}\n",
        record.display()
    )
}

fn home_answers(home: &Home, pid: i32) {
    until("a daemon that is ready", || (home.daemon_pid() == Some(pid)).then_some(()));
}

fn instances(home: &Home, name: &str) -> Vec<i32> {
    let Some(id) = home.id() else { return Vec::new() };
    let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    process::tagged(&format!("{id}.{}.{name}.", boot.trim()))
}

/// Compares a service's log with its records; returns the number of its runs.
fn check(home: &Home, name: &str) -> usize {
    let logged = logged(&home.service_log(name));
    let records = records(home, name);
    for (nonce, (last, ended)) in &records {
        let (numbers, end) = logged.get(nonce).cloned().unwrap_or_default();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let expected: Vec<u64> = (1..=*last).collect();
        assert!(
            sorted == expected,
            "{name} {nonce}: {} numbers in the log, {last} written; missing {:?}, too many {:?}",
            numbers.len(),
            expected.iter().filter(|it| !numbers.contains(it)).take(5).collect::<Vec<_>>(),
            sorted.windows(2).filter(|pair| pair[0] == pair[1]).take(5).collect::<Vec<_>>(),
        );
        assert!(*ended, "{name} {nonce} was not ended cleanly");
        assert_eq!(end, vec![*last], "{name} {nonce}: its last words");
    }
    assert!(logged.keys().all(|nonce| records.contains_key(nonce)), "{name}: what nobody wrote");
    records.len()
}

/// By nonce: the numbers in the order of the log, and what was said at the end.
fn logged(log: &str) -> BTreeMap<String, (Vec<u64>, Vec<u64>)> {
    let mut runs = BTreeMap::<String, (Vec<u64>, Vec<u64>)>::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [_, _, "F", nonce, number] => {
                runs.entry(nonce.to_owned()).or_default().0.push(number.parse().unwrap());
            }
            [_, _, "F", nonce, "end", number] => {
                runs.entry(nonce.to_owned()).or_default().1.push(number.parse().unwrap());
            }
            _ => panic!("a line that no service wrote: {line}"),
        }
    }
    runs
}

/// By nonce: the last number that was written, and whether the end was.
fn records(home: &Home, name: &str) -> BTreeMap<String, (u64, bool)> {
    let entries = fs_err::read_dir(home.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let nonces = names.filter_map(|file| Some(file.strip_prefix(&format!("{name}."))?.to_owned()));
    let of = |nonce: String| {
        let record = fs_err::read_to_string(home.join(&format!("{name}.{nonce}"))).unwrap();
        let last = record.lines().filter_map(|line| line.parse().ok()).next_back().unwrap_or(0);
        (nonce, (last, record.ends_with("end\n")))
    };
    nonces.map(of).collect()
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
