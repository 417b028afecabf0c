//! The wrappers that are known, and their options.

/// The options of a wrapper.
pub(super) struct Grammar {
    /// Letters without a value, and with one.
    pub(super) flags: &'static str,
    pub(super) values: &'static str,
    /// Long options without a value of their own, and with one.
    pub(super) longs: &'static [&'static str],
    pub(super) long_values: &'static [&'static str],
    /// Arguments before the program.
    pub(super) operands: usize,
    /// Whether `NAME=value` may stand before the program.
    pub(super) assigns: bool,
    /// Options after which it is not the plain program any more: a text, another directory, a process.
    pub(super) special: &'static [&'static str],
    pub(super) unsure: Option<&'static str>,
}

const PLAIN: Grammar = Grammar {
    flags: "",
    values: "",
    longs: &[],
    long_values: &[],
    operands: 0,
    assigns: false,
    special: &[],
    unsure: None,
};

/// Its name, and its options.
pub(super) const WRAPPERS: &[(&str, Grammar)] = &[
    (
        "env",
        Grammar {
            flags: "i0v",
            values: "ua",
            longs: &["ignore-environment", "null", "debug", "list-signal-handling"],
            long_values: &["unset", "argv0"],
            assigns: true,
            special: &["-S", "--split-string", "-C", "--chdir", "-P"],
            ..PLAIN
        },
    ),
    ("nice", Grammar { flags: "0123456789", values: "n", long_values: &["adjustment"], ..PLAIN }),
    ("nohup", PLAIN),
    (
        "timeout",
        Grammar {
            flags: "vfp",
            values: "ks",
            longs: &["preserve-status", "foreground", "verbose"],
            long_values: &["kill-after", "signal"],
            operands: 1,
            ..PLAIN
        },
    ),
    ("setsid", Grammar { flags: "cfw", longs: &["ctty", "fork", "wait"], ..PLAIN }),
    ("stdbuf", Grammar { values: "ioe", long_values: &["input", "output", "error"], ..PLAIN }),
    (
        "time",
        Grammar {
            flags: "apvq",
            values: "fo",
            longs: &["append", "portability", "verbose", "quiet"],
            long_values: &["format", "output"],
            ..PLAIN
        },
    ),
    (
        "ionice",
        Grammar {
            flags: "t",
            values: "cn",
            longs: &["ignore"],
            long_values: &["class", "classdata"],
            ..PLAIN
        },
    ),
    (
        "chrt",
        Grammar {
            flags: "abdfiorRv",
            values: "TPD",
            longs: &[
                "batch",
                "deadline",
                "fifo",
                "idle",
                "other",
                "rr",
                "reset-on-fork",
                "verbose",
                "all-tasks",
            ],
            long_values: &["sched-runtime", "sched-period", "sched-deadline"],
            operands: 1,
            ..PLAIN
        },
    ),
    ("taskset", Grammar { flags: "ac", longs: &["all-tasks", "cpu-list"], operands: 1, ..PLAIN }),
    (
        "flock",
        Grammar {
            flags: "exsunFov",
            values: "wE",
            longs: &["exclusive", "shared", "unlock", "nonblock", "nb", "no-fork", "close", "verbose"],
            long_values: &["timeout", "wait", "conflict-exit-code"],
            operands: 1,
            ..PLAIN
        },
    ),
    (
        "xargs",
        Grammar {
            flags: "0prtxo",
            values: "adEILnPs",
            longs: &["null", "no-run-if-empty", "verbose", "interactive", "exit", "open-tty"],
            long_values: &[
                "arg-file",
                "delimiter",
                "max-args",
                "max-procs",
                "max-lines",
                "max-chars",
                "replace",
            ],
            unsure: Some("xargs adds arguments that it reads"),
            ..PLAIN
        },
    ),
    (
        "sudo",
        Grammar {
            flags: "AbEHknPSN",
            values: "CgpTuUrt",
            longs: &[
                "askpass",
                "background",
                "preserve-env",
                "set-home",
                "non-interactive",
                "stdin",
                "no-update",
            ],
            long_values: &["user", "group", "prompt", "close-from", "command-timeout"],
            assigns: true,
            unsure: Some("it would run as another user"),
            ..PLAIN
        },
    ),
    ("doas", Grammar { flags: "Ln", values: "uC", unsure: Some("it would run as another user"), ..PLAIN }),
    (
        "run0",
        Grammar {
            values: "ugD",
            long_values: &[
                "user",
                "group",
                "nice",
                "unit",
                "property",
                "description",
                "slice",
                "setenv",
                "background",
            ],
            longs: &["no-ask-password", "pty", "pipe"],
            unsure: Some("it would run as another user"),
            ..PLAIN
        },
    ),
    (
        "pkexec",
        Grammar {
            values: "u",
            long_values: &["user"],
            longs: &["disable-internal-agent", "keep-cwd"],
            unsure: Some("it would run as another user"),
            ..PLAIN
        },
    ),
    // What a shell itself runs as a program's name.
    ("command", Grammar { flags: "p", ..PLAIN }),
    ("builtin", PLAIN),
    ("exec", Grammar { flags: "cl", values: "a", ..PLAIN }),
];

/// Those that run something after options of which too many differ by version.
pub(super) const LOOSE: [&str; 24] = [
    "chroot",
    "nsenter",
    "unshare",
    "setpriv",
    "prlimit",
    "capsh",
    "bwrap",
    "firejail",
    "proot",
    "fakeroot",
    "strace",
    "ltrace",
    "systemd-run",
    "dbus-run-session",
    "watch",
    "parallel",
    "setarch",
    "linux32",
    "linux64",
    "unbuffer",
    "choom",
    "numactl",
    "ssh-agent",
    "start-stop-daemon",
];
