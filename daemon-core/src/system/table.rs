//! Tables of the configuration such as `[service.web]`: read as they stand in their file, and changed there key by key.
//!
//! A capability whose tables can be edited says what is its own ([`Tables`]):
//! what they are called, how they are checked and which there are. All else is
//! the same for all of them. A change is looked at first and made then, by the
//! same request: with `dry_run` it answers with the lines that would change and
//! with what would be wrong with each key. With the digest of what was looked at,
//! a file that somebody else has changed meanwhile is left alone. What is not
//! changed stays to the letter; a new table is written as if a command had added it.

mod draft;
mod reply;
mod request;

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Handle, changed_meanwhile, there_is_one};
use crate::config::{
    Change, Section, Stands, covered, covered_table, edited, fault, stands, text_digest, without,
};
use crate::kernel::{Code, Fault};
use crate::runs::name::check_name;
use draft::Draft;

pub use reply::{KeyProblem, TableEdited, TableFile};
pub use request::{Setting, TableEdit};

/// The tables of a capability, such as all `[service.NAME]`.
pub trait Tables: Sync {
    /// What stands before the names: `service`.
    const KIND: &'static str;
    /// What checks them.
    type Section: Section;
    /// One of them, as it is written.
    type Written: Serialize + DeserializeOwned;

    /// Whoever reads and writes the files.
    fn system(&self) -> &Handle;

    /// The file that a new one of this name is written to.
    fn file_of(&self, name: &str) -> PathBuf;

    /// Whether there is one of this name.
    ///
    /// # Errors
    /// The fault that says that there is none.
    fn known(&self, name: &str) -> Result<(), Fault>;

    /// What is wrong with a change that would be right in a file that is read.
    fn objections(&self, _would_be: &Self::Section, _name: &str, _changes: &[Change]) -> Vec<KeyProblem> {
        Vec::new()
    }
}

/// The file of a table as it may be shown.
///
/// # Errors
/// `not_found` if there is no such table; `conflict` if it is in force and stands nowhere any more.
pub async fn table_file<T: Tables>(tables: &T, name: String) -> Result<TableFile, Fault> {
    let Stands { file, line, text, project } = stand(tables, &name).await?;
    let local = project.as_ref().and_then(|project| name.strip_prefix(project)?.strip_prefix('/'));
    let table = covered_table(&text, [T::KIND, local.unwrap_or(&name)]);
    let Some(Value::Object(table)) = table else {
        return Err(Fault::new(Code::Conflict, format!("[{}.{name}] is no table", T::KIND)));
    };
    Ok(TableFile {
        name,
        file: file.display().to_string(),
        line,
        digest: text_digest(&text),
        text: covered(&text, &Default::default()).unwrap_or_default(),
        table,
        fixed: project.map(|project| of_project(&project)),
    })
}

/// Changes a table in its file, or says what that would do.
///
/// # Errors
/// What would be wrong with it; `conflict` if the file is another than was looked at, or a project's.
pub async fn edit_table<T: Tables>(tables: &T, edit: &TableEdit) -> Result<TableEdited, Fault> {
    let changes = edit.changes(T::KIND)?;
    let draft = match edit.add {
        true => draft_of_new(tables, &edit.name, &changes)?,
        false => draft_of_known(tables, edit, &changes).await?,
    };
    let (name, dirs) = (edit.name.clone(), tables.system().0.dirs.clone());
    let (draft, would_be) = blocking(move || draft.checked::<T>(&dirs, &name)).await??;
    let told = match &would_be {
        Ok(section) => tables.objections(section, &edit.name, &changes),
        Err(problems) => problems.iter().map(|it| KeyProblem::of(it, T::KIND, &edit.name)).collect(),
    };
    let diff = draft.difference(&edit.name, &changes);
    let file = draft.file.display().to_string();
    let answer = |problems, saved| TableEdited { name: edit.name.clone(), file, diff, problems, saved };
    if edit.dry_run {
        return Ok(answer(told, false));
    }
    if let Err(problems) = would_be {
        return Err(fault(&problems));
    }
    if let Some(problem) = told.into_iter().next() {
        return Err(problem.into());
    }
    write(tables.system(), &edit.name, &draft).await?;
    Ok(answer(Vec::new(), true))
}

fn draft_of_new<T: Tables>(tables: &T, name: &str, changes: &[Change]) -> Result<Draft, Fault> {
    check_name(T::KIND, name).map_err(|error| Fault::invalid(error.to_string()))?;
    let file = tables.file_of(name);
    if tables.known(name).is_ok() || file.exists() {
        return Err(there_is_one(T::KIND, name, &file));
    }
    let after = Some(edited("", T::KIND, name, changes)?);
    Ok(Draft { kind: T::KIND, file, before: None, after })
}

async fn draft_of_known<T: Tables>(tables: &T, edit: &TableEdit, changes: &[Change]) -> Result<Draft, Fault> {
    let stands = stand(tables, &edit.name).await?;
    if let Some(project) = stands.project {
        let what = format!("{} cannot be changed here: {}", edit.name, of_project(&project));
        return Err(Fault::new(Code::Conflict, what).hint(format!("edit {}", stands.file.display())));
    }
    if edit.digest.as_ref().is_some_and(|digest| *digest != text_digest(&stands.text)) {
        return Err(changed_meanwhile(&stands.file));
    }
    let after = match edit.remove {
        // The main file stays, even if it says nothing any more.
        true => without(&stands.text, T::KIND, &edit.name)
            .flatten()
            .or_else(|| (stands.file == tables.system().0.dirs.config()).then(String::new)),
        false => Some(edited(&stands.text, T::KIND, &edit.name, changes)?),
    };
    Ok(Draft { kind: T::KIND, file: stands.file, before: Some(stands.text), after })
}

async fn write(system: &Handle, name: &str, draft: &Draft) -> Result<(), Fault> {
    match (&draft.before, &draft.after) {
        (None, Some(text)) => system.add_table((draft.kind, name), &draft.file, text).await,
        (Some(before), after) if Some(before) != after.as_ref() => {
            system.rewrite_file(&draft.file, before, after.as_deref()).await
        }
        _ => Ok(()),
    }
}

/// Where a table is written.
async fn stand<T: Tables>(tables: &T, name: &str) -> Result<Stands, Fault> {
    let (dirs, wanted) = (tables.system().0.dirs.clone(), name.to_owned());
    let found = blocking(move || stands(&dirs, T::KIND, &wanted)).await?;
    match found.map_err(|problems| fault(&problems))? {
        Some(stands) => Ok(stands),
        None => {
            tables.known(name)?;
            let what = format!("[{}.{name}] does not stand in any file that can be read", T::KIND);
            Err(Fault::new(Code::Conflict, what).hint("`hob config check` says what is wrong with them"))
        }
    }
}

/// Why the table of a project cannot be changed by a command.
fn of_project(project: &str) -> String {
    format!("it belongs to the project {project}, whose file is yours to edit, and to review after that")
}

/// Reads files where nobody waits for it.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let reading = tokio::task::spawn_blocking(read);
    reading.await.map_err(|error| Fault::internal(format!("reading the configuration broke: {error}")))
}
