//! One glob: the directory that its literal beginning leads to, and what is matched below that.
//!
//! The beginning decides what is watched: `/etc/nginx/*.conf` needs one
//! directory and not all of the disk. A glob without any wildcard names one file,
//! or, where there is a directory of that name, everything in it.
//!
//! `*` and `?` stay within one name, `**` is any number of directories,
//! `{a,b}` either, `[a-z]` one of them; upper and lower case differ, as they do
//! on the file systems of Linux.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use globset::{ErrorKind, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::text::brief;

/// The longest glob, in bytes.
const LONGEST: usize = 1024;
const META: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// Why a glob is refused, and what to write instead.
pub(super) type Refused = (String, Option<&'static str>);

/// A glob with its place in the file system.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    /// The file itself if there is no wildcard, otherwise the directory above the first one; absolute.
    pub(super) root: PathBuf,
    rest: Option<Rest>,
}

/// What is matched below the root.
#[derive(Debug, Clone)]
struct Rest {
    whole: GlobSet,
    steps: Vec<Step>,
}

/// What one directory on the way down, or at the end the file, has to be called.
#[derive(Debug, Clone)]
enum Step {
    Named(GlobSet),
    /// From here on, any depth.
    Any,
}

impl Glob {
    /// Reads a glob that is relative to the absolute directory `base`.
    pub(super) fn new(text: &str, base: &Path) -> Result<Glob, Refused> {
        let shown = brief(text);
        if text.trim().is_empty() {
            return Err(("an empty glob matches nothing".to_owned(), Some("remove it")));
        }
        if LONGEST < text.len() {
            return Err((format!("a glob may have {LONGEST} bytes, and this has {}", text.len()), None));
        }
        if text.contains('\0') {
            return Err((format!("{shown} has a NUL character, and no file name has"), None));
        }
        if text == "~" || text.starts_with("~/") {
            return Err((
                format!("{shown}: \"~\" is not replaced in a glob"),
                Some("write the home directory out"),
            ));
        }
        let is_literal = |name: &&str| !name.contains(META);
        let names: Vec<&str> = text.split('/').collect();
        let literal = names.iter().take_while(|name| is_literal(name)).count();
        let root = lexical(&base.join(if text.starts_with('/') { "/" } else { "" }), &names[..literal]);
        if literal == names.len() {
            if root == Path::new("/") {
                return Err(everything(&shown));
            }
            return Ok(Glob { root, rest: None });
        }

        let mut rest: Vec<&str> =
            names[literal..].iter().copied().filter(|it| !["", "."].contains(it)).collect();
        if text.ends_with('/') {
            rest.push("**");
        }
        if rest.contains(&"..") {
            let hint = "name the directory itself: \"../other/**\" is possible";
            return Err((format!("{shown}: \"..\" cannot come after a wildcard"), Some(hint)));
        }
        let whole = compiled(&rest.join("/")).map_err(|kind| unreadable(text, &kind))?;
        if root == Path::new("/") && 1 < rest.len() || root == Path::new("/") && rest == ["**"] {
            return Err(everything(&shown));
        }
        Ok(Glob { root, rest: Some(Rest { whole, steps: steps(&rest) }) })
    }

    /// Whether it is this file that is named, without any wildcard.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.rest.is_none() && self.root == path
    }

    /// Whether it has a wildcard.
    pub(super) fn is_wild(&self) -> bool {
        self.rest.is_some()
    }

    /// Whether a file or directory is meant.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.root) else { return false };
        self.rest.as_ref().is_none_or(|rest| !below.as_os_str().is_empty() && rest.whole.is_match(below))
    }

    /// Whether something in this directory, at whatever depth, can be meant.
    pub(super) fn may_be_in(&self, dir: &Path) -> bool {
        let Ok(below) = dir.strip_prefix(&self.root) else { return false };
        let Some(rest) = &self.rest else { return true };
        let mut steps = rest.steps.iter();
        for name in below.components() {
            match steps.next() {
                Some(Step::Any) => return true,
                Some(Step::Named(names)) if names.is_match(Path::new(&name)) => {}
                _ => return false,
            }
        }
        steps.next().is_some()
    }
}

/// A glob for one name, wherever it is.
pub(super) fn name(text: &str) -> Result<GlobSet, Refused> {
    compiled(text).map_err(|kind| unreadable(text, &kind))
}

/// Whether one of these names is so called.
pub(super) fn is_called(names: &GlobSet, name: &OsStr) -> bool {
    names.is_match(Path::new(name))
}

fn everything(shown: &str) -> Refused {
    (
        format!("{shown} would watch the whole file system"),
        Some("begin with the directory that matters, such as \"/etc/nginx/**\""),
    )
}

fn lexical(base: &Path, names: &[&str]) -> PathBuf {
    let mut path = PathBuf::from("/");
    let below = names.iter().flat_map(|name| Path::new(name).components());
    for component in base.components().chain(below) {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path
}

fn compiled(text: &str) -> Result<GlobSet, ErrorKind> {
    let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
    let set = glob.and_then(|glob| GlobSetBuilder::new().add(glob).build());
    set.map_err(|error| error.kind().clone())
}

/// A name that cannot be understood alone, as of `{a/b,c}`, may be anything: then more is watched than is needed.
fn steps(rest: &[&str]) -> Vec<Step> {
    let step = |name: &&str| match compiled(name) {
        Ok(names) if !name.contains("**") => Step::Named(names),
        _ => Step::Any,
    };
    rest.iter().map(step).collect()
}

fn unreadable(text: &str, kind: &ErrorKind) -> Refused {
    let what = match (kind, culprit(text, kind)) {
        (ErrorKind::DanglingEscape, _) => {
            "it ends with \"\\\", and nothing follows to be taken literally".into()
        }
        (ErrorKind::UnclosedClass, Some(at)) => format!("the \"[\" at character {at} is never closed"),
        (ErrorKind::UnclosedAlternates, Some(at)) => format!("the \"{{\" at character {at} is never closed"),
        (ErrorKind::UnopenedAlternates, Some(at)) => format!("the \"}}\" at character {at} was never opened"),
        (ErrorKind::InvalidRange(from, to), Some(at)) => {
            format!("the range {from}-{to} at character {at} is the wrong way round")
        }
        (kind, _) => kind.to_string(),
    };
    let hint = "a character is taken literally after a \"\\\" (in TOML, '\\[' in single quotes)";
    (format!("{} is not a glob: {what}", brief(text)), Some(hint))
}

/// The character, counted from 1, that a glob is wrong at.
fn culprit(text: &str, kind: &ErrorKind) -> Option<usize> {
    let characters: Vec<char> = text.chars().collect();
    let mut open = Vec::new();
    let mut class: Option<usize> = None;
    let mut at = 0;
    while at < characters.len() {
        match (characters[at], class) {
            ('\\', None) => at += 1,
            ('[', None) => {
                class = Some(at);
                // A "]" that comes first is one of the class.
                at += usize::from(characters.get(at + 1).is_some_and(|it| ['!', '^'].contains(it)));
                at += usize::from(characters.get(at + 1) == Some(&']'));
            }
            (']', Some(_)) => class = None,
            ('-', Some(_)) => {
                if let ErrorKind::InvalidRange(from, to) = kind
                    && characters[at - 1] == *from
                    && characters.get(at + 1) == Some(to)
                {
                    return Some(at);
                }
            }
            ('{', None) => open.push(at),
            ('}', None) if open.pop().is_none() => {
                return matches!(kind, ErrorKind::UnopenedAlternates).then_some(at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    match kind {
        ErrorKind::UnclosedClass => class.map(|at| at + 1),
        ErrorKind::UnclosedAlternates => open.last().map(|at| at + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        Glob::new(text, Path::new("/base/dir")).unwrap()
    }

    #[test]
    fn the_literal_beginning_is_the_root() {
        for (text, root) in [
            ("src/**/*.rs", "/base/dir/src"),
            ("./src//a?.c", "/base/dir/src"),
            ("*.toml", "/base/dir"),
            ("../shared/**", "/base/shared"),
            ("/etc/hosts", "/etc/hosts"),
            ("/etc/nginx/{a,b}/x.conf", "/etc/nginx"),
            ("{src,lib/x}/**", "/base/dir"),
            ("src/", "/base/dir/src"),
        ] {
            assert_eq!(glob(text).root, Path::new(root), "{text}");
        }
    }

    #[test]
    fn what_is_meant_matches() {
        for (text, path, matches) in [
            ("src/**/*.rs", "src/a.rs", true),
            ("src/**/*.rs", "src/deep/down/a.rs", true),
            ("src/**/*.rs", "src/a.rb", false),
            ("src/*.rs", "src/deep/a.rs", false),
            ("src/**", "src/deep/a", true),
            ("src/**", "src", false),
            ("src", "src/deep/a", true),
            ("src", "src", true),
            ("src", "srcs", false),
            ("*.TXT", "a.txt", false),
            ("{src,lib/x}/**", "lib/x/a", true),
            ("a/*/", "a/b/c", true),
            ("a/\\[id\\].ts", "a/[id].ts", true),
            ("../other/*.c", "../other/a.c", false),
        ] {
            assert_eq!(glob(text).matches(&Path::new("/base/dir").join(path)), matches, "{text} {path}");
        }
    }

    #[test]
    fn only_directories_on_the_way_are_entered() {
        for (text, dir, entered) in [
            ("*.rs", "", true),
            ("*.rs", "src", false),
            ("src/**/*.rs", "src/a/b", true),
            ("src/**/*.rs", "lib", false),
            ("packages/*/src/**", "packages/a", true),
            ("packages/*/src/**", "packages/a/src/b", true),
            ("packages/*/src/**", "packages/a/node_modules", false),
            ("{src,lib/x}/**", "lib", true),
            ("src", "src/a", true),
        ] {
            assert_eq!(glob(text).may_be_in(&Path::new("/base/dir").join(dir)), entered, "{text} {dir}");
        }
    }

    #[test]
    fn what_is_no_glob_is_told_where() {
        for (text, part) in [
            ("", "empty glob"),
            ("  ", "empty glob"),
            ("src/[a", "the \"[\" at character 5 is never closed"),
            ("é[!]a", "the \"[\" at character 2 is never closed"),
            ("a/{b,c", "the \"{\" at character 3 is never closed"),
            ("a/b}c", "the \"}\" at character 4 was never opened"),
            ("x[z-a]", "the range z-a at character 3 is the wrong way round"),
            ("a*\\", "ends with"),
            ("/**", "whole file system"),
            ("/", "whole file system"),
            ("/*/a", "whole file system"),
            ("../../../**", "whole file system"),
            ("*/../a", "cannot come after a wildcard"),
            ("~/a", "is not replaced"),
            ("a\0", "NUL"),
        ] {
            let (message, _) = Glob::new(text, Path::new("/base/dir")).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        assert!(Glob::new(&"a".repeat(LONGEST + 1), Path::new("/")).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_glob_or_refused(text in "[a-c./*?{},\\[\\]!\\\\-]{0,12}") {
            drop(Glob::new(&text, Path::new("/base")));
        }

        /// What is not entered could have held nothing.
        #[test]
        fn whatever_matches_is_in_directories_that_are_entered(
            text in "([ab*?]{1,3}|\\*\\*|\\{a,b/a\\})(/([ab*?]{1,3}|\\*\\*)){0,3}", path in "[ab]{1,2}(/[ab]{1,2}){0,4}",
        ) {
            let base = Path::new("/base");
            let (glob, path) = (Glob::new(&text, base).unwrap(), base.join(path));
            if glob.matches(&path) && glob.is_wild() {
                for dir in path.ancestors().skip(1).take_while(|dir| dir.starts_with(&glob.root)) {
                    prop_assert!(glob.may_be_in(dir), "{} in {}", path.display(), dir.display());
                }
            }
        }
    }
}
