//! What the rows of `attendance.csv` may name: students, schools, their days and who was enrolled when. Never changes
//! while rows are read, so every thread looks at the same.

use super::NONE;
use crate::records::{BEHIND, Dialect};
use chrono::Datelike;
use model::canonical::{BellPeriod, CalendarDay, EnrollmentSpan};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, HashMap, HashSet};

type Quick = foldhash::fast::RandomState;

/// Whom and where rows may name.
pub(crate) struct Roster<'a> {
    /// The students; a student's number is the place in this list.
    pub(crate) students: &'a [String],
    /// The schools; a school's number is the place in this list.
    pub(crate) schools: &'a [String],
    pub(crate) calendar: &'a [CalendarDay],
    pub(crate) enrollments: &'a [EnrollmentSpan],
    pub(crate) bells: &'a [BellPeriod],
}

/// The longest text that is compared at once.
const AT_ONCE: usize = 16;

/// The sixteen bytes that begin at a place.
#[inline]
pub(super) fn sixteen(bytes: &[u8], at: usize) -> Option<u128> {
    bytes.get(at..)?.first_chunk::<AT_ONCE>().map(|chunk| u128::from_le_bytes(*chunk))
}

/// The first `length` bytes of sixteen; all of them from 16 on.
#[inline]
pub(super) fn first(length: usize) -> u128 {
    u128::MAX.checked_shr(128_u32.saturating_sub(8 * length as u32)).unwrap_or(0)
}

/// Ids and their numbers.
pub(super) struct Ids<'a> {
    numbers: HashMap<&'a [u8], u32, Quick>,
    bytes: Vec<u8>,
    /// Where each begins, and its length; 0 for one that cannot be compared at once.
    places: Vec<(u32, u8)>,
    delimiter: u8,
}

impl<'a> Ids<'a> {
    fn new(ids: &'a [String], dialect: Dialect) -> Self {
        let odd = |byte: &u8| {
            matches!(byte, b'\n' | b'\r')
                || *byte == dialect.delimiter
                || *byte == dialect.quote
                || Some(*byte) == dialect.escape
        };
        let (mut bytes, mut places) = (Vec::new(), Vec::with_capacity(ids.len()));
        let mut numbers = HashMap::with_capacity_and_hasher(ids.len(), Quick::default());
        for (id, number) in ids.iter().zip(0..) {
            numbers.insert(id.as_bytes(), number);
            let simple = id.len() < AT_ONCE && !id.as_bytes().iter().any(odd);
            places.push((bytes.len() as u32, if simple { id.len() as u8 } else { 0 }));
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.resize(bytes.len() + BEHIND, 0);
        Self { numbers, bytes, places, delimiter: dialect.delimiter }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The number of an id.
    #[inline]
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// Where the next field begins, if the field at a place is this id.
    #[inline]
    pub(super) fn stands(&self, number: u32, bytes: &[u8], at: usize) -> Option<usize> {
        let (own, length) = *self.places.get(number as usize)?;
        let end = at + usize::from(length);
        let differ = sixteen(&self.bytes, own as usize)? ^ sixteen(bytes, at)?;
        let is = length > 0
            && differ & first(usize::from(length)) == 0
            && bytes.get(end).is_some_and(|b| *b == self.delimiter);
        is.then_some(end + 1)
    }

    /// The number of the id that is the field at a place, and where the next field begins.
    #[inline]
    pub(super) fn read(&self, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let text = bytes.get(at..)?;
        let text = text.first_chunk::<AT_ONCE>().map_or(text, |chunk| chunk.as_slice());
        let length = memchr::memchr(self.delimiter, text)?;
        let number = self.find(&text[..length])?;
        // One that cannot be compared at once may hold what parts fields.
        (self.places[number as usize].1 > 0).then_some((number, at + length + 1))
    }
}

/// What a school's calendar says of a date.
#[derive(Clone, Copy, Default)]
pub(super) struct DayEntry {
    /// The place of its year in [`SchoolDays::years`], plus 1; 0 where the calendar does not have the date.
    pub(super) year: u8,
    pub(super) instructional: bool,
    /// Minutes of the school day; 0 where the calendar does not say.
    pub(super) minutes: u16,
}

/// One school year of a school; days as numbers from the common era.
pub(super) struct YearSpan {
    pub(super) year: SchoolYear,
    pub(super) first: i32,
    pub(super) last: i32,
    /// Its place in [`Ground::eras`].
    pub(super) era: usize,
}

/// A school, as placing sees it.
#[derive(Default)]
pub(super) struct SchoolDays {
    first: i32,
    days: Vec<DayEntry>,
    pub(super) years: Vec<YearSpan>,
    pub(super) bells: HashSet<String>,
}

impl SchoolDays {
    #[inline]
    pub(super) fn entry(&self, day: i32) -> DayEntry {
        self.place(day).and_then(|i| self.days.get(i)).copied().unwrap_or_default()
    }

    /// The place of a day in the calendar, which may be too short for it.
    #[inline]
    pub(super) fn place(&self, day: i32) -> Option<usize> {
        usize::try_from(day - self.first).ok()
    }

    /// How many days there are from the first to the last of the calendar.
    pub(super) fn length(&self) -> usize {
        self.days.len()
    }

    /// How many rows named each day, from the numbers by place and of days beyond the calendar.
    pub(super) fn named(
        &self,
        by_place: &[u32],
        beyond: &BTreeMap<i32, u32>,
        first_month: u32,
    ) -> BTreeMap<SchoolYear, Vec<(Date, u32)>> {
        let within = (self.first..).zip(by_place.iter().copied()).filter(|(_, rows)| *rows > 0);
        let mut all: Vec<(i32, u32)> = within.chain(beyond.iter().map(|(day, rows)| (*day, *rows))).collect();
        all.sort_unstable();
        let mut named: BTreeMap<SchoolYear, Vec<(Date, u32)>> = BTreeMap::new();
        for (day, rows) in all {
            let year = self.year_of(day, first_month).and_then(|place| self.years.get(place));
            if let (Some(year), Some(date)) = (year, Date::from_num_days_from_ce_opt(day)) {
                named.entry(year.year).or_default().push((date, rows));
            }
        }
        named
    }

    /// The place of the calendared year of a date, also of one that the calendar passes over, such as a Sunday.
    pub(super) fn year_of(&self, day: i32, first_month: u32) -> Option<usize> {
        let listed = usize::from(self.entry(day).year).checked_sub(1);
        listed.or_else(|| self.years.iter().position(|y| (y.first..=y.last).contains(&day))).or_else(|| {
            let year = SchoolYear::of(Date::from_num_days_from_ce_opt(day)?, first_month);
            self.years.iter().position(|y| y.year == year)
        })
    }

    /// Takes a calendar's rows.
    fn fill(&mut self, days: &[&CalendarDay]) {
        let dates = days.iter().map(|d| d.date.num_days_from_ce());
        let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else {
            return;
        };
        self.first = first;
        self.days = vec![DayEntry::default(); (last - first + 1) as usize];
        for row in days {
            let day = row.date.num_days_from_ce();
            let place = self.years.iter().position(|y| y.year == row.year).unwrap_or_else(|| {
                self.years.push(YearSpan { year: row.year, first: day, last: day, era: 0 });
                self.years.len() - 1
            });
            let year = &mut self.years[place];
            year.first = year.first.min(day);
            year.last = year.last.max(day);
            self.days[(day - first) as usize] = DayEntry {
                // More than 254 school years of one school are no calendar.
                year: u8::try_from(place + 1).unwrap_or(u8::MAX),
                instructional: row.instructional,
                minutes: row.minutes.unwrap_or_default(),
            };
        }
    }
}

/// A student at a school.
struct Stay {
    school: u32,
    /// Its part of [`Ground::spans`].
    spans: (u32, u32),
    /// Its part of [`Ground::slots`], one for each year of the school.
    slots: u32,
}

/// A school year in the marks of all schools: a column for each day, a line for each student who was enrolled at a
/// school in that year. A file in the order of days fills a column from its top to its end, a file in the order of
/// students fills all columns side by side: both stay near the last byte written.
pub(super) struct Era {
    pub(super) year: SchoolYear,
    /// The day of the first column.
    pub(super) first: i32,
    pub(super) last: i32,
    /// Where its codes begin among those of all eras.
    pub(super) offset: usize,
    /// Student and school of each line.
    pub(super) lines: Vec<(u32, u32)>,
    /// The number of its first line among those of all eras.
    pub(super) first_line: usize,
}

impl Era {
    /// How many codes it has.
    pub(super) fn size(&self) -> usize {
        self.lines.len() * (self.last - self.first + 1) as usize
    }
}

/// Where the marks of a student at a school in a year go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home {
    pub(super) era: u32,
    pub(super) line: u32,
}

/// A stretch of days in which a student was enrolled at a school, and where its marks go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spell {
    /// First day, and first day no longer.
    pub(super) from: i32,
    pub(super) end: i32,
    /// The year, as [`DayEntry::year`] has it.
    pub(super) year: u8,
    /// The code of the era's first day, and how far apart those of two days are.
    first: usize,
    era_first: i32,
    stride: usize,
}

impl Spell {
    /// No day is in it.
    pub(super) const NONE: Self = Self { from: 0, end: 0, year: 0, first: 0, era_first: 0, stride: 0 };

    /// The code of a day of its year.
    #[inline]
    pub(super) fn code(&self, day: i32) -> usize {
        self.first + (day - self.era_first) as usize * self.stride
    }
}

/// All that rows may name.
pub(crate) struct Ground<'a> {
    pub(super) students: Ids<'a>,
    pub(super) school_ids: Ids<'a>,
    /// The schools' ids, by number.
    pub(super) ids_of_schools: &'a [String],
    pub(super) schools: Vec<SchoolDays>,
    pub(super) eras: Vec<Era>,
    /// Each student's part of `stays`.
    stays_of: Vec<(u32, u32)>,
    stays: Vec<Stay>,
    /// First day enrolled, first day no longer.
    spans: Vec<(i32, i32)>,
    slots: Vec<Home>,
}

impl<'a> Ground<'a> {
    /// Sorts calendars and enrollments so that a row finds its place.
    pub(crate) fn new(roster: &Roster<'a>, dialect: Dialect) -> Self {
        let students = Ids::new(roster.students, dialect);
        let school_ids = Ids::new(roster.schools, dialect);
        let mut days: Vec<Vec<&CalendarDay>> = roster.schools.iter().map(|_| Vec::new()).collect();
        for day in roster.calendar {
            if let Some(number) = school_ids.find(day.school_id.as_bytes()) {
                days[number as usize].push(day);
            }
        }
        let mut schools: Vec<SchoolDays> = Vec::with_capacity(days.len());
        for days in &days {
            let mut school = SchoolDays::default();
            school.fill(days);
            schools.push(school);
        }
        for bell in roster.bells {
            if let Some(number) = school_ids.find(bell.school_id.as_bytes()) {
                schools[number as usize].bells.insert(bell.bell.period.clone());
            }
        }
        let mut enrolled: Vec<(u32, u32, i32, i32)> = roster
            .enrollments
            .iter()
            .filter_map(|span| {
                let end = span.end.map_or(i32::MAX, |d| d.num_days_from_ce());
                let student = students.find(span.student_id.as_bytes())?;
                let school = school_ids.find(span.school_id.as_bytes())?;
                Some((student, school, span.entry.num_days_from_ce(), end))
            })
            .collect();
        enrolled.sort_unstable();
        let stays_of = vec![(0, 0); roster.students.len()];
        let mut ground = Self {
            students,
            school_ids,
            ids_of_schools: roster.schools,
            schools,
            eras: Vec::new(),
            stays_of,
            stays: Vec::new(),
            spans: Vec::with_capacity(enrolled.len()),
            slots: Vec::new(),
        };
        ground.name_eras();
        for stay in enrolled.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            ground.add_stay(stay);
        }
        let (mut offset, mut first_line) = (0, 0);
        for era in &mut ground.eras {
            (era.offset, era.first_line) = (offset, first_line);
            offset += era.size();
            first_line += era.lines.len();
        }
        ground
    }

    /// The number of a student.
    pub(crate) fn student(&self, id: &str) -> Option<u32> {
        self.students.find(id.as_bytes())
    }

    /// The number of a school.
    pub(crate) fn school(&self, id: &str) -> Option<u32> {
        self.school_ids.find(id.as_bytes())
    }

    /// An era for every school year that a calendar has, over the days of that year at any school.
    fn name_eras(&mut self) {
        for year in self.schools.iter_mut().flat_map(|s| &mut s.years) {
            match self.eras.iter_mut().position(|era| era.year == year.year) {
                Some(known) => {
                    let era = &mut self.eras[known];
                    (era.first, era.last) = (era.first.min(year.first), era.last.max(year.last));
                    year.era = known;
                }
                None => {
                    year.era = self.eras.len();
                    self.eras.push(Era {
                        year: year.year,
                        first: year.first,
                        last: year.last,
                        offset: 0,
                        lines: Vec::new(),
                        first_line: 0,
                    });
                }
            }
        }
    }

    /// Takes the spans of one student at one school; students come in order.
    fn add_stay(&mut self, spans: &[(u32, u32, i32, i32)]) {
        let (student, school, ..) = spans[0];
        let first_span = self.spans.len() as u32;
        self.spans.extend(spans.iter().map(|(_, _, from, end)| (*from, *end)));
        let slots = self.slots.len() as u32;
        for year in &self.schools[school as usize].years {
            let enrolled = spans.iter().any(|(_, _, from, end)| *from <= year.last && *end > year.first);
            let mut line = NONE;
            if enrolled {
                let lines = &mut self.eras[year.era].lines;
                line = lines.len() as u32;
                lines.push((student, school));
            }
            self.slots.push(Home { era: year.era as u32, line });
        }
        let number = self.stays.len() as u32;
        let of_student = &mut self.stays_of[student as usize];
        if of_student.0 == of_student.1 {
            of_student.0 = number;
        }
        of_student.1 = number + 1;
        self.stays.push(Stay { school, spans: (first_span, self.spans.len() as u32), slots });
    }

    /// The student's enrollment at a school on a day of one of its years; `None` where there is none.
    pub(super) fn spell(&self, student: u32, school: u32, day: i32, year: u8) -> Option<Spell> {
        let (from, to) = self.stays_of[student as usize];
        let stay = self.stays[from as usize..to as usize].iter().find(|stay| stay.school == school)?;
        let spans = &self.spans[stay.spans.0 as usize..stay.spans.1 as usize];
        let (from, end) = *spans.iter().find(|(from, end)| (*from..*end).contains(&day))?;
        let home = self.slots.get(stay.slots as usize + usize::from(year).checked_sub(1)?)?;
        let era = self.eras.get(home.era as usize)?;
        Some(Spell {
            from,
            end,
            year,
            first: era.offset + home.line as usize,
            era_first: era.first,
            stride: era.lines.len(),
        })
    }

    /// How many codes the eras have, and how many lines.
    pub(super) fn sizes(&self) -> (usize, usize) {
        self.eras.last().map_or((0, 0), |era| (era.offset + era.size(), era.first_line + era.lines.len()))
    }

    /// Era, line among those of all eras, and day of a code.
    pub(super) fn behind(&self, code: usize) -> Option<(&Era, usize, i32)> {
        let number = self.eras.partition_point(|era| era.offset <= code).checked_sub(1)?;
        // An era without a line begins where the next one does, and comes before it.
        let era = self.eras.get(number)?;
        let within = code - era.offset;
        let stride = era.lines.len();
        Some((era, era.first_line + within % stride, era.first + (within / stride) as i32))
    }
}
