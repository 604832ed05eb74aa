//! The rules on a district, and what of their findings is kept for lists and pages.

use crate::views;
use model::grade::Grade;
use model::history::{History, School, Span};
use model::ids::SchoolId;
use model::page::{NotAsked, Standing, WhyNotAsked};
use model::signal::{Extent, Outcome};
use model::time::{Date, SchoolYear};
use rules::days::{DayFact, Days};
use rules::pack::Pack;
use rules::{Answered, Cause, Evaluator, NotEvaluated, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap};
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

/// A day, and the school year it belongs to; no year where no calendar has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) as_of: Date,
    pub(crate) year: Option<SchoolYear>,
}

impl Reach {
    /// The last calendar day up to `today`: a count ends where the data ends, and over the summer the year that ended
    /// is the one shown.
    fn of<'h>(schools: impl Iterator<Item = &'h School> + Clone, today: Date) -> Self {
        let calendars = schools.flat_map(|school| &school.calendars);
        let days = calendars.clone().flat_map(|calendar| &calendar.days).map(|day| day.date);
        let as_of = days.filter(|date| *date <= today).max().unwrap_or(today);
        let begun = calendars.filter(|c| c.days.first().is_some_and(|first| first.date <= as_of));
        Self { as_of, year: begun.map(|calendar| calendar.year).max() }
    }
}

/// How far the data of each school reaches. Schools begin their year on days of their own: until a school's first day it
/// is shown as over the summer, though others teach already.
#[derive(Debug, Clone)]
pub(crate) struct Reaches {
    schools: Vec<Reach>,
    district: Reach,
}

impl Reaches {
    /// Those of a history on a day.
    pub(crate) fn of(history: &History, today: Date) -> Self {
        let district = Reach::of(history.schools.iter(), today);
        let of_school = |school: &School| {
            let own = Reach::of(std::iter::once(school), today);
            // A school whose calendars ended longer ago is closed, and not in its holidays.
            let near = own.year.is_some_and(|y| Some(y) == district.year || Some(y.next()) == district.year);
            if near { own } else { district }
        };
        Self { schools: history.schools.iter().map(of_school).collect(), district }
    }

    /// The furthest of all.
    pub(crate) fn district(&self) -> Reach {
        self.district
    }

    /// That of the school at a place of the history.
    pub(crate) fn at(&self, school: u32) -> Reach {
        self.schools.get(school as usize).copied().unwrap_or(self.district)
    }

    /// That of a student's own school.
    pub(crate) fn of_student(&self, spans: &[Span]) -> Reach {
        self.own_span(spans).map_or(self.district, |span| self.at(span.school))
    }

    /// Whether a student is enrolled at the school of a span on the last day of that school's data.
    pub(crate) fn covers(&self, span: &Span) -> bool {
        span.covers(self.at(span.school).as_of)
    }

    /// Whether somebody is enrolled where a rule was asked. A student who left a school is on nobody's list there,
    /// however the count stood on the last day.
    pub(crate) fn enrolled(&self, spans: &[Span], extent: Extent) -> bool {
        spans.iter().any(|span| {
            self.covers(span)
                && match extent {
                    Extent::School(at) => span.school == at,
                    Extent::District => true,
                }
        })
    }

    /// The enrollment at a student's own school: the latest that lasts, else the latest.
    pub(crate) fn own_span<'s>(&self, spans: &'s [Span]) -> Option<&'s Span> {
        let begun = || spans.iter().filter(|span| span.entry <= self.at(span.school).as_of);
        begun()
            .filter(|span| self.covers(span))
            .max_by_key(|span| span.entry)
            .or_else(|| begun().max_by_key(|span| span.entry))
    }
}

/// The rules, asked as of the day to which each school's data reaches.
pub(crate) struct Judges<'h, 'p> {
    history: &'h History,
    reaches: Reaches,
    by_day: BTreeMap<Date, Evaluator<'h, 'p>>,
}

impl<'h, 'p> Judges<'h, 'p> {
    /// Reads packs and calendars once for each such day; mostly there is one.
    pub(crate) fn new(history: &'h History, packs: &[&'p Pack], reaches: Reaches) -> Self {
        let days = reaches.schools.iter().chain([&reaches.district]).map(|reach| reach.as_of);
        let by_day = days.collect::<BTreeSet<_>>();
        let by_day = by_day.into_iter().map(|day| (day, Evaluator::new(history, packs, day))).collect();
        Self { history, reaches, by_day }
    }

    /// How far the data reaches.
    pub(crate) fn reaches(&self) -> &Reaches {
        &self.reaches
    }

    /// The rules that could not be asked as of the furthest day, and why.
    pub(crate) fn not_evaluated(&self) -> Vec<NotEvaluated> {
        self.by_day.get(&self.reaches.district.as_of).map(Evaluator::not_evaluated).unwrap_or_default()
    }

    /// What every rule says of a student in the school year that runs, and which year that is: of a school in its own, of
    /// the district in that of the student's own school.
    pub(crate) fn ask(&self, student: usize, mut say: impl FnMut(Answered<'_, 'h, 'p>, SchoolYear)) {
        let spans = &self.history.students[student].spans;
        let own = self.reaches.of_student(spans);
        let days = spans.iter().map(|span| self.reaches.at(span.school).as_of).chain([own.as_of]);
        for day in days.collect::<BTreeSet<_>>() {
            let Some(evaluator) = self.by_day.get(&day) else { continue };
            evaluator.ask(student, |said| {
                let Verdict { extent, year, .. } = said.verdict();
                let reach = match extent {
                    Extent::School(at) => self.reaches.at(at),
                    Extent::District => own,
                };
                if reach == (Reach { as_of: day, year: Some(year) }) {
                    say(said, year);
                }
            });
        }
    }
}

/// Judges everybody as of the last school day of their school up to `today`.
pub(crate) fn judge(known: &KnownHistory, packs: &[&Pack], today: Date) -> Judgement {
    let history = &known.history;
    let reaches = Reaches::of(history, today);
    if reaches.district().year.is_none() {
        return Judgement {
            signals: Vec::new(),
            summaries: Vec::new(),
            weeks: Vec::new(),
            not_asked: Vec::new(),
        };
    }
    let school_id = |place: u32| known.schools.get(place as usize).copied();
    // No school has a day between the end of its own data and the furthest.
    let days = Days::new(history, reaches.district().as_of);
    let judges = Judges::new(history, packs, reaches);
    let reaches = judges.reaches();
    let mut signals = Vec::new();
    let mut summaries = Vec::with_capacity(known.students.len());
    let mut weeks: HashMap<(u32, Date), (u32, u32)> = HashMap::new();
    for (place, student) in known.students.iter().enumerate() {
        let spans = &history.students[place].spans;
        let mut pressing: Option<Standing> = None;
        judges.ask(place, |said, year| {
            let extent = said.verdict().extent;
            let school = match extent {
                Extent::School(at) => school_id(at),
                Extent::District => None,
            };
            // Opened only where it is listed: opening costs more than judging.
            if !reaches.enrolled(spans, extent) {
                return;
            }
            let finding = said.open();
            let Some(standing) = views::standing(&finding, year) else { return };
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
        });
        let of_year = |day: &&DayFact| reaches.at(day.school).year == Some(day.year) && day.known();
        for day in days.of(place).iter().filter(of_year) {
            let week = weeks.entry((day.school, views::monday(day.date))).or_default();
            week.0 += 1;
            week.1 += u32::from(day.missed);
        }
        let span = reaches.own_span(spans);
        let totals = reaches.of_student(spans).year.map(|year| days.totals(place, year)).unwrap_or_default();
        summaries.push(Summary {
            student: *student,
            school: span.and_then(|s| school_id(s.school)),
            grade: span.and_then(|s| s.grade),
            enrolled: span.is_some_and(|s| reaches.covers(s)),
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
    let not_asked = judges.not_evaluated().into_iter().map(not_asked).collect();
    Judgement { signals, summaries, weeks, not_asked }
}

fn not_asked(of: NotEvaluated) -> NotAsked {
    let why = match of.cause {
        Cause::NoVersion { from, to } => WhyNotAsked::NoVersion { from, to },
        Cause::NoFacts => WhyNotAsked::NoFacts,
        Cause::NoBirthDates { students } => WhyNotAsked::NoBirthDates { students },
        Cause::NoDayLength { schools } => WhyNotAsked::NoDayLength { schools },
        Cause::NoExclusions => WhyNotAsked::NoExclusions,
        Cause::NoGrades { students } => WhyNotAsked::NoGrades { students },
    };
    NotAsked { pack: of.pack, rule: of.rule, why }
}

/// A grade as screens show it: its CEDS code, or nothing.
pub(crate) fn grade_code(grade: Option<Grade>) -> String {
    grade.map(Grade::code).unwrap_or_default()
}

/// The name of a school by its place in a history.
pub(crate) fn school_name(known: &KnownHistory, names: &HashMap<SchoolId, String>, place: u32) -> String {
    known.schools.get(place as usize).and_then(|id| names.get(id)).cloned().unwrap_or_default()
}
