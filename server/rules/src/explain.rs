//! Findings: what a rule says of a student, with the marks behind it and those that did not count.

use crate::bits;
use crate::course::Course;
use crate::ground::{Scope, Slot};
use crate::lines::{Dated, Line, Way};
use crate::marks::{DayMarks, Part};
use crate::measure::Measure;
use crate::pack::Unit;
use crate::sweep::Sum;
use model::attendance::Meaning;
use model::signal::{Episode, Evidence, Finding, NearMiss, Outcome, RuleRef, WhyNot};
use model::time::Date;
use std::cell::OnceCell;

/// The marks of each sheet, read when first asked for.
pub(crate) type Read<'h> = Vec<OnceCell<Vec<(usize, DayMarks<'h>)>>>;

/// A student's year with its marks.
pub(crate) struct Explainer<'g, 'a, 'h> {
    pub(crate) scope: Scope<'a, 'h>,
    pub(crate) read: &'g Read<'h>,
    pub(crate) student: u32,
}

impl<'h> Explainer<'_, '_, 'h> {
    /// What the rule says, by how the year went.
    pub(crate) fn finding(&self, line: &Line, course: &Course<'h>) -> Finding {
        let scope = self.scope;
        let dated = &line.versions[course.version];
        let way = &dated.ways[course.way];
        let evidence = self.evidence(line, dated, way, &course.sum, course.until);
        let outcome = self.outcome(line, course, &evidence);
        let near_misses = self.near_misses(dated, way, course, &evidence);
        let rate = way.criterion.test.is_rate();
        let (enrolled, known) = scope.of_year().fold((0, 0), |(enrolled, known), sheet| {
            (enrolled + bits::count(&sheet.enrolled), known + bits::count(&sheet.known(way.measure)))
        });
        Finding {
            student: self.student,
            rule: RuleRef {
                pack: line.pack.id.clone(),
                pack_version: dated.version.version.clone(),
                rule: line.rule.to_owned(),
            },
            title: dated.rule.title.clone(),
            to_verify: !dated.rule.to_verify.is_empty(),
            extent: scope.extent,
            year: scope.year,
            as_of: scope.as_of,
            numerator: way.shown(course.sum.counted),
            denominator: rate.then(|| way.shown(course.sum.whole)),
            unit: dated.rule.unit.name().to_owned(),
            outcome,
            one_more_meets: course.one_more,
            next: course.next,
            evidence,
            near_misses,
            unknown_days: enrolled - known,
            citation: dated.rule.citation.clone(),
        }
    }

    fn outcome(&self, line: &Line, course: &Course<'h>, evidence: &[Evidence]) -> Outcome {
        let Some(first) = course.first else { return Outcome::Close };
        let since = course.runs.last().filter(|_| course.standing).map(|run| run.0);
        let dated = &line.versions[first.version];
        // A window that stands still held on the day what the finding's holds up to it.
        let same_window = (first.version, first.way) == (course.version, course.way)
            && (first.sum.from, first.sum.class) == (course.sum.from, course.sum.class)
            && first.on <= course.until;
        let then;
        let evidence = if same_window {
            &evidence[..evidence.partition_point(|e| e.date <= first.on)]
        } else {
            then = self.evidence(line, dated, &dated.ways[first.way], &first.sum, first.on);
            &then
        };
        let mut met: Vec<(Date, u32)> = evidence.iter().map(|e| (e.date, e.school)).collect();
        if dated.rule.unit == Unit::Session {
            met.dedup();
        }
        Outcome::Met {
            met_on: first.on,
            standing: course.standing,
            standing_since: since,
            standing_days: since.map_or(0, |since| {
                let calendars = self.scope.of_year().map(|sheet| self.scope.context.calendar(sheet));
                let mut days: Vec<Date> = calendars.flat_map(|c| c.dates()).filter(|d| *d >= since).collect();
                days.sort_unstable();
                days.dedup();
                days.len().min(usize::from(u16::MAX)) as u16
            }),
            episodes: episodes(course),
            met_evidence: met.into_iter().map(|(date, _)| date).collect(),
        }
    }

    fn marked(&self, sheet: usize) -> &[(usize, DayMarks<'h>)] {
        let of = &self.scope.sheets[sheet];
        let context = self.scope.context;
        self.read[sheet].get_or_init(|| of.marked_days(context.calendar(of), &context.shapes))
    }

    /// The marks that count in a window that ends on a day, by date, then school.
    fn evidence(&self, line: &Line, dated: &Dated, way: &Way, sum: &Sum<'h>, until: Date) -> Vec<Evidence> {
        let scope = self.scope;
        if way.unit == Unit::Report {
            return self.reports(line, way, until);
        }
        let measure = scope.measures().all()[way.measure];
        let mut all = Vec::new();
        for (number, sheet) in scope.sheets.iter().enumerate().filter(|(_, sheet)| scope.holds(sheet)) {
            let calendar = scope.context.calendar(sheet);
            let in_year = calendar.year == scope.year;
            if !in_year && !way.reaches_back() {
                continue;
            }
            let mut marked = self.marked(number).iter();
            for (place, mut amount) in sheet.events(way.measure, scope.measures()) {
                let slot = Slot { date: calendar.date(place), sheet: number, place, in_year };
                if slot.date < sum.from || slot.date > until || scope.excluded(dated.rule, slot) {
                    continue;
                }
                let Some((_, marks)) = marked.find(|(of, _)| *of == place) else { continue };
                if let Some(period) = sum.class {
                    if !marks.periods(measure.counts()).contains(&period) {
                        continue;
                    }
                    amount = 1;
                }
                let speakers = marks.speakers(measure, amount).into_iter();
                all.extend(speakers.map(|(part, amount)| self.part(slot, part, way.shown(amount))));
            }
        }
        all.sort_by_key(|e| (e.date, e.school));
        all
    }

    fn part(&self, slot: Slot, part: &Part<'h>, counts: u32) -> Evidence {
        Evidence {
            date: slot.date,
            school: self.scope.school(slot),
            category: part.category().to_owned(),
            reason: part.reason().to_owned(),
            counts,
        }
    }

    fn reports(&self, line: &Line, way: &Way, until: Date) -> Vec<Evidence> {
        let scope = self.scope;
        let facts = scope.facts(line.pack.year_begins, until).into_iter();
        let home = scope.of_year().next().map_or(0, |sheet| scope.context.calendar(sheet).school);
        facts
            .filter(|f| Some(f.kind) == way.criterion.fact)
            .map(|f| Evidence {
                date: f.date,
                school: f.school.unwrap_or(home),
                category: f.kind.name().to_owned(),
                reason: String::new(),
                counts: 1,
            })
            .collect()
    }

    /// The enrolled days of the year with a mark that do not count, and why, by date, then school.
    fn near_misses(
        &self,
        dated: &Dated,
        way: &Way,
        course: &Course<'h>,
        evidence: &[Evidence],
    ) -> Vec<NearMiss> {
        let scope = self.scope;
        if way.unit == Unit::Report {
            return Vec::new();
        }
        let measure = scope.measures().all()[way.measure];
        let counts = |date: Date, school: u32| {
            let from = evidence.partition_point(|e| (e.date, e.school) < (date, school));
            evidence.get(from).is_some_and(|e| (e.date, e.school) == (date, school))
        };
        let mut all = Vec::new();
        for (number, sheet) in scope.sheets.iter().enumerate().filter(|(_, sheet)| scope.holds(sheet)) {
            let calendar = scope.context.calendar(sheet);
            if calendar.year != scope.year {
                continue;
            }
            for (place, marks) in self.marked(number) {
                let slot = Slot { date: calendar.date(*place), sheet: number, place: *place, in_year: true };
                if !bits::get(&sheet.enrolled, *place) || counts(slot.date, calendar.school) {
                    continue;
                }
                let (part, why) = if !bits::get(&sheet.roll, *place) {
                    (marks.parts.first(), WhyNot::RollNotTaken)
                } else {
                    why_not(marks, measure, scope.excluded(dated.rule, slot), course.sum.class)
                };
                all.extend(part.map(|part| NearMiss { evidence: self.part(slot, part, 0), why }));
            }
        }
        all.sort_by_key(|n| (n.evidence.date, n.evidence.school));
        all
    }
}

/// The runs of days met; the last one may last.
pub(crate) fn episodes(course: &Course) -> Vec<Episode> {
    let lasts = |i: usize| course.standing && i + 1 == course.runs.len();
    let runs = course.runs.iter().enumerate();
    runs.map(|(i, (from, to))| Episode { from: *from, to: (!lasts(i)).then_some(*to) }).collect()
}

/// Why the marks of a day with roll do not count, and the mark that speaks for it. A mark that says "present" is no
/// miss at all.
fn why_not<'m, 'h>(
    marks: &'m DayMarks<'h>,
    measure: Measure,
    excluded: bool,
    class: Option<&str>,
) -> (Option<&'m Part<'h>>, WhyNot) {
    let counts = measure.counts();
    match marks.amount(measure) {
        None => {
            let spoilt = marks.parts.iter().find(|p| p.spoilt());
            (spoilt.or_else(|| marks.parts.iter().find(|p| !p.usable)), WhyNot::Unusable)
        }
        Some(amount) if amount > 0 => {
            let other_class = class.is_some_and(|class| !marks.periods(counts).contains(&class));
            let why = match (excluded, other_class) {
                (true, _) => WhyNot::Excluded,
                (false, true) => WhyNot::PartTooSmall,
                (false, false) => WhyNot::OutsideWindow,
            };
            (marks.speaker(counts), why)
        }
        Some(_) => match (marks.speaker(counts), marks.speaker(Measure::ABSENT.counts())) {
            (Some(part), _) => (Some(part), WhyNot::PartTooSmall),
            (None, Some(part)) => (Some(part), WhyNot::OtherCategory),
            (None, None) => {
                (marks.parts.iter().find(|p| p.meaning == Meaning::NotCounted), WhyNot::NotCounted)
            }
        },
    }
}
