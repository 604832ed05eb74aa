//! Where data stands: when it last came, what was set aside, what is missing.

use crate::context::local;
use crate::packs::Chosen;
use crate::{Error, Visit, alerts, freshness, sources, views};
use ::audit::Event;
use model::page::{DataPage, Failure, NotAsked, NotAskedLine, RunView, SchoolFreshness};
use model::role::Capability;

/// Runs shown.
const RUNS: u32 = 5;
/// Rows set aside that are shown of each file, column and reason; the count says how many there are.
const ROWS: u32 = 20;

/// The data page. Seeing rows that were set aside leaves an audit event: they may name a student of any school.
///
/// # Errors
/// [`Failure::Refused`] for people who may not see the state of the data.
pub async fn page(visit: &Visit) -> Result<DataPage, Failure> {
    if !visit.scope.may(Capability::DataStatus) {
        return Err(Failure::Refused);
    }
    viewed(visit).await.map_err(Error::into_failure)
}

async fn viewed(visit: &Visit) -> Result<DataPage, Error> {
    let page = read(visit).await?;
    if page.set_aside.as_ref().is_some_and(|rows| !rows.is_empty()) {
        let now = visit.context.now();
        let mut write = visit.district.write().await?;
        ::audit::append(&mut write, visit.scope.person(), now, &Event::SetAsideViewed).await?;
        write.commit().await?;
    }
    Ok(page)
}

/// The page; leaves no trace by itself.
pub(crate) async fn read(visit: &Visit) -> Result<DataPage, Error> {
    let (district, scope) = (&visit.district, &visit.scope);
    let schools = freshness::progress(visit).await?;
    let set_aside = district.set_aside_groups(scope, ROWS).await?;
    Ok(DataPage {
        freshness: freshness::from(visit, &schools).await?,
        alerts: alerts::shown(visit).await?,
        runs: district
            .runs(scope, RUNS)
            .await?
            .into_iter()
            .map(|run| RunView { ended_local: local(district, run.ended), tables: run.tables })
            .collect(),
        set_aside,
        not_asked: not_asked(visit).await?,
        sources: sources::page::shown(visit).await?,
        set_aside_count: district.set_aside_count(scope).await?,
        schools: schools
            .into_iter()
            .map(|s| SchoolFreshness {
                name: s.name,
                last_row: s.last_row,
                days_behind: s.has_calendar.then_some(s.days_behind),
            })
            .collect(),
    })
}

/// The rules that could not be asked, with their titles. A rule that the packs no longer have is left out.
async fn not_asked(visit: &Visit) -> Result<Vec<NotAskedLine>, Error> {
    let chosen = Chosen::of(&visit.district).await?;
    let rules = views::rule_choices(&chosen.refs());
    let line = |of: NotAsked| {
        let rule = rules.iter().find(|rule| rule.id == of.rule)?.clone();
        Some(NotAskedLine { rule, why: of.why })
    };
    Ok(visit.district.not_asked().await?.into_iter().filter_map(line).collect())
}
