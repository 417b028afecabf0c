//! Arbitrary text as a policy: it is one or is refused with its place, and what it is decides anything.

#![no_main]

use std::path::Path;

use daemon_core::approvals::policy::{Class, Effect, Looked, Own, Policy, Subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<Vec<u8>>)| {
    let (text, argv) = input;
    match Policy::of_text(&format!("version = 1\n{text}"), Own::default()) {
        Ok(policy) => {
            let subject = Subject {
                class: Class::Run,
                exec: Path::new("/bin/x"),
                named: "x",
                sha256: "",
                argv: &argv,
                cwd: Path::new("/nowhere"),
                env: &[],
                client: "c",
                files: &[],
                is_user_writable: false,
                looked: &Looked::default(),
            };
            let decision = policy.decide(&subject);
            assert!(decision.effect != Effect::Allow || decision.by.starts_with("rule:"));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(problem.to_string().starts_with("policy.toml"), "{problem}");
            }
        }
    }
});
