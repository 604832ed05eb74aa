//! The district's school days: a year of about 180, with the holidays of an American school year.

use crate::chance::{Chance, Purpose};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use model::time::{Date, SchoolYear};

/// Instructional days a year is planned with; snow then takes some.
const PLANNED: usize = 180;

/// A weekday between the first and the last day of a school year.
pub(crate) struct Day {
    /// The date.
    pub(crate) date: Date,
    /// The date as files write it.
    pub(crate) text: String,
    /// Planned as a day of instruction.
    pub(crate) planned: bool,
    /// In the first semester.
    pub(crate) fall: bool,
    /// School ends before noon.
    pub(crate) early: bool,
    /// How likely an absence is, in percent of a usual day: season, weekday, nearness of a break.
    pub(crate) weight: u32,
}

/// The plan of one school year, the same for all schools.
pub(crate) struct Year {
    /// Which year.
    pub(crate) year: SchoolYear,
    /// Every weekday from the first to the last day of school.
    pub(crate) days: Vec<Day>,
    /// The planned days of instruction, as places in `days`.
    pub(crate) planned: Vec<u16>,
    /// Days on which all schools stay closed for snow.
    snow: Vec<u16>,
}

/// What happened to one school's days up to today.
#[derive(Default)]
pub(crate) struct Held {
    /// Days that were planned and then closed (snow, a burst water main), as places in [`Year::days`].
    pub(crate) closed: Vec<u16>,
    /// Days of school on which roll was not taken.
    pub(crate) outages: Vec<u16>,
    /// Days with roll, in order, up to the last that has reached the export.
    pub(crate) taken: Vec<u16>,
}

fn date(year: i32, month: u32, day: u32) -> Date {
    // Every date asked for exists; plans outside 2000 to 2099 are refused before.
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(Date::MIN)
}

fn nth(year: i32, month: u32, weekday: Weekday, n: u8) -> Date {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, n).unwrap_or(Date::MIN)
}

/// The day `n` days later.
pub(crate) fn later(day: Date, n: u64) -> Date {
    day.checked_add_days(Days::new(n)).unwrap_or(day)
}

/// The day `n` days earlier.
pub(crate) fn earlier(day: Date, n: u64) -> Date {
    day.checked_sub_days(Days::new(n)).unwrap_or(day)
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The first day of school: the Wednesday of 19 to 25 August.
pub(crate) fn first_day(year: SchoolYear) -> Date {
    let from = date(i32::from(year.0), 8, 19);
    (0..7).map(|n| later(from, n)).find(|d| d.weekday() == Weekday::Wed).unwrap_or(from)
}

/// The Martin Luther King holiday, which with the teachers' day after it parts the semesters.
fn semester_break(year: SchoolYear) -> Date {
    nth(i32::from(year.0) + 1, 1, Weekday::Mon, 3)
}

fn is_holiday(day: Date, year: SchoolYear) -> bool {
    let (autumn, spring) = (i32::from(year.0), i32::from(year.0) + 1);
    let thanksgiving = nth(autumn, 11, Weekday::Thu, 4);
    let king = semester_break(year);
    let spring_break = (25..=31).map(|d| date(spring, 3, d)).find(|d| d.weekday() == Weekday::Mon);
    let memorial = NaiveDate::from_weekday_of_month_opt(spring, 5, Weekday::Mon, 5)
        .unwrap_or_else(|| nth(spring, 5, Weekday::Mon, 4));
    day == nth(autumn, 9, Weekday::Mon, 1)
        || day == nth(autumn, 10, Weekday::Mon, 2)
        || day == date(autumn, 11, 11)
        || (earlier(thanksgiving, 1)..=later(thanksgiving, 1)).contains(&day)
        || (date(autumn, 12, 23)..=date(spring, 1, 2)).contains(&day)
        || day == king
        || day == later(king, 1)
        || day == nth(spring, 2, Weekday::Mon, 3)
        || spring_break.is_some_and(|monday| (monday..=later(monday, 4)).contains(&day))
        || day == nth(spring, 4, Weekday::Fri, 3)
        || day == memorial
}

fn weight(day: Date) -> u32 {
    let season = match day.month() {
        8 => 60,
        9 => 74,
        10 => 88,
        11 => 100,
        12 => 122,
        1 | 2 => 130,
        3 => 105,
        4 => 94,
        5 => 106,
        _ => 125,
    };
    let weekday = match day.weekday() {
        Weekday::Mon => 120,
        Weekday::Fri => 118,
        Weekday::Wed => 86,
        _ => 90,
    };
    season * weekday / 100
}

impl Year {
    /// Plans a year. `which` is 0 for the year in hand and 1 for the one before: it names the stream of chance.
    pub(crate) fn plan(year: SchoolYear, seed: u64) -> Self {
        let first = first_day(year);
        let fall_ends = semester_break(year);
        let mut days: Vec<Day> = Vec::with_capacity(210);
        let mut planned: Vec<u16> = Vec::with_capacity(PLANNED);
        let mut day = first;
        while planned.len() < PLANNED {
            if !is_weekend(day) {
                let school = !is_holiday(day, year);
                if school {
                    planned.push(days.len() as u16);
                }
                days.push(Day {
                    date: day,
                    text: day.to_string(),
                    planned: school,
                    fall: day < fall_ends,
                    early: false,
                    weight: weight(day),
                });
            }
            day = later(day, 1);
        }
        for k in 0..planned.len() {
            let here = days[usize::from(planned[k])].date;
            let gap_after = planned.get(k + 1).map(|&next| (days[usize::from(next)].date - here).num_days());
            let gap_before = k
                .checked_sub(1)
                .and_then(|before| planned.get(before))
                .map(|&before| (here - days[usize::from(before)].date).num_days());
            let entry = &mut days[usize::from(planned[k])];
            if gap_after.is_none_or(|gap| gap > 3) {
                entry.weight = entry.weight * 150 / 100;
            }
            if gap_before.is_some_and(|gap| gap > 3) {
                entry.weight = entry.weight * 120 / 100;
            }
            // The last day, the days before the two long breaks, and the first Wednesday of some months.
            let before_long_break = gap_after.is_none_or(|gap| gap > 5) && here.month() != 3;
            let first_wednesday =
                here.weekday() == Weekday::Wed && here.day() <= 7 && matches!(here.month(), 10 | 2 | 4);
            entry.early = before_long_break || first_wednesday;
        }
        let mut chance = Chance::of(seed, Purpose::Calendar, (year.0 as u64) << 32);
        let mut snow = vec![planned[chance.between(94, 112) as usize]];
        if chance.percent(45) {
            snow.push(planned[chance.between(114, 122) as usize]);
        }
        Self { year, days, planned, snow }
    }

    /// The first day of school.
    pub(crate) fn first(&self) -> Date {
        self.days.first().map_or(Date::MIN, |d| d.date)
    }

    /// The last planned day of school.
    pub(crate) fn last(&self) -> Date {
        self.days.last().map_or(Date::MIN, |d| d.date)
    }

    /// The date of the nth planned day of instruction, from 0; the last one where there are not so many.
    pub(crate) fn nth_planned(&self, n: u16) -> Date {
        let place = self.planned.get(usize::from(n)).or(self.planned.last());
        place.map_or(Date::MIN, |&p| self.days[usize::from(p)].date)
    }

    /// The first and last planned day of instruction of a semester.
    pub(crate) fn semester(&self, fall: bool) -> (Date, Date) {
        let mut of = self.days.iter().filter(|d| d.planned && d.fall == fall).map(|d| d.date);
        let first = of.next().unwrap_or(self.first());
        (first, of.next_back().unwrap_or(first))
    }

    /// What is known of one school's days on the morning of `today`. A closure of the future is not known yet.
    ///
    /// `behind`: the school's last day has not reached the export.
    pub(crate) fn held(&self, school: usize, today: Date, behind: bool, seed: u64) -> Held {
        let mut chance =
            Chance::of(seed, Purpose::Calendar, ((self.year.0 as u64) << 32) + 1 + school as u64);
        let planned_day = |n: u32| self.planned[n as usize];
        let mut closed = self.snow.clone();
        if chance.percent(50) {
            closed.push(planned_day(chance.between(62, 90)));
        }
        let mut outages = vec![planned_day(chance.between(22, 60))];
        if chance.percent(45) {
            outages.push(planned_day(chance.between(125, 160)));
        }
        closed.retain(|&p| self.days[usize::from(p)].date <= today);
        closed.sort_unstable();
        closed.dedup();
        outages.retain(|p| self.days[usize::from(*p)].date < today && !closed.contains(p));
        let mut before_today: Vec<u16> = self
            .planned
            .iter()
            .copied()
            .filter(|p| self.days[usize::from(*p)].date < today && !closed.contains(p))
            .collect();
        if behind {
            let missing = before_today.pop();
            outages.retain(|&p| Some(p) != missing);
        }
        before_today.retain(|p| !outages.contains(p));
        Held { closed, outages, taken: before_today }
    }
}
