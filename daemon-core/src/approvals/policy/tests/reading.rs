//! Files of a policy: what is wrong is told with its line, and nothing of a bad file counts.

use super::{asked, check, file, user};
use crate::approvals::policy::Effect;
use crate::approvals::policy::file::Layer;

/// A rule that allows, with these lines added.
fn refused(lines: &str) -> String {
    let text = format!("[[rule]]\nid = \"a\"\neffect = \"allow\"\nexec = \"/bin/a\"\n{lines}");
    file(Layer::User, &text).unwrap_err()
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_to_do() {
    for (lines, told) in [
        ("", "policy.toml:4: rule.effect: a rule that allows says which arguments there may be"),
        ("argv = []\nname = \"a\"", "policy.toml:2: rule: names its program twice"),
        ("argv = []\nagrv = []", "policy.toml:7: rule.agrv: unknown field `agrv`"),
        ("argv = [\"...\", \"a\"]", "policy.toml:6: rule.argv: \"...\" stands for all that follows"),
        ("argv = []\ntail_flags = [\"-a\"]", "policy.toml:6: rule.argv: tail_flags are for what follows"),
        ("argv = [\"...\"]\ntail_flags = [\"a\"]", "\"a\" is no flag"),
        ("argv = [{ int = \"5..1\" }]", "policy.toml:6: rule.argv: \"5..1\" has no number in it"),
        ("argv = []\ncwd = [\"src\"]", "policy.toml:7: rule.cwd: \"src\": a path begins with"),
        (
            "argv = []\nenv = [\"LD_*\"]",
            "policy.toml:7: rule.env: \"LD_*\" makes a program run something else",
        ),
        ("argv = []\nhas_flags = [\"r\"]", "policy.toml:7: rule.has_flags: cannot allow"),
        ("argv = []\neffekt = 1", "policy.toml:7: rule.effekt: unknown field `effekt`"),
        ("argv = [\"...\"]\nclass = \"root\"", "any arguments as root are too much"),
        (
            "argv = []\nmatch = [[\"a\", \"b\"]]",
            "policy.toml:7: rule.match: example 1, \"a b\": the rule is not about it: argument 1, \"b\", is one too many",
        ),
        (
            "argv = []\nnot_match = [\n  [\"b\"],\n  [\"a\"],\n]",
            "policy.toml:9: rule.not_match: example 2, \"a\": the rule is about it",
        ),
        ("argv = []\nmatch = [[]]", "at least the program's name"),
        (
            "argv = []\n[[rule]]\nid = \"a\"\neffect = \"deny\"",
            "policy.toml:8: rule.id: the rule of line 2 is called \"a\" already",
        ),
        ("argv = []\n[[rule]]\nid = \"A b\"\neffect = \"deny\"", "\"A b\" is no name of a rule"),
    ] {
        let found = refused(lines);
        assert!(found.contains(told), "{lines}\n{found}");
    }
}

#[test]
fn what_is_wrong_at_the_top_is_told() {
    let check = |text: &str, told: &str| {
        let document = crate::config::Document::of("policy.toml".into(), text.to_owned());
        let path = std::path::Path::new("policy.toml");
        let problems =
            crate::approvals::policy::file::PolicyFile::read(&document, path, Layer::User).unwrap_err();
        let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(found.join("\n").contains(told), "{text}: {found:?}");
    };
    check("", "begin it with: version = 1");
    check("version = 2", "policy.toml:1: version: is of the version 2");
    check("version = \"1\"", "policy.toml:1: version:");
    check("version = 1\nrules = []", "did you mean `rule`?");
    check("version = 1\n[rule]\nid = \"a\"", "must be a list of tables: [[rule]]");
    check("version = 1\n[defaults]\npending_tll = \"1m\"", "did you mean `pending_ttl`?");
    check(
        "version = 1\n[defaults]\npending_ttl = \"1s\"",
        "policy.toml:3: defaults.pending_ttl: must be 10s to 24h, not 1s",
    );
    check("version = 1\n[defaults]\npending_ttl = 10", "needs a unit");
    check("version = 1\n[defaults]\nasks_per_minute = 0", "asks_per_minute: must be 1 to 10000, not 0");
    check("version = 1\n[[rule", "policy.toml:2:");
}

#[test]
fn defaults_of_an_upper_layer_stand() {
    let admin = file(Layer::Admin, "[defaults]\nmax_pending_per_client = 5\n").unwrap();
    let own = file(Layer::User, "[defaults]\nmax_pending_per_client = 50\nasks_per_minute = 3").unwrap();
    let policy = super::policy(vec![admin, own]);
    let settings = policy.settings();
    assert_eq!((settings.max_pending_per_client, settings.asks_per_minute), (5, 3));
    assert_eq!(settings.pending_ttl, crate::config::Span::secs(600));
}

#[test]
fn a_rule_can_be_about_who_and_where() {
    let policy = user(
        r#"
[[rule]]
id = "here"
effect = "allow"
exec = "/usr/bin/ls"
argv = []
cwd = ["~/src/**"]
clients = ["claude-*"]
"#,
    );
    check(&policy, &asked("ls"), Effect::Allow, "rule:here");
    let mut elsewhere = asked("ls");
    elsewhere.cwd = "/home/u/other".into();
    let decision = check(&policy, &elsewhere, Effect::Ask, "default");
    assert_eq!(decision.trace[0].why, "is for other directories");
    let mut other = asked("ls");
    other.client = "codex".to_owned();
    check(&policy, &other, Effect::Ask, "default");
}

#[test]
fn a_rule_may_have_several_examples_of_views() {
    let text = "[[rule]]\nid = \"no-rm\"\neffect = \"deny\"\nexec_name = \"rm\"\nhas_flags = [\"r\", \"f\"]\n\
                match = [\"rm -rf x\", [\"env\", \"rm\", \"-fr\", \"x\"], [\"sh\", \"-c\", \"rm -r -f x\"]]\n\
                not_match = [\"rm -r x\", \"ls -rf\"]";
    assert!(file(Layer::User, text).is_ok());
}

#[test]
fn a_link_is_the_program_that_it_is_asked_for_by() {
    let policy = user("[[rule]]\nid = \"a\"\neffect = \"allow\"\nexec = \"/usr/bin/tool\"\nargv = []\n");
    check(&policy, &asked("/usr/bin/tool"), Effect::Allow, "rule:a");
    let mut renamed = asked("/usr/bin/tool");
    renamed.named = "other".to_owned();
    let decision = check(&policy, &renamed, Effect::Ask, "default");
    assert_eq!(decision.trace[0].why, "is about /usr/bin/tool");
}

#[test]
fn a_named_program_is_one_that_only_root_can_write() {
    let policy = user("[[rule]]\nid = \"a\"\neffect = \"allow\"\nname = \"true\"\nargv = []\n");
    let mut named = asked("true");
    named.exec = fs_err::canonicalize("/usr/bin/true").unwrap();
    check(&policy, &named, Effect::Allow, "rule:a");
    let writable = crate::approvals::policy::Subject { is_user_writable: true, ..named.subject() };
    assert_eq!(policy.decide(&writable).effect, Effect::Ask);
    named.exec = "/tmp/true".into();
    check(&policy, &named, Effect::Ask, "default");
    let absent = user(
        "[[rule]]\nid = \"a\"\neffect = \"allow\"\nname = \"no-such-program\"\nargv = []\nmatch = [\"no-such-program\"]",
    );
    check(&absent, &asked("no-such-program"), Effect::Ask, "default");
}
