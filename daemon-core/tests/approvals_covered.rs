//! What a person is shown is all that he says yes to.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

mod common;

use common::gate::{Gate, answered, asks};
use daemon_core::approvals::ops::Show;
use daemon_core::approvals::request::life::Verdict;
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
