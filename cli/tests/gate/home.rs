//! A home with a policy, a client and its token, and `hob` as either of both sides would call it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::terminal::Terminal;

pub(crate) const LONG: Duration = Duration::from_secs(60);
/// What may run without a question: enough to see how things end.
const POLICY: &str = r#"
version = 1
[defaults]
pending_ttl = "10s"
asks_per_minute = 1000
[[rule]]
id = "true"
effect = "allow"
exec = "/usr/bin/true"
argv = []
[[rule]]
id = "no-rm"
effect = "deny"
exec_name = "rm"
reason = "use trash-put"
"#;

/// A home with a policy, a client and its token.
pub(crate) struct Home {
    pub(crate) place: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Home {
        let private = std::fs::Permissions::from_mode(0o700);
        let home = Home { place: tempfile::Builder::new().permissions(private).tempdir().unwrap() };
        fs_err::create_dir(home.path()).unwrap();
        fs_err::write(home.path().join("policy.toml"), POLICY).unwrap();
        let token = home.ok(&["client", "add", "claude"]);
        assert!(token.starts_with("hob_") && token.lines().count() == 1, "{token}");
        fs_err::write(home.token(), token).unwrap();
        fs_err::set_permissions(home.token(), std::fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.place.path().join("home")
    }

    pub(crate) fn token(&self) -> PathBuf {
        self.place.path().join("token")
    }

    pub(crate) fn hob(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob"));
        command.args(arguments).env_clear().env("HOB_HOME", self.path()).env("PATH", "/usr/bin:/bin");
        command.env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
        command.current_dir(self.place.path()).stdin(Stdio::null());
        command
    }

    /// As the client that has the token.
    pub(crate) fn client(&self, arguments: &[&str]) -> Command {
        let mut command = self.hob(arguments);
        command.env("HOB_TOKEN_FILE", self.token()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hob(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Asks as the client, and waits until that waits.
    pub(crate) fn waiting(&self, arguments: &[&str]) -> (Child, Value) {
        let mut command = self.client(&[&["run", "--wait"], arguments].concat());
        (command.spawn().unwrap(), self.first_of_those_that_wait())
    }

    #[track_caller]
    pub(crate) fn first_of_those_that_wait(&self) -> Value {
        let begun = Instant::now();
        loop {
            let waiting = self.json(&["approvals"]);
            if let Some(request) = waiting["requests"].as_array().unwrap().first() {
                return request.clone();
            }
            assert!(begun.elapsed() < LONG, "nothing waits");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn state(&self, request: &Value) -> String {
        let found = self.json(&["request", "get", request["id"].as_str().unwrap()]);
        found["state"].as_str().unwrap().to_owned()
    }

    /// `hob approve` on a terminal.
    pub(crate) fn approve(&self, arguments: &[&str]) -> Terminal {
        Terminal::run(self.hob(&[&["approve"], arguments].concat()), 120, 100)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.hob(&["daemon", "stop"]).output().unwrap();
    }
}

pub(crate) fn id(request: &Value) -> &str {
    request["id"].as_str().unwrap()
}

#[track_caller]
pub(crate) fn ends(child: Child, status: i32, says: &str) -> Output {
    let output = child.wait_with_output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.contains(says), "{text}");
    output
}

pub(crate) fn home_shell(home: &Home, script: &str) -> Output {
    let mut command = home.hob(&[]);
    let environment: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = Command::new("sh");
    command.args(["-c", script]).env_clear().envs(environment).current_dir(home.place.path());
    command.output().unwrap()
}

/// Waits until it has written this to standard error.
pub(crate) fn until_said(child: &mut Child, what: &str) {
    use std::io::Read as _;
    let (mut said, mut byte) = (String::new(), [0]);
    let errors = child.stderr.as_mut().unwrap();
    while !said.contains(what) {
        assert_eq!(errors.read(&mut byte).unwrap(), 1, "it ended: {said}");
        said.push(char::from(byte[0]));
    }
}
