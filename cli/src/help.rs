//! The overview of all commands, and that of a noun.
//!
//! Of one command, clap's own help is shown.

use daemon_core::kernel::Meta;

use crate::output::style::{Paint, Style};
use crate::output::table::{Cell, Column, Table};
use crate::tree;
use crate::verbs::VERBS;

const EVERYWHERE: [(&str, &str); 5] = [
    ("--home DIR", "Use the daemon whose files are all below DIR (also HOB_HOME)"),
    ("--json", "Print JSON, errors too"),
    ("--daemon", "Be the daemon, in the foreground"),
    ("-h, --help", "Help, also behind each command"),
    ("-V, --version", "Print the version"),
];

/// `hob --help`.
pub(crate) fn overview(catalog: &[Meta]) -> String {
    let style = Style::detect();
    let mut out =
        format!("Keeps services alive.\n\n{} hob [COMMAND] [OPTIONS]\n", style.paint(Paint::Bold, "Usage:"));
    let mut sections: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for verb in VERBS.iter().filter(|verb| tree::find(|| catalog, verb.path).is_some()) {
        let entry = (if verb.path.is_empty() { "(nothing)" } else { verb.path }, verb.about);
        match sections.iter_mut().find(|section| section.0 == verb.group) {
            Some(section) => section.1.push(entry),
            None => sections.push((verb.group, vec![entry])),
        }
    }
    let derived =
        tree::nouns(catalog).into_iter().filter(|noun| catalog.iter().any(|meta| meta.words().0 == *noun));
    sections.push(("Everything else", derived.map(|noun| (noun, tree::about_noun(noun))).collect()));
    sections.push(("Options", EVERYWHERE.to_vec()));
    for (title, entries) in sections {
        out += &format!("\n{}\n", style.paint(Paint::Bold, &format!("{title}:")));
        out += &list(entries.into_iter(), 14, &style);
    }
    out
}

/// `hob service --help`.
pub(crate) fn of_noun(catalog: &[Meta], noun: &str) -> String {
    let style = Style::detect();
    let verbs = tree::verbs_of(catalog, noun);
    let entries = verbs.iter().map(|(verb, about)| (*verb, about.as_str()));
    format!(
        "{}.\n\n{} hob {noun} VERB [OPTIONS]\n\n{}\n{}\n`hob {noun} VERB --help` says more about each.\n",
        tree::about_noun(noun),
        style.paint(Paint::Bold, "Usage:"),
        style.paint(Paint::Bold, "Verbs:"),
        list(entries, 0, &style)
    )
}

fn list<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>, least: usize, style: &Style) -> String {
    let mut table = Table::new(vec![Column::text("", 2, 10), Column::text("", 1, 10)]);
    for (name, about) in entries {
        table.row(vec![Cell::painted(format!("  {name:least$}"), Paint::Green), about.into()]);
    }
    // Help that does not fit is wrapped by the terminal rather than cut.
    table.render(&Style { width: None, ..*style })
}
