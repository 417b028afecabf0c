//! The file of a service: read as it may be shown, and changed key by key, as a person would.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::spec::ServiceConf;
use super::super::{Handle, Section};
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::system::{self, TableEdit, TableEdited, TableFile, Tables, edit_table, table_file};

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

impl Op for GetConfig {
    const NAME: &'static str = "service.config";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = TableFile;

    async fn run(self, services: &Handle, _: &Call) -> Result<TableFile, Fault> {
        table_file(services, self.name).await
    }
}

/// Change the file of a service, add one, or take it out; comments stay
///
/// Keys are such as restart, ready.tcp or env.PORT. A service that is taken out is stopped. Values
/// that may be secret are covered in the answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(transparent)]
#[group(skip)]
pub struct Edit {
    /// What to change.
    #[command(flatten)]
    pub edit: TableEdit,
}

impl Op for Edit {
    const NAME: &'static str = "service.edit";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    const DEADLINE: Duration = super::LONG;
    type On = Handle;
    type Reply = TableEdited;

    async fn run(self, services: &Handle, _: &Call) -> Result<TableEdited, Fault> {
        let unit = services.unit(&self.edit.name).ok();
        let edited = edit_table(services, &self.edit).await?;
        match unit {
            // It leaves; the answer is when it has left.
            Some(unit) if services.unit(&self.edit.name).is_err() => unit.gone().await,
            _ => {}
        }
        Ok(edited)
    }
}

impl Tables for Handle {
    const KIND: &'static str = "service";
    type Section = Section;
    type Written = ServiceConf;

    fn system(&self) -> &system::Handle {
        &self.0.common.system
    }

    fn file_of(&self, name: &str) -> PathBuf {
        self.file_of(name)
    }

    fn known(&self, name: &str) -> Result<(), Fault> {
        Ok(self.unit(name).map(drop)?)
    }
}
