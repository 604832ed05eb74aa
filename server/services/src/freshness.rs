//! How old the data is, said on every page.

use crate::context::local;
use crate::sources::rhythm;
use crate::{Error, Visit};
use model::page::Freshness;
use store::pages::data::SchoolProgress;

/// How far each school's attendance should have come: to the day before today. Today's roll may still be on its way.
pub(crate) async fn progress(visit: &Visit) -> Result<Vec<SchoolProgress>, Error> {
    let yesterday = visit.scope.today().pred_opt().unwrap_or(visit.scope.today());
    Ok(visit.district.progress(&visit.scope, yesterday).await?)
}

/// How old the data is.
pub(crate) async fn of(visit: &Visit) -> Result<Freshness, Error> {
    from(visit, &progress(visit).await?).await
}

/// The same, from what [`progress`] said.
pub(crate) async fn from(visit: &Visit, schools: &[SchoolProgress]) -> Result<Freshness, Error> {
    let synced_at = visit.district.last_sync(&visit.scope).await?;
    let data_through = schools.iter().filter_map(|school| school.last_row).max();
    Ok(Freshness {
        synced_at,
        synced_local: synced_at.map(|at| local(&visit.district, at)),
        data_through,
        days_since: data_through.map_or(0, |day| (visit.scope.today() - day).num_days().max(0) as u32),
        days_behind: schools.iter().filter(|s| s.has_calendar).map(|s| s.days_behind).max().unwrap_or(0),
        sources_late: rhythm::late(&visit.district, visit.context.now()).await?.len() as u32,
        schools_current: schools.iter().filter(|s| s.has_calendar && s.days_behind == 0).count() as u32,
        schools_unknown: schools.iter().filter(|s| !s.has_calendar).count() as u32,
        schools: schools.len() as u32,
    })
}
