//! The environment that the person's own shell makes at login.
//!
//! A daemon started by a desktop or at boot lacks what `.profile` and its kin
//! set up, PATH above all. So the shell is started once as at a login,
//! interactive (that is where version managers hook in), and asked. What its
//! files print on the way is told apart by a marker around the answer; what
//! they ask for, they do not get: there is no terminal, and the input is empty.
//!
//! A shell that takes too long is killed with its whole session. Nothing is
//! kept or repeated here: on an error the caller uses the daemon's own
//! environment, and says so.

#![allow(unsafe_code, reason = "setsid between fork and exec, which std cannot ask of posix_spawn")]

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time;

use super::Pairs;

/// How long a shell may take.
pub const LIMIT: Duration = Duration::from_secs(5);

/// No sensible environment is larger.
const LONGEST: usize = 4 << 20;

/// A shell that did not tell its environment.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// It cannot be started.
    #[error("cannot start the login shell {}: {source}", .shell.display())]
    Start {
        /// Which.
        shell: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It did not finish.
    #[error("the login shell {} was not done after {limit:?} (does one of its files wait for something?)", .shell.display())]
    TooSlow {
        /// Which.
        shell: PathBuf,
        /// How long it was given.
        limit: Duration,
    },
    /// It ended, or went on and on, without an answer.
    #[error("the login shell {} did not say its environment ({how})", .shell.display())]
    NoAnswer {
        /// Which.
        shell: PathBuf,
        /// What it did instead.
        how: String,
    },
}

/// Asks `shell` (an absolute path) for the environment it makes of `inherited`.
///
/// Call it inside a tokio runtime with I/O and time.
pub async fn login(shell: &Path, inherited: &Pairs, limit: Duration) -> Result<Pairs, LoginError> {
    let start = |source| LoginError::Start { shell: shell.to_owned(), source };
    let marker = format!("hob-environment-{}", std::process::id());
    let mut session = Session { child: spawn(shell, inherited, &marker).map_err(start)? };
    let stdout = session.child.stdout.take().expect("its stdout is a pipe");

    let output = match Receiver::from_owned_fd(OwnedFd::from(stdout)) {
        Ok(pipe) => time::timeout(limit, answer(pipe, marker.as_bytes())).await,
        Err(error) => Ok(Err(error)),
    };
    let ended = session.end();
    match output {
        Ok(Ok(Some(environment))) => Ok(pairs(&environment)),
        Ok(Ok(None)) => {
            let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(LoginError::NoAnswer { shell: shell.to_owned(), how })
        }
        Ok(Err(error)) => Err(LoginError::NoAnswer { shell: shell.to_owned(), how: error.to_string() }),
        Err(_) => Err(LoginError::TooSlow { shell: shell.to_owned(), limit }),
    }
}

fn spawn(shell: &Path, inherited: &Pairs, marker: &str) -> io::Result<Child> {
    let mut command = Command::new(shell);
    command
        // Words that every shell understands, csh and fish included.
        .args(["-lic", &format!("echo {marker}; env -0; echo {marker}")])
        .env_clear()
        .envs(inherited.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // SAFETY: setsid is async-signal-safe, allocates nothing and touches no memory.
    unsafe { command.pre_exec(|| rustix::process::setsid().map(drop).map_err(io::Error::from)) };
    command.spawn()
}

/// What the shell wrote between the markers; `None` if it ended without.
async fn answer(mut pipe: Receiver, marker: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut output = Vec::new();
    while output.len() < LONGEST {
        if pipe.read_buf(&mut output).await? == 0 {
            break;
        }
        // Something in the background may hold the pipe open, so the end is not waited for.
        if let Some(environment) = between(&output, marker) {
            return Ok(Some(environment.to_vec()).filter(|environment| !environment.is_empty()));
        }
    }
    Ok(None)
}

fn between<'a>(output: &'a [u8], marker: &[u8]) -> Option<&'a [u8]> {
    let begin = memmem::find(output, marker)? + marker.len() + 1;
    let rest = output.get(begin..)?;
    Some(&rest[..memmem::find(rest, marker)?])
}

fn pairs(environment: &[u8]) -> Pairs {
    let pair = |entry: &[u8]| {
        let equals = memchr::memchr(b'=', entry).filter(|at| 0 < *at)?;
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((text(&entry[..equals]), text(&entry[equals + 1..])))
    };
    environment.split(|byte| *byte == 0).filter_map(pair).collect()
}

/// The shell and all it started; nothing of it outlives this.
struct Session {
    child: Child,
}

impl Session {
    fn end(&mut self) -> io::Result<ExitStatus> {
        let leader = rustix::process::Pid::from_child(&self.child);
        // It is not reaped yet, so the number still means its group; that it is gone is the aim.
        rustix::process::kill_process_group(leader, rustix::process::Signal::KILL).ok();
        self.child.wait()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Once it is reaped, its number may mean somebody else.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            drop(self.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Duration = Duration::from_secs(30);

    async fn ask(profile: &str, limit: Duration) -> Result<Pairs, LoginError> {
        let home = tempfile::tempdir().unwrap();
        fs_err::write(home.path().join(".profile"), profile).unwrap();
        let inherited = vec![
            ("HOME".into(), home.path().as_os_str().to_owned()),
            ("PATH".into(), "/usr/bin:/bin".into()),
        ];
        login(Path::new("/bin/sh"), &inherited, limit).await
    }

    fn value(pairs: &Pairs, name: &str) -> Option<String> {
        let (_, value) = pairs.iter().find(|(each, _)| each == name)?;
        Some(value.to_string_lossy().into_owned())
    }

    #[tokio::test]
    async fn what_the_profile_sets_is_told_apart_from_what_it_prints() {
        let profile = "echo JUNK=1; printf 'X=2\\0'; export TOOL='two\nlines=here'; PATH=/opt/bin:$PATH";
        let environment = ask(profile, PLENTY).await.unwrap();
        assert_eq!(value(&environment, "TOOL").as_deref(), Some("two\nlines=here"));
        assert!(value(&environment, "PATH").is_some_and(|path| path.starts_with("/opt/bin:")));
        assert_eq!((value(&environment, "JUNK"), value(&environment, "X")), (None, None));
    }

    #[tokio::test]
    async fn what_runs_on_in_the_background_is_not_waited_for() {
        assert!(ask("sleep 1000 &", PLENTY).await.is_ok());
    }

    async fn check(profile: &str, limit: u64, reason: &str) {
        let error = ask(profile, Duration::from_millis(limit)).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[tokio::test]
    async fn a_shell_without_an_answer_is_named_with_the_reason() {
        check("sleep 1000", 200, "/bin/sh was not done after 200ms").await;
        check("exit 3", 30_000, "exit status: 3").await;
        check("env() { :; }", 30_000, "did not say its environment").await;
        let nowhere = login(Path::new("/no/shell"), &Pairs::new(), PLENTY).await.unwrap_err();
        assert!(nowhere.to_string().contains("cannot start the login shell /no/shell"));
    }

    #[tokio::test]
    async fn a_slow_shell_is_killed_with_what_it_started() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pids");
        let profile = format!("sleep 1000 & echo $$ $! > {}; wait", path.display());
        let error = ask(&profile, Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, LoginError::TooSlow { .. }), "{error}");
        for pid in fs_err::read_to_string(&path).unwrap().split_whitespace() {
            let stat = format!("/proc/{pid}/stat");
            while fs_err::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}
