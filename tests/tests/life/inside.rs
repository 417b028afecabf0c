//! Inside a service: no right over the daemon that started it, and no way to take its home.

use daemon_core::services::Word;
use hob_tests::{Home, program};

/// A service that runs a script in which `$hob` is the program, and ends.
fn run_inside(home: &Home, script: &str) -> String {
    let said = home.join("said");
    let script = format!("exec >{} 2>&1\nhob={}\n{script}\n", said.display(), program("hob").display());
    fs_err::write(home.join("script"), script).unwrap();
    home.config(&format!(
        "[service.inner]\ncommand = [\"/bin/sh\", \"{}\"]\nrestart = \"never\"\n",
        home.join("script").display()
    ));
    home.start();
    home.wait_for_service("inner", |service| {
        service.run == 1 && matches!(service.state, Word::Stopped | Word::Failed)
    });
    fs_err::read_to_string(said).unwrap()
}

#[test]
fn a_service_may_look_but_not_stop_or_add_and_is_told_why() {
    let home = Home::new();
    let said = run_inside(
        &home,
        "$hob ls; echo ls $?\n$hob daemon stop; echo stop $?\n$hob add evil -- sleep 1; echo add $?",
    );
    for part in ["ls 0", "stop 77", "add 77", "descends from something that this daemon started"] {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
    assert!(home.daemon_pid().is_some());
    assert!(!home.join("services.d/evil.toml").exists());
}

#[test]
fn a_daemon_started_inside_a_service_has_its_own_home_and_leaves_its_parents_alone() {
    let (outer, inner) = (Home::new(), Home::new());
    let at = inner.path().display();
    let said = run_inside(
        &outer,
        &format!(
            "$hob --home {at} daemon start --json; echo start $?\n\
             $hob --home {at} system ping --json; echo ping $?\n\
             HOB_HOME={at} $hob status --paths\n\
             echo mine $HOB_SOCKET"
        ),
    );
    let (theirs, ours) = (inner.daemon_pid(), outer.daemon_pid().unwrap());
    // Whether it outlives the service is another matter.
    assert_ne!(theirs, Some(ours));
    assert!(
        said.contains("\"started\":true") && said.contains("start 0") && said.contains("ping 0"),
        "{said}"
    );
    assert!(!said.contains(&format!("\"pid\":{ours}")), "{said}");
    assert!(said.contains(&format!("{at}/hob.sock")), "{said}");
    assert!(said.contains(&format!("mine {}/hob.sock", outer.path().display())), "{said}");
    assert_eq!(outer.json(&["system", "ping"])["pid"], ours);
    assert!(outer.join("hob.sock").exists());
}

#[test]
fn a_daemon_without_a_home_of_its_own_does_not_bind_the_socket_it_was_told() {
    let (outer, other) = (Home::new(), Home::new());
    let at = other.path().display();
    let xdg = format!("HOME={at} XDG_RUNTIME_DIR={at}/run XDG_STATE_HOME={at}/st XDG_CONFIG_HOME={at}/co");
    let said = run_inside(
        &outer,
        &format!("mkdir -p {at}/run\nenv {xdg} timeout -s TERM 2 $hob --daemon; echo end $?\n"),
    );
    // 124: it ran until it was asked to end. Had it tried its parent's socket, it would say busy.
    assert!(said.contains("end 124") && said.contains("ready"), "{said}");
    assert!(!said.contains("somebody answers"), "{said}");
    assert!(outer.join("hob.sock").exists() && other.join("st/hob/hob.lock").exists());
}
