//! A desktop session of a test's own: X server, session bus, home and runtime directory.
//!
//! Xvfb and dbus-daemon choose their own display and print it, so that any number
//! of sessions start at once. The bus has a configuration without service
//! directories: nothing is started on demand, and what a test meets on the bus it has
//! put there. Either server may be left out, or be killed in the middle of a test.
//!
//! When a session is dropped everything that was started in it is killed, whoever
//! its parent is by then: all of it has the session's runtime directory in its
//! environment.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;
use zbus::Connection;
use zbus::connection::Builder;

use super::spawned::Spawned;
use super::typing::Typing;
use super::{block_on, windows};
use crate::{PATIENCE, process, until};

/// Compiled shaders are the same for all; in a private cache each test would compile them.
const SHADERS: &str = "/tmp/hob-tests-shaders";

/// What of a desktop there is.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// An X server.
    pub display: bool,
    /// A session bus.
    pub bus: bool,
    /// A window manager, which only questions of focus and stacking need.
    pub window_manager: bool,
}

impl Default for Parts {
    fn default() -> Parts {
        Parts { display: true, bus: true, window_manager: false }
    }
}

/// A desktop; dropped, nothing of it is left.
pub struct Session {
    window_manager: Option<Spawned>,
    display: Option<(Spawned, String)>,
    bus: Option<(Spawned, String)>,
    dir: PathBuf,
    temporary: Option<TempDir>,
}

impl Session {
    /// A session with X server and bus.
    pub fn start() -> Session {
        Session::with(Parts::default())
    }

    /// A session with some parts.
    ///
    /// # Panics
    /// If a program for one of them is missing.
    pub fn with(parts: Parts) -> Session {
        let temporary =
            tempfile::Builder::new().prefix("hob-x-").tempdir_in("/tmp").expect("/tmp can be written");
        let dir = temporary.path().to_owned();
        for (name, mode) in [("run", 0o700), ("home", 0o755), ("data", 0o755)] {
            fs_err::create_dir(dir.join(name)).expect("a fresh directory can be written");
            let permissions = std::fs::Permissions::from_mode(mode);
            fs_err::set_permissions(dir.join(name), permissions).expect("our own directory has our modes");
        }
        let mut session =
            Session { window_manager: None, display: None, bus: None, dir, temporary: Some(temporary) };
        session.display = parts.display.then(|| session.start_display());
        session.bus = parts.bus.then(|| session.start_bus());
        session.window_manager = parts.window_manager.then(|| Spawned::start(session.command("openbox")));
        session
    }

    /// A command that sees this desktop and no other.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if ["HOB_", "XDG_", "TAURI_", "WEBKIT_"].iter().any(|foreign| name_text.starts_with(foreign)) {
                command.env_remove(name);
            }
        }
        self.enter(&mut command);
        command
    }

    /// Puts a command into this desktop.
    pub fn enter(&self, command: &mut Command) {
        for absent in ["WAYLAND_DISPLAY", "DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(absent);
        }
        if let Some((_, display)) = &self.display {
            command.env("DISPLAY", display).env("XDG_SESSION_TYPE", "x11").env("GDK_BACKEND", "x11");
        }
        // Without an address the bus is looked for in the runtime directory, where there is none then.
        if let Some((_, address)) = &self.bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        for (name, dir) in [
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "data"),
            ("XDG_CACHE_HOME", "data"),
        ] {
            command.env(name, self.dir.join(dir));
        }
        command
            .env("MESA_SHADER_CACHE_DIR", SHADERS)
            .env("NO_AT_BRIDGE", "1")
            .env("GIO_USE_VFS", "local")
            .env("GSETTINGS_BACKEND", "memory");
    }

    /// A file or directory of the session.
    pub fn join(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// The home directory of whoever is at this desktop.
    pub fn home_dir(&self) -> PathBuf {
        self.join("home")
    }

    /// A connection to the bus, whose calls end after [`PATIENCE`].
    ///
    /// # Panics
    /// If there is no bus.
    pub fn connect(&self) -> Connection {
        self.serve(Ok)
    }

    /// As [`Session::connect`], and serves objects from the first message on: one that is added
    /// later may miss what comes before the server listens.
    ///
    /// # Panics
    /// If there is no bus.
    pub fn serve<'a>(&self, objects: impl FnOnce(Builder<'a>) -> zbus::Result<Builder<'a>>) -> Connection {
        let (_, address) = self.bus.as_ref().expect("the session has a bus");
        block_on(async {
            let builder = objects(Builder::address(address.as_str())?)?;
            builder.method_timeout(PATIENCE).build().await
        })
        .expect("our own bus lets us in")
    }

    /// The names that are owned on the bus and begin so.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let connection = self.connect();
        let names = block_on(async { zbus::fdo::DBusProxy::new(&connection).await?.list_names().await });
        let names = names.expect("a bus knows its names");
        names.iter().map(ToString::to_string).filter(|name| name.starts_with(prefix)).collect()
    }

    /// The visible windows of a process, by their X ids.
    ///
    /// # Panics
    /// If there is no X server.
    pub fn windows(&self, pid: i32) -> Vec<u32> {
        windows::of(self.display(), pid)
    }

    /// Waits until a process has so many visible windows.
    ///
    /// # Panics
    /// If it does not within [`PATIENCE`].
    #[track_caller]
    pub fn wait_for_windows(&self, pid: i32, count: usize) {
        until("windows", || (self.windows(pid).len() == count).then_some(()));
    }

    /// Asks a window to close, as the mark in its corner does.
    pub fn close_window(&self, window: u32) {
        windows::close(self.display(), window);
    }

    /// What a window looks like now, as the bytes of its pixels.
    pub fn picture(&self, window: u32) -> Vec<u8> {
        windows::picture(self.display(), window)
    }

    /// Presses a key, by its code, or lets it go; whoever has the focus gets it.
    pub fn key(&self, code: u8, down: bool) {
        windows::key(self.display(), code, down);
    }

    /// Somebody types, until this is dropped, so that what opens leaves the focus where it is.
    pub fn types(&self) -> Typing {
        Typing::at(self.display())
    }

    /// Ends the X server under everybody's feet.
    pub fn kill_display(&mut self) {
        self.window_manager = None;
        self.display = None;
    }

    /// Ends the bus under everybody's feet.
    pub fn kill_bus(&mut self) {
        self.bus = None;
    }

    /// Starts an X server, where there is none.
    pub fn restore_display(&mut self) {
        self.display = Some(self.start_display());
    }

    fn display(&self) -> &str {
        &self.display.as_ref().expect("the session has a display").1
    }

    fn start_display(&self) -> (Spawned, String) {
        let mut command = Command::new("Xvfb");
        command.args("-displayfd 1 -screen 0 1280x800x24 -nolisten tcp -noreset".split(' '));
        let log = fs_err::File::create(self.join("xvfb.log")).expect("a session can be written");
        let (server, display) = Spawned::announced(with_stderr(command, log));
        (server, format!(":{display}"))
    }

    fn start_bus(&self) -> (Spawned, String) {
        let configuration = self.join("bus.conf");
        fs_err::write(&configuration, bus_configuration(&self.join("run/bus")))
            .expect("a session can be written");
        let mut command = Command::new("dbus-daemon");
        command.args(["--nofork", "--nopidfile", "--print-address=1"]);
        command.arg(format!("--config-file={}", configuration.display()));
        let log = fs_err::File::create(self.join("bus.log")).expect("a session can be written");
        Spawned::announced(with_stderr(command, log))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.window_manager = None;
        let runtime = self.join("run").display().to_string();
        // What was just being started may be seen only by a second look.
        let mut quiet = 0;
        while quiet < 2 {
            let left = process::all()
                .into_iter()
                .filter(|pid| process::variable(*pid, "XDG_RUNTIME_DIR").as_ref() == Some(&runtime))
                .collect::<Vec<_>>();
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            left.into_iter().for_each(|pid| process::signal(pid, Signal::KILL));
        }
        self.bus = None;
        self.display = None;
        self.temporary.take();
        // Somebody may have written into it while it was removed.
        until("the end of a session's directory", || {
            self.dir.exists().then(|| fs_err::remove_dir_all(&self.dir).ok());
            (!self.dir.exists()).then_some(())
        });
    }
}

/// A session bus that starts nothing by itself.
fn bus_configuration(socket: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}

fn with_stderr(mut command: Command, file: fs_err::File) -> Command {
    command.stderr(file.into_parts().0);
    command
}
