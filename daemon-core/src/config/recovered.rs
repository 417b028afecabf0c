//! What can be made out of a text that is no TOML: enough to know which tables there are.
//!
//! Nothing is ever run by it. It is there so that a file that names `[service.db]` of another is not wrong because
//! that other one cannot be read.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a parser makes out of it, and every table whose first line can be read: an open bracket or quotation mark
/// hides from the parser all that follows.
pub(super) fn recovered(text: &str) -> DeTable<'_> {
    let mut table = DeTable::parse_recoverable(text).0.into_inner();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('[')
            && let Ok(header) = DeTable::parse(line)
        {
            add(&mut table, header.into_inner(), offset);
        }
        offset += line.len();
    }
    table
}

/// Adds those tables that are not there, which stand so far behind the begin of the text.
fn add<'t>(table: &mut DeTable<'t>, more: DeTable<'t>, offset: usize) {
    for (key, value) in more {
        let DeValue::Table(below) = value.into_inner() else { continue };
        let span = key.span().start + offset..key.span().end + offset;
        let known = Spanned::new(span.clone(), key.into_inner());
        let empty = || Spanned::new(span, DeValue::Table(DeTable::new()));
        if let DeValue::Table(table) = table.entry(known).or_insert_with(empty).get_mut() {
            add(table, below, offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_its_first_line_whatever_stands_before_it() {
        for open in ["a = [", "a = \"\"\"", "a = \"x", "a = { b = ", "a =", "= 1", "[b", "]"] {
            let text = format!("{open}\n[service.\"shop/db\"] # x\nc = 1\n[service.web.ready]\n");
            assert!(DeTable::parse(&text).is_err(), "{open}");
            let table = recovered(&text);
            let services = table.get("service").and_then(|it| it.get_ref().as_table());
            let services = services.unwrap_or_else(|| panic!("{open}: {table:?}"));
            let (db, _) = services.get_key_value("shop/db").unwrap_or_else(|| panic!("{open}: {table:?}"));
            assert_eq!(&text[db.span()], "\"shop/db\"", "{open}");
            assert!(services.contains_key("web"), "{open}: {table:?}");
        }
    }
}
