//! How long a school year lasts, and so how long a count stands.

#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use model::attendance::{Mark, Shape, Shapes, Strip, day_number};
use model::history::{Calendar, Day, History, School, Span, StudentHistory, StudentYear};
use model::signal::{Extent, Outcome};
use model::time::{Date, SchoolYear};

fn date(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd_opt(year, month, day).unwrap()
}

/// Calendars of 2024-2025 (three days of May) and of 2025-2026 (from a day of August on).
fn school(year_named: bool, next_begins: u32) -> School {
    let day = |date| Day { date, minutes: None, sessions: 1, roll: Some(true) };
    let may = (12..15).map(|d| day(date(2025, 5, d))).collect();
    let august = (next_begins..30).map(|d| day(date(2025, 8, d))).collect();
    School {
        calendars: vec![
            Calendar { year: SchoolYear(2024), year_named, days: may },
            Calendar { year: SchoolYear(2025), year_named, days: august },
        ],
        ..School::default()
    }
}

/// A student who missed all three days of May without an excuse, at every school.
fn history(schools: Vec<School>) -> History {
    let year = SchoolYear(2024);
    let mut shapes = Shapes::default();
    let shape = shapes.number(&Shape { category: "Unexcused Absence".to_owned(), ..Shape::default() });
    let mark = |d| {
        let day = day_number(year, date(2025, 5, d)).unwrap();
        Mark { day, shape, arrival: None, departure: None }
    };
    let mut student = StudentHistory::default();
    for school in 0..schools.len() as u32 {
        student.spans.push(Span { school, grade: None, entry: date(2024, 8, 1), end: None });
        student.years.push(StudentYear {
            school,
            year,
            strip: Strip::from_marks((12..15).map(mark).collect()),
        });
    }
    History { shapes, schools, students: vec![student], ..History::default() }
}

/// Which extents of PA-TRUANT stand.
fn standing(history: &History, as_of: Date) -> Vec<Extent> {
    let pack = rules::packs::find("us-pa").unwrap();
    let findings = rules::evaluate(history, &[pack], as_of).findings;
    let truant = findings.into_iter().filter(|f| f.rule.rule == "PA-TRUANT" && f.year == SchoolYear(2024));
    truant.filter(|f| matches!(f.outcome, Outcome::Met { standing: true, .. })).map(|f| f.extent).collect()
}

#[test]
fn without_named_years_a_count_stands_until_the_first_of_july() {
    let history = history(vec![school(false, 20)]);
    assert_eq!(standing(&history, date(2025, 5, 13)), []);
    assert_eq!(standing(&history, date(2025, 5, 14)), [Extent::School(0)]);
    assert_eq!(standing(&history, date(2025, 6, 30)), [Extent::School(0)]);
    assert_eq!(standing(&history, date(2025, 7, 1)), []);
}

#[test]
fn with_named_years_a_count_stands_until_the_next_year_s_first_day() {
    let history = history(vec![school(true, 20)]);
    assert_eq!(standing(&history, date(2025, 8, 19)), [Extent::School(0)]);
    assert_eq!(standing(&history, date(2025, 8, 20)), []);
}

#[test]
fn for_all_schools_together_the_year_ends_when_the_first_of_them_begins_anew() {
    let history = history(vec![school(true, 10), school(true, 20)]);
    let all = [Extent::School(0), Extent::School(1), Extent::District];
    assert_eq!(standing(&history, date(2025, 8, 9)), all);
    assert_eq!(standing(&history, date(2025, 8, 10)), [Extent::School(1)]);
    assert_eq!(standing(&history, date(2025, 8, 20)), []);
}

#[test]
fn an_earlier_year_keeps_its_finding_and_its_last_run_has_an_end() {
    let history = history(vec![school(false, 20)]);
    let pack = rules::packs::find("us-pa").unwrap();
    let findings = rules::evaluate(&history, &[pack], date(2026, 5, 1)).findings;
    let Outcome::Met { met_on, standing_since, episodes, .. } = &findings[0].outcome else {
        panic!("not met")
    };
    assert_eq!((*met_on, *standing_since), (date(2025, 5, 14), None));
    assert_eq!(episodes.last().unwrap().to, Some(date(2025, 5, 14)));
}
