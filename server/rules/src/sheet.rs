//! A student's year at a school, read: one bit or one amount for each instructional day of the school's calendar.

use crate::bits;
use crate::calendar::{CalendarBits, Effects};
use crate::marks::{DayMarks, ShapeTable};
use crate::measure::Measures;
use model::attendance::{Mark, ShapeId, Strip};
use model::history::StudentHistory;

/// A student's year at one school.
#[derive(Default)]
pub(crate) struct Sheet<'h> {
    /// The place of the school's calendar in the context.
    pub(crate) calendar: usize,
    strip: Option<&'h Strip>,
    /// Days enrolled.
    pub(crate) enrolled: Vec<u64>,
    /// Of these, days on which roll was taken.
    pub(crate) roll: Vec<u64>,
    /// How many these are.
    pub(crate) days: u32,
    /// Of these, for each measure that a bit holds the days that count, one after the other.
    counted: Vec<u64>,
    /// The amounts of the other measures: day, measure, amount; by day.
    amounts: Vec<(u16, u16, u64)>,
    /// Days with roll that are unknown to a measure: day, measure; by day.
    unknown: Vec<(u16, u16)>,
    /// Days with other possible sessions than the calendar says: day, sessions; by day.
    possible: Vec<(u16, u8)>,
    /// The sum of each measure.
    totals: Vec<u64>,
}

impl<'h> Sheet<'h> {
    /// Reads a student's year by a calendar into this sheet, which may have been used before. `false` where they were
    /// not enrolled on any day of it.
    pub(crate) fn read(
        &mut self,
        number: usize,
        calendar: &CalendarBits<'h>,
        student: &'h StudentHistory,
        shapes: &ShapeTable<'h>,
        measures: &Measures,
    ) -> bool {
        let words = calendar.roll.len();
        renew(&mut self.enrolled, words);
        let mut any = false;
        for span in student.spans.iter().filter(|s| s.school == calendar.school) {
            let from = calendar.days.partition_point(|d| d.date < span.entry);
            let to =
                span.end.map_or(calendar.days.len(), |end| calendar.days.partition_point(|d| d.date < end));
            if from < to {
                bits::set_range(&mut self.enrolled, from, to);
                any = true;
            }
        }
        if !any {
            return false;
        }
        self.calendar = number;
        self.roll.clear();
        self.roll.extend(self.enrolled.iter().zip(&calendar.roll).map(|(e, r)| e & r));
        self.days = bits::count(&self.roll);
        renew(&mut self.counted, words * measures.bits());
        self.amounts.clear();
        self.unknown.clear();
        self.possible.clear();
        let mut years = student.years.iter();
        self.strip = years.find(|y| y.school == calendar.school && y.year == calendar.year).map(|y| &y.strip);
        self.read_marks(calendar, shapes, measures);
        self.totals.clear();
        self.totals.resize(measures.all().len(), 0);
        for (total, mask) in self.totals.iter_mut().zip(self.counted.chunks_exact(words)) {
            *total = u64::from(bits::count(mask));
        }
        for (_, measure, amount) in &self.amounts {
            self.totals[usize::from(*measure)] += amount;
        }
        true
    }

    fn read_marks(&mut self, calendar: &CalendarBits<'h>, shapes: &ShapeTable<'h>, measures: &Measures) {
        let Some(strip) = self.strip else { return };
        let (first, codes) = strip.codes();
        // Most days carry no mark: eight at a time are passed over.
        for (block, eight) in codes.chunks(8).enumerate() {
            if eight.iter().fold(0, |any, code| any | code) == 0 {
                continue;
            }
            for (i, code) in eight.iter().enumerate().filter(|(_, code)| !matches!(code, 0 | 255)) {
                let Some(place) = calendar.place(first + (block * 8 + i) as u16) else { continue };
                match calendar.effects(place, *code, shapes, measures) {
                    Some(effects) => self.apply(place, effects, calendar, measures),
                    None => self.look(place, &[lone_mark(0, *code)], calendar, shapes, measures),
                }
            }
        }
        for marks in strip.details().chunk_by(|a, b| a.day == b.day) {
            if let Some(place) = marks.first().and_then(|m| calendar.place(m.day)) {
                self.look(place, marks, calendar, shapes, measures);
            }
        }
        if !strip.details().is_empty() {
            self.amounts.sort_unstable();
            self.unknown.sort_unstable();
            self.possible.sort_unstable();
        }
    }

    fn look(
        &mut self,
        place: usize,
        marks: &[Mark],
        calendar: &CalendarBits<'h>,
        shapes: &ShapeTable<'h>,
        measures: &Measures,
    ) {
        let marks = shapes.day(&calendar.days[place], calendar.bells, marks);
        self.apply(place, &Effects::of(&marks, measures), calendar, measures);
    }

    fn apply(&mut self, place: usize, effects: &Effects, calendar: &CalendarBits, measures: &Measures) {
        if !bits::get(&self.roll, place) {
            return;
        }
        let words = self.roll.len();
        let day = place as u16;
        for (measure, amount) in &effects.amounts {
            if usize::from(*measure) < measures.bits() {
                bits::set(&mut self.counted[usize::from(*measure) * words..], place);
            } else {
                self.amounts.push((day, *measure, *amount));
            }
        }
        self.unknown.extend(effects.unknown.iter().map(|measure| (day, *measure)));
        if effects.possible != calendar.days[place].sessions.clamp(1, 2) {
            self.possible.push((day, effects.possible));
        }
    }

    /// The sum of a measure over the year.
    pub(crate) fn total(&self, measure: usize) -> u64 {
        self.totals[measure]
    }

    /// The days that count for a measure that a bit holds.
    pub(crate) fn counted(&self, measure: usize) -> &[u64] {
        let words = self.roll.len();
        &self.counted[measure * words..(measure + 1) * words]
    }

    /// The days with an amount of a measure, in order, with it.
    pub(crate) fn events(
        &self,
        measure: usize,
        measures: &Measures,
    ) -> impl Iterator<Item = (usize, u64)> + '_ {
        let bit = measure < measures.bits();
        let mask = if bit { self.counted(measure) } else { &[] };
        let amounts = if bit { &[][..] } else { &self.amounts };
        bits::days(mask).map(|place| (place, 1)).chain(
            amounts
                .iter()
                .filter(move |(_, of, _)| usize::from(*of) == measure)
                .map(|(day, _, amount)| (usize::from(*day), *amount)),
        )
    }

    /// Whether some day with roll is unknown to the measure.
    pub(crate) fn has_unknown(&self, measure: usize) -> bool {
        self.unknown.iter().any(|(_, of)| usize::from(*of) == measure)
    }

    /// Whether every day has the possible sessions that the calendar says.
    pub(crate) fn all_possible(&self) -> bool {
        self.possible.is_empty()
    }

    /// The days known to a measure: enrolled, roll taken, and every mark of use to it.
    pub(crate) fn known(&self, measure: usize) -> Vec<u64> {
        let mut known = self.roll.clone();
        for (day, _) in self.unknown.iter().filter(|(_, of)| usize::from(*of) == measure) {
            bits::clear(&mut known, usize::from(*day));
        }
        known
    }

    /// Possible sessions of a day, where others than the calendar's.
    pub(crate) fn possible(&self, place: usize) -> Option<u8> {
        self.possible.iter().find(|(day, _)| usize::from(*day) == place).map(|(_, sessions)| *sessions)
    }

    /// Every instructional day with a mark, in order, with its marks read.
    pub(crate) fn marked_days(
        &self,
        calendar: &CalendarBits<'h>,
        shapes: &ShapeTable<'h>,
    ) -> Vec<(usize, DayMarks<'h>)> {
        let mut marked = Vec::new();
        let mut read = |marks: &[Mark]| {
            if let Some(place) = marks.first().and_then(|m| calendar.place(m.day)) {
                marked.push((place, shapes.day(&calendar.days[place], calendar.bells, marks)));
            }
        };
        let (first, codes) = self.strip.map_or((0, &[][..]), Strip::codes);
        let mut details = self.strip.map_or(&[][..], Strip::details).chunk_by(|a, b| a.day == b.day);
        for (day, code) in (first..).zip(codes) {
            match *code {
                0 => {}
                255 => read(details.next().unwrap_or_default()),
                code => read(&[lone_mark(day, code)]),
            }
        }
        marked
    }
}

/// Empties a mask and gives it so many words.
fn renew(mask: &mut Vec<u64>, words: usize) {
    mask.clear();
    mask.resize(words, 0);
}

/// The mark of a day whose code is a shape.
fn lone_mark(day: u16, code: u8) -> Mark {
    Mark { day, shape: ShapeId(u32::from(code)), arrival: None, departure: None }
}
