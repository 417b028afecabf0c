//! The rules of the house that no compiler knows: sizes, docs, directions of imports, dependencies.
//!
//! Each violation says file, line and rule. If a rule is in the way of something
//! good, ARCHITECTURE.md is where to change it first.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Lines in a source file, with its docs and tests.
const LINES: usize = 400;
/// The kernel has fewer lines than these altogether.
const KERNEL_LINES: usize = 1500;

/// What a folder of `daemon-core/src` may import besides itself and `text`. `daemon`
/// may import everything; what is not named here is a capability.
const LAYERS: [(&str, &[&str]); 9] = [
    ("text", &[]),
    ("kernel", &["storage", "config", "home"]),
    ("config", &["home", "kernel::{Code, Fault}"]),
    ("home", &["kernel::{Code, Fault}"]),
    ("storage", &["kernel::Fault"]),
    ("runs", &["kernel", "config", "home"]),
    ("exec", &["kernel", "config", "home", "runs"]),
    ("wire", &["kernel", "home"]),
    ("surface", &["kernel", "wire", "home"]),
];
const CAPABILITY: &[&str] = &["kernel", "storage", "config", "home", "runs", "exec"];
/// Doctor checks the configuration of every capability, also without a daemon.
const EXCEPTIONS: [(&str, &str); 1] = [("system/doctor.rs", "daemon::sections")];

struct File {
    /// Below the root of the repository.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}

/// All files of the repository that people write.
fn files() -> Vec<File> {
    const NOT_OURS: [&str; 10] = [
        "target",
        "node_modules",
        ".git",
        "dist",
        "corpus",
        "artifacts",
        "coverage",
        ".svelte-kit",
        "gen",
        ".hob",
    ];
    let (root, mut files, mut dirs) = (root(), Vec::new(), vec![root()]);
    while let Some(dir) = dirs.pop() {
        for entry in fs_err::read_dir(dir).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() && !path.is_symlink() {
                if !NOT_OURS.iter().any(|skipped| *skipped == name) {
                    dirs.push(path);
                }
            } else if name != ".git"
                && let Ok(text) = fs_err::read_to_string(&path)
            {
                let path = path.strip_prefix(&root).unwrap().to_str().expect("our files have plain names");
                files.push(File { path: path.to_owned(), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(100 < files.len(), "the repository was not found");
    files
}

impl File {
    fn is(&self, extensions: &[&str]) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| extensions.iter().any(|wanted| it == *wanted))
    }

    fn is_generated(&self) -> bool {
        self.text.lines().take(5).any(|line| line.to_lowercase().contains("generated"))
    }

    /// The lines that are code, counted from 1, without what follows `//`.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(index, line)| (index + 1, line.split_once("//").map_or(line, |(code, _)| code)))
    }
}

/// Fails with every violation: (file, line, what).
fn check(rule: &str, violations: Vec<(&str, usize, String)>) {
    let mut text = String::new();
    for (file, line, what) in &violations {
        writeln!(text, "{file}:{line}: {what}").unwrap();
    }
    assert!(violations.is_empty(), "{rule}\n{text}");
}

#[test]
fn a_source_file_does_one_thing() {
    let files = files();
    let sources = files.iter().filter(|file| file.is(&["rs", "ts", "svelte"]) && !file.is_generated());
    let long = sources.filter_map(|file| {
        let lines = file.text.lines().count();
        (LINES < lines).then(|| (file.path.as_str(), lines, format!("{lines} lines")))
    });
    check("a source file has at most 400 lines, because it does one thing", long.collect());
}

#[test]
fn the_kernel_stays_thin() {
    let files = files();
    let kernel = files.iter().filter(|file| file.path.starts_with("daemon-core/src/kernel/"));
    let lines: usize = kernel.map(|file| file.text.lines().count()).sum();
    assert!(
        0 < lines && lines < KERNEL_LINES,
        "the kernel has {lines} lines, and is to stay below {KERNEL_LINES}"
    );
}

#[test]
fn a_module_begins_with_what_it_is_for() {
    let files = files();
    let silent = files.iter().filter(|file| file.is(&["rs"]) && !opens_with_docs(&file.text));
    let silent = silent.map(|file| (file.path.as_str(), 1, "no `//!`".to_owned()));
    check("a module opens with `//!`: what for, why so, what it leaves out", silent.collect());
}

/// Attributes may stand before it, such as why a file may be unsafe.
fn opens_with_docs(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(attribute) = rest.strip_prefix("#![") {
        rest = attribute.split_once("]\n").map_or("", |(_, rest)| rest).trim_start();
    }
    rest.starts_with("//!")
}

#[test]
fn imports_go_in_one_direction() {
    let files = files();
    let mut violations = Vec::new();
    for file in &files {
        let Some(path) = file.path.strip_prefix("daemon-core/src/") else { continue };
        let Some((folder, _)) = path.split_once('/') else { continue };
        // A test may need all of it.
        if path.ends_with("/tests.rs") {
            continue;
        }
        for (line, code) in file.code() {
            for imported in code.split("crate::").skip(1) {
                let imported = imported_path(imported);
                let excepted = EXCEPTIONS.contains(&(path, imported.as_str()));
                if !may_import(folder, &imported) && !excepted {
                    violations.push((file.path.as_str(), line, format!("{folder} imports {imported}")));
                }
            }
        }
    }
    check("imports go from surfaces and capabilities to the kernel (ARCHITECTURE.md)", violations);
}

/// `kernel::{Code, Fault}` of `kernel::{Code, Fault};`.
fn imported_path(text: &str) -> String {
    let mut depth = 0;
    let end = text.find(|character: char| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && !(character.is_alphanumeric() || "_:}".contains(character))
    });
    text[..end.unwrap_or(text.len())].trim_end_matches(':').to_owned()
}

fn may_import(folder: &str, imported: &str) -> bool {
    let (top, item) = imported.split_once("::").unwrap_or((imported, ""));
    if folder == "daemon" || folder == top || top == "text" {
        return true;
    }
    match LAYERS.iter().find(|(layer, _)| *layer == folder) {
        Some((_, allowed)) => allowed.iter().any(|allowed| covers(allowed, top, item)),
        None if CAPABILITY.contains(&top) => true,
        // Another capability, by an item of its root: its handle, an id, a wire type.
        None => {
            let is_layer = top == "daemon" || LAYERS.iter().any(|(layer, _)| *layer == top);
            !is_layer && !item.contains("::")
        }
    }
}

/// Whether `kernel::{Code, Fault}` covers the import of `kernel` and `Fault`, `{Fault, Code}` or `Fault::x`.
fn covers(allowed: &str, top: &str, item: &str) -> bool {
    let Some((allowed_top, items)) = allowed.split_once("::") else { return allowed == top };
    let items = heads(items);
    allowed_top == top && heads(item).iter().all(|name| items.contains(name))
}

/// `Fault` and `op` of `{Fault, op::{Op, Feed}}`; the first segment of what is no group.
fn heads(item: &str) -> Vec<&str> {
    let Some(group) = item.strip_prefix('{') else { return vec![item.split("::").next().unwrap()] };
    let mut depth = 0;
    let members = group.trim_end_matches('}').split(|character: char| {
        depth += i32::from(character == '{') - i32::from(character == '}');
        depth == 0 && character == ','
    });
    members.map(|member| member.trim().split("::").next().unwrap()).collect()
}

#[test]
fn an_import_is_judged_as_the_house_says() {
    let cases = [
        ("services", "kernel::{Code, Fault}", true),
        ("services", "system", true),
        ("services", "system::Handle", true),
        ("services", "services::spec::Spec", true),
        ("services", "system::log::Log", false),
        ("services", "surface::Peer", false),
        ("services", "daemon::Daemon", false),
        ("services", "wire::Client", false),
        ("kernel", "services::Handle", false),
        ("kernel", "storage::Db", true),
        ("home", "kernel::{Code, Fault}", true),
        ("home", "kernel::registry::Registry", false),
        ("config", "text::{nearest, visible}", true),
        ("config", "kernel::{Fault, Code::Invalid}", true),
        ("text", "kernel::Fault", false),
        ("config", "kernel::{Fault, Op}", false),
        ("wire", "surface::ipc", false),
        ("storage", "config::Size", false),
        ("daemon", "services", true),
    ];
    for (folder, imported, may) in cases {
        assert_eq!(may_import(folder, imported), may, "{folder} -> {imported}");
        assert_eq!(imported_path(&format!("{imported};")), imported);
    }
}

#[test]
fn tauri_is_where_the_desktop_is() {
    // A window each.
    const DOORS: [&str; 2] = ["ui/src/lib/api/tauri.ts", "ui/src/approval/tauri.ts"];
    let files = files();
    let mut violations = Vec::new();
    for file in &files {
        let in_ui = file.path.starts_with("ui/src/") && file.is(&["ts", "svelte", "js"]);
        let in_rust = file.is(&["rs"]) || file.path.ends_with("Cargo.toml");
        for (line, code) in file.code() {
            if in_ui && code.contains(concat!("@tauri", "-apps")) && !DOORS.contains(&file.path.as_str()) {
                let rule = "only the way out of a window imports it";
                violations.push((file.path.as_str(), line, rule.to_owned()));
            }
            let names_it = code.contains(concat!("tauri", "::")) || code.trim_start().starts_with("tauri");
            if in_rust && names_it && !file.path.starts_with("src-tauri/") && file.path != "Cargo.toml" {
                violations.push((file.path.as_str(), line, "only src-tauri imports it".to_owned()));
            }
        }
    }
    check("the desktop's framework stays in the desktop", violations);
}

#[test]
fn nothing_tells_where_it_was_built() {
    let root = root().to_str().unwrap().to_owned() + "/";
    let files = files();
    let mut violations = Vec::new();
    for file in &files {
        for (index, line) in file.text.lines().enumerate() {
            for place in [concat!("/wo", "rk/"), concat!("/ro", "ot/"), &root] {
                if line.contains(place) {
                    violations.push((file.path.as_str(), index + 1, format!("names {place}")));
                }
            }
        }
    }
    check("no file names a path of the machine it was written on", violations);
}

#[test]
fn unsafe_code_is_where_a_reason_says_why() {
    let files = files();
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.is(&["rs"])) {
        if file.text.contains("allow(unsafe_code, reason") || file.text.contains("allow(\n    unsafe_code,") {
            continue;
        }
        for (line, code) in file.code() {
            let code = code.trim_start();
            let is_unsafe = ["{", "fn ", "impl ", "extern "].iter().any(|it| {
                code.split_once(&format!("{} {it}", concat!("un", "safe")))
                    .is_some_and(|(before, _)| !before.contains('"'))
            });
            if is_unsafe {
                violations.push((
                    file.path.as_str(),
                    line,
                    "no `allow(unsafe_code, reason = ...)`".to_owned(),
                ));
            }
        }
    }
    check("unsafe code is in files that say why", violations);
}

#[test]
fn dependencies_keep_their_promises() {
    let lock = fs_err::read_to_string(root().join("Cargo.lock")).unwrap();
    let (mut line, mut zbus, mut violations) = (1, Vec::new(), Vec::new());
    for package in lock.split("[[package]]") {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
            value.unwrap_or_default().trim_matches('"').to_owned()
        };
        let (name, version) = (field("name"), field("version"));
        if name.starts_with("openssl") || name.starts_with("aws-lc") {
            violations.push((
                "Cargo.lock",
                line,
                format!("{name} {version}: the TLS here is rustls with ring"),
            ));
        }
        if name == "zbus" {
            zbus.push(version.split('.').next().unwrap_or_default().to_owned());
            if package.contains("\n \"tokio\"") {
                let why = "zbus with its tokio feature panics where the keyring is asked from a task";
                violations.push(("Cargo.lock", line, why.to_owned()));
            }
        }
        line += package.lines().count().saturating_sub(1);
    }
    zbus.dedup();
    if 1 < zbus.len() {
        violations.push(("Cargo.lock", 1, format!("zbus in the majors {}", zbus.join(" and "))));
    }
    check("dependencies: one zbus without tokio, no OpenSSL, no AWS-LC", violations);
}
