//! Where a service's files are.
//!
//! A service has one directory for its log and one for its FIFOs and staging.
//! Both are single path components, whatever the name: nested directories
//! would let the files of a service `shop` and those of `shop/web` meet. How a
//! name becomes one is said with the names (`spec::as_file_name`).

use std::path::{Path, PathBuf};

use super::Error;
use super::cri::Stream;
use crate::runs::{as_file_name, of_file_name};

/// The longest name a directory may have.
const LONGEST: usize = 200;

/// The two directories under which every service has one of its own.
#[derive(Debug, Clone)]
pub struct Paths {
    /// Holds `<service>/current` and the rotated files.
    pub logs: PathBuf,
    /// Holds `<service>/staging` and the FIFOs of the running run.
    pub run: PathBuf,
}

/// The directories of one service.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its log files.
    pub log: PathBuf,
    /// Its FIFOs and staging file.
    pub run: PathBuf,
}

impl Paths {
    /// The directories of `service`.
    pub fn of(&self, service: &str) -> Result<Place, Error> {
        let directory = directory_name(service)?;
        Ok(Place { log: self.logs.join(&directory), run: self.run.join(directory) })
    }
}

impl Place {
    /// The file that the run's log is written to now.
    pub fn current(&self) -> PathBuf {
        self.log.join("current")
    }

    /// The file that holds what was read and is not in the log yet.
    pub fn staging(&self) -> PathBuf {
        self.run.join("staging")
    }

    /// The FIFO for `stream` that was made for `run`, and may serve its successors.
    pub fn fifo(&self, run: u64, stream: Stream) -> PathBuf {
        fifo_in(&self.run, run, stream)
    }
}

/// The FIFO of `run` in the run directory of its service.
pub(super) fn fifo_in(directory: &Path, run: u64, stream: Stream) -> PathBuf {
    directory.join(match stream {
        Stream::Out => format!("{run}.out"),
        Stream::Err => format!("{run}.err"),
    })
}

/// Whether a file in a run directory is a run's FIFO, by its name.
pub(crate) fn is_fifo(path: &Path) -> bool {
    let is_run =
        path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.parse::<u64>().is_ok());
    is_run && path.extension().is_some_and(|kind| kind == "out" || kind == "err")
}

fn directory_name(service: &str) -> Result<String, Error> {
    let name = as_file_name(service);
    if name.is_empty() || LONGEST < name.len() {
        return Err(Error::Name { service: service.to_owned() });
    }
    Ok(name)
}

/// The service whose directory has this path; empty if it is no service's.
pub(super) fn service_at(directory: &Path) -> String {
    directory.file_name().and_then(|name| name.to_str()).and_then(service_of).unwrap_or_default()
}

/// The service whose directory this is; `None` if it is no service's.
pub(super) fn service_of(directory: &str) -> Option<String> {
    of_file_name(directory).filter(|service| !service.is_empty() && directory.len() <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directory_is_readable_and_never_leaves_its_parent() {
        let check = |service: &str, directory: &str| assert_eq!(directory_name(service).unwrap(), directory);
        check("web", "web");
        check("shop/web", "shop+web");
        check("..", "%2e.");
        check("a+b%c", "a%2bb%25c");
        check("v1.2", "v1.2");
    }

    #[test]
    fn names_without_a_directory_are_refused() {
        assert!(directory_name("").is_err());
        assert!(directory_name(&"x".repeat(300)).is_err());
    }

    proptest! {
        #[test]
        fn a_directory_leads_back_to_its_service(service in "\\PC{1,20}") {
            let directory = directory_name(&service).unwrap();
            prop_assert!(!directory.contains('/') && !directory.starts_with('.'));
            prop_assert_eq!(service_of(&directory), Some(service));
        }
    }
}
