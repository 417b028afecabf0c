//! Fragments of the configuration that are written for a person: one table each, in a file of its name.
//!
//! What is written is meant to be read and edited, so what somebody else has put
//! into such a file stays when the table is taken out.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use serde::Serialize;

use crate::kernel::{Code, Fault};

/// The text of a file that has `[kind.NAME]` and nothing else.
///
/// # Errors
/// `invalid` if the table cannot be written as TOML.
pub fn table_text(kind: &str, name: &str, table: &impl Serialize) -> Result<String, Fault> {
    let invalid = |error: &dyn std::fmt::Display| Fault::invalid(format!("{name}: {error}"));
    let table = toml::Value::try_from(table).map_err(|error| invalid(&error))?;
    let tables = toml::Table::from_iter([(name.to_owned(), table)]);
    toml::to_string(&toml::Table::from_iter([(kind.to_owned(), tables.into())]))
        .map_err(|error| invalid(&error))
}

/// A file's text without `[kind.NAME]`; `None` in it if nothing else is said there, `None` around it if
/// that table is not.
pub fn without(written: &str, kind: &str, name: &str) -> Option<Option<String>> {
    let mut document = written.parse::<toml_edit::DocumentMut>().ok()?;
    let tables = document.get_mut(kind)?.as_table_like_mut()?;
    tables.remove(name)?;
    if tables.is_empty() {
        document.remove(kind);
    }
    Some((!document.is_empty()).then(|| document.to_string()))
}

/// Puts a text in the place of a file, whole or not at all. Who may read the file stays as it is, and a link
/// to it goes on to lead there.
///
/// # Errors
/// `unavailable`, with the file and the reason.
pub fn replace_file(file: &Path, text: &str) -> Result<(), Fault> {
    // One that is not there yet is no link.
    let file = fs_err::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let draft = file.with_extension("new");
    write_like(&file, &draft, text).and_then(|()| fs_err::rename(&draft, &file)).map_err(|error| {
        // It may not even have been begun.
        fs_err::remove_file(&draft).ok();
        Fault::new(Code::Unavailable, error.to_string())
    })
}

/// What is private is so from its first byte on.
fn write_like(file: &Path, draft: &Path, text: &str) -> io::Result<()> {
    let like = file.metadata().map(|it| it.permissions()).ok();
    let mut options = fs_err::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if let Some(like) = &like {
        options.mode(like.mode());
    }
    let mut written = options.open(draft)?;
    if let Some(like) = like {
        written.set_permissions(like)?;
    }
    written.write_all(text.as_bytes())
}

/// Removes a file that is there.
///
/// # Errors
/// `unavailable`, with the file and the reason.
pub fn remove_file(file: &Path) -> Result<(), Fault> {
    fs_err::remove_file(file).map_err(|error| Fault::new(Code::Unavailable, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_out_of_its_file_and_the_rest_stays() {
        let both =
            "# ours\n[service.web]\ncommand = [\"true\"]\n\n# theirs\n[service.db]\ncommand = [\"true\"]\n";
        let rest = without(both, "service", "web").unwrap().unwrap();
        assert!(rest.contains("# theirs\n[service.db]") && !rest.contains("web"), "{rest}");
        assert_eq!(without(&rest, "service", "db"), Some(None));
        assert_eq!(without(&rest, "service", "web"), None);
        assert_eq!(without(&rest, "job", "db"), None);
        assert_eq!(
            without("[service.\"shop/web\"]\ncommand = [\"true\"]", "service", "shop/web"),
            Some(None)
        );
        assert_eq!(without("not toml", "service", "web"), None);
    }
}
