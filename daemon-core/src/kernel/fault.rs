//! How an operation fails: one closed set of codes, the same on every surface.
//!
//! A caller decides by the [`Code`], a person reads the message and the hint. Each code has its number
//! on every surface in one table below, so that a shell script, an HTTP client and a JSON-RPC client are
//! told the same thing. The sources of the numbers: JSON-RPC 2.0 section 5.1 (-32099 to -32000 are the
//! server's own), sysexits(3), the shell's 128+n, RFC 9110 section 15.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request is malformed or contradicts itself.
    Invalid,
    /// What it names does not exist.
    NotFound,
    /// The state does not allow it.
    Conflict,
    /// Access, policy or a person said no.
    Denied,
    /// It waits for a person's decision.
    Pending,
    /// The deadline passed.
    Timeout,
    /// A part that is needed is not there now.
    Unavailable,
    /// Over a limit, which the message names.
    TooLarge,
    /// Too many at once.
    Busy,
    /// By the caller.
    Cancelled,
    /// Not on this system or in this version.
    Unsupported,
    /// Our fault; the log has the details.
    Internal,
}

/// Code, its name in JSON, the JSON-RPC number, the exit status, the HTTP status.
const TABLE: [(Code, &str, i32, u8, u16); 12] = [
    (Code::Invalid, "invalid", -32602, 2, 400),
    (Code::NotFound, "not_found", -32004, 4, 404),
    (Code::Conflict, "conflict", -32009, 1, 409),
    (Code::Denied, "denied", -32003, 77, 403),
    (Code::Pending, "pending", -32005, 77, 202),
    (Code::Timeout, "timeout", -32008, 124, 504),
    (Code::Unavailable, "unavailable", -32010, 69, 503),
    (Code::TooLarge, "too_large", -32013, 2, 413),
    (Code::Busy, "busy", -32014, 75, 429),
    (Code::Cancelled, "cancelled", -32015, 130, 499),
    (Code::Unsupported, "unsupported", -32016, 1, 501),
    (Code::Internal, "internal", -32603, 1, 500),
];

impl Code {
    /// All codes, in the order of the table in the reference.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().map(|row| row.0)
    }

    /// The code's name in JSON.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The `code` member of a JSON-RPC error object.
    pub fn rpc(self) -> i32 {
        self.row().2
    }

    /// The exit status of a command that ends with this fault.
    pub fn exit(self) -> u8 {
        self.row().3
    }

    /// The HTTP status of a response that carries this fault.
    pub fn http(self) -> u16 {
        self.row().4
    }

    fn row(self) -> &'static (Code, &'static str, i32, u8, u16) {
        TABLE.iter().find(|row| row.0 == self).expect("the table has a row for every code")
    }
}

/// Why an operation did not do what was asked, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind of failure it is.
    pub code: Code,
    /// What went wrong, to what, and why; one or more sentences for a person.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What a program may want to know besides.
    #[serde(flatten, deserialize_with = "if_any", skip_serializing_if = "Option::is_none")]
    pub more: Option<Box<More>>,
}

/// Nothing of it is none of it.
fn if_any<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Box<More>>, D::Error> {
    let more = More::deserialize(input)?;
    Ok(Some(Box::new(more)).filter(|more| **more != More::default()))
}

/// What only some faults have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct More {
    /// A finer code, such as `E_EXPIRED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The request that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What has become of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<serde_json::Value>,
    /// The database of which it says that it is damaged; for whoever starts a daemon, and not for clients.
    #[serde(skip)]
    pub(crate) damaged: Option<std::path::PathBuf>,
}

impl Fault {
    /// A fault without a hint.
    pub fn new(code: Code, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), hint: None, more: None }
    }

    /// The same fault with a finer code.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Fault {
        self.more.get_or_insert_default().reason = Some(reason.into());
        self
    }

    /// The same fault about a request.
    #[must_use]
    pub fn about(mut self, request: impl Into<String>, answer: Option<serde_json::Value>) -> Fault {
        let more = self.more.get_or_insert_default();
        (more.request, more.answer) = (Some(request.into()), answer);
        self
    }

    /// Its finer code, if it has one.
    pub fn reason_code(&self) -> Option<&str> {
        self.more.as_ref()?.reason.as_deref()
    }

    /// The same fault with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }

    /// The request is malformed or contradicts itself.
    pub fn invalid(message: impl Into<String>) -> Fault {
        Fault::new(Code::Invalid, message)
    }

    /// What the request names does not exist; `near` are the names that do.
    pub fn not_found<'a>(kind: &str, name: &str, near: impl IntoIterator<Item = &'a str>) -> Fault {
        let fault =
            Fault::new(Code::NotFound, format!("no {kind} is named \"{}\"", crate::text::shortened(name)));
        match crate::text::nearest(name, near) {
            Some(nearest) => fault.hint(format!("did you mean \"{nearest}\"?")),
            None => fault,
        }
    }

    /// Something broke that should not have: `reference` is what the log line carries.
    pub fn internal(message: impl Into<String>) -> Fault {
        Fault::new(Code::Internal, message)
    }
}

impl From<crate::storage::Error> for Fault {
    fn from(error: crate::storage::Error) -> Fault {
        let code = match error {
            crate::storage::Error::Newer { .. } | crate::storage::Error::Foreign { .. } => Code::Unsupported,
            _ => Code::Unavailable,
        };
        let file = error.damaged().map(Into::into);
        let more = file.map(|file| Box::new(More { damaged: Some(file), ..More::default() }));
        Fault { more, ..Fault::new(code, error.to_string()) }
    }
}
