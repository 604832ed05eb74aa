//! OneRoster 1.1 and 1.2 CSV: manifest, orgs, sessions, courses, classes, users, roles, enrollments,
//! demographics. Spec: 1EdTech OneRoster CSV binding 1.1.1 and 1.2.1.

use crate::sheet::{Fault, Fields, Report, Sheet};
use model::canonical::{
    Course, Demographics, Guard, Org, Person, RoleHeld, Section, SectionMember, Table, Term,
};
use model::grade::Grade;
use model::report::{Reason, Refusal};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The columns each file must have.
pub(crate) const ORGS: &[&str] = &["sourcedId", "name", "type"];
pub(crate) const SESSIONS: &[&str] = &["sourcedId", "title", "type", "startDate", "endDate"];
pub(crate) const COURSES: &[&str] = &["sourcedId", "title"];
pub(crate) const CLASSES: &[&str] = &["sourcedId", "title", "courseSourcedId", "schoolSourcedId"];
pub(crate) const USERS: &[&str] = &["sourcedId", "givenName", "familyName"];
pub(crate) const USERS_1_1: &[&str] = &["role", "orgSourcedIds"];
pub(crate) const ROLES: &[&str] = &["sourcedId", "userSourcedId", "role", "orgSourcedId"];
pub(crate) const ENROLLMENTS: &[&str] = &["sourcedId", "classSourcedId", "userSourcedId", "role"];
pub(crate) const DEMOGRAPHICS: &[&str] = &["sourcedId", "birthDate"];

/// Which version a delivery is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Roles stand in `users.csv`.
    V1_1,
    /// Roles have a file of their own.
    V1_2,
}

/// What `manifest.csv` says.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) version: Version,
    /// Files that it says are there, in full or as changes.
    pub(crate) announced: Vec<String>,
    /// Files (in lower case) that hold only what changed.
    pub(crate) delta: HashSet<String>,
    /// Files that it says are not there.
    pub(crate) absent: HashSet<String>,
}

/// Reads `manifest.csv`.
pub(crate) fn manifest(mut sheet: Sheet<'_>) -> Result<Manifest, Refusal> {
    let file = sheet.file.clone();
    let [name, value] = sheet.places(["propertyName", "value"]);
    if name.is_none() || value.is_none() {
        return Err(Refusal::BadHeader {
            file,
            expected: "a OneRoster manifest begins with `propertyName,value`".to_owned(),
            found: sheet.header.shown(),
        });
    }
    let mut properties: BTreeMap<String, (u64, String)> = BTreeMap::new();
    while let Some(fields) = sheet.next()? {
        properties.insert(fields.text(name), (fields.line(), fields.text(value)));
    }
    let refuse = |why: String| Refusal::Unreadable { file: file.clone(), why };
    let (line, said) = properties
        .get("oneroster.version")
        .ok_or_else(|| refuse("it does not name `oneroster.version`; 1.1 or 1.2 is expected".to_owned()))?;
    let version = match said.as_str() {
        "1.1" | "1.1.1" => Version::V1_1,
        "1.2" | "1.2.1" => Version::V1_2,
        _ => {
            return Err(refuse(format!(
                "line {line}: oneroster.version is `{said}`; 1.1 or 1.2 is expected"
            )));
        }
    };
    let (mut announced, mut delta, mut absent) = (Vec::new(), HashSet::new(), HashSet::new());
    for (name, (line, mode)) in &properties {
        let Some(table) = name.strip_prefix("file.") else { continue };
        match mode.to_ascii_lowercase().as_str() {
            "bulk" => announced.push(table.to_owned()),
            "absent" => {
                absent.insert(table.to_ascii_lowercase());
            }
            // Real exports leave the mode empty: the file speaks for itself by being there.
            "" => {}
            "delta" => {
                announced.push(table.to_owned());
                delta.insert(table.to_ascii_lowercase());
            }
            _ => {
                return Err(refuse(format!(
                    "line {line}: {name} is `{mode}`; bulk, delta or absent is expected"
                )));
            }
        }
    }
    Ok(Manifest { version, announced, delta, absent })
}

/// A row that the source itself calls deleted is not used, though bulk files should have none.
fn lives(fields: &Fields<'_>, status: Option<usize>) -> Result<(), Fault> {
    let text = fields.text(status);
    if text.eq_ignore_ascii_case("tobedeleted") || text.eq_ignore_ascii_case("inactive") {
        return Err(Fault::of("status", text, Reason::BadValue));
    }
    Ok(())
}

/// `identifier`, else `sourcedId`.
fn id_of(fields: &Fields<'_>, identifier: Option<usize>, key: &str) -> String {
    let id = fields.text(identifier);
    if id.is_empty() { key.to_owned() } else { id }
}

/// Refuses an id that another person or org has already: plain files that name it would be ambiguous.
fn only_id(taken: &mut HashMap<String, String>, id: &str, key: &str) -> Result<(), Fault> {
    match taken.get(id) {
        Some(first) if first != key => Err(Fault::of("identifier", id, Reason::DuplicateId)),
        Some(_) => Ok(()),
        None => {
            taken.insert(id.to_owned(), key.to_owned());
            Ok(())
        }
    }
}

fn known(keys: &HashSet<&str>, key: String, column: &'static str, reason: Reason) -> Result<String, Fault> {
    if keys.contains(key.as_str()) { Ok(key) } else { Err(Fault::of(column, key, reason)) }
}

/// Reads `orgs.csv`.
pub(crate) fn orgs(sheet: Sheet<'_>, report: &mut Report) -> Result<Table<Org>, Refusal> {
    sheet.require(ORGS)?;
    let [key, status, name, kind, identifier, parent] =
        sheet.places(["sourcedId", "status", "name", "type", "identifier", "parentSourcedId"]);
    let mut taken = HashMap::new();
    sheet.table(
        report,
        "sourcedId",
        |org: &Org, key| key.text(&org.key),
        |fields| {
            lives(fields, status)?;
            let key = fields.required(key, "sourcedId")?;
            let kind = fields.required(kind, "type")?;
            let id = id_of(fields, identifier, &key);
            only_id(&mut taken, &id, &key)?;
            Ok(Org { id, key, name: fields.text(name), kind, parent_key: fields.text(parent) })
        },
    )
}

/// Reads `academicSessions.csv`.
pub(crate) fn terms(sheet: Sheet<'_>, report: &mut Report) -> Result<Table<Term>, Refusal> {
    sheet.require(SESSIONS)?;
    let [key, status, title, kind, start, end, parent] =
        sheet.places(["sourcedId", "status", "title", "type", "startDate", "endDate", "parentSourcedId"]);
    sheet.table(
        report,
        "sourcedId",
        |term: &Term, key| key.text(&term.key),
        |fields| {
            lives(fields, status)?;
            Ok(Term {
                key: fields.required(key, "sourcedId")?,
                title: fields.text(title),
                kind: fields.text(kind),
                start: fields.required_date(start, "startDate")?,
                end: fields.required_date(end, "endDate")?,
                parent_key: fields.text(parent),
            })
        },
    )
}

/// Reads `courses.csv`.
pub(crate) fn courses(sheet: Sheet<'_>, report: &mut Report) -> Result<Table<Course>, Refusal> {
    sheet.require(COURSES)?;
    let [key, status, title, code] = sheet.places(["sourcedId", "status", "title", "courseCode"]);
    sheet.table(
        report,
        "sourcedId",
        |course: &Course, key| key.text(&course.key),
        |fields| {
            lives(fields, status)?;
            Ok(Course {
                key: fields.required(key, "sourcedId")?,
                title: fields.text(title),
                code: fields.text(code),
            })
        },
    )
}

/// Reads `classes.csv`. An empty title is the class code, else the course's title.
pub(crate) fn sections(
    sheet: Sheet<'_>,
    report: &mut Report,
    orgs: &[Org],
    courses: &[Course],
) -> Result<Table<Section>, Refusal> {
    sheet.require(CLASSES)?;
    let [key, status, title, course, code, kind, location, school, terms, periods] = sheet.places([
        "sourcedId",
        "status",
        "title",
        "courseSourcedId",
        "classCode",
        "classType",
        "location",
        "schoolSourcedId",
        "termSourcedIds",
        "periods",
    ]);
    let org_keys: HashSet<&str> = orgs.iter().map(|o| o.key.as_str()).collect();
    let titles: HashMap<&str, &str> = courses.iter().map(|c| (c.key.as_str(), c.title.as_str())).collect();
    sheet.table(
        report,
        "sourcedId",
        |section: &Section, key| key.text(&section.key),
        |fields| {
            lives(fields, status)?;
            let key = fields.required(key, "sourcedId")?;
            let school_key = fields.required(school, "schoolSourcedId")?;
            let school_key = known(&org_keys, school_key, "schoolSourcedId", Reason::UnknownSchool)?;
            let (course_key, code) = (fields.text(course), fields.text(code));
            let course_title = titles.get(course_key.as_str()).copied().unwrap_or_default();
            let title = [fields.text(title), code.clone(), course_title.to_owned()]
                .into_iter()
                .find(|t| !t.is_empty())
                .unwrap_or_default();
            Ok(Section {
                key,
                title,
                course_key,
                code,
                kind: fields.text(kind),
                location: fields.text(location),
                school_key,
                term_keys: fields.list(terms),
                periods: fields.list(periods),
            })
        },
    )
}

/// A user with the roles that 1.1 keeps beside the name.
#[derive(Debug)]
struct User {
    person: Person,
    line: u64,
    role: String,
    org_keys: Vec<String>,
}

impl PartialEq for User {
    /// The line is where the row stands, not what it says.
    fn eq(&self, other: &Self) -> bool {
        (&self.person, &self.role, &self.org_keys) == (&other.person, &other.role, &other.org_keys)
    }
}

/// Reads `users.csv`, and in 1.1 the roles in it.
pub(crate) fn people(
    sheet: Sheet<'_>,
    report: &mut Report,
    version: Version,
    orgs: &[Org],
) -> Result<(Table<Person>, Option<Table<RoleHeld>>), Refusal> {
    sheet.require(USERS)?;
    sheet.guard(Guard::Enabled, report);
    if version == Version::V1_1 {
        sheet.require(USERS_1_1)?;
    }
    let [key, status, enabled, username, identifier, email, phone, sms, agents, grades, role, org_list] =
        sheet.places([
            "sourcedId",
            "status",
            "enabledUser",
            "username",
            "identifier",
            "email",
            "phone",
            "sms",
            "agentSourcedIds",
            "grades",
            "role",
            "orgSourcedIds",
        ]);
    let [given, middle, family, preferred_given, preferred_family] =
        sheet.places(["givenName", "middleName", "familyName", "preferredGivenName", "preferredFamilyName"]);
    let first = |fields: &Fields<'_>, places: [Option<usize>; 2]| {
        places.into_iter().map(|p| fields.text(p)).find(|t| !t.is_empty()).unwrap_or_default()
    };
    let mut taken = HashMap::new();
    let users = sheet.table(
        report,
        "sourcedId",
        |user: &User, key| key.text(&user.person.key),
        |fields| {
            lives(fields, status)?;
            let key = fields.required(key, "sourcedId")?;
            let enabled = fields.truth(enabled, "enabledUser")?.unwrap_or(true);
            let id = id_of(fields, identifier, &key);
            only_id(&mut taken, &id, &key)?;
            let person = Person {
                id,
                key,
                enabled,
                username: fields.text(username),
                given_name: first(fields, [preferred_given, given]),
                middle_name: fields.text(middle),
                family_name: first(fields, [preferred_family, family]),
                email: fields.text(email),
                phone: first(fields, [phone, sms]),
                grade: fields.list(grades).iter().find_map(|g| Grade::read(g)),
                agent_keys: fields.list(agents),
            };
            Ok(User { person, line: fields.line(), role: fields.text(role), org_keys: fields.list(org_list) })
        },
    )?;
    let roles = (version == Version::V1_1).then(|| roles_of_users(&users, report, orgs));
    let people = Table {
        file: users.file,
        read: users.read,
        set_aside: users.set_aside,
        rows: users.rows.into_iter().map(|u| u.person).collect(),
    };
    Ok((people, roles))
}

/// What parts the key of a role that stands in a user's row; no `sourcedId` has it.
const OF_USER: &str = " ";

/// Whether a role's key is made of what a user's row says, and is not its own.
pub(crate) fn is_of_user(key: &str) -> bool {
    key.contains(OF_USER)
}

/// The roles that 1.1 keeps in `users.csv`: one for each org of a user.
fn roles_of_users(users: &Table<User>, report: &mut Report, orgs: &[Org]) -> Table<RoleHeld> {
    let kinds: HashMap<&str, &str> = orgs.iter().map(|o| (o.key.as_str(), o.kind.as_str())).collect();
    let mut table = Table { file: users.file.clone(), read: 0, set_aside: 0, rows: Vec::new() };
    for user in &users.rows {
        let mut held: HashSet<&str> = HashSet::new();
        for org_key in user.org_keys.iter().filter(|k| held.insert(k.as_str())) {
            table.read += 1;
            let Some(kind) = kinds.get(org_key.as_str()) else {
                table.set_aside += 1;
                let fault = Fault::of("orgSourcedIds", org_key.clone(), Reason::UnknownSchool);
                report.list(&table.file, user.line, fault, table.set_aside);
                continue;
            };
            table.rows.push(RoleHeld {
                key: [user.person.key.as_str(), org_key, &user.role].join(OF_USER),
                person_key: user.person.key.clone(),
                org_key: org_key.clone(),
                role: role_at(&user.role, kind),
                begin: None,
                end: None,
            });
        }
    }
    table
}

/// 1.1 has one word for those who lead a school and those who lead the district.
fn role_at(role: &str, org_kind: &str) -> String {
    match (role.eq_ignore_ascii_case("administrator"), org_kind.to_ascii_lowercase().as_str()) {
        (true, "school") => "siteAdministrator".to_owned(),
        (true, "district") => "districtAdministrator".to_owned(),
        _ => role.to_owned(),
    }
}

/// Reads `roles.csv` (1.2).
pub(crate) fn roles(
    sheet: Sheet<'_>,
    report: &mut Report,
    people: &[Person],
    orgs: &[Org],
) -> Result<Table<RoleHeld>, Refusal> {
    sheet.require(ROLES)?;
    let [key, status, user, role, begin, end, org] = sheet.places([
        "sourcedId",
        "status",
        "userSourcedId",
        "role",
        "beginDate",
        "endDate",
        "orgSourcedId",
    ]);
    let person_keys: HashSet<&str> = people.iter().map(|p| p.key.as_str()).collect();
    let kinds: HashMap<&str, &str> = orgs.iter().map(|o| (o.key.as_str(), o.kind.as_str())).collect();
    sheet.table(
        report,
        "sourcedId",
        |held: &RoleHeld, key| key.text(&held.key),
        |fields| {
            lives(fields, status)?;
            let key = fields.required(key, "sourcedId")?;
            let person_key = fields.required(user, "userSourcedId")?;
            let person_key = known(&person_keys, person_key, "userSourcedId", Reason::UnknownPerson)?;
            let org_key = fields.required(org, "orgSourcedId")?;
            let Some(kind) = kinds.get(org_key.as_str()) else {
                return Err(Fault::of("orgSourcedId", org_key, Reason::UnknownSchool));
            };
            Ok(RoleHeld {
                key,
                person_key,
                role: role_at(&fields.required(role, "role")?, kind),
                org_key,
                begin: fields.date(begin, "beginDate")?,
                end: fields.date(end, "endDate")?,
            })
        },
    )
}

/// Reads OneRoster's `enrollments.csv`: who is in a section.
pub(crate) fn section_rosters(
    sheet: Sheet<'_>,
    report: &mut Report,
    people: &[Person],
    sections: &[Section],
) -> Result<Table<SectionMember>, Refusal> {
    sheet.require(ENROLLMENTS)?;
    let [key, status, class, user, role, begin, end] = sheet.places([
        "sourcedId",
        "status",
        "classSourcedId",
        "userSourcedId",
        "role",
        "beginDate",
        "endDate",
    ]);
    let person_keys: HashSet<&str> = people.iter().map(|p| p.key.as_str()).collect();
    let section_keys: HashSet<&str> = sections.iter().map(|s| s.key.as_str()).collect();
    sheet.table(
        report,
        "sourcedId",
        |member: &SectionMember, key| key.text(&member.key),
        |fields| {
            lives(fields, status)?;
            let key = fields.required(key, "sourcedId")?;
            let section_key = fields.required(class, "classSourcedId")?;
            let person_key = fields.required(user, "userSourcedId")?;
            Ok(SectionMember {
                key,
                section_key: known(&section_keys, section_key, "classSourcedId", Reason::UnknownSection)?,
                person_key: known(&person_keys, person_key, "userSourcedId", Reason::UnknownPerson)?,
                role: fields.required(role, "role")?,
                begin: fields.date(begin, "beginDate")?,
                end: fields.date(end, "endDate")?,
            })
        },
    )
}

/// The race flags of OneRoster demographics, in the order of the spec.
const RACES: [&str; 7] = [
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
];

/// Reads `demographics.csv`.
pub(crate) fn demographics(
    sheet: Sheet<'_>,
    report: &mut Report,
    people: &[Person],
) -> Result<Table<Demographics>, Refusal> {
    sheet.require(DEMOGRAPHICS)?;
    let [key, status, birth, sex] = sheet.places(["sourcedId", "status", "birthDate", "sex"]);
    let races = sheet.places(RACES);
    let person_keys: HashSet<&str> = people.iter().map(|p| p.key.as_str()).collect();
    let mut unread = Vec::new();
    let table = sheet.table_with_care(
        report,
        "sourcedId",
        |row: &Demographics, key| key.text(&row.person_key),
        |fields| {
            lives(fields, status)?;
            let person_key = fields.required(key, "sourcedId")?;
            let person_key = known(&person_keys, person_key, "sourcedId", Reason::UnknownPerson)?;
            let mut named = Vec::new();
            for (race, place) in RACES.into_iter().zip(races) {
                if fields.truth(place, race)? == Some(true) {
                    named.push(race);
                }
            }
            Ok(Demographics {
                person_key,
                birth_date: fields.date(birth, "birthDate")?,
                sex: fields.text(sex),
                race_ethnicity: named.join(";"),
            })
        },
        |fields, fault| {
            // A row that the source calls deleted is meant to go.
            unread.extend((fault.column != Some("status")).then(|| fields.text(key)));
            None
        },
        |_, _| {},
    )?;
    report.unread_demographics.extend(unread);
    Ok(table)
}
