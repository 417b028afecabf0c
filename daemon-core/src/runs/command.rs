//! A command: a list of words, or a string that is split into them.
//!
//! Splitting follows a shell's rules of quotes and backslashes and nothing else
//! of it: no variables, no globs, no pipes. Who wants those asks for `shell`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A command as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CommandLine {
    /// One string, to be split into words.
    Text(String),
    /// The words themselves.
    Words(Vec<String>),
}

/// A command that cannot be run as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// It has no words.
    #[error("the command is empty")]
    Empty,
    /// A quote is opened and never closed.
    #[error("a quote in the command is not closed")]
    Quote,
    /// No program can be given a NUL character.
    #[error("the command contains a NUL character")]
    Nul,
    /// A shell takes one string.
    #[error("with shell = true the command must be one string, not a list")]
    ShellList,
}

impl CommandLine {
    /// The words to execute; with `shell`, those that run it with `/bin/sh -c`.
    pub fn words(&self, shell: bool) -> Result<Vec<String>, CommandError> {
        let words = match self {
            CommandLine::Text(text) if shell && text.trim().is_empty() => Vec::new(),
            CommandLine::Text(text) if shell => vec!["/bin/sh".to_owned(), "-c".to_owned(), text.clone()],
            CommandLine::Text(text) => shell_words::split(text).map_err(|_| CommandError::Quote)?,
            CommandLine::Words(_) if shell => return Err(CommandError::ShellList),
            CommandLine::Words(words) => words.clone(),
        };
        if words.first().is_none_or(String::is_empty) {
            return Err(CommandError::Empty);
        }
        if words.iter().any(|word| word.contains('\0')) {
            return Err(CommandError::Nul);
        }
        Ok(words)
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<CommandLine, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = CommandLine;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a command: a string, or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CommandLine, E> {
        Ok(CommandLine::Text(text.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<CommandLine, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Ok(CommandLine::Words(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, shell: bool, expected: Result<&[&str], CommandError>) {
        let command: CommandLine = serde_json::from_str(json).unwrap();
        let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(command.words(shell), expected);
    }

    #[test]
    fn a_list_is_taken_as_it_is_and_a_string_is_split() {
        check(r#"["a b", "", "$HOME"]"#, false, Ok(&["a b", "", "$HOME"]));
        check(
            r#""python3 -m 'http server' $HOME | x""#,
            false,
            Ok(&["python3", "-m", "http server", "$HOME", "|", "x"]),
        );
        check(r#""echo $HOME | cat""#, true, Ok(&["/bin/sh", "-c", "echo $HOME | cat"]));
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        check(r#""""#, false, Err(CommandError::Empty));
        check(r#""  ""#, true, Err(CommandError::Empty));
        check("[]", false, Err(CommandError::Empty));
        check(r#"["", "x"]"#, false, Err(CommandError::Empty));
        check(r#""echo 'open""#, false, Err(CommandError::Quote));
        check(r#"["a", "b\u0000"]"#, false, Err(CommandError::Nul));
        check(r#"["a"]"#, true, Err(CommandError::ShellList));
    }
}
