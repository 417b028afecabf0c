//! What most tests begin with: a desktop with a tray, a home with two services, and the app.

use daemon_core::services::Word;
use hob_tests::desktop::{App, Entry, Item, Menu, Session, TrayHost};
use hob_tests::{Home, process, until};
use rustix::process::Signal;

/// Two services that run for ever; what crashes stays down.
pub(crate) const TWO: &str = "[service.web]\ncommand = [\"sleep\", \"1000\"]\n\
    [service.worker]\ncommand = [\"sleep\", \"1001\"]\nrestart = \"never\"\n";

/// The app in its tray. What is first here goes first.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) item: Item,
    pub(crate) host: TrayHost,
    pub(crate) home: Home,
    pub(crate) session: Session,
    /// Where a driver may attach.
    pub(crate) inspector: u16,
}

impl Stage {
    /// The app holds the daemon itself, and all runs.
    pub(crate) fn hosting() -> Stage {
        let stage = Stage::of(Home::with(TWO));
        stage.item.wait_for("both services", |menu| menu.labels()[0] == "2 running");
        stage
    }

    /// The app over a home that may have a daemon.
    pub(crate) fn of(home: Home) -> Stage {
        let session = Session::start();
        let host = TrayHost::on(&session);
        let (app, inspector) = App::automated(&session, &home, &[]);
        let item = host.item();
        Stage { app, item, host, home, session, inspector }
    }

    /// The pid of a service that runs.
    pub(crate) fn pid_of(&self, service: &str) -> i32 {
        running(&self.home, service)
    }

    /// Kills the only process of a service.
    pub(crate) fn crash(&self, service: &str) {
        process::signal(self.pid_of(service), Signal::KILL);
    }

    /// Chooses to quit, and sees that the app ends well.
    #[track_caller]
    pub(crate) fn quit(&mut self, label: &str) {
        self.item.wait_for(label, |menu| menu.find(label).is_some());
        self.item.click(label);
        let status = self.app.ended();
        assert!(status.success(), "{status}: {}", self.app.said());
        self.host.wait_for_items(0);
    }
}

/// The pid of a service that runs, once there is a daemon.
pub(crate) fn running(home: &Home, service: &str) -> i32 {
    until("a daemon that answers", || home.call(daemon_core::system::Ping {}).ok());
    home.wait_for_service(service, |it| it.state == Word::Running && it.pid.is_some()).pid.unwrap()
}

/// Waits until the daemon of a home is this process.
pub(crate) fn wait_for_daemon(home: &Home, pid: i32) {
    until("the daemon's process", || {
        let answers =
            home.call(daemon_core::system::Ping {}).is_ok_and(|pong| i64::from(pong.pid) == i64::from(pid));
        answers.then_some(())
    });
}

/// The row of a service in the menu.
pub(crate) fn row<'menu>(menu: &'menu Menu, service: &str) -> Option<&'menu Entry> {
    let with_word = format!("{service} (");
    let rows = menu.below("Services").iter();
    rows.into_iter().find(|row| row.label == service || row.label.starts_with(&with_word))
}

/// What leads to the list of services in the window, which begins with what needs somebody.
pub(crate) const SERVICES: &str = "nav a[href='#/services']";

/// The words of the two quits, and of the one that an attached app has.
pub(crate) const STOP: &str = "Quit and stop everything";
pub(crate) const LEAVE: &str = "Quit, leave services running";
pub(crate) const QUIT: &str = "Quit";
