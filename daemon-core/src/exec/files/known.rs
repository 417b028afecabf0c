//! What was hashed before and cannot have changed since.
//!
//! Programs are large and are asked for again and again. Of a file that only root
//! can change, the kernel's own stamp (`ctime`, which nobody sets) tells whether
//! anything was written or replaced. A stamp of this moment tells nothing: the
//! next write may get the same one (as git's index has it, "racy").

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::fs::Stat;

use super::hash::hash;
use super::{Chain, Held, Reading};
use crate::kernel::clock;

/// Programs that are remembered; whoever uses more waits as long as if there were none.
const MOST: usize = 64;
/// Older than any stamp that may be given again.
const OLD: Duration = Duration::from_secs(2);

/// One list for the whole process: files are everybody's.
static KNOWN: Mutex<Vec<(Key, String)>> = Mutex::new(Vec::new());

/// What tells a content: device, number, size, times of the last change of content and of anything.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key([i128; 7]);

/// The SHA-256 of a file that is held, and its size. What is known counts as if it was read, so that a bound is the
/// same each time.
pub(in crate::exec) fn of_held(held: &Held, reading: &mut Reading<'_>) -> io::Result<(String, u64)> {
    reading.has_room_for(size(&held.stat))?;
    let key = (held.chain == Chain::RootOwned && is_old(&held.stat)).then(|| Key::of(&held.stat));
    let known = key.and_then(|key| find(&KNOWN, key));
    if let Some(known) = known {
        reading.take(size(&held.stat))?;
        return Ok((known, size(&held.stat)));
    }
    let (sha256, length) = hash(&held.descriptor, reading)?;
    if let Some(key) = key.filter(|_| length == size(&held.stat)) {
        add(&KNOWN, key, &sha256);
    }
    Ok((sha256, length))
}

fn find(known: &Mutex<Vec<(Key, String)>>, key: Key) -> Option<String> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let at = known.iter().position(|(it, _)| *it == key)?;
    let found = known.remove(at);
    let sha256 = found.1.clone();
    // What was used last is forgotten last.
    known.push(found);
    Some(sha256)
}

fn add(known: &Mutex<Vec<(Key, String)>>, key: Key, sha256: &str) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if MOST <= known.len() {
        known.remove(0);
    }
    known.push((key, sha256.to_owned()));
}

impl Key {
    fn of(stat: &Stat) -> Key {
        Key([
            stat.st_dev.into(),
            stat.st_ino.into(),
            stat.st_size.into(),
            stat.st_mtime.into(),
            stat.st_mtime_nsec.into(),
            stat.st_ctime.into(),
            stat.st_ctime_nsec.into(),
        ])
    }
}

fn is_old(stat: &Stat) -> bool {
    let now = clock::now().as_second();
    let old = i64::try_from(OLD.as_secs()).unwrap_or(i64::MAX);
    stat.st_ctime < now.saturating_sub(old)
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::of_file;
    use super::*;

    fn of_held(held: &Held, most: u64) -> io::Result<(String, u64)> {
        super::of_held(held, &mut Reading::up_to(most))
    }

    #[test]
    fn only_what_is_the_same_in_everything_is_known() {
        let known = Mutex::new(Vec::new());
        let stat = rustix::fs::stat("/").unwrap();
        let key = Key::of(&stat);
        add(&known, key, "x");
        assert_eq!(find(&known, key).as_deref(), Some("x"));
        for place in 0..7 {
            let mut other = key;
            other.0[place] += 1;
            assert_eq!(find(&known, other), None, "{place}");
        }
        for number in 0..2 * MOST as i128 {
            add(&known, Key([number; 7]), "y");
        }
        assert_eq!(known.lock().unwrap().len(), MOST);
    }

    #[test]
    fn what_was_changed_just_now_or_can_be_by_anybody_is_read_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = super::super::canonical(dir.path()).unwrap().join("it");
        for content in ["one", "two"] {
            fs_err::write(&path, content).unwrap();
            let held = Held::file(&path).unwrap();
            assert!(!is_old(&held.stat));
            assert_eq!(of_held(&held, 3).unwrap().0, super::super::of_bytes(content.as_bytes()));
        }
        let shell = super::super::canonical(Path::new("/bin/sh")).unwrap();
        let held = Held::file(&shell).unwrap();
        let read = of_file(&held.descriptor, 1 << 30).unwrap();
        assert_eq!(
            (of_held(&held, 1 << 30).unwrap(), of_held(&held, 1 << 30).unwrap()),
            (read.clone(), read)
        );
        assert!(of_held(&held, 1).is_err());
    }
}
