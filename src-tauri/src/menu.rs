//! The tray's menu: a function of the board, without a tray.
//!
//! The order and the words are the design. Text carries the state, because most
//! desktops draw menus without colour; labels change in place as the board does.
//! Names and reasons come from outside, so their hidden characters are shown.

use daemon_core::services::state::Wanted;
use daemon_core::services::{ServiceStatus, Word};
use daemon_core::text::{brief, visible};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::board::{Board, Link};

/// So many services are shown; the window has the rest.
const SERVICES: usize = 10;
/// So many jobs are shown.
const JOBS: usize = 10;
/// So many failures have a row of their own.
const FAILURES: usize = 3;

/// A row of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// Words that cannot be clicked.
    Note(String),
    /// Something to do.
    Do(String, Action),
    /// Something that is or is not, and changes with a click.
    Check { label: String, checked: bool, action: Action },
    /// More rows behind a row.
    Submenu(String, Vec<Item>),
    /// A line.
    Separator,
}

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    /// Open the window, at a service if one is named.
    Open(Option<String>),
    /// Open the dialog with what waits for a decision.
    Review,
    /// Run a job now.
    Run(String),
    /// Start a service.
    Start(String),
    /// Stop a service.
    Stop(String),
    /// Hold restarts for so many minutes.
    PauseFor(u32),
    /// Hold restarts until eight in the morning.
    PauseUntilMorning,
    /// Go on.
    Resume,
    /// Start at login, or no more.
    AtLogin(bool),
    /// Find or start a daemon.
    TryAgain,
    /// End this process; services go on under a daemon without a tray.
    Leave,
    /// End this process, and the daemon with its services if it is in it.
    Quit,
    /// Do not wait any longer for what does not end.
    Force,
}

/// The words that sum the services up, worst first.
pub(crate) fn summary(board: &Board) -> String {
    let text = match &board.link {
        Link::Starting => "Starting…".into(),
        Link::Ending => stopping(board),
        Link::Down(_) => "Hob is not running".into(),
        Link::Hosting | Link::Attached if board.services.is_empty() => "No services yet".into(),
        Link::Hosting | Link::Attached => counts(board),
    };
    match &board.pause {
        Some(_) => format!("{text} · paused"),
        None => text,
    }
}

/// The menu for a board, at a time and in a time zone.
pub(crate) fn menu(board: &Board, now: Timestamp, zone: &TimeZone) -> Vec<Item> {
    let mut items = vec![Item::Note(summary(board))];
    if let Link::Down(fault) = &board.link {
        items.push(Item::Note(line(&fault.message)));
        items.push(Item::Do("Start Hob".into(), Action::TryAgain));
    }
    let needs_you = needs_you(board);
    if !needs_you.is_empty() {
        items.push(Item::Separator);
        items.extend(needs_you);
    }
    items.push(Item::Separator);
    items.push(Item::Do("Open Hob".into(), Action::Open(None)));
    if is_up(&board.link) {
        items.push(Item::Submenu("Services".into(), services(board)));
        if !board.jobs.is_empty() {
            items.push(Item::Submenu("Run job".into(), jobs(board)));
        }
        items.push(Item::Separator);
        items.extend(pause(board, now, zone));
    }
    if let Some(checked) = board.at_login {
        items.push(Item::Check {
            label: "Start at login".into(),
            checked,
            action: Action::AtLogin(!checked),
        });
    }
    items.push(Item::Separator);
    items.extend(quits(&board.link));
    items
}

/// Whom the end waits for.
fn stopping(board: &Board) -> String {
    let left = board.services.values().filter(|status| status.state == Word::Stopping);
    let names: Vec<String> = left.map(|status| visible(&status.name)).collect();
    match &names[..] {
        [] => "Stopping services…".into(),
        [one] => format!("Waiting for {one} to stop…"),
        [one, rest @ ..] => format!("Waiting for {one} and {} more to stop…", rest.len()),
    }
}

fn is_up(link: &Link) -> bool {
    matches!(link, Link::Hosting | Link::Attached)
}

fn counts(board: &Board) -> String {
    const ORDER: [(Word, &str); 7] = [
        (Word::Running, "running"),
        (Word::Failed, "failed"),
        (Word::Backoff, "backing off"),
        (Word::Waiting, "waiting"),
        (Word::Starting, "starting"),
        (Word::Stopping, "stopping"),
        (Word::Stopped, "stopped"),
    ];
    let unhealthy = board.services.values().filter(|it| it.is_unhealthy()).count();
    let well = || board.services.values().filter(|it| !it.is_unhealthy());
    let count = |word| well().filter(|it| it.state == word).count();
    let mut counts: Vec<_> = ORDER.iter().map(|(word, text)| (count(*word), *text)).collect();
    counts.insert(1, (unhealthy, "unhealthy"));
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| 0 < *count)
        .map(|(count, text)| format!("{count} {text}"))
        .collect();
    parts.join(" · ")
}

/// What waits for a person: nothing of it gets better by itself.
fn needs_you(board: &Board) -> Vec<Item> {
    let open = |status: &ServiceStatus| Action::Open(Some(status.name.clone()));
    let is_over = |it: &&ServiceStatus| it.state == Word::Failed || it.is_unhealthy();
    let failed: Vec<_> = board.services.values().filter(is_over).collect();
    let problem = board
        .problem
        .iter()
        .map(|problem| Item::Do(format!("Configuration not applied: {}", line(problem)), Action::Open(None)));
    let rows = failed.iter().take(FAILURES).map(|status| {
        let name = visible(&status.name);
        let label = match &status.reason {
            Some(reason) if status.is_unhealthy() => format!("{name} is {}", line(reason)),
            Some(reason) => format!("{name} failed: {}", line(reason)),
            None => format!("{name} failed"),
        };
        Item::Do(label, open(status))
    });
    let more = failed.len().saturating_sub(FAILURES);
    let rest = (0 < more).then(|| Item::Do(format!("{more} more failed"), Action::Open(None)));
    let projects = board.projects.iter().map(|(name, note)| {
        Item::Do(format!("Project {}: {}", visible(name), line(note)), Action::Open(None))
    });
    review(board).into_iter().chain(problem).chain(rows).chain(rest).chain(projects.take(FAILURES)).collect()
}

/// What waits for a decision. A menu can show no command, so that it allows none.
fn review(board: &Board) -> Option<Item> {
    let label = match board.requests.len() {
        0 => return None,
        1 => "Review 1 approval…".to_owned(),
        many => format!("Review {many} approvals…"),
    };
    Some(Item::Do(label, Action::Review))
}

/// Each runs once with a click, whatever else starts it.
fn jobs(board: &Board) -> Vec<Item> {
    let rows = board.jobs.iter().take(JOBS).map(|(name, job)| {
        let shown = visible(name);
        let label = if job.runs() { format!("{shown} (running)") } else { shown };
        Item::Do(label, Action::Run(name.clone()))
    });
    let more = board.jobs.len().saturating_sub(JOBS);
    let rest = (0 < more).then(|| Item::Do(format!("{more} more…"), Action::Open(None)));
    rows.chain(rest).collect()
}

/// Always in the order of their names, so that no row moves under the pointer; those in trouble are
/// among them if not all can be.
fn services(board: &Board) -> Vec<Item> {
    let mut shown: Vec<_> = board.services.values().collect();
    shown.sort_by_key(|status| !in_trouble(status));
    shown.truncate(SERVICES);
    shown.sort_by(|a, b| a.name.cmp(&b.name));
    let rows = shown.into_iter().map(|status| {
        let checked = status.wanted == Wanted::Up;
        let name = status.name.clone();
        let action = if checked { Action::Stop(name) } else { Action::Start(name) };
        Item::Check { label: row(status), checked, action }
    });
    rows.chain([Item::Separator, Item::Do("All services…".into(), Action::Open(None))]).collect()
}

fn in_trouble(status: &ServiceStatus) -> bool {
    matches!(status.state, Word::Failed | Word::Backoff) || status.is_unhealthy()
}

/// A service's row says no more than its name while all is as its check mark says.
fn row(status: &ServiceStatus) -> String {
    let word = match (status.state, status.wanted) {
        _ if status.is_unhealthy() => Some("unhealthy"),
        (Word::Running, Wanted::Up) | (Word::Stopped, Wanted::Down) => None,
        (Word::Running, Wanted::Down) => Some("running"),
        (Word::Stopped, Wanted::Up) => Some("stopped"),
        (Word::Starting, _) => Some("starting"),
        (Word::Backoff, _) => Some("backing off"),
        (Word::Stopping, _) => Some("stopping"),
        (Word::Failed, _) => Some("failed"),
        (Word::Waiting, _) => Some("waiting"),
    };
    let name = visible(&status.name);
    word.map_or_else(|| name.clone(), |word| format!("{name} ({word})"))
}

fn pause(board: &Board, now: Timestamp, zone: &TimeZone) -> Vec<Item> {
    let Some(pause) = &board.pause else {
        let choices = [
            ("For 15 minutes", Action::PauseFor(15)),
            ("For 1 hour", Action::PauseFor(60)),
            ("Until tomorrow 8:00", Action::PauseUntilMorning),
        ];
        let rows = choices.map(|(label, action)| Item::Do(label.into(), action));
        return vec![Item::Submenu("Pause".into(), rows.into())];
    };
    let words = match pause.until {
        None => "Paused until you resume".into(),
        Some(until) => {
            let far = SignedDuration::from_hours(20) < until.duration_since(now);
            let format = if far { "%A %-H:%M" } else { "%-H:%M" };
            format!("Paused until {}", until.to_zoned(zone.clone()).strftime(format))
        }
    };
    vec![Item::Note(words), Item::Do("Resume now".into(), Action::Resume)]
}

/// A message of any length on one line.
fn line(text: &str) -> String {
    let parts: Vec<&str> = text.lines().map(str::trim).filter(|part| !part.is_empty()).collect();
    brief(&parts.join(" — "))
}

fn quits(link: &Link) -> Vec<Item> {
    match link {
        Link::Hosting => vec![
            Item::Do("Quit, leave services running".into(), Action::Leave),
            Item::Do("Quit and stop everything".into(), Action::Quit),
        ],
        Link::Ending => vec![Item::Do("Stop at once".into(), Action::Force)],
        Link::Starting | Link::Attached | Link::Down(_) => vec![Item::Do("Quit".into(), Action::Quit)],
    }
}

#[cfg(test)]
mod tests;
