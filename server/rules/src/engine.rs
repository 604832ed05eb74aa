//! History and packs in, findings out.

use crate::bits::{self, Rate};
use crate::context::Context;
use crate::marks::DayTest;
use crate::pack::{Criterion, Op, Pack, Rule, Test, Version, Window};
use crate::timeline::StudentBits;
use model::attendance::Meaning;
use model::history::History;
use model::signal::{Episode, Evidence, Extent, Finding, NearMiss, Outcome, RuleRef, WhyNot};
use model::time::Date;

/// What the rules say of a district.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// By student, then year, then rule in the order of the packs, then school; all schools together come last.
    pub findings: Vec<Finding>,
    /// Rules that could not be asked everywhere, each once.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// A rule was not asked on some school days, because no version of its pack was in force. It is not unmet: nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not evaluated: {pack} {rule}: no version was in force on the school days from {from} to {to}")]
pub struct NotEvaluated {
    /// The pack's id.
    pub pack: String,
    /// The rule's id.
    pub rule: String,
    /// First such school day.
    pub from: Date,
    /// Last such school day.
    pub to: Date,
}

/// Asks every rule of every student, as of a date: nothing after it is looked at.
///
/// Findings are of students on whom a rule was met in some school year (whether or not it stands), and, for the
/// current school year, of those whom one more counted absence would bring there. For a whole district whose findings
/// need not be held all at once, take an [`Evaluator`].
pub fn evaluate(history: &History, packs: &[&Pack], as_of: Date) -> Evaluation {
    let evaluator = Evaluator::new(history, packs, as_of);
    let findings = (0..history.students.len()).flat_map(|student| evaluator.student(student)).collect();
    Evaluation { findings, not_evaluated: evaluator.not_evaluated() }
}

/// The same of one student, at a cost that does not depend on the size of the district.
pub fn evaluate_student(history: &History, student: usize, packs: &[&Pack], as_of: Date) -> Evaluation {
    let (lines, tests) = lines(packs);
    let context = Context::for_student(history, tests, as_of, student);
    let evaluator = Evaluator { context, lines, as_of };
    Evaluation { findings: evaluator.student(student), not_evaluated: evaluator.not_evaluated() }
}

/// One rule through all versions of its pack.
struct Line<'p> {
    pack: &'p Pack,
    rule: &'p str,
    versions: Vec<Dated<'p>>,
}

/// A rule as one version of its pack has it.
#[derive(Clone, Copy)]
struct Dated<'p> {
    version: &'p Version,
    rule: &'p Rule,
    /// The place of its day test in the context.
    test: usize,
}

impl Dated<'_> {
    fn met(&self, counted: u32, enrolled: u32) -> bool {
        enrolled >= self.rule.least_enrolled && self.test().met(u64::from(counted), u64::from(enrolled))
    }

    fn test(&self) -> Test {
        self.rule.when[0].test
    }
}

/// The rules of some packs, and the different day tests they need.
fn lines<'p>(packs: &[&'p Pack]) -> (Vec<Line<'p>>, Vec<DayTest>) {
    let mut lines: Vec<Line<'p>> = Vec::new();
    let mut tests: Vec<DayTest> = Vec::new();
    for pack in packs {
        for version in &pack.versions {
            for rule in &version.rules {
                let (Some(counts), [Criterion { missed: Some(missed), window: Window::SchoolYear, .. }]) =
                    (rule.counts, rule.when.as_slice())
                else {
                    continue;
                };
                let day_test = DayTest { counts, missed: *missed };
                let test = tests.iter().position(|t| *t == day_test).unwrap_or_else(|| {
                    tests.push(day_test);
                    tests.len() - 1
                });
                let dated = Dated { version, rule, test };
                match lines.iter_mut().find(|l| l.pack.id == pack.id && l.rule == rule.id) {
                    Some(line) => line.versions.push(dated),
                    None => lines.push(Line { pack, rule: &rule.id, versions: vec![dated] }),
                }
            }
        }
    }
    (lines, tests)
}

/// How a student's year went by one rule.
struct Course<'p> {
    /// The version that judged the last tested day.
    last: Dated<'p>,
    /// The version that judged the first day met.
    first_met: Dated<'p>,
    counted: u32,
    enrolled: u32,
    /// First and last tested day of each unbroken run of days met.
    runs: Vec<(Date, Date)>,
    /// The last run goes on to the last known day.
    lasting: bool,
}

/// Packs and calendars read once, then asked student by student, on as many threads as the caller likes.
pub struct Evaluator<'h, 'p> {
    context: Context<'h>,
    lines: Vec<Line<'p>>,
    as_of: Date,
}

impl<'h, 'p> Evaluator<'h, 'p> {
    /// Reads packs, shapes and the calendars of every school, up to the as-of date.
    pub fn new(history: &'h History, packs: &[&'p Pack], as_of: Date) -> Self {
        let (lines, tests) = lines(packs);
        Self { context: Context::new(history, tests, as_of), lines, as_of }
    }

    /// The findings of one student; see [`evaluate`].
    pub fn student(&self, student: usize) -> Vec<Finding> {
        let mut findings = Vec::new();
        let years = self.context.years(student);
        for year in years.chunk_by(|a, b| a.calendar.year == b.calendar.year) {
            for line in &self.lines {
                for at_school in year {
                    let extent = Extent::School(at_school.calendar.school);
                    findings.extend(self.judge(student, line, std::slice::from_ref(at_school), extent));
                }
                if year.len() > 1 {
                    findings.extend(self.judge(student, line, year, Extent::District));
                }
            }
        }
        findings
    }

    fn judge(
        &self,
        student: usize,
        line: &Line<'p>,
        year: &[StudentBits<'_, 'h>],
        extent: Extent,
    ) -> Option<Finding> {
        let course = match (year, line.through(year)) {
            ([at_school], Some(dated)) => quick_course(dated, at_school),
            _ => slow_course(line, year)?,
        };
        let Course { last, counted, enrolled, .. } = course;
        let current = year.iter().all(|y| y.calendar.current);
        let here = current && self.enrolled_now(student, extent);
        let one_more = here && last.met(counted + 1, enrolled + 1);
        let standing = current && course.lasting;
        if course.runs.is_empty() && !one_more {
            return None;
        }
        let evidence = self.evidence(last, year);
        let outcome = match course.runs.as_slice() {
            [] => Outcome::Close,
            [(met_on, _), ..] => {
                let since = course.runs.last().filter(|_| standing).map(|run| run.0);
                let open_to =
                    |i: usize, to: Date| if standing && i + 1 == course.runs.len() { None } else { Some(to) };
                // Under another version other days may have counted.
                let same = course.first_met.test == last.test;
                let of_first = if same { None } else { Some(self.evidence(course.first_met, year)) };
                let first_evidence = of_first.as_ref().unwrap_or(&evidence);
                Outcome::Met {
                    met_on: *met_on,
                    standing,
                    standing_since: since,
                    standing_days: since.map_or(0, |since| school_days_since(year, since)),
                    episodes: course
                        .runs
                        .iter()
                        .enumerate()
                        .map(|(i, (from, to))| Episode { from: *from, to: open_to(i, *to) })
                        .collect(),
                    met_evidence: first_evidence.iter().map(|e| e.date).filter(|d| d <= met_on).collect(),
                }
            }
        };
        Some(Finding {
            student: student as u32,
            rule: RuleRef {
                pack: line.pack.id.clone(),
                pack_version: last.version.version.clone(),
                rule: line.rule.to_owned(),
            },
            extent,
            year: year.first()?.calendar.year,
            as_of: self.as_of,
            numerator: counted,
            denominator: last.test().is_rate().then_some(enrolled),
            unit: last.rule.unit.name().to_owned(),
            outcome,
            one_more_meets: one_more && !standing,
            evidence,
            near_misses: self.near_misses(last, year),
            next: None,
            unknown_days: year.iter().map(StudentBits::unknown_days).sum(),
            citation: last.rule.citation.clone(),
        })
    }

    /// Whether the student is enrolled on the as-of date, so that there is a next day at all.
    fn enrolled_now(&self, student: usize, extent: Extent) -> bool {
        let spans = self.context.history.students.get(student).map_or(&[][..], |s| &s.spans);
        spans.iter().any(|s| {
            s.covers(self.as_of)
                && match extent {
                    Extent::School(school) => s.school == school,
                    Extent::District => true,
                }
        })
    }

    /// The days that count, by date, then school.
    fn evidence(&self, dated: Dated<'p>, year: &[StudentBits<'_, 'h>]) -> Vec<Evidence> {
        let mut all = Vec::new();
        let Some(counts) = dated.rule.counts else { return all };
        for at_school in year {
            let counted = at_school.counted(dated.test);
            for (day, marks) in at_school.marked_days(&self.context.shapes) {
                let speaker = marks.speaker(counts).filter(|_| bits::get(counted, *day));
                all.extend(speaker.map(|part| Evidence {
                    date: at_school.calendar.date(*day),
                    school: at_school.calendar.school,
                    category: part.category().to_owned(),
                    reason: part.reason().to_owned(),
                    counts: 1,
                }));
            }
        }
        all.sort_by_key(|e| (e.date, e.school));
        all
    }

    /// The enrolled days with a mark that do not count, and why.
    fn near_misses(&self, dated: Dated<'p>, year: &[StudentBits<'_, 'h>]) -> Vec<NearMiss> {
        let mut all = Vec::new();
        let Some(counts) = dated.rule.counts else { return all };
        for at_school in year {
            let counted = at_school.counted(dated.test);
            for (day, marks) in at_school.marked_days(&self.context.shapes) {
                if bits::get(counted, *day) || !bits::get(&at_school.enrolled, *day) {
                    continue;
                }
                let (part, why) = if !at_school.roll(*day) {
                    (marks.parts.first(), WhyNot::RollNotTaken)
                } else if !marks.usable {
                    (marks.parts.iter().find(|p| !p.usable), WhyNot::Unusable)
                } else if let Some(part) = marks.speaker(counts) {
                    (Some(part), WhyNot::PartTooSmall)
                } else if let Some(part) = marks.speaker(DayTest::ABSENT.counts) {
                    (Some(part), WhyNot::OtherCategory)
                } else {
                    // A mark that says "present" is no miss at all.
                    (marks.parts.iter().find(|p| p.meaning == Meaning::NotCounted), WhyNot::NotCounted)
                };
                all.extend(part.map(|part| NearMiss {
                    evidence: Evidence {
                        date: at_school.calendar.date(*day),
                        school: at_school.calendar.school,
                        category: part.category().to_owned(),
                        reason: part.reason().to_owned(),
                        counts: 0,
                    },
                    why,
                }));
            }
        }
        all.sort_by_key(|n| (n.evidence.date, n.evidence.school));
        all
    }

    /// Rules with school days on which no version was in force.
    pub fn not_evaluated(&self) -> Vec<NotEvaluated> {
        let gap = |line: &Line| {
            let days = self.context.calendars().flat_map(|c| c.days).map(|d| d.date);
            let outside = days.filter(|date| line.on(*date).is_none());
            outside.fold(None, |gap: Option<(Date, Date)>, d| {
                Some(gap.map_or((d, d), |(from, to)| (from.min(d), to.max(d))))
            })
        };
        let dated = self.lines.iter().filter(|line| !line.always());
        dated
            .filter_map(|line| {
                let (from, to) = gap(line)?;
                Some(NotEvaluated { pack: line.pack.id.clone(), rule: line.rule.to_owned(), from, to })
            })
            .collect()
    }
}

impl<'p> Line<'p> {
    /// The version in force on a day.
    fn on(&self, date: Date) -> Option<Dated<'p>> {
        self.versions.iter().find(|v| v.version.in_force(date)).copied()
    }

    /// Whether one version is in force without end or beginning.
    fn always(&self) -> bool {
        self.versions.iter().any(|v| v.version.effective_from.is_none() && v.version.effective_to.is_none())
    }

    /// The version in force on every day of a year.
    fn through(&self, year: &[StudentBits]) -> Option<Dated<'p>> {
        let days =
            year.iter().filter_map(|y| Some((y.calendar.days.first()?.date, y.calendar.days.last()?.date)));
        let (first, last) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        self.on(first).filter(|dated| dated.version.in_force(last))
    }
}

/// A year at one school under one version: on bits.
fn quick_course<'p>(dated: Dated<'p>, at_school: &StudentBits) -> Course<'p> {
    let (known, counted) = (at_school.known.as_slice(), at_school.counted(dated.test));
    let (enrolled, numerator) = (bits::count(known), bits::count(counted));
    let least = dated.rule.least_enrolled;
    let runs = match dated.test() {
        Test::Count { op, count, .. } => {
            let needed = if op == Op::Gt { count + 1 } else { count };
            bits::nth(counted, needed)
                .zip(bits::nth(known, least.max(1)))
                .zip(bits::nth(known, enrolled))
                .map(|((met, testable), last)| (met.max(testable), last))
                .into_iter()
                .collect()
        }
        Test::Rate { .. } if numerator == 0 => Vec::new(),
        Test::Rate { op, percent } => {
            bits::rate_runs(known, counted, Rate { percent, more_than: op == Op::Gt, least })
        }
    };
    let lasting = runs.last().is_some_and(|run| bits::nth(known, enrolled) == Some(run.1));
    let date = |day: usize| at_school.calendar.date(day);
    let runs = runs.into_iter().map(|(from, to)| (date(from), date(to))).collect();
    Course { last: dated, first_met: dated, counted: numerator, enrolled, runs, lasting }
}

/// Several schools, or several versions: day by day. `None` where no version was in force on any known day.
fn slow_course<'p>(line: &Line<'p>, year: &[StudentBits]) -> Option<Course<'p>> {
    let mut days: Vec<(Date, usize, usize)> = Vec::new();
    for (school, at_school) in year.iter().enumerate() {
        days.extend(bits::days(&at_school.known).map(|day| (at_school.calendar.date(day), school, day)));
    }
    days.sort_unstable();
    let mut enrolled = 0;
    let mut counted = vec![0_u32; line.versions.len()];
    let mut runs: Vec<(Date, Date)> = Vec::new();
    let mut met_before = false;
    let mut last: Option<(usize, Dated<'p>)> = None;
    let mut first_met = None;
    for on_date in days.chunk_by(|a, b| a.0 == b.0) {
        let date = on_date.first()?.0;
        for (_, school, day) in on_date {
            enrolled += 1;
            for (sum, version) in counted.iter_mut().zip(&line.versions) {
                *sum += u32::from(bits::get(year[*school].counted(version.test), *day));
            }
        }
        let in_force = line.versions.iter().position(|v| v.version.in_force(date));
        let Some((i, dated)) = in_force.map(|i| (i, line.versions[i])) else {
            // No rule, nothing met: a run ends here.
            met_before = false;
            continue;
        };
        last = Some((i, dated));
        let met = dated.met(counted[i], enrolled);
        match runs.last_mut().filter(|_| met_before) {
            Some(run) if met => run.1 = date,
            _ if met => runs.push((date, date)),
            _ => {}
        }
        if met {
            first_met.get_or_insert(dated);
        }
        met_before = met;
    }
    let (i, last) = last?;
    Some(Course {
        last,
        first_met: first_met.unwrap_or(last),
        counted: counted[i],
        enrolled,
        runs,
        lasting: met_before,
    })
}

/// Instructional days of the year's schools from a day to the as-of date.
fn school_days_since(year: &[StudentBits], since: Date) -> u16 {
    let mut dates: Vec<Date> =
        year.iter().flat_map(|y| y.calendar.days).map(|d| d.date).filter(|d| *d >= since).collect();
    dates.sort_unstable();
    dates.dedup();
    dates.len().min(usize::from(u16::MAX)) as u16
}
