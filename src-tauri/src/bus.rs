//! Our place on the session bus.
//!
//! Who owns the name is the one Hob of this session and home; a second start
//! asks it to open its window, by the interface that desktops use for that
//! (Desktop Entry Specification, section "D-Bus Activation"). The same
//! connection tells what kind of desktop this is, and carries the few messages
//! that a person should see without a window.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use daemon_core::home::Dirs;
use serde::Serialize;
use zbus::Message;
use zbus::blocking::{Connection, Proxy, connection, fdo::DBusProxy};
use zbus::fdo::{RequestNameFlags, RequestNameReply};
use zbus::names::{BusName, WellKnownName};
use zbus::proxy::CacheProperties;
use zbus::zvariant::{DynamicType, OwnedValue, Value};

use crate::front::{Ask, Front};
use crate::icon::Panel;
use crate::patience::{HELLO, within};
use crate::say;

const NAME: &str = "dev.hob.Desktop";
const PATH: &str = "/dev/hob/Desktop";
/// What an app that is about to end answers, so that the next one waits for its place.
const ENDING: &str = "Hob is ending";
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// A minute and a half, which is longer than services are usually given.
const LOOKS: u32 = 450;
/// How long others on the bus may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// The Desktop Notifications Specification's name and path.
pub(crate) const NOTICES: &str = "org.freedesktop.Notifications";
const NOTICES_AT: &str = "/org/freedesktop/Notifications";
const TRAY_HOST: &str = "org.kde.StatusNotifierWatcher";
const PORTAL: &str = "org.freedesktop.portal.Desktop";

/// What became of joining.
pub(crate) enum Joined {
    /// We are the only one.
    Alone(Bus),
    /// Another one is there, and has opened its window.
    Second,
    /// There is no session bus.
    Nowhere,
}

/// A connection to the session bus.
#[derive(Clone)]
pub(crate) struct Bus(Connection);

/// Takes the name of this home's app, or asks its owner to show itself.
pub(crate) fn join(dirs: &Dirs, front: &Arc<Front>) -> Joined {
    try_join(&name(dirs), front).unwrap_or_else(|error| {
        tracing::debug!(%error, "no session bus");
        Joined::Nowhere
    })
}

fn try_join(name: &str, front: &Arc<Front>) -> zbus::Result<Joined> {
    let application = Application { front: Arc::clone(front) };
    let connect = move || {
        let builder = connection::Builder::session()?.serve_at(PATH, application)?;
        builder.method_timeout(ANSWER).build()
    };
    let connection = within(HELLO, connect).unwrap_or(Err(zbus::Error::Unsupported))?;
    for look in 0..LOOKS {
        match ask_for(&connection, name)? {
            Asked::Ours => return Ok(Joined::Alone(Bus(connection))),
            Asked::Shown => return Ok(Joined::Second),
            // Whoever has our name is not us; it must not keep us from running.
            Asked::Silent(error) => {
                say(&format!(
                    "what has the name {name} on the session bus does not answer ({error}); going on without it"
                ));
                return Ok(Joined::Alone(Bus(connection)));
            }
            Asked::Ending => {
                if look == 0 {
                    say("waiting for the Hob that is stopping its services");
                }
                std::thread::sleep(LOOK_AGAIN);
            }
        }
    }
    say("the Hob before this one does not end (its menu has \"Stop at once\"); going on beside it");
    Ok(Joined::Alone(Bus(connection)))
}

/// What the bus, or who has the name, said.
enum Asked {
    Ours,
    Shown,
    Silent(zbus::Error),
    Ending,
}

fn ask_for(connection: &Connection, name: &str) -> zbus::Result<Asked> {
    match connection.request_name_with_flags(name, RequestNameFlags::DoNotQueue.into()) {
        Ok(RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner) => {
            return Ok(Asked::Ours);
        }
        Ok(_) | Err(zbus::Error::NameTaken) => {}
        Err(error) => return Err(error),
    }
    let nothing: HashMap<&str, Value<'_>> = HashMap::new();
    let owner = Proxy::new(connection, name, PATH, "org.freedesktop.Application")?;
    Ok(match owner.call_method("Activate", &(nothing,)) {
        Ok(_) => Asked::Shown,
        Err(zbus::Error::MethodError(_, Some(said), _)) if said == ENDING => Asked::Ending,
        Err(error) => Asked::Silent(error),
    })
}

/// The default home has the plain name; each other one has its own.
fn name(dirs: &Dirs) -> String {
    if dirs.is_default() {
        return NAME.into();
    }
    // FNV-1a, 64 bits: short, stable from run to run, and nobody gains by a collision.
    let bytes = dirs.state().as_os_str().as_encoded_bytes();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{NAME}.h{hash:016x}")
}

impl Bus {
    /// Whether somebody shows tray icons now. One that comes later finds ours by itself.
    pub(crate) fn has_tray_host(&self) -> bool {
        self.has_owner(TRAY_HOST)
    }

    /// Tells the host of our item (StatusNotifierItem Specification, section "StatusNotifierWatcher").
    pub(crate) fn offer_item(&self) {
        // What the library calls the first item of a process.
        let item = format!("org.kde.StatusNotifierItem-{}-1", std::process::id());
        let path = "/StatusNotifierWatcher";
        let register = "RegisterStatusNotifierItem";
        if let Err(error) = self.0.call_method(Some(TRAY_HOST), path, Some(TRAY_HOST), register, &(item,)) {
            tracing::warn!(%error, "the tray may have no icon");
        }
    }

    /// Shows a message of the desktop's own kind, if it has them.
    pub(crate) fn notify(&self, summary: &str, body: &str) {
        let hints: HashMap<&str, Value<'_>> = HashMap::new();
        let nothing: Vec<&str> = Vec::new();
        let message = ("Hob", 0_u32, "dialog-warning", summary, escape(body), nothing, hints, -1_i32);
        self.tell("Notify", &message);
    }

    /// Asks the desktop's notifications for something; nothing if it has none.
    pub(crate) fn tell<B: Serialize + DynamicType>(&self, method: &str, body: &B) -> Option<Message> {
        let said = self.0.call_method(Some(NOTICES), NOTICES_AT, Some(NOTICES), method, body);
        said.inspect_err(|error| tracing::info!(%error, method, "the desktop shows no notifications")).ok()
    }

    /// What the desktop's notifications can do.
    pub(crate) fn capabilities(&self) -> Vec<String> {
        let said = self.tell("GetCapabilities", &());
        said.and_then(|said| said.body().deserialize().ok()).unwrap_or_default()
    }

    /// The connection itself, to hear what others say.
    pub(crate) fn connection(&self) -> &Connection {
        &self.0
    }

    /// The person's choice of light or dark (XDG desktop portal, Settings), where somebody knows it.
    pub(crate) fn panel(&self) -> Option<Panel> {
        // Asking would start a portal where there is none, and wait for it.
        if !self.has_owner(PORTAL) {
            return None;
        }
        let settings: Proxy<'_> = zbus::blocking::proxy::Builder::new(&self.0)
            .destination(PORTAL)
            .ok()?
            .path("/org/freedesktop/portal/desktop")
            .ok()?
            .interface("org.freedesktop.portal.Settings")
            .ok()?
            .cache_properties(CacheProperties::No)
            .build()
            .ok()?;
        let answer =
            settings.call::<_, _, OwnedValue>("ReadOne", &("org.freedesktop.appearance", "color-scheme"));
        match u32::try_from(answer.ok()?).ok()? {
            2 => Some(Panel::Light),
            _ => Some(Panel::Dark),
        }
    }

    fn has_owner(&self, name: &'static str) -> bool {
        let name = BusName::WellKnown(WellKnownName::from_static_str_unchecked(name));
        DBusProxy::new(&self.0).and_then(|bus| Ok(bus.name_has_owner(name)?)).unwrap_or(false)
    }
}

/// A notification's text is markup (Desktop Notifications Specification, section "Markup").
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What others of this session may ask of the app.
struct Application {
    front: Arc<Front>,
}

#[zbus::interface(name = "org.freedesktop.Application")]
impl Application {
    /// Show yourself.
    fn activate(&self, _platform_data: HashMap<String, OwnedValue>) -> zbus::fdo::Result<()> {
        if self.front.is_ending() {
            return Err(zbus::fdo::Error::Failed(ENDING.into()));
        }
        self.front.ask(Ask::Open(None));
        Ok(())
    }

    /// Hob opens no files: this shows it.
    fn open(&self, _uris: Vec<String>, _platform_data: HashMap<String, OwnedValue>) {
        self.front.ask(Ask::Open(None));
    }

    /// There are no actions to start from outside.
    fn activate_action(
        &self,
        action: &str,
        _parameter: Vec<OwnedValue>,
        _platform_data: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<()> {
        Err(zbus::fdo::Error::InvalidArgs(format!("Hob has no action \"{action}\"")))
    }
}
