//! `oneroster.zip`: the roster as OneRoster 1.2 bulk CSV (1EdTech OneRoster 1.2 CSV binding). Flat; in bulk mode
//! `status` and `dateLastModified` are blank; truth values are lower case; lists stand in one quoted cell.

use crate::calendar::earlier;
use crate::chance::{Chance, Purpose};
use crate::district::{District, Level, Span, grade_code};
use crate::household::{self, Guardian, Household};
use crate::names::CULTURES;
use crate::sheet::{Sheet, at, private_file};
use crate::staff::{PERIODS, SUBJECTS, Section, Workforce, section_key};
use crate::{DISTRICT_ID, DISTRICT_NAME, Error, Steps, WrittenFile};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The file's name in the folder.
pub(crate) const ZIP: &str = "oneroster.zip";

/// Every file of the 1.2 catalogue; the manifest states each one's mode.
const CATALOGUE: [&str; 21] = [
    "academicSessions",
    "categories",
    "classes",
    "classResources",
    "courses",
    "courseResources",
    "demographics",
    "enrollments",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "orgs",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "roles",
    "scoreScales",
    "userProfiles",
    "userResources",
    "users",
];

const SESSIONS: &str =
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear";
const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId";
const COURSES: &str = "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes";
const CLASSES: &str = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods";
const USERS: &str = "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns";
const ROLES: &str = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId";
const ENROLLMENTS: &str = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate";
const DEMOGRAPHICS: &str = "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus";

/// The zip under way: one sheet after the other.
struct Bundle {
    zip: ZipWriter<BufWriter<File>>,
    path: PathBuf,
    files: Vec<WrittenFile>,
}

type ZipSheet<'a> = Sheet<&'a mut ZipWriter<BufWriter<File>>>;

impl Bundle {
    fn add(
        &mut self,
        name: &str,
        header: &str,
        fill: impl FnOnce(&mut ZipSheet<'_>) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        // A fixed time stamp, so that the same district gives the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(4))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        let written =
            self.zip.start_file(format!("{name}.csv"), options).map_err(std::io::Error::from).and_then(
                |()| {
                    let mut sheet = Sheet::begin(&mut self.zip, header)?;
                    fill(&mut sheet)?;
                    sheet.end()
                },
            );
        let rows = at(&self.path, written)?;
        self.files.push(WrittenFile { name: format!("{ZIP}/{name}.csv"), rows });
        Ok(())
    }
}

/// Writes the zip.
pub(crate) fn write(
    district: &District,
    staff: &Workforce,
    out: &Path,
    steps: &mut Steps<'_>,
) -> Result<Vec<WrittenFile>, Error> {
    let path = out.join(ZIP);
    let file = at(&path, private_file(&path))?;
    let mut bundle =
        Bundle { zip: ZipWriter::new(BufWriter::with_capacity(1 << 18, file)), path, files: Vec::new() };
    let roster = Roster { district, staff };
    bundle.add("manifest", "propertyName,value", manifest)?;
    bundle.add("orgs", ORGS, |sheet| roster.orgs(sheet))?;
    bundle.add("academicSessions", SESSIONS, |sheet| roster.sessions(sheet))?;
    bundle.add("courses", COURSES, |sheet| roster.courses(sheet))?;
    bundle.add("classes", CLASSES, |sheet| roster.classes(sheet))?;
    bundle.add("users", USERS, |sheet| roster.users(sheet, steps))?;
    bundle.add("roles", ROLES, |sheet| roster.roles(sheet))?;
    bundle.add("enrollments", ENROLLMENTS, |sheet| roster.enrollments(sheet))?;
    bundle.add("demographics", DEMOGRAPHICS, |sheet| roster.demographics(sheet))?;
    let Bundle { zip, path, files } = bundle;
    let inner = at(&path, zip.finish().map_err(std::io::Error::from))?;
    at(&path, inner.into_inner().map_err(|e| e.into_error()).map(drop))?;
    Ok(files)
}

fn manifest(sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
    const HELD: [&str; 8] =
        ["academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "roles", "users"];
    sheet.row(&["manifest.version", "1.0"])?;
    sheet.row(&["oneroster.version", "1.2"])?;
    for name in CATALOGUE {
        let mode = if HELD.contains(&name) { "bulk" } else { "absent" };
        sheet.row(&[&format!("file.{name}"), mode])?;
    }
    sheet.row(&["source.systemName", "Demo district"])?;
    sheet.row(&["source.systemCode", DISTRICT_ID])
}

struct Roster<'a> {
    district: &'a District,
    staff: &'a Workforce,
}

const DISTRICT_KEY: &str = "org-district";

fn org_key(school_id: &str) -> String {
    format!("org-{school_id}")
}

fn course_key(code: &str) -> String {
    format!("course-{code}")
}

fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

impl Roster<'_> {
    fn school_key(&self, school: usize) -> String {
        org_key(&self.district.schools[school].id)
    }

    fn student_key(&self, number: u32) -> String {
        format!("student-{}", self.district.student_id(number))
    }

    fn session_key(&self, which: usize, part: &str) -> String {
        format!("session-{}-{part}", self.district.years[which].year)
    }

    fn orgs(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        sheet.row(&[DISTRICT_KEY, "", "", DISTRICT_NAME, "district", DISTRICT_ID, ""])?;
        for school in &self.district.schools {
            sheet.row(&[&org_key(&school.id), "", "", &school.name, "school", &school.id, DISTRICT_KEY])?;
        }
        Ok(())
    }

    fn sessions(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        for which in [1, 0] {
            let year = &self.district.years[which];
            let ends_in = (year.year.0 + 1).to_string();
            let whole = self.session_key(which, "year");
            let mut add = |key: &str, title: &str, kind: &str, from: String, to: String, parent: &str| {
                sheet.row(&[key, "", "", title, kind, &from, &to, parent, &ends_in])
            };
            let (first, last) = (year.first().to_string(), year.last().to_string());
            add(&whole, &year.year.to_string(), "schoolYear", first, last, "")?;
            for (fall, part, title) in [(true, "fall", "Fall Semester"), (false, "spring", "Spring Semester")]
            {
                let (from, to) = year.semester(fall);
                let title = format!("{} {title}", year.year);
                let key = self.session_key(which, part);
                add(&key, &title, "semester", from.to_string(), to.to_string(), &whole)?;
            }
        }
        Ok(())
    }

    fn courses(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        let year = self.session_key(0, "year");
        let mut add = |code: &str, title: &str, grade: &str, subject: &str| {
            sheet.row(&[&course_key(code), "", "", &year, title, code, grade, DISTRICT_KEY, subject, ""])
        };
        for level in [Level::Elementary, Level::Middle, Level::High] {
            for grade in level.grades() {
                let code = grade_code(grade);
                add(&format!("HR-{code}"), &homeroom_title(grade), &code, "")?;
                if level == Level::Elementary {
                    continue;
                }
                for (subject, titles) in SUBJECTS {
                    let title = titles[usize::from(grade - 6)];
                    add(&format!("{subject}-{code}"), title, &code, title)?;
                }
            }
        }
        Ok(())
    }

    fn classes(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        let terms = format!("{},{}", self.session_key(0, "fall"), self.session_key(0, "spring"));
        for (n, school) in self.district.schools.iter().enumerate() {
            let school_key = org_key(&school.id);
            for section in self.staff.sections(self.district, n) {
                let grade = grade_code(section.grade);
                let key = section_key(&school.id, &section);
                let first_teacher = self.staff.teams[n].teachers.start;
                let room = (101 + section.teacher - first_teacher).to_string();
                let (title, course, kind, period) = self.describe(school.level, &section, &grade);
                let code = format!("{course}-{}", section.number + 1);
                sheet.row(&[
                    &key,
                    "",
                    "",
                    &title,
                    &grade,
                    &course_key(&course),
                    &code,
                    kind,
                    &room,
                    &school_key,
                    &terms,
                    "",
                    "",
                    &period,
                ])?;
            }
        }
        Ok(())
    }

    /// A section's title, course code, class type and period.
    fn describe(
        &self,
        level: Level,
        section: &Section,
        grade: &str,
    ) -> (String, String, &'static str, String) {
        match section.lesson {
            None => {
                let teacher = &self.staff.employees[section.teacher as usize].name.family;
                let title = format!("{}, {teacher}", homeroom_title(section.grade));
                let period = if level == Level::Elementary { "AM,PM" } else { "HR" };
                (title, format!("HR-{grade}"), "homeroom", period.to_owned())
            }
            Some(lesson) => {
                let (code, titles) = SUBJECTS[lesson.subject];
                let period = lesson.period % PERIODS + 1;
                let title = format!(
                    "{}, period {period}, section {}",
                    titles[usize::from(section.grade - 6)],
                    section.number + 1
                );
                (title, format!("{code}-{grade}"), "scheduled", period.to_string())
            }
        }
    }

    /// The children of a family that are in the export.
    fn known_children(&self, family: usize) -> Vec<u32> {
        self.district.children(family).filter(|(_, s)| self.district.is_known(s)).map(|(n, _)| n).collect()
    }

    fn children_keys(&self, family: usize) -> String {
        self.known_children(family).into_iter().map(|n| self.student_key(n)).collect::<Vec<_>>().join(",")
    }

    /// Every guardian who is not on the staff: family, slot, who.
    fn each_guardian(
        &self,
        mut visit: impl FnMut(usize, usize, &Guardian) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        for family in 0..self.district.families.len() {
            if self.known_children(family).is_empty() {
                continue;
            }
            for (slot, guardian) in household::of(self.district, family).guardians.iter().enumerate() {
                if self.staff.employee_of(family, slot).is_none() {
                    visit(family, slot, guardian)?;
                }
            }
        }
        Ok(())
    }

    /// Every student in the export, with the household.
    fn each_student(
        &self,
        mut visit: impl FnMut(u32, &Household) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        for family in 0..self.district.families.len() {
            let known = self.known_children(family);
            if known.is_empty() {
                continue;
            }
            let household = household::of(self.district, family);
            for number in known {
                visit(number, &household)?;
            }
        }
        Ok(())
    }

    fn users(&self, sheet: &mut ZipSheet<'_>, steps: &mut Steps<'_>) -> std::io::Result<()> {
        for (n, employee) in self.staff.employees.iter().enumerate() {
            let id = self.district.staff_id(n as u32);
            let children = employee.family.map(|f| self.children_keys(f as usize)).unwrap_or_default();
            let mail = format!("{}@harlanridge.example", employee.login);
            let org = employee.school.map_or_else(|| DISTRICT_KEY.to_owned(), |s| self.school_key(s));
            let user = User {
                key: &format!("staff-{id}"),
                enabled: true,
                username: &employee.login,
                name: &employee.name,
                id: &id,
                email: &mail,
                phone: "",
                agents: &children,
                grade: "",
                org: &org,
            };
            user.write(sheet)?;
        }
        let mut stepped = 0;
        self.each_student(|number, household| {
            let student = &self.district.students[number as usize];
            let child = &household.children[usize::from(student.slot)];
            let id = self.district.student_id(number);
            let guardians: Vec<String> = (0..household.guardians.len())
                .map(|slot| self.staff.guardian_key(self.district, student.family as usize, slot))
                .collect();
            let latest = self.district.latest(student);
            let grade = latest.map(|span| grade_code(span.grade)).unwrap_or_default();
            let org = latest.map(|span| self.school_key(span.school)).unwrap_or_default();
            while stepped <= number {
                steps.step();
                stepped += 1;
            }
            let user = User {
                key: &self.student_key(number),
                enabled: self.district.is_enrolled(student),
                username: &format!("s{id}"),
                name: &child.name,
                id: &id,
                email: "",
                phone: "",
                agents: &guardians.join(","),
                grade: &grade,
                org: &org,
            };
            user.write(sheet)
        })?;
        while (stepped as usize) < self.district.students.len() {
            steps.step();
            stepped += 1;
        }
        self.each_guardian(|family, slot, guardian| {
            let id = self.district.guardian_id(family, slot);
            let enabled = self.district.children(family).any(|(_, s)| self.district.is_enrolled(s));
            let user = User {
                key: &format!("guardian-{id}"),
                enabled,
                username: &format!("g{id}"),
                name: &guardian.name,
                id: &id,
                email: &guardian.email,
                phone: &guardian.phone,
                agents: &self.children_keys(family),
                grade: "",
                org: &self.family_orgs(family).first().map(|(key, _)| key.clone()).unwrap_or_default(),
            };
            user.write(sheet)
        })
    }

    /// The schools of a family's children, each once, in the children's order, with whether it is the present one.
    fn family_orgs(&self, family: usize) -> Vec<(String, bool)> {
        let mut orgs: Vec<(String, bool)> = Vec::new();
        for (_, student) in self.district.children(family) {
            if let Some(span) = self.district.latest(student) {
                let key = self.school_key(span.school);
                let here = self.district.is_enrolled(student);
                match orgs.iter_mut().find(|(known, _)| *known == key) {
                    Some(entry) => entry.1 |= here,
                    None => orgs.push((key, here)),
                }
            }
        }
        orgs
    }

    fn roles(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        let mut add = |user: &str, primary: bool, role: &str, end: &str, org: &str, n: usize| {
            let kind = if primary { "primary" } else { "secondary" };
            sheet.row(&[&format!("role-{user}-{n}"), "", "", user, kind, role, "", end, org, ""])
        };
        for (n, employee) in self.staff.employees.iter().enumerate() {
            let user = format!("staff-{}", self.district.staff_id(n as u32));
            let org = employee.school.map_or_else(|| DISTRICT_KEY.to_owned(), |s| self.school_key(s));
            add(&user, true, employee.post.role(), "", &org, 1)?;
            let family = employee.family.map(|f| self.family_orgs(f as usize)).unwrap_or_default();
            for (k, (org, _)) in family.iter().enumerate() {
                add(&user, false, "parent", "", org, k + 2)?;
            }
        }
        self.each_student(|number, _| {
            let student = &self.district.students[number as usize];
            let Some(span) = self.district.latest(student) else { return Ok(()) };
            let end = span.exit.map(|d| earlier(d, 1).to_string()).unwrap_or_default();
            add(&self.student_key(number), true, "student", &end, &self.school_key(span.school), 1)
        })?;
        self.each_guardian(|family, slot, guardian| {
            let user = self.staff.guardian_key(self.district, family, slot);
            for (k, (org, _)) in self.family_orgs(family).iter().enumerate() {
                add(&user, k == 0, guardian.role, "", org, k + 1)?;
            }
            Ok(())
        })
    }

    fn enrollments(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        let first = self.district.years[0].first().to_string();
        for (n, school) in self.district.schools.iter().enumerate() {
            let school_key = org_key(&school.id);
            for section in self.staff.sections(self.district, n) {
                let class = section_key(&school.id, &section);
                let mut add = |user: &str, role: &str, primary: bool, begin: &str, end: &str| {
                    let key = format!("{class}.{user}");
                    let primary = bool_text(primary);
                    sheet.row(&[&key, "", "", &class, &school_key, user, role, primary, begin, end])
                };
                let staff_key = |number| format!("staff-{}", self.district.staff_id(number));
                add(&staff_key(section.teacher), "teacher", true, &first, "")?;
                // OneRoster 1.2 has no enrollment role for aides: a teacher who is not the primary one.
                if let Some(aide) = section.aide {
                    add(&staff_key(aide), "teacher", false, &first, "")?;
                }
                for &number in &section.members {
                    let student = &self.district.students[number as usize];
                    let spans = self.district.spans(student, 0);
                    let Some(span) = spans.iter().find(|s| is_at(s, n, section.grade)) else { continue };
                    let end = span.exit.map(|d| earlier(d, 1).to_string()).unwrap_or_default();
                    add(&self.student_key(number), "student", false, &span.entry.to_string(), &end)?;
                }
            }
        }
        Ok(())
    }

    fn demographics(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        self.each_student(|number, household| {
            let student = &self.district.students[number as usize];
            let child = &household.children[usize::from(student.slot)];
            let culture = &CULTURES[usize::from(self.district.families[student.family as usize].culture)];
            let mut chance = Chance::of(self.district.seed, Purpose::Student, u64::from(number) | 1 << 40);
            let several = chance.percent(5);
            let race = |name: &str| bool_text(culture.race == name || (several && name == "white"));
            sheet.row(&[
                &self.student_key(number),
                "",
                "",
                &self.district.birth_date(number).to_string(),
                if child.female { "female" } else { "male" },
                race("americanIndianOrAlaskaNative"),
                race("asian"),
                race("blackOrAfricanAmerican"),
                race("nativeHawaiianOrOtherPacificIslander"),
                race("white"),
                bool_text(several && culture.race != "white"),
                bool_text(culture.hispanic),
                "",
                "",
                "",
                "",
            ])
        })
    }
}

fn is_at(span: &Span, school: usize, grade: u8) -> bool {
    span.school == school && span.grade == grade
}

fn homeroom_title(grade: u8) -> String {
    match grade {
        0 => "Kindergarten".to_owned(),
        1..=5 => format!("Grade {grade}"),
        _ => format!("Homeroom {grade}"),
    }
}

/// A row of `users.csv`.
struct User<'a> {
    key: &'a str,
    enabled: bool,
    username: &'a str,
    name: &'a household::Name,
    id: &'a str,
    email: &'a str,
    phone: &'a str,
    agents: &'a str,
    grade: &'a str,
    org: &'a str,
}

impl User<'_> {
    fn write(&self, sheet: &mut ZipSheet<'_>) -> std::io::Result<()> {
        sheet.row(&[
            self.key,
            "",
            "",
            bool_text(self.enabled),
            self.username,
            "",
            &self.name.given,
            &self.name.family,
            &self.name.middle,
            self.id,
            self.email,
            "",
            self.phone,
            self.agents,
            self.grade,
            "",
            "",
            "",
            "",
            "",
            self.org,
            "",
        ])
    }
}
