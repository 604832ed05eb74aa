//! What files of attendance say of each school day, in rows, so that it can be compared with what is held.

use crate::db::{Link, args, statements};
use crate::error::Error;
use model::attendance::{day_date, day_number};
use model::canonical::{Attendance, ToldYear};
use model::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A school and a school year.
pub(crate) type ToldKey = (i64, i64);

/// What was told of a school in a school year. Days are numbered as in strips.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The first day of which everything was told.
    from: u16,
    /// Rows by day; of another day there was none.
    rows: BTreeMap<u16, u32>,
    /// Later days of which not everything was told: between two files of what was recent, or corrected by one of these.
    unsure: BTreeSet<u16>,
}

statements! {
    TOLD = "SELECT school_id, school_year, days FROM rows_told";
}

impl Told {
    /// The rows of a day; `None` where nobody knows how many there are.
    pub(crate) fn rows(&self, day: u16) -> Option<u32> {
        let is_known = day >= self.from && !self.unsure.contains(&day);
        is_known.then(|| self.rows.get(&day).copied().unwrap_or_default())
    }

    /// The days with rows, in order.
    pub(crate) fn days(&self) -> impl Iterator<Item = u16> + '_ {
        self.rows.keys().copied()
    }

    /// After a file that is the whole truth of the days from one on.
    fn with(mut self, told: &ToldYear, since: u16) -> Self {
        let last = self.rows.keys().chain(&self.unsure).max();
        self.unsure.extend(last.map_or(since, |last| last + 1)..since);
        self.rows.retain(|day, _| *day < since);
        self.unsure.retain(|day| *day < since);
        self.from = self.from.min(since);
        let (whole, corrected): (Vec<_>, Vec<_>) = numbered(told).partition(|(day, _)| *day >= since);
        self.rows.extend(whole);
        self.corrected(corrected.into_iter())
    }

    /// After rows that are not all there is of their days.
    fn corrected(mut self, rows: impl Iterator<Item = (u16, u32)>) -> Self {
        for (day, _) in rows {
            self.rows.remove(&day);
            self.unsure.insert(day);
        }
        self
    }

    pub(crate) fn read((school, year): ToldKey, bytes: &[u8]) -> Result<Self, Error> {
        let year = SchoolYear(year as i16);
        postcard::from_bytes(bytes)
            .map_err(|e| Error::damaged(format!("rows_told of school {school}, {year}: {e}")))
    }

    fn bytes(&self) -> Result<Vec<u8>, Error> {
        postcard::to_stdvec(self).map_err(|e| Error::damaged(format!("rows_told.days: {e}")))
    }
}

fn numbered(told: &ToldYear) -> impl Iterator<Item = (u16, u32)> + '_ {
    told.days.iter().filter_map(|(date, rows)| Some((day_number(told.year, *date)?, *rows)))
}

/// The number of the first day that is not before a date, in a school year.
fn first_not_before(year: SchoolYear, date: Date) -> u16 {
    let base = day_date(year, 0);
    if date <= base { 0 } else { u16::try_from((date - base).num_days()).unwrap_or(u16::MAX) }
}

/// What has to be written.
pub(super) async fn plan(
    link: &mut Link<'_>,
    delivered: &Attendance,
    covers: &HashSet<ToldKey>,
    school: impl Fn(&str) -> Option<i64>,
) -> Result<Vec<(ToldKey, Vec<u8>)>, Error> {
    let rows: Vec<(i64, i64, Vec<u8>)> = link.all(TOLD, args![]).await?;
    let stored: HashMap<ToldKey, Vec<u8>> =
        rows.into_iter().map(|(school, year, days)| ((school, year), days)).collect();
    let mut changed = Vec::new();
    for told in &delivered.told {
        let Some(school) = school(&told.school_id) else { continue };
        let key = (school, i64::from(told.year.0));
        let bytes = stored.get(&key);
        let before = bytes.map(|bytes| Told::read(key, bytes)).transpose()?;
        let since = delivered.since.map(|since| first_not_before(told.year, since));
        let after = match (covers.contains(&key), since, before) {
            (true, None, _) => Told::default().with(told, 0),
            (true, Some(since), Some(before)) => before.with(told, since),
            (true, Some(since), None) => Told { from: since, ..Told::default() }.with(told, since),
            (false, _, Some(before)) => before.corrected(numbered(told)),
            // Of corrections alone nobody learns how many rows there are.
            (false, _, None) => continue,
        };
        let after = after.bytes()?;
        if bytes != Some(&after) {
            changed.push((key, after));
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: SchoolYear = SchoolYear(2025);

    fn told(days: &[(u16, u32)]) -> ToldYear {
        let days = days.iter().map(|(day, rows)| (day_date(YEAR, *day), *rows)).collect();
        ToldYear { school_id: "100".to_owned(), year: YEAR, days }
    }

    fn rows(told: &Told, days: std::ops::Range<u16>) -> Vec<Option<u32>> {
        days.map(|day| told.rows(day)).collect()
    }

    #[test]
    fn a_day_without_a_row_had_none_where_all_was_told_and_else_nobody_knows() {
        let whole = Told::default().with(&told(&[(1, 4), (3, 2)]), 0);
        assert_eq!(rows(&whole, 0..5), [Some(0), Some(4), Some(0), Some(2), Some(0)]);
        let recent = Told { from: 3, ..Told::default() }.with(&told(&[(1, 9), (4, 5)]), 3);
        assert_eq!(rows(&recent, 0..6), [None, None, None, Some(0), Some(5), Some(0)]);
    }

    #[test]
    fn what_is_recent_replaces_its_days_and_leaves_earlier_ones_unless_it_corrects_them() {
        let whole = Told::default().with(&told(&[(1, 4), (2, 1), (3, 2), (4, 8)]), 0);
        let after = whole.with(&told(&[(1, 1), (4, 7), (5, 6)]), 3);
        assert_eq!(rows(&after, 0..6), [Some(0), None, Some(1), Some(0), Some(7), Some(6)]);
        let again = after.with(&told(&[(1, 5), (2, 5)]), 0);
        assert_eq!(rows(&again, 0..6), [Some(0), Some(5), Some(5), Some(0), Some(0), Some(0)]);
    }

    #[test]
    fn days_between_two_files_of_what_is_recent_were_never_told() {
        let first = Told { from: 0, ..Told::default() }.with(&told(&[(0, 1), (2, 1)]), 0);
        let second = first.with(&told(&[(6, 3)]), 5);
        assert_eq!(rows(&second, 0..8), [Some(1), Some(0), Some(1), None, None, Some(0), Some(3), Some(0)]);
        let filled = second.with(&told(&[(3, 1), (6, 3)]), 3);
        assert_eq!(rows(&filled, 2..7), [Some(1), Some(1), Some(0), Some(0), Some(3)]);
    }
}
