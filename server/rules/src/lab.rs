//! The rule lab: what a rule would mean at one school. The same code answers on the server and in the browser.

use crate::engine::Evaluator;
use crate::pack::{Pack, Rule, Version};
use crate::setting::Setting;
use chrono::Datelike;
use model::grade::Grade;
use model::history::History;
use model::lab::{DivisionBy, LabData, LabMonth, LabResult, Part};
use model::page::Share;
use model::signal::{Episode, Finding, Outcome};
use model::suppress::{Raw, with_total};
use model::time::{Date, SchoolYear};
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

/// Asks a rule of everybody in a history, in one school year.
///
/// # Errors
/// Why the parts of the setting make no sense together.
pub fn ask(history: &History, year: SchoolYear, as_of: Date, setting: &Setting) -> Result<Answer, String> {
    let pack = alone(setting.rule("LAB")?);
    let evaluator = Evaluator::new(history, &[&pack], as_of);
    let mut answer = Answer { stands: vec![false; history.students.len()], runs: Vec::new() };
    let mut verdicts = Vec::new();
    for (place, stands) in answer.stands.iter_mut().enumerate() {
        verdicts.clear();
        evaluator.verdicts(place, &mut verdicts);
        for verdict in verdicts.iter().filter(|verdict| verdict.year == year && verdict.met.is_some()) {
            let Some(Finding { outcome: Outcome::Met { standing, episodes, .. }, .. }) =
                evaluator.explain(verdict)
            else {
                continue;
            };
            *stands |= standing;
            answer.runs.extend(episodes.into_iter().map(|run| (place as u32, run)));
        }
    }
    Ok(answer)
}

/// A pack of one rule, always in force.
fn alone(rule: Rule) -> Pack {
    Pack {
        id: String::new(),
        title: String::new(),
        jurisdiction: String::new(),
        source: String::new(),
        reviewed_on: Date::MIN,
        year_begins: 7,
        sessions: 1,
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
    let mut divisions: Vec<Vec<Raw>> =
        data.divisions.iter().map(|d| vec![Raw { count: 0, group: 0 }; d.parts.len()]).collect();
    for (place, student) in data.students.iter().enumerate() {
        let add = |raw: &mut Raw| {
            raw.group += 1;
            raw.count += u32::from(standing(place));
        };
        add(by_grade.entry(student.grade).or_insert(Raw { count: 0, group: 0 }));
        for (division, part) in divisions.iter_mut().zip(&student.parts) {
            if let Some(raw) = division.get_mut(usize::from(*part)) {
                add(raw);
            }
        }
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
        divisions: data
            .divisions
            .iter()
            .zip(divisions)
            .map(|(division, raws)| (division.by, shown(&division.parts, &raws, total)))
            .collect(),
        months: months(data, answer),
        enter: change(true),
        leave: change(false),
    }
}

/// The parts of a division with their shares. Every division adds up to the same total, so a total that is hidden hides
/// the parts that would add up to it.
fn shown(parts: &[Part], raws: &[Raw], total: Share) -> Vec<(Part, Share)> {
    let (mut shares, own_total) = with_total(raws);
    if total == Share::Hidden && own_total != Share::Hidden && !shares.contains(&Share::Hidden) {
        shares.fill(Share::Hidden);
    }
    if total != Share::Hidden && own_total == Share::Hidden {
        shares.fill(Share::Hidden);
    }
    parts.iter().cloned().zip(shares).collect()
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

/// Whether a division tells anything: at least two parts with somebody in them.
pub fn divides(by: DivisionBy, parts: &[Part]) -> bool {
    let named = parts.iter().filter(|part| **part != Part::Unknown).count();
    match by {
        DivisionBy::RaceEthnicity | DivisionBy::Sex => named >= 2,
        _ => named >= 1 && parts.len() >= 2,
    }
}
