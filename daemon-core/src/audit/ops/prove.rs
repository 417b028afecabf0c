//! That the record is whole, that an entry is in it, and how to hold it to that later.

use std::time::Duration;

use clap::Args;
use hob_verify::checkpoint::Checkpoint;
use hob_verify::note::Note;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Handle;
use crate::kernel::{Access, Call, Effect, Fault, Op};

/// Check the whole record, as hob-verify does
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Verify {}

/// Whether the record is whole.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// Whether it is.
    pub whole: bool,
    /// The verdict in a few words.
    pub verdict: String,
    /// The exit status by which hob-verify says so.
    pub exit: u8,
    /// How many leaves there are.
    pub size: u64,
    /// The root over them, in base64.
    pub root: String,
    /// How many a signature speaks for.
    pub signed: u64,
    /// The first leaf that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<u64>,
    /// The directory that hob-verify can check.
    pub directory: String,
    /// All that was found, line by line.
    pub report: Vec<String>,
}

impl Op for Verify {
    const NAME: &'static str = "audit.verify";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    const DEADLINE: Duration = Duration::from_secs(600);
    type On = Handle;
    type Reply = Verified;

    async fn run(self, audit: &Handle, _: &Call) -> Result<Verified, Fault> {
        let report = audit.verify().await?;
        let verdict = report.verdict();
        Ok(Verified {
            whole: verdict.exit() == 0,
            verdict: report.words(),
            exit: verdict.exit(),
            size: report.leaves,
            root: report.root.to_string(),
            signed: report.signed,
            first_bad: report.first_bad(),
            directory: audit.0.directory.display().to_string(),
            report: report.to_string().lines().map(str::to_owned).collect(),
        })
    }
}

/// Prove to others that an entry is in the record
///
/// `hob audit prove 42 > PROOF` keeps the proof; with `--json` the reply has the entry's line and the public key, too. Whoever
/// has the three needs nothing else to check it: `hob-verify LINE --proof PROOF --vkey KEY`.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Prove {
    /// Which one, counted from 0
    pub index: u64,
}

/// A proof, and what it proves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Proved {
    /// The proof, a file in the format of c2sp.org/tlog-proof.
    pub proof: String,
    /// The entry's line.
    pub line: String,
    /// The public key of the record.
    pub vkey: String,
}

impl Op for Prove {
    const NAME: &'static str = "audit.prove";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = Proved;

    async fn run(self, audit: &Handle, _: &Call) -> Result<Proved, Fault> {
        let (proof, line) = audit.prove(self.index).await?;
        Ok(Proved { proof, line: String::from_utf8_lossy(&line).into_owned(), vkey: audit.vkey() })
    }
}

/// Sign the head of the record now, to be kept elsewhere
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct CheckpointNow {}

/// A signed head.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignedHead {
    /// How many leaves it speaks for.
    pub size: u64,
    /// The root over them, in base64.
    pub root: String,
    /// The signed note, as hob-verify takes it with --since-checkpoint.
    pub note: String,
    /// The public key of the record.
    pub vkey: String,
}

impl Op for CheckpointNow {
    const NAME: &'static str = "audit.checkpoint";
    const ACCESS: Access = Access::Operate;
    // What it signs is there anyway, and would be signed within a minute.
    const EFFECT: Effect = Effect::Read;
    type On = Handle;
    type Reply = SignedHead;

    async fn run(self, audit: &Handle, _: &Call) -> Result<SignedHead, Fault> {
        let note = audit.checkpoint().await?;
        let head = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::parse(&note.text));
        let head = head.map_err(|refused| Fault::internal(format!("the head just signed: {refused}")))?;
        Ok(SignedHead { size: head.size, root: head.root.to_string(), note, vkey: audit.vkey() })
    }
}
