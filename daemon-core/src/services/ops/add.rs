//! Adding and removing services: one file each in `services.d`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::spec::{
    CommandLine, Restart as WhenToRestart, ServiceConf, Vars, as_file_name, check_name,
};
use super::super::{Handle, ServiceStatus};
use crate::config::table_text;
use crate::kernel::{Access, Call, Effect, Fault, Op};
use crate::system::there_is_one;

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
    /// The file that was removed.
    pub file: String,
    /// The directory in which its logs are kept.
    #[serde(default)]
    pub logs: String,
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
        check_name("service", &add.name).map_err(|error| Fault::invalid(error.to_string()))?;
        self.check_project(&add.name)?;
        let (name, autostart) = (add.name.clone(), !add.no_autostart);
        self.write_file(add).await?;
        if autostart {
            // One that starts by itself has been told to: what fails at once is not to be tried a second time.
            let starting = match self.spec(&name).is_some_and(|spec| spec.autostart) {
                true => self.started(&name).await,
                false => self.start(&name).await,
            };
            // That it does not come up is its state and no reason to say that it was not added.
            match starting {
                Ok(status) => return Ok((*status).clone()),
                Err(error) => tracing::info!(service = name, %error, "it was added and is not up"),
            }
        }
        Ok((*self.status(&name)?).clone())
    }

    /// That a name with a project before it has one there.
    fn check_project(&self, name: &str) -> Result<(), Fault> {
        let Some((project, own)) = name.split_once('/') else { return Ok(()) };
        let is_there = self
            .services()
            .specs
            .keys()
            .any(|other| other.strip_prefix(project).is_some_and(|rest| rest.starts_with('/')));
        if is_there {
            return Ok(());
        }
        let what = format!(
            "there is no project \"{project}\" for a service \"{name}\": what is before a \"/\" is a project"
        );
        let hint =
            format!("call it `{project}-{own}`, or write it into the hob.toml of a project: hob up DIR");
        Err(Fault::invalid(what).hint(hint))
    }

    /// Writes the file of a service and takes it up.
    async fn write_file(&self, add: Add) -> Result<(), Fault> {
        let file = self.file_of(&add.name);
        if self.unit(&add.name).is_ok() {
            return Err(there_is_one("service", &add.name, &file));
        }
        let name = add.name.clone();
        let text = document(add)?;
        self.0.common.system.add_table(("service", &name), &file, &text).await
    }

    async fn remove(&self, name: &str) -> Result<Removed, Fault> {
        let unit = self.unit(name)?;
        let file = self.file_of(name);
        self.0.common.system.remove_table(("service", name), &file).await?;
        unit.gone().await;
        let logs = self.0.common.runs.dirs.service_logs().join(as_file_name(name));
        Ok(Removed {
            name: name.to_owned(),
            file: file.display().to_string(),
            logs: logs.display().to_string(),
        })
    }

    /// The file that a service of this name is added with.
    pub(super) fn file_of(&self, name: &str) -> PathBuf {
        self.0.common.runs.dirs.services_d().join(format!("{}.toml", as_file_name(name)))
    }
}

/// The file's text: what was said, and nothing that is a default.
fn document(add: Add) -> Result<String, Fault> {
    let conf = ServiceConf {
        command: Some(CommandLine::Words(add.command.clone())),
        working_dir: add.working_dir.clone(),
        env: Some(add.env.clone()).filter(|env| !env.get().is_empty()),
        restart: add.restart,
        autostart: add.no_autostart.then_some(false),
        requires: Some(add.requires.clone()).filter(|requires| !requires.is_empty()),
        ..ServiceConf::default()
    };
    table_text("service", &add.name, &conf)
}
