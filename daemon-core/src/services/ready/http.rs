//! Does it answer a GET with a status that means ready?
//!
//! The head of the answer is all that is read; then the connection is closed.

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;

use super::connect;

/// Asks once. An empty `status` is any of 200 to 299.
pub(super) async fn answers(url: &str, status: &[u16]) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
    let host = uri.host().ok_or_else(|| format!("{url} has no host"))?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = connect::open(Some(bare), uri.port_u16().unwrap_or(80)).await?;

    let failed = |error: hyper::Error| format!("{url}: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let request = get(&uri).map_err(|error| format!("{url}: {error}"))?;
    tokio::pin!(connection);
    let mut answer = std::pin::pin!(sender.send_request(request));
    let response = tokio::select! {
        response = &mut answer => response.map_err(failed)?,
        // The answer may have come with the end of the connection.
        _ = &mut connection => answer.await.map_err(failed)?,
    };

    let code = response.status().as_u16();
    let is_ready = if status.is_empty() { (200..300).contains(&code) } else { status.contains(&code) };
    if is_ready { Ok(()) } else { Err(format!("{url} answered {code}")) }
}

fn get(uri: &Uri) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    Request::get(target)
        .header(HOST, authority)
        .header(USER_AGENT, concat!("hob/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Empty::new())
}
