//! Which paths are meant: globs, what they leave out, and what nobody means.
//!
//! What editors keep beside a file while it is edited is nobody's source, and
//! `.git` is nobody's but git's. Whoever names a file without a wildcard means it
//! though, whatever `.gitignore` and these rules say: `files = [".env"]`.
//!
//! What `.gitignore` files say is asked elsewhere, as they change.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::Files;
use super::glob::{self, Glob};
use crate::config::Span;
use crate::text::brief;

/// How many globs there may be in each list.
const MOST: usize = 100;
const DEBOUNCE: Span = Span::millis(300);

/// What is wrong with [`Files`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The key below that of the files, such as `debounce`; empty if a plain list was written.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Files to watch, checked.
#[derive(Debug, Clone)]
pub struct Selection {
    files: Vec<Glob>,
    ignored: Vec<Glob>,
    ignored_names: Vec<GlobSet>,
    /// What is ignored is below here, for globs that are relative.
    pub(super) base: PathBuf,
    pub(super) gitignore: bool,
    /// A change is told when nothing has changed for so long.
    pub debounce: Span,
    /// Looked at so often; `None`: the system tells.
    pub poll: Option<Span>,
    /// Whether the changed files are wanted on the standard input, as JSON lines.
    pub stdin: bool,
}

impl Files {
    /// Checks everything, with globs relative to `base`, which is absolute and need not exist.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self, base: &Path) -> Result<Selection, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |key: &'static str, message: String, hint: Option<&str>| {
            refusals.push(Refusal { key, message, hint: hint.map(str::to_owned) });
        };
        let mut selection = Selection {
            files: Vec::new(),
            ignored: Vec::new(),
            ignored_names: Vec::new(),
            base: base.to_owned(),
            gitignore: self.gitignore.unwrap_or(true),
            debounce: self.debounce.unwrap_or(DEBOUNCE),
            poll: self.poll,
            stdin: self.stdin.unwrap_or(false),
        };
        if self.files.is_empty() {
            let message = "the list of files is empty, so nothing would be watched";
            refuse("files", message.to_owned(), Some("name some, such as \"src/**\""));
        }
        for (key, list) in [("files", &self.files), ("ignore", &self.ignore)] {
            if MOST < list.len() {
                refuse(key, format!("{} globs are too many: at most {MOST}", list.len()), None);
                return Err(refusals);
            }
        }
        for text in &self.files {
            if let Some(meant) = text.strip_prefix('!') {
                let message = format!("{}: what begins with \"!\" is not left out here", brief(text));
                refuse("files", message, Some(&format!("write ignore = [\"{}\"]", brief(meant))));
                continue;
            }
            match Glob::new(text, base) {
                Ok(glob) => selection.files.push(glob),
                Err((message, hint)) => refuse("files", message, hint),
            }
        }
        for text in &self.ignore {
            if let Err((message, hint)) = selection.ignore(text) {
                refuse("ignore", message, hint);
            }
        }
        if let (true, Some(text)) = (refusals.is_empty(), selection.left_out_whole(&self.files)) {
            let message = format!("{} is left out by \"ignore\", so nothing of it is watched", brief(text));
            refusals.push(Refusal { key: "ignore", message, hint: None });
        }
        for (key, span, least, most) in [
            ("debounce", self.debounce, Span::millis(50), Span::secs(3600)),
            ("poll", self.poll, Span::millis(100), Span::secs(24 * 3600)),
        ] {
            if let Some(span) = span.filter(|span| !(least..=most).contains(span)) {
                let message = format!("{key} is {span}, and may be {least} to {most}");
                refusals.push(Refusal { key, message, hint: None });
            }
        }
        if refusals.is_empty() { Ok(selection) } else { Err(refusals) }
    }
}

impl Selection {
    fn ignore(&mut self, text: &str) -> Result<(), glob::Refused> {
        if let Some(meant) = text.strip_prefix('!') {
            let message = format!("{}: what begins with \"!\" is not kept here", brief(text));
            let hint = "narrow the glob that leaves it out; a file that \"files\" names without a wildcard is kept from .gitignore only";
            return Err((format!("{message} ({})", brief(meant)), Some(hint)));
        }
        // A directory is left out with everything in it.
        let mut meant = text.trim_end_matches('/');
        while let Some(dir) = meant.strip_suffix("/**") {
            meant = dir;
        }
        let meant = if meant.is_empty() { text } else { meant };
        if ["*", "**", "**/*", "./*", "./**", "."].contains(&meant) {
            let message = format!("{} leaves out everything, so nothing would be watched", brief(text));
            return Err((message, Some("name what to leave out, such as \"target\"")));
        }
        let name = meant.strip_prefix("**/").unwrap_or(meant);
        if !name.contains('/') && !name.trim().is_empty() {
            self.ignored_names.push(glob::name(name)?);
        } else {
            self.ignored.push(Glob::new(meant, &self.base)?);
        }
        Ok(())
    }

    /// The first of the globs of which nothing is left. The texts are in the order of `files`.
    fn left_out_whole<'a>(&self, texts: &'a [String]) -> Option<&'a String> {
        let is_left_out = |glob: &Glob| {
            let above =
                glob.root.ancestors().take_while(|dir| dir.starts_with(&self.base) && *dir != self.base);
            self.leaves_out(&glob.root) || above.into_iter().any(|dir| self.leaves_out(dir))
        };
        texts.iter().zip(&self.files).find(|(_, glob)| is_left_out(glob)).map(|(text, _)| text)
    }

    /// Whether this file is meant, if no directory above it is left out.
    pub(super) fn takes(&self, path: &Path) -> bool {
        self.files.iter().any(|glob| glob.matches(path)) && !self.leaves_out(path) && !self.is_nobodys(path)
    }

    /// Whether something in this directory can be meant, if no directory above it is left out.
    pub(super) fn enters(&self, dir: &Path) -> bool {
        self.files.iter().any(|glob| glob.may_be_in(dir)) && !self.leaves_out(dir) && !self.is_nobodys(dir)
    }

    /// Whether exactly this is named, so that no `.gitignore` matters.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.files.iter().any(|glob| glob.names(path))
    }

    /// What is named without a wildcard in this directory.
    pub(super) fn named_in<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = &'a OsStr> {
        let roots = self.files.iter().filter(|glob| !glob.is_wild()).map(|glob| glob.root.as_path());
        roots.filter(move |root| root.parent() == Some(dir)).filter_map(Path::file_name)
    }

    /// Whether everything in the directory has to be looked at, and not only what is named.
    pub(super) fn is_searched(&self, dir: &Path) -> bool {
        self.files.iter().any(|glob| glob.may_be_in(dir))
    }

    /// The directories to begin in, those above others first.
    pub(super) fn starts(&self) -> Vec<PathBuf> {
        let start = |glob: &Glob| match (glob.is_wild(), glob.root.parent()) {
            (false, Some(parent)) => parent.to_owned(),
            _ => glob.root.clone(),
        };
        let mut starts: Vec<PathBuf> = self.files.iter().map(start).collect();
        starts.sort();
        starts.dedup();
        starts
    }

    /// A directory is asked for before what is in it, so only the name itself and roots matter.
    fn leaves_out(&self, path: &Path) -> bool {
        let by_name = |name: &OsStr| self.ignored_names.iter().any(|set| glob::is_called(set, name));
        path != self.base
            && (path.file_name().is_some_and(by_name) || self.ignored.iter().any(|glob| glob.matches(path)))
    }

    fn is_nobodys(&self, path: &Path) -> bool {
        path.file_name().is_some_and(is_nobodys) && !self.names(path)
    }
}

/// What git and editors keep for themselves: swap and backup files, locks, copies that are about to be renamed.
fn is_nobodys(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let swap = |ending: &[u8]| matches!(ending, [b's', b'w', b'a'..=b'z'] | [b's', b'w', b'p', b'x']);
    match name {
        b".git" | b".DS_Store" => true,
        [.., b'~'] | [b'.', b'#', ..] | [b'#', .., b'#'] => true,
        [b'.', rest @ ..] => {
            let ending = rest.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
            (rest.contains(&b'.') && swap(ending))
                || rest.ends_with(b".kate-swp")
                || rest.starts_with(b"goutputstream-")
        }
        _ => name.ends_with(b"___jb_tmp___") || name.ends_with(b"___jb_old___"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(files: &[&str], ignore: &[&str]) -> Files {
        let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
        Files { files: owned(files), ignore: owned(ignore), ..Files::default() }
    }

    fn refused(files: &Files, key: &str, part: &str) {
        let refusals = files.check(Path::new("/base")).unwrap_err();
        let found = refusals.iter().any(|it| it.key == key && it.message.contains(part));
        assert!(found, "{files:?}: {refusals:?}");
    }

    #[test]
    fn what_would_watch_nothing_is_refused() {
        refused(&files(&[], &[]), "files", "is empty");
        refused(&files(&["a", ""], &[]), "files", "empty glob");
        refused(&files(&["!a"], &[]), "files", "begins with \"!\"");
        refused(&files(&["src/[a"], &[]), "files", "at character 5");
        refused(&files(&["src/**"], &["["]), "ignore", "at character 1");
        refused(&files(&["src/**"], &["!a"]), "ignore", "begins with \"!\"");
        refused(&files(&["src/**"], &["**"]), "ignore", "leaves out everything");
        refused(&files(&["src/**"], &["**/*"]), "ignore", "leaves out everything");
        refused(&files(&["src/**"], &[""]), "ignore", "empty glob");
        refused(&files(&["src/**"], &["src/"]), "ignore", "is left out");
        refused(&files(&["a/src/**"], &["a/*"]), "ignore", "is left out");
        refused(&files(&vec!["a"; MOST + 1], &[]), "files", "too many");
    }

    #[test]
    fn times_have_limits() {
        for (debounce, poll, key) in [(49, 1000, "debounce"), (3_600_001, 1000, "debounce"), (50, 99, "poll")]
        {
            let times = Files {
                debounce: Some(Span::millis(debounce)),
                poll: Some(Span::millis(poll)),
                ..files(&["a"], &[])
            };
            refused(&times, key, "and may be");
        }
        assert_eq!(files(&["a"], &[]).check(Path::new("/")).unwrap().debounce, DEBOUNCE);
    }

    fn selection() -> Selection {
        let ignore = ["target/", "*.log", "/base/src/gen/**", "src/*.tmp", "**/node_modules/**"];
        files(&["src/**", "*.toml", ".env", "/etc/hosts"], &ignore).check(Path::new("/base")).unwrap()
    }

    #[test]
    fn what_is_left_out_is_not_meant() {
        let selection = selection();
        for (path, taken) in [
            ("/base/src/a.rs", true),
            ("/base/src/a.log", false),
            ("/base/src/a.tmp", false),
            ("/base/src/deep/a.tmp", true),
            ("/base/Cargo.toml", true),
            ("/base/.env", true),
            ("/base/README", false),
            ("/etc/hosts", true),
            ("/base/src/.a.rs.swp", false),
            ("/base/src/a.rs~", false),
            ("/base/src/.#a.rs", false),
            ("/base/src/#a.rs#", false),
            ("/base/src/.eslintrc", true),
            ("/base/src/a.swp", true),
        ] {
            assert_eq!(selection.takes(Path::new(path)), taken, "{path}");
        }
        for (dir, entered) in [
            ("/base/src/a", true),
            ("/base/src/target", false),
            ("/base/src/gen", false),
            ("/base/src/a/node_modules", false),
            ("/base/src/.git", false),
            ("/base/lib", false),
        ] {
            assert_eq!(selection.enters(Path::new(dir)), entered, "{dir}");
        }
    }

    #[test]
    fn one_begins_where_the_globs_begin() {
        let selection = selection();
        assert_eq!(selection.starts(), ["/base", "/base/src", "/etc"].map(PathBuf::from));
        assert_eq!(selection.named_in(Path::new("/etc")).collect::<Vec<_>>(), ["hosts"]);
        assert!(selection.is_searched(Path::new("/base")) && !selection.is_searched(Path::new("/etc")));
    }
}
