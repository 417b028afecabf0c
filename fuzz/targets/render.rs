//! Arbitrary bytes as something to be shown: nothing hidden is, and what is cut is counted.

#![no_main]

use daemon_core::exec::{Shown, render};
use daemon_core::text::hidden;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let all = Shown::of(input);
    assert!(!all.text().contains(hidden), "{all:?}");
    let length = |shown: &Shown| shown.text().chars().count() as u64;
    let cut = all.clone().cut(usize::from(input.first().copied().unwrap_or_default()));
    assert_eq!(length(&cut) + cut.more, length(&all));
    for row in render::reason(&String::from_utf8_lossy(input)).rows {
        assert!(length(&row.value) <= 500 && !row.value.text().contains(hidden));
    }
});
