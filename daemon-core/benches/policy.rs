//! What the gate's policy takes to decide, with more rules and grants than anybody has.
#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::print_stderr, clippy::disallowed_methods, reason = "a benchmark measures and tells")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use daemon_core::approvals::policy::{Class, Looked, Matcher, Own, Policy, Subject};

const RULES: usize = 1000;
const GRANTS: usize = 10_000;
const DECISIONS: usize = 100_000;

/// A tenth of the rules are about git, and so is what is asked.
fn policy() -> Policy {
    let mut text = "version = 1\n".to_owned();
    for number in 0..RULES {
        let program = if number % 10 == 0 { "git".to_owned() } else { format!("tool{}", number % 97) };
        let effect = ["allow", "ask", "deny"][number % 3];
        write!(
            text,
            "[[rule]]\nid = \"r{number}\"\neffect = \"{effect}\"\nexec = \"/usr/bin/{program}\"\n\
             argv = [\"verb{number}\", {{ int = \"1..100\" }}, [\"a*\", \"b*\"], \"...\"]\ntail_flags = [\"-x\", \"--y=\"]\n"
        )
        .expect("writing to a string cannot fail");
    }
    let own = Own {
        dirs: vec!["/home/u/.local/state/hob".into()],
        files: vec!["/home/u/.config/hob/policy.toml".into()],
        pids: vec![4711],
        home: Some("/home/u".into()),
        ..Own::default()
    };
    Policy::of_text(&text, own).expect("the rules are good")
}

fn subject<'a>(exec: &'a Path, argv: &'a [Vec<u8>]) -> Subject<'a> {
    Subject {
        class: Class::Run,
        exec,
        named: "git",
        sha256: "sha256:00",
        argv,
        cwd: Path::new("/"),
        env: &[],
        client: "claude-code",
        files: &[],
        is_user_writable: false,
        looked: Box::leak(Box::default()),
    }
}

/// Grants for a hundred programs, kept by the program as they would be.
fn grants() -> HashMap<PathBuf, Vec<Matcher>> {
    let mut grants = HashMap::<PathBuf, Vec<Matcher>>::new();
    for number in 0..GRANTS {
        let exec = match number % 100 {
            0 => PathBuf::from("/usr/bin/git"),
            other => PathBuf::from(format!("/usr/bin/tool{other}")),
        };
        let argv = [format!("verb{number}").into_bytes()];
        let matcher = Matcher::exactly(&subject(&exec, &argv)).expect("the words are plain");
        grants.entry(matcher.key().to_owned()).or_default().push(matcher);
    }
    grants
}

fn decide(policy: &Policy, grants: &HashMap<PathBuf, Vec<Matcher>>, subject: &Subject<'_>) -> bool {
    // Each command is looked at anew.
    let subject = &Subject { looked: &Looked::default(), ..*subject };
    let decision = black_box(policy.decide(subject));
    let granted =
        grants.get(subject.exec).is_some_and(|it| it.iter().any(|matcher| matcher.matches(subject)));
    granted && decision.offers_always
}

fn run(criterion: &mut Criterion) {
    let (policy, grants) = (policy(), grants());
    let exec = Path::new("/usr/bin/git");
    let commands = ["verb0 7 abc -x", "log -n 5 --stat src/main.rs", "verb990 7 b -x --y=1", "verb9900"];
    let argvs = commands.map(|text| text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
    for (command, argv) in commands.iter().zip(&argvs) {
        let subject = subject(exec, argv);
        criterion.bench_function(&format!("policy: git {command}"), |bencher| {
            bencher.iter(|| decide(&policy, &grants, black_box(&subject)));
        });
    }
    let wrapped: Vec<Vec<u8>> = ["-c", "env A=1 nice git log && timeout 5 rm -rf x | sort"]
        .map(|word| word.as_bytes().to_vec())
        .to_vec();
    let shell = Subject { named: "sh", ..subject(Path::new("/usr/bin/sh"), &wrapped) };
    criterion.bench_function("policy: a text for a shell", |bencher| {
        bencher.iter(|| decide(&policy, &grants, black_box(&shell)));
    });
    let mut took: Vec<u128> = (0..DECISIONS)
        .map(|number| {
            let subject = subject(exec, &argvs[number % argvs.len()]);
            let begun = Instant::now();
            decide(&policy, &grants, &subject);
            begun.elapsed().as_nanos()
        })
        .collect();
    took.sort_unstable();
    let at = |share: usize| took[took.len() * share / 1000] / 1000;
    eprintln!(
        "policy: {RULES} rules, {GRANTS} grants: p50 {} us, p99 {} us, p99.9 {} us of {DECISIONS} decisions",
        at(500),
        at(990),
        at(999)
    );
}

criterion_group!(benches, run);
criterion_main!(benches);
