//! The file of a job that is added by hand: `jobs.d/NAME.toml`.
//!
//! Only its text is made here. Whether the job makes sense is found out as for
//! any other file, when the configuration is read with it.

use std::path::PathBuf;

use super::{JobConf, OnConf, Overlap, Several};
use crate::config::{Span, table_text};
use crate::home::Dirs;
use crate::jobs::schedule::{At, CatchUp, Cron, Every, Zone};
use crate::kernel::Fault;
use crate::runs::name::check_name;
use crate::runs::{CommandLine, Vars, as_file_name};

/// A job that is to be added.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Added {
    /// What to call it.
    pub name: String,
    /// What to execute, each word by itself.
    pub command: Vec<String>,
    /// Where to run it, if not in the home directory.
    pub working_dir: Option<String>,
    /// Variables for its environment.
    pub env: Vars,
    /// When the clock matches.
    pub cron: Vec<Cron>,
    /// Again and again.
    pub every: Option<Every>,
    /// Once.
    pub at: Vec<At>,
    /// Globs of files, to run when one of them changes.
    pub files: Vec<String>,
    /// The zone of `cron` and `at`.
    pub zone: Option<Zone>,
    /// What becomes of a run that is due while another is under way.
    pub overlap: Option<Overlap>,
    /// What to run of what was missed.
    pub missed: Option<CatchUp>,
    /// How late that may be.
    pub grace: Option<Span>,
    /// The queue whose slots it shares.
    pub queue: Option<String>,
    /// How long a run may take.
    pub timeout: Option<Span>,
    /// How many more attempts a run has that fails.
    pub retries: Option<u32>,
}

/// The text of its file: what was said, and nothing that is a default.
///
/// # Errors
/// `invalid` if no job may have this name.
pub fn document(added: &Added) -> Result<String, Fault> {
    check_name("job", &added.name).map_err(|error| Fault::invalid(error.to_string()))?;
    let files = OnConf { files: Some(added.files.clone()), ..OnConf::default() };
    let conf = JobConf {
        command: Some(CommandLine::Words(added.command.clone())),
        working_dir: added.working_dir.clone(),
        env: Some(added.env.clone()).filter(|env| !env.get().is_empty()),
        cron: several(&added.cron),
        every: added.every.clone(),
        at: several(&added.at),
        on: (!added.files.is_empty()).then(|| Several(vec![files])),
        zone: added.zone.clone(),
        overlap: added.overlap,
        missed: added.missed,
        grace: added.grace,
        queue: added.queue.clone(),
        timeout: added.timeout,
        retries: added.retries,
        ..JobConf::default()
    };
    table_text("job", &added.name, &conf)
}

/// The file that a job of this name is added with.
pub fn file_of(dirs: &Dirs, name: &str) -> PathBuf {
    dirs.jobs_d().join(format!("{}.toml", as_file_name(name)))
}

fn several<T: Clone>(list: &[T]) -> Option<Several<T>> {
    (!list.is_empty()).then(|| Several(list.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn only_what_was_said_is_written_and_it_is_read_as_it_was_meant() {
        let bare =
            Added { name: "a".into(), command: vec!["make".into(), "test".into()], ..Added::default() };
        assert_eq!(document(&bare).unwrap(), "[job.a]\ncommand = [\"make\", \"test\"]\n");
        let full = Added {
            name: "nightly".into(),
            cron: vec!["0 2 * * *".parse().unwrap()],
            every: Some("15m".parse().unwrap()),
            at: vec!["2026-12-01T09:00".parse().unwrap(), "2026-12-02T09:00".parse().unwrap()],
            files: vec!["src/**".into()],
            zone: Some("Europe/Madrid".parse().unwrap()),
            overlap: Some(Overlap::Parallel(4)),
            missed: Some(CatchUp::Skip),
            grace: Some(Span::secs(7200)),
            queue: Some("build".into()),
            timeout: Some(Span::secs(3600)),
            retries: Some(2),
            ..bare
        };
        let text = document(&full).unwrap();
        for line in [
            "cron = \"0 2 * * *\"",
            "every = \"15m\"",
            "zone = \"Europe/Madrid\"",
            "overlap = \"parallel(4)\"",
            "missed = \"skip\"",
            "grace = \"2h\"",
            "timeout = \"1h\"",
            "retries = 2",
            "[job.nightly.on]",
            "files = [\"src/**\"]",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let mut read: BTreeMap<String, BTreeMap<String, JobConf>> = toml::from_str(&text).unwrap();
        let conf = read.get_mut("job").unwrap().remove("nightly").unwrap();
        assert_eq!((conf.cron.unwrap().0, conf.at.unwrap().0.len()), (full.cron, 2));
    }

    #[test]
    fn a_bad_name_is_no_file() {
        let fault = document(&Added { name: "../x".into(), ..Added::default() }).unwrap_err();
        assert!(fault.message.contains("the job name \"../x\" is not allowed"), "{fault}");
    }
}
