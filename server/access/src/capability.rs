//! What each role may do. The golden table in `tests/role_by_capability.txt` shows the same for people to read.

use model::role::{Capability, Role};

/// Whether a role may do something with what it sees.
pub fn may(role: Role, capability: Capability) -> bool {
    use Capability::{
        AbsenceReason, Attendance, Contacts, DataStatus, Family, Policies, RuleLab, SchoolFigures,
        SetAsideRows, Sources, Worklist,
    };
    match role {
        Role::Teacher => match capability {
            Worklist | Attendance | DataStatus => true,
            AbsenceReason | Contacts | SchoolFigures | RuleLab | Policies | Sources | SetAsideRows
            | Family => false,
        },
        Role::Counselor => match capability {
            Worklist | Attendance | DataStatus | AbsenceReason | Contacts => true,
            SchoolFigures | RuleLab | Policies | Sources | SetAsideRows | Family => false,
        },
        Role::SchoolAdministrator => match capability {
            Worklist | Attendance | DataStatus | AbsenceReason | Contacts | SchoolFigures | RuleLab => true,
            Policies | Sources | SetAsideRows | Family => false,
        },
        Role::DistrictAdministrator => match capability {
            Worklist | Attendance | DataStatus | AbsenceReason | Contacts | SchoolFigures | RuleLab
            | Policies | Sources | SetAsideRows => true,
            Family => false,
        },
        Role::Guardian | Role::AdultStudent => match capability {
            Family => true,
            Worklist | Attendance | DataStatus | AbsenceReason | Contacts | SchoolFigures | RuleLab
            | Policies | Sources | SetAsideRows => false,
        },
    }
}
