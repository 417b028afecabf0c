//! What a crash or a person left in the home never blocks a start, or is refused in clear words.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use daemon_core::home::start_ticks;
use hob_tests::{Home, process, text};

const NOBODY: u32 = 65534;

/// A home in which a daemon has run, with its directories and nothing else of it.
fn used() -> Home {
    let home = Home::new();
    home.start();
    home.stop();
    home
}

fn am_root() -> bool {
    rustix::process::getuid().is_root()
}

fn check_starts(home: &Home) {
    let pid = home.start();
    assert_eq!(home.daemon_pid(), Some(pid));
    assert_eq!(home.json(&["system", "ping"])["pid"], pid);
    home.stop();
    assert!(!home.join("hob.sock").exists() && !home.join("state/hob.pid").exists());
}

/// A start that is refused, and says all of this; nothing of it is left.
fn check_refused(home: &Home, status: i32, says: &[&str]) {
    let said = home.fails(&["daemon", "start"], status);
    for part in says {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    assert_eq!(home.daemon_pid(), None);
    assert!(home.processes().is_empty());
}

#[test]
fn a_socket_that_nobody_answers_on_is_replaced() {
    let home = used();
    for name in ["hob.sock", "agent.sock"] {
        drop(UnixListener::bind(home.join(name)).unwrap());
    }
    check_starts(&home);
}

#[test]
fn a_file_in_place_of_the_socket_is_replaced() {
    let home = used();
    fs_err::write(home.join("hob.sock"), "not a socket").unwrap();
    check_starts(&home);
}

#[test]
fn a_directory_in_place_of_the_socket_is_refused_and_kept() {
    let home = used();
    fs_err::create_dir(home.join("hob.sock")).unwrap();
    check_refused(&home, 69, &["hob.sock", "a directory is in its place"]);
    assert!(home.join("hob.sock").is_dir());
}

#[test]
fn a_socket_that_a_stranger_serves_is_left_to_it() {
    let home = used();
    let stranger = UnixListener::bind(home.join("agent.sock")).unwrap();
    check_refused(&home, 75, &["somebody answers on", "agent.sock", "HOB_SOCKET"]);
    drop(stranger);
}

#[test]
fn a_pid_file_that_is_garbage_or_of_a_dead_process_is_ignored() {
    let mut gone = Command::new("true").spawn().unwrap();
    let pid = gone.id();
    gone.wait().unwrap();
    let dead = format!("hob-daemon 1\n{pid}\n1\n/nowhere/a\n/nowhere/b\n");
    let home = used();
    for text in ["", "garbage", "\u{0}\u{0}", "hob-daemon 1\n-1\n0\n", "hob-daemon 2\n1\n1\na\nb\n", &dead] {
        fs_err::write(home.join("state/hob.pid"), text).unwrap();
        assert_eq!(home.daemon_pid(), None, "{text:?}");
        assert!(home.ok(&["daemon", "stop"]).contains("does not run"), "{text:?}");
        check_starts(&home);
    }
}

#[test]
fn a_process_that_was_given_the_pid_of_a_dead_daemon_is_never_signalled() {
    let home = used();
    let mut stranger = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn().unwrap();
    let pid = i32::try_from(stranger.id()).unwrap();
    let other_time = start_ticks(pid).unwrap() + 1;
    let sockets = format!("{}\n{}", home.join("hob.sock").display(), home.join("agent.sock").display());
    fs_err::write(home.join("state/hob.pid"), format!("hob-daemon 1\n{pid}\n{other_time}\n{sockets}\n"))
        .unwrap();
    assert!(home.ok(&["daemon", "stop"]).contains("does not run"));
    check_starts(&home);
    assert!(stranger.try_wait().unwrap().is_none(), "it lives on");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_socket_path_that_is_too_long_is_refused_with_its_length_and_the_override() {
    let home = Home::new();
    let deep = home.join(&"d".repeat(120));
    let socket = deep.join("hob.sock");
    let length = socket.as_os_str().len().to_string();
    let mut command = home.command(&["daemon", "start"]);
    let output = command.env("HOB_HOME", &deep).output().unwrap();
    let said = text(&output);
    assert!(!output.status.success());
    for part in [socket.to_str().unwrap(), &length, "107", "HOB_SOCKET"] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    let mut command = home.command(&["status"]);
    let said = text(&command.env("HOB_SOCKET", &socket).output().unwrap());
    assert!(said.contains(&length) && !said.contains("does not run"), "no daemon could listen there: {said}");
    let mut command = home.command(&["daemon", "start"]);
    command.env("HOB_HOME", &deep).env("HOB_SOCKET", home.join("s")).env("HOB_AGENT_SOCKET", home.join("a"));
    assert!(command.output().unwrap().status.success(), "with the override it starts");
    let mut command = home.command(&["daemon", "stop"]);
    assert!(command.env("HOB_HOME", &deep).env("HOB_SOCKET", home.join("s")).status().unwrap().success());
}

#[test]
fn a_state_directory_that_is_a_symbolic_link_is_refused() {
    let home = Home::new();
    fs_err::create_dir(home.join("elsewhere")).unwrap();
    symlink(home.join("elsewhere"), home.join("state")).unwrap();
    check_refused(&home, 69, &["state", "is a symbolic link", "remove the link"]);
}

#[test]
fn a_directory_that_others_may_enter_is_made_private() {
    let home = used();
    fs_err::set_permissions(home.join("state"), Permissions::from_mode(0o755)).unwrap();
    check_starts(&home);
    assert_eq!(fs_err::metadata(home.join("state")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_state_directory_of_somebody_else_is_refused() {
    if !am_root() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    let home = used();
    std::os::unix::fs::chown(home.join("state"), Some(NOBODY), None).unwrap();
    check_refused(&home, 69, &["state", &format!("belongs to user {NOBODY}")]);
}

#[test]
fn a_home_that_cannot_be_written_is_refused_with_its_path() {
    let home = Home::new();
    let mut command = match am_root() {
        // To root nothing is forbidden, so somebody else tries it, with programs he can reach.
        true => {
            for name in ["hob", "hob-launch"] {
                let copy = home.join(name);
                fs_err::copy(hob_tests::program(name), &copy).unwrap();
            }
            std::os::unix::fs::chown(home.path(), Some(NOBODY), None).unwrap();
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(home.join("hob"));
            command
                .args(["daemon", "start"])
                .env_clear()
                .env("PATH", "/usr/bin:/bin")
                .env("HOB_HOME", home.path());
            command
        }
        false => home.command(&["daemon", "start"]),
    };
    fs_err::set_permissions(home.path(), Permissions::from_mode(0o500)).unwrap();
    let output = command.output().unwrap();
    fs_err::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(69), "{said}");
    let state = home.join("state");
    for part in [state.to_str().unwrap(), "ermission denied", "hob doctor"] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    assert!(!state.exists());
}

#[test]
fn a_bad_configuration_keeps_a_daemon_from_starting_and_leaves_nothing() {
    let home = Home::with("[service.web]\ncommnd = \"x\"\n");
    let says = ["config.toml:2", "service.web.commnd", "did you mean `command`?"];
    check_refused(&home, 78, &says);
    let left: Vec<&str> = ["hob.sock", "agent.sock", "state/hob.pid"]
        .into_iter()
        .filter(|path| home.join(path).symlink_metadata().is_ok())
        .collect();
    assert_eq!(left, Vec::<&str>::new());
    home.config("[service.web]\ncommand = \"sleep 1000\"\n");
    check_starts(&home);
}

#[test]
fn the_sockets_may_be_elsewhere_than_the_state_and_are_found_by_the_pid_file() {
    let home = Home::new();
    let (state, config) = (home.join("xdg-state"), home.join("xdg-config"));
    let [first, second] = ["run-1", "run-2"].map(|name| home.join(name));
    let run = |runtime: &Path, arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env_remove("HOB_HOME").env("XDG_STATE_HOME", &state).env("XDG_CONFIG_HOME", &config);
        command.env("XDG_RUNTIME_DIR", runtime).output().unwrap()
    };
    let started = run(&first, &["daemon", "start"]);
    assert!(started.status.success(), "{}", text(&started));
    assert!(first.join("hob/hob.sock").exists() && state.join("hob/hob.lock").exists());
    assert_eq!(fs_err::metadata(first.join("hob")).unwrap().permissions().mode() & 0o777, 0o700);
    // A shell that was given another runtime directory, as by su or cron, finds the same daemon.
    let again = run(&second, &["daemon", "start"]);
    assert!(text(&again).contains("runs already"), "{}", text(&again));
    let refused = run(&second, &["--daemon"]);
    assert_eq!(refused.status.code(), Some(75), "{}", text(&refused));
    let stopped = run(&second, &["daemon", "stop"]);
    assert!(text(&stopped).contains("has stopped"), "{}", text(&stopped));
    assert!(!first.join("hob/hob.sock").exists() && !second.join("hob/hob.sock").exists());
}

#[test]
fn the_sockets_are_for_their_owner_alone() {
    let home = Home::new();
    home.start();
    for name in ["hob.sock", "agent.sock"] {
        let mode = fs_err::symlink_metadata(home.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let pid = home.daemon_pid().unwrap();
    assert!(process::is_alive(pid));
}
