//! Who sees whom: every read of a student goes through the view `visible_student`, by the one condition below.

use crate::db::{Link, Value, args, number_list};
use crate::error::Error;
use access::{Scope, SeenReason};
use model::ids::{SchoolId, SectionId, StudentId};
use model::role::{Capability, Role, SeenBecause};
use std::collections::HashMap;

/// The condition on the view: `$1` the person, `$2` today, `$3` the school day, `$4` the roles, as `|teacher|guardian|`.
macro_rules! in_force {
    () => {
        "v.person_id = $1
         AND (v.valid_from IS NULL OR (v.because_kind = 'section' AND v.valid_from <= $3)
              OR (v.because_kind <> 'section' AND v.valid_from <= $2))
         AND (v.valid_to IS NULL OR (v.because_kind = 'section' AND v.valid_to >= $3)
              OR (v.because_kind <> 'section' AND v.valid_to >= $2))
         AND (v.member_from IS NULL OR v.member_from <= $3)
         AND (v.member_to IS NULL OR v.member_to >= $3)
         AND $4 LIKE '%|' || v.role || '|%'"
    };
}
pub(crate) use in_force;

/// The students visible to a scope in some roles, for an `IN`; `$1` to `$4` are [`scope_values`].
macro_rules! visible_ids {
    () => {
        concat!("(SELECT v.student_id FROM visible_student v WHERE ", $crate::visible::in_force!(), ")")
    };
}
pub(crate) use visible_ids;

/// The values for `$1` to `$4`. A scope of the system is nobody: it sees no page.
pub(crate) fn scope_values(scope: &Scope, roles: &[Role]) -> Vec<Value> {
    let names: String = roles.iter().map(|r| format!("{}|", r.name())).collect();
    let person = scope.person().map_or(0, |p| p.0);
    args![person, scope.today(), scope.school_day(), format!("|{names}")]
}

/// The values for a list made for a capability: only what roles with it open.
pub(crate) fn list_values(scope: &Scope, capability: Capability) -> Vec<Value> {
    scope_values(scope, &scope.roles_with(capability))
}

const REASONS: &str = concat!(
    "SELECT DISTINCT v.student_id, v.role, v.because_kind, v.because_id,
            COALESCE((SELECT s.title FROM section s WHERE v.because_kind = 'section' AND s.id = v.because_id),
                     (SELECT o.name FROM org o WHERE v.because_kind = 'school' AND o.id = v.because_id), '')
     FROM visible_student v WHERE ",
    in_force!(),
    " AND v.student_id IN "
);

/// Every reason for which a scope sees some students, in any of its roles.
pub(crate) async fn reasons(
    link: &mut Link<'_>,
    scope: &Scope,
    students: &[StudentId],
) -> Result<HashMap<StudentId, Vec<SeenReason>>, Error> {
    reasons_in(link, scope, &scope.roles(), students).await
}

/// The same, in some roles.
pub(crate) async fn reasons_in(
    link: &mut Link<'_>,
    scope: &Scope,
    roles: &[Role],
    students: &[StudentId],
) -> Result<HashMap<StudentId, Vec<SeenReason>>, Error> {
    let sql = format!("{REASONS}{}", number_list(students.iter().map(|s| s.0)));
    let rows: Vec<(i64, String, String, i64, String)> =
        link.all_built(sql, scope_values(scope, roles)).await?;
    let mut out: HashMap<StudentId, Vec<SeenReason>> = HashMap::new();
    for (student, role, kind, id, name) in rows {
        let role = Role::ALL.into_iter().find(|r| r.name() == role);
        let because = match access::GrantScope::read(&kind, id) {
            Some(access::GrantScope::District) => Some(SeenBecause::District),
            Some(access::GrantScope::School(SchoolId(_))) => Some(SeenBecause::School(name)),
            Some(access::GrantScope::Section(SectionId(_))) => Some(SeenBecause::Section(name)),
            Some(access::GrantScope::Caseload) => Some(SeenBecause::Caseload),
            Some(access::GrantScope::Child(_)) => Some(SeenBecause::Child),
            Some(access::GrantScope::Own) => Some(SeenBecause::Own),
            None => None,
        };
        if let (Some(role), Some(because)) = (role, because) {
            out.entry(StudentId(student)).or_default().push(SeenReason { role, because });
        }
    }
    Ok(out)
}
