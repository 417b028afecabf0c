//! Whether "always" is offered for a command, and why not.
//!
//! Whoever shows a request, whoever takes a yes to it and `policy.test` ask the same here, so that nobody is told of
//! an offer that is not made.

use super::decide::{Decision, Policy};
use super::matcher::Matcher;
use super::subject::Subject;

impl Policy {
    /// As [`Policy::decide`], for who offers a yes for longer or takes one. What of a command nobody has seen,
    /// because it `is_covered`, and what no grant can be about is in no yes for good.
    pub fn offer(&self, subject: &Subject<'_>, is_covered: bool) -> Decision {
        self.decide(subject).offered(subject, is_covered)
    }
}

impl Decision {
    /// The same of what was decided already.
    pub fn offered(mut self, subject: &Subject<'_>, is_covered: bool) -> Decision {
        let besides = || besides(subject, is_covered).map(str::to_owned);
        self.no_always = self.no_always.or_else(besides);
        self.offers_always = self.no_always.is_none();
        self
    }
}

fn besides(subject: &Subject<'_>, is_covered: bool) -> Option<&'static str> {
    match () {
        () if is_covered => Some("something of it looks like a secret and is covered where it is shown"),
        () if Matcher::exactly(subject).is_none() => {
            Some("no grant can be about its arguments or its directory")
        }
        () => None,
    }
}
