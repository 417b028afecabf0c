//! What a run may use, and what holds it to that.
//!
//! `open_files` is kept by the kernel for each process. Memory, processes and the
//! share of the processor of a whole tree are kept by the kernel where its cgroup has
//! the controllers ([`Controllers`], [`super::tree`]). Elsewhere memory and processes are
//! *watched*: counted once a second, and a run that is over in two counts in a row
//! is ended, which is a failure (`register`). That is no wall. What grows faster than
//! it is counted, or is gone between two counts, is not seen. The limits that a
//! process could be given instead are worse: RLIMIT_NPROC counts all processes of
//! the user, and RLIMIT_AS breaks programs that only reserve memory. A share of the
//! processor cannot be kept without a controller at all, and is refused.
//!
//! Watched memory is what the statistics say: bytes in RAM that neither files nor
//! shared memory back. The kernel's controller counts files' pages and shared memory
//! too, gives the former up before it kills, and counts threads where this counts processes.

mod register;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Size;
use crate::runs::conf::{Controllers, Percent};
pub(crate) use register::{Entry, Register};

/// What a run may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of all its processes.
    pub(crate) memory: Option<Size>,
    /// Likewise.
    pub(crate) cpu: Option<Percent>,
    /// How many there may be.
    pub(crate) pids: Option<u32>,
    /// Of each of them; what is usual if that is not said.
    pub(crate) open_files: Option<u64>,
}

/// What holds a run to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The kernel: it cannot be exceeded.
    Enforced,
    /// This daemon, by counting once a second: what is over twice in a row is stopped.
    Watched,
    /// Nothing: cgroups, which could, are not used.
    Nothing,
}

/// A limit of a service or a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitHeld {
    /// Which: memory, pids, cpu or open_files.
    pub limit: String,
    /// How much is allowed.
    pub allowed: String,
    /// What holds it to that.
    pub holds: Holds,
}

/// Limits that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Bytes.
    memory: Option<u64>,
    /// Processes.
    pids: Option<u32>,
}

impl Limits {
    /// Those that these controllers do nothing for and that can be watched, if there are any.
    pub(crate) fn watched(&self, controllers: Controllers) -> Option<Watched> {
        let memory = self.memory.filter(|_| !controllers.memory).map(Size::get);
        let pids = self.pids.filter(|_| !controllers.pids);
        (memory.is_some() || pids.is_some()).then_some(Watched { memory, pids })
    }

    /// Of these controllers, those that there is a limit for.
    pub(crate) fn kept_by(&self, controllers: Controllers) -> Controllers {
        Controllers {
            memory: controllers.memory && self.memory.is_some(),
            pids: controllers.pids && self.pids.is_some(),
            cpu: controllers.cpu && self.cpu.is_some(),
        }
    }

    /// All of them, and what holds a run to each.
    pub(crate) fn held(&self, controllers: Controllers) -> Vec<LimitHeld> {
        let by = |controller| if controller { Holds::Enforced } else { Holds::Watched };
        let share = if controllers.cpu { Holds::Enforced } else { Holds::Nothing };
        let all = [
            ("memory", self.memory.map(|size| size.to_string()), by(controllers.memory)),
            ("pids", self.pids.map(|count| count.to_string()), by(controllers.pids)),
            ("cpu", self.cpu.map(|share| share.to_string()), share),
            ("open_files", self.open_files.map(|count| count.to_string()), Holds::Enforced),
        ];
        let written = all.into_iter().filter_map(|(limit, allowed, holds)| {
            Some(LimitHeld { limit: limit.to_owned(), allowed: allowed?, holds })
        });
        written.collect()
    }
}

impl Watched {
    /// What a run that uses this much has too much of.
    fn exceeded(&self, memory: u64, processes: u32) -> Option<String> {
        if let Some(allowed) = self.memory.filter(|allowed| *allowed < memory) {
            return Some(format!("memory: {} allowed", of(memory, allowed)));
        }
        let allowed = self.pids.filter(|allowed| *allowed < processes)?;
        Some(format!("pids: {processes} of {allowed} allowed"))
    }
}

/// "600 MiB of 512 MiB": both in the unit in which the limit is at least one, the first rounded up.
fn of(used: u64, allowed: u64) -> String {
    const UNITS: [(u32, &str); 5] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB"), (0, "bytes")];
    let (shift, unit) = UNITS.into_iter().find(|(shift, _)| 0 < allowed >> shift).unwrap_or(UNITS[4]);
    let in_unit = |bytes: u64| {
        let tenths = (u128::from(bytes) * 10).div_ceil(1 << shift);
        match (tenths / 10, tenths % 10) {
            (whole, 0) => format!("{whole} {unit}"),
            (whole, tenth) => format!("{whole}.{tenth} {unit}"),
        }
    };
    format!("{} of {}", in_unit(used), in_unit(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn check(watched: (Option<u64>, Option<u32>), used: (u64, u32), said: Option<&str>) {
        let watched = Watched { memory: watched.0, pids: watched.1 };
        assert_eq!(watched.exceeded(used.0, used.1).as_deref(), said);
    }

    #[test]
    fn what_is_too_much_is_told_in_numbers() {
        let both = (Some(512 * MIB), Some(200));
        check(both, (512 * MIB, 200), None);
        check(both, (600 * MIB, 1), Some("memory: 600 MiB of 512 MiB allowed"));
        check(both, (512 * MIB + 1, 1), Some("memory: 512.1 MiB of 512 MiB allowed"));
        check(both, (0, 230), Some("pids: 230 of 200 allowed"));
        check((Some(1 << 30), None), (3 << 29, 9), Some("memory: 1.5 GiB of 1 GiB allowed"));
        check((Some(1536 << 10), None), (u64::MAX, 9), Some("memory: 17592186044416 MiB of 1.5 MiB allowed"));
        check((None, None), (u64::MAX, u32::MAX), None);
    }

    #[test]
    fn each_limit_says_what_holds_it_and_only_what_nothing_else_holds_is_watched() {
        let limits =
            Limits { memory: Some(Size::mebibytes(1024)), cpu: None, pids: Some(9), open_files: Some(64) };
        let shown = |controllers| -> Vec<String> {
            let held = limits.held(controllers).into_iter();
            held.map(|it| format!("{} {} {:?}", it.limit, it.allowed, it.holds)).collect()
        };
        let none = Controllers::default();
        assert_eq!(shown(none), ["memory 1G Watched", "pids 9 Watched", "open_files 64 Enforced"]);
        assert_eq!(limits.watched(none), Some(Watched { memory: Some(1 << 30), pids: Some(9) }));
        let of_memory = Controllers { memory: true, ..none };
        assert_eq!(shown(of_memory)[..2], ["memory 1G Enforced", "pids 9 Watched"]);
        assert_eq!(limits.watched(of_memory), Some(Watched { memory: None, pids: Some(9) }));
        let all = Controllers { memory: true, pids: true, cpu: true };
        assert_eq!(limits.watched(all), None);
        assert_eq!(limits.kept_by(all), Controllers { cpu: false, ..all });
        let share = Limits { cpu: Some(Percent(150)), ..Limits::default() };
        assert_eq!(share.held(none)[0].holds, Holds::Nothing, "it cannot be watched");
        assert_eq!(share.held(all)[0].holds, Holds::Enforced);
        assert_eq!(Limits::default().watched(none), None);
    }
}
