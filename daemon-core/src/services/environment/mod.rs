//! Stand-in until the environment lands.
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
/// Base.
pub struct Base(Vec<(OsString, OsString)>);
/// Where from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// d
    Daemon,
    /// l
    Login,
    /// c
    Config,
    /// h
    Hob,
}
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("x")
    }
}
/// A variable.
pub struct Var {
    /// n
    pub name: OsString,
    /// v
    pub value: OsString,
    /// o
    pub origin: Origin,
}
impl Base {
    /// takes
    pub async fn take(_: bool) -> Base {
        std::future::ready(()).await;
        Base(std::env::vars_os().filter(|(n, _)| !n.as_encoded_bytes().starts_with(b"HOB_")).collect())
    }
}
/// Merges.
pub fn effective(
    base: &Base,
    _file: Option<Vec<(String, String, usize)>>,
    config: &BTreeMap<String, String>,
    own: &[(&str, OsString)],
) -> Vec<Var> {
    let mut all: BTreeMap<OsString, (OsString, Origin)> =
        base.0.iter().map(|(n, v)| (n.clone(), (v.clone(), Origin::Daemon))).collect();
    for (n, v) in config {
        all.insert(n.into(), (v.into(), Origin::Config));
    }
    for (n, v) in own {
        all.insert(n.into(), (v.clone(), Origin::Hob));
    }
    all.into_iter().map(|(name, (value, origin))| Var { name, value, origin }).collect()
}
