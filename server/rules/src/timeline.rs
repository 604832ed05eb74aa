//! A student's year at a school as bits: one bit for each instructional day of the school's calendar, in order.

use crate::bits;
use crate::marks::{DayMarks, DayTest, Quick, ShapeTable};
use model::attendance::{Mark, ShapeId, Strip, day_number};
use model::history::{Bell, Calendar, Day, History, StudentHistory};
use model::time::{Date, SchoolYear};
use std::cell::OnceCell;

/// No instructional day.
const NONE: u16 = u16::MAX;

/// A school's calendar of one year, up to the as-of date.
pub(crate) struct CalendarBits<'h> {
    /// The school's place in the history.
    pub(crate) school: u32,
    /// The year.
    pub(crate) year: SchoolYear,
    /// Instructional days up to the as-of date.
    pub(crate) days: &'h [Day],
    /// The as-of date lies before the next school year.
    pub(crate) current: bool,
    bells: &'h [Bell],
    /// Days on which roll was taken.
    roll: Vec<u64>,
    /// The place of each day number of the strips among the instructional days.
    place: Vec<u16>,
}

impl<'h> CalendarBits<'h> {
    /// The calendars of one school with a day up to the as-of date.
    pub(crate) fn of_school(history: &'h History, school: u32, as_of: Date) -> Vec<Self> {
        let Some(s) = history.schools.get(school as usize) else { return Vec::new() };
        s.calendars
            .iter()
            .filter_map(|calendar| {
                let upto = calendar.days.partition_point(|d| d.date <= as_of);
                let days = calendar.days.get(..upto).filter(|d| !d.is_empty())?;
                let mut roll = vec![0; bits::words(upto)];
                let mut place = Vec::new();
                for (i, day) in days.iter().enumerate() {
                    if roll_taken(day, s.last_row) {
                        bits::set(&mut roll, i);
                    }
                    if let Some(number) = day_number(calendar.year, day.date).map(usize::from) {
                        if place.len() <= number {
                            place.resize(number + 1, NONE);
                        }
                        place[number] = i as u16;
                    }
                }
                let current = next_year_begins(calendar, &s.calendars).is_none_or(|next| as_of < next);
                Some(Self { school, year: calendar.year, days, current, bells: &s.bells, roll, place })
            })
            .collect()
    }

    fn place(&self, day: u16) -> Option<usize> {
        self.place.get(usize::from(day)).copied().filter(|p| *p != NONE).map(usize::from)
    }

    /// The date of an instructional day.
    pub(crate) fn date(&self, place: usize) -> Date {
        self.days[place].date
    }
}

/// Roll counts as taken up to the school's last attendance row, unless the source says otherwise of the day.
fn roll_taken(day: &Day, last_row: Option<Date>) -> bool {
    day.roll.unwrap_or_else(|| last_row.is_some_and(|last| day.date <= last))
}

/// When the year after this calendar's begins; `None` where nobody has said yet.
fn next_year_begins(calendar: &Calendar, all: &[Calendar]) -> Option<Date> {
    if !calendar.year_named {
        return Some(calendar.year.next().july_first());
    }
    let next = all.iter().filter(|c| c.year > calendar.year && !c.days.is_empty()).min_by_key(|c| c.year)?;
    next.days.first().map(|d| d.date)
}

/// A student's year at one school.
pub(crate) struct StudentBits<'c, 'h> {
    /// The school's calendar.
    pub(crate) calendar: &'c CalendarBits<'h>,
    strip: Option<&'h Strip>,
    /// Days enrolled.
    pub(crate) enrolled: Vec<u64>,
    /// Of these, days on which roll was taken and every row could be used.
    pub(crate) known: Vec<u64>,
    /// Of these, for each test the days that count, one after the other.
    counted: Vec<u64>,
    /// See [`Self::marked_days`].
    marked: OnceCell<Vec<(usize, DayMarks<'h>)>>,
}

impl<'c, 'h> StudentBits<'c, 'h> {
    /// The student's year by a calendar; `None` where they were not enrolled on any day of it.
    pub(crate) fn new(
        calendar: &'c CalendarBits<'h>,
        student: &'h StudentHistory,
        shapes: &ShapeTable<'h>,
        tests: &[DayTest],
    ) -> Option<Self> {
        let words = calendar.roll.len();
        let mut enrolled = vec![0; words];
        let mut any = false;
        for span in student.spans.iter().filter(|s| s.school == calendar.school) {
            let from = calendar.days.partition_point(|d| d.date < span.entry);
            let to =
                span.end.map_or(calendar.days.len(), |end| calendar.days.partition_point(|d| d.date < end));
            if from < to {
                bits::set_range(&mut enrolled, from, to);
                any = true;
            }
        }
        if !any {
            return None;
        }
        let known: Vec<u64> = enrolled.iter().zip(&calendar.roll).map(|(e, r)| e & r).collect();
        let strip = student
            .years
            .iter()
            .find(|y| y.school == calendar.school && y.year == calendar.year)
            .map(|y| &y.strip);
        let counted = vec![0; words * tests.len()];
        let mut this = Self { calendar, strip, enrolled, known, counted, marked: OnceCell::new() };
        this.read_marks(shapes, tests);
        Some(this)
    }

    fn read_marks(&mut self, shapes: &ShapeTable<'h>, tests: &[DayTest]) {
        let Some(strip) = self.strip else { return };
        let (first, codes) = strip.codes();
        // Most days carry no mark: eight at a time are passed over.
        for (block, eight) in codes.chunks(8).enumerate() {
            if eight.iter().fold(0, |any, code| any | code) == 0 {
                continue;
            }
            for (i, code) in eight.iter().enumerate().filter(|(_, code)| !matches!(code, 0 | 255)) {
                let day = first + (block * 8 + i) as u16;
                let Some(place) = self.calendar.place(day) else { continue };
                match shapes.quick(*code) {
                    Quick::Known(count) => self.apply(place, true, count),
                    Quick::Unknown => self.apply(place, false, 0),
                    Quick::Look => {
                        let mark =
                            Mark { day, shape: ShapeId(u32::from(*code)), arrival: None, departure: None };
                        self.look(place, &[mark], shapes, tests);
                    }
                }
            }
        }
        for marks in strip.details().chunk_by(|a, b| a.day == b.day) {
            if let Some(place) = marks.first().and_then(|m| self.calendar.place(m.day)) {
                self.look(place, marks, shapes, tests);
            }
        }
    }

    fn look(&mut self, place: usize, marks: &[Mark], shapes: &ShapeTable<'h>, tests: &[DayTest]) {
        let day = shapes.day(&self.calendar.days[place], self.calendar.bells, marks);
        self.apply(place, day.usable, day.count_bits(tests));
    }

    fn apply(&mut self, place: usize, usable: bool, mut count: u32) {
        let words = self.known.len();
        if !usable {
            bits::clear(&mut self.known, place);
        } else if bits::get(&self.known, place) {
            while count != 0 {
                let test = count.trailing_zeros() as usize;
                bits::set(&mut self.counted[test * words..], place);
                count &= count - 1;
            }
        }
    }

    /// The known days that count for a test.
    pub(crate) fn counted(&self, test: usize) -> &[u64] {
        let words = self.known.len();
        &self.counted[test * words..(test + 1) * words]
    }

    /// Whether roll was taken on a day.
    pub(crate) fn roll(&self, place: usize) -> bool {
        bits::get(&self.calendar.roll, place)
    }

    /// Days enrolled whose attendance is unknown.
    pub(crate) fn unknown_days(&self) -> u32 {
        bits::count(&self.enrolled) - bits::count(&self.known)
    }

    /// Every instructional day with a mark, in order, with its marks read (once).
    pub(crate) fn marked_days(&self, shapes: &ShapeTable<'h>) -> &[(usize, DayMarks<'h>)] {
        self.marked.get_or_init(|| {
            let mut marked = Vec::new();
            let mut read = |marks: &[Mark]| {
                if let Some(place) = marks.first().and_then(|m| self.calendar.place(m.day)) {
                    marked.push((place, shapes.day(&self.calendar.days[place], self.calendar.bells, marks)));
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
        })
    }
}

/// The mark of a day whose code is a shape.
fn lone_mark(day: u16, code: u8) -> Mark {
    Mark { day, shape: ShapeId(u32::from(code)), arrival: None, departure: None }
}
