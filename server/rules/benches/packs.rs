//! Times every pack that comes with the program on one district's year, on one thread, with the data in memory: every
//! rule asked of every student, and every finding that stands opened to its reasons:
//!
//! ```text
//! packs MARKS DAYS ROUNDS
//! ```
//!
//! MARKS holds a byte for each student and day (0 present, 1 excused, 2 unexcused). What the rules ask for besides is
//! made up: the length of the day, a morning and an afternoon, grades, and the facts of some students' cases. The seconds
//! of each round go to stdout as a JSON list.

use chrono::{Datelike, NaiveDate, Weekday};
use model::attendance::{CodeMap, Mark, Shape, Shapes, Strip, day_number};
use model::grade::Grade;
use model::history::{Calendar, Day, Fact, FactKind, History, School, Span, StudentHistory, StudentYear};
use model::time::SchoolYear;
use rules::Cause;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const STUDENTS_A_SCHOOL: usize = 600;
const YEAR: SchoolYear = SchoolYear(2025);

/// So many weekdays from the middle of August.
fn school_days(count: usize) -> Result<Vec<NaiveDate>, Box<dyn Error>> {
    let first = NaiveDate::from_ymd_opt(2025, 8, 18).ok_or("no such date")?;
    let weekday = |d: &NaiveDate| !matches!(d.weekday(), Weekday::Sat | Weekday::Sun);
    Ok(first.iter_days().filter(weekday).take(count).collect())
}

/// The facts of a student's case. Of those with three days without an excuse, every second one was reported on each, and
/// was offered a meeting; every 20th student has an absence that is not to be counted.
fn facts(student: usize, row: &[u8], dates: &[NaiveDate]) -> Vec<Fact> {
    let fact = |date: NaiveDate, kind| Fact { date, kind, school: None };
    let unexcused: Vec<NaiveDate> =
        row.iter().zip(dates).filter(|(code, _)| **code == 2).map(|(_, date)| *date).collect();
    let mut facts = Vec::new();
    if unexcused.len() >= 3 && student.is_multiple_of(2) {
        facts.extend(unexcused.iter().map(|date| fact(*date, FactKind::TruancyReport)));
        let after = [FactKind::ConferenceEffort, FactKind::TruancyLawFollowed];
        facts.extend(after.map(|kind| fact(unexcused[2], kind)));
    }
    if student.is_multiple_of(20) {
        facts.extend(unexcused.first().map(|date| fact(*date, FactKind::ExcludedAbsence)));
    }
    facts
}

fn history(codes: &[u8], dates: &[NaiveDate]) -> History {
    let mut shapes = Shapes::default();
    let numbers = ["Excused Absence", "Unexcused Absence"]
        .map(|category| shapes.number(&Shape { category: category.to_owned(), ..Shape::default() }));
    let places: Vec<u16> = dates.iter().filter_map(|date| day_number(YEAR, *date)).collect();
    let calendar = Calendar {
        year: YEAR,
        year_named: false,
        days: dates
            .iter()
            .map(|date| Day { date: *date, minutes: Some(390), sessions: 2, roll: None })
            .collect(),
    };
    let students = codes.chunks_exact(dates.len()).enumerate().map(|(n, row)| {
        let school = (n / STUDENTS_A_SCHOOL) as u32;
        let marks = row.iter().zip(&places).filter(|(code, _)| **code != 0).map(|(code, day)| Mark {
            day: *day,
            shape: numbers[usize::from(*code) - 1],
            arrival: None,
            departure: None,
        });
        let strip = Strip::from_marks(marks.collect());
        StudentHistory {
            birth_date: None,
            spans: vec![Span {
                school,
                grade: Grade::number((n % 12) as u8 + 1),
                entry: dates[0],
                end: None,
            }],
            years: vec![StudentYear { school, year: YEAR, strip }],
            facts: facts(n, row, dates),
        }
    });
    let students: Vec<StudentHistory> = students.collect();
    let school = School { calendars: vec![calendar], last_row: dates.last().copied(), bells: Vec::new() };
    let schools = vec![school; students.len().div_ceil(STUDENTS_A_SCHOOL)];
    History { shapes, codes: CodeMap::default(), schools, students, facts_known: true }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [marks, days, rounds] = arguments.as_slice() else {
        return Err("usage: packs MARKS DAYS ROUNDS".into());
    };
    let dates = school_days(days.parse()?)?;
    let as_of = *dates.last().ok_or("no days")?;
    let history = history(&std::fs::read(marks)?, &dates);
    let packs: Vec<_> = rules::packs::builtin().iter().collect();
    // Where a rule could not be asked, the time would be of something else. Rules that are not in force yet in August may
    // be there.
    let unasked = rules::Evaluator::new(&history, &packs, as_of).not_evaluated();
    if let Some(rule) = unasked.iter().find(|rule| !matches!(rule.cause, Cause::NoVersion { .. })) {
        return Err(rule.to_string().into());
    }
    let mut seconds = Vec::new();
    for _ in 0..rounds.parse()? {
        let begin = Instant::now();
        let evaluator = rules::Evaluator::new(black_box(&history), &packs, as_of);
        let mut verdicts = Vec::new();
        for student in 0..history.students.len() {
            evaluator.verdicts(student, &mut verdicts);
        }
        for verdict in verdicts.iter().filter(|v| v.met.is_some_and(|met| met.since.is_some())) {
            black_box(evaluator.explain(verdict));
        }
        seconds.push(begin.elapsed().as_secs_f64());
    }
    println!("{seconds:?}");
    Ok(())
}
