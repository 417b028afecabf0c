//! What a service or a job may be called, and how a name that it may not be is shown.
//!
//! A name becomes a directory of logs, a word on a command line and a key in a
//! TOML file, so it is kept to characters that mean nothing special in any of
//! them. One `/` sets a project's services apart: `shop/web`. As part of a path
//! the whole is one component, whatever the name ([`as_file_name`]): nested
//! directories would let the files of a service `shop` and of `shop/web` meet.

use std::path::PathBuf;

use crate::text::brief as visible;

const LONGEST: usize = 64;

/// A name that nothing of this kind may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing there.
    #[error("a {what} needs a name")]
    Empty {
        /// What it is to be the name of, such as `service`.
        what: &'static str,
    },
    /// Too many characters.
    #[error(
        "the {what} name \"{shown}\" is too long: {length} characters, at most {LONGEST} (each side of a \"/\")"
    )]
    TooLong {
        /// What it is to be the name of.
        what: &'static str,
        /// The name, cut short.
        shown: String,
        /// How long it is.
        length: usize,
    },
    /// A character that a name cannot have, or not there.
    #[error(
        "the {what} name \"{shown}\" is not allowed: use letters, digits, \".\", \"_\" and \"-\", the first a letter or digit, with at most one project before it as in \"shop/web\""
    )]
    Malformed {
        /// What it is to be the name of.
        what: &'static str,
        /// The name, cut short.
        shown: String,
    },
    /// It has a project before it, or looks so.
    #[error(
        "the {what} name \"{shown}\" is not allowed: use letters, digits, \".\", \"_\" and \"-\", the first a letter or digit"
    )]
    NotPlain {
        /// What it is to be the name of.
        what: &'static str,
        /// The name, cut short.
        shown: String,
    },
}

/// Checks the name of a service or job (`what`): 1 to 64 of `a-z A-Z 0-9 . _ -`, the first a
/// letter or digit, optionally after a project's name of the same kind and a `/`.
pub fn check_name(what: &'static str, name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty { what });
    }
    let (project, own) = name.split_once('/').map_or((None, name), |(project, rest)| (Some(project), rest));
    for part in project.into_iter().chain([own]) {
        let length = part.chars().count();
        if LONGEST < length {
            return Err(NameError::TooLong { what, shown: visible(name), length });
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !part.starts_with(|first: char| first.is_ascii_alphanumeric()) || !part.bytes().all(fits) {
            return Err(NameError::Malformed { what, shown: visible(name) });
        }
    }
    Ok(())
}

/// Checks the name of something that belongs to no project, such as a project: as [`check_name`], without a `/`.
pub(crate) fn check_plain_name(what: &'static str, name: &str) -> Result<(), NameError> {
    match check_name(what, name) {
        Err(NameError::Malformed { shown, .. }) => Err(NameError::NotPlain { what, shown }),
        Ok(()) if name.contains('/') => Err(NameError::NotPlain { what, shown: visible(name) }),
        checked => checked,
    }
}

/// Checks the name of a project.
pub fn check_project_name(name: &str) -> Result<(), NameError> {
    check_plain_name("project", name)
}

/// The name of a directory that looks like this, for a project without a name of its own.
pub fn project_name_of(directory: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    let name: String = directory.chars().map(|it| if fits(it) { it } else { '-' }).collect();
    let name = name.trim_start_matches(|first: char| !first.is_ascii_alphanumeric()).trim_end_matches('-');
    let name = &name[..name.len().min(LONGEST)];
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

/// A service as one component of a path: the `/` of a project becomes `+` (`shop+web`), and every byte that
/// is not a letter, a digit, `-`, `_` or an inner `.` becomes `%` and two digits.
pub fn as_file_name(service: &str) -> String {
    let mut name = String::with_capacity(service.len());
    for (at, byte) in service.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' | b'@' if 0 < at => name.push(char::from(byte)),
            b'/' => name.push('+'),
            other => name.push_str(&format!("%{other:02x}")),
        }
    }
    name
}

/// The service whose [`as_file_name`] this is; `None` if it is no service's.
pub fn of_file_name(file: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(file.len());
    let mut rest = file.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b'/',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    let service = String::from_utf8(bytes).ok()?;
    // Two files must never speak for one service.
    (as_file_name(&service) == file).then_some(service)
}

/// `path` as a program may use it: `~` is the home directory, and what is
/// relative starts at `base`. `Err` is the reason.
pub(crate) fn absolute(
    path: &str,
    home: &std::path::Path,
    base: &std::path::Path,
) -> Result<PathBuf, String> {
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if path.contains('\0') {
        return Err(format!("the path \"{}\" contains a NUL character", visible(path)));
    }
    if path == "~" {
        return Ok(home.to_owned());
    }
    if let Some(rest) = path.strip_prefix("~/") {
        return Ok(home.join(rest));
    }
    if path.starts_with('~') {
        return Err(format!("\"{}\": only \"~\" itself stands for a home directory", visible(path)));
    }
    Ok(base.join(path))
}

/// The 64-bit FNV-1a hash, with the constants of RFC 9923.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(name: &str, refusal: Option<&str>) {
        let checked = check_name("service", name).map_err(|error| error.to_string());
        match refusal {
            None => assert_eq!(checked, Ok(())),
            Some(part) => assert!(checked.clone().is_err_and(|error| error.contains(part)), "{checked:?}"),
        }
    }

    #[test]
    fn plain_names_and_one_project_are_fine() {
        for name in ["web", "a", "0", "Shop.web-2_x", "shop/web", &"x".repeat(64)] {
            check(name, None);
        }
    }

    #[test]
    fn whatever_could_mean_something_else_is_refused() {
        check("", Some("needs a name"));
        check(&"x".repeat(300), Some("300 characters, at most 64"));
        for name in [
            "..", ".", "../etc", "a/../b", "a/b/c", "/web", "web/", "-rf", "_x", "w b", "grün", "😀", "a/",
            "a\\b",
        ] {
            check(name, Some("is not allowed"));
        }
    }

    #[test]
    fn control_characters_of_a_refused_name_are_shown_not_sent() {
        check("a\u{1b}[31mb\n\u{202e}", Some(r"a\u{1b}[31mb\n\u{202e}"));
    }

    #[test]
    fn a_directory_gives_its_project_a_name_that_is_allowed() {
        for (directory, name) in [
            ("shop", "shop"),
            ("My Shop (2)", "My-Shop--2"),
            (".hidden", "hidden"),
            ("東京", "project"),
            ("", "project"),
        ] {
            assert_eq!(project_name_of(directory), name);
        }
    }

    #[test]
    fn what_has_no_name_is_called_by_what_it_is() {
        let said = |checked: Result<(), NameError>| checked.unwrap_err().to_string();
        assert_eq!(said(check_name("job", "")), "a job needs a name");
        assert_eq!(said(check_plain_name("queue", "")), "a queue needs a name");
        assert!(said(check_name("job", "a b")).starts_with("the job name \"a b\" is not allowed"));
        let refused = said(check_plain_name("queue", "shop/build"));
        assert!(refused.starts_with("the queue name \"shop/build\"") && !refused.contains("project"));
    }

    #[test]
    fn a_project_is_one_part_of_a_name() {
        assert!(check_project_name("shop").is_ok());
        for name in ["", "a/b", "..", "shop/", &"x".repeat(65)] {
            assert!(check_project_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_starts_at_home_or_at_its_file() {
        let resolve = |path| absolute(path, "/home/ada".as_ref(), "/etc/hob".as_ref());
        assert_eq!(resolve("~/src"), Ok("/home/ada/src".into()));
        assert_eq!(resolve("~"), Ok("/home/ada".into()));
        assert_eq!(resolve("site"), Ok("/etc/hob/site".into()));
        assert_eq!(resolve("/srv"), Ok("/srv".into()));
        assert!(resolve("~bob/src").is_err());
        assert!(resolve("").is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_one_short_line(text in any::<String>()) {
            let shown = visible(&text);
            prop_assert!(!shown.chars().any(char::is_control));
            prop_assert!(shown.chars().count() <= 81 * 10);
        }

        #[test]
        fn every_directory_gives_an_allowed_name(directory in ".*") {
            prop_assert_eq!(check_project_name(&project_name_of(&directory)), Ok(()));
        }

        #[test]
        fn a_file_name_is_one_component_and_leads_back(name in "\\PC{1,20}") {
            let file = as_file_name(&name);
            prop_assert!(!file.contains('/') && !file.starts_with('.'));
            prop_assert_eq!(of_file_name(&file), Some(name));
        }

        #[test]
        fn no_allowed_name_leaves_its_directory(name in "[a./_-]{1,6}") {
            if check_name("job", &name).is_ok() {
                let inside = std::path::Path::new(&name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
                prop_assert!(inside);
            }
        }
    }
}
