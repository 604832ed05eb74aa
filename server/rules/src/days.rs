//! What each school day was to a student. Rules, pages and aggregates all take it from here.

use crate::bits;
use crate::context::Context;
use crate::marks::DayMarks;
use crate::measure::{Measure, Measures};
use crate::sheet::Sheet;
use model::attendance::Meaning;
use model::history::History;
use model::page::DayKind;
use model::time::{Date, SchoolYear};

/// One instructional day of one school, for one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFact {
    /// The day.
    pub date: Date,
    /// The school's place in the history.
    pub school: u32,
    /// The school year.
    pub year: SchoolYear,
    /// What it was. A day of which at least half was missed carries the kind of the mark with the largest part.
    pub kind: DayKind,
    /// At least half of the day was missed, for any reason: the day counts as absent.
    pub missed: bool,
    /// It was missed, and the mark with the largest part is excused.
    pub excused: bool,
    /// The categories of its marks, joined by `, `; empty for none.
    pub categories: String,
}

impl DayFact {
    /// Whether attendance is known: enrolled, roll taken, every row usable.
    pub fn known(&self) -> bool {
        !matches!(self.kind, DayKind::Unknown | DayKind::RollNotTaken | DayKind::NotEnrolled)
    }
}

/// A school year in sum, over all schools of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Known days of which at least half was missed.
    pub missed: u32,
    /// Of these, excused.
    pub excused: u32,
    /// Known, enrolled days.
    pub days: u32,
    /// Enrolled days whose attendance is unknown.
    pub unknown: u32,
}

/// The days of many students of one history.
pub struct Days<'h>(Context<'h>);

impl<'h> Days<'h> {
    /// Reads calendars and shapes once.
    pub fn new(history: &'h History, as_of: Date) -> Self {
        Self(Context::new(history, Measures::only(Measure::ABSENT), &[], as_of))
    }

    /// One entry for each school and instructional day up to the as-of date, of every year and school in which the
    /// student was enrolled on some day; by year, then school, then date.
    pub fn of(&self, student: usize) -> Vec<DayFact> {
        let mut sheets = Vec::new();
        let used = self.0.read(student, &mut sheets);
        sheets[..used].iter().flat_map(|sheet| facts(&self.0, sheet)).collect()
    }

    /// A student's school year in sum.
    pub fn totals(&self, student: usize, year: SchoolYear) -> Totals {
        let mut totals = Totals::default();
        let mut sheets = Vec::new();
        let used = self.0.read(student, &mut sheets);
        for sheet in sheets[..used].iter().filter(|s| self.0.calendar(s).year == year) {
            let missed = sheet.counted(0);
            let days = bits::count(&sheet.known(0));
            totals.missed += bits::count(missed);
            totals.days += days;
            totals.unknown += bits::count(&sheet.enrolled) - days;
            if bits::count(missed) > 0 {
                let marked = sheet.marked_days(self.0.calendar(sheet), &self.0.shapes);
                let excused =
                    marked.iter().filter(|(day, marks)| bits::get(missed, *day) && is_excused(marks));
                totals.excused += excused.count() as u32;
            }
        }
        totals
    }
}

/// The days of one student; see [`Days::of`].
pub fn of(history: &History, student: usize, as_of: Date) -> Vec<DayFact> {
    Days(Context::for_student(history, Measures::only(Measure::ABSENT), &[], as_of, student)).of(student)
}

/// One student's school year in sum; see [`Days::totals`].
pub fn totals(history: &History, student: usize, year: SchoolYear, as_of: Date) -> Totals {
    Days(Context::for_student(history, Measures::only(Measure::ABSENT), &[], as_of, student))
        .totals(student, year)
}

fn is_excused(marks: &DayMarks) -> bool {
    marks.speaker(Measure::ABSENT.counts()).is_some_and(|p| p.meaning == Meaning::Excused)
}

fn facts<'h>(context: &Context<'h>, sheet: &Sheet<'h>) -> Vec<DayFact> {
    let calendar = context.calendar(sheet);
    let known = sheet.known(0);
    let mut marked = sheet.marked_days(calendar, &context.shapes).into_iter().peekable();
    (0..calendar.days.len())
        .map(|day| {
            let marks = marked.next_if(|(of, _)| *of == day).map(|(_, marks)| marks);
            let missed = bits::get(sheet.counted(0), day);
            DayFact {
                date: calendar.date(day),
                school: calendar.school,
                year: calendar.year,
                kind: kind(sheet, &known, day, marks.as_ref(), missed),
                missed,
                excused: missed && marks.as_ref().is_some_and(is_excused),
                categories: marks.as_ref().map(DayMarks::categories).unwrap_or_default(),
            }
        })
        .collect()
}

fn kind(sheet: &Sheet, known: &[u64], day: usize, marks: Option<&DayMarks>, missed: bool) -> DayKind {
    if !bits::get(&sheet.enrolled, day) {
        return DayKind::NotEnrolled;
    }
    if !bits::get(&sheet.roll, day) {
        return DayKind::RollNotTaken;
    }
    if !bits::get(known, day) {
        return DayKind::Unknown;
    }
    let Some(speaker) = marks.and_then(|m| m.speaker(Measure::ABSENT.counts())) else {
        return DayKind::Attended;
    };
    match (missed, speaker.meaning) {
        (true, Meaning::Excused) => DayKind::Excused,
        (true, Meaning::Unexcused) => DayKind::Unexcused,
        (true, Meaning::Unknown) => DayKind::ReasonUnknown,
        _ => DayKind::Part,
    }
}
