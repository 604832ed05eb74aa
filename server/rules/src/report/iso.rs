//! Dates as ISO 8601 writes them. A district's signals hold millions, so they are written digit by digit.

use chrono::Datelike;
use model::time::Date;
use serde::{Serialize, Serializer};

/// `2026-03-18`; `None` of a year that is not of four digits.
pub(super) fn digits(date: Date) -> Option<[u8; 10]> {
    let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9_999)?;
    let digit = |number: u32, tens: u32| b'0' + (number / tens % 10) as u8;
    let (month, day) = (date.month(), date.day());
    Some([
        digit(year, 1_000),
        digit(year, 100),
        digit(year, 10),
        digit(year, 1),
        b'-',
        digit(month, 10),
        digit(month, 1),
        b'-',
        digit(day, 10),
        digit(day, 1),
    ])
}

/// The same, as a value.
pub(super) fn date<S: Serializer>(date: &Date, to: S) -> Result<S::Ok, S::Error> {
    match digits(*date).as_ref().map(|text| str::from_utf8(text)) {
        Some(Ok(text)) => to.serialize_str(text),
        _ => date.serialize(to),
    }
}

/// The same, or null.
pub(super) fn date_or_null<S: Serializer>(date: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    date.map(Iso).serialize(to)
}

/// A list of them.
pub(super) fn dates<S: Serializer>(dates: &[Date], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(dates.iter().copied().map(Iso))
}

/// A list of first and last days.
pub(super) fn runs<S: Serializer>(runs: &[(Date, Option<Date>)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(runs.iter().map(|(first, last)| (Iso(*first), last.map(Iso))))
}

struct Iso(Date);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        date(&self.0, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_its_library_writes_it() {
        let written = |date| serde_json::to_string(&Iso(date)).unwrap();
        let (first, last) = ((-1, 12, 31), (10_000, 1, 1));
        for (year, month, day) in [first, (0, 1, 1), (2026, 3, 18), (2024, 2, 29), (9_999, 12, 31), last] {
            let date = Date::from_ymd_opt(year, month, day).unwrap();
            assert_eq!(written(date), serde_json::to_string(&date).unwrap());
        }
    }
}
