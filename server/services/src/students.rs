//! The students' list.

use crate::packs::Chosen;
use crate::{Error, Visit, freshness, views};
use model::page::{Failure, StudentFilter, StudentList};
use model::role::Capability;
use store::pages::{Rows, pages};

/// A page of the students one may see, searched by name or id.
///
/// # Errors
/// [`Failure::Refused`] for people without a list of students.
pub async fn list(visit: &Visit, filter: StudentFilter, search: String) -> Result<StudentList, Failure> {
    if !visit.scope.may(Capability::Worklist) {
        return Err(Failure::Refused);
    }
    view(visit, filter, &search).await.map_err(Error::into_failure)
}

async fn view(visit: &Visit, filter: StudentFilter, search: &str) -> Result<StudentList, Error> {
    let chosen = Chosen::of(&visit.district).await?;
    let rows = visit.district.students(&visit.scope, &filter, search, Rows::Page).await?;
    Ok(StudentList {
        freshness: freshness::of(visit).await?,
        rows: rows.rows,
        total: rows.total,
        page: filter.page.max(1),
        pages: pages(rows.total),
        schools: rows.schools,
        grades: rows.grades,
        rules: views::rule_choices(&chosen.refs()),
    })
}
