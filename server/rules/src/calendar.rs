//! A school's calendars up to the as-of date, with what is worked out of them once for all students.

use crate::bits;
use crate::marks::{DayMarks, ShapeTable};
use crate::measure::Measures;
use crate::pack::Window;
use crate::windows::{SchoolDays, next_weekday};
use model::attendance::{Mark, ShapeId, day_number};
use model::history::{Bell, Calendar, Day, History};
use model::time::{Date, SchoolYear};
use std::ops::Range;
use std::sync::OnceLock;

/// No instructional day.
const NONE: u16 = u16::MAX;
/// The shapes that a strip's code can name.
const CODES: usize = 254;

/// A school's calendar of one year, up to the as-of date.
pub(crate) struct CalendarBits<'h> {
    /// The school's place in the history.
    pub(crate) school: u32,
    /// The year.
    pub(crate) year: SchoolYear,
    /// Instructional days up to the as-of date.
    pub(crate) days: &'h [Day],
    pub(crate) bells: &'h [Bell],
    /// The place of its first day among the days of all calendars of the school.
    pub(crate) offset: usize,
    /// It is the last of the school's calendars that has begun.
    pub(crate) last: bool,
    /// The first day of the next calendar, where the source names its years and has another.
    next_begins: Option<Date>,
    year_named: bool,
    /// Days on which roll was taken.
    pub(crate) roll: Vec<u64>,
    /// The place of each day number of the strips among the instructional days.
    place: Vec<u16>,
    /// Which of the codings each day is read by.
    kinds: Vec<u16>,
    codings: Vec<Coding>,
}

/// What a day of one length and one number of sessions is for each code of a strip: worked out when first asked for.
struct Coding {
    /// A day of this kind.
    sample: Day,
    codes: Vec<OnceLock<Effects>>,
}

/// What one day's marks say to each measure.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Measures for which the day is unknown.
    pub(crate) unknown: Vec<u16>,
    /// Measures with the amount they have of the day; none with 0.
    pub(crate) amounts: Vec<(u16, u64)>,
    /// Possible sessions.
    pub(crate) possible: u8,
}

impl Effects {
    /// Of the marks of a day.
    pub(crate) fn of(marks: &DayMarks, measures: &Measures) -> Self {
        let mut effects = Self { possible: marks.possible_sessions(), ..Self::default() };
        for (place, measure) in (0..).zip(measures.all()) {
            match marks.amount(*measure) {
                None => effects.unknown.push(place),
                Some(0) => {}
                Some(amount) => effects.amounts.push((place, amount)),
            }
        }
        effects
    }
}

impl<'h> CalendarBits<'h> {
    /// The calendars of one school with a day up to the as-of date, by year.
    pub(crate) fn of_school(history: &'h History, school: u32, as_of: Date) -> Vec<Self> {
        let Some(s) = history.schools.get(school as usize) else { return Vec::new() };
        let shapes = history.shapes.list().len().min(CODES);
        let mut calendars: Vec<Self> = s
            .calendars
            .iter()
            .filter_map(|calendar| {
                let upto = calendar.days.partition_point(|d| d.date <= as_of);
                let days = calendar.days.get(..upto).filter(|d| !d.is_empty())?;
                let mut this = Self {
                    school,
                    year: calendar.year,
                    days,
                    bells: &s.bells,
                    offset: 0,
                    last: false,
                    next_begins: next_begins(calendar, &s.calendars),
                    year_named: calendar.year_named,
                    roll: vec![0; bits::words(upto)],
                    place: Vec::new(),
                    kinds: Vec::with_capacity(upto),
                    codings: Vec::new(),
                };
                for (i, day) in days.iter().enumerate() {
                    this.read_day(i, day, s.last_row, shapes);
                }
                Some(this)
            })
            .collect();
        calendars.sort_by_key(|c| c.year);
        let mut offset = 0;
        for calendar in &mut calendars {
            calendar.offset = offset;
            offset += calendar.days.len();
        }
        if let Some(last) = calendars.last_mut() {
            last.last = true;
        }
        calendars
    }

    fn read_day(&mut self, i: usize, day: &Day, last_row: Option<Date>, shapes: usize) {
        if roll_taken(day, last_row) {
            bits::set(&mut self.roll, i);
        }
        if let Some(number) = day_number(self.year, day.date).map(usize::from) {
            if self.place.len() <= number {
                self.place.resize(number + 1, NONE);
            }
            self.place[number] = i as u16;
        }
        let same = |c: &Coding| (c.sample.minutes, c.sample.sessions) == (day.minutes, day.sessions);
        let kind = self.codings.iter().position(same).unwrap_or_else(|| {
            let codes = (0..shapes).map(|_| OnceLock::new()).collect();
            self.codings.push(Coding { sample: *day, codes });
            self.codings.len() - 1
        });
        self.kinds.push(kind as u16);
    }

    /// The place of a strip's day number among the instructional days.
    pub(crate) fn place(&self, day: u16) -> Option<usize> {
        self.place.get(usize::from(day)).copied().filter(|p| *p != NONE).map(usize::from)
    }

    /// The date of an instructional day.
    pub(crate) fn date(&self, place: usize) -> Date {
        self.days[place].date
    }

    /// Its dates, in order.
    pub(crate) fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.days.iter().map(|d| d.date)
    }

    /// What a code of a strip says of a day; `None` where no shape has it.
    pub(crate) fn effects(
        &self,
        place: usize,
        code: u8,
        shapes: &ShapeTable<'h>,
        measures: &Measures,
    ) -> Option<&Effects> {
        let coding = &self.codings[usize::from(self.kinds[place])];
        let effects = coding.codes.get(usize::from(code).checked_sub(1)?)?;
        Some(effects.get_or_init(|| {
            let mark = Mark { day: 0, shape: ShapeId(u32::from(code)), arrival: None, departure: None };
            Effects::of(&shapes.day(&coding.sample, self.bells, &[mark]), measures)
        }))
    }

    /// The dates that belong to its year: from the first to the one before which it ends. A source that does not name
    /// its years has them begin in the month `year_begins`.
    pub(crate) fn span(&self, year_begins: u32) -> Range<Date> {
        let first = |year: SchoolYear| {
            Date::from_ymd_opt(i32::from(year.0), year_begins, 1).unwrap_or_else(|| year.july_first())
        };
        if self.year_named {
            self.days.first().map_or(Date::MIN, |d| d.date)..self.next_begins.unwrap_or(Date::MAX)
        } else {
            first(self.year)..first(self.year.next())
        }
    }

    /// Whether all of its days have the same number of sessions; how many.
    pub(crate) fn even_sessions(&self) -> Option<u8> {
        let first = self.codings.first()?.sample.sessions;
        self.codings.iter().all(|c| c.sample.sessions == first).then_some(first.clamp(1, 2))
    }

    /// Whether the length of every school day is known.
    pub(crate) fn lengths_known(&self) -> bool {
        self.codings.iter().all(|c| crate::marks::length(&c.sample, self.bells).is_some())
    }
}

/// Roll counts as taken up to the school's last attendance row, unless the source says otherwise of the day.
fn roll_taken(day: &Day, last_row: Option<Date>) -> bool {
    day.roll.unwrap_or_else(|| last_row.is_some_and(|last| day.date <= last))
}

/// When the year after this calendar's begins; `None` where nobody has said yet.
fn next_begins(calendar: &Calendar, all: &[Calendar]) -> Option<Date> {
    let next = all.iter().filter(|c| c.year > calendar.year && !c.days.is_empty()).min_by_key(|c| c.year)?;
    next.days.first().map(|d| d.date)
}

/// All instructional days of one school in a row, with the first day of each window at each of them.
pub(crate) struct Row {
    /// The dates rise from each calendar to the next.
    pub(crate) orderly: bool,
    /// The date of each day.
    pub(crate) dates: Vec<Date>,
    /// By window, as the rules number them.
    starts: Vec<Starts>,
}

/// For one window: places among the school's days.
struct Starts {
    /// For each day, the first day of the window that ends on it.
    at: Vec<u32>,
    /// The first day of the window that ends on the as-of date.
    now: u32,
    /// The first day of the window that ends on the next weekday.
    ahead: u32,
}

impl Row {
    /// Of a school's calendars, by year.
    pub(crate) fn new(calendars: &[CalendarBits], windows: &[Window], as_of: Date) -> Self {
        let dates: Vec<Date> = calendars.iter().flat_map(CalendarBits::dates).collect();
        let orderly = dates.is_sorted_by(|a, b| a < b);
        let place = |date: Date| dates.partition_point(|d| *d < date) as u32;
        let mut starts: Vec<Starts> = windows
            .iter()
            .map(|_| Starts { at: Vec::with_capacity(dates.len()), now: 0, ahead: 0 })
            .collect();
        let next = next_weekday(as_of);
        for calendar in calendars {
            let days = SchoolDays::new(dates.clone(), calendar.dates());
            let after = days.with(next);
            for (window, starts) in windows.iter().zip(&mut starts) {
                starts.at.extend(calendar.dates().map(|day| place(days.start(*window, day))));
                starts.now = place(days.start(*window, as_of));
                starts.ahead = place(after.start(*window, next));
            }
        }
        Self { orderly, dates, starts }
    }

    /// The first day of a window that ends on each day.
    pub(crate) fn at(&self, window: usize) -> &[u32] {
        self.starts.get(window).map_or(&[], |s| &s.at)
    }

    /// The first day of a window that ends on the as-of date.
    pub(crate) fn now(&self, window: usize) -> usize {
        self.starts.get(window).map_or(0, |s| s.now as usize)
    }

    /// The first day of a window that ends on the next weekday.
    pub(crate) fn ahead(&self, window: usize) -> usize {
        self.starts.get(window).map_or(0, |s| s.ahead as usize)
    }
}
