//! Worked examples that sources of the law and makers of information systems give, for rules that no state's pack has.
//! Each is a pack written down here; reading it runs its examples.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::fmt::Write;

/// A rule that one of what it counts meets, and examples of one student: days, what else is known of them, what comes
/// out.
fn holds(unit: &str, counts: &str, when: &str, examples: &[(&str, &str, &str)]) {
    let mut text = format!(
        r#"id = "made-up"
title = "Made up"
jurisdiction = "Nowhere"
source = "A worked example"
reviewed_on = "2026-11-27"

[[version]]
version = "1"

[[version.rule]]
id = "X-1"
title = "Has missed something"
citation = "A worked example"
unit = "{unit}"
counts = "{counts}"
when = [{{ {when} }}]
action = "Call home."
"#
    );
    for (days, known, expect) in examples {
        write!(
            text,
            "\n[[version.rule.example]]\nname = \"{days}\"\ndays = [\"5. {days}\"]\n{known}\nexpect = [{expect}]\n"
        )
        .unwrap();
    }
    if let Err(error) = rules::packs::load("made-up.toml", &text) {
        panic!("{error}");
    }
}

const MET: &str = "{ met_on = 6, stands = true, counted = 1 }";
const NOTHING: &str = "";

/// What an information system (Infinite Campus) calls a limit: so many minutes and more are a whole day, or half of one.
#[test]
fn so_many_minutes_are_a_whole_day_or_half_of_one_and_one_minute_less_is_not() {
    for limit in [240_u16, 100, 50] {
        let when = format!(
            "missed = {{ over_minutes = {} }}, window = \"school_year\", test = {{ op = \"gte\", count = 1 }}",
            limit - 1
        );
        let (reached, short) = (format!("T={limit}m"), format!("T={}m", limit - 1));
        let day = "minutes = 360";
        holds("event", "all", &when, &[(&reached, day, MET), (&short, day, NOTHING)]);
    }
}

#[test]
fn where_the_limit_is_one_minute_any_part_of_the_day_counts() {
    let when = r#"missed = "any", window = "school_year", test = { op = "gte", count = 1 }"#;
    holds("day", "all", when, &[("T=1m", "minutes = 360", MET), ("T=0m", "minutes = 360", NOTHING)]);
}

const SIX_PERIODS: &str = r#"bells = ["1 08:00-08:50", "2 09:00-09:50", "3 10:00-10:50", "4 11:00-11:50", "5 13:00-13:50", "6 14:00-14:50"]"#;
const ALL_SIX: &str = "U=p1+U=p2+U=p3+U=p4+U=p5+U=p6";
const THREE: &str = "U=p1+U=p3+U=p5";

/// As openSIS counts a day by its bells.
#[test]
fn six_periods_of_50_minutes_are_300_minutes_and_three_of_them_150() {
    for (minutes, days) in [(300, ALL_SIX), (300, "U"), (150, THREE)] {
        let when =
            |count: u32| format!("window = \"school_year\", test = {{ op = \"gte\", count = {count} }}");
        let met = format!("{{ met_on = 6, stands = true, counted = {minutes} }}");
        let short = format!("{{ counted = {minutes} }}");
        holds("minute", "unexcused", &when(minutes), &[(days, SIX_PERIODS, &met)]);
        holds("minute", "unexcused", &when(minutes + 1), &[(days, SIX_PERIODS, &short)]);
    }
}

#[test]
fn six_of_six_periods_are_a_whole_day_and_three_are_half() {
    let when = r#"window = "school_year", test = { op = "gte", count = 2 }"#;
    let whole = "{ met_on = 6, stands = true, counted = 2 }";
    let half = "{ counted = 1 }";
    holds("half_day", "unexcused", when, &[(ALL_SIX, SIX_PERIODS, whole), (THREE, SIX_PERIODS, half)]);
}

/// Maine: a senior with a day of three hours is absent when present for less than an hour and a half. Washington counts
/// exactly half as missed: the tie is a field of the rule.
#[test]
fn who_was_there_for_exactly_half_of_a_day_of_three_hours_was_present_in_maine_and_absent_in_washington() {
    let when = |missed: &str| {
        format!(r#"missed = "{missed}", window = "school_year", test = {{ op = "gte", count = 1 }}"#)
    };
    let day = "minutes = 180";
    holds(
        "day",
        "all",
        &when("more_than_half"),
        &[("E=91m", day, MET), ("E=90m", day, NOTHING), ("E=0.5", day, NOTHING), ("E=AM", day, NOTHING)],
    );
    holds("day", "all", &when("at_least_half"), &[("E=90m", day, MET), ("E=89m", day, NOTHING)]);
}
