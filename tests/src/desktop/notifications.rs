//! The notification server of a desktop: records what is shown, and clicks for the person.

use std::collections::HashMap;
use std::sync::Arc;

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, interface};

use super::seen::Seen;
use super::{Session, block_on};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// Why a notification closed, by the Desktop Notifications Specification 1.2.
const BY_THE_PERSON: u32 = 2;
const BY_THE_APP: u32 = 3;

/// A notification server; dropped, it has left.
pub struct Notifications {
    connection: Connection,
    shown: Arc<Seen<Vec<Notification>>>,
}

/// What an app asked to be shown.
#[derive(Debug, Clone)]
pub struct Notification {
    /// What the server calls it.
    pub id: u32,
    /// What the app calls itself.
    pub app: String,
    /// The first line.
    pub summary: String,
    /// The text.
    pub body: String,
    /// Keys and labels of its buttons, in turn.
    pub actions: Vec<String>,
    /// Urgency and the like.
    pub hints: Arc<HashMap<String, OwnedValue>>,
    /// Milliseconds it is to stay; -1 is up to the server, 0 for ever.
    pub expires: i32,
    /// Whether the app or the person has closed it.
    pub closed: bool,
}

impl Notifications {
    /// A server that can do everything.
    pub fn on(session: &Session) -> Notifications {
        Notifications::with_capabilities(session, &["body", "actions", "persistence"])
    }

    /// A server that can do this much.
    ///
    /// # Panics
    /// If there is a server already.
    pub fn with_capabilities(session: &Session, capabilities: &[&str]) -> Notifications {
        let shown = Arc::new(Seen::default());
        let capabilities = capabilities.iter().map(|it| (*it).to_owned()).collect();
        let server = Server { shown: Arc::clone(&shown), capabilities };
        let connection = session.serve(|bus| bus.serve_at(PATH, server));
        block_on(connection.request_name(NAME)).expect("no other notification server is on this bus");
        Notifications { connection, shown }
    }

    /// Waits for a notification that is so.
    ///
    /// # Panics
    /// If none comes within [`crate::PATIENCE`].
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_it: impl Fn(&Notification) -> bool) -> Notification {
        self.shown.wait_for(what, |shown| shown.iter().find(|shown| is_it(shown)).cloned())
    }

    /// All that was shown so far.
    pub fn all(&self) -> Vec<Notification> {
        self.shown.lock().clone()
    }

    /// The person clicks a button, or the text itself, which is `default`.
    pub fn click(&self, id: u32, action: &str) {
        block_on(async {
            Server::action_invoked(&self.emitter()?, id, action).await?;
            self.close(id).await
        })
        .expect("our own bus takes our signals");
    }

    /// The person closes it.
    pub fn dismiss(&self, id: u32) {
        block_on(self.close(id)).expect("our own bus takes our signals");
    }

    async fn close(&self, id: u32) -> zbus::Result<()> {
        self.shown.change(|shown| mark_closed(shown, id));
        Server::notification_closed(&self.emitter()?, id, BY_THE_PERSON).await
    }

    fn emitter(&self) -> zbus::Result<SignalEmitter<'static>> {
        SignalEmitter::new(&self.connection, PATH)
    }
}

struct Server {
    shown: Arc<Seen<Vec<Notification>>>,
    capabilities: Vec<String>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[allow(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expire_timeout: i32,
    ) -> u32 {
        self.shown.change(|shown| {
            let next = u32::try_from(shown.len()).expect("a test shows few") + 1;
            let id = if replaces_id == 0 { next } else { replaces_id };
            shown.push(Notification {
                id,
                app: app_name,
                summary,
                body,
                actions,
                hints: Arc::new(hints),
                expires: expire_timeout,
                closed: false,
            });
            id
        })
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        self.shown.change(|shown| mark_closed(shown, id));
        Ok(Self::notification_closed(&emitter, id, BY_THE_APP).await?)
    }

    fn get_capabilities(&self) -> Vec<String> {
        self.capabilities.clone()
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("hob-tests", "Hob", "0", "1.2")
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

fn mark_closed(shown: &mut [Notification], id: u32) {
    shown.iter_mut().filter(|shown| shown.id == id).for_each(|shown| shown.closed = true);
}
