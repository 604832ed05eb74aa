//! Today's worklist: who newly met a threshold, on whom one still stands, and who is one absence away.

use crate::packs::{Chosen, rule_of};
use crate::{Error, Visit, alerts, freshness, views};
use model::page::{Failure, ReasonLine, WorkItem, Worklist, WorklistFilter};
use model::role::Capability;
use model::signal::RuleRef;
use rules::pack::Pack;
use store::pages::worklist::WorkRow;
use store::pages::{Rows, pages};

/// A page of the worklist.
///
/// # Errors
/// [`Failure::Refused`] for people without a worklist.
pub async fn worklist(visit: &Visit, filter: WorklistFilter) -> Result<Worklist, Failure> {
    if !visit.scope.may(Capability::Worklist) {
        return Err(Failure::Refused);
    }
    view(visit, filter).await.map_err(Error::into_failure)
}

async fn view(visit: &Visit, filter: WorklistFilter) -> Result<Worklist, Error> {
    let rows = visit.district.worklist(&visit.scope, &filter, Rows::Page).await?;
    let chosen = Chosen::of(&visit.district).await?;
    let chosen = chosen.refs();
    let mut rules = views::rule_choices(&chosen);
    rules.retain(|rule| rows.rules.iter().any(|(id, _)| *id == rule.id));
    Ok(Worklist {
        freshness: freshness::of(visit).await?,
        alerts: alerts::shown(visit).await?,
        as_of: rows.as_of,
        newly_met: rows.newly_met,
        still_open: rows.still_open,
        close: rows.close,
        items: rows.items.into_iter().map(|row| item(&chosen, row)).collect(),
        total: rows.total,
        page: filter.page.max(1),
        pages: pages(rows.total),
        schools: rows.schools,
        grades: rows.grades,
        rules,
    })
}

/// One line, with the words of its rule.
pub(crate) fn item(packs: &[&Pack], row: WorkRow) -> WorkItem {
    let rule = RuleRef { pack: row.pack, pack_version: row.pack_version, rule: row.rule };
    let (rule_title, counts, to_verify) = rule_of(packs, &rule)
        .map(|(_, rule)| {
            let counts = rule.counts.map(|c| c.name().to_owned()).unwrap_or_default();
            (rule.title.clone(), counts, !rule.to_verify.is_empty())
        })
        .unwrap_or_default();
    WorkItem {
        student: row.student,
        name: format!("{}, {}", row.family_name, row.given_name),
        grade: row.grade,
        school: row.school,
        reason: ReasonLine {
            rule: rule.rule,
            rule_title,
            numerator: row.numerator,
            denominator: row.denominator,
            unit: row.unit,
            counts,
            more: row.more,
            standing: row.standing,
            standing_since: row.standing_since,
            district_wide: row.district_wide,
            to_verify,
        },
        because: row.because,
    }
}
