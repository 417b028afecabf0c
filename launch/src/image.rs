//! What kind of program a file is, as far as its first bytes tell.
//!
//! The kernel answers `execve` with one number. "No such file" may mean the
//! file, the interpreter in its `#!` line or the loader that an ELF file names;
//! "exec format error" may mean a script without `#!` line, a program for
//! another machine or an empty file. The bytes know. Nothing is opened here.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// How much of a file [`Image::of`] wants to see.
pub(crate) const HEAD: usize = 4096;

/// How much of it the kernel reads for a `#!` line.
const LINE: usize = 256;

/// A kind of program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// No bytes at all.
    Empty,
    /// Begins with `#!` and this interpreter, which may be empty.
    Script(PathBuf),
    /// For Linux or a relative, on this kind of machine, through this loader (none: static).
    Elf(Machine, Option<PathBuf>),
    /// For Windows.
    Windows,
    /// For macOS.
    MacOs,
    /// Text without a `#!` line.
    Text,
    /// Anything else.
    Unknown,
}

/// What an ELF file is built for.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Machine {
    /// The machine this was compiled for.
    Ours,
    /// Another one, by the name `std::env::consts::ARCH` would give it.
    Named(&'static str),
    /// Another one, by its number in the ELF header.
    Number(u16),
}

impl Image {
    /// The kind of a file whose first [`HEAD`] bytes (or fewer, if it is shorter) are `head`.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [] => Self::Empty,
            [b'#', b'!', line @ ..] => Self::Script(interpreter(line)),
            [0x7f, b'E', b'L', b'F', ..] => elf(head).unwrap_or(Self::Unknown),
            [b'M', b'Z', ..] => Self::Windows,
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => Self::MacOs,
            _ if head.contains(&0) => Self::Unknown,
            _ => Self::Text,
        }
    }
}

/// As the kernel reads it (fs/binfmt_script.c): blanks skipped, up to the next blank or the end of the line.
fn interpreter(line: &[u8]) -> PathBuf {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0);
    let name: Vec<u8> = line
        .iter()
        .take(LINE - 2)
        .skip_while(|byte| blank(byte))
        .take_while(|byte| !end(byte))
        .copied()
        .collect();
    OsString::from_vec(name).into()
}

/// `None` if the header is cut off.
fn elf(head: &[u8]) -> Option<Image> {
    let wide = *head.get(4)? == 2;
    let elf = Elf { head, big: *head.get(5)? == 2 };
    let machine = machine(elf.number(18, 2)?, wide);
    // Offsets of the header fields, as in elf(5), for 64 and for 32 bits.
    let (table, entry_size, entries) = if wide { ((32, 8), 54, 56) } else { ((28, 4), 42, 44) };
    let (table, entry_size, entries) =
        (elf.number(table.0, table.1)?, elf.number(entry_size, 2)?, elf.number(entries, 2)?);
    let loader = (0..entries).find_map(|index| {
        let entry = usize::try_from(table.checked_add(index.checked_mul(entry_size)?)?).ok()?;
        elf.loader(entry, wide)
    });
    Some(Image::Elf(machine, loader))
}

struct Elf<'a> {
    head: &'a [u8],
    big: bool,
}

impl Elf<'_> {
    /// The loader's path, if the program header at `entry` is the one that names it (PT_INTERP).
    fn loader(&self, entry: usize, wide: bool) -> Option<PathBuf> {
        if self.number(entry, 4)? != 3 {
            return None;
        }
        let (offset, size, width) = if wide { (8, 32, 8) } else { (4, 16, 4) };
        let start = usize::try_from(self.number(entry.checked_add(offset)?, width)?).ok()?;
        let length = usize::try_from(self.number(entry.checked_add(size)?, width)?).ok()?;
        let text = self.head.get(start..start.checked_add(length)?)?;
        let text = text.split(|byte| *byte == 0).next()?;
        Some(OsString::from_vec(text.to_vec()).into())
    }

    fn number(&self, offset: usize, width: usize) -> Option<u64> {
        let bytes = self.head.get(offset..offset.checked_add(width)?)?;
        let shift = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, shift) } else { bytes.iter().rev().fold(0, shift) })
    }
}

fn machine(number: u64, wide: bool) -> Machine {
    let name = match (number, wide) {
        (3, _) => "x86",
        (62, true) => "x86_64",
        (62, false) => "x32",
        (40, _) => "arm",
        (183, _) => "aarch64",
        (243, true) => "riscv64",
        (243, false) => "riscv32",
        (21, _) => "powerpc64",
        (22, _) => "s390x",
        (258, _) => "loongarch64",
        _ => return Machine::Number(u16::try_from(number).unwrap_or(u16::MAX)),
    };
    if name == std::env::consts::ARCH { Machine::Ours } else { Machine::Named(name) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_bang_line_is_read_as_the_kernel_does() {
        let check = |line: &[u8], interpreter: &str| {
            assert_eq!(Image::of(line), Image::Script(interpreter.into()), "{}", line.escape_ascii());
        };
        check(b"#!/bin/sh\necho", "/bin/sh");
        check(b"#! \t/usr/bin/env python3\n", "/usr/bin/env");
        check(b"#!/bin/sh\r\n", "/bin/sh\r");
        check(b"#!/bin/sh", "/bin/sh");
        check(b"#!python\n", "python");
        check(b"#!\n/bin/sh\n", "");
        check(b"#!", "");
    }

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let check = |head: &[u8], image: Image| assert_eq!(Image::of(head), image, "{}", head.escape_ascii());
        check(b"", Image::Empty);
        check(b"echo hello\n", Image::Text);
        check(b"\x00\x01", Image::Unknown);
        check(b"MZ\x90\x00", Image::Windows);
        check(b"\xcf\xfa\xed\xfe\x07", Image::MacOs);
        check(b"\x7fELF", Image::Unknown);
    }

    #[test]
    fn an_elf_file_names_its_loader_and_machine() {
        let mut head = vec![0; 200];
        head[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        head[18] = 22; // EM_S390
        head[32] = 64; // program headers
        head[54] = 56;
        head[56] = 2;
        head[64] = 6; // PT_PHDR
        head[120] = 3; // PT_INTERP
        head[128] = 180;
        head[152] = 10;
        head[180..190].copy_from_slice(b"/lib/ld.x\0");
        let loader = Some(PathBuf::from("/lib/ld.x"));
        assert_eq!(Image::of(&head), Image::Elf(Machine::Named("s390x"), loader));
        head[56] = 1;
        assert_eq!(Image::of(&head), Image::Elf(Machine::Named("s390x"), None));
    }

    proptest! {
        #[test]
        fn no_elf_header_is_too_strange(mut head in prop::collection::vec(any::<u8>(), 6..300), wide: bool, big: bool) {
            head[..4].copy_from_slice(b"\x7fELF");
            (head[4], head[5]) = (1 + u8::from(wide), 1 + u8::from(big));
            let image = Image::of(&head);
            prop_assert!(matches!(image, Image::Elf(..) | Image::Unknown));
        }
    }
}
