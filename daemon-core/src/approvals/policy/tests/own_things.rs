//! What is forbidden without a rule: Hob's own programs, files and processes (C54).

use super::{asked, check, user};
use crate::approvals::policy::Effect;

const EVERYTHING: &str = r#"
[[rule]]
id = "anything-of-these"
effect = "allow"
exec = "/usr/bin/hob"
argv = ["..."]
"#;

#[test]
fn c54_a_client_does_not_act_on_the_gate() {
    let policy = user(EVERYTHING);
    for command in [
        "hob approve 7",
        "hob policy add x",
        "hob client add me",
        "hob grant revoke x",
        "hob grants",
        "hob run -- ls",
        "hob --home /x approve 7",
        "hob service add x -- sh",
        "hob",
        "/opt/hob/bin/hob approve 7",
        "/tmp/hob approve 7",
        "env hob approve 7",
        "sh -c 'hob approve 7'",
        "hob-desktop",
        "hob-launch x",
    ] {
        check(&policy, &asked(command), Effect::Deny, "builtin:own-programs");
    }
    let mut copy = asked("/tmp/innocent approve 7");
    copy.named = "innocent".to_owned();
    let subject = crate::approvals::policy::Subject { sha256: "sha256:0b", ..copy.subject() };
    assert_eq!(policy.decide(&subject).by, "builtin:own-programs");
    check(&policy, &asked("hob status"), Effect::Allow, "rule:anything-of-these");
    check(&policy, &asked("hob logs web"), Effect::Allow, "rule:anything-of-these");
}

#[test]
fn c54_a_client_does_not_touch_the_gates_files() {
    let policy = user("");
    for command in [
        "sqlite3 /home/u/.local/state/hob/gate.db",
        "cat /home/u/.config/hob/policy.toml",
        "cat ../../.local/state/hob/gate.db",
        "dd of=/home/u/.local/state/hob/gate.db",
        "cp x --target-directory=/home/u/.local/state/hob",
        "sqlite3 'file:/home/u/.local/state/hob/gate.db?mode=rw'",
        "sh -c 'echo > ~/.config/hob/policy.toml'",
        "sh -c 'cat $HOME/.local/state/hob/gate.db'",
        "python3 -c 'open(\"/home/u/.local/state/hob/gate.db\")'",
        "rm -r /home/u/.local",
        "mv /home/u/.config /tmp",
        "socat - UNIX-CONNECT:/run/user/1000/hob/hob.sock",
        "/home/u/.local/state/hob/x",
        "tar c -C /home/u/.local/state/hob .",
    ] {
        check(&policy, &asked(command), Effect::Deny, "builtin:own-files");
    }
    let mut inside = asked("sqlite3 gate.db");
    inside.cwd = "/home/u/.local/state/hob".into();
    check(&policy, &inside, Effect::Deny, "builtin:own-files");
    for command in ["ls /home/u", "cat /home/u/.config/other", "rm -r /home/u/src/x", "cat ../hob2", "ls /"] {
        check(&policy, &asked(command), Effect::Ask, "default");
    }
}

#[test]
fn c54_what_works_around_the_gates_files_is_asked_about_each_time() {
    let rules = ["cp", "tar", "rsync", "cat"].map(|name| {
        format!(
            "[[rule]]\nid = \"{name}\"\neffect = \"allow\"\nexec = \"/usr/bin/{name}\"\nargv = [\"...\"]\n"
        )
    });
    let policy = user(&rules.concat());
    for command in [
        "cp policy.toml /home/u/.config/hob",
        "cp policy.toml ../../.config/hob/",
        "cp -r evil/.config /home/u",
        "cp -t/home/u/.config evil/hob",
        "rsync -a evil/ --temp-dir=/home/u/.config/hob",
        "tar -xf evil.tar -C /home/u",
    ] {
        check(&policy, &asked(command), Effect::AskAlways, "builtin:near-own-files");
    }
    for cwd in ["/home/u/.config/hob", "/home/u/.config", "/home/u"] {
        let mut inside = asked("tar -xf evil.tar");
        inside.cwd = cwd.into();
        check(&policy, &inside, Effect::AskAlways, "builtin:near-own-files");
    }
    check(&policy, &asked("cp a /home/u/src/b"), Effect::Allow, "rule:cp");
    for command in ["cat /proc/self/cwd/../.config/hob/policy.toml", "cat /proc/thread-self/cwd/x"] {
        check(&policy, &asked(command), Effect::Deny, "builtin:own-files");
    }
    check(&policy, &asked("cat /proc/self/status"), Effect::Allow, "rule:cat");
}

#[test]
fn c54_a_link_to_the_gates_files_is_seen_through() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap();
    fs_err::create_dir(root.join("state")).unwrap();
    std::os::unix::fs::symlink(root.join("state"), root.join("link")).unwrap();
    let mut policy = user("");
    policy.own.dirs.push(root.join("state"));
    for command in [format!("cat {}/link/gate.db", root.display()), format!("cat {}/link", root.display())] {
        check(&policy, &asked(&command), Effect::Deny, "builtin:own-files");
    }
    let mut inside = asked("cat link");
    inside.cwd = root;
    check(&policy, &inside, Effect::Deny, "builtin:own-files");
}

#[test]
fn c54_what_may_lead_anywhere_may_lead_to_the_gates_files() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap();
    let policy =
        user("[[rule]]\nid = \"cat\"\neffect = \"allow\"\nexec = \"/usr/bin/cat\"\nargv = [\"...\"]\n");
    std::os::unix::fs::symlink("/proc/self/cwd/../state", root.join("by_process")).unwrap();
    std::os::unix::fs::symlink("/proc/self/mounts", root.join("mounts")).unwrap();
    let own = std::process::id();
    for (command, effect, by) in [
        (format!("cat {}/by_process", root.display()), Effect::Deny, "builtin:own-files"),
        (format!("cat --file={}/by_process", root.display()), Effect::Deny, "builtin:own-files"),
        (format!("cat {}/mounts", root.display()), Effect::Allow, "rule:cat"),
        // That says itself what it is, and somebody may want it.
        (format!("cat /proc/{own}/cwd/x"), Effect::AskAlways, "builtin:near-own-files"),
        ("cat /dev/stdin".to_owned(), Effect::Allow, "rule:cat"),
        ("cat /proc/uptime".to_owned(), Effect::Allow, "rule:cat"),
    ] {
        check(&policy, &asked(&command), effect, by);
    }
}

#[test]
fn c87_what_takes_too_many_looks_is_not_looked_at_to_the_end() {
    let policy =
        user("[[rule]]\nid = \"cat\"\neffect = \"allow\"\nexec = \"/usr/bin/cat\"\nargv = [\"...\"]\n");
    let up = "/usr/..".repeat(290);
    let long = |number: usize| format!("{up}/missing{number}{}", "/x".repeat(1000));
    let command = |count: usize| format!("cat {}", (0..count).map(long).collect::<Vec<_>>().join(" "));
    check(&policy, &asked(&command(3)), Effect::Allow, "rule:cat");
    // More than any command has that somebody means; nobody knows where the last of them lead.
    check(&policy, &asked(&command(400)), Effect::Deny, "builtin:own-files");
}

#[test]
fn c54_a_client_does_not_stop_the_daemon() {
    let policy = user("");
    for command in [
        "kill 4711",
        "kill -9 4711",
        "kill -s TERM -- -4711",
        "kill -9 -1",
        "kill -- -1",
        "pkill hob",
        "pkill -f 'h.b'",
        "pkill -u u",
        "killall hob",
        "killall -u u",
        "systemctl --user stop hob",
        "systemctl --user stop hob.service",
        "systemctl --user kill 'h*'",
        "systemctl --user stop '*'",
        "systemctl --user exit",
        "systemctl --user mask hob.socket",
        "loginctl terminate-user u",
        "gdb -p 4711",
        "strace -p4711",
        "cat /proc/4711/mem",
        "sh -c 'kill 4711'",
    ] {
        check(&policy, &asked(command), Effect::Deny, "builtin:own-processes");
    }
    for command in [
        "kill 4712",
        "kill -1 4712",
        "pkill firefox",
        "systemctl --user status hob",
        "systemctl --user stop web",
    ] {
        check(&policy, &asked(command), Effect::Ask, "default");
    }
}
