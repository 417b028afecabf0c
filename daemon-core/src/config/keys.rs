//! The keys of a file's tables, and where they stand.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys that lead to an offset. A table under a header of its own does not
/// lie within the table above it, so all are looked into.
pub(super) fn keys_to<'a>(table: &'a DeTable<'_>, offset: usize) -> Option<Vec<&'a str>> {
    table.iter().find_map(|(key, value)| {
        let below = match value.get_ref() {
            DeValue::Table(table) => keys_to(table, offset),
            DeValue::Array(list) => {
                let tables = list.iter().filter_map(|item| item.get_ref().as_table());
                tables.into_iter().find_map(|table| keys_to(table, offset))
            }
            _ => None,
        };
        let here = key.span().contains(&offset) || value.span().contains(&offset);
        let mut keys = below.or(here.then(Vec::new))?;
        keys.insert(0, key.get_ref().as_ref());
        Some(keys)
    })
}

/// Takes the key at an offset out of a table, with all of a list that it is in; whether there was one.
pub(super) fn take_out(value: &mut Spanned<DeValue<'_>>, offset: usize) -> bool {
    let keys = value.get_ref().as_table().and_then(|table| keys_to(table, offset)).unwrap_or_default();
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    match value.get_mut() {
        DeValue::Table(table) => take_out_of(table, &keys),
        _ => false,
    }
}

fn take_out_of(table: &mut DeTable<'_>, keys: &[String]) -> bool {
    let Some((first, below)) = keys.split_first() else { return false };
    if !below.is_empty()
        && let Some(DeValue::Table(inner)) = table.get_mut(first.as_str()).map(Spanned::get_mut)
    {
        return take_out_of(inner, below);
    }
    table.remove(first.as_str()).is_some()
}

/// Every value that is no table, with the keys that lead to it and where it stands.
pub(super) fn leaves<'a>(
    path: &mut Vec<&'a str>,
    table: &'a DeTable<'_>,
    found: &mut impl FnMut(&[&'a str], std::ops::Range<usize>),
) {
    for (key, value) in table.iter() {
        path.push(key.get_ref().as_ref());
        match value.get_ref().as_table() {
            Some(inner) => leaves(path, inner, found),
            None => found(path, value.span()),
        }
        path.pop();
    }
}
