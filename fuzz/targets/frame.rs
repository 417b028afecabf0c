//! Frames in arbitrary pieces, and whatever they hold read as a client's and as a server's message.
//!
//! The first byte says in how large pieces the rest arrives. What is taken from
//! a frame must be a part of it, and what refuses it must fit into a frame.

#![no_main]

use bytes::BytesMut;
use daemon_core::wire::{envelope, frame};
use libfuzzer_sys::fuzz_target;
use tokio_util::codec::Decoder as _;

fuzz_target!(|input: &[u8]| {
    let Some((&piece, bytes)) = input.split_first() else { return };
    let (mut codec, mut buffer) = (frame::codec(), BytesMut::new());
    for piece in bytes.chunks(usize::from(piece).max(1)) {
        buffer.extend_from_slice(piece);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(frame)) => read(&frame),
                Ok(None) => break,
                Err(_too_large) => return,
            }
        }
    }
    // Without the frames around it the fuzzer gets to the envelope much sooner.
    read(bytes);
});

fn read(frame: &[u8]) {
    match envelope::parse(frame) {
        Ok(envelope::Message::Call { id, params, .. }) => {
            assert!(id.len() <= 64 && params.starts_with('{'));
            let mut out = BytesMut::new();
            envelope::respond(&mut out, id, Ok(b"{}"));
            assert!(std::str::from_utf8(&out[4..]).is_ok());
        }
        Ok(envelope::Message::Cancel { id } | envelope::Message::Identify { id, .. }) => assert!(!id.is_empty()),
        Err(refusal) => {
            let mut out = BytesMut::new();
            envelope::respond_refusal(&mut out, &refusal);
            let length = u32::from_be_bytes(out[..4].try_into().expect("a frame has a length"));
            assert_eq!(length as usize + 4, out.len());
        }
    }
    drop(envelope::parse_answer(frame));
}
