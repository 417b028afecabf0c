//! What plans say of files, and that they say it canonically.

use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;

pub(super) fn person() -> Person {
    Person { home: "/".into(), user: "u".into(), uid: 1000 }
}

fn plan_of(wanted: Wanted) -> Plan {
    Plan::of(wanted, "agent", &person()).unwrap()
}

fn wanted(argv: &[&str]) -> Wanted {
    Wanted { argv: argv.iter().copied().map(Bytes::from).collect(), ..Wanted::default() }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn dir(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.dir().join(name);
        fs_err::write(&path, content).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_plan_says_which_file_a_name_means_and_what_is_in_it() {
    let plan = plan_of(wanted(&["sh", "-c", "true"]));
    let exec = plan.exec();
    assert_eq!((exec.named.as_str(), plan.file_name()), ("sh", "sh"));
    assert_eq!(exec.program.path, "/usr/bin/sh");
    assert_eq!(plan.real_path(), Path::new("/usr/bin/sh").canonicalize().unwrap());
    assert_eq!(exec.program.chain, Chain::RootOwned);
    let content = fs_err::read("/usr/bin/sh").unwrap();
    assert_eq!(plan.sha256(), super::super::files::of_bytes(&content));
    assert!(exec.interpreters.is_empty() && plan.is_root_owned_chain());
    assert_eq!(plan.argv(), [Bytes::from("-c"), Bytes::from("true")]);
    assert_eq!(plan.cwd().path, "/");
}

#[test]
fn c08_the_callers_path_finds_nothing() {
    let place = Place::new();
    let evil = place.file("id", "#!/bin/sh\necho evil\n");
    let env = BTreeMap::from([("PATH".to_owned(), place.dir().to_str().unwrap().to_owned())]);
    let plan = plan_of(Wanted { env: env.into(), ..wanted(&["id"]) });
    assert_ne!(plan.exec().program.path, evil);
    assert!(plan.is_root_owned_chain());
    assert_eq!(
        plan.unusual().map(|(name, _)| name).collect::<Vec<_>>(),
        ["PATH"],
        "it is shown and asked for"
    );
}

#[test]
fn a_script_is_planned_with_all_that_reads_it() {
    let place = Place::new();
    let inner = place.file("inner", "#!/bin/sh -e\n");
    let outer = place.file("outer", &format!("#! {inner} x y \n"));
    let plan = plan_of(wanted(&[&outer]));
    let named: Vec<_> =
        plan.exec().interpreters.iter().map(|it| (it.named.as_str(), it.argument.clone())).collect();
    assert_eq!(named, [(inner.as_str(), Some("x y".into())), ("/bin/sh", Some("-e".into()))]);
    assert!(!plan.is_root_owned_chain());
    let by_env = place.file("by-env", "#!/usr/bin/env -S sh -e\n");
    let interpreters = plan_of(wanted(&[&by_env])).exec().interpreters.clone();
    assert_eq!(interpreters[1].program.path, "/usr/bin/sh");
    assert!(interpreters[1].by_env && !interpreters[0].by_env);
    let env = BTreeMap::from([("PATH".to_owned(), "/tmp".to_owned())]);
    assert_eq!(plan_of(Wanted { env: env.into(), ..wanted(&[&by_env]) }).exec().interpreters.len(), 1);
}

#[test]
fn what_cannot_be_run_is_told_before_anybody_is_asked() {
    let place = Place::new();
    let check = |path: &str, why: &str| {
        let error = Plan::of(wanted(&[path]), "agent", &person()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    check(&place.file("plain", "echo\n"), "a #! line");
    check(&place.file("empty", ""), "a #! line");
    check(&place.file("bare", "#!\n"), "names no interpreter");
    check(&place.file("near", "#!sh\n"), "not an absolute path");
    check(&place.file("windows", "#!/bin/sh\r\n"), "hidden character");
    check(&place.file("lost", "#!/no/sh\n"), "the interpreter /no/sh");
    let own = place.dir().join("own");
    let own = own.to_str().unwrap();
    check(&place.file("own", &format!("#!{own}\n")), "and so on");
    let dull = place.file("dull", "#!/bin/sh\n");
    fs_err::set_permissions(&dull, PermissionsExt::from_mode(0o644)).unwrap();
    check(&dull, "not executable (its mode is 0644)");
    check(place.dir().to_str().unwrap(), "directory");
    check("/dev/null", "it is a device and no regular file");
    check(&place.file("by-device", "#!/dev/null\n"), "the interpreter /dev/null: it is a device");
    check("no-such-program-here", "other places are not searched");
    check("./gone", "gone");
}

#[test]
fn c42_a_directory_is_known_by_what_it_is() {
    let place = Place::new();
    let at =
        |path: &str| Plan::of(Wanted { cwd: Some(path.into()), ..wanted(&["true"]) }, "agent", &person());
    assert_eq!(at("/usr/..").unwrap().cwd().path, "/");
    // For the daemon, whoever asks and what runs that would be three directories.
    for by_process in
        [concat!("/proc/self/ro", "ot/.."), "/proc/self", "/proc/self/cwd", "/proc/thread-self/fd"]
    {
        let told = at(by_process).unwrap_err().to_string();
        assert!(told.contains("differs from process to process"), "{told}");
    }
    let real = place.dir();
    symlink(&real, real.join("link")).unwrap();
    let link = real.join("link");
    assert_eq!(at(link.to_str().unwrap()).unwrap().cwd().path, real.to_str().unwrap());
    let fifo = real.join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    for path in [fifo.to_str().unwrap(), "/no/such/place"] {
        assert!(at(path).unwrap_err().to_string().contains("the working directory"), "{path}");
    }
}

#[test]
fn c44_a_file_that_is_named_is_in_the_plan_by_content() {
    let place = Place::new();
    let file = place.file("args", "-O2");
    let plan = plan_of(Wanted { files: vec![file.as_str().into()], ..wanted(&["true"]) });
    let before = plan.digest();
    assert_eq!(plan.pinned(), [(PathBuf::from(&file), super::super::files::of_bytes(b"-O2"))]);
    let device = Wanted { files: vec!["/dev/null".into()], ..wanted(&["true"]) };
    let told = Plan::of(device, "agent", &person()).unwrap_err().to_string();
    assert!(told.contains("the file /dev/null: it is a device"), "{told}");
    place.file("args", "-O3");
    let after = plan_of(Wanted { files: vec![file.as_str().into()], ..wanted(&["true"]) });
    assert_ne!(after.digest(), before);
}

#[test]
fn a_plan_is_read_back_only_as_it_was_written() {
    let plan = plan_of(Wanted { stdin: Some(b"\xff".to_vec().into()), ..wanted(&["true", "é\u{1}"]) });
    let canonical = plan.canonical();
    assert_eq!(Plan::from_canonical(&canonical).unwrap(), plan);
    let text = String::from_utf8(canonical).unwrap();
    assert!(
        text.starts_with(r#"{"argv":["é\u0001"],"asked":[],"class":"run","client":"agent","cwd":{"dev":""#),
        "{text}"
    );
    let altered = [
        text.replacen('{', "{ ", 1),
        text.replace(r#""v":"1""#, r#""v":"2""#),
        text.replace(r#""umask":"022""#, r#""umask":"022","x":"1""#),
        text.replace(r#""run_as":"1000""#, r#""run_as":"+1000""#),
        text.replace(r#""run_as":"1000""#, r#""run_as":1000"#),
        text.replace(r#""argv":["é"#, r#""argv":["\u00e9"#),
    ];
    for text in altered {
        assert!(Plan::from_canonical(text.as_bytes()).is_err(), "{text}");
    }
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let texts = || {
        prop::collection::vec(prop_oneof![any::<Vec<u8>>(), "[a-z\"\\\\,{}:]{0,6}".prop_map(Vec::from)], 0..4)
    };
    let vars = prop::collection::btree_map("[A-Z]{1,3}", ".{0,4}", 0..3);
    (texts(), vars, prop::option::of(any::<Vec<u8>>()), "[a-z]{1,4}", any::<u64>(), any::<bool>()).prop_map(
        |(argv, env, stdin, client, number, flag)| {
            let mut plan = plan_of(wanted(&["true"]));
            plan.argv = argv.into_iter().map(Bytes::from).collect();
            plan.asked = env.keys().filter(|_| flag).cloned().collect();
            plan.env = env;
            plan.client = client;
            plan.exec.program.ino = Number(number);
            plan.limits.pids = flag.then_some(Number(number));
            if let Some(content) = stdin {
                let sha256 = super::super::files::of_bytes(&content);
                plan.stdin =
                    Stdin::Bytes { size: Number(content.len() as u64), sha256, content: content.into() };
            }
            plan
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equal_plans_have_equal_digests_and_others_others((one, other) in (any_plan(), any_plan())) {
        prop_assert_eq!(one == other, one.digest() == other.digest());
        prop_assert_eq!(Plan::from_canonical(&one.canonical()).unwrap().digest(), one.digest());
    }

    #[test]
    fn no_field_can_change_unnoticed(plan in any_plan(), which in 0_usize..12) {
        let mut changed = plan.clone();
        match which {
            0 => changed.argv.push("".into()),
            1 => changed.client.push('x'),
            2 => changed.exec.named.push('x'),
            3 => changed.exec.program.sha256.push('0'),
            4 => changed.exec.program.ino.0 ^= 1,
            5 => changed.cwd.dev.0 ^= 1,
            6 => drop(changed.env.insert("ZZZZ".into(), String::new())),
            7 => changed.asked.push("ZZZZ".into()),
            8 => changed.limits.wall_ms.0 ^= 1,
            9 => changed.umask = "077".into(),
            10 => changed.run_as.0 ^= 1,
            _ => changed.files.push(changed.exec.program.clone()),
        }
        prop_assert_ne!(changed.digest(), plan.digest());
    }
}

#[test]
fn a_file_that_the_kernel_makes_up_is_refused_by_name() {
    let files = vec![Bytes::from("/proc/sys/kernel/random/uuid")];
    let error = Plan::of(Wanted { files, ..wanted(&["true"]) }, "agent", &person()).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("/proc/sys/kernel/random/uuid") && told.contains("no content that stays"),
        "{told}"
    );
}

#[test]
fn c87_what_is_read_for_one_plan_has_a_bound() {
    let place = Place::new();
    let large = |name: &str| {
        let path = place.file(name, "");
        fs_err::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
        path
    };
    let of = |files: &[String], is_wanted: &dyn Fn() -> bool| {
        let files = files.iter().map(|file| file.as_str().into()).collect();
        Plan::while_wanted(Wanted { files, ..wanted(&["true"]) }, "agent", &person(), is_wanted)
    };
    let (one, other, third) = (large("one"), large("other"), large("third"));
    // Seen by their sizes: whoever is asked between two blocks is asked for none of the last one.
    let asked = std::cell::Cell::new(0_u64);
    let count = || {
        asked.set(asked.get() + 1);
        true
    };
    fs_err::OpenOptions::new().write(true).open(&one).unwrap().set_len(1 << 20).unwrap();
    fs_err::OpenOptions::new().write(true).open(&third).unwrap().set_len(2 << 30).unwrap();
    let refused = of(&[one.clone(), third], &count).unwrap_err();
    assert!(refused.reason() == "E_TOO_LARGE" && refused.to_string().contains("2 GiB"), "{refused}");
    assert!(asked.get() <= 8, "{}", asked.get());
    // What nobody wants is not read to its end.
    assert!(of(&[other], &|| false).is_err());
    // What is named twice is read once.
    asked.set(0);
    let plan = of(&vec![one; 64], &count).unwrap();
    assert_eq!(plan.files().len(), 1);
    assert!(asked.get() <= 8, "{}", asked.get());
}
