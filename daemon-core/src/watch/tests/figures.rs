//! What watching costs. Run by hand, alone:
//! `cargo test -p daemon-core --lib watch::tests::figures -- --ignored --nocapture --test-threads 1`

use super::*;

fn anonymous_kib() -> i64 {
    let rollup = fs_err::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}

fn wakeups() -> u64 {
    let tasks = fs_err::read_dir("/proc/self/task").unwrap();
    let count = |task: std::io::Result<fs_err::DirEntry>| -> u64 {
        let status = fs_err::read_to_string(task.unwrap().path().join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
        line.trim().parse().unwrap()
    };
    tasks.map(count).sum()
}

#[tokio::test]
#[ignore = "a measurement"]
async fn from_a_write_to_its_change() {
    let (place, clock) = (Place::with(&["src/a"]), Clock::system());
    let mut watch = place.watch(globs(&["src/**"])).await;
    let mut late = Vec::new();
    for round in 0..100 {
        place.write("src/a", &round.to_string());
        let written = clock.uptime();
        soon(watch.changed()).await;
        late.push((clock.uptime() - written).as_secs_f64() * 1000.0 - 50.0);
    }
    late.sort_by(f64::total_cmp);
    println!("later than the debounce: p50 {:.2} ms, p99 {:.2} ms", late[50], late[98]);
}

#[tokio::test]
#[ignore = "a measurement"]
async fn of_reading() {
    let place = Place::new();
    (0..1000).for_each(|number| place.write(&format!("src/{number}"), ""));
    let mut watch = place.watch(globs(&["src/**"])).await;
    place.only_changes_by("src/new", &mut watch).await;
    let before = wakeups();
    let path = place.path("src");
    let reading = tokio::task::spawn_blocking(move || {
        (0..1000).for_each(|number| drop(fs_err::read(path.join(number.to_string())).unwrap()));
    });
    reading.await.unwrap();
    println!("1000 files read: {} wake-ups of all threads (some are this test's)", wakeups() - before);
}

#[tokio::test]
#[ignore = "a measurement"]
async fn of_many_files() {
    let (place, clock) = (Place::new(), Clock::system());
    for number in 0..MANY {
        place.write(&format!("src/{}/a_file_of_{number}.rs", number % 1000), "");
    }
    let (before, begun) = (anonymous_kib(), clock.uptime());
    let mut watch = place.watch(globs(&["src/**/*.rs"])).await;
    println!("{MANY} files: watched after {:?}", clock.uptime() - begun);
    println!("anonymous memory: {} KiB more", anonymous_kib() - before);
    let begun = clock.uptime();
    place.watcher.shared.instance().unwrap().overflow();
    place.write("src/0/new.rs", "");
    soon(watch.changed()).await;
    println!("after a loss: told after {:?}", clock.uptime() - begun);
    let before = wakeups();
    // Not an assertion: what nothing happens in has to last.
    tokio::time::sleep(Duration::from_secs(20)).await;
    println!(
        "wake-ups of all threads in 20 s: {} (1 is this test's, 1 an unused thread that ends)",
        wakeups() - before
    );
}

/// As many as the tests let be known one by one; with `MOST_FILES` as it is otherwise, 100,000 were measured.
const MANY: usize = crate::watch::walk::MOST_FILES - 1000;
