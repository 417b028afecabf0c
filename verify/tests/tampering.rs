//! Copies of a record that somebody changed: each is refused, with its exit status and the first leaf.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{OnDisk, Record, leaf, signer};
use hob_verify::note::Signer;
use hob_verify::proof::Proof;
use hob_verify::record::files;
use hob_verify::tree::{self, leaf_hash};

fn hob_verify(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hob-verify")).args(arguments).output().unwrap()
}

fn check_with(copy: &OnDisk, more: &[&Path], exit: i32, first_bad: Option<u64>) {
    let output = hob_verify(&[&[&copy.path as &Path], more].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let named = text.lines().find_map(|line| line.strip_prefix("first bad   leaf "));
    assert_eq!(named.map(|named| named.parse().unwrap()), first_bad, "{text}");
}

fn check(copy: &OnDisk, exit: i32, first_bad: Option<u64>) {
    check_with(copy, &[], exit, first_bad);
}

fn edited(text: &str, from: &str, to: &str, at: usize) -> String {
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(index, line)| if index == at { line.replace(from, to) } else { line.to_owned() })
        .collect();
    changed.join("\n") + "\n"
}

fn edit(copy: &OnDisk, from: &str, to: &str, at: usize) {
    copy.change(&copy.leaves(), |text| {
        let text = String::from_utf8(text).unwrap();
        let changed = edited(&text, from, to, at);
        assert_ne!(text, changed);
        changed.into_bytes()
    });
}

/// Nor is it told as a verdict, which whoever asked has not got.
#[test]
fn what_nobody_can_read_is_no_panic() {
    let copy = Record::of(5).write();
    let (reader, gone) = std::io::pipe().unwrap();
    drop(reader);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    for nowhere in [Stdio::from(gone), Stdio::from(full)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hob-verify"));
        let output = command.arg(&copy.path).stdout(nowhere).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(74), "{said}");
        assert!(said.starts_with("hob-verify: standard output cannot be written: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_whole_record_is_whole() {
    for size in [1, 5, 8, 21, 64] {
        let copy = Record::of(size).write();
        check(&copy, 0, None);
        let output = hob_verify(&[&copy.path]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("size        {size} leaves, {size} of them signed")), "{text}");
        assert!(text.ends_with("\nverdict     ok\n"), "{text}");
    }
}

#[test]
fn what_no_signature_speaks_for_is_not_said_to_be_ok() {
    for (size, said) in [
        (9, "ok up to leaf 7; 1 leaf after it is not signed"),
        (21, "ok up to leaf 7; 13 leaves after it are not signed"),
    ] {
        let mut record = Record::of(size);
        record.heads = vec![8];
        let output = hob_verify(&[&record.write().path]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.ends_with(&format!("\nverdict     {said}\n")), "{text}");
        assert_eq!(output.status.code(), Some(0), "{text}");
    }
}

#[test]
fn an_edited_leaf_is_named() {
    let copy = Record::of(21).write();
    edit(&copy, "approve", "decline", 13);
    check(&copy, 2, Some(13));
    // Also where the list of hashes was brought in line with it: then only its range is known,
    let copy = Record::of(21).write();
    edit(&copy, "--force ", "", 11);
    check(&copy, 2, Some(11));
    let lines: Vec<String> = fs_err::read_to_string(copy.leaves())
        .unwrap()
        .lines()
        .map(|line| leaf_hash(line.as_bytes()).hex() + "\n")
        .collect();
    fs_err::write(files::segment(&copy.path, 0, files::HASHES), lines.concat()).unwrap();
    check(&copy, 2, Some(8));
    fs_err::remove_file(files::segment(&copy.path, 0, files::HASHES)).unwrap();
    check(&copy, 2, Some(8));
    // unless what it says cannot be.
    edit(&copy, "approve", "decline", 13);
    check(&copy, 2, Some(13));
}

#[test]
fn a_leaf_that_no_longer_reads_is_altered_and_not_only_malformed() {
    let copy = Record::of(21).write();
    edit(&copy, "{\"actor\"", "[\"actor\"", 10);
    check(&copy, 2, Some(10));
    // Where no signature speaks for it, it is only malformed.
    let mut record = Record::of(21);
    record.heads = vec![8];
    let copy = record.write();
    edit(&copy, "{\"actor\"", "[\"actor\"", 10);
    check(&copy, 6, Some(10));
}

#[test]
fn c106_reordered_leaves_are_altered() {
    let mut record = Record::of(21);
    let notes = record.notes();
    record.leaves.swap(9, 10);
    let copy = record.write();
    fs_err::write(copy.path.join(files::CHECKPOINTS), notes.concat()).unwrap();
    check(&copy, 2, Some(9));
    // With their numbers put right too.
    let mut record = Record::of(21);
    for (at, from) in [(9, 10), (10, 9)] {
        let mut moved = leaf(from);
        moved.idx = at;
        record.leaves[usize::try_from(at).unwrap()] = moved.to_line().unwrap();
    }
    let copy = record.write();
    fs_err::write(copy.path.join(files::CHECKPOINTS), notes.concat()).unwrap();
    check(&copy, 2, Some(9));
}

#[test]
fn c106_a_removed_leaf_is_altered() {
    let mut record = Record::of(21);
    let notes = record.notes();
    record.leaves.remove(12);
    let copy = record.write();
    fs_err::write(copy.path.join(files::CHECKPOINTS), notes.concat()).unwrap();
    check(&copy, 2, Some(12));
}

#[test]
fn a_truncated_copy_is_altered_where_it_ends() {
    let copy = Record::of(21).write();
    copy.change(&copy.leaves(), |text| {
        let end = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(16).unwrap().0;
        text[..=end].to_owned()
    });
    check(&copy, 2, Some(17));
    copy.change(&copy.leaves(), |text| text[..text.len() - 9].to_owned());
    check(&copy, 2, Some(16));
    fs_err::remove_file(copy.leaves()).unwrap();
    check(&copy, 2, Some(0));
}

#[test]
fn a_copy_that_was_rolled_back_is_known_by_a_checkpoint_that_was_kept() {
    let kept = Record::of(21).notes().pop().unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("kept");
    fs_err::write(&file, kept).unwrap();
    let since = [Path::new("--since-checkpoint"), &file];
    check_with(&Record::of(21).write(), &since, 0, None);
    check_with(&Record::of(40).write(), &since, 0, None);
    // It is a signature, too, of what no head in the copy speaks for.
    let mut unsigned = Record::of(21);
    unsigned.heads.pop();
    let copy = unsigned.write();
    let report = hob_verify(&[[&copy.path as &Path].as_slice(), &since].concat()).stdout;
    assert!(String::from_utf8(report).unwrap().ends_with("\nverdict     ok\n"));
    let rolled_back = Record::of(16).write();
    check(&rolled_back, 0, None);
    check_with(&rolled_back, &since, 3, Some(16));
}

#[test]
fn c110_a_fork_is_known_by_a_checkpoint_that_was_kept() {
    let mut fork = Record::of(21);
    let mut other = leaf(20);
    other.body.insert("code".to_owned(), "1".into());
    fork.leaves[20] = other.to_line().unwrap();
    let copy = fork.write();
    check(&copy, 0, None);
    let kept = Record::of(21).notes().pop().unwrap();
    let file = copy.path.join("kept");
    fs_err::write(&file, &kept).unwrap();
    check_with(&copy, &[Path::new("--since-checkpoint"), &file], 3, None);
    // Both notes in one file: proof of misbehaviour by itself.
    copy.change(Path::new(files::CHECKPOINTS), |notes| [notes, kept.into_bytes()].concat());
    check(&copy, 3, None);
}

#[test]
fn c108_a_record_that_was_rebuilt_with_the_key_is_known_by_what_was_kept() {
    let kept = Record::of(8).notes().pop().unwrap();
    let mut rebuilt = Record::of(40);
    let mut first = leaf(1);
    first.body.insert("display".to_owned(), "git status".into());
    rebuilt.leaves[1] = first.to_line().unwrap();
    let copy = rebuilt.write();
    check(&copy, 0, None);
    let file = copy.path.join("kept");
    fs_err::write(&file, kept).unwrap();
    check_with(&copy, &[Path::new("--since-checkpoint"), &file], 3, None);
}

#[test]
fn a_copy_that_was_signed_again_is_not_believed() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("vkey");
    fs_err::write(&file, signer().verifier().to_string()).unwrap();
    let vkey = [Path::new("--vkey"), &file];
    check_with(&Record::of(21).write(), &vkey, 0, None);
    let mut forged = Record::of(21);
    forged.key = Signer::new(common::LOG, &[8; 32]).unwrap();
    let copy = forged.write();
    check_with(&copy, &vkey, 4, None);
    // Without a known key, its first leaf still names the right one.
    check(&copy, 4, Some(0));
    // Signed again, and the key left as it was.
    fs_err::write(copy.path.join(files::KEY), signer().verifier().to_string()).unwrap();
    check(&copy, 4, None);
}

#[test]
fn what_belongs_to_signing_must_be_there_and_good() {
    let copy = Record::of(21).write();
    copy.change(Path::new(files::CHECKPOINTS), |notes| {
        String::from_utf8(notes).unwrap().replacen("\n16\n", "\n17\n", 1).into_bytes()
    });
    check(&copy, 4, None);
    fs_err::remove_file(copy.path.join(files::CHECKPOINTS)).unwrap();
    check(&copy, 4, None);
    fs_err::remove_file(copy.path.join(files::KEY)).unwrap();
    check(&copy, 4, None);
    let copy = Record::of(21).write();
    fs_err::write(copy.path.join(files::CHECKPOINTS), "no note at all\n").unwrap();
    check(&copy, 6, None);
    check(&OnDisk::empty(), 4, None);
}

#[test]
fn a_signed_history_that_cannot_be_is_illegal() {
    let mut record = Record::of(21);
    // Claimed without a decision.
    let mut other = leaf(3);
    other.kind = "approval.shown".to_owned();
    record.leaves[3] = other.to_line().unwrap();
    check(&record.write(), 5, Some(4));
    // The requester decides.
    let mut record = Record::of(21);
    let mut other = leaf(8);
    other.actor.id = "agent".to_owned();
    record.leaves[8] = other.to_line().unwrap();
    check(&record.write(), 5, Some(8));
    // A request that has ended comes again.
    let mut record = Record::of(21);
    for index in 11..16 {
        let mut again = leaf(index);
        again.req = leaf(1).req;
        record.leaves[usize::try_from(index).unwrap()] = again.to_line().unwrap();
    }
    check(&record.write(), 5, Some(11));
}

#[test]
fn what_is_said_escapes_what_it_quotes() {
    let mut record = Record::of(3);
    let mut received = leaf(1);
    received.req = Some("\u{1b}]0;owned\u{7}".to_owned());
    record.leaves[1] = received.to_line().unwrap();
    record.leaves.truncate(2);
    record.heads = vec![2];
    let text = hob_verify(&[&record.write().path]).stdout;
    assert!(!text.contains(&0x1b) && !text.contains(&7), "{}", String::from_utf8_lossy(&text).escape_debug());
}

#[test]
fn one_leaf_is_checked_by_its_proof() {
    let record = Record::of(21);
    let mut store = Vec::new();
    for (n, leaf) in (0..).zip(&record.leaves) {
        let read = |place: u64| Ok::<_, ()>(store[usize::try_from(place).unwrap()]);
        let hashes = tree::appended(n, leaf_hash(leaf), read).unwrap();
        store.extend(hashes);
    }
    let path = tree::inclusion(13, 21, |place| Ok::<_, ()>(store[usize::try_from(place).unwrap()])).unwrap();
    let proof = Proof { index: 13, path, checkpoint: record.notes().pop().unwrap() };
    let copy = record.write();
    let (leaf, file) = (copy.path.join("leaf"), copy.path.join("13.tlog-proof"));
    fs_err::write(&file, proof.to_text()).unwrap();
    let verify = |line: &[u8]| {
        fs_err::write(&leaf, line).unwrap();
        let vkey = copy.path.join(files::KEY);
        hob_verify(&[&leaf, Path::new("--proof"), &file, Path::new("--vkey"), &vkey]).status.code()
    };
    assert_eq!(verify(&record.leaves[13]), Some(0));
    assert_eq!(verify(&record.leaves[12]), Some(2));
    fs_err::write(&file, proof.to_text().replacen("index 13", "index 14", 1)).unwrap();
    assert_eq!(verify(&record.leaves[13]), Some(2));
    fs_err::write(&file, proof.to_text().replacen("\n21\n", "\n22\n", 1)).unwrap();
    assert_eq!(verify(&record.leaves[13]), Some(4));
}

#[test]
fn wrong_usage_is_none_of_the_verdicts() {
    assert_eq!(hob_verify(&[]).status.code(), Some(64));
    assert_eq!(hob_verify(&[Path::new("--help")]).status.code(), Some(0));
}
