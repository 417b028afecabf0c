//! A file as it is and as it is to be: what would be wrong with it, and which lines would be others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Tables;
use crate::config::{Change, Problem, covered, difference, table_text, with_file};
use crate::home::Dirs;
use crate::kernel::Fault;

/// What a file would become by a change of one of its tables.
pub(super) struct Draft {
    pub(super) kind: &'static str,
    pub(super) file: PathBuf,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// A section, or what is wrong with it.
pub(super) type Checked<S> = Result<S, Vec<Problem>>;

impl Draft {
    /// Itself, a new table in the form in which all are written, and the section that it would make or what
    /// would be wrong.
    pub(super) fn checked<T: Tables>(
        mut self,
        dirs: &Dirs,
        name: &str,
    ) -> Result<(Draft, Checked<T::Section>), Fault> {
        let would_be = with_file::<T::Section>(dirs, &self.file, self.after.clone());
        if let (None, Some(text), true) = (&self.before, &self.after, would_be.is_ok()) {
            self.after = Some(as_added::<T>(text, name)?);
        }
        Ok((self, would_be))
    }

    /// The lines that go and come, with what may be secret covered.
    pub(super) fn difference(&self, name: &str, changes: &[Change]) -> String {
        let begin = [self.kind.to_owned(), name.to_owned()];
        let fresh: BTreeSet<Vec<String>> =
            changes.iter().map(|change| begin.iter().chain(&change.path).cloned().collect()).collect();
        let shown = |text: &Option<String>, fresh: &BTreeSet<_>| {
            text.as_ref().and_then(|text| covered(text, fresh)).unwrap_or_default()
        };
        difference(&shown(&self.before, &BTreeSet::new()), &shown(&self.after, &fresh))
    }
}

/// The text that the command which adds one would have written.
fn as_added<T: Tables>(text: &str, name: &str) -> Result<String, Fault> {
    let unreadable = |error: toml::de::Error| Fault::invalid(error.message().to_owned());
    let tables: BTreeMap<String, BTreeMap<String, T::Written>> = toml::from_str(text).map_err(unreadable)?;
    let table = tables.get(T::KIND).and_then(|named| named.get(name));
    table_text(T::KIND, name, table.expect("it was written under this name"))
}
