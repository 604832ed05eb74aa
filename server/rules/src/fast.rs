//! The short way to a verdict, for one school and one version in the year: first whether anything can come of
//! it at all, by the sums of the year; then only the days that count are looked at, not every day.
//!
//! It says nothing of its own: where it cannot be sure, the day-by-day path is asked, and both always agree.

use crate::bits;
use crate::calendar::{CalendarBits, Row};
use crate::course::{Course, First, facts_from, more, until};
use crate::ground::Scope;
use crate::lines::{Dated, Line, Way};
use crate::pack::{Op, Test, Unit, Window};
use crate::plan::Plan;
use crate::sheet::Sheet;
use crate::sweep::Sum;
use model::history::StudentHistory;
use model::signal::Next;
use model::time::Date;
use std::borrow::Cow;

/// What the short way found.
pub(crate) enum Short<'a, 'h> {
    /// Neither met nor close.
    Nothing,
    /// A verdict; its runs are in the scratch.
    Found(Asked<'a, 'h>, Outline),
    /// The day-by-day path must be asked.
    Ask,
}

/// A verdict without its runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outline {
    pub(crate) version: usize,
    pub(crate) way: usize,
    /// `None` where it is only close.
    pub(crate) met: Option<OutlineMet>,
    pub(crate) counted: u64,
    pub(crate) whole: u64,
    /// First and last day of the window of which the finding speaks.
    from: Date,
    until: Date,
}

/// That it was met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutlineMet {
    pub(crate) on: Date,
    /// Since when it stands; `None` where it does not.
    pub(crate) since: Option<Date>,
    /// The way that was met first, and the first day of its window.
    way: usize,
    from: Date,
}

/// Room to work in, used again for every student.
#[derive(Default)]
pub(crate) struct Scratch {
    events: Events,
    /// First and last day of each run, with the way that made it.
    runs: Vec<(usize, usize, usize)>,
    ways: Vec<Found>,
}

/// Counted days among all days of a school, with their amounts. Many rules count the same.
#[derive(Default)]
struct Events {
    all: Vec<Counted>,
    /// How many of them are the student's; the others are room to be used again.
    used: usize,
}

#[derive(Default)]
struct Counted {
    /// Of which calendar and measure, and whether with earlier years.
    of: (usize, usize, bool),
    days: Vec<(usize, u64)>,
}

impl Scratch {
    /// Forgets the student before.
    pub(crate) fn renew(&mut self) {
        self.events.used = 0;
    }
}

/// What one way gave. Days are places in the year's calendar, windows begin at places among all days of the school.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// The first day met, and where its window begins.
    first: Option<(usize, usize)>,
    stands: bool,
    counted: u64,
    whole: u64,
    /// The window with so much: `None` for the whole year so far.
    window: Option<(usize, usize)>,
    /// The window that ends on the next weekday: what it holds, and where it begins.
    ahead: (u64, usize),
    /// Known days on which nothing counted.
    present: u64,
}

/// Whether any version of a rule can be met or close, by the sums of these sheets alone.
pub(crate) fn possible<'a, 'h: 'a>(
    line: &Line,
    student: &StudentHistory,
    of_year: impl Iterator<Item = &'a Sheet<'h>> + Clone,
    upto: impl Iterator<Item = &'a Sheet<'h>> + Clone,
) -> bool {
    line.versions.iter().flat_map(|v| &v.ways).any(|way| {
        if way.unit == Unit::Report {
            return !student.facts.is_empty();
        }
        let total: u64 = if way.reaches_back() {
            upto.clone().map(|s| s.total(way.measure)).sum()
        } else {
            of_year.clone().map(|s| s.total(way.measure)).sum()
        };
        total >= way.close
    })
}

/// Whether something holds for all, for none, or for some of them.
enum Holds {
    All,
    None,
    Some,
}

/// Asks the short way, at one school, of a rule that is possible.
pub(crate) fn ask<'a, 'h>(
    scope: Scope<'a, 'h>,
    sheet: &'a Sheet<'h>,
    line: &Line,
    plan: &Plan,
    scratch: &mut Scratch,
) -> Short<'a, 'h> {
    let calendar = scope.context.calendar(sheet);
    let Plan { version, begins, current, by_session } = *plan;
    let dated = &line.versions[version];
    let Some(row) = scope.context.row(calendar.school) else { return Short::Ask };
    if by_session && !sheet.all_possible() {
        return Short::Ask;
    }
    match for_this_student(scope, calendar, dated) {
        Holds::All => {}
        Holds::None => return Short::Nothing,
        Holds::Some => return Short::Ask,
    }
    let known = match dated.ways.as_slice() {
        [way] if sheet.has_unknown(way.measure) => Cow::Owned(sheet.known(way.measure)),
        ways if ways.iter().any(|way| sheet.has_unknown(way.measure)) => return Short::Ask,
        _ => Cow::Borrowed(sheet.roll.as_slice()),
    };
    // The whole year counts, but it is asked only on days on which the rule is in force.
    let Some(begins) = next_in(&known, begins) else { return Short::Nothing };
    let days = if matches!(known, Cow::Borrowed(_)) { sheet.days } else { bits::count(&known) };
    let ends = next_in(&known, 0).zip(last_in(&known, calendar.days.len()));
    let unbroken = ends.filter(|(first, last)| last + 1 - first == days as usize).map(|(first, _)| first);
    let Some(facts) = facts_from(&scope, line, dated) else { return Short::Nothing };
    let asked = Asked { scope, sheet, calendar, row, known, days, begins, facts, unbroken, current };
    asked.outline(dated, version, scratch)
}

/// Whether a rule is for this student throughout the year.
fn for_this_student(scope: Scope, calendar: &CalendarBits, dated: &Dated) -> Holds {
    let (student, rule) = (scope.student, dated.rule);
    let reported = |need: &crate::pack::FactNeed| {
        student.facts.iter().filter(|f| f.kind == need.fact).count() >= need.at_least as usize
    };
    if !rule.facts.iter().all(reported) {
        return Holds::None;
    }
    if rule.less.is_some_and(|kind| student.facts.iter().any(|f| f.kind == kind)) {
        return Holds::Some;
    }
    let (Some(first), Some(last)) = (calendar.days.first(), calendar.days.last()) else { return Holds::None };
    if let Some(ages) = rule.ages {
        match (student.birth_date, ages.holds(student.birth_date, first.date)) {
            (None, _) => return Holds::None,
            (_, true) if ages.holds(student.birth_date, last.date) => {}
            _ => return Holds::Some,
        }
    }
    let Some(grades) = rule.grades else { return Holds::All };
    let (mut some, mut other) = (false, false);
    for span in student.spans.iter().filter(|s| s.school == calendar.school) {
        if span.entry <= last.date && span.end.is_none_or(|end| first.date < end) {
            let holds = grades.holds(span.grade);
            some |= holds;
            other |= !holds;
        }
    }
    match (some, other) {
        (true, false) => Holds::All,
        (false, _) => Holds::None,
        (true, true) => Holds::Some,
    }
}

/// A student's year at one school, asked of one rule.
pub(crate) struct Asked<'a, 'h> {
    scope: Scope<'a, 'h>,
    sheet: &'a Sheet<'h>,
    calendar: &'a CalendarBits<'h>,
    row: &'a Row,
    known: Cow<'a, [u64]>,
    /// Known days.
    days: u32,
    /// The first of them on which the rule is in force.
    begins: usize,
    /// The date from which the facts are there that it asks for.
    facts: Date,
    /// The first of them, where no other day lies between them.
    unbroken: Option<usize>,
    current: bool,
}

impl<'a, 'h> Asked<'a, 'h> {
    /// Known units a day.
    fn units(&self, way: &Way) -> u64 {
        if way.unit == Unit::Session { self.calendar.even_sessions().map_or(1, u64::from) } else { 1 }
    }

    /// The counted days of a way's windows.
    fn events<'e>(&self, way: &Way, events: &'e mut Events) -> &'e [(usize, u64)] {
        let of = (self.sheet.calendar, way.measure, way.reaches_back());
        if let Some(place) = events.all[..events.used].iter().position(|counted| counted.of == of) {
            return &events.all[place].days;
        }
        if events.all.len() == events.used {
            events.all.push(Counted::default());
        }
        let counted = &mut events.all[events.used];
        events.used += 1;
        counted.of = of;
        let found = &mut counted.days;
        found.clear();
        let measures = self.scope.measures();
        if way.reaches_back() {
            for sheet in self.scope.sheets {
                let of = self.scope.context.calendar(sheet);
                if of.school == self.calendar.school && of.year < self.calendar.year {
                    let earlier = sheet.events(way.measure, measures);
                    found.extend(earlier.map(|(day, n)| (of.offset + day, n)));
                }
            }
        }
        let offset = self.calendar.offset;
        found.extend(self.sheet.events(way.measure, measures).map(|(day, n)| (offset + day, n)));
        found
    }

    /// The known day on which the least enrollment and the least presence are reached; `None` where they never are.
    fn testable_from(&self, dated: &Dated, way: &Way, counted: &[(usize, u64)]) -> Option<usize> {
        let least = u64::from(dated.rule.least_enrolled).div_ceil(self.units(way)).max(1);
        let enrolled = match least {
            1 => self.begins,
            _ => bits::nth(&self.known, u32::try_from(least).ok()?)?.max(self.begins),
        };
        let Some(nth) = (dated.rule.least_present as usize).checked_sub(1) else { return Some(enrolled) };
        let mut counted = counted.iter().map(|(day, _)| *day - self.calendar.offset).peekable();
        let mut present = bits::days(&self.known).filter(|day| {
            while counted.next_if(|c| c < day).is_some() {}
            counted.peek() != Some(day)
        });
        present.nth(nth).map(|present| present.max(enrolled))
    }

    /// The known days of a stretch as a run, joined to the one before where no known day lies between.
    fn push_run(&self, runs: &mut Vec<(usize, usize, usize)>, from: usize, to: usize, way: usize) {
        let Some(from) = next_in(&self.known, from).filter(|day| *day < to) else { return };
        let last = last_in(&self.known, to).unwrap_or(from);
        match runs.last_mut() {
            Some(run) if run.2 == way && next_in(&self.known, run.1 + 1) == Some(from) => run.1 = last,
            _ => runs.push((from, last, way)),
        }
    }

    fn way(&self, dated: &Dated, number: usize, scratch: &mut Scratch) -> Found {
        let way = &dated.ways[number];
        let Scratch { events, runs, .. } = scratch;
        let events = self.events(way, events);
        let offset = self.calendar.offset;
        let of_year = &events[events.partition_point(|(day, _)| *day < offset)..];
        let testable = self.testable_from(dated, way, of_year);
        let mut found = Found {
            present: u64::from(self.days) - of_year.len() as u64,
            whole: u64::from(self.days) * self.units(way),
            ..Found::default()
        };
        let before = runs.len();
        match (way.criterion.test, way.criterion.window) {
            (Test::Rate { op, percent }, _) => {
                self.rate(way, number, (op, percent), testable, of_year, runs, &mut found);
            }
            (_, Window::Consecutive) => self.in_a_row(way, number, testable, of_year, runs, &mut found),
            _ => self.count(way, number, testable, events, runs, &mut found),
        }
        self.without_facts(runs, before);
        found.first = runs.get(before).map(|run| {
            let from = match way.criterion.window {
                Window::Consecutive => first_in_a_row(of_year, offset + run.0),
                _ => self.row.at(way.window)[offset + run.0] as usize,
            };
            (run.0, from)
        });
        let lasts = runs[before..].last().is_some_and(|run| Some(run.1) == self.last_known());
        found.stands = lasts && found.stands;
        found
    }

    /// Takes the days before the facts were there out of the runs from a place on.
    fn without_facts(&self, runs: &mut Vec<(usize, usize, usize)>, before: usize) {
        let from = self.calendar.days.partition_point(|day| day.date < self.facts);
        let gone = runs[before..].iter().take_while(|run| run.1 < from).count();
        runs.drain(before..before + gone);
        if let Some(run) = runs.get_mut(before) {
            run.0 = next_in(&self.known, run.0.max(from)).unwrap_or(run.1);
        }
    }

    /// A count in windows that begin later the later they end.
    fn count(
        &self,
        way: &Way,
        number: usize,
        testable: Option<usize>,
        events: &[(usize, u64)],
        runs: &mut Vec<(usize, usize, usize)>,
        found: &mut Found,
    ) {
        let (low, high) = (self.calendar.offset, self.calendar.offset + self.calendar.days.len());
        let (needed, most) = (way.needed().unwrap_or(u64::MAX), way.most().unwrap_or(u64::MAX));
        let starts = self.row.at(way.window);
        let since = |from: usize| {
            events.iter().rev().take_while(|(day, _)| *day >= from).map(|(_, n)| n).sum::<u64>()
        };
        if way.is_yearly() {
            found.counted = self.sheet.total(way.measure);
            found.ahead = (found.counted, 0);
            found.stands = true;
            if found.counted < needed {
                return;
            }
        } else {
            let (now, ahead) = (since(self.row.now(way.window)), self.row.ahead(way.window));
            found.stands = (needed..=most).contains(&now);
            found.ahead = (since(ahead), ahead);
        }
        let Some(testable) = testable.map(|day| low + day) else { return };
        let many = usize::try_from(needed).unwrap_or(usize::MAX).max(1);
        let within = |days: &[(usize, u64)]| {
            days.first().zip(days.last()).is_some_and(|(a, b)| starts[b.0] as usize <= a.0)
        };
        if way.is_yearly() && most == u64::MAX {
            let mut held = 0;
            let met = events.iter().find(|(_, amount)| {
                held += amount;
                held >= needed
            });
            if let Some((day, _)) = met {
                self.push_run(runs, (*day).max(testable) - low, high - low, number);
            }
            return;
        }
        // Days that count once each: without so many of them in one window, nothing is met.
        if way.measure < self.scope.measures().bits() && !events.windows(many).any(within) {
            return;
        }
        if !way.is_yearly() {
            // The window that ends on the first tested day may hold days of the years before.
            let from = starts[testable] as usize;
            let upto = events.iter().take_while(|(day, _)| *day <= testable);
            found.counted = upto.filter(|(day, _)| *day >= from).map(|(_, n)| n).sum();
            found.window = Some((from, testable));
        }
        // `held` is the sum of the fewest last days that reach what is needed, `kept` that of the most last days that
        // do not pass the upper bound, `full` that of the window.
        let (mut held, mut oldest) = (0, 0);
        let (mut kept, mut newest) = (0, 0);
        let (mut full, mut first) = (0, 0);
        for (i, (day, amount)) in events.iter().enumerate() {
            held += amount;
            kept += amount;
            full += amount;
            while held - events[oldest].1 >= needed {
                held -= events[oldest].1;
                oldest += 1;
            }
            while kept > most {
                kept -= events[newest].1;
                newest += 1;
            }
            while events[first].0 < starts[*day] as usize {
                full -= events[first].1;
                first += 1;
            }
            if !way.is_yearly() && *day >= testable && full > found.counted {
                found.counted = full;
                found.window = Some((starts[*day] as usize, *day));
            }
            if held < needed {
                continue;
            }
            let from = (*day).max(testable);
            let to = events.get(i + 1).map_or(high, |(next, _)| (*next).min(high));
            if from >= to {
                continue;
            }
            let passed = |event: usize| starts[from..to].partition_point(|s| *s as usize <= events[event].0);
            let begins = if newest == 0 { 0 } else { passed(newest - 1) };
            self.push_run(runs, from + begins - low, from + passed(oldest) - low, number);
        }
    }

    /// A count of days in a row.
    fn in_a_row(
        &self,
        way: &Way,
        number: usize,
        testable: Option<usize>,
        events: &[(usize, u64)],
        runs: &mut Vec<(usize, usize, usize)>,
        found: &mut Found,
    ) {
        let low = self.calendar.offset;
        let (mut row, mut last) = (0, None);
        for (day, _) in events {
            row = if last == Some(*day) { row + 1 } else { 1 };
            last = Some(*day + 1);
            if testable.is_none_or(|testable| *day < low + testable) {
                continue;
            }
            if row > found.counted {
                found.counted = row;
                found.window = Some((*day + 1 - row as usize, *day));
            }
            if way.met(row, 0) {
                self.push_run(runs, day - low, day - low + 1, number);
            }
        }
        let end = low + self.calendar.days.len();
        let now = if last == Some(end) { row } else { 0 };
        found.stands = way.met(now, 0);
        found.ahead = (now, end - now as usize);
        // Where no day was tested, the first one holds no row.
        found.window = found.window.or(testable.map(|day| (low + day, low + day)));
    }

    /// A share of the days, or sessions, of the year.
    #[allow(clippy::too_many_arguments, reason = "one year of one way")]
    fn rate(
        &self,
        way: &Way,
        number: usize,
        (op, percent): (Op, u32),
        testable: Option<usize>,
        events: &[(usize, u64)],
        runs: &mut Vec<(usize, usize, usize)>,
        found: &mut Found,
    ) {
        let units = self.units(way);
        found.counted = self.sheet.total(way.measure);
        found.ahead = (found.counted, 0);
        found.stands = true;
        let Some(testable) = testable else { return };
        let mut ranks = Ranks::of(self);
        let mut rank_of = |event: Option<&(usize, u64)>| {
            event.map(|(day, _)| ranks.at(day - self.calendar.offset)).unwrap_or(u64::from(self.days) + 1)
        };
        let least = Ranks::of(self).at(testable);
        let share = u64::from(percent) * units;
        let mut run: Option<(u64, u64)> = None;
        let mut sum = 0;
        let mut rank = rank_of(events.first());
        for (i, (_, amount)) in events.iter().enumerate() {
            sum += amount;
            let next = rank_of(events.get(i + 1));
            let hundredfold = 100 * sum - u64::from(op == Op::Gt);
            let from = rank.max(least);
            rank = next;
            if from >= next || share * from > hundredfold {
                continue;
            }
            // The last rank on which so much still meets it.
            let to = if share * (next - 1) <= hundredfold { next - 1 } else { hundredfold / share };
            match &mut run {
                Some((_, last)) if *last + 1 == from => *last = to,
                _ => {
                    self.push_ranks(runs, run, number);
                    run = Some((from, to));
                }
            }
        }
        self.push_ranks(runs, run, number);
    }

    /// The known days from one rank to another as a run.
    fn push_ranks(&self, runs: &mut Vec<(usize, usize, usize)>, ranks: Option<(u64, u64)>, way: usize) {
        let place = |rank: u64| match self.unbroken {
            Some(first) => Some(first + rank as usize - 1),
            None => bits::nth(&self.known, rank as u32),
        };
        runs.extend(ranks.and_then(|(from, to)| Some((place(from)?, place(to)?, way))));
    }

    fn last_known(&self) -> Option<usize> {
        last_in(&self.known, self.calendar.days.len())
    }

    /// Whether something may come of the next day: the year lasts, and the student is here and of the rule's grades.
    fn goes_on(&self, dated: &Dated) -> bool {
        self.current && self.scope.enrolled_now() && self.scope.eligible_next(dated.rule)
    }

    fn more(&self, dated: &Dated, way: &Way, found: &Found) -> Option<u32> {
        let enrolled = u64::from(self.days) * self.units(way);
        more(dated, way, found.ahead.0, found.whole, enrolled, found.present)
    }

    /// The first way that one more would meet, of which something counts already.
    fn closest(&self, dated: &Dated, ways: &[Found]) -> Option<usize> {
        let close =
            |(way, found): (&Way, &Found)| found.ahead.0 > 0 && self.more(dated, way, found) == Some(1);
        if self.goes_on(dated) { dated.ways.iter().zip(ways).position(close) } else { None }
    }

    fn outline(self, dated: &Dated, version: usize, scratch: &mut Scratch) -> Short<'a, 'h> {
        scratch.runs.clear();
        scratch.ways.clear();
        for number in 0..dated.ways.len() {
            let found = self.way(dated, number, scratch);
            scratch.ways.push(found);
        }
        let Scratch { runs, ways, .. } = scratch;
        let begin = |window: usize| self.row.dates.get(window).copied().unwrap_or(self.scope.as_of);
        if runs.is_empty() {
            let Some(way) = self.closest(dated, ways) else { return Short::Nothing };
            let (found, until) = (&ways[way], self.scope.as_of);
            let yearly = dated.ways[way].is_yearly();
            let from = if yearly { Date::MIN } else { begin(found.ahead.1) };
            let (counted, whole) = (found.ahead.0, found.whole);
            let outline = Outline { version, way, met: None, counted, whole, from, until };
            return Short::Found(self, outline);
        }
        self.join(runs);
        let (first, last) = (runs[0], runs[runs.len() - 1]);
        let standing = ways.iter().position(|found| self.current && found.stands);
        let met_first = ways.iter().position(|f| f.first.is_some_and(|f| f.0 == first.0)).unwrap_or_default();
        let way = standing.unwrap_or(met_first);
        let found = &ways[way];
        let (from, until) = match found.window {
            Some((from, until)) => (begin(from), begin(until)),
            None => (Date::MIN, self.scope.as_of),
        };
        let yearly = dated.ways[met_first].is_yearly();
        let met = OutlineMet {
            on: self.calendar.date(first.0),
            since: standing.map(|_| self.calendar.date(last.0)),
            way: met_first,
            from: ways[met_first].first.filter(|_| !yearly).map_or(Date::MIN, |f| begin(f.1)),
        };
        let (counted, whole) = (found.counted, found.whole);
        Short::Found(self, Outline { version, way, met: Some(met), counted, whole, from, until })
    }

    /// Puts runs in order; those of several ways that overlap or touch become one.
    fn join(&self, runs: &mut Vec<(usize, usize, usize)>) {
        runs.sort_unstable();
        runs.dedup_by(|run, before| {
            let touches = next_in(&self.known, before.1 + 1).is_none_or(|next| run.0 <= next);
            if touches {
                before.1 = before.1.max(run.1);
            }
            touches
        });
    }

    /// The whole course of a verdict just found, with its runs still in the scratch.
    pub(crate) fn course(&self, line: &Line, outline: &Outline, scratch: &mut Scratch) -> Course<'h> {
        let dated = &line.versions[outline.version];
        let Scratch { events, runs, ways } = scratch;
        let standing = outline.met.is_some_and(|met| met.since.is_some());
        let mut next: Option<Next> = None;
        if !standing && self.goes_on(dated) {
            for (way, found) in dated.ways.iter().zip(ways.iter()) {
                let Some(more) = self.more(dated, way, found) else { continue };
                if next.is_none_or(|n| more < n.more) {
                    let latest =
                        self.events(way, events).iter().rev().map(|(day, n)| (self.row.dates[*day], *n));
                    next = Some(Next { more, before: until(way, more, latest) });
                }
            }
        }
        let date = |place: usize| self.calendar.date(place);
        let sum = Sum { counted: outline.counted, whole: outline.whole, from: outline.from, class: None };
        Course {
            version: outline.version,
            way: outline.way,
            first: outline.met.map(|met| First {
                on: met.on,
                version: outline.version,
                way: met.way,
                sum: Sum { from: met.from, ..Sum::default() },
            }),
            runs: runs.iter().map(|run| (date(run.0), date(run.1))).collect(),
            standing,
            sum,
            until: outline.until,
            next,
            one_more: !standing && self.closest(dated, ways).is_some(),
        }
    }
}

/// Where the row of days that ends on a day begins.
fn first_in_a_row(events: &[(usize, u64)], day: usize) -> usize {
    let upto = events.partition_point(|(other, _)| *other <= day);
    let back = events[..upto].iter().rev().zip(0..).take_while(|((other, _), i)| other + i == day);
    day + 1 - back.count()
}

/// The first day of a mask from a place on.
fn next_in(mask: &[u64], from: usize) -> Option<usize> {
    let mut word = from / 64;
    let mut rest = mask.get(word)? & (u64::MAX << (from % 64));
    while rest == 0 {
        word += 1;
        rest = *mask.get(word)?;
    }
    Some(word * 64 + rest.trailing_zeros() as usize)
}

/// The last day of a mask before a place.
fn last_in(mask: &[u64], to: usize) -> Option<usize> {
    let upto = mask.len().min(to.div_ceil(64));
    (0..upto).rev().find_map(|word| {
        let beyond = (word + 1) * 64;
        let kept = if to < beyond { mask[word] & !(u64::MAX << (to % 64)) } else { mask[word] };
        (kept != 0).then(|| word * 64 + 63 - kept.leading_zeros() as usize)
    })
}

/// How many known days there are up to one of them, asked for days in order.
struct Ranks<'m> {
    mask: &'m [u64],
    /// The first day, where all from it on are known.
    unbroken: Option<usize>,
    /// The word of the day asked for last, and how many days come before it.
    word: usize,
    before: u32,
}

impl<'m> Ranks<'m> {
    fn of(asked: &'m Asked) -> Self {
        Self { mask: &asked.known, unbroken: asked.unbroken, word: 0, before: 0 }
    }

    fn at(&mut self, day: usize) -> u64 {
        if let Some(first) = self.unbroken {
            return (day + 1 - first) as u64;
        }
        while self.word < day / 64 {
            self.before += self.mask[self.word].count_ones();
            self.word += 1;
        }
        u64::from(self.before + (self.mask[self.word] & (u64::MAX >> (63 - day % 64))).count_ones())
    }
}
