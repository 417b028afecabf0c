//! What a service may use, and what holds it to that.
//!
//! `open_files` is kept by the kernel for each process. Memory and processes of
//! a whole tree are kept by the kernel only where a cgroup has the controllers
//! ([`Controllers`]); elsewhere they are *watched*: counted once a second, and a
//! service that is over in two counts in a row is stopped, which is a crash
//! (`watch`). That is no wall. What grows faster than it is counted, or is gone
//! between two counts, is not seen. The limits that a process could be given
//! instead are worse: RLIMIT_NPROC counts all processes of the user, and
//! RLIMIT_AS breaks programs that only reserve memory. A share of the processor
//! cannot be kept without a controller at all, and is refused.
//!
//! Memory is what `stats` says: bytes in RAM that neither files nor shared memory back.

mod watch;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::Spec;
use crate::config::Size;
pub use crate::runs::conf::Controllers;
pub(super) use watch::{Entry, Register, follow};

/// What holds a service to a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The kernel: it cannot be exceeded.
    Enforced,
    /// This daemon, by counting once a second: what is over twice in a row is stopped.
    Watched,
}

/// A limit of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitHeld {
    /// Which: memory, pids, cpu or open_files.
    pub limit: String,
    /// How much is allowed.
    pub allowed: String,
    /// What holds the service to it.
    pub holds: Holds,
}

/// Limits that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watched {
    /// Bytes.
    pub(super) memory: Option<u64>,
    /// Processes.
    pub(super) pids: Option<u32>,
}

impl Watched {
    /// Those of a service for which these controllers do nothing, if there are any.
    pub(super) fn of(spec: &Spec, controllers: Controllers) -> Option<Watched> {
        let memory = spec.memory.filter(|_| !controllers.memory).map(Size::get);
        let pids = spec.pids.filter(|_| !controllers.pids);
        (memory.is_some() || pids.is_some()).then_some(Watched { memory, pids })
    }

    /// What a service that uses this much has too much of.
    fn exceeded(&self, memory: u64, processes: u32) -> Option<String> {
        if let Some(allowed) = self.memory.filter(|allowed| *allowed < memory) {
            return Some(format!("memory: {} allowed", of(memory, allowed)));
        }
        let allowed = self.pids.filter(|allowed| *allowed < processes)?;
        Some(format!("pids: {processes} of {allowed} allowed"))
    }
}

/// All limits of a service, and what holds it to each.
pub(super) fn held(spec: &Spec, controllers: Controllers) -> Vec<LimitHeld> {
    let by = |controller| if controller { Holds::Enforced } else { Holds::Watched };
    let all = [
        ("memory", spec.memory.map(|size| size.to_string()), by(controllers.memory)),
        ("pids", spec.pids.map(|count| count.to_string()), by(controllers.pids)),
        ("cpu", spec.cpu.map(|share| share.to_string()), Holds::Enforced),
        ("open_files", spec.open_files.map(|count| count.to_string()), Holds::Enforced),
    ];
    let written = all.into_iter().filter_map(|(limit, allowed, holds)| {
        Some(LimitHeld { limit: limit.to_owned(), allowed: allowed?, holds })
    });
    written.collect()
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
        let spec = crate::services::spec::one("limits = { memory = \"1G\", pids = 9, open_files = 64 }");
        let shown = |controllers| -> Vec<String> {
            let held = held(&spec, controllers).into_iter();
            held.map(|it| format!("{} {} {:?}", it.limit, it.allowed, it.holds)).collect()
        };
        let none = Controllers::here();
        assert_eq!(shown(none), ["memory 1G Watched", "pids 9 Watched", "open_files 64 Enforced"]);
        assert_eq!(Watched::of(&spec, none), Some(Watched { memory: Some(1 << 30), pids: Some(9) }));
        let of_memory = Controllers { memory: true, ..none };
        assert_eq!(shown(of_memory)[..2], ["memory 1G Enforced", "pids 9 Watched"]);
        assert_eq!(Watched::of(&spec, of_memory), Some(Watched { memory: None, pids: Some(9) }));
        assert_eq!(Watched::of(&spec, Controllers { pids: true, ..of_memory }), None);
        assert_eq!(Watched::of(&crate::services::spec::one(""), none), None);
    }
}
