//! `hob-verify DIRECTORY`: is this copy of the audit record whole?
//!
//! It needs no daemon, no network and no trust in the copy. What it found is on
//! standard output, and its exit status says the same to a script.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use hob_verify::checkpoint::Checkpoint;
use hob_verify::leaf::Leaf;
use hob_verify::note::{Note, Verifier};
use hob_verify::proof::{Proof, check_inclusion};
use hob_verify::record::{self, Options, Verdict};
use hob_verify::tree::leaf_hash;

/// Check a copy of Hob's audit record, offline
///
/// The copy is a directory with `leaves/`, `checkpoints` and `vkey`, such as the daemon keeps in
/// its state directory.
///
/// Exit status: 0 whole, 2 altered, 3 rolled back or forked, 4 key or signature wrong, 5 illegal
/// history, 6 malformed, 64 wrong usage, 66 a file that is named cannot be read, 74 what was found
/// could not be written.
#[derive(Parser)]
#[command(name = "hob-verify", version)]
struct Arguments {
    /// The copy; with --proof, a file with the one leaf
    record: PathBuf,
    /// The log's public key, as you wrote it down; without it the copy's own is believed
    #[arg(long, value_name = "FILE")]
    vkey: Option<PathBuf>,
    /// A signed checkpoint that you kept: the copy must continue it
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    since_checkpoint: Option<PathBuf>,
    /// Check one leaf instead, by its proof (`hob audit prove`)
    #[arg(long, value_name = "FILE", requires = "vkey")]
    proof: Option<PathBuf>,
}

/// Wrong usage, as sysexits(3) has it: 2 is taken.
const USAGE: u8 = 64;
/// There is nothing to judge.
const NO_INPUT: u8 = 66;
/// There is a verdict, and nobody gets to read why.
const NO_OUTPUT: u8 = 74;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_wrong = error.use_stderr();
            // Where nobody reads, nothing is said.
            error.print().ok();
            return ExitCode::from(if is_wrong { USAGE } else { 0 });
        }
    };
    match run(&arguments) {
        Ok(verdict) => ExitCode::from(verdict.exit()),
        Err((status, what)) => {
            // As above.
            writeln!(std::io::stderr(), "hob-verify: {what}").ok();
            ExitCode::from(status)
        }
    }
}

/// The exit status, and why.
type Failure = (u8, String);

fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let key = arguments.vkey.as_deref().map(key).transpose()?;
    if let (Some(proof), Some(key)) = (&arguments.proof, &key) {
        return one_leaf(&arguments.record, proof, key);
    }
    fs_err::read_dir(&arguments.record).map_err(|error| (NO_INPUT, error.to_string()))?;
    let since = arguments.since_checkpoint.as_deref().map(read).transpose()?;
    let report = record::verify(&arguments.record, &Options { key, since });
    say(&format!("record      {}\n{report}\n", arguments.record.display()))?;
    Ok(report.verdict())
}

fn key(path: &Path) -> Result<Verifier, Failure> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    text.trim_end().parse().map_err(|error| (Verdict::Key.exit(), format!("{}: {error}", path.display())))
}

fn one_leaf(leaf: &Path, proof: &Path, key: &Verifier) -> Result<Verdict, Failure> {
    let malformed =
        |path: &Path, what: String| (Verdict::Malformed.exit(), format!("{}: {what}", path.display()));
    let mut line = read(leaf)?;
    if line.ends_with(b"\n") {
        line.pop();
    }
    let text = String::from_utf8(read(proof)?).map_err(|error| malformed(proof, error.to_string()))?;
    let proof_of = Proof::from_text(&text).map_err(|error| malformed(proof, error.to_string()))?;
    let checkpoint = Note::parse(proof_of.checkpoint.as_bytes())
        .and_then(|note| Checkpoint::open(&note, key))
        .map_err(|refused| (Verdict::Key.exit(), format!("{}: {refused}", proof.display())))?;
    let hash = leaf_hash(&line);
    check_inclusion(&proof_of.path, proof_of.index, hash, checkpoint.size, checkpoint.root)
        .map_err(|wrong| (Verdict::Altered.exit(), format!("the proof does not hold: {wrong}")))?;
    let leaf_of = Leaf::parse(&line).map_err(|error| malformed(leaf, error.to_string()))?;
    if leaf_of.idx != proof_of.index {
        return Err(malformed(leaf, format!("it says that it is leaf {}", leaf_of.idx)));
    }
    say(&format!(
        "log         {}\nleaf        {} of {}, {}\nverdict     {}\n",
        checkpoint.origin,
        proof_of.index,
        checkpoint.size,
        leaf_of.kind,
        Verdict::Whole.words()
    ))?;
    Ok(Verdict::Whole)
}

fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| (NO_OUTPUT, format!("standard output cannot be written: {error}")))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs_err::read(path).map_err(|error| (NO_INPUT, error.to_string()))
}
