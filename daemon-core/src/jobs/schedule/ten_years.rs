//! Expressions beside the reference: for every minute of ten years in several
//! zones, and for random ones around the changes of their clocks.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::Cron;
use super::reference::{Day, Expression, Part, Walk, Which, ZONES, days, dues, local, part};

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn simple(minute: Part, hour: Part) -> Expression {
    let every = || Part::Star(1);
    Expression {
        second: None,
        minute,
        hour,
        day: Day::Plain(every()),
        month: every(),
        weekday: Which::Plain(every()),
        both: false,
    }
}

fn values(values: &[u8]) -> Part {
    Part::List(values.iter().map(|value| (*value, *value, 1)).collect())
}

/// Intervals, times that fall into gaps and overlaps, and days of every kind.
fn expressions() -> Vec<Expression> {
    let night = || simple(values(&[10, 45]), values(&[0, 1, 2]));
    vec![
        simple(Part::Star(30), Part::Star(1)),
        simple(values(&[15]), Part::Star(1)),
        simple(Part::Star(20), values(&[2])),
        simple(values(&[0]), values(&[0])),
        simple(values(&[30]), values(&[2])),
        night(),
        Expression { weekday: Which::Plain(values(&[0])), ..night() },
        Expression { day: Day::LastWorkday, ..night() },
        Expression { day: Day::Nearest(1), weekday: Which::Last(0), ..night() },
        Expression { day: Day::Plain(values(&[29])), month: values(&[2]), ..night() },
        Expression {
            weekday: Which::Nth(7, 2),
            month: values(&[3, 10, 11]),
            ..simple(values(&[0]), values(&[2, 3]))
        },
    ]
}

/// Lives through ten years from the beginning of `year`, minute by minute.
fn check(zone: &str, year: i16) {
    let zone = TimeZone::get(zone).unwrap();
    let second = |year| zone.to_timestamp(Date::constant(year, 1, 1).at(12, 0, 0, 0)).unwrap().as_second();
    let (start, end) = (second(year), second(year + 10));
    let expressions = expressions();
    let mut judged: Vec<(Cron, Walk<'_>, Option<Timestamp>, u32)> = expressions
        .iter()
        .map(|expression| {
            let cron: Cron = expression.to_string().parse().unwrap();
            let next = cron.next(instant(start), &zone);
            (cron, Walk::new(expression, 60, local(start, &zone)), next, 0)
        })
        .collect();
    let mut now = start;
    while now < end {
        now += 60;
        let local = local(now, &zone);
        for (cron, walk, next, count) in &mut judged {
            if walk.is_due(local) {
                assert_eq!(*next, Some(instant(now)), "{cron}");
                *next = cron.next(instant(now), &zone);
                *count += 1;
            }
        }
    }
    for (cron, _, next, count) in judged {
        assert!(next.is_some_and(|next| instant(end) < next), "{cron}: {next:?} is no due time");
        assert!(2 <= count, "{cron} was due {count} times");
    }
}

#[test]
fn ten_years_in_madrid() {
    check("Europe/Madrid", 2020);
}

#[test]
fn ten_years_in_new_york() {
    check("America/New_York", 2035);
}

#[test]
fn ten_years_on_an_island_with_half_an_hour_of_summer() {
    check("Australia/Lord_Howe", 2020);
}

#[test]
fn ten_years_in_sao_paulo_whose_gaps_are_at_midnight_until_they_end() {
    check("America/Sao_Paulo", 2011);
}

#[test]
fn ten_years_in_kathmandu_without_any_change() {
    check("Asia/Kathmandu", 2020);
}

#[test]
fn ten_years_in_apia_with_one_day_less() {
    check("Pacific/Apia", 2006);
}

#[test]
fn ten_years_in_casablanca_with_a_month_of_winter_in_ramadan() {
    check("Africa/Casablanca", 2016);
}

fn expression() -> impl Strategy<Value = Expression> {
    let second = || prop_oneof![part(0, 59), Just(values(&[0, 59])), Just(values(&[30]))];
    // Most clocks change at night, and on a day that few expressions name.
    let hour = prop_oneof![part(0, 23), part(0, 4)];
    let every_day = (Day::Plain(Part::Star(1)), Part::Star(1), Which::Plain(Part::Star(1)), false);
    let days = prop_oneof![2 => Just(every_day), 1 => days()];
    (proptest::option::of(second()), second(), hour, days).prop_map(
        |(second, minute, hour, (day, month, weekday, both))| Expression {
            second,
            minute,
            hour,
            day,
            month,
            weekday,
            both,
        },
    )
}

/// In milliseconds from the change; often close to it.
fn asked() -> impl Strategy<Value = i64> {
    prop_oneof![-10_800_000_i64..18_000_000, -2000_i64..2000]
}

/// A change of the clock between 1995 and 2060, if there is one after the given second.
fn change(zone: &TimeZone, after: i64) -> i64 {
    zone.following(instant(after)).next().map_or(after, |transition| transition.timestamp().as_second())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_second_around_a_change_is_judged_right(
        expression in expression(),
        zone in 0..ZONES.len(),
        near in 800_000_000_i64..2_850_000_000,
        asked in asked(),
    ) {
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        let Ok(cron) = expression.to_string().parse::<Cron>() else { return Ok(()) };
        let change = change(&zone, near);
        let (from, to) = (change - 3 * 3600, change + 5 * 3600);
        let dues = dues(&expression, &zone, from, to, 1);
        // From one due time to the next ...
        let mut now = instant(from);
        for due in &dues {
            now = cron.next(now, &zone).unwrap();
            prop_assert_eq!(now, instant(*due), "{}", cron);
        }
        prop_assert!(cron.next(now, &zone).is_none_or(|next| instant(to) < next), "{}", cron);
        // ... and from anywhere.
        let after = Timestamp::from_millisecond(change * 1000 + asked).unwrap();
        let expected = dues.iter().map(|due| instant(*due)).find(|due| after < *due);
        prop_assert_eq!(cron.next(after, &zone).filter(|next| *next <= instant(to)), expected, "{}", cron);
    }

    #[test]
    fn every_day_of_thirty_years_is_judged_right((day, month, weekday, both) in days(), year in 1900_i16..2100) {
        let expression = Expression { day, month, weekday, both, ..simple(values(&[0]), values(&[0])) };
        let mut date = Date::new(year, 1, 1).unwrap();
        let last = Date::new(year + 30, 1, 1).unwrap();
        let mut dates = Vec::new();
        while date < last {
            date = date.tomorrow().unwrap();
            dates.extend(expression.matches_date(date).then_some(date));
        }
        let Ok(cron) = expression.to_string().parse::<Cron>() else {
            prop_assert!(dates.is_empty(), "{} happens on {:?}", expression, dates.first());
            return Ok(());
        };
        let mut now = TimeZone::UTC.to_timestamp(Date::new(year, 1, 1).unwrap().at(0, 0, 0, 0)).unwrap();
        for date in dates {
            now = cron.next(now, &TimeZone::UTC).unwrap();
            prop_assert_eq!(now, TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap(), "{}", cron);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[@0-9A-Za-z*/,#?+ -]{0,40}|.*", second in any::<i32>()) {
        if let Ok(cron) = text.parse::<Cron>() {
            let now = instant(second.into());
            prop_assert!(cron.next(now, &TimeZone::UTC).is_none_or(|next| now < next));
        }
    }
}
