//! Which machine and which programs a sheet of figures is about.

use std::process::Command;

use super::bench::Bench;

/// A list in Markdown.
pub(super) fn machine(bench: &Bench) -> String {
    let read = |path: &str| fs_err::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let processors = read("/proc/cpuinfo");
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let model = field(&processors, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let loads = read("/proc/loadavg");
    let load = loads.split(' ').next().unwrap_or_default();
    [
        ("processors", format!("{count} × {model}")),
        ("memory", memory),
        ("kernel", format!("Linux {}", read("/proc/sys/kernel/osrelease").trim())),
        ("hob", said_by(&bench.hob.display().to_string(), &["--version"])),
        ("compiler", said_by("rustc", &["--version"])),
        ("rounds", bench.rounds().to_string()),
        ("date", said_by("date", &["-u", "+%F"])),
        ("load when finished", load.to_owned()),
    ]
    .map(|(name, value)| format!("- {name}: {value}\n"))
    .concat()
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}
