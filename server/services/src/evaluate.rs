//! The rules on what a district's store holds, or held at an earlier time, for any date. Changes nothing.

use crate::known::KnownOn;
use crate::packs::Chosen;
use crate::signals::{NotEvaluated, SignalRow};
use crate::{Context, Error, Progress};
use access::Scope;
use chrono::{DateTime, Utc};
use model::ids::DistrictId;
use model::time::Date;

/// What to ask.
#[derive(Debug, Clone)]
pub struct Order {
    /// The date for which to answer.
    pub as_of: Date,
    /// Answer from what was known at an earlier time; from what the store holds now where none is given.
    pub known_on: Option<KnownOn>,
    /// Packs, by id; the district's own where none is named.
    pub packs: Vec<String>,
}

/// What the rules say.
#[derive(Debug, Clone)]
pub struct Report {
    /// The signals, sorted by student and rule.
    pub signals: Vec<SignalRow>,
    /// Rules that could not be asked.
    pub not_evaluated: Vec<NotEvaluated>,
    /// When the last sync ended whose rows this rests on, where an earlier time was asked for.
    pub known_after: Option<DateTime<Utc>>,
}

/// Asks the rules as of a date.
///
/// # Errors
/// Where a pack is unknown, nothing was known yet at the time asked for, or the store cannot be read.
pub async fn run(
    context: &Context,
    id: &DistrictId,
    order: &Order,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let district = context.district(id).await?;
    let moment = order.known_on.map(|known_on| known_on.moment(&district));
    let chosen = Chosen::known_at(&district, moment).await?;
    let chosen = if order.packs.is_empty() { chosen } else { chosen.only(&order.packs)? };
    let packs = chosen.refs();
    let today = context.today(&district);
    let scope = Scope::system("evaluate", today, district.school_day(today).await?.unwrap_or(today));
    progress.at("reading the store", 0, 0);
    let then = match moment {
        None => None,
        Some(moment) => Some(district.known_after(moment).await?),
    };
    let known = match &then {
        None => district.history(&scope).await?,
        Some(then) => district.history_known(&scope, then).await?,
    };
    progress.at("asking the rules", 0, 0);
    let evaluation = rules::evaluate(&known.history, &packs, order.as_of);
    let signals = rules::report::rows(
        evaluation.findings,
        |student| known.student_local_ids.get(student as usize).map_or("", String::as_str),
        |school| known.school_local_ids.get(school as usize).map_or("", String::as_str),
    );
    Ok(Report { signals, not_evaluated: evaluation.not_evaluated, known_after: then.map(|run| run.ended) })
}
