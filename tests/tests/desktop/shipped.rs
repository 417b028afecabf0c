//! The program as people get it: nobody drives its window, and the command line brings no toolkit.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use hob_tests::desktop::{App, Session, TrayHost, free_port};
use hob_tests::{Home, program, text, until};

use crate::stage::TWO;

#[test]
fn a_shipped_app_does_not_let_anybody_drive_its_window() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let home = Home::with(TWO);
    let port = free_port();
    let mut command = session.command(App::shipped());
    command.env("HOB_HOME", home.path());
    App::automate(&mut command, port);
    let app = App::launch(&session, command);
    host.item().activate();
    session.wait_for_windows(app.pid(), 1);
    until("the page's process", || (!page_processes(app.pid()).is_empty()).then_some(()));
    // Nobody listens: the port can be had.
    TcpListener::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn the_app_of_these_tests_does() {
    let session = Session::start();
    let host = TrayHost::on(&session);
    let home = Home::with(TWO);
    let (_app, port) = App::automated(&session, &home, &[]);
    host.item().activate();
    until("the inspector", || TcpListener::bind(("127.0.0.1", port)).err());
}

#[test]
fn the_command_line_and_the_launcher_bring_no_toolkit() {
    for name in ["hob", "hob-launch"] {
        let libraries = said(Command::new("ldd").arg(program(name)));
        for library in ["gtk", "gdk", "glib", "gobject", "webkit", "javascriptcore", "libdbus", "X11"] {
            assert!(!libraries.contains(library), "{name} is linked with {library}:\n{libraries}");
        }
    }
    // The question can be answered with yes.
    assert!(said(Command::new("ldd").arg(App::program())).contains("gtk"));
}

#[test]
fn a_plain_build_compiles_no_toolkit() {
    let crates = tree(&["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    assert!(crates.contains("daemon-core "), "{crates}");
    for name in ["gtk", "gtk-sys", "glib", "tauri", "wry", "tao", "webkit2gtk"] {
        let found = crates.lines().find(|line| line.split(' ').next() == Some(name));
        assert_eq!(found, None, "in a plain build");
    }
}

#[test]
fn no_crate_asks_for_the_tokio_side_of_zbus() {
    // What Cargo.lock may hold is checked by the rules of the house; this is what is built.
    let asked =
        tree(&["--workspace", "--all-features", "--edges", "normal,build,features", "--invert", "zbus"]);
    assert!(asked.contains("zbus feature \"async-io\""), "{asked}");
    assert!(!asked.contains("zbus feature \"tokio\""), "{asked}");
}

fn tree(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    said(cargo.current_dir(root).args(["tree", "--locked"]).args(arguments))
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    // A static program has no libraries, which ldd says as a failure elsewhere.
    String::from_utf8(output.stdout).unwrap()
}

/// The processes that show pages for an app.
fn page_processes(app: i32) -> Vec<i32> {
    let is_page = |pid: &i32| {
        let name = fs_err::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.starts_with("WebKitWebProc") && hob_tests::process::parent(*pid) == Some(app)
    };
    hob_tests::process::all().into_iter().filter(is_page).collect()
}
