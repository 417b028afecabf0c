//! Arbitrary patterns and arguments: what is read is written the same, and a text for a shell is taken apart or not.

#![no_main]

use std::path::Path;

use daemon_core::approvals::policy::{Class, Looked, Matcher, Own, Policy, Subject, TokenPattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, Vec<Vec<u8>>)| {
    let (pattern, shell, argv) = input;
    if let Ok(read) = serde_json::from_str::<TokenPattern>(pattern) {
        let written = serde_json::to_string(&read).expect("a pattern can be written");
        let again: TokenPattern = serde_json::from_str(&written).expect("what is written can be read");
        assert_eq!(serde_json::to_string(&again).expect("a pattern can be written"), written);
    }
    let policy = Policy::of_text("version = 1", Own::default()).expect("it is empty");
    let text = [b"-c".to_vec(), shell.as_bytes().to_vec()];
    for (named, argv) in [("sh", &text[..]), ("env", &argv), ("xargs", &argv), ("ls", &argv)] {
        let subject = Subject {
            class: Class::Run,
            exec: Path::new("/bin/x"),
            named,
            sha256: "",
            argv,
            cwd: Path::new("/nowhere"),
            env: &[],
            client: "c",
            files: &[],
            is_user_writable: false,
            looked: &Looked::default(),
        };
        let decision = policy.decide(&subject);
        assert!(!decision.analysis.is_empty());
        if let Some(matcher) = Matcher::exactly(&subject) {
            assert!(matcher.matches(&subject));
        }
    }
});
