//! The watcher that items register with.

use std::sync::Arc;

use futures_util::StreamExt as _;
use zbus::message::Header;
use zbus::names::OwnedUniqueName;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, fdo, interface};

use super::Item;
use crate::desktop::seen::Seen;
use crate::desktop::{Session, block_on};

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// An item that is there: who owns it, and where it is.
type Registered = (OwnedUniqueName, OwnedObjectPath);

/// A panel with a tray. Dropped, it has left.
pub struct TrayHost {
    connection: Connection,
    items: Arc<Seen<Vec<Registered>>>,
    /// Takes items away whose owners have left the bus. Dropped, it stops.
    _departures: zbus::Task<()>,
}

impl TrayHost {
    /// A panel on the session's bus.
    ///
    /// # Panics
    /// If there is one already.
    pub fn on(session: &Session) -> TrayHost {
        let items = Arc::new(Seen::default());
        let connection = session.serve(|bus| bus.serve_at(PATH, Watcher(Arc::clone(&items))));
        let departures = block_on(async {
            let departures = follow_departures(&connection, Arc::clone(&items)).await?;
            connection.request_name(NAME).await?;
            let emitter = SignalEmitter::new(&connection, PATH)?;
            Watcher::status_notifier_host_registered(&emitter).await?;
            zbus::Result::Ok(departures)
        });
        TrayHost { connection, items, _departures: departures.expect("no other panel is on this bus") }
    }

    /// Waits for an item, and returns the newest.
    ///
    /// # Panics
    /// If none registers within [`crate::PATIENCE`].
    #[track_caller]
    pub fn item(&self) -> Item {
        let (owner, path) = self.items.wait_for("an item in the tray", |items| items.last().cloned());
        Item::new(self.connection.clone(), owner, path)
    }

    /// Waits until so many items are there.
    ///
    /// # Panics
    /// If it does not become true within [`crate::PATIENCE`].
    #[track_caller]
    pub fn wait_for_items(&self, count: usize) {
        self.items.wait_for("items in the tray", |items| (items.len() == count).then_some(()));
    }

    /// How many items there are now.
    pub fn items(&self) -> usize {
        self.items.lock().len()
    }

    /// Goes away, as a panel does that crashes.
    pub fn leave(self) {
        block_on(self.connection.close()).expect("our own bus lets us go");
    }
}

struct Watcher(Arc<Seen<Vec<Registered>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// An item names itself by its bus name, or by its path alone.
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        let sender = header.sender().ok_or_else(|| fdo::Error::Failed("nobody sent this".to_owned()))?;
        let path = if service.starts_with('/') { service } else { "/StatusNotifierItem" };
        let path =
            OwnedObjectPath::try_from(path).map_err(|error| fdo::Error::InvalidArgs(error.to_string()))?;
        let item = (OwnedUniqueName::from(sender.to_owned()), path);
        let name = name_of(&item);
        self.0.change(|items| {
            items.retain(|known| *known != item);
            items.push(item);
        });
        Self::status_notifier_item_registered(&emitter, &name).await?;
        Ok(())
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().iter().map(name_of).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_item_unregistered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

fn name_of((owner, path): &Registered) -> String {
    format!("{owner}{path}")
}

async fn follow_departures(
    connection: &Connection,
    items: Arc<Seen<Vec<Registered>>>,
) -> zbus::Result<zbus::Task<()>> {
    let bus = fdo::DBusProxy::new(connection).await?;
    let mut changes = bus.receive_name_owner_changed().await?;
    let emitter = SignalEmitter::new(connection, PATH)?.into_owned();
    let follow = async move {
        while let Some(change) = changes.next().await {
            let Ok(change) = change.args() else { continue };
            if change.new_owner.is_some() {
                continue;
            }
            let left = |(owner, _): &Registered| owner.as_str() == change.name.as_str();
            let gone = items.change(|items| items.extract_if(.., |item| left(item)).collect::<Vec<_>>());
            for item in gone {
                Watcher::status_notifier_item_unregistered(&emitter, &name_of(&item)).await.ok();
            }
        }
    };
    Ok(connection.executor().spawn(follow, "the items that leave the tray"))
}
