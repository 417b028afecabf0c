//! The floor of log capture: what comes out of a pipe goes into a file, and nothing more.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::bench::Bench;
use crate::clock;

/// Captures so many lines; the seconds of CPU that it took.
///
/// For each hundred bytes `per_cent` are written, so that it can be as many as stamped lines have.
pub(crate) fn capture(bench: &Bench, lines: u64, per_cent: usize) -> Result<f64> {
    let place = bench.place()?;
    let file = place.join("copy");
    let mut writer = Command::new(&bench.own)
        .args(["--role", "lines", &lines.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let pipe = writer.stdout.take().context("its standard output is a pipe")?;
    let copied = Command::new(&bench.own)
        .args(["--role", "copy"])
        .arg(&file)
        .arg(per_cent.to_string())
        .stdin(pipe)
        .output()?;
    ensure!(writer.wait()?.success() && copied.status.success(), "the floor's copy failed");
    fs_err::remove_dir_all(place)?;
    Ok(clock::millis(String::from_utf8(copied.stdout)?.trim().parse()?) / 1e3)
}

/// The role: copies standard input, and says how much CPU that took.
pub(crate) fn run(file: impl AsRef<Path>, per_cent: usize) -> Result<()> {
    let mut input = std::io::stdin().lock();
    let mut output = fs_err::File::create(file.as_ref())?;
    let mut buffer = vec![b'x'; (64 << 10) * per_cent.max(100) / 100];
    let before = clock::own_cpu();
    loop {
        let count = input.read(&mut buffer[..64 << 10])?;
        if count == 0 {
            break;
        }
        output.write_all(&buffer[..count * per_cent / 100])?;
    }
    println!("{}", clock::own_cpu() - before);
    Ok(())
}
