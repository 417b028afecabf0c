//! Requests as they are shown: what becomes of each is told, and nothing hostile gets through.

use serde_json::json;

use super::*;

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn of(state: &str, more: serde_json::Value) -> Request {
    let mut request = json!({
        "id": "7k3m9x2p4q", "state": state, "client": "claude", "client_id": "c1", "display": "/usr/bin/git push",
        "plan": format!("sha256:{}", "ab".repeat(32)), "code": "ababab", "created": "2026-06-01T11:58:00Z",
        "expires": "2026-06-01T12:08:00Z", "audit_index": 3, "rev": 2,
    });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

fn requests() -> Vec<Request> {
    let denied = json!({ "decided": {
        "verdict": "deny", "by": "owner", "surface": "cli", "scope": "once", "note": "use \u{1b}[2Jstaging",
        "at": "2026-06-01T11:59:00Z",
    } });
    let ran = json!({ "executed": { "claim": "x", "exit": 3, "started": "2026-06-01T11:59:00Z" } });
    let ruled = json!({ "ruled": { "ruling": "deny", "by": "rule:no-rm", "policy": 4 } });
    vec![
        of("pending", json!({ "display": "/bin/sh -c 'echo \u{202e}'", "client": "e\u{1b}[2Jvil" })),
        of("denied_user", denied),
        of("finished", ran),
        of("denied_policy", ruled),
        of("expired", json!({})),
        of("cancelled", json!({ "because": "its requester has gone" })),
    ]
}

fn answer(state: &str, more: serde_json::Value) -> Answer {
    let mut answer = json!({
        "request_id": "7k3m9x2p4q", "state": state, "message": "x", "retry": "ok", "audit_index": 3,
    });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(answer).unwrap()
}

#[test]
fn whoever_asked_exits_as_the_command_did() {
    for (state, more, expected) in [
        ("finished", json!({ "exit": 0 }), Some(0)),
        ("finished", json!({ "exit": 3 }), Some(3)),
        ("killed", json!({ "signal": 9 }), Some(137)),
        ("killed", json!({ "signal": 15 }), Some(143)),
        ("failed", json!({}), Some(127)),
        ("expired", json!({}), None),
        ("denied_user", json!({}), None),
        ("unknown", json!({}), None),
        ("pending", json!({}), None),
    ] {
        assert_eq!(status(&answer(state, more.clone())), expected, "{state} {more}");
    }
}

#[test]
fn what_waits_says_who_asks_for_what_and_for_how_long_still() {
    let list = |requests, pending| Approvals { requests, pending };
    let style = |width| Style { width, ..Style::plain() };
    let waits = || vec![requests().remove(0), of("pending", json!({ "expires": "2026-06-01T12:00:20Z" }))];
    let wide = waiting(&list(waits(), 5), &style(None), now());
    let narrow = waiting(&list(waits(), 2), &style(Some(50)), now());
    insta::assert_snapshot!([wide, narrow, waiting(&list(Vec::new(), 0), &style(None), now())].join("\n"));
}

#[test]
fn what_waits_says_every_reason_that_was_given_and_a_terminal_shows_the_begin_of_each() {
    let long = "x".repeat(200);
    let said = json!({ "reason": "clear the cache", "more_reasons": ["free space", long] });
    let request = of("pending", said);
    let shown = |style| waiting(&Approvals { requests: vec![request.clone()], pending: 1 }, &style, now());
    let expected = format!("\"clear the cache\", again: \"free space\", again: \"{long}\"");
    let piped = shown(Style::plain());
    assert!(piped.contains("CLAIMED REASON") && piped.contains(&expected), "{piped}");
    let seen = shown(Style { terminal: true, width: Some(80), ..Style::plain() });
    assert!(seen.contains("\n    \"clear the cache\", again: \"free space\", again:"), "{seen}");
    assert!(!seen.contains(&long[..81]) && seen.lines().count() < 6, "{seen}");
    let all = details(&request, &Style::plain(), &TimeOfDay::new(true, false, now()), now());
    assert!(all.contains("\"free space\", \"xxx"), "{all}");
    let more = of("pending", json!({ "reason": "a", "more_reasons": ["b"], "reasons_left_out": 7 }));
    let all = details(&more, &Style::plain(), &TimeOfDay::new(true, false, now()), now());
    assert!(all.contains("\"b\" and 7 more"), "{all}");
    let listed = waiting(&Approvals { requests: vec![more], pending: 1 }, &Style::plain(), now());
    assert!(listed.contains("\"a\", again: \"b\" and 7 more"), "{listed}");
}

#[test]
fn the_table_says_what_became_of_each() {
    let shown = |width| table(&Requests { requests: requests() }, &Style { width, ..Style::plain() }, now());
    let sentences: Vec<String> = requests().iter().map(|it| sentence(it, &Style::plain())).collect();
    insta::assert_snapshot!([shown(None), shown(Some(60)), sentences.join("\n")].join("\n"));
}

#[test]
fn the_details_have_all_that_is_known() {
    let times = TimeOfDay::new(true, false, now());
    let shown: Vec<String> =
        requests()[..3].iter().map(|it| details(it, &Style::plain(), &times, now())).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn c24_nothing_of_a_request_acts_on_the_terminal() {
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\n\u{200b}";
    let request = of(
        "denied_user",
        json!({
            "display": hostile, "client": hostile, "reason": hostile, "more_reasons": [hostile], "because": hostile, "id": hostile,
            "decided": { "verdict": "deny", "by": hostile, "surface": hostile, "scope": "once", "note": hostile,
                "at": "2026-06-01T11:59:00Z" },
            "ruled": { "ruling": "ask", "by": hostile, "reason": hostile, "policy": 4 },
        }),
    );
    let times = TimeOfDay::new(true, false, now());
    let list = Requests { requests: vec![request.clone()] };
    for text in [
        details(&request, &Style::plain(), &times, now()),
        table(&list, &Style::plain(), now()),
        waiting(&Approvals { requests: vec![request.clone()], pending: 1 }, &Style::plain(), now()),
    ] {
        let is_safe = |character: char| character == '\n' || !daemon_core::text::hidden(character);
        assert!(text.chars().all(is_safe), "{text:?}");
    }
    assert_eq!(sentence(&request, &Style::plain()).lines().count(), 1);
}
