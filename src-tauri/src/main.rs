//! `hob-desktop`: Hob in the tray.
//!
//! It holds the daemon of a home in its own process, or is a client of the one
//! that runs already, and shows it as an icon with a menu. Nothing is decided
//! here: every click becomes an operation, and what is shown comes from the
//! board. GTK and WebKit sleep until the first window is asked for ([`window`]),
//! because most days nobody asks.
//!
//! Three threads do the work: the main thread, which the toolkit demands for
//! itself ([`front`]); the daemon's ([`core`]); the tray's ([`tray`]).

mod approval;
mod arguments;
mod autostart;
mod board;
mod bus;
mod commands;
mod core;
mod display;
mod front;
mod headless;
mod icon;
mod inspection;
mod lastly;
mod menu;
mod patience;
mod tray;
mod window;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arguments::{Arguments, Task};
use daemon_core::home::Dirs;
use daemon_core::text::visible;
use front::{Ask, Front};

fn main() -> ExitCode {
    inspection::refuse();
    let arguments = match Arguments::parse() {
        Ok(arguments) => arguments,
        Err(said) => return said,
    };
    match live(arguments) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn live(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { home, window, background, daemon, task } = arguments;
    if let Some(Task::Autostart { state, json }) = task {
        let dirs = Dirs::from_env(home.as_deref())?;
        return autostart::answer(state, &dirs, json);
    }
    if daemon {
        return headless::run(home.as_deref());
    }
    if let Err(missing) = display::usable() {
        say(&format!("{missing}: running without a tray and windows, as `hob --daemon` does"));
        return headless::run(home.as_deref());
    }
    let dirs = Dirs::for_daemon(home.as_deref())?;
    daemon_core::daemon::share_one_heap();

    let front = Arc::new(Front::default());
    let bus = match bus::join(&dirs, &front) {
        bus::Joined::Alone(bus) => Some(bus),
        bus::Joined::Nowhere => {
            no_tray(&front, "there is no session bus", background);
            None
        }
        bus::Joined::Second => {
            say("Hob runs already; its window is open now");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let (clicks, clicked) = core::clicks();
    let alone = Arc::clone(&front);
    let tray = tray::start(
        bus.clone(),
        move |action| drop(clicks.try_send(action)),
        move |why| no_tray(&alone, &why, background),
    )?;
    match &bus {
        Some(bus) if !bus.has_tray_host() => no_tray(&front, "nothing on the session bus does", background),
        _ => {}
    }
    if let Some(bus) = bus.clone() {
        let tray = tray.clone();
        std::thread::spawn(move || bus.panel().into_iter().for_each(|panel| tray.draw_on(panel)));
    }
    let core = core::start(dirs, home, &front, tray, bus, clicked)?;
    if window {
        front.ask(Ask::Open(None));
    }
    let code = front::attend(&front, &core);
    lastly::disarm();
    Ok(code)
}

/// Without a tray the window is all there is, unless nobody is to be disturbed. Said once.
fn no_tray(front: &Front, why: &str, background: bool) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if SAID.swap(true, Ordering::Relaxed) {
        return;
    }
    say(&format!("this desktop shows no tray icons ({why}); `hob-desktop` opens the window instead"));
    if !background {
        front.ask(Ask::Open(None));
    }
}

/// Says one line to whoever started us; there may be nobody any more.
fn say(line: &str) {
    writeln!(std::io::stderr(), "hob-desktop: {}", visible(line)).ok();
}
