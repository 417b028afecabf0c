//! One item of the tray, as a panel shows it and a person clicks it.

use futures_util::{FutureExt as _, StreamExt as _};
use serde::Serialize;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream, fdo, message};

use super::{ITEM, MENU};
use crate::PATIENCE;
use crate::desktop::{Entry, Menu, Node, block_on};

/// Signals that may wait to be read. zbus stops reading where there are more.
const QUEUE: usize = 4096;

/// An item of the tray.
pub struct Item {
    connection: Connection,
    owner: OwnedUniqueName,
    path: OwnedObjectPath,
}

/// How an item looks: a theme's name, or pixels, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icon {
    /// The name in the icon theme, or a path.
    pub name: String,
    /// Width, height, and pixels in ARGB from the top left, of each size.
    pub pixmaps: Vec<(i32, i32, Vec<u8>)>,
}

impl Item {
    pub(super) fn new(connection: Connection, owner: OwnedUniqueName, path: OwnedObjectPath) -> Item {
        Item { connection, owner, path }
    }

    /// The bus name of the process behind it.
    pub fn owner(&self) -> &str {
        self.owner.as_str()
    }

    /// The pid of the process behind it.
    pub fn pid(&self) -> i32 {
        let asked = async {
            let bus = fdo::DBusProxy::new(&self.connection).await?;
            bus.get_connection_unix_process_id((*self.owner).clone().into()).await
        };
        let pid = block_on(asked).expect("the bus knows the pid of who is on it");
        i32::try_from(pid).expect("a pid fits")
    }

    /// What it calls itself to programs.
    pub fn id(&self) -> String {
        self.property("Id")
    }

    /// What it calls itself to people.
    pub fn title(&self) -> String {
        self.property("Title")
    }

    /// `Active`, `Passive` or `NeedsAttention`.
    pub fn status(&self) -> String {
        self.property("Status")
    }

    /// Title and text of its tooltip.
    pub fn tool_tip(&self) -> (String, String) {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let (_, _, title, text) = self.property::<ToolTip>("ToolTip");
        (title, text)
    }

    /// How it looks.
    pub fn icon(&self) -> Icon {
        block_on(self.ask_icon()).unwrap_or_else(|error| panic!("the item's icon: {error}"))
    }

    /// Any property of the item.
    ///
    /// # Panics
    /// If the item does not say it, or as something else.
    #[track_caller]
    pub fn property<T: TryFrom<OwnedValue, Error: std::fmt::Debug>>(&self, name: &str) -> T {
        block_on(self.ask(name)).unwrap_or_else(|error| panic!("the item's {name}: {error}"))
    }

    /// A left click.
    #[track_caller]
    pub fn activate(&self) {
        let called = self.call(self.path.as_str(), ITEM, "Activate", &(0_i32, 0_i32));
        block_on(called).unwrap_or_else(|error| panic!("a left click: {error}"));
    }

    /// The menu as it is now.
    #[track_caller]
    pub fn menu(&self) -> Menu {
        block_on(self.ask_menu()).unwrap_or_else(|error| panic!("the menu: {error}"))
    }

    /// Opens the menu and clicks the entry with this label.
    ///
    /// # Panics
    /// If there is none, or it is dimmed.
    #[track_caller]
    pub fn click(&self, label: &str) {
        self.click_by(&format!("{label:?}"), |entry| entry.label == label);
    }

    /// Opens the menu and clicks the first entry that is so.
    ///
    /// # Panics
    /// If there is none, or it is dimmed.
    #[track_caller]
    pub fn click_by(&self, what: &str, is_it: impl Fn(&Entry) -> bool) {
        let menu = self.menu();
        let entry = menu.find_by(is_it).unwrap_or_else(|| panic!("{what} is not in the menu:\n{menu}"));
        assert!(entry.enabled, "{what} is dimmed:\n{menu}");
        let way = menu.way_to(entry.id);
        let clicked = self.click_through(&way, entry.id);
        block_on(clicked).unwrap_or_else(|error| panic!("a click on {what}: {error}"));
    }

    /// Waits until the menu is as `wanted`; returns it.
    ///
    /// # Panics
    /// If it is not within [`PATIENCE`], or the item leaves.
    #[track_caller]
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&Menu) -> bool) -> Menu {
        match self.watch(async || self.ask_menu().await, wanted) {
            Ok(menu) => menu,
            Err(Vain::Left) => panic!("the item left the tray before {what}"),
            Err(Vain::Last(menu)) => panic!("waited in vain: {what}; the menu is:\n{menu}"),
            Err(Vain::Failed(error)) => panic!("waiting for {what}: {error}"),
        }
    }

    /// Waits until the icon is as `wanted`; returns it.
    ///
    /// # Panics
    /// If it is not within [`PATIENCE`], or the item leaves.
    #[track_caller]
    pub fn wait_for_icon(&self, what: &str, wanted: impl Fn(&Icon) -> bool) -> Icon {
        match self.watch(async || self.ask_icon().await, wanted) {
            Ok(icon) => icon,
            Err(Vain::Left) => panic!("the item left the tray before {what}"),
            Err(Vain::Last(_)) => panic!("waited in vain: {what}"),
            Err(Vain::Failed(error)) => panic!("waiting for {what}: {error}"),
        }
    }

    /// Looks once, and again after each signal of the item.
    fn watch<T>(
        &self,
        look: impl AsyncFn() -> zbus::Result<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<T, Vain<T>> {
        let last = std::cell::RefCell::new(None);
        let watched = async {
            let (mut signals, mut departures) = (self.signals().await?, self.departures().await?);
            loop {
                let found = look().await?;
                if wanted(&found) {
                    return Ok(found);
                }
                *last.borrow_mut() = Some(found);
                tokio::select! {
                    _ = signals.next() => while signals.next().now_or_never().is_some() {},
                    _ = departures.next() => return Err(Vain::Left),
                }
            }
        };
        let waited = block_on(async { tokio::time::timeout(PATIENCE, watched).await });
        match waited {
            Ok(Err(Vain::Failed(error))) if is_left(&error) => Err(Vain::Left),
            Ok(outcome) => outcome,
            Err(_) => Err(last.take().map_or(Vain::Left, Vain::Last)),
        }
    }

    async fn signals(&self) -> zbus::Result<MessageStream> {
        let rule = MatchRule::builder().msg_type(message::Type::Signal).sender(self.owner.as_str())?.build();
        MessageStream::for_match_rule(rule, &self.connection, Some(QUEUE)).await
    }

    async fn departures(&self) -> zbus::Result<fdo::NameOwnerChangedStream> {
        let bus = fdo::DBusProxy::new(&self.connection).await?;
        bus.receive_name_owner_changed_with_args(&[(0, self.owner.as_str()), (2, "")]).await
    }

    async fn ask_icon(&self) -> zbus::Result<Icon> {
        // An item has one of them at least, and says nothing about the other.
        let name = self.ask("IconName").await.unwrap_or_default();
        Ok(Icon { name, pixmaps: self.ask("IconPixmap").await? })
    }

    async fn ask_menu(&self) -> zbus::Result<Menu> {
        let nothing_left_out: &[&str] = &[];
        let reply = self.call_menu("GetLayout", &(0_i32, -1_i32, nothing_left_out)).await?;
        let (revision, root) = reply.body().deserialize::<(u32, Node)>()?;
        Ok(Menu::read(revision, root)?)
    }

    async fn click_through(&self, way: &[i32], id: i32) -> zbus::Result<()> {
        for id in way {
            // Not every menu wants to know that it is about to be shown.
            self.call_menu("AboutToShow", &(id,)).await.ok();
        }
        match self.call_menu("Event", &(id, "clicked", Value::from(0_i32), 0_u32)).await {
            // "Quit" may end the app before it has answered the click.
            Err(error) if is_left(&error) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    async fn ask<T: TryFrom<OwnedValue, Error: std::fmt::Debug>>(&self, name: &str) -> zbus::Result<T> {
        let reply =
            self.call(self.path.as_str(), "org.freedesktop.DBus.Properties", "Get", &(ITEM, name)).await?;
        let value = reply.body().deserialize::<OwnedValue>()?;
        T::try_from(value)
            .map_err(|error| zbus::Error::Failure(format!("{name} is something else: {error:?}")))
    }

    async fn call_menu(
        &self,
        method: &str,
        body: &(impl Serialize + DynamicType + Sync),
    ) -> zbus::Result<Message> {
        let menu = self.ask::<OwnedObjectPath>("Menu").await?;
        self.call(menu.as_str(), MENU, method, body).await
    }

    async fn call(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &(impl Serialize + DynamicType + Sync),
    ) -> zbus::Result<Message> {
        self.connection.call_method(Some(self.owner.as_str()), path, Some(interface), method, body).await
    }
}

/// Why nothing came of waiting.
enum Vain<T> {
    /// The item is no longer there.
    Left,
    /// Time is up; this was seen last.
    Last(T),
    /// It could not be looked at.
    Failed(zbus::Error),
}

impl<T> From<zbus::Error> for Vain<T> {
    fn from(error: zbus::Error) -> Self {
        Vain::Failed(error)
    }
}

/// Whether this is the bus saying that whoever was called has gone.
fn is_left(error: &zbus::Error) -> bool {
    let zbus::Error::MethodError(name, ..) = error else { return false };
    name.as_str() == "org.freedesktop.DBus.Error.NoReply"
}
