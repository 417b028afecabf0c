//! Grants: what people have allowed beforehand, to whom and for how long.

use daemon_core::approvals::grants::{Grant, Scope};
use daemon_core::approvals::ops::{Grants, Revoked};
use daemon_core::text::visible;
use jiff::Timestamp;

use super::request::ahead;
use super::style::{Paint, Style};
use super::table::{Cell, Column, ESSENTIAL, Table};
use super::time;

/// Those that hold, one a line.
pub(crate) fn table(list: &Grants, style: &Style, now: Timestamp) -> String {
    if list.grants.is_empty() {
        return "no grants hold: each command that the policy asks about is asked about; `hob approve ID --for 15m` \
                gives one\n"
            .to_owned();
    }
    let mut table = Table::new(vec![
        Column::text("ID", ESSENTIAL + 10, 10),
        Column::text("CLIENT", ESSENTIAL, 8),
        Column::text("PROGRAM", 100, 12),
        Column::whole("HOLDS", 150),
        Column::number("USES", 120),
        Column::whole("GIVEN", 110),
        // Half of what is allowed would be another thing.
        Column::remark("ALLOWS", usize::MAX),
    ]);
    for grant in &list.grants {
        table.row(vec![
            Cell::painted(visible(&grant.id), Paint::Bold),
            visible(&grant.name).into(),
            Cell::painted(visible(&grant.exec.to_string_lossy()), Paint::Dim),
            holds(grant, now).into(),
            grant.uses_left.map(|uses| uses.to_string()).unwrap_or_default().into(),
            Cell::painted(time::ago(&grant.created.to_string(), now), Paint::Dim),
            visible(&grant.allows).into(),
        ]);
    }
    table.render(style)
}

/// What a yes for a session depends on, which is over sooner than one thinks.
pub(crate) const SESSION: &str =
    "`hob run` is connected until its command has ended, other programs until they disconnect";

/// For how long a yes holds, behind a verb: "once", "for 15m", "while the program that asked is connected".
pub(crate) fn how_long(scope: Scope) -> String {
    match scope {
        Scope::Once => "once".to_owned(),
        Scope::For(_) => format!("for {scope}"),
        Scope::Session => "while the program that asked is connected".to_owned(),
        Scope::Until(at) => format!("until {at}"),
        Scope::Always => "always, until it is revoked".to_owned(),
    }
}

/// Those that hold no more.
pub(crate) fn revoked(revoked: &Revoked) -> String {
    match &revoked.grants[..] {
        [] => "no such grant held, so nothing was revoked\n".to_owned(),
        grants => grants
            .iter()
            .map(|grant| format!("grant {} of {} is revoked\n", visible(&grant.id), visible(&grant.name)))
            .collect(),
    }
}

fn holds(grant: &Grant, now: Timestamp) -> String {
    match (grant.scope, grant.ends) {
        (Scope::Always, _) => "always".to_owned(),
        (Scope::Session, _) => "until it disconnects".to_owned(),
        (_, Some(ends)) => format!("ends {}", ahead(ends, now)),
        (scope, None) => scope.to_string(),
    }
}
