//! What clients have asked for lately, to tell what a suggestion would have allowed.
//!
//! The last requests of a client are read from their rows when somebody first
//! looks at one of its requests, and are kept up from then on: a person who
//! works through a long queue waits for that once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::Handle;
use super::subject::Facts;
use crate::audit;

/// So many of a client's last requests count.
const COUNT: u32 = 500;

/// The last requests of those clients that somebody has looked at.
#[derive(Debug, Default)]
pub(super) struct Past(HashMap<String, VecDeque<Arc<Facts>>>);

impl Past {
    /// A client has asked for something.
    pub(super) fn add(&mut self, client: &str, facts: &Arc<Facts>) {
        let Some(last) = self.0.get_mut(client) else { return };
        last.push_front(Arc::clone(facts));
        last.truncate(COUNT as usize);
    }

    /// A client is none any more.
    pub(super) fn forget(&mut self, client: &str) {
        self.0.remove(client);
    }

    fn of(&self, client: &str) -> Option<Vec<Arc<Facts>>> {
        Some(self.0.get(client)?.iter().cloned().collect())
    }
}

impl Handle {
    /// What a client has asked for, the last first.
    pub(super) async fn past_of(&self, client: &str) -> Result<Vec<Arc<Facts>>, audit::Error> {
        if let Some(past) = self.desk().past.of(client) {
            return Ok(past);
        }
        let plans = self.0.store.plans_of(client, COUNT).await?;
        let facts: Vec<Arc<Facts>> = plans.iter().map(|plan| Arc::new(Facts::of(plan))).collect();
        self.desk().past.0.insert(client.to_owned(), facts.iter().cloned().collect());
        Ok(facts)
    }
}
