//! `hob completions SHELL`: what a shell needs to complete every command, and in bash every name.
//!
//! Whoever packages Hob gets its man pages here too, from the same tree of commands.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;
use daemon_core::daemon::catalog;
use daemon_core::jobs;
use daemon_core::kernel::Fault;
use daemon_core::services::List;

use crate::failure::Failure;
use crate::session::Session;
use crate::{output, tree};

/// Names of services and jobs are known to the daemon alone. One that does not run is not started for them.
const NAMES_IN_BASH: &str = r#"
# Words that are names of services or jobs, as `hob completions --names` tells them.
_hob_and_names() {
    _hob "$@"
    local word="${COMP_WORDS[COMP_CWORD]}"
    [[ $COMP_CWORD -gt 1 && $word != -* && ${COMP_WORDS[COMP_CWORD-1]} != -* ]] || return 0
    case "${COMP_WORDS[1]}" in
        start|stop|restart|remove|logs|wait|show|status|signal)
            COMPREPLY+=($(compgen -W "$(hob completions --names 2>/dev/null)" -- "$word")) ;;
        job)
            [[ $COMP_CWORD -gt 2 ]] || return 0
            COMPREPLY+=($(compgen -W "$(hob completions --names=jobs 2>/dev/null)" -- "$word")) ;;
    esac
}
complete -F _hob_and_names -o bashdefault -o default hob
"#;

/// The arguments.
pub(crate) fn arguments(command: Command) -> Command {
    let shell = Arg::new("shell").value_name("SHELL").value_parser(value_parser!(Shell)).help("Which shell");
    let names = Arg::new("names")
        .long("names")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("services")
        .value_parser(["services", "jobs"])
        .hide(true);
    let man = Arg::new("man").long("man").value_name("DIR").value_parser(value_parser!(PathBuf)).hide(true);
    command
        .arg(shell.required_unless_present_any(["names", "man"]))
        .arg(names.conflicts_with_all(["shell", "man"]))
        .arg(man.conflicts_with("shell"))
}

/// `hob completions`.
pub(crate) async fn run(session: &Session, matches: ArgMatches) -> Result<u8, Failure> {
    if let Some(directory) = matches.get_one::<PathBuf>("man") {
        return pages(directory);
    }
    let Some(shell) = matches.get_one::<Shell>("shell").copied() else {
        let of_jobs = matches.get_one::<String>("names").is_some_and(|kind| kind == "jobs");
        return names(session, of_jobs).await;
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree::all(&catalog()), "hob", &mut script);
    if shell == Shell::Bash {
        script.extend_from_slice(NAMES_IN_BASH.as_bytes());
    }
    output::print(script).map(|()| 0)
}

/// A man page for every command, and one for all of them.
fn pages(directory: &Path) -> Result<u8, Failure> {
    let written = clap_mangen::generate_to(tree::all(&catalog()), directory);
    written.map_err(|error| Fault::internal(format!("{}: {error}", directory.display())))?;
    Ok(0)
}

/// What may be named: the jobs of the daemon that runs, or its services and their projects.
async fn names(session: &Session, of_jobs: bool) -> Result<u8, Failure> {
    let Some(client) = session.running().await? else { return Ok(0) };
    let mut names: Vec<String> = match of_jobs {
        true => client.call(jobs::ops::List {}).await?.jobs.into_iter().map(|job| job.name).collect(),
        false => {
            let services = client.call(List {}).await?.services;
            let names: Vec<String> = services.into_iter().map(|service| service.name.clone()).collect();
            let projects = names.iter().filter_map(|name| Some(format!("{}/", name.split_once('/')?.0)));
            projects.chain(names.iter().cloned()).collect()
        }
    };
    names.sort_unstable();
    names.dedup();
    output::print(names.iter().map(|name| format!("{name}\n")).collect::<String>()).map(|()| 0)
}
