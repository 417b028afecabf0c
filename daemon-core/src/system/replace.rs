//! Whether the daemon's program can be executed anew, asked before anything is given up for it.

use rustix::fs::{Access, access};

use super::Handle;
use crate::kernel::{Code, Fault};

impl Handle {
    /// The program that would take this one's place.
    ///
    /// # Errors
    /// `unsupported` if the process is more than a daemon, `unavailable` if there is no program.
    pub(super) async fn program_to_be(&self) -> Result<std::path::PathBuf, Fault> {
        let Some(program) = self.0.program.get().cloned() else {
            let message = "this daemon is part of another program and cannot be replaced in place";
            return Err(Fault::new(Code::Unsupported, message)
                .hint("`hob daemon restart` stops it, leaves its services running, and starts another"));
        };
        let checked = program.clone();
        let found = tokio::task::spawn_blocking(move || access(&checked, Access::EXEC_OK)).await;
        let found =
            found.map_err(|error| Fault::internal(format!("looking at the program broke: {error}")))?;
        match found {
            Ok(()) => Ok(program),
            Err(error) => {
                let message = format!("{} cannot be executed: {error}", program.display());
                Err(Fault::new(Code::Unavailable, message).hint("nothing was stopped; put the program back"))
            }
        }
    }
}
