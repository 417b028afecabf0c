//! What a plan is known by.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use super::super::files::hex;

/// Before what is hashed, so that no other hash of ours can be taken for one of these.
const DOMAIN: &[u8] = b"hob-plan-v1\0";
/// Crockford's base 32: no letter that looks like a digit.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of the short code.
const SHORT: usize = 6;

/// The SHA-256, in hex, of what is said of several files of a plan, and of what they are there for.
pub(super) fn of_files(role: &str, files: &impl Serialize) -> String {
    let text = serde_json::to_vec(&(role, files)).expect("strings in lists can be written");
    hex(&Sha256::digest(text))
}

/// The digest of a plan: `sha256:` and 64 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is \"sha256:\" and 64 digits of 0-9 and a-f; a short code is only for comparing by eye")]
pub struct NoDigest;

impl Digest {
    /// Of a plan in its canonical form.
    pub(crate) fn of(canonical: &[u8]) -> Digest {
        let hash = Sha256::new().chain_update(DOMAIN).chain_update(canonical).finalize();
        Digest(format!("sha256:{}", hex(&hash)))
    }

    /// The whole, as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Six letters for comparing by eye on two screens; no decision is ever taken by them.
    pub fn short(&self) -> String {
        let first = self.0.get("sha256:".len()..).and_then(|hex| hex.get(..8)).unwrap_or_default();
        let bits = u32::from_str_radix(first, 16).unwrap_or_default();
        let letter = |place: usize| char::from(LETTERS[(bits >> (27 - 5 * place) & 31) as usize]);
        (0..SHORT).map(letter).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Digest, NoDigest> {
        let digits = text.strip_prefix("sha256:").ok_or(NoDigest)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_one = digits.len() == 64 && digits.bytes().all(is_digit);
        if is_one { Ok(Digest(text.to_owned())) } else { Err(NoDigest) }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Digest, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "The digest of a plan",
            "pattern": "^sha256:[0-9a-f]{64}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_code_is_no_digest() {
        let digest = Digest::of(b"{}");
        assert_eq!(digest.as_str().parse(), Ok(digest.clone()));
        assert_eq!(digest.short().len(), 6);
        for text in [digest.short(), String::new(), "sha256:".into(), digest.as_str().to_uppercase()] {
            assert_eq!(text.parse::<Digest>(), Err(NoDigest), "{text}");
        }
        let zeros: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        assert_eq!(zeros.short(), "000000");
        let ones: Digest = format!("sha256:{}", "f".repeat(64)).parse().unwrap();
        assert_eq!(ones.short(), "ZZZZZZ");
    }
}
