//! What the pages of the desktop may do: which operations, and not how they look.
//!
//! It is here because it names operations of several capabilities, as nothing
//! else does; the kernel knows only that a caller may be let in to some by name.

use crate::kernel::{Access, Caller};

/// What needs more than to look, start and stop, and is offered all the same.
const BESIDES: [&str; 7] = [
    "approval.list",
    "grant.list",
    "grant.revoke",
    "job.config",
    "job.edit",
    "service.config",
    "service.edit",
];

impl Caller {
    /// The page in the desktop's main window: it may do what the window offers, and no more, even
    /// if somebody managed to run a script in it. It decides nothing: that is for a window that has
    /// nothing else in it, and calls no operation at all.
    pub fn window() -> Caller {
        let limit = Some("a window may look, start, stop and edit, and no more");
        Caller { access: Access::Operate, besides: &BESIDES, limit, ..Caller::daemon() }
    }
}
