//! The app on a desktop of its own, and the person who clicks there.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use hob_tests::desktop::{App, Item, Session, TrayHost};
use hob_tests::figures::home::Home;
use hob_tests::figures::{Bench, clock, process as measured};
use hob_tests::{process, until};
use rustix::process::{Pid, Signal};

/// Services that do nothing, which every home here has.
pub(crate) const IDLE: usize = 10;

/// How long a page may take to be on the screen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running app; dropped, it and its services have ended. What is first here goes first.
pub(crate) struct Desktop {
    app: App,
    item: Item,
    _host: TrayHost,
    session: Session,
    log: PathBuf,
    pub(crate) pid: Pid,
    pub(crate) socket: PathBuf,
    /// Milliseconds from before it was executed until its icon was in the tray.
    pub(crate) registered_after: f64,
}

impl Desktop {
    /// Starts the app in an empty home but for idle services.
    pub(crate) fn idle(bench: &Bench) -> Result<Desktop> {
        Desktop::start(bench, &Home::with_idle_services(bench, IDLE)?)
    }

    /// Starts the app in a home.
    pub(crate) fn start(bench: &Bench, home: &Home) -> Result<Desktop> {
        let program = program(bench)?;
        let session = Session::start();
        let host = TrayHost::on(&session);
        let mut command = session.command(program);
        command.env("HOB_HOME", home.dir());
        let begin = clock::now();
        let app = App::launch(&session, command);
        let item = host.item();
        let registered_after = clock::millis(clock::now() - begin);
        let pid = Pid::from_raw(app.pid()).context("a running app has a pid")?;
        let (log, socket) = (home.dir().join("state/logs/hob.log"), home.dir().join("hob.sock"));
        Ok(Desktop { app, item, _host: host, session, log, pid, socket, registered_after })
    }

    /// Opens the window by a left click; how many milliseconds later its first frame is there, and
    /// how many later what the daemon told it.
    pub(crate) fn open(&self) -> Result<Opened> {
        let mut said = Said::from_now_on(&self.log)?;
        let begin = clock::now();
        self.item.activate();
        let frame = said.wait_for("main", "frame")? - begin;
        let data = said.wait_for("main", "data")? - begin;
        Ok(Opened { frame: clock::millis(frame), data: clock::millis(data) })
    }

    /// Does what opens the dialog; how many milliseconds later it shows what is asked.
    pub(crate) fn asked(&self, ask: impl FnOnce() -> Result<()>) -> Result<f64> {
        let mut said = Said::from_now_on(&self.log)?;
        let begin = clock::now();
        ask()?;
        Ok(clock::millis(said.wait_for("approval", "data")? - begin))
    }

    /// Waits until it has so many windows.
    pub(crate) fn await_windows(&self, count: usize) {
        self.session.wait_for_windows(self.app.pid(), count);
    }

    /// The only window, as it looks now.
    pub(crate) fn picture(&self) -> Result<Vec<u8>> {
        let windows = self.session.windows(self.app.pid());
        let [window] = windows[..] else { bail!("there are {} windows and not one", windows.len()) };
        Ok(self.session.picture(window))
    }

    /// Closes the window, and waits until its page has no process any more.
    pub(crate) fn close(&self) {
        let pages = self.toolkit("WebKitWebProces");
        for window in self.session.windows(self.app.pid()) {
            self.session.close_window(window);
        }
        self.session.wait_for_windows(self.app.pid(), 0);
        let gone = |page: &Pid| !process::is_alive(page.as_raw_nonzero().get());
        until("the end of the page", || pages.iter().all(gone).then_some(()));
    }

    /// Anonymous memory of the app and of WebKit's processes for it, in MiB.
    pub(crate) fn anonymous(&self) -> Result<f64> {
        let mut sum = measured::memory(self.pid)?.anonymous;
        for helper in self.toolkit("WebKit") {
            sum += measured::memory(helper)?.anonymous;
        }
        Ok(sum / 1024.0)
    }

    /// The app's descendants with names that begin so.
    pub(crate) fn toolkit(&self, name: &str) -> Vec<Pid> {
        let is_it = |pid: &Pid| {
            let path = format!("/proc/{}/comm", pid.as_raw_nonzero());
            fs_err::read_to_string(path).is_ok_and(|comm| comm.starts_with(name))
        };
        measured::descendants(self.pid).into_iter().filter(is_it).collect()
    }
}

/// When a window that was clicked for was there, in milliseconds.
pub(crate) struct Opened {
    pub(crate) frame: f64,
    pub(crate) data: f64,
}

/// What the app writes down about its pages.
struct Said {
    log: fs_err::File,
    text: String,
}

impl Said {
    fn from_now_on(log: &Path) -> Result<Said> {
        let mut log = fs_err::File::open(log)?;
        log.seek(SeekFrom::End(0))?;
        Ok(Said { log, text: String::new() })
    }

    /// When the page of a window said that so much of it is painted.
    fn wait_for(&mut self, window: &str, what: &str) -> Result<u64> {
        let (window, what) = (format!("window=\"{window}\""), format!("what=\"{what}\""));
        let is_it = |line: &str| line.contains(" painted ") && line.contains(&window) && line.contains(&what);
        let begin = clock::now();
        while !self.text.lines().any(is_it) {
            if PATIENCE.as_nanos() < (clock::now() - begin).into() {
                bail!("no page said that it is painted ({window} {what}): is ui/dist older than that word?");
            }
            std::thread::sleep(Duration::from_millis(1));
            self.log.read_to_string(&mut self.text)?;
        }
        Ok(clock::now())
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        process::signal(self.app.pid(), Signal::TERM);
        self.app.ended();
    }
}

/// The app under test.
pub(crate) fn program(bench: &Bench) -> Result<PathBuf> {
    let named = std::env::var_os("HOB_DESKTOP_BIN").map(PathBuf::from);
    let program = std::path::absolute(named.unwrap_or_else(|| bench.hob.with_file_name("hob-desktop")))?;
    if !program.exists() {
        bail!(
            "there is no {}: build it with `make release-desktop`, or set HOB_DESKTOP_BIN",
            program.display()
        );
    }
    Ok(program)
}
