//! What holds a service or a job to its limits, and how its files are watched, in words.

use daemon_core::runs::limits::LimitHeld;
use daemon_core::watch::State;

use super::value::Value;

/// Both of a job, as lines of its details.
pub(crate) fn pairs(limits: &[LimitHeld], watching: &[State]) -> Vec<(String, Value)> {
    let limits: Vec<Value> = limits
        .iter()
        .filter_map(|limit| serde_json::from_value(serde_json::to_value(limit).ok()?).ok())
        .map(limit)
        .collect();
    let watching = watching.iter().map(|state| ("watching".to_owned(), Value::Text(directories(state))));
    let limits = (!limits.is_empty()).then(|| ("limits".to_owned(), Value::List(limits)));
    limits.into_iter().chain(watching).collect()
}

/// A limit as the daemon tells it, with what holds to it in words.
pub(crate) fn limit(limit: Value) -> Value {
    let Value::Object(members) = limit else { return limit };
    let member = |(key, value): (String, Value)| match (key.as_str(), value) {
        ("holds", Value::Text(word)) if word == "enforced" => {
            (key, Value::Text("enforced by the kernel".to_owned()))
        }
        (_, value) => (key, value),
    };
    Value::Object(members.into_iter().map(member).collect())
}

/// "37 directories", or "37 directories, looked at every 2s".
pub(crate) fn directories(state: &State) -> String {
    let directories = if state.directories == 1 { "directory" } else { "directories" };
    let every = state.poll.map(|poll| format!(", looked at every {poll}")).unwrap_or_default();
    format!("{} {directories}{every}", state.directories)
}

#[cfg(test)]
mod tests {
    use daemon_core::runs::limits::Holds;

    use super::super::value;
    use super::*;
    use crate::output::style::Style;

    #[test]
    fn it_is_said_who_holds_a_limit_and_how_much_is_watched() {
        let held = |limit: &str, holds| LimitHeld { limit: limit.to_owned(), allowed: "9".to_owned(), holds };
        let limits = [held("memory", Holds::Enforced), held("pids", Holds::Watched)];
        let state = State { directories: 37, ..State::default() };
        let shown = value::pairs(&pairs(&limits, &[state]), &Style::plain());
        for part in ["enforced by the kernel", "watched", "37 directories"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert!(pairs(&[], &[]).is_empty());
    }
}
