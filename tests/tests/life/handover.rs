//! From one daemon to the next on purpose: services left running, and a daemon replaced in place.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use daemon_core::services::{ServiceStatus, Word};
use hob_tests::{Home, process, text, until};
use rustix::process::Signal;

const TWO: &str = "[service.one]\ncommand = \"sleep 1000\"\n[service.two]\ncommand = \"sleep 1000\"\n";
/// A crowd that is large, and that every machine has room for.
const CROWD: usize = 1000;

fn running(home: &Home, count: usize) -> Vec<ServiceStatus> {
    home.wait_for(|services| {
        services.len() == count && services.iter().all(|service| service.state == Word::Running)
    })
}

fn pids(services: &[ServiceStatus]) -> Vec<(Option<i32>, u64)> {
    services.iter().map(|service| (service.pid, service.run)).collect()
}

#[test]
fn services_that_are_left_running_are_there_for_the_next_daemon() {
    let home = Home::with(TWO);
    let first = home.start();
    let before = pids(&running(&home, 2));
    let said = home.ok(&["daemon", "stop", "--leave-services"]);
    assert!(said.contains("run on") && said.contains("64 KiB"), "{said}");
    assert!(!process::is_alive(first));
    assert!(before.iter().all(|(pid, _)| process::is_alive(pid.unwrap())));
    assert_ne!(home.start(), first);
    assert_eq!(pids(&running(&home, 2)), before);
    let told = home.json(&["daemon", "stop", "--leave-services"]);
    assert_eq!((&told["stopped"], &told["services_left"]), (&true.into(), &true.into()));
    home.start();
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn a_daemon_that_is_replaced_in_place_keeps_its_pid_and_its_children() {
    let home = Home::with(
        "[service.web]\nrestart = \"never\"\nready = { log = \"up\" }\n\
         command = [\"/bin/sh\", \"-c\", \"trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done\"]\n",
    );
    let daemon = home.start();
    let web = home.wait_for_service("web", |service| service.ready).pid.unwrap();
    let limit = fs_err::read_to_string(format!("/proc/{web}/limits")).unwrap();
    for _ in 0..5 {
        let told = home.json(&["daemon", "restart"]);
        assert_eq!((&told["pid"], &told["in_place"]), (&daemon.into(), &true.into()));
        let service = home.wait_for_service("web", |service| service.ready);
        assert_eq!((service.pid, service.run), (Some(web), 1));
        assert_eq!(process::parent(web), Some(daemon));
    }
    home.ok(&["signal", "web", "USR1"]);
    let web = home.wait_for_service("web", |service| service.state == Word::Failed);
    assert!(web.reason.unwrap().starts_with("exited with 7 after "), "it is still their parent");
    home.ok(&["start", "web"]);
    let again = home.wait_for_service("web", |service| service.ready).pid.unwrap();
    let open_files =
        |text: &str| text.lines().find(|line| line.starts_with("Max open files")).map(str::to_owned);
    let now = fs_err::read_to_string(format!("/proc/{again}/limits")).unwrap();
    assert_eq!(open_files(&now), open_files(&limit), "what the daemon raised is its own");
    assert_eq!(process::zombies(daemon), Vec::<i32>::new());
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

/// The sockets and locks of a process, by how many there are.
fn descriptors(pid: i32) -> usize {
    let open = fs_err::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let targets = open.filter_map(|entry| fs_err::read_link(entry.ok()?.path()).ok());
    let counted = |target: &PathBuf| {
        let target = target.to_string_lossy();
        target.starts_with("socket:") || target.ends_with("hob.lock")
    };
    targets.filter(counted).count()
}

#[test]
fn nobody_who_connects_while_the_daemon_is_replaced_is_refused() {
    let home = Home::with(TWO);
    let daemon = home.start();
    running(&home, 2);
    home.ok(&["restart", "one"]);
    let before = descriptors(daemon);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let connects = |socket: &'static str| {
            let (home, over) = (&home, &over);
            scope.spawn(move || {
                let mut made = 0_u64;
                while !over.load(Ordering::Relaxed) {
                    UnixStream::connect(home.join(socket)).map_err(|error| format!("{socket}: {error}"))?;
                    made += 1;
                    // Else there is no room in the queue, or no seat for anybody else.
                    std::thread::sleep(std::time::Duration::from_micros(500));
                }
                Ok::<u64, String>(made)
            })
        };
        let connecting = ["hob.sock", "agent.sock"].map(connects);
        let replaced = [(); 10].map(|()| home.hob(&["daemon", "restart", "--json"]));
        over.store(true, Ordering::Relaxed);
        for output in replaced {
            assert!(text(&output).contains("\"in_place\":true"), "{}", text(&output));
        }
        for made in connecting {
            let made = made.join().unwrap().unwrap();
            assert!(100 < made, "too few to have met a daemon that is being replaced: {made}");
        }
    });
    assert_eq!(home.daemon_pid(), Some(daemon));
    home.ok(&["restart", "one"]);
    // Connections come and go; a pair of sockets for each replacement would be more.
    assert!(descriptors(daemon) < before + 10, "each daemon has taken what the one before it left");
    home.stop();
    assert!(!home.join("hob.sock").exists() && !home.join("agent.sock").exists());
}

#[test]
fn what_ends_while_the_daemon_is_replaced_is_known_with_its_code() {
    let home = Home::with(
        "[service.web]\nrestart = \"never\"\nready = { log = \"up\" }\n\
         command = [\"/bin/sh\", \"-c\", \"trap 'exit 7' USR1; echo up; while :; do sleep 0.001; done\"]\n",
    );
    let daemon = home.start();
    let web = home.wait_for_service("web", |service| service.ready).pid.unwrap();
    let restarting = home.command(&["daemon", "restart"]).spawn().unwrap();
    process::signal(web, Signal::USR1);
    assert!(restarting.wait_with_output().unwrap().status.success());
    let ended = home.wait_for_service("web", |service| service.state == Word::Failed);
    let reason = ended.reason.unwrap();
    assert!(reason.starts_with("exited with 7"), "{reason}");
    assert_eq!(process::zombies(daemon), Vec::<i32>::new());
}

#[test]
fn without_a_program_to_become_nothing_is_stopped() {
    let home = Home::with(TWO);
    let copy = home.join("hob");
    for name in ["hob", "hob-launch"] {
        fs_err::copy(hob_tests::program(name), home.join(name)).unwrap();
    }
    let mut daemon = std::process::Command::new(&copy);
    daemon.args(["--home", home.path().to_str().unwrap(), "--daemon"]).stderr(std::process::Stdio::null());
    let mut daemon = daemon.spawn().unwrap();
    until("a daemon that answers", || home.call(daemon_core::system::Ping {}).ok());
    let before = pids(&running(&home, 2));

    fs_err::rename(&copy, home.join("away")).unwrap();
    let said = home.hob(&["daemon", "restart"]);
    assert!(!said.status.success() && text(&said).contains("cannot be executed"), "{}", text(&said));
    assert_eq!(pids(&running(&home, 2)), before);

    // It is there, and is none: found out only when everything else was given up.
    fs_err::write(&copy, "no program\n\0").unwrap();
    fs_err::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    home.ok(&["daemon", "restart"]);
    assert_eq!(pids(&running(&home, 2)), before, "the old one goes on");
    assert!(home.log().contains("starting again as it was"));

    // Another version is in its place now, as after an upgrade.
    fs_err::rename(home.join("away"), &copy).unwrap();
    home.ok(&["daemon", "restart"]);
    assert_eq!(pids(&running(&home, 2)), before);
    home.stop();
    daemon.wait().unwrap();
    assert_eq!(home.processes(), Vec::<i32>::new());
}

#[test]
fn a_thousand_services_are_adopted() {
    let home = Home::new();
    let service = |number| format!("[service.s{number}]\ncommand = [\"/bin/sleep\", \"1000\"]\n");
    home.config(&(0..CROWD).map(service).collect::<String>());
    let daemon = home.start();
    // Asking after each of so many changes takes longer than the changes.
    let before = until("the crowd", || {
        let services = home.call(daemon_core::services::List {}).unwrap().services;
        services.iter().all(|service| service.state == Word::Running).then(|| pids(&services))
    });
    process::signal(daemon, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(daemon)).then_some(()));
    let clock = daemon_core::kernel::clock::Clock::system();
    home.start();
    let after = home.call(daemon_core::services::List {}).unwrap().services;
    eprintln!("{CROWD} services adopted and listed in {:?}", clock.uptime());
    assert_eq!(pids(&after), before);
    assert!(after.iter().all(|service| service.state == Word::Running && service.restarts == 0));
    assert_eq!(home.processes().len(), CROWD);
    home.stop();
    assert_eq!(home.processes(), Vec::<i32>::new());
}
