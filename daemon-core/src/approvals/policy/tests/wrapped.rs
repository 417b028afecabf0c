//! Many wrappers around each other: what that costs, and that nothing gets through by it.

use super::super::scanned::Scanned;
use super::super::views::Views;
use super::super::{Effect, Policy};
use super::{Asked, asked, check, own, user};

const NO_RM: &str =
    "[[rule]]\nid = \"no-rm-rf\"\neffect = \"deny\"\nexec_name = \"rm\"\nhas_flags = [\"r\", \"f\"]\n";

/// This so often, and then that.
fn wrapped(by: &str, times: usize, inner: &str) -> Asked {
    asked(&format!("{} {inner}", vec![by; times].join(" ")))
}

const WRAPPERS: [(&str, usize); 9] = [
    ("env", 4000),
    ("env A=b", 2000),
    ("nice -n 5", 1300),
    ("timeout 5", 2000),
    ("sudo", 4000),
    ("xargs", 4000),
    ("find . -exec", 1300),
    ("busybox env", 2000),
    ("nohup", 4000),
];

#[test]
fn c87_what_is_wrapped_a_thousand_times_is_asked_about_and_a_no_is_still_a_no() {
    let deny = user(NO_RM);
    let allowed = ["env", "nice", "timeout", "sudo", "xargs", "find", "busybox", "nohup", "true"];
    let allow = |name| {
        format!(
            "[[rule]]\nid = \"{name}\"\neffect = \"allow\"\nexec = \"/usr/bin/{name}\"\nargv = [\"...\"]\n"
        )
    };
    let allow = user(&allowed.map(allow).concat());
    for (by, most) in WRAPPERS {
        // Around the bound, and far beyond.
        for times in (14..=20).chain([most]) {
            check(&deny, &wrapped(by, times, "rm -rf x"), Effect::Deny, "rule:no-rm-rf");
            check(&deny, &wrapped(by, times, "sh -c 'ls; rm -rf x'"), Effect::Deny, "rule:no-rm-rf");
            check(&deny, &wrapped(by, times, "strace -f rm -rf x"), Effect::Deny, "rule:no-rm-rf");
            check(
                &deny,
                &wrapped(by, times, "/opt/hob/bin/hob approve"),
                Effect::Deny,
                "builtin:own-programs",
            );
            let asked = wrapped(by, times, "/usr/bin/true");
            assert_ne!(allow.decide(&asked.subject()).effect, Effect::Allow, "{by} {times}");
        }
        let decision = allow.decide(&wrapped(by, most, "/usr/bin/true").subject());
        assert!(decision.not_analysed.is_some_and(|why| why.contains("wraps too much")), "{by}");
        let words: usize = decision.analysis.iter().map(|view| view.argv.len()).sum();
        assert!(words < 20 * 65, "{by}: {words}");
    }
}

/// How many arguments are looked at one by one for one decision.
fn steps(asked: &Asked) -> usize {
    let (subject, own, mut scanned) = (asked.subject(), own(), Scanned::default());
    let views = Views::of(&subject);
    assert!(views.all.len() <= 64 + 16, "{}", views.all.len());
    for seen in &views.all {
        assert_eq!(own.forbids(seen, &subject, &mut scanned), None);
    }
    let mut near = Scanned::default();
    assert!(!views.all.iter().map(|seen| own.is_near(seen, &subject, &mut near)).fold(false, |_, it| it));
    scanned.steps + near.steps
}

#[test]
fn c87_each_argument_is_looked_at_as_often_as_it_is_there_and_not_for_each_wrapper() {
    for (by, most) in WRAPPERS {
        for inner in ["true x", "strace a b c", "rm x", "sh -c 'env env env env true a b c d'"] {
            let asked = wrapped(by, most, inner);
            // Once as it is, once as a directory that is near; what follows from a program that destroys once more.
            let (steps, most) = (steps(&asked), 2 * asked.argv.len() + 100);
            assert!(steps <= most, "{by} {inner}: {steps}");
        }
    }
    let text = asked(&format!("sh -c '{} true'", vec!["env"; 20_000].join(" ")));
    assert!(steps(&text) < 20_100);
}

#[test]
fn c87_patterns_for_processes_have_a_bound() {
    let policy: Policy = user(NO_RM);
    check(&policy, &asked("pkill '(((x{100}){100}){100}){100}'"), Effect::Deny, "builtin:own-processes");
    check(&policy, &asked(&format!("pkill {}", "x ".repeat(65))), Effect::Deny, "builtin:own-processes");
    check(&policy, &asked("pkill firefox"), Effect::Ask, "default");
    check(&policy, &asked("pkill '['"), Effect::Ask, "default");
    check(&policy, &asked("cat /proc/4711/environ"), Effect::Deny, "builtin:own-processes");
    check(&policy, &asked("cat /proc/47110/environ"), Effect::Ask, "default");
}
