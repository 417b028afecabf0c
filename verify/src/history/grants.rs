//! Remembered permissions: one that was not given, or has ended, is not used.

use std::collections::HashMap;

use super::said;
use crate::leaf::Leaf;

/// The grants that have not ended.
#[derive(Debug, Default)]
pub(super) struct Grants {
    active: HashMap<String, Standing>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Active,
    /// What it was given for has changed: it can only end.
    Stale,
}

impl Grants {
    /// Takes `grant.` and this `verb`.
    pub(super) fn follow(&mut self, verb: &str, leaf: &Leaf) -> Result<(), String> {
        let id = said(leaf, "id")?;
        match (verb, self.active.get(id)) {
            ("created", None) => drop(self.active.insert(id.to_owned(), Standing::Active)),
            ("used", Some(Standing::Active)) => {}
            ("stale", Some(_)) => drop(self.active.insert(id.to_owned(), Standing::Stale)),
            ("revoked" | "expired", Some(_)) => drop(self.active.remove(id)),
            ("created", Some(_)) => return Err(format!("the grant {id} is there already")),
            ("used", Some(Standing::Stale)) => return Err(format!("the grant {id} is stale and was used")),
            ("used" | "stale" | "revoked" | "expired", None) => {
                return Err(format!("the grant {id} was not given, or has ended"));
            }
            _ => return Err(format!("there are no leaves of the kind `{}`", leaf.kind)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::leaf;

    fn check(verbs: &[&str], is_legal: bool) {
        let mut grants = Grants::default();
        let outcome = verbs.iter().try_for_each(|verb| {
            grants.follow(verb, &leaf(1, &format!("grant.{verb}"), "", &[("id", "g1")]))
        });
        assert_eq!(outcome.is_ok(), is_legal, "{verbs:?}: {outcome:?}");
    }

    #[test]
    fn a_grant_is_used_only_while_it_stands() {
        check(&["created", "used", "used", "revoked"], true);
        check(&["created", "stale", "revoked"], true);
        check(&["created", "stale", "expired"], true);
        check(&["created", "created"], false);
        check(&["used"], false);
        check(&["created", "revoked", "used"], false);
        check(&["created", "expired", "used"], false);
        check(&["created", "stale", "used"], false);
        check(&["created", "widened"], false);
    }
}
