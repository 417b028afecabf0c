//! A record on disk, as the daemon writes one, for tests that then spoil it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![allow(dead_code, reason = "each test takes of it what it needs")]

use std::path::{Path, PathBuf};

use hob_verify::checkpoint::Checkpoint;
use hob_verify::leaf::{Actor, Leaf};
use hob_verify::note::Signer;
use hob_verify::record::files;
use hob_verify::tree::{Frontier, leaf_hash};

pub(crate) const LOG: &str = "hob.local/4f2a9c1d6e8b0375/1000";

pub(crate) fn signer() -> Signer {
    Signer::new(LOG, &[7; 32]).unwrap()
}

/// What a record is made of, before it is on disk.
pub(crate) struct Record {
    pub(crate) leaves: Vec<Vec<u8>>,
    /// At which sizes there are signed heads.
    pub(crate) heads: Vec<u64>,
    pub(crate) key: Signer,
}

impl Record {
    /// `size` leaves of which requests are asked for, approved and run, with a head every 8.
    pub(crate) fn of(size: u64) -> Record {
        let leaves = (0..size).map(|index| leaf(index).to_line().unwrap()).collect();
        let heads = (1..=size).filter(|at| at % 8 == 0 || *at == size).collect();
        Record { leaves, heads, key: signer() }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let (mut frontier, mut notes) = (Frontier::default(), Vec::new());
        for leaf in &self.leaves {
            frontier.push(leaf_hash(leaf));
            if self.heads.contains(&frontier.size()) {
                let head =
                    Checkpoint { origin: LOG.to_owned(), size: frontier.size(), root: frontier.root() };
                notes.push(head.sign(&self.key).to_string());
            }
        }
        notes
    }

    /// Writes it into a new directory.
    pub(crate) fn write(&self) -> OnDisk {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().to_owned();
        fs_err::create_dir(path.join(files::DIRECTORY)).unwrap();
        let lines = |of: fn(&Vec<u8>) -> Vec<u8>| {
            self.leaves.iter().flat_map(|leaf| [of(leaf), b"\n".to_vec()].concat()).collect::<Vec<u8>>()
        };
        fs_err::write(files::segment(&path, 0, files::LEAVES), lines(Vec::clone)).unwrap();
        let hashes = lines(|leaf| leaf_hash(leaf).hex().into_bytes());
        fs_err::write(files::segment(&path, 0, files::HASHES), hashes).unwrap();
        fs_err::write(path.join(files::CHECKPOINTS), self.notes().join("\n")).unwrap();
        fs_err::write(path.join(files::KEY), format!("{}\n", self.key.verifier())).unwrap();
        OnDisk { place, path }
    }
}

pub(crate) struct OnDisk {
    #[allow(dead_code, reason = "it is removed with this")]
    place: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl OnDisk {
    pub(crate) fn empty() -> OnDisk {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().to_owned();
        OnDisk { place, path }
    }

    pub(crate) fn leaves(&self) -> PathBuf {
        files::segment(&self.path, 0, files::LEAVES)
    }

    /// Changes one of its files.
    pub(crate) fn change(&self, file: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        let path = self.path.join(file);
        fs_err::write(&path, change(fs_err::read(&path).unwrap())).unwrap();
    }
}

/// Leaf 0 opens the record; then each request has five leaves.
pub(crate) fn leaf(index: u64) -> Leaf {
    let request = format!("r{:06}", index.saturating_sub(1) / 5);
    let plan = ("plan", "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae");
    let commit = ("commit", "hmac-sha256:b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    let vkey = signer().verifier().to_string();
    let (kind, body): (_, Vec<(&str, &str)>) = match index {
        0 => ("log.opened", vec![("vkey", &vkey)]),
        _ => match (index - 1) % 5 {
            0 => (
                "request.received",
                vec![("client", "agent"), plan, ("display", "git push --force origin main"), commit],
            ),
            1 => ("policy.evaluated", vec![("effect", "ask"), ("by", "default"), plan]),
            2 => ("approval.decided", vec![("verdict", "approve"), ("scope", "once"), plan]),
            3 => ("exec.claimed", vec![("claim", "c1"), plan]),
            _ => ("exec.finished", vec![("outcome", "finished"), ("code", "0"), ("bytes", "120")]),
        },
    };
    Leaf {
        actor: Actor {
            id: "owner".to_owned(),
            kind: "human".to_owned(),
            presence: None,
            surface: "cli".to_owned(),
        },
        body: body.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect(),
        boot: "0b9e6d1c-6f0a-4f5e-9c57-1d2f3a4b5c6d".to_owned(),
        idx: index,
        log: LOG.to_owned(),
        mono: 1_000 * index,
        policy: Some(17),
        req: (index != 0).then_some(request),
        t: format!("2026-11-21T01:{:02}:{:02}.000000Z", index / 60 % 60, index % 60),
        kind: kind.to_owned(),
        v: Leaf::VERSION.to_owned(),
    }
}
