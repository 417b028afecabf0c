//! A pause: what crashes stays down, until a time or until somebody resumes.
//!
//! Services that run go on, and what a person starts is started. The pause is
//! in a small file, so that it outlives the daemon, and ends by the wall clock,
//! because "until eight tomorrow" means the clock on the wall, also of a
//! machine that slept through the night.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Handle;
use crate::config::Span;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::mount::Mount;
use crate::kernel::{Access, Call, Code, Effect, Fault, Op};

/// Restarts are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pause {
    /// Until then; without it until somebody resumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

/// The pause that is in force, if one is.
#[derive(Clone)]
pub(super) struct Paused {
    now: watch::Sender<Option<Pause>>,
    file: PathBuf,
    board: Board,
    clock: Clock,
}

impl Paused {
    /// Takes up a pause that an earlier daemon was in, and sees to the end of each.
    pub(super) fn mount(m: &Mount) -> Paused {
        let file = m.dirs.state().join("pause.json");
        let paused =
            Paused { now: watch::channel(None).0, file, board: m.board.clone(), clock: m.clock.clone() };
        paused.show(paused.kept());
        let (keeper, mut stop) = (paused.clone(), m.tasks.stop());
        m.tasks.spawn("pause", async move {
            tokio::select! {
                () = keeper.end_each() => {}
                () = stop.stopped() => {}
            }
        });
        paused
    }

    /// What is in force.
    pub(super) fn get(&self) -> Option<Pause> {
        self.now.borrow().clone()
    }

    /// What is in force, now and from now on.
    pub(super) fn changes(&self) -> watch::Receiver<Option<Pause>> {
        self.now.subscribe()
    }

    /// Waits until none is in force.
    pub(super) async fn over(&self) {
        let mut now = self.now.subscribe();
        // The sender is ours, so it does not go away meanwhile.
        now.wait_for(Option::is_none).await.ok();
    }

    /// Puts this in force, on disk first.
    fn set(&self, pause: Option<Pause>) -> Result<(), Fault> {
        let kept = match &pause {
            Some(pause) => self.keep(pause),
            None => match fs_err::remove_file(&self.file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        kept.map_err(|error| Fault::new(Code::Unavailable, format!("the pause cannot be kept: {error}")))?;
        self.show(pause);
        Ok(())
    }

    fn keep(&self, pause: &Pause) -> std::io::Result<()> {
        let new = self.file.with_extension("new");
        fs_err::write(&new, serde_json::to_vec(pause)?)?;
        fs_err::rename(new, &self.file)
    }

    /// The pause of an earlier daemon. One that cannot be read holds nothing up.
    fn kept(&self) -> Option<Pause> {
        let text = fs_err::read(&self.file).ok()?;
        let parsed = serde_json::from_slice(&text);
        parsed.inspect_err(|error| tracing::warn!(%error, file = %self.file.display(), "not a pause")).ok()
    }

    fn show(&self, pause: Option<Pause>) {
        match &pause {
            Some(pause) => self.board.put("system", "pause", pause),
            None => self.board.remove("system", "pause"),
        }
        self.now.send_replace(pause);
    }

    async fn end_each(&self) {
        let mut now = self.now.subscribe();
        loop {
            let until = now.borrow_and_update().as_ref().and_then(|pause| pause.until);
            let Some(until) = until else {
                if now.changed().await.is_err() {
                    return;
                }
                continue;
            };
            tokio::select! {
                () = self.clock.sleep_until_wall(until) => {
                    tracing::info!("the pause is over");
                    if let Err(fault) = self.set(None) {
                        tracing::error!(%fault, "the end of the pause is not on disk");
                        self.show(None);
                    }
                }
                _ = now.changed() => {}
            }
        }
    }
}

/// Whether restarts are held.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct PauseState {
    /// Whether they are.
    pub paused: bool,
    /// Until when; absent if until somebody resumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    /// Whether they were before; earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_paused: Option<bool>,
}

/// Begin no job and start nothing that crashes again, for a while or until `resume`
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(id = "StartPause")]
pub struct StartPause {
    /// For so long, such as `15m` or `1h`; until `resume` if neither this nor `until` is given
    #[arg(value_name = "TIME")]
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub length: Option<Span>,

    /// Until this moment (RFC 3339)
    #[arg(long, value_name = "MOMENT", conflicts_with = "length")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

impl Op for StartPause {
    const NAME: &'static str = "system.pause";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = PauseState;

    async fn run(self, system: &Handle, _: &Call) -> Result<PauseState, Fault> {
        let now = system.0.clock.now();
        let until = match (self.length, self.until) {
            (Some(_), Some(_)) => return Err(Fault::invalid("a pause has a length or an end, not both")),
            (Some(length), None) => Some(now.saturating_add(length.get()).unwrap_or(Timestamp::MAX)),
            (None, until) => until,
        };
        if until.is_some_and(|until| until <= now) {
            return Err(Fault::invalid("the pause would be over before it began"));
        }
        let was_paused = Some(system.is_paused());
        system.0.paused.set(Some(Pause { until }))?;
        Ok(PauseState { paused: true, until, was_paused })
    }
}

/// End the pause: start again what crashed in it, begin what waits
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Resume {}

impl Op for Resume {
    const NAME: &'static str = "system.resume";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Change;
    type On = Handle;
    type Reply = PauseState;

    async fn run(self, system: &Handle, _: &Call) -> Result<PauseState, Fault> {
        let was_paused = Some(system.is_paused());
        system.0.paused.set(None)?;
        Ok(PauseState { paused: false, until: None, was_paused })
    }
}
