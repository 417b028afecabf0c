//! Somebody at the keyboard who goes on typing, whatever else happens.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::windows;

/// By its code: it types nothing anywhere.
const SHIFT: u8 = 50;
/// Between two keys.
const PAUSE: Duration = Duration::from_millis(100);

/// Dropped, he has stopped.
pub struct Typing {
    stop: Option<mpsc::SyncSender<()>>,
    fingers: Option<JoinHandle<()>>,
}

impl Typing {
    pub(super) fn at(display: &str) -> Typing {
        let (stop, stopped) = mpsc::sync_channel(1);
        let display = display.to_owned();
        let press = move || {
            windows::key(&display, SHIFT, true);
            windows::key(&display, SHIFT, false);
        };
        press();
        let type_on = move || {
            while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                press();
            }
        };
        Typing { stop: Some(stop), fingers: Some(std::thread::spawn(type_on)) }
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        self.stop.take();
        self.fingers.take().map(JoinHandle::join);
    }
}
