//! From what the rules say to what a screen shows. What the reader is not entitled to is left out here, where the DTO
//! is built.

use crate::packs::rule_of;
use access::Seen;
use model::ids::StudentId;
use model::page::{
    DeadlineView, EvidenceView, NearMissView, ReasonLine, RuleChoice, SignalView, Standing, StripDay,
    WeekPoint,
};
use model::role::Capability;
use model::signal::{Evidence, Extent, Finding, Outcome};
use model::time::{Date, SchoolYear};
use rules::days::DayFact;
use rules::pack::{DeadlineDays, Pack, Rule};

/// School days for which a signal counts as newly met.
const NEW_FOR_DAYS: u16 = 10;

/// Where the finding puts a student on the worklist; `None` for a past year's.
pub(crate) fn standing(finding: &Finding, current: SchoolYear) -> Option<Standing> {
    if finding.year != current {
        return None;
    }
    match &finding.outcome {
        Outcome::Met { standing: true, standing_days, .. } if *standing_days <= NEW_FOR_DAYS => {
            Some(Standing::NewlyMet)
        }
        Outcome::Met { standing: true, .. } => Some(Standing::StillOpen),
        _ if finding.one_more_meets => Some(Standing::Close),
        Outcome::Met { .. } => Some(Standing::Recovered),
        Outcome::Close => Some(Standing::Close),
    }
}

/// The rules of some packs, to choose from.
pub(crate) fn rule_choices(packs: &[&Pack]) -> Vec<RuleChoice> {
    let mut rules: Vec<RuleChoice> = packs
        .iter()
        .flat_map(|pack| &pack.versions)
        .flat_map(|version| &version.rules)
        .map(rule_choice)
        .collect();
    rules.dedup_by(|a, b| a.id == b.id);
    rules
}

/// A rule, to choose.
pub(crate) fn rule_choice(rule: &Rule) -> RuleChoice {
    RuleChoice { id: rule.id.clone(), title: rule.title.clone(), to_verify: !rule.to_verify.is_empty() }
}

/// The reason in numbers.
pub(crate) fn reason_line(packs: &[&Pack], finding: &Finding, standing: Standing) -> ReasonLine {
    let rule = rule_of(packs, &finding.rule).map(|(_, rule)| rule);
    let since = match &finding.outcome {
        Outcome::Met { standing_since, .. } => *standing_since,
        Outcome::Close => None,
    };
    ReasonLine {
        rule: finding.rule.rule.clone(),
        rule_title: rule.map(|rule| rule.title.clone()).unwrap_or_default(),
        numerator: finding.numerator,
        denominator: finding.denominator,
        unit: finding.unit.clone(),
        counts: rule.and_then(|rule| rule.counts).map(|counts| counts.name().to_owned()).unwrap_or_default(),
        more: finding.next.map(|next| next.more),
        standing,
        standing_since: since,
        district_wide: finding.extent == Extent::District,
        to_verify: rule.is_some_and(|rule| !rule.to_verify.is_empty()),
    }
}

/// A signal opened to its dated marks, for somebody who may see the student.
pub(crate) fn signal(
    packs: &[&Pack],
    finding: &Finding,
    standing: Standing,
    seen: &Seen<StudentId>,
    school_name: impl Fn(u32) -> String,
) -> SignalView {
    let (met_on, episodes) = match &finding.outcome {
        Outcome::Met { met_on, episodes, .. } => {
            (Some(*met_on), episodes.iter().map(|e| (e.from, e.to)).collect())
        }
        Outcome::Close => (None, Vec::new()),
    };
    let reasons = seen.may(Capability::AbsenceReason);
    let day = |e: &Evidence| EvidenceView {
        date: e.date,
        category: e.category.clone(),
        reason: reasons.then(|| e.reason.clone()),
        school: school_name(e.school),
        counts: e.counts,
    };
    let found = rule_of(packs, &finding.rule);
    let (pack, rule) = (found.map(|f| f.0), found.map(|f| f.1));
    SignalView {
        line: reason_line(packs, finding, standing),
        school: match finding.extent {
            Extent::School(school) => school_name(school),
            Extent::District => String::new(),
        },
        year: finding.year,
        met_on,
        episodes,
        evidence: finding.evidence.iter().map(day).collect(),
        near_misses: finding
            .near_misses
            .iter()
            .map(|miss| NearMissView { day: day(&miss.evidence), why: miss.why })
            .collect(),
        unknown_days: finding.unknown_days,
        citation: finding.citation.clone(),
        source: rule
            .and_then(|rule| rule.source.clone())
            .or_else(|| pack.map(|pack| pack.source.clone()))
            .unwrap_or_default(),
        next_before: finding.next.and_then(|next| next.before),
        pack: format!("{} {}", finding.rule.pack, finding.rule.pack_version),
        action: rule.map(|rule| rule.action.clone()).unwrap_or_default(),
        deadline: rule.and_then(|rule| rule.deadline.as_ref()).map(|deadline| DeadlineView {
            days: deadline.days,
            school_days: deadline.kind != DeadlineDays::Calendar,
        }),
        reviewed_on: rule.and_then(|rule| rule.reviewed_on).or(pack.map(|pack| pack.reviewed_on)),
        reading: rule.map(|rule| rule.reading.clone()).unwrap_or_default(),
        to_verify: rule.map(|rule| rule.to_verify.clone()).unwrap_or_default(),
    }
}

/// The squares of a year strip.
pub(crate) fn strip(days: &[DayFact]) -> Vec<StripDay> {
    days.iter()
        .map(|day| StripDay {
            date: day.date,
            kind: day.kind,
            missed: day.missed,
            category: day.categories.clone(),
        })
        .collect()
}

/// Known and missed days, week by week.
pub(crate) fn weeks(days: &[DayFact]) -> Vec<WeekPoint> {
    let mut weeks: Vec<WeekPoint> = Vec::new();
    for day in days.iter().filter(|day| day.known()) {
        let week = monday(day.date);
        if weeks.last().is_none_or(|last| last.week != week) {
            weeks.push(WeekPoint { week, days: 0, missed: 0 });
        }
        if let Some(last) = weeks.last_mut() {
            last.days += 1;
            last.missed += u32::from(day.missed);
        }
    }
    weeks
}

/// The Monday of a date's week.
pub(crate) fn monday(date: Date) -> Date {
    use chrono::Datelike;
    date - chrono::Days::new(u64::from(date.weekday().num_days_from_monday()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::signal::RuleRef;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn finding(outcome: Outcome, one_more_meets: bool) -> Finding {
        Finding {
            student: 0,
            rule: RuleRef { pack: "p".into(), pack_version: "1".into(), rule: "R".into() },
            title: String::new(),
            extent: Extent::School(0),
            year: SchoolYear(2025),
            as_of: day("2026-03-20"),
            numerator: 10,
            denominator: None,
            unit: "day".into(),
            outcome,
            one_more_meets,
            next: None,
            evidence: Vec::new(),
            near_misses: Vec::new(),
            unknown_days: 0,
            citation: String::new(),
            to_verify: false,
        }
    }

    fn met(met_on: &str, standing_days: u16) -> Outcome {
        Outcome::Met {
            met_on: day(met_on),
            standing: standing_days > 0,
            standing_since: (standing_days > 0).then(|| day("2026-03-09")),
            standing_days,
            episodes: Vec::new(),
            met_evidence: Vec::new(),
        }
    }

    #[test]
    fn a_signal_is_new_for_ten_school_days_then_open_and_after_it_ended_recovered_or_close() {
        let this_year = SchoolYear(2025);
        let place = |outcome, one_more| standing(&finding(outcome, one_more), this_year);
        assert_eq!(place(met("2026-03-20", 1), false), Some(Standing::NewlyMet));
        assert_eq!(place(met("2026-03-09", 10), false), Some(Standing::NewlyMet));
        assert_eq!(place(met("2026-03-06", 11), false), Some(Standing::StillOpen));
        // First met in the autumn, recovered, and met again nine days ago: that is news.
        assert_eq!(place(met("2025-10-01", 9), false), Some(Standing::NewlyMet));
        assert_eq!(place(met("2025-10-01", 0), false), Some(Standing::Recovered));
        assert_eq!(place(met("2025-10-01", 0), true), Some(Standing::Close));
        assert_eq!(place(Outcome::Close, true), Some(Standing::Close));
        // Last year's is on no list.
        assert_eq!(standing(&finding(met("2026-03-20", 1), false), SchoolYear(2026)), None);
    }
}
