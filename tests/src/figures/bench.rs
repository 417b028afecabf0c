//! What all figures share: the programs under test, a place for files, and how much to do.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail};

/// The programs under test, a place for files, and how much to do.
pub struct Bench {
    /// The `hob` under test.
    pub hob: PathBuf,
    /// The program that measures, which may play other roles too.
    pub own: PathBuf,
    /// Whether a glance is enough.
    pub quick: bool,
    root: PathBuf,
    places: AtomicUsize,
}

impl Bench {
    /// Finds `hob`: beside this program, or where `HOB_BIN` says; files are kept in `root`.
    pub fn new(root: PathBuf, quick: bool) -> Result<Bench> {
        let own = std::env::current_exe().context("this program's own path")?;
        let named = std::env::var_os("HOB_BIN").map(PathBuf::from);
        let hob = match named {
            Some(directory) if directory.is_dir() => directory.join("hob"),
            Some(program) => program,
            None => own.with_file_name("hob"),
        };
        let hob = std::path::absolute(hob)?;
        if !hob.exists() {
            bail!("there is no {}: build it with `cargo build --release`, or set HOB_BIN", hob.display());
        }
        if cfg!(debug_assertions) && std::env::var_os("HOB_BIN").is_none() {
            eprintln!("figures: these are debug builds, and their figures mean nothing");
        }
        Ok(Bench { hob, own, quick, root, places: AtomicUsize::new(0) })
    }

    /// How many rounds each figure has.
    pub fn rounds(&self) -> usize {
        self.pick(3, 7)
    }

    /// One of two amounts: for a glance, and for a figure that counts.
    pub fn pick<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// A new directory; its path is short, because sockets are bound in it.
    pub fn place(&self) -> Result<PathBuf> {
        let place = self.root.join(self.places.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::DirBuilder::new().mode(0o700).create(&place)?;
        Ok(place)
    }
}
