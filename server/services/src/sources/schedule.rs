//! When a source is synced: five cron fields read on the district's own clock, and when a run that failed is tried
//! again. Pure: the time is a parameter.
//!
//! What clocks do: a time that a change of clocks leaves out runs at the first instant after it; a time that comes
//! twice runs once, the first time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use model::ids::SourceId;
use sha2::{Digest, Sha256};
use std::fmt;

/// Sources that are due at the same time begin within so many seconds, each at its own.
const SPREAD: u64 = 600;
/// How long after each failure it is tried again, in minutes; after the last the next regular run is waited for.
const PATIENCE: [i64; 5] = [2, 5, 15, 45, 120];
/// How often a run is begun before it is given up.
pub(crate) const TRIES: u32 = PATIENCE.len() as u32 + 1;
/// An expression that is not due on so many local times in a row, all of them passed over, is never due.
const MOST_STEPS: usize = 1_000;

/// The text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a schedule: {why}. Five fields are expected: minute, hour, day of the month, month, day of the week, such as `15 4 * * 1-5`"
)]
pub struct NotASchedule {
    text: String,
    why: String,
}

/// When a source is synced, on the district's clock.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    text: String,
    cron: Cron,
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Schedule {
    /// Reads five fields: minute, hour, day of the month, month, day of the week.
    ///
    /// # Errors
    /// Where the text is none, or is never due.
    pub(crate) fn read(text: &str) -> Result<Self, NotASchedule> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let refuse = |why: String| NotASchedule { text: text.clone(), why };
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(&text).map_err(|e| refuse(e.to_string()))?;
        let schedule = Self { text: text.clone(), cron };
        let some_day = DateTime::UNIX_EPOCH.naive_utc();
        match schedule.next_local(some_day) {
            Some(_) => Ok(schedule),
            None => Err(refuse("no day ever fits".to_owned())),
        }
    }

    /// The first local time behind another that the fields name.
    fn next_local(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        self.cron.find_next_occurrence(&after, false).ok()
    }

    /// The first instant behind another at which it is due in a time zone; `None` where the calendar ends before.
    pub(crate) fn next(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut local = after.with_timezone(&zone).naive_local();
        for _ in 0..MOST_STEPS {
            local = self.next_local(local)?;
            let due = instant(zone, local)?;
            // Not so for a time that came already, an hour ago by the clock that was then set back.
            if due > after {
                return Some(due);
            }
        }
        None
    }

    /// The same for one source: its own number of seconds later, so that not all districts ask at once.
    pub(crate) fn next_of(&self, zone: Tz, source: SourceId, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let later = jitter(source);
        Some(self.next(zone, after.checked_sub_signed(later)?)? + later)
    }

    /// When a source is due for the second time behind an instant: where nothing came of either time, it is late.
    pub(crate) fn second_of(
        &self,
        zone: Tz,
        source: SourceId,
        after: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let due = |after| self.next_of(zone, source, after);
        due(after).and_then(due)
    }
}

/// A local time as an instant: the first of two, or the first behind a gap.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return Some(found.with_timezone(&Utc));
    }
    // Clocks are set by whole minutes. No gap is longer than a day: one zone once left a whole day out.
    let mut beyond = local;
    for _ in 0..=24 * 60 {
        beyond = beyond.checked_add_signed(TimeDelta::minutes(1))?;
        if let Some(found) = zone.from_local_datetime(&beyond).earliest() {
            return Some(found.with_timezone(&Utc));
        }
    }
    None
}

/// A source's own delay: always the same, below ten minutes.
fn jitter(source: SourceId) -> TimeDelta {
    let digest = Sha256::digest(source.0.to_le_bytes());
    let number = u64::from_le_bytes(digest[..8].try_into().unwrap_or_default());
    TimeDelta::seconds((number % SPREAD) as i64)
}

/// When a run that failed `failures` times in a row is tried again; `None` where the next regular run is waited for.
pub(crate) fn retry(failures: usize, failed: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let minutes = failures.checked_sub(1).and_then(|n| PATIENCE.get(n))?;
    failed.checked_add_signed(TimeDelta::minutes(*minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Timelike;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn next(schedule: &str, zone: Tz, after: &str) -> String {
        let due = Schedule::read(schedule).unwrap().next(zone, at(after)).unwrap();
        due.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    #[test]
    fn a_time_is_read_on_the_districts_clock() {
        let zone = chrono_tz::America::Chicago;
        assert_eq!(next("15 4 * * *", zone, "2026-01-10T00:00:00Z"), "2026-01-10T10:15:00Z");
        assert_eq!(next("15 4 * * *", zone, "2026-07-10T00:00:00Z"), "2026-07-10T09:15:00Z");
        // Monday to Friday: from Friday's run to Monday's.
        assert_eq!(next("15 4 * * 1-5", zone, "2026-01-09T10:15:00Z"), "2026-01-12T10:15:00Z");
    }

    #[test]
    fn a_time_that_does_not_exist_runs_at_the_first_instant_behind_it_and_once() {
        let zone = chrono_tz::America::New_York;
        // 8 March 2026: 2:00 to 3:00 is left out.
        assert_eq!(next("30 2 * * *", zone, "2026-03-08T05:00:00Z"), "2026-03-08T07:00:00Z");
        assert_eq!(next("30 2 * * *", zone, "2026-03-08T07:00:00Z"), "2026-03-09T06:30:00Z");
        assert_eq!(next("10,50 2 * * *", zone, "2026-03-08T05:00:00Z"), "2026-03-08T07:00:00Z");
        assert_eq!(next("10,50 2 * * *", zone, "2026-03-08T07:00:00Z"), "2026-03-09T06:10:00Z");
        // Samoa left out the whole of 30 December 2011.
        let samoa = chrono_tz::Pacific::Apia;
        assert_eq!(next("0 12 30 12 *", samoa, "2011-12-30T00:00:00Z"), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_time_that_comes_twice_runs_once() {
        let zone = chrono_tz::America::New_York;
        // 1 November 2026: 1:00 to 2:00 comes twice.
        assert_eq!(next("30 1 * * *", zone, "2026-11-01T04:00:00Z"), "2026-11-01T05:30:00Z");
        assert_eq!(next("30 1 * * *", zone, "2026-11-01T05:30:00Z"), "2026-11-02T06:30:00Z");
        // Asked within the second hour, before its half.
        assert_eq!(next("30 1 * * *", zone, "2026-11-01T06:10:00Z"), "2026-11-02T06:30:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_what_is_expected() {
        for text in ["", "* * * *", "0 0 4 * * *", "61 * * * *", "* 24 * * *", "nightly", "0 0 31 2 *"] {
            let refused = Schedule::read(text).unwrap_err().to_string();
            assert!(refused.contains("minute, hour, day of the month"), "{text}: {refused}");
        }
    }

    #[test]
    fn a_failed_run_is_tried_again_ever_later_and_not_for_ever() {
        let failed = at("2026-01-10T10:15:00Z");
        let waits: Vec<_> =
            (0..8).map(|n| retry(n, failed).map(|due| (due - failed).num_minutes())).collect();
        assert_eq!(
            waits,
            [None, Some(2), Some(5), Some(15), Some(45), Some(120), None, None],
            "nothing failed, then five tries"
        );
    }

    const ZONES: [Tz; 7] = [
        chrono_tz::America::New_York,
        chrono_tz::America::Chicago,
        chrono_tz::America::Phoenix,
        chrono_tz::Europe::London,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::Pacific::Apia,
        chrono_tz::UTC,
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_daily_run_comes_once_on_each_day_of_the_districts_clock(
            hour in 0_u32..24, minute in 0_u32..60, zone in 0..ZONES.len(), begin in 0_i64..9_000,
        ) {
            let zone = ZONES[zone];
            let schedule = Schedule::read(&format!("{minute} {hour} * * *")).unwrap();
            let start = at("2012-06-01T00:00:00Z") + TimeDelta::days(begin);
            let mut after = start;
            let mut last = None;
            for _ in 0..200 {
                let due = schedule.next(zone, after).unwrap();
                prop_assert!(due > after);
                let local = due.with_timezone(&zone);
                if let Some(last) = last {
                    prop_assert_eq!(local.date_naive() - last, TimeDelta::days(1));
                }
                last = Some(local.date_naive());
                // On the minute, but where the clock left it out.
                if (local.hour(), local.minute()) != (hour, minute) {
                    let named = local.date_naive().and_hms_opt(hour, minute, 0).unwrap();
                    prop_assert!(zone.from_local_datetime(&named).earliest().is_none());
                    prop_assert!(local.naive_local() > named);
                }
                after = due;
            }
        }

        #[test]
        fn the_next_time_does_not_depend_on_when_it_is_asked(
            minute in 0_u32..60, step in 1_u32..12, zone in 0..ZONES.len(), begin in 0_i64..300_000_000, early in 0_i64..7_200,
        ) {
            let zone = ZONES[zone];
            let schedule = Schedule::read(&format!("{minute} */{step} * * *")).unwrap();
            let asked = at("2015-01-01T00:00:00Z") + TimeDelta::seconds(begin);
            let due = schedule.next(zone, asked).unwrap();
            let before = asked - TimeDelta::seconds(early);
            let earlier = schedule.next(zone, before).unwrap();
            prop_assert!(earlier <= due);
            if earlier > asked {
                prop_assert_eq!(earlier, due);
            }
        }

        #[test]
        fn a_source_runs_within_ten_minutes_of_its_time_and_always_at_its_own(
            source in any::<i64>(), begin in 0_i64..300_000_000,
        ) {
            let zone = chrono_tz::America::Chicago;
            let schedule = Schedule::read("15 4 * * *").unwrap();
            let asked = at("2015-01-01T00:00:00Z") + TimeDelta::seconds(begin);
            let due = schedule.next_of(zone, SourceId(source), asked).unwrap();
            prop_assert!(due > asked);
            let local = due.with_timezone(&zone).naive_local();
            let late = local - local.date().and_hms_opt(4, 15, 0).unwrap();
            prop_assert!(late >= TimeDelta::zero() && late < TimeDelta::minutes(10), "{late}");
            prop_assert_eq!(late, jitter(SourceId(source)));
            let again = schedule.next_of(zone, SourceId(source), due).unwrap();
            prop_assert!(again > due);
        }
    }
}
