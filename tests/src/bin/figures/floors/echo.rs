//! The floor of a call: a bare tokio server that answers so many bytes with so many bytes.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use rustix::process::Pid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::bench::Bench;
use crate::exchange::Exchange;

/// The server, in a process of its own.
pub(crate) struct Echo {
    pub(crate) socket: PathBuf,
    pub(crate) pid: Pid,
    child: Child,
}

impl Echo {
    pub(crate) fn start(bench: &Bench, exchange: &Exchange) -> Result<Echo> {
        let socket = bench.place()?.join("echo");
        let mut child = Command::new(&bench.own)
            .args(["--role", "echo"])
            .arg(&socket)
            .args([exchange.request.len().to_string(), exchange.reply_length.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("its standard output is a pipe")?;
        let echo = Echo { socket, pid: Pid::from_child(&child), child };
        BufReader::new(output).read_line(&mut String::new())?;
        Ok(echo)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("figures: the floor's server: {error}");
        }
    }
}

/// The server's side: one connection after the other, until it is killed.
pub(crate) fn serve(socket: &str, request: usize, reply: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = UnixListener::bind(socket)?;
        println!("ready");
        loop {
            let (stream, _) = listener.accept().await?;
            if let Err(error) = answer(stream, request, reply).await {
                eprintln!("figures: a client of the floor: {error}");
            }
        }
    })
}

async fn answer(mut stream: UnixStream, request: usize, reply: usize) -> std::io::Result<()> {
    let mut input = vec![0; 64 << 10];
    let replies = vec![b'x'; input.len() / request * reply + reply];
    let mut waiting = 0;
    loop {
        let count = stream.read(&mut input).await?;
        if count == 0 {
            return Ok(());
        }
        waiting += count;
        stream.write_all(&replies[..waiting / request * reply]).await?;
        waiting %= request;
    }
}
