//! The earlier command that is most like one, and in what they differ.
//!
//! Who has just said yes to nearly this reads the next one less carefully, so
//! what is new in it is told by itself. Nobody decides by it, and what looks like
//! a secret is left out, as in every line about a command.

use std::collections::HashMap;

use super::ops::Similar;
use super::subject::Facts;
use crate::kernel::text::visible;

/// What differs in more is another command.
const MOST: usize = 4;

/// Among commands of the past, the last first, the one for the same program that differs least. This one itself
/// is among them; where it was asked for before, that is told elsewhere, and nothing of this.
pub(super) fn most_like<'a>(this: &Facts, past: impl Iterator<Item = &'a Facts>) -> Option<Similar> {
    let same_program = past.filter(|that| that.is_for_program_of(this));
    let compared = same_program.map(|that| (that, difference(this, that)));
    let (same, other): (Vec<_>, Vec<_>) = compared.partition(|(_, difference)| difference.size() == 0);
    if 1 < same.len() {
        return None;
    }
    let like = other.into_iter().filter(|(_, it)| it.size() <= MOST && it.size() <= it.shared + 2);
    let (that, found) = like.min_by_key(|(_, difference)| difference.size())?;
    Some(Similar {
        without: found.new,
        with: found.gone,
        cwd: found.elsewhere.then(|| visible(&that.cwd().to_string_lossy())),
    })
}

struct Difference {
    new: Vec<String>,
    gone: Vec<String>,
    elsewhere: bool,
    /// How many arguments both have.
    shared: usize,
}

impl Difference {
    fn size(&self) -> usize {
        self.new.len() + self.gone.len() + usize::from(self.elsewhere)
    }
}

/// Which arguments only one of them has; in which order they stand does not count.
fn difference(this: &Facts, that: &Facts) -> Difference {
    let mut left: HashMap<&[u8], usize> = HashMap::new();
    for (argument, _) in that.arguments() {
        *left.entry(argument).or_default() += 1;
    }
    let mut take = |argument: &[u8]| match left.get_mut(argument) {
        Some(count) if 0 < *count => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let (mut new, mut shared) = (Vec::new(), 0);
    for (argument, shown) in this.arguments() {
        match take(argument) {
            true => shared += 1,
            false => new.push(shown),
        }
    }
    let gone = that.arguments().filter(|(argument, _)| take(argument)).map(|(_, shown)| shown).collect();
    Difference { new, gone, elsewhere: this.cwd() != that.cwd(), shared }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "/home/ada/shop";

    fn facts((program, arguments, cwd): (&str, &[&str], &str)) -> Facts {
        Facts::told(program, arguments, cwd)
    }

    #[track_caller]
    fn check(
        this: &[&str],
        past: &[(&str, &[&str], &str)],
        expected: Option<(&[&str], &[&str], Option<&str>)>,
    ) {
        let past: Vec<Facts> = past.iter().copied().map(facts).collect();
        let found = most_like(&facts(("/usr/bin/git", this, HOME)), past.iter());
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let expected = expected.map(|(without, with, cwd)| Similar {
            without: owned(without),
            with: owned(with),
            cwd: cwd.map(str::to_owned),
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_new_is_told_and_what_is_gone() {
        let push: (&str, &[&str], &str) = ("/usr/bin/git", &["push", "origin", "main"], HOME);
        check(&["push", "origin", "main", "--force"], &[push], Some((&["--force"], &[], None)));
        check(&["push", "origin"], &[push], Some((&[], &["main"], None)));
        check(&["push", "origin", "next"], &[push], Some((&["next"], &["main"], None)));
        check(&["push", "origin", "main", "main"], &[push], Some((&["main"], &[], None)));
        let elsewhere = ("/usr/bin/git", push.1, "/srv\u{202e}x");
        check(push.1, &[elsewhere], Some((&[], &[], Some("/srv\\u{202e}x"))));
    }

    #[test]
    fn the_same_and_what_is_something_else_are_not_like_it() {
        let push: &[&str] = &["push", "origin", "main"];
        check(push, &[("/usr/bin/git", push, HOME), ("/usr/bin/rm", &["push", "origin"], HOME)], None);
        check(push, &[("/usr/bin/git", &["log", "-p", "-3"], HOME)], None);
        check(push, &[], None);
        let here = ("/usr/bin/git", push, HOME);
        check(push, &[here, ("/usr/bin/git", &["push"], HOME), here], None);
    }

    #[test]
    fn the_least_difference_is_told_and_of_those_the_last() {
        let near = ("/usr/bin/git", &["fetch", "a"] as &[&str], HOME);
        let later = ("/usr/bin/git", &["fetch", "b"] as &[&str], HOME);
        let far = ("/usr/bin/git", &["fetch", "--all", "-v"] as &[&str], HOME);
        check(&["fetch", "c"], &[far, later, near], Some((&["c"], &["b"], None)));
    }

    #[test]
    fn secrets_and_hidden_characters_are_not_in_it() {
        let past = ("/usr/bin/git", &["x", "--token", "abc"] as &[&str], HOME);
        check(&["x", "--token", "d\u{1b}f"], &[past], Some((&["•••"], &["•••"], None)));
        check(&["x\u{202e}"], &[("/usr/bin/git", &["x"], HOME)], Some((&["'x\\u{202e}'"], &["x"], None)));
    }
}
