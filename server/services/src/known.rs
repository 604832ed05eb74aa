//! What was known earlier: when a letter went out, the days and signals it rested on can be shown again.

use crate::context::{local, zone};
use crate::packs::Chosen;
use crate::student::key;
use crate::{Error, Visit, judge, views};
use ::audit::Event;
use access::Seen;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use model::ids::{SchoolId, StudentId};
use model::page::{DayKind, Failure, SignalView, Standing, StudentThen};
use model::time::Date;
use std::collections::HashMap;
use store::District;

/// A time at which something was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOn {
    /// The end of a day, by the clock on the district's wall.
    EndOf(Date),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl KnownOn {
    /// The moment: of a day its last microsecond.
    pub(crate) fn moment(self, district: &District) -> DateTime<Utc> {
        match self {
            Self::Moment(moment) => moment,
            Self::EndOf(day) => day_end(zone(district), day),
        }
    }
}

/// The last microsecond of a day. Where the clocks go forward at midnight, the next day begins when they have.
fn day_end(zone: chrono_tz::Tz, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let begins = (0..24_i64)
        .find_map(|hours| zone.from_local_datetime(&(midnight + Duration::hours(hours))).earliest())
        .map_or_else(|| midnight.and_utc(), |begins| begins.to_utc());
    begins - Duration::microseconds(1)
}

/// A student's days and signals as they were known at an earlier time, judged as of a date (where none is given, the
/// day of that time). Opening it leaves the same audit event as the student's page.
///
/// # Errors
/// As [`crate::student::page`]: [`Failure::NotFound`], [`Failure::Refused`]. A time at which nothing was known yet is no
/// error: nothing is shown then.
pub async fn student(
    visit: &Visit,
    student: StudentId,
    known_on: KnownOn,
    as_of: Option<Date>,
) -> Result<StudentThen, Failure> {
    let seen = key(visit, student).await?;
    view(visit, &seen, known_on, as_of).await.map_err(Error::into_failure)
}

async fn view(
    visit: &Visit,
    seen: &Seen<StudentId>,
    known_on: KnownOn,
    as_of: Option<Date>,
) -> Result<StudentThen, Error> {
    let district = &visit.district;
    let moment = known_on.moment(district);
    let then = match district.known_after(moment).await {
        Ok(then) => then,
        Err(store::Error::NothingKnown { .. }) => return Ok(StudentThen::default()),
        Err(other) => return Err(other.into()),
    };
    let known = district.history_of_known(&[seen], &then).await?;
    let names: HashMap<SchoolId, String> =
        district.schools(&visit.scope).await?.into_iter().map(|s| (s.id, s.name)).collect();
    let day = as_of.unwrap_or_else(|| moment.with_timezone(&zone(district)).date_naive());
    let reaches = judge::Reaches::of(&known.history, day.min(visit.scope.today()));
    let spans = known.history.students.first().map(|s| s.spans.as_slice()).unwrap_or_default();
    let judge::Reach { as_of, year: current } = reaches.of_student(spans);
    let chosen = Chosen::known_at(district, Some(moment)).await?;
    let chosen = chosen.refs();
    let mut out = StudentThen {
        known_after: Some(then.ended),
        known_after_local: Some(local(district, then.ended)),
        as_of: Some(as_of),
        ..StudentThen::default()
    };
    if !spans.is_empty() {
        let mut days = rules::days::of(&known.history, 0, as_of);
        // A student who had left is shown in the last year for which there is a record of them.
        out.year = days.iter().map(|day| day.year).max().or(current);
        days.retain(|day| Some(day.year) == out.year);
        let known_days = || days.iter().filter(|day| day.known());
        out.days = known_days().count() as u32;
        out.missed = known_days().filter(|day| day.missed).count() as u32;
        let unknown = |kind: DayKind| matches!(kind, DayKind::Unknown | DayKind::RollNotTaken);
        out.unknown_days = days.iter().filter(|day| unknown(day.kind)).count() as u32;
        out.strip = views::strip(&days);
        let mut signals: Vec<(Option<Standing>, SignalView)> = Vec::new();
        if let Some(year) = current {
            for finding in rules::evaluate_student(&known.history, 0, &chosen, as_of).findings {
                let standing = views::standing(&finding, year);
                let shown = standing.unwrap_or(Standing::Recovered);
                let name_of = |place: u32| judge::school_name(&known, &names, place);
                signals.push((standing, views::signal(&chosen, &finding, shown, seen, name_of)));
            }
        }
        // What stood comes first, then what was close, then what was past.
        signals
            .sort_by_key(|(standing, view)| (standing.is_none(), *standing, std::cmp::Reverse(view.met_on)));
        out.signals = signals.into_iter().map(|(_, view)| view).collect();
    }
    let mut write = district.write().await?;
    let event = Event::StudentOpened { student: seen.id() };
    ::audit::append(&mut write, visit.scope.person(), visit.context.now(), &event).await?;
    write.commit().await?;
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_by_the_clock_on_the_districts_wall() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let end = |zone: chrono_tz::Tz, text: &str| day_end(zone, day(text)).to_rfc3339();
        assert_eq!(end(chrono_tz::America::Chicago, "2026-05-20"), "2026-05-21T04:59:59.999999+00:00");
        assert_eq!(end(chrono_tz::America::Chicago, "2026-12-20"), "2026-12-21T05:59:59.999999+00:00");
        // In Santiago the clocks go forward at midnight: 7 September 2025 began at one o'clock.
        assert_eq!(end(chrono_tz::America::Santiago, "2025-09-06"), "2025-09-07T03:59:59.999999+00:00");
    }
}
