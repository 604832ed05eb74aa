//! What the rules said at the last evaluation, kept for lists. A page that opens a signal asks the rules again.

use crate::db::{Link, Value, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use access::Scope;
use model::grade::Grade;
use model::ids::{SchoolId, StudentId};
use model::page::Standing;
use model::signal::RuleRef;
use model::time::{Date, SchoolYear};
use std::collections::{BTreeSet, HashMap};

/// A signal of the school year that runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignalRow {
    /// The student.
    pub student: StudentId,
    /// The school, for a signal of one school.
    pub school: Option<SchoolId>,
    /// The rule, in the version that judged.
    pub rule: RuleRef,
    /// The school year.
    pub year: SchoolYear,
    /// Where the student stands.
    pub standing: Standing,
    /// First day of the unbroken run that reaches the as-of date, where it stands.
    pub standing_since: Option<Date>,
    /// What counted.
    pub numerator: u32,
    /// Out of how much, for a rate.
    pub denominator: Option<u32>,
    /// What is counted.
    pub unit: String,
    /// How many more, in the same unit, would meet the rule.
    pub more: Option<u32>,
    /// The date for which it is said.
    pub as_of: Date,
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

statements! {
    STATE = "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM signal";
    STORED = "SELECT number, student_id, school_id, rule, pack, pack_version, school_year, standing, standing_since,
        numerator, denominator, unit, more, as_of FROM signal";
    SUMMARIES = "SELECT student_id, school_id, grade, enrolled, missed, days, standing FROM student_summary";
    STANDING_AT = "SELECT DISTINCT g.student_id FROM signal g WHERE g.rule = $1
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

/// Number, student, school, rule, pack, pack version, year, standing, since, numerator, denominator, unit, more, as of.
type SignalColumns = (
    i64,
    i64,
    Option<i64>,
    String,
    String,
    String,
    i64,
    String,
    Option<Date>,
    i64,
    Option<i64>,
    String,
    Option<i64>,
    Date,
);

fn read_signal(row: SignalColumns) -> Result<(i64, SignalRow), Error> {
    let (number, student, school, rule, pack, pack_version, year, standing, standing_since, ..) = row;
    let (.., numerator, denominator, unit, more, as_of) = row;
    let signal = SignalRow {
        student: StudentId(student),
        school: school.map(SchoolId),
        rule: RuleRef { pack, pack_version, rule },
        year: SchoolYear(year as i16),
        standing: read_standing(&standing)?,
        standing_since,
        numerator: numerator as u32,
        denominator: denominator.map(|d| d as u32),
        unit,
        more: more.map(|m| m as u32),
        as_of,
    };
    Ok((number, signal))
}

const SIGNAL: [&str; 14] = [
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
    "more",
    "as_of",
];

/// Student, school, grade, enrolled, missed, days, standing.
type SummaryColumns = (i64, Option<i64>, String, bool, i64, i64, Option<String>);

const SUMMARY: [&str; 8] =
    ["student_id", "school_id", "grade", "grade_order", "enrolled", "missed", "days", "standing"];

/// Signals and summaries that differ from those stored: what is to be written.
#[derive(Debug, Default)]
pub struct SignalChanges {
    /// How many signals there were, and their last number: whoever writes signals changes these.
    before: (i64, i64),
    gone: Vec<i64>,
    come: Vec<Vec<Value>>,
    summaries_gone: Vec<i64>,
    summaries: Vec<Vec<Value>>,
}

impl SignalChanges {
    /// Compares what the rules say with what is stored.
    pub(crate) async fn find(
        link: &mut Link<'_>,
        signals: &[SignalRow],
        summaries: &[Summary],
    ) -> Result<Self, Error> {
        let mut changes = Self { before: link.one(STATE, args![]).await?, ..Self::default() };
        let mut wanted: BTreeSet<&SignalRow> = signals.iter().collect();
        let last = changes.before.1;
        for row in link.all::<SignalColumns>(STORED, args![]).await? {
            let (number, signal) = read_signal(row)?;
            if !wanted.remove(&signal) {
                changes.gone.push(number);
            }
        }
        changes.come = wanted
            .into_iter()
            .zip(last + 1..)
            .map(|(s, number)| {
                args![
                    number,
                    s.student,
                    s.school,
                    &s.rule.rule,
                    &s.rule.pack,
                    &s.rule.pack_version,
                    s.year.0,
                    standing_name(s.standing),
                    s.standing_since,
                    s.numerator,
                    s.denominator,
                    &s.unit,
                    s.more,
                    s.as_of,
                ]
            })
            .collect();
        let mut stored: HashMap<i64, SummaryColumns> = HashMap::new();
        for row in link.all::<SummaryColumns>(SUMMARIES, args![]).await? {
            stored.insert(row.0, row);
        }
        for s in summaries {
            let grade = s.grade.map(|g| g.code()).unwrap_or_default();
            let row: SummaryColumns = (
                s.student.0,
                s.school.map(|school| school.0),
                grade.clone(),
                s.enrolled,
                i64::from(s.missed),
                i64::from(s.days),
                s.standing.map(|standing| standing_name(standing).to_owned()),
            );
            if stored.remove(&s.student.0) == Some(row) {
                continue;
            }
            // Students without a grade come last.
            let order = s.grade.map_or(99, |g| i64::from(g.order()));
            let standing = s.standing.map(standing_name);
            changes
                .summaries
                .push(args![s.student, s.school, grade, order, s.enrolled, s.missed, s.days, standing]);
        }
        changes.summaries_gone = stored.into_keys().collect();
        changes.summaries_gone.sort_unstable();
        Ok(changes)
    }

    /// Writes them, where the signals are still those that were compared.
    pub(crate) async fn write(self, link: &mut Link<'_>) -> Result<(), Error> {
        if link.one::<(i64, i64)>(STATE, args![]).await? != self.before {
            return Err(Error::StalePlan);
        }
        link.by_numbers("DELETE FROM signal WHERE number IN", &self.gone).await?;
        link.insert("signal", &SIGNAL, "", self.come).await?;
        link.by_numbers("DELETE FROM student_summary WHERE student_id IN", &self.summaries_gone).await?;
        let sets: Vec<String> = SUMMARY[1..].iter().map(|c| format!("{c} = excluded.{c}")).collect();
        let tail = format!("ON CONFLICT (student_id) DO UPDATE SET {}", sets.join(", "));
        link.insert("student_summary", &SUMMARY, &tail, self.summaries).await
    }
}

impl WriteTx {
    /// Writes what [`crate::SyncTx::plan_signals`] found.
    ///
    /// # Errors
    /// [`Error::StalePlan`] where somebody wrote signals since; or where the store cannot be written.
    pub async fn write_signals(&mut self, changes: SignalChanges) -> Result<(), Error> {
        changes.write(&mut self.tx.link()).await
    }

    /// Brings signals and summaries to what the rules say; only what differs is written.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_signals(&mut self, signals: &[SignalRow], summaries: &[Summary]) -> Result<(), Error> {
        let mut link = self.tx.link();
        let changes = SignalChanges::find(&mut link, signals, summaries).await?;
        changes.write(&mut link).await
    }
}

impl District {
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
