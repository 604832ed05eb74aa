//! How fresh the data is, what the last syncs did, and which rows were set aside.

use crate::db::{args, statements};
use crate::district::District;
use crate::error::Error;
use access::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use model::ids::{RunId, SchoolId};
use model::page::SetAsideGroup;
use model::report::{Reason, SchoolDay, SetAside, TableCount};
use model::role::Capability;

/// One run of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// What became of each file's rows.
    pub tables: Vec<TableCount>,
}

/// How far a school's attendance has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolProgress {
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub name: String,
    /// The date of its last attendance row.
    pub last_row: Option<NaiveDate>,
    /// Instructional days behind that row, up to the day asked for (included).
    pub days_behind: u32,
    /// Whether the school has a calendar: without one nobody can say what is missing.
    pub has_calendar: bool,
}

statements! {
    RUNS = "SELECT id, started_at, ended_at FROM sync_run ORDER BY number DESC LIMIT $1";
    COUNTS = "SELECT c.run_id, c.name, c.file, c.rows_read, c.added, c.changed, c.unchanged, c.removed, c.set_aside
        FROM table_count c JOIN sync_run r ON r.id = c.run_id
        WHERE r.number > (SELECT MAX(number) FROM sync_run) - $1 ORDER BY r.number DESC, c.number";
    SET_ASIDE = "SELECT file, line, field, value, reason, school, date FROM set_aside ORDER BY number";
    SET_ASIDE_GROUPS = "SELECT file, field, reason, rows_alike, line, value
        FROM (SELECT file, field, reason, line, value, number,
                     COUNT(*) OVER (PARTITION BY file, field, reason) AS rows_alike,
                     MIN(number) OVER (PARTITION BY file, field, reason) AS first_of_all,
                     ROW_NUMBER() OVER (PARTITION BY file, field, reason ORDER BY number) AS nth
              FROM set_aside) AS rows_with_place
        WHERE nth <= $1 ORDER BY first_of_all, number";
    SET_ASIDE_COUNT = "SELECT COUNT(*) FROM set_aside";
    PROGRESS = "SELECT s.id, s.name, MAX(l.date), COUNT(d.date),
               EXISTS (SELECT 1 FROM calendar_day c WHERE c.school_id = s.id)
        FROM school s LEFT JOIN school_last_row l ON l.school_id = s.id
        LEFT JOIN calendar_day d ON d.school_id = s.id AND d.instructional AND d.date <= $1
             AND (l.date IS NULL OR d.date > l.date)
        WHERE EXISTS (SELECT 1 FROM calendar_day c WHERE c.school_id = s.id)
           OR EXISTS (SELECT 1 FROM enrollment e WHERE e.school_id = s.id)
        GROUP BY s.id, s.name ORDER BY s.name, s.id";
}

impl District {
    /// The last runs, newest first; none for those who may not see the state of the data.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn runs(&self, scope: &Scope, limit: u32) -> Result<Vec<Run>, Error> {
        if scope.job().is_none() && !scope.may(Capability::DataStatus) {
            return Ok(Vec::new());
        }
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let rows: Vec<(i64, DateTime<Utc>, DateTime<Utc>)> = link.all(RUNS, args![limit]).await?;
        let mut runs: Vec<Run> = rows
            .into_iter()
            .map(|(id, started, ended)| Run { id: RunId(id), started, ended, tables: Vec::new() })
            .collect();
        for row in link.all::<CountColumns>(COUNTS, args![limit]).await? {
            let (run, table, file, read, added, changed, unchanged, removed, set_aside) = row;
            if let Some(run) = runs.iter_mut().find(|r| r.id == RunId(run)) {
                run.tables.push(TableCount {
                    table,
                    file,
                    read: read as u64,
                    added: added as u64,
                    changed: changed as u64,
                    unchanged: unchanged as u64,
                    removed: removed as u64,
                    set_aside: set_aside as u64,
                });
            }
        }
        Ok(runs)
    }

    /// When the last sync that was applied ended. No secret: it stands on every page.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_sync(&self, _scope: &Scope) -> Result<Option<DateTime<Utc>>, Error> {
        let mut conn = self.read().await?;
        let row: Option<(i64, DateTime<Utc>, DateTime<Utc>)> =
            conn.link().optional(RUNS, args![1_u32]).await?;
        Ok(row.map(|(_, _, ended)| ended))
    }

    /// How far each school that has a calendar or students has come, by name. No secret: how old the data is stands on every page.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn progress(&self, _scope: &Scope, up_to: NaiveDate) -> Result<Vec<SchoolProgress>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String, Option<NaiveDate>, i64, bool)> =
            conn.link().all(PROGRESS, args![up_to]).await?;
        Ok(rows
            .into_iter()
            .map(|(school, name, last_row, behind, has_calendar)| SchoolProgress {
                school: SchoolId(school),
                name,
                last_row,
                days_behind: behind as u32,
                has_calendar,
            })
            .collect())
    }

    /// How many rows the last run of each side of the data set aside.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_aside_count(&self, _scope: &Scope) -> Result<u32, Error> {
        let mut conn = self.read().await?;
        let (count,): (i64,) = conn.link().one(SET_ASIDE_COUNT, args![]).await?;
        Ok(count as u32)
    }

    /// The rows that are set aside: of each side of the data those of its last run, and while files of what changed come those
    /// of the runs before, back to whole files. In order; `None` for those not entitled: a row may
    /// name a student of any school.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_aside(&self, scope: &Scope) -> Result<Option<Vec<SetAside>>, Error> {
        if !may_read_rows(scope) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<AsideColumns> = conn.link().all(SET_ASIDE, args![]).await?;
        rows.into_iter().map(aside).collect::<Result<Vec<_>, Error>>().map(Some)
    }

    /// The same rows by file, column and reason, of each group the first so many; `None` for those not entitled.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_aside_groups(
        &self,
        scope: &Scope,
        each: u32,
    ) -> Result<Option<Vec<SetAsideGroup>>, Error> {
        if !may_read_rows(scope) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let mut groups: Vec<SetAsideGroup> = Vec::new();
        for row in conn.link().all::<GroupColumns>(SET_ASIDE_GROUPS, args![each]).await? {
            let (file, column, code, count, line, value) = row;
            let (reason, line) = (reason(code)?, (line as u64, value));
            match groups.last_mut().filter(|g| (&g.file, &g.column, g.reason) == (&file, &column, reason)) {
                Some(group) => group.first.push(line),
                None => groups.push(SetAsideGroup {
                    file,
                    column,
                    reason,
                    count: count as u32,
                    first: vec![line],
                }),
            }
        }
        Ok(Some(groups))
    }
}

/// A row that was set aside, from its columns.
pub(crate) fn aside(columns: AsideColumns) -> Result<SetAside, Error> {
    let (file, line, column, value, code, school, date) = columns;
    let at = school.zip(date).map(|(school_id, date)| SchoolDay { school_id, date });
    Ok(SetAside { file, line: line as u64, column, value, reason: reason(code)?, at })
}

pub(crate) fn may_read_rows(scope: &Scope) -> bool {
    scope.job().is_some() || scope.may(Capability::SetAsideRows)
}

fn reason(code: String) -> Result<Reason, Error> {
    serde_json::from_value(serde_json::Value::String(code))
        .map_err(|e| Error::damaged(format!("set_aside.reason: {e}")))
}

/// File, line, column, value, reason, school, date.
pub(crate) type AsideColumns =
    (String, i64, Option<String>, String, String, Option<String>, Option<NaiveDate>);
/// File, column, reason, rows in the group, line, value.
type GroupColumns = (String, Option<String>, String, i64, i64, String);
/// Run, name, file, read, added, changed, unchanged, removed, set aside.
type CountColumns = (i64, String, String, i64, i64, i64, i64, i64, i64);
