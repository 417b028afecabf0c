//! The main thread, which the toolkit demands for itself once there are windows.
//!
//! Until the first window is asked for it sleeps on a channel. Then it becomes
//! the toolkit's event loop, and stays that to the end of the process: the
//! toolkit cannot be started twice.

use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tauri::AppHandle;

use crate::core::Core;
use crate::{display, lastly, say, window};

/// How long the toolkit may take to end once it was asked to; a display that hangs holds it up for ever.
const TOOLKIT_ENDS: Duration = Duration::from_secs(3);

/// What the main thread is asked to do.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Show the window, at a service if one is named.
    Open(Option<String>),
    /// Show the dialog with what waits for a person, and take the focus or not.
    Review { activate: bool },
    /// Destroy the dialog: there is nothing to decide, or not now.
    Dismiss,
    /// End the process with this status.
    End(u8),
}

/// The way to the main thread, from anywhere. Asking never waits.
#[derive(Debug, Default)]
pub(crate) struct Front {
    state: Mutex<State>,
    asked: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The window is wanted, at a service or not. However often it is asked for, it is one window.
    open: Option<Option<String>>,
    /// What is to become of the dialog; the last wish counts.
    dialog: Option<Dialog>,
    end: Option<u8>,
    /// Once there is one, it is asked.
    toolkit: Option<AppHandle>,
    /// Whether services are being stopped for the end.
    ending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialog {
    Shown { activate: bool },
    Gone,
}

impl Front {
    /// Asks for something; it is done soon.
    pub(crate) fn ask(&self, ask: Ask) {
        let mut state = self.state();
        match ask {
            Ask::Open(at) => state.open = Some(at),
            Ask::Review { activate } => {
                // Whoever has clicked is not to wait for what came by itself.
                let clicked = state.dialog == Some(Dialog::Shown { activate: true });
                state.dialog = Some(Dialog::Shown { activate: activate || clicked });
            }
            Ask::Dismiss => state.dialog = Some(Dialog::Gone),
            Ask::End(status) => {
                state.end = Some(status);
                if state.toolkit.is_some() {
                    insist(status);
                }
            }
        }
        let toolkit = state.toolkit.clone();
        drop(state);
        match toolkit {
            Some(toolkit) => self.serve(&toolkit),
            None => self.asked.notify_one(),
        }
    }

    /// Nobody should wait for a window any more.
    pub(crate) fn set_ending(&self) {
        self.state().ending = true;
    }

    /// Whether the end has begun.
    pub(crate) fn is_ending(&self) -> bool {
        self.state().ending
    }

    /// From now on the toolkit is asked.
    pub(crate) fn hand_over(&self, toolkit: &AppHandle) {
        self.state().toolkit = Some(toolkit.clone());
        self.serve(toolkit);
    }

    /// Has the toolkit do what is asked, in its own thread.
    fn serve(&self, toolkit: &AppHandle) {
        let end = self.state().end;
        if let Some(status) = end {
            return toolkit.exit(i32::from(status));
        }
        while let Some(ask) = self.state().wish() {
            let app = toolkit.clone();
            if let Err(error) = toolkit.run_on_main_thread(move || window::serve(&app, ask)) {
                tracing::error!(%error, "the window was not opened");
            }
        }
    }

    /// Sleeps until the window is wanted, or until the end.
    fn next(&self) -> Ask {
        let mut state = self.state();
        loop {
            if let Some(status) = state.end {
                return Ask::End(status);
            }
            match state.wish() {
                // There is none yet.
                Some(Ask::Dismiss) => continue,
                Some(wish) => return wish,
                None => {}
            }
            state = self.asked.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is wanted of the windows, one after the other.
    fn wish(&mut self) -> Option<Ask> {
        if let Some(at) = self.open.take() {
            return Some(Ask::Open(at));
        }
        self.dialog.take().map(|dialog| match dialog {
            Dialog::Shown { activate } => Ask::Review { activate },
            Dialog::Gone => Ask::Dismiss,
        })
    }
}

/// Is the main thread until the end of the process, whose status it returns.
pub(crate) fn attend(front: &Arc<Front>, core: &Core) -> ExitCode {
    loop {
        let first = match front.next() {
            Ask::End(status) => return ExitCode::from(status),
            first => first,
        };
        // It may have gone since we started; the tray and the daemon need none.
        let outcome = display::usable().and_then(|()| window::run(front, core, first));
        match outcome {
            Ok(status) => return status,
            Err(why) => say(&format!("no window can be opened: {why}")),
        }
    }
}

/// The daemon has ended well; the toolkit need not.
#[allow(clippy::disallowed_methods, reason = "main may never come back from the toolkit")]
fn insist(status: u8) {
    let end = move || {
        thread::sleep(TOOLKIT_ENDS);
        lastly::disarm();
        std::process::exit(i32::from(status));
    };
    if let Err(error) = thread::Builder::new().name("end".into()).spawn(end) {
        tracing::error!(%error, "nobody sees to the end");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_never_waits_and_many_wishes_are_one() {
        let front = Front::default();
        for number in 0..10_000 {
            front.ask(Ask::Open(Some(number.to_string())));
        }
        assert!(matches!(front.next(), Ask::Open(Some(last)) if last == "9999"));
        front.ask(Ask::Review { activate: true });
        front.ask(Ask::Review { activate: false });
        assert!(matches!(front.next(), Ask::Review { activate: true }), "a click counts more");
        front.ask(Ask::Review { activate: false });
        front.ask(Ask::Dismiss);
        front.ask(Ask::Open(None));
        front.ask(Ask::End(7));
        assert!(matches!(front.next(), Ask::End(7)), "the end comes before a window");
    }
}
