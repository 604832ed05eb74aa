//! What the rules said at the last evaluation, kept for lists and pages.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use access::{Scope, Seen};
use model::grade::Grade;
use model::ids::{SchoolId, StudentId};
use model::page::Standing;
use model::role::Capability;
use model::signal::Finding;

/// A finding, with the ids its places stand for.
#[derive(Debug, Clone)]
pub struct SignalRow {
    /// The student.
    pub student: StudentId,
    /// The school, for a finding of one school.
    pub school: Option<SchoolId>,
    /// Where the student stands.
    pub standing: Standing,
    /// Whether it belongs to the school year that runs: lists show only these.
    pub current: bool,
    /// The whole finding; its schools are places in the list given beside it.
    pub finding: Finding,
}

/// What lists show of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The student.
    pub student: StudentId,
    /// Their school, or their last one.
    pub school: Option<SchoolId>,
    /// Grade.
    pub grade: Option<Grade>,
    /// Whether they are enrolled now.
    pub enrolled: bool,
    /// Days missed this year.
    pub missed: u32,
    /// Days enrolled and known this year.
    pub days: u32,
    /// The most pressing standing.
    pub standing: Option<Standing>,
}

/// A student's findings.
#[derive(Debug, Clone, Default)]
pub struct StudentSignals {
    /// The findings, as they were kept.
    pub rows: Vec<SignalRow>,
    /// The schools in the order in which findings number them, with their names.
    pub schools: Vec<(SchoolId, String)>,
}

statements! {
    CLEAR_SIGNALS = "DELETE FROM signal";
    CLEAR_SCHOOLS = "DELETE FROM signal_school";
    CLEAR_SUMMARIES = "DELETE FROM student_summary";
    OF_STUDENT = "SELECT school_id, standing, current, finding FROM signal WHERE student_id = $1
        ORDER BY school_year DESC, number";
    SCHOOLS = "SELECT s.school_id, COALESCE(o.name, '') FROM signal_school s LEFT JOIN org o ON o.id = s.school_id
        ORDER BY s.place";
    STANDING_AT = "SELECT DISTINCT g.student_id FROM signal g WHERE g.current AND g.rule = $1
        AND g.standing IN ('newly_met', 'still_open') AND (g.school_id = $2 OR g.school_id IS NULL)";
    OF_SCHOOL = "SELECT student_id, grade FROM student_summary WHERE school_id = $1 AND enrolled ORDER BY student_id";
}

/// The name of a standing in the store.
pub(crate) fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::NewlyMet => "newly_met",
        Standing::StillOpen => "still_open",
        Standing::Close => "close",
        Standing::Recovered => "recovered",
    }
}

/// Reads a standing's name.
pub(crate) fn read_standing(name: &str) -> Result<Standing, Error> {
    [Standing::NewlyMet, Standing::StillOpen, Standing::Close, Standing::Recovered]
        .into_iter()
        .find(|s| standing_name(*s) == name)
        .ok_or_else(|| Error::damaged(format!("a standing is called `{name}`")))
}

impl WriteTx {
    /// Replaces every signal. `schools` are the schools in the order in which the findings number them.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn replace_signals(&mut self, schools: &[SchoolId], rows: &[SignalRow]) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CLEAR_SIGNALS, args![]).await?;
        link.execute(CLEAR_SCHOOLS, args![]).await?;
        let places = schools.iter().enumerate().map(|(i, school)| args![i as i64, *school]);
        link.insert("signal_school", &["place", "school_id"], "", places).await?;
        let columns = [
            "number",
            "student_id",
            "school_id",
            "rule",
            "pack",
            "pack_version",
            "school_year",
            "standing",
            "standing_since",
            "numerator",
            "denominator",
            "unit",
            "as_of",
            "current",
            "finding",
        ];
        for (at, part) in rows.chunks(5_000).enumerate() {
            let mut values = Vec::with_capacity(part.len());
            for (i, row) in part.iter().enumerate() {
                let f = &row.finding;
                let since = match &f.outcome {
                    model::signal::Outcome::Met { standing_since, .. } => *standing_since,
                    model::signal::Outcome::Close => None,
                };
                let finding = serde_json::to_string(f)
                    .map_err(|e| Error::damaged(format!("a finding cannot be written: {e}")))?;
                values.push(args![
                    (at * 5_000 + i) as i64,
                    row.student,
                    row.school,
                    &f.rule.rule,
                    &f.rule.pack,
                    &f.rule.pack_version,
                    f.year.0,
                    standing_name(row.standing),
                    since,
                    f.numerator,
                    f.denominator,
                    &f.unit,
                    f.as_of,
                    row.current,
                    finding,
                ]);
            }
            link.insert("signal", &columns, "", values).await?;
        }
        Ok(())
    }

    /// Replaces every student's summary.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn replace_summaries(&mut self, rows: &[Summary]) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CLEAR_SUMMARIES, args![]).await?;
        let columns =
            ["student_id", "school_id", "grade", "grade_order", "enrolled", "missed", "days", "standing"];
        let values = rows.iter().map(|s| {
            let grade = s.grade.map(|g| g.code()).unwrap_or_default();
            // Students without a grade come last.
            let order = s.grade.map_or(99, |g| i64::from(g.order()));
            let standing = s.standing.map(standing_name);
            args![s.student, s.school, grade, order, s.enrolled, s.missed, s.days, standing]
        });
        let values: Vec<_> = values.collect();
        link.insert("student_summary", &columns, "", values).await
    }
}

impl District {
    /// A student's findings; none for those who may not see attendance.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn signals_of(&self, seen: &Seen<StudentId>) -> Result<StudentSignals, Error> {
        if !seen.may(Capability::Attendance) {
            return Ok(StudentSignals::default());
        }
        let mut conn = self.read().await?;
        let mut link = conn.link();
        let rows: Vec<(Option<i64>, String, bool, String)> = link.all(OF_STUDENT, args![seen.id()]).await?;
        let mut out = StudentSignals::default();
        for (school, standing, current, finding) in rows {
            out.rows.push(SignalRow {
                student: seen.id(),
                school: school.map(SchoolId),
                standing: read_standing(&standing)?,
                current,
                finding: serde_json::from_str(&finding)
                    .map_err(|e| Error::damaged(format!("a finding cannot be read: {e}")))?,
            });
        }
        let schools: Vec<(i64, String)> = link.all(SCHOOLS, args![]).await?;
        out.schools = schools.into_iter().map(|(id, name)| (SchoolId(id), name)).collect();
        Ok(out)
    }

    /// The students enrolled at a school now, with their grade, for its figures; `None` where the scope may not have
    /// them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn students_of_school(
        &self,
        scope: &Scope,
        school: SchoolId,
    ) -> Result<Option<Vec<(StudentId, String)>>, Error> {
        if !scope.schools_with_figures().holds(school) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String)> = conn.link().all(OF_SCHOOL, args![school]).await?;
        Ok(Some(rows.into_iter().map(|(id, grade)| (StudentId(id), grade)).collect()))
    }

    /// The students on whom a rule stands at a school now (or over all their schools), for its figures; `None` where
    /// the scope may not have them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn students_standing(
        &self,
        scope: &Scope,
        school: SchoolId,
        rule: &str,
    ) -> Result<Option<Vec<StudentId>>, Error> {
        if !scope.schools_with_figures().holds(school) {
            return Ok(None);
        }
        let mut conn = self.read().await?;
        let rows: Vec<(i64,)> = conn.link().all(STANDING_AT, args![rule, school]).await?;
        Ok(Some(rows.into_iter().map(|(id,)| StudentId(id)).collect()))
    }
}
