//! What was found when a service was last asked how it is, for whoever looks at it.
//!
//! Readiness and health act on what they find and forget it; here the last
//! finding of each is kept while its run is the newest. It is one entry for
//! each service that is asked at all, and nothing is asked for its sake.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::clock::Clock;

/// What was found when a service was last asked how it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probes {
    /// Whether it is ready; of what waits for a word of the service there is nothing before that word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<Probe>,
    /// Whether it still does what it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Probe>,
}

/// One question to a service, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// When it was answered, or given up.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What was wrong; absent if all was well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Ready,
    Health,
}

/// The last findings of all services; clones share them.
#[derive(Clone, Default)]
pub(super) struct Probed(Arc<Mutex<BTreeMap<Arc<str>, Probes>>>);

impl Probed {
    /// What was found last.
    pub(super) fn of(&self, service: &str) -> Probes {
        self.entries().get(service).cloned().unwrap_or_default()
    }

    /// Nothing is known of a service any more: another run begins, or none ever will.
    pub(super) fn forget(&self, service: &str) {
        self.entries().remove(service);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Probes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes down what comes of one question to one service.
pub(super) struct Witness {
    pub(super) probed: Probed,
    pub(super) clock: Clock,
    pub(super) service: Arc<str>,
    pub(super) question: Question,
}

impl Witness {
    pub(super) fn saw(&self, outcome: &Result<(), String>) {
        let probe = Probe { at: self.clock.now(), problem: outcome.as_ref().err().cloned() };
        let mut entries = self.probed.entries();
        let probes = entries.entry(Arc::clone(&self.service)).or_default();
        match self.question {
            Question::Ready => probes.ready = Some(probe),
            Question::Health => probes.health = Some(probe),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_finding_of_each_question_is_kept_until_it_is_forgotten() {
        let probed = Probed::default();
        let witness = |question| Witness {
            probed: probed.clone(),
            clock: Clock::standing_at(Timestamp::UNIX_EPOCH),
            service: "web".into(),
            question,
        };
        let (ready, health) = (witness(Question::Ready), witness(Question::Health));
        ready.saw(&Err("it answers 503".to_owned()));
        ready.saw(&Ok(()));
        health.saw(&Ok(()));
        health.saw(&Err("it answers 500".to_owned()));
        let found = probed.of("web");
        assert_eq!(found.ready.unwrap().problem, None);
        assert_eq!(found.health.unwrap().problem.as_deref(), Some("it answers 500"));
        assert_eq!(probed.of("db"), Probes::default());
        probed.forget("web");
        assert_eq!(probed.of("web"), Probes::default());
    }
}
