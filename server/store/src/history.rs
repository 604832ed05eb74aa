//! What the rules read: calendars, enrollment and strips, of the district, a school or some students.

use crate::db::{Link, args, number_list, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::ledger::{codes_of, shapes_of};
use crate::sync::read_strip;
use access::{Scope, Seen};
use chrono::NaiveDate;
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

statements! {
    SCHOOLS = "SELECT s.id, s.local_id, l.date FROM school s LEFT JOIN school_last_row l ON l.school_id = s.id ORDER BY s.id";
    DAYS = "SELECT school_id, school_year, year_named, date, minutes, sessions FROM calendar_day
        WHERE instructional ORDER BY school_id, school_year, date";
    ROLL = "SELECT school_id, date, taken FROM roll";
    BELLS = "SELECT school_id, period, starts, ends FROM bell ORDER BY school_id, starts, period";
    SPANS = "SELECT e.student_id, p.local_id, e.school_id, e.grade, e.entry, COALESCE(e.ends, e.presumed_end)
        FROM enrollment e JOIN person p ON p.id = e.student_id ORDER BY e.student_id, e.entry, e.school_id";
    SPANS_OF_SCHOOL = "SELECT e.student_id, p.local_id, e.school_id, e.grade, e.entry, COALESCE(e.ends, e.presumed_end)
        FROM enrollment e JOIN person p ON p.id = e.student_id
        WHERE e.student_id IN (SELECT student_id FROM enrollment WHERE school_id = $1)
        ORDER BY e.student_id, e.entry, e.school_id";
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip ORDER BY student_id, school_year, school_id";
    STRIPS_OF_SCHOOL = "SELECT student_id, school_id, school_year, strip FROM strip
        WHERE student_id IN (SELECT student_id FROM enrollment WHERE school_id = $1)
        ORDER BY student_id, school_year, school_id";
    BIRTHS = "SELECT p.id, COALESCE(c.birth_date, d.birth_date) FROM person p
        LEFT JOIN demographics d ON d.person_id = p.id LEFT JOIN characteristics c ON c.student_id = p.id
        WHERE COALESCE(c.birth_date, d.birth_date) IS NOT NULL";
}

/// Whose history.
enum Whose<'a> {
    All,
    School(SchoolId),
    Students(&'a [StudentId]),
}

impl District {
    /// The whole district's history, for jobs and commands; empty for a person's scope, which sees students one by one
    /// or a school at a time.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history(&self, scope: &Scope) -> Result<KnownHistory, Error> {
        if scope.job().is_none() {
            return Ok(KnownHistory::default());
        }
        let mut snapshot = self.db().snapshot().await?;
        load(&mut snapshot.link(), Whose::All).await
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
        load(&mut snapshot.link(), Whose::School(school)).await.map(Some)
    }

    /// The history of some students one may see.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history_of(&self, seen: &[&Seen<StudentId>]) -> Result<KnownHistory, Error> {
        let ids: Vec<StudentId> = seen.iter().map(|s| s.id()).collect();
        let mut snapshot = self.db().snapshot().await?;
        load(&mut snapshot.link(), Whose::Students(&ids)).await
    }
}

impl WriteTx {
    /// The whole district's history as this transaction leaves it.
    ///
    /// # Errors
    /// Where the database does not answer or a strip cannot be read.
    pub async fn history(&mut self) -> Result<KnownHistory, Error> {
        load(&mut self.tx.link(), Whose::All).await
    }
}

/// Student, local id, school, grade, entry, end.
type SpanColumns = (i64, String, i64, Option<String>, NaiveDate, Option<NaiveDate>);
/// School, year, year named, date, minutes, sessions.
type DayColumns = (i64, i64, bool, NaiveDate, Option<i64>, i64);

async fn load(link: &mut Link<'_>, whose: Whose<'_>) -> Result<KnownHistory, Error> {
    let mut known = KnownHistory::default();
    known.history.shapes = shapes_of(link).await?;
    known.history.codes = codes_of(link).await?;
    let mut place: HashMap<i64, u32> = HashMap::new();
    for (id, local_id, last_row) in link.all::<(i64, String, Option<NaiveDate>)>(SCHOOLS, args![]).await? {
        place.insert(id, known.schools.len() as u32);
        known.schools.push(SchoolId(id));
        known.school_local_ids.push(local_id);
        known.history.schools.push(School { last_row, ..School::default() });
    }

    let spans: Vec<SpanColumns> = match &whose {
        Whose::All => link.all(SPANS, args![]).await?,
        Whose::School(school) => link.all(SPANS_OF_SCHOOL, args![*school]).await?,
        Whose::Students(ids) => {
            let list = number_list(ids.iter().map(|s| s.0));
            link.all_built(only(SPANS, "e.student_id", &list), args![]).await?
        }
    };
    for (student, local_id, school, grade, entry, end) in spans {
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

    let strips: Vec<(i64, i64, i64, Vec<u8>)> = match &whose {
        Whose::All => link.all(STRIPS, args![]).await?,
        Whose::School(school) => link.all(STRIPS_OF_SCHOOL, args![*school]).await?,
        Whose::Students(ids) => {
            let list = number_list(ids.iter().map(|s| s.0));
            link.all_built(only(STRIPS, "student_id", &list), args![]).await?
        }
    };
    for (student, school_id, year, bytes) in strips {
        let strip = read_strip((student, school_id, year), &bytes)?;
        let school = *place.get(&school_id).ok_or_else(|| Error::damaged("a strip at no school"))?;
        // Marks of a student whose enrollment was withdrawn from the source count nowhere.
        if let Some(i) = student_at.get(&student) {
            let year = SchoolYear(year as i16);
            known.history.students[*i].years.push(StudentYear { school, year, strip });
        }
    }

    let births: Vec<(i64, NaiveDate)> = match &whose {
        Whose::All | Whose::School(_) => link.all(BIRTHS, args![]).await?,
        Whose::Students(ids) => {
            let list = number_list(ids.iter().map(|s| s.0));
            link.all_built(format!("{BIRTHS} AND p.id IN {list}"), args![]).await?
        }
    };
    for (student, birth) in births {
        if let Some(i) = student_at.get(&student) {
            known.history.students[*i].birth_date = Some(birth);
        }
    }
    calendars(link, &mut known, &place, &whose).await?;
    Ok(known)
}

/// A statement of this file with one more condition, before its order.
fn only(sql: &str, column: &str, list: &str) -> String {
    match sql.split_once(" ORDER BY ") {
        Some((head, order)) => format!("{head} WHERE {column} IN {list} ORDER BY {order}"),
        None => format!("{sql} WHERE {column} IN {list}"),
    }
}

async fn calendars(
    link: &mut Link<'_>,
    known: &mut KnownHistory,
    place: &HashMap<i64, u32>,
    whose: &Whose<'_>,
) -> Result<(), Error> {
    let days: Vec<DayColumns> = if matches!(whose, Whose::All) {
        link.all(DAYS, args![]).await?
    } else {
        // Only the schools these students were at: a large district has many.
        let at: BTreeSet<u32> =
            known.history.students.iter().flat_map(|s| s.spans.iter().map(|span| span.school)).collect();
        let list = number_list(at.iter().map(|i| known.schools[*i as usize].0));
        let sql =
            DAYS.replace("WHERE instructional", &format!("WHERE school_id IN {list} AND instructional"));
        link.all_built(sql, args![]).await?
    };
    let roll: HashMap<(i64, Date), bool> = link
        .all::<(i64, NaiveDate, bool)>(ROLL, args![])
        .await?
        .into_iter()
        .map(|(school, date, taken)| ((school, date), taken))
        .collect();
    let mut seen: HashSet<(i64, i64)> = HashSet::new();
    for (school, year, year_named, date, minutes, sessions) in days {
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
    for (school, period, start, end) in link.all::<(i64, String, i64, i64)>(BELLS, args![]).await? {
        let minute = |m: i64| u16::try_from(m).map_err(|_| Error::damaged("bell: a clock time"));
        if let Some(at) = place.get(&school) {
            let bell = Bell { period, start: minute(start)?, end: minute(end)? };
            known.history.schools[*at as usize].bells.push(bell);
        }
    }
    Ok(())
}
