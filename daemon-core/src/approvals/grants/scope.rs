//! For how long a person's yes holds, and what else it is a yes to.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::policy::Effect;

/// For how long a yes holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// For this request.
    #[default]
    Once,
    /// For so long, and no longer than the system and the daemon that it was said to.
    For(Duration),
    /// Until the connection that asked is closed.
    Session,
    /// Until then, whatever is restarted meanwhile.
    Until(Timestamp),
    /// Until it is revoked.
    Always,
}

/// Spans that can be chosen: a menu, and not a number somebody has to think about.
const SPANS: [(&str, Duration); 2] =
    [("15m", Duration::from_secs(15 * 60)), ("1h", Duration::from_secs(3600))];

impl Scope {
    /// Whether it outlives a restart, so that it needs a plan about which everything is known.
    pub fn is_lasting(self) -> bool {
        matches!(self, Scope::Until(_) | Scope::Always)
    }

    /// Why a yes cannot hold for so long, by what the policy says of the command and whether who asked for it is
    /// connected still.
    pub fn refused(
        self,
        effect: Effect,
        offers_always: bool,
        is_connected: bool,
        now: Timestamp,
    ) -> Option<&'static str> {
        match self {
            Scope::Once => None,
            _ if effect == Effect::AskAlways => {
                Some("the policy wants to be asked about this every time: approve it once")
            }
            _ if self.is_lasting() && !offers_always => Some(
                "this can be approved for an hour at most, because it can run anything or something of it is covered",
            ),
            Scope::Session if !is_connected => Some(
                "the connection by which this was asked for is closed, so that a yes for the session would hold for \
                 nothing: approve it once, or for 15m",
            ),
            Scope::Until(until) if until <= now => Some("the time until which it is to hold is over"),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Once => to.write_str("once"),
            Scope::For(span) => match SPANS.iter().find(|(_, it)| it == span) {
                Some((name, _)) => to.write_str(name),
                None => write!(to, "{}s", span.as_secs()),
            },
            Scope::Session => to.write_str("session"),
            Scope::Until(at) => write!(to, "{at}"),
            Scope::Always => to.write_str("always"),
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Scope, String> {
        match text {
            "once" => return Ok(Scope::Once),
            "session" => return Ok(Scope::Session),
            "always" => return Ok(Scope::Always),
            _ => {}
        }
        if let Some((_, span)) = SPANS.iter().find(|(name, _)| *name == text) {
            return Ok(Scope::For(*span));
        }
        let until = text.parse::<Timestamp>();
        until.map(Scope::Until).map_err(|_| {
            let shown = crate::text::brief(text);
            format!(
                "\"{shown}\" is no scope: once, 15m, 1h, session, always, or until when, as 2027-01-31T18:00:00Z"
            )
        })
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Scope, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scope".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "once, 15m, 1h, session, always, or until when (RFC 3339)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_every_time_is_allowed_once() {
        let now = Timestamp::UNIX_EPOCH;
        let is_refused = |scope: &str, effect, always| {
            scope.parse::<Scope>().unwrap().refused(effect, always, true, now).is_some()
        };
        for (scope, every_time, for_good, for_a_while) in [
            ("once", false, false, false),
            ("15m", true, false, false),
            ("session", true, false, false),
            ("always", true, false, true),
            ("2027-01-31T18:00:00Z", true, false, true),
            ("1969-01-31T18:00:00Z", true, true, true),
        ] {
            assert_eq!(is_refused(scope, Effect::AskAlways, false), every_time, "{scope}");
            assert_eq!(is_refused(scope, Effect::Ask, true), for_good, "{scope}");
            assert_eq!(is_refused(scope, Effect::Ask, false), for_a_while, "{scope}");
        }
        for (scope, without_a_connection) in
            [(Scope::Once, false), (Scope::Session, true), (Scope::Always, false)]
        {
            let refused = scope.refused(Effect::Ask, true, false, now);
            assert_eq!(refused.is_some(), without_a_connection, "{scope}");
        }
    }

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["once", "15m", "1h", "session", "always", "2027-01-31T18:00:00Z"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for wrong in ["", "2h", "forever", "15", "2027-01-31", "Once"] {
            assert!(wrong.parse::<Scope>().unwrap_err().contains("is no scope"), "{wrong}");
        }
    }
}
