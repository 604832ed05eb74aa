//! The rules of some packs, each through all versions of its pack, with what they measure and over which windows.

use crate::calendar::CalendarBits;
use crate::measure::{MINUTE, Measure, Measures};
use crate::pack::{Criterion, Op, Pack, Rule, Test, Unit, Version, Window};
use model::time::Date;

/// One rule through all versions of its pack.
pub(crate) struct Line<'p> {
    pub(crate) pack: &'p Pack,
    pub(crate) rule: &'p str,
    pub(crate) versions: Vec<Dated<'p>>,
}

/// A rule as one version of its pack has it.
pub(crate) struct Dated<'p> {
    pub(crate) version: &'p Version,
    pub(crate) rule: &'p Rule,
    pub(crate) ways: Vec<Way<'p>>,
}

/// One way to meet a rule, with the places of what it needs.
pub(crate) struct Way<'p> {
    pub(crate) criterion: &'p Criterion,
    pub(crate) unit: Unit,
    /// The place of its measure among the measures of the context.
    pub(crate) measure: usize,
    /// The place of its window among the windows of the context.
    pub(crate) window: usize,
    /// The least amount, of all that may count, with which it is met or close; at least 1.
    pub(crate) close: u64,
}

/// Everything that some packs ask.
pub(crate) struct Lines<'p> {
    pub(crate) all: Vec<Line<'p>>,
    pub(crate) measures: Measures,
    pub(crate) windows: Vec<Window>,
}

impl<'p> Lines<'p> {
    /// Of some packs, in their order.
    pub(crate) fn of(packs: &[&'p Pack]) -> Self {
        let rules = || packs.iter().flat_map(|p| &p.versions).flat_map(|v| &v.rules);
        let measures = Measures::of(rules());
        let mut windows: Vec<Window> = Vec::new();
        for criterion in rules().flat_map(|r| &r.when) {
            if !windows.contains(&criterion.window) {
                windows.push(criterion.window);
            }
        }
        let mut all: Vec<Line<'p>> = Vec::new();
        for pack in packs {
            for version in &pack.versions {
                for rule in &version.rules {
                    let way = |criterion: &'p Criterion| {
                        let mut way = Way {
                            criterion,
                            unit: rule.unit,
                            measure: measures.place(Measure::of(rule, criterion)),
                            window: windows.iter().position(|w| *w == criterion.window).unwrap_or_default(),
                            close: 1,
                        };
                        way.close = way.least().saturating_sub(way.scale()).max(1);
                        way
                    };
                    let dated = Dated { version, rule, ways: rule.when.iter().map(way).collect() };
                    match all.iter_mut().find(|l| l.pack.id == pack.id && l.rule == rule.id) {
                        Some(line) => line.versions.push(dated),
                        None => all.push(Line { pack, rule: &rule.id, versions: vec![dated] }),
                    }
                }
            }
        }
        Self { all, measures, windows }
    }
}

impl<'p> Line<'p> {
    /// The place of the version in force on a day.
    pub(crate) fn on(&self, date: Date) -> Option<usize> {
        self.versions.iter().position(|v| v.in_force(date))
    }

    /// The only version in force on any day of a calendar, where it lasts to its end, and the place of the first day on
    /// which it is in force.
    pub(crate) fn only(&self, calendar: &CalendarBits) -> Option<(usize, usize)> {
        let (first, last) = (calendar.days.first()?.date, calendar.days.last()?.date);
        let version = self.on(last)?;
        let dated = &self.versions[version];
        if dated.in_force(first) {
            return Some((version, 0));
        }
        let from = calendar.days.partition_point(|day| !dated.in_force(day.date));
        let before = calendar.days[from - 1].date;
        let other = self.versions.iter().any(|other| other.touches(first, before));
        (!other).then_some((version, from))
    }

    /// Whether it cannot be asked without facts of cases.
    pub(crate) fn needs_facts(&self) -> bool {
        self.versions.iter().any(|v| v.rule.needs_facts())
    }
}

impl Dated<'_> {
    fn in_force(&self, date: Date) -> bool {
        self.version.in_force(date) && self.rule.in_force(date)
    }

    /// Whether it is in force on some day from one to another.
    fn touches(&self, from: Date, to: Date) -> bool {
        let begins = self.version.effective_from.max(self.rule.effective_from);
        let ends = [self.version.effective_to, self.rule.effective_to].into_iter().flatten().min();
        let lasts = begins.zip(ends).is_none_or(|(begins, ends)| begins <= ends);
        lasts && begins.is_none_or(|begins| begins <= to) && ends.is_none_or(|ends| from <= ends)
    }

    /// Whether it is in force without end or beginning.
    pub(crate) fn always(&self) -> bool {
        let version = (self.version.effective_from, self.version.effective_to);
        version == (None, None) && (self.rule.effective_from, self.rule.effective_to) == (None, None)
    }
}

impl Way<'_> {
    /// The amount of one unit.
    pub(crate) fn scale(&self) -> u64 {
        if self.unit == Unit::Minute { MINUTE } else { 1 }
    }

    /// The least amount that meets a count; `None` for a rate.
    pub(crate) fn needed(&self) -> Option<u64> {
        match self.criterion.test {
            Test::Count { op: Op::Gte, count, .. } => Some(u64::from(count) * self.scale()),
            Test::Count { op: Op::Gt, count, .. } => Some(u64::from(count) * self.scale() + 1),
            Test::Rate { .. } => None,
        }
    }

    /// The least amount without which it is not met; for a rate 0, where only the days can tell.
    fn least(&self) -> u64 {
        self.needed().unwrap_or_else(|| match self.criterion.test {
            Test::Rate { percent, .. } => {
                let hours = self.criterion.required_hours.iter().map(|r| u64::from(r.hours)).min();
                hours.unwrap_or(0) * 60 * MINUTE / 100 * u64::from(percent)
            }
            Test::Count { .. } => 0,
        })
    }

    /// The most that still meets it, where there is such a bound.
    pub(crate) fn most(&self) -> Option<u64> {
        match self.criterion.test {
            Test::Count { at_most: Some(most), .. } => Some(u64::from(most) * self.scale()),
            _ => None,
        }
    }

    /// Whether an amount (of a whole, for a rate) meets it. Integers only.
    pub(crate) fn met(&self, counted: u64, whole: u64) -> bool {
        match self.needed() {
            Some(needed) => counted >= needed && self.most().is_none_or(|most| counted <= most),
            None => counted > 0 && self.criterion.test.met(counted, whole),
        }
    }

    /// The number shown for an amount: whole units, rounded down.
    pub(crate) fn shown(&self, amount: u64) -> u32 {
        u32::try_from(amount / self.scale()).unwrap_or(u32::MAX)
    }

    /// Whether the window stands still until the school year is over.
    pub(crate) fn is_yearly(&self) -> bool {
        matches!(self.criterion.window, Window::SchoolYear | Window::OneClass)
    }

    /// Whether days of earlier school years may count.
    pub(crate) fn reaches_back(&self) -> bool {
        self.criterion.window.rolls() && !self.criterion.within_year
    }
}
