//! The facts of a plan, in the order in which they are read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::files::Chain;
use super::super::plan::{Interpreter, Plan, Program, Stdin};
use super::cover;
use super::line;
use super::shown::Shown;

/// Rows that [`brief`] shows of a block.
const ROWS: usize = 24;
/// Characters that it shows of a value.
const CHARACTERS: usize = 200;
/// Characters of a reason.
const REASON: usize = 500;

/// What belongs together, with a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// What it is about.
    pub fact: Fact,
    /// Its title.
    pub title: String,
    /// What there is to say.
    pub rows: Vec<Row>,
    /// How many rows were left out, if any were: nobody may decide before seeing them.
    #[serde(default)]
    pub more: u64,
}

/// What a block is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Who asks, and for what kind of permission.
    Client,
    /// The file that would run.
    Program,
    /// What reads it, if it is a script.
    Interpreters,
    /// Its arguments, each by itself.
    Arguments,
    /// Where it would run.
    Directory,
    /// Its variables.
    Environment,
    /// What it would read.
    Stdin,
    /// What has to be as it is now.
    Files,
    /// What it may use.
    Limits,
    /// What a decision names.
    Digest,
    /// What the requester says; not a fact.
    Reason,
}

/// One thing of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What it is: a number, the name of a variable, a word.
    pub label: Shown,
    /// The value.
    pub value: Shown,
    /// What is to be known about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Badge>,
}

/// A remark on a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Badge {
    /// Which remark: the same id, the same meaning, in every version.
    pub id: String,
    /// In words.
    pub text: String,
    /// How much it matters.
    pub level: Level,
}

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "HintLevel")]
pub enum Level {
    /// Good to know.
    Note,
    /// To be looked at.
    Caution,
    /// To be understood before anything else.
    Danger,
}

/// Where something of a plan is covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers {
    /// In which arguments, from 0 on.
    pub arguments: Vec<usize>,
    /// In which variables.
    pub variables: Vec<String>,
}

impl Covers {
    /// Whether there is anything.
    pub fn is_some(&self) -> bool {
        *self != Covers::default()
    }
}

/// All of a plan.
pub fn whole(plan: &Plan) -> Vec<Block> {
    let mut blocks = vec![client(plan), program(plan)];
    blocks.extend(interpreters(plan));
    blocks.extend([arguments(plan), directory(plan), environment(plan)]);
    blocks.extend(stdin(plan));
    blocks.extend(files(plan));
    blocks.extend([limits(plan), digest(plan)]);
    blocks
}

/// What of a plan is covered for whoever decides.
pub fn covers(plan: &Plan) -> Covers {
    let env = plan.env().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    covers_in(names(plan), words(plan), env)
}

/// The same of a command of which there is no plan; the program has these names.
pub fn covers_in<'a>(
    names: [&str; 2],
    argv: impl Iterator<Item = &'a [u8]> + Clone,
    env: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Covers {
    let arguments = cover::to_decide(names, argv.clone());
    let covered = |(index, covers): (usize, Vec<_>)| (!covers.is_empty()).then_some(index);
    let shows_all = cover::runs_text(names, argv);
    let variables = env.into_iter().filter(|(name, value)| !shows_all && cover::variable(name, value));
    Covers {
        arguments: arguments.enumerate().filter_map(covered).collect(),
        variables: variables.map(|(name, _)| name.to_owned()).collect(),
    }
}

/// As much of a plan as a small surface has room for; each block says what is missing.
pub fn brief(plan: &Plan) -> Vec<Block> {
    let cut = |mut block: Block| {
        block.more = block.rows.len().saturating_sub(ROWS) as u64;
        block.rows.truncate(ROWS);
        block.rows.iter_mut().for_each(|row| row.value = std::mem::take(&mut row.value).cut(CHARACTERS));
        block
    };
    whole(plan).into_iter().map(cut).collect()
}

/// What the requester says, of which only a begin is shown.
pub fn reason(text: &str) -> Block {
    let end = text.char_indices().nth(REASON).map_or(text.len(), |(end, _)| end);
    let mut value = Shown::of(&text.as_bytes()[..end]).cut(REASON);
    value.more += text[end..].chars().count() as u64;
    block(Fact::Reason, "Claimed by the requester, not verified", vec![row("", value)])
}

fn client(plan: &Plan) -> Block {
    let mut rows = vec![row("client", Shown::of(plan.client().as_bytes()))];
    let user = format!("the daemon's user (uid {})", plan.run_as());
    let mut run_as = row("runs as", Shown::of(user.as_bytes()));
    if plan.run_as() == 0 {
        run_as.badges.push(badge("user.root", "it may do everything on this machine", Level::Danger));
    }
    rows.push(run_as);
    block(Fact::Client, "Who asks", rows)
}

fn program(plan: &Plan) -> Block {
    let exec = plan.exec();
    let mut rows = vec![file("file", &exec.program, COPIED)];
    if exec.named != exec.program.real {
        rows.push(row("asked for as", Shown::of(exec.named.as_bytes())));
    }
    rows.push(row("sha256", Shown::of(exec.program.sha256.as_bytes())));
    block(Fact::Program, "Program", rows)
}

fn interpreters(plan: &Plan) -> Option<Block> {
    let rows = plan.exec().interpreters.iter().map(|interpreter: &Interpreter| {
        let (label, otherwise) =
            if interpreter.by_env { ("found by env", LATER) } else { ("read by", COPIED) };
        let mut row = file(label, &interpreter.program, otherwise);
        if let Some(argument) = &interpreter.argument {
            let text = format!("with the argument {}", Shown::of(argument.get()).text());
            row.badges.push(badge("interpreter.argument", &text, Level::Note));
        }
        row
    });
    some(Fact::Interpreters, "It is a script", rows.collect())
}

fn arguments(plan: &Plan) -> Block {
    let words = line::shown(names(plan), words(plan));
    let rows = (1..).zip(words).map(|(number, word): (usize, _)| row(&number.to_string(), word));
    block(Fact::Arguments, "Arguments", rows.collect())
}

fn directory(plan: &Plan) -> Block {
    block(Fact::Directory, "Directory", vec![row("", Shown::of(plan.cwd().path.as_bytes()))])
}

fn environment(plan: &Plan) -> Block {
    let asked: Vec<(&str, &str)> = plan.asked().collect();
    let unusual: Vec<(&str, &str)> = plan.unusual().collect();
    let shows_all = cover::runs_text(names(plan), words(plan));
    let of = |name: &str, value: &str| variable(name, value, !shows_all && cover::variable(name, value));
    let mut rows: Vec<Row> = asked.iter().map(|(name, value)| of(name, value)).collect();
    for (row, asked) in rows.iter_mut().zip(&asked) {
        row.badges.push(match unusual.contains(asked) {
            true => badge("env.unusual", "asked for; it can change what the program does", Level::Caution),
            false => badge("env.asked", "asked for", Level::Note),
        });
    }
    let usual = plan.env().iter().filter(|(name, _)| asked.iter().all(|(asked, _)| asked != name));
    rows.extend(usual.map(|(name, value)| of(name, value)));
    block(Fact::Environment, "Environment", rows)
}

fn variable(name: &str, value: &str, is_covered: bool) -> Row {
    let covers = is_covered.then_some(0..value.len());
    row(name, Shown::with(value.as_bytes(), covers.as_slice()))
}

/// What the program is called.
fn names(plan: &Plan) -> [&str; 2] {
    [&plan.exec().named, &plan.exec().program.real]
}

fn words(plan: &Plan) -> impl Iterator<Item = &[u8]> + Clone {
    plan.argv().iter().map(AsRef::as_ref)
}

/// What it reads, line by line; an empty one is the last if the others are ended.
fn lines(plan: &Plan) -> Vec<&[u8]> {
    match plan.stdin() {
        Stdin::None => Vec::new(),
        Stdin::Bytes { content, .. } => content.get().split(|byte| *byte == b'\n').collect(),
    }
}

fn stdin(plan: &Plan) -> Option<Block> {
    if matches!(plan.stdin(), Stdin::None) {
        return None;
    }
    let mut lines = lines(plan);
    let is_ended = lines.last().is_some_and(|last| last.is_empty());
    if is_ended {
        lines.pop();
    }
    let mut rows: Vec<Row> = (1..)
        .zip(lines)
        .map(|(number, line): (usize, _)| row(&number.to_string(), Shown::of(line)))
        .collect();
    if let Some(last) = rows.last_mut().filter(|_| !is_ended) {
        last.badges.push(badge("stdin.open", "no line break follows", Level::Note));
    }
    Some(block(Fact::Stdin, "What it reads", rows))
}

fn files(plan: &Plan) -> Option<Block> {
    let rows = plan.files().iter().map(|pinned| file("as it is now", pinned, LATER));
    some(Fact::Files, "Files", rows.collect())
}

fn limits(plan: &Plan) -> Block {
    let limits = plan.limits();
    let span = crate::config::Span::from(std::time::Duration::from_millis(limits.wall_ms.0));
    let size = |bytes: u64| crate::config::Size::bytes(bytes).to_string();
    let mut rows = vec![row("time", Shown::of(span.to_string().as_bytes()))];
    rows.extend(limits.memory.map(|memory| row("memory", Shown::of(size(memory.0).as_bytes()))));
    rows.extend(limits.pids.map(|count| row("processes", Shown::of(count.to_string().as_bytes()))));
    rows.push(row("output kept", Shown::of(size(limits.keep.0).as_bytes())));
    block(Fact::Limits, "Limits", rows)
}

fn digest(plan: &Plan) -> Block {
    let digest = plan.digest();
    let rows = vec![
        row("code", Shown::of(digest.short().as_bytes())),
        row("digest", Shown::of(digest.as_str().as_bytes())),
    ];
    block(Fact::Digest, "Digest", rows)
}

/// What is done about a file that others than root can change.
const COPIED: &str = "others than root can change it; what runs is a copy of it as it is now";
const LATER: &str = "others than root can change it; whether it is as it is now is looked at before the command starts, and not later";

fn file(label: &str, program: &Program, otherwise: &str) -> Row {
    let mut row = row(label, Shown::of(program.real.as_bytes()));
    row.badges.push(match program.chain {
        Chain::RootOwned => badge("file.root", "only root can change it", Level::Note),
        Chain::User => badge("file.user", otherwise, Level::Caution),
    });
    if u32::from_str_radix(&program.mode, 8).is_ok_and(|mode| mode & 0o6000 != 0) {
        row.badges.push(badge("file.setuid", "it gets the rights of its owner or group", Level::Danger));
    }
    row
}

fn block(fact: Fact, title: &str, rows: Vec<Row>) -> Block {
    Block { fact, title: title.to_owned(), rows, more: 0 }
}

fn some(fact: Fact, title: &str, rows: Vec<Row>) -> Option<Block> {
    (!rows.is_empty()).then(|| block(fact, title, rows))
}

/// A row with the remarks that its value calls for by itself.
fn row(label: &str, value: Shown) -> Row {
    let mut badges = Vec::new();
    if value.pieces.is_empty() && value.more == 0 {
        badges.push(badge("text.empty", "empty", Level::Note));
    }
    match value.escapes {
        0 => {}
        1 => badges.push(badge("text.escaped", "1 character is shown as an escape", Level::Caution)),
        many => {
            badges.push(badge(
                "text.escaped",
                &format!("{many} characters are shown as escapes"),
                Level::Caution,
            ));
        }
    }
    // Nobody may say yes to what he takes for all of it.
    if 0 < value.covers() {
        badges.push(badge("text.covered", "it looks like a secret and is covered", Level::Caution));
    }
    if let Some(alike) = &value.alike {
        badges.push(badge("text.alike", alike, Level::Danger));
    }
    Row { label: Shown::of(label.as_bytes()), value, badges }
}

fn badge(id: &str, text: &str, level: Level) -> Badge {
    Badge { id: id.to_owned(), text: text.to_owned(), level }
}
