//! Going on from where an earlier daemon stopped.
//!
//! This comes when all services are known, in the order in which they start,
//! since one that is started again may have to wait for others. A run that has
//! ended unseen is answered as if its end had been seen: by the restart policy,
//! with what is known of the exit code. An unknown one counts as a failure, so
//! that what should run does.

use super::Keeper;
use crate::runs::child::Exit;
use crate::services::former::Ended;
use crate::services::run::log_policy;
use crate::services::standing::Standing;
use crate::services::state::{Event, Machine, Memory, State};

/// What a unit has to take up.
pub(super) struct Pending {
    /// Its run, which has ended unseen.
    pub(super) ended: Option<Ended>,
    /// How it stood, if it is to run again.
    pub(super) back: Option<(Standing, Memory)>,
}

impl Keeper {
    pub(super) async fn resume(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if let Some(run) = &mut self.run {
            if let Some(log) = &run.log {
                log.keep_as(|| log_policy(&self.spec)).await;
            }
            run.listen(&self.common, &self.spec);
            if matches!(self.machine.state(), State::Running { ready: false, .. }) {
                let prepared = run.prepare(&self.common, &self.spec, self.run_number).await;
                match prepared {
                    Ok(()) => run.probe(&self.common, &self.spec),
                    Err(error) => {
                        tracing::warn!(service = %self.name, %error, "whether it is ready is not known")
                    }
                }
            } else {
                self.look_after();
            }
            return;
        }
        if let Some(ended) = &pending.ended {
            self.run_number = self.run_number.max(ended.run);
            self.note(ended.ending.clone());
        }
        match (pending.back, pending.ended) {
            (Some((Standing::Up, memory)), Some(ended)) => self.ended_unseen(ended, memory).await,
            // It was waiting before another attempt, which is now.
            (Some((Standing::Up, memory)), None) if 0 < memory.crashes => {
                self.machine = Machine::attempting(self.common.runs.clock.uptime(), memory);
            }
            (Some(_), _) => self.step(Event::Start).await,
            (None, _) => {}
        }
    }

    async fn ended_unseen(&mut self, ended: Ended, memory: Memory) {
        let now = self.common.runs.clock.uptime();
        let age = self.common.runs.clock.now().duration_since(ended.since).try_into().unwrap_or_default();
        self.machine = Machine::adopted(age, true, now, memory);
        let success = matches!(ended.exit, Exit::Code(code) if self.spec.success_codes.contains(&code));
        let effect = self.decide(Event::Exited { success });
        self.done = success;
        self.give_reason(ended.ending);
        self.tell_if_given_up();
        self.outcome();
        self.act(effect).await;
    }
}
