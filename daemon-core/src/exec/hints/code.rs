//! Programs in arguments, and files that say what to do.

use std::sync::LazyLock;

use regex::Regex;

use super::Hints;
use crate::exec::known::{Does, does};
use crate::exec::render::Level;

/// Something from the network goes straight to an interpreter.
static PIPED: LazyLock<Regex> = LazyLock::new(|| {
    let shape = r"(?s)\b(?:curl|wget|fetch|aria2c|nc|ncat|http|xh)\b.*(?:\|\s*(?:sudo\s+|doas\s+|env\s+\S+\s+)*(?:/\S*/)?(?:ba|z|da|k|c|tc|fi|a)?sh\b|\|\s*(?:sudo\s+)?(?:/\S*/)?(?:python|perl|ruby|node|php)[0-9.]*\b|<\(|\$\()|(?s)(?:\b(?:ba|z|da|k)?sh\b|\beval\b|\bsource\b).*(?:<\(|\$\(|`)\s*(?:curl|wget|fetch)\b";
    Regex::new(shape).expect("it is constant")
});
static ELEVATES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[;&|(\s/])(?:sudo|doas|su|pkexec|run0)\s").expect("it is constant"));
static DELETES: LazyLock<Regex> = LazyLock::new(|| {
    let shape = r"(?:^|[;&|(\s/])rm\s+(?:\S+\s+)*?-[a-zA-Z]*[rR]|\bfind\b.*\s-delete\b|--recursive|\bshutil\.rmtree\b|\brmSync\b|\brm_rf\b";
    Regex::new(shape).expect("it is constant")
});
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    let shape =
        r"\bbase64\s+(?:-d|-D|--decode)|\bxxd\s+-r|\bb64decode\b|\batob\(|\bfromCharCode\b|\beval\b|\bexec\(";
    Regex::new(shape).expect("it is constant")
});

/// Flags whose value is a program, by interpreter.
const INLINE: &[(&[&str], &[&str])] = &[
    (&["python", "pypy"], &["-c"]),
    (&["perl"], &["-e", "-E"]),
    (&["ruby", "osascript", "Rscript", "R", "julia", "lua", "luajit", "swift"], &["-e"]),
    (&["node", "nodejs", "bun", "deno"], &["-e", "--eval", "-p", "--print", "eval"]),
    (&["php"], &["-r", "-B", "-E", "-R"]),
    (
        &["gdb", "vim", "nvim", "vi", "ex", "emacs"],
        &["-ex", "-eval-command", "-c", "--cmd", "--eval", "-eval"],
    ),
    (&["sqlite", "psql", "mysql"], &["-c", "-cmd", "-e", "--command", "--execute"]),
];

/// Flags whose value is a file that says what to do, by program.
const INSTRUCTIONS: &[(&[&str], &[&str])] = &[
    (&["curl"], &["-K", "--config"]),
    (&["wget"], &["--config", "-i", "--input-file", "-e", "--execute"]),
    (&["git"], &["-C", "-c", "--git-dir", "--work-tree", "--exec-path", "--config-env"]),
    (&["make", "gmake"], &["-f", "--file", "--makefile", "-C", "--directory", "--eval"]),
    (&["docker", "docker-compose", "podman"], &["-f", "--file", "--env-file", "-c", "--config"]),
    (&["ssh", "scp", "sftp"], &["-F", "-o"]),
    (&["awk", "gawk", "mawk", "sed"], &["-f", "--file", "--expression-file"]),
    (
        &["tar"],
        &["--to-command", "--use-compress-program", "-I", "--checkpoint-action", "-T", "--files-from"],
    ),
    (&["rsync"], &["-e", "--rsh", "--files-from", "--rsync-path"]),
    (&["npm", "pnpm", "yarn"], &["--prefix", "--userconfig", "-C"]),
    (&["cargo"], &["--config", "--manifest-path", "-C"]),
    (&["pip"], &["-r", "--requirement", "-c", "--constraint", "-e"]),
    (
        &["kubectl", "ansible", "ansible-playbook", "pfctl", "nginx", "dig", "nft", "systemd-run"],
        &["-f", "--filename", "-c", "-i", "-p"],
    ),
    (&["xargs", "parallel"], &["-a", "--arg-file", "::::"]),
    (&["psql", "mysql"], &["-f", "--file", "--defaults-file"]),
    (
        &["python", "node", "java", "gcc", "clang"],
        &["--require", "-r", "--import", "--loader", "-javaagent", "-specs", "-wrapper"],
    ),
];

/// Those that read further arguments from `@FILE`.
const RESPONSE: &[&str] = &[
    "gcc", "g++", "cc", "c++", "clang", "clang++", "ld", "ar", "javac", "java", "rustc", "dotnet", "7z",
    "argparse", "ffmpeg", "cl",
];

pub(super) fn look(hints: &mut Hints<'_>) {
    let words = hints.words();
    let inline = inline(hints);
    if let Some(index) = inline {
        hints.add("code.inline", Level::Caution, Some(index), "the argument is a program in itself");
    }
    for (index, word) in &words {
        let checks = [
            (&PIPED, "net.pipe-to-shell", "what it fetches from the network is run"),
            (&ELEVATES, "privilege.elevate", "it runs something with the rights of another user"),
            (&DELETES, "delete.recursive", "it deletes whole directories"),
            (&ENCODED, "code.encoded", "it runs or decodes text that is not readable here"),
        ];
        let looks_like_code = inline == Some(*index) || hints.may_run(word);
        for (shape, id, text) in checks {
            if looks_like_code && shape.is_match(word) {
                hints.add(id, Level::Danger, Some(*index), text);
            }
        }
    }
    instructions(hints, &words);
    build(hints);
    script(hints, inline);
}

/// The argument that is a program.
fn inline(hints: &Hints<'_>) -> Option<usize> {
    let argv = hints.argv();
    if hints.does(Does::Shell) {
        return hints
            .letter('c')
            .or(hints.flag(&["--command", "-Command", "-EncodedCommand"]))
            .map(|flag| (flag + 1).min(argv.len() - 1));
    }
    let is = |names: &[&str]| names.iter().any(|name| is_called(hints, name));
    let mut flags = INLINE.iter().filter(|(names, _)| is(names)).flat_map(|(_, flags)| *flags).peekable();
    if flags.peek().is_some() {
        let found = argv.iter().position(|word| {
            let word = word.text().unwrap_or_default();
            flags.clone().any(|flag| word == *flag || is_joined(word, flag))
        })?;
        let is_alone = flags.any(|flag| argv[found].text() == Some(flag));
        return Some(if is_alone { (found + 1).min(argv.len() - 1) } else { found });
    }
    if is(&["awk", "gawk", "mawk", "nawk", "sed"]) && hints.flag(&["-f", "--file"]).is_none() {
        return argv.iter().position(|word| !word.get().starts_with(b"-"));
    }
    None
}

/// `-cCODE`, `--eval=CODE`.
fn is_joined(word: &str, flag: &str) -> bool {
    let rest = word.strip_prefix(flag).unwrap_or_default();
    match flag.starts_with("--") {
        true => rest.starts_with('='),
        false => flag.len() == 2 && !rest.is_empty(),
    }
}

fn instructions(hints: &mut Hints<'_>, words: &[(usize, String)]) {
    let pinned: Vec<String> =
        hints.plan.files().iter().flat_map(|file| [file.path.clone(), file.real.clone()]).collect();
    let is_pinned = |word: Option<&(usize, String)>| word.is_some_and(|(_, word)| pinned.contains(word));
    let text = "it does what a file says whose content is not in the plan";
    let mut found = None;
    for (names, flags) in INSTRUCTIONS {
        if !names.iter().any(|name| is_called(hints, name)) {
            continue;
        }
        let at =
            words.iter().position(|(_, word)| flags.iter().any(|flag| word == flag || is_joined(word, flag)));
        found = found.or(at.filter(|at| !is_pinned(words.get(at + 1))));
    }
    if RESPONSE.iter().any(|name| is_called(hints, name)) {
        let is_response =
            |word: &str| word.strip_prefix('@').is_some_and(|file| !pinned.iter().any(|it| it == file));
        found = found.or(words.iter().position(|(_, word)| is_response(word)));
    }
    if let Some(at) = found {
        hints.add("reads.instructions", Level::Caution, Some(at), text);
    }
}

fn build(hints: &mut Hints<'_>) {
    if hints.does(Does::Builds) && !hints.found.iter().any(|hint| hint.id == "reads.instructions") {
        let text = "it does what files in its directory say, whose content is not in the plan";
        hints.add("reads.instructions", Level::Caution, None, text);
    }
}

/// An interpreter that is given a file.
fn script(hints: &mut Hints<'_>, inline: Option<usize>) {
    if inline.is_some() || !hints.does(Does::Interprets) {
        return;
    }
    let file = hints.argv().iter().position(|word| !word.get().starts_with(b"-"));
    let pinned = |index: &usize| {
        let word = hints.argv()[*index].text().unwrap_or_default();
        hints.plan.files().iter().any(|file| file.path == word || file.real == word)
    };
    if let Some(index) = file.filter(|index| !pinned(index)) {
        let text =
            "it runs a file whose content is not in the plan; run that file itself, or name it as a file";
        hints.add("code.file", Level::Caution, Some(index), text);
    }
}

fn is_called(hints: &Hints<'_>, name: &str) -> bool {
    let called = [hints.plan.file_name(), hints.real_name()];
    called.iter().any(|it| {
        let bare =
            it.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
        *it == name || bare == name
    }) || (name == "sh" && called.iter().any(|it| does(it, Does::Shell)))
}
