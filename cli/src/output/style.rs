//! What the other side of standard output can show: colours, glyphs, how wide it is.
//!
//! Colours go to a terminal only, unless the environment says otherwise
//! (<https://no-color.org>, <https://bixense.com/clicolors>). A state is never
//! told by colour alone: each has a glyph of its own. What is piped does not have
//! to fit anything.

use std::collections::BTreeMap;
use std::env;
use std::io::IsTerminal as _;
use std::os::fd::AsFd;

/// What can be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether standard output is a terminal.
    pub(crate) terminal: bool,
    /// Whether colours may be used.
    pub(crate) colour: bool,
    /// Whether there are characters beyond ASCII.
    pub(crate) unicode: bool,
    /// How many columns there are; absent where nothing has to fit.
    pub(crate) width: Option<usize>,
    /// How many lines there are.
    pub(crate) height: Option<usize>,
}

/// A way to draw text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
    /// One of the colours that tell services apart.
    Service(u8),
}

/// Colours that are neither the red of errors nor unreadable on black or white.
const SERVICES: [&str; 8] = ["36", "35", "34", "32", "33", "96", "95", "94"];

impl Style {
    /// What the environment and standard output allow.
    pub(crate) fn detect() -> Style {
        let terminal = std::io::stdout().is_terminal();
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let (width, height) = if terminal { size(std::io::stdout()) } else { (None, None) };
        Style { terminal, colour: colours(terminal && !dumb), unicode: unicode(), width, height }
    }

    /// What a terminal can show that is not standard output.
    pub(crate) fn of_terminal(terminal: impl AsFd) -> Style {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let (width, height) = size(terminal);
        Style { terminal: true, colour: colours(!dumb), unicode: unicode(), width, height }
    }

    /// What the environment and standard error allow; nothing has to fit there.
    pub(crate) fn of_stderr() -> Style {
        let terminal = std::io::stderr().is_terminal();
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colour = colours(terminal && !dumb);
        Style { terminal, colour, unicode: unicode(), width: None, height: None }
    }

    /// What a pipe gets.
    #[cfg(test)]
    pub(crate) fn plain() -> Style {
        Style { terminal: false, colour: false, unicode: true, width: None, height: None }
    }

    /// The text, drawn so if colours are allowed.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        let mut painted = String::with_capacity(text.len() + 9);
        self.paint_into(&mut painted, paint, text);
        painted
    }

    /// As [`Style::paint`], behind what is there already.
    pub(crate) fn paint_into(&self, out: &mut String, paint: Paint, text: &str) {
        let code = match paint {
            Paint::Plain => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Green => "32",
            Paint::Yellow => "33",
            Paint::Red => "31",
            Paint::Service(which) => SERVICES[usize::from(which) % SERVICES.len()],
        };
        if !self.colour || code.is_empty() || text.is_empty() {
            return out.push_str(text);
        }
        for part in ["\u{1b}[", code, "m", text, "\u{1b}[0m"] {
            out.push_str(part);
        }
    }

    /// The first where it can be shown, else the second.
    pub(crate) fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

/// Gives each service a colour: the same in every run, unless that is taken by another.
#[derive(Debug, Default)]
pub(crate) struct ServiceColours(BTreeMap<String, u8>);

impl ServiceColours {
    /// The colour of a service.
    pub(crate) fn of(&mut self, name: &str) -> Paint {
        if let Some(colour) = self.0.get(name) {
            return Paint::Service(*colour);
        }
        // FNV-1a: cheap, and no two runs differ.
        let hash = name
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let wanted = hash.to_be_bytes()[0];
        let count = u8::try_from(SERVICES.len()).expect("there are few colours");
        let taken = |colour: &u8| self.0.values().any(|other| other == colour);
        let free = (0..count).map(|step| (wanted % count + step) % count).find(|colour| !taken(colour));
        let colour = free.unwrap_or(wanted % count);
        self.0.insert(name.to_owned(), colour);
        Paint::Service(colour)
    }
}

fn colours(by_default: bool) -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    by_default && set("CLICOLOR").is_none_or(|value| value != "0")
}

/// POSIX's order of the variables; without any of them a terminal of today is UTF-8.
fn unicode() -> bool {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    match set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")) {
        Some(locale) => locale.to_ascii_lowercase().replace('-', "").contains("utf8"),
        None => true,
    }
}

fn size(terminal: impl AsFd) -> (Option<usize>, Option<usize>) {
    let chosen = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|n| 0 < *n);
    let real = rustix::termios::tcgetwinsize(terminal).ok();
    // One of both may be known alone, as after `stty cols 120` on a serial line.
    let known = |count: u16| Some(usize::from(count)).filter(|count| 0 < *count);
    let width = chosen.or(real.and_then(|size| known(size.ws_col))).unwrap_or(80);
    (Some(width), real.and_then(|size| known(size.ws_row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_services_have_colours_of_their_own() {
        let mut colours = ServiceColours::default();
        let names = ["web", "flaky", "worker", "db", "cron", "a", "b", "c"];
        let mut given: Vec<u8> = names
            .iter()
            .map(|name| match colours.of(name) {
                Paint::Service(colour) => colour,
                other => panic!("{other:?} is no colour of a service"),
            })
            .collect();
        assert_eq!(colours.of("web"), Paint::Service(given[0]), "it keeps its colour");
        colours.of("one more than there are colours");
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), names.len());
    }
}
