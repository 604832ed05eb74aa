//! One student: the year, the rate, every signal opened, and why the reader may see them.

use crate::judge::{self, grade_code};
use crate::packs::Chosen;
use crate::{Error, Visit, freshness, views};
use ::audit::Event;
use access::Seen;
use model::ids::{SchoolId, StudentId};
use model::page::{EnrollmentLine, Failure, SignalView, Standing, StudentPage};
use model::role::Capability;
use std::collections::HashMap;

/// A student's page. Opening it leaves an audit event.
///
/// # Errors
/// [`Failure::NotFound`] for a student the reader may not see, as for one who does not exist; [`Failure::Refused`]
/// where the reader may see the student, but not this page (a family has its own).
pub async fn page(visit: &Visit, student: StudentId) -> Result<StudentPage, Failure> {
    let seen = key(visit, student).await?;
    opened(visit, &seen).await.map_err(Error::into_failure)
}

/// The key to a student whose attendance the reader may see.
pub(crate) async fn key(visit: &Visit, student: StudentId) -> Result<Seen<StudentId>, Failure> {
    let seen =
        visit.district.see(&visit.scope, student).await.map_err(Error::from).map_err(Error::into_failure)?;
    let seen = seen.ok_or(Failure::NotFound)?;
    if seen.may(Capability::Attendance) { Ok(seen) } else { Err(Failure::Refused) }
}

async fn opened(visit: &Visit, seen: &Seen<StudentId>) -> Result<StudentPage, Error> {
    let page = view(visit, seen).await?;
    let now = visit.context.now();
    let mut write = visit.district.write().await?;
    ::audit::append(&mut write, visit.scope.person(), now, &Event::StudentOpened { student: seen.id() })
        .await?;
    write.commit().await?;
    Ok(page)
}

/// Everything the reader is entitled to; leaves no trace by itself.
pub(crate) async fn view(visit: &Visit, seen: &Seen<StudentId>) -> Result<StudentPage, Error> {
    let district = &visit.district;
    let identity = district.identity(seen).await?;
    let enrollments = district.enrollments(seen).await?;
    let known = district.history_of(&[seen]).await?;
    let names: HashMap<SchoolId, String> =
        district.schools(&visit.scope).await?.into_iter().map(|s| (s.id, s.name)).collect();
    let name_of = |place: u32| judge::school_name(&known, &names, place);

    let reaches = judge::Reaches::of(&known.history, visit.scope.today());
    let spans = known.history.students.first().map(|s| s.spans.as_slice()).unwrap_or_default();
    let judge::Reach { as_of, year } = reaches.of_student(spans);
    let span = reaches.own_span(spans);
    // A student who left is shown in the last year for which there is a record of them.
    let all_days = if spans.is_empty() { Vec::new() } else { rules::days::of(&known.history, 0, as_of) };
    let shown = all_days.iter().map(|day| day.year).max().or(year);
    let days: Vec<_> = all_days.into_iter().filter(|day| Some(day.year) == shown).collect();

    let chosen = Chosen::of(district).await?;
    let chosen = chosen.refs();
    let mut signals: Vec<(Option<Standing>, SignalView)> = Vec::new();
    if let Some(year) = year.filter(|_| !spans.is_empty()) {
        for finding in rules::evaluate_student(&known.history, 0, &chosen, as_of).findings {
            let standing = views::standing(&finding, year);
            let shown = standing.unwrap_or(Standing::Recovered);
            signals.push((standing, views::signal(&chosen, &finding, shown, seen, name_of)));
        }
    }
    // What stands comes first, then what is close, then what is past.
    signals.sort_by_key(|(standing, view)| (standing.is_none(), *standing, std::cmp::Reverse(view.met_on)));

    let known_days = days.iter().filter(|day| day.known());
    Ok(StudentPage {
        freshness: freshness::of(visit).await?,
        student: seen.id(),
        name: format!("{} {}", identity.given_name, identity.family_name),
        local_id: identity.local_id,
        grade: grade_code(span.and_then(|s| s.grade)),
        school: span.map(|s| name_of(s.school)).unwrap_or_default(),
        left_on: span.filter(|s| !s.covers(as_of)).and_then(|s| s.end),
        year: shown,
        as_of: Some(as_of),
        enrollments: enrollments
            .into_iter()
            .map(|e| EnrollmentLine { school: e.school_name, grade: e.grade, entry: e.entry, end: e.end })
            .collect(),
        missed: known_days.clone().filter(|day| day.missed).count() as u32,
        days: known_days.count() as u32,
        unknown_days: days.iter().filter(|day| is_unknown(day.kind)).count() as u32,
        trend: views::weeks(&days),
        strip: views::strip(&days),
        signals: signals.into_iter().map(|(_, view)| view).collect(),
        guardians: district.guardians(seen).await?,
        because: seen.because(),
    })
}

fn is_unknown(kind: model::page::DayKind) -> bool {
    matches!(kind, model::page::DayKind::Unknown | model::page::DayKind::RollNotTaken)
}
