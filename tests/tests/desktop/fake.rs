//! A tray item without an app, to see that the panel sees what there is.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use hob_tests::PATIENCE;
use hob_tests::desktop::zbus::object_server::SignalEmitter;
use hob_tests::desktop::zbus::zvariant::{ObjectPath, OwnedValue, Value};
use hob_tests::desktop::zbus::{self, Connection, interface};
use hob_tests::desktop::{Node, Session, block_on};

const MENU: &str = "/menu";

/// A small app with a tray item; dropped, it has left.
pub(crate) struct Fake {
    connection: Connection,
    path: &'static str,
    shown: Arc<Mutex<Shown>>,
    clicks: Receiver<i32>,
}

/// What it shows now.
struct Shown {
    revision: u32,
    label: String,
    checked: bool,
    icon: u8,
}

/// The entries' numbers. A left click is told as the number 0.
pub(crate) const STATUS: i32 = 1;
pub(crate) const WEB: i32 = 4;
pub(crate) const QUIT: i32 = 5;

impl Fake {
    /// An item at the path where items are that register by a bus name, or elsewhere.
    pub(crate) fn on(session: &Session, path: &'static str) -> Fake {
        let shown = Shown { revision: 1, label: "idle".to_owned(), checked: true, icon: 1 };
        let shown = Arc::new(Mutex::new(shown));
        let (clicked, clicks) = sync_channel(16);
        let item = Item { shown: Arc::clone(&shown), clicked: clicked.clone() };
        let menu = Menu { shown: Arc::clone(&shown), clicked };
        let connection = session.serve(|bus| bus.serve_at(path, item)?.serve_at(MENU, menu));
        Fake { connection, path, shown, clicks }
    }

    /// Registers with the panel by this name or path.
    pub(crate) fn register(&self, by: &str) {
        let watcher = Some("org.kde.StatusNotifierWatcher");
        let called = self.connection.call_method(
            watcher,
            "/StatusNotifierWatcher",
            watcher,
            "RegisterStatusNotifierItem",
            &by,
        );
        block_on(called).unwrap();
    }

    /// Its own name on the bus.
    pub(crate) fn name(&self) -> String {
        self.connection.unique_name().unwrap().to_string()
    }

    /// The next click: an entry's number, or 0.
    pub(crate) fn clicked(&self) -> i32 {
        self.clicks.recv_timeout(PATIENCE).unwrap()
    }

    /// Shows something else, and says so.
    pub(crate) fn show(&self, label: &str, checked: bool, icon: u8) {
        let revision = {
            let mut shown = self.shown.lock().unwrap();
            *shown = Shown { revision: shown.revision + 1, label: label.to_owned(), checked, icon };
            shown.revision
        };
        block_on(async {
            Menu::layout_updated(&SignalEmitter::new(&self.connection, MENU)?, revision, 0).await?;
            Item::new_icon(&SignalEmitter::new(&self.connection, self.path)?).await
        })
        .unwrap();
    }

    pub(crate) fn leave(self) {
        block_on(self.connection.close()).unwrap();
    }
}

/// Width, height and pixels of each size.
type Pixmaps = Vec<(i32, i32, Vec<u8>)>;

struct Item {
    shown: Arc<Mutex<Shown>>,
    clicked: SyncSender<i32>,
}

#[interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    fn activate(&self, _x: i32, _y: i32) {
        self.clicked.send(0).unwrap();
    }

    #[zbus(property)]
    fn id(&self) -> &str {
        "fake"
    }

    #[zbus(property)]
    fn title(&self) -> &str {
        "Fake"
    }

    #[zbus(property)]
    fn status(&self) -> &str {
        "Active"
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str(MENU).unwrap()
    }

    #[zbus(property)]
    fn tool_tip(&self) -> (String, Pixmaps, String, String) {
        (String::new(), Vec::new(), "Fake".to_owned(), "all is well".to_owned())
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Pixmaps {
        vec![(1, 1, vec![self.shown.lock().unwrap().icon; 4])]
    }

    #[zbus(signal)]
    async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

struct Menu {
    shown: Arc<Mutex<Shown>>,
    clicked: SyncSender<i32>,
}

#[interface(name = "com.canonical.dbusmenu")]
impl Menu {
    fn get_layout(&self, _parent: i32, _depth: i32, _names: Vec<String>) -> (u32, Node) {
        let shown = self.shown.lock().unwrap();
        let web = [
            ("label", "web".into()),
            ("toggle-type", "checkmark".into()),
            ("toggle-state", i32::from(shown.checked).into()),
        ];
        let status = [("label", Value::from(shown.label.clone())), ("enabled", false.into())];
        let root = node(
            0,
            &[],
            vec![
                node(STATUS, &status, vec![]),
                node(2, &[("type", "separator".into())], vec![]),
                node(3, &[("label", "_Services".into())], vec![node(WEB, &web, vec![])]),
                node(QUIT, &[("label", "Quit".into())], vec![]),
            ],
        );
        (shown.revision, root)
    }

    fn about_to_show(&self, _id: i32) -> bool {
        false
    }

    /// The last entry ends the app before it has answered.
    async fn event(
        &self,
        id: i32,
        _kind: String,
        _data: OwnedValue,
        _at: u32,
        #[zbus(connection)] connection: &Connection,
    ) {
        self.clicked.send(id).unwrap();
        if id == QUIT {
            connection.clone().close().await.unwrap();
        }
    }

    #[zbus(signal)]
    async fn layout_updated(emitter: &SignalEmitter<'_>, revision: u32, parent: i32) -> zbus::Result<()>;
}

fn node(id: i32, properties: &[(&str, Value<'_>)], children: Vec<Node>) -> Node {
    let owned = |value: &Value<'_>| OwnedValue::try_from(value.try_clone().unwrap()).unwrap();
    let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), owned(value)));
    Node {
        id,
        properties: properties.collect::<HashMap<_, _>>(),
        children: children.into_iter().map(|child| OwnedValue::try_from(child).unwrap()).collect(),
    }
}
