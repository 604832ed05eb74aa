//! A schedule in words: five cron fields as `services` has read them. Fields that have no plain words are left to the
//! times that follow from them.

use super::Language;
use std::collections::BTreeSet;

/// Times of a day that are said one by one.
const FEW: usize = 4;
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 13] =
    ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// When five cron fields are due: `Monday to Friday at 04:15`.
pub fn schedule_words(t: Language, fields: &str) -> String {
    plain(t, fields).unwrap_or_else(|| t.schedule_by_fields().to_owned())
}

/// `None` where they have no plain words.
fn plain(t: Language, fields: &str) -> Option<String> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let times = times(t, &values(minute, 0, 59, &[])?, &values(hour, 0, 23, &[])?)?;
    let days = days(t, &values(day, 1, 31, &[])?, &values(weekday, 0, 7, &DAYS)?)?;
    let when = t.schedule_whole(&days, &times);
    let months = values(month, 1, 12, &MONTHS)?;
    if months.len() == 12 {
        return Some(when);
    }
    let names = t.date_months();
    let named = months.iter().filter_map(|of| names.get(*of as usize - 1)).map(ToString::to_string);
    Some(t.schedule_in_months(&when, &listed(t, named.collect())))
}

/// The values of a field; `None` where it is written otherwise than as a list of ranges with steps.
fn values(field: &str, low: u32, high: u32, names: &[&str]) -> Option<BTreeSet<u32>> {
    let number = |text: &str| {
        let named = || names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let value = text.parse().ok().or_else(|| named().map(|at| at as u32))?;
        (low..=high).contains(&value).then_some(value)
    };
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None if range == "*" => (low, high),
            None if step.is_some() => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        found.extend((first..=last).step_by(step.unwrap_or(1)));
    }
    Some(found)
}

fn times(t: Language, minutes: &BTreeSet<u32>, hours: &BTreeSet<u32>) -> Option<String> {
    if minutes.len() * hours.len() <= FEW {
        let clock = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| clock(*hour, *minute)));
        return Some(t.schedule_at(&listed(t, clock.collect())));
    }
    if let (1, Some(minute)) = (minutes.len(), minutes.first()) {
        if hours.len() == 24 {
            return Some(t.schedule_hourly(&minute.to_string()));
        }
        let (first, last) = (*hours.first()?, *hours.last()?);
        let unbroken = (last - first) as usize + 1 == hours.len();
        return unbroken.then(|| t.schedule_hourly_between(&clock(first, *minute), &clock(last, *minute)));
    }
    let step = 60 / minutes.len() as u32;
    let even =
        step * minutes.len() as u32 == 60 && minutes.iter().copied().eq((0..60).step_by(step as usize));
    (even && hours.len() == 24).then(|| t.schedule_every_minutes(u64::from(step)))
}

fn days(t: Language, days: &BTreeSet<u32>, weekdays: &BTreeSet<u32>) -> Option<String> {
    // 0 and 7 are Sunday; the week begins on Monday.
    let weekdays: BTreeSet<u32> = weekdays.iter().map(|day| (day + 6) % 7).collect();
    match (days.len(), weekdays.len()) {
        (31, 7) => Some(t.schedule_every_day().to_owned()),
        (31, _) if weekdays.iter().copied().eq(0..5) => Some(t.schedule_monday_to_friday().to_owned()),
        (31, _) => {
            let names = t.date_weekdays();
            let named = weekdays.iter().filter_map(|day| names.get(*day as usize)).map(ToString::to_string);
            Some(super::capital(&listed(t, named.collect())))
        }
        (_, 7) => Some(t.schedule_month_days(&listed(t, days.iter().map(ToString::to_string).collect()))),
        // Either of the two: no plain words.
        _ => None,
    }
}

fn clock(hour: u32, minute: u32) -> String {
    format!("{hour:02}:{minute:02}")
}

/// `a, b and c`.
fn listed(t: Language, mut all: Vec<String>) -> String {
    match (all.pop(), all.is_empty()) {
        (Some(last), false) => t.schedule_and(&all.join(", "), &last),
        (last, _) => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_said_as_people_say_it() {
        for (fields, said) in [
            ("15 4 * * *", "Every day at 04:15"),
            ("15 4 * * 1-5", "Monday to Friday at 04:15"),
            ("15 4 * * MON-FRI", "Monday to Friday at 04:15"),
            ("0 6,12 * * 1,3", "Mon and Wed at 06:00 and 12:00"),
            ("0 6 * * 0", "Sun at 06:00"),
            ("0 6 * * 7", "Sun at 06:00"),
            ("30 1 1,15 * *", "On day 1 and 15 of the month at 01:30"),
            ("5 * * * *", "Every day every hour, at minute 5"),
            ("*/20 * * * *", "Every day every 20 minutes"),
            ("0 7-17 * * 1-5", "Monday to Friday every hour from 07:00 to 17:00"),
            ("15 4 * 1-6,8 *", "Every day at 04:15, in Jan, Feb, Mar, Apr, May, Jun and Aug"),
        ] {
            assert_eq!(schedule_words(Language::En, fields), said, "{fields}");
        }
        let es = schedule_words(Language::Es, "15 4 * * 1,2");
        assert_eq!(es, "Lun y mar a las 04:15");
    }

    #[test]
    fn what_has_no_plain_words_is_not_guessed() {
        for fields in ["15 4 1 * 1", "15 4 L * *", "15 4 * * 5#2", "1,2,4 * * * *", "nightly", ""] {
            assert_eq!(schedule_words(Language::En, fields), "As its five fields say", "{fields}");
        }
    }
}
