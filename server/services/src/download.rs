//! Tables to take along: the same rows that the page shows, all of them, and an audit event with their number.
//!
//! What a reader is not entitled to is left out where the page leaves it out, and a figure that is hidden on the page is
//! hidden here.

use crate::packs::Chosen;
use crate::{Error, Visit, data, family, school, student, today};
use ::audit::Event;
use model::ids::{SchoolId, StudentId};
use model::page::{
    DataPage, Failure, FamilyPage, SchoolPage, StudentFilter, StudentPage, StudentRow, WorkItem,
    WorklistFilter,
};
use model::report::SetAside;
use model::role::Capability;
use store::pages::Rows;

/// A table of a student's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudentTable {
    /// Each school day of the year.
    Days,
    /// Week by week.
    Weeks,
    /// Each signal's days, those that counted and those that did not.
    Signals,
}

/// A table of a school's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchoolTable {
    /// Chronic absence by grade, with the school's total.
    Grades,
    /// Attendance by week.
    Weeks,
}

/// A table of the data page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataTable {
    /// How far each school's attendance has come.
    Schools,
    /// What the last syncs did with each file.
    Runs,
}

/// The worklist as filtered, every line.
///
/// # Errors
/// [`Failure::Refused`] for people without a worklist.
pub async fn worklist(visit: &Visit, filter: &WorklistFilter) -> Result<Vec<WorkItem>, Failure> {
    if !visit.scope.may(Capability::Worklist) {
        return Err(Failure::Refused);
    }
    let read = async {
        let rows = visit.district.worklist(&visit.scope, filter, Rows::All).await?;
        let chosen = Chosen::of(&visit.district).await?;
        let chosen = chosen.refs();
        let items: Vec<WorkItem> = rows.items.into_iter().map(|row| today::item(&chosen, row)).collect();
        note(visit, "worklist", items.len(), None).await?;
        Ok(items)
    };
    read.await.map_err(Error::into_failure)
}

/// The students as filtered and searched, every row.
///
/// # Errors
/// [`Failure::Refused`] for people without a list of students.
pub async fn students(
    visit: &Visit,
    filter: &StudentFilter,
    search: &str,
) -> Result<Vec<StudentRow>, Failure> {
    if !visit.scope.may(Capability::Worklist) {
        return Err(Failure::Refused);
    }
    let read = async {
        let rows = visit.district.students(&visit.scope, filter, search, Rows::All).await?.rows;
        note(visit, "students", rows.len(), None).await?;
        Ok(rows)
    };
    read.await.map_err(Error::into_failure)
}

/// A student's page, for one of its tables.
///
/// # Errors
/// As [`student::page`].
pub async fn student(visit: &Visit, id: StudentId, table: StudentTable) -> Result<StudentPage, Failure> {
    let seen = student::key(visit, id).await?;
    let read = async {
        let page = student::view(visit, &seen).await?;
        let (code, rows) = match table {
            StudentTable::Days => ("student_days", page.strip.len()),
            StudentTable::Weeks => ("student_weeks", page.trend.len()),
            StudentTable::Signals => {
                ("student_signals", page.signals.iter().map(|s| s.evidence.len() + s.near_misses.len()).sum())
            }
        };
        note(visit, code, rows, Some(id)).await?;
        Ok(page)
    };
    read.await.map_err(Error::into_failure)
}

/// A school's page, for one of its tables.
///
/// # Errors
/// As [`school::page`].
pub async fn school(visit: &Visit, id: SchoolId, table: SchoolTable) -> Result<SchoolPage, Failure> {
    let page = school::page(visit, id).await?;
    let (code, rows) = match table {
        // One more for the school's total.
        SchoolTable::Grades => ("school_grades", page.grades.len() + 1),
        SchoolTable::Weeks => ("school_weeks", page.weeks.len()),
    };
    note(visit, code, rows, None).await.map_err(Error::into_failure)?;
    Ok(page)
}

/// The data page, for one of its tables.
///
/// # Errors
/// [`Failure::Refused`] for people who may not see the state of the data.
pub async fn data(visit: &Visit, table: DataTable) -> Result<DataPage, Failure> {
    if !visit.scope.may(Capability::DataStatus) {
        return Err(Failure::Refused);
    }
    let read = async {
        let page = data::read(visit).await?;
        let (code, rows) = match table {
            DataTable::Schools => ("data_schools", page.schools.len()),
            DataTable::Runs => ("sync_runs", page.runs.iter().map(|run| run.tables.len()).sum()),
        };
        note(visit, code, rows, None).await?;
        Ok(page)
    };
    read.await.map_err(Error::into_failure)
}

/// Every row that was set aside.
///
/// # Errors
/// [`Failure::Refused`] for people who may not see them.
pub async fn set_aside(visit: &Visit) -> Result<Vec<SetAside>, Failure> {
    let read = async {
        let Some(rows) = visit.district.set_aside(&visit.scope).await? else { return Ok(None) };
        note(visit, "set_aside", rows.len(), None).await?;
        Ok(Some(rows))
    };
    read.await.map_err(Error::into_failure)?.ok_or(Failure::Refused)
}

/// The days that each of the reader's children missed.
///
/// # Errors
/// As [`family::page`].
pub async fn family(visit: &Visit) -> Result<FamilyPage, Failure> {
    let page = family::page(visit).await?;
    for child in &page.children {
        let noted = note(visit, "family_days", child.dates.len(), Some(child.student)).await;
        noted.map_err(Error::into_failure)?;
    }
    Ok(page)
}

/// Writes down what was taken along.
async fn note(visit: &Visit, table: &str, rows: usize, student: Option<StudentId>) -> Result<(), Error> {
    let event = Event::Exported { table: table.to_owned(), rows: rows as u64, student };
    let now = visit.context.now();
    let mut write = visit.district.write().await?;
    ::audit::append(&mut write, visit.scope.person(), now, &event).await?;
    write.commit().await?;
    Ok(())
}
