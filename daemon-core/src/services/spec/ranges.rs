//! The bounds of every value, and what each is when it is not written.

use std::time::Duration;

use regex::RegexBuilder;

use super::readiness::{Address, Kind, Readiness, ReadyConf};
use crate::config::{Findings, LONGEST, Span};
use crate::runs::CommandLine;
use crate::text::brief;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn restart_window(value: Option<Span>, findings: &mut Findings) -> Span {
    // Forgiving sooner would make a loop of crashes as fast as the machine.
    findings.span(&["restart_window"], value.unwrap_or(Span::secs(60)), Duration::from_secs(1), LONGEST)
}

pub(super) fn readiness(conf: &ReadyConf, findings: &mut Findings) -> Option<Readiness> {
    let short = Duration::from_millis(1);
    let timeout =
        findings.span(&["ready", "timeout"], conf.timeout.unwrap_or(Span::secs(30)), short, 24 * HOUR);
    let interval =
        findings.span(&["ready", "interval"], conf.interval.unwrap_or(Span::millis(250)), 10 * short, HOUR);

    let kinds = conf.kinds();
    if kinds.len() != 1 {
        let found = if kinds.is_empty() { "none".to_owned() } else { kinds.join(" and ") };
        let message =
            format!("ready needs exactly one of tcp, http, command, log, notify and delay, not {found}");
        findings.add(&["ready"], &message);
        return None;
    }
    if conf.status.is_some() && conf.http.is_none() {
        findings.add_hint(
            &["ready", "status"],
            "ready.status goes only with ready.http",
            "remove \"status\"",
        );
    }
    match kind(conf, timeout) {
        Ok(kind) => Some(Readiness { kind, timeout, interval }),
        Err((message, hint)) => {
            findings.push(&["ready", kinds[0]], &message, hint);
            None
        }
    }
}

pub(super) fn watchdog(
    value: Option<Span>,
    ready: Option<&ReadyConf>,
    findings: &mut Findings,
) -> Option<Span> {
    if value.is_some() && ready.and_then(|ready| ready.notify) != Some(true) {
        let message = "a watchdog needs a service that says how it is";
        let hint =
            "set ready = { notify = true }, and have the program send READY=1 and WATCHDOG=1 (sd_notify(3))";
        findings.add_hint(&["watchdog"], message, hint);
    }
    value.map(|value| findings.span(&["watchdog"], value, Duration::from_millis(100), 24 * HOUR))
}

/// Interval and timeout.
pub(super) fn health_times(
    interval: Option<Span>,
    timeout: Option<Span>,
    findings: &mut Findings,
) -> (Span, Span) {
    let short = Duration::from_millis(1);
    let interval = interval.unwrap_or(Span::secs(10));
    let timeout = timeout.unwrap_or(Span::secs(2));
    (
        findings.span(&["health", "interval"], interval, 10 * short, 24 * HOUR),
        findings.span(&["health", "timeout"], timeout, short, HOUR),
    )
}

pub(super) fn health_failures(value: Option<u32>, findings: &mut Findings) -> u32 {
    let failures = value.unwrap_or(3);
    findings.within(&["health", "failures"], failures, 1..=1000);
    failures
}

/// Why a value is none, and what to do about it.
pub(super) type Refusal = (String, Option<String>);

fn kind(conf: &ReadyConf, timeout: Span) -> Result<Kind, Refusal> {
    if let Some(address) = &conf.tcp {
        return tcp(address);
    }
    if let Some(url) = &conf.http {
        return http("ready", url, conf.status.as_deref());
    }
    if let Some(words) = &conf.command {
        return command(words);
    }
    if let Some(pattern) = &conf.log {
        return log(pattern);
    }
    if let Some(delay) = conf.delay {
        return delayed(delay, timeout);
    }
    match conf.notify {
        Some(true) => Ok(Kind::Notify),
        _ => Err(("ready.notify can only be true".to_owned(), Some("remove it instead".to_owned()))),
    }
}

pub(super) fn command(command: &CommandLine) -> Result<Kind, Refusal> {
    command.words(false).map(Kind::Command).map_err(|error| (error.to_string(), None))
}

pub(super) fn tcp(address: &Address) -> Result<Kind, Refusal> {
    let text = match address {
        Address::Port(port) => return Ok(Kind::Tcp { host: None, port: *port }),
        Address::HostPort(text) => text,
    };
    let refusal = || {
        let message = format!("\"{}\" is not an address", brief(text));
        (
            message,
            Some("write a port from 1 to 65535, or \"host:port\", such as \"127.0.0.1:8000\"".to_owned()),
        )
    };
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port = port.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(refusal)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    // Without brackets, an IPv6 address cannot be told from its port.
    if bare.is_none() && host.contains(':') || host.contains(char::is_whitespace) || host.contains('\0') {
        return Err(refusal());
    }
    let host = bare.unwrap_or(host);
    Ok(Kind::Tcp { host: (!host.is_empty()).then(|| host.to_owned()), port })
}

/// For the table `key`.
pub(super) fn http(key: &str, url: &str, status: Option<&[u16]>) -> Result<Kind, Refusal> {
    let example = || Some("write it like \"http://127.0.0.1:8000/health\"".to_owned());
    let shown = brief(url);
    let parsed: hyper::Uri =
        url.parse().map_err(|error| (format!("\"{shown}\" is not a URL: {error}"), example()))?;
    match parsed.scheme_str() {
        Some("http") => {}
        Some("https") => {
            let hint = format!("ask the service by http:// on this machine, or use {key}.command with curl");
            return Err((format!("\"{shown}\": https is not supported here"), Some(hint)));
        }
        _ => return Err((format!("\"{shown}\" is not an http:// URL"), example())),
    }
    let authority = parsed.authority().expect("a URL with a scheme has a host");
    if authority.host().is_empty() || authority.as_str().contains('@') || parsed.port_u16() == Some(0) {
        return Err((
            format!("\"{shown}\" needs a host, a port from 1 to 65535 if any, and no password"),
            example(),
        ));
    }
    let status = status.unwrap_or_default();
    if let Some(wrong) = status.iter().find(|code| !(100..=599).contains(*code)) {
        return Err((format!("{key}.status must be codes from 100 to 599, not {wrong}"), None));
    }
    Ok(Kind::Http { url: url.to_owned(), status: status.to_vec() })
}

fn log(pattern: &str) -> Result<Kind, Refusal> {
    if pattern.is_empty() {
        return Err(("ready.log is empty, so any line would match".to_owned(), None));
    }
    // A pattern of a few lines must not cost megabytes per service.
    let regex = RegexBuilder::new(pattern).size_limit(1 << 20).build();
    regex.map(Kind::Log).map_err(|error| (format!("ready.log is not a regular expression: {error}"), None))
}

fn delayed(delay: Span, timeout: Span) -> Result<Kind, Refusal> {
    if HOUR < delay.get() {
        return Err((format!("ready.delay must be at most 1h, not {delay}"), None));
    }
    if timeout < delay {
        let message = format!("{delay} is longer than ready.timeout ({timeout}), so it could never be ready");
        return Err((message, Some("set a longer ready.timeout".to_owned())));
    }
    Ok(Kind::Delay(delay))
}
