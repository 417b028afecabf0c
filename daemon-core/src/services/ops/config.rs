//! The file of a service as it may be shown: to look at, or before it is edited.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::Handle;
use crate::config::{Stands, covered, covered_table, fault, stands, text_digest};
use crate::kernel::{Access, Call, Code, Effect, Fault, Op};

/// Read the file in which a service is configured
///
/// Values that may be secret are covered: those of variables, unless their name says that they are
/// harmless, as PORT does.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct GetConfig {
    /// Which service
    pub name: String,
}

/// The file in which a service is configured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ServiceFile {
    /// Which service.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line where its table begins, counted from 1.
    pub line: usize,
    /// What the file says, with what may be secret covered; of a project's file, what was approved.
    pub text: String,
    /// Tells this text from another; `service.edit` takes it.
    pub digest: String,
    /// Its table as it is written, with null for what is covered.
    pub table: Map<String, Value>,
    /// Why it cannot be changed by `service.edit`, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
}

impl Op for GetConfig {
    const NAME: &'static str = "service.config";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = ServiceFile;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceFile, Fault> {
        let Stands { file, line, text, project } = services.stands(&self.name).await?;
        let local = project.as_ref().and_then(|project| self.name.strip_prefix(project)?.strip_prefix('/'));
        let table = covered_table(&text, ["service", local.unwrap_or(&self.name)]);
        let Some(Value::Object(table)) = table else {
            return Err(Fault::new(Code::Conflict, format!("[service.{}] is no table", self.name)));
        };
        Ok(ServiceFile {
            name: self.name,
            file: file.display().to_string(),
            line,
            digest: text_digest(&text),
            text: covered(&text, &Default::default()).unwrap_or_default(),
            table,
            fixed: project.map(|project| of_project(&project)),
        })
    }
}

/// Why the table of a project cannot be changed by a command.
pub(super) fn of_project(project: &str) -> String {
    format!("it belongs to the project {project}, whose file is yours to edit, and to review after that")
}

impl Handle {
    /// Where a service is written.
    ///
    /// # Errors
    /// `not_found` if there is no such service; `conflict` if it is in force and stands nowhere any more.
    pub(super) async fn stands(&self, name: &str) -> Result<Stands, Fault> {
        let (dirs, wanted) = (self.0.common.runs.dirs.clone(), name.to_owned());
        let found = super::blocking(move || stands(&dirs, "service", &wanted)).await?;
        match found.map_err(|problems| fault(&problems))? {
            Some(stands) => Ok(stands),
            None => {
                self.unit(name)?;
                let what = format!("[service.{name}] does not stand in any file that can be read");
                Err(Fault::new(Code::Conflict, what).hint("`hob config check` says what is wrong with them"))
            }
        }
    }
}
