//! Every path the daemon uses, and where each came from.
//!
//! This is the only file that knows the conventions of the operating system
//! (XDG Base Directory Specification 0.8; Apple's File System Programming
//! Guide). `HOB_HOME`, or `--home`, puts everything below one directory; single
//! paths have overrides of their own, which win.

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::kernel::{Code, Fault};

/// The longest path a Unix socket can be bound to, in bytes (unix(7): `sun_path` with its NUL).
pub const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

const LAUNCHER: &str = "launcher";

/// A path, and the reason why it is that one.
#[derive(Debug, Clone)]
pub struct Place {
    /// What it is for, such as `socket`.
    pub name: &'static str,
    /// The path.
    pub path: PathBuf,
    /// What decided it, such as `$XDG_STATE_HOME` or `HOB_SOCKET`.
    pub from: String,
}

/// All paths of one home.
#[derive(Debug, Clone)]
pub struct Dirs {
    config_dir: Place,
    config: Place,
    state: Place,
    runtime: Place,
    socket: Place,
    agent_socket: Place,
    pid: Place,
    log: Place,
    launcher: OnceLock<Place>,
}

impl Dirs {
    /// The paths by the environment; `home` is what `--home` said.
    ///
    /// A service was told its daemon's socket. Whoever names a home inside one means that home,
    /// and not the socket.
    ///
    /// # Errors
    /// `unavailable` when neither a home nor a home directory is known.
    pub fn from_env(home: Option<&Path>) -> Result<Dirs, Fault> {
        match home.is_some() || set("HOB_HOME").is_some() {
            true => Dirs::outside_of_services(home),
            false => Dirs::from_vars(None, set),
        }
    }

    /// The paths of a daemon that is to be started.
    ///
    /// One that is started inside a service was told its parent's socket, which is not its own.
    ///
    /// # Errors
    /// As [`Dirs::from_env`].
    pub fn for_daemon(home: Option<&Path>) -> Result<Dirs, Fault> {
        let dirs = Dirs::outside_of_services(home)?;
        // Looked for while the program is still where it was started from.
        dirs.launcher();
        Ok(dirs)
    }

    fn outside_of_services(home: Option<&Path>) -> Result<Dirs, Fault> {
        let inside_a_service = env::var_os("HOB_RUN").is_some();
        let told = |name: &str| inside_a_service && name == "HOB_SOCKET";
        Dirs::from_vars(home, |name| set(name).filter(|_| !told(name)))
    }

    /// Everything below one directory, whatever the environment says. For tests.
    pub fn below(home: &Path) -> Dirs {
        Dirs::from_vars(Some(home), |_| None).expect("with a home nothing else is needed")
    }

    /// The same paths, but with the launcher there. For tests and whoever brings its own.
    #[must_use]
    pub fn with_launcher(mut self, path: PathBuf) -> Dirs {
        let place = Place { name: LAUNCHER, path, from: "the program".to_owned() };
        self.launcher = OnceLock::from(place);
        self
    }

    fn from_vars(home: Option<&Path>, var: impl Fn(&str) -> Option<OsString>) -> Result<Dirs, Fault> {
        let roots = match (home.map(PathBuf::from), var("HOB_HOME").map(PathBuf::from)) {
            (Some(home), _) => Roots::below(&home, "--home")?,
            (None, Some(home)) => Roots::below(&home, "HOB_HOME")?,
            (None, None) => Roots::of_system(&var)?,
        };
        let place = |name: &'static str, override_name: &'static str, root: &Place, file: &str| match var(
            override_name,
        ) {
            Some(path) => Place { name, path: path.into(), from: override_name.to_owned() },
            None => Place { name, path: root.path.join(file), from: root.from.clone() },
        };
        Ok(Dirs {
            config: place("config", "HOB_CONFIG", &roots.config, "config.toml"),
            socket: place("socket", "HOB_SOCKET", &roots.runtime, "hob.sock"),
            agent_socket: place("agent socket", "HOB_AGENT_SOCKET", &roots.runtime, "agent.sock"),
            pid: place("pid file", "HOB_PID", &roots.state, "hob.pid"),
            log: place("daemon log", "HOB_LOG", &roots.state, "logs/hob.log"),
            launcher: var("HOB_LAUNCH").map_or_else(OnceLock::new, |path| {
                OnceLock::from(Place { name: LAUNCHER, path: path.into(), from: "HOB_LAUNCH".to_owned() })
            }),
            config_dir: roots.config,
            state: roots.state,
            runtime: roots.runtime,
        })
    }

    /// Whether this is the home that a person has without naming one.
    pub fn is_default(&self) -> bool {
        self.state.from.starts_with('$')
    }

    /// All of them, to be shown.
    pub fn places(&self) -> [&Place; 9] {
        [
            &self.config,
            &self.config_dir,
            &self.state,
            &self.runtime,
            &self.socket,
            &self.agent_socket,
            &self.pid,
            &self.log,
            self.place_of_launcher(),
        ]
    }

    /// `config.toml`.
    pub fn config(&self) -> &Path {
        &self.config.path
    }

    /// The directory of configuration fragments that services are added in, `services.d`.
    pub fn services_d(&self) -> PathBuf {
        self.beside_config("services.d")
    }

    /// The directory of configuration fragments that jobs are added in, `jobs.d`.
    pub fn jobs_d(&self) -> PathBuf {
        self.beside_config("jobs.d")
    }

    fn beside_config(&self, name: &str) -> PathBuf {
        self.config.path.parent().unwrap_or(&self.config_dir.path).join(name)
    }

    /// The state directory: the home's identity.
    pub fn state(&self) -> &Path {
        &self.state.path
    }

    /// The directory of the sockets.
    pub fn runtime(&self) -> &Path {
        &self.runtime.path
    }

    /// The owner's socket.
    pub fn socket(&self) -> &Path {
        &self.socket.path
    }

    /// The socket that may be given to an agent.
    pub fn agent_socket(&self) -> &Path {
        &self.agent_socket.path
    }

    /// Whether the environment moved the socket, so that what the pid file says does not matter.
    pub fn socket_is_overridden(&self) -> bool {
        self.socket.from == "HOB_SOCKET"
    }

    /// The pid file.
    pub fn pid(&self) -> &Path {
        &self.pid.path
    }

    /// The daemon's own log.
    pub fn log(&self) -> &Path {
        &self.log.path
    }

    /// The launcher's program.
    pub fn launcher(&self) -> &Path {
        &self.place_of_launcher().path
    }

    /// Looked for when it is first asked for: most commands start nothing.
    fn place_of_launcher(&self) -> &Place {
        self.launcher.get_or_init(launcher)
    }

    /// The directory of the services' logs.
    pub fn service_logs(&self) -> PathBuf {
        self.state.path.join("logs").join("services")
    }

    /// The directory of what runs now: FIFOs and staging files.
    pub fn runs(&self) -> PathBuf {
        self.state.path.join("run")
    }

    /// The directory of the projects' files as they were approved.
    pub fn projects(&self) -> PathBuf {
        self.state.path.join("projects")
    }

    /// The database of history.
    pub fn database(&self) -> PathBuf {
        self.state.path.join("hob.db")
    }

    /// The database of what was asked, decided and done: requests, grants, the record.
    pub fn gate(&self) -> PathBuf {
        self.state.path.join("gate.db")
    }

    /// The directory of the record's mirror, which `hob-verify` reads.
    pub fn audit(&self) -> PathBuf {
        self.state.path.join("audit")
    }

    /// The file of the key that signs the record, where no keychain has it.
    pub fn audit_key(&self) -> PathBuf {
        self.state.path.join("audit.key")
    }

    /// Refuses a socket path that the system could not bind.
    ///
    /// # Errors
    /// `invalid`, naming the path, its length and the override.
    pub fn check_socket_paths(&self) -> Result<(), Fault> {
        check_socket_path(&self.socket.path, "HOB_SOCKET")?;
        check_socket_path(&self.agent_socket.path, "HOB_AGENT_SOCKET")
    }
}

/// The same for one, and the variable that sets it.
pub(crate) fn check_socket_path(path: &Path, variable: &str) -> Result<(), Fault> {
    let length = path.as_os_str().as_bytes().len();
    if length <= SOCKET_PATH_LIMIT {
        return Ok(());
    }
    let path = path.display();
    let message =
        format!("the socket path {path} has {length} bytes, and this system allows {SOCKET_PATH_LIMIT}");
    Err(Fault::invalid(message).hint(format!("set {variable} to a shorter path")))
}

struct Roots {
    config: Place,
    state: Place,
    runtime: Place,
}

impl Roots {
    fn below(home: &Path, from: &str) -> Result<Roots, Fault> {
        let home = std::path::absolute(home)
            .map_err(|error| Fault::invalid(format!("{from} {}: {error}", home.display())))?;
        if fs_err::metadata(&home).is_ok_and(|there| !there.is_dir()) {
            return Err(Fault::invalid(format!("{from}: {} is not a directory", home.display()))
                .hint("name a directory; one that does not exist is made"));
        }
        let place = |name, path| Place { name, path, from: from.to_owned() };
        Ok(Roots {
            config: place("config directory", home.clone()),
            // Apart from the settings, so that watching those does not see every write of ours.
            state: place("state directory", home.join("state")),
            runtime: place("runtime directory", home),
        })
    }

    fn of_system(var: &impl Fn(&str) -> Option<OsString>) -> Result<Roots, Fault> {
        let xdg = |name| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = var("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let below_home = |name, tail: &str| match &home {
            Some(home) => Ok(Place { name, path: home.join(tail), from: "$HOME".to_owned() }),
            None => {
                Err(Fault::new(Code::Unavailable, "HOME is not set, so there is no place for hob's files")
                    .hint("set HOB_HOME to a directory of your own"))
            }
        };
        let place = |name, variable: &'static str, tail: &str| match xdg(variable) {
            Some(path) => Ok(Place { name, path: path.join("hob"), from: format!("${variable}") }),
            None => below_home(name, tail),
        };
        if cfg!(target_os = "macos") {
            let support = "Library/Application Support/hob";
            let state = below_home("state directory", &format!("{support}/state"))?;
            let runtime = Place { name: "runtime directory", ..state.clone() };
            return Ok(Roots { config: below_home("config directory", support)?, state, runtime });
        }
        let state = place("state directory", "XDG_STATE_HOME", ".local/state/hob")?;
        let runtime = match xdg("XDG_RUNTIME_DIR") {
            Some(path) => Place {
                name: "runtime directory",
                path: path.join("hob"),
                from: "$XDG_RUNTIME_DIR".to_owned(),
            },
            None => Place { name: "runtime directory", ..state.clone() },
        };
        Ok(Roots { config: place("config directory", "XDG_CONFIG_HOME", ".config/hob")?, state, runtime })
    }
}

/// A variable of the environment, if it says anything.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The launcher that came with this program.
fn launcher() -> Place {
    let program = env::current_exe().and_then(fs_err::canonicalize).unwrap_or_default();
    let beside = program.with_file_name("hob-launch");
    let prefix = program.ancestors().nth(2).unwrap_or(&program);
    let libexec = prefix.join("libexec/hob/hob-launch");
    let (path, from) =
        if !beside.exists() && libexec.exists() { (libexec, "libexec") } else { (beside, "beside hob") };
    Place { name: LAUNCHER, path, from: from.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into())
    }

    #[test]
    fn a_home_holds_everything_and_an_override_wins() {
        let dirs =
            Dirs::from_vars(Some(Path::new("/h")), vars(&[("HOB_SOCKET", "/s/x"), ("HOME", "/u")])).unwrap();
        assert_eq!(dirs.state(), Path::new("/h/state"));
        assert_eq!(dirs.config(), Path::new("/h/config.toml"));
        assert_eq!(dirs.socket(), Path::new("/s/x"));
        assert!(dirs.socket_is_overridden());
        assert!(!dirs.is_default());
    }

    #[test]
    fn a_home_that_is_no_directory_is_refused_and_one_that_is_not_there_yet_is_not() {
        let at = |home| Dirs::from_vars(Some(Path::new(home)), vars(&[]));
        let fault = at("/dev/null").unwrap_err();
        assert_eq!(
            (fault.code, fault.message.as_str()),
            (Code::Invalid, "--home: /dev/null is not a directory")
        );
        assert!(at("/nonexistent/home").is_ok() && at("/").is_ok());
    }

    #[test]
    fn without_a_runtime_directory_the_sockets_are_with_the_state() {
        let dirs = Dirs::from_vars(None, vars(&[("HOME", "/u")])).unwrap();
        assert_eq!(dirs.socket().parent(), Some(dirs.state()));
        assert!(dirs.is_default());
        assert_eq!(Dirs::from_vars(None, vars(&[])).unwrap_err().code, Code::Unavailable);
    }

    #[test]
    fn a_relative_xdg_variable_is_ignored_as_its_specification_says() {
        let dirs = Dirs::from_vars(None, vars(&[("HOME", "/u"), ("XDG_STATE_HOME", "rel")])).unwrap();
        assert!(dirs.state().starts_with("/u"));
    }

    #[test]
    fn a_socket_path_that_cannot_be_bound_is_refused_with_its_length() {
        let long = PathBuf::from(format!("/{}", "x".repeat(200)));
        let fault = Dirs::below(&long).check_socket_paths().unwrap_err();
        assert!(fault.message.contains("210 bytes"), "{fault}");
        assert!(fault.hint.unwrap().contains("HOB_SOCKET"));
    }
}
