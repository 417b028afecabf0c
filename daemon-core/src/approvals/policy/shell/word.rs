//! One word of a shell's text: its quotes taken off, its substitutions read for commands.

use super::{DEEPEST, LONGEST, Script, Word, list};

/// A place in a text.
pub(super) struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8]) -> Reader<'t> {
        Reader { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    pub(super) fn starts_with(&self, text: &[u8]) -> bool {
        self.text[self.at.min(self.text.len())..].starts_with(text)
    }

    /// Also over a line that goes on in the next.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.advance(),
                Some(b'\\') if self.starts_with(b"\\\n") => self.skip(2),
                _ => return,
            }
        }
    }

    pub(super) fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.advance();
        }
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.advance();
        Some(byte)
    }
}

type Read<T> = Result<T, &'static str>;

/// Reads a word, and the commands in its substitutions.
pub(super) fn word(reader: &mut Reader<'_>, script: &mut Script, depth: usize) -> Read<Word> {
    let mut word = Word::default();
    if matches!(reader.peek(), Some(b'<' | b'>')) {
        word.text.push(reader.take().expect("it was just seen"));
        reader.advance();
        word.text.extend_from_slice(b"()");
        word.is_computed = true;
        list(reader, Some(b')'), script, depth + 1)?;
    }
    while let Some(byte) = reader.peek() {
        match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
            b'\'' => {
                reader.advance();
                word.is_quoted = true;
                single(reader, &mut word)?;
            }
            b'"' => {
                reader.advance();
                word.is_quoted = true;
                double(reader, script, &mut word, depth)?;
            }
            b'\\' => {
                reader.advance();
                match reader.take() {
                    Some(b'\n') => {}
                    Some(byte) => {
                        word.is_quoted = true;
                        word.text.push(byte);
                    }
                    None => return Err("it ends with a backslash"),
                }
            }
            b'$' | b'`' => expansion(reader, script, &mut word, depth)?,
            0..0x20 | 0x7f => return Err("it has a control character"),
            _ => {
                reader.advance();
                let is_alone =
                    word.text.is_empty() && reader.peek().is_none_or(|next| b" \t\n;&|".contains(&next));
                word.is_computed |= match byte {
                    b'*' | b'?' | b'[' => true,
                    b'{' => !is_alone,
                    b'~' => word.text.is_empty(),
                    _ => false,
                };
                word.text.push(byte);
            }
        }
    }
    Ok(word)
}

fn single(reader: &mut Reader<'_>, word: &mut Word) -> Read<()> {
    loop {
        match reader.take().ok_or("a quote is not closed")? {
            b'\'' => return Ok(()),
            byte => word.text.push(byte),
        }
    }
}

fn double(reader: &mut Reader<'_>, script: &mut Script, word: &mut Word, depth: usize) -> Read<()> {
    loop {
        match reader.peek().ok_or("a quote is not closed")? {
            b'"' => {
                reader.advance();
                return Ok(());
            }
            b'$' | b'`' => expansion(reader, script, word, depth)?,
            b'\\' => {
                reader.advance();
                match reader.take().ok_or("a quote is not closed")? {
                    b'\n' => {}
                    byte @ (b'$' | b'`' | b'"' | b'\\') => word.text.push(byte),
                    byte => word.text.extend_from_slice(&[b'\\', byte]),
                }
            }
            byte => {
                reader.advance();
                word.text.push(byte);
            }
        }
    }
}

/// What begins with `$` or a backquote. What it stands for stays as it is written, but for commands.
fn expansion(reader: &mut Reader<'_>, script: &mut Script, word: &mut Word, depth: usize) -> Read<()> {
    let begin = reader.at;
    if reader.take() == Some(b'`') {
        word.is_computed = true;
        word.text.extend_from_slice(b"``");
        return backquoted(reader, script, depth);
    }
    match reader.peek() {
        Some(b'(') if reader.starts_with(b"((") => return Err("it has arithmetic"),
        Some(b'(') => {
            reader.advance();
            word.is_computed = true;
            word.text.extend_from_slice(b"$()");
            return list(reader, Some(b')'), script, depth + 1);
        }
        Some(b'\'') => {
            reader.advance();
            word.is_quoted = true;
            return ansi(reader, word);
        }
        // The string that follows is translated, which it hardly ever is.
        Some(b'"') => return Err("it has a translated string"),
        Some(b'{') => {
            while reader.peek() != Some(b'}') {
                match reader.take().ok_or("a brace is not closed")? {
                    b'`' | b'\'' | b'"' | b'(' | b'\\' | b'\n' => return Err("it has a complex expansion"),
                    _ => {}
                }
            }
            reader.advance();
        }
        Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
            while reader.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                reader.advance();
            }
        }
        Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => reader.advance(),
        _ => {
            word.text.push(b'$');
            return Ok(());
        }
    }
    word.is_computed = true;
    word.text.extend_from_slice(&reader.text[begin..reader.at]);
    Ok(())
}

/// What stands between backquotes loses one level of its backslashes and is a text of its own.
fn backquoted(reader: &mut Reader<'_>, script: &mut Script, depth: usize) -> Read<()> {
    let mut text = Vec::new();
    loop {
        match reader.take().ok_or("a backquote is not closed")? {
            b'`' => break,
            b'\\' => match reader.take().ok_or("a backquote is not closed")? {
                byte @ (b'`' | b'\\' | b'$') => text.push(byte),
                byte => text.extend_from_slice(&[b'\\', byte]),
            },
            byte => text.push(byte),
        }
    }
    if DEEPEST <= depth || LONGEST < text.len() {
        return Err("it nests too deeply");
    }
    list(&mut Reader::new(&text), None, script, depth + 1)
}

/// `$'...'`, with the escapes that spell a character.
fn ansi(reader: &mut Reader<'_>, word: &mut Word) -> Read<()> {
    loop {
        match reader.take().ok_or("a quote is not closed")? {
            b'\'' => return Ok(()),
            b'\\' => {
                let byte = match reader.take().ok_or("a quote is not closed")? {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'e' | b'E' => 0x1b,
                    byte @ (b'\\' | b'\'' | b'"') => byte,
                    b'x' => number(reader, 16, 2)?,
                    b'0'..=b'7' => {
                        reader.at -= 1;
                        number(reader, 8, 3)?
                    }
                    _ => return Err("it has an escape that is not known here"),
                };
                word.text.push(byte);
            }
            byte => word.text.push(byte),
        }
    }
}

fn number(reader: &mut Reader<'_>, base: u32, digits: usize) -> Read<u8> {
    let mut number = None;
    for _ in 0..digits {
        let Some(digit) = reader.peek().and_then(|byte| char::from(byte).to_digit(base)) else { break };
        reader.advance();
        number = Some(number.unwrap_or(0) * base + digit);
    }
    let byte = number.and_then(|number| u8::try_from(number).ok()).filter(|byte| *byte != 0);
    byte.ok_or("it has an escape that is no character")
}
