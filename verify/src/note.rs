//! A text with signatures on it: the C2SP signed note, with Ed25519 keys.
//!
//! ```text
//! the text, which ends with a newline
//!
//! — name base64(key id, signature)
//! ```
//!
//! A note is read strictly and may carry signatures of keys that nobody here
//! knows, such as a witness's; [`Verifier::open`] wants those of one key and
//! takes the text only if they are there and good. A name is part of the key's
//! id, so that a key cannot speak for another log.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The largest note that is read, in bytes.
pub const MAX_NOTE: usize = 64 << 10;
/// The most signatures on a note that is read.
const MAX_SIGNATURES: usize = 64;
/// The only kind of key there is yet.
const ED25519: u8 = 1;

/// A text and the signatures on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last newline.
    pub text: String,
    /// The signatures, of whomever.
    pub signatures: Vec<Signature>,
}

/// One signature on a note, good or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who is said to have signed.
    pub name: String,
    /// The id of the key.
    pub id: u32,
    /// What follows the id, as the kind of key has it.
    pub bytes: Vec<u8>,
}

/// Why a note is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not a note.
    #[error("it is no signed note: {0}")]
    Malformed(&'static str),
    /// The key has not signed it.
    #[error("{0} has not signed it")]
    Unsigned(String),
    /// It says that the key has signed it, which is not so.
    #[error("the signature of {0} is not good")]
    Forged(String),
}

/// A key's text is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is name+8 hexadecimal digits+base64, with an id that belongs to both")]
pub struct NoKey;

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// `Malformed`, whatever is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Note, Refused> {
        if MAX_NOTE < bytes.len() {
            return Err(Refused::Malformed("it is too long"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| Refused::Malformed("it is not UTF-8"))?;
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(Refused::Malformed("it has a control character"));
        }
        let (text, signatures) =
            note.rsplit_once("\n\n").ok_or(Refused::Malformed("there is no empty line"))?;
        let signatures =
            signatures.strip_suffix('\n').ok_or(Refused::Malformed("it does not end with a newline"))?;
        if MAX_SIGNATURES < signatures.split('\n').count() {
            return Err(Refused::Malformed("it has too many signatures"));
        }
        let signatures = signatures.split('\n').map(Signature::parse).collect::<Result<_, _>>()?;
        Ok(Note { text: format!("{text}\n"), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

impl Signature {
    fn parse(line: &str) -> Result<Signature, Refused> {
        let malformed = Refused::Malformed("a signature is `— name base64`");
        let (name, encoded) =
            line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(malformed.clone())?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| malformed.clone())?;
        match bytes.split_first_chunk() {
            Some((id, bytes)) if is_name(name) && !bytes.is_empty() => {
                Ok(Signature { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_owned() })
            }
            _ => Err(malformed),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64_STANDARD.encode([&self.id.to_be_bytes(), &self.bytes[..]].concat());
        write!(formatter, "— {} {encoded}", self.name)
    }
}

/// A key that can only check. Its text is the `vkey` that is handed out.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl Verifier {
    /// The name in the key, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key has signed. All signatures in its name must be good.
    ///
    /// # Errors
    /// Why the text is not to be believed.
    pub fn open<'a>(&self, note: &'a Note) -> Result<&'a str, Refused> {
        let ours = note.signatures.iter().filter(|it| it.id == self.id && it.name == self.name);
        let mut signed = false;
        for signature in ours {
            let good = Ed25519::from_slice(&signature.bytes)
                .and_then(|signature| self.key.verify_strict(note.text.as_bytes(), &signature));
            good.map_err(|_| Refused::Forged(self.name.clone()))?;
            signed = true;
        }
        if signed { Ok(&note.text) } else { Err(Refused::Unsigned(self.to_string())) }
    }
}

impl FromStr for Verifier {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Verifier, NoKey> {
        let (name, rest) = text.split_once('+').ok_or(NoKey)?;
        let (id, key) = rest.split_once('+').ok_or(NoKey)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_| NoKey)?;
        let (ED25519, Ok(public)) = (*key.first().ok_or(NoKey)?, key[1..].try_into()) else {
            return Err(NoKey);
        };
        let verifier = verifier(name, VerifyingKey::from_bytes(public).map_err(|_| NoKey)?);
        let is_whole = is_name(name) && id == format!("{:08x}", verifier.id) && !verifier.key.is_weak();
        if is_whole { Ok(verifier) } else { Err(NoKey) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode(encoded(&self.key));
        write!(formatter, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A key that can sign. It has no text and is not shown.
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// The key that `secret` is, in the name of a log.
    ///
    /// # Errors
    /// For a name that is empty or has a space or a plus.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Signer, NoKey> {
        if !is_name(name) {
            return Err(NoKey);
        }
        let key = SigningKey::from_bytes(secret);
        let verifier = verifier(name, key.verifying_key());
        Ok(Signer { key, verifier })
    }

    /// Whoever has this can check what this key has signed.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text that ends with a newline.
    pub fn sign(&self, text: String) -> Note {
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        let signature = Signature { name: self.verifier.name.clone(), id: self.verifier.id, bytes };
        Note { text, signatures: vec![signature] }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Signer").field(&self.verifier).finish()
    }
}

fn verifier(name: &str, key: VerifyingKey) -> Verifier {
    let digest = Sha256::new_with_prefix(name).chain_update(b"\n").chain_update(encoded(&key)).finalize();
    let id = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    Verifier { name: name.to_owned(), id, key }
}

fn encoded(key: &VerifyingKey) -> Vec<u8> {
    [&[ED25519][..], key.as_bytes()].concat()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|it: char| it.is_whitespace() || it == '+' || it.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the C2SP specification's model, Go's golang.org/x/mod/sumdb/note.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn check(note: &str, refused: Refused) {
        let key: Verifier = VKEY.parse().unwrap();
        let outcome = Note::parse(note.as_bytes()).and_then(|note| key.open(&note).map(str::to_owned));
        assert_eq!(outcome.map_err(|it| std::mem::discriminant(&it)), Err(std::mem::discriminant(&refused)));
    }

    #[test]
    fn a_note_of_the_specification_is_opened() {
        let (key, note) = (VKEY.parse::<Verifier>().unwrap(), Note::parse(NOTE.as_bytes()).unwrap());
        assert!(key.open(&note).unwrap().ends_with("what your problem is.\n"));
        assert_eq!((key.to_string().as_str(), note.to_string().as_str()), (VKEY, NOTE));
    }

    #[test]
    fn what_is_not_a_good_note_is_refused() {
        check(&NOTE.replacen("answer", "Answer", 1), Refused::Forged(String::new()));
        check(&NOTE.replacen("9UG", "9UH", 1), Refused::Forged(String::new()));
        check(&NOTE.replacen("— PeterNeumann", "— JohnGilmore", 1), Refused::Unsigned(String::new()));
        for malformed in [
            "",
            "\n\n",
            "text\n",
            "text\n\n",
            "text\n\n— name\n",
            "text\n\n— name AAAA\n",
            "text\n\n- name AAAAAAAA\n",
            "text\n\n— na+me AAAAAAAA\n",
            "text\u{1}\n\n— name AAAAAAAA\n",
            &NOTE[..NOTE.len() - 1],
            &NOTE.replacen('\n', "\r\n", 1),
        ] {
            check(malformed, Refused::Malformed(""));
        }
        let many = format!("{NOTE}{}", "— name AAAAAAAA\n".repeat(65));
        check(&many, Refused::Malformed(""));
    }

    #[test]
    fn one_bad_signature_in_our_name_spoils_the_note() {
        let signature = NOTE.lines().last().unwrap();
        let twice = format!("{NOTE}{}\n", signature.replacen("9UG", "9UH", 1));
        check(&twice, Refused::Forged(String::new()));
    }

    #[test]
    fn a_key_whose_id_is_anothers_is_none() {
        for bad in [
            VKEY.replacen("PeterNeumann", "PeterNewmann", 1),
            VKEY.replacen("c74f20a3", "C74F20A3", 1),
            VKEY.replacen("+ARpc", "+AhPc", 1),
            VKEY.replacen("10TW", "10TX", 1),
            "name+00000000+".to_owned(),
            String::new(),
        ] {
            assert!(bad.parse::<Verifier>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_signed_here_opens_here() {
        let signer = Signer::new("log.example/1", &[7; 32]).unwrap();
        let note = signer.sign("a\n\nb\n".to_owned());
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!((signer.verifier().open(&read).unwrap(), &read), ("a\n\nb\n", &note));
        assert!(Signer::new("two words", &[7; 32]).is_err());
        assert!(!format!("{signer:?}").contains("7, 7"));
    }
}
