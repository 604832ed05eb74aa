//! Who works where, which sections there are, and who sits in them.

use crate::chance::{Chance, Purpose};
use crate::district::{District, Home, Level, TEACHER_FAMILY, draw_culture, grade_code};
use crate::household::{self, Name};
use crate::names::{CULTURES, plain_ascii};
use std::collections::BTreeMap;
use std::ops::Range;

/// Students a section is made for.
const SECTION_SIZE: usize = 24;
/// Subjects of middle and high school: one a period.
pub(crate) const PERIODS: usize = 6;

/// What a member of staff does, in OneRoster's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    /// Leads the district.
    DistrictAdministrator,
    /// Leads a school.
    Principal,
    /// Assists the principal of a high school.
    SiteAdministrator,
    /// Counsels the students of a caseload.
    Counselor,
    /// Teaches.
    Teacher,
    /// Assists in a homeroom of the youngest.
    Aide,
    /// Looks after the programs, and has nothing to do with students.
    SystemAdministrator,
}

impl Post {
    /// OneRoster's role.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::DistrictAdministrator => "districtAdministrator",
            Self::Principal => "principal",
            Self::SiteAdministrator => "siteAdministrator",
            Self::Counselor => "counselor",
            Self::Teacher => "teacher",
            Self::Aide => "aide",
            Self::SystemAdministrator => "systemAdministrator",
        }
    }
}

/// A member of staff.
pub(crate) struct Employee {
    /// The name.
    pub(crate) name: Name,
    /// What they do.
    pub(crate) post: Post,
    /// Where; none for the district.
    pub(crate) school: Option<usize>,
    /// The family whose first guardian they are.
    pub(crate) family: Option<u32>,
    /// The part of their e-mail before the @; nobody shares it.
    pub(crate) login: String,
}

/// The staff of one school, as places in [`Workforce::employees`].
pub(crate) struct Team {
    /// The principal.
    pub(crate) principal: u32,
    /// The counselor.
    pub(crate) counselor: u32,
    /// The teachers.
    pub(crate) teachers: Range<u32>,
    /// The aides.
    pub(crate) aides: Range<u32>,
}

/// Everybody who works for the district.
pub(crate) struct Workforce {
    /// The district administrator first, then school by school, the system administrator last.
    pub(crate) employees: Vec<Employee>,
    /// Per school.
    pub(crate) teams: Vec<Team>,
    /// Per family: the member of staff who is its first guardian.
    pub(crate) parents: BTreeMap<u32, u32>,
}

/// A section of a school.
pub(crate) struct Section {
    /// Grade.
    pub(crate) grade: u8,
    /// Which of its kind in the grade, from 0.
    pub(crate) number: usize,
    /// The subject and period, from 0; none for a homeroom.
    pub(crate) lesson: Option<Lesson>,
    /// The teacher.
    pub(crate) teacher: u32,
    /// An aide.
    pub(crate) aide: Option<u32>,
    /// The students, everyone who is in it at any time of the year.
    pub(crate) members: Vec<u32>,
}

/// What a section is taught, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lesson {
    /// Place in [`SUBJECTS`].
    pub(crate) subject: usize,
    /// The period, from 0.
    pub(crate) period: usize,
}

/// Subjects: code, and title in grades 6 to 12.
pub(crate) const SUBJECTS: [(&str, [&str; 7]); PERIODS] = [
    (
        "ELA",
        [
            "Language Arts 6",
            "Language Arts 7",
            "Language Arts 8",
            "English 9",
            "English 10",
            "English 11",
            "English 12",
        ],
    ),
    (
        "MAT",
        [
            "Mathematics 6",
            "Mathematics 7",
            "Pre-Algebra",
            "Algebra I",
            "Geometry",
            "Algebra II",
            "Statistics",
        ],
    ),
    (
        "SCI",
        [
            "Earth Science",
            "Life Science",
            "Physical Science",
            "Biology",
            "Chemistry",
            "Physics",
            "Environmental Science",
        ],
    ),
    (
        "SOC",
        [
            "Ancient World",
            "Geography",
            "Civics",
            "World History",
            "American History",
            "Economics",
            "Government & Law",
        ],
    ),
    (
        "LAN",
        [
            "Exploring Languages",
            "Spanish A",
            "Spanish B",
            "Spanish I",
            "Spanish II",
            "Spanish III",
            "Spanish IV",
        ],
    ),
    (
        "ART",
        [
            "Music",
            "Art & Design",
            "Health & Movement",
            "Physical Education",
            "Studio Art",
            "Woodshop",
            "Personal Finance",
        ],
    ),
];

impl Workforce {
    /// Fills the posts that the rolls ask for.
    pub(crate) fn hire(district: &District) -> Self {
        let mut hiring = Hiring {
            district,
            employees: Vec::new(),
            logins: BTreeMap::new(),
            parents: BTreeMap::new(),
            next_family: TEACHER_FAMILY + 11,
        };
        hiring.fill(Post::DistrictAdministrator, None, false);
        let mut teams = Vec::with_capacity(district.schools.len());
        for (n, school) in district.schools.iter().enumerate() {
            let here = Some(n);
            let principal = hiring.fill(Post::Principal, here, false);
            if school.level == Level::High {
                hiring.fill(Post::SiteAdministrator, here, false);
            }
            let counselor = hiring.fill(Post::Counselor, here, false);
            let homerooms = |g: u8| groups(district.rolls[n][usize::from(g)].len());
            let teachers = match school.level {
                Level::Elementary => school.level.grades().map(homerooms).sum(),
                _ => school.level.grades().map(homerooms).max().unwrap_or(1) * PERIODS,
            };
            let first = hiring.employees.len() as u32;
            for t in 0..teachers {
                hiring.fill(Post::Teacher, here, t % 18 == 0);
            }
            let first_aide = hiring.employees.len() as u32;
            if school.level == Level::Elementary {
                for _ in 0..homerooms(0) {
                    hiring.fill(Post::Aide, here, false);
                }
            }
            let end = hiring.employees.len() as u32;
            teams.push(Team { principal, counselor, teachers: first..first_aide, aides: first_aide..end });
        }
        hiring.fill(Post::SystemAdministrator, None, false);
        Self { employees: hiring.employees, teams, parents: hiring.parents }
    }

    /// The sections of a school in the year in hand.
    pub(crate) fn sections(&self, district: &District, school: usize) -> Vec<Section> {
        let team = &self.teams[school];
        let level = district.schools[school].level;
        let rolls = &district.rolls[school];
        let mut sections = Vec::new();
        let mut next_teacher = team.teachers.start;
        for grade in level.grades() {
            let roll = &rolls[usize::from(grade)];
            let count = groups(roll.len());
            for number in 0..count {
                let members = roll
                    .iter()
                    .enumerate()
                    .filter(|(k, _)| k * count / roll.len() == number)
                    .map(|(_, &s)| s);
                let aide = (grade == 0).then(|| team.aides.start + number as u32);
                sections.push(Section {
                    grade,
                    number,
                    lesson: None,
                    teacher: next_teacher,
                    aide: aide.filter(|a| team.aides.contains(a)),
                    members: members.collect(),
                });
                next_teacher += 1;
            }
        }
        if level == Level::Elementary {
            return sections;
        }
        // Teacher n of a subject takes section n of each grade; grades have the subject in different periods.
        let per_subject = (team.teachers.len() / PERIODS) as u32;
        for grade in level.grades() {
            let roll = &rolls[usize::from(grade)];
            let count = groups(roll.len());
            for subject in 0..PERIODS {
                let period = (subject + usize::from(grade)) % PERIODS;
                let stride = coprime(roll.len(), subject);
                let seat = |k: usize| (k * stride) % roll.len() * count / roll.len();
                for number in 0..count {
                    let members =
                        roll.iter().enumerate().filter(|(k, _)| seat(*k) == number).map(|(_, &s)| s);
                    sections.push(Section {
                        grade,
                        number,
                        lesson: Some(Lesson { subject, period }),
                        teacher: team.teachers.start + subject as u32 * per_subject + number as u32,
                        aide: None,
                        members: members.collect(),
                    });
                }
            }
        }
        sections
    }

    /// The identifier of a family's guardian, who may be on the staff.
    pub(crate) fn guardian_id(&self, district: &District, family: usize, slot: usize) -> String {
        match self.employee_of(family, slot) {
            Some(employee) => district.staff_id(employee),
            None => district.guardian_id(family, slot),
        }
    }

    /// The `sourcedId` of a family's guardian.
    pub(crate) fn guardian_key(&self, district: &District, family: usize, slot: usize) -> String {
        match self.employee_of(family, slot) {
            Some(employee) => format!("staff-{}", district.staff_id(employee)),
            None => format!("guardian-{}", district.guardian_id(family, slot)),
        }
    }

    /// The member of staff who is this guardian.
    pub(crate) fn employee_of(&self, family: usize, slot: usize) -> Option<u32> {
        if slot == 0 { self.parents.get(&(family as u32)).copied() } else { None }
    }
}

/// The `sourcedId` of a section.
pub(crate) fn section_key(school_id: &str, section: &Section) -> String {
    let grade = grade_code(section.grade);
    match section.lesson {
        None => format!("class-{school_id}-HR-{grade}-{}", section.number + 1),
        Some(lesson) => {
            format!("class-{school_id}-{}-{grade}-{}", SUBJECTS[lesson.subject].0, section.number + 1)
        }
    }
}

/// How many groups so many students are divided into.
fn groups(students: usize) -> usize {
    students.div_ceil(SECTION_SIZE)
}

/// A step that visits every place of a roll once, another one for each subject, so that classes mix.
fn coprime(len: usize, subject: usize) -> usize {
    fn gcd(a: usize, b: usize) -> usize {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    const STEPS: [usize; 12] = [1, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];
    STEPS.iter().copied().filter(|&s| gcd(s, len) == 1).nth(subject).unwrap_or(1)
}

struct Hiring<'a> {
    district: &'a District,
    employees: Vec<Employee>,
    logins: BTreeMap<String, u32>,
    parents: BTreeMap<u32, u32>,
    next_family: usize,
}

impl Hiring<'_> {
    fn fill(&mut self, post: Post, school: Option<usize>, parent: bool) -> u32 {
        let number = self.employees.len() as u32;
        let family = if parent { self.family() } else { None };
        let guardian =
            family.and_then(|f| household::of(self.district, f as usize).guardians.into_iter().next());
        let name = match guardian {
            Some(guardian) => guardian.name,
            None => {
                let mut chance = Chance::of(self.district.seed, Purpose::Staff, u64::from(number));
                let culture = if chance.percent(45) { 0 } else { usize::from(draw_culture(&mut chance)) };
                let female = chance.percent(68);
                household::adult(&mut chance, &CULTURES[culture], female)
            }
        };
        if let Some(family) = family {
            self.parents.insert(family, number);
        }
        let base = format!("{}.{}", plain_ascii(&name.given), plain_ascii(&name.family));
        let seen = self.logins.entry(base.clone()).or_insert(0);
        *seen += 1;
        let login = if *seen == 1 { base } else { format!("{base}{seen}") };
        self.employees.push(Employee { name, post, school, family, login });
        number
    }

    /// The family of note first, then every so often another of two parents.
    fn family(&mut self) -> Option<u32> {
        let families = &self.district.families;
        if self.parents.is_empty() {
            return Some(TEACHER_FAMILY as u32);
        }
        let from = self.next_family;
        let found = (from..families.len())
            .find(|&f| families[f].home == Home::Together && families[f].children > 0)?;
        self.next_family = found + 19;
        Some(found as u32)
    }
}
