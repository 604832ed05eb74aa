//! One school in figures, with small groups hidden.

use crate::packs::Chosen;
use crate::{Error, Visit, freshness, views};
use model::ids::SchoolId;
use model::page::{Failure, GradeShare, SchoolPage, SchoolWeek, Share};
use model::suppress::{self, Raw};
use model::time::{Date, SchoolYear};
use rules::pack::{Counts, Criterion, Pack, Rule, Test, Window};
use std::collections::{BTreeMap, HashSet};

/// The rule that stands for chronic absence: a share of the school year, missed for any reason. Of a pack with several
/// the one that is met first.
fn chronic<'p>(packs: &[&'p Pack], today: Date) -> Option<&'p Rule> {
    let percent = |rule: &Rule| match rule.when.as_slice() {
        [Criterion { window: Window::SchoolYear, test: Test::Rate { percent, .. }, .. }]
            if rule.counts == Some(Counts::All) =>
        {
            Some(*percent)
        }
        _ => None,
    };
    packs
        .iter()
        .find_map(|pack| {
            let in_force = pack.versions.iter().filter(|version| version.in_force(today));
            let rules = in_force.flat_map(|version| &version.rules).filter(|rule| rule.in_force(today));
            rules.filter_map(|rule| Some((percent(rule)?, rule))).min_by_key(|(percent, _)| *percent)
        })
        .map(|(_, rule)| rule)
}

/// A school's page.
///
/// # Errors
/// [`Failure::NotFound`] for a school there is not; [`Failure::Refused`] for people without its figures.
pub async fn page(visit: &Visit, school: SchoolId) -> Result<SchoolPage, Failure> {
    view(visit, school).await.map_err(Error::into_failure)?
}

async fn view(visit: &Visit, school: SchoolId) -> Result<Result<SchoolPage, Failure>, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let schools = district.schools(scope).await?;
    let Some(name) = schools.iter().find(|s| s.id == school).map(|s| s.name.clone()) else {
        return Ok(Err(Failure::NotFound));
    };
    let chosen = Chosen::of(district).await?;
    let chronic = chronic(&chosen.refs(), scope.today()).map(views::rule_choice);
    let rule = chronic.as_ref().map_or("", |rule| rule.id.as_str());
    let reach = scope.schools_with_figures();
    let (Some(students), Some(standing), Some(weeks)) = (
        district.students_of_school(scope, school).await?,
        district.students_standing(scope, school, rule).await?,
        district.school_weeks(scope, school).await?,
    ) else {
        // Families know the names of schools; whoever has no figures at all learns nothing of this one.
        return Ok(Err(if visit.is_staff() { Failure::Refused } else { Failure::NotFound }));
    };
    let standing: HashSet<_> = standing.into_iter().collect();
    let mut by_grade: BTreeMap<(Option<model::grade::Grade>, String), Raw> = BTreeMap::new();
    for (student, grade) in students.into_iter().filter(|_| chronic.is_some()) {
        let raw =
            by_grade.entry((model::grade::Grade::read(&grade), grade)).or_insert(Raw { count: 0, group: 0 });
        raw.group += 1;
        raw.count += u32::from(standing.contains(&student));
    }
    let raws: Vec<Raw> = by_grade.values().copied().collect();
    let (shares, total) = suppress::with_total(&raws);
    let total = if chronic.is_some() { total } else { Share::Hidden };
    let as_of = district.school_day_of(school, scope.today()).await?.unwrap_or(scope.school_day());
    Ok(Ok(SchoolPage {
        freshness: freshness::of(visit).await?,
        school,
        name,
        year: weeks.first().map(|w| SchoolYear::of(w.week + chrono::Days::new(4), 7)),
        as_of: Some(as_of),
        weeks: weeks
            .iter()
            .map(|w| SchoolWeek {
                week: w.week,
                attended: suppress::alone(Raw { count: w.days - w.missed, group: w.days }),
            })
            .collect(),
        chronic,
        grades: by_grade
            .into_keys()
            .zip(shares)
            .map(|((_, grade), chronic)| GradeShare { grade, chronic })
            .collect(),
        total,
        schools: schools.into_iter().filter(|s| s.id != school && reach.holds(s.id)).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chronic_absence_is_what_the_chosen_packs_say_it_is() {
        let today = "2026-03-20".parse().unwrap_or_default();
        let of = |ids: &[&str]| {
            let packs: Vec<&Pack> = ids.iter().filter_map(|id| rules::packs::find(id)).collect();
            assert_eq!(packs.len(), ids.len());
            chronic(&packs, today).map(|rule| rule.id.as_str())
        };
        assert_eq!(of(&["us-federal", "us-pa"]), Some("US-CHRONIC"));
        assert_eq!(of(&["us-pa", "us-federal"]), Some("US-CHRONIC"));
        assert_eq!(of(&["england"]), Some("EN-PERSISTENT"));
        assert_eq!(of(&["us-tx"]), Some("TX-CHRONIC"));
        assert_eq!(of(&["us-ca"]), Some("CA-CHRONIC"));
        assert_eq!(of(&["us-pa"]), None);
    }
}
