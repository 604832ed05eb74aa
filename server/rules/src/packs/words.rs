//! The parts of a rule in plain words.

use crate::pack::{
    AgeRange, Counts, Criterion, Deadline, DeadlineDays, GradeRange, Missed, Op, RequiredHours, Rule, Test,
    Unit, Window,
};
use model::attendance::Meaning;
use model::history::FactKind;

/// What counts for a rule.
pub(super) fn counts(rule: &Rule) -> String {
    let words = match rule.counts {
        None => "what was done about the student's attendance, as it was noted",
        Some(Counts::Unexcused) => {
            "absence without an excuse (a reason that is not known yet is not unexcused)"
        }
        Some(Counts::UnexcusedOrUnknown) => "absence without an excuse, or for a reason that is not known",
        Some(Counts::UnexcusedOrTardy) => {
            "absence without an excuse, and late arrival where it says by how much"
        }
        Some(Counts::Excused) => "absence with an excuse",
        Some(Counts::All) => {
            "absence for any reason, and what is stated of late, partial and early-ended days"
        }
    };
    words.to_owned()
}

/// What meets a rule, such as `3 or more whole school days missed, in the school year`.
pub(super) fn criterion(unit: Unit, criterion: &Criterion) -> String {
    let mut text = match criterion.test {
        Test::Count { op, count, at_most } => {
            let number = match (op, at_most) {
                (Op::Gte, None) => format!("{count} or more"),
                (Op::Gt, None) => format!("more than {count}"),
                (Op::Gte, Some(most)) => format!("{count} to {most}"),
                (Op::Gt, Some(most)) => format!("more than {count}, at most {most},"),
            };
            let hours = match unit {
                Unit::Minute if count % 60 == 0 => format!(" ({} hours)", count / 60),
                _ => String::new(),
            };
            format!("{number} {}{hours}", counted(unit, criterion))
        }
        Test::Rate { op, percent } => {
            let share = match op {
                Op::Gte => format!("{percent} % or more"),
                Op::Gt => format!("more than {percent} %"),
            };
            format!("{share} of {}", whole(unit, criterion))
        }
    };
    text.push_str(", ");
    text.push_str(&window(criterion.window));
    if criterion.within_year {
        text.push_str(" and lie in one school year");
    }
    text
}

fn counted(unit: Unit, criterion: &Criterion) -> String {
    match unit {
        Unit::Day => format!("school days {}", missed(criterion.missed)),
        Unit::Event => match criterion.missed {
            Some(Missed::OverMinutes(minutes)) => {
                format!("events (a whole day, or more than {minutes} minutes at a time; one a day at most)")
            }
            other => format!("events (a school day {}; one a day at most)", missed(other)),
        },
        Unit::HalfDay => "half days missed".to_owned(),
        Unit::Session => "sessions missed".to_owned(),
        Unit::Minute => "minutes of school missed".to_owned(),
        Unit::Period => "class periods missed".to_owned(),
        Unit::Report => criterion.fact.map_or("reports", facts).to_owned(),
    }
}

fn whole(unit: Unit, criterion: &Criterion) -> String {
    match unit {
        Unit::Session => "the possible sessions missed".to_owned(),
        Unit::Minute => {
            let hours: Vec<String> = criterion.required_hours.iter().map(required).collect();
            format!("the hours that a year must have ({}) missed", hours.join("; "))
        }
        _ => format!("the enrolled school days {}", missed(criterion.missed)),
    }
}

fn required(hours: &RequiredHours) -> String {
    let who = hours.grades.map_or_else(|| "all grades".to_owned(), grades);
    let half = if hours.half_day { " with a school day of 240 minutes or less" } else { "" };
    format!("{} {who}{half}", hours.hours)
}

fn missed(missed: Option<Missed>) -> String {
    match missed {
        Some(Missed::Any) => "of which any part was missed".to_owned(),
        Some(Missed::AtLeastHalf) => "of which at least half was missed".to_owned(),
        Some(Missed::MoreThanHalf) => "of which more than half was missed".to_owned(),
        Some(Missed::Whole) => "missed as a whole".to_owned(),
        Some(Missed::Periods(1)) => "of which a class period was missed".to_owned(),
        Some(Missed::Periods(n)) => format!("of which {n} or more class periods were missed"),
        Some(Missed::OverMinutes(n)) => format!("missed as a whole, or for more than {n} minutes at a time"),
        None => "missed".to_owned(),
    }
}

fn window(window: Window) -> String {
    let ending = |n: u32, what: &str| format!("in {n} {what} that end on a school day");
    match window {
        Window::SchoolYear => "in the school year".to_owned(),
        Window::CalendarMonth => "in a calendar month".to_owned(),
        Window::SchoolMonth => {
            "in a school month (four school weeks from the first school day on)".to_owned()
        }
        Window::Consecutive => "in a row".to_owned(),
        Window::OneClass => "in one class in the school year".to_owned(),
        Window::Days(n) => ending(n, "calendar days"),
        Window::Weeks(n) => ending(n, "weeks"),
        Window::Months(n) => ending(n, "months"),
        Window::SchoolWeeks(n) => ending(n, "school weeks (weeks with at least one session)"),
        Window::InstructionalDays(n) => format!("in the last {n} school days"),
    }
}

/// Under which conditions a rule is tested at all.
pub(super) fn conditions(rule: &Rule) -> Vec<String> {
    let mut all = Vec::new();
    if rule.least_enrolled > 0 {
        let what = if rule.unit == Unit::Session { "possible session" } else { "enrolled day" };
        all.push(format!("from the {} {what} of the year on", ordinal(rule.least_enrolled)));
    }
    if rule.least_present > 0 {
        all.push(format!(
            "for students who were there on at least {}",
            number(rule.least_present, "day", "days")
        ));
    }
    if let Some(range) = rule.grades {
        all.push(format!("in {}", grades(range)));
    }
    if let Some(range) = rule.ages {
        all.push(ages(range));
    }
    for need in &rule.facts {
        let what = number(need.at_least, fact(need.fact), facts(need.fact));
        all.push(format!("after at least {what}, this school year"));
    }
    if let Some(kind) = rule.less {
        all.push(format!("days that are not noted as {}", facts(kind)));
    }
    all
}

fn grades(range: GradeRange) -> String {
    match (range.from, range.to) {
        (Some(from), Some(to)) if from == to => format!("grade {from}"),
        (Some(from), Some(to)) => format!("grades {from} to {to}"),
        (Some(from), None) => format!("grade {from} and above"),
        (None, Some(to)) => format!("grades up to {to}"),
        (None, None) => "all grades".to_owned(),
    }
}

fn ages(range: AgeRange) -> String {
    match (range.from, range.to) {
        (Some(from), Some(to)) => format!("from the age of {from} to {to}"),
        (Some(from), None) => format!("from the age of {from} on"),
        (None, Some(to)) => format!("up to the age of {to}"),
        (None, None) => "at every age".to_owned(),
    }
}

fn fact(kind: FactKind) -> &'static str {
    match kind {
        FactKind::TruancyReport => "report of missed school",
        FactKind::ConferenceEffort => "effort to meet with the family",
        FactKind::TruancyLawFollowed => "note that each step of the law was taken",
        FactKind::ExcludedAbsence => "day not to be counted",
    }
}

fn facts(kind: FactKind) -> &'static str {
    match kind {
        FactKind::TruancyReport => "reports of missed school",
        FactKind::ConferenceEffort => "efforts to meet with the family",
        FactKind::TruancyLawFollowed => "notes that each step of the law was taken",
        FactKind::ExcludedAbsence => "days not to be counted",
    }
}

fn number(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// By when a school must act.
pub(super) fn by_when(deadline: Deadline) -> String {
    let kind = match deadline.kind {
        DeadlineDays::School => "school",
        DeadlineDays::Calendar => "calendar",
        DeadlineDays::Instructional => "instructional",
    };
    match deadline.days {
        0 => "on the day it is met".to_owned(),
        1 => format!("1 {kind} day after the day it is met"),
        days => format!("{days} {kind} days after the day it is met"),
    }
}

/// What a category means for counting.
pub(super) fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Excused => "absent with an excuse",
        Meaning::Unexcused => "absent without an excuse",
        Meaning::Unknown => "absent, reason not known",
        Meaning::Tardy => "late",
        Meaning::Partial => "there for a part of the day",
        Meaning::EarlyDeparture => "left early",
        Meaning::Present => "counts as there",
        Meaning::NotCounted => "not a possible attendance, in no count",
    }
}

/// The month with this number, from 1.
pub(super) fn month(number: u32) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    (number as usize).checked_sub(1).and_then(|place| MONTHS.get(place)).unwrap_or(&"an unknown month")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(window: Window, test: Test, missed: Option<Missed>) -> Criterion {
        Criterion { missed, window, test, within_year: false, required_hours: Vec::new(), fact: None }
    }

    #[test]
    fn each_unit_and_window_is_said_in_words() {
        let count = |count| Test::Count { op: Op::Gte, count, at_most: None };
        for (unit, given, words) in [
            (
                Unit::Day,
                of(Window::Consecutive, count(3), Some(Missed::Whole)),
                "3 or more school days missed as a whole, in a row",
            ),
            (
                Unit::Event,
                of(Window::SchoolYear, count(3), Some(Missed::OverMinutes(30))),
                "3 or more events (a whole day, or more than 30 minutes at a time; one a day at most), in the school year",
            ),
            (
                Unit::HalfDay,
                of(Window::Months(6), count(14), None),
                "14 or more half days missed, in 6 months that end on a school day",
            ),
            (
                Unit::Session,
                of(Window::SchoolWeeks(10), count(10), None),
                "10 or more sessions missed, in 10 school weeks (weeks with at least one session) that end on a school day",
            ),
            (
                Unit::Minute,
                of(Window::Consecutive, count(1800), None),
                "1800 or more minutes of school missed (30 hours), in a row",
            ),
            (
                Unit::Report,
                Criterion { fact: Some(FactKind::TruancyReport), ..of(Window::SchoolYear, count(3), None) },
                "3 or more reports of missed school, in the school year",
            ),
            (
                Unit::Day,
                of(
                    Window::InstructionalDays(180),
                    Test::Count { op: Op::Gte, count: 2, at_most: Some(8) },
                    Some(Missed::AtLeastHalf),
                ),
                "2 to 8 school days of which at least half was missed, in the last 180 school days",
            ),
            (
                Unit::Session,
                of(Window::SchoolYear, Test::Rate { op: Op::Gte, percent: 10 }, None),
                "10 % or more of the possible sessions missed, in the school year",
            ),
        ] {
            assert_eq!(criterion(unit, &given), words);
        }
    }

    #[test]
    fn ordinals_are_those_of_english() {
        let all = [1, 2, 3, 4, 10, 11, 12, 13, 21, 31, 111].map(ordinal);
        assert_eq!(
            all,
            ["1st", "2nd", "3rd", "4th", "10th", "11th", "12th", "13th", "21st", "31st", "111th"]
        );
    }
}
