//! What is deleted, written over or opened to others, and where.

use std::sync::LazyLock;

use regex::Regex;

use super::Hints;
use crate::exec::known::Does;
use crate::exec::render::Level;

/// Files that are run or believed at the next login, commit or connection.
static DOTFILE: LazyLock<Regex> = LazyLock::new(|| {
    let shape = r"(?:^|[/~\s=>])\.(?:bashrc|bash_profile|bash_login|bash_aliases|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|inputrc|vimrc|netrc|npmrc|pypirc|gitconfig|curlrc|wgetrc|ssh(?:/|\b)|gnupg|aws|kube|docker|config/(?:autostart|systemd|fish|git)|git/(?:hooks|config)|local/bin|cargo/(?:config|bin)|husky|envrc|pam_environment|xinitrc|xprofile|hob)";
    Regex::new(shape).expect("it is constant")
});
/// Where the system keeps what it is.
static SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
    let shape = r"(?:^|[\s=>])/(?:etc|boot|usr|bin|sbin|lib|lib64|opt|root|sys|proc|var/(?:lib|spool)|dev/(?:sd|nvme|vd|xvd|hd|mmcblk|mapper|disk|mem|kmem))(?:[/\w]|\b)";
    Regex::new(shape).expect("it is constant")
});
/// A shell writes what follows.
static REDIRECTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r">{1,2}\s*\S|\btee\b|\bcp\b|\bmv\b|\binstall\b|\bln\b|\bsed\s+-i").expect("it is constant")
});

pub(super) fn look(hints: &mut Hints<'_>) {
    deletes(hints);
    permits(hints);
    git(hints);
    if hints.does(Does::Disks) || hints.real_name().starts_with("mkfs") {
        hints.add("write.disk", Level::Danger, None, "it can write over a whole disk");
    }
    let writes = hints.does(Does::Writes) || hints.does(Does::Deletes) || hints.does(Does::Permits);
    for (index, word) in hints.words() {
        // A path of a program that writes, or text in which something is written somewhere.
        let is_written = writes || hints.may_run(&word) && REDIRECTED.is_match(&word);
        if is_written && DOTFILE.is_match(&word) {
            let text = "it may change a file that is run or believed later (login, keys, hooks)";
            hints.add("write.dotfile", Level::Danger, Some(index), text);
        }
        if is_written && SYSTEM.is_match(&word) {
            hints.add("write.system", Level::Danger, Some(index), "it may change the system itself");
        }
    }
}

fn deletes(hints: &mut Hints<'_>) {
    let text = "it deletes whole directories";
    if hints.does(Does::Deletes) {
        let recursive = hints.letter('r').or(hints.letter('R')).or(hints.flag(&["--recursive"]));
        match recursive {
            Some(index) => hints.add("delete.recursive", Level::Danger, Some(index), text),
            None => hints.add("delete.files", Level::Caution, None, "it deletes files"),
        }
    }
    if hints.plan.file_name() == "find"
        && let Some(index) = hints.flag(&["-delete", "-exec", "-execdir", "-ok", "-fprint", "-fls"])
    {
        let is_delete = hints.argv()[index].text() == Some("-delete");
        match is_delete {
            true => hints.add("delete.recursive", Level::Danger, Some(index), text),
            false => hints.add(
                "runs.another",
                Level::Caution,
                Some(index),
                "it runs or writes something for each file",
            ),
        }
    }
}

fn permits(hints: &mut Hints<'_>) {
    if !hints.does(Does::Permits) {
        return;
    }
    let recursive = hints.letter('R').or(hints.flag(&["--recursive"]));
    let text = "it changes who may read, write or run files";
    let opens = hints.words().into_iter().find(|(_, word)| {
        matches!(word.as_str(), "777" | "0777" | "666" | "a+w" | "o+w" | "a+rwx" | "u+s" | "g+s" | "+s")
            || word.starts_with("4") && word.len() == 4
    });
    match (opens, recursive) {
        (Some((index, _)), _) => hints.add(
            "permission.open",
            Level::Danger,
            Some(index),
            "it lets others write, or gives a program its owner's rights",
        ),
        (None, Some(index)) => hints.add("permission.change", Level::Caution, Some(index), text),
        (None, None) => hints.add("permission.change", Level::Note, None, text),
    }
}

fn git(hints: &mut Hints<'_>) {
    if hints.plan.file_name() != "git" {
        return;
    }
    let has = |flags: &[&str]| hints.flag(flags);
    let push = has(&["push"]).and(has(&["--force", "-f", "--mirror", "--delete", "--force-with-lease"]));
    let throws =
        has(&["reset"]).and(has(&["--hard"])).or(has(&["clean"])).or(has(&["filter-branch", "filter-repo"]));
    if let Some(index) = push {
        hints.add("git.force-push", Level::Danger, Some(index), "it rewrites what others have");
    }
    if let Some(index) = throws {
        hints.add("git.discard", Level::Caution, Some(index), "it throws work away that is nowhere else");
    }
}
