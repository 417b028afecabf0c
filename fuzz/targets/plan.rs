//! Arbitrary JSON as a command that is wanted: it becomes a plan or a refusal, and the plan shows all of itself.

#![no_main]

use daemon_core::exec::{Person, Plan, Wanted, hints, render};
use daemon_core::text::hidden;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(wanted) = serde_json::from_slice::<Wanted>(input) else { return };
    let person = Person { home: "/".into(), user: "u".into(), uid: 1000 };
    let plan = match Plan::of(wanted, "fuzz", &person) {
        Ok(plan) => plan,
        Err(error) => {
            assert!(!error.to_string().contains(hidden), "{error}");
            return;
        }
    };
    let canonical = plan.canonical();
    let read = Plan::from_canonical(&canonical).expect("what was written can be read");
    assert_eq!((read.digest(), &read), (plan.digest(), &plan));
    for block in render::whole(&plan).iter().chain(&render::brief(&plan)) {
        for row in &block.rows {
            assert!(!row.value.text().contains(hidden) && !row.label.text().contains(hidden));
            assert!(row.badges.iter().all(|badge| !badge.text.contains(hidden)));
        }
    }
    let line = render::line(b"x", plan.argv().iter().map(AsRef::as_ref), 300);
    assert!(!line.contains(hidden) && !render::notice(&plan).contains(hidden));
    assert!(hints::hints(&plan).iter().all(|hint| !hint.text.contains(hidden)));
});
