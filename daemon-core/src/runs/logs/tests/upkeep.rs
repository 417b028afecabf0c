//! Tests of the work on rotated files.

use std::cell::Cell;

use tokio::sync::broadcast;

use super::*;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(1_000_000) };
}

fn clock() -> Timestamp {
    at(NOW.get())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Logs of some services, each with rotated files of these times.
struct Logs {
    directory: tempfile::TempDir,
    work: Work,
}

impl Logs {
    fn new() -> Logs {
        let directory = tempfile::tempdir().unwrap();
        let common = Common::new(clock, broadcast::Sender::new(16));
        let work = Work::new(directory.path().to_owned(), common);
        NOW.set(1_000_000);
        Logs { directory, work }
    }

    fn log(&self, service: &str) -> PathBuf {
        self.directory.path().join(service)
    }

    fn add(&self, service: &str, latest: i64, size: usize) {
        let log = self.log(service);
        fs_err::create_dir_all(&log).unwrap();
        let text = "x".repeat(size - 1) + "\n";
        fs_err::write(log.join(format!("{:.9}.log", at(latest))), text).unwrap();
    }

    fn left(&self, service: &str) -> Vec<(i64, bool)> {
        let files = files::rotated(&self.log(service)).unwrap();
        files.into_iter().map(|file| (file.latest.as_second(), file.is_packed)).collect()
    }

    /// Lets time pass until `second`, and everything happen that is due.
    fn until(&mut self, second: i64) {
        while let Some(due) = self.work.until_due() {
            let due = NOW.get() + due.as_secs().cast_signed();
            if second < due {
                break;
            }
            NOW.set(due);
            self.work.keep_up(|| false);
        }
        NOW.set(second);
    }
}

fn keeping(keep: u32, seconds: u64) -> Option<Keeping> {
    Some(Keeping { keep, max_age: Duration::from_secs(seconds) })
}

#[test]
fn files_are_compressed_when_settled_and_removed_when_old_without_being_asked() {
    let mut logs = Logs::new();
    for latest in [1_000_000, 1_000_100, 1_000_200] {
        logs.until(latest);
        logs.add("web", latest, 1000);
        let log = logs.log("web");
        logs.work.look(&log, keeping(50, 10_000));
    }
    logs.until(1_000_229);
    assert_eq!(logs.left("web"), [(1_000_000, true), (1_000_100, true), (1_000_200, false)]);
    logs.until(1_000_230);
    assert!(logs.left("web")[2].1);
    assert_eq!(logs.work.until_due(), Some(Duration::from_secs(10_000 - 230)));
    logs.until(1_010_099);
    assert_eq!(logs.left("web").len(), 2);
    logs.until(1_020_000);
    assert_eq!(logs.left("web"), []);
    assert_eq!(logs.work.until_due(), None, "nothing is left that anybody would wait for");
}

#[test]
fn beyond_the_bound_the_oldest_files_of_all_services_go() {
    let mut logs = Logs::new();
    for (service, latest) in [("a", 10), ("b", 20), ("a", 30), ("b", 40), ("c", 50)] {
        logs.add(service, latest, 10_000);
    }
    fs_err::write(logs.log("c").join("current"), [b'x'; 5000]).unwrap();
    logs.work.look_at_all_in(Duration::ZERO);
    logs.work.set_max_total(35_000);
    logs.work.keep_up(|| true);
    assert_eq!(
        [logs.left("a"), logs.left("b"), logs.left("c")],
        [vec![(30, false)], vec![(40, false)], vec![(50, false)]]
    );
    logs.work.set_max_total(1);
    logs.work.keep_up(|| true);
    assert!(["a", "b", "c"].iter().all(|service| logs.left(service).is_empty()));
    assert!(logs.log("c").join("current").exists());
}

#[test]
fn what_a_killed_daemon_left_is_seen_to() {
    let mut logs = Logs::new();
    logs.add("web", 10, 1000);
    let unfinished = logs.log("web").join(format!("{:.9}.log.zst.new", at(10)));
    fs_err::write(&unfinished, "half").unwrap();
    logs.work.look_at_all_in(Duration::from_secs(2));
    logs.until(1_000_001);
    assert!(unfinished.exists());
    logs.until(1_000_003);
    assert!(!unfinished.exists());
    assert_eq!(logs.left("web"), [(10, true)]);
    assert_eq!(logs.work.until_due(), None);
}

#[test]
fn what_is_urgent_ends_the_compressing_and_it_is_done_later() {
    let mut logs = Logs::new();
    logs.add("web", 10, 3_000_000);
    let log = logs.log("web");
    logs.work.look(&log, keeping(5, 0));
    let asked = Cell::new(0);
    logs.work.keep_up(|| {
        asked.set(asked.get() + 1);
        asked.get() == 4
    });
    assert_eq!(logs.left("web"), [(10, false)]);
    assert_eq!(fs_err::read_dir(&log).unwrap().count(), 1);
    assert_eq!(logs.work.until_due(), Some(Duration::ZERO));
    logs.work.keep_up(|| false);
    assert_eq!(logs.left("web"), [(10, true)]);
}

#[test]
fn a_flood_of_files_is_never_compressed() {
    let mut logs = Logs::new();
    for second in 0..600 {
        logs.until(1_000_000 + second);
        logs.add("web", 1_000_000 + second, 100);
        let log = logs.log("web");
        files::prune(&log, 5).unwrap();
        logs.work.look(&log, keeping(5, 86_400));
        assert!(logs.left("web").iter().all(|(_, is_packed)| !is_packed), "{second}");
    }
    logs.until(1_001_000);
    assert!(logs.left("web").iter().all(|(_, is_packed)| *is_packed));
}

#[test]
fn a_day_of_rotations_leaves_what_is_to_be_kept_and_nothing_else() {
    const MINUTE: i64 = 60;
    let open = || fs_err::read_dir("/proc/self/fd").unwrap().count();
    let mut logs = Logs::new();
    let (begin, before) = (NOW.get(), open());
    for minute in (0..24 * 60).step_by(5) {
        let now = begin + minute * MINUTE;
        logs.until(now);
        // One that is bounded by number, and one by age.
        for (service, keep, age) in [("busy", 20, 86_400), ("calm", 1000, 3600)] {
            if service == "busy" || minute % 20 == 0 {
                logs.add(service, now, 500);
                let log = logs.log(service);
                files::prune(&log, keep).unwrap();
                logs.work.look(&log, keeping(keep, age));
            }
        }
        logs.until(now + 5 * MINUTE - 1);
        let (busy, calm) = (logs.left("busy"), logs.left("calm"));
        assert!(busy.len() <= 20 && calm.len() <= 4, "{minute}: {} and {}", busy.len(), calm.len());
        assert!(calm.iter().all(|(latest, _)| now - 3600 <= *latest), "{minute}: {calm:?}");
        assert!(calm.iter().all(|(_, is_packed)| *is_packed), "{minute}: {calm:?}");
    }
    // Other tests of this process come and go.
    assert!(open() < before + 200, "files are left open");
    logs.until(begin + 3 * 86_400);
    assert_eq!((logs.left("busy"), logs.left("calm")), (vec![], vec![]));
    assert_eq!(logs.work.until_due(), None, "nobody waits for what has gone");
}
