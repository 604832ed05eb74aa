//! A second implementation of the rules: day by day, slow and obvious, sharing no code with the engine.
//! It reads the same [`History`] and [`Pack`] and must say the same of everybody.

use model::attendance::{Mark, Meaning, Shape};
use model::history::{Calendar, Day, History, School, StudentHistory};
use model::signal::{Episode, Evidence, Extent, Finding, Outcome, RuleRef};
use model::time::{Date, SchoolYear};
use rules::pack::{Counts, Missed, Op, Pack, Rule, Test, Version};
use std::collections::BTreeSet;

/// A fraction of the day.
type Fraction = (u128, u128);

fn add(a: Fraction, b: Fraction) -> Fraction {
    (a.0 * b.1 + b.0 * a.1, a.1 * b.1)
}

fn less(a: Fraction, b: Fraction) -> bool {
    a.0 * b.1 < b.0 * a.1
}

fn takes(counts: Counts, meaning: Meaning) -> bool {
    use Meaning::*;
    match counts {
        Counts::Unexcused => [Unexcused].contains(&meaning),
        Counts::UnexcusedOrUnknown => [Unexcused, Unknown].contains(&meaning),
        Counts::UnexcusedOrTardy => [Unexcused, Tardy].contains(&meaning),
        Counts::Excused => [Excused].contains(&meaning),
        Counts::All => [Excused, Unexcused, Unknown, Tardy, Partial, EarlyDeparture].contains(&meaning),
    }
}

struct Seen<'a> {
    mark: Mark,
    shape: &'a Shape,
    meaning: Meaning,
    missed: Fraction,
}

/// What a mark missed; `None` where that cannot be said.
fn see<'a>(history: &'a History, school: &School, day: &Day, mark: Mark) -> Option<Seen<'a>> {
    let shape = history.shapes.get(mark.shape)?;
    if shape.unusable {
        return None;
    }
    let meaning = history.codes.meaning(&shape.category)?;
    let bells: u128 = school.bells.iter().map(|b| u128::from(b.end - b.start)).sum();
    let length = day.minutes.map(u128::from).or((bells > 0).then_some(bells)).filter(|l| *l > 0);
    let is_absence = [Meaning::Excused, Meaning::Unexcused, Meaning::Unknown].contains(&meaning);
    let missed = if meaning == Meaning::Present || meaning == Meaning::NotCounted {
        (0, 1)
    } else if let Some(millionths) = shape.fraction {
        (u128::from(millionths), 1_000_000)
    } else if let Some(minutes) = shape.minutes {
        (u128::from(minutes), length?)
    } else if !is_absence {
        (0, 1)
    } else if let Some(period) = &shape.period {
        let bell = school.bells.iter().find(|b| b.period == *period)?;
        (u128::from(bell.end - bell.start), length?)
    } else if shape.session.is_some() {
        (1, 2)
    } else {
        (1, 1)
    };
    let missed = if less((1, 1), missed) { (1, 1) } else { missed };
    Some(Seen { mark, shape, meaning, missed })
}

/// The minutes since midnight a mark speaks of, one by one.
fn minutes_away(school: &School, seen: &Seen) -> Option<BTreeSet<u16>> {
    let day = 0..1_440;
    match (seen.mark.arrival, seen.mark.departure) {
        (Some(came), Some(left)) if left == came => None,
        (Some(came), Some(left)) if left < came => Some((left..came).collect()),
        (Some(came), Some(left)) => Some(day.filter(|m| *m < came || *m >= left).collect()),
        (Some(came), None) => Some((0..came).collect()),
        (None, Some(left)) => Some((left..1_440).collect()),
        (None, None) => {
            let bell = school.bells.iter().find(|b| Some(&b.period) == seen.shape.period.as_ref())?;
            Some((bell.start..bell.end).collect())
        }
    }
}

fn disjoint(school: &School, a: &Seen, b: &Seen) -> bool {
    if a.shape.session.is_some() && b.shape.session.is_some() && a.shape.session != b.shape.session {
        return true;
    }
    if a.shape.period.is_some() && b.shape.period.is_some() && a.shape.period != b.shape.period {
        return true;
    }
    match (minutes_away(school, a), minutes_away(school, b)) {
        (Some(a), Some(b)) => a.is_disjoint(&b),
        _ => false,
    }
}

/// The most that pairwise disjoint marks in counted categories add up to: every choice of marks is tried.
fn missed(school: &School, counts: Counts, seen: &[Seen]) -> Fraction {
    let counted: Vec<&Seen> = seen.iter().filter(|s| takes(counts, s.meaning)).collect();
    let mut best = (0, 1);
    for choice in 0_u32..1 << counted.len() {
        let chosen: Vec<&&Seen> =
            counted.iter().enumerate().filter(|(i, _)| choice >> i & 1 == 1).map(|(_, s)| s).collect();
        let apart =
            chosen.iter().enumerate().all(|(i, a)| chosen[..i].iter().all(|b| disjoint(school, a, b)));
        let sum = chosen.iter().fold((0, 1), |sum, s| add(sum, s.missed));
        if apart && less(best, sum) {
            best = sum;
        }
    }
    best
}

fn enough(rule: &Rule, part: Fraction) -> bool {
    match rule.when[0].missed.unwrap() {
        Missed::AtLeastHalf => !less(part, (1, 2)),
        Missed::MoreThanHalf => less((1, 2), part),
        Missed::Whole => !less(part, (1, 1)),
        _ => false,
    }
}

/// The evidence of a known day for a rule, if the day counts; `Err` where the day is unknown.
fn look(
    history: &History,
    student: &StudentHistory,
    school: u32,
    calendar: &Calendar,
    day: &Day,
    rule: &Rule,
) -> Result<Option<Evidence>, ()> {
    let at = &history.schools[school as usize];
    let roll = day.roll.unwrap_or(at.last_row.is_some_and(|last| day.date <= last));
    if !roll {
        return Err(());
    }
    let years = student.years.iter().filter(|y| y.school == school && y.year == calendar.year);
    let marks = years.flat_map(|y| y.strip.marks()).filter(|m| m.date(calendar.year) == day.date);
    let seen: Option<Vec<Seen>> = marks.map(|m| see(history, at, day, m)).collect();
    let seen = seen.ok_or(())?;
    if !enough(rule, missed(at, rule.counts.unwrap(), &seen)) {
        return Ok(None);
    }
    let mut speakers: Vec<&Seen> = seen.iter().filter(|s| takes(rule.counts.unwrap(), s.meaning)).collect();
    speakers.sort_by(|a, b| {
        let largest_first = (b.missed.0 * a.missed.1).cmp(&(a.missed.0 * b.missed.1));
        let then_category = (a.meaning, &a.shape.category).cmp(&(b.meaning, &b.shape.category));
        largest_first.then(then_category).then(a.mark.cmp(&b.mark))
    });
    Ok(speakers.first().map(|speaker| Evidence {
        date: day.date,
        school,
        category: speaker.shape.category.clone(),
        reason: speaker.shape.reason.clone(),
        counts: 1,
    }))
}

fn in_force(pack: &Pack, date: Date) -> Option<&Version> {
    pack.versions.iter().find(|v| {
        v.effective_from.is_none_or(|from| from <= date) && v.effective_to.is_none_or(|to| to >= date)
    })
}

fn met(rule: &Rule, counted: u32, enrolled: u32) -> bool {
    if enrolled < rule.least_enrolled {
        return false;
    }
    match rule.when[0].test {
        Test::Count { op: Op::Gte, count, .. } => counted >= count,
        Test::Count { op: Op::Gt, count, .. } => counted > count,
        Test::Rate { op: Op::Gte, percent } => 100 * counted >= percent * enrolled,
        Test::Rate { op: Op::Gt, percent } => 100 * counted > percent * enrolled,
    }
}

fn is_current(school: &School, calendar: &Calendar, as_of: Date) -> bool {
    if calendar.year_named {
        let mut later: Vec<&Calendar> =
            school.calendars.iter().filter(|c| c.year > calendar.year && !c.days.is_empty()).collect();
        later.sort_by_key(|c| c.year);
        later.first().is_none_or(|next| as_of < next.days[0].date)
    } else {
        as_of < Date::from_ymd_opt(i32::from(calendar.year.0) + 1, 7, 1).unwrap()
    }
}

/// What the rules say of everybody; near misses are left out.
pub(crate) fn evaluate(history: &History, packs: &[&Pack], as_of: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    let years: BTreeSet<SchoolYear> =
        history.schools.iter().flat_map(|s| &s.calendars).map(|c| c.year).collect();
    for (number, student) in history.students.iter().enumerate() {
        for year in &years {
            let mut calendars: Vec<(u32, &Calendar)> = Vec::new();
            for (school, s) in history.schools.iter().enumerate() {
                for calendar in s.calendars.iter().filter(|c| c.year == *year) {
                    let enrolled = |date: Date| {
                        student.spans.iter().any(|s| s.school == school as u32 && s.covers(date))
                    };
                    if calendar.days.iter().any(|d| d.date <= as_of && enrolled(d.date)) {
                        calendars.push((school as u32, calendar));
                    }
                }
            }
            for pack in packs {
                let rules: BTreeSet<&str> =
                    pack.versions.iter().flat_map(|v| &v.rules).map(|r| r.id.as_str()).collect();
                for rule in rules {
                    for one in calendars.chunks(1) {
                        findings.extend(judge(
                            history,
                            number,
                            pack,
                            rule,
                            one,
                            Extent::School(one[0].0),
                            as_of,
                        ));
                    }
                    if calendars.len() > 1 {
                        findings.extend(judge(
                            history,
                            number,
                            pack,
                            rule,
                            &calendars,
                            Extent::District,
                            as_of,
                        ));
                    }
                }
            }
        }
    }
    findings
}

fn judge(
    history: &History,
    number: usize,
    pack: &Pack,
    rule_id: &str,
    calendars: &[(u32, &Calendar)],
    extent: Extent,
    as_of: Date,
) -> Option<Finding> {
    let student = &history.students[number];
    let dates: BTreeSet<Date> =
        calendars.iter().flat_map(|(_, c)| &c.days).map(|d| d.date).filter(|d| *d <= as_of).collect();
    let count_until = |rule: &Rule, until: Date| {
        let (mut enrolled, mut unknown, mut evidence) = (0, 0, Vec::new());
        for date in dates.iter().filter(|d| **d <= until) {
            for (school, calendar) in calendars {
                let here = student.spans.iter().any(|s| s.school == *school && s.covers(*date));
                for day in calendar.days.iter().filter(|d| d.date == *date && here) {
                    match look(history, student, *school, calendar, day, rule) {
                        Err(()) => unknown += 1,
                        Ok(counted) => {
                            enrolled += 1;
                            evidence.extend(counted);
                        }
                    }
                }
            }
        }
        (enrolled, unknown, evidence)
    };
    let rule_on = |date: Date| {
        let version = in_force(pack, date)?;
        Some((version, version.rules.iter().find(|r| r.id == rule_id)?))
    };
    // Each date whose attendance is known somewhere: was the rule met on it?
    let mut states: Vec<(Date, bool)> = Vec::new();
    let mut judged_by = None;
    let mut known_before = 0;
    let any_rule = pack.versions.iter().flat_map(|v| &v.rules).find(|r| r.id == rule_id)?;
    for date in &dates {
        let known = count_until(any_rule, *date).0;
        if known == known_before {
            continue;
        }
        known_before = known;
        if let Some((version, rule)) = rule_on(*date) {
            let (enrolled, _, evidence) = count_until(rule, *date);
            states.push((*date, met(rule, evidence.len() as u32, enrolled)));
            judged_by = Some((version, rule));
        } else {
            states.push((*date, false));
        }
    }
    // Where no day is known yet, the version in force throughout says what would meet it.
    let everywhere = || {
        let first = rule_on(*dates.first()?)?;
        let last = rule_on(*dates.last()?)?;
        (first.0.version == last.0.version && extent != Extent::District).then_some(first)
    };
    let (version, rule) = judged_by.or_else(everywhere)?;
    let (enrolled, unknown_days, evidence) = count_until(rule, as_of);
    let current =
        calendars.iter().all(|(school, c)| is_current(&history.schools[*school as usize], c, as_of));
    let enrolled_now = student
        .spans
        .iter()
        .any(|s| s.covers(as_of) && (extent == Extent::District || extent == Extent::School(s.school)));
    let standing = current && states.last().is_some_and(|(_, met)| *met);
    let one_more =
        current && enrolled_now && !evidence.is_empty() && met(rule, evidence.len() as u32 + 1, enrolled + 1);
    let runs: Vec<(Date, Date)> = states
        .chunk_by(|a, b| a.1 == b.1)
        .filter(|run| run[0].1)
        .map(|run| (run[0].0, run[run.len() - 1].0))
        .collect();
    let outcome = if let Some((met_on, _)) = runs.first() {
        let since = runs.last().map(|r| r.0).filter(|_| standing);
        let last_run = runs.len() - 1;
        Outcome::Met {
            met_on: *met_on,
            standing,
            standing_since: since,
            standing_days: since.map_or(0, |since| dates.iter().filter(|d| **d >= since).count() as u16),
            episodes: runs
                .iter()
                .enumerate()
                .map(|(i, (from, to))| Episode {
                    from: *from,
                    to: (!standing || i < last_run).then_some(*to),
                })
                .collect(),
            met_evidence: count_until(rule_on(*met_on)?.1, *met_on).2.iter().map(|e| e.date).collect(),
        }
    } else if one_more {
        Outcome::Close
    } else {
        return None;
    };
    Some(Finding {
        student: number as u32,
        rule: RuleRef {
            pack: pack.id.clone(),
            pack_version: version.version.clone(),
            rule: rule_id.to_owned(),
        },
        title: rule.title.clone(),
        to_verify: !rule.to_verify.is_empty(),
        extent,
        year: calendars[0].1.year,
        as_of,
        numerator: evidence.len() as u32,
        denominator: matches!(rule.when[0].test, Test::Rate { .. }).then_some(enrolled),
        unit: "day".to_owned(),
        outcome,
        one_more_meets: one_more && !standing,
        next: None,
        evidence,
        near_misses: Vec::new(),
        unknown_days,
        citation: rule.citation.clone(),
    })
}
