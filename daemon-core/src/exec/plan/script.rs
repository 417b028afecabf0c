//! The first line of a script, as the kernel reads it.
//!
//! After fs/binfmt_script.c of Linux 6: of the first 256 bytes, up to the end of
//! the line; blanks at both ends do not count; the interpreter goes to the next
//! blank, and all the rest is one argument.

/// How much of a file the kernel looks at.
pub(super) const HEAD: usize = 256;

/// What a file is to the kernel, by its first bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A program of its own.
    Elf,
    /// Text for this interpreter, with at most one argument.
    Script {
        /// As it is written there.
        interpreter: &'a [u8],
        /// All that follows.
        argument: Option<&'a [u8]>,
    },
    /// A first line that names no interpreter, or does not end in time.
    BadLine,
    /// Nothing that the kernel would execute by itself.
    Other,
}

/// The kind of a file that begins so.
pub(super) fn kind(head: &[u8]) -> Kind<'_> {
    let head = &head[..head.len().min(HEAD)];
    if head.starts_with(b"\x7fELF") {
        return Kind::Elf;
    }
    let Some(rest) = head.strip_prefix(b"#!") else { return Kind::Other };
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0));
    let is_cut = end.is_none() && head.len() == HEAD;
    let line = trimmed(&rest[..end.unwrap_or(rest.len())]);
    let until = line.iter().position(blank);
    if line.is_empty() || is_cut && until.is_none() {
        return Kind::BadLine;
    }
    let (interpreter, argument) = line.split_at(until.unwrap_or(line.len()));
    // A cut argument would be another one than the kernel of tomorrow passes on.
    if is_cut {
        return Kind::BadLine;
    }
    let argument = Some(trimmed(argument)).filter(|argument| !argument.is_empty());
    Kind::Script { interpreter, argument }
}

fn trimmed(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_read_as_the_kernel_does() {
        let check = |head: &[u8], interpreter: &str, argument: Option<&str>| {
            let expected =
                Kind::Script { interpreter: interpreter.as_bytes(), argument: argument.map(str::as_bytes) };
            assert_eq!(kind(head), expected, "{}", head.escape_ascii());
        };
        check(b"#!/bin/sh\necho", "/bin/sh", None);
        check(b"#! \t/bin/sh \t\n", "/bin/sh", None);
        check(b"#!/usr/bin/env -S python3 -u\n", "/usr/bin/env", Some("-S python3 -u"));
        check(b"#!/bin/sh", "/bin/sh", None);
        check(b"#!/bin/sh\r\n", "/bin/sh\r", None);
        check(b"#!/bin/sh\0junk\n", "/bin/sh", None);
        for head in [&b"#!"[..], b"#! \n/bin/sh"] {
            assert_eq!(kind(head), Kind::BadLine);
        }
        let long = [b"#!/bin/sh ".as_slice(), &[b'a'; 300]].concat();
        assert_eq!(kind(&long), Kind::BadLine, "what the kernel would cut");
        assert_eq!(kind(b"\x7fELF\x02"), Kind::Elf);
        assert_eq!(kind(b"echo hello\n"), Kind::Other);
        assert_eq!(kind(b""), Kind::Other);
    }
}
