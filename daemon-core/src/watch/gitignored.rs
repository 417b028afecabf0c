//! What `.gitignore` files leave out.
//!
//! Each directory has the rules of the directories above it and, if there is a
//! `.gitignore` in it, its own, which decide first. The rules begin where the
//! repository begins, or, where there is none, at the directory that globs are
//! relative to. `.git/info/exclude` counts as well. What a person's own git
//! settings leave out does not: a daemon should not act differently for that.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// So many bytes of a `.gitignore` are read.
const LARGEST: u64 = 1024 * 1024;

/// The rules of one directory, with those above; `None` where there are none at all.
pub(super) type Rules = Option<Arc<Layer>>;

/// One `.gitignore`.
#[derive(Debug)]
pub(super) struct Layer {
    above: Rules,
    text: u64,
    rules: Gitignore,
}

/// The rules above a directory, and the files that they are from, whether they exist or not.
pub(super) fn above(dir: &Path, base: &Path) -> (Rules, Vec<(PathBuf, OsString)>) {
    let repository = dir.ancestors().find(|dir| dir.join(".git").exists());
    let top = repository.or_else(|| Some(base).filter(|base| dir.starts_with(base))).unwrap_or(dir);
    let mut rules = None;
    let mut sources = Vec::new();
    if repository.is_some() {
        let info = top.join(".git/info");
        rules = renewed(&None, rules, top, &info.join("exclude"));
        sources.push((info, "exclude".into()));
    }
    let mut between: Vec<&Path> = dir.ancestors().skip(1).take_while(|dir| dir.starts_with(top)).collect();
    between.reverse();
    for dir in between {
        rules = renewed(&None, rules, dir, &dir.join(".gitignore"));
        sources.push((dir.to_owned(), ".gitignore".into()));
    }
    (rules, sources)
}

/// The rules of a directory that has this `.gitignore`, where they were `before`.
pub(super) fn renewed(before: &Rules, above: Rules, dir: &Path, file: &Path) -> Rules {
    let mut text = Vec::new();
    let read = fs_err::File::open(file).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
    if read.is_err() || text.is_empty() {
        return above;
    }
    let hash = super::mark::hash(&text);
    if let Some(layer) = before
        && layer.text == hash
        && is_same(&layer.above, &above)
    {
        return before.clone();
    }
    let mut builder = GitignoreBuilder::new(dir);
    for line in String::from_utf8_lossy(&text).lines() {
        // As git does: a line that is no rule is passed over.
        builder.add_line(None, line).ok();
    }
    match builder.build() {
        Ok(rules) => Some(Arc::new(Layer { above, text: hash, rules })),
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "these rules are not used");
            above
        }
    }
}

/// Whether they are the same rules, unread.
pub(super) fn is_same(a: &Rules, b: &Rules) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Whether this is left out, if the directory that it is in is not.
pub(super) fn leave_out(rules: &Rules, path: &Path, is_dir: bool) -> bool {
    let mut layer = rules;
    while let Some(rules) = layer {
        match rules.rules.matched(path, is_dir) {
            Match::None => layer = &rules.above,
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rules_decide_first() {
        let dir = tempfile::tempdir().unwrap();
        let (top, sub) = (dir.path(), dir.path().join("sub"));
        fs_err::create_dir_all(top.join(".git/info")).unwrap();
        fs_err::create_dir(&sub).unwrap();
        fs_err::write(top.join(".gitignore"), "*.log\n/out\nbuild/\n\u{0}[\n").unwrap();
        fs_err::write(sub.join(".gitignore"), "!keep.log\nown\n").unwrap();
        fs_err::write(top.join(".git/info/exclude"), "secret\n").unwrap();
        let (above, sources) = above(&sub, &sub);
        assert_eq!(sources.len(), 2);
        let rules = renewed(&None, above.clone(), &sub, &sub.join(".gitignore"));
        for (name, is_dir, left_out) in [
            ("a.log", false, true),
            ("keep.log", false, false),
            ("out", false, false),
            ("own", false, true),
            ("build", true, true),
            ("build", false, false),
            ("secret", false, true),
            ("a.rs", false, false),
        ] {
            assert_eq!(leave_out(&rules, &sub.join(name), is_dir), left_out, "{name}");
        }
        let again = renewed(&rules, above, &sub, &sub.join(".gitignore"));
        assert!(is_same(&rules, &again), "what did not change was compiled again");
    }

    #[test]
    fn without_a_repository_the_rules_begin_at_the_base() {
        let dir = tempfile::tempdir().unwrap();
        let (base, deep) = (dir.path().join("base"), dir.path().join("base/a/b"));
        fs_err::create_dir_all(&deep).unwrap();
        fs_err::write(dir.path().join(".gitignore"), "*\n").unwrap();
        fs_err::write(base.join(".gitignore"), "*.log\n").unwrap();
        let (rules, sources) = above(&deep, &base);
        assert_eq!(sources.len(), 2);
        assert!(leave_out(&rules, &deep.join("a.log"), false));
        assert!(!leave_out(&rules, &deep.join("a.rs"), false));
        assert!(above(&base, &base).1.is_empty());
    }
}
