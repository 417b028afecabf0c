//! What a person is shown is all that he says yes to.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, answered, asks, wish};
use daemon_core::approvals::ops::{Run, Show};
use daemon_core::approvals::policy::Test;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::exec::{Bytes, Wanted};
use daemon_core::kernel::Code;

#[tokio::test]
async fn c24_always_is_not_offered_for_what_is_covered() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    for (secret, is_covered) in [("a1b2c3d4e5", true), ("hunter2", false)] {
        let asked = asks(&agent, ["/usr/bin/printf", "--", secret]);
        let free = gate.until_waiting(1).await.remove(0);
        assert!(answered(gate.owner(), Show { id: free.id.clone() }).await.unwrap().offers_always);
        gate.decide(&free, Verdict::Deny, "once").await.unwrap();
        asked.await.unwrap().unwrap_err();

        let asked = asks(&agent, ["/usr/bin/printf", "%s", &format!("--token={secret}")]);
        let request = gate.until_waiting(1).await.remove(0);
        assert_eq!(request.display, "/usr/bin/printf %s --token=•••", "lists and the record have neither");
        let shown = answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap();
        assert_eq!((shown.offers_always, shown.suggestions.is_empty()), (!is_covered, is_covered));
        assert_eq!(shown.hints.iter().any(|hint| hint.id == "text.covered"), is_covered);
        if is_covered {
            let refused = gate.decide(&request, Verdict::Approve, "always").await.unwrap_err();
            assert_eq!(refused.code, Code::Invalid, "{refused}");
            assert!(refused.message.contains("covered"), "{refused}");
        }
        gate.decide(&request, Verdict::Approve, "once").await.unwrap();
        asked.await.unwrap().unwrap();
    }
    gate.end().await;
}

#[tokio::test]
async fn what_a_test_of_the_policy_says_of_always_is_what_is_offered() {
    let gate = Gate::open().await;
    let agent = gate.agent().await;
    let starred = gate.thing("a*b");
    fs_err::create_dir(&starred).unwrap();
    for (cwd, argument, offered, why) in [
        ("/", "x", true, ""),
        ("/", "--token=a1b2c3d4e5", false, "covered"),
        (starred.to_str().unwrap(), "x", false, "no grant can be about its arguments or its directory"),
    ] {
        let run = wish(["/usr/bin/printf", "%s", argument]);
        let asked = Run { command: Wanted { cwd: Some(Bytes::from(cwd)), ..run.command }, ..run };
        let asked = tokio::spawn(answered(agent.clone(), asked));
        let request = gate.until_waiting(1).await.remove(0);
        let shown = answered(gate.owner(), Show { id: request.id.clone() }).await.unwrap();
        let argv = ["/usr/bin/printf", "%s", argument].map(str::to_owned).into();
        let test = Test { argv, cwd: Some(cwd.to_owned()), client: None, env: vec![], class: None };
        let told = answered(gate.owner(), test).await.unwrap().decision;
        assert_eq!((shown.offers_always, told.offers_always), (offered, offered), "{argument} in {cwd}");
        assert!(told.no_always.as_deref().unwrap_or_default().contains(why), "{told:?}");
        let yes = gate.decide(&request, Verdict::Approve, "always").await;
        assert_eq!(yes.is_ok(), offered, "{yes:?}");
        if !offered {
            gate.decide(&request, Verdict::Deny, "once").await.unwrap();
        }
        assert_eq!(asked.await.unwrap().is_ok(), offered);
    }
    gate.end().await;
}
