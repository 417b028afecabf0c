//! The processes of one run as a person looks at them: each below the one that started it.
//!
//! This is counted when somebody asks, and nothing of it is kept. A process is
//! shown by the name that stands in `/proc/PID/comm`, never by its arguments:
//! these may hold secrets that are no business of whoever looks on.
//!
//! The list of processes is no snapshot ([`super::trees`]), so nothing here
//! relies on a parent being there.

use std::collections::{HashMap, HashSet};
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, Root};
use super::scan::Proc;
use super::texts::Stat;

/// No more are told; how many there are is.
const MOST: usize = 200;

/// A process of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunProcess {
    /// Its number.
    pub pid: i32,
    /// How many of those before it in the list it is below of: 1 was started by the nearest 0 above it.
    pub depth: u32,
    /// What it calls itself, at most 15 bytes, which it may choose freely. Its arguments are never told.
    pub name: String,
    /// Memory of its own in RAM, in bytes, as the statistics count it; absent if that cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// CPU time that it has used so far, in seconds.
    pub cpu_seconds: f64,
    /// Whether the one that started it is gone: it has let itself loose, or was left behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stray: bool,
    /// Whether it has ended and its parent has not taken notice of that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zombie: bool,
}

/// The processes of a run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Family {
    /// The main one first, those below it after each; then the strays and those below them.
    pub(crate) processes: Vec<RunProcess>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// Reads the processes of the run at `place` among all runs; blocks for milliseconds.
pub(crate) fn family(roots: Vec<Root>, place: usize, tags: &str) -> io::Result<Family> {
    let main = roots[place].main;
    let mut proc = Proc::open()?;
    let all = proc.processes()?;
    let trees = Ledger::default().take(&all, roots, |process| proc.tag(process, tags));
    let ordered = ordered(&all, &trees[place].members, main);
    let more = ordered.len().saturating_sub(MOST);
    let told = ordered.into_iter().take(MOST);
    let processes = told.filter_map(|member| told_of(&mut proc, &all[member.place], &member)).collect();
    Ok(Family { processes, more })
}

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    place: usize,
    depth: u32,
    stray: bool,
}

/// None if it has ended by now.
fn told_of(proc: &mut Proc, process: &Stat, member: &Member) -> Option<RunProcess> {
    let (name, zombie) = proc.label(process)?;
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let memory = proc.memory(process.pid).filter(|_| !zombie);
    let ticks = u32::try_from(process.own).unwrap_or(u32::MAX);
    let per_second = u32::try_from(rustix::param::clock_ticks_per_second().max(1)).unwrap_or(100);
    Some(RunProcess {
        pid: process.pid,
        depth: member.depth,
        name,
        memory_bytes: memory.map(|pages| pages.resident.saturating_sub(pages.shared).saturating_mul(page)),
        cpu_seconds: f64::from(ticks) / f64::from(per_second),
        stray: member.stray,
        zombie,
    })
}

/// Each after its parent, the oldest first; the main process before all others.
fn ordered(processes: &[Stat], members: &[usize], main: i32) -> Vec<Member> {
    let mut by_age = members.to_vec();
    by_age.sort_unstable_by_key(|place| (processes[*place].start, processes[*place].pid));
    let pids: HashSet<i32> = members.iter().map(|place| processes[*place].pid).collect();
    let mut below: HashMap<i32, Vec<usize>> = HashMap::new();
    for place in &by_age {
        below.entry(processes[*place].parent).or_default().push(*place);
    }
    let is_main = |place: &usize| processes[*place].pid == main;
    let is_loose = |place: &usize| !is_main(place) && !pids.contains(&processes[*place].parent);
    let mains = by_age.iter().filter(|place| is_main(place));
    // A circle, which the kernel does not make but a list that is no snapshot may show, begins anywhere.
    let starts = mains.chain(by_age.iter().filter(|place| is_loose(place))).chain(&by_age);
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(members.len());
    for start in starts {
        let mut next = vec![(*start, 0)];
        while let Some((place, depth)) = next.pop() {
            if seen.insert(place) {
                found.push(Member { place, depth, stray: depth == 0 && !is_main(&place) });
                let children = below.get(&processes[place].pid).into_iter().flatten().rev();
                next.extend(children.map(|child| (*child, depth + 1)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn process(pid: i32, parent: i32, start: u64) -> Stat {
        Stat { pid, parent, group: pid, session: pid, threads: 1, own: 0, children: 0, start }
    }

    fn check(processes: &[Stat], expected: &[(i32, u32, bool)]) {
        let members: Vec<usize> = (0..processes.len()).collect();
        let found: Vec<(i32, u32, bool)> = ordered(processes, &members, 10)
            .iter()
            .map(|member| (processes[member.place].pid, member.depth, member.stray))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_stands_below_the_one_that_started_it() {
        let (first, second) = (process(11, 10, 2), process(12, 10, 3));
        let processes = [second, process(13, 11, 4), process(10, 1, 1), first];
        check(&processes, &[(10, 0, false), (11, 1, false), (13, 2, false), (12, 1, false)]);
    }

    #[test]
    fn what_has_lost_its_parent_is_a_stray_and_what_it_started_is_not() {
        let processes = [process(20, 1, 0), process(21, 20, 5), process(10, 1, 1)];
        check(&processes, &[(10, 0, false), (20, 0, true), (21, 1, false)]);
        check(&[process(20, 1, 0)], &[(20, 0, true)]);
    }

    proptest! {
        #[test]
        fn everybody_stands_there_once(raw in prop::collection::vec((0..20_i32, 0..20_i32, 0..9_u64), 0..40)) {
            let processes: Vec<Stat> = raw.iter().map(|it| process(it.0, it.1, it.2)).collect();
            let members: Vec<usize> = (0..processes.len()).collect();
            let mut places: Vec<usize> = ordered(&processes, &members, 10).iter().map(|it| it.place).collect();
            places.sort_unstable();
            prop_assert_eq!(places, members);
        }
    }

    #[test]
    fn a_process_is_told_by_its_name_and_never_by_its_arguments() {
        let mut child = std::process::Command::new("/bin/sh")
            .args(["-c", "echo up; read word; exit", "secret-in-an-argument"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0; 3];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        let root = Root { service: "web".into(), run: 1, main: i32::try_from(child.id()).unwrap() };
        let told = family(vec![root.clone()], 0, "nobody.").unwrap();
        // Its end is not waited for yet, so it stays as a zombie.
        drop(child.stdin.take());
        std::io::Read::read_to_end(child.stdout.as_mut().unwrap(), &mut Vec::new()).unwrap();
        let mut ended = family(vec![root.clone()], 0, "nobody.").unwrap();
        while ended.processes.iter().any(|process| !process.zombie) {
            ended = family(vec![root.clone()], 0, "nobody.").unwrap();
        }
        child.wait().unwrap();
        assert_eq!((told.processes.len(), told.more), (1, 0), "{told:?}");
        let process = &told.processes[0];
        assert!(!process.name.contains("secret") && process.name.ends_with("sh"), "{process:?}");
        assert!(process.memory_bytes.is_some_and(|bytes| 0 < bytes) && !process.stray && !process.zombie);
        assert_eq!(ended.processes[0].memory_bytes, None);
        assert_eq!(family(vec![root], 0, "nobody.").unwrap(), Family::default());
    }
}
