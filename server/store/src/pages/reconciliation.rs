//! What the source says of attendance beside what is held, school day by school day.

use super::data::{AsideColumns, aside, may_read_rows};
use crate::db::{Link, args, statements};
use crate::district::District;
use crate::error::Error;
use crate::ledger::shapes_of;
use crate::sync::told::Told;
use crate::sync::{StripKey, read_strip, usable_by_day};
use access::Scope;
use chrono::NaiveDate;
use model::attendance::{Shapes, day_date, day_number};
use model::ids::{SchoolId, StudentId};
use model::page::{DayBalance, HeldMark};
use model::report::SetAside;
use model::time::SchoolYear;
use std::collections::{BTreeMap, BTreeSet};

/// A school's year: which school, and its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearBalance {
    /// The school.
    pub school: SchoolId,
    /// The school year.
    pub year: SchoolYear,
    /// The days with rows or marks, in order.
    pub days: Vec<DayBalance>,
}

statements! {
    YEARS = "SELECT s.id, MAX(c.school_year) FROM school s JOIN calendar_day c ON c.school_id = s.id
        WHERE c.date <= $1 GROUP BY s.id ORDER BY s.id";
    TOLD = "SELECT school_id, school_year, days FROM rows_told WHERE school_year = $1";
    SCHOOL_DAYS = "SELECT c.school_id, c.date FROM calendar_day c JOIN school_last_row l ON l.school_id = c.school_id
        WHERE c.school_year = $1 AND c.instructional AND c.date <= l.date";
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip WHERE school_year = $1";
    STRIPS_OF = "SELECT student_id, school_id, school_year, strip FROM strip
        WHERE school_year = $1 AND school_id = $2";
    ASIDE_OF = "SELECT s.file, s.line, s.field, s.value, s.reason, s.school, s.date FROM set_aside s
        JOIN school o ON o.local_id = s.school WHERE o.id = $1 AND s.date = $2 ORDER BY s.number";
    LOCAL_IDS = "SELECT DISTINCT p.id, p.local_id FROM person p JOIN strip t ON t.student_id = p.id
        WHERE t.school_year = $1 AND t.school_id = $2";
}

impl District {
    /// The newest school year that has begun of each school, by school, day by day; `None` for those who may not read rows
    /// that were set aside.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn balances(&self, scope: &Scope, today: NaiveDate) -> Result<Option<Vec<YearBalance>>, Error> {
        if !may_read_rows(scope) {
            return Ok(None);
        }
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let newest: Vec<(i64, i64)> = link.all(YEARS, args![today]).await?;
        let shapes = shapes_of(&mut link).await?;
        let mut found = Vec::new();
        for year in newest.iter().map(|(_, year)| *year).collect::<BTreeSet<_>>() {
            let mut told = told_of(&mut link, year).await?;
            let mut held = held_of(&mut link, &shapes, year).await?;
            let mut open: BTreeMap<i64, BTreeSet<u16>> = BTreeMap::new();
            for (school, date) in link.all::<(i64, NaiveDate)>(SCHOOL_DAYS, args![year]).await? {
                open.entry(school).or_default().extend(day_number(SchoolYear(year as i16), date));
            }
            for (school, _) in newest.iter().filter(|(_, of)| *of == year) {
                let days = days(
                    SchoolYear(year as i16),
                    told.remove(school),
                    held.remove(school).unwrap_or_default(),
                    open.remove(school).unwrap_or_default(),
                );
                found.push(YearBalance { school: SchoolId(*school), year: SchoolYear(year as i16), days });
            }
        }
        found.sort_unstable_by_key(|of| of.school);
        Ok(Some(found))
    }

    /// The rows of one school day that were set aside, in their order; `None` for those who may not read them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_aside_of(
        &self,
        scope: &Scope,
        school: SchoolId,
        date: NaiveDate,
    ) -> Result<Option<Vec<SetAside>>, Error> {
        if !may_read_rows(scope) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<AsideColumns> = conn.link().all(ASIDE_OF, args![school, date]).await?;
        rows.into_iter().map(aside).collect::<Result<Vec<_>, Error>>().map(Some)
    }

    /// The usable marks of one school day that are held, by the student's id; `None` for those who may not read rows that
    /// were set aside.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn held_on(
        &self,
        scope: &Scope,
        school: SchoolId,
        year: SchoolYear,
        date: NaiveDate,
    ) -> Result<Option<Vec<HeldMark>>, Error> {
        let Some(day) = day_number(year, date).filter(|_| may_read_rows(scope)) else { return Ok(None) };
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let shapes = shapes_of(&mut link).await?;
        let names: Vec<(i64, String)> = link.all(LOCAL_IDS, args![year.0, school]).await?;
        let names: BTreeMap<i64, String> = names.into_iter().collect();
        let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS_OF, args![year.0, school]).await?;
        let mut marks = Vec::new();
        for (student, school, year, bytes) in rows {
            for mark in read_strip((student, school, year), &bytes)?.marks().filter(|mark| mark.day == day) {
                let Some(shape) = shapes.get(mark.shape).filter(|shape| !shape.unusable) else { continue };
                marks.push(HeldMark {
                    student: StudentId(student),
                    local_id: names.get(&student).cloned().unwrap_or_default(),
                    category: shape.category.clone(),
                });
            }
        }
        marks.sort_by(|a, b| (&a.local_id, a.student).cmp(&(&b.local_id, b.student)));
        Ok(Some(marks))
    }
}

async fn told_of(link: &mut Link<'_>, year: i64) -> Result<BTreeMap<i64, Told>, Error> {
    let rows: Vec<(i64, i64, Vec<u8>)> = link.all(TOLD, args![year]).await?;
    rows.into_iter().map(|(school, year, days)| Ok((school, Told::read((school, year), &days)?))).collect()
}

/// Usable marks by school and day.
async fn held_of(
    link: &mut Link<'_>,
    shapes: &Shapes,
    year: i64,
) -> Result<BTreeMap<i64, BTreeMap<u16, u32>>, Error> {
    let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS, args![year]).await?;
    let mut held: BTreeMap<i64, BTreeMap<u16, u32>> = BTreeMap::new();
    for (student, school, year, bytes) in rows {
        let key: StripKey = (student, school, year);
        usable_by_day(shapes, &read_strip(key, &bytes)?, held.entry(school).or_default());
    }
    Ok(held)
}

/// The school days so far, and any other of which something is said or held.
fn days(
    year: SchoolYear,
    told: Option<Told>,
    held: BTreeMap<u16, u32>,
    mut all: BTreeSet<u16>,
) -> Vec<DayBalance> {
    all.extend(held.keys());
    all.extend(told.iter().flat_map(Told::days));
    all.into_iter()
        .map(|day| DayBalance {
            date: day_date(year, day),
            told: told.as_ref().and_then(|told| told.rows(day)),
            held: held.get(&day).copied().unwrap_or_default(),
        })
        .collect()
}
