//! Whom a rule would flag this year, before it is kept.

use super::draft;
use crate::judge::{self, school_name};
use crate::packs::Year;
use crate::{Error, Visit};
use access::Scope;
use model::ids::{SchoolId, StudentId};
use model::policy::{PolicyDraft, PolicyPreview, PolicyStudent};
use model::role::Capability;
use model::time::Date;
use rules::setting::Setting;
use std::collections::{HashMap, HashSet};
use store::KnownHistory;

/// Students shown of a preview.
const SHOWN: usize = 100;

/// Whom a setting would flag this year, of the students the reader may see: those whom the lists would show.
pub(super) async fn preview(visit: &Visit, setting: &Setting, year: Year) -> Result<PolicyPreview, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let system = Scope::system("policy preview", scope.today(), scope.school_day());
    let known = district.history(&system).await?;
    let visible: HashSet<StudentId> =
        district.visible_students(scope, Capability::Policies).await?.into_iter().collect();
    let names: HashMap<SchoolId, String> =
        district.schools(scope).await?.into_iter().map(|s| (s.id, s.name)).collect();
    let mut preview = flagged(&known, &visible, &names, setting, year, scope.today());
    for of in &mut preview.students {
        if let Some(seen) = district.see(scope, of.student).await? {
            let identity = district.identity(&seen).await?;
            of.name = format!("{}, {}", identity.family_name, identity.given_name);
        }
    }
    preview.students.sort_by(|a, b| (&a.school, &a.name).cmp(&(&b.school, &b.name)));
    Ok(preview)
}

/// The same, without names.
fn flagged(
    known: &KnownHistory,
    visible: &HashSet<StudentId>,
    names: &HashMap<SchoolId, String>,
    setting: &Setting,
    year: Year,
    today: Date,
) -> PolicyPreview {
    let reaches = judge::Reaches::of(&known.history, today);
    let as_of = reaches.district().as_of;
    let mut preview = PolicyPreview { as_of, standing: 0, met: 0, students: Vec::new() };
    let Ok(rule) = setting.rule("PREVIEW") else { return preview };
    let mut pack = draft::empty("preview", year, as_of);
    draft::change(&mut pack, &PolicyDraft::default(), rule, Date::MIN);
    let judges = judge::Judges::new(&known.history, &[&pack], reaches);
    let reaches = judges.reaches();
    for (place, student) in known.students.iter().enumerate().filter(|(_, id)| visible.contains(id)) {
        let spans = known.history.students[place].spans.as_slice();
        let mut met = Vec::new();
        judges.ask(place, |said, _| {
            let verdict = said.verdict();
            if reaches.enrolled(spans, verdict.extent) {
                met.extend(verdict.met.map(|met| (verdict, met.since)));
            }
        });
        preview.met += u32::from(!met.is_empty());
        if let Some((verdict, since)) = met.into_iter().find(|(_, since)| since.is_some()) {
            preview.standing += 1;
            let school = reaches
                .own_span(spans)
                .map(|span| school_name(known, names, span.school))
                .unwrap_or_default();
            preview.students.push(PolicyStudent {
                student: *student,
                name: String::new(),
                school,
                since,
                numerator: verdict.counted,
                denominator: verdict.of,
            });
        }
    }
    preview.students.sort_by(|a, b| (&a.school, a.since, a.student).cmp(&(&b.school, b.since, b.student)));
    preview.students.truncate(SHOWN);
    preview
}
