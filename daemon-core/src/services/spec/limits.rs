//! What a service may use, as written: `limits = { memory = "512M", ... }`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::Size;
use crate::kernel::text::brief;

/// What a service may use, with all its processes. What the kernel cannot hold it to is watched: counted
/// once a second, and a service that is over twice in a row is stopped, which counts as a crash.
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
    pub(super) fn over(self, below: &LimitsConf) -> LimitsConf {
        LimitsConf {
            memory: self.memory.or(below.memory),
            cpu: self.cpu.or(below.cpu),
            pids: self.pids.or(below.pids),
            open_files: self.open_files.or(below.open_files),
        }
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
