//! Keeping what a run supersedes: of all that the rules read and the ledger does not have, each row as it was, known
//! from one run on and up to another. [`crate::history`] reads from this what was known at an earlier time.

use super::rows::{self, Spec};
use crate::db::{Link, args, statements};
use crate::error::Error;
use chrono::NaiveDate;
use model::attendance::CodeMap;
use model::ids::SchoolId;
use std::collections::{BTreeMap, BTreeSet};

statements! {
    LAST_ROW_PAST = "INSERT INTO school_last_row_past (school_id, known_from, known_to, date)
        SELECT school_id, since_run, $2, date FROM school_last_row WHERE school_id = $1 AND since_run < $2";
    LAST_ROW = "INSERT INTO school_last_row (school_id, date, since_run) VALUES ($1, $2, $3)
        ON CONFLICT (school_id) DO UPDATE SET date = excluded.date, since_run = excluded.since_run";
    CODES = "SELECT category, meaning FROM code_map";
    CODE_PAST = "INSERT INTO code_map_past (category, known_from, known_to, meaning)
        SELECT category, since_run, $2, meaning FROM code_map WHERE category = $1 AND since_run < $2";
    DELETE_CODE = "DELETE FROM code_map WHERE category = $1";
    CODE = "INSERT INTO code_map (category, meaning, since_run) VALUES ($1, $2, $3)
        ON CONFLICT (category) DO UPDATE SET meaning = excluded.meaning, since_run = excluded.since_run";
}

/// Copies rows into the past before run `number` changes or removes them. A row of this very run was never known.
pub(super) async fn keep<K: AsRef<str>>(
    link: &mut Link<'_>,
    spec: &Spec,
    number: i64,
    keys: &[K],
) -> Result<(), Error> {
    if spec.past.is_empty() {
        return Ok(());
    }
    let (table, columns) = (spec.table, spec.past_columns());
    let head = format!(
        "INSERT INTO {table}_past (key, known_from, known_to, {columns})
         SELECT key, since_run, $1, {columns} FROM {table} WHERE since_run < $1 AND key IN"
    );
    link.by_keys(&head, args![number], keys).await
}

/// Writes when enrollments that nobody ended are presumed to have ended.
pub(super) async fn presume(
    link: &mut Link<'_>,
    number: i64,
    presumed: Vec<(String, Option<NaiveDate>)>,
) -> Result<(), Error> {
    let mut by_end: BTreeMap<Option<NaiveDate>, Vec<String>> = BTreeMap::new();
    for (key, end) in presumed {
        by_end.entry(end).or_default().push(key);
    }
    for (end, keys) in by_end {
        keep(link, &rows::ENROLLMENTS, number, &keys).await?;
        let head = "UPDATE enrollment SET presumed_end = $1, since_run = $2 WHERE key IN";
        link.by_keys(head, args![end, number], &keys).await?;
    }
    Ok(())
}

/// Writes the dates of schools' last attendance rows.
pub(super) async fn last_rows(
    link: &mut Link<'_>,
    number: i64,
    last_rows: Vec<(SchoolId, NaiveDate)>,
) -> Result<(), Error> {
    for (school, date) in last_rows {
        link.execute(LAST_ROW_PAST, args![school, number]).await?;
        link.execute(LAST_ROW, args![school, date, number]).await?;
    }
    Ok(())
}

/// Writes what the district's categories mean: only what differs.
pub(super) async fn codes(link: &mut Link<'_>, number: i64, codes: &CodeMap) -> Result<(), Error> {
    let stored: BTreeSet<(String, String)> =
        link.all::<(String, String)>(CODES, args![]).await?.into_iter().collect();
    let wanted: BTreeSet<(String, String)> =
        codes.iter().map(|(category, meaning)| (category.to_owned(), meaning.name().to_owned())).collect();
    for (category, _) in stored.difference(&wanted) {
        link.execute(CODE_PAST, args![category, number]).await?;
        if codes.meaning(category).is_none() {
            link.execute(DELETE_CODE, args![category]).await?;
        }
    }
    for (category, meaning) in wanted.difference(&stored) {
        link.execute(CODE, args![category, meaning, number]).await?;
    }
    Ok(())
}

/// The tables with a past, and their keys.
pub(crate) fn tables() -> Vec<(&'static str, &'static str)> {
    let mut tables: Vec<_> =
        rows::SPECS.iter().filter(|spec| !spec.past.is_empty()).map(|spec| (spec.table, "key")).collect();
    tables.push(("code_map", "category"));
    tables.push(("school_last_row", "school_id"));
    tables
}
