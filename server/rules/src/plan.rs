//! What the short way asks of a rule at one school in one year, whoever the student is: worked out once.

use crate::calendar::CalendarBits;
use crate::context::Context;
use crate::lines::{Line, Way};
use crate::pack::{Unit, Window};
use model::time::Date;

/// How a rule is asked at one school in one year by the short way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// The place of the only version in force in that year.
    pub(crate) version: usize,
    /// The place of the first day on which it is in force.
    pub(crate) begins: usize,
    /// Whether the school year lasts on the as-of date.
    pub(crate) current: bool,
    /// Whether it counts sessions: each day must then have as many as the calendar says.
    pub(crate) by_session: bool,
}

impl Plan {
    /// For each calendar of a context the plan of each rule, the rules of one calendar after those of another.
    pub(crate) fn all(context: &Context, lines: &[Line], as_of: Date) -> Vec<Option<Self>> {
        let calendars = context.calendars.iter();
        calendars
            .flat_map(|calendar| lines.iter().map(|line| Self::of(context, calendar, line, as_of)))
            .collect()
    }

    /// `None` where the day-by-day path must be asked of every student.
    fn of(context: &Context, calendar: &CalendarBits, line: &Line, as_of: Date) -> Option<Self> {
        let (version, begins) = line.only(calendar)?;
        let current = as_of < calendar.span(line.pack.year_begins).end;
        let ways = &line.versions[version].ways;
        let orderly = context.row(calendar.school).is_some_and(|row| row.orderly);
        let plain = orderly && (calendar.last || !current) && ways.iter().all(|way| is_plain(way, calendar));
        let by_session = ways.iter().any(|way| way.unit == Unit::Session);
        plain.then_some(Self { version, begins, current, by_session })
    }
}

/// Whether the days that count, with their windows, say everything of a way.
fn is_plain(way: &Way, calendar: &CalendarBits) -> bool {
    let even = way.unit != Unit::Session || calendar.even_sessions().is_some();
    let window = match (way.unit, way.criterion.window) {
        (Unit::Report, _) | (_, Window::OneClass) | (Unit::Minute, Window::Consecutive) => false,
        (Unit::Minute, _) => !way.criterion.test.is_rate(),
        _ => way.is_yearly() || !way.criterion.test.is_rate(),
    };
    even && window
}
