//! One request with everything that a person needs to decide it, in the order of the desktop's dialog.
//!
//! Facts first, and these only from the plan; then what is worth a second look;
//! then, in a box of its own, what the requester says, which nobody has
//! verified; then what the policy says and for how long a yes could hold.

use daemon_core::approvals::grants::Scope;
use daemon_core::approvals::ops::{Decision, Shown, Similar};
use daemon_core::approvals::policy::Effect;
use daemon_core::approvals::request::Request;
use daemon_core::exec::Hint;
use daemon_core::exec::render::{Block, Fact, Level, reason};
use daemon_core::text::visible;
use jiff::Timestamp;

use super::facts::{self, Drawn, Extent};
use super::grant::{SESSION, how_long};
use super::request;
use super::style::{Paint, Style};

/// Characters of a reason that are shown before the rest is folded.
const REASON: usize = 300;
/// Whose words these are.
const CLAIMED: &str = "Claimed by the requester, not verified";
/// And these.
const CLAIMED_AGAIN: &str = "Claimed when it asked for the same again, not verified";
/// Why a request that was about to expire has more time than the list said.
const ANEW: &str = "Looking at it has begun its time anew, which at most doubles it.";

/// To what a yes would be one, as it was typed with the command.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Choice {
    pub(crate) scope: Scope,
    /// To which of the suggestions; without one, to exactly this.
    pub(crate) suggestion: Option<usize>,
}

/// Everything about a request that waits.
pub(crate) fn dialog(shown: &Shown, extent: Extent, choice: Choice, style: &Style, now: Timestamp) -> Drawn {
    let mut drawn = Drawn { text: headline(shown, style), is_whole: true };
    for block in &shown.view {
        let part = facts::block(block, extent, style);
        drawn.text += &format!("\n{}", part.text);
        drawn.is_whole &= part.is_whole;
        if block.fact == Fact::Client {
            drawn.text += &processes(shown, style);
        }
    }
    drawn.text += &hints(&shown.hints, style);
    drawn.text += &similar(shown);
    let Request { reason, more_reasons, .. } = &shown.request;
    let first = claimed(reason.as_deref(), CLAIMED, extent, style);
    let again = more_reasons.iter().map(|reason| claimed(Some(reason), CLAIMED_AGAIN, extent, style));
    for said in std::iter::once(first).chain(again) {
        drawn.text += &format!("\n{}", said.text);
        drawn.is_whole &= said.is_whole;
    }
    if 0 < shown.request.reasons_left_out {
        let more = match shown.request.reasons_left_out {
            1 => "1 more reason was given and is not kept.".to_owned(),
            count => format!("{count} more reasons were given and are not kept."),
        };
        drawn.text += &format!("{}\n", style.paint(Paint::Yellow, &more));
    }
    drawn.text += &policy(shown, style);
    drawn.text += &match choice.scope {
        Scope::Once => offers(shown, style),
        _ => would_hold(shown, choice, style),
    };
    let left = request::ahead(shown.request.expires, now);
    drawn.text += &format!("\nExpires unanswered {left}. {ANEW}\n");
    drawn
}

/// What was decided, in a line or two.
pub(crate) fn decided(decision: &Decision, style: &Style) -> String {
    let mut text = request::sentence(&decision.request, style) + "\n";
    if let Some(grant) = &decision.grant {
        let held = match grant.scope {
            Scope::Session => format!("only {}; {SESSION}", how_long(grant.scope)),
            scope => how_long(scope),
        };
        let line = format!(
            "grant {0} holds {held}: {1}\n`hob grants` shows it, `hob grants revoke {0}` ends it",
            visible(&grant.id),
            visible(&grant.allows),
        );
        text += &crate::failure::for_this_home(&style.paint(Paint::Dim, &line));
        text.push('\n');
    }
    text
}

/// The first value of a fact, as the plan has it: the canonical path of the program, the directory.
fn first(view: &[Block], fact: Fact) -> String {
    let block = view.iter().find(|block| block.fact == fact);
    block.and_then(|block| block.rows.first()).map(|row| row.value.text()).unwrap_or_default()
}

/// How much there is to worry about, and one sentence of facts.
fn headline(shown: &Shown, style: &Style) -> String {
    let badges = shown.view.iter().flat_map(|block| &block.rows).flat_map(|row| &row.badges);
    let levels = badges.map(|badge| badge.level).chain(shown.hints.iter().map(|hint| hint.level));
    let worst = levels.max().unwrap_or(Level::Note);
    let word = match worst {
        Level::Note => "LOW RISK",
        Level::Caution => "ELEVATED RISK",
        Level::Danger => "HIGH RISK",
    };
    let Request { id, client, .. } = &shown.request;
    format!(
        "{}   request {}\n{} wants to run {}\n",
        style.paint(facts::paint(worst), &format!("{} {word}", facts::mark(worst, style))),
        visible(id),
        style.paint(Paint::Bold, &visible(client)),
        style.paint(Paint::Bold, &first(&shown.view, Fact::Program)),
    )
}

/// The process that asked and those that started it. The last has no parent of ours.
fn processes(shown: &Shown, style: &Style) -> String {
    let line: Vec<String> = shown.asked_by.iter().map(|pid| process(*pid)).collect();
    match &line[..] {
        [] => String::new(),
        [only] => format!("  {}     {only}\n", style.paint(Paint::Dim, "process")),
        _ => {
            format!("  {}     {}\n", style.paint(Paint::Dim, "process"), line.join(style.glyph(" ← ", " < ")))
        }
    }
}

/// A process with what the kernel calls it by now. It has chosen that itself, so nothing in it can look like another.
fn process(pid: i32) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.:+@/ ".contains(character);
    match fs_err::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => {
            let name = name.trim_end_matches('\n').replace(|character| !is_plain(character), "?");
            format!("{pid} {name}")
        }
        Err(_) => pid.to_string(),
    }
}

fn hints(hints: &[Hint], style: &Style) -> String {
    if hints.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{}\n", style.paint(Paint::Bold, "Worth a second look"));
    for hint in hints {
        let about = hint.argument.map(|number| format!(" (argument {number})")).unwrap_or_default();
        let text = format!("{} {}{about}", facts::mark(hint.level, style), visible(&hint.text));
        out += &format!("  {}\n", style.paint(facts::paint(hint.level), &text));
    }
    out
}

/// What was asked for before and is nearly this.
fn similar(shown: &Shown) -> String {
    let Some(Similar { without, with, cwd }) = &shown.similar else { return String::new() };
    let listed = |word: &str, arguments: &[String]| {
        let arguments: Vec<String> = arguments.iter().map(|argument| visible(argument)).collect();
        (!arguments.is_empty()).then(|| format!("{word} {}", arguments.join(" ")))
    };
    let place = cwd.as_ref().map(|cwd| format!("in {}", visible(cwd)));
    let parts: Vec<String> =
        [listed("without", without), listed("with", with), place].into_iter().flatten().collect();
    format!("\nNearly the same was asked for before: {}.\n", parts.join(", "))
}

/// The requester's words, in a box that says whose they are.
fn claimed(text: Option<&str>, title: &str, extent: Extent, style: &Style) -> Drawn {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        let text = style.paint(Paint::Dim, "The requester gives no reason.") + "\n";
        return Drawn { text, is_whole: true };
    };
    let block = reason(text);
    let side = style.glyph("│ ", "| ");
    let mut out = format!("{} {}\n", style.glyph("┌", "+"), title);
    let mut is_whole = block.more == 0;
    // Two columns less, and each line behind the side of the box.
    let inner = Style { width: style.width.map(|width| width.saturating_sub(2)), ..*style };
    for row in block.rows {
        let value = match extent {
            Extent::Whole => row.value,
            Extent::Folded => row.value.cut(REASON),
        };
        let mut lines = String::new();
        facts::draw_value(&mut lines, &value, 0, &inner);
        lines.lines().for_each(|line| out += &format!("{side}{line}\n"));
        if 0 < value.more {
            let more =
                format!("{} {} more characters: --all shows them", style.glyph("…", "..."), value.more);
            out += &format!("{side}{}\n", style.paint(Paint::Yellow, &more));
            is_whole = false;
        }
    }
    out += &format!("{}\n", style.glyph("└", "+"));
    Drawn { text: out, is_whole }
}

fn policy(shown: &Shown, style: &Style) -> String {
    let says = match shown.effect {
        Effect::Allow => "would allow it by now",
        Effect::Ask => "asks",
        Effect::AskAlways => "asks, every time",
        Effect::Deny => "denies it by now: a yes will not run it",
    };
    let because = match &shown.rule_reason {
        Some(reason) => format!(": {}", visible(reason)),
        None => String::new(),
    };
    let paint = if shown.effect == Effect::Deny { Paint::Red } else { Paint::Plain };
    let says = style.paint(paint, says);
    format!("\nThe policy {says} ({}){because}.\n", visible(&shown.by))
}

/// To what a yes would be one: the words of the suggestion.
pub(crate) fn chosen(shown: &Shown, choice: Choice) -> String {
    let number = choice.suggestion.unwrap_or(0);
    let suggested = shown.suggestions.iter().find(|suggestion| suggestion.number == number);
    let here = || format!("exactly this command, in {}", first(&shown.view, Fact::Directory));
    suggested.map_or_else(here, |it| visible(&it.text))
}

/// For how long a yes may hold, and to what else it may be one.
fn offers(shown: &Shown, style: &Style) -> String {
    let session = if shown.connected { ", session" } else { "" };
    let longest = match (shown.effect, shown.offers_always) {
        (Effect::AskAlways | Effect::Deny, _) => return "A yes holds for this once.\n".to_owned(),
        (_, true) => ", a date, always",
        (_, false) if shown.hints.iter().any(|hint| hint.id == "text.covered") => {
            "; no longer, because something of it is covered"
        }
        (_, false) => "; no longer, because it can run anything or no grant can be about it",
    };
    let out = format!("A yes holds once; with --for: 15m, 1h{session}{longest}.\n");
    if shown.suggestions.is_empty() {
        return out;
    }
    out + "With --for it may be a yes to more than exactly this (--suggestion N):\n"
        + &suggestions(shown, None, style)
}

/// For how long a yes would hold, and to which of the suggestions it would be one.
fn would_hold(shown: &Shown, choice: Choice, style: &Style) -> String {
    let held = how_long(choice.scope);
    let mut out = match shown.suggestions.is_empty() {
        true => format!("A yes holds {held}.\n"),
        false => {
            let list = suggestions(shown, Some(choice.suggestion.unwrap_or(0)), style);
            format!("A yes holds {held}, for what has the arrow (--suggestion N chooses):\n{list}")
        }
    };
    if choice.scope == Scope::Session {
        out += &format!("That may be over at once: {SESSION}.\n");
    }
    out
}

/// Each on a line; the one that was chosen with an arrow.
fn suggestions(shown: &Shown, chosen: Option<usize>, style: &Style) -> String {
    let mut out = String::new();
    for suggestion in &shown.suggestions {
        let count = match suggestion.would_have_allowed {
            0 => "none of the earlier requests".to_owned(),
            1 => "1 earlier request".to_owned(),
            many => format!("{many} earlier requests"),
        };
        let text = format!("{} ({count})", visible(&suggestion.text));
        let mark = if chosen == Some(suggestion.number) { style.glyph("→", ">") } else { " " };
        out += &format!("{mark} {}  {text}\n", style.paint(Paint::Bold, &suggestion.number.to_string()));
    }
    out
}

#[cfg(test)]
#[path = "approval_tests.rs"]
mod tests;
