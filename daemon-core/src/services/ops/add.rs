//! Adding and removing services: one file each in `services.d`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::spec::{CommandLine, Restart as WhenToRestart, ServiceConf, Vars, check_name};
use super::super::{Error, Handle, ServiceStatus};
use crate::home::private_dir;
use crate::kernel::{Access, Call, Effect, Fault, Op};

/// Add a service and start it
///
/// It is written to services.d/NAME.toml, where more can be said about it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Add {
    /// What to call it
    pub name: String,
    /// What to execute, each word by itself
    #[arg(required = true, last = true)]
    pub command: Vec<String>,
    /// Where to run it; the home directory if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub working_dir: Option<String>,
    /// Variables for its environment
    #[serde(default)]
    #[arg(skip)]
    pub env: Vars,
    /// When to start it again
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "WHEN", value_enum)]
    pub restart: Option<WhenToRestart>,
    /// Start it only when asked to
    #[serde(default)]
    #[arg(long)]
    pub no_autostart: bool,
    /// Services it requires, and comes after
    #[serde(default)]
    #[arg(long, value_name = "NAME")]
    pub requires: Vec<String>,
}

impl Op for Add {
    const NAME: &'static str = "service.add";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const MAX_BODY: usize = 1 << 20;
    const DEADLINE: Duration = Duration::from_secs(120);
    type On = Handle;
    type Reply = ServiceStatus;

    async fn run(self, services: &Handle, _: &Call) -> Result<ServiceStatus, Fault> {
        services.add(self).await
    }
}

/// Stop a service and remove the file that it was added with
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Which service
    pub name: String,
}

/// A service that is no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// What it was called.
    pub name: String,
    /// The file that was removed. Its logs are kept.
    pub file: String,
}

impl Op for Remove {
    const NAME: &'static str = "service.remove";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Effect = Effect::Change;
    const DEADLINE: Duration = super::LONG;
    type On = Handle;
    type Reply = Removed;

    async fn run(self, services: &Handle, _: &Call) -> Result<Removed, Fault> {
        services.remove(&self.name).await
    }
}

impl Handle {
    async fn add(&self, add: Add) -> Result<ServiceStatus, Fault> {
        check_name(&add.name).map_err(|error| Fault::invalid(error.to_string()))?;
        let (name, autostart) = (add.name.clone(), !add.no_autostart);
        let file = self.file_of(&name);
        if self.unit(&name).is_ok() || file.exists() {
            let what = format!("a service is named \"{name}\" already");
            let hint =
                format!("change it in {}, or remove it first: hob service remove {name}", file.display());
            return Err(Error::Configuration { what, hint }.into());
        }
        let text = document(add)?;
        if let Some(directory) = file.parent() {
            private_dir(directory)?;
        }
        let draft = file.with_extension("new");
        let unwritten =
            |error: std::io::Error| Fault::new(crate::kernel::Code::Unavailable, error.to_string());
        fs_err::write(&draft, text).and_then(|()| fs_err::rename(&draft, &file)).map_err(unwritten)?;
        if let Err(fault) = self.0.common.system.reload().await {
            fs_err::remove_file(&file).map_err(unwritten)?;
            return Err(fault);
        }
        if autostart {
            // That it does not come up is its state and no reason to say that it was not added.
            match self.start(&name).await {
                Ok(status) => return Ok((*status).clone()),
                Err(error) => tracing::info!(service = name, %error, "it was added and is not up"),
            }
        }
        Ok((*self.status(&name)?).clone())
    }

    async fn remove(&self, name: &str) -> Result<Removed, Fault> {
        self.unit(name)?;
        let file = self.file_of(name);
        if !file.exists() {
            let what = format!("\"{name}\" was not added by `hob add`");
            let hint = "take its table out of the file it stands in; `hob config show` says where".to_owned();
            return Err(Error::Configuration { what, hint }.into());
        }
        self.stop(name).await?;
        let kept = fs_err::read(&file).map_err(|error| Fault::internal(error.to_string()))?;
        fs_err::remove_file(&file).map_err(|error| Fault::internal(error.to_string()))?;
        if let Err(fault) = self.0.common.system.reload().await {
            fs_err::write(&file, kept).map_err(|error| Fault::internal(error.to_string()))?;
            return Err(fault);
        }
        Ok(Removed { name: name.to_owned(), file: file.display().to_string() })
    }

    /// The file that a service of this name is added with.
    fn file_of(&self, name: &str) -> PathBuf {
        self.0.common.dirs.services_d().join(format!("{}.toml", name.replace('/', "+")))
    }
}

/// The file's text: what was said, and nothing that is a default.
fn document(add: Add) -> Result<String, Fault> {
    let invalid = |error: &dyn std::fmt::Display| Fault::invalid(format!("{}: {error}", add.name));
    let conf = ServiceConf {
        command: Some(CommandLine::Words(add.command.clone())),
        working_dir: add.working_dir.clone(),
        env: Some(add.env.clone()).filter(|env| !env.get().is_empty()),
        restart: add.restart,
        autostart: add.no_autostart.then_some(false),
        requires: Some(add.requires.clone()).filter(|requires| !requires.is_empty()),
        ..ServiceConf::default()
    };
    let table = toml::Value::try_from(&conf).map_err(|error| invalid(&error))?;
    let services = toml::Table::from_iter([(add.name.clone(), table)]);
    toml::to_string(&toml::Table::from_iter([("service".to_owned(), services.into())]))
        .map_err(|error| invalid(&error))
}
