//! A district's folder or zip → one delivery, or the reason why it is refused as a whole.

use crate::oneroster;
use crate::placing::{Order, Roster, place};
use crate::plain::{self, Known, Years};
use crate::profile::Profile;
use crate::sheet::{Header, Report, Sheet};
use crate::source::{Entry, Source};
use model::attendance::Shapes;
use model::canonical::{Attendance, Carries, Delivery, KnownRoster, Person, PlacedStrip, RoleHeld};
use model::report::Refusal;
use model::time::Date;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Manifest,
    Orgs,
    Terms,
    Courses,
    Classes,
    Users,
    Roles,
    SectionRosters,
    Demographics,
    Calendar,
    Enrollments,
    Attendance,
    Contacts,
    Characteristics,
    Caseload,
    Bells,
    Roll,
}

/// How a kind of file is recognised: its usual name, whether it belongs to OneRoster, and the columns that no other
/// kind has together.
const KINDS: &[(Kind, &str, bool, &[&str])] = &[
    (Kind::Manifest, "manifest", true, &["propertyName", "value"]),
    (Kind::SectionRosters, "enrollments", true, &["sourcedId", "classSourcedId", "userSourcedId", "role"]),
    (Kind::Roles, "roles", true, &["sourcedId", "userSourcedId", "roleType", "orgSourcedId"]),
    (Kind::Classes, "classes", true, &["sourcedId", "courseSourcedId", "classType", "schoolSourcedId"]),
    (Kind::Users, "users", true, &["sourcedId", "username", "givenName", "familyName"]),
    (Kind::Demographics, "demographics", true, &["sourcedId", "birthDate", "hispanicOrLatinoEthnicity"]),
    (Kind::Terms, "academicSessions", true, &["sourcedId", "title", "startDate", "endDate", "schoolYear"]),
    (Kind::Courses, "courses", true, &["sourcedId", "title", "courseCode", "orgSourcedId"]),
    (Kind::Orgs, "orgs", true, &["sourcedId", "name", "type", "parentSourcedId"]),
    (Kind::Attendance, "attendance", false, plain::ATTENDANCE),
    (Kind::Enrollments, "enrollments", false, &["student_id", "school_id", "entry_date", "exit_date"]),
    (Kind::Calendar, "calendar", false, plain::CALENDAR),
    (Kind::Contacts, "contacts", false, &["student_id", "contact_id", "relation"]),
    (Kind::Caseload, "caseload", false, plain::CASELOAD),
    (Kind::Bells, "bells", false, plain::BELLS),
    (Kind::Roll, "roll", false, plain::ROLL),
    (Kind::Characteristics, "students", false, &["student_id", "birth_date", "homeless"]),
];

/// What a file is: by its header, or else by its name, so that a file with a column missing is still known.
fn recognise(entry: &Entry, header: &Header, profile: &Profile) -> Option<Kind> {
    let by_header = KINDS.iter().find(|(_, _, _, columns)| header.has_all(columns, profile));
    let by_name = || {
        let has_key = header.has_all(&["sourcedId"], profile);
        KINDS.iter().find(|(kind, name, oneroster, _)| {
            name.eq_ignore_ascii_case(&entry.stem)
                && (*kind == Kind::Manifest || !*oneroster || entry.beside_manifest)
                && (*kind != Kind::SectionRosters || has_key || entry.name.contains('/'))
        })
    };
    by_header.or_else(by_name).map(|(kind, ..)| *kind)
}

/// The files of a delivery, recognised.
struct Files<'p> {
    source: Source,
    by_kind: HashMap<Kind, Entry>,
    profile: &'p Profile,
}

impl<'p> Files<'p> {
    fn find(
        mut source: Source,
        profile: &'p Profile,
        carries: Carries,
        report: &mut Report,
    ) -> Result<Self, Refusal> {
        let mut by_kind: HashMap<Kind, Entry> = HashMap::new();
        for entry in source.entries.clone() {
            let header = Sheet::open(&entry.name, source.read(&entry)?, profile)?.header;
            let Some(kind) = recognise(&entry, &header, profile) else {
                report.notes.push(format!("{}: not a file that is read here; ignored", entry.name));
                continue;
            };
            let of_roster = KINDS.iter().any(|(of, _, oneroster, _)| *of == kind && *oneroster);
            if !(if of_roster { carries.roster() } else { carries.plain() }) {
                report.notes.push(format!("{}: {}; ignored", entry.name, carries.leaves_out()));
                continue;
            }
            if let Some(first) = by_kind.get(&kind) {
                return Err(Refusal::BadHeader {
                    file: entry.name.clone(),
                    expected: format!(
                        "one file of a kind, and {} is of this kind already; leave one",
                        first.name
                    ),
                    found: header.shown(),
                });
            }
            by_kind.insert(kind, entry);
        }
        Ok(Self { source, by_kind, profile })
    }

    fn has(&self, kind: Kind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// Opens a file that may be missing.
    fn open(&mut self, kind: Kind) -> Result<Option<Sheet<'_>>, Refusal> {
        let Some(entry) = self.by_kind.get(&kind) else {
            return Ok(None);
        };
        let input = self.source.read(entry)?;
        Sheet::open(&entry.name, input, self.profile).map(Some)
    }

    fn missing(&self, name: &str) -> Refusal {
        Refusal::MissingFile { place: self.source.place.clone(), file: format!("{name}.csv") }
    }

    /// Opens a file that must be there.
    fn open_required(&mut self, kind: Kind) -> Result<Sheet<'_>, Refusal> {
        if !self.has(kind) {
            let name = KINDS.iter().find(|(k, ..)| *k == kind).map_or("", |(_, name, ..)| *name);
            return Err(self.missing(name));
        }
        let missing = self.missing("");
        self.open(kind)?.ok_or(missing)
    }
}

/// Which files are read, and what those of the other side are checked against.
#[derive(Debug, Clone)]
pub enum Expect {
    /// OneRoster and the plain files beside it: every required file of both.
    Whole,
    /// OneRoster alone. Plain files are not read, even where they are there.
    Roster,
    /// The plain files alone, checked against a roster that is known already. OneRoster's files are not read.
    Plain(KnownRoster),
}

impl Expect {
    /// Which side of the district's data is read.
    pub fn carries(&self) -> Carries {
        match self {
            Self::Whole => Carries::Whole,
            Self::Roster => Carries::Roster,
            Self::Plain(_) => Carries::Plain,
        }
    }
}

/// Reads a district's delivery: a folder or a zip with OneRoster 1.1/1.2 bulk CSV and plain CSV beside it, or one side
/// of that. Rows that cannot be used are listed in the delivery; `today` is the district's day, after which no
/// attendance is believed. `shapes` are the shapes that the store has numbered; new ones are appended.
///
/// # Errors
/// [`Refusal`] where the delivery as a whole cannot be used: a file or a column is missing, the manifest announces
/// what is not there, the zip is cut off or unsafe.
pub fn read_delivery(
    path: &Path,
    profile: &Profile,
    today: Date,
    shapes: Shapes,
    expect: Expect,
) -> Result<Delivery, Refusal> {
    let mut report = Report::default();
    let carries = expect.carries();
    let source = Source::open(path, carries)?;
    let mut files = Files::find(source, profile, carries, &mut report)?;
    let mut delivery = Delivery { carries, ..Delivery::default() };
    let roster = match expect {
        Expect::Plain(known) => known,
        Expect::Whole | Expect::Roster => read_roster(&mut files, &mut report, &mut delivery)?,
    };
    if carries.plain() {
        read_plain_side(&mut files, &mut report, &mut delivery, roster, today, shapes)?;
    }
    report.set_aside.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Delivery {
        without: report.without,
        unread_contacts: report.unread_contacts,
        unread_students: report.unread_students,
        unread_demographics: report.unread_demographics,
        set_aside: report.set_aside,
        notes: report.notes,
        ..delivery
    })
}

/// Reads OneRoster's files into the delivery; whom and where plain files may name.
fn read_roster(
    files: &mut Files<'_>,
    report: &mut Report,
    delivery: &mut Delivery,
) -> Result<KnownRoster, Refusal> {
    let manifest = oneroster::manifest(files.open_required(Kind::Manifest)?)?;
    for (kind, name, oneroster, _) in KINDS {
        if *oneroster && manifest.absent.contains(&name.to_ascii_lowercase()) && files.has(*kind) {
            report.notes.push(format!("{name}.csv is there, but the manifest calls it absent; ignored"));
            files.by_kind.remove(kind);
        }
    }
    for announced in &manifest.bulk {
        let known =
            KINDS.iter().find(|(_, name, oneroster, _)| *oneroster && name.eq_ignore_ascii_case(announced));
        let there = match known {
            Some((kind, ..)) => files.has(*kind),
            None => files
                .source
                .entries
                .iter()
                .any(|e| e.beside_manifest && e.stem.eq_ignore_ascii_case(announced)),
        };
        if !there {
            return Err(files.missing(announced));
        }
    }

    let orgs = oneroster::orgs(files.open_required(Kind::Orgs)?, report)?;
    if let Some(sheet) = files.open(Kind::Terms)? {
        delivery.terms = Some(oneroster::terms(sheet, report)?);
    }
    let courses = match files.open(Kind::Courses)? {
        Some(sheet) => Some(oneroster::courses(sheet, report)?),
        None => None,
    };
    let sections = match files.open(Kind::Classes)? {
        Some(sheet) => {
            let courses = courses.as_ref().map_or(&[][..], |c| &c.rows);
            Some(oneroster::sections(sheet, report, &orgs.rows, courses)?)
        }
        None => None,
    };
    let (people, held) =
        oneroster::people(files.open_required(Kind::Users)?, report, manifest.version, &orgs.rows)?;
    let roles = match held {
        Some(held) => held,
        None => oneroster::roles(files.open_required(Kind::Roles)?, report, &people.rows, &orgs.rows)?,
    };
    if let Some(sheet) = files.open(Kind::SectionRosters)? {
        let sections = sections.as_ref().map_or(&[][..], |s| &s.rows);
        delivery.section_rosters = Some(oneroster::section_rosters(sheet, report, &people.rows, sections)?);
    }
    if let Some(sheet) = files.open(Kind::Demographics)? {
        delivery.demographics = Some(oneroster::demographics(sheet, report, &people.rows)?);
    }
    let ids = |of: &mut dyn Iterator<Item = &String>| {
        of.collect::<BTreeSet<_>>().into_iter().cloned().collect::<Vec<String>>()
    };
    let roster = KnownRoster {
        schools: ids(&mut orgs.rows.iter().map(|o| &o.id)),
        people: ids(&mut people.rows.iter().map(|p| &p.id)),
        students: students(&people.rows, &roles.rows),
    };
    delivery.orgs = Some(orgs);
    delivery.courses = courses;
    delivery.sections = sections;
    delivery.people = Some(people);
    delivery.roles = Some(roles);
    Ok(roster)
}

/// Reads the plain files into the delivery.
fn read_plain_side(
    files: &mut Files<'_>,
    report: &mut Report,
    delivery: &mut Delivery,
    roster: KnownRoster,
    today: Date,
    shapes: Shapes,
) -> Result<(), Refusal> {
    let profile = files.profile;
    let codes = profile.codes();
    let KnownRoster { schools, people, students } = roster;
    let known = Known {
        schools: Some(schools.iter().cloned().collect()),
        staff: Some(people.into_iter().collect()),
        students: Some(students.iter().cloned().collect()),
    };
    let (mut calendar, without_school) =
        plain::calendar(files.open_required(Kind::Calendar)?, report, profile, &known)?;
    let years = Years::of(&calendar.rows);
    let enrollments =
        plain::enrollments(files.open_required(Kind::Enrollments)?, report, profile, &known, &years)?;
    without_school.set_aside(&mut calendar, &enrollments.rows, report);
    if let Some(sheet) = files.open(Kind::Contacts)? {
        delivery.contacts = Some(plain::contacts(sheet, report, profile, &known)?);
    }
    if let Some(sheet) = files.open(Kind::Characteristics)? {
        delivery.characteristics = Some(plain::characteristics(sheet, report, &known)?);
    }
    if let Some(sheet) = files.open(Kind::Caseload)? {
        delivery.caseload = Some(plain::caseload(sheet, report, &known)?);
    }
    let bells = match files.open(Kind::Bells)? {
        Some(sheet) => Some(plain::bells(sheet, report, &known)?),
        None => None,
    };
    if let Some(sheet) = files.open(Kind::Roll)? {
        delivery.roll = Some(plain::roll(sheet, report, &known)?);
    }

    let roster = Roster {
        students: &students,
        schools: &schools,
        calendar: &calendar.rows,
        enrollments: &enrollments.rows,
        bells: bells.as_ref().map_or(&[], |b| &b.rows),
    };
    let sheet = files.open_required(Kind::Attendance)?;
    let file = sheet.file.clone();
    let order = Order { profile, codes: &codes, today, shapes, without_present: None };
    let (counted, placed) = place(&roster, order, sheet, report)?;
    let id = |ids: &[String], number: u32| ids[number as usize].clone();
    delivery.attendance = Some(Attendance {
        file,
        read: counted.read,
        set_aside: counted.set_aside,
        shapes: placed.shapes,
        strips: placed
            .strips
            .into_iter()
            .map(|(student, school, year, strip)| PlacedStrip {
                student_id: id(&students, student),
                school_id: id(&schools, school),
                year,
                strip,
            })
            .collect(),
        covers: schools
            .iter()
            .zip(&placed.schools)
            .flat_map(|(school, (years, _))| years.iter().map(|year| (school.clone(), *year)))
            .collect(),
        last_rows: schools
            .iter()
            .zip(&placed.schools)
            .filter_map(|(school, (_, last))| Some((school.clone(), (*last)?)))
            .collect(),
    });
    delivery.calendar = Some(calendar);
    delivery.enrollments = Some(enrollments);
    delivery.bells = bells;
    Ok(())
}

/// The ids of those whom plain files may name as students: who holds the role, or no role at all. In order.
fn students(people: &[Person], roles: &[RoleHeld]) -> Vec<String> {
    let others: HashSet<&str> = roles.iter().map(|r| r.person_key.as_str()).collect();
    let students: HashSet<&str> = roles
        .iter()
        .filter(|r| r.role.eq_ignore_ascii_case("student"))
        .map(|r| r.person_key.as_str())
        .collect();
    let mut ids: Vec<String> = people
        .iter()
        .filter(|p| students.contains(p.key.as_str()) || !others.contains(p.key.as_str()))
        .map(|p| p.id.clone())
        .collect();
    ids.sort_unstable();
    ids
}
