//! The history that a worked example writes down: one student, one school a line.

use super::days::{self, EVENT, MOST_DAYS, UNKNOWN, Written};
use crate::pack::{Code, Example, Pack};
use chrono::{Datelike, Days, NaiveTime, Timelike, Weekday};
use model::attendance::{CodeMap, Mark, Meaning, Shapes, Strip, day_number};
use model::history::{Bell, Calendar, Day, Fact, History, School, Span, StudentHistory, StudentYear};
use model::time::{Date, SchoolYear};

/// What of a pack its examples rest on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The month in which a school year begins.
    pub(crate) year_begins: u32,
    /// Marks a day where the example does not say.
    pub(crate) sessions: u8,
    /// The pack's own categories.
    pub(crate) codes: &'a [Code],
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { year_begins: 7, sessions: 1, codes: &[] }
    }
}

impl<'a> From<&'a Pack> for Setting<'a> {
    fn from(pack: &'a Pack) -> Self {
        Self { year_begins: pack.year_begins, sessions: pack.sessions, codes: &pack.codes }
    }
}

/// A history, and the weekdays that the example writes down; the last of them is the as-of date.
pub(crate) struct WrittenDown {
    pub(crate) history: History,
    pub(crate) dates: Vec<Date>,
    /// The school years written down, in order.
    pub(crate) years: Vec<SchoolYear>,
}

/// Reads an example.
///
/// # Errors
/// What makes no sense, in words.
pub(crate) fn read(example: &Example, setting: Setting<'_>) -> Result<WrittenDown, String> {
    let lines: Vec<Vec<Written>> =
        example.days.iter().map(|line| days::read(line)).collect::<Result<_, _>>()?;
    let length = lines.first().map_or(0, Vec::len);
    if length == 0 || length > MOST_DAYS || lines.iter().any(|l| l.len() != length) {
        let found: Vec<String> = lines.iter().map(|l| l.len().to_string()).collect();
        return Err(format!(
            "{} days: 1 to {MOST_DAYS} are expected, as many for each school",
            if found.is_empty() { "no".to_owned() } else { found.join(" and ") }
        ));
    }
    let dates = weekdays(example.starts, length)?;
    let mut years: Vec<SchoolYear> =
        dates.iter().map(|date| SchoolYear::of(*date, setting.year_begins)).collect();
    years.dedup();
    let mut book = Book { example, setting, dates: &dates, shapes: Shapes::default() };
    let mut student = StudentHistory { birth_date: example.birth_date, ..StudentHistory::default() };
    let mut schools = Vec::new();
    for (school, line) in lines.iter().enumerate() {
        schools.push(book.school(school as u32, line, &mut student)?);
    }
    student.facts = facts(example, &dates)?;
    expectations(example, &lines, dates.len(), years.len())?;
    let history = History {
        shapes: book.shapes,
        codes: codes(setting.codes),
        schools,
        students: vec![student],
        facts_known: example.facts.is_some(),
    };
    Ok(WrittenDown { history, dates, years })
}

/// What is the same for every school of an example.
struct Book<'a> {
    example: &'a Example,
    setting: Setting<'a>,
    dates: &'a [Date],
    shapes: Shapes,
}

impl Book<'_> {
    /// One line: the school, and what it knows of the student.
    fn school(
        &mut self,
        school: u32,
        line: &[Written],
        student: &mut StudentHistory,
    ) -> Result<School, String> {
        self.spans(school, line, student);
        let mut calendars = Vec::new();
        let begins = self.setting.year_begins;
        let of_year = |date: &Date| SchoolYear::of(*date, begins);
        let both: Vec<(Date, &Written)> = self.dates.iter().copied().zip(line).collect();
        for days in both.chunk_by(|a, b| of_year(&a.0) == of_year(&b.0)) {
            let Some(year) = days.first().map(|(date, _)| of_year(date)) else { continue };
            let open = days.iter().filter(|(_, written)| !matches!(written, Written::NoSchool));
            let day = |(date, written): &(Date, &Written)| Day {
                date: *date,
                minutes: self.example.minutes,
                sessions: self.example.sessions.unwrap_or(self.setting.sessions),
                roll: Some(!matches!(written, Written::RollNotTaken)),
            };
            let days_of_school: Vec<Day> = open.map(day).collect();
            // Only a year that runs from July to June may go without a name.
            let year_named = self.setting.year_begins != 7;
            calendars.push(Calendar { year, year_named, days: days_of_school });
            let marks = self.marks(year, days)?;
            student.years.push(StudentYear { school, year, strip: Strip::from_marks(marks) });
        }
        let bells = self.example.bells.iter().map(|text| bell(text)).collect::<Result<_, _>>()?;
        Ok(School { calendars, last_row: self.dates.last().copied(), bells })
    }

    /// Enrolled from the first day written down that is not `-`, over holidays too, to the next `-`.
    fn spans(&self, school: u32, line: &[Written], student: &mut StudentHistory) {
        let mut enrolled_before = false;
        for (date, written) in self.dates.iter().zip(line) {
            let enrolled = !matches!(written, Written::NotEnrolled);
            if enrolled && !enrolled_before {
                student.spans.push(Span { school, grade: self.example.grade, entry: *date, end: None });
            } else if let Some(span) = student.spans.last_mut().filter(|_| enrolled_before && !enrolled) {
                span.end = Some(*date);
            }
            enrolled_before = enrolled;
        }
    }

    fn marks(&mut self, year: SchoolYear, days: &[(Date, &Written)]) -> Result<Vec<Mark>, String> {
        let mut marks = Vec::new();
        for (date, written) in days {
            let Written::Marks(shapes) = written else { continue };
            let day = day_number(year, *date).unwrap_or_default();
            for shape in shapes {
                let known = |code: &Code| code.category == shape.category;
                if !shape.unusable
                    && codes(&[]).meaning(&shape.category).is_none()
                    && !self.setting.codes.iter().any(known)
                {
                    return Err(format!("`[{}]`: the pack has no such category", shape.category));
                }
                marks.push(Mark { day, shape: self.shapes.number(shape), arrival: None, departure: None });
            }
        }
        Ok(marks)
    }
}

fn codes(of_pack: &[Code]) -> CodeMap {
    let mut codes = CodeMap::default();
    codes.set(UNKNOWN, Meaning::Unknown);
    codes.set(EVENT, Meaning::NotCounted);
    for code in of_pack {
        codes.set(&code.category, code.meaning);
    }
    codes
}

/// The weekdays written down, from the first: by default the last Monday of August 2025.
fn weekdays(starts: Option<Date>, length: usize) -> Result<Vec<Date>, String> {
    let weekend = |date: &Date| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let first = starts.or_else(|| Date::from_ymd_opt(2025, 8, 25)).unwrap_or_default();
    if weekend(&first) {
        return Err(format!("`starts`: {first} is no weekday"));
    }
    let all = (0..).map(|n| first + Days::new(n));
    Ok(all.filter(|date| !weekend(date)).take(length).collect())
}

/// A period of the bell schedule, such as `1 08:00-08:50`.
fn bell(text: &str) -> Result<Bell, String> {
    let minute = |time: &str| {
        NaiveTime::parse_from_str(time, "%H:%M").ok().map(|t| t.num_seconds_from_midnight() / 60)
    };
    let read = || {
        let (period, times) = text.split_once(' ')?;
        let (start, end) = times.split_once('-')?;
        let (start, end) = (minute(start)? as u16, minute(end)? as u16);
        (start < end).then(|| Bell { period: period.to_owned(), start, end })
    };
    read().ok_or_else(|| format!("`{text}` is no period: one such as `1 08:00-08:50` is expected"))
}

fn facts(example: &Example, dates: &[Date]) -> Result<Vec<Fact>, String> {
    let date_of = |day: u32| (day as usize).checked_sub(1).and_then(|place| dates.get(place)).copied();
    let read = |fact: &crate::pack::ExampleFact| {
        let date = date_of(fact.day)
            .ok_or_else(|| format!("a fact on day {}: {} days are written down", fact.day, dates.len()))?;
        Ok(Fact { date, kind: fact.fact, school: None })
    };
    example.facts.iter().flatten().map(read).collect()
}

/// Whether what is expected speaks of days, schools and years that are written down.
fn expectations(example: &Example, lines: &[Vec<Written>], days: usize, years: usize) -> Result<(), String> {
    for expect in &example.expect {
        if expect.school as usize > lines.len() {
            return Err(format!("`school = {}`: {} are written down", expect.school, lines.len()));
        }
        if expect.year.is_some_and(|year| year == 0 || year as usize > years) {
            let year = expect.year.unwrap_or_default();
            return Err(format!("`year = {year}`: {years} are written down"));
        }
        if expect.met_on.is_some_and(|day| day == 0 || day as usize > days) {
            let day = expect.met_on.unwrap_or_default();
            return Err(format!("`met_on = {day}`: {days} days are written down"));
        }
        if expect.stands && expect.met_on.is_none() {
            return Err("`stands = true` without `met_on`: on which day was it met?".to_owned());
        }
    }
    Ok(())
}
