//! File systems whose files are no files: the kernel makes up what is read from them.
//!
//! They look regular. But one waits for the next message (`/proc/kmsg`), another
//! takes out what it shows, and most say something else each time: there is no
//! content that a person could approve and that would still be there later.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::fstatfs;

/// By what statfs(2) says (linux/magic.h), and what people call them.
const INVENTED: [(u32, &str); 18] = [
    (0x0000_9fa0, "proc"),
    (0x6265_6572, "sysfs"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x7363_6673, "securityfs"),
    (0xf97c_ff8c, "selinuxfs"),
    (0x4341_5d53, "smackfs"),
    (0x5a3c_69f0, "apparmorfs"),
    (0x0027_e0eb, "cgroup"),
    (0x6367_7270, "cgroup2"),
    (0x0765_5821, "resctrl"),
    (0x6265_6570, "configfs"),
    (0xcafe_4a11, "bpf"),
    (0x6165_676c, "pstore"),
    (0x4249_4e4d, "binfmt_misc"),
    (0x6573_5543, "fusectl"),
    (0x1980_0202, "mqueue"),
    (0x6e73_6673, "nsfs"),
];

/// That a file is none of these.
pub(super) fn check(file: impl AsFd) -> io::Result<()> {
    let system = fstatfs(file)?.f_type;
    match INVENTED.iter().find(|(it, _)| i128::from(*it) == i128::from(system)) {
        None => Ok(()),
        Some((_, name)) => Err(io::Error::other(format!(
            "the kernel makes up what is read from it ({name}): it has no content that stays"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Held;

    #[test]
    fn what_the_kernel_makes_up_is_told_and_not_opened() {
        for (path, name) in [
            // To read it is to wait for the kernel's next message, and to take it from others.
            ("/proc/kmsg", "proc"),
            ("/proc/self/status", "proc"),
            ("/proc/sys/kernel/random/uuid", "proc"),
            ("/sys/kernel/mm/transparent_hugepage/enabled", "sysfs"),
            ("/sys/fs/cgroup/cgroup.procs", "cgroup2"),
        ] {
            let Ok(real) = super::super::canonical(Path::new(path)) else { continue };
            let told = Held::file(&real).unwrap_err().to_string();
            let expected =
                format!("the kernel makes up what is read from it ({name}): it has no content that stays");
            // A system with the first version of cgroups has another one there.
            assert!(told == expected || name == "cgroup2" && told.contains("(cgroup)"), "{path}: {told}");
        }
    }
}
