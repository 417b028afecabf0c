//! Real kills of a real process while real processes write.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::runs::logs::{Holders, Logs};

const DIRECTORY: &str = "HOB_TEST_LOGS";
const LINES: usize = 150_000;

/// Not a test: what the test below runs as the daemon that is killed.
#[test]
fn capturing_process() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let logs = Logs::start(paths(Path::new(&directory)), clock).unwrap();
        let recovered = logs.recover(|_| true, Holders::default()).await.unwrap();
        fs_err::write(Path::new(&directory).join("up"), "").unwrap();
        for run in &recovered {
            run.log.ended().await;
        }
    });
}

fn start_capturing(directory: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "runs::logs::tests::killed::capturing_process"]);
    command.env(DIRECTORY, directory).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_until_up(directory: &Path) {
    let up = directory.join("up");
    while !up.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    fs_err::remove_file(up).unwrap();
}

#[test]
fn numbered_lines_survive_kills_each_exactly_once() {
    let directory = tempfile::tempdir().unwrap();
    let place = paths(directory.path()).of("web").unwrap();
    drop(Capture::begin(place.clone(), 1, &policy(1 << 20), &mut common()).unwrap());
    // As the launcher does: both FIFOs open for reading and writing.
    let script = format!(
        "exec 1<>'{}' 2<>'{}'; i=0; while [ $i -lt {LINES} ]; do i=$((i+1)); echo $i; \
         [ $((i % 100)) = 0 ] && echo e$i >&2; done; exec sleep 600",
        place.fifo(1, Stream::Out).display(),
        place.fifo(1, Stream::Err).display()
    );
    let mut service = Command::new("sh").args(["-c", &script]).spawn().unwrap();
    let mut expected = [Vec::new(), Vec::new()];
    for number in 1..=LINES {
        writeln!(expected[0], "{number}").unwrap();
        if number % 100 == 0 {
            writeln!(expected[1], "e{number}").unwrap();
        }
    }
    let length = |stream: usize, log: &Path| match log.join("current").exists() {
        true => written_so_far(log)[stream],
        false => 0,
    };
    let mut kills = 0u64;
    loop {
        let mut daemon = start_capturing(directory.path());
        // Some are killed at work, and some may be while they recover.
        if kills % 3 == 2 {
            std::thread::sleep(Duration::from_micros((kills * 7919) % 40_000));
        } else {
            wait_until_up(directory.path());
            std::thread::sleep(Duration::from_micros((kills * 7919) % 3000));
        }
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        kills += 1;
        drop(fs_err::remove_file(directory.path().join("up")));
        if expected[0].len() <= length(0, &place.log) && expected[1].len() <= length(1, &place.log) {
            break;
        }
    }
    let mut daemon = start_capturing(directory.path());
    service.kill().unwrap();
    service.wait().unwrap();
    // It ends by itself, when the log of the run has ended.
    assert!(daemon.wait().unwrap().success());
    assert!(Capture::recover(place.clone(), None, &mut common()).unwrap().is_none());
    let written = written(&place.log);
    println!("{kills} kills, {} files", written.files);
    for stream in Stream::BOTH {
        assert!(
            written.streams[stream.index()] == expected[stream.index()],
            "{stream:?} after {kills} kills"
        );
    }
}

/// How many bytes each stream has in the log, though a killed daemon may have left a record undone.
fn written_so_far(log: &Path) -> [usize; 2] {
    let mut lengths = [0, 0];
    let rotated = files::rotated(log).unwrap().into_iter().map(|file| file.path);
    for path in rotated.chain([log.join("current")]) {
        for line in fs_err::read(path).unwrap().split(|&byte| byte == b'\n') {
            if let Some(record) = cri::parse(line) {
                lengths[record.stream.index()] += record.text.len() + usize::from(record.ends_line);
            }
        }
    }
    lengths
}
