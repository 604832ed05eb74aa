//! Roles, what each may do, and why somebody may see a student.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A role in a district. It comes from the roster and leaves with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Teaches (or assists in) sections; sees the students of these.
    Teacher,
    /// Has a caseload; sees the students on it.
    Counselor,
    /// Leads a school; sees its students.
    SchoolAdministrator,
    /// Leads the district; sees its students.
    DistrictAdministrator,
    /// A parent or guardian; sees their own children, unless a legal restriction says no, until they are 18.
    Guardian,
    /// A student of 18 or more: the parents' rights have passed to them (34 CFR 99.5); sees their own record.
    AdultStudent,
}

impl Role {
    /// Every role, in the order of the golden table.
    pub const ALL: [Self; 6] = [
        Self::Teacher,
        Self::Counselor,
        Self::SchoolAdministrator,
        Self::DistrictAdministrator,
        Self::Guardian,
        Self::AdultStudent,
    ];

    /// The name used in the store, on the command line and in the golden table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Counselor => "counselor",
            Self::SchoolAdministrator => "school-administrator",
            Self::DistrictAdministrator => "district-administrator",
            Self::Guardian => "guardian",
            Self::AdultStudent => "adult-student",
        }
    }

    /// Reads a role's name, or OneRoster's own word for it (`principal`, `siteAdministrator`, `parent`, `aide` …).
    pub fn read(text: &str) -> Option<Self> {
        let key: String =
            text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match key.as_str() {
            "teacher" | "aide" => Some(Self::Teacher),
            "counselor" => Some(Self::Counselor),
            "schooladministrator" | "principal" | "siteadministrator" => Some(Self::SchoolAdministrator),
            "districtadministrator" => Some(Self::DistrictAdministrator),
            "guardian" | "parent" => Some(Self::Guardian),
            "adultstudent" => Some(Self::AdultStudent),
            _ => None,
        }
    }

    /// Whether the role is of the school's side.
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::Guardian | Self::AdultStudent)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something a role may do with what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See the worklist and the list of students (of those one may see).
    Worklist,
    /// See a student's attendance and signals.
    Attendance,
    /// See the reason the school noted for an absence; it may speak of health.
    AbsenceReason,
    /// See guardians, addresses, phones and e-mail.
    Contacts,
    /// See a school's figures as a whole.
    SchoolFigures,
    /// Try out rules on a school's marks, without names.
    RuleLab,
    /// Make rules of the district's own.
    Policies,
    /// See when data last came and what is missing.
    DataStatus,
    /// Say when data comes from where, let removals go, end a source.
    Sources,
    /// See the rows that were set aside, which may name a student of any school.
    SetAsideRows,
    /// See one's own children's days in the family's words.
    Family,
}

impl Capability {
    /// Every capability, in the order of the golden table.
    pub const ALL: [Self; 11] = [
        Self::Worklist,
        Self::Attendance,
        Self::AbsenceReason,
        Self::Contacts,
        Self::SchoolFigures,
        Self::RuleLab,
        Self::Policies,
        Self::DataStatus,
        Self::Sources,
        Self::SetAsideRows,
        Self::Family,
    ];
}

/// Why somebody may see a student: the relation that opens the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "because", content = "name", rename_all = "snake_case")]
pub enum SeenBecause {
    /// The student is in a section they teach (its title).
    Section(String),
    /// The student is on their caseload.
    Caseload,
    /// The student is, or was, enrolled at their school (its name).
    School(String),
    /// They lead the district.
    District,
    /// The student is their child.
    Child,
    /// It is their own record.
    Own,
}
