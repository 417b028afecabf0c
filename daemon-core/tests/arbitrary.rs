//! Arbitrary bytes and texts for everything that reads what others wrote.
//!
//! This is what `fuzz/` does for longer; here it runs with every `cargo test`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::collections::BTreeMap;

use bytes::BytesMut;
use daemon_core::config::{self, Approved};
use daemon_core::daemon::sections;
use daemon_core::home::Dirs;
use daemon_core::services;
use daemon_core::text;
use daemon_core::wire::envelope::{self, Answer, Message};
use daemon_core::wire::frame;
use proptest::prelude::*;
use tokio_util::codec::Decoder as _;

/// JSON that is nearly a message: the right members with any values, some of them twice.
fn nearly_a_message() -> impl Strategy<Value = String> {
    const NAMES: &[&str] =
        &["jsonrpc", "id", "method", "params", "v", "result", "error", "data", "item", "code", "message"];
    const VALUES: &[&str] = &[
        "\"2.0\"",
        "7",
        "-1",
        "null",
        "true",
        "\"a\"",
        "[]",
        "{}",
        "{\"id\":7}",
        "{\"id\":7,\"item\":{}}",
        "1e999",
        "\"\\ud800\"",
        "\"$/cancel\"",
        "\"system.ping\"",
        "{\"code\":1,\"message\":\"m\",\"data\":{\"code\":\"busy\"}}",
    ];
    let member = (prop::sample::select(NAMES), prop::sample::select(VALUES))
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// TOML that is nearly a configuration.
fn nearly_a_configuration() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "[daemon]",
        "[log]",
        "[service.web]",
        "[defaults.service]",
        "[[service]]",
        "idle_timeout = \"5m\"",
        "command = [\"true\"]",
        "command = \"a 'b\"",
        "requires = [\"web\"]",
        "after = [\"é\"]",
        "env = { A = \"1\" }",
        "ready = { tcp = 0 }",
        "a.b.c = 1",
        "x = [",
        "y = \"\"\"",
        "# ü",
        "\\",
        "restart = \"always\"",
        "level = \"debug\"",
    ];
    let line = prop_oneof![6 => prop::sample::select(LINES).prop_map(str::to_owned), 1 => ".{0,20}"];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

/// A reader of the envelope takes parts of the text as they are, and what it refuses fits into a frame.
fn check_message(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut out = BytesMut::new();
    match envelope::parse(bytes) {
        Ok(Message::Call { id, method, params }) => {
            prop_assert!(id.len() <= 64 && serde_json::from_str::<&serde_json::value::RawValue>(id).is_ok());
            let is_object = params.starts_with('{');
            prop_assert!(is_object && method != "$/cancel");
            envelope::respond(&mut out, id, Ok(b"{}"));
        }
        Ok(Message::Cancel { id } | Message::Identify { id, .. }) => {
            prop_assert!(!id.is_empty());
            return Ok(());
        }
        Err(refusal) => {
            prop_assert!(!refusal.fault.message.is_empty() && refusal.fault.message.len() < 4096);
            envelope::respond_refusal(&mut out, &refusal);
        }
    }
    let answer: serde_json::Value = serde_json::from_slice(&out[4..]).expect("an answer is JSON");
    prop_assert!(answer["result"].is_object() || answer["error"]["data"]["code"].is_string());
    Ok(())
}

proptest! {
    #[test]
    fn frames_come_out_whole_however_they_arrive(
        contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20),
        pieces in prop::collection::vec(1..50usize, 1..20),
    ) {
        let mut bytes = BytesMut::new();
        for content in &contents {
            frame::append(&mut bytes, |out| out.extend_from_slice(content)).unwrap();
        }
        let (mut codec, mut buffer, mut decoded) = (frame::codec(), BytesMut::new(), Vec::new());
        let mut pieces = pieces.iter().cycle();
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(*pieces.next().unwrap()));
            buffer.extend_from_slice(&piece);
            while let Some(frame) = codec.decode(&mut buffer).unwrap() {
                decoded.push(frame.to_vec());
            }
        }
        prop_assert_eq!(decoded, contents);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn no_bytes_break_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (mut codec, mut buffer) = (frame::codec(), BytesMut::from(&bytes[..]));
        while let Ok(Some(frame)) = codec.decode(&mut buffer) {
            prop_assert!(frame.len() < bytes.len());
            check_message(&frame)?;
        }
        check_message(&bytes)?;
    }

    #[test]
    fn what_is_nearly_a_message_is_one_or_is_refused(text in nearly_a_message()) {
        check_message(text.as_bytes())?;
        if let Ok(Answer::End(_, Ok(result)) | Answer::Item(_, result)) = envelope::parse_answer(text.as_bytes()) {
            prop_assert!(text.contains(result));
        }
    }

    #[test]
    fn a_fault_comes_back_as_it_was_sent(message in any::<String>(), hint in any::<Option<String>>(), which in 0..12usize) {
        use daemon_core::kernel::{Code, Fault};
        let fault = Fault { code: Code::all().nth(which).unwrap(), message, hint, more: None };
        let mut out = BytesMut::new();
        envelope::respond(&mut out, "7", Err(&fault));
        let Answer::End(7, Err(came)) = envelope::parse_answer(&out[4..]).unwrap() else { panic!("no end of 7") };
        prop_assert_eq!(came, fault);
    }

    #[test]
    fn what_is_shown_is_short_and_hides_nothing(text in any::<String>(), times in 1..400usize) {
        let shown = text::shortened(&text.repeat(times));
        prop_assert!(shown.len() <= 10 * 620);
        prop_assert!(!shown.chars().any(char::is_control));
    }

    #[test]
    fn the_nearest_name_is_one_of_those_that_there_are(name in ".{0,30}", names in prop::collection::vec("[a-z]{1,12}", 0..8)) {
        let near = text::nearest(&name, names.iter().map(String::as_str));
        prop_assert!(near.is_none_or(|near| names.iter().any(|known| known == near)));
        if names.contains(&name) {
            prop_assert_eq!(near, Some(name.as_str()));
        }
    }
}

/// A project as it is before its files were looked at.
fn draft(text: &str) -> Approved {
    Approved {
        name: "shop".to_owned(),
        dir: "/src/shop".into(),
        text: text.to_owned(),
        env_files: BTreeMap::new(),
        digest: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        pid: None,
        draft: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_nearly_a_project_is_one_or_says_where_it_is_not(
        text in prop_oneof![3 => nearly_a_configuration(), 1 => any::<String>()],
    ) {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        fs_err::write(dirs.config(), "[service.own]\ncommand = \"true\"\n").unwrap();
        match config::with_project::<services::Section>(&dirs, draft(&text)) {
            Ok(section) => {
                for plan in section.plans("shop") {
                    prop_assert!(plan.name.starts_with("shop/") && !plan.command.is_empty(), "{:?}", plan);
                }
                prop_assert!(section.plans("own").is_empty());
            }
            Err(problems) => {
                for problem in problems {
                    let shown = problem.to_string();
                    prop_assert!(shown.contains("/src/shop/hob.toml"), "{}", shown);
                    prop_assert!(!shown.chars().any(char::is_control), "{}", shown);
                }
            }
        }
    }

    #[test]
    fn what_is_nearly_a_configuration_is_one_or_says_where_it_is_not(
        text in prop_oneof![3 => nearly_a_configuration(), 1 => any::<String>()],
    ) {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        fs_err::write(dirs.config(), &text).unwrap();
        if let Err(problems) = config::check(&dirs, &sections()) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                let shown = problem.to_string();
                prop_assert!(shown.contains("config.toml"), "{}", shown);
                prop_assert!(!problem.message.is_empty() && shown.len() < 4096, "{}", shown);
                prop_assert!(!shown.chars().any(char::is_control), "{}", shown);
            }
        }
    }
}
