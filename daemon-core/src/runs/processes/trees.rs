//! Which process belongs to which run.
//!
//! A run's tree is its main process, what is in the session or the process
//! group that this made, and all their descendants. What has let itself loose
//! (two forks and a session of its own) has another parent now; it is known by
//! the tag in its environment, for which the caller is asked only about
//! processes that nothing else explains.
//!
//! The list of processes is no snapshot: some have ended, some have lost their
//! parent while it was made. So nothing here relies on a parent being there, or
//! on parents making a tree at all.

use std::collections::HashMap;

use super::texts::Stat;

/// The owner of each process: the place of a main process in `mains`, or nobody.
///
/// `tagged` is asked about a process that has no owner otherwise.
pub fn owners(
    processes: &[Stat],
    mains: &[i32],
    mut tagged: impl FnMut(&Stat) -> Option<usize>,
) -> Vec<Option<usize>> {
    let by_main: HashMap<i32, usize> = mains.iter().enumerate().map(|(place, pid)| (*pid, place)).collect();
    let places: HashMap<i32, usize> =
        processes.iter().enumerate().map(|(place, process)| (process.pid, place)).collect();
    let claimed = processes.iter().map(|process| {
        [process.pid, process.group, process.session].iter().find_map(|id| by_main.get(id).copied())
    });
    let mut owners: Vec<Option<usize>> = claimed.collect();
    inherit(processes, &places, &mut owners);
    let mut found_more = false;
    for (process, owner) in processes.iter().zip(&mut owners) {
        if owner.is_none() {
            *owner = tagged(process).filter(|place| *place < mains.len());
            found_more |= owner.is_some();
        }
    }
    if found_more {
        inherit(processes, &places, &mut owners);
    }
    owners
}

/// Gives every process without an owner that of its nearest ancestor who has one.
fn inherit(processes: &[Stat], places: &HashMap<i32, usize>, owners: &mut [Option<usize>]) {
    let mut asked = vec![false; processes.len()];
    let mut path = Vec::new();
    for start in 0..processes.len() {
        let (mut at, mut found) = (start, None);
        path.clear();
        // What was asked before has its answer; in a circle that is nobody.
        loop {
            if asked[at] || owners[at].is_some() {
                found = owners[at];
                break;
            }
            asked[at] = true;
            path.push(at);
            let Some(parent) = places.get(&processes[at].parent) else { break };
            at = *parent;
        }
        for place in &path {
            owners[*place] = found;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A process in its parent's session, unless it has made its own.
    fn process(pid: i32, parent: i32, session: i32) -> Stat {
        Stat { pid, parent, group: session, session, threads: 1, own: 0, children: 0, start: 1 }
    }

    fn check(processes: &[Stat], mains: &[i32], tags: &[(i32, usize)], expected: &[(i32, usize)]) {
        let tagged = |process: &Stat| tags.iter().find(|tag| tag.0 == process.pid).map(|tag| tag.1);
        let owners = owners(processes, mains, tagged);
        let owned: Vec<(i32, usize)> = processes
            .iter()
            .zip(&owners)
            .filter_map(|(process, owner)| Some((process.pid, (*owner)?)))
            .collect();
        assert_eq!(owned, expected);
    }

    #[test]
    fn a_tree_is_the_main_process_and_all_below_it() {
        let processes = [
            process(1, 0, 1),
            process(10, 1, 10),
            process(11, 10, 10),
            process(12, 11, 12),
            process(20, 1, 20),
        ];
        check(&processes, &[10], &[], &[(10, 0), (11, 0), (12, 0)]);
        check(&processes, &[], &[], &[]);
    }

    #[test]
    fn what_lost_its_parent_is_known_by_its_session() {
        check(&[process(1, 0, 1), process(11, 1, 10), process(12, 11, 12)], &[10], &[], &[(11, 0), (12, 0)]);
    }

    #[test]
    fn what_let_itself_loose_is_known_by_its_tag_and_so_are_its_children() {
        let processes = [process(1, 0, 1), process(41, 40, 40), process(40, 1, 40), process(10, 1, 10)];
        check(&processes, &[10], &[(40, 0)], &[(41, 0), (40, 0), (10, 0)]);
        check(&processes, &[10], &[(40, 7)], &[(10, 0)]);
    }

    #[test]
    fn a_service_below_another_is_its_own() {
        let processes = [process(10, 1, 10), process(20, 10, 20), process(21, 20, 20)];
        check(&processes, &[10, 20], &[], &[(10, 0), (20, 1), (21, 1)]);
    }

    proptest! {
        #[test]
        fn no_list_of_processes_is_too_strange(
            raw in prop::collection::vec((0..20_i32, 0..20_i32, 0..20_i32), 0..40),
            mains in prop::collection::vec(0..20_i32, 0..4),
        ) {
            let processes: Vec<Stat> =
                raw.iter().map(|(pid, parent, session)| process(*pid, *parent, *session)).collect();
            let owners = owners(&processes, &mains, |_| None);
            prop_assert_eq!(owners.len(), processes.len());
            for (process, owner) in processes.iter().zip(owners) {
                prop_assert!(owner.is_none_or(|place| place < mains.len()));
                prop_assert!(!mains.contains(&process.pid) || owner.is_some());
            }
        }
    }
}
