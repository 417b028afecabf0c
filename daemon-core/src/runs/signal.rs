//! A signal by its name: `"TERM"`, `"SIGTERM"`, or its number.
//!
//! Real-time signals have no fixed numbers and are left out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One of the system's named signals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signal(rustix::process::Signal);

macro_rules! signals {
    ($($name:ident)*) => {
        const NAMED: &[(&str, rustix::process::Signal)] =
            &[$((stringify!($name), rustix::process::Signal::$name)),*];
    };
}

signals! {
    HUP INT QUIT ILL TRAP ABORT BUS FPE KILL USR1 SEGV USR2 PIPE ALARM TERM CHILD CONT STOP TSTP TTIN TTOU
    URG XCPU XFSZ VTALARM PROF WINCH IO SYS
}

/// What the rest of the world calls the three that rustix spells out, and a synonym.
const SHORT: &[(&str, &str)] =
    &[("ABRT", "ABORT"), ("ALRM", "ALARM"), ("CHLD", "CHILD"), ("VTALRM", "VTALARM"), ("POLL", "IO")];

/// A text or number that is no signal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is not a signal: write its name, like \"TERM\" or \"SIGTERM\", or its number{}", did_you_mean(.nearest))]
pub struct SignalError {
    given: String,
    nearest: Option<&'static str>,
}

impl Signal {
    /// The polite request to end.
    pub const TERM: Signal = Signal(rustix::process::Signal::TERM);
    /// The end, without a word.
    pub const KILL: Signal = Signal(rustix::process::Signal::KILL);
    /// The end, with a core dump where the system keeps such.
    pub const ABRT: Signal = Signal(rustix::process::Signal::ABORT);
    /// Freezes a process.
    pub const STOP: Signal = Signal(rustix::process::Signal::STOP);
    /// By custom: read your configuration again.
    pub const HUP: Signal = Signal(rustix::process::Signal::HUP);

    /// The signal with this number, if it has a name.
    pub fn from_number(number: i32) -> Option<Signal> {
        NAMED.iter().find(|(_, signal)| signal.as_raw() == number).map(|(_, signal)| Signal(*signal))
    }

    /// The system's number.
    pub fn number(self) -> i32 {
        self.0.as_raw()
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        let spelled = NAMED
            .iter()
            .find(|(_, signal)| *signal == self.0)
            .map(|(name, _)| *name)
            .expect("only named signals are built");
        SHORT.iter().find(|(_, long)| *long == spelled).map_or(spelled, |(short, _)| *short)
    }

    /// The signal as rustix sends it.
    pub fn get(self) -> rustix::process::Signal {
        self.0
    }
}

impl FromStr for Signal {
    type Err = SignalError;

    fn from_str(text: &str) -> Result<Signal, SignalError> {
        if let Some(signal) = text.parse().ok().and_then(Signal::from_number) {
            return Ok(signal);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let long = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| *long);
        if let Some((_, signal)) = NAMED.iter().find(|(known, _)| *known == long) {
            return Ok(Signal(*signal));
        }
        let nearest = crate::text::nearest(name, NAMED.iter().map(|(known, _)| *known));
        Err(SignalError { given: crate::text::brief(text), nearest })
    }
}

fn did_you_mean(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean \"{name}\"?)"))
}

impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Signal, D::Error> {
        input.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Signal;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a signal like \"TERM\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Signal, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Signal, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Signal, E> {
        self.visit_str(&number.to_string())
    }
}

impl schemars::JsonSchema for Signal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Signal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "description": "A signal by name (\"TERM\", \"SIGTERM\") or number (15)",
            "pattern": "^((SIG|sig)?[A-Za-z][A-Za-z0-9]+|[0-9]{1,2})$",
            "minimum": 1,
            "maximum": 31,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(json: &str, expected: Result<Signal, &str>) {
        let read = serde_json::from_str::<Signal>(json).map_err(|error| error.to_string());
        match expected {
            Ok(signal) => assert_eq!(read, Ok(signal), "{json}"),
            Err(part) => assert!(read.clone().is_err_and(|error| error.contains(part)), "{json}: {read:?}"),
        }
    }

    #[test]
    fn name_prefix_case_and_number_all_name_the_same_signal() {
        for json in [r#""TERM""#, r#""SIGTERM""#, r#""term""#, r#""sigterm""#, "15", r#""15""#] {
            check(json, Ok(Signal::TERM));
        }
        assert_eq!("CHLD".parse::<Signal>().unwrap().name(), "CHLD");
    }

    #[test]
    fn what_is_no_signal_is_told_how_to_be_one() {
        check(r#""TREM""#, Err("did you mean \"TERM\"?"));
        for json in ["0", "-9", "64", "99999999999", r#""""#, r#""SIG""#, r#""\u0000""#] {
            check(json, Err("is not a signal"));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_was_read(index in 0..NAMED.len()) {
            let signal = Signal(NAMED[index].1);
            let written = serde_json::to_string(&signal).unwrap();
            prop_assert_eq!(serde_json::from_str::<Signal>(&written).unwrap(), signal);
            prop_assert_eq!(Signal::from_number(signal.number()), Some(signal));
        }
    }
}
