//! What a rule measures of one school day: a bit, or an amount in whole numbers.

use crate::pack::{Counts, Criterion, Missed, Rule, Unit, Window};

/// What is measured of a day. Rules that measure the same share one reading of the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Measure {
    /// Whether the day counts: 0 or 1.
    Day { counts: Counts, missed: Missed },
    /// Half-days missed: 0 to 2.
    HalfDays(Counts),
    /// Sessions missed.
    Sessions(Counts),
    /// Millionths of minutes missed.
    Minutes(Counts),
    /// Different periods missed.
    Periods(Counts),
}

/// Amounts of one minute.
pub(crate) const MINUTE: u64 = 1_000_000;

impl Measure {
    /// The measure of pages and aggregates: at least half of the day, for any reason.
    pub(crate) const ABSENT: Self = Self::Day { counts: Counts::All, missed: Missed::AtLeastHalf };
    /// Whether anything at all was missed, for any reason.
    pub(crate) const ANYTHING: Self = Self::Day { counts: Counts::All, missed: Missed::Any };

    /// What a criterion of a rule measures. A rule that counts reports looks only at which days are known.
    pub(crate) fn of(rule: &Rule, criterion: &Criterion) -> Self {
        let counts = rule.counts.unwrap_or(Counts::All);
        match rule.unit {
            Unit::Day | Unit::Event => {
                Self::Day { counts, missed: criterion.missed.unwrap_or(Missed::AtLeastHalf) }
            }
            Unit::HalfDay => Self::HalfDays(counts),
            Unit::Session => Self::Sessions(counts),
            Unit::Minute => Self::Minutes(counts),
            Unit::Period => Self::Periods(counts),
            // Which parts of a day were missed is nothing to it: only a row that cannot be used makes a day unknown.
            Unit::Report => Self::Day { counts, missed: Missed::Periods(1) },
        }
    }

    /// Which categories count.
    pub(crate) fn counts(self) -> Counts {
        match self {
            Self::Day { counts, .. }
            | Self::HalfDays(counts)
            | Self::Sessions(counts)
            | Self::Minutes(counts)
            | Self::Periods(counts) => counts,
        }
    }

    /// Whether a day has one or nothing of it, so that a bit holds it.
    fn is_bit(self) -> bool {
        matches!(self, Self::Day { .. })
    }
}

/// The different measures of some rules; those that a bit holds come first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measures {
    all: Vec<Measure>,
    bits: usize,
}

impl Measures {
    /// Of some rules.
    pub(crate) fn of<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let mut all: Vec<Measure> = Vec::new();
        let mut add = |measure| {
            if !all.contains(&measure) {
                all.push(measure);
            }
        };
        for rule in rules {
            for criterion in &rule.when {
                add(Measure::of(rule, criterion));
                if criterion.window == Window::Consecutive && rule.unit == Unit::Minute {
                    add(Measure::ANYTHING);
                }
            }
        }
        all.sort_by_key(|measure| !measure.is_bit());
        let bits = all.iter().filter(|m| m.is_bit()).count();
        Self { all, bits }
    }

    /// One measure alone.
    pub(crate) fn only(measure: Measure) -> Self {
        Self { all: vec![measure], bits: usize::from(measure.is_bit()) }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Measure] {
        &self.all
    }

    /// How many a bit holds: they are the first.
    pub(crate) fn bits(&self) -> usize {
        self.bits
    }

    /// The place of a measure that is among them.
    pub(crate) fn place(&self, measure: Measure) -> usize {
        self.all.iter().position(|m| *m == measure).unwrap_or_default()
    }
}
