//! A test of the desktop once more, as a user without rights.

use super::App;
use crate::nobody::as_nobody_with;

/// Runs a test of this program, by its full name, as `nobody`, if we are root.
///
/// # Panics
/// If that test fails, or there is no such test.
#[track_caller]
pub fn as_nobody(test: &str) {
    as_nobody_with(test, &[("HOB_DESKTOP", &App::program(), "hob-desktop")]);
}
