//! Plain files without a store → what the rule engine reads. The roster is `enrollments.csv`.

use crate::placing::{Ground, Order, Roster, place};
use crate::plain::{self, Known, Years};
use crate::profile::Profile;
use crate::sheet::{Report, Sheet};
use crate::source::open_path;
use foldhash::fast::RandomState;
use model::attendance::{CodeMap, Shapes};
use model::canonical::{CalendarDay, RollTaken, Table};
use model::history::{Calendar, Day, Fact, History, School, Span, StudentHistory, StudentYear};
use model::report::{Refusal, SetAside};
use model::time::Date;
use std::collections::HashMap;
use std::path::Path;

/// The files of one `check`, each plain or packed as `.gz` or `.zst`.
#[derive(Debug, Clone)]
pub struct PlainFiles<'a> {
    /// `calendar.csv`.
    pub calendar: &'a Path,
    /// `enrollments.csv`.
    pub enrollments: &'a Path,
    /// `attendance.csv`.
    pub attendance: &'a Path,
    /// `students.csv`, for dates of birth.
    pub students: Option<&'a Path>,
    /// `bells.csv`.
    pub bells: Option<&'a Path>,
    /// `roll.csv`.
    pub roll: Option<&'a Path>,
    /// `facts.csv`: what else was recorded of cases.
    pub facts: Option<&'a Path>,
    /// What categories mean.
    pub codes: CodeMap,
}

/// What became of the rows of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCount {
    /// The file, as it was named.
    pub file: String,
    /// Rows in it, the header not among them.
    pub read: u64,
    /// Rows of it that were set aside.
    pub set_aside: u64,
}

/// Plain files, read.
#[derive(Debug, Clone)]
pub struct PlainHistory {
    /// What the rule engine reads. A day whose only mark says that the student was there has no mark: it says the same.
    pub history: History,
    /// The ids of [`History::students`], in the same order, which is the order of their text.
    pub students: Vec<String>,
    /// The ids of [`History::schools`], in the same order.
    pub schools: Vec<String>,
    /// Rows that were read but not used, by file in the order calendar, enrollments, others, attendance.
    pub set_aside: Vec<SetAside>,
    /// Rows of each file.
    pub counts: Vec<FileCount>,
    /// What else a person should know of the files, in sentences that name nobody.
    pub notes: Vec<String>,
}

/// Reads plain files as `contract.md` describes them. The as-of date plays no part: no date is too late.
///
/// # Errors
/// [`Refusal`] where a file or a column is missing or a file breaks off.
pub fn read_plain(files: &PlainFiles<'_>, profile: &Profile) -> Result<PlainHistory, Refusal> {
    let mut report = Report::default();
    let mut counts = Vec::new();
    let any = Known::default();

    let (mut calendar, without_school) =
        plain::calendar(open(files.calendar, profile)?, &mut report, profile, &any)?;
    let years = Years::of(&calendar.rows);
    let enrollments =
        plain::enrollments(open(files.enrollments, profile)?, &mut report, profile, &any, &years)?;
    without_school.set_aside(&mut calendar, &enrollments.rows, &mut report);
    count(&mut counts, &calendar);
    count(&mut counts, &enrollments);

    let unique = |ids: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        let mut ids: Vec<&String> = ids.collect();
        ids.dedup();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().cloned().collect()
    };
    let students = unique(&mut enrollments.rows.iter().map(|e| &e.student_id));
    let calendared = unique(&mut calendar.rows.iter().map(|d| &d.school_id));
    let mut enrolled_at = enrollments.rows.iter().map(|e| &e.school_id);
    let schools = unique(&mut calendared.iter().chain(&mut enrolled_at));
    for school in schools.iter().filter(|s| calendared.binary_search(s).is_err()) {
        report
            .notes
            .push(format!("school {school} has enrollments and no calendar; its days cannot be judged"));
    }
    let mut known = Known::default();
    if [files.students, files.bells, files.roll, files.facts].iter().any(Option::is_some) {
        known.schools = Some(schools.iter().cloned().collect());
        known.students = Some(students.iter().cloned().collect());
    }

    let mut birth_dates: HashMap<String, Date> = HashMap::new();
    if let Some(path) = files.students {
        let table = plain::characteristics(open(path, profile)?, &mut report, &known)?;
        count(&mut counts, &table);
        birth_dates = table.rows.into_iter().filter_map(|s| Some((s.student_id, s.birth_date?))).collect();
    }
    let mut bells = Vec::new();
    if let Some(path) = files.bells {
        let table = plain::bells(open(path, profile)?, &mut report, &known)?;
        count(&mut counts, &table);
        bells = table.rows;
    }
    let mut roll = Vec::new();
    if let Some(path) = files.roll {
        let table = plain::roll(open(path, profile)?, &mut report, &known)?;
        count(&mut counts, &table);
        roll = table.rows;
    }
    let mut facts = Vec::new();
    if let Some(path) = files.facts {
        let table = plain::facts(open(path, profile)?, &mut report, &known)?;
        count(&mut counts, &table);
        facts = table.rows;
    }

    let roster = Roster {
        students: &students,
        schools: &schools,
        calendar: &calendar.rows,
        enrollments: &enrollments.rows,
        bells: &bells,
    };
    let ground = Ground::new(&roster, profile.dialect());
    let sheet = open(files.attendance, profile)?;
    let file = sheet.file.clone();
    let not_taken = roll.iter().filter(|row| !row.taken);
    let order = Order {
        profile,
        codes: &files.codes,
        today: Date::MAX,
        shapes: Shapes::default(),
        // A file with a row for every day would otherwise be kept, and judged, at ten times its weight.
        without_present: Some(
            not_taken.filter_map(|row| Some((ground.school(&row.school_id)?, row.date))).collect(),
        ),
    };
    let (counted, placed) = place(&ground, order, sheet, &mut report)?;
    counts.push(FileCount { file, read: counted.read, set_aside: counted.set_aside });

    let mut history = History {
        shapes: placed.shapes,
        codes: files.codes.clone(),
        schools: calendars(&schools, &calendar.rows, &roll),
        students: students
            .iter()
            .map(|id| StudentHistory {
                birth_date: birth_dates.get(id).copied(),
                ..StudentHistory::default()
            })
            .collect(),
        facts_known: files.facts.is_some(),
    };
    for (school, named) in history.schools.iter_mut().zip(placed.schools) {
        school.last_row = named.last_row;
    }
    for row in &bells {
        if let Some(number) = ground.school(&row.school_id) {
            history.schools[number as usize].bells.push(row.bell.clone());
        }
    }
    for row in &enrollments.rows {
        if let (Some(student), Some(school)) =
            (ground.student(&row.student_id), ground.school(&row.school_id))
        {
            let span = Span { school, grade: row.grade, entry: row.entry, end: row.end };
            push_alone(&mut history.students[student as usize].spans, span);
        }
    }
    for row in facts {
        let school = row.school_id.and_then(|id| ground.school(&id));
        if let Some(student) = ground.student(&row.student_id) {
            let fact = Fact { date: row.date, kind: row.kind, school };
            history.students[student as usize].facts.push(fact);
        }
    }
    for student in &mut history.students {
        student.facts.sort_unstable();
        student.spans.sort_unstable_by_key(|s| (s.entry, s.school));
    }
    for (student, school, year, strip) in placed.strips {
        push_alone(&mut history.students[student as usize].years, StudentYear { school, year, strip });
    }
    Ok(PlainHistory { history, students, schools, set_aside: report.set_aside, counts, notes: report.notes })
}

/// Adds to a list that mostly holds one alone: no room is kept for more, for a district has such lists by the hundred
/// thousand.
fn push_alone<T>(list: &mut Vec<T>, item: T) {
    list.reserve_exact(1);
    list.push(item);
}

fn open<'p>(path: &Path, profile: &'p Profile) -> Result<Sheet<'p>, Refusal> {
    let name = path.display().to_string();
    Sheet::open(&name, open_path(path, &name)?, profile)
}

fn count<T>(counts: &mut Vec<FileCount>, table: &Table<T>) {
    counts.push(FileCount { file: table.file.clone(), read: table.read, set_aside: table.set_aside });
}

/// The calendars of some schools, instructional days only, with what `roll.csv` says.
fn calendars(ids: &[String], rows: &[CalendarDay], roll: &[RollTaken]) -> Vec<School> {
    let roll: HashMap<(&str, Date), bool> =
        roll.iter().map(|r| ((r.school_id.as_str(), r.date), r.taken)).collect();
    let numbers: HashMap<&str, usize, RandomState> = ids.iter().map(String::as_str).zip(0..).collect();
    let mut schools: Vec<School> = ids.iter().map(|_| School::default()).collect();
    for row in rows {
        let Some(number) = numbers.get(row.school_id.as_str()) else { continue };
        let years = &mut schools[*number].calendars;
        let place = years.iter().position(|c| c.year == row.year).unwrap_or_else(|| {
            years.push(Calendar { year: row.year, year_named: row.year_named, days: Vec::new() });
            years.len() - 1
        });
        years[place].year_named |= row.year_named;
        if row.instructional {
            years[place].days.push(Day {
                date: row.date,
                minutes: row.minutes,
                sessions: row.sessions,
                roll: roll.get(&(row.school_id.as_str(), row.date)).copied(),
            });
        }
    }
    for school in &mut schools {
        school.calendars.sort_unstable_by_key(|c| c.year);
        for calendar in &mut school.calendars {
            calendar.days.sort_unstable_by_key(|d| d.date);
        }
    }
    schools
}
