//! A program that goes to the background and says which process is the main one (`MAINPID=`).

use daemon_core::services::Word;
use hob_tests::{Home, nobody::as_nobody, process, until};
use rustix::process::Signal;

/// As daemons do it: two forks and a session; the first process tells, and ends.
const DAEMON: &str = r#"
import os, socket, time
link, told = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(told, str(os.getpid()).encode())
        while True: time.sleep(1000)
    os._exit(0)
pid = os.read(link, 20).decode()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.sendto(f"MAINPID={pid}\nREADY=1\n".encode(), os.environ["NOTIFY_SOCKET"])
"#;

fn home(cgroups: bool) -> Home {
    let home = Home::new();
    fs_err::write(home.join("daemon.py"), DAEMON).unwrap();
    home.config(&format!(
        "{}[service.daemon]\ncommand = [\"python3\", {:?}]\nready = {{ notify = true }}\nrestart = \"always\"\n",
        crate::services(cgroups),
        home.join("daemon.py")
    ));
    home
}

/// Its main process: one that has lost its parent and leads no session.
fn main_of(home: &Home, run: u64) -> i32 {
    let is_it = |pid: i32| process::group(pid).is_empty();
    let found = home.wait_for_service("daemon", |service| {
        service.run == run && service.ready && service.pid.is_some_and(is_it)
    });
    found.pid.unwrap()
}

fn check(cgroups: bool) {
    let home = home(cgroups);
    home.start();
    let first = main_of(&home, 1);
    until("the end of the first process", || (home.processes() == [first]).then_some(()));

    process::signal(home.daemon_pid().unwrap(), Signal::KILL);
    until("the daemon's end", || home.daemon_pid().is_none().then_some(()));
    let daemon = home.start();
    assert_eq!(main_of(&home, 1), first, "it is adopted");

    process::signal(first, Signal::KILL);
    let second = main_of(&home, 2);
    assert_ne!(first, second);
    until("the end of the first process", || (home.processes() == [second]).then_some(()));
    home.ok(&["stop", "daemon"]);
    assert_eq!(home.processes(), Vec::<i32>::new());
    assert_eq!(home.wait_for_service("daemon", |_| true).state, Word::Stopped);
    until("no zombie", || crate::zombies(daemon).is_empty().then_some(()));
}

#[test]
fn it_is_the_service_from_then_on_also_for_the_next_daemon() {
    check(true);
}

#[test]
fn the_same_without_a_cgroup() {
    check(false);
}

#[test]
fn the_same_without_rights() {
    as_nobody("named::the_same_without_a_cgroup");
}

#[test]
fn a_process_of_somebody_else_is_not_followed() {
    let mut stranger = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
    let script = "import os, socket, time\n\
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n\
        notify.sendto(b'MAINPID=STRANGER\\nREADY=1', os.environ['NOTIFY_SOCKET'])\ntime.sleep(1000)\n";
    let home = Home::new();
    fs_err::write(home.join("liar.py"), script.replace("STRANGER", &stranger.id().to_string())).unwrap();
    home.config(&format!(
        "[service.liar]\ncommand = [\"python3\", {:?}]\nready = {{ notify = true }}\n",
        home.join("liar.py")
    ));
    home.start();
    let liar = home.wait_for_service("liar", |service| service.ready);
    assert_ne!(liar.pid, i32::try_from(stranger.id()).ok());
    home.stop();
    assert!(stranger.try_wait().unwrap().is_none(), "nobody has touched it");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
