//! What can happen.

use std::time::Duration;

use daemon_core::services::Word;
use hob_tests::{Random, process, until};
use rustix::process::Signal;

use crate::stage::{SERVICES, Stage};

/// Something that happens; it ends with a daemon that answers.
pub(crate) struct Deed {
    pub(crate) name: &'static str,
    pub(crate) done: fn(&mut Stage, &mut Random),
}

/// What happens more often is here more often.
pub(crate) const DEEDS: &[Deed] = &[
    Deed { name: "kill the daemon", done: kill_daemon },
    Deed { name: "kill the daemon", done: kill_daemon },
    Deed { name: "kill the daemon while it starts", done: kill_starting_daemon },
    Deed { name: "replace the daemon", done: replace_daemon },
    Deed { name: "leave the services alone", done: leave_services },
    Deed { name: "freeze the daemon", done: freeze_daemon },
    Deed { name: "kill a service", done: kill_service },
    Deed { name: "kill a service", done: kill_service },
    Deed { name: "stop or start a service", done: toggle_service },
    Deed { name: "restart a service", done: restart_service },
    Deed { name: "reload", done: reload },
    Deed { name: "fill the disk", done: fill_disk },
    Deed { name: "wait", done: pause },
];

fn kill_daemon(stage: &mut Stage, random: &mut Random) {
    let pid = stage.home.daemon_pid().expect("a daemon runs");
    kill(pid);
    pause(stage, random);
    stage.begin();
}

fn kill_starting_daemon(stage: &mut Stage, random: &mut Random) {
    kill(stage.home.daemon_pid().expect("a daemon runs"));
    #[cfg(feature = "e2e")]
    if let Some(desk) = &mut stage.desk {
        // An app takes longer to start.
        desk.begin_in_vain(&stage.home, || sleep(random.below(1_000_000)));
        stage.begin();
        return;
    }
    let mut daemon = stage
        .home
        .command(&["--daemon"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("hob can be run");
    sleep(random.below(40_000));
    daemon.kill().expect("it is ours");
    daemon.wait().expect("it is ours");
    stage.begin();
}

fn replace_daemon(stage: &mut Stage, _: &mut Random) {
    stage.home.ok(&["daemon", "restart"]);
    if stage.is_in_an_app() {
        stage.home.ok(&["daemon", "stop", "--leave-services"]);
        stage.begin();
    }
}

fn leave_services(stage: &mut Stage, random: &mut Random) {
    stage.home.ok(&["daemon", "stop", "--leave-services"]);
    pause(stage, random);
    stage.begin();
}

fn freeze_daemon(stage: &mut Stage, random: &mut Random) {
    let pid = stage.home.daemon_pid().expect("a daemon runs");
    process::signal(pid, Signal::STOP);
    pause(stage, random);
    process::signal(pid, Signal::CONT);
}

fn kill_service(stage: &mut Stage, random: &mut Random) {
    let (name, _) = *random.pick(&SERVICES);
    stage.note(name);
    let before = stage.status(name);
    let (Word::Running, Some(pid)) = (before.state, before.pid) else { return };
    process::signal(pid, Signal::KILL);
}

fn toggle_service(stage: &mut Stage, random: &mut Random) {
    let (name, _) = *random.pick(&SERVICES);
    let wanted = !stage.wanted[name];
    let verb = if wanted { "start" } else { "stop" };
    stage.note(format!("{verb} {name}"));
    stage.home.ok(&[verb, name]);
    stage.wanted.insert(name, wanted);
}

fn restart_service(stage: &mut Stage, random: &mut Random) {
    let (name, _) = *random.pick(&SERVICES);
    stage.note(name);
    stage.home.ok(&["restart", name]);
    stage.wanted.insert(name, true);
}

fn reload(stage: &mut Stage, _: &mut Random) {
    stage.edition += 1;
    stage.configure();
    stage.home.ok(&["reload"]);
}

fn fill_disk(stage: &mut Stage, random: &mut Random) {
    stage.disk.fill();
    pause(stage, random);
    stage.disk.free();
}

fn pause(_: &mut Stage, random: &mut Random) {
    sleep(random.below(200_000));
}

fn sleep(microseconds: u64) {
    std::thread::sleep(Duration::from_micros(microseconds));
}

fn kill(pid: i32) {
    process::signal(pid, Signal::KILL);
    until("the end of the daemon", || (!process::is_alive(pid)).then_some(()));
}
