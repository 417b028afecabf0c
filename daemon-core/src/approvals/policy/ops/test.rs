//! `policy.test`: what the policy would say of a command, and why. Nothing is run and nothing is recorded.

use std::path::{Path, PathBuf};

use clap::Args;
use rustix::fs::FileType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::decide::Decision;
use super::super::handle::{Handle, blocking};
use super::super::looked::Looked;
use super::super::rule::TRUSTED;
use super::super::subject::{Class, Subject};
use crate::exec;
use crate::exec::render::covers_in;
use crate::kernel::{Access, Call, Code, Effect as Kind, Fault, Op};
use crate::text::brief;

/// Say what the policy would decide about a command, and which rules led to it
#[derive(Debug, Serialize, Deserialize, JsonSchema, Args)]
#[serde(deny_unknown_fields)]
#[group(skip)]
pub struct Test {
    /// The command, each word by itself
    #[arg(required = true, last = true)]
    pub argv: Vec<String>,
    /// Where it would be run; the root directory if this is not said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub cwd: Option<String>,
    /// Which client would ask
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub client: Option<String>,
    /// Variables that it would ask for, NAME=value
    #[serde(default)]
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// What kind of request it would be
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[arg(long, value_enum)]
    pub class: Option<Class>,
}

/// What the policy would say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// Which policy.
    pub revision: u64,
    /// The program, canonical; as it was named if there is none.
    pub exec: String,
    /// What it says.
    pub decision: Decision,
}

impl Op for Test {
    const NAME: &'static str = "policy.test";
    const ACCESS: Access = Access::Operate;
    const EFFECT: Kind = Kind::Read;
    const MAX_BODY: usize = 1 << 20;
    type On = Handle;
    type Reply = Tested;

    async fn run(self, policy: &Handle, _: &Call) -> Result<Tested, Fault> {
        if let (Some(client), Some(known)) = (&self.client, policy.clients())
            && !known.contains(client)
        {
            let fault = Fault::not_found("client", &brief(client), known.iter().map(String::as_str));
            return Err(if fault.hint.is_some() { fault } else { fault.hint("`hob client ls` lists them") });
        }
        let policy = policy.current();
        blocking(move || {
            let Some((program, argv)) = self.argv.split_first() else {
                return Err(Fault::invalid("there is no command").hint("hob policy test -- git status"));
            };
            let exec = find(program)?;
            let argv: Vec<Vec<u8>> = argv.iter().map(|word| word.clone().into_bytes()).collect();
            let env: Vec<(String, String)> =
                self.env.iter().map(|pair| split(pair)).collect::<Result<_, Fault>>()?;
            let cwd = PathBuf::from(self.cwd.as_deref().unwrap_or("/"));
            let cwd = fs_err::canonicalize(&cwd).unwrap_or(cwd);
            let looked = Looked::default();
            let subject = Subject {
                class: self.class.unwrap_or(Class::Run),
                exec: &exec,
                named: program.rsplit('/').next().unwrap_or(program),
                sha256: "",
                argv: &argv,
                cwd: &cwd,
                env: &env,
                client: self.client.as_deref().unwrap_or("nobody"),
                files: &[],
                is_user_writable: false,
                looked: &looked,
            };
            let named = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let is_covered =
                covers_in([program, &exec.to_string_lossy()], argv.iter().map(Vec::as_slice), named)
                    .is_some();
            let decision = policy.offer(&subject, is_covered);
            Ok(Tested { revision: policy.revision().number, exec: exec.display().to_string(), decision })
        })
        .await
    }
}

/// The program that a request would run: one that is placed, or the first of its name where only root can write.
///
/// What could not be asked for is refused in the words that whoever asks would be told.
fn find(program: &str) -> Result<PathBuf, Fault> {
    if program.is_empty() {
        return Err(exec::Error::Empty.into());
    }
    if program.contains('/') {
        let path = Path::new(program);
        if !path.is_absolute() {
            let message = format!("the program \"{}\" is not absolute", brief(program));
            return Err(Fault::invalid(message).hint("name it from the root, or without a directory"));
        }
        let unusable = |why: String| {
            let (what, shown) = ("the program", brief(program));
            Fault::from(exec::Error::Unusable { what, shown, why })
        };
        let real = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
        let found = rustix::fs::stat(&real).map_err(|error| unusable(error.to_string()))?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        return match is_file && found.st_mode & 0o111 != 0 {
            true => Ok(real),
            false => Err(unusable("it is no file that can be executed".to_owned())),
        };
    }
    let found = TRUSTED.iter().find_map(|dir| fs_err::canonicalize(Path::new(dir).join(program)).ok());
    found.ok_or_else(|| {
        let message = format!("no program \"{}\" in {}", brief(program), TRUSTED.join(":"));
        Fault::new(Code::NotFound, message).hint("name it with its directory: /opt/tool/bin/tool")
    })
}

fn split(pair: &str) -> Result<(String, String), Fault> {
    let (name, value) = pair
        .split_once('=')
        .ok_or_else(|| Fault::invalid(format!("\"{}\" is not NAME=value", brief(pair))))?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_asked_for_is_not_judged() {
        for (program, told) in [
            ("", "the command is empty; the first word is the program"),
            ("/no/such", "the program /no/such: No such file or directory (os error 2)"),
            ("/usr", "the program /usr: it is no file that can be executed"),
            ("/etc/passwd", "the program /etc/passwd: it is no file that can be executed"),
        ] {
            assert_eq!(find(program).unwrap_err().message, told);
        }
        assert!(find("/bin/sh").is_ok() && find("sh").is_ok());
    }
}
