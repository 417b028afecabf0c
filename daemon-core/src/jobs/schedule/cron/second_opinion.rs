//! What croner says about the same expressions.
//!
//! It is asked where it means what cron(8) means. It does not, and is not asked:
//! where there are several fixed times a day, which it takes for an interval, so
//! that "0,30 2 * * *" is skipped in a gap and comes twice in an overlap; where
//! `*/2` stands in one of two restricted fields of days; in gaps of more than two
//! hours, where it gives up; and after the year 5000.

use std::str::FromStr;

use croner::errors::CronError;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use proptest::prelude::*;

use super::Cron;
use crate::jobs::schedule::reference::{Day, Expression, Part, Which, ZONES, days, part};

fn single(high: u8) -> impl Strategy<Value = Part> {
    (0..=high).prop_map(|value| Part::List(vec![(value, value, 1)]))
}

/// Either one time of day, or an interval.
fn expression() -> impl Strategy<Value = Expression> {
    let once = (single(59), prop_oneof![single(23), single(3)]);
    let interval = (part(0, 59), (1_u8..=6).prop_map(Part::Star));
    let times = prop_oneof![
        once.prop_map(|(minute, hour)| (minute, hour)),
        interval.prop_map(|(minute, hour)| (minute, hour))
    ];
    (times, days()).prop_map(|((minute, hour), (day, month, weekday, both))| Expression {
        second: None,
        minute,
        hour,
        day,
        month,
        weekday,
        both,
    })
}

fn means_the_same(expression: &Expression) -> bool {
    let steps = |part: &Part| matches!(part, Part::Star(step) if *step != 1);
    let day = matches!(&expression.day, Day::Plain(part) if steps(part));
    let weekday = matches!(&expression.weekday, Which::Plain(part) if steps(part));
    !day && !weekday
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn croner_agrees_where_it_means_the_same(
        expression in expression(), zone in 0..ZONES.len(), start in 1_400_000_000_i64..2_000_000_000,
    ) {
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        prop_assume!(means_the_same(&expression));
        let Ok(cron) = expression.to_string().parse::<Cron>() else { return Ok(()) };
        let other = croner::Cron::from_str(&expression.to_string()).unwrap();
        let mut now = Zoned::new(Timestamp::from_second(start).unwrap(), zone.clone());
        for _ in 0..300 {
            let next = match other.find_next_occurrence(&now, false) {
                Ok(next) => next,
                // It looks ahead for some years only, and a 29 February on one weekday may be further.
                Err(CronError::TimeSearchLimitExceeded) => break,
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            prop_assert_eq!(cron.next(now.timestamp(), &zone), Some(next.timestamp()), "{}", cron);
            now = next;
        }
    }
}
