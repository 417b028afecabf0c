//! What looks like a secret, so that it is not read over a shoulder or kept in a log.
//!
//! Only shapes that credentials have, of characters that credentials have: no
//! blank, quote or sign that means something to a shell, so that a command cannot
//! be hidden by writing it like one.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// The shapes; what is covered is the group, or all of it if there is none.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let shapes = [
        // By their makers' prefixes.
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\b(?:gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_[0-9A-Za-z_]{50,255})",
        r"\bglpat-[0-9A-Za-z_\-]{20,64}",
        r"\bsk-[0-9A-Za-z_\-]{20,255}",
        r"\b[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}",
        r"\bxox[abposr]-[0-9A-Za-z\-]{10,255}",
        r"\bAIza[0-9A-Za-z_\-]{35}",
        r"\bnpm_[0-9A-Za-z]{36}",
        r"\bhf_[0-9A-Za-z]{30,64}",
        // JSON Web Tokens.
        r"\beyJ[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{8,}",
        // By what stands before them.
        r"(?i)\b(?:bearer|basic|token)\s+([0-9A-Za-z_\-.+/=~]{8,4096})",
        r"(?i)[0-9a-z_\-]*(?:password|passwd|secret|token|api[_\-]?key|access[_\-]?key)[0-9a-z_\-]*[=:]\s?([0-9A-Za-z_\-.+/=~!@%^,]{4,4096})",
        r"[a-z][a-z0-9+.\-]*://[^\s/@:]*:([^\s/@]{1,256})@",
    ];
    shapes.iter().map(|shape| Regex::new(shape).expect("the shapes are constant")).collect()
});

/// Words after which a secret follows as a word of its own.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let flag = r"(?i)^--?[a-z0-9\-]*(?:password|passwd|passphrase|secret|token|api-?key|access-?key)$";
    Regex::new(flag).expect("it is constant")
});

/// The secrets in a value, in order and apart from one another.
pub(super) fn secrets(bytes: &[u8]) -> Vec<Range<usize>> {
    let found = SHAPES.iter().flat_map(|shape| {
        shape.captures_iter(bytes).filter_map(|found| Some(found.get(1).or(found.get(0))?.range()))
    });
    let mut found: Vec<Range<usize>> = found.collect();
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Whether the word after this one is a secret, of the characters that secrets have.
pub(super) fn announces(word: &[u8], next: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+/=~!@%^,:".contains(byte);
    BEFORE.is_match(word) && !next.is_empty() && !next.starts_with(b"-") && next.iter().all(fits)
}

/// Whether a variable of this name holds a secret.
pub(super) fn is_of_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "ACCESS_KEY", "CREDENTIAL"]
        .iter()
        .any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, covered: &[&str]) {
        let found: Vec<&str> = secrets(text.as_bytes()).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, covered, "{text}");
    }

    #[test]
    fn what_looks_like_a_credential_is_found() {
        let token = format!("ghp_{}", "a1B2".repeat(9));
        check(&format!("https://x/{token}?a"), &[&token]);
        check("AKIAIOSFODNN7EXAMPLE", &["AKIAIOSFODNN7EXAMPLE"]);
        check("Authorization: Bearer abcdef123456", &["abcdef123456"]);
        check("https://user:hunter2@example.org/", &["hunter2"]);
        check("--password=hunter2", &["hunter2"]);
        check("DB_PASSWORD=hunter2 x", &["hunter2"]);
        let key = format!("sk-{}", "a1B2".repeat(6));
        check(&key, &[&key]);
        check("git commit -m token", &[]);
        check("https://example.org/a:b@c", &[]);
    }

    #[test]
    fn no_command_is_hidden_by_looking_like_a_credential() {
        for text in ["token=$(rm -rf /)", "password=`id`", "Bearer ;rm", "secret='x;y'"] {
            let covered = secrets(text.as_bytes());
            let hides = |range: &Range<usize>| text[range.clone()].contains(['$', '`', ';', ' ', '(', '\'']);
            assert!(!covered.iter().any(hides), "{text}");
        }
        assert!(announces(b"--token", b"abc123") && announces(b"--db-password", b"x"));
        assert!(
            !announces(b"--token", b"a;b") && !announces(b"--token", b"--x") && !announces(b"--tok", b"x")
        );
    }
}
