//! How a student's year went by one rule, day by day: any number of schools, versions and ways to meet it.

use crate::bits;
use crate::ground::{Ground, Scope};
use crate::lines::{Dated, Line, Way};
use crate::pack::{Op, Test, Unit};
use crate::sweep::{Sum, Sweep, sweep};
use crate::windows::{leaves, next_weekday};
use model::signal::Next;
use model::time::Date;
use std::cell::OnceCell;

/// How a student's year went by one rule.
#[derive(Debug)]
pub(crate) struct Course<'h> {
    /// The version that judged the last known day.
    pub(crate) version: usize,
    /// The way of which the finding speaks.
    pub(crate) way: usize,
    /// The day on which it was first met; `None` where it is only close.
    pub(crate) first: Option<First<'h>>,
    /// First and last tested day of each unbroken run of days met.
    pub(crate) runs: Vec<(Date, Date)>,
    pub(crate) standing: bool,
    /// The window of which the finding speaks, and its last day.
    pub(crate) sum: Sum<'h>,
    pub(crate) until: Date,
    pub(crate) next: Option<Next>,
    /// One more would meet it, and something counts already.
    pub(crate) one_more: bool,
}

/// The first day met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct First<'h> {
    pub(crate) on: Date,
    pub(crate) version: usize,
    pub(crate) way: usize,
    pub(crate) sum: Sum<'h>,
}

/// What is said of one known day.
struct State {
    date: Date,
    /// The version in force; `None` where there was none.
    version: Option<usize>,
    met: bool,
}

/// Goes through the year; `None` where the rule was neither met nor is close.
pub(crate) fn course<'h>(ground: &Ground<'_, 'h>, line: &Line) -> Option<Course<'h>> {
    let year_begins = line.pack.year_begins;
    let sweeps: Vec<OnceCell<Vec<Sweep>>> = line.versions.iter().map(|_| OnceCell::new()).collect();
    let swept = |version: usize| {
        let dated = &line.versions[version];
        sweeps[version]
            .get_or_init(|| dated.ways.iter().map(|way| sweep(ground, year_begins, dated, way)).collect())
    };
    let has_facts: Vec<Option<Date>> =
        line.versions.iter().map(|dated| facts_from(ground, line, dated)).collect();
    let has_facts = |version: usize, date: Date| has_facts[version].is_some_and(|from| from <= date);
    let states = states(ground, line, has_facts, swept);
    let version = states.iter().rev().find_map(|s| s.version)?;
    let dated = &line.versions[version];
    let sweeps = swept(version);
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for run in states.chunk_by(|a, b| a.met == b.met).filter(|run| run.iter().any(|s| s.met)) {
        runs.extend(run.first().zip(run.last()).map(|(first, last)| (first.date, last.date)));
    }
    let first = states.iter().find(|s| s.met).and_then(|state| {
        let version = state.version?;
        let ways = line.versions[version].ways.iter().zip(swept(version));
        let mut met = ways.enumerate().filter_map(|(place, (way, sweep))| {
            Some((place, sweep.on(state.date).filter(|r| r.meets(way))?.sum))
        });
        met.next().map(|(way, sum)| First { on: state.date, version, way, sum })
    });
    let current = ground.current(year_begins);
    let stands = |way: usize| {
        let (sweep, way) = (&sweeps[way], &dated.ways[way]);
        let last = states.last().filter(|s| s.met).and_then(|s| sweep.upto(s.date));
        let met_last = last.is_some_and(|r| r.meets(way));
        current && met_last && (way.is_yearly() || way.met(sweep.now.counted, sweep.now.whole))
    };
    let standing = (0..dated.ways.len()).find(|way| stands(*way));
    let next: Vec<Option<Next>> = if standing.is_none() && current && ground.enrolled_now() {
        (0..dated.ways.len())
            .map(|way| {
                next(
                    ground,
                    dated,
                    &dated.ways[way],
                    &sweeps[way],
                    has_facts(version, next_weekday(ground.as_of)),
                )
            })
            .collect()
    } else {
        Vec::new()
    };
    let close = |way: &usize| {
        next.get(*way).copied().flatten().is_some_and(|n| n.more == 1) && sweeps[*way].ahead.counted > 0
    };
    let closest = (0..dated.ways.len()).find(close);
    let way = match first {
        Some(first) => standing.unwrap_or(first.way.min(dated.ways.len().saturating_sub(1))),
        None => closest?,
    };
    let (sum, until) = shown(ground, line, version, way, &sweeps[way], first.is_some());
    Some(Course {
        version,
        way,
        first,
        runs,
        standing: standing.is_some(),
        sum,
        until,
        next: next.into_iter().flatten().min_by_key(|n| n.more),
        one_more: closest.is_some(),
    })
}

/// From when the facts are there that a version asks for: `None` where they never are.
pub(crate) fn facts_from(scope: &Scope, line: &Line, dated: &Dated) -> Option<Date> {
    if dated.rule.facts.is_empty() {
        return Some(Date::MIN);
    }
    let facts = scope.facts(line.pack.year_begins, scope.as_of);
    let reached = dated.rule.facts.iter().map(|need| {
        let nth = need.at_least.saturating_sub(1) as usize;
        facts.iter().filter(|f| f.kind == need.fact).nth(nth).map(|f| f.date)
    });
    reached.collect::<Option<Vec<Date>>>()?.into_iter().max()
}

/// What is said of each known day of the year.
fn states<'s, 'h: 's>(
    ground: &Ground<'_, 'h>,
    line: &Line,
    has_facts: impl Fn(usize, Date) -> bool,
    swept: impl Fn(usize) -> &'s Vec<Sweep<'h>>,
) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    for slot in ground.slots.iter().filter(|s| s.in_year) {
        let date = slot.date;
        if states.last().is_some_and(|s| s.date == date) {
            continue;
        }
        let Some(version) = line.on(date) else {
            // No rule, nothing met: a run ends here.
            if known_to_first(ground, line, date) {
                states.push(State { date, version: None, met: false });
            }
            continue;
        };
        let ways = line.versions[version].ways.iter().zip(swept(version));
        let (mut known, mut met) = (false, false);
        for (way, sweep) in ways {
            known |= sweep.on(date).is_some();
            // On a day that is unknown to one way nothing changes for it: a count of the year stays as it was.
            let said = if way.is_yearly() { sweep.upto(date) } else { sweep.on(date) };
            met |= said.is_some_and(|reading| reading.meets(way));
        }
        if known {
            states.push(State { date, version: Some(version), met: met && has_facts(version, date) });
        }
    }
    states
}

/// Whether a day is known to what the first version of the rule measures.
fn known_to_first(ground: &Ground, line: &Line, date: Date) -> bool {
    let measure = line.versions.first().and_then(|v| v.ways.first()).map_or(0, |w| w.measure);
    let known = |sheet: usize, place: usize| bits::get(&ground.sheets[sheet].known(measure), place);
    ground.slots.iter().any(|s| s.in_year && s.date == date && known(s.sheet, s.place))
}

/// The window of which a finding speaks: for a rate or a count of the year that of the last known day, for another
/// count the fullest that ends on a tested day, for what is only close the one that one more day would fill.
fn shown<'h>(
    ground: &Ground<'_, 'h>,
    line: &Line,
    version: usize,
    way: usize,
    sweep: &Sweep<'h>,
    met: bool,
) -> (Sum<'h>, Date) {
    let way = &line.versions[version].ways[way];
    let eligible = || sweep.readings.iter().filter(|r| r.eligible);
    let last = || eligible().next_back().map_or((Sum::default(), ground.as_of), |r| (r.sum, r.date));
    if way.is_yearly() || way.criterion.test.is_rate() {
        return last();
    }
    if !met {
        return (sweep.ahead, ground.as_of);
    }
    // Days of an earlier version too: it is the same year's count.
    let tested = eligible().filter(|r| r.enough && line.on(r.date).is_some());
    // The earliest of the fullest: of equals, the last that is found from the end.
    tested.rev().max_by_key(|r| r.sum.counted).map_or_else(last, |r| (r.sum, r.date))
}

/// How many more would meet a way, and until when that is so.
fn next(ground: &Ground, dated: &Dated, way: &Way, sweep: &Sweep, has_facts: bool) -> Option<Next> {
    if !has_facts || !ground.eligible_next(dated.rule) {
        return None;
    }
    let last = sweep.readings.iter().rfind(|r| r.eligible)?;
    let more = more(dated, way, sweep.ahead.counted, sweep.ahead.whole, last.enrolled, last.present)?;
    let known = ground.known(dated.rule, way.measure, way.reaches_back());
    let before = until(way, more, known.iter().rev().map(|k| (k.slot.date, k.amount)));
    Some(Next { more, before })
}

/// The first date on which so many more would no longer meet a way, by what counts already, the latest first.
pub(crate) fn until(way: &Way, more: u32, counted: impl Iterator<Item = (Date, u64)>) -> Option<Date> {
    let kept = way.needed()?.checked_sub(u64::from(more) * way.scale()).filter(|kept| *kept > 0)?;
    let mut held = 0;
    let mut counted = counted;
    let (oldest, _) = counted.find(|(_, amount)| {
        held += amount;
        held >= kept
    })?;
    leaves(way.criterion.window, oldest)
}

/// How many more units on the next school day would meet a way that holds so much already; `None` where nothing would.
pub(crate) fn more(
    dated: &Dated,
    way: &Way,
    counted: u64,
    whole: u64,
    enrolled: u64,
    present: u64,
) -> Option<u32> {
    let by_day = matches!(way.unit, Unit::Day | Unit::Event | Unit::Session);
    if present < u64::from(dated.rule.least_present) {
        return None;
    }
    // Each more of these is also one more day (or session) of enrollment; other units come on the next day alone.
    let lacking = u64::from(dated.rule.least_enrolled).saturating_sub(enrolled);
    if !by_day && lacking > 1 {
        return None;
    }
    let least = if by_day { lacking.max(1) } else { 1 };
    let more = match way.criterion.test {
        Test::Count { .. } => way.needed()?.saturating_sub(counted).div_ceil(way.scale()).max(least),
        Test::Rate { op, percent } => {
            let percent = u64::from(percent);
            // 100 × (counted + n) against percent × (whole + n); of required hours the whole stays as it is.
            let (step, gap) = if by_day {
                (100 - percent, (percent * whole).saturating_sub(100 * counted))
            } else {
                (100 * way.scale(), (percent * whole).saturating_sub(100 * counted))
            };
            if step == 0 {
                (op == Op::Gte && gap == 0).then_some(least)?
            } else if op == Op::Gte {
                gap.div_ceil(step).max(least)
            } else {
                (gap / step + u64::from(100 * counted <= percent * whole)).max(least)
            }
        }
    };
    let fits = way.most().is_none_or(|most| counted + more * way.scale() <= most);
    u32::try_from(more).ok().filter(|_| fits)
}
