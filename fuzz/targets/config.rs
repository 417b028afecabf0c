//! Arbitrary text as `config.toml`: it is read or refused, and each refusal says where.

#![no_main]

use std::sync::LazyLock;

use daemon_core::config;
use daemon_core::daemon::sections;
use daemon_core::home::Dirs;
use libfuzzer_sys::fuzz_target;

static HOME: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("there is a place for temporary files"));

fuzz_target!(|input: &[u8]| {
    let dirs = Dirs::below(HOME.path());
    std::fs::write(dirs.config(), input).expect("the temporary file can be written");
    if let Err(problems) = config::check(&dirs, &sections()) {
        assert!(!problems.is_empty());
        for problem in problems {
            assert!(problem.to_string().contains("config.toml"), "{problem}");
        }
    }
});
