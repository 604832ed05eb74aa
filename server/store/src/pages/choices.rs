//! What the lists share: the filter by school and grade, and the choices it has. A list counts its rows once, in groups;
//! its choices and its counts come from these groups.

use model::ids::SchoolId;
use model::page::SchoolChoice;
use std::collections::BTreeSet;

/// The filter by school (`$5`) and grade (`$6`) on `org o` and `student_summary u`.
macro_rules! by_school_and_grade {
    () => {
        " AND (o.id = $5 OR $5 IS NULL) AND (u.grade = $6 OR $6 IS NULL)"
    };
}
pub(crate) use by_school_and_grade;

/// Where the students of a group are: the school's id and name, grade and its place in the order of grades.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Where {
    pub(crate) school_id: Option<i64>,
    pub(crate) school: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) grade_order: Option<i64>,
}

impl Where {
    /// Whether the filter leaves the group.
    pub(crate) fn is_in(&self, school: Option<SchoolId>, grade: Option<&str>) -> bool {
        school.is_none_or(|wanted| self.school_id == Some(wanted.0))
            && grade.is_none_or(|wanted| self.grade.as_deref() == Some(wanted))
    }
}

/// Schools to filter by, by name.
pub(crate) fn schools<'a>(groups: impl Iterator<Item = &'a Where>) -> Vec<SchoolChoice> {
    let named: BTreeSet<(&str, i64)> =
        groups.filter_map(|g| Some((g.school.as_deref()?, g.school_id?))).collect();
    named.into_iter().map(|(name, id)| SchoolChoice { id: SchoolId(id), name: name.to_owned() }).collect()
}

/// Grades to filter by, as CEDS codes, in order.
pub(crate) fn grades<'a>(groups: impl Iterator<Item = &'a Where>) -> Vec<String> {
    let known: BTreeSet<(i64, &str)> = groups
        .filter_map(|g| Some((g.grade_order?, g.grade.as_deref()?)))
        .filter(|(_, grade)| !grade.is_empty())
        .collect();
    known.into_iter().map(|(_, grade)| grade.to_owned()).collect()
}
