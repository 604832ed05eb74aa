//! A district's folder or zip → one delivery, or the reason why it is refused as a whole.

use crate::files::{Files, KINDS, Kind};
use crate::oneroster::{self, Version};
use crate::over::{Keys, lay};
use crate::placing::{Ground, Order, Roster, place};
use crate::plain::{self, Known, Years};
use crate::profile::Profile;
use crate::sheet::{Report, Sheet};
use crate::source::{Entry, Source};
use model::attendance::Shapes;
use model::canonical::{
    Attendance, Carries, Course, Delivery, Demographics, HeldRoster, KnownRoster, Org, Person, PlacedStrip,
    RoleHeld, Section, SectionMember, Term, ToldYear,
};
use model::report::Refusal;
use model::time::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::path::Path;

/// Which files are read, and what those of the other side are checked against.
#[derive(Debug, Clone)]
pub enum Expect {
    /// OneRoster and the plain files beside it: every required file of both.
    Whole,
    /// OneRoster alone. Plain files are not read, even where they are there.
    Roster,
    /// As [`Expect::Whole`] or [`Expect::Roster`], with files that hold only what changed: they are laid over a roster.
    Changes(Carries, HeldRoster),
    /// The plain files alone, checked against a roster that is known already. OneRoster's files are not read.
    Plain(KnownRoster),
}

impl Expect {
    /// Which side of the district's data is read.
    pub fn carries(&self) -> Carries {
        match self {
            Self::Whole => Carries::Whole,
            Self::Roster => Carries::Roster,
            Self::Changes(carries, _) => *carries,
            Self::Plain(_) => Carries::Plain,
        }
    }
}

/// Whether a delivery has OneRoster files that hold only what changed, as its manifest says: such a delivery is read with
/// [`Expect::Changes`]. Two deliveries of the same changes have the same digest, 64 hexadecimal digits.
///
/// # Errors
/// Where there is no such folder or zip, or its manifest or one of these files is not there or cannot be read.
pub fn changes_in(path: &Path, profile: &Profile, carries: Carries) -> Result<Option<String>, Refusal> {
    if !carries.roster() {
        return Ok(None);
    }
    let mut source = Source::open(path, carries, profile)?;
    let manifest = source.entries.iter().find(|entry| entry.stem == "manifest").cloned();
    let Some(entry) = manifest else { return Ok(None) };
    let sheet = Sheet::open(&entry.name, source.read(&entry)?, profile)?;
    let changes = oneroster::manifest(sheet)?.delta;
    if changes.is_empty() {
        return Ok(None);
    }
    let is_one = |entry: &&Entry| entry.beside_manifest && changes.contains(&entry.stem.to_ascii_lowercase());
    let mut files: Vec<Entry> = source.entries.iter().filter(is_one).cloned().collect();
    files.sort_by(|a, b| a.stem.cmp(&b.stem));
    let mut digest = Sha256::new();
    let mut part = vec![0; 64 * 1024];
    for file in files {
        digest.update(format!("{}\0", file.stem));
        let mut input = source.read(&file)?;
        loop {
            let unreadable =
                |why: std::io::Error| Refusal::Unreadable { file: file.name.clone(), why: why.to_string() };
            match input.read(&mut part).map_err(unreadable)? {
                0 => break,
                read => digest.update(&part[..read]),
            }
        }
    }
    Ok(Some(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Reads a district's delivery: a folder or a zip with OneRoster 1.1/1.2 CSV and plain CSV beside it, or one side
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
    let source = Source::open(path, carries, profile)?;
    let mut files = Files::find(source, profile, carries, &mut report)?;
    let mut delivery = Delivery { carries, ..Delivery::default() };
    let roster = match expect {
        Expect::Plain(known) => known,
        Expect::Whole | Expect::Roster => {
            read_roster(&mut files, &mut report, &mut delivery, &HeldRoster::default())?
        }
        Expect::Changes(_, held) => read_roster(&mut files, &mut report, &mut delivery, &held)?,
    };
    if carries.plain() {
        let day = Day { profile, today };
        read_plain_side(&mut files, &mut report, &mut delivery, roster, &day, shapes)?;
    }
    report.set_aside.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Delivery {
        without: report.without,
        unread_contacts: report.unread_contacts,
        unread_students: report.unread_students,
        unread_demographics: report.unread_demographics,
        set_aside: report.set_aside,
        changes: report.changes,
        unmapped: report.unmapped,
        notes: report.notes,
        ..delivery
    })
}

/// Reads OneRoster's files into the delivery, those of what changed laid over what is held; whom and where plain files may
/// name.
fn read_roster(
    files: &mut Files,
    report: &mut Report,
    delivery: &mut Delivery,
    held: &HeldRoster,
) -> Result<KnownRoster, Refusal> {
    let manifest = oneroster::manifest(files.open_required(Kind::Manifest)?)?;
    for (kind, name, oneroster, _) in KINDS {
        if *oneroster && manifest.absent.contains(&name.to_ascii_lowercase()) && files.has(*kind) {
            report.notes.push(format!("{name}.csv is there, but the manifest calls it absent; ignored"));
            files.leave_out(*kind);
        }
    }
    for announced in &manifest.announced {
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

    let users_are_changes = !files.has(Kind::Users) || manifest.delta.contains("users");
    if let (Some(file), true) = (manifest.delta.iter().min(), held.people.is_empty() && users_are_changes) {
        return Err(Refusal::MissingBase { file: format!("{file}.csv"), table: "roster".to_owned() });
    }
    let keys = |rows: &mut dyn Iterator<Item = &String>| rows.cloned().collect::<HashSet<String>>();
    let orgs = match files.open_of(Kind::Orgs, &manifest)? {
        Some(sheet) => Some(oneroster::orgs(sheet, report)?),
        None => None,
    };
    let of = Keys { key: |org: &Org| &org.key, id: Some(|org| &org.id) };
    let orgs = lay(&manifest, "orgs", orgs, &held.orgs, &of, report, |_| true)?;
    let orgs = orgs.ok_or_else(|| files.missing("orgs"))?;
    let org_keys = keys(&mut orgs.rows.iter().map(|org| &org.key));

    let terms = match files.open_of(Kind::Terms, &manifest)? {
        Some(sheet) => Some(oneroster::terms(sheet, report)?),
        None => None,
    };
    let of = Keys { key: |term: &Term| &term.key, id: None };
    delivery.terms = lay(&manifest, "academicSessions", terms, &held.terms, &of, report, |_| true)?;

    let courses = match files.open_of(Kind::Courses, &manifest)? {
        Some(sheet) => Some(oneroster::courses(sheet, report)?),
        None => None,
    };
    let of = Keys { key: |course: &Course| &course.key, id: None };
    let courses = lay(&manifest, "courses", courses, &held.courses, &of, report, |_| true)?;

    let sections = match files.open_of(Kind::Classes, &manifest)? {
        Some(sheet) => {
            let courses = courses.as_ref().map_or(&[][..], |c| &c.rows);
            Some(oneroster::sections(sheet, report, &orgs.rows, courses)?)
        }
        None => None,
    };
    let of = Keys { key: |section: &Section| &section.key, id: None };
    let known = |section: &Section| org_keys.contains(&section.school_key);
    let sections = lay(&manifest, "classes", sections, &held.sections, &of, report, known)?;
    let section_keys = keys(&mut sections.iter().flat_map(|t| &t.rows).map(|section| &section.key));

    let (people, mut of_users) = match files.open_of(Kind::Users, &manifest)? {
        Some(sheet) => {
            let (people, roles) = oneroster::people(sheet, report, manifest.version, &orgs.rows)?;
            (Some(people), roles)
        }
        None => (None, None),
    };
    // What 1.1 says of a user's roles it says in the user's row, all of it.
    let mut told = match manifest.version {
        Version::V1_1 => keys(&mut people.iter().flat_map(|t| &t.rows).map(|person| &person.key)),
        Version::V1_2 => HashSet::new(),
    };
    let of = Keys { key: |person: &Person| &person.key, id: Some(|person| &person.id) };
    let people = lay(&manifest, "users", people, &held.people, &of, report, |_| true)?;
    let people = people.ok_or_else(|| files.missing("users"))?;
    // A row that is not used says nothing of roles either.
    told.retain(|key| !report.passed_over.contains(key));
    if let Some(table) = &mut of_users {
        let came = table.rows.len();
        table.rows.retain(|role| !report.passed_over.contains(&role.person_key));
        table.read -= (came - table.rows.len()) as u64;
    }
    let person_keys = keys(&mut people.rows.iter().map(|person| &person.key));

    let (name, roles) = match manifest.version {
        Version::V1_1 => ("users", of_users),
        Version::V1_2 => (
            "roles",
            match files.open_of(Kind::Roles, &manifest)? {
                Some(sheet) => Some(oneroster::roles(sheet, report, &people.rows, &orgs.rows)?),
                None => None,
            },
        ),
    };
    let of = Keys { key: |role: &RoleHeld| &role.key, id: None };
    let known = |role: &RoleHeld| {
        let told = told.contains(&role.person_key);
        !told && person_keys.contains(&role.person_key) && org_keys.contains(&role.org_key)
    };
    // Roles that came in 1.1 have no `sourcedId`, by which 1.2 would say what changed.
    let alike = |role: &RoleHeld| (manifest.version == Version::V1_1) == oneroster::is_of_user(&role.key);
    let held_roles = if held.roles.iter().all(alike) { &held.roles[..] } else { &[] };
    let roles = lay(&manifest, name, roles, held_roles, &of, report, known)?;
    let roles = roles.ok_or_else(|| files.missing("roles"))?;

    let members = match files.open_of(Kind::SectionRosters, &manifest)? {
        Some(sheet) => {
            let sections = sections.as_ref().map_or(&[][..], |s| &s.rows);
            Some(oneroster::section_rosters(sheet, report, &people.rows, sections)?)
        }
        None => None,
    };
    let of = Keys { key: |member: &SectionMember| &member.key, id: None };
    let known = |member: &SectionMember| {
        person_keys.contains(&member.person_key) && section_keys.contains(&member.section_key)
    };
    delivery.section_rosters =
        lay(&manifest, "enrollments", members, &held.section_rosters, &of, report, known)?;

    let demographics = match files.open_of(Kind::Demographics, &manifest)? {
        Some(sheet) => Some(oneroster::demographics(sheet, report, &people.rows)?),
        None => None,
    };
    let of = Keys { key: |row: &Demographics| &row.person_key, id: None };
    let known = |row: &Demographics| person_keys.contains(&row.person_key);
    delivery.demographics =
        lay(&manifest, "demographics", demographics, &held.demographics, &of, report, known)?;
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

/// How a district writes its files, and the day on which they are read.
struct Day<'p> {
    profile: &'p Profile,
    today: Date,
}

/// Reads the plain files into the delivery.
fn read_plain_side(
    files: &mut Files,
    report: &mut Report,
    delivery: &mut Delivery,
    roster: KnownRoster,
    day: &Day<'_>,
    shapes: Shapes,
) -> Result<(), Refusal> {
    let codes = day.profile.codes();
    let KnownRoster { schools, people, students } = roster;
    let known = Known {
        schools: Some(schools.iter().cloned().collect()),
        staff: Some(people.into_iter().collect()),
        students: Some(students.iter().cloned().collect()),
    };
    let sheet = files.open_required(Kind::Calendar)?;
    let profile = sheet.profile();
    let (mut calendar, without_school) = plain::calendar(sheet, report, profile, &known)?;
    let years = Years::of(&calendar.rows);
    let sheet = files.open_required(Kind::Enrollments)?;
    let profile = sheet.profile();
    let enrollments = plain::enrollments(sheet, report, profile, &known, &years)?;
    without_school.set_aside(&mut calendar, &enrollments.rows, report);
    if let Some(sheet) = files.open(Kind::Contacts)? {
        let profile = sheet.profile();
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
    let since = files.form(Kind::Attendance).and_then(|form| form.since(day.today));
    let (sheet, tally) = files.open_attendance()?;
    let (file, profile) = (sheet.file.clone(), sheet.profile());
    let order = Order { profile, codes: &codes, today: day.today, shapes, without_present: None };
    let (counted, placed) = place(&Ground::new(&roster, profile.dialect()), order, sheet, report)?;
    report.notes.extend(tally.notes(&file));
    // Of a school that it names on no day of its window a file of what is recent says nothing.
    let is_truth = |last: &Option<Date>| since.is_none_or(|since| last.is_some_and(|last| last >= since));
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
            .filter(|(_, named)| is_truth(&named.last_row))
            .flat_map(|(school, named)| named.years.iter().map(|year| (school.clone(), *year)))
            .collect(),
        last_rows: schools
            .iter()
            .zip(&placed.schools)
            .filter_map(|(school, named)| Some((school.clone(), named.last_row?)))
            .collect(),
        told: schools
            .iter()
            .zip(&placed.schools)
            .flat_map(|(school, named)| {
                named.rows.iter().map(|(year, days)| (school.clone(), *year, days.clone()))
            })
            .map(|(school_id, year, days)| ToldYear { school_id, year, days })
            .collect(),
        since,
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
