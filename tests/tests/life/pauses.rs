//! What a person sees of a pause.

use daemon_core::services::Word;
use hob_tests::Home;

const CONFIG: &str = r#"
[service.crashing]
command = ["sh", "-c", "sleep 0.2; exit 1"]

[job.daily]
command = ["true"]
cron = "0 2 * * *"
"#;

#[test]
fn a_pause_is_seen_wherever_one_looks_until_it_is_ended() {
    let home = Home::with(CONFIG);
    home.start();
    let said = home.ok(&["pause", "1h"]);
    let (until, _) = said.strip_prefix("paused until ").and_then(|rest| rest.split_once(": no job")).unwrap();
    assert!(until.ends_with(|it: char| it.is_ascii_digit()) && !until.contains(['.', 'Z']), "{said}");
    assert!(home.ok(&["ls"]).contains(&format!("paused until {until}: no job begins")));
    assert!(home.ok(&["pause"]).starts_with("paused until `hob resume`: no job begins"));
    home.wait_for_service("crashing", |service| service.state == Word::Backoff);
    let shown = home.ok(&["ls"]);
    assert!(shown.contains("held by a pause until `hob resume`") && !shown.contains("retries"), "{shown}");
    assert!(shown.contains("\npaused: no job begins"), "{shown}");
    assert!(home.ok(&["job", "ls"]).contains("\npaused: no job begins"));
    let next = home.ok(&["job", "next"]);
    let row = next.lines().find(|line| line.contains("daily")).unwrap();
    assert!(row.ends_with("paused") && next.contains("`hob resume`"), "{next}");
    let said = home.ok(&["resume"]);
    assert!(said.starts_with("not paused any more: "), "{said}");
    assert!(!home.ok(&["ls"]).contains("paused") && !home.ok(&["job", "next"]).contains("paused"));
}
