//! Projects with the real binaries: approved by scripts, outliving daemons, and out of reach of services.
//!
//! What a person is shown and asked on a terminal is tested with the command
//! line; what is in a file, with the library.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod inside;
mod script;
mod survival;

use std::path::{Path, PathBuf};

use hob_tests::Home;

/// A home with a project beside its files.
struct Shop {
    home: Home,
}

impl Shop {
    /// With this `hob.toml`.
    fn with(text: &str) -> Shop {
        let shop = Shop { home: Home::new() };
        fs_err::create_dir(shop.dir()).unwrap();
        shop.write(text);
        shop
    }

    fn dir(&self) -> PathBuf {
        self.home.join("shop")
    }

    fn path(&self) -> String {
        self.dir().to_str().unwrap().to_owned()
    }

    fn write(&self, text: &str) {
        fs_err::write(self.dir().join("hob.toml"), text).unwrap();
    }

    /// Takes the project up without being asked.
    fn up(&self) -> String {
        self.home.ok(&["up", &self.path(), "--yes"])
    }

    /// What `hob` says, and its exit status, when it is started in a directory.
    fn from(&self, dir: &Path, arguments: &[&str]) -> (String, Option<i32>) {
        let output = self.home.command(arguments).current_dir(dir).output().unwrap();
        (hob_tests::text(&output), output.status.code())
    }
}
