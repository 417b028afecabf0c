//! In which order services start and stop.
//!
//! `after` only orders; `requires` orders and pulls the other in. A service
//! starts when what it comes after is ready, and stops before it. A cycle has no
//! order at all, so it is refused, and the refusal prints the cycle.
//!
//! Pure, and about names only: whether a named service exists is checked with
//! the configuration (`spec::check`), whether it is ready is known to the units.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Who comes after whom, and who needs whom; free of cycles.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: BTreeMap<String, Node>,
    order: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    earlier: BTreeSet<String>,
    required: BTreeSet<String>,
}

/// Services that wait for each other in a ring; the first is repeated at the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Cycle(pub Vec<String>);

impl fmt::Display for Cycle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "services wait for each other: {}", self.0.join(" -> "))
    }
}

impl Graph {
    /// Builds the graph from (name, after, requires); names that are not
    /// themselves listed are left out.
    pub fn new<'a>(
        services: impl IntoIterator<Item = (&'a str, &'a [String], &'a [String])>,
    ) -> Result<Graph, Cycle> {
        let listed: Vec<_> = services.into_iter().collect();
        let names: BTreeSet<&str> = listed.iter().map(|(name, ..)| *name).collect();
        let known = |others: &[String]| -> BTreeSet<String> {
            others.iter().filter(|other| names.contains(other.as_str())).cloned().collect()
        };

        let mut nodes = BTreeMap::new();
        for (name, after, requires) in &listed {
            let required = known(requires);
            let mut earlier = known(after);
            earlier.extend(required.iter().cloned());
            nodes.insert((*name).to_owned(), Node { earlier, required });
        }
        let order = sort(&nodes)?;
        Ok(Graph { nodes, order })
    }

    /// All services, each after everything it waits for; among equals by name.
    pub fn start_order(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// All services, each before everything it waits for.
    pub fn stop_order(&self) -> impl Iterator<Item = &str> {
        self.start_order().rev()
    }

    /// What a service waits for before it starts: `after` and `requires`.
    pub fn waits_for(&self, name: &str) -> impl Iterator<Item = &str> {
        self.nodes.get(name).into_iter().flat_map(|node| node.earlier.iter().map(String::as_str))
    }

    /// What a service requires directly.
    pub fn requires(&self, name: &str) -> impl Iterator<Item = &str> {
        self.nodes.get(name).into_iter().flat_map(|node| node.required.iter().map(String::as_str))
    }

    /// Everything that must be started so that `name` can run, `name` last, in
    /// the order of starting.
    pub fn to_start(&self, name: &str) -> Vec<&str> {
        let wanted = self.reach(name, |each| self.requires(each).collect());
        self.start_order().filter(|each| wanted.contains(each)).collect()
    }

    /// Everything that must be stopped when `name` stops, because it requires
    /// it, `name` last, in the order of stopping.
    pub fn to_stop(&self, name: &str) -> Vec<&str> {
        let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (each, node) in &self.nodes {
            for required in &node.required {
                dependents.entry(required).or_default().push(each);
            }
        }
        let gone = self.reach(name, |each| dependents.get(each).cloned().unwrap_or_default());
        self.stop_order().filter(|each| gone.contains(each)).collect()
    }

    fn reach<'a>(&'a self, from: &str, next: impl Fn(&str) -> Vec<&'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> =
            self.nodes.get_key_value(from).map(|(name, _)| name.as_str()).into_iter().collect();
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(next(name));
            }
        }
        seen
    }
}

/// Orders by repeatedly taking the first name that waits for nothing any more.
fn sort(nodes: &BTreeMap<String, Node>) -> Result<Vec<String>, Cycle> {
    let mut open: BTreeMap<&str, usize> =
        nodes.iter().map(|(name, node)| (name.as_str(), node.earlier.len())).collect();
    let mut later: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, node) in nodes {
        for earlier in &node.earlier {
            later.entry(earlier).or_default().push(name);
        }
    }

    let mut free: BTreeSet<&str> =
        open.iter().filter(|(_, left)| **left == 0).map(|(name, _)| *name).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(name) = free.pop_first() {
        open.remove(name);
        order.push(name.to_owned());
        for next in later.get(name).into_iter().flatten() {
            let left = open.get_mut(next).expect("a service is not ordered before what it waits for");
            *left -= 1;
            if *left == 0 {
                free.insert(next);
            }
        }
    }
    match open.keys().next() {
        None => Ok(order),
        Some(stuck) => Err(ring(nodes, &open, stuck)),
    }
}

/// Walks from one stuck service to the next until one comes round again.
fn ring(nodes: &BTreeMap<String, Node>, open: &BTreeMap<&str, usize>, start: &str) -> Cycle {
    let mut path = vec![start.to_owned()];
    loop {
        let here = path.last().expect("the path starts with one name");
        let next = nodes[here]
            .earlier
            .iter()
            .find(|each| open.contains_key(each.as_str()))
            .expect("a stuck service waits for a stuck one");
        if let Some(first) = path.iter().position(|each| each == next) {
            let mut ring = path.split_off(first);
            ring.push(next.clone());
            return Cycle(ring);
        }
        path.push(next.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Written = Vec<(String, Vec<String>, Vec<String>)>;

    fn graph(written: &Written) -> Result<Graph, Cycle> {
        Graph::new(written.iter().map(|(name, after, requires)| (name.as_str(), &after[..], &requires[..])))
    }

    fn written(services: &[(&str, &[&str], &[&str])]) -> Written {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        services
            .iter()
            .map(|(name, after, requires)| ((*name).to_owned(), owned(after), owned(requires)))
            .collect()
    }

    #[test]
    fn starting_pulls_in_what_is_required_but_not_what_only_orders() {
        let graph = graph(&written(&[
            ("cache", &[], &[]),
            ("db", &[], &["disk"]),
            ("disk", &[], &[]),
            ("web", &["cache"], &["db"]),
        ]))
        .unwrap();
        assert_eq!(graph.to_start("web"), ["disk", "db", "web"]);
        assert_eq!(graph.start_order().collect::<Vec<_>>(), ["cache", "disk", "db", "web"]);
        assert_eq!(graph.waits_for("web").collect::<Vec<_>>(), ["cache", "db"]);
    }

    #[test]
    fn stopping_takes_along_who_requires_it_first() {
        let graph = graph(&written(&[
            ("db", &[], &[]),
            ("report", &["db"], &[]),
            ("shop", &[], &["web"]),
            ("web", &[], &["db"]),
        ]))
        .unwrap();
        assert_eq!(graph.to_stop("db"), ["shop", "web", "db"]);
        assert_eq!(graph.to_stop("nobody"), Vec::<&str>::new());
    }

    fn check_cycle(services: &[(&str, &[&str], &[&str])], printed: &str) {
        let cycle = graph(&written(services)).unwrap_err();
        assert_eq!(cycle.to_string(), format!("services wait for each other: {printed}"));
    }

    #[test]
    fn a_cycle_is_printed_without_what_merely_leads_to_it() {
        check_cycle(&[("a", &["a"], &[])], "a -> a");
        check_cycle(&[("a", &["b"], &[]), ("b", &[], &["a"])], "a -> b -> a");
        check_cycle(
            &[("a", &["x"], &[]), ("x", &["y"], &[]), ("y", &["z"], &[]), ("z", &["x"], &[])],
            "x -> y -> z -> x",
        );
    }

    fn any_services() -> impl Strategy<Value = Written> {
        let others = || proptest::collection::vec(0usize..8, 0..3);
        proptest::collection::vec((others(), others()), 1..8).prop_map(|services| {
            let names = |list: Vec<usize>| list.into_iter().map(|other| format!("s{other}")).collect();
            let number = |(index, (after, requires))| (format!("s{index}"), names(after), names(requires));
            services.into_iter().enumerate().map(number).collect()
        })
    }

    proptest! {
        #[test]
        fn an_order_respects_every_edge_or_the_cycle_is_real(services in any_services()) {
            match graph(&services) {
                Ok(graph) => {
                    let order: Vec<&str> = graph.start_order().collect();
                    prop_assert_eq!(order.len(), services.len());
                    let place = |name: &str| order.iter().position(|each| *each == name);
                    for (name, after, requires) in &services {
                        for other in after.iter().chain(requires) {
                            if place(other).is_some() {
                                prop_assert!(place(other) < place(name));
                            }
                        }
                    }
                }
                Err(Cycle(ring)) => {
                    prop_assert!(ring.len() > 1);
                    prop_assert_eq!(ring.first(), ring.last());
                    for pair in ring.windows(2) {
                        let (_, after, requires) = services.iter().find(|each| each.0 == pair[0]).unwrap();
                        prop_assert!(after.contains(&pair[1]) || requires.contains(&pair[1]));
                    }
                }
            }
        }

        #[test]
        fn who_must_start_for_me_is_who_stops_me(services in any_services()) {
            if let Ok(graph) = graph(&services) {
                for one in graph.start_order() {
                    for other in graph.start_order() {
                        prop_assert_eq!(graph.to_start(one).contains(&other), graph.to_stop(other).contains(&one));
                    }
                }
            }
        }
    }
}
