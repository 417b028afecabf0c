//! Tests of the thread, a step at a time.

use std::io::Write as _;

use tokio::sync::broadcast;

use super::super::OnFull;
use super::super::files::LogFile;
use super::*;

fn thread(directory: &std::path::Path) -> Thread {
    let paths = Paths { logs: directory.join("logs"), run: directory.join("run") };
    let common = Common::new(crate::kernel::clock::now, broadcast::Sender::new(16));
    let bell = rustix::event::eventfd(0, rustix::event::EventfdFlags::NONBLOCK).unwrap();
    Thread::new(paths, common, mpsc::channel(1).1, Arc::new(bell), None).unwrap()
}

/// What there is to be read now.
fn events(thread: &Thread) -> Vec<u64> {
    let mut events = Vec::with_capacity(8);
    let now = Some(&timespec(Duration::ZERO));
    epoll::wait(&thread.epoll, rustix::buffer::spare_capacity(&mut events), now).unwrap();
    events.iter().map(|event: &epoll::Event| event.data.u64()).collect()
}

#[test]
fn a_service_that_has_to_wait_is_not_listened_to_until_it_may_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut thread = thread(directory.path());
    let policy = Policy {
        max_size: u64::MAX,
        keep: 5,
        max_age: None,
        on_full: OnFull::Block,
        owner: None,
        is_single: false,
    };
    thread.open("web", 1, &policy).unwrap();
    let place = thread.paths.of("web").unwrap();
    let fifo = place.fifo(1, Stream::Out);
    let mut fifo = fs_err::OpenOptions::new().read(true).write(true).open(fifo).unwrap();
    let unwritable = fs_err::File::open(place.current()).unwrap().into_file();
    thread.sources.get_mut(&0).unwrap().capture.log = LogFile::unwritable(unwritable);

    fifo.write_all(b"one\n").unwrap();
    assert_eq!(events(&thread), [0]);
    thread.take(0, epoll::EventFlags::IN, Duration::from_secs(1));
    fifo.write_all(b"two\n").unwrap();
    assert!(events(&thread).is_empty());
    assert_eq!(thread.alarms.first().map(|(at, _)| at.as_secs()), Some(1), "the log is tried again");

    thread.sources.get_mut(&0).unwrap().capture.log = LogFile::open(&place.log).unwrap();
    thread.common.now = Duration::from_secs(9);
    thread.act(Duration::from_secs(9));
    assert_eq!(events(&thread), [0]);
    thread.take(0, epoll::EventFlags::IN, Duration::from_secs(9));
    let text = fs_err::read_to_string(place.current()).unwrap();
    let lines: Vec<&str> = text.lines().filter_map(|line| line.get(40..)).collect();
    assert_eq!(lines, ["one", "two"]);
}
