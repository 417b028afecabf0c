//! `policy.add` and `policy.remove`: one rule of the user's file, with its comments left as they are.

use std::path::{Path, PathBuf};

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::super::file::{Layer, PolicyFile};
use super::super::handle::{Handle, blocking, fault};
use super::super::subject::Effect;
use crate::config::{Document, Problem, replace_file};
use crate::kernel::{Access, Call, Code, Effect as Kind, Fault, Op};
use crate::text::brief;

/// Add a rule to your policy
///
/// The words of the command are patterns: "*" stands for anything in one word, "..." at the end for any more.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Add {
    /// What to call it
    pub id: String,
    /// What it says
    #[arg(value_enum)]
    pub effect: Effect,
    /// The program and a pattern for each argument
    #[arg(required = true, last = true)]
    pub command: Vec<String>,
    /// Why, for whoever is told of a decision
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub reason: Option<String>,
    /// Only for these clients
    #[serde(default)]
    #[arg(long = "client", value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Only in these directories
    #[serde(default)]
    #[arg(long, value_name = "PATH")]
    pub cwd: Vec<String>,
}

/// Remove a rule from your policy
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Remove {
    /// Which rule
    pub id: String,
}

/// A file that was changed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Edited {
    /// The file.
    pub file: String,
    /// The policy that is in force now.
    pub revision: u64,
}

impl Op for Add {
    const NAME: &'static str = "policy.add";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Kind = Kind::Change;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = Edited;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Edited, Fault> {
        policy.edit(move |document| self.add_to(document), of_arguments).await
    }
}

impl Op for Remove {
    const NAME: &'static str = "policy.remove";
    const ACCESS: Access = Access::Admin;
    const EFFECT: Kind = Kind::Change;
    type On = Handle;
    type Reply = Edited;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Edited, Fault> {
        policy.edit(move |document| remove(document, &self.id), fault).await
    }
}

impl Handle {
    /// Changes the user's file and brings it into force; a change that makes it bad is not written.
    async fn edit(
        &self,
        change: impl FnOnce(&mut DocumentMut) -> Result<(), Fault> + Send + 'static,
        blame: Blame,
    ) -> Result<Edited, Fault> {
        let _one_at_a_time = self.0.edits.lock().await;
        let user = self.0.places.user.clone();
        let file = blocking(move || {
            // A link stays one.
            let file = fs_err::canonicalize(&user).unwrap_or(user);
            write(&file, change, blame)?;
            Ok(file)
        })
        .await?;
        let revision = self.reload_locked().await?;
        Ok(Edited { file: file.display().to_string(), revision: revision.number })
    }
}

/// What is told of a change that would make the file bad.
type Blame = fn(&[Problem]) -> Fault;

/// The text is whoever typed it, and the line none that anybody has seen.
fn of_arguments(problems: &[Problem]) -> Fault {
    let argument = |problem: &Problem| match problem.key.as_str() {
        // That another rule has this name is a sentence of its own.
        "rule.id" if problem.message.starts_with('"') => "ID: ",
        "rule.effect" => "EFFECT: ",
        "rule.exec" | "rule.name" | "rule.exec_name" | "rule.argv" => "COMMAND: ",
        "rule.clients" => "--client: ",
        "rule.cwd" => "--cwd: ",
        "rule.reason" => "--reason: ",
        _ => "",
    };
    let told = problems.iter().map(|problem| format!("{}{}", argument(problem), problem.message));
    let fault = Fault::invalid(told.collect::<Vec<_>>().join("\n"));
    match problems.iter().find_map(|problem| problem.hint.clone()) {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

fn write(
    file: &Path,
    change: impl FnOnce(&mut DocumentMut) -> Result<(), Fault>,
    blame: Blame,
) -> Result<(), Fault> {
    let text = match fs_err::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "version = 1\n".to_owned(),
        Err(error) => return Err(Fault::new(Code::Unavailable, error.to_string())),
    };
    let checked = |text: &str| {
        let document = Document::of(PathBuf::from(file), text.to_owned());
        PolicyFile::read(&document, file, Layer::User)
    };
    // What was wrong before is not the fault of the change.
    checked(&text).map_err(|problems| fault(&problems))?;
    let mut document: DocumentMut =
        text.parse().map_err(|error| Fault::invalid(format!("{}: {error}", file.display())))?;
    change(&mut document)?;
    let text = document.to_string();
    checked(&text).map_err(|problems| blame(&problems))?;
    replace_file(file, &text)
}

impl Add {
    fn add_to(self, document: &mut DocumentMut) -> Result<(), Fault> {
        let Some((program, argv)) = self.command.split_first() else {
            return Err(Fault::invalid("there is no command").hint("hob policy add ID allow -- git status"));
        };
        let mut rule = Table::new();
        rule["id"] = value(&self.id);
        rule["effect"] = value(self.effect.name());
        let key = match (program.starts_with('/'), self.effect) {
            (true, _) => "exec",
            (false, Effect::Allow) => "name",
            (false, _) => "exec_name",
        };
        rule[key] = value(program);
        let list = |words: &[String]| value(words.iter().collect::<Array>());
        if !argv.is_empty() || self.effect == Effect::Allow {
            rule["argv"] = list(argv);
        }
        for (key, words) in [("cwd", &self.cwd), ("clients", &self.clients)] {
            if !words.is_empty() {
                rule[key] = list(words);
            }
        }
        if let Some(reason) = &self.reason {
            rule["reason"] = value(reason);
        }
        let rules = document.entry("rule").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let rules = rules.as_array_of_tables_mut().ok_or_else(inline)?;
        rule.decor_mut().set_prefix("\n");
        rules.push(rule);
        Ok(())
    }
}

fn remove(document: &mut DocumentMut, id: &str) -> Result<(), Fault> {
    let Some(rules) = document.get_mut("rule") else { return Err(Fault::not_found("rule", id, [])) };
    let rules = rules.as_array_of_tables_mut().ok_or_else(inline)?;
    let ids: Vec<String> = rules
        .iter()
        .map(|rule| rule.get("id").and_then(Item::as_str).unwrap_or_default().to_owned())
        .collect();
    match ids.iter().position(|known| known == id) {
        Some(at) => {
            rules.remove(at);
            Ok(())
        }
        None => Err(Fault::not_found("rule", &brief(id), ids.iter().map(String::as_str))),
    }
}

fn inline() -> Fault {
    Fault::new(Code::Unsupported, "the rules are written as one list: rule = [...]")
        .hint("write each as a table, [[rule]], or edit the file yourself")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(id: &str, effect: Effect, command: &[&str]) -> Add {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        Add { id: id.to_owned(), effect, command, reason: None, clients: Vec::new(), cwd: Vec::new() }
    }

    #[test]
    fn a_rule_is_added_and_removed_and_comments_stay() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("policy.toml");
        let before = "# mine\nversion = 1\n\n# why so\n[[rule]]\nid = \"a\" # that\neffect = \"deny\"\nexec_name = \"rm\"\n";
        fs_err::write(&file, before).unwrap();
        let git = add("git", Effect::Allow, &["git", "status", "..."]);
        write(&file, |document| git.add_to(document), of_arguments).unwrap();
        let text = fs_err::read_to_string(&file).unwrap();
        assert!(text.starts_with(before), "{text}");
        assert!(
            text.contains("id = \"git\"\neffect = \"allow\"\nname = \"git\"\nargv = [\"status\", \"...\"]"),
            "{text}"
        );
        write(&file, |document| remove(document, "git"), fault).unwrap();
        assert_eq!(fs_err::read_to_string(&file).unwrap(), before);
        let fault = write(&file, |document| remove(document, "b"), fault).unwrap_err();
        assert_eq!(fault.code, Code::NotFound);
    }

    #[test]
    fn a_change_that_makes_the_policy_bad_is_not_written() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("policy.toml");
        for (id, command) in
            [("A", &["rm"][..]), ("a", &["./rm"]), ("a", &["/bin/rm", "...", "x"]), ("a", &[])]
        {
            let change = |document: &mut DocumentMut| add(id, Effect::Deny, command).add_to(document);
            assert!(write(&file, change, of_arguments).is_err(), "{command:?}");
            assert!(!file.exists());
        }
        let change = |document: &mut DocumentMut| add("a", Effect::Deny, &["rm"]).add_to(document);
        write(&file, change, of_arguments).unwrap();
        assert!(write(&file, change, of_arguments).is_err());
        fs_err::write(&file, "version = 1\nrule = 1").unwrap();
        assert!(write(&file, |document| remove(document, "a"), fault).is_err());
    }

    #[test]
    fn what_cannot_be_added_is_blamed_on_its_argument_and_on_no_line() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("policy.toml");
        let check = |wrong: Add, says: &str| {
            let fault = write(&file, |document| wrong.add_to(document), of_arguments).unwrap_err();
            assert!(fault.message.starts_with(says), "{fault}");
            assert!(!fault.message.contains("policy.toml") && fault.reason_code().is_none(), "{fault}");
        };
        check(add("Git!", Effect::Deny, &["rm"]), "ID: \"Git!\" is no name of a rule");
        check(add("a", Effect::Deny, &["./rm"]), "COMMAND: \"./rm\" is no file name");
        check(add("a", Effect::Allow, &["/bin/rm", "...", "x"]), "COMMAND: ");
        let more = |cwd: &[&str], clients: &[&str], reason: &str| {
            let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
            let (cwd, clients) = (list(cwd), list(clients));
            Add { cwd, clients, reason: Some(reason.to_owned()), ..add("a", Effect::Deny, &["rm"]) }
        };
        check(more(&["x/.."], &[], ""), "--cwd: ");
        check(more(&[], &["a*b*c*d*e*f*g*h*i*j*"], ""), "--client: ");
        check(more(&[], &[], &"x".repeat(301)), "--reason: ");
        let rule = |document: &mut DocumentMut| add("a", Effect::Deny, &["rm"]).add_to(document);
        write(&file, rule, of_arguments).unwrap();
        check(add("a", Effect::Deny, &["dd"]), "the rule of line 3 is called \"a\" already");
        fs_err::write(&file, "version = 2\n").unwrap();
        let fault = write(&file, |document| add("a", Effect::Deny, &["rm"]).add_to(document), of_arguments);
        assert!(fault.unwrap_err().message.contains("policy.toml:1"), "that was wrong before");
    }
}
