//! Places the rows of `attendance.csv` on their students' school days.
//!
//! Made for millions of rows: nothing is kept a row but one byte on the student's strip. Ids are found by the last one
//! or the one that followed it last time, what a row says by the raw bytes of the columns that say it.

use crate::profile::Profile;
use crate::records::Row;
use crate::sheet::{Fault, Report, Sheet, fits};
use crate::values;
use chrono::Datelike;
use model::attendance::{CodeMap, Mark, Meaning, Session, Shape, ShapeId, Shapes, Strip};
use model::canonical::{BellPeriod, CalendarDay, EnrollmentSpan};
use model::report::{Reason, Refusal};
use model::time::{Date, SchoolYear};
use std::collections::{HashMap, HashSet};

type Quick = foldhash::fast::RandomState;

/// No slot, no student before.
const NONE: u32 = u32::MAX;
/// Slots turned from columns to rows at once: the bytes of a cache line.
const TOGETHER: usize = 64;
/// A strip's code for a day with more than one mark, or a mark with clock times.
const IN_DETAILS: u8 = 255;

/// Ids and their numbers.
struct Ids {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    numbers: HashMap<Box<[u8]>, u32, Quick>,
    /// The number that followed each number last time: files list the same ids in the same order day after day.
    followers: Vec<u32>,
    last: u32,
}

impl Ids {
    fn new<'a>(ids: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self {
            bytes: Vec::new(),
            ends: vec![0],
            numbers: HashMap::default(),
            followers: Vec::new(),
            last: NONE,
        };
        for id in ids {
            let number = all.numbers.len() as u32;
            all.numbers.insert(id.as_bytes().into(), number);
            all.bytes.extend_from_slice(id.as_bytes());
            all.ends.push(all.bytes.len() as u32);
            all.followers.push(number + 1);
        }
        all
    }

    #[inline]
    fn is(&self, number: u32, id: &[u8]) -> bool {
        let number = number as usize;
        match (self.ends.get(number), self.ends.get(number + 1)) {
            (Some(from), Some(to)) => same(&self.bytes[*from as usize..*to as usize], id),
            _ => false,
        }
    }

    #[inline]
    fn find(&mut self, id: &[u8]) -> Option<u32> {
        if self.last != NONE {
            if self.is(self.last, id) {
                return Some(self.last);
            }
            let follower = self.followers[self.last as usize];
            if self.is(follower, id) {
                self.last = follower;
                return Some(follower);
            }
        }
        let number = *self.numbers.get(id)?;
        if self.last != NONE {
            self.followers[self.last as usize] = number;
        }
        self.last = number;
        Some(number)
    }
}

/// What a school's calendar says of a date.
#[derive(Clone, Copy, Default)]
struct DayEntry {
    /// The place of its year in [`SchoolDays::years`], plus 1; 0 where the calendar does not have the date.
    year: u8,
    instructional: bool,
    /// Minutes of the school day; 0 where the calendar does not say.
    minutes: u16,
}

/// One school year of a school; days as numbers from the common era.
struct YearSpan {
    year: SchoolYear,
    base: i32,
    first: i32,
    last: i32,
    named_by_rows: bool,
}

/// A school, as placing sees it.
#[derive(Default)]
struct SchoolDays {
    first: i32,
    days: Vec<DayEntry>,
    years: Vec<YearSpan>,
    bells: HashSet<String>,
    last_row: Option<i32>,
}

impl SchoolDays {
    #[inline]
    fn entry(&self, day: i32) -> DayEntry {
        usize::try_from(day - self.first).ok().and_then(|i| self.days.get(i)).copied().unwrap_or_default()
    }

    /// The calendared year of a date, also of one that the calendar passes over, such as a Sunday.
    fn year_of(&mut self, day: i32, first_month: u32) -> Option<&mut YearSpan> {
        let listed = usize::from(self.entry(day).year).checked_sub(1);
        let place = listed
            .or_else(|| self.years.iter().position(|y| (y.first..=y.last).contains(&day)))
            .or_else(|| {
                let year = SchoolYear::of(Date::from_num_days_from_ce_opt(day)?, first_month);
                self.years.iter().position(|y| y.year == year)
            })?;
        self.years.get_mut(place)
    }
}

/// A student at one school in one year.
struct Slot {
    student: u32,
    school: u32,
    year: u8,
    /// Its era, and its place in the columns of the era.
    era: u32,
    place: usize,
    details: Vec<Mark>,
    /// The student's next slot.
    next: u32,
}

/// The codes of one school year, a column for each day. A file in the order of days fills a column from its top to its
/// end, a file in the order of students fills all columns side by side: both stay near the last byte written.
struct Era {
    year: SchoolYear,
    /// The day of the first column.
    first: i32,
    columns: Vec<Vec<u8>>,
    /// How many slots it has.
    slots: usize,
}

impl Era {
    /// The code of a slot on a day; a column is as long as its last slot needs.
    #[inline]
    fn code(&mut self, place: usize, day: i32) -> &mut u8 {
        let column = &mut self.columns[(day - self.first) as usize];
        if column.len() <= place {
            column.resize(self.slots.max(place + 1), 0);
        }
        &mut column[place]
    }
}

/// All that a row says beside who, where and when, read once for every spelling of it.
struct Saying {
    shape: Shape,
    meaning: Meaning,
    fault: Option<Fault>,
    /// Says nothing that depends on the school or the day.
    plain: bool,
    usable: Option<ShapeId>,
    unusable: Option<ShapeId>,
}

/// What one row says: its shape and clock times; or the shape that makes the day unknown, and why.
struct Said {
    shape: ShapeId,
    times: [Option<u16>; 2],
    against: Option<Against>,
}

/// What stands against a row that names a student's school day.
enum Against {
    /// It cannot be used.
    All(Fault),
    /// Rules that need a part of the day cannot use it; others can.
    Parts(Fault),
}

/// The places of the columns.
struct Columns {
    student: Option<usize>,
    school: Option<usize>,
    date: Option<usize>,
    /// Category, reason, duration, minutes, session, period.
    saying: [Option<usize>; 6],
    /// Arrival, departure.
    times: [Option<usize>; 2],
    width: usize,
}

/// Where a row belongs.
struct Place {
    student: u32,
    school: u32,
    day: i32,
    entry: DayEntry,
}

/// Rows of a file, and those of them that were set aside. A row that only some rules can use is listed, and yet used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) read: u64,
    pub(crate) set_aside: u64,
}

/// What was placed.
pub(crate) struct Placed {
    pub(crate) shapes: Shapes,
    /// Student, school, year and marks, by student, school and year.
    pub(crate) strips: Vec<(u32, u32, SchoolYear, Strip)>,
    /// The years that rows name, and the date of the last row, by school.
    pub(crate) schools: Vec<(Vec<SchoolYear>, Option<Date>)>,
}

/// Takes the rows of one file.
pub(crate) struct Placer<'p> {
    profile: &'p Profile,
    codes: &'p CodeMap,
    today: i32,
    iso_first: bool,
    shapes: Shapes,
    schools: Vec<SchoolDays>,
    school_ids: Ids,
    student_ids: Ids,
    /// Spans of enrollment: school, first day, first day no longer.
    spans: Vec<(u32, i32, i32)>,
    spans_of: Vec<(u32, u32)>,
    slots: Vec<Slot>,
    first_slot: Vec<u32>,
    eras: Vec<Era>,
    sayings: Vec<Saying>,
    saying_of: HashMap<Box<[u8]>, usize, Quick>,
    last_saying: Option<(Vec<Vec<u8>>, usize)>,
    scratch: Vec<u8>,
    dates: HashMap<Box<[u8]>, Option<i32>, Quick>,
    /// The last date of ten bytes, and its day: most files stay on one for long.
    last_date: Option<([u8; 10], i32)>,
    old_encoding: bool,
}

/// Whom and where rows may name.
pub(crate) struct Ground<'a> {
    /// The students; a student's number is the place in this list.
    pub(crate) students: &'a [String],
    /// The schools; a school's number is the place in this list.
    pub(crate) schools: &'a [String],
    pub(crate) calendar: &'a [CalendarDay],
    pub(crate) enrollments: &'a [EnrollmentSpan],
    pub(crate) bells: &'a [BellPeriod],
}

impl<'p> Placer<'p> {
    /// A placer on the ground of calendars and enrollments. Rows dated after `today` are not used.
    pub(crate) fn new(
        ground: &Ground<'_>,
        profile: &'p Profile,
        codes: &'p CodeMap,
        today: Date,
        shapes: Shapes,
    ) -> Self {
        let school_ids = Ids::new(ground.schools.iter().map(String::as_str));
        let student_ids = Ids::new(ground.students.iter().map(String::as_str));
        let number = |ids: &Ids, id: &str| ids.numbers.get(id.as_bytes()).copied();
        let mut schools: Vec<SchoolDays> = ground.schools.iter().map(|_| SchoolDays::default()).collect();
        for (number, school) in schools.iter_mut().enumerate() {
            school.fill(ground.calendar.iter().filter(|d| {
                school_ids.numbers.get(d.school_id.as_bytes()).is_some_and(|n| *n as usize == number)
            }));
        }
        for bell in ground.bells {
            if let Some(n) = number(&school_ids, &bell.school_id) {
                schools[n as usize].bells.insert(bell.bell.period.clone());
            }
        }
        let mut spans: Vec<(u32, (u32, i32, i32))> = ground
            .enrollments
            .iter()
            .filter_map(|span| {
                let end = span.end.map_or(i32::MAX, |d| d.num_days_from_ce());
                let school = number(&school_ids, &span.school_id)?;
                Some((number(&student_ids, &span.student_id)?, (school, span.entry.num_days_from_ce(), end)))
            })
            .collect();
        spans.sort_unstable();
        let mut spans_of = vec![(0, 0); ground.students.len()];
        for of_student in spans.chunk_by(|a, b| a.0 == b.0) {
            // The slices of a chunked vector lie one behind the other: the end of one is the start of the next.
            let from = spans.partition_point(|(student, _)| *student < of_student[0].0);
            spans_of[of_student[0].0 as usize] = (from as u32, (from + of_student.len()) as u32);
        }
        Self {
            profile,
            codes,
            today: today.num_days_from_ce(),
            iso_first: profile.dates.first().is_some_and(|f| f == "YYYY-MM-DD"),
            shapes,
            schools,
            first_slot: vec![NONE; ground.students.len()],
            school_ids,
            student_ids,
            spans: spans.into_iter().map(|(_, span)| span).collect(),
            spans_of,
            slots: Vec::new(),
            eras: Vec::new(),
            sayings: Vec::new(),
            saying_of: HashMap::default(),
            last_saying: None,
            scratch: Vec::new(),
            dates: HashMap::default(),
            last_date: None,
            old_encoding: false,
        }
    }

    /// Reads and places every row of a file.
    ///
    /// # Errors
    /// [`Refusal`] where a column is missing or the file breaks off.
    pub(crate) fn read(&mut self, mut sheet: Sheet<'_>, report: &mut Report) -> Result<Counted, Refusal> {
        sheet.require(crate::plain::ATTENDANCE)?;
        let [student, school, date] = sheet.places(["student_id", "school_id", "date"]);
        let columns = Columns {
            student,
            school,
            date,
            saying: sheet.places(["category", "reason", "duration", "minutes", "session", "period"]),
            times: sheet.places(["arrival", "departure"]),
            width: sheet.width(),
        };
        let mut counted = Counted::default();
        let mut listed = 0;
        while sheet.records.advance()? {
            counted.read += 1;
            let row = sheet.records.row();
            let fault = match self.take(row, &columns) {
                None => continue,
                Some(Against::All(fault)) => {
                    counted.set_aside += 1;
                    fault
                }
                Some(Against::Parts(fault)) => fault,
            };
            listed += 1;
            report.list(&sheet.file, row.line, fault, listed);
        }
        if self.old_encoding {
            report.notes.push(format!("{}: not UTF-8; read as Windows-1252", sheet.file));
        }
        Ok(counted)
    }

    /// Places one row; says what stands against it.
    #[inline]
    fn take(&mut self, row: Row<'_>, columns: &Columns) -> Option<Against> {
        let place = match self.place(row, columns) {
            Ok(place) => place,
            Err(fault) => return Some(Against::All(fault)),
        };
        let said = self.say(row, columns, &place);
        let is_new = self.put(&place, said.shape, said.times);
        match said.against {
            None | Some(Against::Parts(_)) if !is_new => Some(Against::All(self.duplicate(row, columns))),
            against => against,
        }
    }

    #[cold]
    fn duplicate(&mut self, row: Row<'_>, columns: &Columns) -> Fault {
        let shown = [columns.student, columns.school, columns.date, columns.saying[0]]
            .map(|c| self.text(bytes(row, c)).unwrap_or_default());
        Fault { column: None, value: shown.join(", "), reason: Reason::DuplicateRow }
    }

    /// The student, school and instructional day of a row.
    #[inline]
    fn place(&mut self, row: Row<'_>, columns: &Columns) -> Result<Place, Fault> {
        let student = self.student_ids.find(bytes(row, columns.student));
        let school = self.school_ids.find(bytes(row, columns.school));
        let day = self.day(bytes(row, columns.date));
        let (Some(student), Some(school), Some(day)) = (student, school, day) else {
            return self.place_oddly(row, columns);
        };
        self.place_known(row, columns, student, school, day)
    }

    /// As [`Self::place`], where an id or the date is not found as it stands.
    #[cold]
    fn place_oddly(&mut self, row: Row<'_>, columns: &Columns) -> Result<Place, Fault> {
        let student_text = self.text(bytes(row, columns.student));
        let school_text = self.text(bytes(row, columns.school));
        let student = student_text.as_ref().ok().and_then(|t| self.student_ids.find(t.as_bytes()));
        let school = school_text.as_ref().ok().and_then(|t| self.school_ids.find(t.as_bytes()));
        let day = self.day(bytes(row, columns.date));
        if let (Some(student), Some(school), Some(day)) = (student, school, day) {
            return self.place_known(row, columns, student, school, day);
        }
        if let (Some(school), Some(day)) = (school, day) {
            self.name_school(school, day);
        }
        fits(row, columns.width)?;
        let missing_or = |text: Result<String, Fault>, column, reason| match text {
            Err(fault) => fault,
            Ok(text) if text.is_empty() => Fault::of(column, text, Reason::MissingValue),
            Ok(text) => Fault::of(column, text, reason),
        };
        if student.is_none() {
            return Err(missing_or(student_text, "student_id", Reason::UnknownStudent));
        }
        if school.is_none() {
            return Err(missing_or(school_text, "school_id", Reason::UnknownSchool));
        }
        Err(missing_or(self.text(bytes(row, columns.date)), "date", Reason::BadValue))
    }

    /// A row names a school on a date: its file is the truth for that year, and roll was taken up to then.
    #[inline]
    fn name_school(&mut self, school: u32, day: i32) {
        if day > self.today {
            return;
        }
        let first_month = self.profile.year_begins();
        let school = &mut self.schools[school as usize];
        if let Some(year) = school.year_of(day, first_month) {
            year.named_by_rows = true;
            school.last_row = school.last_row.max(Some(day));
        }
    }

    #[inline]
    fn place_known(
        &mut self,
        row: Row<'_>,
        columns: &Columns,
        student: u32,
        school: u32,
        day: i32,
    ) -> Result<Place, Fault> {
        self.name_school(school, day);
        let entry = self.schools[school as usize].entry(day);
        let (from, to) = self.spans_of[student as usize];
        let reason = if day > self.today {
            Reason::FutureDate
        } else if !entry.instructional {
            Reason::NotInstructional
        } else if !self.spans[from as usize..to as usize]
            .iter()
            .any(|(at, first, end)| *at == school && (*first..*end).contains(&day))
        {
            Reason::NotEnrolled
        } else {
            return Ok(Place { student, school, day, entry });
        };
        Err(Fault::of("date", self.text(bytes(row, columns.date)).unwrap_or_default(), reason))
    }

    /// A date as a number of days.
    #[inline]
    fn day(&mut self, text: &[u8]) -> Option<i32> {
        if let Some((last, day)) = &self.last_date
            && same(last, text)
        {
            return Some(*day);
        }
        let quick = if self.iso_first { values::iso_days(values::trim(text)) } else { None };
        let day = quick.or_else(|| self.odd_day(text))?;
        if let Ok(text) = text.try_into() {
            self.last_date = Some((text, day));
        }
        Some(day)
    }

    #[cold]
    fn odd_day(&mut self, text: &[u8]) -> Option<i32> {
        if let Some(day) = self.dates.get(text) {
            return *day;
        }
        let day = std::str::from_utf8(values::trim(text))
            .ok()
            .and_then(|t| values::date(t, self.profile))
            .map(|d| d.num_days_from_ce());
        // A file names few days; what is not among them is not worth keeping.
        if self.dates.len() < 10_000 {
            self.dates.insert(text.into(), day);
        }
        day
    }

    /// What a row says at its place.
    #[inline]
    fn say(&mut self, row: Row<'_>, columns: &Columns, place: &Place) -> Said {
        let number = self.saying(row, columns);
        let times = self.times(row, columns);
        let saying = &self.sayings[number];
        let misfit = if row.len() == columns.width { None } else { fits(row, columns.width).err() };
        let against = match misfit {
            Some(fault) => Some(Against::All(fault)),
            None if saying.plain => None,
            None => self.against_here(saying, place),
        };
        match (against, times) {
            (Some(Against::All(fault)), _) | (_, Err(fault)) => {
                Said { shape: self.unusable(number), times: [None, None], against: Some(Against::All(fault)) }
            }
            (against, Ok(times)) => Said { shape: self.usable(number), times, against },
        }
    }

    /// What stands against using a saying at a school on a day.
    fn against_here(&self, saying: &Saying, place: &Place) -> Option<Against> {
        if let Some(fault) = &saying.fault {
            return Some(Against::All(fault.clone()));
        }
        let shape = &saying.shape;
        if matches!(saying.meaning, Meaning::Present | Meaning::NotCounted) {
            return None;
        }
        let bells = &self.schools[place.school as usize].bells;
        if let Some(minutes) = shape.minutes {
            let fault = |reason| Fault::of("minutes", minutes.to_string(), reason);
            // Without the calendar's word a day is as long as its periods, to which breaks may be added.
            let length = place.entry.minutes;
            return if length > 0 && minutes > length {
                Some(Against::All(fault(Reason::MinutesBeyondDay)))
            } else if length == 0 && bells.is_empty() && shape.fraction.is_none() {
                Some(Against::Parts(fault(Reason::MinutesWithoutDayLength)))
            } else {
                None
            };
        }
        // Tardy, partial and early departure miss nothing unless it is stated: only an absence needs the bell.
        let period =
            shape.period.as_ref().filter(|_| saying.meaning.is_absence() && shape.fraction.is_none())?;
        let fault = || Fault::of("period", period.clone(), Reason::PeriodWithoutBells);
        (!bells.contains(period)).then(|| Against::Parts(fault()))
    }

    fn usable(&mut self, saying: usize) -> ShapeId {
        let saying = &mut self.sayings[saying];
        *saying.usable.get_or_insert_with(|| self.shapes.number(&saying.shape))
    }

    fn unusable(&mut self, saying: usize) -> ShapeId {
        let saying = &mut self.sayings[saying];
        *saying
            .unusable
            .get_or_insert_with(|| self.shapes.number(&Shape { unusable: true, ..saying.shape.clone() }))
    }

    fn times(&mut self, row: Row<'_>, columns: &Columns) -> Result<[Option<u16>; 2], Fault> {
        let mut times = [None, None];
        for ((time, place), column) in times.iter_mut().zip(columns.times).zip(["arrival", "departure"]) {
            let raw = bytes(row, place);
            if raw.is_empty() {
                continue;
            }
            let text = self.text(raw)?;
            if !text.is_empty() {
                let read = values::clock(&text).ok_or_else(|| Fault::of(column, text, Reason::BadValue))?;
                *time = Some(read);
            }
        }
        Ok(times)
    }

    /// The number of what a row says.
    #[inline]
    fn saying(&mut self, row: Row<'_>, columns: &Columns) -> usize {
        if let Some((raw, number)) = &self.last_saying
            && columns.saying.iter().zip(raw).all(|(c, last)| c.is_none() || same(bytes(row, *c), last))
        {
            return *number;
        }
        self.other_saying(row, columns)
    }

    fn other_saying(&mut self, row: Row<'_>, columns: &Columns) -> usize {
        let raw = columns.saying.map(|c| bytes(row, c));
        self.scratch.clear();
        for part in raw {
            self.scratch.extend_from_slice(&(part.len() as u32).to_le_bytes());
            self.scratch.extend_from_slice(part);
        }
        let number = match self.saying_of.get(self.scratch.as_slice()) {
            Some(number) => *number,
            None => {
                let saying = self.read_saying(raw);
                self.sayings.push(saying);
                let number = self.sayings.len() - 1;
                self.saying_of.insert(self.scratch.as_slice().into(), number);
                number
            }
        };
        match &mut self.last_saying {
            Some((last, of)) => {
                *of = number;
                for (last, part) in last.iter_mut().zip(raw) {
                    last.clear();
                    last.extend_from_slice(part);
                }
            }
            None => self.last_saying = Some((raw.iter().map(|p| p.to_vec()).collect(), number)),
        }
        number
    }

    #[cold]
    fn read_saying(&mut self, raw: [&[u8]; 6]) -> Saying {
        let mut shape = Shape::default();
        let read = self.read_shape(raw, &mut shape);
        let (meaning, fault) = match read {
            Ok(meaning) => (meaning, None),
            Err(fault) => (Meaning::Unknown, Some(fault)),
        };
        let plain = fault.is_none() && shape.minutes.is_none() && shape.period.is_none();
        Saying { shape, meaning, fault, plain, usable: None, unusable: None }
    }

    /// Reads as much of a shape as can be read.
    fn read_shape(&mut self, raw: [&[u8]; 6], shape: &mut Shape) -> Result<Meaning, Fault> {
        let [category, reason, duration, minutes, session, period] = raw.map(|part| self.text(part));
        shape.category = category?;
        shape.reason = reason?;
        let part = |text: Result<String, Fault>| text.map(|t| (!t.is_empty()).then_some(t));
        shape.period = part(period)?;
        if shape.category.is_empty() {
            return Err(Fault::of("category", "", Reason::MissingValue));
        }
        let bad = |column, text: String| Fault::of(column, text, Reason::BadValue);
        if let Some(text) = part(session)? {
            shape.session = match text.to_ascii_lowercase().as_str() {
                "am" => Some(Session::Am),
                "pm" => Some(Session::Pm),
                _ => return Err(bad("session", text)),
            };
        }
        if let Some(text) = part(duration)? {
            shape.fraction = Some(values::fraction(&text).ok_or_else(|| bad("duration", text))?);
        }
        if let Some(text) = part(minutes)? {
            shape.minutes = Some(values::minutes(&text).ok_or_else(|| bad("minutes", text))?);
        }
        self.codes
            .meaning(&shape.category)
            .ok_or_else(|| Fault::of("category", shape.category.clone(), Reason::UnmappedCategory))
    }

    /// The text of a value; empty where it is one of the profile's words for nothing.
    fn text(&mut self, raw: &[u8]) -> Result<String, Fault> {
        let Some((text, old)) = values::decode(values::trim(raw)) else {
            let value = String::from_utf8_lossy(raw).into_owned();
            return Err(Fault { column: None, value, reason: Reason::BadEncoding });
        };
        self.old_encoding |= old;
        Ok(if self.profile.nulls.iter().any(|null| *null == text) {
            String::new()
        } else {
            text.into_owned()
        })
    }

    /// The student's slot at the school in the year of the day, made where there is none yet.
    #[inline]
    fn slot(&mut self, place: &Place) -> usize {
        let mut at = self.first_slot[place.student as usize];
        while let Some(slot) = self.slots.get(at as usize) {
            if slot.school == place.school && slot.year == place.entry.year {
                return at as usize;
            }
            at = slot.next;
        }
        let era = self.era(place);
        let number = self.slots.len();
        self.slots.push(Slot {
            student: place.student,
            school: place.school,
            year: place.entry.year,
            era: era as u32,
            place: self.eras[era].slots,
            details: Vec::new(),
            next: std::mem::replace(&mut self.first_slot[place.student as usize], number as u32),
        });
        self.eras[era].slots += 1;
        number
    }

    /// The era of a place; one that is met first spans the year's days at every school.
    fn era(&mut self, place: &Place) -> usize {
        let year = self.schools[place.school as usize].years[usize::from(place.entry.year) - 1].year;
        if let Some(known) = self.eras.iter().position(|e| e.year == year) {
            return known;
        }
        let spans = self.schools.iter().flat_map(|s| &s.years).filter(|y| y.year == year);
        let first = spans.clone().map(|y| y.first).min().unwrap_or(place.day);
        let last = spans.map(|y| y.last).max().unwrap_or(place.day);
        let columns = vec![Vec::new(); (last - first + 1) as usize];
        self.eras.push(Era { year, first, columns, slots: 0 });
        self.eras.len() - 1
    }

    /// Puts a mark on its strip; `false` where the very same mark is there already.
    #[inline]
    fn put(&mut self, place: &Place, shape: ShapeId, [arrival, departure]: [Option<u16>; 2]) -> bool {
        let number = self.slot(place);
        let slot = &mut self.slots[number];
        let code = self.eras[slot.era as usize].code(slot.place, place.day);
        let small = u8::try_from(shape.0)
            .ok()
            .filter(|s| *s < IN_DETAILS && arrival.is_none() && departure.is_none());
        match (*code, small) {
            (0, Some(small)) => {
                *code = small;
                return true;
            }
            (same, Some(small)) if same == small => return false,
            _ => {}
        }
        let base = self.schools[place.school as usize].years[usize::from(slot.year) - 1].base;
        let day = (place.day - base) as u16;
        let mark = Mark { day, shape, arrival, departure };
        let before = slot.details.partition_point(|m| m.day < day);
        if !matches!(*code, 0 | IN_DETAILS) {
            let first = Mark { day, shape: ShapeId(u32::from(*code)), arrival: None, departure: None };
            slot.details.insert(before, first);
        }
        *code = IN_DETAILS;
        let same_day = slot.details[before..].iter().take_while(|m| m.day == day);
        if same_day.clone().any(|m| *m == mark) {
            return false;
        }
        let behind = before + same_day.count();
        slot.details.insert(behind, mark);
        true
    }

    /// What was placed.
    pub(crate) fn finish(mut self) -> Placed {
        let mut strips = Vec::with_capacity(self.slots.len());
        let mut codes = vec![Vec::new(); TOGETHER];
        for (era, columns) in self.eras.iter().enumerate() {
            let mut slots: Vec<&mut Slot> =
                self.slots.iter_mut().filter(|slot| slot.era as usize == era).collect();
            let base = columns.year.strip_base().num_days_from_ce();
            // Slots of an era stand in the order of their places. A few are turned from columns to rows together, so
            // that each line of a column is fetched once.
            for slots in slots.chunks_mut(TOGETHER) {
                let from = slots[0].place;
                for codes in &mut codes {
                    codes.clear();
                    codes.resize(columns.columns.len(), 0);
                }
                for (day, column) in columns.columns.iter().enumerate() {
                    for (code, codes) in column.iter().skip(from).zip(&mut codes) {
                        codes[day] = *code;
                    }
                }
                for (slot, codes) in slots.iter_mut().zip(&codes) {
                    let first = (columns.first - base) as u16;
                    let strip = Strip::from_codes(first, codes, std::mem::take(&mut slot.details));
                    strips.push((slot.student, slot.school, columns.year, strip));
                }
            }
        }
        strips.sort_unstable_by_key(|(student, school, year, _)| (*student, *school, *year));
        let schools = self
            .schools
            .into_iter()
            .map(|school| {
                let named = school.years.iter().filter(|y| y.named_by_rows).map(|y| y.year).collect();
                (named, school.last_row.and_then(Date::from_num_days_from_ce_opt))
            })
            .collect();
        Placed { shapes: self.shapes, strips, schools }
    }
}

impl SchoolDays {
    /// Takes a calendar's rows.
    fn fill<'a>(&mut self, days: impl Iterator<Item = &'a CalendarDay> + Clone) {
        let dates = days.clone().map(|d| d.date.num_days_from_ce());
        let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else {
            return;
        };
        self.first = first;
        self.days = vec![DayEntry::default(); (last - first + 1) as usize];
        for row in days {
            let day = row.date.num_days_from_ce();
            let place = self.years.iter().position(|y| y.year == row.year).unwrap_or_else(|| {
                let base = row.year.strip_base().num_days_from_ce();
                self.years.push(YearSpan {
                    year: row.year,
                    base,
                    first: day,
                    last: day,
                    named_by_rows: false,
                });
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

/// The raw bytes of a column; empty where the column or the value is missing.
#[inline]
fn bytes<'a>(row: Row<'a>, place: Option<usize>) -> &'a [u8] {
    place.and_then(|p| row.get(p)).unwrap_or_default()
}

/// Whether two short texts are equal, compared eight or four bytes at a time and without a call.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0..=3 => a.iter().zip(b).all(|(a, b)| a == b),
        4..=7 => a.first_chunk::<4>() == b.first_chunk::<4>() && a.last_chunk::<4>() == b.last_chunk::<4>(),
        8..=16 => a.first_chunk::<8>() == b.first_chunk::<8>() && a.last_chunk::<8>() == b.last_chunk::<8>(),
        _ => a == b,
    }
}
