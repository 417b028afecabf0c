//! How much one client may put into the record.
//!
//! What policy allows or denies takes nobody's attention, but each request is
//! kept with its plan, and making a plan reads files. So each client has so many
//! requests a minute, and so many bytes of plans; who needs more waits for the
//! next minute. Nothing here reads a clock.

use std::collections::HashMap;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// What plans may have on the average; most have one or two KiB.
const PLAN: usize = 28 << 10;

/// What each client has used of its minute.
#[derive(Debug, Default)]
pub struct Allowance {
    clients: HashMap<String, Used>,
}

#[derive(Debug)]
struct Used {
    since: Duration,
    requests: usize,
    bytes: usize,
}

impl Allowance {
    /// Takes a request of so many bytes, before there is a plan of it; false if the client has had `most` in this
    /// minute.
    pub fn request(&mut self, client: &str, most: usize, bytes: usize, now: Duration) -> bool {
        let is_over = |used: &Used| used.since + MINUTE <= now;
        if self.clients.get(client).is_none_or(is_over) {
            // Who begins a minute makes room for others, so that nothing grows with time.
            self.clients.retain(|_, used| !is_over(used));
            self.clients.insert(client.to_owned(), Used { since: now, requests: 0, bytes: 0 });
        }
        let used = self.clients.get_mut(client).expect("it is there by now");
        if most <= used.requests || most.saturating_mul(PLAN) <= used.bytes {
            return false;
        }
        used.requests += 1;
        used.bytes = used.bytes.saturating_add(bytes);
        true
    }

    /// Adds what the plan of a request that was taken has more than the request.
    pub fn plan(&mut self, client: &str, bytes: usize) {
        if let Some(used) = self.clients.get_mut(client) {
            used.bytes = used.bytes.saturating_add(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn each_client_has_its_own_minute() {
        let mut allowance = Allowance::default();
        assert!(allowance.request("a", 2, 0, seconds(0)));
        assert!(allowance.request("a", 2, 0, seconds(30)));
        assert!(!allowance.request("a", 2, 0, seconds(59)));
        assert!(allowance.request("b", 2, 0, seconds(59)));
        assert!(allowance.request("a", 2, 0, seconds(60)));
        assert_eq!(allowance.clients.len(), 2);
        assert!(allowance.request("c", 2, 0, seconds(300)));
        assert_eq!(allowance.clients.len(), 1, "who has not come for a minute is forgotten");
    }

    #[test]
    fn large_plans_use_it_up_sooner() {
        let mut allowance = Allowance::default();
        assert!(allowance.request("a", 100, 0, seconds(0)));
        allowance.plan("a", 100 * PLAN - 1);
        assert!(allowance.request("a", 100, 0, seconds(1)));
        allowance.plan("a", 1);
        assert!(!allowance.request("a", 100, 0, seconds(1)));
        assert!(allowance.request("a", 100, 100 * PLAN, seconds(61)));
        assert!(!allowance.request("a", 100, 0, seconds(62)), "before there is a plan");
    }
}
