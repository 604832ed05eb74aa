//! Which grants follow from a roster. Pure: the store reads the roster, and writes what comes out.
//!
//! | the roster says | grant |
//! |---|---|
//! | principal, siteAdministrator at a school | school administrator of it |
//! | districtAdministrator | district administrator |
//! | teacher, aide in a section | teacher of it, while they are a member |
//! | counselor | the students on their caseload |
//! | parent, guardian of a student | guardian of the child, to the day before the 18th birthday, unless restricted |
//! | student with a birth date | their own record, from the 18th birthday |
//! | systemAdministrator, relative, proctor, anyone not enabled or no longer in the roster | nothing |

use crate::grant::{Grant, GrantScope};
use chrono::{Datelike, NaiveDate};
use model::ids::{PersonId, SchoolId, SectionId, StudentId};
use model::role::Role;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What of a roster matters for grants.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// People who are in the roster and enabled. Nobody else is granted anything.
    pub people: HashSet<PersonId>,
    /// Roles held at orgs.
    pub roles: Vec<HeldRole>,
    /// Staff who are members of sections.
    pub section_staff: Vec<SectionStaff>,
    /// Pairs of people of whom one names the other as agent (`agentSourcedIds`), or of student and contact.
    pub links: Vec<(PersonId, PersonId)>,
    /// Student and contact between whom a legal document stands.
    pub restricted: HashSet<(StudentId, PersonId)>,
    /// Students: people with that role or with an enrollment.
    pub students: HashSet<StudentId>,
    /// Dates of birth.
    pub births: HashMap<PersonId, NaiveDate>,
}

/// A role at an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// Who holds it.
    pub person: PersonId,
    /// The source's word for it.
    pub role: String,
    /// The school, where the org is one.
    pub school: Option<SchoolId>,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub to: Option<NaiveDate>,
}

/// A member of a section other than a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionStaff {
    /// Who.
    pub person: PersonId,
    /// The section.
    pub section: SectionId,
    /// The source's word for their part.
    pub role: String,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub to: Option<NaiveDate>,
}

/// The grants that follow from a roster, each with whom it is given to.
pub fn grants(roster: &Roster) -> BTreeSet<(PersonId, Grant)> {
    let mut out = BTreeSet::new();
    let mut parents: HashMap<PersonId, Vec<Days>> = HashMap::new();
    let here = |person: &PersonId| roster.people.contains(person);
    for held in roster.roles.iter().filter(|h| here(&h.person)) {
        let scope = match (word(&held.role).as_str(), held.school) {
            ("principal" | "siteadministrator", Some(school)) => {
                Some((Role::SchoolAdministrator, GrantScope::School(school)))
            }
            ("districtadministrator", _) => Some((Role::DistrictAdministrator, GrantScope::District)),
            ("counselor", _) => Some((Role::Counselor, GrantScope::Caseload)),
            ("parent" | "guardian", _) => {
                parents.entry(held.person).or_default().push((held.from, held.to));
                None
            }
            _ => None,
        };
        if let Some((role, scope)) = scope {
            out.insert((held.person, Grant { role, scope, from: held.from, to: held.to }));
        }
    }
    for member in roster.section_staff.iter().filter(|m| here(&m.person)) {
        if matches!(word(&member.role).as_str(), "teacher" | "aide") {
            let scope = GrantScope::Section(member.section);
            out.insert((
                member.person,
                Grant { role: Role::Teacher, scope, from: member.from, to: member.to },
            ));
        }
    }
    for (a, b) in &roster.links {
        for (parent, child) in [(*a, b.student()), (*b, a.student())] {
            let Some(spans) = parents.get(&parent) else { continue };
            if !roster.students.contains(&child)
                || parent.student() == child
                || roster.restricted.contains(&(child, parent))
            {
                continue;
            }
            let until = roster.births.get(&child.person()).and_then(|b| eighteenth(*b)?.pred_opt());
            for (from, to) in spans {
                let to = match (*to, until) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                let scope = GrantScope::Child(child);
                out.insert((parent, Grant { role: Role::Guardian, scope, from: *from, to }));
            }
        }
    }
    for student in roster.students.iter().filter(|s| here(&s.person())) {
        if let Some(from) = roster.births.get(&student.person()).and_then(|b| eighteenth(*b)) {
            let grant =
                Grant { role: Role::AdultStudent, scope: GrantScope::Own, from: Some(from), to: None };
            out.insert((student.person(), grant));
        }
    }
    out
}

/// First and last day, where there are such.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// A source's word, without case and signs.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The 18th birthday. Somebody born on 29 February turns 18 on 1 March of a common year: until then the parents'
/// rights have not passed for certain.
fn eighteenth(birth: NaiveDate) -> Option<NaiveDate> {
    let year = birth.year() + 18;
    NaiveDate::from_ymd_opt(year, birth.month(), birth.day()).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
}
