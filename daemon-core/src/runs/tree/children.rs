//! Which children a process has, as the kernel lists them (proc_tid_children(5)).
//!
//! The daemon is a child subreaper: what loses its parent becomes the daemon's
//! own child at that moment. So when the main process of a run is dead, all that
//! it has left is below the daemon's own children, and one small file says
//! whether there are any that nobody knows. That costs microseconds, whatever
//! else runs on the machine.
//!
//! A list may miss one while another child is being reaped. The daemon's own is
//! read by the thread that does all the reaping, except in a program that has
//! children besides: there it is read twice.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, open};

/// This process, as the parent of those who lost theirs.
#[derive(Debug)]
pub(super) struct Own {
    /// The threads that can have such children: the first one, and the one that starts services.
    files: Vec<String>,
}

impl Own {
    /// To be made on the thread that starts services; `None` if the kernel has no such lists.
    pub(super) fn of_this_thread() -> Option<Own> {
        let pid = rustix::process::getpid().as_raw_nonzero();
        let tid = rustix::thread::gettid().as_raw_nonzero();
        let threads = if pid == tid { vec![pid] } else { vec![pid, tid] };
        let files: Vec<String> =
            threads.iter().map(|tid| format!("/proc/self/task/{tid}/children")).collect();
        files.iter().all(|file| list(file).is_some()).then_some(Own { files })
    }

    pub(super) fn children(&self) -> Vec<i32> {
        let alone = self.files.len() == 1;
        let once = || self.files.iter().filter_map(|file| list(file)).flatten();
        let mut found: Vec<i32> = once().collect();
        if !alone {
            found.extend(once());
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

/// All below these processes, but not themselves.
pub(super) fn below(roots: &[i32]) -> Vec<i32> {
    let (mut found, mut asked) = (Vec::new(), roots.to_vec());
    let mut seen: std::collections::HashSet<i32> = roots.iter().copied().collect();
    while let Some(pid) = asked.pop() {
        for child in of(pid) {
            if seen.insert(child) {
                found.push(child);
                asked.push(child);
            }
        }
    }
    found
}

/// The children of all threads of a process.
fn of(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs_err::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let names = threads.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|tid| list(&format!("/proc/{pid}/task/{tid}/children"))).flatten().collect()
}

fn list(file: &str) -> Option<Vec<i32>> {
    let file = open(file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let text = whole(&file)?;
    let numbers = std::str::from_utf8(&text).ok()?.split_ascii_whitespace();
    Some(numbers.filter_map(|number| number.parse().ok()).collect())
}

fn whole(file: &OwnedFd) -> Option<Vec<u8>> {
    let (mut text, mut length) = (vec![0; 4096], 0);
    loop {
        match rustix::io::read(file, &mut text[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
        if text.len() < length + 1024 {
            text.resize(text.len() * 2, 0);
        }
    }
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_child_is_listed_and_so_is_its_own() {
        let Some(own) = Own::of_this_thread() else { return };
        let mut child = Command::new("/bin/sh")
            .args(["-c", "sleep 1000 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let mut line = String::new();
        let said = child.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).unwrap();
        let grandchild: i32 = line.trim().parse().unwrap();
        assert!(own.children().contains(&pid) && !own.children().contains(&grandchild));
        assert_eq!(below(&[pid]), [grandchild]);
        let kill = |pid| {
            rustix::process::kill_process(
                rustix::process::Pid::from_raw(pid).unwrap(),
                rustix::process::Signal::KILL,
            )
        };
        kill(grandchild).unwrap();
        kill(pid).unwrap();
        child.wait().unwrap();
        assert!(!own.children().contains(&pid));
        assert_eq!(below(&[pid]), Vec::<i32>::new());
    }
}
