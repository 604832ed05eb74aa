//! OneRoster files that hold only what changed (`delta`), laid over the roster that the store holds: what comes of it is what
//! whole files would have said. A file that is absent then says nothing, and what is held of it goes on.

use crate::oneroster::Manifest;
use crate::sheet::{Fault, Report};
use model::canonical::Table;
use model::report::{Reason, Refusal};
use std::collections::{HashMap, HashSet};

/// What a table's rows are called that no file brought.
const HELD: &str = "the store";

/// How the rows of a table are told apart.
pub(crate) struct Keys<T> {
    /// The row's `sourcedId`.
    pub(crate) key: fn(&T) -> &str,
    /// The id by which plain files name it, of which there must be one.
    pub(crate) id: Option<fn(&T) -> &str>,
}

/// Lays a table that came, or did not, over what is held of it. Rows held that are not `known` to the tables laid before go:
/// what they name went.
///
/// # Errors
/// [`Refusal::MissingBase`] where a file of changes came and nothing is held.
pub(crate) fn lay<T: Clone>(
    manifest: &Manifest,
    name: &str,
    came: Option<Table<T>>,
    held: &[T],
    keys: &Keys<T>,
    report: &mut Report,
    known: impl Fn(&T) -> bool,
) -> Result<Option<Table<T>>, Refusal> {
    let deleted = std::mem::take(&mut report.deleted);
    report.passed_over.clear();
    if manifest.delta.is_empty() {
        return Ok(came);
    }
    let Some(mut table) = came else {
        let rows: Vec<T> = held.iter().filter(|row| known(row)).cloned().collect();
        let read = rows.len() as u64;
        return Ok((read > 0).then(|| Table { file: HELD.to_owned(), read, set_aside: 0, rows }));
    };
    if !manifest.delta.contains(&name.to_ascii_lowercase()) {
        return Ok(Some(table));
    }
    if held.is_empty() {
        return Err(Refusal::MissingBase { file: table.file, table: name.to_owned() });
    }
    report.changes.insert(table.file.clone());
    let key = keys.key;
    // Of a row that lives and is deleted in one file the delete holds: it opens nothing to anybody.
    let is_deleted = |row: &T| deleted.contains(key(row)).then(|| ("sourcedId", key(row).to_owned()));
    pass_over(&mut table, key, report, is_deleted);
    if let Some(id) = keys.id {
        let taken = taken(&table.rows, held, &deleted, key, id);
        let clashes = |row: &T| taken.contains(id(row)).then(|| ("identifier", id(row).to_owned()));
        pass_over(&mut table, key, report, clashes);
    }
    let newer: HashSet<&str> = table.rows.iter().map(key).collect();
    let goes_on = |row: &&T| !newer.contains(key(row)) && !deleted.contains(key(row)) && known(row);
    let kept: Vec<T> = held.iter().filter(goes_on).cloned().collect();
    let (came, gone) = (table.rows.len(), held.iter().filter(|row| deleted.contains(key(row))).count());
    report.notes.push(format!(
        "{}: only what changed: {came} rows, and {gone} to be deleted, laid over {} that the store holds",
        table.file,
        held.len()
    ));
    table.read += kept.len() as u64;
    table.rows.extend(kept);
    Ok(Some(table))
}

/// Sets aside the rows that came of which `fault` names a column and its value.
fn pass_over<T>(
    table: &mut Table<T>,
    key: fn(&T) -> &str,
    report: &mut Report,
    fault: impl Fn(&T) -> Option<(&'static str, String)>,
) {
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in table.rows.drain(..) {
        let Some((column, value)) = fault(&row) else {
            rows.push(row);
            continue;
        };
        table.set_aside += 1;
        report.passed_over.insert(key(&row).to_owned());
        // The row was usable on its own, so its line was not kept.
        report.list(&table.file, 0, Fault::of(column, value, Reason::DuplicateId), table.set_aside);
    }
    table.rows = rows;
}

/// The ids that rows came with and that others go on with: those for whom no row came, and those whose row cannot be used for
/// this very reason, who go on with the id that they had.
fn taken<T>(
    came: &[T],
    held: &[T],
    deleted: &HashSet<String>,
    key: fn(&T) -> &str,
    id: fn(&T) -> &str,
) -> HashSet<String> {
    let newer: HashSet<&str> = came.iter().map(key).collect();
    let had: HashMap<&str, &str> = held.iter().map(|row| (key(row), id(row))).collect();
    let comes_to: HashMap<&str, &str> = came.iter().map(|row| (id(row), key(row))).collect();
    let goes_on = held.iter().filter(|row| !newer.contains(key(row)) && !deleted.contains(key(row)));
    let mut kept: Vec<&str> = goes_on.map(id).collect();
    let mut taken = HashSet::new();
    while let Some(id) = kept.pop() {
        if let Some(row) = comes_to.get(id)
            && taken.insert(id.to_owned())
        {
            kept.extend(had.get(row));
        }
    }
    taken
}
