//! Does something accept connections there?

use tokio::net::TcpStream;

/// Connects once; without a host to this machine, by IPv4 and then by IPv6.
pub(super) async fn accepts(host: Option<&str>, port: u16) -> Result<(), String> {
    open(host, port).await.map(drop)
}

/// As [`accepts`], and keeps the connection.
pub(super) async fn open(host: Option<&str>, port: u16) -> Result<TcpStream, String> {
    let reason = |error: std::io::Error| format!("{}: {}", shown(host, port), plain(&error));
    match host {
        Some(host) => TcpStream::connect((host, port)).await.map_err(reason),
        None => match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => Ok(stream),
            Err(error) => TcpStream::connect(("::1", port)).await.map_err(|_| reason(error)),
        },
    }
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
fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ => error.to_string(),
    }
}
