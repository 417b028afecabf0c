//! A project, and what is done to one.

use std::path::PathBuf;

use daemon_core::kernel::{Code, Fault};
use daemon_core::project::{Down, List, ProjectStatus, Projects, Review, Reviewed, TakenDown, Up};

use super::house::{House, sh, until};

/// A project's directory.
pub struct Place(pub tempfile::TempDir);

impl Place {
    pub fn with(text: &str) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs_err::create_dir(place.dir()).unwrap();
        place.write(text);
        place
    }

    pub fn dir(&self) -> PathBuf {
        self.0.path().join("shop")
    }

    pub fn text_dir(&self) -> String {
        self.dir().to_str().unwrap().to_owned()
    }

    pub fn write(&self, text: &str) {
        self.write_file("hob.toml", text);
    }

    pub fn write_file(&self, name: &str, text: &str) {
        let draft = self.dir().join("draft");
        fs_err::write(&draft, text).unwrap();
        fs_err::rename(draft, self.dir().join(name)).unwrap();
    }
}

/// A service that runs until it is stopped, and its variables are in its log.
pub fn web(more: &str) -> String {
    sh(
        "web",
        "echo key=$KEY; sleep 1000",
        &format!("stop_timeout = \"5s\"\nready = {{ log = \"^key=\" }}\n{more}"),
    )
}

pub async fn review(house: &House, dir: &str) -> Result<Reviewed, Fault> {
    house.call(Review { dir: dir.to_owned() }).await
}

pub async fn up(house: &House, place: &Place) -> Result<ProjectStatus, Fault> {
    let reviewed = review(house, &place.text_dir()).await?;
    house.call(Up { dir: reviewed.dir, digest: reviewed.digest }).await
}

pub async fn down(house: &House, project: &str) -> Result<TakenDown, Fault> {
    house.call(Down { project: project.to_owned() }).await
}

pub async fn list(house: &House) -> Vec<ProjectStatus> {
    let Projects { projects } = house.call(List {}).await.unwrap();
    projects
}

pub async fn only(house: &House) -> ProjectStatus {
    let mut projects = list(house).await;
    assert_eq!(projects.len(), 1, "{projects:#?}");
    projects.remove(0)
}

/// Waits until this is all that the project's service has said.
pub async fn until_says(house: &House, expected: &[&str]) {
    let what = format!("it says {expected:?}");
    let said = async || {
        let lines = house.lines("shop/web").await;
        lines.iter().map(|line| line.text.as_str()).eq(expected.iter().copied())
    };
    until(&what, said).await;
}

pub fn refused(outcome: Result<impl std::fmt::Debug, Fault>, code: Code, parts: &[&str]) {
    let fault = outcome.unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    let said = format!("{} ({})", fault.message, fault.hint.clone().unwrap_or_default());
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}
