//! Ed-Fi ODS/API in full: every resource that a district's files need, as the files of the contract.
//! Spec: Ed-Fi Data Standards 3.3 to 5.x, Discovery API 2.0, Change Queries API 1.0.

mod discovery;
mod people;
mod plain;
mod roster;
mod rows;
mod walk;

use super::http::at;
use super::kept::{Keeping, Kept, Origin};
use super::oneroster::below;
use super::stage::Stage;
use super::token::Session;
use super::{FetchError, Fetched, Keep, RemoteSource, Secrets, SignIn, Tools, Why};
use chrono::DateTime;
use discovery::{Discovery, discover};
use model::time::Date;
use people::People;
use serde::Deserialize;
use std::collections::HashMap;
use url::Url;
use walk::Reader;

/// What differs between servers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'a> {
    pub(super) school_year: Option<u16>,
    pub(super) exit_day_enrolled: bool,
    pub(super) instructional_events: &'a [String],
}

/// Every row of a district. A resource that a server need not have is `None` where it has or shows none.
struct District {
    agencies: Vec<rows::Agency>,
    schools: Vec<rows::School>,
    sessions: Vec<rows::Session>,
    dates: Vec<rows::CalendarDate>,
    periods: Option<Vec<rows::ClassPeriod>>,
    schedules: Option<Vec<rows::BellSchedule>>,
    courses: Vec<rows::Course>,
    offerings: Vec<rows::Offering>,
    sections: Vec<rows::Section>,
    students: Vec<rows::Student>,
    staffs: Vec<rows::Staff>,
    contacts: Vec<rows::Contact>,
    links: Vec<rows::Link>,
    traits: Option<Vec<rows::Traits>>,
    enrollments: Vec<rows::Enrollment>,
    special_education: Option<Vec<rows::InProgram>>,
    plans: Option<Vec<rows::InProgram>>,
    homeless: Option<Vec<rows::InProgram>>,
    language_instruction: Option<Vec<rows::InProgram>>,
    in_sections: Vec<rows::StudentInSection>,
    staff_in_sections: Vec<rows::StaffInSection>,
    assignments: Vec<rows::Assignment>,
    roll: Option<Vec<rows::RollTaken>>,
    events: Vec<rows::SchoolEvent>,
    section_events: Option<Vec<rows::SectionEvent>>,
}

/// Fetches a district; where its rows are kept, only what changed since.
pub(super) async fn fetch(
    of: &RemoteSource,
    settings: Settings<'_>,
    secrets: &Secrets,
    keep: Option<&mut dyn Keep>,
    stage: &mut Stage,
    tools: &dyn Tools,
    progress: &mut (dyn FnMut(Fetched) + Send),
) -> Result<(), FetchError> {
    let found = discover(of, settings.school_year, tools).await?;
    let mut session = Session::new(of, secrets, SignIn::OAuth2, found.token.clone(), &[], tools)?;
    let before = begin(&mut session, found.changes.as_ref(), stage).await?;
    let page = of.page_size.unwrap_or(500);
    let reader = Reader { session, data: found.data.clone(), has_cursor: found.has_cursor, page, progress };
    let mut from = Feed { reader, kept: None, keeping: None, in_full: Vec::new() };
    match (keep, before) {
        (Some(keep), Some(newest)) => {
            let origin = Origin { of, form: include_bytes!("rows.rs") };
            match Kept::read(keep, origin, Some(newest), tools.now()) {
                Ok(kept) if renamed(&mut from.reader, &kept, &found).await? => {
                    stage.note("everything was read, for somebody's unique id was changed".to_owned());
                }
                Ok(kept) => from.kept = Some(kept),
                Err(why) => stage.note(format!("everything was read, for {why}")),
            }
            let full_at = from.kept.as_ref().map_or(tools.now(), |kept| kept.full_at);
            from.keeping = Some(Keeping::begin(keep, origin, Some(newest), full_at)?);
        }
        // Without change versions nobody could say what changed since.
        (Some(keep), None) => keep.forget()?,
        (None, _) => {}
    }
    let district = read(&mut from, &found, stage).await?;
    let after = newest(&mut from.reader.session, found.changes.as_ref()).await?;
    if let (Some(before), Some(after)) = (before, after)
        && before != after
    {
        stage.note(format!(
            "rows changed while they were read (change versions {before} to {after}); the next fetch settles them"
        ));
    }
    if !from.in_full.is_empty() {
        stage.note(format!("read in full, for its changes did not add up: {}", from.in_full.join(", ")));
    }
    let today = DateTime::from_timestamp(tools.now(), 0).map(|now| now.date_naive()).unwrap_or_default();
    let people = People::of(&district, stage);
    roster::write(&district, &people, stage)?;
    plain::write(&district, &people, settings, today, stage)?;
    // What is kept is what the server has, whatever becomes of the delivery.
    from.keeping.map_or(Ok(()), Keeping::finish)
}

/// Whether the unique id of a student, a staff member or a contact is another than in the rows that are kept. Every row
/// that names the person says the new one then, without being a changed row: a server keeps its own number of the person
/// there, and puts in the unique id when it is asked.
async fn renamed(reader: &mut Reader<'_, '_>, kept: &Kept, of: &Discovery) -> Result<bool, FetchError> {
    async fn any<T: rows::Row>(
        reader: &mut Reader<'_, '_>,
        kept: &Kept,
        resource: &'static str,
        unique: impl Fn(&T) -> &str,
    ) -> Result<bool, FetchError> {
        let (Some(rows), Some(since)) = (kept.look::<Vec<T>>(resource), kept.version) else {
            return Ok(false);
        };
        let then: HashMap<&str, &str> = rows.iter().map(|row| (row.id(), unique(row))).collect();
        let changed: Vec<T> = reader.changed(resource, since).await?;
        Ok(changed.iter().any(|row| then.get(row.id()).is_some_and(|then| *then != unique(row))))
    }
    let contacts = if of.has_contacts { "contacts" } else { "parents" };
    Ok(any(reader, kept, "students", |row: &rows::Student| &row.student_unique_id).await?
        || any(reader, kept, "staffs", |row: &rows::Staff| &row.staff_unique_id).await?
        || any(reader, kept, contacts, rows::Contact::unique_id).await?)
}

/// Where rows come from.
struct Feed<'r, 'a> {
    reader: Reader<'r, 'a>,
    /// The rows of the last fetch that were not asked for yet.
    kept: Option<Kept>,
    /// Where the rows of this fetch go.
    keeping: Option<Keeping<'r>>,
    /// Resources that had to be read in full though rows of them were kept.
    in_full: Vec<&'static str>,
}

impl Feed<'_, '_> {
    async fn read<T: rows::Row>(&mut self, resource: &'static str) -> Result<Vec<T>, FetchError> {
        let kept = self.kept.as_mut().and_then(|kept| Some((kept.take::<Vec<T>>(resource)?, kept.version?)));
        let renewed = match kept {
            None => None,
            Some((rows, since)) => {
                let renewed = self.reader.renew(resource, rows, since).await?;
                if renewed.is_none() {
                    self.in_full.push(resource);
                }
                renewed
            }
        };
        let rows = match renewed {
            Some(rows) => rows,
            None => self.reader.read(resource).await?,
        };
        if let Some(keeping) = &mut self.keeping {
            keeping.add(resource, &rows)?;
        }
        Ok(rows)
    }
}

/// Reads from a snapshot where the server has one; the newest change version before anything is read.
async fn begin(
    session: &mut Session<'_>,
    changes: Option<&Url>,
    stage: &mut Stage,
) -> Result<Option<i64>, FetchError> {
    let now = newest(session, changes).await?;
    let Some(now) = now else {
        stage.note(
            "the server does not say what changed while it was read: its change queries are off".to_owned(),
        );
        return Ok(None);
    };
    session.extra = Some(("use-snapshot", "true"));
    let then = match newest(session, changes).await {
        // Some servers without a snapshot fail instead of saying so.
        Err(FetchError { why: Why::Status(_) | Why::Busy(500), .. }) => None,
        then => then?,
    };
    let Some(then) = then else {
        session.extra = None;
        return Ok(Some(now));
    };
    if then != now {
        stage.note(format!("read from a snapshot at change version {then}, when the server was at {now}"));
    }
    Ok(Some(then))
}

/// The newest change version; nothing where change queries are off, or a snapshot is asked for and there is none.
async fn newest(session: &mut Session<'_>, changes: Option<&Url>) -> Result<Option<i64>, FetchError> {
    #[derive(Deserialize)]
    struct Versions {
        // Before ODS/API 6 the name begins with a capital.
        #[serde(rename = "newestChangeVersion", alias = "NewestChangeVersion")]
        newest: i64,
    }
    let Some(changes) = changes else { return Ok(None) };
    let url = below(changes, "availableChangeVersions")?;
    let answer = session.get(&url).await?;
    match answer.status {
        200 => {}
        204 | 403 | 404 => return Ok(None),
        other => return Err(at(&url, Why::Status(other))),
    }
    let versions: Versions = serde_json::from_slice(&answer.body)
        .map_err(|_| at(&url, Why::Unreadable("no change version is in it")))?;
    Ok(Some(versions.newest))
}

/// Reads every resource, those that refer to others before those they refer to: what comes in meanwhile is not missed
/// by what names it.
async fn read(from: &mut Feed<'_, '_>, of: &Discovery, stage: &mut Stage) -> Result<District, FetchError> {
    let (contacts, links) = match of.has_contacts {
        true => ("contacts", "studentContactAssociations"),
        false => ("parents", "studentParentAssociations"),
    };
    /// A resource that servers lack, or show only to some; the rest stands without it.
    async fn if_shown<T: rows::Row>(
        from: &mut Feed<'_, '_>,
        resource: &'static str,
        stage: &mut Stage,
    ) -> Result<Option<Vec<T>>, FetchError> {
        match from.read(resource).await {
            Ok(rows) => Ok(Some(rows)),
            Err(FetchError { why: Why::Missing(_) | Why::Forbidden(_), .. }) => {
                stage.absent(resource);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
    Ok(District {
        events: from.read("studentSchoolAttendanceEvents").await?,
        section_events: if_shown(from, "studentSectionAttendanceEvents", stage).await?,
        roll: if_shown(from, "sectionAttendanceTakenEvents", stage).await?,
        in_sections: from.read("studentSectionAssociations").await?,
        staff_in_sections: from.read("staffSectionAssociations").await?,
        special_education: if_shown(from, "studentSpecialEducationProgramAssociations", stage).await?,
        plans: match of.has_plans {
            true => if_shown(from, "studentSection504ProgramAssociations", stage).await?,
            false => None,
        },
        homeless: if_shown(from, "studentHomelessProgramAssociations", stage).await?,
        language_instruction: if_shown(from, "studentLanguageInstructionProgramAssociations", stage).await?,
        enrollments: from.read("studentSchoolAssociations").await?,
        traits: if_shown(from, "studentEducationOrganizationAssociations", stage).await?,
        links: from.read(links).await?,
        assignments: from.read("staffEducationOrganizationAssignmentAssociations").await?,
        sections: from.read("sections").await?,
        offerings: from.read("courseOfferings").await?,
        courses: from.read("courses").await?,
        dates: from.read("calendarDates").await?,
        sessions: from.read("sessions").await?,
        schedules: if_shown(from, "bellSchedules", stage).await?,
        periods: if_shown(from, "classPeriods", stage).await?,
        contacts: from.read(contacts).await?,
        staffs: from.read("staffs").await?,
        students: from.read("students").await?,
        schools: from.read("schools").await?,
        agencies: from.read("localEducationAgencies").await?,
    })
}

/// A key of several parts, of the characters that a `sourcedId` may have.
fn key<const N: usize>(kind: &str, parts: [&str; N]) -> String {
    let mut key = kind.to_owned();
    for part in parts {
        key.push('/');
        for byte in part.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => key.push(char::from(byte)),
                _ => key.push_str(&format!("@{byte:02x}")),
            }
        }
    }
    key
}

/// The key of a session.
fn session_key(school: i64, year: i64, name: &str) -> String {
    key("session", [&school.to_string(), &year.to_string(), name])
}

/// The key of a section.
fn section_key(of: &rows::SectionReference) -> String {
    let (school, year) = (of.school_id.to_string(), of.school_year.to_string());
    key("section", [&school, &year, &of.session_name, &of.local_course_code, &of.section_identifier])
}

/// Reads a date of Ed-Fi.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// Whether a day lies in a span; a bound that is not said does not bound it.
fn within(day: Date, begin: &str, end: &str) -> bool {
    date(begin).is_none_or(|begin| begin <= day) && date(end).is_none_or(|end| day <= end)
}
