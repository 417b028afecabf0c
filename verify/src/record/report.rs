//! What was found, as a verdict for scripts and as lines for people.

use std::fmt;

use crate::history::{Examples, Gap, History, Open};
use crate::tree::{EMPTY, Hash};

/// What a record amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is whole, as far as it is signed.
    Whole,
    /// Leaves are not those that were signed: changed, removed, put in another order.
    Altered,
    /// It does not continue what is known of it: rolled back, or one of two records.
    Forked,
    /// Key and signature do not belong together, or to the record.
    Key,
    /// Signed, and yet not possible by the daemon's own rules.
    Illegal,
    /// It cannot be read.
    Malformed,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it amounts to.
    pub verdict: Verdict,
    /// The first leaf that is wrong by it.
    pub index: Option<u64>,
    /// What it is.
    pub what: String,
}

/// All that was found.
#[derive(Debug)]
pub struct Report {
    /// Which log it is.
    pub log: Option<String>,
    /// How many leaves there are.
    pub leaves: u64,
    /// The root over them, whether signed or not.
    pub root: Hash,
    /// How many of them a good signature speaks for.
    pub signed: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Where the clocks jumped, or the machine or the daemon died. None of it is wrong in itself.
    pub gaps: Examples<Gap>,
    /// Asks that ended without an answer, by the leaf of their end.
    pub unanswered: Examples<u64>,
    /// Requests that have not ended.
    pub open: Examples<Open>,
}

impl Verdict {
    /// The exit status that says so.
    pub fn exit(self) -> u8 {
        match self {
            Verdict::Whole => 0,
            Verdict::Altered => 2,
            Verdict::Forked => 3,
            Verdict::Key => 4,
            Verdict::Illegal => 5,
            Verdict::Malformed => 6,
        }
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Whole => "ok",
            Verdict::Altered => "ALTERED",
            Verdict::Forked => "ROLLED BACK OR FORKED",
            Verdict::Key => "KEY OR SIGNATURE WRONG",
            Verdict::Illegal => "ILLEGAL HISTORY",
            Verdict::Malformed => "MALFORMED",
        }
    }
}

impl Report {
    /// The weightiest of what was found: without the key nothing counts, and what was signed
    /// outweighs what a leaf says.
    pub fn verdict(&self) -> Verdict {
        const WEIGHTS: [Verdict; 5] =
            [Verdict::Key, Verdict::Altered, Verdict::Forked, Verdict::Malformed, Verdict::Illegal];
        let found = |verdict: &Verdict| self.findings.iter().any(|finding| finding.verdict == *verdict);
        WEIGHTS.into_iter().find(found).unwrap_or(Verdict::Whole)
    }

    /// The verdict in a few words, and of which leaves it says nothing.
    pub fn words(&self) -> String {
        let (words, left) = (self.verdict().words(), self.leaves.saturating_sub(self.signed));
        match (self.verdict(), self.signed.checked_sub(1), left) {
            (Verdict::Whole, Some(last), 1) => {
                format!("{words} up to leaf {last}; 1 leaf after it is not signed")
            }
            (Verdict::Whole, Some(last), 2..) => {
                format!("{words} up to leaf {last}; {left} leaves after it are not signed")
            }
            _ => words.to_owned(),
        }
    }

    /// The first leaf that is wrong, by the weightiest finding that names one.
    pub fn first_bad(&self) -> Option<u64> {
        let verdict = self.verdict();
        let of = |it: &&Finding| it.verdict == verdict;
        let named = self.findings.iter().filter(of).filter_map(|finding| finding.index).min();
        named.or_else(|| self.findings.iter().filter_map(|finding| finding.index).min())
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn tell(&mut self, history: &History) {
        self.gaps = history.gaps().clone();
        self.unanswered = history.unanswered().clone();
        self.open = history.open();
    }
}

impl Default for Report {
    fn default() -> Report {
        Report {
            log: None,
            leaves: 0,
            root: EMPTY,
            signed: 0,
            findings: Vec::new(),
            gaps: Examples::default(),
            unanswered: Examples::default(),
            open: Examples::default(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "log         {}", self.log.as_deref().unwrap_or("unknown"))?;
        writeln!(out, "size        {} leaves, {} of them signed", self.leaves, self.signed)?;
        writeln!(out, "root        {}", self.root)?;
        for gap in &self.gaps.first {
            writeln!(out, "gap         before leaf {}: {}", gap.index, gap.what)?;
        }
        more(out, &self.gaps)?;
        for index in &self.unanswered.first {
            writeln!(out, "unanswered  nobody had answered by leaf {index}")?;
        }
        more(out, &self.unanswered)?;
        for Open { request, received, stands } in &self.open.first {
            // An identifier that somebody else chose may hold anything.
            writeln!(out, "open        {} of leaf {received} {stands}", request.escape_debug())?;
        }
        more(out, &self.open)?;
        for finding in &self.findings {
            let place = finding.index.map(|index| format!(" at leaf {index}")).unwrap_or_default();
            writeln!(out, "found       {}{place}: {}", finding.verdict.words(), finding.what.escape_debug())?;
        }
        if let Some(index) = self.first_bad() {
            writeln!(out, "first bad   leaf {index}")?;
        }
        write!(out, "verdict     {}", self.words())
    }
}

fn more<T>(out: &mut fmt::Formatter<'_>, of: &Examples<T>) -> fmt::Result {
    match of.count - of.first.len() as u64 {
        0 => Ok(()),
        left => writeln!(out, "            and {left} more"),
    }
}
