//! The daemon as servers run it: in the foreground, under a service manager, with a log to read.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

use daemon_core::services::Word;
use hob_tests::{Home, PATIENCE, ended, process, text, until};
use rustix::process::Signal;

#[test]
fn a_second_daemon_exits_with_75_and_names_the_first() {
    let home = Home::new();
    let first = home.start();
    for arguments in [&["--daemon"][..], &["daemon", "run"]] {
        let said = home.fails(arguments, 75);
        assert!(said.contains(&format!("with pid {first}")) && said.contains("hob daemon stop"), "{said}");
    }
    assert_eq!(home.json(&["system", "ping"])["pid"], first);
}

#[test]
fn a_bad_configuration_is_told_on_standard_error_with_78() {
    let home = Home::with("[deamon]\n");
    let said = home.fails(&["--daemon"], 78);
    assert!(said.contains("config.toml:1") && said.contains("did you mean [daemon]?"), "{said}");
}

#[test]
fn a_service_manager_is_told_of_each_step_and_its_socket_is_not_passed_on() {
    let home = Home::with("[service.one]\ncommand = \"sleep 1000\"\n");
    let manager = UnixDatagram::bind(home.join("manager")).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = home.command(&["--daemon"]);
    command.env("NOTIFY_SOCKET", home.join("manager")).env("WATCHDOG_USEC", "1").stderr(Stdio::null());
    let mut daemon = command.spawn().unwrap();
    let pid = i32::try_from(daemon.id()).unwrap();

    hear(&manager, &["READY=1", "STATUS="]);
    let one = home.wait_for_service("one", |service| service.state == Word::Running).pid.unwrap();
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC"] {
        assert_eq!(process::variable(one, name), None, "{name}");
    }
    process::signal(pid, Signal::HUP);
    hear(&manager, &["STATUS=reloading"]);
    hear(&manager, &["STATUS=ready"]);
    process::signal(pid, Signal::TERM);
    hear(&manager, &["STOPPING=1", "STATUS=stopping"]);
    assert!(ended(&mut daemon).success());
}

/// Receives messages until one says all of this.
fn hear(manager: &UnixDatagram, parts: &[&str]) {
    let mut message = [0; 4096];
    loop {
        let length = manager.recv(&mut message).unwrap();
        let text = String::from_utf8_lossy(&message[..length]);
        if parts.iter().all(|part| text.contains(part)) {
            return;
        }
    }
}

#[test]
fn services_have_the_limit_of_open_files_that_the_daemon_was_started_with() {
    let home = Home::with(
        "[service.plain]\ncommand = [\"/bin/sh\", \"-c\", \"ulimit -Sn; ulimit -Hn; sleep 1000\"]\n\
         [service.own]\ncommand = [\"/bin/sh\", \"-c\", \"ulimit -Sn; sleep 1000\"]\nlimits = { open_files = 77 }\n",
    );
    let mut shell = std::process::Command::new("/bin/sh");
    let daemon = home.command(&["daemon", "start"]);
    shell.args(["-c", "ulimit -Sn 200 && ulimit -Hn 300 && exec \"$@\"", "sh"]);
    shell.arg(daemon.get_program()).args(daemon.get_args()).env("HOB_HOME", home.path());
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let limits = fs_err::read_to_string(format!("/proc/{}/limits", home.daemon_pid().unwrap())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().skip(3).take(2).collect::<Vec<_>>(), ["300", "300"]);
    check_says(&home, "plain", &["200", "300"]);
    check_says(&home, "own", &["77"]);
}

fn check_says(home: &Home, service: &str, expected: &[&str]) {
    until(&format!("{service} has said {expected:?}"), || {
        let log = home.service_log(service);
        let said: Vec<&str> = log.lines().filter_map(|line| line.split(' ').nth(3)).collect();
        (said == expected).then_some(())
    });
}

#[test]
fn the_log_is_json_and_rotated_when_that_is_asked_for() {
    let home = Home::with("[log]\nformat = \"json\"\nmax_size = \"1K\"\nkeep = 2\n");
    let pid = home.start();
    let rotated = |number: u32| home.join(&format!("state/logs/hob.log.{number}"));
    until("two rotations", || {
        process::signal(pid, Signal::HUP);
        rotated(2).exists().then_some(())
    });
    home.stop();
    assert!(!rotated(3).exists());
    let paths = [home.join("state/logs/hob.log"), rotated(1), rotated(2)];
    for line in paths.iter().flat_map(|path| {
        assert!(fs_err::metadata(path).unwrap().len() <= 1024, "{}", path.display());
        let lines: Vec<String> = fs_err::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
        lines
    }) {
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(record.is_object(), "{line}");
    }
}

#[test]
fn the_log_goes_to_standard_error_too_in_the_foreground() {
    let home = Home::new();
    let mut daemon = home.command(&["daemon", "run"]).stderr(Stdio::piped()).spawn().unwrap();
    let pid = until("a daemon that is ready", || home.daemon_pid());
    process::signal(pid, Signal::TERM);
    let mut said = String::new();
    std::io::Read::read_to_string(&mut daemon.stderr.take().unwrap(), &mut said).unwrap();
    assert!(ended(&mut daemon).success());
    assert!(said.contains("ready") && said.contains(&pid.to_string()), "{said}");
    assert!(home.log().contains("ready"));
}

#[test]
fn a_socket_that_somebody_deletes_is_bound_again() {
    let home = Home::new();
    let pid = home.start();
    for name in ["hob.sock", "agent.sock"] {
        fs_err::remove_file(home.join(name)).unwrap();
        until("the socket", || home.join(name).exists().then_some(()));
    }
    until("an answer", || home.hob(&["daemon", "status"]).status.success().then_some(()));
    assert_eq!(home.json(&["system", "ping"])["pid"], pid);
}

#[test]
fn a_runtime_directory_that_vanishes_is_made_again() {
    let home = Home::new();
    let runtime = home.join("run");
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command
            .env("HOB_SOCKET", runtime.join("a/hob.sock"))
            .env("HOB_AGENT_SOCKET", runtime.join("b/agent.sock"));
        command.output().unwrap()
    };
    let started = run(&["daemon", "start"]);
    assert!(started.status.success(), "{}", text(&started));
    // The first socket may be back before the last one is gone.
    until("the removal", || fs_err::remove_dir_all(&runtime).ok());
    until("both sockets", || {
        (runtime.join("a/hob.sock").exists() && runtime.join("b/agent.sock").exists()).then_some(())
    });
    until("an answer", || run(&["daemon", "status"]).status.success().then_some(()));
    assert!(run(&["daemon", "stop"]).status.success());
}
