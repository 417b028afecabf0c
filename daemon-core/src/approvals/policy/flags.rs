//! Whether a program was given certain flags, however they are written.
//!
//! For prohibitions: `has_flags = ["r", "f"]` is true of `-rf`, `-fr`, `-r -f`,
//! `--recursive --force`, `--rec -f` and `-Rf`. It may be true of more than that,
//! since an argument that looks like a flag can be the value of another; a
//! prohibition says too much rather than too little.

/// What a letter is called in full, and which other letters mean the same.
const NAMES: [(char, &str, &[&str]); 8] = [
    ('r', "R", &["recursive"]),
    ('R', "r", &["recursive"]),
    ('f', "", &["force"]),
    ('n', "", &["dry-run"]),
    ('y', "", &["yes", "assume-yes"]),
    ('a', "", &["all"]),
    ('d', "", &["delete"]),
    ('i', "", &["in-place", "interactive"]),
];

/// Whether all of these flags are there.
pub(super) fn has_all(wanted: &[String], argv: &[impl AsRef<[u8]>]) -> bool {
    wanted.iter().all(|flag| argv.iter().any(|token| gives(token.as_ref(), flag)))
}

/// What cannot be a flag's name.
pub(super) fn check(flag: &str) -> Result<(), String> {
    let is_name = !flag.is_empty() && flag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if flag.starts_with('-') || !is_name || 64 < flag.len() {
        return Err("a flag is named without \"-\": \"r\", or \"recursive\"".to_owned());
    }
    Ok(())
}

fn gives(token: &[u8], flag: &str) -> bool {
    let mut letters = flag.chars();
    let letter = letters.next().filter(|_| letters.next().is_none());
    let known = letter.and_then(|letter| NAMES.iter().find(|known| known.0 == letter));
    if let Some(name) = token.strip_prefix(b"--") {
        let name = name.split(|byte| *byte == b'=').next().unwrap_or(name);
        let longs = known.map_or(&[][..], |known| known.2);
        return !name.is_empty() && longs.iter().chain([&flag]).any(|long| long.as_bytes().starts_with(name));
    }
    let Some(cluster) = token.strip_prefix(b"-") else { return false };
    match letter {
        Some(letter) => cluster.iter().any(|byte| {
            let byte = char::from(*byte);
            byte == letter || known.is_some_and(|known| known.1.contains(byte))
        }),
        // `-recursive`, as some programs have it.
        None => cluster == flag.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_however_they_are_written() {
        let wanted = ["r".to_owned(), "f".to_owned()];
        for (argv, expected) in [
            ("-rf x", true),
            ("-fr x", true),
            ("x -r y -f", true),
            ("--recursive --force x", true),
            ("--rec -f x", true),
            ("-Rf x", true),
            ("-rvf", true),
            ("-r x", false),
            ("rf", false),
            ("-f", false),
            ("- f r", false),
            ("", false),
        ] {
            let argv: Vec<&str> = argv.split(' ').collect();
            assert_eq!(has_all(&wanted, &argv), expected, "{argv:?}");
        }
        assert!(has_all(&["force-with-lease".to_owned()], &["--force-with-lease=x"]));
    }

    #[test]
    fn a_flag_is_named_without_its_dashes() {
        assert!(check("r").is_ok() && check("dry-run").is_ok());
        for bad in ["-r", "--force", "", "a b", "r=1"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
