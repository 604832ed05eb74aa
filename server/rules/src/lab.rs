//! The rule lab: what a rule would mean at one school. The same code answers on the server and in the browser.

use crate::engine::Evaluator;
use crate::pack::{Pack, Rule, Version};
use crate::setting::Setting;
use chrono::Datelike;
use model::grade::Grade;
use model::history::History;
use model::lab::{LabData, LabMonth, LabResult};
use model::signal::Episode;
use model::suppress::{Raw, with_total};
use model::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// School days after which a rule that still stands calls for a meeting.
pub const DAYS_TO_MEETING: usize = 10;

/// On whom a rule stands, and when it was met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// By place.
    pub stands: Vec<bool>,
    /// Every run of the school year, with its student's place.
    pub runs: Vec<(u32, Episode)>,
}

/// Asks a rule of everybody in the data, in its school year. `history` is [`LabData::history`], made once.
///
/// # Errors
/// Why the parts of the setting make no sense together.
pub fn ask(data: &LabData, history: &History, setting: &Setting) -> Result<Answer, String> {
    let pack = alone(data, setting.rule("LAB")?);
    let (year, as_of) = (data.year, data.as_of);
    let evaluator = Evaluator::new(history, &[&pack], as_of);
    let mut answer = Answer { stands: vec![false; history.students.len()], runs: Vec::new() };
    for (place, stands) in answer.stands.iter_mut().enumerate() {
        evaluator.ask(place, |said| {
            let verdict = said.verdict();
            if let Some(met) = verdict.met.filter(|_| verdict.year == year) {
                *stands |= met.since.is_some();
                answer.runs.extend(said.episodes().into_iter().map(|run| (place as u32, run)));
            }
        });
    }
    Ok(answer)
}

/// A pack of one rule, always in force.
fn alone(data: &LabData, rule: Rule) -> Pack {
    Pack {
        id: String::new(),
        title: String::new(),
        jurisdiction: String::new(),
        source: String::new(),
        reviewed_on: Date::MIN,
        year_begins: data.year_begins,
        sessions: data.sessions,
        codes: Vec::new(),
        versions: vec![Version {
            version: String::new(),
            effective_from: None,
            effective_to: None,
            rules: vec![rule],
        }],
    }
}

/// What an answer means, compared with another; small groups hidden.
pub fn result(data: &LabData, answer: &Answer, compared: &Answer) -> LabResult {
    let standing = |place: usize| answer.stands.get(place).copied().unwrap_or(false);
    let mut by_grade: BTreeMap<Option<Grade>, Raw> = BTreeMap::new();
    for (place, student) in data.students.iter().enumerate() {
        let raw = by_grade.entry(student.grade).or_insert(Raw { count: 0, group: 0 });
        raw.group += 1;
        raw.count += u32::from(standing(place));
    }
    let raws: Vec<Raw> = by_grade.values().copied().collect();
    let (shares, total) = with_total(&raws);
    let code = |grade: Option<Grade>| grade.map(Grade::code).unwrap_or_default();
    let change = |now: bool| {
        let differs = |place: &u32| {
            let (a, b) = (standing(*place as usize), compared.stands.get(*place as usize) == Some(&true));
            a == now && b != now
        };
        (0..data.students.len() as u32).filter(differs).collect()
    };
    LabResult {
        total,
        grades: by_grade.into_keys().map(code).zip(shares).collect(),
        months: months(data, answer),
        enter: change(true),
        leave: change(false),
    }
}

/// The months of the school year up to the date, with the letters and the meetings of each.
fn months(data: &LabData, answer: &Answer) -> Vec<LabMonth> {
    let days: Vec<Date> = data
        .calendars
        .iter()
        .filter(|c| c.year == data.year)
        .flat_map(|c| &c.days)
        .map(|d| d.date)
        .filter(|d| *d <= data.as_of)
        .collect();
    let first_of = |date: Date| date.with_day(1).unwrap_or(date);
    let mut months: BTreeMap<Date, [BTreeSet<u32>; 2]> =
        days.iter().map(|day| (first_of(*day), Default::default())).collect();
    for (place, run) in &answer.runs {
        let from = days.partition_point(|day| *day < run.from);
        let meeting = days.get(from + DAYS_TO_MEETING).filter(|day| run.to.is_none_or(|to| **day <= to));
        for (kind, day) in [(0, days.get(from)), (1, meeting)] {
            if let Some(month) = day.and_then(|day| months.get_mut(&first_of(*day))) {
                month[kind].insert(*place);
            }
        }
    }
    let seen = |places: &BTreeSet<u32>| {
        let count = places.len() as u32;
        (!(1..10).contains(&count)).then_some(count)
    };
    let month = |(month, [letters, meetings]): (Date, [BTreeSet<u32>; 2])| LabMonth {
        month,
        letters: seen(&letters),
        meetings: seen(&meetings),
    };
    months.into_iter().map(month).collect()
}

#[cfg(all(test, feature = "packs"))]
mod tests {
    use super::*;
    use crate::setting::Setting;
    use model::attendance::{Mark, Meaning, Shape, ShapeId};
    use model::history::{Calendar, Day, Span};
    use model::lab::LabStudent;
    use model::time::SchoolYear;

    /// An English school up to 5 July 2026: a student who missed every morning and afternoon of June, and another who
    /// missed nothing.
    fn summer() -> LabData {
        let year = SchoolYear(2025);
        let date = |text: &str| text.parse::<Date>().unwrap_or_default();
        let days: Vec<Date> = date("2026-06-01").iter_days().take(33).collect();
        let mark = |day: &Date| Mark {
            day: (*day - year.strip_base()).num_days() as u16,
            shape: ShapeId(1),
            arrival: None,
            departure: None,
        };
        let student = |marks: Vec<Mark>| LabStudent {
            grade: None,
            spans: vec![Span { school: 0, grade: None, entry: date("2025-09-01"), end: None }],
            years: vec![(year, marks)],
        };
        let england = crate::packs::find("england");
        LabData {
            stamp: String::new(),
            as_of: date("2026-07-05"),
            year,
            year_begins: england.map_or(0, |pack| pack.year_begins),
            sessions: england.map_or(0, |pack| pack.sessions),
            calendars: vec![Calendar {
                year,
                year_named: false,
                days: days
                    .iter()
                    .map(|day| Day { date: *day, minutes: None, sessions: 2, roll: None })
                    .collect(),
            }],
            last_row: days.last().copied(),
            bells: Vec::new(),
            shapes: vec![Shape { category: Meaning::Unexcused.name().to_owned(), ..Shape::default() }],
            students: vec![student(days.iter().map(mark).collect()), student(Vec::new())],
        }
    }

    #[test]
    fn on_5_july_an_english_school_year_still_lasts() {
        let data = summer();
        let rules =
            crate::packs::find("england").into_iter().flat_map(|pack| &pack.versions).flat_map(|v| &v.rules);
        let settings: Vec<Setting> = rules.filter_map(Setting::of).collect();
        assert!(settings.len() >= 3);
        for setting in settings {
            let answer = ask(&data, &data.history(), &setting).unwrap_or_default();
            assert_eq!(answer.stands, [true, false], "{setting:?}");
            let july = LabData { year_begins: 7, ..data.clone() };
            let ended = ask(&july, &july.history(), &setting).unwrap_or_default();
            assert_eq!(ended.stands, [false, false], "a year that begins in July has ended: {setting:?}");
        }
    }
}
