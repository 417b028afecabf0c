//! A TOML file that stands by itself and is read as the configuration is: with the line of each mistake.
//!
//! The gate's policy is such a file. It is apart from the configuration because a
//! mistake in the one must not keep the other from being read. What is special
//! to it are lists of tables, `[[rule]]`, which the configuration does not have.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::overlay::Overlay;
use super::source::{Source, Text};
use super::{Origin, Problem};

/// The text of a file.
pub struct Document {
    text: Text,
}

/// Its tables.
pub struct Tables<'t> {
    source: Source<'t>,
}

/// One table of a list.
pub struct Listed<T> {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// What it says, or what is wrong with it.
    pub value: Result<T, Vec<Problem>>,
}

impl Document {
    /// Reads a file whole, again if it was changed meanwhile.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(path: &Path) -> Result<Document, Problem> {
        Ok(Document { text: Text::read(path.to_owned())? })
    }

    /// The same, if the file that is read is one that counts, whatever its name leads to before and after.
    ///
    /// # Errors
    /// Why it does not count, or cannot be read.
    pub fn read_if(
        path: &Path,
        counts: impl Fn(&Metadata) -> Result<(), Problem>,
    ) -> Result<Document, Problem> {
        Ok(Document { text: Text::read_if(path.to_owned(), counts)? })
    }

    /// A text that is, or would be, in this file.
    pub fn of(path: PathBuf, text: String) -> Document {
        Document { text: Text::of(path, text) }
    }

    /// Every byte of it.
    pub fn text(&self) -> &str {
        self.text.text()
    }

    /// What it says.
    ///
    /// # Errors
    /// Where it is no TOML.
    pub fn tables(&self) -> Result<Tables<'_>, Problem> {
        Ok(Tables { source: Source::parse(&self.text)? })
    }
}

impl<'t> Tables<'t> {
    /// The keys at the top, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.source.sections()
    }

    /// The table of this name, its default if it is not there.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn section<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Vec<Problem>> {
        if !self.source.has(name) {
            return Ok(T::default());
        }
        self.source.section(name, &Overlay::default())
    }

    /// The tables `[[name]]`, in the order in which they are written.
    ///
    /// # Errors
    /// If that is no list of tables.
    pub fn list<T: DeserializeOwned>(&self, name: &str) -> Result<Vec<Listed<T>>, Problem> {
        let of_tables = || self.problem(&[name], format!("must be a list of tables: [[{name}]]"), None);
        let Some(list) = self.source.table.get(name) else { return Ok(Vec::new()) };
        let list = list.get_ref().as_array().ok_or_else(of_tables)?;
        let read = list.iter().map(|item| {
            item.get_ref().as_table().ok_or_else(of_tables)?;
            let value = self.source.deserialize(&[name], item, &Overlay::default());
            Ok(Listed { line: self.line_of(item.span().start), value })
        });
        read.collect()
    }

    /// A problem with a key at the top, or with the file as a whole.
    pub fn problem(&self, path: &[&str], message: String, hint: Option<String>) -> Problem {
        Problem { hint, ..self.source.problem_at(path, message) }
    }

    /// A problem with a key in one of the tables `[[name]]`, counted from 0.
    pub fn problem_in(
        &self,
        (name, index): (&str, usize),
        key: &str,
        message: String,
        hint: Option<String>,
    ) -> Problem {
        let list = self.source.table.get(name).and_then(|list| list.get_ref().as_array());
        let table = list.and_then(|list| list.get(index));
        let written = table.and_then(|table| table.get_ref().as_table()?.get_key_value(key));
        let begin = table.map_or(0, |table| table.span().start);
        let offset = written.map_or(begin, |(key, _)| key.span().start);
        Problem { hint, ..self.problem_at(offset, format!("{name}.{key}").trim_end_matches('.'), message) }
    }

    /// A problem with what stands at a byte of the text.
    pub fn problem_at(&self, offset: usize, key: &str, message: String) -> Problem {
        let origin = Origin::File { file: self.source.path.to_owned(), line: Some(self.line_of(offset)) };
        Problem { origin, key: key.to_owned(), message, hint: None }
    }

    /// The line of a byte of the text, counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.source.line_of(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        #[expect(dead_code, reason = "it is only read")]
        id: String,
    }

    #[test]
    fn each_table_of_a_list_is_read_by_itself_and_knows_its_line() {
        let text = "version = 1\n[[rule]]\nid = \"a\"\n\n[[rule]]\nid = \"b\"\nidd = 1\n".to_owned();
        let document = Document::of("policy.toml".into(), text);
        let tables = document.tables().unwrap();
        let rules = tables.list::<Rule>("rule").unwrap();
        assert_eq!(rules.iter().map(|rule| rule.line).collect::<Vec<_>>(), [2, 5]);
        assert!(rules[0].value.is_ok());
        let problem = rules[1].value.as_ref().unwrap_err()[0].to_string();
        assert!(problem.starts_with("policy.toml:7: rule.idd: unknown field"), "{problem}");
        assert!(problem.ends_with("(did you mean `id`?)"), "{problem}");
        let problem = tables.problem_in(("rule", 1), "id", "is bad".to_owned(), None).to_string();
        assert_eq!(problem, "policy.toml:6: rule.id: is bad");
    }

    #[test]
    fn what_should_be_a_list_of_tables_is_told_so() {
        for text in ["rule = 1", "[rule]\nid = \"a\"", "rule = [1]"] {
            let document = Document::of("policy.toml".into(), text.to_owned());
            let refused = document.tables().unwrap().list::<Rule>("rule").map(|rules| rules.len());
            let problem = refused.unwrap_err().to_string();
            assert!(problem.contains("[[rule]]") && problem.starts_with("policy.toml:1: rule:"), "{problem}");
        }
    }
}
