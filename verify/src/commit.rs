//! How a leaf names what it does not say.
//!
//! A command line may hold a password. The leaf shows a redacted text of it and
//! a commitment: an HMAC-SHA256 (RFC 2104) of the exact bytes under a random
//! key, the salt. Whoever has salt and bytes can show that these are the ones;
//! nobody can guess them from the leaf, however short they are. When both are
//! erased the leaf stays what it was, and so does every proof.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::tree::Hash;

/// A random salt, which is kept as secret as what it hides.
pub type Salt = [u8; 32];

/// What the leaf keeps of `bytes`: `hmac-sha256:` and 64 hexadecimal digits.
pub fn to(salt: &Salt, bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("an HMAC takes a key of any length");
    mac.update(bytes);
    format!("hmac-sha256:{}", Hash(mac.finalize().into_bytes().into()).hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hmac_of_the_standard() {
        // RFC 4231, test case 1; its key of 20 bytes is the same as one padded with zeros.
        let mut salt = [0; 32];
        salt[..20].fill(0x0b);
        let expected = "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(to(&salt, b"Hi There"), expected);
        assert_ne!(to(&salt, b"Hi there"), expected);
    }
}
