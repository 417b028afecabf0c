//! The policy, and why it says what it says.

use daemon_core::kernel::Fault;
use jiff::Timestamp;

use super::style::Style;

/// The reply to an operation on the policy; nothing if it is of something else.
///
/// # Errors
/// `unsupported` if it is not understood.
pub(crate) fn rendered(_name: &str, _reply: &[u8], _style: &Style, _now: Timestamp) -> Result<Option<String>, Fault> {
    Ok(None)
}
