//! The configuration of jobs, from files: where it may stand, and what is said of a mistake, with its line.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use daemon_core::config;
use daemon_core::daemon::sections;
use daemon_core::home::Dirs;
use tempfile::TempDir;

struct Home {
    dir: TempDir,
}

impl Home {
    fn with(files: &[(&str, &str)]) -> Home {
        let home = Home { dir: tempfile::tempdir().unwrap() };
        for (file, text) in files {
            let path = home.dir.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        home
    }

    /// The problems, or the keys that there are.
    fn check(&self) -> Result<Vec<String>, Vec<String>> {
        let checked = config::check(&Dirs::below(self.dir.path()), &sections());
        checked
            .map(|values| values.into_iter().map(|value| value.key).collect())
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }
}

fn check_refused(files: &[(&str, &str)], parts: &[&str]) {
    let problems = Home::with(files).check().unwrap_err();
    for part in parts {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:?}");
    }
    assert_eq!(problems.len(), parts.len(), "{problems:?}");
}

#[test]
fn jobs_may_stand_in_every_file_and_queues_too() {
    let home = Home::with(&[
        ("config.toml", "[jobs]\nslots = 8\nkeep = { runs = 5 }\n[job.a]\ncommand = \"true\""),
        ("jobs.d/b.toml", "[job.b]\ncommand = \"true\"\nqueue = \"build\"\nevery = \"15m\""),
        ("services.d/c.toml", "[job.c]\ncommand = \"true\"\n[queue.build]\nslots = 2"),
    ]);
    let keys = home.check().unwrap();
    for key in ["jobs.slots", "job.a.command", "job.b.every", "job.c.command", "queue.build.slots"] {
        assert!(keys.iter().any(|it| it == key), "{key}: {keys:?}");
    }
}

#[test]
fn services_may_stand_in_jobs_d() {
    let home = Home::with(&[("jobs.d/a.toml", "[service.web]\ncommand = \"true\"")]);
    assert_eq!(home.check().unwrap(), ["service.web.command"]);
}

#[test]
fn a_job_that_cannot_be_read_hides_no_mistake_of_another() {
    let text = "[job.a]\ncommand = 7\n[job.b]\ncommand = \"true\"\nretries = 5000\n";
    check_refused(
        &[("config.toml", text)],
        &["config.toml:2: job.a.command: ", "config.toml:5: job.b.retries: "],
    );
    let text = format!("{text}[queue.build]\nslots = 0\n");
    check_refused(
        &[("config.toml", &text)],
        &["config.toml:2: job.a.command: ", "config.toml:7: queue.build.slots: "],
    );
}

#[test]
fn a_mistake_is_told_with_its_file_and_line() {
    check_refused(
        &[("jobs.d/a.toml", "[job.a]\ncommand = \"true\"\nqueue = \"biuld\"\n\n[queue.build]\n")],
        &["jobs.d/a.toml:3: job.a.queue: there is no queue named \"biuld\" (did you mean \"build\"?)"],
    );
    check_refused(
        &[("config.toml", "[job.a]\ncommand = \"true\"\ncron = \"0 0 30 2 *\"")],
        &["config.toml:3: job.a.cron: \"0 0 30 2 *\" never happens"],
    );
    check_refused(
        &[(
            "config.toml",
            "[job.a]\ncommand = \"true\"\n[[job.a.on]]\nevent = \"job.failed\"\n[[job.a.on]]\nevnt = \"x\"",
        )],
        &["config.toml:6: job.a.on.evnt: unknown field `evnt`"],
    );
    check_refused(
        &[("config.toml", "[job.a]\ncommand = \"true\"\nlimits = { cpu = \"1%\" }\nretrys = 3")],
        &["config.toml:4: job.a.retrys: unknown field `retrys`"],
    );
    check_refused(
        &[("config.toml", "[[job.a]]\ncommand = \"true\"\n[job.b]\ncommand = 7")],
        &[
            "config.toml:1: job.a: is a list of tables (write [job.a], with one bracket on each side)",
            "config.toml:4: job.b.command: ",
        ],
    );
}

#[test]
fn queues_and_slots_have_bounds_and_names() {
    check_refused(
        &[(
            "config.toml",
            "[jobs]\nslots = 0\nkeep = { age = \"1s\" }\n[queue.a]\nslots = 10001\n[queue.\"x/y\"]",
        )],
        &[
            "config.toml:2: jobs.slots: must be 1 to 10000, not 0",
            "config.toml:3: jobs.keep.age: must be 1h to 8760h, not 1s",
            "config.toml:5: queue.a.slots: must be 1 to 10000, not 10001",
            "config.toml:6: queue.x/y: the queue name \"x/y\" is not allowed",
        ],
    );
    check_refused(
        &[("jobs.d/a.toml", "[jobs]\nslots = 9")],
        &["jobs.d/a.toml:1: jobs: cannot stand in a file of jobs.d (move it to "],
    );
    check_refused(
        &[("config.toml", "[queue.a]\nslot = 9")],
        &["config.toml:2: queue.a.slot: unknown field `slot`"],
    );
}

#[test]
fn a_job_of_one_name_stands_once() {
    let text = "[job.a]\ncommand = \"true\"";
    check_refused(
        &[("jobs.d/a.toml", text), ("services.d/a.toml", text)],
        &["jobs.d/a.toml:1: job.a: is already in "],
    );
}
