//! The daemon in the desktop app, rather than in a process of its own.
//!
//! Such a daemon cannot be replaced in place: the process has a tray and windows. Asked to, it leaves
//! its services to a daemon without an app, from which the next app takes them back.

use hob_tests::desktop::{App, Session};
use hob_tests::{Home, until};

/// A desktop, and the app in it.
pub(crate) struct Desk {
    app: Option<App>,
    session: Session,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { app: None, session: Session::start() }
    }

    /// Starts the app, which holds the daemon when this returns.
    pub(crate) fn begin(&mut self, home: &Home) {
        // The one before has ended; its remains are reaped first.
        self.app = None;
        let app = self.app.insert(App::start(&self.session, home, &["--background"]));
        until("the app's daemon", || {
            let answers = home.call(daemon_core::system::Ping {});
            answers.is_ok_and(|pong| i64::from(pong.pid) == i64::from(app.pid())).then_some(())
        });
    }

    /// Starts the app, and kills it wherever it has got to.
    pub(crate) fn begin_in_vain(&mut self, home: &Home, lives: impl FnOnce()) {
        self.app = None;
        let mut app = App::start(&self.session, home, &["--background"]);
        lives();
        app.kill();
    }
}
