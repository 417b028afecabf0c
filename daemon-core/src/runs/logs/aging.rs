//! What becomes of a rotated file, and when.
//!
//! It is removed when it is too old, and compressed when it is worth it. A
//! service that floods its log goes through all the files it may keep in less
//! than a second; to compress those would burn more than their capture. So a
//! file has to have settled, and at the pace of the files after it must have
//! some life left before it is one too many. That rule needs no memory of
//! rates: the stamps in the names say how long the newer files took.
//!
//! Nothing here reads a clock or a disk.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::upkeep::Keeping;

/// No file is compressed before it has settled for so long.
const SETTLED: Duration = Duration::from_secs(30);
/// Nor is one that will probably be removed before so long.
const WORTH: Duration = Duration::from_secs(60);

/// What is to be done with the rotated files of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// So many of the oldest are to be removed.
    pub expired: usize,
    /// This one is to be compressed now.
    pub pack: Option<usize>,
    /// When there is more to do.
    pub next: Option<Timestamp>,
}

/// What is known of a rotated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aged {
    /// The latest stamp in it.
    pub latest: Timestamp,
    /// Whether it is compressed.
    pub is_packed: bool,
}

/// What is to be done at `now` with `files`, the oldest first. Of a log whose
/// service is not known no file is too old.
pub(super) fn plan(files: &[Aged], keeping: Option<Keeping>, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for (at, file) in files.iter().enumerate() {
        let newer = files.len() - at - 1;
        let expiry = expiry(file, keeping);
        if expiry.is_some_and(|expiry| expiry <= now) {
            plan.expired = at + 1;
            continue;
        }
        let mut moments = [expiry, None];
        let packing = packing(file, newer, keeping).filter(|_| !file.is_packed);
        if let Some(packing) = packing
            && expiry.is_none_or(|expiry| later(packing, WORTH) < expiry)
        {
            if packing <= now {
                // The newest first: it is the one that is read, and that stays longest.
                plan.pack = Some(at);
            } else {
                moments[1] = Some(packing);
            }
        }
        plan.next = plan.next.into_iter().chain(moments.into_iter().flatten()).min();
    }
    plan
}

fn expiry(file: &Aged, keeping: Option<Keeping>) -> Option<Timestamp> {
    let max_age = keeping.map(|keeping| keeping.max_age).filter(|age| !age.is_zero())?;
    Some(later(file.latest, max_age))
}

/// When a file is worth being compressed, if no other is rotated until then.
fn packing(file: &Aged, newer: usize, keeping: Option<Keeping>) -> Option<Timestamp> {
    let Some(keeping) = keeping else { return Some(later(file.latest, SETTLED)) };
    // At an age of A with N newer ones, a file takes about A / (N + 1), and this
    // one is removed after as many more as are left.
    let left = u32::try_from(newer).ok().and_then(|newer| keeping.keep.checked_sub(newer))?;
    let newer = u32::try_from(newer).unwrap_or(u32::MAX).saturating_add(1);
    let age = WORTH.saturating_mul(newer).checked_div(left)?.max(SETTLED);
    Some(later(file.latest, age))
}

fn later(stamp: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    stamp.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn files(latest: &[i64]) -> Vec<Aged> {
        latest.iter().map(|&second| Aged { latest: at(second), is_packed: false }).collect()
    }

    fn keeping(keep: u32, days: u64) -> Option<Keeping> {
        Some(Keeping { keep, max_age: Duration::from_secs(days * DAY.cast_unsigned()) })
    }

    #[test]
    fn a_file_is_compressed_when_it_has_settled() {
        let check = |now, pack, next: Option<i64>| {
            let plan = plan(&files(&[1000]), keeping(5, 0), at(now));
            assert_eq!((plan.expired, plan.pack, plan.next), (0, pack, next.map(at)), "{now}");
        };
        check(900, None, Some(1030));
        check(1029, None, Some(1030));
        check(1030, Some(0), None);
    }

    #[test]
    fn a_file_that_will_soon_be_one_too_many_is_left_alone() {
        // One every ten seconds, of which five are kept: none lives for a minute.
        let flood = files(&[960, 970, 980, 990, 1000]);
        assert_eq!(plan(&flood, keeping(5, 0), at(1005)).pack, None);
        // With a hundred to be kept, those that have settled are worth it.
        assert_eq!(plan(&flood, keeping(100, 0), at(1010)).pack, Some(2));
        // When the flood is over, all of them are, the newest first.
        let calm = plan(&flood, keeping(5, 0), at(1031));
        assert_eq!((calm.pack, calm.next), (Some(4), Some(at(990 + 30))).max((Some(4), calm.next)));
        assert_eq!(plan(&flood, keeping(5, 0), at(960 + 300)).pack, Some(4));
        let mut packed = flood;
        packed[1..].iter_mut().for_each(|file| file.is_packed = true);
        assert_eq!(plan(&packed, keeping(5, 0), at(960 + 299)).pack, None);
        assert_eq!(plan(&packed, keeping(5, 0), at(960 + 300)).pack, Some(0));
        // What is one too many already is about to go.
        assert_eq!(plan(&packed, keeping(4, 0), at(DAY)).pack, None);
        assert_eq!(plan(&packed, keeping(0, 0), at(DAY)).pack, None);
    }

    #[test]
    fn an_old_file_goes_and_the_next_expiry_is_known() {
        let mut old = files(&[0, DAY, 2 * DAY]);
        old.iter_mut().for_each(|file| file.is_packed = true);
        let check = |now, expired, next: Option<i64>| {
            let plan = plan(&old, keeping(5, 30), at(now));
            assert_eq!((plan.expired, plan.next), (expired, next.map(at)), "{now}");
        };
        check(3 * DAY, 0, Some(30 * DAY));
        check(30 * DAY, 1, Some(31 * DAY));
        check(31 * DAY + 5, 2, Some(32 * DAY));
        check(99 * DAY, 3, None);
        assert_eq!(plan(&old, None, at(99 * DAY)), Plan::default(), "nobody said how long");
        assert_eq!(plan(&old, keeping(5, 0), at(99 * DAY)), Plan::default(), "for ever");
    }

    #[test]
    fn what_is_about_to_expire_is_not_compressed() {
        let file = files(&[0]);
        assert_eq!(plan(&file, keeping(5, 1), at(DAY - 1)).pack, Some(0));
        let short = Some(Keeping { keep: 5, max_age: Duration::from_secs(80) });
        assert_eq!(plan(&file, short, at(79)), Plan { next: Some(at(80)), ..Plan::default() });
    }
}
