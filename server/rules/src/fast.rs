//! The short way to a verdict, for one school and one version throughout the year: first whether anything can come of
//! it at all, by the sums of the year; then only the days that count are looked at, not every day.
//!
//! It says nothing of its own: where it cannot be sure, the day-by-day path is asked, and both always agree.

use crate::bits;
use crate::calendar::Row;
use crate::context::Context;
use crate::course::more;
use crate::ground::{eligible_next, enrolled_now};
use crate::lines::{Dated, Line, Way};
use crate::measure::MINUTE;
use crate::pack::{Op, Test, Unit, Window};
use crate::sheet::Sheet;
use model::history::StudentHistory;
use model::signal::Extent;
use model::time::Date;

/// What the short way found.
pub(crate) enum Short {
    /// Neither met nor close.
    Nothing,
    /// A verdict.
    Found(Outline),
    /// The day-by-day path must be asked.
    Ask,
}

/// A verdict, in places of days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outline {
    pub(crate) version: usize,
    pub(crate) way: usize,
    /// First day met, whether it stands, and since when; `None` where it is only close.
    pub(crate) met: Option<(Date, Option<Date>)>,
    pub(crate) counted: u32,
    pub(crate) of: Option<u32>,
}

/// Room to work in, used again for every student.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Counted days among all days of the school, with their amounts.
    events: Vec<(usize, u64)>,
    /// First and last day of each run, with the way that made it.
    runs: Vec<(usize, usize, usize)>,
    ways: Vec<Found>,
}

/// What one way gave.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// The first day met.
    first: Option<usize>,
    stands: bool,
    counted: u64,
    whole: u64,
    /// In the window that ends on the next weekday.
    ahead: u64,
}

/// A student's year at one school, and what the short way needs of it.
pub(crate) struct Year<'a, 'h> {
    pub(crate) context: &'a Context<'h>,
    pub(crate) student: &'h StudentHistory,
    pub(crate) sheet: &'a Sheet<'h>,
    /// The sheets of all years up to this one; those of other schools are passed over.
    pub(crate) upto: &'a [Sheet<'h>],
    pub(crate) as_of: Date,
    /// Known days: roll was taken.
    pub(crate) days: u32,
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
        total > 0 && total + way.scale() >= least(way)
    })
}

/// The least amount without which a way is not met; for a rate 0, where only the days can tell.
fn least(way: &Way) -> u64 {
    way.needed().unwrap_or_else(|| match way.criterion.test {
        Test::Rate { percent, .. } => {
            let hours = way.criterion.required_hours.iter().map(|r| u64::from(r.hours)).min();
            hours.unwrap_or(0) * 60 * MINUTE / 100 * u64::from(percent)
        }
        Test::Count { .. } => 0,
    })
}

impl<'h> Year<'_, 'h> {
    /// The short way through a rule that is possible.
    pub(crate) fn ask(&self, line: &Line, scratch: &mut Scratch) -> Short {
        let calendar = self.context.calendar(self.sheet);
        let Some(version) = line.through(calendar) else { return Short::Ask };
        let dated = &line.versions[version];
        let Some(row) = self.context.row(calendar.school).filter(|row| row.orderly) else {
            return Short::Ask;
        };
        if !self.is_plain(dated) {
            return Short::Ask;
        }
        if self.days == 0 {
            return Short::Nothing;
        }
        let current = self.as_of < calendar.span(line.pack.year_begins).end;
        if current && !calendar.last {
            return Short::Ask;
        }
        scratch.runs.clear();
        scratch.ways.clear();
        for (number, way) in dated.ways.iter().enumerate() {
            let found = match way.criterion.test {
                Test::Count { .. } => self.count(dated, way, number, row, scratch),
                Test::Rate { op, percent } => self.rate(dated, way, number, op, percent, scratch),
            };
            scratch.ways.push(found);
        }
        self.outline(dated, version, current, scratch)
    }

    /// Whether days that count, with their windows, say everything.
    fn is_plain(&self, dated: &Dated) -> bool {
        let rule = dated.rule;
        if !rule.facts.is_empty() || rule.less.is_some() || rule.ages.is_some() || rule.least_present > 0 {
            return false;
        }
        let plain = |way: &Way| {
            if way.unit == Unit::Report
                || matches!(way.criterion.window, Window::Consecutive | Window::OneClass)
                || way.most().is_some()
                || self.sheet.has_unknown(way.measure)
            {
                return false;
            }
            let yearly = way.is_yearly();
            let even = way.unit != Unit::Session
                || (self.sheet.all_possible() && self.context.calendar(self.sheet).even_sessions().is_some());
            match way.criterion.test {
                Test::Rate { .. } => yearly && even && way.unit != Unit::Minute,
                Test::Count { .. } => rule.least_enrolled == 0 || (yearly && even),
            }
        };
        self.one_grade(dated) && dated.ways.iter().all(plain)
    }

    /// The student is in a grade of the rule throughout the year.
    fn one_grade(&self, dated: &Dated) -> bool {
        let calendar = self.context.calendar(self.sheet);
        dated.rule.grades.is_none_or(|grades| {
            let mut spans = self.student.spans.iter().filter(|s| s.school == calendar.school);
            spans.all(|s| grades.holds(s.grade))
        })
    }

    /// Known units a day.
    fn units(&self, way: &Way) -> u64 {
        let sessions = || self.context.calendar(self.sheet).even_sessions().map_or(1, u64::from);
        if way.unit == Unit::Session { sessions() } else { 1 }
    }

    /// The place of the known day on which the least enrollment is reached; `None` where it never is.
    fn testable_from(&self, dated: &Dated, way: &Way) -> Option<usize> {
        let least = u64::from(dated.rule.least_enrolled).div_ceil(self.units(way)).max(1);
        bits::nth(&self.sheet.roll, u32::try_from(least).ok()?)
    }

    fn count(&self, dated: &Dated, way: &Way, number: usize, row: &Row, scratch: &mut Scratch) -> Found {
        let calendar = self.context.calendar(self.sheet);
        let measures = &self.context.measures;
        let (low, high) = (calendar.offset, calendar.offset + calendar.days.len());
        let Scratch { events, runs, .. } = scratch;
        events.clear();
        if way.reaches_back() {
            for sheet in self.upto {
                let of = self.context.calendar(sheet);
                if of.school == calendar.school && of.year < calendar.year {
                    events.extend(sheet.events(way.measure, measures).map(|(day, n)| (of.offset + day, n)));
                }
            }
        }
        events.extend(self.sheet.events(way.measure, measures).map(|(day, n)| (low + day, n)));
        let needed = way.needed().unwrap_or(u64::MAX);
        let starts = row.at(way.window);
        let Some(testable) = self.testable_from(dated, way).map(|day| low + day) else {
            return self.none_yet(way, row, events);
        };
        let mut found = Found::default();
        // The window that ends on the first tested day may hold days of the years before.
        let of_first = events.iter().filter(|(day, _)| (starts[testable] as usize..=testable).contains(day));
        found.counted = of_first.map(|(_, n)| n).sum();
        // `held` is the sum of the fewest last days that reach what is needed, `full` that of the window.
        let (mut held, mut oldest, mut full, mut first) = (0, 0, 0, 0);
        for (i, (day, amount)) in events.iter().enumerate() {
            held += amount;
            full += amount;
            while held - events[oldest].1 >= needed {
                held -= events[oldest].1;
                oldest += 1;
            }
            while events[first].0 < starts[*day] as usize {
                full -= events[first].1;
                first += 1;
            }
            if *day >= testable {
                found.counted = found.counted.max(full);
            }
            if held < needed {
                continue;
            }
            let from = (*day).max(testable);
            let to = events.get(i + 1).map_or(high, |(next, _)| (*next).min(high));
            if from >= to {
                continue;
            }
            let leaves = starts[from..to].partition_point(|start| *start as usize <= events[oldest].0);
            self.push_run(runs, from - low, from + leaves - low, number);
        }
        found.first = runs.iter().find(|run| run.2 == number).map(|run| run.0);
        let since =
            |start: usize| events.iter().filter(|(day, _)| *day >= start).map(|(_, n)| n).sum::<u64>();
        let lasts =
            runs.iter().rfind(|run| run.2 == number).is_some_and(|run| Some(run.1) == self.last_known());
        found.stands = lasts && (way.is_yearly() || since(row.now(way.window)) >= needed);
        found.ahead = if way.is_yearly() { found.counted } else { since(row.ahead(way.window)) };
        found
    }

    /// A count before the least enrollment is reached.
    fn none_yet(&self, way: &Way, row: &Row, events: &[(usize, u64)]) -> Found {
        let start = if way.is_yearly() { 0 } else { row.ahead(way.window) };
        let ahead = events.iter().filter(|(day, _)| *day >= start).map(|(_, n)| n).sum();
        Found { counted: ahead, ahead, ..Found::default() }
    }

    fn rate(
        &self,
        dated: &Dated,
        way: &Way,
        number: usize,
        op: Op,
        percent: u32,
        scratch: &mut Scratch,
    ) -> Found {
        let units = self.units(way);
        let whole = u64::from(self.days) * units;
        let counted = self.sheet.total(way.measure);
        let mut found = Found { counted, whole, ahead: counted, ..Found::default() };
        let Scratch { events, runs, .. } = scratch;
        events.clear();
        events.extend(self.sheet.events(way.measure, &self.context.measures));
        let least = u64::from(dated.rule.least_enrolled).div_ceil(units).max(1);
        let (mut sum, mut rank, mut read) = (0, 0, 0);
        for (i, (day, amount)) in events.iter().enumerate() {
            sum += amount;
            rank += u64::from(count_range(&self.sheet.roll, read, *day + 1));
            read = *day + 1;
            // The last rank on which so much still meets it, and the one before the next day that counts.
            let hundredfold = 100 * sum - u64::from(op == Op::Gt);
            let still = hundredfold / (u64::from(percent) * units);
            let from = rank.max(least);
            if from > still {
                continue;
            }
            let to = match events.get(i + 1) {
                Some((next, _)) => still.min(rank + u64::from(count_range(&self.sheet.roll, read, *next))),
                None => still.min(u64::from(self.days)),
            };
            if from <= to {
                let place = |rank: u64| bits::nth(&self.sheet.roll, rank as u32);
                if let Some((from, to)) = place(from).zip(place(to)) {
                    self.push_run(runs, from, to + 1, number);
                }
            }
        }
        found.first = runs.iter().find(|run| run.2 == number).map(|run| run.0);
        found.stands =
            runs.iter().rfind(|run| run.2 == number).is_some_and(|run| Some(run.1) == self.last_known());
        found
    }

    /// A run over the known days of a stretch, joined to the one before where no known day lies between.
    fn push_run(&self, runs: &mut Vec<(usize, usize, usize)>, from: usize, to: usize, way: usize) {
        let roll = &self.sheet.roll;
        let Some(from) = next_in(roll, from).filter(|day| *day < to) else { return };
        let last = last_in(roll, to).unwrap_or(from);
        match runs.last_mut() {
            Some(run) if run.2 == way && next_in(roll, run.1 + 1) == Some(from) => run.1 = last,
            _ => runs.push((from, last, way)),
        }
    }

    fn last_known(&self) -> Option<usize> {
        last_in(&self.sheet.roll, self.context.calendar(self.sheet).days.len())
    }

    fn outline(&self, dated: &Dated, version: usize, current: bool, scratch: &mut Scratch) -> Short {
        let calendar = self.context.calendar(self.sheet);
        let Scratch { runs, ways, .. } = scratch;
        let shown = |way: usize, counted: u64| {
            let (asked, found) = (&dated.ways[way], &ways[way]);
            let of = asked.criterion.test.is_rate().then(|| asked.shown(found.whole));
            (asked.shown(counted), of)
        };
        runs.sort_unstable();
        let Some(first) = runs.first().copied() else {
            let here = Extent::School(calendar.school);
            if !current
                || !enrolled_now(self.student, here, self.as_of)
                || !eligible_next(self.student, here, self.as_of, dated.rule)
            {
                return Short::Nothing;
            }
            let close = |(way, found): (&Way, &Found)| {
                let enrolled = u64::from(self.days) * self.units(way);
                // Nothing of the rules on this path asks for presence.
                found.ahead > 0 && more(dated, way, found.ahead, found.whole, enrolled, 0) == Some(1)
            };
            let Some(way) = dated.ways.iter().zip(ways.iter()).position(close) else { return Short::Nothing };
            let (counted, of) = shown(way, ways[way].ahead);
            return Short::Found(Outline { version, way, met: None, counted, of });
        };
        let standing = ways.iter().position(|found| current && found.stands);
        let met_first = ways.iter().position(|found| found.first == Some(first.0)).unwrap_or_default();
        let way = standing.unwrap_or(met_first);
        // Runs of several ways may overlap or touch.
        let mut begins = first;
        for run in runs.iter().skip(1) {
            if next_in(&self.sheet.roll, begins.1 + 1).is_some_and(|next| run.0 > next) {
                begins = *run;
            } else {
                begins.1 = begins.1.max(run.1);
            }
        }
        let since = standing.map(|_| calendar.date(begins.0));
        let (counted, of) = shown(way, ways[way].counted);
        Short::Found(Outline { version, way, met: Some((calendar.date(first.0), since)), counted, of })
    }
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

/// How many days of a mask lie in `from..to`.
fn count_range(mask: &[u64], from: usize, to: usize) -> u32 {
    let below = |place: usize| -> u32 {
        let (word, bit) = (place / 64, place % 64);
        let whole: u32 = mask[..word.min(mask.len())].iter().map(|w| w.count_ones()).sum();
        let part = mask.get(word).map_or(0, |w| (w & !(u64::MAX << bit)).count_ones());
        whole + part
    };
    below(to) - below(from)
}
