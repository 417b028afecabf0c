//! Programs that run code which somebody hands them, and variables that do.
//!
//! To say "always" to such a program is to say it to everything, so that is not
//! offered (gate.md, section 2). A rule in a policy may still allow one with certain
//! arguments, since whoever writes it has thought about it; but never with code
//! among the arguments, which is always asked about (C14).
//!
//! The list is by classes, after what each program documents; it cannot be whole,
//! and it is no border: it only keeps an offer from being made.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Shells and what runs their texts.
const SHELLS: &str = "sh bash dash ash zsh ksh mksh oksh pdksh fish csh tcsh rbash yash nu elvish xonsh pwsh powershell rc \
    es";

/// Interpreters, and the flags after which code comes: letters of a cluster, then whole names.
const INTERPRETERS: &[(&str, &str, &[&str])] = &[
    ("python", "c", &[]),
    ("pypy", "c", &[]),
    ("perl", "eE", &[]),
    ("ruby", "e", &[]),
    ("jruby", "e", &[]),
    ("node", "ep", &["--eval", "--print"]),
    ("nodejs", "ep", &["--eval", "--print"]),
    ("deno", "", &["eval"]),
    ("bun", "ep", &["--eval", "--print"]),
    ("php", "rBRE", &["--run", "--process-code"]),
    ("lua", "e", &[]),
    ("luajit", "e", &[]),
    ("osascript", "e", &[]),
    ("Rscript", "e", &[]),
    ("R", "e", &[]),
    ("tclsh", "", &[]),
    ("wish", "", &[]),
    ("expect", "c", &[]),
    ("julia", "eE", &["--eval", "--print"]),
    ("ghc", "e", &[]),
    ("runghc", "e", &[]),
    ("scala", "e", &[]),
    ("groovy", "e", &[]),
    ("elixir", "e", &["--eval", "--rpc-eval"]),
    ("erl", "", &["-eval", "-run", "-s"]),
    ("guile", "c", &[]),
    ("racket", "e", &["--eval"]),
    ("sbcl", "", &["--eval"]),
    ("clisp", "x", &[]),
    ("swift", "e", &[]),
    ("octave", "", &["--eval"]),
    ("raku", "e", &[]),
    ("crystal", "", &["eval"]),
    ("jshell", "", &[]),
    ("gawk", "", &[]),
    ("mawk", "", &[]),
    ("nawk", "", &[]),
    ("awk", "", &[]),
];

/// What runs another program, remote or in a container or later.
const RUNNERS: &str = "env nice nohup timeout setsid stdbuf time ionice chrt taskset flock xargs busybox toybox sudo \
    sudoedit doas run0 pkexec su runuser ssh scp sftp rsync mosh telnet nc ncat netcat socat docker \
    podman nerdctl kubectl lxc chroot nsenter unshare bwrap firejail proot fakeroot setpriv capsh \
    prlimit systemd-run systemd-nspawn machinectl at batch crontab screen tmux script watch entr \
    parallel dbus-run-session dbus-send gdbus busctl xdg-open open launchctl start-stop-daemon setarch \
    linux32 linux64 ld.so direnv vagrant ansible ansible-playbook find fd git-shell";

/// Package managers and what builds: each runs scripts of what it is given.
const BUILDERS: &str = "npm npx pnpm pnpx yarn bunx corepack pip pipx uv uvx poetry conda cargo rustc go gem bundle rake \
    composer mvn gradle ant sbt make gmake cmake ninja just task scons bazel buck meson gcc g++ cc c++ \
    clang tcc java dotnet apt apt-get dpkg dnf yum rpm zypper pacman apk brew port snap flatpak nix \
    nix-shell nix-build guix helm terraform pre-commit tox nox pytest jest";

/// Editors, pagers, debuggers, archivers and databases that start programs or load code.
const OTHERS: &str = "vi vim nvim view vimdiff ex ed nano pico emacs emacsclient micro hx helix kak code less more most \
    man gdb lldb strace ltrace valgrind perf bpftrace tar zip cpio 7z sed openssl curl wget aria2c \
    sqlite mysql psql mongo redis-cli m4 bc dc gimp ffmpeg latex pdflatex lualatex xelatex tex \
    ghostscript gs jq yq mount umount insmod modprobe ldconfig systemctl service update-alternatives \
    install";

/// Variables that change what code a program runs; a name that ends with `*` is a beginning.
const CODE_VARIABLES: &str = "LD_* DYLD_* BASH_ENV ENV PS0 PS1 PS2 PS4 PROMPT_COMMAND IFS SHELLOPTS BASHOPTS BASH_FUNC_* CDPATH \
    GLOBIGNORE PATH HOME SHELL ZDOTDIR PYTHON* PERL5* PERLLIB RUBY* GEM_* BUNDLE_* NODE_* NPM_* npm_* \
    DENO_* LUA_* PHPRC PHP_INI_SCAN_DIR JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH \
    MAVEN_OPTS GRADLE_OPTS R_* GIT_* SSH_ASKPASS SUDO_ASKPASS EDITOR VISUAL PAGER MANPAGER BROWSER LESS* \
    GCONV_PATH LOCPATH NLSPATH HOSTALIASES RESOLV_HOST_CONF TERMINFO* TERMCAP MALLOC_* GLIBC_TUNABLES \
    XDG_* CARGO_* RUST* GO* CC CXX MAKEFLAGS MFLAGS CFLAGS LDFLAGS DOCKER_* KUBECONFIG HOB_* http_proxy \
    https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY OPENSSL_* SSL_* CURL_HOME WGETRC VIMINIT EXINIT";

/// Those that no policy may let through: with them any program is another.
const NEVER: &str = "LD_* DYLD_* BASH_ENV ENV IFS BASH_FUNC_* GLIBC_TUNABLES PATH HOB_*";

/// Variables that change what is shown and nothing else.
const HARMLESS: &str = "LANG LC_* TERM TZ NO_COLOR COLUMNS LINES";

const RUNS_OTHERS: &str = "it runs other programs";

/// All of them, with what they are.
static KNOWN: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lists = [
        (OTHERS, "it can be made to run other programs"),
        (BUILDERS, "it runs scripts of packages and projects"),
        (RUNNERS, RUNS_OTHERS),
        (SHELLS, "a shell"),
    ];
    let interpreters = INTERPRETERS.iter().map(|it| (it.0, "an interpreter"));
    lists
        .into_iter()
        .flat_map(|(list, what)| entries(list).map(move |name| (name, what)))
        .chain(interpreters)
        .collect()
});

/// Whether a program of this file name runs code that it is handed; and what it is, for a person.
pub(super) fn runs_code(name: &str) -> Option<&'static str> {
    let known = KNOWN.get(name).or_else(|| KNOWN.get(unversioned(name))).copied();
    let is_loader = || name.starts_with("ld-linux") || name.starts_with("ld-musl");
    known.or_else(|| is_loader().then_some(RUNS_OTHERS))
}

/// Whether its first argument is a script that it runs; and what it is, for a person. What is always asked about
/// is none.
pub(super) fn takes_scripts(name: &str) -> Option<&'static str> {
    runs_code(name).filter(|what| matches!(*what, "a shell" | "an interpreter") && !name.ends_with("awk"))
}

/// Whether it is a shell, whatever its version.
pub(super) fn is_shell(name: &str) -> bool {
    has(SHELLS, name) || has(SHELLS, unversioned(name))
}

/// Whether an interpreter is handed code in its arguments, or will read it from its input.
pub(super) fn has_inline_code(name: &str, argv: &[impl AsRef<[u8]>]) -> bool {
    let plain = unversioned(name);
    let Some((_, letters, names)) = INTERPRETERS.iter().find(|it| it.0 == plain || it.0 == name) else {
        return false;
    };
    if plain.ends_with("awk") {
        return true;
    }
    let is_code = |token: &[u8]| {
        let whole = token.split(|byte| *byte == b'=').next().unwrap_or(token);
        let in_cluster = token.starts_with(b"-") && !token.starts_with(b"--");
        names.iter().any(|name| name.as_bytes() == whole)
            || (in_cluster && token[1..].iter().any(|byte| letters.contains(char::from(*byte))))
    };
    let only_tells = |token: &[u8]| matches!(token, b"--version" | b"-V" | b"-v" | b"--help" | b"-h");
    let reads_input = argv.iter().all(|token| token.as_ref().starts_with(b"-"))
        && !(argv.len() == 1 && only_tells(argv[0].as_ref()));
    reads_input || argv.iter().any(|token| is_code(token.as_ref()))
}

/// Whether an argument names a file that has more arguments, or a program, in it (C44).
pub(super) fn reads_instructions(argv: &[impl AsRef<[u8]>]) -> bool {
    const FLAGS: [&[u8]; 8] =
        [b"-K", b"-F", b"-f", b"--file", b"--config", b"--files-from", b"--from-file", b"--makefile"];
    argv.iter().map(AsRef::as_ref).any(|token| {
        let name = token.split(|byte| *byte == b'=').next().unwrap_or(token);
        (token.starts_with(b"@") && 1 < token.len()) || FLAGS.contains(&name)
    })
}

/// Whether a variable can change what code runs.
pub(super) fn is_code_variable(name: &str) -> bool {
    entries(CODE_VARIABLES).any(|known| covers(known, name))
}

/// Whether a variable changes nothing but what is shown.
pub(super) fn is_harmless_variable(name: &str) -> bool {
    entries(HARMLESS).any(|known| covers(known, name))
}

/// Whether an entry of a list of variables covers a name.
pub(super) fn covers(entry: &str, name: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => entry == name,
    }
}

/// Why a list of variables to let through may not have this entry.
pub(super) fn check_variable(entry: &str) -> Result<(), String> {
    let name = entry.strip_suffix('*').unwrap_or(entry);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err("is no name of a variable".to_owned());
    }
    let overlap = |known: &&str| {
        let beginning = known.trim_end_matches('*');
        covers(known, name) || (entry.ends_with('*') && beginning.starts_with(name))
    };
    if let Some(never) = entries(NEVER).find(overlap) {
        return Err(format!("makes a program run something else ({never}), so it cannot be let through"));
    }
    match entries(CODE_VARIABLES).find(overlap) {
        Some(known) if entry.ends_with('*') => {
            Err(format!("covers variables that change what code runs ({known}): name each that is meant"))
        }
        _ => Ok(()),
    }
}

fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split_ascii_whitespace()
}

fn has(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == name)
}

/// `python` of `python3.11`, `ld.so` as it is.
fn unversioned(name: &str) -> &str {
    let plain = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    let plain = plain.strip_suffix('-').unwrap_or(plain);
    if plain.is_empty() { name } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c14_code_among_the_arguments_is_seen() {
        for (name, argv, expected) in [
            ("python3", "-c x", true),
            ("python3.11", "-Ic x", true),
            ("python3", "script.py", false),
            ("python3", "", true),
            ("python3", "-", true),
            ("python3", "--version", false),
            ("node", "-e x", true),
            ("node", "--eval=x", true),
            ("node", "app.js", false),
            ("osascript", "-e x", true),
            ("ruby", "-ne x", true),
            ("perl", "-lane x f", true),
            ("awk", "{print} f", true),
            ("git", "-c x", false),
        ] {
            let argv: Vec<&str> = argv.split(' ').filter(|token| !token.is_empty()).collect();
            assert_eq!(has_inline_code(name, &argv), expected, "{name} {argv:?}");
        }
    }

    #[test]
    fn versions_do_not_hide_a_program() {
        for name in
            ["bash", "python3.11", "lua5.4", "gcc-12", "perl5.36.0", "vim", "npx", "ld-linux-x86-64.so.2"]
        {
            assert!(runs_code(name).is_some(), "{name}");
        }
        for name in ["git", "ls", "cat", "rm", "iptables", "hob", "7"] {
            assert!(runs_code(name).is_none(), "{name}");
        }
    }

    #[test]
    fn c34_a_variable_that_runs_code_is_let_through_by_its_name_or_not_at_all() {
        for entry in ["CI", "GIT_PAGER", "FORCE_COLOR", "MY_*", "PYTHONDONTWRITEBYTECODE"] {
            assert_eq!(check_variable(entry), Ok(()), "{entry}");
        }
        for entry in [
            "LD_PRELOAD",
            "LD_*",
            "L*",
            "*",
            "",
            "A=B",
            "BASH_ENV",
            "GIT_*",
            "PY*",
            "PATH",
            "BASH_FUNC_x",
            "HOB_SOCKET",
        ] {
            assert!(check_variable(entry).is_err(), "{entry}");
        }
        for name in [
            "LD_AUDIT",
            "DYLD_INSERT_LIBRARIES",
            "PS4",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "RUBYOPT",
            "NODE_OPTIONS",
        ] {
            assert!(is_code_variable(name), "{name}");
        }
        for name in
            ["GIT_SSH_COMMAND", "EDITOR", "PAGER", "LESSOPEN", "GCONV_PATH", "TERMINFO", "MALLOC_CHECK_"]
        {
            assert!(is_code_variable(name), "{name}");
        }
        for name in ["GLIBC_TUNABLES", "XDG_CONFIG_HOME", "HOME", "BASH_FUNC_x%%", "BASH_ENV", "ENV", "IFS"] {
            assert!(is_code_variable(name), "{name}");
        }
        assert!(
            is_harmless_variable("LC_ALL") && !is_harmless_variable("LANGUAGE_X") && !is_code_variable("CI")
        );
    }
}
