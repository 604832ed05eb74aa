//! Who asks, and under which grants of today.

use crate::capability::may;
use crate::grant::{Grant, GrantScope, SealedGrants};
use crate::seen::{SealedReasons, Seen};
use chrono::NaiveDate;
use model::ids::{PersonId, SchoolId, StudentId};
use model::role::{Capability, Role};

/// The key to the store's reads: a person with the grants in force, or a named job of the system.
#[derive(Debug, Clone)]
pub struct Scope {
    who: Who,
    grants: Vec<Grant>,
    today: NaiveDate,
    school_day: NaiveDate,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Person(PersonId),
    System(&'static str),
}

impl Scope {
    /// The scope of a person. `school_day` is the last calendar day up to today (today where there is no calendar).
    /// `None` where no grant is in force: a person without a school gets nothing, not everything.
    pub fn of_person(sealed: SealedGrants, today: NaiveDate, school_day: NaiveDate) -> Option<Self> {
        let grants: Vec<Grant> =
            sealed.grants.into_iter().filter(|g| g.in_force(today, school_day)).collect();
        (!grants.is_empty()).then_some(Self { who: Who::Person(sealed.person), grants, today, school_day })
    }

    /// The scope of a job or a command: `sync`, `evaluate`, `doctor`. It reads histories and names, and no page.
    pub fn system(job: &'static str, today: NaiveDate, school_day: NaiveDate) -> Self {
        Self { who: Who::System(job), grants: Vec::new(), today, school_day }
    }

    /// The person who asks; `None` for a job of the system.
    pub fn person(&self) -> Option<PersonId> {
        match self.who {
            Who::Person(id) => Some(id),
            Who::System(_) => None,
        }
    }

    /// The job, for a scope of the system.
    pub fn job(&self) -> Option<&'static str> {
        match self.who {
            Who::Person(_) => None,
            Who::System(job) => Some(job),
        }
    }

    /// The day on which is asked.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// The last calendar day up to today.
    pub fn school_day(&self) -> NaiveDate {
        self.school_day
    }

    /// The roles in force, in order and without repeats.
    pub fn roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = self.grants.iter().map(|g| g.role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The grants in force.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Whether any role in force has the capability. For what concerns one student ask [`Seen::may`] instead.
    pub fn may(&self, capability: Capability) -> bool {
        self.grants.iter().any(|g| may(g.role, capability))
    }

    /// The roles in force that have the capability: a list for it shows what these open, and nothing else.
    pub fn roles_with(&self, capability: Capability) -> Vec<Role> {
        self.roles().into_iter().filter(|role| may(*role, capability)).collect()
    }

    /// What the person may do, in the order of [`Capability::ALL`].
    pub fn capabilities(&self) -> Vec<Capability> {
        Capability::ALL.into_iter().filter(|c| self.may(*c)).collect()
    }

    /// The schools whose figures may be seen.
    pub fn schools_with_figures(&self) -> SchoolReach {
        self.schools_with(Capability::SchoolFigures)
    }

    /// The schools opened as a whole by roles with this capability.
    pub fn schools_with(&self, capability: Capability) -> SchoolReach {
        let able = || self.grants.iter().filter(|g| may(g.role, capability));
        if able().any(|g| g.scope == GrantScope::District) {
            return SchoolReach::All;
        }
        let mut schools: Vec<SchoolId> = able()
            .filter_map(|g| match g.scope {
                GrantScope::School(id) => Some(id),
                _ => None,
            })
            .collect();
        schools.sort_unstable();
        schools.dedup();
        SchoolReach::Only(schools)
    }

    /// Makes the key to one student out of the reasons the store found for this scope; `None` where there are none.
    pub fn see(&self, student: StudentId, reasons: SealedReasons) -> Option<Seen<StudentId>> {
        Seen::mint(student, reasons)
    }
}

/// Schools opened as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchoolReach {
    /// Every school of the district.
    All,
    /// These, which may be none.
    Only(Vec<SchoolId>),
}

impl SchoolReach {
    /// Whether the school is among them.
    pub fn holds(&self, school: SchoolId) -> bool {
        match self {
            Self::All => true,
            Self::Only(schools) => schools.contains(&school),
        }
    }
}
