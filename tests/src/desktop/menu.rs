//! A tray's menu as a host gets it: the layout of `com.canonical.dbusmenu` as a tree.
//!
//! Only the reading of it; asking and clicking are the item's.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use zbus::zvariant::{OwnedValue, Type, Value};

/// A node of the layout as it is on the wire.
#[derive(Debug, Default, Serialize, Deserialize, Type, Value, OwnedValue)]
pub struct Node {
    /// What an event names.
    pub id: i32,
    /// What differs from the defaults.
    pub properties: HashMap<String, OwnedValue>,
    /// Each a [`Node`].
    pub children: Vec<OwnedValue>,
}

/// One entry of a menu, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What an event names.
    pub id: i32,
    /// As a person reads it, without the marks of mnemonics. Empty for a separator.
    pub label: String,
    /// Whether it may be clicked.
    pub enabled: bool,
    /// Whether it is shown.
    pub visible: bool,
    /// Whether it is a line and nothing else.
    pub separator: bool,
    /// For one that can be on or off.
    pub toggle: Option<Toggle>,
    /// The entries of its submenu.
    pub children: Vec<Entry>,
}

/// What kind of mark an entry has, and whether it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toggle {
    /// A check mark.
    Check(bool),
    /// One of several that exclude each other.
    Radio(bool),
}

/// A whole menu at one moment. Its `Display` is a tree, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// Counts the changes of the layout.
    pub revision: u32,
    /// From top to bottom.
    pub entries: Vec<Entry>,
}

impl Menu {
    /// Reads a layout. The root itself is no entry.
    pub(super) fn read(revision: u32, root: Node) -> Result<Menu, zbus::zvariant::Error> {
        Ok(Menu { revision, entries: Entry::read(root)?.children })
    }

    /// The visible entry with this label, at whatever depth.
    pub fn find(&self, label: &str) -> Option<&Entry> {
        self.find_by(|entry| entry.label == label)
    }

    /// The first visible entry that is so, an entry before those below it.
    pub fn find_by(&self, is_it: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        self.all().into_iter().find(|entry| entry.visible && is_it(entry))
    }

    /// The entries of the submenu with this label; none if there is no such.
    pub fn below(&self, label: &str) -> &[Entry] {
        self.find(label).map_or(&[], |entry| &entry.children)
    }

    /// The labels of the top level as they are seen, with `-` for a separator.
    pub fn labels(&self) -> Vec<&str> {
        let visible = self.entries.iter().filter(|entry| entry.visible);
        visible.map(|entry| if entry.separator { "-" } else { entry.label.as_str() }).collect()
    }

    /// The entries one must go through to see this one, from the root; without itself.
    pub(super) fn way_to(&self, id: i32) -> Vec<i32> {
        fn search(entries: &[Entry], id: i32, way: &mut Vec<i32>) -> bool {
            entries.iter().any(|entry| {
                way.push(entry.id);
                let found = entry.id == id || search(&entry.children, id, way);
                if !found {
                    way.pop();
                }
                found
            })
        }
        let mut way = vec![0];
        if search(&self.entries, id, &mut way) {
            way.pop();
        }
        way
    }

    fn all(&self) -> Vec<&Entry> {
        fn add<'menu>(entries: &'menu [Entry], to: &mut Vec<&'menu Entry>) {
            for entry in entries {
                to.push(entry);
                add(&entry.children, to);
            }
        }
        let mut all = Vec::new();
        add(&self.entries, &mut all);
        all
    }
}

impl Entry {
    fn read(node: Node) -> Result<Entry, zbus::zvariant::Error> {
        let Node { id, mut properties, children } = node;
        let mut text = |name| properties.remove(name).and_then(|value| String::try_from(value).ok());
        let (label, kind, toggle) = (text("label"), text("type"), text("toggle-type"));
        let flag = |name| properties.get(name).and_then(|value| bool::try_from(value).ok());
        let is_on = properties.get("toggle-state").and_then(|value| i32::try_from(value).ok()) == Some(1);
        let children = children.into_iter().map(|child| Entry::read(Node::try_from(child)?));
        Ok(Entry {
            id,
            label: without_mnemonics(&label.unwrap_or_default()),
            enabled: flag("enabled").unwrap_or(true),
            visible: flag("visible").unwrap_or(true),
            separator: kind.as_deref() == Some("separator"),
            toggle: match toggle.as_deref() {
                Some("checkmark") => Some(Toggle::Check(is_on)),
                Some("radio") => Some(Toggle::Radio(is_on)),
                _ => None,
            },
            children: children.collect::<Result<_, zbus::zvariant::Error>>()?,
        })
    }

    /// Whether it has a mark, and that is set.
    pub fn is_on(&self) -> bool {
        matches!(self.toggle, Some(Toggle::Check(true) | Toggle::Radio(true)))
    }
}

impl fmt::Display for Menu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn write(entries: &[Entry], depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for entry in entries.iter().filter(|entry| entry.visible) {
                let mark = entry.toggle.map_or("", |_| if entry.is_on() { "[x] " } else { "[ ] " });
                let label = if entry.separator { "-" } else { &entry.label };
                let dimmed = if entry.enabled { "" } else { " (dimmed)" };
                writeln!(f, "{:depth$}{mark}{label}{dimmed}", "", depth = depth * 4)?;
                write(&entry.children, depth + 1, f)?;
            }
            Ok(())
        }
        write(&self.entries, 1, f)
    }
}

/// One underscore marks the letter after it; two are one.
fn without_mnemonics(label: &str) -> String {
    let mut plain = String::new();
    let mut letters = label.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '_' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i32, properties: &[(&str, Value<'_>)], children: Vec<Node>) -> Node {
        let owned = |value: &Value<'_>| OwnedValue::try_from(value.try_clone().unwrap()).unwrap();
        Node {
            id,
            properties: properties.iter().map(|(name, value)| ((*name).to_owned(), owned(value))).collect(),
            children: children.into_iter().map(|child| OwnedValue::try_from(child).unwrap()).collect(),
        }
    }

    fn menu() -> Menu {
        let web = node(
            5,
            &[
                ("label", "my__web".into()),
                ("toggle-type", "checkmark".into()),
                ("toggle-state", 1_i32.into()),
            ],
            vec![],
        );
        let entries = vec![
            node(1, &[("label", "1 running".into()), ("enabled", false.into())], vec![]),
            node(2, &[("type", "separator".into())], vec![]),
            node(3, &[("label", "gone".into()), ("visible", false.into())], vec![]),
            node(4, &[("label", "_Services".into())], vec![web]),
        ];
        Menu::read(7, node(0, &[], entries)).unwrap()
    }

    #[test]
    fn a_layout_is_read_with_its_defaults_and_without_mnemonics() {
        let menu = menu();
        assert_eq!(menu.labels(), ["1 running", "-", "Services"]);
        assert!(!menu.entries[0].enabled && menu.entries[3].enabled);
        assert_eq!(menu.find("gone"), None);
        let web = menu.find("my_web").unwrap();
        assert_eq!(web.toggle, Some(Toggle::Check(true)));
        assert_eq!(menu.below("Services"), std::slice::from_ref(web));
    }

    #[test]
    fn the_way_to_an_entry_is_what_a_person_opens() {
        assert_eq!(menu().way_to(5), [0, 4]);
        assert_eq!(menu().way_to(1), [0]);
    }

    #[test]
    fn a_menu_is_shown_as_a_tree() {
        let shown = menu().to_string();
        assert_eq!(shown, "    1 running (dimmed)\n    -\n    Services\n        [x] my_web\n");
    }
}
