//! Whether Hob starts at login: off until a person says so.
//!
//! The autostart plugin can be reached only through a Tauri app, and a real one
//! opens the display. The one here has Tauri's runtime without windows, so that
//! the answer can be had in the tray's menu, over ssh and in a script.

use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use daemon_core::home::Dirs;
use serde_json::json;
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};
use tauri_plugin_autostart::{Builder, ManagerExt as _};

use crate::arguments::Autostart;

/// What the entry is called; the file is named after it.
const NAME: &str = "hob";

/// Answers `hob-desktop autostart`; `home` is the home to start with, if it is not the default one.
pub(crate) fn answer(state: Autostart, home: Option<&Dirs>, json: bool) -> anyhow::Result<ExitCode> {
    match state {
        Autostart::Enable => set(true, home)?,
        Autostart::Disable => set(false, home)?,
        Autostart::Status => {}
    }
    let on = is_on()?;
    let words = if on { "Hob starts at login" } else { "Hob does not start at login" };
    print(&if json { json!({ "enabled": on }).to_string() } else { words.to_owned() });
    Ok(ExitCode::SUCCESS)
}

/// Whether it does.
pub(crate) fn is_on() -> anyhow::Result<bool> {
    app(&[])?.autolaunch().is_enabled().context("looking for the autostart entry")
}

/// Makes it so, or not.
pub(crate) fn set(on: bool, home: Option<&Dirs>) -> anyhow::Result<()> {
    if !on {
        return app(&[])?.autolaunch().disable().context("removing the autostart entry");
    }
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let mut words = vec!["--background".to_owned()];
    if let Some(dirs) = home {
        // The state is below the home that was named.
        let named = dirs.state().parent().unwrap_or(dirs.state());
        words.extend(["--home".into(), named.to_str().context("the home's path is no text")?.to_owned()]);
    }
    let program = program.to_str().context("this program's path is no text")?;
    for word in words.iter().map(String::as_str).chain([program]) {
        ensure!(
            is_plain(word),
            "the path \"{word}\" cannot be written into an autostart entry: it needs quotes"
        );
    }
    app(&words)?.autolaunch().enable().context("writing the autostart entry")?;
    if !is_on()? {
        bail!("the autostart entry was written and is not there");
    }
    Ok(())
}

/// Whether a word means itself in `Exec` (Desktop Entry Specification, section "The Exec key").
/// The plugin writes words as they are.
fn is_plain(word: &str) -> bool {
    let reserved = |character: char| " \t\n\"'\\><~|&;$*?#()`%".contains(character);
    !word.chars().any(reserved)
}

fn app(arguments: &[String]) -> anyhow::Result<tauri::App<MockRuntime>> {
    let plugin = Builder::new().app_name(NAME).args(arguments).build();
    let app = mock_builder().plugin(plugin).build(mock_context(noop_assets()));
    app.context("the autostart plugin did not start")
}

#[allow(clippy::print_stdout, reason = "the answer to a command")]
fn print(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_entry_would_misread_is_refused() {
        for (word, plain) in [
            ("/usr/bin/hob-desktop", true),
            ("/home/ada/.local/bin/hob-desktop", true),
            ("/opt/my programs/hob-desktop", false),
            ("/opt/100%/hob-desktop", false),
            ("/opt/$HOME", false),
        ] {
            assert_eq!(is_plain(word), plain, "{word}");
        }
    }
}
