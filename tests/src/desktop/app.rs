//! `hob-desktop` as a person's session would start it.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use rustix::process::Signal;

use super::spawned::Spawned;
use super::{Session, free_port, tail};
use crate::{Home, process, program, until};

/// How many lines of what the app said are shown when a test fails.
const SHOWN: usize = 30;

/// A running app; dropped, it is killed.
pub struct App {
    spawned: Spawned,
    said: PathBuf,
}

impl App {
    /// The app's program: what `HOB_DESKTOP` names, or `hob-desktop` beside the tests.
    pub fn program() -> PathBuf {
        std::env::var_os("HOB_DESKTOP").map_or_else(|| program("hob-desktop"), PathBuf::from)
    }

    /// The app as it is shipped, without the tests' feature: what `HOB_DESKTOP_SHIPPED` names, or
    /// `hob-desktop-shipped` beside the tests.
    pub fn shipped() -> PathBuf {
        let named = std::env::var_os("HOB_DESKTOP_SHIPPED");
        named.map_or_else(|| program("hob-desktop-shipped"), PathBuf::from)
    }

    /// The app for a home in a session, as a command that can be changed.
    pub fn command(session: &Session, home: &Home, arguments: &[&str]) -> Command {
        let mut command = session.command(App::program());
        command.args(arguments).env("HOB_HOME", home.path());
        command
    }

    /// `hob` for a home in a session.
    pub fn hob(session: &Session, home: &Home, arguments: &[&str]) -> Command {
        let mut command = home.command(arguments);
        session.enter(&mut command);
        command
    }

    /// Starts it.
    pub fn start(session: &Session, home: &Home, arguments: &[&str]) -> App {
        App::launch(session, App::command(session, home, arguments))
    }

    /// Starts it so that its windows can be driven; the port is for [`super::WebDriver::attach`].
    pub fn automated(session: &Session, home: &Home, arguments: &[&str]) -> (App, u16) {
        let port = free_port();
        let mut command = App::command(session, home, arguments);
        App::automate(&mut command, port);
        (App::launch(session, command), port)
    }

    /// What tells the app to let its windows be driven through this port.
    pub fn automate(command: &mut Command, port: u16) {
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.env("WEBKIT_INSPECTOR_SERVER", format!("127.0.0.1:{port}"));
    }

    /// Starts a command that was changed.
    pub fn launch(session: &Session, mut command: Command) -> App {
        let number = (1..).find(|number| !said_by(session, *number).exists()).expect("numbers do not end");
        let said = said_by(session, number);
        let file = fs_err::File::create(&said).expect("a session can be written").into_parts().0;
        let errors = file.try_clone().expect("a file can be shared");
        command.stdout(file).stderr(errors);
        App { spawned: Spawned::start(command), said }
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.spawned.pid()
    }

    /// All that it has printed so far.
    pub fn said(&self) -> String {
        fs_err::read_to_string(&self.said).unwrap_or_default()
    }

    /// Waits until it has printed this.
    ///
    /// # Panics
    /// If it does not within [`crate::PATIENCE`].
    #[track_caller]
    pub fn wait_for_words(&self, words: &str) {
        until(&format!("{words:?} from the app"), || self.said().contains(words).then_some(()));
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        self.spawned.poll().is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not end within [`crate::PATIENCE`].
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        self.spawned.ended()
    }

    /// Kills it without a warning; what it started stays.
    pub fn kill(&mut self) {
        process::signal(self.pid(), Signal::KILL);
        self.ended();
    }
}

impl Drop for App {
    #[allow(
        clippy::print_stderr,
        reason = "the harness of the tests captures it, and shows it where one fails"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what {} said last:\n{}\n---", self.said.display(), tail(&self.said, SHOWN));
        }
    }
}

fn said_by(session: &Session, number: u32) -> PathBuf {
    session.join(&format!("app-{number}.log"))
}
