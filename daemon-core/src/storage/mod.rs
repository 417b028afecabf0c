//! storage
use crate::kernel::Fault;
use std::path::Path;
/// A database file.
#[derive(Clone)]
pub struct Db;
/// How durable.
pub enum Durability {
    /// Normal
    Normal,
}
impl Db {
    /// Opens.
    pub fn open_or_set_aside(_: &Path, _: Durability, _: &str) -> Result<Db, Fault> {
        Ok(Db)
    }
    /// Closes.
    pub async fn close(&self) {
        std::future::ready(()).await
    }
}
