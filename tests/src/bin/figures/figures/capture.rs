//! What it costs to keep a busy service's log, and whether all of it is there afterwards.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::bench::Bench;
use crate::clock;
use crate::figure::{Figure, Gate, Row};
use crate::floors::copy;
use crate::home::Home;
use crate::process;
use crate::programs::lines;

pub(crate) const FIGURE: Figure =
    Figure { name: "capture", about: "a log in lines of 100 bytes: CPU, memory, completeness", measure };

/// What a stamp adds to a line of 100 bytes, in the CRI format.
const STAMPED_PER_CENT: usize = 140;

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mebibytes: u32 = bench.pick(128, 1024);
    let lines = u64::from(mebibytes) * (1 << 20) / 100;
    let (mut cpu, mut floor, mut long_floor) = (Vec::new(), Vec::new(), Vec::new());
    let (mut speed, mut growth, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds().min(5) {
        floor.push(copy::capture(bench, lines, 100)?);
        long_floor.push(copy::capture(bench, lines, STAMPED_PER_CENT)?);
        let captured = captured(bench, lines)?;
        cpu.push(captured.cpu);
        speed.push(f64::from(mebibytes) / captured.seconds);
        growth.push(captured.growth);
        wrong.push(captured.wrong);
    }
    Ok(vec![
        Row::new(format!("CPU to capture {mebibytes} MiB"), "s", cpu.clone(), Gate::Times(1.8))
            .floor("pipe to file", floor),
        Row::new("the same", "s", cpu, Gate::Shown).floor("as many bytes as with stamps", long_floor),
        Row::new("captured in a second", "MiB", speed, Gate::Shown),
        Row::new("memory it grew by meanwhile", "MiB", growth, Gate::AtMost(10.0)),
        Row::new("lines lost, doubled or damaged", "", wrong, Gate::AtMost(0.0)),
    ])
}

struct Captured {
    cpu: f64,
    seconds: f64,
    growth: f64,
    wrong: f64,
}

fn captured(bench: &Bench, lines: u64) -> Result<Captured> {
    let home = Home::with(
        bench,
        &format!(
            "[service.lines]\ncommand = [{:?}, \"--role\", \"lines\", \"{lines}\"]\n\
             autostart = false\nrestart = \"never\"\nlog = {{ max_size = \"4G\", keep = 1 }}\n",
            bench.own
        ),
    )?;
    let daemon = home.start()?;
    daemon.settle()?;
    let resident = process::memory(daemon.pid)?.resident;
    let (before, begin) = (process::cpu(daemon.pid)?, clock::now());
    daemon.call("service.start", &json!({ "name": "lines" }))?;
    let mut most = resident;
    clock::wait_for("end of the lines", Duration::from_secs(600), || {
        most = most.max(process::memory(daemon.pid)?.resident);
        let list = daemon.call("service.list", &json!({}))?;
        match list["services"][0]["state"].as_str() {
            Some("stopped") => Ok(Some(())),
            Some("failed") => bail!("the writer of lines failed: {list}"),
            _ => Ok(None),
        }
    })?;
    let seconds = clock::millis(clock::now() - begin) / 1e3;
    daemon.settle()?;
    let cpu = clock::millis(process::cpu(daemon.pid)? - before) / 1e3;
    drop(daemon);
    let log = home.dir().join("state/logs/services/lines/current");
    let wrong = wrong_lines(&log, lines)?;
    fs_err::remove_dir_all(home.dir())?;
    Ok(Captured { cpu, seconds, growth: (most - resident) / 1024.0, wrong })
}

/// How many of the lines are not where they should be.
fn wrong_lines(log: &Path, expected: u64) -> Result<f64> {
    let mut reader = BufReader::with_capacity(1 << 20, fs_err::File::open(log)?);
    let (mut next, mut wrong) = (0, 0u32);
    let (mut line, mut text) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let mut fields = line.splitn(4, |byte| *byte == b' ');
        let [_, _, Some(tag), Some(part)] = [fields.next(), fields.next(), fields.next(), fields.next()]
        else {
            wrong += 1;
            continue;
        };
        text.extend_from_slice(part.strip_suffix(b"\n").unwrap_or(part));
        if tag == b"P" {
            continue;
        }
        let number = text
            .get(..lines::DIGITS)
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok());
        match number {
            Some(number) if text.len() == lines::LENGTH - 1 => {
                wrong += u32::try_from(number.abs_diff(next)).context("the log is another one")?;
                next = number + 1;
            }
            _ => wrong += 1,
        }
        text.clear();
    }
    Ok(f64::from(wrong) + f64::from(u32::try_from(expected.abs_diff(next))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[(&str, &str)], expected: u64) -> u64 {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("current");
        let text: String =
            lines.iter().map(|(tag, text)| format!("2026-01-01T00:00:00Z stdout {tag} {text}\n")).collect();
        fs_err::write(&log, text).unwrap();
        wrong_lines(&log, expected).unwrap() as u64
    }

    #[test]
    fn a_lost_a_doubled_and_a_damaged_line_are_noticed() {
        let line = |number| String::from_utf8(lines::line(number)).unwrap().trim_end().to_owned();
        let lines = [line(0), line(1), line(2)];
        let full: Vec<(&str, &str)> = lines.iter().map(|line| ("F", line.as_str())).collect();
        assert_eq!(count(&full, 3), 0);
        assert_eq!(count(&[("P", &lines[0][..50]), ("F", &lines[0][50..]), full[1], full[2]], 3), 0);
        assert_eq!(count(&full[..2], 3), 1, "the last is lost");
        assert_eq!(count(&[full[0], full[2]], 3), 1, "one in the middle is lost");
        assert_ne!(count(&[full[0], full[0], full[1], full[2]], 3), 0, "one is doubled");
        assert_ne!(count(&[full[0], ("F", "rubbish"), full[2]], 3), 0, "one is damaged");
    }
}
