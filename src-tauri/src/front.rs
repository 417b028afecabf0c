//! The main thread, which the toolkit demands for itself once there are windows.
//!
//! Until the first window is asked for it sleeps on a channel. Then it becomes
//! the toolkit's event loop, and stays that to the end of the process: the
//! toolkit cannot be started twice.

use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tauri::AppHandle;

use crate::core::Core;
use crate::{display, say, window};

/// A person asks for less than this before the main thread looks.
const ROOM: usize = 64;

/// What the main thread is asked to do.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Show the window, at a service if one is named.
    Open(Option<String>),
    /// End the process with this status.
    End(u8),
}

/// The way to the main thread, from anywhere.
#[derive(Debug)]
pub(crate) struct Front(Mutex<Way>);

#[derive(Debug)]
enum Way {
    Asleep(SyncSender<Ask>),
    Toolkit(AppHandle),
}

/// A main thread's two ends.
pub(crate) fn pair() -> (Arc<Front>, Receiver<Ask>) {
    let (asks, inbox) = mpsc::sync_channel(ROOM);
    (Arc::new(Front(Mutex::new(Way::Asleep(asks)))), inbox)
}

impl Front {
    /// Asks for something; it is done soon, in the order of asking.
    pub(crate) fn ask(&self, ask: Ask) {
        let toolkit = match &*self.way() {
            Way::Toolkit(toolkit) => toolkit.clone(),
            Way::Asleep(asks) => {
                if asks.send(ask).is_err() {
                    tracing::debug!("the main thread has ended");
                }
                return;
            }
        };
        answer(&toolkit, ask);
    }

    /// From now on the toolkit is asked; `waiting` is what was asked while it started.
    pub(crate) fn hand_over(&self, toolkit: &AppHandle, waiting: &Receiver<Ask>) {
        *self.way() = Way::Toolkit(toolkit.clone());
        waiting.try_iter().for_each(|ask| answer(toolkit, ask));
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Is the main thread until the end of the process, whose status it returns.
pub(crate) fn attend(front: &Arc<Front>, asks: &Receiver<Ask>, core: Core) -> ExitCode {
    loop {
        match asks.recv() {
            Ok(Ask::End(status)) => return ExitCode::from(status),
            Ok(Ask::Open(at)) => match display::usable() {
                Ok(()) => return window::run(front, asks, core, at),
                // It may have gone since we started; the tray and the daemon need none.
                Err(missing) => say(&format!("no window can be opened: {missing}")),
            },
            Err(_) => return ExitCode::FAILURE,
        }
    }
}

fn answer(toolkit: &AppHandle, ask: Ask) {
    match ask {
        Ask::End(status) => toolkit.exit(i32::from(status)),
        Ask::Open(at) => {
            let toolkit = toolkit.clone();
            let shown = toolkit.clone().run_on_main_thread(move || window::show(&toolkit, at.as_deref()));
            if let Err(error) = shown {
                tracing::error!(%error, "the window was not opened");
            }
        }
    }
}
