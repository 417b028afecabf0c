//! `hob up` of a project on a terminal: what is shown, what is asked, and that only a yes is one.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]

mod terminal;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use terminal::Terminal;

const SHOP: &str = "[defaults.service]\nstop_timeout = \"5s\"\n[service.web]\ncommand = [\"sleep\", \"1000\"]\n\
    env = { TOKEN = \"secret\" }\n[service.later]\ncommand = [\"sleep\", \"1001\"]\nautostart = false\n";

/// A home, and beside it a project.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        let private = std::fs::Permissions::from_mode(0o700);
        let home = Home(tempfile::Builder::new().permissions(private).tempdir().unwrap());
        fs_err::create_dir_all(home.shop().join("src/deep")).unwrap();
        home.write(SHOP);
        home
    }

    fn shop(&self) -> PathBuf {
        self.0.path().join("shop")
    }

    fn write(&self, text: &str) {
        fs_err::write(self.shop().join("hob.toml"), text).unwrap();
    }

    /// From deep inside the project.
    fn hob(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        command.args(arguments).env_clear().env("HOB_HOME", self.0.path().join("home"));
        command.env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        command.current_dir(self.shop().join("src/deep")).stdin(Stdio::null());
        command
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hob(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// `hob up` on a terminal, answered so; the screen and the exit status.
    fn up(&self, answer: &str) -> (String, Option<i32>) {
        let mut terminal = Terminal::run(self.hob(&["up"]), 160, 50);
        let asked = terminal.until("a question", |text| text.contains("[y/N]"));
        terminal.press(answer);
        let status = terminal.child.wait().unwrap().code();
        (
            asked
                + &terminal.until("the end", |text| {
                    text.contains("nothing was changed") || text.contains("has started")
                }),
            status,
        )
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.hob(&["daemon", "stop"]).output().unwrap();
    }
}

#[test]
fn only_a_yes_approves_and_then_it_is_not_asked_again() {
    let home = Home::new();
    for answer in ["\r", "n\r", "yo\r", "\u{4}"] {
        let (text, status) = home.up(answer);
        assert_eq!(status, Some(77), "{answer:?}: {text}");
        assert!(text.contains("it was not approved: nothing was changed"), "{text}");
    }
    assert!(home.ok(&["ls"]).contains("no services yet"));

    let (text, status) = home.up("y\r");
    assert_eq!(status, Some(0), "{text}");
    let file = home.shop().join("hob.toml");
    for part in [
        format!("shop: {} is not approved yet", file.display()).as_str(),
        "command       sleep 1000",
        "env           TOKEN",
        "autostart     no",
        "stop timeout  5s",
        "Approve these 2 services, and start them?",
        "shop/web has started",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    assert!(!text.contains("secret") && !text.contains("shop/later is"), "{text}");

    let (own, all) = (home.ok(&["logs", "shop/"]), home.ok(&["logs"]));
    assert!(own.contains("web") && own == all, "{own}");
    assert!(home.ok(&["show", "shop/web"]).contains("cgroup"), "whether it has one is told");
    assert_eq!(home.ok(&["completions", "--names"]), "shop/\nshop/later\nshop/web\n");
    home.ok(&["stop", "shop/"]);
    assert!(home.ok(&["wait", "shop/", "--for", "stopped"]).contains("shop/later"));
    assert!(home.ok(&["up"]).contains("shop/web has started"), "it is approved, so nobody is asked");
    assert!(home.ok(&["down"]).starts_with("shop is down"));
    assert!(home.ok(&["ls"]).contains("no services yet"));
}

#[test]
fn a_change_is_told_everywhere_and_asked_about_anew() {
    let home = Home::new();
    assert_eq!(home.up("yes\r").1, Some(0));
    home.write(&SHOP.replace("1000", "2000").replace("secret", "another"));
    for look in [&["ls"][..], &["status"], &[]] {
        let text = home.ok(look);
        assert!(
            text.contains("shop: hob.toml changed, `hob up") && text.contains("sleep 1000"),
            "{look:?}: {text}"
        );
    }
    assert!(home.ok(&["doctor"]).contains("not as approved: shop"));
    assert!(home.ok(&["project", "list"]).contains("hob.toml changed"));

    let (text, status) = home.up("n\r");
    assert_eq!(status, Some(77), "{text}");
    assert!(text.contains("- sleep 1000") && text.contains("+ sleep 2000"), "{text}");
    assert!(text.contains("env.TOKEN") && !text.contains("another"), "{text}");
    assert!(home.ok(&["ls"]).contains("sleep 1000"), "what was approved runs on");

    assert_eq!(home.up("y\r").1, Some(0));
    let text = home.ok(&["ls"]);
    assert!(text.contains("sleep 2000") && !text.contains("changed"), "{text}");
}

#[test]
fn what_is_hostile_in_a_file_cannot_act_on_the_terminal_or_hide() {
    let home = Home::new();
    home.write(
        "[service.web]\ncommand = [\"sh\", \"-c\", \"sleep 1000 #\\u001b[2J\\u001b]0;pwned\\u0007\\u202e \\r hidden\"]\n\
         working_dir = \"/tmp/\\u001b[1A\"\n[service.web.env]\n\"A\\u001b[8m\" = \"1\"\n",
    );
    let (text, _) = home.up("n\r");
    for part in ["\\u{1b}[2J\\u{1b}]0;pwned\\u{7}\\u{202e} \\r hidden", "/tmp/\\u{1b}[1A", "A\\u{1b}[8m"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}
