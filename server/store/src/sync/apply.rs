//! Writing a plan.

use super::past;
use super::plan::Plan;
use super::rows::{Row, of_roster};
use crate::db::{Link, args, statements};
use crate::error::Error;
use crate::{grants, ledger};
use chrono::{DateTime, Utc};
use model::canonical::Carries;
use model::ids::RunId;
use model::report::SetAside;
use std::collections::HashSet;

statements! {
    LAST_RUN = "SELECT COALESCE(MAX(number), 0) FROM sync_run";
    LAST_SEQ = "SELECT COALESCE(MAX(seq), 0) FROM ledger";
    DELETE_STRIP = "DELETE FROM strip WHERE student_id = $1 AND school_id = $2 AND school_year = $3";
    CLEAR_SET_ASIDE = "DELETE FROM set_aside WHERE $1 = 'whole' OR side = 'whole' OR side = $1";
    OF_ROSTER = "SELECT number, file, field, value, reason FROM set_aside WHERE side = 'roster' ORDER BY number";
    FORGET = "DELETE FROM set_aside WHERE number = $1";
    LAST_SET_ASIDE = "SELECT COALESCE(MAX(number), -1) FROM set_aside";
    RUN = "INSERT INTO sync_run (number, id, started_at, ended_at, who, ledger_end) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// Writes a plan, and the grants that follow from the roster as it is now. The last number of the ledger.
pub(super) async fn apply(link: &mut Link<'_>, run: RunId, plan: Plan) -> Result<i64, Error> {
    let (last_run,): (i64,) = link.one(LAST_RUN, args![]).await?;
    if last_run != plan.after_run {
        return Err(Error::StalePlan);
    }
    let number = plan.number();
    for write in plan.tables {
        let spec = write.spec;
        let changed: Vec<&str> = write.changed.iter().map(|(row, _)| row.key.as_str()).collect();
        past::keep(link, spec, number, &changed).await?;
        if spec.keeps {
            let head = format!("UPDATE {} SET active = FALSE WHERE key IN", spec.table);
            link.by_keys(&head, args![], &write.gone).await?;
        } else {
            past::keep(link, spec, number, &write.gone).await?;
            link.by_keys(&format!("DELETE FROM {} WHERE key IN", spec.table), args![], &write.gone).await?;
        }
        let columns = spec.insert_columns();
        let values = |(row, hash): (Row, i64)| spec.insert_values(row, hash, number);
        link.insert(spec.table, &columns, "", write.added.into_iter().map(values)).await?;
        let over = spec.on_conflict();
        link.insert(spec.table, &columns, &over, write.changed.into_iter().map(values)).await?;
    }
    past::presume(link, number, plan.presumed).await?;
    let (mut seq,): (i64,) = link.one(LAST_SEQ, args![]).await?;
    if let Some(marks) = plan.marks {
        let before = marks.shapes_before;
        let shapes =
            marks.new_shapes.iter().enumerate().map(|(i, s)| ledger::shape_values(before + i + 1, s));
        link.insert(
            "shape",
            &["number", "category", "reason", "fraction", "minutes", "session", "period", "unusable"],
            "",
            shapes.collect::<Vec<_>>(),
        )
        .await?;
        for (student, school, year) in marks.gone {
            link.execute(DELETE_STRIP, args![student, school, year]).await?;
        }
        ledger::insert_strips(link, marks.new, false).await?;
        ledger::insert_strips(link, marks.changed, true).await?;
        // A chunk at a time: a first load has very many rows.
        for part in marks.entries.chunks(20_000) {
            let mut rows = Vec::new();
            for (key, entries) in part {
                for entry in entries {
                    seq += 1;
                    let mut values = args![seq, run];
                    values.extend(entry.values(*key)?);
                    rows.push(values);
                }
            }
            link.insert("ledger", LEDGER_COLUMNS, "", rows).await?;
        }
    }
    past::last_rows(link, number, plan.last_rows).await?;
    let told = plan.told.into_iter().map(|((school, year), days)| args![school, year, days]);
    let over = "ON CONFLICT (school_id, school_year) DO UPDATE SET days = excluded.days";
    link.insert("rows_told", &["school_id", "school_year", "days"], over, told.collect::<Vec<_>>()).await?;
    if let Some(codes) = plan.codes {
        past::codes(link, number, &codes).await?;
    }
    let roster_files: HashSet<&str> =
        plan.counts.iter().filter(|c| of_roster(&c.table)).map(|c| c.file.as_str()).collect();
    if plan.changes.is_empty() {
        // What was set aside of the other side still is.
        link.execute(CLEAR_SET_ASIDE, args![plan.carries.name()]).await?;
    } else {
        if plan.carries.plain() {
            link.execute(CLEAR_SET_ASIDE, args![Carries::Plain.name()]).await?;
        }
        let whole = roster_files.iter().filter(|file| !plan.changes.contains(**file));
        forget_repeated(link, whole.copied().collect(), &plan.set_aside).await?;
    }
    let (last,): (i64,) = link.one(LAST_SET_ASIDE, args![]).await?;
    let rows = plan.set_aside.iter().zip(last + 1..).map(|(row, number)| {
        let roster = roster_files.contains(row.file.as_str());
        let side = if roster { Carries::Roster } else { Carries::Plain };
        let (school, date) = row.at.clone().map(|at| (at.school_id, at.date)).unzip();
        let (line, column) = (row.line as i64, row.column.clone());
        args![number, &row.file, line, column, &row.value, reason(row), side.name(), school, date]
    });
    let columns = ["number", "file", "line", "field", "value", "reason", "side", "school", "date"];
    link.insert("set_aside", &columns, "", rows).await?;
    let rows = plan.counts.iter().enumerate().map(|(i, c)| {
        args![
            run,
            i as i64,
            &c.table,
            &c.file,
            c.read as i64,
            c.added as i64,
            c.changed as i64,
            c.unchanged as i64,
            c.removed as i64,
            c.set_aside as i64,
        ]
    });
    let columns = [
        "run_id",
        "number",
        "name",
        "file",
        "rows_read",
        "added",
        "changed",
        "unchanged",
        "removed",
        "set_aside",
    ];
    link.insert("table_count", &columns, "", rows).await?;
    grants::renew(link).await?;
    Ok(seq)
}

/// Takes rows of the roster off the list of what is set aside: those of files that came whole, and those that are listed
/// again.
async fn forget_repeated(link: &mut Link<'_>, whole: HashSet<&str>, again: &[SetAside]) -> Result<(), Error> {
    let again: HashSet<_> =
        again.iter().map(|row| (&*row.file, row.column.as_deref(), &*row.value, reason(row))).collect();
    let listed: Vec<(i64, String, Option<String>, String, String)> = link.all(OF_ROSTER, args![]).await?;
    for (number, file, column, value, why) in &listed {
        let row = (file.as_str(), column.as_deref(), value.as_str(), why.clone());
        if whole.contains(file.as_str()) || again.contains(&row) {
            link.execute(FORGET, args![*number]).await?;
        }
    }
    Ok(())
}

/// The code of a reason.
fn reason(row: &SetAside) -> String {
    let reason = serde_json::to_value(row.reason).ok();
    reason.as_ref().and_then(|r| r.as_str()).unwrap_or_default().to_owned()
}

const LEDGER_COLUMNS: &[&str] = &[
    "seq",
    "run_id",
    "student_id",
    "school_id",
    "school_year",
    "date",
    "op",
    "shape",
    "arrival",
    "departure",
    "more",
];

pub(super) async fn record_run(
    link: &mut Link<'_>,
    run: RunId,
    started: DateTime<Utc>,
    ended: DateTime<Utc>,
    who: &str,
    ledger_end: i64,
) -> Result<(), Error> {
    let (last,): (i64,) = link.one(LAST_RUN, args![]).await?;
    link.execute(RUN, args![last + 1, run, started, ended, who, ledger_end]).await?;
    Ok(())
}
