//! School days and school years. Instants are UTC (`chrono::DateTime<Utc>`); a school day is a date without a zone.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A day of school, in the district's own time zone.
pub type Date = NaiveDate;

/// A school year, named by the calendar year in which it begins and written `2021-2022`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolYear(pub i16);

/// The text does not name a school year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a school year: 2021-2022, 2021-22, or the year in which it ends (2022) are expected")]
pub struct NotASchoolYear(pub String);

impl SchoolYear {
    /// The year of a date where the source names none: July to June, or from another month (England: September).
    pub fn of(date: Date, first_month: u32) -> Self {
        let year = date.year() as i16;
        Self(if date.month() >= first_month { year } else { year - 1 })
    }

    /// The default first day, 1 July: what a year begins with where no calendar says otherwise.
    pub fn july_first(self) -> Date {
        // Valid for every i16 year chrono knows; the fallback is never reached.
        Date::from_ymd_opt(i32::from(self.0), 7, 1).unwrap_or(Date::MIN)
    }

    /// The day from which strips count: 1 May, so that every calendar that begins earlier than July still fits.
    pub fn strip_base(self) -> Date {
        Date::from_ymd_opt(i32::from(self.0), 5, 1).unwrap_or(Date::MIN)
    }

    /// The school year after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for SchoolYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.0 + 1)
    }
}

impl FromStr for SchoolYear {
    type Err = NotASchoolYear;

    fn from_str(text: &str) -> Result<Self, NotASchoolYear> {
        let refuse = || NotASchoolYear(text.to_owned());
        let number = |part: &str| -> Result<i16, NotASchoolYear> {
            if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
                part.parse().map_err(|_| refuse())
            } else {
                Err(refuse())
            }
        };
        let trimmed = text.trim();
        let (start, end) = match trimmed.split_once(['-', '/']) {
            None if trimmed.len() == 4 => {
                let end = number(trimmed)?;
                (end - 1, end)
            }
            Some((a, b)) if a.len() == 4 && b.len() == 4 => (number(a)?, number(b)?),
            Some((a, b)) if a.len() == 4 && b.len() == 2 => {
                let start = number(a)?;
                let end = start / 100 * 100 + number(b)?;
                (start, if end < start { end + 100 } else { end })
            }
            _ => return Err(refuse()),
        };
        if end == start + 1 && (1900..3000).contains(&start) { Ok(Self(start)) } else { Err(refuse()) }
    }
}

impl Serialize for SchoolYear {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SchoolYear {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_year_is_read_in_each_common_spelling() {
        for text in ["2021-2022", "2021-22", "2022", "2021/2022"] {
            assert_eq!(text.parse(), Ok(SchoolYear(2021)), "{text}");
        }
        assert_eq!("1999-00".parse(), Ok(SchoolYear(1999)));
        for text in ["", "21-22", "2021-2023", "fall", "2021-", "-2022"] {
            assert!(text.parse::<SchoolYear>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_year_without_a_name_runs_july_to_june() {
        let day = |m, d| Date::from_ymd_opt(2022, m, d).unwrap();
        assert_eq!(SchoolYear::of(day(6, 30), 7), SchoolYear(2021));
        assert_eq!(SchoolYear::of(day(7, 1), 7), SchoolYear(2022));
        assert_eq!(SchoolYear::of(day(8, 31), 9), SchoolYear(2021));
    }
}
