//! Reads the rows of a block: which code of which mark each of them sets, or what is wrong with it. Several readers work
//! at once; what they find is put on the board in the order of the file.
//!
//! A plain row is compared with what came before, sixteen bytes at once: the student of the last row or the one who
//! followed them last time, the school, a date met before, and all that the row says behind its date. Any other row is
//! read with care, value by value; what it says is then known for the next of its kind.

use super::ground::{Ground, Spell, first, sixteen};
use super::{Against, NONE, Seen};
use crate::profile::Profile;
use crate::records::{Block, Place, Row, Splitter};
use crate::sheet::{Fault, Sheet, fits};
use crate::values;
use chrono::Datelike;
use model::attendance::{CodeMap, Meaning, Session, Shape, ShapeId, Shapes};
use model::report::{Reason, Refusal};
use std::collections::HashMap;

type Quick = foldhash::fast::RandomState;

/// Room for dates that are known by their text at once, a power of two; and where one may stand beside its own place.
const DATES: usize = 1 << DATES_BITS;
const DATES_BITS: u32 = 12;
const BESIDE: usize = 4;
/// The most that is compared of what a row says, and how many of these are tried before they are searched for.
const TAIL: usize = 32;
const TAILS: usize = 8;
/// Texts kept of a file; what is not among them is not worth keeping.
const KEPT: usize = 10_000;
/// In [`RowRead::says`]: the row is among the odd ones.
const ODD: u32 = u32::MAX;

/// How the rows of a file are read; the same for all its readers.
pub(super) struct Manner<'p> {
    pub(super) profile: &'p Profile,
    pub(super) codes: &'p CodeMap,
    /// Rows dated later are not used.
    pub(super) today: i32,
    pub(super) columns: Columns,
    /// Whether plain rows may be compared with what came before.
    pub(super) quick: bool,
}

/// The places of the columns.
pub(super) struct Columns {
    student: Option<usize>,
    school: Option<usize>,
    date: Option<usize>,
    /// Category, reason, duration, minutes, session, period.
    saying: [Option<usize>; 6],
    /// Arrival, departure.
    times: [Option<usize>; 2],
    width: usize,
}

impl Columns {
    pub(super) fn of(sheet: &Sheet<'_>) -> Self {
        let [student, school, date] = sheet.places(["student_id", "school_id", "date"]);
        Self {
            student,
            school,
            date,
            saying: sheet.places(["category", "reason", "duration", "minutes", "session", "period"]),
            times: sheet.places(["arrival", "departure"]),
            width: sheet.width(),
        }
    }

    /// Whether students, schools and dates come first, in this order.
    fn are_usual(&self) -> bool {
        (self.student, self.school, self.date) == (Some(0), Some(1), Some(2))
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

/// The text before the date of plain rows that follow each other: files often list a student's days together.
#[derive(Clone, Copy, Default)]
struct Head {
    bytes: u128,
    mask: u128,
    /// 0 for none.
    length: usize,
}

impl Head {
    /// The bytes from a place up to another; none where they are too many to be compared at once.
    fn of(bytes: &[u8], from: usize, to: usize) -> Self {
        let text = sixteen(bytes, from).filter(|_| to - from <= size_of::<u128>());
        text.map_or_else(Self::default, |bytes| Self { bytes, mask: first(to - from), length: to - from })
    }

    /// Where the date begins, if a row at a place has this head.
    #[inline]
    fn stands(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let differ = (sixteen(bytes, at)? ^ self.bytes) & self.mask;
        (differ == 0 && self.length > 0).then_some(at + self.length)
    }
}

/// What a plain row says, as the bytes behind its date up to the end of its line.
#[derive(Clone, Copy)]
struct Tail {
    bytes: [u128; 2],
    mask: [u128; 2],
    length: usize,
    saying: u32,
}

/// What was read of a row: the code it sets and what it says; or that it is among the odd ones.
#[derive(Clone, Copy)]
pub(super) struct RowRead {
    pub(super) code: usize,
    pub(super) says: u32,
}

impl RowRead {
    /// What it says; `None` where it is among the odd ones.
    pub(super) fn saying(self) -> Option<u32> {
        (self.says != ODD).then_some(self.says)
    }
}

/// The number of a school, and a day.
pub(super) type At = Option<(u32, i32)>;

/// A row that is not simply a mark.
pub(super) enum Odd {
    /// It names no student's school day; perhaps a school and a day.
    Fault { line: u64, fault: Fault, at: At },
    /// A mark with clock times, or one that has something against it.
    Mark { line: u64, code: usize, saying: u32, times: [Option<u16>; 2], against: Option<Against> },
}

/// Where a row belongs.
struct There {
    school: u32,
    day: i32,
    /// Minutes of the school day; 0 where the calendar does not say.
    minutes: u16,
    code: usize,
}

/// Reads blocks.
pub(super) struct Reader<'a> {
    pub(super) file: String,
    ground: &'a Ground<'a>,
    manner: &'a Manner<'a>,
    /// The rows of the block, in order, and those of them that are odd.
    pub(super) rows: Vec<RowRead>,
    pub(super) odds: Vec<Odd>,
    /// What rows named, by school.
    pub(super) seen: Vec<Seen>,
    pub(super) old_encoding: bool,
    /// What the row at hand names, where it names both.
    named: At,
    student: u32,
    school: u32,
    spell: Spell,
    /// The student who followed each student last time: files list the same ids in the same order day after day.
    followers: Vec<u32>,
    dates: Vec<(u64, u32, i32)>,
    odd_dates: HashMap<Box<[u8]>, Option<i32>, Quick>,
    sayings: Vec<Saying>,
    saying_of: HashMap<Box<[u8]>, u32, Quick>,
    /// The small code of each saying once it has one.
    smalls: Vec<u8>,
    tails: Vec<Tail>,
    tail_of: HashMap<Box<[u8]>, u32, Quick>,
    scratch: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &str, ground: &'a Ground<'a>, manner: &'a Manner<'a>) -> Self {
        Self {
            file: file.to_owned(),
            ground,
            manner,
            rows: Vec::new(),
            odds: Vec::new(),
            seen: ground.schools.iter().map(Seen::nothing).collect(),
            old_encoding: false,
            named: None,
            student: NONE,
            school: NONE,
            spell: Spell::NONE,
            followers: (1..=ground.students.len() as u32).collect(),
            dates: vec![(0, 0, 0); DATES + BESIDE],
            odd_dates: HashMap::default(),
            sayings: Vec::new(),
            saying_of: HashMap::default(),
            smalls: Vec::new(),
            tails: Vec::new(),
            tail_of: HashMap::default(),
            scratch: Vec::new(),
        }
    }

    /// A splitter for the blocks of the file.
    pub(super) fn splitter(&self) -> Splitter {
        Splitter::new(&self.file, self.manner.profile.dialect())
    }

    /// Reads the rows of a block from a place on into [`Self::rows`] and [`Self::odds`].
    ///
    /// # Errors
    /// [`Refusal`] where a quote is never closed.
    pub(super) fn read(
        &mut self,
        splitter: &mut Splitter,
        block: &Block,
        mut place: Place,
    ) -> Result<(), Refusal> {
        let quick = self.manner.quick && self.manner.columns.are_usual();
        loop {
            if quick {
                self.read_plain_rows(&block.bytes, block.filled, &mut place);
            }
            if !splitter.advance(block, &mut place)? {
                return Ok(());
            }
            let row = splitter.row(block);
            // Only a row that lies in the block as it stands can be compared with others.
            let bytes = if quick && splitter.is_as_it_stands() { block.bytes.get(..place.at) } else { None };
            self.read_with_care(row, bytes);
        }
    }

    /// Reads rows as long as they are plain.
    fn read_plain_rows(&mut self, bytes: &[u8], filled: usize, place: &mut Place) {
        let ground = self.ground;
        let (mut student, mut school, mut spell) = (self.student, self.school, self.spell);
        let mut head = Head::default();
        loop {
            let found = match head.stands(bytes, place.at) {
                Some(at) => Some((student, school, at)),
                None => self.head(student, school, bytes, place.at),
            };
            let Some((who, place_of, date)) = found else { break };
            let Some((day, at)) = self.known_date(bytes, date) else { break };
            let Some((says, end)) = self.known_tail(bytes, at, filled) else { break };
            let Some(days) = ground.schools.get(place_of as usize) else { break };
            let entry = days.entry(day);
            if end > filled || !entry.instructional || day > self.manner.today {
                break;
            }
            let Some(seen) = self.seen.get_mut(place_of as usize) else { break };
            let same = who == student && place_of == school && entry.year == spell.year;
            if !same || day < spell.from || day >= spell.end {
                let Some(found) = ground.spell(who, place_of, day, entry.year) else { break };
                (student, school, spell) = (who, place_of, found);
                seen.name_year(usize::from(entry.year) - 1);
                head = Head::default();
            } else if head.length == 0 {
                head = Head::of(bytes, place.at, date);
            }
            seen.name_day(day, days.place(day));
            self.rows.push(RowRead { code: spell.code(day), says });
            place.at = end;
            place.line += 1;
        }
        (self.student, self.school, self.spell) = (student, school, spell);
    }

    /// The student and the school of the row at a place, and where its date begins.
    #[inline]
    fn head(&mut self, student: u32, school: u32, bytes: &[u8], at: usize) -> Option<(u32, u32, usize)> {
        let ground = self.ground;
        let (student, at) = match ground.students.stands(student, bytes, at) {
            Some(at) => (student, at),
            None => self.other_student(student, bytes, at)?,
        };
        let (school, at) = match ground.school_ids.stands(school, bytes, at) {
            Some(at) => (school, at),
            None => ground.school_ids.read(bytes, at)?,
        };
        Some((student, school, at))
    }

    /// The student at a place, where it is not the last one; and where the next field begins.
    fn other_student(&mut self, last: u32, bytes: &[u8], at: usize) -> Option<(u32, usize)> {
        let follower = self.followers.get_mut(last as usize);
        if let Some(follower) = &follower
            && let Some(at) = self.ground.students.stands(**follower, bytes, at)
        {
            return Some((**follower, at));
        }
        let found = self.ground.students.read(bytes, at)?;
        if let Some(follower) = follower {
            *follower = found.0;
        }
        Some(found)
    }

    /// The place in [`Self::dates`] of a text of ten bytes and what ends it.
    #[inline]
    fn date_key(bytes: &[u8], at: usize) -> Option<(usize, u64, u32)> {
        let text = sixteen(bytes, at)?;
        let (head, end) = (text as u64, (text >> 64) as u32 & 0x00ff_ffff);
        let mixed = (head ^ u64::from(end) << 20).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some(((mixed >> (64 - DATES_BITS)) as usize, head, end))
    }

    /// The day at a place, where its text was met before; and where the next field begins.
    #[inline]
    fn known_date(&self, bytes: &[u8], at: usize) -> Option<(i32, usize)> {
        let (place, head, end) = Self::date_key(bytes, at)?;
        let known = self.dates.get(place..place + BESIDE)?.iter().find(|k| (k.0, k.1) == (head, end))?;
        Some((known.2, at + 11))
    }

    /// What is said from a place to the end of its line, where that was met before; and where the line ends.
    #[inline]
    fn known_tail(&self, bytes: &[u8], at: usize, filled: usize) -> Option<(u32, usize)> {
        let (head, rest) = (sixteen(bytes, at)?, sixteen(bytes, at + 16)?);
        for tail in &self.tails {
            if (head ^ tail.bytes[0]) & tail.mask[0] == 0 && (rest ^ tail.bytes[1]) & tail.mask[1] == 0 {
                return Some((tail.saying, at + tail.length));
            }
        }
        let line = bytes.get(at..filled)?;
        let length = memchr::memchr(b'\n', line)? + 1;
        self.tail_of.get(&line[..length]).map(|saying| (*saying, at + length))
    }

    /// Keeps what was found in a row that can be compared with others; `bytes` end where the row does.
    fn learn(&mut self, row: Row<'_>, bytes: &[u8], there: &There, saying: u32) {
        if let (Some(date), Some(text)) = (row.start(2), row.get(2))
            && text.len() == 10
            && let Some((place, head, end)) = Self::date_key(bytes, date)
            && let Some(beside) = self.dates.get_mut(place..place + BESIDE)
        {
            let free = beside.iter().position(|known| known.1 == 0 || (known.0, known.1) == (head, end));
            beside[free.unwrap_or(0)] = (head, end, there.day);
        }
        let Some(tail) = row.start(3).and_then(|from| bytes.get(from..)) else { return };
        let simple = self.sayings.get(saying as usize).is_some_and(|saying| saying.plain);
        if !simple || tail.last() != Some(&b'\n') || self.tail_of.len() >= KEPT {
            return;
        }
        if self.tail_of.insert(tail.into(), saying).is_none()
            && tail.len() <= TAIL
            && self.tails.len() < TAILS
        {
            let mut text = [0; TAIL];
            text[..tail.len()].copy_from_slice(tail);
            let half = |from| sixteen(&text, from).unwrap_or_default();
            self.tails.push(Tail {
                bytes: [half(0), half(16)],
                mask: [first(tail.len()), first(tail.len().saturating_sub(16))],
                length: tail.len(),
                saying,
            });
        }
    }

    /// Reads one row value by value. `bytes` are those of its block up to its end, where it may be learned from.
    fn read_with_care(&mut self, row: Row<'_>, bytes: Option<&[u8]>) {
        let line = row.line;
        self.named = None;
        let there = match self.place(row) {
            Ok(there) => there,
            Err(fault) => return self.odd(Odd::Fault { line, fault, at: self.named }),
        };
        let saying = self.saying(row);
        let columns = &self.manner.columns;
        let misfit = if row.len() == columns.width { None } else { fits(row, columns.width).err() };
        let against = match misfit {
            Some(fault) => Some(Against::All(fault)),
            None => self.against(saying, &there),
        };
        let code = there.code;
        match (against, self.times(row)) {
            (None, Ok([None, None])) => {
                self.rows.push(RowRead { code, says: saying });
                if let Some(bytes) = bytes {
                    self.learn(row, bytes, &there, saying);
                }
            }
            (Some(Against::All(fault)), _) | (_, Err(fault)) => {
                let against = Some(Against::All(fault));
                self.odd(Odd::Mark { line, code, saying, times: [None, None], against });
            }
            (against, Ok(times)) => self.odd(Odd::Mark { line, code, saying, times, against }),
        }
    }

    fn odd(&mut self, odd: Odd) {
        self.odds.push(odd);
        self.rows.push(RowRead { code: 0, says: ODD });
    }

    /// That the current row of a splitter was there before.
    pub(super) fn duplicate(&mut self, row: Row<'_>) -> Fault {
        let columns = &self.manner.columns;
        let shown = [columns.student, columns.school, columns.date, columns.saying[0]]
            .map(|c| self.text(bytes(row, c)).unwrap_or_default());
        Fault { column: None, value: shown.join(", "), reason: Reason::DuplicateRow }
    }

    /// The small code of what a plain row says, once it has one.
    #[inline]
    pub(super) fn small(&self, says: u32) -> Option<u8> {
        self.smalls.get(says as usize).copied().filter(|small| *small > 0)
    }

    /// The number of what is said, given a new one if it has none yet.
    pub(super) fn shape(&mut self, saying: u32, usable: bool, shapes: &mut Shapes) -> ShapeId {
        let saying_at = saying as usize;
        let saying = &mut self.sayings[saying_at];
        if !usable {
            let shape = || Shape { unusable: true, ..saying.shape.clone() };
            return *saying.unusable.get_or_insert_with(|| shapes.number(&shape()));
        }
        let number = *saying.usable.get_or_insert_with(|| shapes.number(&saying.shape));
        self.smalls.resize(self.smalls.len().max(saying_at + 1), 0);
        self.smalls[saying_at] = u8::try_from(number.0).ok().filter(|small| *small < u8::MAX).unwrap_or(0);
        number
    }

    /// The student, school and instructional day of a row.
    fn place(&mut self, row: Row<'_>) -> Result<There, Fault> {
        let columns = &self.manner.columns;
        let student = self.ground.students.find(bytes(row, columns.student));
        let school = self.ground.school_ids.find(bytes(row, columns.school));
        let day = self.day(bytes(row, columns.date));
        let (Some(student), Some(school), Some(day)) = (student, school, day) else {
            return self.place_oddly(row);
        };
        self.place_known(row, student, school, day)
    }

    /// As [`Self::place`], where an id or the date is not found as it stands.
    #[cold]
    fn place_oddly(&mut self, row: Row<'_>) -> Result<There, Fault> {
        let columns = &self.manner.columns;
        let student_text = self.text(bytes(row, columns.student));
        let school_text = self.text(bytes(row, columns.school));
        let student = student_text.as_ref().ok().and_then(|t| self.ground.students.find(t.as_bytes()));
        let school = school_text.as_ref().ok().and_then(|t| self.ground.school_ids.find(t.as_bytes()));
        let day = self.day(bytes(row, columns.date));
        if let (Some(student), Some(school), Some(day)) = (student, school, day) {
            return self.place_known(row, student, school, day);
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
    fn name_school(&mut self, school: u32, day: i32) {
        self.named = Some((school, day));
        if day > self.manner.today {
            return;
        }
        let year = self.ground.schools[school as usize].year_of(day, self.manner.profile.year_begins());
        if let Some(year) = year {
            let place = self.ground.schools[school as usize].place(day);
            let seen = &mut self.seen[school as usize];
            seen.name_year(year);
            seen.name_day(day, place);
        }
    }

    fn place_known(&mut self, row: Row<'_>, student: u32, school: u32, day: i32) -> Result<There, Fault> {
        self.name_school(school, day);
        let days = &self.ground.schools[school as usize];
        let entry = days.entry(day);
        let reason = if day > self.manner.today {
            Reason::FutureDate
        } else if !entry.instructional {
            match days.year_of(day, self.manner.profile.year_begins()) {
                Some(_) => Reason::NotInstructional,
                None => Reason::NoCalendar,
            }
        } else if let Some(spell) = self.ground.spell(student, school, day, entry.year) {
            (self.student, self.school, self.spell) = (student, school, spell);
            return Ok(There { school, day, minutes: entry.minutes, code: spell.code(day) });
        } else {
            Reason::NotEnrolled
        };
        let date = self.manner.columns.date;
        Err(Fault::of("date", self.text(bytes(row, date)).unwrap_or_default(), reason))
    }

    /// A date as a number of days.
    fn day(&mut self, text: &[u8]) -> Option<i32> {
        let iso_first = self.manner.profile.dates.first().is_some_and(|form| form == "YYYY-MM-DD");
        let quick = if iso_first { values::iso_days(values::trim(text)) } else { None };
        quick.or_else(|| self.odd_day(text))
    }

    #[cold]
    fn odd_day(&mut self, text: &[u8]) -> Option<i32> {
        if let Some(day) = self.odd_dates.get(text) {
            return *day;
        }
        let day = std::str::from_utf8(values::trim(text))
            .ok()
            .and_then(|t| values::date(t, self.manner.profile))
            .map(|d| d.num_days_from_ce());
        if self.odd_dates.len() < KEPT {
            self.odd_dates.insert(text.into(), day);
        }
        day
    }

    /// What stands against using a saying at a school on a day.
    fn against(&self, saying: u32, there: &There) -> Option<Against> {
        let saying = &self.sayings[saying as usize];
        if saying.plain {
            return None;
        }
        if let Some(fault) = &saying.fault {
            return Some(Against::All(fault.clone()));
        }
        let shape = &saying.shape;
        if matches!(saying.meaning, Meaning::Present | Meaning::NotCounted) {
            return None;
        }
        let bells = &self.ground.schools[there.school as usize].bells;
        if let Some(minutes) = shape.minutes {
            let fault = |reason| Fault::of("minutes", minutes.to_string(), reason);
            // Without the calendar's word a day is as long as its periods, to which breaks may be added.
            return if there.minutes > 0 && minutes > there.minutes {
                Some(Against::All(fault(Reason::MinutesBeyondDay)))
            } else if there.minutes == 0 && bells.is_empty() && shape.fraction.is_none() {
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

    fn times(&mut self, row: Row<'_>) -> Result<[Option<u16>; 2], Fault> {
        let mut times = [None, None];
        let places = self.manner.columns.times;
        for ((time, place), column) in times.iter_mut().zip(places).zip(["arrival", "departure"]) {
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
    fn saying(&mut self, row: Row<'_>) -> u32 {
        let raw = self.manner.columns.saying.map(|c| bytes(row, c));
        self.scratch.clear();
        for part in raw {
            self.scratch.extend_from_slice(&(part.len() as u32).to_le_bytes());
            self.scratch.extend_from_slice(part);
        }
        if let Some(number) = self.saying_of.get(self.scratch.as_slice()) {
            return *number;
        }
        let saying = self.read_saying(raw);
        let number = self.sayings.len() as u32;
        self.sayings.push(saying);
        self.saying_of.insert(self.scratch.as_slice().into(), number);
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
        self.manner
            .codes
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
        Ok(if self.manner.profile.nulls.iter().any(|null| *null == text) {
            String::new()
        } else {
            text.into_owned()
        })
    }
}

/// The raw bytes of a column; empty where the column or the value is missing.
fn bytes<'a>(row: Row<'a>, place: Option<usize>) -> &'a [u8] {
    place.and_then(|p| row.get(p)).unwrap_or_default()
}
