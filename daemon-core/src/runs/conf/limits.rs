//! What something may use, as written and as checked: `limits = { memory = "512M", ... }`.
//!
//! What holds it to that is for the capability to do that has the run; here is only
//! whether it can be held to it at all.

use std::fmt;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::{Findings, Size};
use crate::runs::tree::controllers_here;
use crate::text::brief;

/// What it may use, with all its processes. What the kernel cannot hold it to is watched: counted
/// once a second, and what is over twice in a row is stopped, which counts as a failure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConf {
    /// Memory of all its processes, 1M to 16T: what is in RAM and neither files nor shared memory back
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// Processor time, "100%" is one processor; "1%" to "100000%". Only where a cgroup has the controller
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Percent>,
    /// How many processes it may have, 1 to 4194304
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4_194_304))]
    pub pids: Option<u32>,
    /// Open files per process, 3 to 1048576. Default: what the daemon was started with
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 3, max = 1_048_576))]
    pub open_files: Option<u64>,
}

impl LimitsConf {
    /// These over others, key by key.
    pub fn over(self, below: &LimitsConf) -> LimitsConf {
        LimitsConf {
            memory: self.memory.or(below.memory),
            cpu: self.cpu.or(below.cpu),
            pids: self.pids.or(below.pids),
            open_files: self.open_files.or(below.open_files),
        }
    }
}

impl LimitsConf {
    /// That each is within its bounds, and can be kept.
    pub fn check(&self, controllers: Controllers, findings: &mut Findings) {
        if let Some(size) = self.memory {
            findings.within(&["limits", "memory"], size, Size::mebibytes(1)..=Size::bytes(1 << 44));
        }
        if let Some(count) = self.pids {
            findings.within(&["limits", "pids"], count, 1..=1 << 22);
        }
        if let Some(count) = self.open_files {
            findings.within(&["limits", "open_files"], count, 3..=1 << 20);
        }
        let Some(share) = self.cpu else { return };
        findings.within(&["limits", "cpu"], share, Percent(1)..=Percent(100_000));
        if !controllers.cpu {
            let message = "a share of the processor can only be kept by a cgroup with the controller \"cpu\", and what runs here has none";
            let hint = "remove limits.cpu; \"nice -n 10\" before the command lets others go first, \"taskset -c 0\" keeps it on one processor";
            findings.add_hint(&["limits", "cpu"], message, hint);
        }
    }
}

/// Which cgroup controllers hold what runs to its limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Controllers {
    /// `memory.max`.
    pub memory: bool,
    /// `pids.max`.
    pub pids: bool,
    /// `cpu.max`.
    pub cpu: bool,
}

impl Controllers {
    /// Those that can be had by this process for what it runs.
    pub fn here() -> Controllers {
        static HERE: OnceLock<Controllers> = OnceLock::new();
        *HERE.get_or_init(controllers_here)
    }

    /// Their names, as the kernel has them.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [(self.cpu, "cpu"), (self.memory, "memory"), (self.pids, "pids")];
        all.into_iter().filter_map(|(is_one, name)| is_one.then_some(name))
    }
}

/// A share of one processor, in hundredths: `"150%"` is one and a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u32);

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}%", self.0)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Percent, D::Error> {
        input.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Percent;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a share of a processor like \"150%\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Percent, E> {
        let number = text.strip_suffix('%').map(str::trim_end);
        let number = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        number.and_then(|number| number.parse().ok()).map(Percent).ok_or_else(|| {
            E::custom(format!(
                "\"{}\" is no share of a processor: write a whole number and \"%\", like \"150%\" (one and a half)",
                brief(text)
            ))
        })
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A share of one processor, such as \"150%\" for one and a half",
            "pattern": "^[0-9]+\\s*%$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_whole_number_of_hundredths() {
        for (text, expected) in [("cpu = \"150%\"", 150), ("cpu = \"1 %\"", 1), ("cpu = \"0%\"", 0)] {
            let limits: LimitsConf = toml::from_str(text).unwrap();
            assert_eq!(limits.cpu, Some(Percent(expected)));
        }
        for text in ["\"150\"", "\"\"", "\"%\"", "\"1.5%\"", "\"-1%\"", "\"99999999999%\"", "1.5"] {
            let error = toml::from_str::<LimitsConf>(&format!("cpu = {text}")).unwrap_err().to_string();
            assert!(error.contains("\"150%\"") && error.contains("line 1"), "{error}");
        }
    }
}
