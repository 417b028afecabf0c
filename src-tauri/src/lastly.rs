//! When the toolkit ends the process over our heads.
//!
//! GDK ends the process when its X server goes away or an X request fails, while
//! a daemon in this process has services to look after. So the last thing that
//! happens on the way out is that this process becomes `hob --daemon` for the
//! same home: same pid, same children, no window. What it held is closed by the
//! exec. A Wayland compositor that goes away gives nobody a chance to do so.

#![allow(unsafe_code, reason = "only the C library knows that the process is ending")]

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use crate::{headless, say};

/// Whether the process is to go on, and whether one of its threads is just doing that.
static STAGE: AtomicU8 = AtomicU8::new(DISARMED);
const DISARMED: u8 = 0;
const ARMED: u8 = 1;
const GOING_ON: u8 = 2;

static BECOME: Mutex<Option<(PathBuf, Vec<OsString>)>> = Mutex::new(None);

/// From now on the process goes on as a daemon if it is ended from elsewhere; `home` as for `--home`.
pub(crate) fn arm(home: Option<&PathBuf>) {
    static REGISTERED: Once = Once::new();
    let Some(program) = headless::program() else { return };
    let mut arguments: Vec<OsString> = Vec::new();
    if let Some(home) = home {
        arguments.extend(["--home".into(), home.into()]);
    }
    arguments.push("--daemon".into());
    *BECOME.lock().unwrap_or_else(PoisonError::into_inner) = Some((program, arguments));
    STAGE.store(ARMED, Ordering::SeqCst);
    REGISTERED.call_once(|| {
        // SAFETY: atexit(3) only stores the function, which lives as long as the program.
        if unsafe { libc::atexit(go_on) } != 0 {
            tracing::warn!("if the display goes away, services are left alone");
        }
    });
}

/// Hears of a lost X server before GDK does, which would end the process at once.
pub(crate) fn watch_display() {
    let Ok(x11) = x11_dl::xlib::Xlib::open() else { return };
    // SAFETY: the handler may be set at any time; GDK has set its own before. The function it gets
    // lives as long as the program, and Xlib is never unloaded: GTK is linked with it.
    unsafe { (x11.XSetIOErrorHandler)(Some(on_lost_display)) };
}

unsafe extern "C" fn on_lost_display(_display: *mut x11_dl::xlib::Display) -> libc::c_int {
    go_on();
    // SAFETY: Xlib ends the process when this returns (XSetIOErrorHandler(3)); so does this, without
    // asking the toolkit, whose display is gone.
    unsafe { libc::_exit(1) }
}

/// The daemon has ended, or is another process's: there is nothing to go on with.
pub(crate) fn disarm() {
    STAGE.store(DISARMED, Ordering::SeqCst);
}

extern "C" fn go_on() {
    match STAGE.compare_exchange(ARMED, GOING_ON, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => {}
        // Several threads may hear of it. The others must not end the process in the midst of that.
        Err(GOING_ON) => loop {
            std::thread::park();
        },
        Err(_) => return,
    }
    // Whoever holds this lock does not come back; a process that cannot go on ends.
    let Ok(mut what) = BECOME.try_lock() else { return };
    let Some((program, arguments)) = what.take() else { return };
    say("the display has gone: going on as `hob --daemon`");
    let error = Command::new(&program).args(arguments).exec();
    say(&format!("{} cannot be executed ({error}): services are left alone", program.display()));
}
