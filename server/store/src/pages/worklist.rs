//! The worklist: current signals of the students one may see.

use super::Rows;
use crate::db::{args, statements};
use crate::district::{District, nearest};
use crate::error::Error;
use crate::signals::{read_standing, standing_name};
use crate::visible::{self, list_values, visible_ids};
use access::Scope;
use chrono::NaiveDate;
use model::ids::{SchoolId, StudentId};
use model::page::{SchoolChoice, Standing, WorklistFilter};
use model::role::{Capability, SeenBecause};
use std::collections::HashMap;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkRow {
    /// The student.
    pub student: StudentId,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// The school's name.
    pub school: String,
    /// The rule.
    pub rule: String,
    /// Its pack.
    pub pack: String,
    /// The pack's version.
    pub pack_version: String,
    /// What counted.
    pub numerator: u32,
    /// Out of how much, for a rate.
    pub denominator: Option<u32>,
    /// What is counted.
    pub unit: String,
    /// Where the student stands.
    pub standing: Standing,
    /// First day of the unbroken run.
    pub standing_since: Option<NaiveDate>,
    /// How many more, in the same unit, would meet the rule.
    pub more: Option<u32>,
    /// Counted over all schools of the year.
    pub district_wide: bool,
    /// Why the asker may see them: the nearest reason.
    pub because: SeenBecause,
}

/// A page of the worklist, with the choices of its filters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkRows {
    /// The date for which it is said.
    pub as_of: Option<NaiveDate>,
    /// Newly met, whatever standing is filtered for.
    pub newly_met: u32,
    /// Still open.
    pub still_open: u32,
    /// Close.
    pub close: u32,
    /// Lines the filter leaves.
    pub total: u32,
    /// The lines of the page, by school, standing and name.
    pub items: Vec<WorkRow>,
    /// Schools to filter by.
    pub schools: Vec<SchoolChoice>,
    /// Grades to filter by, as CEDS codes, in order.
    pub grades: Vec<String>,
    /// Rules to filter by, with their pack.
    pub rules: Vec<(String, String)>,
}

macro_rules! from_visible {
    () => {
        concat!(
            "FROM signal g JOIN person p ON p.id = g.student_id
             LEFT JOIN student_summary u ON u.student_id = g.student_id
             LEFT JOIN org o ON o.id = COALESCE(g.school_id, u.school_id)
             WHERE g.current AND g.standing <> 'recovered' AND g.student_id IN ",
            visible_ids!()
        )
    };
}

macro_rules! filtered {
    () => {
        " AND (o.id = $5 OR $5 IS NULL) AND (u.grade = $6 OR $6 IS NULL) AND (g.rule = $7 OR $7 IS NULL)"
    };
}

statements! {
    COUNTS = concat!("SELECT g.standing, COUNT(*) ", from_visible!(), filtered!(), " GROUP BY g.standing");
    ITEMS = concat!(
        "SELECT g.student_id, p.given_name, p.family_name, COALESCE(u.grade, ''), COALESCE(o.name, ''), g.standing,
                g.finding, g.school_id IS NULL ",
        from_visible!(), filtered!(),
        " AND (g.standing = $8 OR $8 IS NULL)
          ORDER BY COALESCE(o.name, ''),
                   CASE g.standing WHEN 'newly_met' THEN 0 WHEN 'still_open' THEN 1 ELSE 2 END,
                   p.sort_key, p.id, g.rule, g.number
          LIMIT $9 OFFSET $10"
    );
    SCHOOLS = concat!("SELECT DISTINCT o.id, o.name ", from_visible!(), " AND o.id IS NOT NULL ORDER BY o.name, o.id");
    GRADES = concat!(
        "SELECT DISTINCT u.grade, u.grade_order ", from_visible!(), " AND u.grade <> '' ORDER BY u.grade_order"
    );
    RULES = concat!("SELECT DISTINCT g.rule, g.pack ", from_visible!(), " ORDER BY g.rule, g.pack");
    AS_OF = "SELECT MAX(as_of) FROM signal";
}

impl District {
    /// A page of the worklist, or all of it: what roles with [`Capability::Worklist`] open, and nothing else.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn worklist(
        &self,
        scope: &Scope,
        filter: &WorklistFilter,
        wanted: Rows,
    ) -> Result<WorkRows, Error> {
        let roles = scope.roles_with(Capability::Worklist);
        let who = || list_values(scope, Capability::Worklist);
        let narrowed = || {
            let mut values = who();
            values.extend(args![filter.school, filter.grade.clone(), filter.rule.clone()]);
            values
        };
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let mut out = WorkRows::default();
        let (as_of,): (Option<NaiveDate>,) = link.one(AS_OF, args![]).await?;
        out.as_of = as_of;
        for (standing, count) in link.all::<(String, i64)>(COUNTS, narrowed()).await? {
            let standing = read_standing(&standing)?;
            let count = count as u32;
            match standing {
                Standing::NewlyMet => out.newly_met = count,
                Standing::StillOpen => out.still_open = count,
                Standing::Close => out.close = count,
                Standing::Recovered => {}
            }
            if filter.standing.is_none_or(|wanted| wanted == standing) {
                out.total += count;
            }
        }
        let mut values = narrowed();
        let (limit, offset) = wanted.limits(filter.page);
        values.extend(args![filter.standing.map(standing_name), limit, offset]);
        let rows: Vec<ItemColumns> = link.all(ITEMS, values).await?;
        let ids: Vec<StudentId> = rows.iter().map(|r| StudentId(r.0)).collect();
        let mut reasons = HashMap::new();
        // A whole list names more students than one statement holds.
        for part in ids.chunks(1_000) {
            reasons.extend(visible::reasons_in(&mut link, scope, &roles, part).await?);
        }
        for (student, given_name, family_name, grade, school, standing, finding, district_wide) in rows {
            let finding: model::signal::Finding = serde_json::from_str(&finding)
                .map_err(|e| Error::damaged(format!("a finding cannot be read: {e}")))?;
            let student = StudentId(student);
            let because = reasons
                .get(&student)
                .and_then(|r| nearest(r))
                .ok_or_else(|| Error::damaged("a listed student whom nothing makes visible"))?;
            out.items.push(WorkRow {
                student,
                given_name,
                family_name,
                grade,
                school,
                rule: finding.rule.rule,
                pack: finding.rule.pack,
                pack_version: finding.rule.pack_version,
                numerator: finding.numerator,
                denominator: finding.denominator,
                unit: finding.unit,
                standing: read_standing(&standing)?,
                standing_since: match finding.outcome {
                    model::signal::Outcome::Met { standing_since, .. } => standing_since,
                    model::signal::Outcome::Close => None,
                },
                more: finding.next.map(|next| next.more),
                district_wide,
                because,
            });
        }
        let schools: Vec<(i64, String)> = link.all(SCHOOLS, who()).await?;
        out.schools = schools.into_iter().map(|(id, name)| SchoolChoice { id: SchoolId(id), name }).collect();
        let grades: Vec<(String, i64)> = link.all(GRADES, who()).await?;
        out.grades = grades.into_iter().map(|(grade, _)| grade).collect();
        out.rules = link.all(RULES, who()).await?;
        Ok(out)
    }
}

/// Student, given, family, grade, school, standing, finding, district-wide.
type ItemColumns = (i64, String, String, String, String, String, String, bool);
