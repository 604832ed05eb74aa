//! What was known when: after which run a moment falls, and the rows of a table as they were known after a run.
//!
//! A row of the present carries the number of the run since which it stands (`since_run`); what a run changed or removed
//! is in the table's `_past`, from one run on and up to another. [`crate::sync::past`] writes both, in the transaction of
//! the sync.

use crate::db::{Link, args, statements};
use crate::district::District;
use crate::error::Error;
use crate::sync::past;
use chrono::{DateTime, Utc};

/// The rows of a table with a past as they were known after run `$1`, for a `FROM`.
macro_rules! known_then {
    ($table:literal, $columns:literal) => {
        concat!(
            "(SELECT ",
            $columns,
            " FROM ",
            $table,
            " WHERE since_run <= $1 UNION ALL SELECT ",
            $columns,
            " FROM ",
            $table,
            "_past WHERE known_from <= $1 AND known_to > $1)"
        )
    };
}
pub(crate) use known_then;

statements! {
    RUNS = "SELECT number, ended_at, ledger_end FROM sync_run ORDER BY number";
}

/// The run after which something was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAfter {
    /// 1 for the first run, and up.
    pub(crate) number: i64,
    /// The end of the ledger then.
    pub(crate) ledger_end: i64,
    /// When the run ended, and what it brought became known.
    pub ended: DateTime<Utc>,
}

impl District {
    /// The last run that had ended at a moment: what the store knew then is what that run left.
    ///
    /// # Errors
    /// [`Error::NothingKnown`] where no run had ended.
    pub async fn known_after(&self, moment: DateTime<Utc>) -> Result<KnownAfter, Error> {
        let runs = runs(&mut self.read().await?.link()).await?;
        runs.iter().rev().find(|run| run.ended <= moment).copied().ok_or_else(|| Error::NothingKnown {
            district: self.id().clone(),
            moment,
            first: runs.first().map(|run| run.ended),
        })
    }
}

/// Every run, in order.
pub(crate) async fn runs(link: &mut Link<'_>) -> Result<Vec<KnownAfter>, Error> {
    let rows: Vec<(i64, DateTime<Utc>, i64)> = link.all(RUNS, args![]).await?;
    Ok(rows.into_iter().map(|(number, ended, ledger_end)| KnownAfter { number, ledger_end, ended }).collect())
}

/// What is wrong with what is kept of the past: a row that was known as two things at once, from no time, or since a
/// run that never was.
pub(crate) async fn problems(link: &mut Link<'_>) -> Result<Vec<String>, Error> {
    let last = runs(link).await?.last().map_or(1, |run| run.number);
    let mut problems = Vec::new();
    for (table, key) in past::tables() {
        let checks = [
            (
                "stand since a run that never was",
                format!("SELECT COUNT(*) FROM {table} WHERE since_run < 1 OR since_run > {last}"),
            ),
            (
                "of the past were known from no run to any other",
                format!(
                    "SELECT COUNT(*) FROM {table}_past WHERE known_from < 1 OR known_from >= known_to
                     OR known_to > {last}"
                ),
            ),
            (
                "of the past were known while another stood",
                format!(
                    "SELECT COUNT(*) FROM {table}_past p WHERE
                     EXISTS (SELECT 1 FROM {table} c WHERE c.{key} = p.{key} AND c.since_run < p.known_to)
                     OR EXISTS (SELECT 1 FROM {table}_past q WHERE q.{key} = p.{key}
                                AND q.known_to > p.known_to AND q.known_from < p.known_to)"
                ),
            ),
        ];
        for (what, sql) in checks {
            let count: Vec<(i64,)> = link.all_built(sql, args![]).await?;
            if let Some((count @ 1..,)) = count.first() {
                problems.push(format!("{table}: {count} rows {what}"));
            }
        }
    }
    Ok(problems)
}
