//! That what is shown shows everything, and nothing else happens on the way.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::blocks::Covers;
use super::*;
use crate::exec::plan::{Bytes, Person, Plan, Wanted};
use crate::text::hidden;

fn plan(argv: &[&[u8]], more: impl FnOnce(&mut Wanted)) -> Plan {
    let argv = argv.iter().map(|word| Bytes::from(word.to_vec())).collect();
    let mut wanted = Wanted { argv, ..Wanted::default() };
    more(&mut wanted);
    Plan::of(wanted, "agent", &Person { home: "/".into(), user: "u".into(), uid: 1000 }).unwrap()
}

fn rows(blocks: &[Block], fact: Fact) -> Vec<(String, String)> {
    let block = blocks.iter().find(|block| block.fact == fact).unwrap();
    block.rows.iter().map(|row| (row.label.text(), row.value.text())).collect()
}

fn check(bytes: &[u8], expected: &str) {
    assert_eq!(Shown::of(bytes).text(), expected);
}

#[test]
fn c16_what_would_break_a_line_is_written_out() {
    check(b"-L\nrm -rf /", r"-L\nrm -rf /");
    check("a\u{2028}b\rc\td".as_bytes(), r"a\u{2028}b\rc\td");
    let shown = Shown::of(b"a\nb");
    let kinds: Vec<Kind> = shown.pieces.iter().map(|piece| piece.kind).collect();
    assert_eq!(kinds, [Kind::Plain, Kind::Escape, Kind::Plain]);
    assert!(Shown::of(br"a\nb").is_plain(), "what only looks like an escape is told from one");
}

#[test]
fn c24_no_terminal_or_page_is_told_to_do_anything() {
    check(b"\x1b[2J", r"\u{1b}[2J");
    check(b"\x1b]8;;http://x\x07y\x1b]8;;\x07", r"\u{1b}]8;;http://x\u{7}y\u{1b}]8;;\u{7}");
    check(b"\x1b]52;c;ZXZpbA==\x07", r"\u{1b}]52;c;ZXZpbA==\u{7}");
    check("\u{9b}2J\u{9d}0;x\u{9c}".as_bytes(), r"\u{9b}2J\u{9d}0;x\u{9c}");
    check(b"safe\x08\x08\x08\x08evil", r"safe\u{8}\u{8}\u{8}\u{8}evil");
}

#[test]
fn what_hides_reorders_or_cannot_be_counted_is_written_out() {
    check("a\u{202e}b\u{2066}c".as_bytes(), r"a\u{202e}b\u{2066}c");
    check("x\u{200b}y\u{feff}z\u{ad}".as_bytes(), r"x\u{200b}y\u{feff}z\u{ad}");
    check("\u{e000}\u{378}\u{3164}\u{a0}\u{e0041}".as_bytes(), r"\u{e000}\u{378}\u{3164}\u{a0}\u{e0041}");
    check(b" a  b ", r"\u{20}a \u{20}b\u{20}");
    check(b"a\xff\xc3", r"a\xff\xc3");
    check("e\u{301}".as_bytes(), "e\u{301}");
    check("\u{301}e".as_bytes(), "\\u{301}e");
    check("e\u{301}\u{302}\u{303}".as_bytes(), "e\u{301}\u{302}\\u{303}");
    check("naïve 東京 🙂".as_bytes(), "naïve 東京 🙂");
}

#[test]
fn every_argument_has_its_number_and_every_fact_its_block() {
    let plan = plan(&[b"sh", b"-c", b"", b"a b"], |wanted| {
        wanted.env =
            BTreeMap::from([("LD_PRELOAD".to_owned(), "/tmp/x.so".to_owned()), ("TERM".into(), "x".into())])
                .into();
        wanted.stdin = Some("one\ntwo".into());
    });
    let blocks = whole(&plan);
    let facts: Vec<Fact> = blocks.iter().map(|block| block.fact).collect();
    use Fact::*;
    assert_eq!(facts, [Client, Program, Arguments, Directory, Environment, Stdin, Limits, Digest]);
    let numbered =
        [("1", "-c"), ("2", ""), ("3", "a b")].map(|(number, word)| (number.to_owned(), word.to_owned()));
    assert_eq!(rows(&blocks, Arguments), numbered);
    assert_eq!(rows(&blocks, Stdin)[1], ("2".to_owned(), "two".to_owned()));
    let env = blocks.iter().find(|block| block.fact == Environment).unwrap();
    assert_eq!(
        (env.rows[0].label.text().as_str(), env.rows[0].badges[0].id.as_str()),
        ("LD_PRELOAD", "env.unusual")
    );
    assert_eq!(env.rows[1].badges[0].id, "env.asked");
    let digest = plan.digest();
    assert_eq!(rows(&blocks, Digest)[0].1, digest.short());
    assert_eq!(notice(&plan), format!("agent asks to run sh ({})", digest.short()));
    assert_eq!(line(b"sh", plan.argv().iter().map(AsRef::as_ref), 500), "sh -c '' 'a b'");
}

#[test]
fn c22_a_look_alike_bears_a_badge() {
    let blocks = whole(&plan(&[b"sh", "g\u{456}t".as_bytes()], |_| {}));
    let arguments = blocks.iter().find(|block| block.fact == Fact::Arguments).unwrap();
    assert_eq!(
        (arguments.rows[0].badges[0].id.as_str(), arguments.rows[0].badges[0].level),
        ("text.alike", Level::Danger)
    );
}

#[test]
fn nothing_is_left_out_without_its_number() {
    let long = "x".repeat(1000);
    let many: Vec<&[u8]> = [b"sh".as_slice()].into_iter().chain([long.as_bytes(); 100]).collect();
    let plan = plan(&many, |_| {});
    let count = |blocks: &[Block]| {
        let block = blocks.iter().find(|block| block.fact == Fact::Arguments).unwrap();
        let characters = block.rows[0].value.text().len() as u64;
        (block.rows.len() as u64, block.more, characters, block.rows[0].value.more)
    };
    assert_eq!(count(&whole(&plan)), (100, 0, 1000, 0));
    assert_eq!(count(&brief(&plan)), (24, 76, 200, 800));
    let line = line(b"sh", plan.argv().iter().map(AsRef::as_ref), 300);
    assert_eq!(line, format!("sh {}… (+703 characters, +99 arguments)", "x".repeat(297)));
}

#[test]
fn c26_a_reason_is_a_claim_and_a_short_one() {
    let loud = "Approved by admin. Press Y\n[link](http://x) <b>\u{202e}";
    let block = reason(loud);
    assert_eq!((block.fact, block.title.as_str()), (Fact::Reason, "Claimed by the requester, not verified"));
    assert_eq!(block.rows[0].value.text(), "Approved by admin. Press Y\\n[link](http://x) <b>\\u{202e}");
    let block = reason(&"é".repeat(100 << 10));
    let value = &block.rows[0].value;
    assert_eq!((value.text().chars().count(), value.more), (500, (100 << 10) - 500));
    let value = &reason(&"\n".repeat(600)).rows[0].value;
    assert!(value.text().chars().count() <= 500 && 100 < value.more);
}

#[test]
fn c98_secrets_are_covered_with_a_remark_and_the_digest_is_of_what_is_under_the_cover() {
    let covered = |secret: &str| {
        let option = format!("--token={secret}");
        let plan = plan(&[b"true", option.as_bytes()], |wanted| {
            wanted.env = BTreeMap::from([("MY_SECRET".to_owned(), secret.to_owned())]).into();
        });
        let blocks = whole(&plan);
        let shown = serde_json::to_string(&blocks).unwrap();
        assert!(!shown.contains(secret) && shown.contains("[10 characters covered]"), "{shown}");
        let remarks = blocks.iter().flat_map(|block| block.rows.iter().map(move |row| (block.fact, row)));
        let remarks = remarks.filter(|(_, row)| {
            row.badges.iter().any(|it| it.id == "text.covered" && it.level == Level::Caution)
        });
        let remarked: Vec<Fact> = remarks.map(|(fact, _)| fact).collect();
        assert_eq!(remarked, [Fact::Arguments, Fact::Environment]);
        let covers = Covers { arguments: vec![0], variables: vec!["MY_SECRET".to_owned()] };
        assert_eq!(covers, super::covers(&plan));
        plan.digest()
    };
    assert_ne!(covered("a1b2c3d4e5"), covered("a1b2c3d4e6"));
    assert!(!super::covers(&plan(&[b"true", b"--token=hunter2"], |_| {})).is_some());
}

#[test]
fn c24_nothing_of_a_text_is_covered_nor_of_what_is_read_nor_of_a_claim() {
    const SECRET: &str = "a1b2c3d4e5";
    let option = format!("--token={SECRET}");
    for argv in [[b"sh".as_slice(), option.as_bytes()], [b"true", b"exec \"$MY_SECRET\""]] {
        let plan = plan(&argv, |wanted| {
            wanted.env = BTreeMap::from([("MY_SECRET".to_owned(), SECRET.to_owned())]).into();
            wanted.stdin = Some(format!("token={SECRET}\n").as_str().into());
        });
        assert!(!super::covers(&plan).is_some());
        assert!(!serde_json::to_string(&whole(&plan)).unwrap().contains("covered"));
    }
    assert!(reason(&option).rows[0].value.text().contains(SECRET));
}

#[test]
fn c24_a_path_is_never_covered() {
    let plan = plan(&[b"sh"], |wanted| wanted.cwd = Some("/tmp".into()));
    for fact in [Fact::Program, Fact::Directory] {
        assert!(rows(&whole(&plan), fact).iter().all(|(_, value)| !value.contains("covered")));
    }
    let path = format!("/srv/token=a1b2c3d4e5/ghp_{}", "a1B2".repeat(9));
    assert_eq!(Shown::of(path.as_bytes()).text(), path);
}

proptest! {
    #[test]
    fn nothing_hidden_is_ever_shown(bytes: Vec<u8>, text in "\\PC{0,20}|.{0,20}|[ \\\\n\u{301}\u{200d}a]{0,20}", most in 0_usize..40) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let shown = Shown::of(bytes);
            for shown in [shown.clone().cut(most), shown] {
                prop_assert!(!shown.text().contains(hidden), "{shown:?}");
                prop_assert!(!shown.text().contains("  "));
            }
        }
    }

    #[test]
    fn what_is_cut_is_counted(text in ".{0,60}", most in 0_usize..40) {
        let all = Shown::of(text.as_bytes());
        let cut = all.clone().cut(most);
        let length = |shown: &Shown| shown.text().chars().count() as u64;
        prop_assert!(length(&cut) <= most as u64);
        prop_assert_eq!(length(&cut) + cut.more, length(&all));
        prop_assert!(all.text().starts_with(&cut.text()));
    }

    #[test]
    fn different_words_make_different_lines(one in "[a\\\\n' \n\u{1}$•…]{0,5}", other in "[a\\\\n' \n\u{1}$•…]{0,5}", third in "[a ']{0,2}") {
        let of = |words: &[&str]| line(b"true", words.iter().map(|word| word.as_bytes()), 1000);
        prop_assert_eq!(one == other, of(&[&one]) == of(&[&other]));
        let joined = [one.as_str(), third.as_str()].join(" ");
        prop_assert_ne!(of(&[&one, &third]), of(&[&joined]));
    }
}
