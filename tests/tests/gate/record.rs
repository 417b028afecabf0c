//! The audit record of a home, as its files have it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use hob_tests::{Home, program, text};
use serde_json::Value;

/// The directory that `hob-verify` reads.
pub(crate) fn directory(home: &Home) -> PathBuf {
    home.join("state/audit")
}

/// All lines, the oldest first; one that is being written is left out.
pub(crate) fn lines(directory: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(directory.join("leaves"));
    let mut files: Vec<PathBuf> =
        entries.map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|it| it == "jsonl"));
    files.sort();
    let texts = files.iter().map(|path| fs_err::read_to_string(path).unwrap_or_default());
    texts
        .flat_map(|text| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| line.strip_suffix('\n').map(str::to_owned))
        .collect()
}

/// What happened to each request, by the kinds of its leaves.
pub(crate) fn histories(directory: &Path) -> BTreeMap<String, Vec<String>> {
    let mut histories: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(directory) {
        let leaf: Value = serde_json::from_str(&line).unwrap();
        if let Some(request) = leaf["req"].as_str() {
            histories.entry(request.to_owned()).or_default().push(leaf["type"].as_str().unwrap().to_owned());
        }
    }
    histories
}

/// A copy, to be verified or falsified.
pub(crate) fn copied(directory: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copied(&path, &target),
            false => drop(fs_err::copy(&path, &target).unwrap()),
        }
    }
}

/// What `hob-verify` says of a copy, whose exit status must be this.
#[track_caller]
pub(crate) fn verified(copy: &Path, status: i32) -> String {
    let output = Command::new(program("hob-verify")).arg(copy).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(status), "{}", text(&output));
    text(&output)
}
