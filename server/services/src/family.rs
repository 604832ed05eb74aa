//! A parent's children, or an adult student's own days, in the family's words. Read-only.

use crate::judge;
use crate::{Error, Visit, freshness, views};
use ::audit::Event;
use access::Seen;
use model::history::History;
use model::ids::{SchoolId, StudentId};
use model::page::{ChildView, ClauseView, DayKind, Failure, FamilyDay, FamilyPage};
use model::role::{Capability, SeenBecause};
use model::signal::WhyNot;
use model::time::Date;
use rules::days::DayFact;
use std::collections::HashMap;

/// The family's page.
///
/// # Errors
/// [`Failure::Refused`] for people without children (or a record of their own) here.
pub async fn page(visit: &Visit) -> Result<FamilyPage, Failure> {
    if !visit.scope.may(Capability::Family) {
        return Err(Failure::Refused);
    }
    view(visit).await.map_err(Error::into_failure)
}

async fn view(visit: &Visit) -> Result<FamilyPage, Error> {
    let district = &visit.district;
    let names: HashMap<SchoolId, String> =
        district.schools(&visit.scope).await?.into_iter().map(|s| (s.id, s.name)).collect();
    let mut children = Vec::new();
    for seen in district.family(&visit.scope).await? {
        children.push(child(visit, &seen, &names).await?);
    }
    children.sort_by(|a, b| a.given_name.cmp(&b.given_name));
    Ok(FamilyPage { freshness: freshness::of(visit).await?, children })
}

async fn child(
    visit: &Visit,
    seen: &Seen<StudentId>,
    names: &HashMap<SchoolId, String>,
) -> Result<ChildView, Error> {
    let district = &visit.district;
    let identity = district.identity(seen).await?;
    let known = district.history_of(&[seen]).await?;
    let reaches = judge::Reaches::of(&known.history, visit.scope.today());
    let spans = known.history.students.first().map(|s| s.spans.as_slice()).unwrap_or_default();
    let as_of = reaches.of_student(spans).as_of;
    let days = if spans.is_empty() { Vec::new() } else { rules::days::of(&known.history, 0, as_of) };
    let shown = days.iter().map(|day| day.year).max();
    let days: Vec<_> = days.into_iter().filter(|day| Some(day.year) == shown).collect();
    let reasons = reasons(&known.history);
    let missed: Vec<_> = days.iter().filter(|day| day.missed).collect();
    let known_days = days.iter().filter(|day| day.known()).count() as u32;
    let count = missed.len() as u32;
    let written = |day: &DayFact| FamilyDay {
        date: day.date,
        kind: day.kind,
        category: day.categories.clone(),
        reason: reasons.get(&day.date).cloned(),
        school: judge::school_name(&known, names, day.school),
    };

    let now = visit.context.now();
    let mut write = district.write().await?;
    ::audit::append(&mut write, visit.scope.person(), now, &Event::FamilyOpened { student: seen.id() })
        .await?;
    write.commit().await?;

    Ok(ChildView {
        student: seen.id(),
        given_name: identity.given_name,
        school: reaches
            .own_span(spans)
            .map(|s| judge::school_name(&known, names, s.school))
            .unwrap_or_default(),
        own: seen.because().contains(&SeenBecause::Own),
        missed: count,
        excused: missed.iter().filter(|day| day.excused).count() as u32,
        days: known_days,
        strip: views::strip(&days),
        dates: missed.iter().rev().map(|day| written(day)).collect(),
        often_missed: known_days >= LEAST_DAYS && 10 * count >= known_days,
        days_to_often: days_to_often(count, known_days),
        not_counted: days.iter().rev().filter_map(|day| Some((written(day), not_counted(day)?))).collect(),
        clause: clause(as_of),
    })
}

/// Why a day is not among those missed; `None` for one that is, and for one attended.
fn not_counted(day: &DayFact) -> Option<WhyNot> {
    match day.kind {
        DayKind::Part if !day.missed => Some(WhyNot::PartTooSmall),
        DayKind::Unknown => Some(WhyNot::Unusable),
        DayKind::RollNotTaken => Some(WhyNot::RollNotTaken),
        _ => None,
    }
}

/// The rule that says one day in ten, in the version in force.
fn clause(as_of: Date) -> Option<ClauseView> {
    let pack = rules::packs::find("us-federal")?;
    let version = pack.versions.iter().find(|version| version.in_force(as_of))?;
    let rule = version.rules.iter().find(|rule| rule.id == "US-CHRONIC")?;
    Some(ClauseView {
        citation: rule.citation.clone(),
        source: pack.source.clone(),
        pack: format!("{} {}", pack.id, version.version),
    })
}

/// What the school noted as the reason, by day: a family may read its own.
fn reasons(history: &History) -> HashMap<Date, String> {
    let mut reasons: HashMap<Date, String> = HashMap::new();
    for year in history.students.iter().flat_map(|student| &student.years) {
        for mark in year.strip.marks() {
            let noted = history.shapes.get(mark.shape).map(|shape| shape.reason.as_str()).unwrap_or_default();
            if !noted.is_empty() {
                reasons.entry(mark.date(year.year)).or_insert_with(|| noted.to_owned());
            }
        }
    }
    reasons
}

/// Before so many days are known, a share of them says little (US-CHRONIC's own least enrollment).
const LEAST_DAYS: u32 = 10;

/// How many more missed days, one after the other, would make it one day in ten; `None` where it is already.
fn days_to_often(missed: u32, days: u32) -> Option<u32> {
    let met = |more: u32| days + more >= LEAST_DAYS && 10 * (missed + more) >= days + more;
    (!met(0)).then(|| (1..).find(|more| met(*more)).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_told_how_many_more_days_make_it_one_in_ten() {
        assert_eq!(days_to_often(5, 50), None);
        assert_eq!(days_to_often(4, 50), Some(2));
        assert_eq!(days_to_often(0, 5), Some(5));
        assert_eq!(days_to_often(0, 99), Some(11));
    }
}
