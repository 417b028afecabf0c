//! Commands that really run: what was approved and nothing else, and to the end.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::config::Span;
use crate::exec::files::of_bytes;
use crate::exec::{Bytes, Drift, Wanted};
use crate::home::Dirs;
use crate::kernel::clock::Clock;
use crate::kernel::tasks::Tasks;
use crate::runs::Runs;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

struct Stage {
    handle: Handle,
    tasks: Tasks,
    place: tempfile::TempDir,
}

impl Stage {
    fn new() -> Stage {
        let place = tempfile::tempdir().unwrap();
        let test = std::env::current_exe().unwrap();
        let launcher = test.parent().and_then(Path::parent).unwrap().join("hob-launch");
        assert!(
            launcher.exists(),
            "{} is missing: run `cargo build -p hob-launch` first",
            launcher.display()
        );
        let dirs = Dirs::below(&place.path().join("home")).with_launcher(launcher);
        let (clock, tasks) = (Clock::system(), Tasks::default());
        let home_id = crate::home::random_hex(8);
        let runs = Runs::new(dirs, home_id, clock, tasks.clone(), 1024, Box::new(|| false)).unwrap();
        Stage { handle: Handle::mount(runs), tasks, place }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().canonicalize().unwrap().join(name)
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.at(name);
        fs_err::write(&path, content).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn plan(&self, argv: &[&str], more: impl FnOnce(&mut Wanted)) -> Plan {
        let argv = argv.iter().copied().map(Bytes::from).collect();
        let mut wanted = Wanted { argv, cwd: Some("/".into()), ..Wanted::default() };
        more(&mut wanted);
        self.handle.plan(wanted, "agent", || true, |_| ()).await.unwrap().0
    }

    async fn start(&self, plan: &Plan) -> Running {
        let opened = self.handle.open(plan, || true).await.unwrap();
        self.handle.start("R1", plan, opened).await.unwrap()
    }

    async fn run(&self, argv: &[&str], more: impl FnOnce(&mut Wanted)) -> Arc<Ended> {
        let plan = self.plan(argv, more).await;
        let mut running = self.start(&plan).await;
        drop(running.output());
        tokio::time::timeout(LONG, running.wait()).await.expect("it ends")
    }

    async fn out(&self, argv: &[&str], more: impl FnOnce(&mut Wanted)) -> String {
        let ended = self.run(argv, more).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.out.head.text().unwrap().to_owned()
    }
}

fn alive(pid: &str) -> bool {
    crate::home::start_ticks(pid.trim().parse().unwrap()).is_some()
}

#[tokio::test]
async fn a_command_is_run_and_everything_of_its_end_is_told() {
    let stage = Stage::new();
    let ended = stage.run(&["sh", "-c", "echo one; echo two >&2; exit 3"], |_| {}).await;
    assert_eq!(
        (ended.code, ended.signal, &ended.killed_because, &ended.left_running),
        (Some(3), None, &None, &None)
    );
    assert_eq!((ended.out.head.get(), ended.err.head.get()), (&b"one\n"[..], &b"two\n"[..]));
    assert_eq!((ended.out.bytes, ended.out.sha256.as_str()), (4, of_bytes(b"one\n").as_str()));
    let killed = stage.run(&["sh", "-c", "kill -9 $$"], |_| {}).await;
    assert_eq!((killed.code, killed.signal), (None, Some(9)));
}

#[tokio::test]
async fn c34_c56_the_environment_is_that_of_the_plan_and_the_tag() {
    let stage = Stage::new();
    let env = BTreeMap::from([("TERM".to_owned(), "dumb".to_owned())]);
    let text = stage.out(&["env"], |wanted| wanted.env = env.into()).await;
    let mut names: Vec<&str> =
        text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["HOB_RUN", "HOME", "LANG", "LOGNAME", "PATH", "TERM", "USER"],
        "no socket, no credential"
    );
    // Nothing is open but the three streams; ls has one for the directory.
    let open = stage.out(&["sh", "-c", "ls /proc/$$/fd"], |_| {}).await;
    assert_eq!(open, "0\n1\n2\n");
}

#[tokio::test]
async fn it_reads_what_was_planned_and_runs_where_it_was_planned() {
    let stage = Stage::new();
    let odd = Bytes::from(b"a\0b\xff".to_vec());
    let ended = stage.run(&["cat"], |wanted| wanted.stdin = Some(odd.clone())).await;
    assert_eq!(ended.out.head, odd);
    assert_eq!(stage.out(&["cat"], |_| {}).await, "");
    let dir = stage.at("");
    let dir = dir.to_str().unwrap().trim_end_matches('/');
    assert_eq!(stage.out(&["pwd"], |wanted| wanted.cwd = Some(dir.into())).await, format!("{dir}\n"));
    assert_eq!(stage.out(&["sh", "-c", "umask; ulimit -c"], |_| {}).await, "0022\n0\n");
}

#[tokio::test]
async fn c36_a_script_that_was_rewritten_is_not_run() {
    let stage = Stage::new();
    let script = stage.file("script.sh", "#!/bin/sh\necho benign\n");
    let plan = stage.plan(&[&script], |_| {}).await;
    stage.file("script.sh", "#!/bin/sh\necho EVIL\n");
    let Drift { was, now, .. } = stage.handle.open(&plan, || true).await.unwrap_err();
    assert_eq!(was, format!("sha256:{}", plan.sha256()));
    assert_eq!(now, format!("sha256:{}", of_bytes(b"#!/bin/sh\necho EVIL\n")));
}

#[tokio::test]
async fn c38_a_file_that_is_overwritten_after_it_was_opened_runs_as_it_was_approved() {
    let stage = Stage::new();
    let script = stage.file("script.sh", "#!/bin/sh\necho benign $1\n");
    let program = stage.file("program", "");
    fs_err::copy("/bin/echo", &program).unwrap();
    for (path, evil, said) in [(&script, "#!/bin/sh\necho EVIL!!\n", "benign x\n"), (&program, "EVIL", "x\n")]
    {
        let plan = stage.plan(&[path, "x"], |_| {}).await;
        let opened = stage.handle.open(&plan, || true).await.unwrap();
        // In place: the same inode.
        use std::io::Write as _;
        std::fs::OpenOptions::new().write(true).open(path).unwrap().write_all(evil.as_bytes()).unwrap();
        let running = stage.handle.start("R1", &plan, opened).await.unwrap();
        let ended = running.wait().await;
        assert_eq!(ended.out.head, said.into(), "{ended:?}");
    }
}

#[tokio::test]
async fn c42_a_directory_that_was_replaced_is_not_entered() {
    let stage = Stage::new();
    let dir = stage.at("dir");
    fs_err::create_dir(&dir).unwrap();
    let plan = stage.plan(&["pwd"], |wanted| wanted.cwd = Some(dir.to_str().unwrap().into())).await;
    let opened = stage.handle.open(&plan, || true).await.unwrap();
    fs_err::rename(&dir, stage.at("away")).unwrap();
    fs_err::create_dir(&dir).unwrap();
    let ended = stage.handle.start("R1", &plan, opened).await.unwrap().wait().await;
    assert_eq!(ended.out.head, format!("{}\n", stage.at("away").display()).as_str().into());
    assert_eq!(stage.handle.open(&plan, || true).await.unwrap_err().what, "the working directory");
}

#[tokio::test]
async fn c86_what_escapes_from_its_session_ends_with_the_command() {
    for cgroups in [true, false] {
        escapes(cgroups).await;
    }
}

async fn escapes(cgroups: bool) {
    let stage = Stage::new();
    stage.handle.0.runs.trees.configure(&crate::runs::tree::Settings { cgroups });
    let pids = stage.at("pids");
    let script = format!(
        "(setsid sh -c 'echo $$ > {0}; sleep 1000' &) ; while [ ! -s {0} ]; do :; done",
        pids.display()
    );
    let ended = stage.run(&["sh", "-c", &script], |_| {}).await;
    assert_eq!(ended.code, Some(0));
    let left = ended.left_running.as_deref().unwrap();
    assert!(left.contains("killed"), "{left}");
    assert!(!alive(&fs_err::read_to_string(&pids).unwrap()), "{left}");
}

#[tokio::test]
async fn the_limit_of_time_ends_all_of_it() {
    let stage = Stage::new();
    let script = "trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done";
    let ended = stage.run(&["sh", "-c", script], |wanted| wanted.wall = Some(Span::secs(1))).await;
    assert_eq!((ended.signal, &ended.killed_because), (Some(9), &Some(Because::WallLimit)));
    assert!(!alive(ended.out.head.text().unwrap()));
    let polite = stage.run(&["sleep", "1000"], |wanted| wanted.wall = Some(Span::secs(1))).await;
    assert_eq!((polite.signal, polite.killed_because.is_some()), (Some(15), true));
}

#[tokio::test]
async fn a_command_is_cancelled_from_anywhere_and_ends_with_the_daemon() {
    let stage = Stage::new();
    let plan = stage.plan(&["sleep", "1000"], |_| {}).await;
    let running = stage.start(&plan).await;
    let canceller = running.canceller();
    canceller.cancel();
    canceller.cancel();
    assert_eq!(running.wait().await.killed_because, Some(Because::Cancelled));
    let running = stage.start(&plan).await;
    stage.tasks.end(LONG).await;
    assert_eq!(running.wait().await.killed_because, Some(Because::Stopped));
    assert_eq!(running.wait().await, running.wait().await, "it is the same whenever it is asked");
}

#[tokio::test]
async fn output_is_delivered_whole_and_kept_as_far_as_there_is_room() {
    let stage = Stage::new();
    let plan = stage.plan(&["seq", "1", "200000"], |wanted| wanted.keep = Some(Size::bytes(1000))).await;
    let mut running = stage.start(&plan).await;
    let (mut live, mut all) = (running.output().unwrap(), Vec::new());
    while let Some(Output { stream, at, bytes }) = live.next().await {
        assert_eq!((stream, at), (Stream::Stdout, all.len() as u64));
        all.extend_from_slice(bytes.get());
    }
    let ended = running.wait().await;
    let expected: String = (1..=200_000).map(|number| format!("{number}\n")).collect();
    assert!(all == expected.as_bytes());
    let out = &ended.out;
    assert_eq!((out.bytes, &out.sha256), (all.len() as u64, &of_bytes(&all)));
    assert_eq!((out.kept(), out.is_truncated(), out.skipped), (1000, true, out.bytes - 1000));
    assert!(all.starts_with(out.head.get()) && all.ends_with(out.tail.get()));
}

#[tokio::test]
async fn whoever_does_not_listen_holds_nothing_up() {
    let stage = Stage::new();
    let plan = stage.plan(&["seq", "1", "2000000"], |_| {}).await;
    let mut running = stage.start(&plan).await;
    let _unheard = running.output().unwrap();
    let ended = tokio::time::timeout(LONG, running.wait()).await.unwrap();
    assert_eq!((ended.code, ended.out.is_truncated()), (Some(0), true));
    assert_eq!(ended.out.kept(), 1 << 20);
}

#[tokio::test]
async fn what_does_not_start_is_told_and_leaves_nothing() {
    let stage = Stage::new();
    let broken = stage.file("broken", "\u{7f}ELF");
    let plan = stage.plan(&[&broken], |_| {}).await;
    let opened = stage.handle.open(&plan, || true).await.unwrap();
    let Err(error) = stage.handle.start("R1", &plan, opened).await else { panic!("it is no program") };
    assert!(error.to_string().contains("it was not started: cannot run"), "{error}");
    let plan = stage.plan(&["true"], |_| {}).await;
    let opened = stage.handle.open(&plan, || true).await.unwrap();
    assert!(stage.handle.start("../x", &plan, opened).await.is_err(), "a strange id");
}

#[tokio::test]
async fn what_an_earlier_daemon_left_is_found_by_its_request_and_ended() {
    let stage = Stage::new();
    let plan = stage.plan(&["sh", "-c", "sleep 1000 & echo $!; wait"], |_| {}).await;
    let mut running = stage.start(&plan).await;
    let child = running.output().unwrap().next().await.unwrap().bytes;
    let told = stage.handle.end_former(&["R1".to_owned(), "R2".to_owned()]).await;
    assert_eq!(told.keys().collect::<Vec<_>>(), ["R1"]);
    assert!(!alive(child.text().unwrap()));
    assert_eq!(running.wait().await.signal, Some(9));
}

#[tokio::test]
async fn what_had_ended_before_anybody_looked_is_told_as_what_it_was() {
    let stage = Stage::new();
    let broken = stage.file("broken", "\u{7f}ELF");
    for (argv, code) in [(&["sh", "-c", "echo done; exit 3"][..], Some(3)), (&[&broken], None)] {
        let plan = stage.plan(argv, |_| {}).await;
        let opened = stage.handle.open(&plan, || true).await.unwrap();
        let Ok((attended, running, started)) = stage.handle.launch(key("R1").unwrap(), &plan, opened).await
        else {
            panic!("the launcher is there")
        };
        // Nobody reaps it yet: it stays as it ended.
        while crate::home::start_ticks(running.pid).is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        attended.attend(&stage.handle).await;
        let started = started.await.unwrap();
        match code {
            Some(_) => {
                let ended = running.wait().await;
                assert_eq!((started, ended.code, ended.out.head.get()), (Ok(()), code, &b"done\n"[..]));
            }
            None => assert!(started.unwrap_err().contains("cannot run")),
        }
    }
}
