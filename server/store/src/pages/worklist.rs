//! The worklist: current signals of the students one may see.

use super::Rows;
use super::choices::{self, Where, by_school_and_grade};
use crate::db::{args, statements};
use crate::district::{District, nearest};
use crate::error::Error;
use crate::signals::{read_standing, standing_name};
use crate::visible::{self, list_values, visible_ids};
use access::Scope;
use chrono::NaiveDate;
use model::ids::StudentId;
use model::page::{SchoolChoice, Standing, Wanted, WorklistFilter};
use model::role::{Capability, SeenBecause};
use std::collections::{BTreeSet, HashMap};

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
    ($join:literal) => {
        concat!(
            "FROM signal g ",
            $join,
            "
             LEFT JOIN student_summary u ON u.student_id = g.student_id
             LEFT JOIN org o ON o.id = COALESCE(g.school_id, u.school_id)
             WHERE g.standing <> 'recovered' AND g.student_id IN ",
            visible_ids!()
        )
    };
}

statements! {
    GROUPS = concat!(
        "SELECT o.id AS school_id, o.name AS school, u.grade, u.grade_order, g.rule, g.pack, g.standing,
                COUNT(*) AS lines ",
        from_visible!(""),
        " GROUP BY o.id, o.name, u.grade, u.grade_order, g.rule, g.pack, g.standing"
    );
    ITEMS = concat!(
        "SELECT g.student_id, p.given_name, p.family_name, COALESCE(u.grade, '') AS grade,
                COALESCE(o.name, '') AS school, g.standing,
                g.rule, g.pack, g.pack_version, g.numerator, g.denominator, g.unit, g.standing_since, g.more,
                g.school_id IS NULL AS district_wide ",
        from_visible!("JOIN person p ON p.id = g.student_id"), by_school_and_grade!(),
        " AND (g.rule = $7 OR $7 IS NULL)
            AND (g.standing = $8 OR $8 IS NULL OR ($8 = 'standing' AND g.standing IN ('newly_met', 'still_open')))
          ORDER BY COALESCE(o.name, ''),
                   CASE g.standing WHEN 'newly_met' THEN 0 WHEN 'still_open' THEN 1 ELSE 2 END,
                   p.sort_key, p.id, g.rule, g.number
          LIMIT $9 OFFSET $10"
    );
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
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let mut out = WorkRows::default();
        let (as_of,): (Option<NaiveDate>,) = link.one(AS_OF, args![]).await?;
        out.as_of = as_of;
        let groups: Vec<Group> = link.all(GROUPS, list_values(scope, Capability::Worklist)).await?;
        for group in &groups {
            let of_rule = filter.rule.as_ref().is_none_or(|rule| *rule == group.rule);
            if !of_rule || !group.at.is_in(filter.school, filter.grade.as_deref()) {
                continue;
            }
            let standing = read_standing(&group.standing)?;
            let lines = group.lines as u32;
            match standing {
                Standing::NewlyMet => out.newly_met += lines,
                Standing::StillOpen => out.still_open += lines,
                Standing::Close => out.close += lines,
                Standing::Recovered => {}
            }
            if filter.standing.is_none_or(|wanted| wanted.holds(standing)) {
                out.total += lines;
            }
        }
        out.schools = choices::schools(groups.iter().map(|g| &g.at));
        out.grades = choices::grades(groups.iter().map(|g| &g.at));
        let rules: BTreeSet<(String, String)> = groups.into_iter().map(|g| (g.rule, g.pack)).collect();
        out.rules = rules.into_iter().collect();

        let (limit, offset) = wanted.limits(filter.page);
        let mut values = list_values(scope, Capability::Worklist);
        values.extend(args![
            filter.school,
            filter.grade.clone(),
            filter.rule.clone(),
            filter.standing.map(|wanted| match wanted {
                Wanted::Only(standing) => standing_name(standing),
                Wanted::Standing => "standing",
            }),
            limit,
            offset,
        ]);
        let rows: Vec<ItemRow> = link.all(ITEMS, values).await?;
        let ids: Vec<StudentId> = rows.iter().map(|r| StudentId(r.student_id)).collect();
        let mut reasons = HashMap::new();
        // A whole list names more students than one statement holds.
        for part in ids.chunks(1_000) {
            reasons.extend(visible::reasons_in(&mut link, scope, &roles, part).await?);
        }
        for row in rows {
            let student = StudentId(row.student_id);
            let because = reasons
                .get(&student)
                .and_then(|r| nearest(r))
                .ok_or_else(|| Error::damaged("a listed student whom nothing makes visible"))?;
            out.items.push(WorkRow {
                student,
                given_name: row.given_name,
                family_name: row.family_name,
                grade: row.grade,
                school: row.school,
                rule: row.rule,
                pack: row.pack,
                pack_version: row.pack_version,
                numerator: row.numerator as u32,
                denominator: row.denominator.map(|d| d as u32),
                unit: row.unit,
                more: row.more.map(|m| m as u32),
                standing: read_standing(&row.standing)?,
                standing_since: row.standing_since,
                district_wide: row.district_wide,
                because,
            });
        }
        Ok(out)
    }
}

/// Lines of the same school, grade, rule and standing.
#[derive(sqlx::FromRow)]
struct Group {
    #[sqlx(flatten)]
    at: Where,
    rule: String,
    pack: String,
    standing: String,
    lines: i64,
}

/// A line as it is read.
#[derive(sqlx::FromRow)]
struct ItemRow {
    student_id: i64,
    given_name: String,
    family_name: String,
    grade: String,
    school: String,
    standing: String,
    rule: String,
    pack: String,
    pack_version: String,
    numerator: i64,
    denominator: Option<i64>,
    unit: String,
    standing_since: Option<NaiveDate>,
    more: Option<i64>,
    district_wide: bool,
}
