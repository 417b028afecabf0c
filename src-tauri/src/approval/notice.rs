//! What the desktop's own notifications say of a request: who asks, and a code to compare.
//!
//! A notification cannot show a command, and anybody on the session bus can
//! press its buttons. So it has none that allows: *Review* opens the window, and
//! *Deny* says no to just the plan that it was shown for. It is withdrawn when
//! its request waits no more.

#![allow(clippy::disallowed_methods, reason = "no kernel tasks live where there may be no daemon")]

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use daemon_core::approvals::grants::Scope;
use daemon_core::approvals::ops::Decide;
use daemon_core::approvals::request::life::Verdict;
use daemon_core::text::brief;
use zbus::MatchRule;
use zbus::blocking::MessageIterator;
use zbus::message::{Message, Type};
use zbus::zvariant::Value;

use super::desk::Waiting;
use super::{Approvals, uptime};
use crate::bus::{Bus, NOTICES, escape};
use crate::core::Core;

/// More at a time nobody reads; the tray counts them all.
const MOST: usize = 3;
/// It stays until it is withdrawn.
const FOR_EVER: i32 = 0;
const CRITICAL: u8 = 2;

/// The notifications that are there.
pub(super) struct Notices {
    bus: Option<Bus>,
    /// What the desktop calls that of a request.
    shown: Mutex<HashMap<String, u32>>,
    /// Held while the desktop is told of one: what is heard of it meanwhile is dealt with when its number is known.
    telling: Mutex<()>,
    listening: Once,
}

impl Notices {
    pub(super) fn on(bus: Option<Bus>) -> Notices {
        Notices { bus, shown: Mutex::default(), telling: Mutex::default(), listening: Once::new() }
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        lock(&self.shown)
    }

    /// The request that a notification is about.
    fn about(&self, number: u32) -> Option<String> {
        self.shown().iter().find(|(_, it)| **it == number).map(|(id, _)| id.clone())
    }
}

impl Approvals {
    /// Tells of these, as far as there is a desktop that shows it.
    pub(super) fn notify(&self, core: &Core, fresh: Vec<Waiting>) {
        let Some(bus) = self.0.notices.bus.clone() else { return };
        let (approvals, core) = (self.clone(), core.clone());
        tokio::task::spawn_blocking(move || {
            approvals.listen(&core, &bus);
            let buttons = bus.capabilities().iter().any(|can| can == "actions");
            for waiting in fresh {
                if MOST <= approvals.0.notices.shown().len() || approvals.desk().find(&waiting.id).is_none() {
                    continue;
                }
                let telling = lock(&approvals.0.notices.telling);
                let Some(number) = show(&bus, &waiting, buttons) else { continue };
                approvals.0.notices.shown().insert(waiting.id.clone(), number);
                drop(telling);
                // It may have been decided while it was shown.
                if approvals.desk().find(&waiting.id).is_none() {
                    approvals.withdraw(&waiting.id);
                }
            }
        });
    }

    /// Takes back what was told of a request.
    pub(super) fn withdraw(&self, id: &str) {
        let Some(number) = self.0.notices.shown().remove(id) else { return };
        let Some(bus) = self.0.notices.bus.clone() else { return };
        tokio::task::spawn_blocking(move || bus.tell("CloseNotification", &(number,)));
    }

    /// Hears from now on what is pressed.
    fn listen(&self, core: &Core, bus: &Bus) {
        self.0.notices.listening.call_once(|| {
            let (approvals, core) = (self.clone(), core.clone());
            let heard = messages(bus).map_err(std::io::Error::other).and_then(|messages| {
                let hear = move || messages.map_while(Result::ok).for_each(|it| approvals.hear(&core, &it));
                std::thread::Builder::new().name("notices".into()).spawn(hear)
            });
            if let Err(error) = heard {
                tracing::warn!(%error, "the buttons of notifications do nothing");
            }
        });
    }

    fn hear(&self, core: &Core, message: &Message) {
        drop(lock(&self.0.notices.telling));
        let header = message.header();
        match header.member().map(|member| member.as_str()) {
            Some("ActionInvoked") => {
                if let Ok((number, key)) = message.body().deserialize::<(u32, String)>() {
                    self.pressed(core, number, &key);
                }
            }
            Some("NotificationClosed") => {
                if let Ok((number, _)) = message.body().deserialize::<(u32, u32)>() {
                    self.0.notices.shown().retain(|_, it| *it != number);
                }
            }
            _ => {}
        }
    }

    fn pressed(&self, core: &Core, number: u32, key: &str) {
        let Some(id) = self.0.notices.about(number) else { return };
        match key {
            "default" | "review" => {
                self.desk().look_at(&id, uptime());
                self.show(true);
            }
            "deny" => {
                let waiting = self.desk().find(&id).cloned();
                if let Some(waiting) = waiting {
                    core.runtime().spawn(deny(core.clone(), waiting));
                }
            }
            _ => {}
        }
    }
}

/// What the desktop tells of notifications, from now on.
fn messages(bus: &Bus) -> zbus::Result<MessageIterator> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(NOTICES)?.interface(NOTICES)?.build();
    MessageIterator::for_match_rule(rule, bus.connection(), None)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn deny(core: Core, waiting: Waiting) {
    let no = Decide {
        id: waiting.id,
        verdict: Verdict::Deny,
        digest: waiting.digest,
        scope: Scope::Once,
        suggestion: None,
        uses: None,
        note: None,
    };
    let said = match core.client() {
        Ok(client) => client.call(no).await.map(drop),
        Err(fault) => Err(fault),
    };
    if let Err(fault) = said {
        tracing::warn!(%fault, "the no of a notification was not heard");
    }
}

/// Shows one; what the desktop calls it.
fn show(bus: &Bus, waiting: &Waiting, buttons: bool) -> Option<u32> {
    let summary = format!("{} asks to run a command", brief(&waiting.client));
    let body = match buttons {
        true => format!("Code {}. Look at it before you allow it.", waiting.code),
        false => format!("Code {}. Open Hob to review it.", waiting.code),
    };
    let actions = match buttons {
        true => vec!["default", "Review", "review", "Review", "deny", "Deny"],
        false => Vec::new(),
    };
    let hints = HashMap::from([("urgency", Value::from(CRITICAL))]);
    let message = ("Hob", 0_u32, "dialog-question", summary, escape(&body), actions, hints, FOR_EVER);
    let reply = bus.tell("Notify", &message)?;
    reply.body().deserialize().ok()
}
