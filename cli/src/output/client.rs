//! Clients: who has a name of its own, and what it may do.

use daemon_core::clients::{ClientStatus, Listed, Muted};
use daemon_core::text::visible;
use jiff::Timestamp;

use super::request::ahead;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time;

/// All that are enrolled.
pub(crate) fn table(list: &Listed, style: &Style, now: Timestamp) -> String {
    if list.clients.is_empty() && list.muted.is_empty() {
        return "no clients are enrolled: `hob client add NAME` gives an agent a name and a token of its own\n"
            .to_owned();
    }
    let mut table = Table::new(vec![
        Column::text("NAME", ESSENTIAL + 10, 8),
        Column::text("MAY", ESSENTIAL, 7),
        Column::number("CONNECTED", 120),
        Column::whole("ENROLLED", 110),
        Column::text("NOTE", 130, 12),
    ]);
    for client in &list.clients {
        table.row(vec![
            Cell::painted(visible(&client.name), Paint::Bold),
            word(client).into(),
            client.connections.to_string().into(),
            Cell::painted(time::ago(&client.created.to_string(), now), Paint::Dim),
            Cell::painted(note(client.muted_until, now), Paint::Yellow),
        ]);
    }
    for muted in &list.muted {
        table.row(vec![
            visible(&muted.name).into(),
            Cell::painted("without a token", Paint::Dim),
            "".into(),
            "".into(),
            Cell::painted(note(muted.until, now), Paint::Yellow),
        ]);
    }
    table.render(style)
}

/// Who is asked for nothing for a while, or is again.
pub(crate) fn muted(muted: &Muted, now: Timestamp) -> String {
    let name = visible(&muted.name);
    match muted.until {
        Some(until) => format!("nobody is asked for {name}; that ends {}\n", ahead(until, now)),
        None => format!("{name} may ask again\n"),
    }
}

/// Whose token is good for nothing any more.
pub(crate) fn revoked(client: &ClientStatus) -> String {
    format!(
        "{} is revoked: its token is good for nothing, what it waited for is cancelled and its grants have ended\n",
        visible(&client.name)
    )
}

fn note(muted: Option<Timestamp>, now: Timestamp) -> String {
    muted.map(|until| format!("muted, ends {}", ahead(until, now))).unwrap_or_default()
}

fn word(client: &ClientStatus) -> String {
    match serde_json::to_value(client.access) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
