//! One pass over `/proc`: which processes there are, and what those of services use.
//!
//! Of every process on the machine one small file is read, because its parent
//! stands nowhere else; memory and descriptors only of those that belong to a
//! service. A pass over a thousand processes takes milliseconds of system time,
//! so it is made on a thread that may block, into buffers that are used again.
//!
//! A process may end at any moment, and is then left out.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, readlinkat, statat};
use rustix::io::Errno;

use super::ledger::Tag;
use super::texts::{self, Pages, Socket, Stat, Table};

/// Longer than any environment is (execve(2): a quarter of the largest stack, usually 2 MiB).
const LONGEST: usize = 8 << 20;
/// `/proc/net/*` may have a line for each of a machine's connections; of what is longer the rest is not seen.
const LARGEST_TABLE: usize = 64 << 20;

/// The parent of the kernel's own threads, which have no environment.
const KERNEL: i32 = 2;

/// A way to read `/proc`.
pub(crate) struct Proc {
    directory: OwnedFd,
    path: String,
    text: Vec<u8>,
}

/// Whose socket a descriptor is, by inode.
pub(crate) type Listening = HashMap<u64, (Table, Socket)>;

impl Proc {
    pub(crate) fn open() -> io::Result<Proc> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(CWD, "/proc", flags, Mode::empty())?;
        Ok(Proc { directory, path: String::new(), text: Vec::new() })
    }

    /// All processes.
    pub(crate) fn processes(&mut self) -> io::Result<Vec<Stat>> {
        let mut found = Vec::new();
        for entry in Dir::read_from(self.directory.as_fd())? {
            let entry = entry?;
            let pid = entry.file_name().to_str().ok().and_then(|name| name.parse::<i32>().ok());
            if let Some(pid) = pid
                && let Some(stat) = self.process(pid)
            {
                found.push(stat);
            }
        }
        Ok(found)
    }

    /// One process.
    pub(crate) fn process(&mut self, pid: i32) -> Option<Stat> {
        self.read(pid, "stat").and_then(texts::stat)
    }

    /// The name that a process has chosen, and whether it is a zombie; `None` if it is not there any more.
    pub(crate) fn label(&mut self, process: &Stat) -> Option<(String, bool)> {
        let text = self.read(process.pid, "stat")?;
        texts::stat(text).filter(|now| now.start == process.start)?;
        texts::label(text)
    }

    /// The memory of a process.
    pub(crate) fn memory(&mut self, pid: i32) -> Option<Pages> {
        self.read(pid, "statm").and_then(texts::statm)
    }

    /// How many descriptors a process has open; `None` if that is not ours to know.
    pub(crate) fn open_files(&mut self, pid: i32) -> Option<u64> {
        self.name(pid, "fd");
        // Since Linux 6.2 the directory's size is their number (proc_pid_fd(5)); before, it is 0.
        let size = statat(&self.directory, self.path.as_str(), AtFlags::empty()).ok()?.st_size;
        match u64::try_from(size) {
            Ok(0) | Err(_) => Some(u64::try_from(self.descriptors(pid)?.count()).unwrap_or(u64::MAX)),
            Ok(count) => Some(count),
        }
    }

    /// The inodes of the sockets that a process has open.
    pub(crate) fn sockets(&mut self, pid: i32) -> HashSet<u64> {
        self.name(pid, "fd");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Ok(directory) = openat(&self.directory, self.path.as_str(), flags, Mode::empty()) else {
            return HashSet::new();
        };
        let Ok(entries) = Dir::read_from(&directory) else { return HashSet::new() };
        let links = entries.flatten().filter_map(|entry| readlinkat(&directory, entry.file_name(), []).ok());
        links.filter_map(|link| texts::socket_inode(link.as_bytes())).collect()
    }

    /// Every socket that waits for somebody, in the daemon's network namespace.
    pub(crate) fn listening(&mut self) -> Listening {
        let tables = [
            ("net/tcp", Table::Tcp),
            ("net/tcp6", Table::Tcp),
            ("net/udp", Table::Udp),
            ("net/udp6", Table::Udp),
        ];
        let mut listening = Listening::new();
        for (file, table) in tables {
            self.path.clear();
            self.path.push_str(file);
            // There is none where a protocol is not built in.
            if let Some(text) = self.content(LARGEST_TABLE) {
                let text = String::from_utf8_lossy(text);
                listening.extend(texts::sockets(&text, table).map(|socket| (socket.inode, (table, socket))));
            }
        }
        // One table may be large, and is not needed again for a while.
        self.text = Vec::new();
        listening
    }

    /// The run that a process's environment names.
    pub(crate) fn tag(&mut self, process: &Stat, prefix: &str) -> Tag {
        if process.pid == KERNEL || process.parent == KERNEL {
            return Tag::Absent;
        }
        match self.read(process.pid, "environ") {
            // A program that is just being replaced has none for a moment (execve(2)).
            Some([]) => Tag::Unknown,
            Some(environ) => {
                texts::tag(environ, prefix).map_or(Tag::Absent, |(service, run)| Tag::Of(service, run))
            }
            None => Tag::Absent,
        }
    }

    /// How many processors this machine has; no tree can use more.
    pub(crate) fn processors(&mut self) -> u32 {
        self.path.clear();
        self.path.push_str("stat");
        let text = self.content(LONGEST).unwrap_or_default();
        let is_one = |line: &&[u8]| line.starts_with(b"cpu") && line.get(3).is_some_and(u8::is_ascii_digit);
        let count = text.split(|byte| *byte == b'\n').filter(is_one).count();
        u32::try_from(count).unwrap_or(u32::MAX).max(1)
    }

    fn descriptors(&self, pid: i32) -> Option<impl Iterator<Item = ()> + use<>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = format!("{pid}/fd");
        let directory = openat(&self.directory, path, flags, Mode::empty()).ok()?;
        let entries = Dir::read_from(directory).ok()?.flatten();
        Some(entries.filter(|entry| !entry.file_name().to_bytes().starts_with(b".")).map(drop))
    }

    fn read(&mut self, pid: i32, file: &str) -> Option<&[u8]> {
        self.name(pid, file);
        self.content(LONGEST)
    }

    fn name(&mut self, pid: i32, file: &str) {
        self.path.clear();
        write!(self.path, "{pid}/{file}").expect("writing to a string cannot fail");
    }

    /// The content of the file at the path, up to a length.
    fn content(&mut self, longest: usize) -> Option<&[u8]> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.directory, self.path.as_str(), flags, Mode::empty()).ok()?;
        if self.text.len() < 4096 {
            self.text.resize(4096, 0);
        }
        let mut length = 0;
        loop {
            match rustix::io::read(&file, &mut self.text[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(Errno::INTR) => continue,
                Err(_) => return None,
            }
            // Nearly all of these files are handed over whole, and a second call would only say so.
            if length < self.text.len() && length < 2048 {
                break;
            }
            if length == self.text.len() {
                if longest <= length {
                    break;
                }
                self.text.resize(length * 2, 0);
            }
        }
        Some(&self.text[..length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_finds_itself_and_what_it_has() {
        let me = i32::try_from(std::process::id()).unwrap();
        let mut proc = Proc::open().unwrap();
        let all = proc.processes().unwrap();
        let mine = all.iter().find(|process| process.pid == me).unwrap();
        assert!(0 < mine.threads && 0 < mine.start);
        let pages = proc.memory(me).unwrap();
        assert!(0 < pages.resident && pages.shared <= pages.resident);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let listening = proc.listening();
        let own = proc.sockets(me);
        let found = own.iter().filter_map(|inode| listening.get(inode));
        assert!(found.map(|(table, socket)| (*table, socket.port)).any(|it| it == (Table::Tcp, port)));
        let counted = fs_err::read_dir("/proc/self/fd").unwrap().count();
        let said = usize::try_from(proc.open_files(me).unwrap()).unwrap();
        assert!(said.abs_diff(counted) < 64, "other tests open files too: {said} and {counted}");
        assert!(0 < proc.processors());
    }

    #[test]
    fn a_process_that_is_gone_has_nothing() {
        let mut child = std::process::Command::new("/bin/true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        child.wait().unwrap();
        let mut proc = Proc::open().unwrap();
        assert_eq!((proc.memory(pid), proc.open_files(pid)), (None, None));
        assert_eq!(proc.sockets(pid).len(), 0);
    }

    #[test]
    fn a_long_environment_is_read_to_its_end() {
        let filler = "x".repeat(100_000);
        let mut child = std::process::Command::new("/bin/sleep")
            .arg("99")
            .env_clear()
            .env("A", filler)
            .env("HOB_RUN", "home.boot.web.7.ab")
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let mut proc = Proc::open().unwrap();
        let process = proc.processes().unwrap().into_iter().find(|process| process.pid == pid).unwrap();
        let mut tag = Tag::Unknown;
        while tag == Tag::Unknown {
            tag = proc.tag(&process, "home.boot.");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(tag, Tag::Of("web".to_owned(), 7));
    }
}
