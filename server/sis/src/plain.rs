//! The plain CSV files beside OneRoster, attendance apart: calendar, enrollments, contacts and the optional ones.

use crate::profile::Profile;
use crate::sheet::{Fault, Fields, Report, Sheet};
use crate::values;
use foldhash::fast::RandomState;
use model::attendance::day_number;
use model::canonical::{
    BellPeriod, CalendarDay, CaseloadEntry, Characteristics, Contact, EnrollmentSpan, Guard, RollTaken,
    Table, UnreadContact,
};
use model::grade::Grade;
use model::history::{Bell, FactKind};
use model::report::{Reason, Refusal};
use model::time::{Date, SchoolYear};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The columns each file must have.
pub(crate) const CALENDAR: &[&str] = &["school_id", "date", "instructional"];
pub(crate) const ENROLLMENTS: &[&str] = &["student_id", "school_id", "grade", "entry_date", "exit_date"];
pub(crate) const ATTENDANCE: &[&str] = &["student_id", "school_id", "date", "category"];
pub(crate) const CONTACTS: &[&str] = &["student_id", "contact_id", "given_name", "family_name", "relation"];
pub(crate) const STUDENTS: &[&str] = &["student_id"];
pub(crate) const CASELOAD: &[&str] = &["staff_id", "student_id"];
pub(crate) const BELLS: &[&str] = &["school_id", "period", "start", "end"];
pub(crate) const ROLL: &[&str] = &["school_id", "date", "taken"];
pub(crate) const FACTS: &[&str] = &["student_id", "date", "fact"];

/// Ids that rows may name. `None`: any.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) schools: Option<HashSet<String>>,
    pub(crate) students: Option<HashSet<String>>,
    pub(crate) staff: Option<HashSet<String>>,
}

impl Known {
    fn check(
        ids: &Option<HashSet<String>>,
        id: String,
        column: &'static str,
        reason: Reason,
    ) -> Result<String, Fault> {
        match ids {
            Some(ids) if !ids.contains(&id) => Err(Fault::of(column, id, reason)),
            _ => Ok(id),
        }
    }

    fn school(&self, fields: &Fields<'_>, place: Option<usize>) -> Result<String, Fault> {
        let id = fields.required(place, "school_id")?;
        Self::check(&self.schools, id, "school_id", Reason::UnknownSchool)
    }

    fn student(&self, fields: &Fields<'_>, place: Option<usize>) -> Result<String, Fault> {
        let id = fields.required(place, "student_id")?;
        Self::check(&self.students, id, "student_id", Reason::UnknownStudent)
    }
}

/// Lines of a file, each with the value that stands there.
type Lines = Vec<(u64, String)>;

/// The lines of calendars, by school and year, as long as none of their days is instructional: `None` once one is.
#[derive(Debug, Default)]
pub(crate) struct WithoutSchool {
    lines: BTreeMap<(String, SchoolYear), Option<Lines>>,
    /// The last one that has an instructional day: most rows are of the calendar of the row before.
    has_school: Option<(String, SchoolYear)>,
}

impl WithoutSchool {
    fn see(&mut self, day: &CalendarDay, line: u64, said: impl FnOnce() -> String) {
        if self
            .has_school
            .as_ref()
            .is_some_and(|(school, year)| *school == day.school_id && *year == day.year)
        {
            return;
        }
        let calendar = (day.school_id.clone(), day.year);
        let lines = self.lines.entry(calendar).or_insert_with(|| Some(Vec::new()));
        match lines {
            Some(lines) if !day.instructional => lines.push((line, said())),
            _ => {
                *lines = None;
                self.has_school = Some((day.school_id.clone(), day.year));
            }
        }
    }

    /// Sets aside the calendars that have no instructional day in a year in which students are enrolled: such a
    /// calendar is a mistake, and nothing that is known of its year may go because of it. Next year's calendar may name
    /// its holidays first: a student who is only still enrolled does not make it a mistake.
    pub(crate) fn set_aside(
        self,
        calendar: &mut Table<CalendarDay>,
        enrollments: &[EnrollmentSpan],
        report: &mut Report,
    ) {
        for ((school, year), lines) in self.lines {
            let Some(lines) = lines else { continue };
            let is_its = |day: &CalendarDay| day.school_id == school && day.year == year;
            let dates = || calendar.rows.iter().filter(|d| is_its(d)).map(|d| d.date);
            let (Some(first), Some(last)) = (dates().min(), dates().max()) else { continue };
            let has_students = enrollments
                .iter()
                .filter(|e| e.school_id == school)
                .any(|e| e.year == year || (e.entry <= last && e.end.is_some_and(|end| end > first)));
            if has_students {
                calendar.rows.retain(|day| !is_its(day));
                for (line, said) in lines {
                    calendar.set_aside += 1;
                    let fault = Fault::of("instructional", said, Reason::NoInstructionalDay);
                    report.list(&calendar.file, line, fault, calendar.set_aside);
                }
            }
        }
    }
}

/// Reads `calendar.csv`; calendars without an instructional day are still among its rows.
pub(crate) fn calendar(
    sheet: Sheet<'_>,
    report: &mut Report,
    profile: &Profile,
    known: &Known,
) -> Result<(Table<CalendarDay>, WithoutSchool), Refusal> {
    sheet.require(CALENDAR)?;
    let mut without_school = WithoutSchool::default();
    let [school, date, instructional, term, minutes, sessions, year] =
        sheet.places(["school_id", "date", "instructional", "term", "minutes", "sessions", "school_year"]);
    let table = sheet.table(
        report,
        "school_id, date",
        |day: &CalendarDay, key| key.text(&day.school_id).date(day.date),
        |fields| {
            let school_id = known.school(fields, school)?;
            let date = fields.required_date(date, "date")?;
            let named = fields.read(year, "school_year", |text| {
                text.parse::<SchoolYear>().ok().filter(|y| day_number(*y, date).is_some())
            })?;
            let day = CalendarDay {
                school_id,
                date,
                instructional: fields.required_truth(instructional, "instructional")?,
                term: fields.text(term),
                minutes: fields.read(minutes, "minutes", |t| values::minutes(t).filter(|m| *m > 0))?,
                sessions: fields
                    .read(sessions, "sessions", |t| t.parse().ok().filter(|s| matches!(s, 1 | 2)))?
                    .unwrap_or(profile.usual_sessions()),
                year: named.unwrap_or_else(|| SchoolYear::of(date, profile.year_begins())),
                year_named: named.is_some(),
            };
            without_school.see(&day, fields.line(), || fields.text(instructional));
            Ok(day)
        },
    )?;
    Ok((table, without_school))
}

/// The school years of calendars: first and last date of each, by school.
#[derive(Debug, Default)]
pub(crate) struct Years(HashMap<String, Vec<(SchoolYear, Date, Date)>, RandomState>);

impl Years {
    /// Those of a calendar's rows.
    pub(crate) fn of(days: &[CalendarDay]) -> Self {
        let mut years: HashMap<String, Vec<(SchoolYear, Date, Date)>, RandomState> = HashMap::default();
        for day in days {
            if !years.contains_key(&day.school_id) {
                years.insert(day.school_id.clone(), Vec::new());
            }
            let Some(of_school) = years.get_mut(&day.school_id) else { continue };
            match of_school.iter_mut().find(|(year, ..)| *year == day.year) {
                Some((_, first, last)) => {
                    *first = day.date.min(*first);
                    *last = day.date.max(*last);
                }
                None => of_school.push((day.year, day.date, day.date)),
            }
        }
        Self(years)
    }

    /// The year a school's calendar gives a date, where it has one for it.
    pub(crate) fn calendared(&self, school: &str, date: Date, first_month: u32) -> Option<SchoolYear> {
        let years = self.0.get(school)?;
        let within = years.iter().find(|(_, first, last)| (*first..=*last).contains(&date));
        let by_month = || {
            let year = SchoolYear::of(date, first_month);
            years.iter().find(|(y, ..)| *y == year)
        };
        within.or_else(by_month).map(|(year, ..)| *year)
    }
}

/// Reads the plain `enrollments.csv`.
pub(crate) fn enrollments(
    sheet: Sheet<'_>,
    report: &mut Report,
    profile: &Profile,
    known: &Known,
    years: &Years,
) -> Result<Table<EnrollmentSpan>, Refusal> {
    sheet.require(ENROLLMENTS)?;
    let file = sheet.file.clone();
    let [student, school, grade, entry, exit] =
        sheet.places(["student_id", "school_id", "grade", "entry_date", "exit_date"]);
    let mut unread_grades: Option<(u64, u64, String)> = None;
    let table = sheet.table(
        report,
        "student_id, school_id, entry_date",
        |span: &EnrollmentSpan, key| key.text(&span.student_id).text(&span.school_id).date(span.entry),
        |fields| {
            let student_id = known.student(fields, student)?;
            let school_id = known.school(fields, school)?;
            let entry = fields.required_date(entry, "entry_date")?;
            let leaving = fields.date(exit, "exit_date")?;
            if leaving.is_some_and(|leaving| leaving < entry) {
                return Err(Fault::of("exit_date", fields.text(exit), Reason::ExitBeforeEntry));
            }
            let grade_text = fields.text(grade);
            let grade = Grade::read(&grade_text);
            if grade.is_none() && !grade_text.is_empty() {
                unread_grades.get_or_insert((0, fields.line(), grade_text)).0 += 1;
            }
            let year = years
                .calendared(&school_id, entry, profile.year_begins())
                .unwrap_or_else(|| SchoolYear::of(entry, profile.year_begins()));
            let end = if profile.exit_day_enrolled { leaving.and_then(|d| d.succ_opt()) } else { leaving };
            Ok(EnrollmentSpan { student_id, school_id, grade, entry, end, year })
        },
    )?;
    if let Some((rows, line, text)) = unread_grades {
        report.notes.push(format!(
            "{file}: grades that name none: {rows} (the first is `{text}`, line {line}); they are unknown"
        ));
    }
    Ok(table)
}

/// Reads `contacts.csv`. No fault loosens a restriction: a row that bears one is used without the values that cannot be
/// read, of rows with one key a restriction in any holds, and of a row that cannot be used it is told whose it is.
pub(crate) fn contacts(
    sheet: Sheet<'_>,
    report: &mut Report,
    profile: &Profile,
    known: &Known,
) -> Result<Table<Contact>, Refusal> {
    sheet.require(CONTACTS)?;
    sheet.guard(Guard::Restriction, report);
    let [student, contact, given, family, relation, primary, lives, emergency] = sheet.places([
        "student_id",
        "contact_id",
        "given_name",
        "family_name",
        "relation",
        "primary",
        "lives_with",
        "emergency",
    ]);
    let [street, city, state, postal, phone, email, language, restriction] = sheet.places([
        "street",
        "city",
        "state",
        "postal_code",
        "phone",
        "email",
        "language",
        "legal_restriction",
    ]);
    let read = |fields: &Fields<'_>, lenient: bool| {
        let truth = |place, column| match fields.truth(place, column) {
            Err(_) if lenient => Ok(false),
            said => said.map(|said| said.unwrap_or(false)),
        };
        let said = fields.text(restriction);
        let unrestricted = (said.is_empty() && !fields.illegible(restriction))
            || said.eq_ignore_ascii_case("none")
            || values::truth(&said, profile) == Some(false);
        Ok(Contact {
            student_id: known.student(fields, student)?,
            contact_id: fields.required(contact, "contact_id")?,
            given_name: fields.text(given),
            family_name: fields.text(family),
            relation: fields.text(relation),
            primary: truth(primary, "primary")?,
            lives_with: truth(lives, "lives_with")?,
            emergency: truth(emergency, "emergency")?,
            street: fields.text(street),
            city: fields.text(city),
            state: fields.text(state),
            postal_code: fields.text(postal),
            phone: fields.text(phone),
            email: fields.text(email),
            language: fields.text(language),
            legal_restriction: !unrestricted,
        })
    };
    let mut unread = Vec::new();
    let table = sheet.table_with_care(
        report,
        "student_id, contact_id",
        |contact: &Contact, key| key.text(&contact.student_id).text(&contact.contact_id),
        |fields| read(fields, false),
        |fields, fault| {
            // In a row with too few or too many fields nobody knows which of them is the restriction.
            let restricted = (fault.reason != Reason::BadRow).then(|| read(fields, true).ok()).flatten();
            let restricted = restricted.filter(|contact| contact.legal_restriction);
            if restricted.is_none() {
                unread.push(UnreadContact {
                    student_id: fields.text(student),
                    contact_id: fields.text(contact),
                });
            }
            restricted
        },
        |kept, other| kept.legal_restriction |= other.legal_restriction,
    )?;
    report.unread_contacts.extend(unread);
    Ok(table)
}

/// Reads `students.csv`.
pub(crate) fn characteristics(
    sheet: Sheet<'_>,
    report: &mut Report,
    known: &Known,
) -> Result<Table<Characteristics>, Refusal> {
    sheet.require(STUDENTS)?;
    sheet.guard(Guard::Birth, report);
    let [student, birth, language, race, sex] =
        sheet.places(["student_id", "birth_date", "language", "race_ethnicity", "sex"]);
    let [special, plan, english, homeless, foster, income] = sheet.places([
        "special_education",
        "plan_504",
        "english_learner",
        "homeless",
        "foster",
        "low_income",
    ]);
    let mut unread = Vec::new();
    let table = sheet.table_with_care(
        report,
        "student_id",
        |row: &Characteristics, key| key.text(&row.student_id),
        |fields| {
            Ok(Characteristics {
                student_id: known.student(fields, student)?,
                birth_date: fields.date(birth, "birth_date")?,
                language: fields.text(language),
                special_education: fields.truth(special, "special_education")?,
                plan_504: fields.truth(plan, "plan_504")?,
                english_learner: fields.truth(english, "english_learner")?,
                homeless: fields.truth(homeless, "homeless")?,
                foster: fields.truth(foster, "foster")?,
                low_income: fields.truth(income, "low_income")?,
                race_ethnicity: fields.text(race),
                sex: fields.text(sex),
            })
        },
        |fields, _| {
            unread.push(fields.text(student));
            None
        },
        |_, _| {},
    )?;
    report.unread_students.extend(unread);
    Ok(table)
}

/// Reads `caseload.csv`.
pub(crate) fn caseload(
    sheet: Sheet<'_>,
    report: &mut Report,
    known: &Known,
) -> Result<Table<CaseloadEntry>, Refusal> {
    sheet.require(CASELOAD)?;
    let [staff, student, kind] = sheet.places(["staff_id", "student_id", "kind"]);
    sheet.table(
        report,
        "staff_id, student_id, kind",
        |row: &CaseloadEntry, key| key.text(&row.staff_id).text(&row.student_id).text(&row.kind),
        |fields| {
            let staff_id = fields.required(staff, "staff_id")?;
            Ok(CaseloadEntry {
                staff_id: Known::check(&known.staff, staff_id, "staff_id", Reason::UnknownPerson)?,
                student_id: known.student(fields, student)?,
                kind: fields.text(kind),
            })
        },
    )
}

/// Reads `bells.csv`.
pub(crate) fn bells(
    sheet: Sheet<'_>,
    report: &mut Report,
    known: &Known,
) -> Result<Table<BellPeriod>, Refusal> {
    sheet.require(BELLS)?;
    let [school, period, start, end] = sheet.places(["school_id", "period", "start", "end"]);
    sheet.table(
        report,
        "school_id, period",
        |row: &BellPeriod, key| key.text(&row.school_id).text(&row.bell.period),
        |fields| {
            let time = |place, column| {
                fields
                    .read(place, column, values::clock)?
                    .ok_or_else(|| Fault::of(column, "", Reason::MissingValue))
            };
            let school_id = known.school(fields, school)?;
            let period = fields.required(period, "period")?;
            let (from, to) = (time(start, "start")?, time(end, "end")?);
            if to <= from {
                return Err(Fault::of("end", fields.text(end), Reason::BadValue));
            }
            Ok(BellPeriod { school_id, bell: Bell { period, start: from, end: to } })
        },
    )
}

/// Reads `roll.csv`.
pub(crate) fn roll(
    sheet: Sheet<'_>,
    report: &mut Report,
    known: &Known,
) -> Result<Table<RollTaken>, Refusal> {
    sheet.require(ROLL)?;
    let [school, date, taken] = sheet.places(["school_id", "date", "taken"]);
    sheet.table(
        report,
        "school_id, date",
        |row: &RollTaken, key| key.text(&row.school_id).date(row.date),
        |fields| {
            Ok(RollTaken {
                school_id: known.school(fields, school)?,
                date: fields.required_date(date, "date")?,
                taken: fields.required_truth(taken, "taken")?,
            })
        },
    )
}

/// A row of `facts.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactRow {
    pub(crate) student_id: String,
    pub(crate) date: Date,
    pub(crate) kind: FactKind,
    /// `None` where the fact speaks for every school.
    pub(crate) school_id: Option<String>,
}

/// Reads `facts.csv`.
pub(crate) fn facts(sheet: Sheet<'_>, report: &mut Report, known: &Known) -> Result<Table<FactRow>, Refusal> {
    sheet.require(FACTS)?;
    let [student, date, fact, school] = sheet.places(["student_id", "date", "fact", "school_id"]);
    sheet.table(
        report,
        "student_id, date, fact, school_id",
        |row: &FactRow, key| {
            let school = row.school_id.as_deref().unwrap_or_default();
            key.text(&row.student_id).date(row.date).text(row.kind.name()).text(school)
        },
        |fields| {
            let student_id = known.student(fields, student)?;
            let date = fields.required_date(date, "date")?;
            let text = fields.required(fact, "fact")?;
            let kind = FactKind::read(&text).ok_or_else(|| Fault::of("fact", text, Reason::UnknownFact))?;
            let named = !fields.text(school).is_empty();
            let school_id = if named { Some(known.school(fields, school)?) } else { None };
            Ok(FactRow { student_id, date, kind, school_id })
        },
    )
}
