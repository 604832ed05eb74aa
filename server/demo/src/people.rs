//! People of note: those worth stepping into to see the product from their side.

use crate::district::{
    ADULT_FAMILY, BELOW_FAMILY, District, EXACT_FAMILY, LARGE_FAMILY, LEFT_FAMILY, LONG_NAME_FAMILY,
    MOVED_FAMILY, Path, RESTRICTED_FAMILY, TEACHER_FAMILY, TWO_MARKS_FAMILY, WITHDRAWN_FAMILY,
};
use crate::household::{self, Name};
use crate::staff::{Post, Workforce};

/// A person of note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notable {
    /// Why they are of note: one of [`why`], the same in every district.
    pub why: String,
    /// Their OneRoster identifier.
    pub person_id: String,
    /// Their name, as one would say it.
    pub name: String,
    /// Their role in words, such as `principal of Maple Grove Elementary School`.
    pub role: String,
}

/// The reasons, as `people-of-note.csv` writes them.
pub mod why {
    /// Leads the district.
    pub const DISTRICT_ADMINISTRATOR: &str = "district administrator";
    /// Leads a school; one for each.
    pub const PRINCIPAL: &str = "principal";
    /// Has a homeroom; one for each school.
    pub const HOMEROOM_TEACHER: &str = "homeroom teacher";
    /// Assists in a homeroom.
    pub const AIDE: &str = "aide";
    /// Looks after the programs: the roster's role gives nothing by itself.
    pub const SYSTEM_ADMINISTRATOR: &str = "system administrator";
    /// Has a caseload; one for each school.
    pub const COUNSELOR: &str = "counselor";
    /// Teaches, and has children in the district.
    pub const TEACHER_AND_PARENT: &str = "teacher and parent";
    /// Has four children in the district.
    pub const PARENT_OF_SEVERAL: &str = "parent of several children";
    /// A court order keeps the records from this parent.
    pub const RESTRICTED_PARENT: &str = "parent under a legal restriction";
    /// The other parent of the same children.
    pub const UNRESTRICTED_PARENT: &str = "other parent, without the restriction";
    /// A student who turned 18.
    pub const ADULT_STUDENT: &str = "student of 18";
    /// A parent of that student: the rights have passed on.
    pub const PARENT_OF_ADULT: &str = "parent of a student of 18";
    /// A student who left.
    pub const WITHDRAWN: &str = "withdrawn student";
    /// A student who changed schools during the year.
    pub const MOVED: &str = "student who changed schools";
    /// A student whose absences just meet ten percent.
    pub const EXACTLY_AT: &str = "student exactly at ten percent";
    /// A student whom one more absence would bring there.
    pub const ONE_BELOW: &str = "student one absence below ten percent";
    /// A student with two marks on one day.
    pub const TWO_MARKS: &str = "student with two marks on one day";
    /// The student with the longest name.
    pub const LONG_NAME: &str = "student with a long name";
}

fn spoken(name: &Name) -> String {
    format!("{} {}", name.given, name.family)
}

/// Finds them.
pub(crate) fn choose(district: &District, staff: &Workforce) -> Vec<Notable> {
    let mut people = Vec::new();
    let mut add = |why: &str, person_id: String, name: String, role: String| {
        people.push(Notable { why: why.to_owned(), person_id, name, role });
    };
    let mut employee = |why: &str, number: u32| {
        let employee = &staff.employees[number as usize];
        let school = employee.school.map(|s| district.schools[s].name.as_str());
        let role = match (employee.post, school) {
            (Post::Principal, Some(school)) => format!("principal of {school}"),
            (Post::Counselor, Some(school)) => format!("counselor at {school}"),
            (Post::Aide, Some(school)) => format!("aide at {school}"),
            (_, Some(school)) => format!("teacher at {school}"),
            (Post::SystemAdministrator, None) => "system administrator".to_owned(),
            (_, None) => "district administrator".to_owned(),
        };
        add(why, district.staff_id(number), spoken(&employee.name), role);
    };
    employee(why::DISTRICT_ADMINISTRATOR, 0);
    for (n, team) in staff.teams.iter().enumerate() {
        employee(why::PRINCIPAL, team.principal);
        // The first homeroom of the school's middle grade, so that the teacher is not always the same kind.
        let homerooms: Vec<u32> = staff
            .sections(district, n)
            .into_iter()
            .filter(|s| s.lesson.is_none())
            .map(|s| s.teacher)
            .filter(|&t| staff.employees[t as usize].family.is_none())
            .collect();
        if let Some(&teacher) = homerooms.get(homerooms.len() / 2) {
            employee(why::HOMEROOM_TEACHER, teacher);
        }
        employee(why::COUNSELOR, team.counselor);
    }
    if let Some(aide) = staff.teams.iter().find_map(|team| team.aides.clone().next()) {
        employee(why::AIDE, aide);
    }
    employee(why::SYSTEM_ADMINISTRATOR, staff.employees.len() as u32 - 1);
    if let Some(&teacher) = staff.parents.get(&(TEACHER_FAMILY as u32)) {
        employee(why::TEACHER_AND_PARENT, teacher);
    }
    let mut guardian = |why: &str, family: usize, slot: usize| {
        let household = household::of(district, family);
        if let Some(guardian) = household.guardians.get(slot) {
            let children: Vec<&str> = household.children.iter().map(|c| c.name.given.as_str()).collect();
            let role = format!("{} of {}", guardian.relation.to_lowercase(), children.join(", "));
            add(why, staff.guardian_id(district, family, slot), spoken(&guardian.name), role);
        }
    };
    guardian(why::PARENT_OF_SEVERAL, LARGE_FAMILY, 0);
    guardian(why::RESTRICTED_PARENT, RESTRICTED_FAMILY, 1);
    guardian(why::UNRESTRICTED_PARENT, RESTRICTED_FAMILY, 0);
    guardian(why::PARENT_OF_ADULT, ADULT_FAMILY, 0);
    let mut student = |why: &str, family: usize| {
        let household = household::of(district, family);
        let number = district.families[family].first;
        let student = &district.students[number as usize];
        if let (Some(child), Some(span)) = (household.children.first(), district.latest(student)) {
            let school = &district.schools[span.school].name;
            let role = match (span.exit, span.grade) {
                (None, grade) => format!("student, grade {grade}, {school}"),
                (Some(exit), _) => format!("student at {school} until {exit}"),
            };
            add(why, district.student_id(number), spoken(&child.name), role);
        }
    };
    student(why::ADULT_STUDENT, ADULT_FAMILY);
    // Early in the year nobody has left yet: then it is one who left last year.
    let left_this_year =
        !district.is_enrolled(&district.students[district.families[WITHDRAWN_FAMILY].first as usize]);
    student(why::WITHDRAWN, if left_this_year { WITHDRAWN_FAMILY } else { LEFT_FAMILY });
    let mover = &district.students[district.families[MOVED_FAMILY].first as usize];
    if matches!(mover.path, Path::Moves(..)) && district.spans(mover, 0).len() == 2 {
        student(why::MOVED, MOVED_FAMILY);
    }
    student(why::EXACTLY_AT, EXACT_FAMILY);
    student(why::ONE_BELOW, BELOW_FAMILY);
    student(why::TWO_MARKS, TWO_MARKS_FAMILY);
    student(why::LONG_NAME, LONG_NAME_FAMILY);
    people
}
