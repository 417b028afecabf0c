//! Where a table such as `[service.web]` is written, and what would be if its file said something else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::loaded::Texts;
use super::source::{Origin, Source};
use super::{Problem, Section, all_or_left_out};
use crate::home::Dirs;

/// Where a table is written.
#[derive(Debug, Clone)]
pub struct Stands {
    /// In which file.
    pub file: PathBuf,
    /// At which line, counted from 1.
    pub line: usize,
    /// All that the file says; of a project's, what was approved of it.
    pub text: String,
    /// The project whose file it is.
    pub project: Option<String>,
}

/// Where `[kind.NAME]` is written, if it is.
///
/// # Errors
/// Which files cannot be read.
pub fn stands(dirs: &Dirs, kind: &str, name: &str) -> Result<Option<Stands>, Vec<Problem>> {
    let texts = Texts::read(dirs)?;
    // A file that is no TOML may be the one, and says nothing.
    let sources = texts.all().filter_map(|text| Some((text, Source::parse(text).ok()?)));
    let path = [kind, name];
    let found = sources.into_iter().find(|(_, source)| source.depth(&path) == Some(2));
    Ok(found.map(|(text, source)| {
        let (file, line) = match source.origin(&path) {
            Origin::File { file, line } => (file, line),
            Origin::Variable { .. } => (source.path.to_owned(), None),
        };
        let project = source.project().map(|project| project.name.clone());
        Stands { file, line: line.unwrap_or(1), text: text.text().to_owned(), project }
    }))
}

/// What a section would be if a file said this, or were not there; what is wrong with projects is not
/// asked.
///
/// # Errors
/// Everything that would be wrong.
pub fn with_file<S: Section>(dirs: &Dirs, file: &Path, text: Option<String>) -> Result<S, Vec<Problem>> {
    let mut texts = Texts::read(dirs)?;
    texts.put(file, text);
    all_or_left_out(texts, None)
}

/// Tells one text of a file from another.
pub fn text_digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    })
}
