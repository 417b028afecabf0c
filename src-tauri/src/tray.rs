//! The icon in the tray: draws what it is given, and says what was clicked.
//!
//! A thread of its own, because the item belongs to the thread that made it. The
//! newest view wins: who changes faster than the desktop draws loses nothing.
//! A desktop that comes later, as happens at login, finds the item by itself.
//!
//! A new menu is a new tree, and the old one is dropped after the bus's thread
//! let go of it. Its rows are never changed in place: the library counts the
//! references to a check mark without atomics, from both threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{MouseButton, TrayIcon, TrayIconBuilder, TrayIconEvent};

use crate::bus::Bus;
use crate::icon::{Panel, Silhouette, picture};
use crate::menu::{Action, Item};

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) silhouette: Silhouette,
    /// The words beside the pointer.
    pub(crate) tooltip: String,
    pub(crate) menu: Vec<Item>,
}

/// The way to the tray's thread.
#[derive(Clone)]
pub(crate) struct Tray {
    wish: Arc<Mutex<Wish>>,
    thread: Thread,
}

struct Wish {
    view: Option<View>,
    panel: Panel,
    /// Whether a click may have changed what is drawn: the library turns a check mark over by itself.
    touched: bool,
}

/// Starts the tray's thread. `clicked` is called with what a person wants, `absent` once if there
/// cannot be an icon.
pub(crate) fn start(
    bus: Option<Bus>,
    clicked: impl Fn(Action) + Send + Sync + 'static,
    absent: impl FnOnce(String) + Send + 'static,
) -> std::io::Result<Tray> {
    let wish = Arc::new(Mutex::new(Wish { view: None, panel: Panel::Dark, touched: false }));
    let shown = Arc::clone(&wish);
    let thread = thread::Builder::new().name("tray".into()).spawn(move || {
        let mut absent = Some(absent);
        let mut drawn: Option<Drawn> = None;
        loop {
            let (view, panel, touched) = next(&shown);
            match &mut drawn {
                Some(drawn) => drawn.become_(view, panel, touched),
                None => match Drawn::offered(view, panel, bus.as_ref()) {
                    Ok(first) => drawn = Some(first),
                    Err(error) => {
                        if let Some(absent) = absent.take() {
                            absent(error.to_string());
                        }
                    }
                },
            }
            thread::park();
        }
    })?;
    let tray = Tray { wish, thread: thread.thread().clone() };
    listen(&tray, clicked);
    Ok(tray)
}

impl Tray {
    /// One that nobody draws.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Tray {
        let wish = Wish { view: None, panel: Panel::Dark, touched: false };
        Tray { wish: Arc::new(Mutex::new(wish)), thread: thread::current() }
    }

    /// Shows this from now on.
    pub(crate) fn show(&self, view: View) {
        self.wish().view = Some(view);
        self.thread.unpark();
    }

    /// Draws for this kind of panel from now on.
    pub(crate) fn draw_on(&self, panel: Panel) {
        self.wish().panel = panel;
        self.thread.unpark();
    }

    /// Draws the menu again as it is: a mark shows what is, not what was clicked.
    fn touched(&self) {
        self.wish().touched = true;
        self.thread.unpark();
    }

    fn wish(&self) -> MutexGuard<'_, Wish> {
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What to show, once there is something.
fn next(wish: &Mutex<Wish>) -> (View, Panel, bool) {
    loop {
        let mut wish = wish.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = wish.view.clone() {
            return (view, wish.panel, std::mem::take(&mut wish.touched));
        }
        drop(wish);
        thread::park();
    }
}

fn listen(tray: &Tray, clicked: impl Fn(Action) + Send + Sync + 'static) {
    let tray = tray.clone();
    let clicked = Arc::new(clicked);
    let on_icon = Arc::clone(&clicked);
    TrayIconEvent::set_event_handler(Some(move |event| {
        if matches!(event, TrayIconEvent::Click { button: MouseButton::Left, .. }) {
            on_icon(Action::Open(None));
        }
    }));
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        tray.touched();
        match serde_json::from_str(&event.id.0) {
            Ok(action) => clicked(action),
            Err(error) => tracing::error!(%error, "a row of the menu means nothing"),
        }
    }));
}

/// The item on the bus, and what it shows.
struct Drawn {
    item: TrayIcon,
    view: View,
    panel: Panel,
}

impl Drawn {
    /// Makes the item, and sees to it that a host which came in the very moment knows of it: the
    /// library asks once, and listens a little later.
    fn offered(view: View, panel: Panel, bus: Option<&Bus>) -> Result<Drawn, tray_icon::Error> {
        let hostless = bus.is_some_and(|bus| !bus.has_tray_host());
        let drawn = Drawn::new(view, panel)?;
        if let Some(bus) = bus.filter(|bus| hostless && bus.has_tray_host()) {
            bus.offer_item();
        }
        Ok(drawn)
    }

    fn new(view: View, panel: Panel) -> Result<Drawn, tray_icon::Error> {
        let item = TrayIconBuilder::new()
            .with_id("hob")
            .with_title("Hob")
            .with_tooltip(&view.tooltip)
            .with_icon(picture(view.silhouette, panel))
            .with_menu(Box::new(tree(&view.menu)))
            .build()?;
        Ok(Drawn { item, view, panel })
    }

    fn become_(&mut self, view: View, panel: Panel, touched: bool) {
        if touched || self.view.menu != view.menu {
            self.item.set_menu(Some(Box::new(tree(&view.menu))));
        }
        let redrawn = self.view.silhouette != view.silhouette || self.panel != panel;
        let drawn = if redrawn { self.item.set_icon(Some(picture(view.silhouette, panel))) } else { Ok(()) };
        if let Err(error) = drawn.and_then(|()| self.item.set_tooltip(Some(&view.tooltip))) {
            tracing::error!(%error, "the tray icon was not drawn");
        }
        (self.view, self.panel) = (view, panel);
    }
}

fn tree(items: &[Item]) -> Menu {
    let menu = Menu::new();
    for item in items {
        let added = menu.append(&*row(item));
        added.expect("a row that was just made is in no other menu");
    }
    menu
}

fn row(item: &Item) -> Box<dyn IsMenuItem> {
    match item {
        Item::Note(text) => Box::new(MenuItem::new(literal(text), false, None)),
        Item::Do(text, action) => Box::new(MenuItem::with_id(id(action), literal(text), true, None)),
        Item::Check { label, checked, action } => {
            Box::new(CheckMenuItem::with_id(id(action), literal(label), true, *checked, None))
        }
        Item::Submenu(text, rows) => {
            let submenu = Submenu::new(literal(text), true);
            for item in rows {
                submenu.append(&*row(item)).expect("a row that was just made is in no other menu");
            }
            Box::new(submenu)
        }
        Item::Separator => Box::new(PredefinedMenuItem::separator()),
    }
}

/// A row's identifier is what it does, so that no second table can disagree.
fn id(action: &Action) -> String {
    serde_json::to_string(action).expect("an action is made of strings and numbers")
}

/// An ampersand would underline the letter behind it.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}
