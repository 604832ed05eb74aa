//! One way to meet a rule, day by day: what the window that ends on each day holds.

use crate::bits;
use crate::ground::{Ground, Known, Slot, enrolled_now};
use crate::lines::{Dated, Way};
use crate::measure::{MINUTE, Measure};
use crate::pack::{Unit, Window};
use crate::windows::next_weekday;
use model::time::Date;
use std::collections::BTreeMap;

/// What a window holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum<'h> {
    pub(crate) counted: u64,
    /// Known enrolled days, possible sessions, or required minutes in their millionths.
    pub(crate) whole: u64,
    /// The first day of the window.
    pub(crate) from: Date,
    /// The period, where each is counted by itself.
    pub(crate) class: Option<&'h str>,
}

/// What is known on one day of the year.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'h> {
    pub(crate) date: Date,
    pub(crate) sum: Sum<'h>,
    /// The rule is for a student of this grade and age.
    pub(crate) eligible: bool,
    /// The least enrollment and the least presence are reached.
    pub(crate) enough: bool,
    /// Known enrolled days (or possible sessions) so far in the year.
    pub(crate) enrolled: u64,
    /// Known days so far in the year on which nothing counted.
    pub(crate) present: u64,
}

impl Reading<'_> {
    /// Whether the way is met on the day, as far as days say.
    pub(crate) fn meets(&self, way: &Way) -> bool {
        self.enough && way.met(self.sum.counted, self.sum.whole)
    }
}

impl<'h> Sweep<'h> {
    /// What was last known up to a day, for a student of the rule's grades and ages.
    pub(crate) fn upto(&self, date: Date) -> Option<&Reading<'h>> {
        let upto = self.readings.partition_point(|r| r.date <= date);
        self.readings.get(..upto)?.iter().rfind(|r| r.eligible)
    }

    /// What is known on a day, for a student of the rule's grades and ages.
    pub(crate) fn on(&self, date: Date) -> Option<&Reading<'h>> {
        let place = self.readings.binary_search_by_key(&date, |r| r.date).ok()?;
        self.readings.get(place).filter(|r| r.eligible)
    }
}

/// One way through the year.
#[derive(Debug, Default)]
pub(crate) struct Sweep<'h> {
    /// One for each day of the year that is known to the measure, in order.
    pub(crate) readings: Vec<Reading<'h>>,
    /// The window that contains the as-of date.
    pub(crate) now: Sum<'h>,
    /// The window that ends on the next weekday, as far as it is known.
    pub(crate) ahead: Sum<'h>,
}

/// Goes through the year.
pub(crate) fn sweep<'h>(ground: &Ground<'_, 'h>, year_begins: u32, dated: &Dated, way: &Way) -> Sweep<'h> {
    let known = ground.known(dated.rule, way.measure, way.reaches_back());
    let mut sums: Box<dyn Sums<'h>> = match (way.unit, way.criterion.window) {
        (Unit::Report, _) => Box::new(Reports::new(ground, year_begins, way)),
        (Unit::Minute, Window::Consecutive) => Box::new(RunningMinutes::new(ground)),
        (_, Window::Consecutive) => Box::new(RunningDays::new(ground, &known)),
        (_, Window::OneClass) => Box::new(Classes::new(ground, dated)),
        _ => Box::new(Sliding::new(ground, way)),
    };
    let mut readings = Vec::new();
    let (mut enrolled, mut present) = (0, 0);
    for day in known.chunk_by(|a, b| a.slot.date == b.slot.date) {
        let Some(date) = day.first().map(|k| k.slot.date) else { continue };
        let mut sum = sums.add(date, day);
        let of_year = || day.iter().filter(|k| k.slot.in_year);
        if of_year().next().is_none() {
            continue;
        }
        enrolled += of_year().map(|k| k.units).sum::<u64>();
        present += of_year().filter(|k| k.amount == 0).count() as u64;
        let mut eligible = of_year().any(|k| ground.eligible(dated.rule, k.slot));
        let required = &way.criterion.required_hours;
        if !required.is_empty() {
            match of_year().find_map(|k| ground.required(required, k.slot)) {
                Some(hours) => sum.whole = u64::from(hours) * 60 * MINUTE,
                None => eligible = false,
            }
        }
        let enough = enrolled >= u64::from(dated.rule.least_enrolled)
            && present >= u64::from(dated.rule.least_present);
        readings.push(Reading { date, sum, eligible, enough, enrolled, present });
    }
    let (mut now, mut ahead) = sums.end();
    if !way.criterion.required_hours.is_empty() {
        let whole = readings.last().map_or(0, |r| r.sum.whole);
        (now.whole, ahead.whole) = (whole, whole);
    }
    Sweep { readings, now, ahead }
}

/// How a window is summed.
trait Sums<'h> {
    /// Takes the next day with something known; the window that ends on it.
    fn add(&mut self, date: Date, day: &[Known]) -> Sum<'h>;
    /// The window that contains the as-of date, and the one that ends on the next weekday.
    fn end(&mut self) -> (Sum<'h>, Sum<'h>);
}

/// A window from a first day to the day.
struct Sliding<'a, 'g, 'h> {
    ground: &'g Ground<'a, 'h>,
    window: Window,
    held: Vec<Known>,
    first: usize,
    sum: Sum<'h>,
}

impl<'a, 'g, 'h> Sliding<'a, 'g, 'h> {
    fn new(ground: &'g Ground<'a, 'h>, way: &Way) -> Self {
        Self { ground, window: way.criterion.window, held: Vec::new(), first: 0, sum: Sum::default() }
    }

    fn forget(&mut self, before: Date) -> Sum<'h> {
        while let Some(old) = self.held.get(self.first).filter(|k| k.slot.date < before) {
            self.sum.counted -= old.amount;
            self.sum.whole -= old.units;
            self.first += 1;
        }
        self.sum.from = before;
        self.sum
    }
}

impl<'h> Sums<'h> for Sliding<'_, '_, 'h> {
    fn add(&mut self, date: Date, day: &[Known]) -> Sum<'h> {
        for known in day {
            self.held.push(*known);
            self.sum.counted += known.amount;
            self.sum.whole += known.units;
        }
        self.forget(self.ground.days.start(self.window, date))
    }

    fn end(&mut self) -> (Sum<'h>, Sum<'h>) {
        let ground = self.ground;
        let now = self.forget(ground.days.start(self.window, ground.as_of));
        let ahead = self.forget(ground.ahead.start(self.window, next_weekday(ground.as_of)));
        (now, ahead)
    }
}

/// Days in a row. For all schools together, a school where the student is not enrolled on a day has no say in it,
/// unless it is so at all of them.
struct RunningDays<'h> {
    /// For each instructional day of the year the length of the run that ends on it, with its first day.
    runs: BTreeMap<Date, Sum<'h>>,
}

impl<'h> RunningDays<'h> {
    fn new(ground: &Ground<'_, 'h>, known: &[Known]) -> Self {
        let mut of_day: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
        for date in &ground.year_days {
            of_day.insert(*date, (0, 0));
        }
        for slot in ground.slots.iter().filter(|s| s.in_year) {
            of_day.entry(slot.date).or_default().0 += 1;
        }
        for counted in known.iter().filter(|k| k.slot.in_year && k.amount > 0) {
            of_day.entry(counted.slot.date).or_default().1 += counted.amount;
        }
        let mut runs = BTreeMap::new();
        let mut run = Sum::default();
        for (date, (enrolled, counted)) in of_day {
            // The student's own school is closed: a day of another school is none of theirs.
            if enrolled == 0 && enrolled_now(ground.student, ground.extent, date) {
                continue;
            }
            if enrolled == 0 || counted < enrolled {
                run = Sum { from: date, ..Sum::default() };
            } else {
                if run.counted == 0 {
                    run.from = date;
                }
                run.counted += counted;
            }
            runs.insert(date, run);
        }
        Self { runs }
    }
}

impl<'h> Sums<'h> for RunningDays<'h> {
    fn add(&mut self, date: Date, _: &[Known]) -> Sum<'h> {
        self.runs.get(&date).copied().unwrap_or_default()
    }

    fn end(&mut self) -> (Sum<'h>, Sum<'h>) {
        let last = self.runs.last_key_value().map(|(_, run)| *run).unwrap_or_default();
        (last, last)
    }
}

/// Minutes between two attended days: known days of which nothing was missed for any reason.
struct RunningMinutes<'h> {
    /// By sheet.
    attended: Vec<Vec<u64>>,
    sum: Sum<'h>,
}

impl<'h> RunningMinutes<'h> {
    fn new(ground: &Ground<'_, 'h>) -> Self {
        let anything = ground.measures().place(Measure::ANYTHING);
        let attended = ground.sheets.iter().map(|sheet| {
            let counted = sheet.counted(anything);
            sheet.known(anything).iter().zip(counted).map(|(known, counted)| known & !counted).collect()
        });
        Self { attended: attended.collect(), sum: Sum::default() }
    }
}

impl<'h> Sums<'h> for RunningMinutes<'h> {
    fn add(&mut self, date: Date, day: &[Known]) -> Sum<'h> {
        let attended = |k: &Known| bits::get(&self.attended[k.slot.sheet], k.slot.place);
        let of_year = || day.iter().filter(|k| k.slot.in_year);
        // A day on which anything was missed, at whichever school and for whatever reason, is not an attended one.
        if of_year().next().is_some() && of_year().all(attended) {
            self.sum = Sum { from: date, ..Sum::default() };
        } else {
            if self.sum.counted == 0 {
                self.sum.from = date;
            }
            self.sum.counted += of_year().map(|k| k.amount).sum::<u64>();
        }
        self.sum
    }

    fn end(&mut self) -> (Sum<'h>, Sum<'h>) {
        (self.sum, self.sum)
    }
}

/// Each period by itself: the fullest one speaks, the first by name where two are equal.
struct Classes<'h> {
    /// The periods missed, by day and sheet.
    missed: BTreeMap<(Date, usize), Vec<&'h str>>,
    counts: BTreeMap<&'h str, u64>,
    last: Sum<'h>,
}

impl<'h> Classes<'h> {
    fn new(ground: &Ground<'_, 'h>, dated: &Dated) -> Self {
        let mut missed = BTreeMap::new();
        let years: Vec<usize> = ground.slots.iter().filter(|s| s.in_year).map(|s| s.sheet).collect();
        for (number, sheet) in ground.sheets.iter().enumerate().filter(|(i, _)| years.contains(i)) {
            let calendar = ground.context.calendar(sheet);
            for (place, marks) in sheet.marked_days(calendar, &ground.context.shapes) {
                let slot = Slot { date: calendar.date(place), sheet: number, place, in_year: true };
                if let Some(counts) = dated.rule.counts.filter(|_| !ground.excluded(dated.rule, slot)) {
                    missed.insert((slot.date, number), marks.periods(counts));
                }
            }
        }
        Self { missed, counts: BTreeMap::new(), last: Sum::default() }
    }
}

impl<'h> Sums<'h> for Classes<'h> {
    fn add(&mut self, date: Date, day: &[Known]) -> Sum<'h> {
        for known in day.iter().filter(|k| k.slot.in_year) {
            for period in self.missed.get(&(date, known.slot.sheet)).into_iter().flatten() {
                *self.counts.entry(period).or_default() += 1;
            }
            self.last.whole += known.units;
        }
        for (period, count) in &self.counts {
            if *count > self.last.counted || self.last.class == Some(*period) {
                (self.last.counted, self.last.class) = (*count, Some(*period));
            }
        }
        self.last
    }

    fn end(&mut self) -> (Sum<'h>, Sum<'h>) {
        (self.last, self.last)
    }
}

/// Facts of the case so far in the year.
struct Reports<'h> {
    dates: Vec<Date>,
    last: Sum<'h>,
}

impl<'h> Reports<'h> {
    fn new(ground: &Ground<'_, 'h>, year_begins: u32, way: &Way) -> Self {
        let facts = ground.facts(year_begins, ground.as_of);
        let of_kind = facts.iter().filter(|f| Some(f.kind) == way.criterion.fact);
        Self { dates: of_kind.map(|f| f.date).collect(), last: Sum::default() }
    }
}

impl<'h> Sums<'h> for Reports<'h> {
    fn add(&mut self, date: Date, _: &[Known]) -> Sum<'h> {
        self.last.counted = self.dates.iter().filter(|d| **d <= date).count() as u64;
        self.last
    }

    fn end(&mut self) -> (Sum<'h>, Sum<'h>) {
        let ahead = Sum { counted: self.dates.len() as u64, ..self.last };
        (self.last, ahead)
    }
}
