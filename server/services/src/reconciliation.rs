//! What the source says of attendance beside what is held: by school, by day, and the rows of a day.

use crate::{Error, Visit, freshness};
use ::audit::Event;
use model::ids::SchoolId;
use model::page::{DayRows, Failure, ReconciliationPage, SchoolBalance, SchoolDays};
use model::role::Capability;
use model::time::Date;
use std::collections::HashMap;
use store::pages::reconciliation::YearBalance;

/// The schools, one of them opened to its days, and one of its days to its rows. Seeing rows leaves an audit event.
///
/// # Errors
/// [`Failure::Refused`] for people who may not see rows that were set aside, [`Failure::NotFound`] for a school, or a day of
/// it, of which nothing is known.
pub async fn page(
    visit: &Visit,
    school: Option<SchoolId>,
    day: Option<Date>,
) -> Result<ReconciliationPage, Failure> {
    if !visit.scope.may(Capability::SetAsideRows) {
        return Err(Failure::Refused);
    }
    let page = read(visit, school, day).await.map_err(Error::into_failure)?;
    let missing = school.is_some() && page.open.is_none();
    let missing_day = day.is_some() && page.open.as_ref().is_some_and(|open| open.open.is_none());
    if missing || missing_day { Err(Failure::NotFound) } else { Ok(page) }
}

async fn read(
    visit: &Visit,
    school: Option<SchoolId>,
    day: Option<Date>,
) -> Result<ReconciliationPage, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let balances = district.balances(scope, scope.today()).await?.unwrap_or_default();
    let names: HashMap<SchoolId, String> =
        district.schools(scope).await?.into_iter().map(|school| (school.id, school.name)).collect();
    let name_of = |school: SchoolId| names.get(&school).cloned().unwrap_or_default();
    let opened = balances.iter().find(|of| Some(of.school) == school);
    let open = match opened {
        None => None,
        Some(of) => Some(SchoolDays {
            school: of.school,
            name: name_of(of.school),
            days: of.days.clone(),
            open: rows(visit, of, day).await?,
        }),
    };
    let mut schools: Vec<SchoolBalance> = balances
        .iter()
        .map(|of| SchoolBalance {
            school: of.school,
            name: name_of(of.school),
            year: of.year,
            compared: of.days.iter().filter(|day| day.told.is_some()).count() as u32,
            differing: of.days.iter().filter(|day| day.differs()).count() as u32,
            untold: of.days.iter().filter(|day| day.told.is_none()).count() as u32,
        })
        .collect();
    schools.sort_by(|a, b| (&a.name, a.school).cmp(&(&b.name, b.school)));
    Ok(ReconciliationPage { freshness: freshness::of(visit).await?, schools, open })
}

/// The rows of a day; they may name any student of the school.
async fn rows(visit: &Visit, of: &YearBalance, day: Option<Date>) -> Result<Option<DayRows>, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let Some(day) = of.days.iter().find(|balance| Some(balance.date) == day) else { return Ok(None) };
    let set_aside = district.set_aside_of(scope, of.school, day.date).await?.unwrap_or_default();
    let held = district.held_on(scope, of.school, of.year, day.date).await?.unwrap_or_default();
    let mut write = district.write().await?;
    let event = Event::DayReconciled { school: of.school, day: day.date };
    ::audit::append(&mut write, scope.person(), visit.context.now(), &event).await?;
    write.commit().await?;
    Ok(Some(DayRows { day: *day, set_aside, held }))
}
