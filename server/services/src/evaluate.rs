//! The rules on what a district's store holds, for any date. Changes nothing.

use crate::packs::Chosen;
use crate::signals::{NotEvaluated, SignalRow};
use crate::{Context, Error, Progress};
use access::Scope;
use model::ids::DistrictId;
use model::time::Date;

/// What the rules say.
#[derive(Debug, Clone)]
pub struct Report {
    /// The signals, sorted by student and rule.
    pub signals: Vec<SignalRow>,
    /// Rules that could not be asked.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// Asks the rules of some packs (the district's own where none is named) as of a date.
///
/// # Errors
/// Where a pack is unknown or the store cannot be read.
pub async fn run(
    context: &Context,
    id: &DistrictId,
    as_of: Date,
    pack_ids: &[String],
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let district = context.district(id).await?;
    let chosen = Chosen::of(&district).await?;
    let chosen = if pack_ids.is_empty() { chosen } else { chosen.only(pack_ids)? };
    let packs = chosen.refs();
    let today = context.today(&district);
    let scope = Scope::system("evaluate", today, district.school_day(today).await?.unwrap_or(today));
    progress.at("reading the store", 0, 0);
    let known = district.history(&scope).await?;
    progress.at("asking the rules", 0, 0);
    let evaluation = rules::evaluate(&known.history, &packs, as_of);
    let signals = rules::report::rows(
        &evaluation.findings,
        |student| known.student_local_ids.get(student as usize).map_or("", String::as_str),
        |school| known.school_local_ids.get(school as usize).map_or("", String::as_str),
    );
    Ok(Report { signals, not_evaluated: evaluation.not_evaluated })
}
