//! What is no mistake in a rule and is hardly meant: told by `policy.check`, and in nobody's way.

use std::path::Path;

use super::argv::ArgvPattern;
use super::file::PolicyFile;
use super::looked::Looked;
use super::ops::Told;
use super::paths::Place;
use super::rule::{Program, Rule};
use super::subject::Effect;
use super::token::TokenPattern;
use super::tools;
use crate::text::{brief, nearest};

/// What is doubtful in a file that is good; `clients` are those who can ask, as far as that is known.
pub(super) fn doubts(file: &PolicyFile, clients: Option<&[String]>) -> Vec<Told> {
    let of_rule = |rule: &Rule| {
        let found = [absent(rule), unknown(rule, clients), unbounded(rule)];
        let told = found.into_iter().flatten().map(|(key, message, hint)| Told {
            file: file.path.display().to_string(),
            line: Some(line_of(rule, key)),
            key: format!("rule.{key}"),
            message,
            hint,
        });
        told.collect::<Vec<_>>()
    };
    file.rules.iter().flat_map(of_rule).collect()
}

/// A key, what is doubtful about it, and what to do.
type Doubt = (&'static str, String, Option<String>);

/// A program that is not there.
fn absent(rule: &Rule) -> Option<Doubt> {
    match &rule.program {
        Program::At { written, .. } if !written.exists() => {
            let key = if has_key(rule, "command") { "command" } else { "exec" };
            let message = format!("there is no {}", brief(&written.display().to_string()));
            let elsewhere = written.file_name().and_then(|name| match Program::named(name.to_str()?) {
                Program::Named { real, .. } => Some(format!("there is {}", real.first()?.display())),
                _ => None,
            });
            Some((key, message, elsewhere))
        }
        // A rule that asks or denies is about the name, also of what comes later.
        Program::Named { name, real, .. } if real.is_empty() && rule.effect == Effect::Allow => {
            let key = if has_key(rule, "command") { "command" } else { "name" };
            let hint = "exec = \"/...\" is about a program elsewhere";
            let message = format!("there is no {} where only root can write", brief(name));
            Some((key, message, Some(hint.to_owned())))
        }
        _ => None,
    }
}

/// Clients that nobody is.
fn unknown(rule: &Rule, clients: Option<&[String]>) -> Option<Doubt> {
    let (clients, reach) = (clients?, rule.effect.reach());
    let place = Place { cwd: Path::new("/"), home: None, files: &[], looked: &Looked::default() };
    let is_nobody = |pattern: &&TokenPattern| {
        !clients.iter().any(|client| pattern.matches(client.as_bytes(), place, reach))
    };
    let nobody = rule.clients.iter().find(is_nobody)?.to_string();
    let near = nearest(nobody.trim_matches('"'), clients.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "`hob client ls` lists who is enrolled".to_owned(),
    };
    Some(("clients", format!("no client {} is enrolled", brief(&nobody)), Some(hint)))
}

/// Any script at all.
fn unbounded(rule: &Rule) -> Option<Doubt> {
    let is_open = rule.effect == Effect::Allow && rule.argv.as_ref().is_some_and(ArgvPattern::is_any);
    let names = rule.program.names();
    let (name, what) = names.iter().find_map(|name| Some((name, tools::takes_scripts(name)?)))?;
    let key = if has_key(rule, "command") { "command" } else { "argv" };
    let message = format!("{} is {what}, and with any arguments it runs anything", brief(name));
    let hint = "name the script in argv; a script of its own is a program like any other";
    is_open.then(|| (key, message, Some(hint.to_owned())))
}

fn has_key(rule: &Rule, key: &str) -> bool {
    rule.text.lines().any(|line| begins_with(line, key))
}

/// Where a key of a rule stands; where the rule begins if it is written in another way.
fn line_of(rule: &Rule, key: &str) -> usize {
    rule.line + rule.text.lines().position(|line| begins_with(line, key)).unwrap_or_default()
}

fn begins_with(line: &str, key: &str) -> bool {
    let rest = line.trim_start().strip_prefix(key);
    rest.is_some_and(|rest| rest.trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::super::file::Layer;
    use super::*;
    use crate::config::Document;

    fn check(rule: &str, expected: &[&str]) {
        let text = format!("version = 1\n[[rule]]\nid = \"r\"\n{rule}\n");
        let path = Path::new("policy.toml");
        let file = PolicyFile::read(&Document::of(path.into(), text), path, Layer::User).unwrap();
        let clients = ["claude", "anonymous"].map(str::to_owned);
        let told = doubts(&file, Some(&clients));
        let told: Vec<String> =
            told.iter().map(|it| format!("{}:{}: {}", it.line.unwrap(), it.key, it.message)).collect();
        assert_eq!(told, expected, "{rule}");
    }

    #[test]
    fn a_program_that_is_not_there_is_doubted() {
        check("effect = \"allow\"\nexec = \"/usr/bin/true\"\nargv = []", &[]);
        let none = "there is no /usr/bin/no-such-one";
        for effect in ["allow", "deny"] {
            let rule = format!("effect = \"{effect}\"\nexec = \"/usr/bin/no-such-one\"\nargv = []");
            check(&rule, &[&format!("5:rule.exec: {none}")]);
        }
        check(
            "effect = \"ask\"\ncommand = \"/usr/bin/no-such-one x\"",
            &[&format!("5:rule.command: {none}")],
        );
        check("effect = \"deny\"\nname = \"no-such-one\"", &[]);
        check("effect = \"deny\"\nexec_name = \"no-such-one\"", &[]);
        check(
            "effect = \"allow\"\nname = \"no-such-one\"\nargv = []",
            &["5:rule.name: there is no no-such-one where only root can write"],
        );
    }

    #[test]
    fn a_client_that_nobody_is_is_doubted() {
        let rule = |clients: &str| format!("effect = \"deny\"\nexec_name = \"rm\"\nclients = {clients}");
        check(&rule("[\"claude\"]"), &[]);
        check(&rule("[\"cl*\", \"anonymous\"]"), &[]);
        check(&rule("[\"claude\", \"cluade\"]"), &["6:rule.clients: no client \"cluade\" is enrolled"]);
        check(&rule("[\"x*\"]"), &["6:rule.clients: no client \"x*\" is enrolled"]);
    }

    #[test]
    fn a_shell_with_any_arguments_is_doubted() {
        let rule = |effect: &str, argv: &str| {
            format!("effect = \"{effect}\"\nexec = \"/usr/bin/bash\"\nargv = {argv}")
        };
        check(
            &rule("allow", "[\"...\"]"),
            &["6:rule.argv: bash is a shell, and with any arguments it runs anything"],
        );
        check(
            &rule("allow", "[\"-e\", \"...\"]\ntail_flags = [\"-x\"]"),
            &["6:rule.argv: bash is a shell, and with any arguments it runs anything"],
        );
        check(
            "effect = \"allow\"\ncommand = \"/usr/bin/python3 *\"",
            &["5:rule.command: python3 is an interpreter, and with any arguments it runs anything"],
        );
        check(&rule("allow", "[\"/srv/deploy.sh\"]"), &[]);
        check(&rule("allow", "[\"/srv/deploy.sh\", \"...\"]"), &[]);
        check(&rule("deny", "[\"...\"]"), &[]);
        check("effect = \"allow\"\nname = \"env\"\nargv = [\"...\"]", &[]);
    }
}
