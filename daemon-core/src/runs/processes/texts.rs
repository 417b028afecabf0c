//! What the texts in `/proc` say (proc(5)).
//!
//! Only what is counted here is read, everything as numbers, and nothing is
//! believed: a process chooses its own name, which stands in the midst of its
//! figures, and a process that ends while it is read leaves half a text or none.
//! What cannot be read is `None`, never a guess.
//!
//! Nothing here opens a file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One process, of `/proc/PID/stat`. Times are in ticks of the kernel's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Its number.
    pub pid: i32,
    /// Its parent's number.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
    /// How many threads it has.
    pub threads: u32,
    /// CPU time that it has used itself, in the kernel and outside.
    pub own: u64,
    /// CPU time of its children that have ended and been waited for, and of theirs.
    pub children: u64,
    /// When it started, since boot: with the number this names a process once and for all.
    pub start: u64,
}

/// Memory of a process, of `/proc/PID/statm`, in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// In RAM.
    pub resident: u64,
    /// Of these, pages of files and of memory that is shared on purpose.
    pub shared: u64,
}

/// The tables of sockets that are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `/proc/net/tcp` and `tcp6`.
    Tcp,
    /// `/proc/net/udp` and `udp6`.
    Udp,
}

/// A socket that others can send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    /// By which it is known among a process's descriptors.
    pub inode: u64,
    /// Where it listens.
    pub address: IpAddr,
    /// On which port.
    pub port: u16,
}

/// Reads `/proc/PID/stat`.
pub fn stat(text: &[u8]) -> Option<Stat> {
    let open = text.iter().position(|byte| *byte == b'(')?;
    // A name may hold anything, but behind it come only numbers.
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let pid = number(text.get(..open)?.trim_ascii())?;
    let mut fields =
        text.get(close + 1..)?.split(|byte| byte.is_ascii_whitespace()).filter(|it| !it.is_empty());
    // From here the field of number N in proc_pid_stat(5) is the one at N - 3.
    let _state = fields.next()?;
    let mut whole = |skipped: usize| number(fields.nth(skipped)?);
    let (parent, group, session) = (whole(0)?, whole(0)?, whole(0)?);
    let (user, system, waited_user, waited_system) = (whole(7)?, whole(0)?, whole(0)?, whole(0)?);
    let (threads, start) = (whole(2)?, whole(1)?);
    let small = |number: i64| i32::try_from(number).ok();
    Some(Stat {
        pid: small(pid)?,
        parent: small(parent)?,
        group: small(group)?,
        session: small(session)?,
        threads: u32::try_from(threads).ok()?,
        own: ticks(user).saturating_add(ticks(system)),
        children: ticks(waited_user).saturating_add(ticks(waited_system)),
        start: u64::try_from(start).ok()?,
    })
}

/// The name that a process has chosen, of `/proc/PID/stat`, and whether it has ended and is still listed.
pub fn label(text: &[u8]) -> Option<(String, bool)> {
    let open = text.iter().position(|byte| *byte == b'(')?;
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let name = String::from_utf8_lossy(text.get(open + 1..close)?).into_owned();
    let state = text.get(close + 1..)?.trim_ascii_start().first()?;
    Some((name, matches!(state, b'Z' | b'X')))
}

/// Reads `/proc/PID/statm`.
pub fn statm(text: &[u8]) -> Option<Pages> {
    let mut fields = text.split(|byte| byte.is_ascii_whitespace()).skip(1);
    let mut pages = || u64::try_from(number(fields.next()?)?).ok();
    Some(Pages { resident: pages()?, shared: pages()? })
}

/// The run that a process's environment names, as service and number: `HOB_RUN` begins with `prefix`,
/// which is the home's and the boot's.
pub fn tag(environ: &[u8], prefix: &str) -> Option<(String, u64)> {
    let mut variables = environ.split(|byte| *byte == 0);
    let rest =
        variables.find_map(|variable| variable.strip_prefix(b"HOB_RUN=")?.strip_prefix(prefix.as_bytes()))?;
    // A service's name may have dots; what stands behind it has none.
    let mut from_behind = std::str::from_utf8(rest).ok()?.rsplitn(3, '.');
    let (_nonce, run, service) = (from_behind.next()?, from_behind.next()?, from_behind.next()?);
    Some((service.to_owned(), run.parse().ok()?))
}

/// The sockets of a table that wait for somebody: those that listen, and for UDP those without a peer.
pub fn sockets(text: &str, table: Table) -> impl Iterator<Item = Socket> + '_ {
    text.lines().skip(1).filter_map(move |line| socket(line, table))
}

/// The inode of a descriptor's link, if it is a socket: `socket:[4711]`.
pub fn socket_inode(link: &[u8]) -> Option<u64> {
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    u64::try_from(number(digits)?).ok()
}

fn socket(line: &str, table: Table) -> Option<Socket> {
    // include/net/tcp_states.h: TCP_LISTEN, and for UDP TCP_CLOSE, which is its word for "not connected".
    let waiting = match table {
        Table::Tcp => "0A",
        Table::Udp => "07",
    };
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    if state != waiting {
        return None;
    }
    let inode = fields.nth(5)?.parse().ok()?;
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok().filter(|port| *port != 0)?;
    Some(Socket { inode, address: address_of(address)?, port })
}

/// An address is printed as words of 32 bits in the machine's order, each read from network order.
fn address_of(text: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(text.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let octets: [u8; 16] = words.concat().try_into().ok()?;
            Some(Ipv6Addr::from(octets).into())
        }
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The kernel prints some of these as signed numbers.
fn ticks(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(stat: &Stat, name: &[u8]) -> Vec<u8> {
        let Stat { pid, parent, group, session, threads, own, children, start } = stat;
        let mut text = format!("{pid} (").into_bytes();
        text.extend_from_slice(name);
        let rest = format!(
            ") S {parent} {group} {session} 34816 77 4194304 1 2 3 4 {own} 0 {children} 0 20 0 {threads} 0 {start} 999 5 18446744073709551615 0 0\n"
        );
        text.extend_from_slice(rest.as_bytes());
        text
    }

    fn any_stat() -> impl Strategy<Value = Stat> {
        let ids = (1..i32::MAX, 0..i32::MAX, 0..i32::MAX, 0..i32::MAX);
        let times = (0..u64::MAX >> 1, 0..u64::MAX >> 1, 0..u64::MAX >> 1);
        (ids, 1..100_000_u32, times).prop_map(|((pid, parent, group, session), threads, times)| {
            let (own, children, start) = times;
            Stat { pid, parent, group, session, threads, own, children, start }
        })
    }

    proptest! {
        #[test]
        fn whatever_a_process_calls_itself_its_figures_are_read(
            expected in any_stat(), name in prop::collection::vec(any::<u8>(), 0..64)
        ) {
            prop_assert_eq!(stat(&line(&expected, &name)), Some(expected));
        }

        #[test]
        fn a_text_that_breaks_off_is_nothing_or_what_it_would_have_been(
            expected in any_stat(), name in "[a-z]{0,15}", keep in 0.0..1.0_f64
        ) {
            let mut text = line(&expected, name.as_bytes());
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
            text.truncate((text.len() as f64 * keep) as usize);
            // Only the last figure may have lost digits.
            if let Some(read) = stat(&text) {
                prop_assert_eq!(Stat { start: expected.start, ..read }, expected);
            }
        }

        #[test]
        fn no_text_breaks_a_reader(text in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = (stat(&text), statm(&text), tag(&text, "home.boot."), socket_inode(&text));
            for table in [Table::Tcp, Table::Udp] {
                sockets(&String::from_utf8_lossy(&text), table).for_each(drop);
            }
        }
    }

    #[test]
    fn a_name_like_the_end_of_a_name_fools_nobody() {
        let expected =
            Stat { pid: 7, parent: 1, group: 7, session: 7, threads: 2, own: 5, children: 3, start: 99 };
        for name in [&b"a) S 1 1 1 (b"[..], b") R 0 0 0", b"new\nline", b"", b"(((", b"\xff\xfe"] {
            assert_eq!(stat(&line(&expected, name)), Some(expected), "{}", String::from_utf8_lossy(name));
        }
        assert_eq!(stat(b""), None);
        assert_eq!(stat(b"7 (x"), None);
    }

    #[test]
    fn memory_is_in_pages() {
        assert_eq!(statm(b"1000 300 100 1 0 200 0\n"), Some(Pages { resident: 300, shared: 100 }));
        assert_eq!(statm(b"1000 300"), None);
        assert_eq!(statm(b""), None);
    }

    #[test]
    fn a_tag_counts_if_it_is_of_this_home_and_boot() {
        let environ = b"PATH=/bin\0HOB_RUN=home.boot.shop/web.v2.12.abcd\0X=1\0";
        assert_eq!(tag(environ, "home.boot."), Some(("shop/web.v2".to_owned(), 12)));
        assert_eq!(tag(environ, "other.boot."), None);
        assert_eq!(tag(b"XHOB_RUN=home.boot.web.1.ab\0", "home.boot."), None);
        assert_eq!(tag(b"HOB_RUN=home.boot.1.ab", "home.boot."), None);
        assert_eq!(tag(b"", "home.boot."), None);
    }

    #[test]
    fn what_listens_is_found_and_what_talks_is_not() {
        let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n\
            \x20  1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n\
            \x20  2: garbage\n";
        let found: Vec<_> = sockets(tcp, Table::Tcp).collect();
        assert_eq!(found, [Socket { inode: 4711, address: Ipv4Addr::LOCALHOST.into(), port: 8080 }]);
        let udp6 = "  sl  local_address remote_address st\n\
            \x20 10: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0 0\n";
        let found: Vec<_> = sockets(udp6, Table::Udp).collect();
        assert_eq!(found, [Socket { inode: 99, address: Ipv6Addr::LOCALHOST.into(), port: 53 }]);
        assert_eq!(socket_inode(b"socket:[99]"), Some(99));
        assert_eq!(socket_inode(b"pipe:[99]"), None);
    }
}
