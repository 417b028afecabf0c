//! A second look at a record, for what the first pass could only suspect.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::files::{HASHES, LEAVES, Lines};
use super::{Report, Verdict};
use crate::checkpoint::Checkpoint;
use crate::history::{Examples, Suspect};
use crate::leaf::Leaf;
use crate::tree::{Frontier, Hash, leaf_hash};

/// Which of the leaves below `head`, whose root is another, is the first that was altered: those
/// below `signed` are not. Also in words.
pub(super) fn altered(record: &Path, signed: u64, head: &Checkpoint, report: &Report) -> (u64, String) {
    if let Ok(Some(index)) = by_hashes(record, head) {
        return (index, "it is not what was signed".to_owned());
    }
    let told = report.findings.iter().filter(|finding| finding.verdict != Verdict::Key);
    let told = told.filter_map(|finding| finding.index).find(|index| (signed..head.size).contains(index));
    let what = format!("one of the leaves {signed} to {} is not what was signed", head.size - 1);
    (told.unwrap_or(signed), what)
}

/// Compares with the list of hashes, if that is the one under the head.
fn by_hashes(record: &Path, head: &Checkpoint) -> io::Result<Option<u64>> {
    let (mut leaves, mut hashes) = (Lines::open(record, LEAVES)?, Lines::open(record, HASHES)?);
    let (mut frontier, mut first) = (Frontier::default(), None);
    while frontier.size() < head.size {
        let Some(listed) = hashes.next_line()?.and_then(Hash::from_hex) else { return Ok(None) };
        let found = if first.is_none() { leaves.next_line()?.map(leaf_hash) } else { None };
        if first.is_none() && found != Some(listed) {
            first = Some(frontier.size());
        }
        frontier.push(listed);
    }
    Ok(first.filter(|_| frontier.root() == head.root))
}

/// Which of the suspected requests were really there before.
pub(super) fn repeated(record: &Path, suspects: &Examples<Suspect>) -> Vec<(u64, String)> {
    let Some(last) = suspects.first.iter().map(|suspect| suspect.index).max() else { return Vec::new() };
    let wanted: BTreeMap<&str, u64> =
        suspects.first.iter().rev().map(|suspect| (suspect.request.as_str(), suspect.index)).collect();
    let mut found = BTreeSet::new();
    let Ok(mut lines) = Lines::open(record, LEAVES) else { return Vec::new() };
    for index in 0..last {
        let Ok(Some(line)) = lines.next_line() else { break };
        let Ok(Leaf { req: Some(request), .. }) = Leaf::parse(line) else { continue };
        match wanted.get(request.as_str()) {
            Some(again) if index < *again => drop(found.insert((*again, request))),
            _ => {}
        }
    }
    found.into_iter().collect()
}
