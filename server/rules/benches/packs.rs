//! Times every pack that comes with the program on one district's year, on one thread, with the data in memory:
//!
//! ```text
//! packs MARKS DAYS ROUNDS
//! ```
//!
//! MARKS holds a byte for each student and day (0 present, 1 excused, 2 unexcused). The seconds of each round go to stdout
//! as JSON, one list for each of these:
//!
//! - `marks`: every rule asked of every student on these marks and nothing else, so that many rules end where an input
//!   is missing.
//! - `fed`: the same with all that the rules ask for besides, made up: the length of the day, a morning and an afternoon,
//!   grades, and the facts of some students' cases.
//! - `opened`: the same as `fed`, and every finding that stands is opened to its reasons.
//! - `corrected`: one mark of one student changes; every rule is asked of this student, and the findings are opened.
//!   Each round is the mean over a hundred students.

use chrono::{Datelike, NaiveDate, Weekday};
use model::attendance::{CodeMap, Mark, Shape, Shapes, Strip, day_number};
use model::grade::Grade;
use model::history::{Calendar, Day, Fact, FactKind, History, School, Span, StudentHistory, StudentYear};
use model::time::SchoolYear;
use rules::{Cause, Evaluator, Verdict};
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

/// The district's year, with or without what rules ask for besides marks.
fn history(codes: &[u8], dates: &[NaiveDate], fed: bool) -> History {
    let mut shapes = Shapes::default();
    let numbers = ["Excused Absence", "Unexcused Absence"]
        .map(|category| shapes.number(&Shape { category: category.to_owned(), ..Shape::default() }));
    let places: Vec<u16> = dates.iter().filter_map(|date| day_number(YEAR, *date)).collect();
    let calendar = Calendar {
        year: YEAR,
        year_named: false,
        days: dates
            .iter()
            .map(|date| Day {
                date: *date,
                minutes: fed.then_some(390),
                sessions: if fed { 2 } else { 1 },
                roll: None,
            })
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
                grade: Grade::number((n % 12) as u8 + 1).filter(|_| fed),
                entry: dates[0],
                end: None,
            }],
            years: vec![StudentYear { school, year: YEAR, strip }],
            facts: if fed { facts(n, row, dates) } else { Vec::new() },
        }
    });
    let students: Vec<StudentHistory> = students.collect();
    let school = School { calendars: vec![calendar], last_row: dates.last().copied(), bells: Vec::new() };
    let schools = vec![school; students.len().div_ceil(STUDENTS_A_SCHOOL)];
    History { shapes, codes: CodeMap::default(), schools, students, facts_known: fed }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [marks, days, rounds] = arguments.as_slice() else {
        return Err("usage: packs MARKS DAYS ROUNDS".into());
    };
    let dates = school_days(days.parse()?)?;
    let as_of = *dates.last().ok_or("no days")?;
    let marks = std::fs::read(marks)?;
    let rounds: usize = rounds.parse()?;
    let packs: Vec<_> = rules::packs::builtin().iter().collect();
    let mut seconds = Seconds::default();

    let bare = history(&marks, &dates, false);
    for _ in 0..rounds {
        let begin = Instant::now();
        black_box(asked(&Evaluator::new(black_box(&bare), &packs, as_of), bare.students.len()));
        seconds.marks.push(begin.elapsed().as_secs_f64());
    }
    drop(bare);

    let mut fed = history(&marks, &dates, true);
    // Where a rule could not be asked, the time would be of something else. Rules that are not in force yet in August may
    // be there.
    let unasked = Evaluator::new(&fed, &packs, as_of).not_evaluated();
    if let Some(rule) = unasked.iter().find(|rule| !matches!(rule.cause, Cause::NoVersion { .. })) {
        return Err(rule.to_string().into());
    }
    for _ in 0..rounds {
        let begin = Instant::now();
        black_box(asked(&Evaluator::new(black_box(&fed), &packs, as_of), fed.students.len()));
        seconds.fed.push(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        let evaluator = Evaluator::new(black_box(&fed), &packs, as_of);
        for student in 0..fed.students.len() {
            evaluator.ask(student, |said| {
                if said.verdict().met.is_some_and(|met| met.since.is_some()) {
                    black_box(said.open());
                }
            });
        }
        seconds.opened.push(begin.elapsed().as_secs_f64());
    }

    let some: Vec<usize> = (0..fed.students.len()).step_by((fed.students.len() / 100).max(1)).collect();
    for _ in 0..rounds {
        let mut sum = 0.0;
        for student in &some {
            let year = &mut fed.students[*student].years[0];
            let mut corrected: Vec<Mark> = year.strip.marks().collect();
            let begin = Instant::now();
            // The last absence was none.
            corrected.pop();
            year.strip = Strip::from_marks(corrected);
            black_box(rules::evaluate_student(&fed, *student, &packs, as_of));
            sum += begin.elapsed().as_secs_f64();
        }
        seconds.corrected.push(sum / some.len() as f64);
    }
    println!(
        "{{\"marks\":{:?},\"fed\":{:?},\"opened\":{:?},\"corrected\":{:?}}}",
        seconds.marks, seconds.fed, seconds.opened, seconds.corrected
    );
    Ok(())
}

/// The seconds of each round.
#[derive(Default)]
struct Seconds {
    marks: Vec<f64>,
    fed: Vec<f64>,
    opened: Vec<f64>,
    corrected: Vec<f64>,
}

/// Every rule asked of every student.
fn asked(evaluator: &Evaluator, students: usize) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for student in 0..students {
        evaluator.verdicts(student, &mut verdicts);
    }
    verdicts
}
