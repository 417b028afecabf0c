//! A configuration that is wrong: each error names file, line, key and remedy.
//!
//! Here it is read without a daemon; `reload.rs` has what a daemon does with it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(clippy::disallowed_methods, reason = "a test has no kernel tasks")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use daemon_core::config::{Config, Loaded, Problem, Section, Span, check};
use daemon_core::daemon::sections;
use daemon_core::home::Dirs;
use daemon_core::kernel::{Code, Fault};
use fs_err::os::unix::fs::OpenOptionsExt as _;
use schemars::Schema;
use serde::Deserialize;

/// `[house]`, a section with one of everything.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct House {
    doors: u8,
    open: bool,
    pause: Option<Span>,
    names: Vec<String>,
    roof: Roof,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Roof {
    colour: String,
}

/// `[room.NAME]`, of which there are many.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Room {
    size: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Whole {
    house: House,
    rooms: Vec<(String, u32)>,
}

impl Section for Whole {
    const NAMES: &'static [&'static str] = &["house", "room"];

    fn read(loaded: &Loaded<'_>) -> Result<Whole, Vec<Problem>> {
        match (loaded.section("house"), loaded.named::<Room>("room")) {
            (Ok(house), Ok(rooms)) => {
                let rooms = rooms.into_iter().map(|room| (room.name, room.value.size)).collect();
                Ok(Whole { house, rooms })
            }
            (house, rooms) => Err([house.err(), rooms.err()].into_iter().flatten().flatten().collect()),
        }
    }

    fn schemas() -> Vec<Schema> {
        Vec::new()
    }
}

/// A home, and what of its configuration is in force.
struct Home {
    dir: tempfile::TempDir,
    config: Config,
    in_force: Arc<Mutex<Whole>>,
}

impl Home {
    fn new() -> Home {
        let mut config = Config::default();
        let in_force = Arc::new(Mutex::new(Whole::default()));
        let applied = Arc::clone(&in_force);
        config.claim(move |whole: Whole| *applied.lock().unwrap() = whole);
        Home { dir: tempfile::tempdir().unwrap(), config, in_force }
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.dir.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn load(&self) -> Result<Whole, Fault> {
        self.config.load(&Dirs::below(self.dir.path()))?;
        Ok(self.in_force.lock().unwrap().clone())
    }

    /// What is wrong is told with all of `said`, and what was in force still is.
    fn check_refused(&self, what: &str, said: &[&str]) {
        self.in_force.lock().unwrap().house.doors = 99;
        let fault = self.load().expect_err(what);
        assert_eq!(fault.code, Code::Invalid, "{what}: {fault}");
        for said in said {
            assert!(fault.message.contains(said), "{what}: no {said:?} in {}", fault.message);
        }
        assert!(fault.message.len() < 8000, "{what}: {} bytes", fault.message.len());
        assert!(fault.hint.is_some_and(|hint| hint.contains("hob config check")), "{what}: no remedy");
        assert_eq!(self.in_force.lock().unwrap().house.doors, 99, "{what}: it was applied");
    }
}

#[test]
fn a_mistake_is_told_with_its_file_line_and_key() {
    let nested = format!("[house]\nnames = {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let dotted = format!("[house]\n{} = 1", vec!["a"; 100_000].join("."));
    let tables = format!("[{}]", vec!["house"; 100_000].join("."));
    let long = format!("[house]\n{} = 1", "x".repeat(1 << 20));
    let cases: [(&str, &str, &[&str]); 19] = [
        ("a syntax error", "[house]\ndoors = = 2", &["config.toml:2: "]),
        ("an open quote", "[house]\n\nnames = [\"a", &["config.toml:3: "]),
        ("no key", "[house]\n= 2", &["config.toml:2: "]),
        ("an unknown section", "\n[huose]\n", &["config.toml:2: huose: ", "did you mean [house]?"]),
        ("a value without a section", "doors = 2", &["config.toml:1: doors: ", "no such section"]),
        (
            "an unknown key",
            "[house]\nopen = true\ndors = 2",
            &["config.toml:3: house.dors: ", "did you mean `doors`?"],
        ),
        (
            "an unknown key below",
            "[house.roof]\ncolor = \"red\"",
            &["config.toml:2: house.roof.color: ", "`colour`?"],
        ),
        (
            "a wrong type",
            "[house]\n\ndoors = \"two\"",
            &["config.toml:3: house.doors: ", "must be a whole number from 0 to 255, not"],
        ),
        (
            "a wrong type in a list",
            "[house]\nnames = [\"a\",\n2]",
            &["config.toml:3: house.names: ", "must be a text in quotes, not 2"],
        ),
        ("a number out of range", "[house]\ndoors = 256", &["config.toml:2: house.doors: ", "256"]),
        (
            "a table in place of a value",
            "[house.open]\nwide = true",
            &["config.toml:1: house.open: ", "must be true or false, not a table"],
        ),
        ("a value in place of a table", "house = 7", &["config.toml:1: house: "]),
        ("a bad duration", "[house]\npause = \"5 parsecs\"", &["config.toml:2: house.pause: "]),
        ("a key twice", "[house]\ndoors = 1\ndoors = 2", &["config.toml:3: ", "duplicate key"]),
        ("values where tables should be", "room = 7", &["config.toml:1: room: ", "[room.NAME]"]),
        ("ten thousand brackets", &nested, &["config.toml:2: "]),
        ("a hundred thousand dots", &dotted, &["config.toml: recursion limit"]),
        ("a hundred thousand tables", &tables, &["config.toml: recursion limit"]),
        ("a key of a mebibyte", &long, &["config.toml:2: house.x", "unknown field"]),
    ];
    let home = Home::new();
    for (what, text, said) in cases {
        home.write("config.toml", text);
        home.check_refused(what, said);
    }
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let home = Home::new();
    home.write("config.toml", "[house]\ndoors = true\n[romo.x]\n");
    home.write("services.d/a.toml", "[room.hall]\nsiez = 3");
    home.write("services.d/b.toml", "[room.attic]\nsize = -1");
    home.check_refused("three files", &["config.toml:2: ", "[room]?", "a.toml:2: ", "`size`?", "b.toml:2: "]);
}

#[test]
fn one_file_that_is_no_toml_hides_no_mistake_of_the_others_and_makes_none() {
    let home = Home::new();
    home.write("services.d/b.toml", "[room.attic]\nsize = -1");
    home.write("config.toml", "[house]\ndoors = = 2\nopen = 7");
    home.check_refused("two files", &["config.toml:2: ", "b.toml:2: room.attic.size: "]);

    let dirs = Dirs::below(home.dir.path());
    let check = || check(&dirs, &sections()).unwrap_err();
    home.write("config.toml", "");
    home.write(
        "services.d/b.toml",
        "[service.web]\ncommand = [\"x\"]\nrequires = [\"db\"]\nstop_timeout = \"9h\"",
    );
    // Whatever is wrong with a file, those of its tables that another names are there.
    for broken in [
        "[service.a]\ncommand = [\"x\"\n[service.db]\ncommand = [\"x\"]",
        "[service.a]\ncommand = \"x\n[service.db]\ncommand = [\"x\"]",
        "[service.a]\ncommand =\n[service.db]\ncommand = [\"x\"]",
        "[service.a\ncommand = [\"x\"]\n[service.db]\ncommand = [\"x\"]",
        "[service.db]\ncommand = [\"x\"]\ncommand = [\"y\"]",
        "[service.db]\n= 2",
        "[service.db]\ncommand = { a = 1",
        "[service.a]\ncommand = \"\"\"x\n[service.db]\ncommand = [\"x\"]",
    ] {
        home.write("services.d/a.toml", broken);
        let told: Vec<String> = check().iter().map(ToString::to_string).collect();
        assert!(told.len() == 2 && told[0].contains("a.toml:"), "{broken}\n{told:#?}");
        assert!(told[1].contains("b.toml:4: service.web.stop_timeout: "), "{broken}\n{told:#?}");
    }
    fs_err::write(home.dir.path().join("services.d/c.toml"), b"\xff").unwrap();
    let told: Vec<String> = check().iter().map(ToString::to_string).collect();
    assert!(told.len() == 2 && told[0].contains("c.toml: ") && told[1].contains("a.toml:"), "{told:#?}");
}

#[test]
fn what_is_no_text_file_is_told_as_what_it_is() {
    let home = Home::new();
    let path = home.dir.path().join("config.toml");
    let anew = |what: &str, make: &dyn Fn(&Path), said: &[&str]| {
        make(&path);
        home.check_refused(what, said);
        if path.is_dir() { fs_err::remove_dir(&path).unwrap() } else { fs_err::remove_file(&path).unwrap() }
    };
    anew("a directory", &|path| fs_err::create_dir(path).unwrap(), &["config.toml: ", "not a regular file"]);
    anew(
        "a fifo",
        &|path| {
            let made = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
        },
        &["config.toml: ", "not a regular file"],
    );
    anew("a device", &|path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(), &["not a regular file"]);
    anew(
        "a link to nothing",
        &|path| std::os::unix::fs::symlink("/nowhere", path).unwrap(),
        &["config.toml: "],
    );
    anew(
        "100 MB",
        &|path| fs_err::File::create(path).unwrap().set_len(100_000_000).unwrap(),
        &["config.toml: ", "100000000 bytes", "4194304"],
    );
    anew(
        "no UTF-8",
        &|path| fs_err::write(path, b"[house]\n# \xff\n").unwrap(),
        &["config.toml", "not UTF-8"],
    );
    anew("NUL", &|path| fs_err::write(path, b"[house]\n\0").unwrap(), &["config.toml:2: "]);
    if !rustix::process::getuid().is_root() {
        anew(
            "unreadable",
            &|path| {
                fs_err::write(path, "").unwrap();
                fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o000)).unwrap();
            },
            &["config.toml: ", "ermission denied"],
        );
    }
    fs_err::write(home.dir.path().join("services.d"), "").unwrap();
    home.check_refused("a file in place of services.d", &["services.d: "]);
}

#[test]
fn fragments_count_in_the_order_of_their_names_and_hidden_ones_do_not() {
    let home = Home::new();
    home.write("config.toml", "[room.a]\nsize = 1");
    for (file, name) in
        [("20.toml", "c"), ("10.toml", "b"), (".hidden.toml", "d"), ("x.toml~", "e"), ("y", "f")]
    {
        home.write(&format!("services.d/{file}"), format!("[room.{name}]\nsize = 2"));
    }
    let rooms = home.load().unwrap().rooms;
    assert_eq!(rooms, [("a".to_owned(), 1), ("b".to_owned(), 2), ("c".to_owned(), 2)]);
}

#[test]
fn a_name_in_two_files_is_told_with_both_places() {
    let home = Home::new();
    home.write("config.toml", "[house]\ndoors = 1\n[room.hall]\nsize = 1");
    home.write("services.d/more.toml", "\n[room.hall]\nsize = 1");
    home.check_refused("a room twice", &["more.toml:2: room.hall: is already in ", "config.toml:3"]);
}

#[test]
fn a_section_that_there_is_once_stands_in_the_one_file() {
    let home = Home::new();
    home.write("services.d/more.toml", "[room.hall]\nsize = 1\n[house]\ndoors = 1");
    let refusal =
        ["services.d/more.toml:3: house: cannot stand in a file of services.d (move it to ", "config.toml)"];
    home.check_refused("a section in a fragment", &refusal);
    home.write("config.toml", "[house]\ndoors = 1");
    home.check_refused("a section twice", &refusal);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_never_half_applied() {
    let home = Home::new();
    let begin = format!("[house]\ndoors = 7\n#{}\n", "x".repeat(2 << 20));
    home.write("config.toml", &begin);
    let path = home.dir.path().join("config.toml");
    let done = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let done = Arc::clone(&done);
        move || {
            use std::io::Write as _;
            let mut file = fs_err::OpenOptions::new().append(true).custom_flags(0).open(path).unwrap();
            while !done.load(Ordering::Relaxed) && file.metadata().unwrap().len() < 3 << 20 {
                file.write_all(b"#\n").unwrap();
            }
        }
    });
    for _ in 0..20 {
        match home.load() {
            Ok(whole) => assert_eq!(whole.house.doors, 7),
            Err(fault) => assert!(fault.message.contains("changed each time it was read"), "{fault}"),
        }
    }
    done.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert_eq!(home.load().unwrap().house.doors, 7, "once it is settled it counts");
}

/// Runs [`loads_under_an_environment`] in a process of its own: an environment cannot be changed safely in this one.
fn outcome_with(text: &str, variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    fs_err::write(home.path().join("config.toml"), text).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "loads_under_an_environment", "--ignored", "--nocapture"]);
    let output = command.env("TEST_HOME", home.path()).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "run by the tests below, in a process and an environment of its own"]
fn loads_under_an_environment() {
    let mut home = Home::new();
    if let Some(dir) = std::env::var_os("TEST_HOME") {
        home.dir = tempfile::Builder::new().tempdir_in(dir).unwrap();
        fs_err::copy(home.dir.path().join("../config.toml"), home.dir.path().join("config.toml")).unwrap();
    }
    match home.load() {
        Ok(whole) => {
            println!("{:?} {:?} {:?}", whole.house.doors, whole.house.pause, whole.house.roof.colour)
        }
        Err(fault) => println!("{fault}"),
    }
}

#[test]
fn a_variable_counts_before_the_file_and_its_mistakes_name_it() {
    let text = "[house]\ndoors = 1\nroof.colour = \"red\"";
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[], "1 None \"red\""),
        (&[("HOB__HOUSE__DOORS", "3")], "3 None \"red\""),
        (&[("HOB__HOUSE__PAUSE", "5m")], "1 Some(5m) \"red\""),
        (&[("HOB__HOUSE__ROOF__COLOUR", "blue")], "1 None \"blue\""),
        (&[("HOB__HOUSE__DOORS", "many")], "HOB__HOUSE__DOORS: house.doors: "),
        (&[("HOB__HOUSE__PAUSE", "5 parsecs")], "HOB__HOUSE__PAUSE: house.pause: "),
        (&[("HOB__HOUSE__DORS", "3")], "HOB__HOUSE__DORS: house.dors: "),
        (&[("HOB__HUOSE__DOORS", "3")], "HOB__HUOSE__DOORS: huose.doors: there is no such section"),
        (&[("HOB__ROOM__HALL__SIZE", "3")], "HOB__ROOM__HALL__SIZE: room.hall.size: "),
    ];
    for (variables, said) in cases {
        let outcome = outcome_with(text, variables);
        assert!(outcome.contains(said), "{variables:?}: no {said:?} in {outcome}");
    }
}
