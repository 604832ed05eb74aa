//! Over which days a window reaches: the first day of the one that ends on a given day.

use crate::pack::Window;
use chrono::{Datelike, Days, Months, Weekday};
use model::time::Date;

/// The Monday of a day's week.
pub(crate) fn monday(date: Date) -> Date {
    date - Days::new(u64::from(date.weekday().num_days_from_monday()))
}

/// The next weekday: the first on which another mark may come, as far as anybody can say without a calendar.
pub(crate) fn next_weekday(date: Date) -> Date {
    let mut next = date + Days::new(1);
    while matches!(next.weekday(), Weekday::Sat | Weekday::Sun) {
        next = next + Days::new(1);
    }
    next
}

/// Instructional days in order, by which school weeks and last days are told.
#[derive(Debug, Clone, Default)]
pub(crate) struct SchoolDays {
    /// Every instructional day, each date once.
    pub(crate) all: Vec<Date>,
    /// The Mondays of the weeks with at least one of them.
    weeks: Vec<Date>,
    /// The same, of the school year alone.
    year_weeks: Vec<Date>,
}

impl SchoolDays {
    /// Of all days, and those of the school year among them; each in order.
    pub(crate) fn new(all: Vec<Date>, year: impl Iterator<Item = Date>) -> Self {
        let weeks = mondays(all.iter().copied());
        Self { all, weeks, year_weeks: mondays(year) }
    }

    /// The same with one more day at the end.
    pub(crate) fn with(&self, date: Date) -> Self {
        let mut longer = self.clone();
        longer.all.push(date);
        for weeks in [&mut longer.weeks, &mut longer.year_weeks] {
            weeks.push(monday(date));
            weeks.dedup();
        }
        longer
    }

    /// The first day of the window that ends on a day. Windows without a first day of their own begin with the year,
    /// which the caller knows.
    pub(crate) fn start(&self, window: Window, day: Date) -> Date {
        let back = |days: u32| {
            day.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(Date::MIN)
        };
        match window {
            Window::SchoolYear | Window::Consecutive | Window::OneClass => Date::MIN,
            Window::CalendarMonth => day.with_day(1).unwrap_or(day),
            Window::SchoolMonth => {
                let begun = self.year_weeks.partition_point(|w| *w <= day);
                self.year_weeks.get(begun.saturating_sub(1) / 4 * 4).copied().unwrap_or(day)
            }
            Window::Days(n) => back(n),
            Window::Weeks(n) => back(n.saturating_mul(7)),
            Window::Months(n) => {
                day.checked_sub_months(Months::new(n)).and_then(|d| d.succ_opt()).unwrap_or(Date::MIN)
            }
            Window::SchoolWeeks(n) => last(&self.weeks, n, day),
            Window::InstructionalDays(n) => last(&self.all, n, day),
        }
    }
}

/// The n-th last of some dates up to a day; the first where there are fewer.
fn last(dates: &[Date], n: u32, day: Date) -> Date {
    let upto = dates.partition_point(|d| *d <= day);
    dates.get(upto.saturating_sub(n as usize)).copied().unwrap_or(day)
}

fn mondays(dates: impl Iterator<Item = Date>) -> Vec<Date> {
    let mut weeks: Vec<Date> = dates.map(monday).collect();
    weeks.dedup();
    weeks
}

/// The first date on which a window no longer holds a day; `None` where that depends on days yet to come.
pub(crate) fn leaves(window: Window, day: Date) -> Option<Date> {
    match window {
        Window::Days(n) => day.checked_add_days(Days::new(u64::from(n))),
        Window::Weeks(n) => day.checked_add_days(Days::new(7 * u64::from(n))),
        Window::Months(n) => {
            let nothing = SchoolDays::default();
            let around = day.checked_add_months(Months::new(n))?;
            around.iter_days().find(|d| nothing.start(window, *d) > day)
        }
        Window::CalendarMonth => day.with_day(1)?.checked_add_months(Months::new(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_weekday_after_a_friday_and_within_a_weekend_is_monday() {
        for (day, next) in [
            ("2025-09-04", "2025-09-05"),
            ("2025-09-05", "2025-09-08"),
            ("2025-09-06", "2025-09-08"),
            ("2025-09-07", "2025-09-08"),
        ] {
            assert_eq!(next_weekday(date(day)), date(next), "{day}");
        }
    }

    #[test]
    fn months_end_where_the_shorter_month_ends() {
        let days = SchoolDays::default();
        for (day, start) in [
            ("2025-08-31", "2025-03-01"),
            ("2025-08-28", "2025-03-01"),
            ("2025-08-27", "2025-02-28"),
            ("2025-05-15", "2024-11-16"),
        ] {
            assert_eq!(days.start(Window::Months(6), date(day)), date(start), "{day}");
        }
    }

    #[test]
    fn a_day_leaves_its_window_when_the_window_begins_after_it() {
        let days = SchoolDays::default();
        for window in [Window::Days(28), Window::Weeks(10), Window::Months(6), Window::CalendarMonth] {
            for day in date("2025-01-01").iter_days().take(400) {
                let out = leaves(window, day).unwrap();
                assert!(days.start(window, out) > day, "{window:?} {day}");
                assert!(days.start(window, out.pred_opt().unwrap()) <= day, "{window:?} {day}");
            }
        }
    }

    #[test]
    fn a_week_without_school_is_no_school_week() {
        let all: Vec<Date> = ["2025-09-01", "2025-09-09", "2025-09-22", "2025-09-30"].map(date).to_vec();
        let days = SchoolDays::new(all.clone(), all.into_iter());
        assert_eq!(days.start(Window::SchoolWeeks(2), date("2025-09-22")), date("2025-09-08"));
        assert_eq!(days.start(Window::SchoolWeeks(3), date("2025-09-30")), date("2025-09-08"));
        assert_eq!(days.start(Window::SchoolWeeks(9), date("2025-09-30")), date("2025-09-01"));
        assert_eq!(days.start(Window::InstructionalDays(2), date("2025-09-23")), date("2025-09-09"));
        assert_eq!(days.start(Window::SchoolMonth, date("2025-09-30")), date("2025-09-01"));
        assert_eq!(
            days.with(date("2025-10-06")).start(Window::SchoolMonth, date("2025-10-06")),
            date("2025-10-06")
        );
    }
}
