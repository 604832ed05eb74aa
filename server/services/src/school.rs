//! One school in figures, with small groups hidden.

use crate::{Error, Visit, freshness};
use model::ids::SchoolId;
use model::page::{Failure, GradeShare, SchoolPage, SchoolWeek};
use model::suppress::{self, Raw};
use model::time::SchoolYear;
use std::collections::{BTreeMap, HashSet};

/// The rule behind the share of chronic absence.
const CHRONIC: &str = "US-CHRONIC";

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
    let reach = scope.schools_with_figures();
    let (Some(students), Some(standing), Some(weeks)) = (
        district.students_of_school(scope, school).await?,
        district.students_standing(scope, school, CHRONIC).await?,
        district.school_weeks(scope, school).await?,
    ) else {
        // Families know the names of schools; whoever has no figures at all learns nothing of this one.
        return Ok(Err(if visit.is_staff() { Failure::Refused } else { Failure::NotFound }));
    };
    let standing: HashSet<_> = standing.into_iter().collect();
    let mut by_grade: BTreeMap<(Option<model::grade::Grade>, String), Raw> = BTreeMap::new();
    for (student, grade) in students {
        let raw =
            by_grade.entry((model::grade::Grade::read(&grade), grade)).or_insert(Raw { count: 0, group: 0 });
        raw.group += 1;
        raw.count += u32::from(standing.contains(&student));
    }
    let raws: Vec<Raw> = by_grade.values().copied().collect();
    let (shares, total) = suppress::with_total(&raws);
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
        grades: by_grade
            .into_keys()
            .zip(shares)
            .map(|((_, grade), chronic)| GradeShare { grade, chronic })
            .collect(),
        total,
        schools: schools.into_iter().filter(|s| s.id != school && reach.holds(s.id)).collect(),
    }))
}
