//! The menu as data.

use daemon_core::kernel::{Code, Fault};

use super::*;
use crate::board::tests::with;
use crate::board::{Board, Pause};

fn of(board: &Board) -> Vec<Item> {
    menu(board, "2026-11-21T10:00:00Z".parse().unwrap(), &TimeZone::UTC)
}

/// The menu as a person reads it: checks as `[x]`, notes dimmed with `~`, submenus indented.
fn drawn(items: &[Item]) -> Vec<String> {
    let rows = items.iter().flat_map(|item| match item {
        Item::Note(text) => vec![format!("~{text}")],
        Item::Do(text, _) => vec![text.clone()],
        Item::Check { label, checked, .. } => {
            vec![format!("[{}] {label}", if *checked { "x" } else { " " })]
        }
        Item::Submenu(text, rows) => {
            let rows = drawn(rows).into_iter().map(|row| format!("  {row}"));
            std::iter::once(format!("{text} >")).chain(rows).collect()
        }
        Item::Separator => vec!["--".into()],
    });
    rows.collect()
}

#[test]
fn the_menu_is_the_one_of_the_design() {
    let board = with(&[
        ("api", "running", "up", None),
        ("mail", "stopped", "down", None),
        ("worker", "failed", "up", Some("exit 1")),
    ]);
    assert_eq!(
        drawn(&of(&board)),
        [
            "~1 running · 1 failed · 1 stopped",
            "--",
            "worker failed: exit 1",
            "--",
            "Open Hob",
            "Services >",
            "  [x] api",
            "  [ ] mail",
            "  [x] worker (failed)",
            "  --",
            "  All services…",
            "--",
            "Pause >",
            "  For 15 minutes",
            "  For 1 hour",
            "  Until tomorrow 8:00",
            "[ ] Start at login",
            "--",
            "Quit, leave services running",
            "Quit and stop everything",
        ]
    );
}

#[test]
fn what_waits_for_a_decision_comes_first_and_nothing_in_the_menu_allows() {
    let mut board = with(&[("web", "failed", "up", Some("exit 1"))]);
    for (number, words) in [(1, "Review 1 approval…"), (2, "Review 2 approvals…")] {
        let value = serde_json::json!({ "id": "r", "state": "pending", "client": "robot",
            "created": "2026-11-21T10:00:00Z", "expires": "2026-11-21T10:10:00Z" });
        let change = serde_json::json!({ "noun": "request", "key": format!("r{number}"), "sequence": 1, "value": value });
        board.take(
            serde_json::from_value(serde_json::json!({ "snapshot": false, "changes": [change] })).unwrap(),
        );
        let rows = drawn(&of(&board));
        assert_eq!(rows[1..4], ["--", words, "web failed: exit 1"], "{rows:?}");
        assert!(!rows.iter().any(|row| row.contains("llow")), "{rows:?}");
    }
}

#[test]
fn a_request_that_waits_no_more_has_no_row() {
    let mut board = with(&[]);
    board.requests.insert("r1".into());
    let value = serde_json::json!({ "id": "r1", "state": "running" });
    let change = serde_json::json!({ "noun": "request", "key": "r1", "sequence": 2, "value": value });
    board
        .take(serde_json::from_value(serde_json::json!({ "snapshot": false, "changes": [change] })).unwrap());
    assert!(board.requests.is_empty());
}

#[test]
fn a_job_is_run_by_a_click() {
    let mut board = with(&[]);
    let job = |running: &[u64]| serde_json::from_value(serde_json::json!({ "running": running })).unwrap();
    board.jobs.insert("backup".into(), job(&[7]));
    board.jobs.insert("report".into(), job(&[]));
    let items = of(&board);
    let rows = items.iter().find_map(|item| match item {
        Item::Submenu(text, rows) if text == "Run job" => Some(rows),
        _ => None,
    });
    let run = |label: &str, name: &str| Item::Do(label.into(), Action::Run(name.into()));
    assert_eq!(rows.unwrap(), &[run("backup (running)", "backup"), run("report", "report")]);
    for number in 0..20 {
        board.jobs.insert(format!("x{number}"), job(&[]));
    }
    assert!(drawn(&of(&board)).contains(&"  12 more…".to_owned()));
}

#[test]
fn a_check_mark_stops_what_is_wanted_and_starts_what_is_not() {
    let board = with(&[("api", "backoff", "up", None), ("mail", "stopping", "down", None)]);
    let items = of(&board);
    let Some(Item::Submenu(_, rows)) = items.iter().find(|it| matches!(it, Item::Submenu(..))) else {
        panic!("no submenu: {items:?}")
    };
    let actions: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            Item::Check { action, .. } => Some(action.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(actions, [Action::Stop("api".into()), Action::Start("mail".into())]);
}

#[test]
fn a_pause_is_shown_with_its_end_and_its_way_out() {
    let mut board = with(&[("api", "running", "up", None)]);
    for (until, words) in [
        (Some("2026-11-21T14:30:00Z"), "~Paused until 14:30"),
        (Some("2026-11-22T08:00:00Z"), "~Paused until Sunday 8:00"),
        (None, "~Paused until you resume"),
    ] {
        board.pause = Some(Pause { until: until.map(|it| it.parse().unwrap()) });
        let rows = drawn(&of(&board));
        assert_eq!(rows[0], "~1 running · paused");
        let at = rows.iter().position(|row| row == words);
        assert_eq!(at.map(|at| rows[at + 1].as_str()), Some("Resume now"), "{rows:?}");
    }
}

#[test]
fn without_a_daemon_it_says_why_and_how_to_go_on() {
    let mut board = with(&[("api", "running", "up", None)]);
    board.link = Link::Down(Fault::new(Code::Invalid, "config.toml:3: unknown key"));
    let rows = drawn(&of(&board));
    assert_eq!(rows[..4], ["~Hob is not running", "~config.toml:3: unknown key", "Start Hob", "--"]);
    assert_eq!(rows.last().map(String::as_str), Some("Quit"));
    assert!(!rows.iter().any(|row| row.starts_with("Services")), "{rows:?}");
}

#[test]
fn many_services_and_failures_leave_a_menu_that_can_be_read() {
    let names: Vec<String> = (0..40).map(|number| format!("job-{number:02}")).collect();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "failed", "up", Some("exit 1"))).collect();
    let rows = drawn(&of(&with(&rows)));
    assert!(rows.contains(&"37 more failed".to_owned()), "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.starts_with("  [")).count(), SERVICES);
}

#[test]
fn what_is_unhealthy_is_counted_and_says_why() {
    let mut board = with(&[("web", "running", "up", Some("unhealthy: a check failed: 503"))]);
    board.services.values_mut().for_each(|status| status.healthy = Some(false));
    assert_eq!(summary(&board), "1 unhealthy");
    let rows = drawn(&of(&board));
    assert!(rows.contains(&"web is unhealthy: a check failed: 503".to_owned()), "{rows:?}");
    assert!(rows.contains(&"  [x] web (unhealthy)".to_owned()), "{rows:?}");
}

#[test]
fn a_project_that_is_not_as_approved_is_told() {
    let mut board = with(&[("shop/my_web", "running", "up", None)]);
    board.projects.insert("shop".into(), "hob.toml changed, `hob up /s\u{1b}` to review".into());
    let rows = drawn(&of(&board));
    assert!(
        rows.contains(&"Project shop: hob.toml changed, `hob up /s\\u{1b}` to review".to_owned()),
        "{rows:?}"
    );
    assert!(rows.contains(&"  [x] shop/my_web".to_owned()), "{rows:?}");
}

#[test]
fn the_end_says_whom_it_waits_for_and_can_be_forced() {
    let mut board = with(&[("api", "stopping", "down", None), ("web", "stopped", "down", None)]);
    board.link = Link::Ending;
    let rows = drawn(&of(&board));
    assert_eq!(rows[0], "~Waiting for api to stop…");
    assert_eq!(rows.last().map(String::as_str), Some("Stop at once"));
}

#[test]
fn a_message_of_many_lines_is_one_row() {
    let fault = Fault::new(Code::Invalid, "the configuration is invalid\nconfig.toml:3: no");
    let board = Board { link: Link::Down(fault), ..Board::default() };
    assert_eq!(drawn(&of(&board))[1], "~the configuration is invalid — config.toml:3: no");
}

#[test]
fn words_from_outside_cannot_forge_the_menu() {
    let reason = format!("exit\u{202e}1\u{1b}{}", "x".repeat(500));
    let rows = drawn(&of(&with(&[("web\u{200b}", "failed", "up", Some(&reason))])));
    let row = rows.iter().find(|row| row.contains("failed:")).unwrap();
    assert!(row.starts_with("web\\u{200b} failed: exit\\u{202e}1\\u{1b}"), "{row}");
    assert!(row.chars().count() < 140, "{row}");
}
