//! The commands: the verbs written by hand, and one for each operation of the catalog.
//!
//! `service.restart` is `hob service restart`; its arguments, help and request
//! body come from the declaration of the operation. A daily verb may be just
//! another name for an operation.

use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use daemon_core::kernel::Meta;

use crate::verbs::{Run, VERBS, Verb};

/// The id of `--home`, which no argument of an operation has.
pub(crate) const HOME: &str = "hob home";
/// The id of `--json`.
pub(crate) const JSON: &str = "hob json";

/// A command that was found.
pub(crate) enum Found<'a> {
    /// Written by hand.
    Verb(&'static Verb),
    /// An operation, under its own or another name.
    Op(&'a Meta, String),
}

/// The command of a path such as `ls` or `service restart`; most of the daily ones need no catalog.
pub(crate) fn find<'a>(catalog: impl FnOnce() -> &'a [Meta], path: &str) -> Option<Found<'a>> {
    let name = match VERBS.iter().find(|verb| verb.path == path) {
        Some(Verb { run: Run::Op(name), .. }) => (*name).to_owned(),
        Some(verb) => return Some(Found::Verb(verb)),
        None => path.replace(' ', "."),
    };
    let catalog = catalog();
    let found = operation(catalog, &name).or_else(|| operation(catalog, &as_declared(&name)?));
    found.map(|meta| Found::Op(meta, path.to_owned()))
}

/// `client.list` of `client.ls`, `request.get` of `request.show`: what is said for short of some holds for all.
fn as_declared(name: &str) -> Option<String> {
    let (noun, verb) = name.split_once('.')?;
    let (_, declared) = [("ls", "list"), ("show", "get")].into_iter().find(|(short, _)| *short == verb)?;
    Some(format!("{noun}.{declared}"))
}

/// The operation of a name.
pub(crate) fn operation<'a>(catalog: &'a [Meta], name: &str) -> Option<&'a Meta> {
    catalog.iter().find(|meta| meta.name == name)
}

/// The first words of commands that have two.
pub(crate) fn nouns(catalog: &[Meta]) -> Vec<&'static str> {
    let own = VERBS.iter().filter_map(|verb| Some(verb.path.split_once(' ')?.0));
    let mut nouns: Vec<&str> = own.chain(catalog.iter().map(|meta| meta.words().0)).collect();
    nouns.sort_unstable();
    nouns.dedup();
    nouns
}

/// Whether commands begin with this word.
pub(crate) fn is_noun(catalog: &[Meta], word: &str) -> bool {
    nouns(catalog).contains(&word)
}

/// What a noun does without a verb, where that is plain.
pub(crate) fn alone(noun: &str) -> Option<&'static str> {
    match noun {
        "job" => Some("job ls"),
        "grants" => Some("grants ls"),
        _ => None,
    }
}

/// The verbs of a noun and what each does.
pub(crate) fn verbs_of(catalog: &[Meta], noun: &str) -> Vec<(&'static str, String)> {
    let own = VERBS.iter().filter_map(|verb| {
        let (first, second) = verb.path.split_once(' ')?;
        (first == noun).then(|| (second, verb.about.to_owned()))
    });
    let mut verbs: Vec<(&'static str, String)> = own.collect();
    for meta in catalog {
        let (first, second) = meta.words();
        if first == noun && verbs.iter().all(|(verb, _)| *verb != second) {
            verbs.push((second, first_line(&meta.about())));
        }
    }
    verbs
}

/// One command, ready to parse what stands behind its name.
pub(crate) fn command(found: &Found<'_>) -> Command {
    let (path, about, long) = match found {
        Found::Verb(verb) => (verb.path, verb.about.to_owned(), verb.about.to_owned()),
        Found::Op(meta, path) => (path.as_str(), first_line(&meta.about()), meta.about()),
    };
    let name = path.rsplit(' ').next().unwrap_or(path).to_owned();
    let command = Command::new(name).bin_name(format!("hob {path}").trim_end()).args(everywhere());
    let command = match found {
        Found::Verb(verb) => (verb.arguments)(command),
        Found::Op(meta, _) => (meta.arguments)(command),
    };
    let command = command.mut_args(|arg| match is_amount(&arg) {
        true => arg.allow_hyphen_values(true),
        false => arg,
    });
    // The doc comment of an operation's type is its help, whatever clap's derive made of it.
    // Where there is no more to say, `--help` is laid out as tightly as `-h`.
    let command = if long == about { command.long_about(None) } else { command.long_about(long) };
    command.about(about).disable_version_flag(true)
}

/// Whether an option takes a length of time, a moment or a number. One below nothing is refused as that, and is no
/// option that somebody has mistyped.
fn is_amount(arg: &Arg) -> bool {
    const AMOUNTS: [&str; 8] = ["TIME", "TIMEOUT", "MOMENT", "COUNT", "SIZE", "NUMBER", "INDEX", "N"];
    let takes_one = !arg.is_positional() && arg.get_num_args().is_none_or(|count| count == 1.into());
    let named = arg.get_value_names().unwrap_or_default();
    takes_one && matches!(named, [name] if AMOUNTS.contains(&name.as_str()))
}

/// All commands, for completions.
pub(crate) fn all(catalog: &[Meta]) -> Command {
    let of = |path: &str| find(|| catalog, path).map(|found| command(&found));
    let single = VERBS.iter().filter(|verb| !verb.path.is_empty() && !verb.path.contains(' '));
    let nouns = nouns(catalog).into_iter().map(|noun| {
        let verbs = verbs_of(catalog, noun).into_iter().filter_map(|(verb, _)| of(&format!("{noun} {verb}")));
        Command::new(noun).about(about_noun(noun)).subcommand_required(true).subcommands(verbs)
    });
    Command::new("hob")
        .about("Keeps services alive")
        .version(env!("CARGO_PKG_VERSION"))
        .args(everywhere())
        .arg(
            Arg::new("daemon")
                .long("daemon")
                .action(ArgAction::SetTrue)
                .help("Be the daemon, in the foreground"),
        )
        .subcommands(single.filter_map(|verb| of(verb.path)))
        .subcommands(nouns)
        .disable_help_subcommand(true)
}

/// What a noun is about.
pub(crate) fn about_noun(noun: &str) -> &'static str {
    match noun {
        "approval" => "Every operation on what waits for a decision",
        "audit" => "The record of what was asked, decided and done",
        "client" => "Those who ask under a name of their own",
        "config" => "The configuration",
        "exec" => "Every operation that runs a command",
        "grant" | "grants" => "What people have allowed beforehand",
        "policy" => "What may run without a question, and what never",
        "request" => "Every operation on requests",
        "daemon" => "The daemon's life",
        "job" => "Every operation on jobs and their runs",
        "project" => "Every operation on projects",
        "service" => "Every operation on services",
        "system" => "Every operation on the daemon itself",
        _ => "Further operations",
    }
}

/// The first line, which says what it does; the rest says more.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn everywhere() -> [Arg; 2] {
    [
        Arg::new(HOME)
            .long("home")
            .value_name("DIR")
            .value_hint(ValueHint::DirPath)
            .value_parser(value_parser!(std::path::PathBuf))
            .help("Use the daemon whose files are all below DIR"),
        Arg::new(JSON).long("json").action(ArgAction::SetTrue).help("Print JSON, errors too"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_well_formed() {
        let catalog = daemon_core::daemon::catalog();
        all(&catalog).debug_assert();
    }

    #[test]
    fn every_verb_that_names_an_operation_names_one_that_exists() {
        let catalog = daemon_core::daemon::catalog();
        for verb in VERBS {
            assert!(find(|| &catalog, verb.path).is_some(), "{}", verb.path);
        }
    }

    #[test]
    fn a_short_verb_is_that_of_every_noun() {
        let catalog = daemon_core::daemon::catalog();
        for (path, name) in [
            ("client ls", "client.list"),
            ("request show", "request.get"),
            ("service show", "service.get"),
            ("audit show", "audit.show"),
        ] {
            assert!(
                matches!(find(|| &catalog, path), Some(Found::Op(meta, _)) if meta.name == name),
                "{path}"
            );
        }
        assert!(find(|| &catalog, "audit ls").is_none());
    }

    #[test]
    fn a_verb_in_the_place_of_an_operation_takes_all_that_it_takes() {
        for meta in daemon_core::daemon::catalog() {
            let (noun, verb) = meta.words();
            assert!(VERBS.iter().all(|own| own.path != noun), "{}", meta.name);
            let Some(own) = VERBS.iter().find(|own| own.path == format!("{noun} {verb}")) else { continue };
            let (own, declared) =
                ((own.arguments)(Command::new("own")), (meta.arguments)(Command::new("declared")));
            for argument in declared.get_arguments() {
                let known = own.get_arguments().find(|own| own.get_id() == argument.get_id());
                let known = known.unwrap_or_else(|| panic!("{} has no {}", meta.name, argument.get_id()));
                assert_eq!(known.get_long(), argument.get_long(), "{}", meta.name);
                assert_eq!(known.is_positional(), argument.is_positional(), "{}", meta.name);
            }
        }
    }
}
