//! storage

/// A database file.
#[derive(Clone)]
pub struct Db;
