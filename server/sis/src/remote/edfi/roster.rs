//! OneRoster's files of an Ed-Fi district: orgs, terms, courses, classes, people, roles, section rosters, demographics.
//! Titles and kinds are those that Ed-Fi's own OneRoster service gives them.

use super::people::{Named, People, is_guardian};
use super::rows::{Enrollment, Mail, Traits, code};
use super::{District, date, key, section_key, session_key};
use crate::remote::FetchError;
use crate::remote::stage::Stage;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Writes OneRoster's files and their manifest.
pub(super) fn write(district: &District, people: &People<'_>, stage: &mut Stage) -> Result<(), FetchError> {
    orgs(district, stage)?;
    terms(district, stage)?;
    courses(district, stage)?;
    classes(district, stage)?;
    let roles = Roles::of(district, people, stage);
    users(district, people, &roles, stage)?;
    roles.write(stage)?;
    members(district, people, stage)?;
    demographics(district, people, stage)?;
    stage.manifest("1.2")
}

fn none() -> String {
    String::new()
}

fn orgs(district: &District, stage: &mut Stage) -> Result<(), FetchError> {
    let known: HashSet<i64> = district.agencies.iter().map(|a| a.local_education_agency_id).collect();
    let parent = |of: &Option<super::rows::AgencyReference>| {
        let id = of.as_ref().map(|agency| agency.local_education_agency_id);
        id.filter(|id| known.contains(id)).map(|id| id.to_string()).unwrap_or_default()
    };
    let row = |id: i64, name: &str, kind: &str, parent: String| {
        let id = id.to_string();
        vec![id.clone(), name.to_owned(), kind.to_owned(), id, parent]
    };
    let agencies = district.agencies.iter().map(|agency| {
        let parent = parent(&agency.parent_local_education_agency_reference);
        row(agency.local_education_agency_id, &agency.name_of_institution, "district", parent)
    });
    let schools = district.schools.iter().map(|school| {
        let parent = parent(&school.local_education_agency_reference);
        row(school.school_id, &school.name_of_institution, "school", parent)
    });
    let header = ["sourcedId", "name", "type", "identifier", "parentSourcedId"];
    stage.write("oneroster/orgs.csv", &header, agencies.chain(schools))
}

fn terms(district: &District, stage: &mut Stage) -> Result<(), FetchError> {
    let year_key = |year: i64| key("year", [&year.to_string()]);
    let mut years: BTreeMap<i64, (&str, &str)> = BTreeMap::new();
    for session in &district.sessions {
        let (first, last) = (session.begin_date.as_str(), session.end_date.as_str());
        let span = years.entry(session.school_year_type_reference.school_year).or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
    }
    let of_years = years.iter().map(|(year, (first, last))| {
        let title = format!("{}-{year}", year - 1);
        vec![
            year_key(*year),
            title,
            "schoolYear".to_owned(),
            (*first).to_owned(),
            (*last).to_owned(),
            none(),
            year.to_string(),
        ]
    });
    let of_sessions = district.sessions.iter().map(|session| {
        let year = session.school_year_type_reference.school_year;
        let term = code(&session.term_descriptor);
        let kind = if term.to_lowercase().contains("semester") { "semester" } else { "term" };
        vec![
            session_key(session.school_reference.school_id, year, &session.session_name),
            if term.is_empty() { session.session_name.clone() } else { term.to_owned() },
            kind.to_owned(),
            session.begin_date.clone(),
            session.end_date.clone(),
            year_key(year),
            year.to_string(),
        ]
    });
    let header = ["sourcedId", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"];
    stage.write("oneroster/academicSessions.csv", &header, of_years.chain(of_sessions))
}

fn course_key(org: i64, code: &str) -> String {
    key("course", [&org.to_string(), code])
}

fn courses(district: &District, stage: &mut Stage) -> Result<(), FetchError> {
    let rows = district.courses.iter().map(|course| {
        let org = course.education_organization_reference.education_organization_id;
        vec![
            course_key(org, &course.course_code),
            course.course_title.clone(),
            course.course_code.clone(),
            org.to_string(),
        ]
    });
    stage.write("oneroster/courses.csv", &["sourcedId", "title", "courseCode", "orgSourcedId"], rows)
}

fn classes(district: &District, stage: &mut Stage) -> Result<(), FetchError> {
    let offering = |school: i64, year: i64, session: &str, local: &str| {
        key("offering", [&school.to_string(), &year.to_string(), session, local])
    };
    let courses: HashMap<String, String> = district
        .offerings
        .iter()
        .map(|each| {
            let at = &each.session_reference;
            let course = &each.course_reference;
            let school = each.school_reference.school_id;
            (
                offering(school, at.school_year, &at.session_name, &each.local_course_code),
                course_key(course.education_organization_id, &course.course_code),
            )
        })
        .collect();
    let homerooms: HashSet<String> = district
        .in_sections
        .iter()
        .filter(|member| member.homeroom_indicator == Some(true))
        .map(|member| section_key(&member.section_reference))
        .collect();
    let rows = district.sections.iter().map(|section| {
        let of = &section.course_offering_reference;
        let key = section_key(&section.reference());
        let course =
            courses.get(&offering(of.school_id, of.school_year, &of.session_name, &of.local_course_code));
        let periods =
            section.class_periods.iter().map(|p| p.class_period_reference.class_period_name.as_str());
        vec![
            key.clone(),
            section.section_name.clone(),
            course.cloned().unwrap_or_default(),
            of.local_course_code.clone(),
            if homerooms.contains(&key) { "homeroom" } else { "scheduled" }.to_owned(),
            section.location_reference.classroom_identification_code.clone(),
            of.school_id.to_string(),
            session_key(of.school_id, of.school_year, &of.session_name),
            periods.collect::<Vec<_>>().join(","),
        ]
    });
    let header = [
        "sourcedId",
        "title",
        "courseSourcedId",
        "classCode",
        "classType",
        "location",
        "schoolSourcedId",
        "termSourcedIds",
        "periods",
    ];
    stage.write("oneroster/classes.csv", &header, rows)
}

/// A role that somebody holds somewhere.
struct Held {
    role: &'static str,
    org: String,
    begin: String,
    end: String,
}

/// The roles of everybody by their key, in order.
struct Roles<'p>(BTreeMap<&'p str, Vec<Held>>);

impl<'p> Roles<'p> {
    fn of(district: &District, people: &'p People<'_>, stage: &mut Stage) -> Self {
        let mut roles = Self(BTreeMap::new());
        let agency = district.agencies.first().map(|agency| agency.local_education_agency_id);
        let anywhere = agency.or(district.schools.first().map(|school| school.school_id));
        let anywhere = anywhere.map(|id| id.to_string()).unwrap_or_default();
        let schools = roles.students(district, people);
        roles.staff(district, people, stage);
        for link in &district.links {
            let Some(named) = people.contact(link) else { continue };
            let role = if is_guardian(link) { "parent" } else { "relative" };
            for school in schools.get(link.student_reference.student_unique_id.as_str()).into_iter().flatten()
            {
                roles.add(named, role, school.to_string(), "", "");
            }
        }
        // Nobody is without a role: who has none could be taken for a student.
        let students = people.students.values().map(|named| (named, "student"));
        let staff = people.staff.values().map(|named| (named, "proctor"));
        let guardians =
            people.contacts.values().flat_map(|names| &names.guardian).map(|named| (named, "parent"));
        let others =
            people.contacts.values().flat_map(|names| &names.relative).map(|named| (named, "relative"));
        for (named, role) in students.chain(staff).chain(guardians).chain(others) {
            if !roles.0.contains_key(named.key.as_str()) {
                roles.add(named, role, anywhere.clone(), "", "");
            }
        }
        roles
    }

    fn add(&mut self, named: &'p Named, role: &'static str, org: String, begin: &str, end: &str) {
        let held = self.0.entry(named.key.as_str()).or_default();
        let is_same = |other: &Held| {
            (other.role, &other.org, other.begin.as_str(), other.end.as_str()) == (role, &org, begin, end)
        };
        if !held.iter().any(is_same) {
            held.push(Held { role, org, begin: begin.to_owned(), end: end.to_owned() });
        }
    }

    /// Students at the schools in which they are or were; each with their schools.
    fn students<'d>(
        &mut self,
        district: &'d District,
        people: &'p People<'_>,
    ) -> HashMap<&'d str, BTreeSet<i64>> {
        let mut schools: HashMap<&str, BTreeSet<i64>> = HashMap::new();
        // The last day at a school; nothing as long as one of the enrollments there has none.
        let mut last: BTreeMap<(&str, i64), Option<&str>> = BTreeMap::new();
        for enrollment in district.enrollments.iter().filter(|each| !each.is_void()) {
            let (student, school) = enrollment.who_and_where();
            schools.entry(student).or_default().insert(school);
            let exit = Some(enrollment.exit_withdraw_date.as_str()).filter(|exit| !exit.is_empty());
            let known = last.entry((student, school)).or_insert(exit);
            *known = known.zip(exit).map(|(a, b)| a.max(b));
        }
        for ((student, school), end) in last {
            if let Some(named) = people.students.get(student) {
                self.add(named, "student", school.to_string(), "", end.unwrap_or_default());
            }
        }
        schools
    }

    /// Staff as what they are assigned to do; teachers of sections who are assigned nothing, at their schools.
    fn staff(&mut self, district: &District, people: &'p People<'_>, stage: &mut Stage) {
        let schools: HashSet<i64> = district.schools.iter().map(|school| school.school_id).collect();
        let agencies: HashSet<i64> = district.agencies.iter().map(|a| a.local_education_agency_id).collect();
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        for assignment in &district.assignments {
            let org = assignment.education_organization_reference.education_organization_id;
            let at_school = schools.contains(&org);
            let named = people.staff.get(assignment.staff_reference.staff_unique_id.as_str());
            let (Some(named), true) = (named, at_school || agencies.contains(&org)) else { continue };
            let said = code(&assignment.staff_classification_descriptor);
            let role = role_of(said, at_school).unwrap_or_else(|| {
                unknown.insert(said);
                "proctor"
            });
            self.add(named, role, org.to_string(), &assignment.begin_date, &assignment.end_date);
        }
        let assigned: HashSet<&str> = self.0.keys().copied().collect();
        for member in &district.staff_in_sections {
            let named = people.staff.get(member.staff_reference.staff_unique_id.as_str());
            if let Some(named) = named.filter(|named| !assigned.contains(named.key.as_str())) {
                self.add(named, "teacher", member.section_reference.school_id.to_string(), "", "");
            }
        }
        if !unknown.is_empty() {
            let unknown: Vec<&str> = unknown.into_iter().collect();
            stage.note(format!("staff classifications that open nothing: {}", unknown.join("; ")));
        }
    }

    fn write(&self, stage: &mut Stage) -> Result<(), FetchError> {
        let rows = self.0.iter().flat_map(|(person, held)| {
            held.iter().enumerate().map(move |(i, held)| {
                let first = if i == 0 { "primary" } else { "secondary" };
                vec![
                    format!("{person}/{i}"),
                    (*person).to_owned(),
                    first.to_owned(),
                    held.role.to_owned(),
                    held.begin.clone(),
                    held.end.clone(),
                    held.org.clone(),
                ]
            })
        });
        let header =
            ["sourcedId", "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId"];
        stage.write("oneroster/roles.csv", &header, rows)
    }

    fn org(&self, person: &str) -> String {
        self.0.get(person).and_then(|held| held.first()).map(|held| held.org.clone()).unwrap_or_default()
    }
}

/// OneRoster's role for a staff classification; nothing where none of ours is meant. Who leads a district does so from
/// its office: at a school it is the school.
fn role_of(classification: &str, at_school: bool) -> Option<&'static str> {
    let said = classification.to_lowercase();
    Some(match said.as_str() {
        "principal" => "principal",
        "assistant principal" | "school administrator" | "school leader" => "siteAdministrator",
        "superintendent" | "assistant superintendent" | "lea administrator" if at_school => {
            "siteAdministrator"
        }
        "superintendent" | "assistant superintendent" | "lea administrator" => "districtAdministrator",
        "lea system administrator" => "systemAdministrator",
        // Elementary Teacher, Secondary School Counselor … : they see their own classes and caseload.
        _ if said.ends_with("teacher") => "teacher",
        _ if said.ends_with("counselor") => "counselor",
        _ if said.contains("instructional aide") || said == "paraprofessional" => "aide",
        _ => return None,
    })
}

/// No `enabledUser`: Ed-Fi does not say it, and what is not said enables nobody who was disabled.
const USERS: [&str; 12] = [
    "sourcedId",
    "username",
    "givenName",
    "familyName",
    "middleName",
    "identifier",
    "email",
    "agentSourcedIds",
    "grades",
    "preferredGivenName",
    "preferredFamilyName",
    "primaryOrgSourcedId",
];

/// Names as Ed-Fi has them: first, middle, last, preferred first and last.
type Names<'a> = [&'a str; 5];

fn user(named: &Named, names: Names<'_>, more: [String; 4], org: String) -> Vec<String> {
    let [first, middle, last, preferred_first, preferred_last] = names.map(str::to_owned);
    let [username, email, agents, grades] = more;
    let (key, id) = (named.key.clone(), named.id.clone());
    vec![key, username, first, last, middle, id, email, agents, grades, preferred_first, preferred_last, org]
}

fn users(
    district: &District,
    people: &People<'_>,
    roles: &Roles<'_>,
    stage: &mut Stage,
) -> Result<(), FetchError> {
    let mut agents: HashMap<&str, Vec<&str>> = HashMap::new();
    for link in district.links.iter().filter(|link| is_guardian(link)) {
        if let Some(named) = people.contact(link) {
            agents.entry(link.student_reference.student_unique_id.as_str()).or_default().push(&named.key);
        }
    }
    let grades = grades(district);
    let traits = traits_of(district);
    let mut rows = Vec::new();
    for student in &district.students {
        let unique = student.student_unique_id.as_str();
        let Some(named) = people.students.get(unique) else { continue };
        let names = [
            student.first_name.as_str(),
            &student.middle_name,
            &student.last_surname,
            &student.preferred_first_name,
            &student.preferred_last_surname,
        ];
        let known = traits.get(unique).map(Vec::as_slice).unwrap_or_default();
        let more = [
            known.iter().map(|t| t.login_id.clone()).find(|id| !id.is_empty()).unwrap_or_default(),
            known.iter().map(|t| mail(&t.electronic_mails)).find(|mail| !mail.is_empty()).unwrap_or_default(),
            agents.get(unique).map(|keys| keys.join(",")).unwrap_or_default(),
            grades.get(unique).map(|grade| (*grade).to_owned()).unwrap_or_default(),
        ];
        rows.push(user(named, names, more, roles.org(&named.key)));
    }
    for staff in &district.staffs {
        let Some(named) = people.staff.get(staff.staff_unique_id.as_str()) else { continue };
        let names = [
            staff.first_name.as_str(),
            &staff.middle_name,
            &staff.last_surname,
            &staff.preferred_first_name,
            &staff.preferred_last_surname,
        ];
        let more = [staff.login_id.clone(), mail(&staff.electronic_mails), none(), none()];
        rows.push(user(named, names, more, roles.org(&named.key)));
    }
    for contact in &district.contacts {
        let Some(known) = people.contacts.get(contact.unique_id()) else { continue };
        let names = [
            contact.first_name.as_str(),
            &contact.middle_name,
            &contact.last_surname,
            &contact.preferred_first_name,
            &contact.preferred_last_surname,
        ];
        // Who is two people signs in as the guardian. How they are reached stands in `contacts.csv`.
        for (i, named) in known.guardian.iter().chain(&known.relative).enumerate() {
            let login = if i == 0 { contact.login_id.clone() } else { none() };
            let org = roles.org(&named.key);
            rows.push(user(named, names, [login, none(), none(), none()], org));
        }
    }
    stage.write("oneroster/users.csv", &USERS, rows)
}

/// The grade of each student's latest enrollment, the primary one of those that begin on one day.
fn grades(district: &District) -> HashMap<&str, &str> {
    let mut latest: HashMap<&str, (&str, bool, &str)> = HashMap::new();
    for each in district.enrollments.iter().filter(|each| !each.is_void()) {
        let grade = code(&each.entry_grade_level_descriptor);
        let this = (each.entry_date.as_str(), each.primary_school == Some(true), grade);
        let known = latest.entry(&each.student_reference.student_unique_id).or_insert(this);
        *known = this.max(*known);
    }
    latest.into_iter().map(|(student, (.., grade))| (student, grade)).collect()
}

/// What organizations say of each student, in the order in which they were read.
pub(super) fn traits_of(district: &District) -> HashMap<&str, Vec<&Traits>> {
    let mut traits: HashMap<&str, Vec<&Traits>> = HashMap::new();
    for each in district.traits.iter().flatten() {
        traits.entry(&each.student_reference.student_unique_id).or_default().push(each);
    }
    traits
}

/// The primary address, else the first.
pub(super) fn mail(mails: &[Mail]) -> String {
    let primary = mails.iter().find(|mail| mail.primary_email_address_indicator);
    primary.or(mails.first()).map(|mail| mail.electronic_mail_address.clone()).unwrap_or_default()
}

fn members(district: &District, people: &People<'_>, stage: &mut Stage) -> Result<(), FetchError> {
    // Ed-Fi has one row for each day on which somebody began; rows that name nobody are listed by the reader.
    let row = |kind: &str,
               of: &super::rows::SectionReference,
               named: Option<&Named>,
               unique: &str,
               role: &str,
               primary: &str,
               begin: &str,
               end: &str| {
        let section = section_key(of);
        vec![
            key("member", [kind, unique, begin, &section]),
            section,
            of.school_id.to_string(),
            named.map(|named| named.key.clone()).unwrap_or_default(),
            role.to_owned(),
            primary.to_owned(),
            begin.to_owned(),
            end.to_owned(),
        ]
    };
    let students = district.in_sections.iter().map(|member| {
        let unique = member.student_reference.student_unique_id.as_str();
        let named = people.students.get(unique);
        let of = &member.section_reference;
        row("student", of, named, unique, "student", "", &member.begin_date, &member.end_date)
    });
    let staff = district.staff_in_sections.iter().map(|member| {
        let unique = member.staff_reference.staff_unique_id.as_str();
        let of_record = code(&member.classroom_position_descriptor).eq_ignore_ascii_case("teacher of record");
        let primary = if of_record { "true" } else { "false" };
        let (of, named) = (&member.section_reference, people.staff.get(unique));
        row("staff", of, named, unique, "teacher", primary, &member.begin_date, &member.end_date)
    });
    let header = [
        "sourcedId",
        "classSourcedId",
        "schoolSourcedId",
        "userSourcedId",
        "role",
        "primary",
        "beginDate",
        "endDate",
    ];
    stage.write("oneroster/enrollments.csv", &header, students.chain(staff))
}

const DEMOGRAPHICS: [&str; 10] = [
    "sourcedId",
    "birthDate",
    "sex",
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
];

fn demographics(district: &District, people: &People<'_>, stage: &mut Stage) -> Result<(), FetchError> {
    let traits = traits_of(district);
    let mut without = 0;
    let mut rows = Vec::new();
    for student in &district.students {
        let Some(named) = people.students.get(student.student_unique_id.as_str()) else { continue };
        let known = traits.get(student.student_unique_id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let sex = known.iter().map(|t| code(&t.sex_descriptor)).find(|sex| !sex.is_empty());
        let races: BTreeSet<usize> = known
            .iter()
            .flat_map(|t| &t.races)
            .filter_map(|race| race_of(code(&race.race_descriptor)))
            .collect();
        // What nobody said is not known: a student without any race has not said "no" to each.
        let said = known.iter().any(|t| !t.races.is_empty());
        let cell = |is: bool| if said { is.to_string() } else { String::new() };
        let has = |race: usize| cell(races.contains(&race));
        let hispanic = known.iter().filter_map(|t| t.hispanic_latino_ethnicity).reduce(|a, b| a || b);
        let birth = birth_date(&student.birth_date);
        without += usize::from(birth.is_empty());
        rows.push(vec![
            named.key.clone(),
            birth.to_owned(),
            sex.unwrap_or_default().to_lowercase(),
            has(0),
            has(1),
            has(2),
            has(3),
            has(4),
            cell(races.len() > 1),
            hispanic.map(|is| is.to_string()).unwrap_or_default(),
        ]);
    }
    if without > 0 {
        stage.note(format!(
            "students whose date of birth is the stand-in for one that is not known: {without}"
        ));
    }
    stage.write("oneroster/demographics.csv", &DEMOGRAPHICS, rows)
}

/// The place of a race of Ed-Fi among OneRoster's.
fn race_of(said: &str) -> Option<usize> {
    let said = said.to_lowercase();
    let words: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).collect();
    let has = |word: &str| words.contains(&word);
    // A district's own "Caucasian" is not Asian, nor its "Asian Indian" or "African American" American Indian.
    let is = [
        has("alaska") || (has("american") && (has("indian") || has("native"))),
        has("asian"),
        has("black") || has("african"),
        has("hawaiian") || has("pacific"),
        has("white") || has("caucasian"),
    ];
    is.iter().position(|is| *is)
}

/// A date of birth. Ed-Fi requires one, so systems that know none write the beginning of their calendar.
pub(super) fn birth_date(text: &str) -> &str {
    use chrono::Datelike;
    if date(text).is_some_and(|date| date.year() <= 1900) { "" } else { text }
}

impl Enrollment {
    /// Whose it is, and at which school.
    pub(super) fn who_and_where(&self) -> (&str, i64) {
        (&self.student_reference.student_unique_id, self.school_reference.school_id)
    }

    /// Whether it never came to be.
    pub(super) fn is_void(&self) -> bool {
        let why = code(&self.exit_withdraw_type_descriptor).to_lowercase().replace(['-', '_', ' '], "");
        matches!(why.as_str(), "noshow" | "invalidenrollment")
    }
}

impl super::rows::Section {
    /// As other resources refer to it.
    pub(super) fn reference(&self) -> super::rows::SectionReference {
        let of = self.course_offering_reference.clone();
        super::rows::SectionReference {
            local_course_code: of.local_course_code,
            school_id: of.school_id,
            school_year: of.school_year,
            section_identifier: self.section_identifier.clone(),
            session_name: of.session_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{race_of, role_of};

    #[test]
    fn a_race_is_read_by_its_words_and_not_by_parts_of_them() {
        for (said, place) in [
            ("American Indian - Alaska Native", Some(0)),
            ("Native American", Some(0)),
            ("Asian", Some(1)),
            ("Asian Indian", Some(1)),
            ("Black - African American", Some(2)),
            ("African American", Some(2)),
            ("Native Hawaiian - Pacific Islander", Some(3)),
            ("White", Some(4)),
            ("Caucasian", Some(4)),
            ("Choose Not to Respond", None),
            ("Other", None),
        ] {
            assert_eq!(race_of(said), place, "{said}");
        }
    }

    #[test]
    fn classifications_of_the_alliance_s_list_open_what_they_name_and_no_more() {
        for (classification, role) in [
            ("Teacher", Some("teacher")),
            ("Pre-Kindergarten Teacher", Some("teacher")),
            ("Substitute Teacher", Some("teacher")),
            ("Secondary School Counselor", Some("counselor")),
            ("Paraprofessional/Instructional Aide", Some("aide")),
            ("Principal", Some("principal")),
            ("Assistant Principal", Some("siteAdministrator")),
            ("LEA Administrator", Some("districtAdministrator")),
            ("LEA System Administrator", Some("systemAdministrator")),
            ("LEA Administrative Support Staff", None),
            ("School Administrative Support Staff", None),
            ("Instr Coordinator and Supervisor to the Staff", None),
            ("State Administrator", None),
            ("Missing", None),
        ] {
            assert_eq!(role_of(classification, false), role, "{classification}");
        }
        assert_eq!(role_of("Superintendent", true), Some("siteAdministrator"));
    }
}
