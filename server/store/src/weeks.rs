//! A school's attendance by week, kept at the last evaluation, for its figures.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use access::Scope;
use chrono::NaiveDate;
use model::ids::SchoolId;

/// A week of a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchoolWeek {
    /// The school.
    pub school: SchoolId,
    /// Monday of the week.
    pub week: NaiveDate,
    /// Student-days that are known.
    pub days: u32,
    /// Of these, missed (at least half).
    pub missed: u32,
}

statements! {
    CLEAR = "DELETE FROM school_week";
    OF_SCHOOL = "SELECT week, days, missed FROM school_week WHERE school_id = $1 ORDER BY week";
}

impl WriteTx {
    /// Replaces every school's weeks.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn replace_school_weeks(&mut self, weeks: &[SchoolWeek]) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CLEAR, args![]).await?;
        let rows: Vec<_> = weeks.iter().map(|w| args![w.school, w.week, w.days, w.missed]).collect();
        link.insert("school_week", &["school_id", "week", "days", "missed"], "", rows).await
    }
}

impl District {
    /// A school's weeks, in order; `None` where the scope may not have its figures.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn school_weeks(
        &self,
        scope: &Scope,
        school: SchoolId,
    ) -> Result<Option<Vec<SchoolWeek>>, Error> {
        if !scope.schools_with_figures().holds(school) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<(NaiveDate, i64, i64)> = conn.link().all(OF_SCHOOL, args![school]).await?;
        Ok(Some(
            rows.into_iter()
                .map(|(week, days, missed)| SchoolWeek {
                    school,
                    week,
                    days: days as u32,
                    missed: missed as u32,
                })
                .collect(),
        ))
    }
}
