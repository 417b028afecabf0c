//! The tree, the notes and the spelling of leaves, held against those of others.
//!
//! `ct-merkle` and `tlog_tiles` are two independent trees, `signed_note` is the
//! reference for notes in Rust, `serde_json_canonicalizer` for RFC 8785. The
//! vectors are those of RFC 6962's first implementation.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use hob_verify::leaf::{Leaf, Value};
use hob_verify::note::{Note, Signer, Verifier};
use hob_verify::proof::{Wrong, check_consistency, check_inclusion};
use hob_verify::tree::{self, EMPTY, Frontier, Hash, leaf_hash};
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{StandardVerifier, VerifierList};
use tlog_tiles::HashReader;

mod common;

/// All stored hashes of a tree whose leaves are `leaf(0)`, `leaf(1)` ...
struct Store(Vec<Hash>);

impl Store {
    fn of(leaves: impl Iterator<Item = Vec<u8>>) -> Store {
        let mut store = Store(Vec::new());
        for (n, leaf) in (0..).zip(leaves) {
            let hashes = tree::appended(n, leaf_hash(&leaf), |place| store.at(place)).unwrap();
            assert_eq!(tree::first_place(n), store.0.len() as u64);
            store.0.extend(hashes);
        }
        store
    }

    fn at(&self, place: u64) -> Result<Hash, Infallible> {
        Ok(self.0[usize::try_from(place).unwrap()])
    }
}

impl HashReader for Store {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::tlog::Error> {
        Ok(places.iter().map(|place| tlog_tiles::Hash(self.at(*place).unwrap().0)).collect())
    }
}

fn leaf(n: u64) -> Vec<u8> {
    format!("leaf {n}").into_bytes()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn bytes(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.0).collect()
}

const SIZES: u64 = 130;

#[test]
fn roots_and_proofs_are_those_of_two_other_trees() {
    let store = Store::of((0..SIZES).map(leaf));
    let (mut theirs, mut frontier) = (MemoryBackedTree::<Sha256, Vec<u8>>::new(), Frontier::default());
    assert_eq!(frontier.root(), EMPTY);
    for size in 1..=SIZES {
        theirs.push(leaf(size - 1));
        frontier.push(leaf_hash(&leaf(size - 1)));
        let root = tree::root(size, |place| store.at(place)).unwrap();
        assert_eq!(root, frontier.root());
        assert_eq!(root.0, *theirs.root().as_bytes(), "root of {size}");
        assert_eq!(root.0, tlog_tiles::tree_hash(size, &store).unwrap().0);
        for n in 0..size {
            let path = tree::inclusion(n, size, |place| store.at(place)).unwrap();
            check_inclusion(&path, n, leaf_hash(&leaf(n)), size, root).unwrap();
            let other = theirs.prove_inclusion(usize::try_from(n).unwrap());
            assert_eq!(bytes(&path), other.as_bytes(), "leaf {n} of {size}");
            let other = tlog_tiles::prove_record(size, n, &store).unwrap();
            assert!(path.iter().map(|hash| hash.0).eq(other.iter().map(|hash| hash.0)));
        }
        for old in 1..=size {
            let path = tree::consistency(old, size, |place| store.at(place)).unwrap();
            let old_root = tree::root(old, |place| store.at(place)).unwrap();
            check_consistency(&path, old, old_root, size, root).unwrap();
            let other = tlog_tiles::prove_tree(size, old, &store).unwrap();
            assert!(path.iter().map(|hash| hash.0).eq(other.iter().map(|hash| hash.0)), "{old} to {size}");
            let added = usize::try_from(size - old).unwrap();
            if added != 0 {
                assert_eq!(bytes(&path), theirs.prove_consistency(added).as_bytes(), "{old} to {size}");
            }
        }
    }
}

#[test]
fn places_are_those_of_go() {
    for level in 0..8 {
        for n in 0..70 {
            assert_eq!(tree::place(level, n), tlog_tiles::stored_hash_index(u8::try_from(level).unwrap(), n));
        }
    }
}

#[test]
fn the_vectors_of_rfc_6962_hold() {
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    for (leaf, root) in leaves.iter().zip(roots) {
        frontier.push(leaf_hash(&hex(leaf)));
        assert_eq!(frontier.root().hex(), root);
    }
    let store = Store::of(leaves.iter().map(|leaf| hex(leaf)));
    let path = tree::inclusion(5, 8, |place| store.at(place)).unwrap();
    let expected = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert!(path.iter().map(Hash::hex).eq(expected));
    let path = tree::consistency(6, 8, |place| store.at(place)).unwrap();
    let expected = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert!(path.iter().map(Hash::hex).eq(expected));
}

#[test]
fn notes_are_those_of_the_other_implementation() {
    let ours = Signer::new("log.example/1", &[9; 32]).unwrap();
    let note = ours.sign("log.example/1\n1\nwords\n".to_owned());
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&ours.verifier().to_string()).unwrap();
    theirs.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();

    let secret = [&[1][..], &[9; 32]].concat();
    let vkey = ours.verifier().to_string();
    let id = vkey.split('+').nth(1).unwrap();
    let skey = format!("PRIVATE+KEY+log.example/1+{id}+{}", base64(&secret));
    let signer = signed_note::StandardSigner::new(&skey).unwrap();
    let mut theirs = signed_note::Note::new(b"log.example/1\n1\nwords\n", &[]).unwrap();
    theirs.add_sigs(&[&signer]).unwrap();
    assert_eq!(String::from_utf8(theirs.to_bytes()).unwrap(), note.to_string());
    let read = Note::parse(&theirs.to_bytes()).unwrap();
    vkey.parse::<Verifier>().unwrap().open(&read).unwrap();
}

fn base64(bytes: &[u8]) -> String {
    use hob_verify::tree::Hash;
    // 33 bytes: the text of a hash, and that of the last byte.
    let (hash, last) = bytes.split_at(30);
    let of = |part: &[u8]| {
        let mut padded = [0; 32];
        padded[..part.len()].copy_from_slice(part);
        Hash(padded).to_string()[..part.len() / 3 * 4].to_owned()
    };
    of(hash) + &of(last)
}

fn any_value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![any::<bool>().prop_map(Value::Flag), any::<String>().prop_map(Value::Text)];
    plain.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[ -~]{0,6}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn a_leaf_is_spelled_as_rfc_8785_has_it(
        body in prop::collection::btree_map("[ -~]{0,8}", any_value(), 0..6),
        request in prop::option::of(any::<String>()),
        index in any::<u64>(),
    ) {
        let leaf = Leaf { body, req: request, idx: index, ..common::leaf(1) };
        let line = leaf.to_line().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        prop_assert_eq!(&line, &serde_json_canonicalizer::to_vec(&value).unwrap());
        prop_assert_eq!(Leaf::parse(&line).unwrap(), leaf);
        prop_assert!(line.iter().all(|byte| b' ' <= *byte));
    }

    #[test]
    fn a_proof_of_something_else_does_not_hold(
        size in 1..400_u64, at in any::<u64>(), bit in any::<usize>(), longer in any::<bool>(),
    ) {
        let store = Store::of((0..size).map(leaf));
        let root = tree::root(size, |place| store.at(place)).unwrap();
        let n = at % size;
        let path = tree::inclusion(n, size, |place| store.at(place)).unwrap();
        let hash = leaf_hash(&leaf(n));
        prop_assert_eq!(check_inclusion(&path, n, hash, size, root), Ok(()));
        let mut bad = path.clone();
        if bad.is_empty() || longer {
            bad.push(hash);
            prop_assert_eq!(check_inclusion(&bad, n, hash, size, root), Err(Wrong::Length));
        } else {
            let byte = bit % (bad.len() * 32);
            bad[byte / 32].0[byte % 32] ^= 1;
            prop_assert_eq!(check_inclusion(&bad, n, hash, size, root), Err(Wrong::Root));
            prop_assert_eq!(check_inclusion(&path[1..], n, hash, size, root).is_err(), true);
        }
        prop_assert!(check_inclusion(&path, (n + 1) % (size + 1), hash, size, root).is_err());

        let old = 1 + at % size;
        let old_root = tree::root(old, |place| store.at(place)).unwrap();
        let path = tree::consistency(old, size, |place| store.at(place)).unwrap();
        prop_assert_eq!(check_consistency(&path, old, old_root, size, root), Ok(()));
        prop_assert!(check_consistency(&path, old, hash, size, root).is_err() || old == 1 && n == 0);
        let longer = [&path[..], &[hash]].concat();
        prop_assert!(check_consistency(&longer, old, old_root, size, root).is_err());
    }
}
