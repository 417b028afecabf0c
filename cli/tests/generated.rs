//! The shell completions in `docs/completions` are what `hob completions` prints.
//!
//! `HOB_GEN=1 cargo test -p hob-cli --test generated` writes them anew.

#![allow(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_completions_are_fresh() {
    for (shell, file) in [("bash", "hob.bash"), ("zsh", "_hob"), ("fish", "hob.fish")] {
        let output = Command::new(env!("CARGO_BIN_EXE_hob"))
            .args(["completions", shell])
            .env("HOB_HOME", env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/completions").join(file);
        if std::env::var_os("HOB_GEN").is_some() {
            fs_err::write(&path, &output.stdout).unwrap();
        }
        let written = fs_err::read(&path).unwrap_or_default();
        assert!(
            written == output.stdout,
            "docs/completions/{file} is stale: HOB_GEN=1 cargo test -p hob-cli --test generated"
        );
    }
}
