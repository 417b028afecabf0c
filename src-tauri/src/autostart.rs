//! Whether Hob starts at login: off until a person says so.
//!
//! The autostart plugin can be reached only through a Tauri app, and a real one
//! opens the display. The one here has Tauri's runtime without windows, so that
//! the answer can be had in the tray's menu, over ssh and in a script.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use daemon_core::home::Dirs;
use serde_json::json;
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};
use tauri_plugin_autostart::{Builder, ManagerExt as _};

use crate::arguments::Autostart;

/// What the entry is called; the file is named after it.
const NAME: &str = "hob";

/// Answers `hob-desktop autostart` for a home.
pub(crate) fn answer(state: Autostart, dirs: &Dirs, json: bool) -> anyhow::Result<ExitCode> {
    match state {
        Autostart::Enable => set(true, dirs)?,
        Autostart::Disable => set(false, dirs)?,
        Autostart::Status => {}
    }
    let on = is_on()?;
    let words = if on { "Hob starts at login" } else { "Hob does not start at login" };
    print(&if json { json!({ "enabled": on }).to_string() } else { words.to_owned() });
    Ok(ExitCode::SUCCESS)
}

/// Whether it does. A desktop's own settings switch an entry off by writing so into it.
pub(crate) fn is_on() -> anyhow::Result<bool> {
    if !app(&[])?.autolaunch().is_enabled().context("looking for the autostart entry")? {
        return Ok(false);
    }
    let home = std::env::var_os("HOME").context("HOME is not set")?;
    let entry = Path::new(&home).join(".config/autostart").join(format!("{NAME}.desktop"));
    Ok(!is_off(&fs_err::read_to_string(entry)?))
}

/// Makes it so, or not.
pub(crate) fn set(on: bool, dirs: &Dirs) -> anyhow::Result<()> {
    if !on {
        return app(&[])?.autolaunch().disable().context("removing the autostart entry");
    }
    let elsewhere =
        std::env::var_os("XDG_CONFIG_HOME").filter(|config| !config.is_empty()).filter(|config| {
            std::env::var_os("HOME").is_none_or(|home| Path::new(&home).join(".config") != Path::new(config))
        });
    if let Some(config) = elsewhere {
        bail!(
            "your desktop reads {}/autostart, and the entry would be written to ~/.config/autostart; \
            link one to the other, or add `hob-desktop --background` there by hand",
            Path::new(&config).display()
        );
    }
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let mut words = vec!["--background".to_owned()];
    if !dirs.is_default() {
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
    ensure!(is_on()?, "the autostart entry was written and is not in force");
    Ok(())
}

/// `Hidden` is the Desktop Entry Specification's, the other one GNOME's.
fn is_off(entry: &str) -> bool {
    let lines = entry.lines().filter_map(|line| line.split_once('='));
    let set = |key: &str, off: &str| lines.clone().any(|(k, v)| k.trim() == key && v.trim() == off);
    set("Hidden", "true") || set("X-GNOME-Autostart-enabled", "false")
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
    fn an_entry_that_is_switched_off_is_off() {
        assert!(!is_off("[Desktop Entry]\nType=Application\nExec=hob-desktop --background\n"));
        assert!(is_off("[Desktop Entry]\nHidden = true\n"));
        assert!(is_off("[Desktop Entry]\nX-GNOME-Autostart-enabled=false\n"));
    }

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
