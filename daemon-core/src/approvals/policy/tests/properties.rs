//! What holds for any policy and any command.

use proptest::prelude::*;

use super::{Asked, asked, file, policy};
use crate::approvals::policy::Effect;
use crate::approvals::policy::file::{Layer, PolicyFile};

const PROGRAMS: &[&str] = &["git", "rm", "ls", "nice", "env", "sh"];
const WORDS: &[&str] = &[
    "status", "push", "-rf", "-r", "-f", "--force", "x", "-n", "git", "rm", "-c", "rm -rf x", "a\nb", "..",
    "/etc/x", "A=1",
];

fn command() -> impl Strategy<Value = Asked> {
    let words = prop::collection::vec(prop::sample::select(WORDS), 0..5);
    (prop::sample::select(PROGRAMS), words).prop_map(|(program, words)| {
        let mut asked = asked(program);
        asked.argv = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        asked
    })
}

/// The text of a rule of one of these effects.
fn rule(effects: &'static [&'static str]) -> impl Strategy<Value = String> {
    let token = prop_oneof![
        3 => prop::sample::select(WORDS).prop_map(|word| format!("{word:?}")),
        1 => Just("\"*\"".to_owned()),
        1 => Just("[\"status\", \"x*\"]".to_owned()),
        1 => Just("{ ident = true }".to_owned()),
    ];
    let argv = (prop::collection::vec(token, 0..3), any::<bool>()).prop_map(|(mut argv, open)| {
        argv.retain(|token| !token.contains("\\n"));
        argv.extend(open.then(|| "\"...\"".to_owned()));
        format!("argv = [{}]", argv.join(", "))
    });
    (prop::sample::select(effects), prop::sample::select(PROGRAMS), argv).prop_map(
        |(effect, program, argv)| format!("effect = \"{effect}\"\nexec = \"/usr/bin/{program}\"\n{argv}\n"),
    )
}

fn rules(effects: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(rule(effects), 0..most)
}

fn made(layer: Layer, rules: &[String]) -> PolicyFile {
    let text: String = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| format!("[[rule]]\nid = \"r{index}\"\n{rule}"))
        .collect();
    file(layer, &text).unwrap()
}

const ALL: &[&str] = &["allow", "ask", "ask_always", "deny"];
const TIGHTENING: &[&str] = &["ask", "ask_always", "deny"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn deny_beats_whatever_else_there_is(asked in command(), before in rules(ALL, 6), after in rules(ALL, 6), in_admin: bool) {
        let own = policy(vec![made(Layer::User, &before)]);
        let deny = format!("effect = \"deny\"\nexec_name = \"{}\"\n", asked.named);
        let (mut one, mut other) = (before.clone(), after);
        if in_admin { one.push(deny) } else { other.push(deny) }
        let with = policy(vec![made(Layer::Admin, &one), made(Layer::User, &other)]);
        prop_assert_eq!(with.decide(&asked.subject()).effect, Effect::Deny);
        drop(own);
    }

    #[test]
    fn what_an_upper_layer_rules_no_lower_one_loosens(asked in command(), upper in rules(ALL, 6), lower in rules(ALL, 6)) {
        let alone = policy(vec![made(Layer::Admin, &upper)]).decide(&asked.subject());
        let with = policy(vec![made(Layer::Admin, &upper), made(Layer::User, &lower)]).decide(&asked.subject());
        prop_assert!(alone.by == "default" || alone.effect <= with.effect, "{:#?} {:#?}", alone, with);
    }

    #[test]
    fn a_project_never_loosens(asked in command(), own in rules(ALL, 6), project in rules(TIGHTENING, 6)) {
        let alone = policy(vec![made(Layer::User, &own)]).decide(&asked.subject());
        let with = policy(vec![made(Layer::User, &own), made(Layer::Project, &project)]).decide(&asked.subject());
        prop_assert!(alone.effect <= with.effect, "{:#?} {:#?}", alone, with);
    }

    #[test]
    fn a_rule_that_does_not_allow_never_loosens(asked in command(), own in rules(ALL, 6), more in rule(TIGHTENING)) {
        let alone = policy(vec![made(Layer::User, &own)]).decide(&asked.subject());
        let with = policy(vec![made(Layer::User, &[own, vec![more]].concat())]).decide(&asked.subject());
        prop_assert!(alone.effect <= with.effect);
    }

    #[test]
    fn what_is_allowed_is_named_by_a_rule_and_analysed(asked in command(), own in rules(ALL, 8)) {
        let decision = policy(vec![made(Layer::User, &own)]).decide(&asked.subject());
        if decision.effect == Effect::Allow {
            prop_assert!(decision.by.starts_with("rule:"));
            prop_assert!(decision.trace.iter().any(|line| line.applies));
            prop_assert!(decision.analysis.iter().all(|view| view.note.is_none()));
        }
        prop_assert_eq!(decision.offers_always, decision.no_always.is_none());
    }

    #[test]
    fn any_bytes_as_arguments_are_decided(argv in prop::collection::vec(any::<Vec<u8>>(), 0..6), own in rules(ALL, 6), program in prop::sample::select(PROGRAMS)) {
        let mut asked = asked(program);
        asked.argv = argv;
        let decision = policy(vec![made(Layer::User, &own)]).decide(&asked.subject());
        let odd = asked.argv.iter().any(|token| !crate::approvals::policy::plain::is_plain(token));
        prop_assert!(!odd || decision.effect != Effect::Allow);
        for view in &decision.analysis {
            let shown = view.argv.iter().any(|token| token.chars().any(char::is_control));
            prop_assert!(!shown);
        }
    }

    #[test]
    fn any_text_is_a_policy_or_says_where_it_is_none(text in "(\\[\\[rule\\]\\]|id = \"[a-c]\"|effect = \"(allow|deny|maybe)\"|argv = \\[.{0,5}\\]|exec = \"/x\"|.{0,12}|\n){0,12}") {
        if let Err(told) = file(Layer::User, &text) {
            prop_assert!(told.lines().all(|line| line.starts_with("policy.toml")), "{}", told);
        }
    }
}
