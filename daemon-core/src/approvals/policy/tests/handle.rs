//! What is in force while files change.

use std::time::Duration;

use tempfile::TempDir;

use crate::approvals::policy::handle::Handle;
use crate::approvals::policy::layers::Places;
use crate::approvals::policy::{Effect, Own};
use crate::config::PROJECT_FILE;
use crate::home::Dirs;
use crate::kernel::board::Board;
use crate::kernel::clock::Clock;
use crate::kernel::tasks::Tasks;
use crate::watch::Watcher;

const DENY: &str = "version = 1\n[[rule]]\nid = \"a\"\neffect = \"deny\"\nexec_name = \"rm\"\n";

struct House {
    home: TempDir,
    tasks: Tasks,
    handle: Handle,
}

impl House {
    async fn new(text: Option<&str>, last: Option<(u64, String)>) -> House {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::below(home.path());
        let places = Places { admin: home.path().join("admin.toml"), ..Places::of(&dirs) };
        if let Some(text) = text {
            fs_err::write(&places.user, text).unwrap();
        }
        let (tasks, clock, board) = (Tasks::default(), Clock::system(), Board::default());
        let watcher = Watcher::new(&tasks, &clock);
        let handle = Handle::read(places, Own::default(), &clock, &board, &watcher, last).await.unwrap();
        House { home, tasks, handle }
    }

    fn write(&self, text: &str) {
        fs_err::write(self.home.path().join("policy.toml"), text).unwrap();
    }

    fn effect(&self, command: &str) -> Effect {
        self.handle.current().decide(&super::asked(command).subject()).effect
    }
}

#[tokio::test]
async fn c20_a_bad_file_leaves_the_last_good_policy_in_force() {
    let house = House::new(Some(DENY), None).await;
    assert_eq!((house.effect("rm x"), house.handle.current().revision().number), (Effect::Deny, 1));
    house.write(&format!("{DENY}argv = [\"{}\"]", "*".repeat(99)));
    let fault = house.handle.reload().await.unwrap_err();
    assert!(fault.message.contains("policy.toml:6: rule.argv"), "{fault}");
    assert_eq!((house.effect("rm x"), house.handle.current().revision().number), (Effect::Deny, 1));
    assert_eq!(house.handle.standing().problems.len(), 1);

    house.write("version = 1\n");
    assert_eq!(house.handle.reload().await.unwrap().number, 2);
    assert_eq!((house.effect("rm x"), house.handle.standing().problems.len()), (Effect::Ask, 0));
    assert_eq!(house.handle.reload().await.unwrap().number, 2, "the same is no other revision");
}

#[tokio::test]
async fn without_a_good_text_everything_is_asked_and_denied_things_stay_denied() {
    let house = House::new(Some("version = 7\n"), None).await;
    assert_eq!(house.effect("ls"), Effect::AskAlways);
    assert_eq!(house.effect("hob approve 1"), Effect::Deny);
    assert!(house.handle.standing().unreadable.is_some());
    house.write(DENY);
    house.handle.reload().await.unwrap();
    assert_eq!((house.effect("ls"), house.handle.standing().unreadable), (Effect::Ask, None));
}

#[tokio::test]
async fn numbers_go_on_where_they_were() {
    let house = House::new(Some(DENY), Some((7, "sha256:00".to_owned()))).await;
    let revision = house.handle.current().revision().clone();
    assert_eq!(revision.number, 8);
    let files: Vec<_> = house.handle.current().paths().cloned().collect();
    assert_eq!(files, [house.home.path().join("policy.toml")]);
}

#[tokio::test]
async fn an_edit_is_in_force_a_moment_later() {
    let house = House::new(None, None).await;
    house.handle.follow(&house.tasks);
    let mut changes = house.handle.changes();
    assert_eq!(house.effect("rm x"), Effect::Ask);
    // Until it is watched, an edit would only be found by the first pass.
    house.write(DENY);
    let told = tokio::time::timeout(Duration::from_secs(20), changes.changed());
    told.await.expect("a change is told").unwrap();
    assert_eq!((house.effect("rm x"), changes.borrow_and_update().revision().number), (Effect::Deny, 2));
    house.write("version = 1\n");
    tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.expect("and the next").unwrap();
    assert_eq!(house.effect("rm x"), Effect::Ask);
    house.tasks.end(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn c118_a_project_counts_once_it_is_taken_up_and_never_loosens() {
    let house = House::new(Some("version = 1\n"), None).await;
    let dir = house.home.path().canonicalize().unwrap().join("shop");
    fs_err::create_dir_all(dir.join(".hob")).unwrap();
    fs_err::write(dir.join(PROJECT_FILE), "").unwrap();
    fs_err::write(dir.join(".hob/policy.toml"), DENY).unwrap();
    let effect = |command: &str, cwd: &std::path::Path| {
        let mut asked = super::asked(command);
        asked.cwd = cwd.to_owned();
        house.handle.current().decide(&asked.subject()).effect
    };
    house.handle.reload().await.unwrap();
    assert_eq!(effect("rm x", &dir), Effect::Ask, "nobody has taken it up");

    super::take_up(&Dirs::below(house.home.path()), &dir);
    house.handle.reload().await.unwrap();
    assert_eq!((effect("rm x", &dir), effect("rm x", "/".as_ref())), (Effect::Deny, Effect::Ask));

    let allow = "version = 1\n[[rule]]\nid = \"a\"\neffect = \"allow\"\nexec = \"/usr/bin/ls\"\nargv = []\n";
    fs_err::write(dir.join(".hob/policy.toml"), allow).unwrap();
    let fault = house.handle.reload().await.unwrap_err();
    assert!(fault.message.contains("a project cannot allow anything"), "{fault}");
    assert_eq!((effect("rm x", &dir), effect("ls", &dir)), (Effect::Deny, Effect::Ask));

    let (clock, board) = (Clock::system(), Board::default());
    let (places, watcher) = (house.handle.0.places.clone(), Watcher::new(&house.tasks, &clock));
    let fresh = Handle::read(places, Own::default(), &clock, &board, &watcher, None).await.unwrap();
    let mut asked = super::asked("ls");
    asked.cwd = dir;
    let decision = fresh.current().decide(&asked.subject());
    assert_eq!(decision.by, "rule:project-policy-unreadable", "{decision:#?}");
}
