//! Frames: a 4-byte big-endian length and that many bytes.

use bytes::{BufMut, BytesMut};
use tokio_util::codec::LengthDelimitedCodec;

/// The largest frame, in bytes without its length.
pub const LIMIT: usize = 8 << 20;

/// Takes frames apart; a length over [`LIMIT`] is an error before anything is allocated.
pub fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().length_field_length(4).max_frame_length(LIMIT).new_codec()
}

/// Appends a frame whose content `write` appends.
///
/// Content over [`LIMIT`] is taken back, and its length is the error.
///
/// # Errors
/// The length of content that no frame can hold.
pub fn append(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) -> Result<(), usize> {
    let begin = out.len();
    out.put_u32(0);
    write(out);
    let length = out.len() - begin - 4;
    if LIMIT < length {
        out.truncate(begin);
        return Err(length);
    }
    let prefix = u32::try_from(length).expect("the limit fits into 32 bits");
    out[begin..begin + 4].copy_from_slice(&prefix.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::codec::Decoder as _;

    #[test]
    fn what_is_appended_comes_out_again() {
        let mut bytes = BytesMut::new();
        append(&mut bytes, |out| out.put_slice(b"{}")).unwrap();
        append(&mut bytes, |_| ()).unwrap();
        assert_eq!(bytes[..4], [0, 0, 0, 2]);
        let mut codec = codec();
        assert_eq!(codec.decode(&mut bytes).unwrap().unwrap(), &b"{}"[..]);
        assert_eq!(codec.decode(&mut bytes).unwrap().unwrap(), &b""[..]);
        assert_eq!(codec.decode(&mut bytes).unwrap(), None);
    }

    #[test]
    fn a_length_over_the_limit_is_refused_from_its_prefix_alone() {
        let mut bytes = BytesMut::from(&[0xff, 0xff, 0xff, 0xff][..]);
        assert!(codec().decode(&mut bytes).is_err());
    }

    #[test]
    fn content_over_the_limit_leaves_nothing_behind() {
        let mut bytes = BytesMut::from(&b"before"[..]);
        assert_eq!(append(&mut bytes, |out| out.put_bytes(0, LIMIT + 1)), Err(LIMIT + 1));
        assert_eq!(bytes, &b"before"[..]);
    }
}
