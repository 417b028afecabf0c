//! Plans there and back, and everything that is not a plan.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::{Limit, Output, Plan, Resource, UNLIMITED, User, encode};

const RESOURCES: [Resource; 5] =
    [Resource::Nofile, Resource::Core, Resource::As, Resource::Nproc, Resource::Memlock];

proptest! {
    #[test]
    fn any_plan_survives_the_way(plan in plans()) {
        let bytes = encode(&plan).unwrap();
        let order = decode(&bytes).unwrap();
        prop_assert_eq!(plan_of(&order), plan);
    }

    #[test]
    fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), honest: bool) {
        let mut plan = if honest { MAGIC.to_vec() } else { Vec::new() };
        plan.extend(bytes);
        // To be refused is fine, to panic or to read past the end is not.
        if let Ok(order) = decode(&plan) {
            prop_assert!(!order.argv.is_empty());
        }
    }

    #[test]
    fn a_damaged_plan_is_taken_or_refused(plan in plans(), place: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&plan).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(order) = decode(&bytes) {
            prop_assert!(!order.argv.is_empty());
        }
    }

    #[test]
    fn a_cut_plan_is_refused(plan in plans(), place: prop::sample::Index) {
        let bytes = encode(&plan).unwrap();
        prop_assert!(decode(&bytes[..place.index(bytes.len())]).is_err());
    }
}

#[test]
fn what_is_not_quite_a_plan_is_refused_by_its_name() {
    let check = |change: fn(&mut Vec<u8>), refusal| {
        let mut bytes = encode(&small()).unwrap();
        change(&mut bytes);
        assert_eq!(decode(&bytes), Err(refusal));
    };
    check(|bytes| bytes.clear(), Refusal::NotAPlan);
    check(|bytes| bytes[0] = b'H', Refusal::NotAPlan);
    check(|bytes| bytes[7] += 1, Refusal::OtherVersion);
    check(|bytes| bytes.truncate(8), Refusal::Malformed);
    check(|bytes| bytes.push(0), Refusal::Malformed);
    // A count of four thousand million arguments.
    check(|bytes| bytes[8 + 4 + 3..][..4].fill(0xff), Refusal::Malformed);
    // The NUL after the program.
    check(|bytes| bytes[8 + 4 + 2] = b'x', Refusal::Malformed);
}

#[test]
fn how_many_descriptors_are_kept_survives_the_way() {
    let null = null();
    let fd = std::os::fd::AsFd::as_fd(&null);
    for kept in [vec![], vec![fd; 3]] {
        let handed =
            crate::Handed { program: fd, dir: fd, stdin: fd, stdout: fd, stderr: fd, kept: kept.as_slice() };
        let bytes = crate::encode::encode_to_enter(&small(), None, Some(&handed)).unwrap();
        assert_eq!(decode(&bytes).unwrap().handed, u32::try_from(kept.len()).ok());
    }
    assert_eq!(decode(&encode(&small()).unwrap()).unwrap().handed, None);
}

fn null() -> std::os::fd::OwnedFd {
    rustix::fs::open("/dev/null", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap()
}

#[test]
fn what_cannot_be_passed_on_is_named() {
    let check = |change: fn(&mut Plan), message: &str| {
        let mut plan = small();
        change(&mut plan);
        let error = encode(&plan).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (std::io::ErrorKind::InvalidInput, message));
    };
    check(|plan| plan.program = "p".into(), r#"the program "p" is not an absolute path"#);
    check(|plan| plan.program = "/p\0".into(), r#"the program "/p\0" contains a NUL byte"#);
    check(|plan| plan.dir = "".into(), r#"the working directory "" is not an absolute path"#);
    check(|plan| plan.argv.push("a\0".into()), "argument 1 contains a NUL byte");
    check(|plan| plan.argv.clear(), "the list of arguments is empty; the first is the program's own name");
    check(
        |plan| plan.env.push(("KEY".into(), "secret\0".into())),
        r#"environment variable "KEY" contains a NUL byte"#,
    );
    check(|plan| plan.env.push(("".into(), "x".into())), "an environment variable has an empty name");
    check(
        |plan| plan.env.push(("A=B".into(), "x".into())),
        r#"the name of environment variable "A=B" contains `=`"#,
    );
    check(
        |plan| plan.stdout = Output::Fifo("out".into()),
        r#"the FIFO for standard output "out" is not an absolute path"#,
    );
    check(
        |plan| plan.stdin = Some("in".into()),
        r#"the file for standard input "in" is not an absolute path"#,
    );
    check(|plan| plan.cgroup = Some("/c\0".into()), r#"the cgroup "/c\0" contains a NUL byte"#);
}

fn small() -> Plan {
    Plan {
        program: "/p".into(),
        argv: vec!["p".into()],
        env: vec![],
        dir: "/".into(),
        stdin: None,
        stdout: Output::Null,
        stderr: Output::Null,
        umask: 0o022,
        limits: vec![],
        user: None,
        cgroup: None,
    }
}

fn plans() -> impl Strategy<Value = Plan> {
    let list = |text: BoxedStrategy<OsString>, least| prop::collection::vec(text, least..6);
    let name = "[^=\0]{1,8}".prop_map(OsString::from);
    let output = || prop::option::of(paths()).prop_map(|path| path.map_or(Output::Null, Output::Fifo));
    let limit =
        (prop::sample::select(&RESOURCES[..]), any::<u64>(), prop_oneof![Just(UNLIMITED), any::<u64>()])
            .prop_map(|(resource, soft, hard)| Limit { resource, soft, hard });
    let user = (any::<u32>(), any::<u32>(), prop::collection::vec(any::<u32>(), 0..4))
        .prop_map(|(uid, gid, groups)| User { uid, gid, groups });
    let first = (paths(), list(texts(), 1), prop::collection::vec((name, texts()), 0..6), paths());
    let second = (output(), output(), any::<u32>(), prop::collection::vec(limit, 0..4));
    let third = (prop::option::of(user), prop::option::of(paths()), prop::option::of(paths()));
    (first, second, third).prop_map(
        |((program, argv, env, dir), (stdout, stderr, umask, limits), (user, cgroup, stdin))| Plan {
            program,
            argv,
            env,
            dir,
            stdin,
            stdout,
            stderr,
            umask,
            limits,
            user,
            cgroup,
        },
    )
}

fn paths() -> BoxedStrategy<PathBuf> {
    texts().prop_map(|text| PathBuf::from("/").join(text)).boxed()
}

fn texts() -> BoxedStrategy<OsString> {
    prop::collection::vec(1..=u8::MAX, 0..20).prop_map(OsString::from_vec).boxed()
}

/// The way back, which only tests need.
fn plan_of(order: &Order<'_>) -> Plan {
    let text = |text: &CStr| OsString::from_vec(text.to_bytes().to_vec());
    let variable = |entry: &CStr| {
        let entry = entry.to_bytes();
        let equals = entry.iter().position(|byte| *byte == b'=').unwrap();
        let part = |bytes: &[u8]| std::ffi::OsStr::from_bytes(bytes).to_owned();
        (part(&entry[..equals]), part(&entry[equals + 1..]))
    };
    let output = |fifo: Option<&CStr>| fifo.map_or(Output::Null, |path| Output::Fifo(text(path).into()));
    let limit = |limit: RawLimit| {
        let resource = RESOURCES.into_iter().find(|known| *known as u32 == limit.resource).unwrap();
        Limit { resource, soft: limit.soft, hard: limit.hard }
    };
    Plan {
        program: text(order.program).into(),
        argv: order.argv.iter().map(text).collect(),
        env: order.env.iter().map(variable).collect(),
        dir: text(order.dir).into(),
        stdin: order.stdin.map(|path| text(path).into()),
        stdout: output(order.stdout),
        stderr: output(order.stderr),
        umask: order.umask,
        limits: order.limits.iter().map(limit).collect(),
        user: order.user.as_ref().map(|(uid, gid, groups)| User {
            uid: *uid,
            gid: *gid,
            groups: groups.iter().collect(),
        }),
        cgroup: order.cgroup.map(|path| text(path).into()),
    }
}
