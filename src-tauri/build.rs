//! Draws the tray's icons from their SVGs, and tells Tauri which commands there are.

use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

const ICONS: [&str; 5] = ["idle", "attention", "error", "paused", "offline"];
const COMMANDS: [&str; 15] = [
    "call",
    "open",
    "close",
    "painted",
    "save",
    "starts_at_login",
    "review",
    "approval_current",
    "approval_decide",
    "approval_deny_client",
    "approval_extend",
    "approval_fit",
    "approval_later",
    "approval_look",
    "approval_watch",
];
/// Twice the grid of 22 that they are drawn on, so that halving it hits whole pixels.
const SIZE: u32 = 44;

fn main() {
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for icon in ICONS {
        let source = format!("icons/tray/{icon}.svg");
        println!("cargo::rerun-if-changed={source}");
        let coverage = draw(&source);
        fs_err::write(Path::new(&out).join(format!("{icon}.alpha")), coverage)
            .expect("OUT_DIR can be written");
    }
    // From now on each command needs a permission in a capability file.
    let commands = tauri_build::AppManifest::new().commands(&COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json and the capability files are right");
}

/// How much of each pixel is covered; the colour is chosen when it is shown.
fn draw(path: &str) -> Vec<u8> {
    let source = fs_err::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let tree =
        Tree::from_data(&source, &Options::default()).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut pixels = Pixmap::new(SIZE, SIZE).expect("the size is not zero");
    let scale = SIZE as f32 / tree.size().width();
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.pixels().iter().map(|pixel| pixel.alpha()).collect()
}
