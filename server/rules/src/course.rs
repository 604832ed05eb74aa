//! How a student's year went by one rule, day by day: any number of schools, versions and ways to meet it.

use crate::bits;
use crate::ground::Ground;
use crate::lines::{Dated, Line, Way};
use crate::pack::{Op, Test, Unit};
use crate::sweep::{Reading, Sum, Sweep, sweep};
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
struct State<'h> {
    date: Date,
    /// The version in force; `None` where there was none.
    version: Option<usize>,
    /// For each way the reading, where the day is known to it, and whether it was met.
    ways: Vec<Option<(Reading<'h>, bool)>>,
}

impl State<'_> {
    fn met(&self) -> bool {
        self.ways.iter().flatten().any(|(_, met)| *met)
    }
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
    let states = states(ground, line, swept);
    let version = states.iter().rev().find_map(|s| s.version)?;
    let dated = &line.versions[version];
    let sweeps = swept(version);
    let mut runs: Vec<(Date, Date)> = Vec::new();
    for run in states.chunk_by(|a, b| a.met() == b.met()).filter(|run| run.iter().any(State::met)) {
        runs.extend(run.first().zip(run.last()).map(|(first, last)| (first.date, last.date)));
    }
    let first = states.iter().find(|s| s.met()).and_then(|state| {
        let way = state.ways.iter().position(|w| w.is_some_and(|(_, met)| met))?;
        let sum = state.ways[way]?.0.sum;
        Some(First { on: state.date, version: state.version?, way, sum })
    });
    let current = ground.current(year_begins);
    let stands = |way: usize| {
        let met_last = states.last().and_then(|s| *s.ways.get(way)?).is_some_and(|(_, met)| met);
        let (way, now) = (&dated.ways[way], sweeps[way].now);
        current && met_last && (way.is_yearly() || way.met(now.counted, now.whole))
    };
    let standing = (0..dated.ways.len()).find(|way| stands(*way));
    let next: Vec<Option<Next>> = if standing.is_none() && current && ground.enrolled_now() {
        (0..dated.ways.len())
            .map(|way| next(ground, dated, &dated.ways[way], &sweeps[way], year_begins))
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

/// What is said of each known day of the year.
fn states<'s, 'h: 's>(
    ground: &Ground<'_, 'h>,
    line: &Line,
    swept: impl Fn(usize) -> &'s Vec<Sweep<'h>>,
) -> Vec<State<'h>> {
    let mut states = Vec::new();
    let mut dates: Vec<Date> = ground.slots.iter().filter(|s| s.in_year).map(|s| s.date).collect();
    dates.dedup();
    for date in dates {
        let Some(version) = line.on(date) else {
            // No rule, nothing met: a run ends here.
            if known_to_first(ground, line, date) {
                states.push(State { date, version: None, ways: Vec::new() });
            }
            continue;
        };
        let dated = &line.versions[version];
        let facts = OnceCell::new();
        let has_facts =
            || *facts.get_or_init(|| ground.has_facts(line.pack.year_begins, &dated.rule.facts, date));
        let ways: Vec<Option<(Reading, bool)>> = dated
            .ways
            .iter()
            .zip(swept(version))
            .map(|(way, sweep)| {
                let place = sweep.readings.binary_search_by_key(&date, |r| r.date).ok()?;
                let reading = sweep.readings.get(place).filter(|r| r.eligible)?;
                let sum = reading.sum;
                let met = reading.enough && way.met(sum.counted, sum.whole) && has_facts();
                Some((*reading, met))
            })
            .collect();
        if ways.iter().any(Option::is_some) {
            states.push(State { date, version: Some(version), ways });
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
    let tested = eligible().filter(|r| r.enough && line.on(r.date) == Some(version));
    // The earliest of the fullest: of equals, the last that is found from the end.
    tested.rev().max_by_key(|r| r.sum.counted).map_or_else(last, |r| (r.sum, r.date))
}

/// How many more would meet a way, and until when that is so.
fn next(ground: &Ground, dated: &Dated, way: &Way, sweep: &Sweep, year_begins: u32) -> Option<Next> {
    let day = next_weekday(ground.as_of);
    if !ground.eligible_next(dated.rule) || !ground.has_facts(year_begins, &dated.rule.facts, day) {
        return None;
    }
    let last = sweep.readings.iter().rfind(|r| r.eligible)?;
    let more = more(dated, way, sweep.ahead.counted, sweep.ahead.whole, last.enrolled, last.present)?;
    let before = way.needed().and_then(|needed| {
        let kept = needed.checked_sub(u64::from(more) * way.scale()).filter(|kept| *kept > 0)?;
        let known = ground.known(dated.rule, way.measure, way.reaches_back());
        let mut held = 0;
        let oldest = known.iter().rev().find(|k| {
            held += k.amount;
            held >= kept
        })?;
        leaves(way.criterion.window, oldest.slot.date)
    });
    Some(Next { more, before })
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
