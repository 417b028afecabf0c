//! Reading the record: leaves, proofs, and whether it is whole.

use std::collections::VecDeque;

use hob_verify::checkpoint::Checkpoint;
use hob_verify::leaf::Leaf;
use hob_verify::note::Note;
use hob_verify::proof::Proof;
use hob_verify::record::{self, Finding, Options, Report, Verdict};
use hob_verify::tree;

use super::rows::{self, Head, Row};
use super::{Error, Handle, store};

/// Leaves that are read at once, in number and bytes.
const BATCH: (usize, usize) = (256, 1 << 20);

/// What to look for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) text: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) request: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) before: Option<u64>,
    pub(super) limit: usize,
}

impl Handle {
    /// How many leaves there are.
    pub(super) async fn size(&self) -> Result<u64, Error> {
        Ok(self.db().read(store::size).await?)
    }

    /// A batch of leaves from `from` on; empty at the end.
    pub(super) async fn batch(&self, from: u64) -> Result<Vec<Row>, Error> {
        let head = Head(self.0.head());
        let read = self.db().read(move |connection| {
            let lines = store::leaves(connection, from, BATCH.0, BATCH.1)?;
            (from..).zip(lines).map(|(index, line)| head.row(connection, index, line)).collect()
        });
        Ok(self.judged(read.await?))
    }

    /// One leaf.
    pub(super) async fn leaf(&self, index: u64) -> Result<Row, Error> {
        let head = Head(self.0.head());
        let found = self.db().read(move |connection| {
            let (line, size) = (store::leaf(connection, index)?, store::size(connection)?);
            let row = line.map(|line| head.row(connection, index, line));
            Ok((row.transpose()?, size))
        });
        let (row, size) = found.await?;
        let row = row.ok_or(Error::NoLeaf { index, size })?;
        Ok(self.judged(vec![row]).remove(0))
    }

    /// A record with a row that was altered is not continued.
    fn judged(&self, rows: Vec<Row>) -> Vec<Row> {
        if let Some(row) = rows.iter().find(|row| row.is_altered) {
            // It is told with each row, too.
            drop(self.0.unsound(rows::altered(row.index)));
        }
        rows
    }

    /// The newest leaves of a kind, the newest last.
    pub(super) async fn search(&self, wanted: Wanted) -> Result<Vec<Row>, Error> {
        let head = Head(self.0.head());
        let found = self.db().read(move |connection| {
            // The text of a leaf is searched first, which is cheap; what it means, only where it fits.
            let mut statement = connection.prepare_cached(
                "SELECT leaf, idx FROM audit_leaves
                 WHERE idx < ?1 AND instr(leaf, ?2) AND instr(leaf, ?3) AND instr(leaf, ?4) AND instr(leaf, ?5)
                 ORDER BY idx DESC",
            )?;
            let quoted = |of: &Option<String>| {
                of.as_ref().map(|it| serde_json::to_vec(it).expect("a text is JSON")).unwrap_or_default()
            };
            // It may go on with the number of an enrolment.
            let mut actor = quoted(&wanted.actor);
            actor.pop();
            let text = wanted.text.clone().unwrap_or_default();
            let text = serde_json::to_string(&text).expect("a text is JSON");
            let before = store::place(wanted.before.unwrap_or(u64::MAX));
            let mut rows = statement.query((
                before,
                text.trim_matches('"').as_bytes(),
                quoted(&wanted.kind),
                quoted(&wanted.request),
                actor,
            ))?;
            let mut found = VecDeque::new();
            while found.len() < wanted.limit {
                let Some(row) = rows.next()? else { break };
                let line: Vec<u8> = row.get(0)?;
                if wanted.fits(&line) {
                    let index = row.get::<_, i64>(1)?.cast_unsigned();
                    found.push_front(head.row(connection, index, line)?);
                }
            }
            Ok(found.into())
        });
        Ok(self.judged(found.await?))
    }

    /// The proof that a leaf is under a signed head, and its line. Where none speaks for it yet, one is signed.
    pub(super) async fn prove(&self, index: u64) -> Result<(String, Vec<u8>), Error> {
        if let Some(proved) = self.prove_by_last(index).await? {
            return Ok(proved);
        }
        // That there is no such leaf is known before anything is signed.
        self.leaf(index).await?;
        self.checkpoint().await?;
        let proved = self.prove_by_last(index).await?;
        proved.ok_or_else(|| Error::Unsound("its signed head does not speak for it".to_owned()))
    }

    async fn prove_by_last(&self, index: u64) -> Result<Option<(String, Vec<u8>)>, Error> {
        let proved = self.db().read(move |connection| {
            let Some(checkpoint) = store::last_checkpoint(connection)? else { return Ok(None) };
            let head = Note::parse(checkpoint.as_bytes()).and_then(|note| Checkpoint::parse(&note.text));
            let Some(size) = head.ok().map(|head| head.size).filter(|size| index < *size) else {
                return Ok(None);
            };
            let Some(line) = store::leaf(connection, index)? else { return Ok(None) };
            let path = tree::inclusion(index, size, |place| store::hash(connection, place))?;
            Ok(Some((Proof { index, path, checkpoint }.to_text(), line)))
        });
        Ok(proved.await?)
    }

    /// Checks the whole record, as `hob-verify` would, and that its mirror is no other than the database.
    ///
    /// A record that is unsound already is checked all the same, to say what is wrong with it.
    pub(super) async fn verify(&self) -> Result<Report, Error> {
        let checkpoint = match self.checkpoint().await {
            Err(why @ Error::Unsound(_)) => {
                let last = self.db().read(store::last_checkpoint).await;
                last.map_err(|_| why)?.unwrap_or_default()
            }
            checkpoint => checkpoint?,
        };
        let inner = &self.0;
        let (directory, key) = (inner.directory.clone(), inner.verifier.clone());
        let verifying = tokio::task::spawn_blocking(move || {
            let options = Options { key: Some(key), since: Some(checkpoint.into_bytes()) };
            record::verify(&directory, &options)
        });
        let mut report = verifying.await.map_err(|_| Error::Closed)?;
        if let Some(what) = rows::check_all(self.db(), &inner.directory, report.leaves, report.root).await? {
            report.findings.push(Finding { verdict: Verdict::Altered, index: what.1, what: what.0.clone() });
            drop(inner.unsound(what.0));
        }
        if let Some(why) = inner.unsound.get()
            && report.findings.is_empty()
        {
            report.findings.push(Finding { verdict: Verdict::Altered, index: None, what: why.clone() });
        }
        Ok(report)
    }
}

/// Which request a leaf is about. Those of grants once said it in their body alone.
pub(super) fn about(leaf: &Leaf) -> Option<&str> {
    leaf.req.as_deref().or_else(|| leaf.text("request").filter(|_| leaf.kind.starts_with("grant.")))
}

/// Whether an actor is this one, or a later enrolment of a client of this name: `claude~2`.
fn is_of(actor: &str, name: &str) -> bool {
    actor.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('~'))
}

impl Wanted {
    fn fits(&self, line: &[u8]) -> bool {
        let Ok(leaf) = Leaf::parse(line) else { return false };
        self.kind.as_ref().is_none_or(|kind| *kind == leaf.kind)
            && self.request.as_deref().is_none_or(|request| about(&leaf) == Some(request))
            && self.actor.as_ref().is_none_or(|actor| is_of(&leaf.actor.id, actor))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_leaf_of_a_grant_is_about_its_request_as_it_was_written_before_and_is_now() {
        let leaf = |kind: &str, req: Option<&str>, request: Option<&str>| -> Leaf {
            let mut leaf = json!({
                "actor": { "id": "daemon", "kind": "daemon", "surface": "daemon" }, "body": {}, "boot": "b",
                "idx": "7", "log": "l", "mono": "1", "t": "2026-11-21T01:23:45.123456Z", "type": kind, "v": "1",
            });
            request.into_iter().for_each(|id| leaf["body"]["request"] = json!(id));
            req.into_iter().for_each(|id| leaf["req"] = json!(id));
            serde_json::from_value(leaf).unwrap()
        };
        for (kind, req, request, expected) in [
            ("grant.created", None, Some("r"), Some("r")),
            ("grant.used", Some("r"), Some("r"), Some("r")),
            ("grant.revoked", None, None, None),
            ("call.refused", None, Some("r"), None),
        ] {
            let leaf = leaf(kind, req, request);
            assert_eq!(about(&leaf), expected, "{kind}");
            let wanted = Wanted { request: Some("r".to_owned()), ..Wanted::default() };
            assert_eq!(wanted.fits(&leaf.to_line().unwrap()), expected.is_some(), "{kind}");
        }
    }
}
