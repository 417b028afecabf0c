//! What an event may be about: which files and directories to look at for it.
//!
//! What is not meant is passed over here, so that a log file that is written
//! without pause beside the sources neither begins a burst nor prolongs one.

use rustix::fs::inotify::ReadFlags;

use super::inotify::Event;
use super::touched::Touched;
use super::tree::Tree;
use super::ways::Concerned;

/// Collects what an event may be about, of what is meant.
pub(super) fn sort(tree: &mut Tree, event: &Event, touched: &mut Touched) {
    let what = event.what;
    if what.contains(ReadFlags::QUEUE_OVERFLOW) {
        return touched.everything();
    }
    let comes_or_goes = ReadFlags::CREATE | ReadFlags::DELETE | ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO;
    let paths = tree.paths_of(event.dir, what.contains(ReadFlags::IGNORED));
    let Some(name) = &event.name else {
        let goes = ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::IGNORED | ReadFlags::UNMOUNT;
        for path in paths {
            if what.intersects(goes) && tree.ways.has(&path)
                || what.contains(ReadFlags::ATTRIB) && tree.unread.contains(&path)
            {
                touched.everything();
            } else if what.intersects(goes) && tree.dirs.contains_key(&path) {
                touched.dir(path.to_path_buf());
            }
        }
        return;
    };
    for dir in paths {
        let concerned: Vec<Concerned> = tree.ways.concerned(&dir, name).cloned().collect();
        for concerned in concerned {
            match concerned {
                Concerned::Everything => return touched.everything(),
                Concerned::Link(link) => touched.file(link),
            }
        }
        let Some(rules) = tree.dirs.get(&dir).map(|dir| &dir.rules) else { continue };
        let path = dir.join(name);
        if what.contains(ReadFlags::ISDIR) {
            if tree.unread.contains(path.as_path()) {
                return touched.everything();
            }
            if what.intersects(comes_or_goes)
                && (tree.dirs.contains_key(path.as_path()) || tree.enters(rules, &path))
            {
                touched.is_new |= what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
                touched.dir(path);
            }
            continue;
        }
        if tree.selection.gitignore && name == ".gitignore" {
            touched.dir(dir.to_path_buf());
        } else if tree.takes(rules, &path) {
            if what.intersects(comes_or_goes) && tree.selection.names(&path) {
                // It may be a link to a directory, or have been one.
                touched.dir(path.clone());
            }
            touched.file(path);
        }
    }
}
