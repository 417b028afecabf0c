//! Changing the files of the configuration: what they make is in force when that is done, or they are as before.

use std::path::Path;

use super::Handle;
use crate::config::{remove_file, replace_file, without};
use crate::home::private_dir;
use crate::kernel::{Code, Fault};

impl Handle {
    /// Adds a file with one table, such as `[service.web]`, and takes it up; leaves nothing behind if that fails.
    ///
    /// # Errors
    /// What is wrong with the configuration with it; `conflict` if the file is there.
    pub async fn add_table(&self, (kind, name): (&str, &str), file: &Path, text: &str) -> Result<(), Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        if file.exists() {
            return Err(there_is_one(kind, name, file));
        }
        if let Some(directory) = file.parent() {
            private_dir(directory)?;
        }
        replace_file(file, text)?;
        if let Err(fault) = self.reload().await {
            remove_file(file)?;
            return Err(self.taken_back(fault).await);
        }
        Ok(())
    }

    /// Takes a table out of the file that it was added with, and the file away if nothing else is said there;
    /// puts it back if that makes a bad configuration.
    ///
    /// # Errors
    /// What is wrong with the configuration without it; `conflict` if it stands elsewhere.
    pub async fn remove_table(&self, (kind, name): (&str, &str), file: &Path) -> Result<(), Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        let elsewhere = || {
            let what = format!(
                "{kind} \"{name}\" was not added by a command: it does not stand in {}",
                file.display()
            );
            let hint = "take its table out of the file it stands in; `hob config show` says where";
            Fault::new(Code::Conflict, what).hint(hint)
        };
        let written = fs_err::read_to_string(file).map_err(|_| elsewhere())?;
        let rest = without(&written, kind, name).ok_or_else(elsewhere)?;
        self.exchange(file, &written, rest.as_deref()).await
    }

    /// Puts a text in the place of what is in a file, or takes the file away, and takes that up; puts back what
    /// was there if that makes a bad configuration.
    ///
    /// # Errors
    /// What is wrong with the configuration then; `conflict` if something else is in the file by now.
    pub async fn rewrite_file(&self, file: &Path, before: &str, after: Option<&str>) -> Result<(), Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        let is_as_before = fs_err::read_to_string(file).is_ok_and(|now| now == before);
        if !is_as_before {
            return Err(changed_meanwhile(file));
        }
        self.exchange(file, before, after).await
    }

    async fn exchange(&self, file: &Path, before: &str, after: Option<&str>) -> Result<(), Fault> {
        match after {
            Some(after) => replace_file(file, after)?,
            None => remove_file(file)?,
        }
        if let Err(fault) = self.reload().await {
            replace_file(file, before)?;
            return Err(self.taken_back(fault).await);
        }
        Ok(())
    }

    /// After an edit was taken back: what it broke must not be shown as broken any more, and it is the edit that is
    /// wrong, unless the files are without it, too.
    async fn taken_back(&self, fault: Fault) -> Fault {
        match self.reload().await {
            Ok(_) => Fault { more: None, ..fault },
            Err(before) => {
                tracing::debug!(fault = %before, "it was bad before, too");
                fault
            }
        }
    }
}

/// Somebody else was at it.
pub fn changed_meanwhile(file: &Path) -> Fault {
    let what = format!("{} was changed meanwhile", file.display());
    Fault::new(Code::Conflict, what)
        .reason("E_CHANGED")
        .hint("nothing was written; look at it again, and repeat the change")
}

/// There is something of that name.
pub fn there_is_one(kind: &str, name: &str, file: &Path) -> Fault {
    let what = format!("a {kind} is named \"{name}\" already");
    let remove = if kind == "service" { "remove".to_owned() } else { format!("{kind} remove") };
    let hint = format!("change it in {}, or remove it first: hob {remove} {name}", file.display());
    Fault::new(Code::Conflict, what).hint(hint)
}
