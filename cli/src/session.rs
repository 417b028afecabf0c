//! What a command knows while it runs: which home, how to print, and the way to the daemon.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use daemon_core::home::Dirs;
use daemon_core::kernel::{Code, Fault, clock};
use daemon_core::runs::still_running;
use daemon_core::text::visible;
use daemon_core::wire::{Asker, Client, connect_or_start};
use jiff::Timestamp;

use crate::daily::of_project;
use crate::failure::Failure;
use crate::output::complain;
use crate::output::style::Style;
use crate::token::Source;
use crate::{config, notice};

/// One run of the command line.
pub(crate) struct Session {
    /// The paths of the home.
    pub(crate) dirs: Dirs,
    /// Whether to print JSON.
    pub(crate) json: bool,
    /// What standard output can show.
    pub(crate) style: Style,
    /// Whether it is about what the daemon has in hand, to look at it or to end it: then none is started.
    pub(crate) starts_none: bool,
    /// When it began: what has run for longer was not started by it.
    pub(crate) begun: Timestamp,
    home: Option<PathBuf>,
    /// As which client everything is asked, by its token; read once, because a pipe can be.
    token: OnceCell<Option<String>>,
}

impl Session {
    /// A session with the home that was named or that the environment names.
    ///
    /// # Errors
    /// `unavailable` if there is no place for a home.
    pub(crate) fn new(home: Option<PathBuf>, json: bool) -> Result<Session, Failure> {
        let dirs = Dirs::from_env(home.as_deref())?;
        let (style, begun) = (Style::detect(), clock::now());
        Ok(Session { dirs, json, style, starts_none: false, begun, home, token: OnceCell::new() })
    }

    /// The paths of a daemon that this process is about to be.
    ///
    /// # Errors
    /// As [`Session::new`].
    pub(crate) fn dirs_of_daemon(&self) -> Result<Dirs, Failure> {
        Ok(Dirs::for_daemon(self.home.as_deref())?)
    }

    /// The home that was named, as another process must be told it.
    pub(crate) fn named_home(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| std::path::absolute(home).unwrap_or_else(|_| home.clone()))
    }

    /// The time, for "2m ago".
    pub(crate) fn now(&self) -> Timestamp {
        clock::now()
    }

    /// Connects to the daemon, and starts it before if it does not run and may be started. It may not be in order
    /// to be looked at, or to be told to end something: it would start services, too.
    ///
    /// # Errors
    /// `unavailable` if it does not run and may not or cannot be started.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        match Client::connect(&self.dirs).await {
            Err(fault)
                if fault.code == Code::Unavailable && !self.starts_none && may_start(self.dirs.config()) =>
            {
                self.start().await
            }
            settled => Ok(self.identified(settled?).await?),
        }
    }

    /// As [`Session::connect`], in order to end these services, or all if none is named. What has outlived its
    /// daemon can be ended by the next one only.
    ///
    /// # Errors
    /// `unavailable` if no daemon runs and none of them does.
    pub(crate) async fn connect_to_end(&self, names: &[String]) -> Result<Client, Failure> {
        match self.connect().await {
            Err(Failure::Fault(fault))
                if fault.code == Code::Unavailable
                    && may_start(self.dirs.config())
                    && any_of(&still_running(&self.dirs.runs()), names) =>
            {
                self.start().await
            }
            settled => settled,
        }
    }

    /// Connects to the daemon if it runs.
    ///
    /// # Errors
    /// `unavailable` if it does not, `denied` if a token is nobody's.
    pub(crate) async fn connect_running(&self) -> Result<Client, Fault> {
        self.identified(Client::connect(&self.dirs).await?).await
    }

    /// Connects to the daemon if it runs; `None` if it does not.
    ///
    /// # Errors
    /// What keeps us from a daemon that is there.
    pub(crate) async fn running(&self) -> Result<Option<Client>, Failure> {
        match Client::connect(&self.dirs).await {
            Err(fault) if fault.code == Code::Unavailable => Ok(None),
            settled => Ok(Some(self.identified(settled?).await?)),
        }
    }

    /// The same for what is asked and shown at once, which needs no runtime.
    ///
    /// # Errors
    /// As [`Session::running`].
    pub(crate) fn asker(&self) -> Result<Option<Asker>, Failure> {
        let mut asker = match Asker::connect(&self.dirs) {
            Err(fault) if fault.code == Code::Unavailable => return Ok(None),
            connected => connected?,
        };
        if let Some(token) = self.token()? {
            asker.identify(token)?;
        }
        Ok(Some(asker))
    }

    /// From now on everything is asked as the client with this token.
    ///
    /// # Errors
    /// `invalid` or `denied` if there is none.
    pub(crate) fn use_token(&self, source: &Source) -> Result<(), Fault> {
        let token = source.read()?;
        // Nothing was asked before, so no other one was read.
        self.token.get_or_init(|| Some(token));
        Ok(())
    }

    /// Connects to the daemon, and starts it before if it does not run.
    ///
    /// # Errors
    /// Why it did not start; with the status for an invalid configuration if that is why.
    pub(crate) async fn start(&self) -> Result<Client, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Fault::internal(format!("this program does not know where it is: {error}")))?;
        let home = self.home_to_pass();
        let arguments: Vec<&std::ffi::OsStr> = match &home {
            Some(home) => vec!["--home".as_ref(), home.as_os_str()],
            None => Vec::new(),
        };
        let is_new = self.home_that_is_not_there();
        let starting = connect_or_start(&self.dirs, &program, &arguments);
        let started = notice::while_waiting("for the daemon to start", "the daemon", starting).await;
        let client = started.map_err(|fault| {
            match daemon_core::config::check(&self.dirs, &daemon_core::daemon::sections()) {
                Ok(_) => Failure::Fault(with_its_own_hint(fault)),
                Err(problems) => {
                    let headline = "the daemon did not start: the configuration is invalid";
                    config::refused(&problems, headline, "`hob config check` says when it is well")
                }
            }
        })?;
        if let Some(home) = is_new.filter(|_| !self.json) {
            let home = visible(&home.to_string_lossy());
            complain(&format!(
                "note: {home} was not there; it is a new home now, with a daemon of its own\n"
            ));
        }
        Ok(self.identified(client).await?)
    }

    /// The home that was named, if there is no such directory: a slip of the hand makes one, too.
    fn home_that_is_not_there(&self) -> Option<PathBuf> {
        let from_env = || std::env::var_os("HOB_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        self.home.clone().or_else(from_env).filter(|home| !home.exists())
    }

    /// The same connection, as the client that this program has the token of.
    async fn identified(&self, client: Client) -> Result<Client, Fault> {
        if let Some(token) = self.token()? {
            client.identify(token).await?;
        }
        Ok(client)
    }

    fn token(&self) -> Result<Option<&str>, Fault> {
        let token = match self.token.get() {
            Some(token) => token,
            None => {
                let read = Source::from_env().map(|source| source.read()).transpose()?;
                self.token.get_or_init(|| read)
            }
        };
        Ok(token.as_deref())
    }

    /// The daemon starts in `/`, where a relative path would lead elsewhere.
    fn home_to_pass(&self) -> Option<PathBuf> {
        let relative = |home: &PathBuf| home.is_relative();
        let from_env = || std::env::var_os("HOB_HOME").map(PathBuf::from).filter(relative);
        let home = self.home.clone().or_else(from_env)?;
        Some(std::path::absolute(&home).unwrap_or(home))
    }
}

/// The daemon's report has its hint in parentheses at the end; it says more than that of the report.
fn with_its_own_hint(fault: Fault) -> Fault {
    let mut open = 0_usize;
    let start = fault.message.rmatch_indices(['(', ')']).find_map(|(at, bracket)| {
        open = if bracket == ")" { open + 1 } else { open.saturating_sub(1) };
        (open == 0).then_some(at)
    });
    match start.and_then(|at| Some((fault.message[..at].strip_suffix(' ')?, &fault.message[at + 1..]))) {
        Some((message, hint)) if hint.ends_with(')') && !hint.starts_with("os error") => {
            Fault::new(fault.code, message).hint(&hint[..hint.len() - 1])
        }
        _ => fault,
    }
}

/// Whether one of those that run on is meant.
fn any_of(left: &[String], names: &[String]) -> bool {
    let is_meant = |left: &String, name: &String| match of_project(name) {
        Some(project) => left.split_once('/').is_some_and(|(of, _)| of == project),
        None => left == name,
    };
    left.iter().any(|left| names.is_empty() || names.iter().any(|name| is_meant(left, name)))
}

/// `[daemon] auto_start`, which only matters while no daemon runs that would know it.
///
/// A file that cannot be read does not forbid a start: the daemon will say what is wrong with it.
fn may_start(config: &Path) -> bool {
    let overlaid = std::env::var("HOB__DAEMON__AUTO_START").ok();
    let written = || {
        let text = fs_err::read_to_string(config).ok()?;
        let document: toml_edit::Document<String> = toml_edit::Document::parse(text).ok()?;
        document.get("daemon")?.get("auto_start")?.as_bool()
    };
    overlaid.and_then(|value| value.parse().ok()).or_else(written).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemons_own_hint_takes_the_place_of_the_general_one() {
        for (message, expected, hint) in [
            ("it is open (close it: chmod (1))", "it is open", "close it: chmod (1)"),
            ("no file (os error 2)", "no file (os error 2)", "general"),
            ("it (so) ended", "it (so) ended", "general"),
            ("nothing", "nothing", "general"),
        ] {
            let fault = with_its_own_hint(Fault::internal(message).hint("general"));
            assert_eq!((fault.message.as_str(), fault.hint.as_deref()), (expected, Some(hint)));
        }
    }

    #[test]
    fn what_runs_on_is_meant_by_its_name_its_project_or_by_all() {
        let left = ["shop/web".to_owned()];
        for (names, is_meant) in [
            (&[][..], true),
            (&["db", "shop/web"], true),
            (&["shop/*"], true),
            (&["shop/"], true),
            (&["web", "sho/", "shop/db"], false),
        ] {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(any_of(&left, &names), is_meant, "{names:?}");
            assert!(!any_of(&[], &names));
        }
    }

    #[test]
    fn a_daemon_may_be_started_unless_the_configuration_says_no() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        assert!(may_start(&config));
        for (text, may) in [
            ("[daemon]\nauto_start = false\n", false),
            ("[daemon]\nauto_start = true\n", true),
            ("[service.web]\ncommand = \"x\"\n", true),
            ("[daemon\n", true),
        ] {
            fs_err::write(&config, text).unwrap();
            assert_eq!(may_start(&config), may, "{text}");
        }
    }
}
