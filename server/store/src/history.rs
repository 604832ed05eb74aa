//! What the rules read: calendars, enrollment and strips, of the district, a school or some students; as it is, or as it
//! was known at an earlier time.

use crate::db::{Link, Record, args, number_list, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::known::{self, KnownAfter, known_then};
use crate::ledger::{codes_of, rewind, shapes_of};
use crate::sync::{StripKey, read_strip};
use access::{Scope, Seen};
use chrono::NaiveDate;
use model::attendance::{CodeMap, Shapes, Strip};
use model::grade::Grade;
use model::history::{Bell, Calendar, Day, History, School, Span, StudentHistory, StudentYear};
use model::ids::{SchoolId, StudentId};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A history, with what its places stand for.
#[derive(Debug, Clone, Default)]
pub struct KnownHistory {
    /// What the rules read.
    pub history: History,
    /// The student at each place of `history.students`, ascending.
    pub students: Vec<StudentId>,
    /// The school at each place of `history.schools`, ascending: every school, whatever was asked for.
    pub schools: Vec<SchoolId>,
    /// The id that plain files and reports use, at each place of `students`.
    pub student_local_ids: Vec<String>,
    /// The id that plain files and reports use, at each place of `schools`.
    pub school_local_ids: Vec<String>,
}

macro_rules! schools {
    ($org:expr, $last_row:expr) => {
        concat!(
            "SELECT s.id, s.local_id, l.date FROM ",
            $org,
            " s LEFT JOIN ",
            $last_row,
            " l ON l.school_id = s.id
             WHERE s.kind = 'school' ORDER BY s.id"
        )
    };
}

macro_rules! days {
    ($calendar_day:expr) => {
        concat!(
            "SELECT school_id, school_year, year_named, date, minutes, sessions FROM ",
            $calendar_day,
            " d
             WHERE TRUE AND instructional ORDER BY school_id, school_year, date"
        )
    };
}

macro_rules! spans {
    ($enrollment:expr, $person:expr) => {
        concat!(
            "SELECT e.student_id, p.local_id, e.school_id, e.grade, e.entry, COALESCE(e.ends, e.presumed_end)
             FROM ",
            $enrollment,
            " e JOIN ",
            $person,
            " p ON p.id = e.student_id
             WHERE TRUE ORDER BY e.student_id, e.entry, e.school_id"
        )
    };
}

macro_rules! births {
    ($demographics:expr, $characteristics:expr) => {
        concat!(
            "SELECT p.id, COALESCE(c.birth_date, d.birth_date) FROM person p
             LEFT JOIN ",
            $demographics,
            " d ON d.person_id = p.id
             LEFT JOIN ",
            $characteristics,
            " c ON c.student_id = p.id
             WHERE TRUE AND COALESCE(c.birth_date, d.birth_date) IS NOT NULL"
        )
    };
}

// Each read twice: as it is, and (`…_THEN`) as it was known after run `$1`.
statements! {
    SCHOOLS = schools!("org", "school_last_row");
    SCHOOLS_THEN = schools!(
        known_then!("org", "id, local_id, kind"), known_then!("school_last_row", "school_id, date")
    );
    DAYS = days!("calendar_day");
    DAYS_THEN = days!(
        known_then!("calendar_day", "school_id, school_year, year_named, date, instructional, minutes, sessions")
    );
    ROLL = "SELECT school_id, date, taken FROM roll WHERE TRUE";
    ROLL_THEN = concat!("SELECT school_id, date, taken FROM ", known_then!("roll", "school_id, date, taken"), " r WHERE TRUE");
    BELLS = "SELECT school_id, period, starts, ends FROM bell WHERE TRUE ORDER BY school_id, starts, period";
    BELLS_THEN = concat!(
        "SELECT school_id, period, starts, ends FROM ", known_then!("bell", "school_id, period, starts, ends"),
        " b WHERE TRUE ORDER BY school_id, starts, period"
    );
    SPANS = spans!("enrollment", "person");
    SPANS_THEN = spans!(
        known_then!("enrollment", "student_id, school_id, grade, entry, ends, presumed_end"),
        known_then!("person", "id, local_id")
    );
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip WHERE TRUE ORDER BY student_id, school_year, school_id";
    BIRTHS = births!("demographics", "characteristics");
    BIRTHS_THEN = births!(
        known_then!("demographics", "person_id, birth_date"),
        known_then!("characteristics", "student_id, birth_date")
    );
}

/// Whose history.
enum Whose<'a> {
    All,
    School(SchoolId),
    Students(&'a [StudentId]),
}

impl Whose<'_> {
    /// What follows an `IN`; `None` for everybody.
    fn list(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::School(SchoolId(id)) => {
                Some(format!("(SELECT student_id FROM enrollment WHERE school_id = {id})"))
            }
            Self::Students(ids) => Some(number_list(ids.iter().map(|s| s.0))),
        }
    }
}

/// A statement for now and the same for what was known after a run.
struct Read {
    now: &'static str,
    then: &'static str,
}

impl Read {
    /// The rows, all or those where a column is in a list.
    async fn rows<T: Record>(
        &self,
        link: &mut Link<'_>,
        then: Option<&KnownAfter>,
        only_in: Option<(&str, &str)>,
    ) -> Result<Vec<T>, Error> {
        let (sql, values) = match then {
            None => (self.now, args![]),
            Some(run) => (self.then, args![run.number]),
        };
        match only_in {
            None => link.all(sql, values).await,
            Some((column, list)) => link.all_built(only(sql, column, list), values).await,
        }
    }
}

impl District {
    /// The whole district's history, for jobs and commands; empty for a person's scope, which sees students one by one
    /// or a school at a time.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history(&self, scope: &Scope) -> Result<KnownHistory, Error> {
        self.whole_history(scope, None).await
    }

    /// The same, as it was known after a run ([`District::known_after`] finds it by the time).
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_known(&self, scope: &Scope, then: &KnownAfter) -> Result<KnownHistory, Error> {
        self.whole_history(scope, Some(then)).await
    }

    async fn whole_history(&self, scope: &Scope, then: Option<&KnownAfter>) -> Result<KnownHistory, Error> {
        if scope.job().is_none() {
            return Ok(KnownHistory::default());
        }
        let mut snapshot = self.db().snapshot().await?;
        load(&mut snapshot.link(), Whose::All, then).await
    }

    /// The history of everyone who is or was at a school, for its figures; `None` where the scope may not have them.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_of_school(
        &self,
        scope: &Scope,
        school: SchoolId,
    ) -> Result<Option<KnownHistory>, Error> {
        if scope.job().is_none() && !scope.schools_with_figures().holds(school) {
            return Ok(None);
        }
        let mut snapshot = self.db().snapshot().await?;
        load(&mut snapshot.link(), Whose::School(school), None).await.map(Some)
    }

    /// The history of some students one may see.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_of(&self, seen: &[&Seen<StudentId>]) -> Result<KnownHistory, Error> {
        self.history_of_seen(seen, None).await
    }

    /// The same, as it was known after a run.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_of_known(
        &self,
        seen: &[&Seen<StudentId>],
        then: &KnownAfter,
    ) -> Result<KnownHistory, Error> {
        self.history_of_seen(seen, Some(then)).await
    }

    async fn history_of_seen(
        &self,
        seen: &[&Seen<StudentId>],
        then: Option<&KnownAfter>,
    ) -> Result<KnownHistory, Error> {
        let ids: Vec<StudentId> = seen.iter().map(|s| s.id()).collect();
        let mut snapshot = self.db().snapshot().await?;
        load(&mut snapshot.link(), Whose::Students(&ids), then).await
    }

    /// Whether what was known after the last run, as the past is kept, is what is read now; what differs, in words.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub(crate) async fn compare_known(&self) -> Result<Vec<&'static str>, Error> {
        let mut snapshot = self.db().snapshot().await?;
        let mut link = snapshot.link();
        let Some(last) = known::runs(&mut link).await?.pop() else { return Ok(Vec::new()) };
        let now = load(&mut link, Whose::All, None).await?;
        let then = load(&mut link, Whose::All, Some(&last)).await?;
        Ok(now.differences(&then))
    }
}

impl KnownHistory {
    /// What differs between two histories, in words.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (a, b) = (&self.history, &other.history);
        let school = |s: &School| {
            let calendar = |c: &Calendar| (c.year, c.year_named, c.days.clone());
            (s.last_row, s.bells.clone(), s.calendars.iter().map(calendar).collect::<Vec<_>>())
        };
        let strips = |s: &StudentHistory| -> Vec<_> {
            s.years.iter().map(|y| (y.school, y.year, y.strip.clone())).collect()
        };
        let student = |s: &StudentHistory| (s.birth_date, s.spans.clone());
        [
            ("what categories mean", a.codes != b.codes),
            (
                "schools",
                self.schools != other.schools
                    || self.school_local_ids != other.school_local_ids
                    || !a.schools.iter().map(school).eq(b.schools.iter().map(school)),
            ),
            (
                "students",
                self.students != other.students
                    || self.student_local_ids != other.student_local_ids
                    || !a.students.iter().map(student).eq(b.students.iter().map(student)),
            ),
            ("marks", !a.students.iter().map(strips).eq(b.students.iter().map(strips))),
        ]
        .into_iter()
        .filter_map(|(what, differs)| differs.then_some(what))
        .collect()
    }
}

impl WriteTx {
    /// The whole district's history as this transaction leaves it.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history(&mut self) -> Result<KnownHistory, Error> {
        load(&mut self.tx.link(), Whose::All, None).await
    }
}

/// Student, local id, school, grade, entry, end.
pub(crate) type SpanColumns = (i64, String, i64, Option<String>, NaiveDate, Option<NaiveDate>);
/// School, year, year named, date, minutes, sessions.
pub(crate) type DayColumns = (i64, i64, bool, NaiveDate, Option<i64>, i64);

/// School, period, start, end.
pub(crate) type BellColumns = (i64, String, i64, i64);
/// Student, school, year, strip.
type StripColumns = (i64, i64, i64, Vec<u8>);

/// The rows a history is made of.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) shapes: Shapes,
    pub(crate) codes: CodeMap,
    /// Id, local id and date of the last attendance row, by id.
    pub(crate) schools: Vec<(i64, String, Option<NaiveDate>)>,
    /// By student, entry and school.
    pub(crate) spans: Vec<SpanColumns>,
    /// By student, year and school.
    pub(crate) strips: Vec<(StripKey, Strip)>,
    pub(crate) births: Vec<(i64, NaiveDate)>,
    /// Instructional days by school, year and date.
    pub(crate) days: Vec<DayColumns>,
    pub(crate) roll: Vec<(i64, NaiveDate, bool)>,
    /// By school, start and period.
    pub(crate) bells: Vec<BellColumns>,
}

async fn load(
    link: &mut Link<'_>,
    whose: Whose<'_>,
    then: Option<&KnownAfter>,
) -> Result<KnownHistory, Error> {
    let list = whose.list();
    let only_in = |column: &'static str| list.as_deref().map(|list| (column, list));
    let spans: Vec<SpanColumns> =
        Read { now: SPANS, then: SPANS_THEN }.rows(link, then, only_in("e.student_id")).await?;
    // Only the schools these students were at: a large district has many.
    let schools = list.as_ref().map(|_| number_list(spans.iter().map(|s| s.2).collect::<BTreeSet<i64>>()));
    let at_schools = schools.as_deref().map(|list| ("school_id", list));
    let rows = Rows {
        // A shape that came later is in no mark of then.
        shapes: shapes_of(link).await?,
        codes: codes_of(link, then.map(|run| run.number)).await?,
        schools: Read { now: SCHOOLS, then: SCHOOLS_THEN }.rows(link, then, None).await?,
        spans,
        strips: strips(link, list.as_deref(), then).await?,
        births: Read { now: BIRTHS, then: BIRTHS_THEN }.rows(link, then, only_in("p.id")).await?,
        days: Read { now: DAYS, then: DAYS_THEN }.rows(link, then, at_schools).await?,
        roll: Read { now: ROLL, then: ROLL_THEN }.rows(link, then, at_schools).await?,
        bells: Read { now: BELLS, then: BELLS_THEN }.rows(link, then, at_schools).await?,
    };
    assemble(rows)
}

/// Strips as they are; or rewound by the ledger, which is their past.
pub(crate) async fn strips(
    link: &mut Link<'_>,
    list: Option<&str>,
    then: Option<&KnownAfter>,
) -> Result<Vec<(StripKey, Strip)>, Error> {
    let only_in = list.map(|list| ("student_id", list));
    let rows: Vec<StripColumns> = Read { now: STRIPS, then: STRIPS }.rows(link, None, only_in).await?;
    let strips = rows
        .into_iter()
        .map(|(student, school, year, bytes)| {
            let key: StripKey = (student, school, year);
            Ok((key, read_strip(key, &bytes)?))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    match then {
        None => Ok(strips),
        Some(run) => rewind(link, strips, run.ledger_end, list).await,
    }
}

/// A history out of its rows.
pub(crate) fn assemble(rows: Rows) -> Result<KnownHistory, Error> {
    let mut known = KnownHistory::default();
    known.history.shapes = rows.shapes;
    known.history.codes = rows.codes;
    let mut place: HashMap<i64, u32> = HashMap::new();
    for (id, local_id, last_row) in rows.schools {
        place.insert(id, known.schools.len() as u32);
        known.schools.push(SchoolId(id));
        known.school_local_ids.push(local_id);
        known.history.schools.push(School { last_row, ..School::default() });
    }
    for (student, local_id, school, grade, entry, end) in rows.spans {
        if known.students.last() != Some(&StudentId(student)) {
            known.students.push(StudentId(student));
            known.student_local_ids.push(local_id);
            known.history.students.push(StudentHistory::default());
        }
        let school = *place.get(&school).ok_or_else(|| Error::damaged("an enrollment at no school"))?;
        let grade = grade.as_deref().and_then(Grade::read);
        if let Some(last) = known.history.students.last_mut() {
            last.spans.push(Span { school, grade, entry, end });
        }
    }
    let student_at: HashMap<i64, usize> =
        known.students.iter().enumerate().map(|(i, student)| (student.0, i)).collect();
    for ((student, school_id, year), strip) in rows.strips {
        let school = *place.get(&school_id).ok_or_else(|| Error::damaged("a strip at no school"))?;
        // Marks of a student whose enrollment was withdrawn from the source count nowhere.
        if let Some(i) = student_at.get(&student) {
            let year = SchoolYear(year as i16);
            known.history.students[*i].years.push(StudentYear { school, year, strip });
        }
    }
    for (student, birth) in rows.births {
        if let Some(i) = student_at.get(&student) {
            known.history.students[*i].birth_date = Some(birth);
        }
    }
    let roll: HashMap<(i64, Date), bool> =
        rows.roll.into_iter().map(|(school, date, taken)| ((school, date), taken)).collect();
    let mut seen: HashSet<(i64, i64)> = HashSet::new();
    for (school, year, year_named, date, minutes, sessions) in rows.days {
        let Some(at) = place.get(&school) else { continue };
        let calendars = &mut known.history.schools[*at as usize].calendars;
        if seen.insert((school, year)) {
            calendars.push(Calendar { year: SchoolYear(year as i16), year_named, days: Vec::new() });
        }
        let day = Day {
            date,
            minutes: minutes.and_then(|m| u16::try_from(m).ok()),
            sessions: u8::try_from(sessions).unwrap_or(1),
            roll: roll.get(&(school, date)).copied(),
        };
        if let Some(calendar) = calendars.last_mut() {
            calendar.days.push(day);
        }
    }
    for (school, period, start, end) in rows.bells {
        let minute = |m: i64| u16::try_from(m).map_err(|_| Error::damaged("bell: a clock time"));
        if let Some(at) = place.get(&school) {
            let bell = Bell { period, start: minute(start)?, end: minute(end)? };
            known.history.schools[*at as usize].bells.push(bell);
        }
    }
    Ok(known)
}

/// A statement of this file, narrowed where it says `WHERE TRUE`.
fn only(sql: &str, column: &str, list: &str) -> String {
    sql.replacen("WHERE TRUE", &format!("WHERE {column} IN {list}"), 1)
}
