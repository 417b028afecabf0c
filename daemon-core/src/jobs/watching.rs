//! Jobs that run because files have changed.

use std::io;
use std::path::PathBuf;

use super::Handle;
use super::engine::New;
use super::run::{Inputs, Run};
use crate::watch::{News, Selection, Watching};

/// In the run directory, for `HOB_CHANGED`.
const CHANGED: &str = "changed";
/// The same for standard input.
const STDIN: &str = "changed.jsonl";

impl Handle {
    /// Begins to watch the files of those jobs whose files are not watched yet.
    pub(super) fn watch_files(&self) {
        let mut engine = self.engine();
        for known in engine.jobs.values_mut().filter(|known| known.watching.is_empty()) {
            let files = known.job.files.clone();
            known.watching =
                files.into_iter().map(|files| self.watch(known.job.name.to_string(), files)).collect();
        }
    }

    fn watch(&self, job: String, files: Selection) -> Watching {
        let (handle, stdin) = (self.clone(), files.stdin);
        // Runs begin when they may, so what they are for need not wait.
        self.0.watcher.mind(
            files,
            || std::future::ready(()),
            move |news| match news {
                News::Change(change) => {
                    let inputs = Inputs { changed: Some(change.json_lines()), stdin, ..Inputs::default() };
                    handle.want_one(New::because(job.clone(), "files", inputs, change.at));
                }
                News::State => handle.show(&job),
            },
        )
    }

    /// Writes what has changed where the run may read it.
    pub(super) fn write_changed(&self, run: &Run) -> io::Result<Changes> {
        let Some(changed) = &run.inputs.changed else { return Ok(Changes::default()) };
        let directory = self.0.runs.dirs.runs().join(crate::runs::as_file_name(&run.key().0));
        fs_err::create_dir_all(&directory)?;
        let (paths, lines) = (directory.join(CHANGED), directory.join(STDIN));
        fs_err::write(&paths, listed(changed))?;
        if run.inputs.stdin {
            fs_err::write(&lines, changed)?;
        }
        Ok(Changes { paths: Some(paths), lines: Some(lines).filter(|_| run.inputs.stdin) })
    }
}

/// The files in which a run finds what has changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The paths, for `HOB_CHANGED`.
    pub(super) paths: Option<PathBuf>,
    /// The lines of JSON, for standard input.
    pub(super) lines: Option<PathBuf>,
}

/// A path a line; then, if there are more, "more 12", and if nobody can tell which, "all". A path is absolute, so it
/// is neither; one that has a line feed in it counts among the others.
fn listed(json_lines: &str) -> String {
    let (mut text, mut more, mut all) = (String::new(), 0, false);
    for line in json_lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
        match line["path"].as_str() {
            Some(path) if !path.contains('\n') => {
                text.push_str(path);
                text.push('\n');
            }
            Some(_) => more += 1,
            None => {
                more += line["more"].as_u64().unwrap_or_default();
                all |= line["all"] == true;
            }
        }
    }
    if 0 < more {
        text.push_str(&format!("more {more}\n"));
    }
    if all {
        text.push_str("all\n");
    }
    text
}

impl Handle {
    /// Removes both: what else is there passes on to another run.
    pub(super) fn forget_changed(&self, run: &Run) {
        if run.inputs.changed.is_some() {
            let directory = self.0.runs.dirs.runs().join(crate::runs::as_file_name(&run.key().0));
            for name in [CHANGED, STDIN] {
                // Nothing is in it that anybody needs, and the directory may be gone.
                drop(fs_err::remove_file(directory.join(name)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Change, Changed, How};

    fn check(paths: &[&str], more: usize, all: bool, expected: &str) {
        let files = paths.iter().map(|path| Changed { path: path.into(), how: How::Changed }).collect();
        let change = Change { files, more, all, at: jiff::Timestamp::UNIX_EPOCH };
        assert_eq!(listed(&change.json_lines()), expected);
    }

    #[test]
    fn what_cannot_be_listed_is_said_in_the_list() {
        check(&["/a", "/b \"c\""], 0, false, "/a\n/b \"c\"\n");
        check(&["/a"], 12, false, "/a\nmore 12\n");
        check(&["/a", "/b\n/c"], 2, true, "/a\nmore 3\nall\n");
        check(&[], 0, true, "all\n");
    }
}
