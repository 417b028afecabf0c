//! What is shown to people who decide.
//!
//! Everything about what would be run comes from the plan, and nothing from
//! what was said about it. That it was shown is recorded once for each surface,
//! so that the record tells "nobody saw it" from "nobody answered".

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::grants::Grant;
use super::ops::{Past, Shown, Suggested};
use super::policy::{Suggestion, project_of, suggest};
use super::request::Request;
use super::request::life::Event;
use super::store::{Advanced, Happening};
use super::subject::Facts;
use super::{Error, Handle, similar};
use crate::clients;
use crate::kernel::Caller;

/// Reading is recorded again, and gives time again, after so long.
const AGAIN: Duration = Duration::from_secs(60);
/// Longer lists nobody reads.
const LISTED: usize = 20;

impl Handle {
    /// What waits, the longest first, at most so many, and how many there are.
    pub(super) fn pending(&self, client: Option<&str>, most: usize) -> (Vec<Arc<Request>>, usize) {
        let desk = self.desk();
        match client {
            None => (desk.pending().take(most).collect(), desk.queue.len()),
            Some(name) => {
                let of_client: Vec<_> = desk.pending().filter(|request| request.client == name).collect();
                let count = of_client.len();
                (of_client.into_iter().take(most).collect(), count)
            }
        }
    }

    /// The grants that hold, the oldest first.
    pub(super) fn granted(&self, client: Option<&str>) -> Vec<Grant> {
        let now = self.now();
        let desk = self.desk();
        let held = desk.grants.iter().filter(|grant| !grant.is_over(now));
        let mut grants: Vec<Grant> =
            held.filter(|grant| client.is_none_or(|name| grant.name == name)).cloned().collect();
        grants.sort_by_key(|grant| grant.created);
        grants
    }

    /// Everything about a request that waits.
    pub(super) async fn show(&self, id: &str, caller: &Caller) -> Result<Shown, Error> {
        let found = self.desk().get(id).map(|open| (open.request(), Arc::clone(&open.plan)));
        let Some((request, plan)) = found else { return Err(self.past(id).await?) };
        let request = self.tell_shown(request, caller).await?;
        let judged = self.opinion(Facts::of(&plan), &caller.client.id).await?;
        let facts = judged.facts;
        let opinion = judged.decision.offered(&facts.subject(), self.0.exec.is_covered(&plan));
        let suggestions = match opinion.offers_always {
            true => self.suggestions(&request, &facts).await?,
            false => Vec::new(),
        };
        let past = self.past_of(&request.client_id).await?;
        let numbered = suggestions.into_iter().enumerate().map(|(number, suggestion)| {
            let is_matched = |past: &Facts| suggestion.matcher.matches(&past.subject());
            Suggested {
                number,
                matched: listed(&facts, 1, past.iter().map(AsRef::as_ref).filter(|past| is_matched(past))),
                left: listed(&facts, 0, past.iter().map(AsRef::as_ref).filter(|past| !is_matched(past))),
                text: suggestion.text,
                would_have_allowed: suggestion.would_have_allowed,
            }
        });
        let line = request.party.iter().flat_map(|party| &party.line);
        Ok(Shown {
            asked_by: line.map(|process| process.pid).collect(),
            similar: similar::most_like(&facts, past.iter().map(AsRef::as_ref)),
            view: self.0.exec.view(&plan),
            hints: self.0.exec.hints(&plan),
            effect: opinion.effect,
            by: opinion.by,
            rule_reason: opinion.reason,
            trace: opinion.trace,
            offers_always: opinion.offers_always,
            connected: self.is_connected(&request),
            suggestions: numbered.collect(),
            request: request.shown(),
        })
    }

    /// What a yes could be to besides exactly this.
    pub(super) async fn suggestions(
        &self,
        request: &Request,
        facts: &Facts,
    ) -> Result<Vec<Suggestion>, Error> {
        let past = self.past_of(&request.client_id).await?;
        let past: Vec<_> = past.iter().map(|facts| facts.subject()).collect();
        let mut suggestions = suggest(&facts.subject(), &past, project_of(facts.cwd()));
        // The request itself is the last of the past, and is no news.
        for suggestion in &mut suggestions {
            suggestion.would_have_allowed = suggestion.would_have_allowed.saturating_sub(1);
        }
        Ok(suggestions)
    }

    /// Records that somebody looks at it, which gives him time.
    async fn tell_shown(&self, request: Arc<Request>, caller: &Caller) -> Result<Arc<Request>, Error> {
        let now = self.now();
        let was_just_shown = {
            let mut desk = self.desk();
            let open = desk.get_mut(&request.id);
            open.is_some_and(|open| {
                let last = open.shown.replace(now.uptime);
                last.is_some_and(|last| now.uptime < last + AGAIN)
            })
        };
        if was_just_shown {
            return Ok(request);
        }
        let actor = clients::person(caller);
        let event = Event::Shown { surface: actor.surface, more: self.term() };
        let happening = Happening { event, actor };
        match self.0.store.advance(&request.id, vec![happening], now, |_, _, _| Ok(())).await? {
            Advanced::To(request) => Ok(self.follow(request)),
            // It is looked at all the same, whatever it is by now.
            Advanced::Refused(_, request) => Ok(self.follow(request)),
            Advanced::Gone => Err(Error::NoRequest(request.id.clone())),
        }
    }
}

/// The commands among these that are for the same program, each once; so many of `this` are none of the past.
fn listed<'a>(this: &Facts, itself: usize, past: impl Iterator<Item = &'a Facts>) -> Vec<Past> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    let own = this.display();
    for facts in past.filter(|past| past.is_for_program_of(this)) {
        *times.entry(facts.display()).or_default() += 1;
    }
    if let Some(count) = times.get_mut(own) {
        *count = count.saturating_sub(itself);
    }
    let mut all: Vec<Past> = times
        .into_iter()
        .filter(|(_, times)| 0 < *times)
        .map(|(display, times)| Past { display: display.to_owned(), times })
        .collect();
    all.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.display.cmp(&b.display)));
    all.truncate(LISTED);
    all
}
