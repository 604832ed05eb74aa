//! The list of students: searched, filtered, sorted and paged in SQL.

use super::Rows;
use super::choices::{self, Where, by_school_and_grade};
use crate::db::{Value, args, statements};
use crate::district::{District, nearest};
use crate::error::Error;
use crate::fold::fold;
use crate::signals::{read_standing, standing_name};
use crate::visible::{self, in_force, list_values, visible_ids};
use access::{Scope, SealedReasons, Seen};
use model::ids::StudentId;
use model::page::{SchoolChoice, StudentFilter, StudentOrder, StudentRow};
use model::role::Capability;
use std::collections::HashMap;

/// A page of the list, with the choices of its filters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StudentRows {
    /// Rows the filter leaves.
    pub total: u32,
    /// The rows of the page.
    pub rows: Vec<StudentRow>,
    /// Schools to filter by.
    pub schools: Vec<SchoolChoice>,
    /// Grades to filter by, as CEDS codes, in order.
    pub grades: Vec<String>,
}

/// Words of a search that are looked at; further ones are not.
const WORDS: usize = 4;

macro_rules! from_visible {
    ($join:literal) => {
        concat!(
            "FROM student_summary u ",
            $join,
            " LEFT JOIN org o ON o.id = u.school_id
             WHERE u.student_id IN ",
            visible_ids!()
        )
    };
}

macro_rules! filtered {
    () => {
        concat!(
            from_visible!("JOIN person p ON p.id = u.student_id"),
            by_school_and_grade!(),
            r" AND (u.enrolled OR $8)
               AND CASE WHEN CAST($9 AS TEXT) IS NULL THEN u.standing = $7 OR $7 IS NULL
                   ELSE EXISTS (SELECT 1 FROM signal g WHERE g.student_id = u.student_id AND g.rule = $9
                                AND (g.standing = $7 OR $7 IS NULL)) END
               AND ($10 = '' OR (p.search_key LIKE '%' || $10 || '%' ESCAPE '\'
                    AND ($11 = '' OR (p.search_key LIKE '%' || $11 || '%' ESCAPE '\'
                         AND ($12 = '' OR (p.search_key LIKE '%' || $12 || '%' ESCAPE '\'
                              AND ($13 = '' OR p.search_key LIKE '%' || $13 || '%' ESCAPE '\'))))))) "
        )
    };
}

macro_rules! page_by {
    ($order:literal) => {
        concat!(
            "SELECT u.student_id, p.local_id, p.given_name, p.family_name, u.grade, COALESCE(o.name, ''), u.enrolled,
                    u.missed, u.days, u.standing ",
            filtered!(),
            " ORDER BY ",
            $order,
            " LIMIT $14 OFFSET $15"
        )
    };
}

statements! {
    TOTAL = concat!("SELECT COUNT(*) ", filtered!());
    GROUPS = concat!(
        "SELECT o.id AS school_id, o.name AS school, u.grade, u.grade_order, u.standing, u.enrolled,
                COUNT(*) AS students ",
        from_visible!(""),
        " GROUP BY o.id, o.name, u.grade, u.grade_order, u.standing, u.enrolled"
    );
    BY_NAME = page_by!("p.sort_key, p.id");
    BY_NAME_DOWN = page_by!("p.sort_key DESC, p.id DESC");
    BY_GRADE = page_by!("u.grade_order, p.sort_key, p.id");
    BY_GRADE_DOWN = page_by!("u.grade_order DESC, p.sort_key, p.id");
    BY_SCHOOL = page_by!("COALESCE(o.name, ''), p.sort_key, p.id");
    BY_SCHOOL_DOWN = page_by!("COALESCE(o.name, '') DESC, p.sort_key, p.id");
    // Integers on both engines: millionths of the days missed.
    BY_MISSED = page_by!("CASE WHEN u.days = 0 THEN 0 ELSE u.missed * 1000000 / u.days END DESC, p.sort_key, p.id");
    BY_MISSED_UP = page_by!("CASE WHEN u.days = 0 THEN 0 ELSE u.missed * 1000000 / u.days END, p.sort_key, p.id");
    VISIBLE = concat!("SELECT v.student_id FROM visible_student v WHERE ", in_force!());
}

/// The values for the words searched for: folded, and with LIKE's own signs taken literally.
fn words(text: &str) -> Vec<Value> {
    let folded = fold(text).replace(',', " ");
    let mut words: Vec<String> = folded
        .split_whitespace()
        .take(WORDS)
        .map(|w| w.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
        .collect();
    words.resize(WORDS, String::new());
    words.into_iter().map(Value::from).collect()
}

impl District {
    /// A page of the students, or all of them: what roles with [`Capability::Worklist`] open, and nothing else. `text` is searched for
    /// in names and ids, each word anywhere.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn students(
        &self,
        scope: &Scope,
        filter: &StudentFilter,
        text: &str,
        wanted: Rows,
    ) -> Result<StudentRows, Error> {
        let roles = scope.roles_with(Capability::Worklist);
        let narrowed = || {
            let mut values = list_values(scope, Capability::Worklist);
            values.extend(args![
                filter.school,
                filter.grade.clone(),
                filter.standing.map(standing_name),
                filter.former,
                filter.rule.clone(),
            ]);
            values.extend(words(text));
            values
        };
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let groups: Vec<Group> = link.all(GROUPS, list_values(scope, Capability::Worklist)).await?;
        let total = if fold(text).is_empty() && filter.rule.is_none() {
            let standing = filter.standing.map(standing_name);
            groups
                .iter()
                .filter(|g| g.at.is_in(filter.school, filter.grade.as_deref()))
                .filter(|g| standing.is_none_or(|wanted| g.standing.as_deref() == Some(wanted)))
                .filter(|g| g.enrolled || filter.former)
                .map(|g| g.students)
                .sum()
        } else {
            let (total,): (i64,) = link.one(TOTAL, narrowed()).await?;
            total
        };
        let sql = match (filter.order, filter.descending) {
            (StudentOrder::Name, false) => BY_NAME,
            (StudentOrder::Name, true) => BY_NAME_DOWN,
            (StudentOrder::Grade, false) => BY_GRADE,
            (StudentOrder::Grade, true) => BY_GRADE_DOWN,
            (StudentOrder::School, false) => BY_SCHOOL,
            (StudentOrder::School, true) => BY_SCHOOL_DOWN,
            (StudentOrder::Missed, false) => BY_MISSED,
            (StudentOrder::Missed, true) => BY_MISSED_UP,
        };
        let mut values = narrowed();
        let (limit, offset) = wanted.limits(filter.page);
        values.extend(args![limit, offset]);
        let rows: Vec<ListColumns> = link.all(sql, values).await?;
        let ids: Vec<StudentId> = rows.iter().map(|r| StudentId(r.0)).collect();
        let mut reasons = HashMap::new();
        // A whole list names more students than one statement holds.
        for part in ids.chunks(1_000) {
            reasons.extend(visible::reasons_in(&mut link, scope, &roles, part).await?);
        }
        let mut out = StudentRows { total: total as u32, ..StudentRows::default() };
        for (id, local_id, given, family, grade, school, enrolled, missed, days, standing) in rows {
            let student = StudentId(id);
            let because = reasons
                .get(&student)
                .and_then(|r| nearest(r))
                .ok_or_else(|| Error::damaged("a listed student whom nothing makes visible"))?;
            out.rows.push(StudentRow {
                student,
                local_id,
                name: format!("{family}, {given}"),
                grade,
                school,
                enrolled,
                missed: missed as u32,
                days: days as u32,
                standing: standing.as_deref().map(read_standing).transpose()?,
                because,
            });
        }
        out.schools = choices::schools(groups.iter().map(|g| &g.at));
        out.grades = choices::grades(groups.iter().map(|g| &g.at));
        Ok(out)
    }

    /// The ids of everyone visible by roles with a capability, ascending.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn visible_students(
        &self,
        scope: &Scope,
        capability: Capability,
    ) -> Result<Vec<StudentId>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64,)> = conn.link().all(VISIBLE, list_values(scope, capability)).await?;
        let mut ids: Vec<StudentId> = rows.into_iter().map(|(id,)| StudentId(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The keys to the asker's own children, and to their own record: for the family's page.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn family(&self, scope: &Scope) -> Result<Vec<Seen<StudentId>>, Error> {
        let ids = self.visible_students(scope, Capability::Family).await?;
        let mut conn = self.read().await?;
        let mut reasons = visible::reasons(&mut conn.link(), scope, &ids).await?;
        Ok(ids
            .into_iter()
            .filter_map(|id| {
                let reasons = reasons.remove(&id).unwrap_or_default();
                scope.see(id, SealedReasons::from_store(reasons))
            })
            .collect())
    }
}

/// Students of the same school, grade and standing.
#[derive(sqlx::FromRow)]
struct Group {
    #[sqlx(flatten)]
    at: Where,
    standing: Option<String>,
    enrolled: bool,
    students: i64,
}

/// Student, local id, given, family, grade, school, enrolled, missed, days, standing.
type ListColumns = (i64, String, String, String, String, String, bool, i64, i64, Option<String>);
