//! What holds of all grants, and of those that ought not to hold.

use proptest::prelude::*;

use super::*;
use crate::approvals::policy::Class;

fn moment(seconds: i64) -> Moment {
    let wall = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
    Moment { wall, uptime: Duration::from_secs(seconds.unsigned_abs()) }
}

fn grant(id: &str, uses: Option<u32>, ends: Option<i64>) -> Grant {
    let subject = subject("abc");
    Grant {
        id: id.into(),
        client: "robot".into(),
        name: "robot".into(),
        exec: "/usr/bin/git".into(),
        sha256: "abc".into(),
        input: None,
        matcher: Matcher::exactly(&subject).unwrap(),
        allows: String::new(),
        terms: Terms::default(),
        scope: Scope::Always,
        ends: ends.map(|seconds| moment(seconds).wall),
        uses_left: uses,
        created: moment(0).wall,
        created_by: "owner".into(),
        request: "r1".into(),
        state: Standing::Active,
        ends_up: ends.map(|seconds| moment(seconds).uptime),
        link: None,
    }
}

fn subject(sha256: &str) -> Subject<'_> {
    Subject {
        class: Class::Run,
        exec: "/usr/bin/git".as_ref(),
        named: "git",
        sha256,
        argv: &[],
        cwd: "/srv".as_ref(),
        env: &[],
        client: "robot",
        files: &[],
        is_user_writable: false,
        looked: Box::leak(Box::default()),
    }
}

fn robot() -> Asking<'static> {
    Asking { client: "robot", input: None, terms: Box::leak(Box::default()) }
}

fn grants(all: impl IntoIterator<Item = Grant>) -> Grants {
    let mut grants = Grants::default();
    all.into_iter().for_each(|grant| grants.add(grant));
    grants
}

#[test]
fn a_grant_turns_ask_into_allow_and_nothing_else() {
    let grants = grants([grant("g1", None, None)]);
    let judge =
        |client, opinion| grants.judge(Asking { client, ..robot() }, &subject("abc"), opinion, moment(1));
    assert_eq!(judge("robot", Effect::Ask).allows.as_deref(), Some("g1"));
    assert_eq!(judge("other", Effect::Ask), Judgement::default());
    for opinion in [Effect::Allow, Effect::AskAlways] {
        assert_eq!(judge("robot", opinion), Judgement::default(), "{opinion:?}");
    }
    let denied = judge("robot", Effect::Deny);
    assert_eq!((denied.allows, denied.stale), (None, vec!["g1".to_owned()]));
}

#[test]
fn other_bytes_at_the_same_path_make_a_grant_stale() {
    let grants = grants([grant("g1", None, None)]);
    let judgement = grants.judge(robot(), &subject("def"), Effect::Ask, moment(1));
    assert_eq!((judgement.allows, judgement.stale), (None, vec!["g1".to_owned()]));
}

#[test]
fn c43_a_grant_that_was_stored_without_terms_is_for_no_script_and_no_pinned_file() {
    let mut stored = serde_json::to_value(grant("g1", None, None)).unwrap();
    stored.as_object_mut().unwrap().remove("terms").unwrap();
    let grants = grants([serde_json::from_value(stored).unwrap()]);
    let judge =
        |terms: &Terms| grants.judge(Asking { terms, ..robot() }, &subject("abc"), Effect::Ask, moment(1));
    let limits = Terms { wall_ms: Some(1), keep: Some(1), ..Terms::default() };
    assert!(judge(&limits).allows.is_some());
    assert_eq!(judge(&Terms { files: Some("f".into()), ..limits.clone() }), Judgement::default());
    let script = judge(&Terms { interpreters: Some("i".into()), ..limits });
    assert_eq!((script.allows, script.stale), (None, vec!["g1".to_owned()]));
}

#[test]
fn c80_a_grant_ends_by_whichever_clock_gets_there_first() {
    let grants = grants([grant("g1", None, Some(900))]);
    let judge = |wall: i64, uptime: u64| {
        let now = Moment { uptime: Duration::from_secs(uptime), ..moment(wall) };
        grants.judge(robot(), &subject("abc"), Effect::Ask, now).allows.is_some()
    };
    assert!(judge(899, 899) && judge(-3600, 899));
    assert!(!judge(900, 1) && !judge(1, 900) && !judge(-3600, 900));
}

#[test]
fn what_is_used_up_is_gone() {
    let mut grants = grants([grant("g1", Some(2), None), grant("g2", None, None)]);
    assert_eq!(grants.used("g1"), Some(Standing::Active));
    assert_eq!(grants.used("g1"), Some(Standing::Exhausted));
    assert_eq!(grants.used("g1"), None);
    assert_eq!(grants.judge(robot(), &subject("abc"), Effect::Ask, moment(1)).allows.as_deref(), Some("g2"));
}

/// What may happen to grants besides being given.
#[derive(Debug, Clone)]
enum Happening {
    Used(usize),
    Removed(usize),
    Asked(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (0..4usize).prop_map(Happening::Used),
        (0..4usize).prop_map(Happening::Removed),
        (0..2000i64).prop_map(Happening::Asked),
    ]
}

proptest! {
    #[test]
    fn i10_grants_only_shrink(
        uses in prop::collection::vec(prop::option::of(1..4u32), 4),
        ends in prop::collection::vec(prop::option::of(1..1000i64), 4),
        happenings in prop::collection::vec(happening(), 0..30),
    ) {
        let ids = ["g0", "g1", "g2", "g3"];
        let all = ids.iter().zip(uses.iter().zip(&ends));
        let mut grants = grants(all.map(|(id, (uses, ends))| grant(id, *uses, *ends)));
        for happening in happenings {
            let before: BTreeMap<_, _> = grants.iter().map(|it| (it.id.clone(), it.clone())).collect();
            match happening {
                Happening::Used(which) => drop(grants.used(ids[which])),
                Happening::Removed(which) => drop(grants.remove(ids[which])),
                Happening::Asked(when) => {
                    let judgement = grants.judge(robot(), &subject("abc"), Effect::Ask, moment(when));
                    if let Some(id) = judgement.allows {
                        prop_assert!(before.contains_key(&id) && !before[&id].is_over(moment(when)));
                    }
                }
            }
            for after in grants.iter() {
                let before = &before[&after.id];
                prop_assert_eq!((&after.sha256, after.ends), (&before.sha256, before.ends));
                let matcher = |grant: &Grant| serde_json::to_value(&grant.matcher).unwrap();
                prop_assert_eq!(matcher(after), matcher(before));
                let left = |grant: &Grant| grant.uses_left.unwrap_or(u32::MAX);
                prop_assert!(0 < left(after) && left(after) <= left(before));
            }
        }
    }
}
