//! The panel: `org.kde.StatusNotifierWatcher`, the items that register with it, and their menus.
//!
//! A panel may come after the app and may go away; [`TrayHost::leave`] is a panel that crashed.

mod host;
mod item;

pub use host::TrayHost;
pub use item::{Icon, Item};

const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
