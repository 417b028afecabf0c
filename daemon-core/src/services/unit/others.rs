//! The services that one comes after, and whether it still has to wait for them.

use tokio::sync::watch;

use super::Keeper;
use crate::services::common::{Footing, Shown};

impl Keeper {
    /// Finds out whom it has to wait for.
    pub(super) fn look_around(&mut self) {
        let required = self.spec.requires.iter().map(|name| (name, true));
        let after = self
            .spec
            .after
            .iter()
            .filter(|name| !self.spec.requires.contains(name))
            .map(|name| (name, false));
        let mut others: Vec<_> = required
            .chain(after)
            .filter_map(|(name, required)| Some((name.clone(), required, self.common.shown(name)?)))
            .collect();
        others.retain_mut(|(_, required, shown)| blocks(&shown.borrow_and_update().footing, *required));
        self.others = others.into_iter().map(|(name, _, shown)| (name, shown)).collect();
    }
}

/// Resolves when any of them shows something new.
pub(super) async fn any_changes(others: &mut [(String, watch::Receiver<Shown>)]) {
    let changes = others.iter_mut().map(|(_, shown)| Box::pin(shown.changed()));
    // One that is gone has changed as well: it is not waited for any more.
    drop(futures_util::future::select_all(changes).await);
}

/// Whether one that comes after another with this footing has to wait.
fn blocks(footing: &Footing, required: bool) -> bool {
    match footing {
        Footing::Ready | Footing::Done => false,
        Footing::Coming => true,
        Footing::Down | Footing::Failed(_) => required,
    }
}
