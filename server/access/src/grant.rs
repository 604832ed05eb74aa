//! A role, what it opens, and from when to when.

use chrono::NaiveDate;
use model::ids::{PersonId, SchoolId, SectionId, StudentId};
use model::role::Role;

/// What a grant opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantScope {
    /// Every student of the district.
    District,
    /// The students of a school, past ones too.
    School(SchoolId),
    /// The students of a section, while they and the grantee are members of it.
    Section(SectionId),
    /// The students on the grantee's caseload.
    Caseload,
    /// One child.
    Child(StudentId),
    /// The grantee's own record.
    Own,
}

impl GrantScope {
    /// The kind as the store writes it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::School(_) => "school",
            Self::Section(_) => "section",
            Self::Caseload => "caseload",
            Self::Child(_) => "child",
            Self::Own => "own",
        }
    }

    /// The id as the store writes it; 0 where the kind needs none.
    pub fn id(self) -> i64 {
        match self {
            Self::School(id) => id.0,
            Self::Section(id) => id.0,
            Self::Child(id) => id.0,
            Self::District | Self::Caseload | Self::Own => 0,
        }
    }

    /// Reads what [`Self::kind`] and [`Self::id`] wrote. `None` for a kind nobody knows: such a grant opens nothing.
    pub fn read(kind: &str, id: i64) -> Option<Self> {
        match kind {
            "district" => Some(Self::District),
            "school" => Some(Self::School(SchoolId(id))),
            "section" => Some(Self::Section(SectionId(id))),
            "caseload" => Some(Self::Caseload),
            "child" => Some(Self::Child(StudentId(id))),
            "own" => Some(Self::Own),
            _ => None,
        }
    }
}

/// One grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// What it opens.
    pub scope: GrantScope,
    /// First day in force; `None` for always.
    pub from: Option<NaiveDate>,
    /// Last day in force, included; `None` for until further notice.
    pub to: Option<NaiveDate>,
}

impl Grant {
    /// Whether the grant is in force. A section's grant is compared with the last school day, so that a class still
    /// opens its students over a break; every other with today.
    pub fn in_force(&self, today: NaiveDate, school_day: NaiveDate) -> bool {
        let day = if matches!(self.scope, GrantScope::Section(_)) { school_day } else { today };
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// A person's grants, as the store yields them to somebody who has no scope yet. Nothing can be read from it but
/// through [`crate::Scope::of_person`].
#[derive(Debug, Clone)]
pub struct SealedGrants {
    pub(crate) person: PersonId,
    pub(crate) grants: Vec<Grant>,
}

impl SealedGrants {
    /// For the store alone, with rows of its grants table; a test keeps every other crate from calling it.
    pub fn from_store(person: PersonId, grants: Vec<Grant>) -> Self {
        Self { person, grants }
    }
}
