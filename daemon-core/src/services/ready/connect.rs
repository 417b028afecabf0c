//! Does something accept connections there?
//!
//! Trying a port of the own machine again and again has a trap: the kernel may
//! choose that very port for the trying end, and TCP then connects the socket
//! to itself (simultaneous open, RFC 9293 section 3.5). The probe would take
//! itself for the service, and hold the port that the service wants.

use std::io;

use tokio::net::TcpStream;

/// Connects once; without a host to this machine, by IPv4 and then by IPv6.
pub(super) async fn accepts(host: Option<&str>, port: u16) -> Result<(), String> {
    open(host, port).await.map(drop)
}

/// As [`accepts`], and keeps the connection.
pub(super) async fn open(host: Option<&str>, port: u16) -> Result<TcpStream, String> {
    let reason = |error: io::Error| format!("{}: {}", shown(host, port), plain(&error));
    match host {
        Some(host) => connect(host, port).await.map_err(reason),
        None => match connect("127.0.0.1", port).await {
            Ok(stream) => Ok(stream),
            Err(error) => connect("::1", port).await.map_err(|_| reason(error)),
        },
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    other_than_itself(TcpStream::connect((host, port)).await?)
}

fn other_than_itself(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        // Without this the port would stay taken for a minute (TIME-WAIT).
        stream.set_zero_linger()?;
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// The address as one would write it.
pub(super) fn shown(host: Option<&str>, port: u16) -> String {
    match host {
        Some(host) if host.contains(':') => format!("[{host}]:{port}"),
        Some(host) => format!("{host}:{port}"),
        None => format!("127.0.0.1:{port}"),
    }
}

/// The system's words without its number.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_to_itself_is_no_service_and_lets_go_of_the_port() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        // The kernel picks this port for the trying end once in a while; here it has to.
        let stream = socket.connect(address).await.unwrap();
        assert_eq!(plain(&other_than_itself(stream).unwrap_err()), "connection refused");
        tokio::net::TcpListener::bind(address).await.unwrap();
    }
}
