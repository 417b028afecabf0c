//! A value of another type than its key wants, in the words of who writes configurations.

use std::borrow::Cow;

/// "must be a whole number from 0 on, not -1" of serde's "invalid value: integer `-1`, expected u32".
pub(super) fn in_words(message: &str) -> Cow<'_, str> {
    let of = |kind: &str| message.strip_prefix(kind)?.rsplit_once(", expected ");
    match of("invalid type: ").or_else(|| of("invalid value: ")) {
        Some((given, wanted)) => format!("must be {}, not {}", expected(wanted), found(given)).into(),
        None => message.into(),
    }
}

fn expected(wanted: &str) -> &str {
    match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "string" | "str" => "a text in quotes",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => "a table",
        other => other,
    }
}

fn found(given: &str) -> &str {
    match given {
        "map" => "a table",
        "sequence" => "a list",
        other => {
            let kinds = ["integer ", "string ", "boolean ", "floating point "];
            let value = kinds.iter().find_map(|kind| other.strip_prefix(kind)).unwrap_or(other);
            value.strip_prefix('`').and_then(|value| value.strip_suffix('`')).unwrap_or(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_said_plainly() {
        for (message, expected) in [
            (
                "invalid value: integer `-1`, expected u32",
                "must be a whole number from 0 to 4294967295, not -1",
            ),
            (
                "invalid type: string \"a, expected b\", expected u16",
                "must be a whole number from 0 to 65535, not \"a, expected b\"",
            ),
            ("invalid type: boolean `true`, expected a string", "must be a text in quotes, not true"),
            ("invalid type: floating point `1.5`, expected i64", "must be a whole number, not 1.5"),
            ("invalid type: sequence, expected struct LogConf", "must be a table, not a list"),
            ("invalid type: map, expected a sequence", "must be a list, not a table"),
            (
                "invalid type: integer `15`, expected a length such as \"15m\"",
                "must be a length such as \"15m\", not 15",
            ),
            ("unknown field `a`, expected one of `b`", "unknown field `a`, expected one of `b`"),
        ] {
            assert_eq!(in_words(message), expected);
        }
    }
}
