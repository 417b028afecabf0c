//! What is wrong with an expression is said at its place, with what to write.

use super::Cron;

/// `column` is that of the first character that is wrong.
fn check(text: &str, column: usize, what: &str, hint: &str) {
    let error = text.parse::<Cron>().unwrap_err().to_string();
    let expected = format!("cron \"{text}\", character {column}: {what}; {hint}");
    assert_eq!(error, expected);
}

/// Both mean the same.
fn same(text: &str, other: &str) {
    let (cron, same): (Cron, Cron) = (text.parse().unwrap(), other.parse().unwrap());
    assert_eq!(cron.fields, same.fields, "{text} and {other}");
}

#[test]
fn a_value_out_of_its_range_is_shown_where_it_is() {
    check("61 * * * *", 1, "\"61\" is not a minute", "write 0 to 59");
    check("0 24 * * *", 3, "\"24\" is not an hour", "write 0 to 23");
    check("0 0 1,15,32 * *", 10, "\"32\" is not a day", "write 1 to 31");
    check("0 0 1 0 *", 7, "\"0\" is not a month", "write 1 to 12, or JAN to DEC");
    check("0  0 1 * 8", 10, "\"8\" is not a weekday", "write 0 to 7, or SUN to SAT");
    check("60 0 0 * * *", 1, "\"60\" is not a second", "write 0 to 59");
    check("0 0 * * 1-9", 11, "\"9\" is not a weekday", "write 0 to 7, or SUN to SAT");
    check("0 +5 * * *", 3, "\"+5\" is not an hour", "write 0 to 23");
}

#[test]
fn a_name_belongs_into_its_field() {
    check("JAN * * * *", 1, "\"JAN\" is not a minute", "write 0 to 59");
    check("0 0 * MON *", 7, "\"MON\" is not a month", "write 1 to 12, or JAN to DEC");
    check("0 0 * * Monday", 9, "\"Monday\" is not a weekday", "write \"MON\"");
    check("0 0 * * ñ", 9, "\"ñ\" is not a weekday", "write 0 to 7, or SUN to SAT");
}

#[test]
fn what_other_programs_guess_at_is_refused() {
    check("5/15 * * * *", 1, "a step from \"5\" without an end", "write \"5-59/15\"");
    check("/15 * * * *", 1, "a step from \"\" without an end", "write \"*/15\"");
    check("*/0 * * * *", 3, "\"0\" is not a step", "steps of this field are 1 to 59");
    check("0 */24 * * *", 5, "\"24\" is not a step", "steps of this field are 1 to 23");
    check("0 22-6 * * *", 3, "the range \"22-6\" goes backwards", "write it as two: \"22-23,0-6\"");
    check(
        "0 0 * * FRI-MON",
        9,
        "the range \"FRI-MON\" goes backwards",
        "write it as two: \"FRI-SAT,SUN-MON\"",
    );
    let hint = "remove a comma";
    check("0,,5 * * * *", 3, "an empty item in the list of the field \"minute\"", hint);
    check("0 0 1, * *", 7, "an empty item in the list of the field \"day\"", hint);
    check("0 -5 * * *", 3, "there is no hour where one should be", "write 0 to 23");
}

#[test]
fn the_nth_weekday_is_one_of_five_and_has_a_name() {
    check("0 0 * * 1#6", 11, "\"6\" is not which weekday of the month", "write #1 to #5, or #L for the last");
    check("0 0 * * *#2", 9, "\"*#2\" is every weekday", "name one, as in \"FRI#2\"");
    check("0 0 * * L", 9, "there is no weekday where one should be", "write 0 to 7, or SUN to SAT");
    check("0 0 32W * *", 5, "\"32\" is not a day", "write 1 to 31");
    check("0 0 1-5W * *", 5, "\"1-5\" is not a day", "write 1 to 31");
}

#[test]
fn the_number_of_fields_is_five_or_six() {
    let hint = "write minute, hour, day, month and weekday, with a second before them if need be";
    check("61", 1, "1 field instead of 5 or 6", hint);
    check("0 2 * *", 7, "4 fields instead of 5 or 6", hint);
    check("0 0 2 * * * 2030", 13, "7 fields instead of 5 or 6", hint);
    check("", 1, "it is empty", "an example is \"0 2 * * *\"");
    check("   ", 1, "it is empty", "an example is \"0 2 * * *\"");
    let setting = "a setting, where the first field should be";
    check("TZ=Europe/Madrid 0 2 * * *  x", 1, setting, "the zone belongs into the key \"zone\"");
    check("CRON_TZ=UTC 0 2 * * *", 1, setting, "the zone belongs into the key \"zone\"");
}

#[test]
fn an_unknown_nickname_is_told_the_nearest() {
    check("@dayly", 1, "no such name", "did you mean \"@daily\"?");
    check(
        "@fullmoon",
        1,
        "no such name",
        "there are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually",
    );
    check("@every 5m", 1, "there is no @every", "write every = \"5m\" instead of cron");
    check(
        " @reboot",
        2,
        "a start of the machine is no time",
        "what is to run at every start of the daemon is a service with restart = \"never\"",
    );
}

#[test]
fn names_ranges_and_nicknames_are_other_words_for_numbers() {
    same("@daily", "0 0 * * *");
    same(" @Midnight ", "@daily");
    same("@hourly", "0 * * * *");
    same("@weekly", "0 0 * * SUN");
    same("@monthly", "0 0 1 * *");
    same("@yearly", "@annually");
    same("0 0 * jan-Mar mon-FRI", "0 0 * 1,2,3 1-5");
    same("0 0 * * 7", "0 0 * * 0");
    same("0 0 * * SAT-SUN", "0 0 * * 0,6");
    same("0 0 * * 5L", "0 0 * * FRI#L");
    same("0 0 ? * ?", "0 0 * * *");
    same("0 0 2 * * *", "0 2 * * *");
    same("1-10/3 * * * *", "1,4,7,10 * * * *");
    same("0 0 * * MON-TUE#2", "0 0 * * 1#2,2#2");
}
