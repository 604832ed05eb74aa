//! What a rule is asked on: the days of one school year of a student, at one school or at all of them together, with
//! the earlier days that a window may reach.

use crate::context::Context;
use crate::measure::Measures;
use crate::pack::{RequiredHours, Rule, Unit};
use crate::sheet::Sheet;
use crate::windows::{SchoolDays, next_weekday};
use crate::{bits, marks};
use model::grade::Grade;
use model::history::{Fact, StudentHistory};
use model::signal::Extent;
use model::time::{Date, SchoolYear};
use std::ops::Deref;

/// The longest school day, in minutes, that is a half-day program's.
const HALF_DAY: u64 = 240;

/// One enrolled day at one school.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) date: Date,
    /// The place of its sheet.
    pub(crate) sheet: usize,
    /// The place of the day in the sheet's calendar.
    pub(crate) place: usize,
    /// It belongs to the school year asked about.
    pub(crate) in_year: bool,
}

/// A slot that is known to a measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) slot: Slot,
    pub(crate) amount: u64,
    /// What the day adds to the whole: 1, or its possible sessions.
    pub(crate) units: u64,
}

/// One school year of a student, at one school or at all of them together.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a, 'h> {
    pub(crate) context: &'a Context<'h>,
    pub(crate) student: &'h StudentHistory,
    /// The student's sheets up to the end of the year, by year, then school.
    pub(crate) sheets: &'a [Sheet<'h>],
    pub(crate) extent: Extent,
    pub(crate) year: SchoolYear,
    pub(crate) as_of: Date,
}

/// The days of it.
pub(crate) struct Ground<'a, 'h> {
    scope: Scope<'a, 'h>,
    /// Enrolled days up to the end of the year, by date.
    pub(crate) slots: Vec<Slot>,
    /// Instructional days of the schools, up to the end of the year.
    pub(crate) days: SchoolDays,
    /// The same with the next weekday.
    pub(crate) ahead: SchoolDays,
    /// Instructional days of the year alone.
    pub(crate) year_days: Vec<Date>,
}

impl<'a, 'h> Deref for Ground<'a, 'h> {
    type Target = Scope<'a, 'h>;

    fn deref(&self) -> &Scope<'a, 'h> {
        &self.scope
    }
}

impl<'a, 'h> Ground<'a, 'h> {
    /// Of a scope.
    pub(crate) fn new(scope: Scope<'a, 'h>) -> Self {
        let mut slots = Vec::new();
        let mut schools = Vec::new();
        let mut year_days = Vec::new();
        for (number, sheet) in scope.sheets.iter().enumerate().filter(|(_, sheet)| scope.holds(sheet)) {
            let calendar = scope.context.calendar(sheet);
            schools.push(calendar.school);
            let in_year = calendar.year == scope.year;
            slots.extend(bits::days(&sheet.enrolled).map(|place| Slot {
                date: calendar.date(place),
                sheet: number,
                place,
                in_year,
            }));
            if in_year {
                year_days.extend(calendar.dates());
            }
        }
        slots.sort_by_key(|s| (s.date, s.sheet));
        schools.sort_unstable();
        schools.dedup();
        let calendars = schools.iter().flat_map(|s| scope.context.of_school(*s));
        let mut all: Vec<Date> = calendars.filter(|c| c.year <= scope.year).flat_map(|c| c.dates()).collect();
        for dates in [&mut all, &mut year_days] {
            dates.sort_unstable();
            dates.dedup();
        }
        let days = SchoolDays::new(all, year_days.iter().copied());
        let ahead = days.with(next_weekday(scope.as_of));
        Self { scope, slots, days, ahead, year_days }
    }

    /// The enrolled days known to a measure, by date, with what it has of them. Days of earlier years only on demand.
    pub(crate) fn known(&self, rule: &Rule, measure: usize, earlier: bool) -> Vec<Known> {
        let measures = &self.context.measures;
        let sessions = rule.unit == Unit::Session;
        let read: Vec<Option<(Vec<u64>, Vec<u64>)>> = self
            .sheets
            .iter()
            .map(|sheet| {
                let calendar = self.context.calendar(sheet);
                (calendar.year == self.year || (earlier && calendar.year < self.year)).then(|| {
                    let mut amounts = vec![0; calendar.days.len()];
                    for (place, amount) in sheet.events(measure, measures) {
                        amounts[place] = amount;
                    }
                    (sheet.known(measure), amounts)
                })
            })
            .collect();
        let known = |slot: &Slot| {
            let (known, amounts) = read[slot.sheet].as_ref()?;
            let units = if sessions { self.possible(*slot) } else { 1 };
            bits::get(known, slot.place).then(|| Known {
                slot: *slot,
                amount: if self.excluded(rule, *slot) { 0 } else { amounts[slot.place] },
                units,
            })
        };
        self.slots.iter().filter_map(known).collect()
    }
}

impl<'a, 'h> Scope<'a, 'h> {
    /// Whether a sheet is of the schools asked about, and not of a later year.
    pub(crate) fn holds(&self, sheet: &Sheet<'h>) -> bool {
        let calendar = self.context.calendar(sheet);
        calendar.year <= self.year
            && (self.extent == Extent::District || self.extent == Extent::School(calendar.school))
    }

    /// The sheets of the year.
    pub(crate) fn of_year(self) -> impl Iterator<Item = &'a Sheet<'h>> {
        let of_year = move |sheet: &&Sheet<'h>| self.context.calendar(sheet).year == self.year;
        self.sheets.iter().filter(of_year).filter(move |sheet| self.holds(sheet))
    }

    /// The school of a slot.
    pub(crate) fn school(&self, slot: Slot) -> u32 {
        self.context.calendar(&self.sheets[slot.sheet]).school
    }

    fn possible(&self, slot: Slot) -> u64 {
        let sheet = &self.sheets[slot.sheet];
        let stated = self.context.calendar(sheet).days[slot.place].sessions.clamp(1, 2);
        u64::from(sheet.possible(slot.place).unwrap_or(stated))
    }

    /// Whether a fact of the case takes the day out of the rule's count.
    pub(crate) fn excluded(&self, rule: &Rule, slot: Slot) -> bool {
        let school = self.school(slot);
        rule.less.is_some_and(|kind| {
            let mut facts = self.student.facts.iter();
            facts.any(|f| f.kind == kind && f.date == slot.date && f.school.is_none_or(|s| s == school))
        })
    }

    /// The grade of the enrollment on a day.
    fn grade(&self, slot: Slot) -> Option<Grade> {
        let school = self.school(slot);
        let mut spans = self.student.spans.iter().filter(|s| s.school == school && s.covers(slot.date));
        spans.find_map(|s| s.grade)
    }

    /// Whether the rule is for a student of this grade and age on that day.
    pub(crate) fn eligible(&self, rule: &Rule, slot: Slot) -> bool {
        rule.grades.is_none_or(|grades| grades.holds(self.grade(slot))) && self.of_age(rule, slot.date)
    }

    /// Whether the rule is for a student of this age on that day.
    pub(crate) fn of_age(&self, rule: &Rule, date: Date) -> bool {
        rule.ages.is_none_or(|ages| ages.holds(self.student.birth_date, date))
    }

    /// The hours that the school year must have for the student on that day.
    pub(crate) fn required(&self, required: &[RequiredHours], slot: Slot) -> Option<u32> {
        let grade = self.grade(slot);
        let calendar = self.context.calendar(&self.sheets[slot.sheet]);
        let short = || {
            marks::length(&calendar.days[slot.place], calendar.bells)
                .is_some_and(|minutes| minutes <= HALF_DAY)
        };
        let fits = |hours: &&RequiredHours| {
            hours.grades.is_none_or(|grades| grades.holds(grade)) && (!hours.half_day || short())
        };
        required.iter().find(fits).map(|hours| hours.hours)
    }

    /// Facts of the school year up to a day, in order.
    pub(crate) fn facts(&self, year_begins: u32, until: Date) -> Vec<Fact> {
        let counts = |fact: &&Fact| {
            self.of_year().any(|sheet| {
                let calendar = self.context.calendar(sheet);
                calendar.span(year_begins).contains(&fact.date)
                    && fact.school.is_none_or(|school| school == calendar.school)
            })
        };
        let mut facts: Vec<Fact> =
            self.student.facts.iter().filter(|f| f.date <= until).filter(counts).copied().collect();
        facts.sort_unstable();
        facts
    }

    /// Whether the school year lasts on the as-of date.
    pub(crate) fn current(&self, year_begins: u32) -> bool {
        self.of_year().all(|sheet| self.as_of < self.context.calendar(sheet).span(year_begins).end)
    }

    /// Whether the student is enrolled on the as-of date, so that there is a next day at all.
    pub(crate) fn enrolled_now(&self) -> bool {
        enrolled_now(self.student, self.extent, self.as_of)
    }

    /// Whether the rule is for the grade and age that the student will have on the next day.
    pub(crate) fn eligible_next(&self, rule: &Rule) -> bool {
        eligible_next(self.student, self.extent, self.as_of, rule)
    }

    /// The measures of the context.
    pub(crate) fn measures(&self) -> &'a Measures {
        &self.context.measures
    }
}

/// Whether a student is enrolled on a day, at the school or anywhere.
pub(crate) fn enrolled_now(student: &StudentHistory, extent: Extent, date: Date) -> bool {
    student
        .spans
        .iter()
        .any(|s| s.covers(date) && (extent == Extent::District || extent == Extent::School(s.school)))
}

/// Whether a rule is for the grade and age that a student enrolled on a day will have on the next one.
pub(crate) fn eligible_next(student: &StudentHistory, extent: Extent, as_of: Date, rule: &Rule) -> bool {
    let here = |school| extent == Extent::District || extent == Extent::School(school);
    let mut spans = student.spans.iter().filter(|s| s.covers(as_of) && here(s.school));
    rule.grades.is_none_or(|grades| spans.any(|s| grades.holds(s.grade)))
        && rule.ages.is_none_or(|ages| ages.holds(student.birth_date, next_weekday(as_of)))
}
