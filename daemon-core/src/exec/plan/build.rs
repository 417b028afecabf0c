//! From what is wanted to a plan: names become files, files become what is in them.
//!
//! Each file is looked at through one descriptor: identity, permissions and
//! content are of one and the same file, whatever happens to its path meanwhile.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::super::error::Error;
use super::super::files::{Held, Reading, canonical, of_bytes, of_held};
use super::check::{KEPT, WALL, check, seen};
use super::resolve::resolve;
use super::script::{HEAD, Kind, kind};
use super::{Bytes, Class, Directory, Exec, Interpreter, Limits, Number, Person, Plan, Program, Stdin};
use super::{VERSION, Wanted, env};

/// Scripts whose interpreter is a script; the kernel gives up at the fifth.
const DEPTH: usize = 4;
/// What its files may be read by, besides itself.
const UMASK: &str = "022";
/// It looks for what its argument names.
const ENV: &str = "env";

pub(super) fn build(
    wanted: Wanted,
    client: &str,
    person: &Person,
    reading: &mut Reading<'_>,
) -> Result<Plan, Error> {
    check(&wanted)?;
    let mut argv = wanted.argv.into_iter();
    let named = argv.next().ok_or(Error::Empty)?;
    let named = named.text().ok_or(Error::Empty)?.to_owned();
    let cwd = directory(wanted.cwd.as_ref().map_or(person.home.as_ref(), Bytes::os))?;
    let searches_elsewhere = wanted.env.get().contains_key("PATH");
    let exec = exec(named, Path::new(&cwd.path), searches_elsewhere, reading)?;
    // What is named twice is one file, read once.
    let mut names = BTreeSet::new();
    let files = wanted.files.iter().filter(|file| names.insert(file.get()));
    let files = files.map(|file| Ok(look("the file", Path::new(file.os()), reading)?.0));
    Ok(Plan {
        v: VERSION.to_owned(),
        class: Class::Run,
        run_as: Number(person.uid.into()),
        client: client.to_owned(),
        exec,
        argv: argv.collect(),
        cwd,
        env: env::whole(person, &wanted.env),
        asked: wanted.env.get().keys().cloned().collect(),
        stdin: wanted.stdin.map_or(Stdin::None, |content| Stdin::Bytes {
            size: Number(content.get().len() as u64),
            sha256: of_bytes(content.get()),
            content,
        }),
        files: files.collect::<Result<_, Error>>()?,
        umask: UMASK.to_owned(),
        limits: Limits {
            wall_ms: Number(u64::try_from(wanted.wall.unwrap_or(WALL).get().as_millis()).unwrap_or(u64::MAX)),
            memory: wanted.memory.map(|size| Number(size.get())),
            pids: wanted.pids.map(|count| Number(count.into())),
            keep: Number(wanted.keep.unwrap_or(KEPT).get()),
        },
    })
}

fn directory(path: &OsStr) -> Result<Directory, Error> {
    let what = "the working directory";
    let unusable = |error: &io::Error| Error::io(what, Path::new(path), error);
    let real = canonical(Path::new(path)).map_err(|error| unusable(&error))?;
    let held = Held::directory(&real).map_err(|error| unusable(&error))?;
    let text = text(what, &real)?;
    Ok(Directory { path: text, dev: Number(held.stat.st_dev), ino: Number(held.stat.st_ino) })
}

fn exec(
    named: String,
    cwd: &Path,
    searches_elsewhere: bool,
    reading: &mut Reading<'_>,
) -> Result<Exec, Error> {
    let (program, mut head) = look("the program", &resolve(&named, cwd)?, reading)?;
    executable("the program", &program)?;
    let mut interpreters: Vec<Interpreter> = Vec::new();
    loop {
        let path = Path::new(interpreters.last().map_or(&program.path, |it| &it.program.path));
        let refused = |why: &str| Err(Error::unusable("the program", path, why));
        let (name, argument) = match kind(&head) {
            Kind::Elf => break,
            Kind::Script { .. } if DEPTH <= interpreters.len() => {
                return refused("its interpreter is a script, whose interpreter is a script, and so on");
            }
            Kind::Script { interpreter, argument } => (interpreter, argument),
            Kind::BadLine => return refused("its #! line is too long or names no interpreter"),
            Kind::Other => {
                return refused(
                    "it is neither a program for this kind of system nor a script with a #! line",
                );
            }
        };
        let what = "the interpreter";
        let name = Bytes::from(name.to_vec());
        let name = super::check::name(what, &name)?.to_owned();
        if !name.starts_with('/') {
            return Err(Error::Relative { what, shown: crate::text::brief(&name) });
        }
        let argument = argument.map(|argument| Bytes::from(argument.to_vec()));
        let (program, next) = look(what, Path::new(&name), reading)?;
        executable(what, &program)?;
        interpreters.push(Interpreter { named: name, argument, program, by_env: false });
        head = next;
    }
    if !searches_elsewhere {
        interpreters.extend(by_env(interpreters.last(), cwd, reading)?);
    }
    Ok(Exec { named, program, interpreters })
}

/// What `#!/usr/bin/env NAME` will find; `None` where it is not asked for a plain name.
fn by_env(
    last: Option<&Interpreter>,
    cwd: &Path,
    reading: &mut Reading<'_>,
) -> Result<Option<Interpreter>, Error> {
    let Some(last) = last.filter(|last| Path::new(&last.named).file_name() == Some(OsStr::new(ENV))) else {
        return Ok(None);
    };
    let words = last.argument.as_ref().and_then(Bytes::text).unwrap_or_default();
    let mut words = words.split_ascii_whitespace().skip_while(|word| *word == "-S");
    let Some(name) = words.next().filter(|word| !word.starts_with('-') && !word.contains('=')) else {
        return Ok(None);
    };
    let (program, _) = look("the interpreter", &resolve(name, cwd)?, reading)?;
    Ok(Some(Interpreter { named: name.to_owned(), argument: None, program, by_env: true }))
}

/// A file as it is now, and how it begins.
fn look(what: &'static str, path: &Path, reading: &mut Reading<'_>) -> Result<(Program, Vec<u8>), Error> {
    let unusable = |error: &io::Error| match error.kind() {
        io::ErrorKind::FileTooLarge => too_large(),
        _ => Error::io(what, path, error),
    };
    let real = canonical(path).map_err(|error| unusable(&error))?;
    let held = Held::file(&real).map_err(|error| unusable(&error))?;
    let mut head = vec![0; HEAD];
    let count =
        rustix::io::pread(&held.descriptor, &mut head[..], 0).map_err(|error| unusable(&error.into()))?;
    head.truncate(count);
    let (sha256, size) = of_held(&held, reading).map_err(|error| unusable(&error))?;
    let program = Program {
        path: text(what, path)?,
        real: text(what, &real)?,
        dev: Number(held.stat.st_dev),
        ino: Number(held.stat.st_ino),
        size: Number(size),
        mode: format!("{:04o}", held.stat.st_mode & 0o7777),
        sha256,
        chain: held.chain,
    };
    Ok((program, head))
}

fn too_large() -> Error {
    let what = "the program and the files of one command have too many bytes together";
    Error::TooLarge { what, most: "2147483648 (2 GiB)".to_owned() }
}

/// Somebody may execute it; whether we may is the kernel's to say.
fn executable(what: &'static str, program: &Program) -> Result<(), Error> {
    let mode = u32::from_str_radix(&program.mode, 8).unwrap_or_default();
    match mode & 0o111 {
        0 => Err(Error::unusable(
            what,
            Path::new(&program.path),
            format!("it is not executable (its mode is {})", program.mode),
        )),
        _ => Ok(()),
    }
}

fn text(what: &'static str, path: &Path) -> Result<String, Error> {
    let bytes = Bytes::from(path.as_os_str().as_bytes().to_vec());
    seen(what, super::check::name(what, &bytes)?).map(str::to_owned)
}
