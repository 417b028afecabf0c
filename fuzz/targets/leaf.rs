//! Arbitrary bytes as a leaf: what is taken is spelled as it was read, and nothing else means the same.

#![no_main]

use hob_verify::history::History;
use hob_verify::leaf::Leaf;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut history = History::default();
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(leaf) = Leaf::parse(line) else { continue };
        assert_eq!(leaf.to_line().as_deref(), Ok(line));
        assert!(line.iter().all(|byte| b' ' <= *byte));
        // Whatever it says is judged, and the judge survives it.
        drop(history.follow(&leaf));
    }
});
