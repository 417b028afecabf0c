//! From a command that asks to the dialog that shows what it asks for.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use fs_err::os::unix::fs::OpenOptionsExt as _;
use hob_tests::figures::home::Home;
use hob_tests::figures::sample::median;
use hob_tests::figures::{Bench, Figure, Gate, Row};

use super::rounds;
use crate::desktop::{Desktop, IDLE};

pub(crate) const FIGURE: Figure = Figure {
    name: "dialog",
    about: "`hob run` of a client that has to ask, to the dialog with what it asks for",
    measure,
};

/// Between what a client asks and what it asks next.
const PAUSE: Duration = Duration::from_millis(700);

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..rounds(bench) {
        let home = Home::with_idle_services(bench, IDLE)?;
        let desktop = Desktop::start(bench, &home)?;
        let client = Client::enrol(home)?;
        std::thread::sleep(PAUSE);
        first.push(asked_and_gone(&desktop, &client)?);
        let mut next = Vec::new();
        for _ in 0..bench.pick(3, 5) {
            std::thread::sleep(PAUSE);
            next.push(asked_and_gone(&desktop, &client)?);
        }
        again.push(median(&next));
    }
    Ok(vec![
        Row::new("a request to the dialog that shows it, first window", "ms", first, Gate::AtMost(500.0)),
        Row::new("a request to the dialog that shows it, again", "ms", again, Gate::AtMost(500.0)),
    ])
}

/// Asks, sees the dialog, and takes the question back, which closes it.
fn asked_and_gone(desktop: &Desktop, client: &Client) -> Result<f64> {
    let mut asking = None;
    let shown_after = desktop.asked(|| {
        asking = Some(client.ask()?);
        Ok(())
    });
    if let Some(mut asking) = asking {
        asking.kill()?;
        asking.wait()?;
    }
    desktop.await_windows(0);
    shown_after
}

/// Somebody who may run nothing without being asked for.
struct Client {
    home: Home,
}

impl Client {
    fn enrol(home: Home) -> Result<Client> {
        let added = home.command().args(["client", "add", "robot"]).output()?;
        ensure!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let mut options = fs_err::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(home.dir().join("token"))?.write_all(&added.stdout)?;
        Ok(Client { home })
    }

    fn ask(&self) -> Result<Child> {
        let mut command = self.home.command();
        command.args(["run", "--wait", "--reason", "it is measured", "--", "touch", "nothing"]);
        command.env("HOB_TOKEN_FILE", self.home.dir().join("token"));
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }
}
