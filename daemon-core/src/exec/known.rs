//! Programs and variables by what they are known to do.
//!
//! Names only, without their versions (`python3.12`): what is executed is in the
//! plan, this says what to expect of it.

/// What a program does that people should think of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// Runs something as another user.
    Elevates,
    /// Runs the program that its arguments name.
    RunsAnother,
    /// Runs text.
    Interprets,
    /// Is a shell.
    Shell,
    /// Sends or fetches.
    Downloads,
    /// Ends processes.
    Signals,
    /// Writes to files that its arguments name.
    Writes,
    /// Deletes files that its arguments name.
    Deletes,
    /// Changes who may do what with files.
    Permits,
    /// Writes over a whole disk.
    Disks,
    /// Does what a file in its directory says.
    Builds,
}

const SHELLS: &[&str] = &[
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh", "rbash", "pwsh", "nu",
    "elvish", "xonsh",
];

const INTERPRETERS: &[&str] = &[
    "python",
    "pypy",
    "perl",
    "ruby",
    "node",
    "nodejs",
    "deno",
    "bun",
    "php",
    "lua",
    "luajit",
    "tclsh",
    "expect",
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "sed",
    "osascript",
    "R",
    "Rscript",
    "julia",
    "ghci",
    "guile",
    "racket",
    "sqlite",
    "psql",
    "mysql",
    "gdb",
    "ed",
    "ex",
    "vi",
    "vim",
    "nvim",
    "emacs",
    "make",
    "bc",
    "dc",
    "java",
    "jshell",
    "irb",
    "iex",
    "erl",
    "swift",
];

/// What a program of this name does.
pub(super) fn does(name: &str, what: Does) -> bool {
    let names: &[&str] = match what {
        Does::Elevates => {
            &["sudo", "sudoedit", "doas", "su", "pkexec", "run0", "runuser", "setpriv", "machinectl", "gosu"]
        }
        Does::RunsAnother => &[
            "env",
            "nice",
            "nohup",
            "timeout",
            "setsid",
            "stdbuf",
            "time",
            "ionice",
            "chrt",
            "taskset",
            "flock",
            "xargs",
            "busybox",
            "toybox",
            "parallel",
            "watch",
            "strace",
            "ltrace",
            "gdb",
            "unshare",
            "nsenter",
            "chroot",
            "bwrap",
            "firejail",
            "direnv",
            "script",
            "ssh",
            "docker",
            "podman",
            "kubectl",
            "systemd-run",
            "at",
            "batch",
            "find",
            "fd",
            "npx",
            "uvx",
            "pipx",
            "bunx",
            "entr",
            "dbus-run-session",
            "faketime",
            "fakeroot",
            "proot",
            "ld.so",
            "watchexec",
        ],
        Does::Interprets => return does(name, Does::Shell) || is_one(name, INTERPRETERS),
        Does::Shell => SHELLS,
        Does::Downloads => &[
            "curl",
            "wget",
            "fetch",
            "aria2c",
            "nc",
            "ncat",
            "netcat",
            "socat",
            "ssh",
            "scp",
            "sftp",
            "rsync",
            "ftp",
            "lftp",
            "telnet",
            "rclone",
            "http",
            "https",
            "xh",
            "smbclient",
            "git-remote-https",
        ],
        Does::Signals => &["kill", "pkill", "killall", "skill", "shutdown", "reboot", "halt", "poweroff"],
        Does::Writes => &[
            "tee", "cp", "mv", "install", "ln", "dd", "truncate", "touch", "rsync", "tar", "unzip", "patch",
            "sed", "ed", "chattr", "mkdir", "scp", "sponge",
        ],
        Does::Deletes => &["rm", "unlink", "shred", "rmdir", "srm", "wipe"],
        Does::Permits => &["chmod", "chown", "chgrp", "setfacl", "setcap", "chattr"],
        Does::Disks => &[
            "dd",
            "mkfs",
            "mke2fs",
            "wipefs",
            "fdisk",
            "sfdisk",
            "parted",
            "sgdisk",
            "mkswap",
            "cryptsetup",
            "badblocks",
            "blkdiscard",
            "shred",
        ],
        Does::Builds => &[
            "make",
            "gmake",
            "ninja",
            "just",
            "cmake",
            "npm",
            "pnpm",
            "yarn",
            "bun",
            "cargo",
            "go",
            "mvn",
            "gradle",
            "rake",
            "bundle",
            "tox",
            "nox",
            "meson",
            "bazel",
            "vagrant",
            "ansible-playbook",
            "terraform",
            "pip",
        ],
    };
    is_one(name, names)
}

/// Whether a variable makes programs load or run what it names.
pub(super) fn is_loader(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "PATH",
        "BASH_ENV",
        "ENV",
        "PS4",
        "PROMPT_COMMAND",
        "IFS",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONHOME",
        "PERL5LIB",
        "PERL5OPT",
        "PERL5DB",
        "RUBYOPT",
        "RUBYLIB",
        "NODE_OPTIONS",
        "NODE_PATH",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "MANPAGER",
        "LESSOPEN",
        "LESSCLOSE",
        "GCONV_PATH",
        "TERMINFO",
        "GLIBC_TUNABLES",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "CLASSPATH",
        "RUSTC_WRAPPER",
        "CC",
        "CXX",
        "SHELL",
        "BROWSER",
        "XDG_CONFIG_HOME",
        "HOME",
        "ZDOTDIR",
        "INPUTRC",
        "LUA_PATH",
        "LUA_CPATH",
        "MAKEFLAGS",
        "SSH_ASKPASS",
        "SUDO_ASKPASS",
        "OPENSSL_CONF",
        "PSQLRC",
        "CURL_HOME",
        "WGETRC",
        "DOCKER_HOST",
        "KUBECONFIG",
    ];
    let prefixes =
        ["LD_", "DYLD_", "GIT_", "BASH_FUNC_", "MALLOC_", "npm_config_", "NPM_CONFIG_", "CARGO_", "PIP_"];
    NAMES.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// By name, or by name and version: `python3.12`, `mkfs.ext4`.
fn is_one(name: &str, names: &[&str]) -> bool {
    let bare =
        name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
    let family = name.split('.').next().unwrap_or(name);
    [name, bare, family].iter().any(|name| names.contains(name))
}
