//! The examples of docs/policy.md: each policy in it is one, and decides what the table after it says.

use super::{asked, check, own};
use crate::approvals::policy::{Effect, Policy, Settings};

const DOCUMENT: &str = include_str!("../../../../../docs/policy.md");

#[test]
fn the_reference_says_what_is_so() {
    let (mut policies, mut decisions) = (0, 0);
    for part in DOCUMENT.split("```toml\n").skip(1) {
        let (text, after) = part.split_once("```").expect("a block has an end");
        let policy = Policy::of_text(text, own()).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
        policies += 1;
        let table = after.trim_start().split("\n\n").next().filter(|table| table.starts_with("| Command"));
        for line in table.into_iter().flat_map(|table| table.lines().skip(2)) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [command, decision] = cells[..] else { panic!("{line}") };
            let cwd = table.filter(|table| table.contains("~/src/hob")).map_or("/", |_| "/home/u/src/hob");
            let (effect, by) = decision.split_once(", ").expect("a decision is an effect and what decided");
            let effect: Effect = serde_json::from_value(effect.into()).unwrap();
            let mut asked = asked(command.trim_matches('`'));
            asked.cwd = cwd.into();
            check(&policy, &asked, effect, by.trim_matches('`'));
            decisions += 1;
        }
        if text.contains("[defaults]") {
            assert_eq!(policy.settings(), &Settings::default(), "the document shows the defaults");
        }
    }
    assert!(policies == 5 && 20 < decisions, "{policies} policies, {decisions} decisions");
}
