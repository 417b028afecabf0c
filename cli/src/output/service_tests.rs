//! What is said of services.

use super::*;

const NOW: &str = "2026-06-01T12:00:00Z";

fn services() -> Vec<Service> {
    let json = r#"{"services":[
        {"name":"web","state":"running","ready":true,"wanted":"up","pid":4711,"run":3,"restarts":0,
         "since":"2026-06-01T09:00:00Z","command":["python3","-m","http.server","8000"],"changed":true},
        {"name":"worker","state":"waiting","ready":false,"wanted":"up","run":0,"restarts":0,
         "since":"2026-06-01T11:59:58Z","waiting_for":["db"],"command":["./worker"],"changed":false},
        {"name":"flaky","state":"failed","ready":false,"wanted":"up","run":6,"restarts":5,
         "since":"2026-06-01T11:58:00Z","reason":"exited with code 1","command":["sh","-c","exit 1"],"changed":false},
        {"name":"e\u001b[2Jvil\u202e","state":"backoff","ready":false,"wanted":"up","run":2,"restarts":1,
         "since":"2026-06-01T11:59:59Z","retry_at":"2026-06-01T12:00:04Z","command":[],"changed":false,
         "added_in_a_later_version":[1]},
        {"name":"old","state":"stopped","ready":false,"wanted":"down","run":1,"restarts":0,
         "since":"2026-05-30T12:00:00Z","command":["sleep","1"],"changed":false}]}"#;
    parse_list(json.as_bytes()).unwrap()
}

fn shown(width: Option<usize>) -> String {
    table(&services(), &Style { width, ..Style::plain() }, NOW.parse().unwrap())
}

#[test]
fn the_table_says_how_each_service_is_and_why() {
    insta::assert_snapshot!(shown(None));
}

#[test]
fn in_eighty_columns_a_note_stands_below() {
    insta::assert_snapshot!(shown(Some(80)));
}

#[test]
fn in_forty_columns_name_state_and_note_are_left() {
    insta::assert_snapshot!(shown(Some(40)));
}

#[test]
fn without_services_it_says_how_to_get_one() {
    assert!(table(&[], &Style::plain(), NOW.parse().unwrap()).contains("hob add"));
    assert_eq!(count(&[]), "no services");
}

#[test]
fn the_count_adds_up() {
    assert_eq!(count(&services()), "5 services: 1 ready, 1 waiting, 1 backoff, 1 failed, 1 stopped");
}

#[test]
fn what_a_pause_holds_is_not_said_to_be_tried_again() {
    let held = Service::parse(br#"{"name":"web","state":"backoff","reason":"exited with code 1"}"#).unwrap();
    let sentence = held.sentence(&Style::plain(), NOW.parse().unwrap());
    assert!(sentence.ends_with(": held by a pause until `hob resume`; exited with code 1\n"), "{sentence}");
    assert!(!sentence.contains("retries"), "{sentence}");
}

#[test]
fn what_nothing_tells_to_be_ready_has_only_started() {
    let (style, now) = (Style::plain(), NOW.parse().unwrap());
    let web =
        Service::parse(br#"{"name":"web","state":"running","ready":true,"ready_unasked":true,"pid":7}"#)
            .unwrap();
    assert_eq!(web.outcome(&style, now), "● web has started (pid 7)\n");
    assert_eq!(web.sentence(&style, now), "● web is running (pid 7)\n");
    for (since, said) in [("2000-01-01T00:00:00Z", "runs already"), (NOW, "has started")] {
        let web = Service { since: since.to_owned(), ..web.clone() };
        assert_eq!(web.started(now, &style, now), format!("● web {said} (pid 7)\n"));
    }
    let asked = Service { ready_unasked: false, ..web };
    assert_eq!(asked.outcome(&style, now), "● web is ready (pid 7)\n");
}

#[test]
fn who_was_stopped_with_it_is_named() {
    let json = br#"{"name":"api","state":"stopped","stopped_before":["poller"]}"#;
    let mut api = Service::parse(json).unwrap();
    let said = |api: &Service| api.outcome(&Style::plain(), NOW.parse().unwrap());
    assert_eq!(said(&api), "○ api is stopped, and before it poller, which requires it\n");
    api.stopped_before.push("e\u{202e}vil".to_owned());
    assert_eq!(said(&api), "○ api is stopped, and before it poller, e\\u{202e}vil, which require it\n");
}

#[test]
fn what_is_unhealthy_says_so_and_why_everywhere() {
    let json = br#"{"name":"web","state":"running","ready":true,"healthy":false,"pid":7,
        "reason":"unhealthy: a check failed: it answered 503"}"#;
    let web = Service::parse(json).unwrap();
    let sentence = web.sentence(&Style::plain(), NOW.parse().unwrap());
    assert_eq!(sentence, "▲ web runs (pid 7): unhealthy: a check failed: it answered 503\n");
    let services = [web, services().remove(0)];
    assert_eq!(count(&services), "2 services: 1 ready, 1 unhealthy");
    let shown = table(&services, &Style::plain(), NOW.parse().unwrap());
    assert!(shown.contains("▲ web   unhealthy     7"), "{shown}");
}

#[test]
fn one_sentence_tells_what_became_of_a_service() {
    let sentences: String =
        services().iter().map(|it| it.sentence(&Style::plain(), NOW.parse().unwrap())).collect();
    insta::assert_snapshot!(sentences);
}

#[test]
fn the_details_have_every_field_once() {
    let json = br#"{"name":"web","state":"running","ready":true,"pid":7,"run":3,"restarts":0,
        "since":"2026-06-01T09:00:00Z","command":["python3","a b"],"changed":false,
        "config":{"name":"web","command":["x"],"restart":"on-failure","requires":["db"],"env_file":null,
            "health":{"kind":{"tcp":{"host":null,"port":8080}},"failures":3,"interval":"10s"},"limits":{}},
        "events":[{"at":"2026-06-01T09:00:00Z","text":"started"}]}"#;
    let now = NOW.parse().unwrap();
    let times = TimeOfDay::new(true, true, now);
    insta::assert_snapshot!(details(json, &Style::plain(), &times, now).unwrap());
}
