//! How much of a client, and of all clients, may run at the same time without a person's word.
//!
//! Each command takes descriptors and processes, and memory for what is kept of
//! its output; all of these are everybody's. What a person has allowed counts,
//! and is not refused: whoever said yes has seen it. The owner's are no part of
//! what all clients have together, so that many of those never keep him out.

use super::Error;
use super::desk::Desk;
use super::policy::Settings;
use crate::config::Size;
use crate::exec::Plan;
use crate::kernel::Client;

/// What the commands of one client may keep together, of each of their two outputs.
const KEPT: u64 = 64 << 20;
/// So much more may the owner.
const OWNER: usize = 4;

/// Whether one more command of this client may run.
pub(super) fn check(desk: &Desk, client: &str, plan: &Plan, settings: &Settings) -> Result<(), Error> {
    let is_owner = |client: &str| client == Client::LOCAL.id;
    let times = if is_owner(client) { OWNER } else { 1 };
    let most = (settings.max_running_per_client as usize).saturating_mul(times);
    let own = desk.running(|other| other == client);
    allow(own.map(kept), kept(plan), most, KEPT * times as u64)?;
    match desk.running(|other| !is_owner(other)).count() {
        all if settings.max_running as usize <= all && !is_owner(client) => Err(Error::TooManyRunOfAll(all)),
        _ => Ok(()),
    }
}

fn kept(plan: &Plan) -> u64 {
    plan.limits().keep.0
}

fn allow(
    running: impl Iterator<Item = u64>,
    one_more: u64,
    most: usize,
    most_kept: u64,
) -> Result<(), Error> {
    let (count, kept) = running.fold((0, one_more), |(count, sum), it| (count + 1, it.saturating_add(sum)));
    match () {
        () if most <= count => Err(Error::TooManyRun(count)),
        () if most_kept < kept => Err(Error::TooMuchKept(Size::bytes(most_kept))),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c87_so_many_run_and_so_much_is_kept_of_them() {
        let check = |running: &[u64], one_more| allow(running.iter().copied(), one_more, 3, 10);
        assert!(check(&[], 10).is_ok());
        assert!(check(&[1, 1], 8).is_ok());
        assert!(matches!(check(&[1, 1], 9), Err(Error::TooMuchKept(_))));
        assert!(matches!(check(&[0, 0, 0], 0), Err(Error::TooManyRun(3))));
        assert!(check(&[u64::MAX], 1).is_err());
    }
}
