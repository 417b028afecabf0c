//! The earlier command that is most like one, and in what they differ.
//!
//! Who has just said yes to nearly this reads the next one less carefully, so
//! what is new in it is told by itself. It stands beside the command itself, so no
//! more and no less of it is covered than there.

use super::ops::Similar;
use super::subject::Facts;
use crate::text::visible;

/// What differs in more is another command.
const MOST: usize = 4;
/// Commands with more arguments are not compared: whoever asks decides how much work it would be.
const LONGEST: usize = 64;

/// Among commands of the past, the last first, the one for the same program that differs least. This one itself
/// is among them; where it was asked for before, that is told elsewhere, and nothing of this.
pub(super) fn most_like<'a>(this: &Facts, past: impl Iterator<Item = &'a Facts>) -> Option<Similar> {
    let is_short = |facts: &Facts| facts.arguments().count() <= LONGEST;
    if !is_short(this) {
        return None;
    }
    let same_program = past.filter(|that| that.is_for_program_of(this) && is_short(that));
    let compared = same_program.map(|that| (that, Difference::between(this, that)));
    let (same, other): (Vec<_>, Vec<_>) = compared.partition(|(_, difference)| difference.size() == 0);
    if 1 < same.len() {
        return None;
    }
    let like = other.into_iter().filter(|(_, it)| it.size() <= MOST && it.size() <= it.shared + 2);
    let (that, found) = like.min_by_key(|(_, difference)| difference.size())?;
    let chosen = |of: &Facts, places: &[usize]| {
        of.words().enumerate().filter(|(place, _)| places.contains(place)).map(|(_, word)| word).collect()
    };
    Some(Similar {
        without: chosen(this, &found.new),
        with: chosen(that, &found.gone),
        cwd: found.elsewhere.then(|| visible(&that.cwd().to_string_lossy())),
    })
}

/// Which arguments only one of two commands has; in which order they stand does not count.
struct Difference {
    /// The places of those that only the first has.
    new: Vec<usize>,
    /// And of those that only the second has.
    gone: Vec<usize>,
    elsewhere: bool,
    /// How many both have.
    shared: usize,
}

impl Difference {
    fn between(this: &Facts, that: &Facts) -> Difference {
        let mut gone: Vec<(usize, &[u8])> = that.arguments().enumerate().collect();
        let (mut new, mut shared) = (Vec::new(), 0);
        for (place, argument) in this.arguments().enumerate() {
            match gone.iter().position(|(_, other)| *other == argument) {
                Some(found) => {
                    gone.remove(found);
                    shared += 1;
                }
                None => new.push(place),
            }
        }
        let gone = gone.into_iter().map(|(place, _)| place).collect();
        Difference { new, gone, elsewhere: this.cwd() != that.cwd(), shared }
    }

    fn size(&self) -> usize {
        self.new.len() + self.gone.len() + usize::from(self.elsewhere)
    }
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
    fn what_is_too_long_is_not_compared() {
        let (long, longer) = (vec!["x"; LONGEST], vec!["x"; LONGEST + 1]);
        check(&long, &[("/usr/bin/git", &long[1..], HOME)], Some((&["x"], &[], None)));
        check(&long, &[("/usr/bin/git", &longer, HOME)], None);
        check(&longer, &[("/usr/bin/git", &long, HOME)], None);
    }

    #[test]
    fn c24_it_covers_what_the_command_covers_and_has_no_hidden_characters() {
        let past = ("/usr/bin/git", &["x", "--token=a1b2c3d4e5"] as &[&str], HOME);
        check(&["x", "d\u{1b}f"], &[past], Some((&["$'d\\u{1b}f'"], &["--token=•••"], None)));
        check(&["x\u{202e}"], &[("/usr/bin/git", &["x"], HOME)], Some((&["$'x\\u{202e}'"], &["x"], None)));
    }
}
