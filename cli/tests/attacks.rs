//! `docs/attacks.md` names every test of an attack, and no test that is not there.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_table_of_attacks_and_the_tests_name_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut there = BTreeSet::new();
    for place in ["cli", "daemon-core", "launch", "src-tauri", "tests", "verify"] {
        collect(root, &root.join(place), &mut there);
    }
    let table = fs_err::read_to_string(root.join("docs/attacks.md")).unwrap();
    let named: BTreeSet<String> = table
        .lines()
        .filter(|line| line.starts_with("| C"))
        .flat_map(|line| line.split("; ").flat_map(|part| part.split(" | ")))
        .filter_map(|part| {
            let (name, place) = part.trim().strip_prefix('`')?.split_once("` (")?;
            let place = place.split(')').next()?;
            Some(format!("{name} in {place}")).filter(|_| is_of_attack(name))
        })
        .collect();
    let gone: Vec<_> = named.difference(&there).collect();
    let missing: Vec<_> = there.difference(&named).collect();
    assert!(
        gone.is_empty() && missing.is_empty(),
        "not there: {gone:#?}\nnot in docs/attacks.md: {missing:#?}"
    );
}

fn collect(root: &Path, dir: &Path, found: &mut BTreeSet<String>) {
    for entry in fs_err::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let place = path.strip_prefix(root).unwrap().display();
            let text = fs_err::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|line| {
                let line = line.trim_start();
                line.strip_prefix("async fn ").or(line.strip_prefix("fn "))?.split('(').next()
            });
            found.extend(names.filter(|name| is_of_attack(name)).map(|name| format!("{name} in {place}")));
        }
    }
}

/// `c48_two_who_approve_at_once_run_it_once`.
fn is_of_attack(name: &str) -> bool {
    let number = name.strip_prefix('c').and_then(|rest| rest.split('_').next()).unwrap_or_default();
    2 <= number.len() && number.bytes().all(|byte| byte.is_ascii_digit())
}
