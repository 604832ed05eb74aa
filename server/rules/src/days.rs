//! What each school day was to a student. Rules, pages and aggregates all take it from here.

use crate::bits;
use crate::context::Context;
use crate::marks::{DayMarks, DayTest};
use crate::timeline::StudentBits;
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
        Self(Context::new(history, vec![DayTest::ABSENT], as_of))
    }

    /// One entry for each school and instructional day up to the as-of date, of every year and school in which the
    /// student was enrolled on some day; by year, then school, then date.
    pub fn of(&self, student: usize) -> Vec<DayFact> {
        self.0.years(student).iter().flat_map(|year| facts(&self.0, year)).collect()
    }

    /// A student's school year in sum.
    pub fn totals(&self, student: usize, year: SchoolYear) -> Totals {
        let mut totals = Totals::default();
        for at_school in self.0.years(student).iter().filter(|y| y.calendar.year == year) {
            let missed = at_school.counted(0);
            totals.missed += bits::count(missed);
            totals.days += bits::count(&at_school.known);
            totals.unknown += at_school.unknown_days();
            if bits::count(missed) > 0 {
                let marked = at_school.marked_days(&self.0.shapes);
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
    Days(Context::for_student(history, vec![DayTest::ABSENT], as_of, student)).of(student)
}

/// One student's school year in sum; see [`Days::totals`].
pub fn totals(history: &History, student: usize, year: SchoolYear, as_of: Date) -> Totals {
    Days(Context::for_student(history, vec![DayTest::ABSENT], as_of, student)).totals(student, year)
}

fn is_excused(marks: &DayMarks) -> bool {
    marks.speaker(DayTest::ABSENT.counts).is_some_and(|p| p.meaning == Meaning::Excused)
}

fn facts<'h>(context: &Context<'h>, at_school: &StudentBits<'_, 'h>) -> Vec<DayFact> {
    let mut marked = at_school.marked_days(&context.shapes).iter().peekable();
    (0..at_school.calendar.days.len())
        .map(|day| {
            let marks = marked.next_if(|(of, _)| *of == day).map(|(_, marks)| marks);
            let missed = bits::get(at_school.counted(0), day);
            DayFact {
                date: at_school.calendar.date(day),
                school: at_school.calendar.school,
                year: at_school.calendar.year,
                kind: kind(at_school, day, marks, missed),
                missed,
                excused: missed && marks.is_some_and(is_excused),
                categories: marks.map(DayMarks::categories).unwrap_or_default(),
            }
        })
        .collect()
}

fn kind(at_school: &StudentBits, day: usize, marks: Option<&DayMarks>, missed: bool) -> DayKind {
    if !bits::get(&at_school.enrolled, day) {
        return DayKind::NotEnrolled;
    }
    if !at_school.roll(day) {
        return DayKind::RollNotTaken;
    }
    if !bits::get(&at_school.known, day) {
        return DayKind::Unknown;
    }
    let Some(speaker) = marks.and_then(|m| m.speaker(DayTest::ABSENT.counts)) else {
        return DayKind::Attended;
    };
    match (missed, speaker.meaning) {
        (true, Meaning::Excused) => DayKind::Excused,
        (true, Meaning::Unexcused) => DayKind::Unexcused,
        (true, Meaning::Unknown) => DayKind::ReasonUnknown,
        _ => DayKind::Part,
    }
}
