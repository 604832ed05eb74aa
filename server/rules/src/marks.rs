//! What the marks of one day mean: known or not, and how much of the day was missed, in whole numbers.

use crate::pack::{Counts, Missed};
use model::attendance::{Mark, Meaning, Session, Shape, ShapeId};
use model::history::{Bell, Day, History};

/// Millionths in a day: the finest part a mark can state.
const MILLION: u64 = 1_000_000;

/// What makes a day count: which categories, and how much of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DayTest {
    pub(crate) counts: Counts,
    pub(crate) missed: Missed,
}

impl DayTest {
    /// The test of pages and aggregates: at least half of the day, for any reason.
    pub(crate) const ABSENT: Self = Self { counts: Counts::All, missed: Missed::AtLeastHalf };
}

impl Missed {
    /// Whether `part` of `whole` is enough.
    fn enough(self, part: u64, whole: u64) -> bool {
        match self {
            Self::AtLeastHalf => 2 * part >= whole,
            Self::MoreThanHalf => 2 * part > whole,
            Self::Whole | Self::OverMinutes(_) => part >= whole,
            Self::Any | Self::Periods(_) => part > 0,
        }
    }
}

/// What a shape states of the part missed, before the day's length is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    /// Nothing missed.
    Nothing,
    /// Millionths of the day.
    Millionths(u32),
    /// Minutes.
    Minutes(u16),
    /// The period that the shape names.
    Period,
    /// It cannot be used.
    Unusable,
}

/// A shape, read for the rules.
#[derive(Debug, Clone, Copy)]
struct Facts {
    meaning: Meaning,
    stated: Stated,
}

/// What one day's code says for each day test, where one mark without clock times says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quick {
    /// The day is known; bit `i` is set where it counts for test `i`.
    Known(u32),
    /// The day is unknown.
    Unknown,
    /// The day's length or the bells are needed.
    Look,
}

/// The shapes of a history, read once.
pub(crate) struct ShapeTable<'h> {
    history: &'h History,
    facts: Vec<Facts>,
    quick: Vec<Quick>,
}

impl<'h> ShapeTable<'h> {
    /// Reads every shape for these tests (at most 32).
    pub(crate) fn new(history: &'h History, tests: &[DayTest]) -> Self {
        let facts: Vec<Facts> = history.shapes.list().iter().map(|shape| read(history, shape)).collect();
        let quick = facts
            .iter()
            .map(|f| match f.stated {
                Stated::Unusable => Quick::Unknown,
                Stated::Minutes(_) | Stated::Period => Quick::Look,
                Stated::Nothing => Quick::Known(0),
                Stated::Millionths(part) => Quick::Known(bits(tests, |test| {
                    test.counts.takes(f.meaning) && test.missed.enough(u64::from(part), MILLION)
                })),
            })
            .collect();
        Self { history, facts, quick }
    }

    /// What a single mark without clock times says.
    pub(crate) fn quick(&self, shape: u8) -> Quick {
        usize::from(shape).checked_sub(1).and_then(|i| self.quick.get(i)).copied().unwrap_or(Quick::Unknown)
    }

    fn facts(&self, shape: ShapeId) -> Facts {
        (shape.0 as usize)
            .checked_sub(1)
            .and_then(|i| self.facts.get(i))
            .copied()
            .unwrap_or(Facts { meaning: Meaning::NotCounted, stated: Stated::Unusable })
    }

    /// The words of a mark: its category and reason, as the source wrote them.
    pub(crate) fn shape(&self, mark: &Mark) -> Option<&'h Shape> {
        self.history.shapes.get(mark.shape)
    }

    /// Reads the marks of one day.
    pub(crate) fn day(&self, day: &Day, bells: &[Bell], marks: &[Mark]) -> DayMarks<'h> {
        let bell_minutes: u64 = bells.iter().map(|b| u64::from(b.end.saturating_sub(b.start))).sum();
        let length = day.minutes.map(u64::from).or(Some(bell_minutes)).filter(|m| *m > 0);
        let whole = MILLION * length.unwrap_or(1);
        let mut parts = Vec::with_capacity(marks.len());
        for mark in marks {
            let Facts { meaning, stated } = self.facts(mark.shape);
            let shape = self.shape(mark);
            let period = shape.and_then(|s| s.period.as_deref());
            let bell = period.and_then(|name| bells.iter().find(|b| b.period == name));
            let missed = match stated {
                Stated::Nothing => Some(0),
                Stated::Unusable => None,
                Stated::Millionths(part) => Some(u64::from(part) * length.unwrap_or(1)),
                Stated::Minutes(minutes) => length.map(|_| u64::from(minutes) * MILLION),
                Stated::Period => {
                    bell.and_then(|b| length.map(|_| u64::from(b.end.saturating_sub(b.start)) * MILLION))
                }
            };
            let away = Away::of(mark, bell);
            let session = shape.and_then(|s| s.session);
            let (usable, missed) = (missed.is_some(), missed.unwrap_or(0).min(whole));
            parts.push(Part { mark: *mark, shape, meaning, usable, missed, session, period, away });
        }
        parts.sort_by(|a, b| {
            b.missed
                .cmp(&a.missed)
                .then(a.meaning.cmp(&b.meaning))
                .then_with(|| a.category().cmp(b.category()))
                .then(a.mark.cmp(&b.mark))
        });
        DayMarks { usable: parts.iter().all(|p| p.usable), whole, parts }
    }
}

/// What a shape means and states.
fn read(history: &History, shape: &Shape) -> Facts {
    let Some(meaning) = history.codes.meaning(&shape.category).filter(|_| !shape.unusable) else {
        return Facts { meaning: Meaning::NotCounted, stated: Stated::Unusable };
    };
    let stated = if matches!(meaning, Meaning::Present | Meaning::NotCounted) {
        Stated::Nothing
    } else if let Some(part) = shape.fraction {
        Stated::Millionths(part)
    } else if let Some(minutes) = shape.minutes {
        Stated::Minutes(minutes)
    } else if !meaning.is_absence() {
        Stated::Nothing
    } else if shape.period.is_some() {
        Stated::Period
    } else if shape.session.is_some() {
        Stated::Millionths(500_000)
    } else {
        Stated::Millionths(1_000_000)
    };
    Facts { meaning, stated }
}

/// One bit a test.
fn bits(tests: &[DayTest], counts: impl Fn(&DayTest) -> bool) -> u32 {
    tests.iter().enumerate().fold(0, |bits, (i, test)| bits | u32::from(counts(test)) << i)
}

/// The clock times a mark was away: at most two stretches, as minutes since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Away([Option<(u16, u16)>; 2]);

impl Away {
    /// From arrival and departure, else from the bells of its period.
    fn of(mark: &Mark, bell: Option<&Bell>) -> Option<Self> {
        match (mark.arrival, mark.departure) {
            // Left and came back.
            (Some(came), Some(left)) if left < came => Some(Self([Some((left, came)), None])),
            // Came and left in the same minute: that says nothing.
            (Some(came), Some(left)) if left == came => None,
            // Came late and left early.
            (Some(came), Some(left)) => Some(Self([Some((0, came)), Some((left, u16::MAX))])),
            (Some(came), None) => Some(Self([Some((0, came)), None])),
            (None, Some(left)) => Some(Self([Some((left, u16::MAX)), None])),
            (None, None) => bell.map(|b| Self([Some((b.start, b.end)), None])),
        }
    }

    fn disjoint(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().flatten().flat_map(|a| other.0.iter().flatten().map(move |b| (a, b)));
        pairs.all(|(a, b)| a.1 <= b.0 || b.1 <= a.0)
    }
}

/// One mark of a day, with what it missed.
#[derive(Debug, Clone)]
pub(crate) struct Part<'h> {
    mark: Mark,
    shape: Option<&'h Shape>,
    pub(crate) meaning: Meaning,
    /// It could be used.
    pub(crate) usable: bool,
    /// In the unit of [`DayMarks::whole`].
    pub(crate) missed: u64,
    session: Option<Session>,
    period: Option<&'h str>,
    away: Option<Away>,
}

impl<'h> Part<'h> {
    /// The category as the source wrote it.
    pub(crate) fn category(&self) -> &'h str {
        self.shape.map_or("", |s| s.category.as_str())
    }

    /// The reason as the source wrote it.
    pub(crate) fn reason(&self) -> &'h str {
        self.shape.map_or("", |s| s.reason.as_str())
    }

    /// Whether two marks speak of different stretches of the day for certain.
    fn disjoint(&self, other: &Self) -> bool {
        let differ = |a: Option<&str>, b: Option<&str>| a.is_some() && b.is_some() && a != b;
        (self.session.is_some() && other.session.is_some() && self.session != other.session)
            || differ(self.period, other.period)
            || self.away.zip(other.away).is_some_and(|(a, b)| a.disjoint(&b))
    }

    fn same_place(&self, other: &Self) -> bool {
        self.session == other.session && self.period == other.period && self.away == other.away
    }
}

/// The marks of one day, largest missed part first; equal parts in the order of [`Meaning`], then by category.
#[derive(Debug, Clone)]
pub(crate) struct DayMarks<'h> {
    /// Every mark could be used; otherwise the day is unknown.
    pub(crate) usable: bool,
    /// The whole day, in the unit of [`Part::missed`].
    whole: u64,
    pub(crate) parts: Vec<Part<'h>>,
}

impl<'h> DayMarks<'h> {
    /// The largest part missed in categories that count: the most that pairwise disjoint marks add up to.
    fn missed(&self, counts: Counts) -> u64 {
        let mut parts: Vec<&Part> = Vec::new();
        for part in self.parts.iter().filter(|p| p.missed > 0 && counts.takes(p.meaning)) {
            // Of marks for the very same stretch only the largest, which comes first, can matter.
            if !parts.iter().any(|p| p.same_place(part)) {
                parts.push(part);
            }
        }
        let mut best = 0;
        heaviest(&parts, 0, &mut best);
        best.min(self.whole)
    }

    /// Whether the day counts.
    pub(crate) fn counts(&self, test: DayTest) -> bool {
        self.usable && test.missed.enough(self.missed(test.counts), self.whole)
    }

    /// One bit a test.
    pub(crate) fn count_bits(&self, tests: &[DayTest]) -> u32 {
        bits(tests, |test| self.counts(*test))
    }

    /// The categories as the source wrote them, without repeats, joined by `, `.
    pub(crate) fn categories(&self) -> String {
        let mut all: Vec<&str> = Vec::new();
        for category in self.parts.iter().map(Part::category) {
            if !all.contains(&category) {
                all.push(category);
            }
        }
        all.join(", ")
    }

    /// The mark that speaks for the day among the categories that count: the one with the largest part.
    pub(crate) fn speaker(&self, counts: Counts) -> Option<&Part<'h>> {
        self.parts.iter().find(|p| counts.takes(p.meaning))
    }
}

/// The heaviest set of pairwise disjoint parts. A day has few marks; parts come largest first.
fn heaviest(parts: &[&Part<'_>], weight: u64, best: &mut u64) {
    *best = (*best).max(weight);
    let rest: u64 = parts.iter().map(|p| p.missed).sum();
    let Some((first, others)) = parts.split_first() else { return };
    if weight + rest <= *best {
        return;
    }
    let beside: Vec<&Part> = others.iter().copied().filter(|p| p.disjoint(first)).collect();
    heaviest(&beside, weight + first.missed, best);
    heaviest(others, weight, best);
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::attendance::{CodeMap, Shapes};
    use model::time::Date;

    /// Whether at least half of a day of 360 minutes was missed by marks of these minutes, arrivals and departures.
    fn half(marks: &[(u16, Option<u16>, Option<u16>)]) -> bool {
        let mut shapes = Shapes::default();
        let mut placed = Vec::new();
        for (minutes, arrival, departure) in marks {
            let shape = Shape { category: "Partial".to_owned(), minutes: Some(*minutes), ..Shape::default() };
            placed.push(Mark {
                day: 1,
                shape: shapes.number(&shape),
                arrival: *arrival,
                departure: *departure,
            });
        }
        let history = History { shapes, codes: CodeMap::default(), ..History::default() };
        let day = Day { date: Date::MIN, minutes: Some(360), sessions: 1, roll: None };
        ShapeTable::new(&history, &[DayTest::ABSENT]).day(&day, &[], &placed).counts(DayTest::ABSENT)
    }

    #[test]
    fn stretches_that_only_touch_add_up() {
        assert!(half(&[(90, Some(570), None), (90, None, Some(570))]));
        assert!(half(&[(90, Some(600), Some(510)), (90, None, Some(600))]));
        assert!(half(&[(90, Some(540), Some(700)), (90, Some(630), Some(540))]));
    }

    #[test]
    fn stretches_that_may_overlap_do_not_add_up() {
        assert!(!half(&[(90, Some(570), None), (90, None, Some(569))]));
        assert!(!half(&[(90, None, None), (90, None, Some(569))]));
        assert!(!half(&[(90, Some(600), Some(600)), (90, None, Some(630))]));
        assert!(!half(&[(90, Some(540), Some(630)), (90, None, Some(700))]));
    }

    #[test]
    fn two_parts_beside_each_other_outweigh_one_across_both() {
        assert!(half(&[(150, Some(660), Some(480)), (90, Some(570), Some(480)), (90, Some(660), Some(570))]));
        assert!(!half(&[
            (150, Some(660), Some(480)),
            (90, Some(570), Some(480)),
            (89, Some(660), Some(570))
        ]));
    }
}
