//! The rules on a district, and what of their findings is kept for lists and pages.

use crate::views;
use model::grade::Grade;
use model::history::{History, Span};
use model::ids::SchoolId;
use model::page::{NotAsked, Standing, WhyNotAsked};
use model::signal::{Extent, Outcome};
use model::time::{Date, SchoolYear};
use rules::days::Days;
use rules::pack::Pack;
use rules::{Cause, NotEvaluated};
use std::collections::HashMap;
use store::KnownHistory;
use store::signals::{SignalRow, Summary};
use store::weeks::SchoolWeek;

/// What is kept of one evaluation.
pub(crate) struct Judgement {
    pub(crate) signals: Vec<SignalRow>,
    pub(crate) summaries: Vec<Summary>,
    pub(crate) weeks: Vec<SchoolWeek>,
    pub(crate) not_asked: Vec<NotAsked>,
}

/// Judges everybody as of the last school day up to `today`.
pub(crate) fn judge(known: &KnownHistory, packs: &[&Pack], today: Date) -> Judgement {
    let history = &known.history;
    let as_of = as_of(history, today);
    let Some(year) = current_year(history, as_of) else {
        return Judgement {
            signals: Vec::new(),
            summaries: Vec::new(),
            weeks: Vec::new(),
            not_asked: Vec::new(),
        };
    };
    let school_id = |place: u32| known.schools.get(place as usize).copied();
    let evaluator = rules::Evaluator::new(history, packs, as_of);
    let days = Days::new(history, as_of);
    let mut signals = Vec::new();
    let mut verdicts = Vec::new();
    let mut summaries = Vec::with_capacity(known.students.len());
    let mut weeks: HashMap<(u32, Date), (u32, u32)> = HashMap::new();
    for (place, student) in known.students.iter().enumerate() {
        let spans = &history.students[place].spans;
        let mut pressing: Option<Standing> = None;
        verdicts.clear();
        evaluator.verdicts(place, &mut verdicts);
        for verdict in &verdicts {
            let school = match verdict.extent {
                Extent::School(at) => school_id(at),
                Extent::District => None,
            };
            // Opened only where it is listed: opening costs far more than judging.
            let listed = verdict.year == year && enrolled(spans, verdict.extent, as_of);
            let Some(finding) = listed.then(|| evaluator.explain(verdict)).flatten() else { continue };
            let standing = views::standing(&finding, year);
            let Some(standing) = standing else { continue };
            pressing = Some(pressing.map_or(standing, |most| most.min(standing)));
            signals.push(SignalRow {
                student: *student,
                school,
                standing,
                standing_since: match finding.outcome {
                    Outcome::Met { standing_since, .. } => standing_since,
                    Outcome::Close => None,
                },
                rule: finding.rule,
                year: finding.year,
                numerator: finding.numerator,
                denominator: finding.denominator,
                unit: finding.unit,
                more: finding.next.map(|next| next.more),
                as_of: finding.as_of,
            });
        }
        for day in days.of(place).iter().filter(|day| day.year == year && day.known()) {
            let week = weeks.entry((day.school, views::monday(day.date))).or_default();
            week.0 += 1;
            week.1 += u32::from(day.missed);
        }
        let span = last_span(spans, as_of);
        let totals = days.totals(place, year);
        summaries.push(Summary {
            student: *student,
            school: span.and_then(|s| school_id(s.school)),
            grade: span.and_then(|s| s.grade),
            enrolled: span.is_some_and(|s| s.covers(as_of)),
            missed: totals.missed,
            days: totals.days,
            standing: pressing,
        });
    }
    let mut weeks: Vec<SchoolWeek> = weeks
        .into_iter()
        .filter_map(|((school, week), (days, missed))| {
            Some(SchoolWeek { school: school_id(school)?, week, days, missed })
        })
        .collect();
    weeks.sort_unstable_by_key(|w| (w.school, w.week));
    let not_asked = evaluator.not_evaluated().into_iter().map(not_asked).collect();
    Judgement { signals, summaries, weeks, not_asked }
}

fn not_asked(of: NotEvaluated) -> NotAsked {
    let why = match of.cause {
        Cause::NoVersion { from, to } => WhyNotAsked::NoVersion { from, to },
        Cause::NoFacts => WhyNotAsked::NoFacts,
        Cause::NoBirthDates { students } => WhyNotAsked::NoBirthDates { students },
        Cause::NoDayLength { schools } => WhyNotAsked::NoDayLength { schools },
    };
    NotAsked { pack: of.pack, rule: of.rule, why }
}

/// The last day of any calendar up to `today`: a count ends where the data ends, and over the summer the year that
/// ended is the one shown.
pub(crate) fn as_of(history: &History, today: Date) -> Date {
    history
        .schools
        .iter()
        .flat_map(|school| &school.calendars)
        .flat_map(|calendar| &calendar.days)
        .map(|day| day.date)
        .filter(|date| *date <= today)
        .max()
        .unwrap_or(today)
}

/// The school year of that day; `None` where no calendar has begun.
pub(crate) fn current_year(history: &History, as_of: Date) -> Option<SchoolYear> {
    history
        .schools
        .iter()
        .flat_map(|school| &school.calendars)
        .filter(|calendar| calendar.days.first().is_some_and(|first| first.date <= as_of))
        .map(|calendar| calendar.year)
        .max()
}

/// Whether somebody is enrolled where a rule was asked. A student who left a school is on nobody's list there, however
/// the count stood on the last day.
pub(crate) fn enrolled(spans: &[Span], extent: Extent, as_of: Date) -> bool {
    spans.iter().any(|span| {
        span.covers(as_of)
            && match extent {
                Extent::School(at) => span.school == at,
                Extent::District => true,
            }
    })
}

/// The span that covers the day, else the last one.
pub(crate) fn last_span(spans: &[Span], as_of: Date) -> Option<&Span> {
    let begun = || spans.iter().filter(|span| span.entry <= as_of);
    begun()
        .filter(|span| span.covers(as_of))
        .max_by_key(|span| span.entry)
        .or_else(|| begun().max_by_key(|s| s.entry))
}

/// A grade as screens show it: its CEDS code, or nothing.
pub(crate) fn grade_code(grade: Option<Grade>) -> String {
    grade.map(Grade::code).unwrap_or_default()
}

/// The name of a school by its place in a history.
pub(crate) fn school_name(known: &KnownHistory, names: &HashMap<SchoolId, String>, place: u32) -> String {
    known.schools.get(place as usize).and_then(|id| names.get(id)).cloned().unwrap_or_default()
}
