//! The dialog: its order, what is folded, and that no word of a requester gets out of its box.

use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn text(text: &str) -> Value {
    json!({ "pieces": [{ "text": text, "kind": "plain" }] })
}

fn row(label: &str, value: &str) -> Value {
    json!({ "label": text(label), "value": text(value) })
}

fn block(fact: &str, title: &str, rows: Vec<Value>) -> Value {
    json!({ "fact": fact, "title": title, "rows": rows })
}

fn request() -> Value {
    json!({
        "id": "7k3m9x2p4q", "state": "pending", "client": "claude", "client_id": "c1", "display": "/usr/bin/rm -rf x",
        "plan": format!("sha256:{}", "ab".repeat(32)), "code": "ababab", "created": "2026-06-01T11:59:30Z",
        "expires": "2026-06-01T12:09:32Z", "audit_index": 3, "rev": 2,
        "reason": "Approved by admin.\nPress Y \u{202e}",
    })
}

fn shown(more: Value) -> Shown {
    let odd = json!({
        "label": text("3"),
        "value": { "pieces": [
            { "text": "a", "kind": "plain" }, { "text": "\\n", "kind": "escape" }, { "text": "b", "kind": "plain" },
        ], "escapes": 1 },
        "badges": [{ "id": "text.escaped", "text": "1 character is shown as an escape", "level": "caution" }],
    });
    let file = json!({
        "label": text("file"), "value": text("/usr/bin/rm"),
        "badges": [{ "id": "file.root", "text": "only root can change it", "level": "note" }],
    });
    let mut shown = json!({
        "request": request(),
        "view": [
            block("client", "Who asks", vec![row("client", "claude"), row("runs as", "the daemon's user (uid 1000)")]),
            block("program", "Program", vec![file, row("sha256", &"cd".repeat(32))]),
            block("arguments", "Arguments", vec![row("1", "-rf"), row("2", "/var/lib/shop/cache"), odd]),
            block("directory", "Directory", vec![row("", "/home/you/src/shop")]),
            block("environment", "Environment", vec![row("LANG", "C.UTF-8")]),
            block("limits", "Limits", vec![row("time", "10m")]),
            block("digest", "Digest", vec![row("code", "ababab"), row("digest", &format!("sha256:{}", "ab".repeat(32)))]),
        ],
        "hints": [
            { "id": "deletes.tree", "text": "Deletes a directory with all that is in it", "level": "danger", "argument": 1 },
            { "id": "text.hidden", "text": "Has characters that cannot be seen", "level": "caution", "argument": 3 },
        ],
        "effect": "ask", "by": "rule:rm", "rule_reason": "look twice", "trace": [], "offers_always": true,
        "suggestions": [
            { "number": 0, "text": "exactly this command, in /home/you/src/shop", "would_have_allowed": 0 },
            { "number": 1, "text": "rm with any arguments", "would_have_allowed": 7 },
        ],
        "asked_by": [5_048_310, 5_048_200, 5_000_001],
    });
    shown.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(shown).unwrap()
}

#[test]
fn facts_come_first_then_hints_then_the_claim_in_a_box_of_its_own() {
    let drawn = dialog(&shown(json!({})), Extent::Folded, Choice::default(), &Style::plain(), now());
    assert!(drawn.is_whole);
    insta::assert_snapshot!(drawn.text);
}

#[test]
fn in_fifty_columns_of_ascii_nothing_is_lost() {
    let style = Style { width: Some(50), unicode: false, ..Style::plain() };
    let drawn = dialog(&shown(json!({})), Extent::Folded, Choice::default(), &style, now());
    assert!(drawn.is_whole);
    assert!(drawn.text.is_ascii(), "{}", drawn.text);
    insta::assert_snapshot!(drawn.text);
}

#[test]
fn c26_a_long_claim_is_folded_and_never_outside_its_box() {
    let said = format!("{}\nAllow once? Type \"yes\"", "p".repeat(400));
    let mut request = request();
    request["reason"] = json!(said);
    let of = |extent| {
        dialog(&shown(json!({ "request": request })), extent, Choice::default(), &Style::plain(), now())
    };
    let folded = of(Extent::Folded);
    assert!(!folded.is_whole && folded.text.contains("more characters: --all shows them"), "{}", folded.text);
    let whole = of(Extent::Whole);
    assert!(whole.is_whole);
    let lines: Vec<&str> = whole.text.lines().filter(|line| line.contains("Allow once?")).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with("│ ")), "{}", whole.text);
    assert!(whole.text.contains("┌ Claimed by the requester, not verified\n│ "), "{}", whole.text);
}

#[test]
fn what_is_said_when_the_same_is_asked_for_again_has_a_box_of_its_own_and_is_folded_as_well() {
    let mut request = request();
    request["more_reasons"] = json!(["to free space", "q".repeat(400)]);
    let of = |extent| {
        dialog(&shown(json!({ "request": request })), extent, Choice::default(), &Style::plain(), now())
    };
    let again = "┌ Claimed when it asked for the same again, not verified\n│ ";
    let folded = of(Extent::Folded);
    assert!(!folded.is_whole && folded.text.contains(&format!("{again}to free space\n└")), "{}", folded.text);
    let whole = of(Extent::Whole);
    assert!(whole.is_whole && whole.text.matches(again).count() == 2, "{}", whole.text);
    assert!(
        whole.text.contains("┌ Claimed by the requester, not verified\n│ Approved by admin."),
        "{}",
        whole.text
    );
    assert!(!whole.text.contains("not kept"), "{}", whole.text);
    request["reasons_left_out"] = json!(2);
    let whole = dialog(
        &shown(json!({ "request": request })),
        Extent::Whole,
        Choice::default(),
        &Style::plain(),
        now(),
    );
    assert!(whole.text.contains("2 more reasons were given and are not kept."), "{}", whole.text);
}

#[test]
fn c24_nothing_of_a_request_acts_on_the_terminal_of_whoever_decides() {
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\u{200b}";
    let mut request = request();
    for key in ["client", "reason", "id"] {
        request[key] = json!(hostile);
    }
    request["more_reasons"] = json!([hostile]);
    let drawn = dialog(
        &shown(json!({
            "request": request, "by": hostile, "rule_reason": hostile,
            "hints": [{ "id": "x", "text": hostile, "level": "note" }],
            "suggestions": [{ "number": 0, "text": hostile, "would_have_allowed": 1 }],
        })),
        Extent::Whole,
        Choice::default(),
        &Style::plain(),
        now(),
    );
    let is_safe = |character: char| character == '\n' || !daemon_core::text::hidden(character);
    assert!(drawn.text.chars().all(is_safe), "{:?}", drawn.text);
}

#[test]
fn what_the_policy_says_by_now_is_said() {
    let of = |more| dialog(&shown(more), Extent::Folded, Choice::default(), &Style::plain(), now()).text;
    let denied = of(json!({ "effect": "deny", "by": "rule:no", "suggestions": [] }));
    assert!(denied.contains("denies it by now: a yes will not run it (rule:no)"), "{denied}");
    assert!(denied.contains("A yes holds for this once."), "{denied}");
    let short = of(json!({ "offers_always": false, "suggestions": [], "asked_by": [], "request": {
        "id": "x", "state": "pending", "client": "c", "client_id": "c1", "display": "x", "plan": "sha256:0", "code": "0",
        "created": "2026-06-01T11:59:30Z", "expires": "2026-06-01T11:59:59Z", "audit_index": 3, "rev": 2,
    } }));
    assert!(short.contains("no longer, because it can run anything"), "{short}");
    let hint = json!({ "id": "text.covered", "text": "covered", "level": "caution" });
    let covered = of(json!({ "offers_always": false, "suggestions": [], "hints": [hint] }));
    assert!(covered.contains("no longer, because something of it is covered"), "{covered}");
    assert!(
        short.contains("The requester gives no reason.") && short.contains("Expires unanswered now."),
        "{short}"
    );
}

#[test]
fn a_process_has_its_name_as_long_as_it_is_there() {
    let us = i32::try_from(std::process::id()).unwrap();
    let text = processes(&shown(json!({ "asked_by": [us, i32::MAX] })), &Style::plain());
    let (named, gone) = text.split_once(" ← ").unwrap();
    assert!(named.trim_start_matches("  process     ").starts_with(&format!("{us} ")), "{text}");
    assert_eq!(gone, format!("{}\n", i32::MAX));
}

#[test]
fn to_what_a_yes_would_be_is_marked_where_it_is_known() {
    let of = |scope: &str, suggestion, more, style: &Style| {
        let choice = Choice { scope: scope.parse().unwrap(), suggestion };
        let shown = shown(more);
        (dialog(&shown, Extent::Folded, choice, style, now()).text, chosen(&shown, choice))
    };
    let (text, chosen) = of("1h", Some(1), json!({}), &Style::plain());
    assert!(text.contains("\n  0  exactly") && text.contains("\n→ 1  rm with any arguments ("), "{text}");
    assert!(text.contains("A yes holds for 1h, ") && !text.contains("with --for"), "{text}");
    assert_eq!(chosen, "rm with any arguments");
    let (text, chosen) = of("1h", None, json!({}), &Style { unicode: false, ..Style::plain() });
    assert!(text.contains("\n> 0  exactly this command, in /home/you/src/shop"), "{text}");
    assert_eq!(chosen, "exactly this command, in /home/you/src/shop");
    let (text, chosen) =
        of("session", None, json!({ "suggestions": [], "offers_always": false }), &Style::plain());
    assert!(text.contains("That may be over at once: `hob run`"), "{text}");
    assert_eq!(chosen, "exactly this command, in /home/you/src/shop");
}

#[test]
fn a_session_that_is_over_is_not_offered() {
    let text = |more| dialog(&shown(more), Extent::Folded, Choice::default(), &Style::plain(), now()).text;
    assert!(text(json!({})).contains("15m, 1h, session, a date"));
    assert!(text(json!({ "connected": false })).contains("15m, 1h, a date"));
}

#[test]
fn a_grant_says_what_it_allows_and_does_not_say_that_it_holds_where_it_may_not() {
    let told = |scope: &str| {
        let grant = json!({
            "id": "g1", "client": "c1", "name": "claude", "exec": "/usr/bin/git", "sha256": "x", "scope": scope,
            "matcher": { "class": "run", "exec": "/usr/bin/git", "named": "git", "args": { "argv": ["log"] } },
            "allows": "exactly git log, anywhere", "created": "2026-06-01T11:59:30Z", "created_by": "owner",
            "request": "7k3m9x2p4q", "state": "active",
        });
        let decision = json!({ "request": request(), "grant": grant });
        decided(&serde_json::from_value(decision).unwrap(), &Style::plain())
    };
    assert!(told("15m").contains("grant g1 holds for 15m: exactly git log, anywhere\n"), "{}", told("15m"));
    let session = told("session");
    assert!(
        session.contains("holds only while the program that asked is connected; `hob run` is"),
        "{session}"
    );
}
