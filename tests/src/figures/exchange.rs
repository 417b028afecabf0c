//! The client's side: one call in plain blocking I/O, and the exchanges that are timed.
//!
//! Hob's own client is not used, so that a change of it changes no figure of the daemon.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::clock;

/// Calls an operation over a connection of its own.
pub fn call(socket: &Path, method: &str, params: &Value) -> Result<Value> {
    let mut stream = UnixStream::connect(socket).with_context(|| format!("{}", socket.display()))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(&frame(1, method, params))?;
    let reply = read_frame(&mut stream).with_context(|| format!("waiting for the reply to {method}"))?;
    let mut reply: Value = serde_json::from_slice(&reply)?;
    match reply.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => bail!("{method}: {}", reply["error"]),
    }
}

/// A connection for many calls. Replies may come in another order than requests were sent in.
pub struct Line {
    stream: UnixStream,
    next: u32,
}

impl Line {
    /// Connects.
    pub fn open(socket: &Path) -> Result<Line> {
        let stream = UnixStream::connect(socket).with_context(|| format!("{}", socket.display()))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Line { stream, next: 0 })
    }

    /// Sends a request, and does not wait for its reply.
    pub fn ask(&mut self, method: &str, params: &Value) -> Result<()> {
        self.next += 1;
        Ok(self.stream.write_all(&frame(self.next, method, params))?)
    }

    /// The next reply, whichever request it is to.
    pub fn reply(&mut self) -> Result<Value> {
        let mut reply: Value = serde_json::from_slice(&read_frame(&mut self.stream)?)?;
        match reply.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => bail!("{}", reply["error"]),
        }
    }

    /// Sends a request and waits for its reply. None else may be under way.
    pub fn call(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.ask(method, params)?;
        self.reply().with_context(|| format!("waiting for the reply to {method}"))
    }
}

/// A request and the length of its reply, to be sent again and again.
pub struct Exchange {
    /// The bytes to send.
    pub request: Vec<u8>,
    /// How many bytes come back.
    pub reply_length: usize,
}

impl Exchange {
    /// `system.ping`, and what this daemon replies to it.
    pub fn ping(socket: &Path) -> Result<Exchange> {
        let request = frame(100, "system.ping", &json!({}));
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(&request)?;
        let reply = read_frame(&mut stream)?;
        Ok(Exchange { request, reply_length: 4 + reply.len() })
    }

    /// One at a time; how long each took, in microseconds.
    pub fn one_by_one(&self, socket: &Path, count: usize) -> Result<Vec<f64>> {
        runtime()?.block_on(async {
            let mut stream = tokio::net::UnixStream::connect(socket).await?;
            let mut reply = vec![0; self.reply_length];
            let mut latencies = Vec::with_capacity(count);
            for _ in 0..count {
                let begin = clock::now();
                stream.write_all(&self.request).await?;
                stream.read_exact(&mut reply).await?;
                latencies.push(clock::micros(clock::now() - begin));
            }
            Ok(latencies)
        })
    }

    /// `batch` at a time (at most 900, so that all ids are of one length), `batches` times.
    pub fn pipelined(&self, socket: &Path, batch: u32, batches: usize) -> Result<()> {
        let requests: Vec<u8> =
            (100..100 + batch).flat_map(|id| frame(id, "system.ping", &json!({}))).collect();
        runtime()?.block_on(async {
            let mut stream = tokio::net::UnixStream::connect(socket).await?;
            let mut replies = vec![0; self.reply_length * usize::try_from(batch)?];
            for _ in 0..batches {
                stream.write_all(&requests).await?;
                stream.read_exact(&mut replies).await?;
            }
            Ok(())
        })
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn frame(id: u32, method: &str, params: &Value) -> Vec<u8> {
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
    let length = u32::try_from(body.len()).expect("a request of ours is short");
    [&length.to_be_bytes()[..], body.as_bytes()].concat()
}

fn read_frame(stream: &mut UnixStream) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length))?];
    stream.read_exact(&mut body)?;
    Ok(body)
}
