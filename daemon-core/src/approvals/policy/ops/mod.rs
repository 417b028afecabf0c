//! What clients may ask of the policy.
//!
//! To look at the rules and to try a command on them is for whoever operates the
//! daemon; to change them, or to have a file read that the caller names, for a
//! person's own command line.

mod edit;
mod test;

use std::path::Path;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use edit::{Add, Edited, Remove};
pub use test::{Test, Tested};

use super::decide::Revision;
use super::doubts::doubts;
use super::file::{Layer, PolicyFile};
use super::handle::{Handle, blocking};
use super::layers;
use super::settings::Settings;
use super::subject::Effect;
use crate::config::{Document, Origin, Problem};
use crate::kernel::{Access, Call, Effect as Kind, Fault, Op, Ops};

/// The operations on the policy.
pub fn ops() -> Ops<Handle> {
    Ops::default().op::<Show>().op::<Check>().op::<Test>().op::<Reload>().op::<Add>().op::<Remove>()
}

/// Show the policy in force: its rules in the order of their layers, and what is wrong with its files
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Show {}

/// The policy in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ShownPolicy")]
pub struct Shown {
    /// Which one it is.
    pub revision: Revision,
    /// What holds for all requests.
    pub settings: Settings,
    /// The rules; what is built in is not among them.
    pub rules: Vec<ShownRule>,
    /// What is wrong with its files; then their last good texts are in force.
    pub problems: Vec<String>,
    /// Why each command is asked about, if it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// A rule in force.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ShownRule {
    /// Who wrote it.
    pub layer: Layer,
    /// What it is called.
    pub id: String,
    /// What it says.
    pub effect: Effect,
    /// Its file.
    pub file: String,
    /// Where it begins there.
    pub line: usize,
    /// Whether it is about any arguments after its pattern.
    pub broad: bool,
    /// As it is written.
    pub text: String,
}

impl Op for Show {
    const NAME: &'static str = "policy.show";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Kind = Kind::Read;
    type On = Handle;
    type Reply = Shown;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Shown, Fault> {
        let (standing, current) = (policy.standing(), policy.current());
        let rules = current.files.iter().flat_map(|file| {
            file.rules.iter().map(|rule| ShownRule {
                layer: file.layer,
                id: rule.id.clone(),
                effect: rule.effect,
                file: file.path.display().to_string(),
                line: rule.line,
                broad: rule.argv.as_ref().is_none_or(super::ArgvPattern::is_broad),
                text: rule.text.clone(),
            })
        });
        Ok(Shown {
            revision: standing.revision,
            settings: current.settings().clone(),
            rules: rules.collect(),
            problems: standing.problems,
            unreadable: standing.unreadable,
        })
    }
}

/// Check a policy without bringing it into force: a file, a text, or the files where they are
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Check {
    /// The file, absolute; the files of this machine if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A text, checked as if it were in the file
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub text: Option<String>,
    /// Whose it would be
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub layer: Option<Layer>,
}

/// What was found.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Whether it is good.
    pub ok: bool,
    /// How many rules there are.
    pub rules: usize,
    /// Everything that is wrong.
    pub problems: Vec<Told>,
    /// What is no mistake and is hardly meant, such as a client that is not enrolled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Told>,
}

/// One thing that is wrong, or doubtful.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// The file.
    pub file: String,
    /// The line, counted from 1; absent for the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The key, such as `rule.argv`; empty for the whole.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Op for Check {
    const NAME: &'static str = "policy.check";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Kind = Kind::Read;
    const MAX_BODY: usize = 2 << 20;
    type On = Handle;
    type Reply = Checked;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Checked, Fault> {
        let layer = self.layer.unwrap_or(Layer::User);
        let (places, clients) = (policy.0.places.clone(), policy.clients());
        let file = self.file.unwrap_or_default();
        if !file.is_empty() && !Path::new(&file).is_absolute() {
            return Err(Fault::invalid("the file is not absolute").hint("name it from the root: /home/..."));
        }
        blocking(move || {
            let read = |layer, path: &Path| layers::read(layer, path).map(|file| file.into_iter().collect());
            let files: Vec<Result<Vec<PolicyFile>, Vec<Problem>>> = match (self.text, file.as_str()) {
                (Some(text), file) => {
                    let path = if file.is_empty() { "policy.toml" } else { file };
                    let document = Document::of(path.into(), text);
                    vec![PolicyFile::read(&document, Path::new(path), layer).map(|file| vec![file])]
                }
                (None, "") => places.all().into_iter().map(|(layer, path, _)| read(layer, &path)).collect(),
                (None, file) => {
                    vec![Document::read(Path::new(file)).map_err(|it| vec![it]).and_then(|document| {
                        PolicyFile::read(&document, Path::new(file), layer).map(|file| vec![file])
                    })]
                }
            };
            let (mut rules, mut problems, mut warnings) = (0, Vec::new(), Vec::new());
            for file in files {
                match file {
                    Ok(files) => {
                        rules += files.iter().map(|file| file.rules.len()).sum::<usize>();
                        warnings.extend(files.iter().flat_map(|file| doubts(file, clients.as_deref())));
                    }
                    Err(more) => problems.extend(more.into_iter().map(Told::from)),
                }
            }
            Ok(Checked { ok: problems.is_empty(), rules, problems, warnings })
        })
        .await
    }
}

impl From<Problem> for Told {
    fn from(problem: Problem) -> Told {
        let Problem { origin, key, message, hint } = problem;
        let (file, line) = match origin {
            Origin::File { file, line } => (file.display().to_string(), line),
            Origin::Variable { variable } => (variable, None),
        };
        Told { file, line, key, message, hint }
    }
}

/// Read the policy's files again
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Reload {}

impl Op for Reload {
    const NAME: &'static str = "policy.reload";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Kind = Kind::Change;
    type On = Handle;
    type Reply = Revision;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Revision, Fault> {
        policy.reload().await
    }
}
