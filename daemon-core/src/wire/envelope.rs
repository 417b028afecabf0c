//! JSON-RPC 2.0: requests, responses and the notifications of feeds.
//!
//! Parameters and results pass through as the bytes that they are
//! ([`RawValue`]); only the envelope around them is looked at here. Beyond the
//! specification (<https://www.jsonrpc.org/specification>): parameters are
//! objects, batches are refused, every request has an `id`, and `"v"` may carry
//! the protocol's major version.

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::frame;
use crate::kernel::fault::More;
use crate::kernel::{Code, Fault};
use crate::text::{nearest_field, shortened};

/// The protocol's major version.
pub const VERSION: u32 = 1;

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const UNKNOWN_METHOD: i32 = -32601;
const LONGEST_ID: usize = 64;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Call an operation or open a feed.
    Call {
        /// The client's own number or string for it, as JSON.
        id: &'a str,
        /// The operation.
        method: Cow<'a, str>,
        /// The request, a JSON object.
        params: &'a str,
    },
    /// End a call or a feed early.
    Cancel {
        /// The `id` it was opened with, as JSON.
        id: &'a str,
    },
    /// Say as whom all that follows is asked.
    Identify {
        /// The client's own number or string for it, as JSON.
        id: &'a str,
        /// What the client was given when it was enrolled.
        token: Cow<'a, str>,
    },
}

/// Why a frame is no message: the `id` it had, the JSON-RPC number, and the fault.
#[derive(Debug)]
pub struct Refusal {
    /// The `id` as JSON; `null` if there was none to be found.
    pub id: String,
    /// The `code` of the error object.
    pub number: i32,
    /// What is wrong.
    pub fault: Fault,
}

impl Refusal {
    /// The method does not exist.
    pub fn unknown_method(id: &str, fault: Fault) -> Refusal {
        Refusal { id: id.to_owned(), number: UNKNOWN_METHOD, fault }
    }

    /// The message is JSON but no request.
    pub fn invalid(id: &str, message: impl Into<String>) -> Refusal {
        Refusal { id: id.to_owned(), number: INVALID_REQUEST, fault: Fault::invalid(message) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(default)]
    v: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancelled<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

/// Reads the message in a frame.
///
/// # Errors
/// A [`Refusal`] to be sent back; the connection stays usable.
pub fn parse(frame: &[u8]) -> Result<Message<'_>, Refusal> {
    let text = std::str::from_utf8(frame).map_err(|error| unparsable(format!("not UTF-8: {error}")))?;
    match text.trim_start().bytes().next() {
        Some(b'{') => {}
        Some(b'[') => {
            return Err(Refusal::invalid("null", "batches are not taken: send one frame for each request"));
        }
        Some(_) => return Err(unparsable("not a JSON object".to_owned())),
        None => return Err(unparsable("an empty frame".to_owned())),
    }
    let request: Request<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => misshapen(&error.to_string()),
        _ => unparsable(error.to_string()),
    })?;
    let id = request.id.map_or("null", RawValue::get);
    if request.jsonrpc != "2.0" {
        return Err(Refusal::invalid(id, "\"jsonrpc\" must be \"2.0\""));
    }
    if request.v.is_some_and(|major| major != VERSION) {
        let fault =
            Fault::new(Code::Unsupported, format!("this daemon speaks version {VERSION} of the protocol"))
                .hint("restart the daemon with the newer program: hob daemon restart");
        return Err(Refusal { id: id.to_owned(), number: fault.code.rpc(), fault });
    }
    let params = request.params.map_or("{}", RawValue::get);
    if !params.starts_with('{') {
        let number = Code::Invalid.rpc();
        return Err(Refusal { number, ..Refusal::invalid(id, "\"params\" must be an object") });
    }
    if request.method == "$/cancel" {
        let cancelled: Cancelled<'_> = serde_json::from_str(params)
            .map_err(|error| Refusal { id: id.to_owned(), ..misshapen(&error.to_string()) })?;
        return Ok(Message::Cancel { id: cancelled.id.get() });
    }
    let usable = matches!(id.bytes().next(), Some(b'"' | b'-' | b'0'..=b'9')) && id.len() <= LONGEST_ID;
    if !usable {
        let message = format!("\"id\" must be a number or a string of at most {LONGEST_ID} bytes");
        return Err(Refusal::invalid("null", message));
    }
    if request.method == "$/client" {
        let identity: Identity<'_> = serde_json::from_str(params).map_err(|_private| Refusal {
            number: Code::Invalid.rpc(),
            ..Refusal::invalid(id, "it takes one field, \"token\"")
        })?;
        return Ok(Message::Identify { id, token: identity.token });
    }
    Ok(Message::Call { id, method: request.method, params })
}

/// Appends the response that ends a call.
pub fn respond(out: &mut BytesMut, id: &str, outcome: Result<&[u8], &Fault>) {
    let appended = match outcome {
        Ok(result) => frame::append(out, |out| {
            out.put_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
            out.put_slice(id.as_bytes());
            out.put_slice(b",\"result\":");
            out.put_slice(result);
            out.put_slice(b"}");
        }),
        Err(fault) => return refuse(out, id, fault.code.rpc(), fault),
    };
    if let Err(length) = appended {
        let fault = Fault::new(
            Code::TooLarge,
            format!("the reply has {length} bytes, over the limit of {}", frame::LIMIT),
        )
        .hint("ask for less at a time");
        refuse(out, id, fault.code.rpc(), &fault);
    }
}

/// Appends the error response to a frame that was no message.
pub fn respond_refusal(out: &mut BytesMut, refusal: &Refusal) {
    refuse(out, &refusal.id, refusal.number, &refusal.fault);
}

/// Appends one item of a feed. An item over the frame's limit is left out.
pub fn item(out: &mut BytesMut, id: &str, item: &[u8]) {
    let appended = frame::append(out, |out| {
        out.put_slice(b"{\"jsonrpc\":\"2.0\",\"method\":\"feed.item\",\"params\":{\"id\":");
        out.put_slice(id.as_bytes());
        out.put_slice(b",\"item\":");
        out.put_slice(item);
        out.put_slice(b"}}");
    });
    if let Err(length) = appended {
        tracing::error!(length, "an item of a feed is larger than a frame");
    }
}

/// Appends a request.
///
/// # Errors
/// `too_large`, if no frame can hold it.
pub fn request(out: &mut BytesMut, id: u64, method: &str, params: &[u8]) -> Result<(), Fault> {
    let appended = frame::append(out, |out| {
        out.put_slice(format!("{{\"jsonrpc\":\"2.0\",\"v\":{VERSION},\"id\":{id},\"method\":").as_bytes());
        out.put_slice(&serde_json::to_vec(method).expect("a string is always JSON"));
        out.put_slice(b",\"params\":");
        out.put_slice(params);
        out.put_slice(b"}");
    });
    appended.map_err(|length| {
        Fault::new(
            Code::TooLarge,
            format!("the request has {length} bytes, over the limit of {}", frame::LIMIT),
        )
    })
}

/// Appends the notification that ends a call or a feed early.
pub fn cancel(out: &mut BytesMut, id: u64) {
    let text = format!("{{\"jsonrpc\":\"2.0\",\"method\":\"$/cancel\",\"params\":{{\"id\":{id}}}}}");
    frame::append(out, |out| out.put_slice(text.as_bytes())).expect("it is short");
}

/// What a server sent, as the client reads it.
#[derive(Debug)]
pub enum Answer<'a> {
    /// The end of a call or feed.
    End(u64, Result<&'a str, Fault>),
    /// One item of a feed.
    Item(u64, &'a str),
    /// A refusal of the connection itself.
    Refused(Fault),
}

#[derive(Deserialize)]
struct Incoming<'a> {
    #[serde(default)]
    id: Option<u64>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<ErrorObject>,
    #[serde(borrow, default)]
    params: Option<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    id: u64,
    #[serde(borrow)]
    item: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
struct ErrorObject {
    code: i32,
    message: String,
    data: Data,
}

#[derive(Serialize, Deserialize)]
struct Data {
    code: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(flatten)]
    more: More,
}

/// A result of `null`, with which a feed ends, is there; an `Option` by itself would take it for absent.
fn even_null<'de: 'a, 'a, D: Deserializer<'de>>(value: D) -> Result<Option<&'a RawValue>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

/// Reads what a server sent.
///
/// # Errors
/// `internal`, if it is nothing that a server of this protocol sends.
pub fn parse_answer(frame: &[u8]) -> Result<Answer<'_>, Fault> {
    let strange =
        |error: serde_json::Error| Fault::internal(format!("the daemon sent something strange: {error}"));
    let incoming: Incoming<'_> = serde_json::from_slice(frame).map_err(strange)?;
    match incoming {
        Incoming { params: Some(Item { id, item }), .. } => Ok(Answer::Item(id, item.get())),
        Incoming { id: Some(id), result: Some(result), .. } => Ok(Answer::End(id, Ok(result.get()))),
        Incoming {
            id, error: Some(ErrorObject { message, data: Data { code, hint, more }, .. }), ..
        } => {
            let more = (more != More::default()).then(|| Box::new(more));
            let fault = Fault { code, message, hint, more };
            Ok(id.map_or(Answer::Refused(fault.clone()), |id| Answer::End(id, Err(fault))))
        }
        _ => Err(Fault::internal("the daemon sent a message that is neither a reply nor an item")),
    }
}

fn refuse(out: &mut BytesMut, id: &str, number: i32, fault: &Fault) {
    let more = fault.more.as_deref().cloned().unwrap_or_default();
    let data = Data { code: fault.code, hint: fault.hint.clone(), more };
    let error = ErrorObject { code: number, message: fault.message.clone(), data };
    let error = serde_json::to_vec(&error).expect("strings and numbers are always JSON");
    frame::append(out, |out| {
        out.put_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
        out.put_slice(id.as_bytes());
        out.put_slice(b",\"error\":");
        out.put_slice(&error);
        out.put_slice(b"}");
    })
    .unwrap_or_else(|length| tracing::error!(length, "an error is larger than a frame"));
}

fn misshapen(message: &str) -> Refusal {
    let mut refusal = Refusal::invalid("null", shortened(message));
    refusal.fault.hint = nearest_field(message).map(|known| format!("did you mean `{known}`?"));
    refusal
}

fn unparsable(message: String) -> Refusal {
    Refusal { id: "null".to_owned(), number: PARSE_ERROR, fault: Fault::invalid(message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> (i32, String) {
        let refusal = parse(text).unwrap_err();
        (refusal.number, refusal.fault.message)
    }

    #[test]
    fn a_call_keeps_its_id_and_its_parameters_as_they_were_written() {
        let text = br#" {"jsonrpc":"2.0","id":"a","method":"service.stop","params":{"name" : "web"},"v":1}"#;
        let call =
            Message::Call { id: "\"a\"", method: "service.stop".into(), params: r#"{"name" : "web"}"# };
        assert_eq!(parse(text).unwrap(), call);
        let cancel = parse(br#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":7}}"#).unwrap();
        assert_eq!(cancel, Message::Cancel { id: "7" });
    }

    #[test]
    fn what_is_no_request_says_why() {
        let cases: [(&[u8], i32, &str); 14] = [
            (b"", PARSE_ERROR, "empty"),
            (b"   ", PARSE_ERROR, "empty"),
            (b"\xff\xfe", PARSE_ERROR, "UTF-8"),
            (b"{", PARSE_ERROR, "EOF"),
            (b"nonsense", PARSE_ERROR, "not a JSON object"),
            (b"[{}]", INVALID_REQUEST, "batches"),
            (b"{}", INVALID_REQUEST, "missing field"),
            (br#"{"jsonrpc":"1.0","id":1,"method":"m"}"#, INVALID_REQUEST, "2.0"),
            (br#"{"jsonrpc":"2.0","method":"m"}"#, INVALID_REQUEST, "id"),
            (br#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, INVALID_REQUEST, "id"),
            (br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, INVALID_REQUEST, "duplicate"),
            (br#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#, -32602, "object"),
            (br#"{"jsonrpc":"2.0","id":1,"method":"m","extra":1}"#, INVALID_REQUEST, "extra"),
            (br#"{"jsonrpc":"2.0","id":1,"method":"m","v":2}"#, -32016, "version"),
        ];
        for (text, number, part) in cases {
            let (got, message) = refused(text);
            assert_eq!(got, number, "{message}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn a_fault_travels_whole() {
        let fault = Fault::new(Code::NotFound, "no \"x\"").hint("did you mean \"y\"?");
        let mut out = BytesMut::new();
        respond(&mut out, "7", Err(&fault));
        let Answer::End(7, Err(got)) = parse_answer(&out[4..]).unwrap() else { panic!("not the end of 7") };
        assert_eq!(got, fault);
    }

    #[test]
    fn a_feed_ends_with_null_and_that_is_no_fault() {
        let mut out = BytesMut::new();
        respond(&mut out, "7", Ok(b"null"));
        assert!(matches!(parse_answer(&out[4..]), Ok(Answer::End(7, Ok("null")))));
        assert!(parse_answer(br#"{"jsonrpc":"2.0","id":7}"#).is_err());
    }

    #[test]
    fn a_reply_over_the_limit_becomes_a_fault() {
        let mut out = BytesMut::new();
        respond(&mut out, "7", Ok(&vec![b'1'; frame::LIMIT]));
        let Answer::End(7, Err(fault)) = parse_answer(&out[4..]).unwrap() else { panic!("not the end of 7") };
        assert_eq!(fault.code, Code::TooLarge);
    }
}
