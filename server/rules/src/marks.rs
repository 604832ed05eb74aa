//! What the marks of one day mean: known or not, and how much of the day was missed, in whole numbers.

use crate::measure::{MINUTE, Measure};
use crate::pack::{Counts, Missed};
use model::attendance::{Mark, Meaning, Session, Shape, ShapeId};
use model::history::{Bell, Day, History};
use smallvec::SmallVec;

/// Millionths in a day: the finest part a mark can state.
const MILLION: u64 = 1_000_000;

impl Missed {
    /// Whether `part` of `whole` is enough, for those that ask for a part of the day.
    fn enough(self, part: u64, whole: u64) -> bool {
        match self {
            Self::Any => part > 0,
            Self::AtLeastHalf => 2 * part >= whole,
            Self::MoreThanHalf => 2 * part > whole,
            Self::Whole | Self::Periods(_) | Self::OverMinutes(_) => part >= whole,
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

/// The shapes of a history, read once.
pub(crate) struct ShapeTable<'h> {
    history: &'h History,
    facts: Vec<Facts>,
}

impl<'h> ShapeTable<'h> {
    /// Reads every shape.
    pub(crate) fn new(history: &'h History) -> Self {
        Self { history, facts: history.shapes.list().iter().map(|shape| read(history, shape)).collect() }
    }

    fn facts(&self, shape: ShapeId) -> Facts {
        (shape.0 as usize)
            .checked_sub(1)
            .and_then(|i| self.facts.get(i))
            .copied()
            .unwrap_or(Facts { meaning: Meaning::NotCounted, stated: Stated::Unusable })
    }

    /// Reads the marks of one day.
    pub(crate) fn day(&self, day: &Day, bells: &'h [Bell], marks: &[Mark]) -> DayMarks<'h> {
        let length = length(day, bells);
        let whole = MILLION * length.unwrap_or(1);
        let mut parts: SmallVec<[Part; 1]> = SmallVec::with_capacity(marks.len());
        for mark in marks {
            let Facts { meaning, stated } = self.facts(mark.shape);
            let shape = self.history.shapes.get(mark.shape);
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
            parts.push(Part {
                mark: *mark,
                shape,
                meaning,
                stated,
                usable,
                missed,
                session,
                period,
                bell,
                away,
            });
        }
        parts.sort_by(|a, b| {
            b.missed
                .cmp(&a.missed)
                .then(a.meaning.cmp(&b.meaning))
                .then_with(|| a.category().cmp(b.category()))
                .then(a.mark.cmp(&b.mark))
        });
        let usable = parts.iter().all(|p| p.usable);
        DayMarks { usable, whole, length, sessions: day.sessions.clamp(1, 2), bells, parts }
    }
}

/// The length of a school day in minutes: the calendar's, else the sum of the bells.
pub(crate) fn length(day: &Day, bells: &[Bell]) -> Option<u64> {
    let bell_minutes: u64 = bells.iter().map(|b| u64::from(b.end.saturating_sub(b.start))).sum();
    day.minutes.map(u64::from).or(Some(bell_minutes)).filter(|m| *m > 0)
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
    stated: Stated,
    /// What part of the day it missed is known.
    pub(crate) usable: bool,
    /// In the unit of [`DayMarks::whole`].
    pub(crate) missed: u64,
    session: Option<Session>,
    period: Option<&'h str>,
    bell: Option<&'h Bell>,
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

    /// The row could not be used at all.
    pub(crate) fn spoilt(&self) -> bool {
        self.stated == Stated::Unusable
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

    /// Whether this mark alone is of more than so many minutes; `None` where that cannot be said.
    fn over(&self, minutes: u16, length: Option<u64>) -> Option<bool> {
        match self.stated {
            Stated::Nothing | Stated::Millionths(0) => Some(false),
            Stated::Minutes(stated) => Some(stated > minutes),
            Stated::Millionths(1_000_000) => Some(true),
            Stated::Millionths(part) => length.map(|l| u64::from(part) * l > u64::from(minutes) * MINUTE),
            Stated::Period => self.bell.map(|b| b.end.saturating_sub(b.start) > minutes),
            Stated::Unusable => None,
        }
    }

    /// Whether it says that something was missed, however much.
    fn misses(&self) -> bool {
        !matches!(self.stated, Stated::Nothing | Stated::Millionths(0) | Stated::Minutes(0))
    }

    /// Which of two marks for one session wins: the lower.
    fn rank(&self) -> u8 {
        match self.meaning {
            Meaning::NotCounted => 4,
            Meaning::Excused if self.misses() => 1,
            Meaning::Unexcused if self.misses() => 2,
            Meaning::Unknown if self.misses() => 3,
            _ => 0,
        }
    }
}

/// The marks of one day, largest missed part first; equal parts in the order of [`Meaning`], then by category.
#[derive(Debug, Clone)]
pub(crate) struct DayMarks<'h> {
    /// The part of the day that each mark missed is known.
    pub(crate) usable: bool,
    /// The whole day, in the unit of [`Part::missed`].
    whole: u64,
    /// The length of the day in minutes, where known: then [`Part::missed`] is in millionths of minutes.
    length: Option<u64>,
    /// Sessions of the day, 1 or 2.
    sessions: u8,
    bells: &'h [Bell],
    pub(crate) parts: SmallVec<[Part<'h>; 1]>,
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

    /// What is measured of the day; `None` where that cannot be known.
    pub(crate) fn amount(&self, measure: Measure) -> Option<u64> {
        let by_part = matches!(
            measure,
            Measure::HalfDays(_)
                | Measure::Minutes(_)
                | Measure::Day {
                    missed: Missed::Any | Missed::AtLeastHalf | Missed::MoreThanHalf | Missed::Whole,
                    ..
                }
        );
        if if by_part { !self.usable } else { self.parts.iter().any(Part::spoilt) } {
            return None;
        }
        match measure {
            Measure::Day { counts, missed: Missed::OverMinutes(minutes) } => self.over(counts, minutes),
            Measure::Day { counts, missed: Missed::Periods(least) } => {
                let enough = self.all_periods(counts) || self.periods(counts).len() >= usize::from(least);
                Some(u64::from(enough))
            }
            Measure::Day { counts, missed } => {
                Some(u64::from(missed.enough(self.missed(counts), self.whole)))
            }
            Measure::HalfDays(counts) => {
                let missed = self.missed(counts);
                Some(u64::from(2 * missed >= self.whole) + u64::from(missed >= self.whole))
            }
            Measure::Minutes(counts) => {
                let missed = self.missed(counts);
                (missed == 0 || self.length.is_some()).then_some(missed)
            }
            Measure::Sessions(counts) => {
                let winners = self.session_winners();
                Some(winners.filter(|w| w.rank() > 0 && counts.takes(w.meaning)).count() as u64)
            }
            Measure::Periods(counts) if self.all_periods(counts) && self.bells.is_empty() => None,
            Measure::Periods(counts) => Some(self.periods(counts).len() as u64),
        }
    }

    fn over(&self, counts: Counts, minutes: u16) -> Option<u64> {
        let mut known = true;
        for part in self.parts.iter().filter(|p| counts.takes(p.meaning)) {
            match part.over(minutes, self.length) {
                Some(true) => return Some(1),
                Some(false) => {}
                None => known = false,
            }
        }
        let whole = self.missed(counts) >= self.whole;
        (known || whole).then_some(u64::from(whole))
    }

    /// Whether the whole day was missed in categories that count, and so every period of it.
    fn all_periods(&self, counts: Counts) -> bool {
        self.missed(counts) >= self.whole
    }

    /// The different periods missed in categories that count, in the order of their names. A mark names its period; a
    /// mark of the whole day misses all that the bells have.
    pub(crate) fn periods(&self, counts: Counts) -> Vec<&'h str> {
        let absences = self.parts.iter().filter(|p| counts.takes(p.meaning) && p.meaning.is_absence());
        let mut periods: Vec<&str> = absences.filter(|p| p.misses()).filter_map(|p| p.period).collect();
        if self.all_periods(counts) {
            periods.extend(self.bells.iter().map(|b| b.period.as_str()));
        }
        periods.sort_unstable();
        periods.dedup();
        periods
    }

    /// The sessions of the day that were possible to attend.
    pub(crate) fn possible_sessions(&self) -> u8 {
        let lost = self.session_winners().filter(|w| w.meaning == Meaning::NotCounted).count();
        self.sessions - lost as u8
    }

    /// For each session that a mark speaks of, the mark that wins: the best one.
    fn session_winners(&self) -> impl Iterator<Item = &Part<'h>> {
        (0..self.sessions).filter_map(|session| {
            let speaks = |p: &&Part| match p.session {
                Some(Session::Am) if self.sessions == 2 => session == 0,
                Some(Session::Pm) if self.sessions == 2 => session == 1,
                _ => true,
            };
            self.parts.iter().filter(speaks).min_by_key(|p| p.rank())
        })
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

    /// The marks that speak for what a measure counts of the day, each with its share of the amount.
    pub(crate) fn speakers(&self, measure: Measure, amount: u64) -> Vec<(&Part<'h>, u64)> {
        let counts = measure.counts();
        if !matches!(measure, Measure::Sessions(_)) {
            // What counts by minutes need not be the largest part, where the day's length is unknown.
            let over = match measure {
                Measure::Day { missed: Missed::OverMinutes(minutes), .. } => self
                    .parts
                    .iter()
                    .find(|p| counts.takes(p.meaning) && p.over(minutes, self.length) == Some(true)),
                Measure::Day { missed: Missed::Periods(_), .. } | Measure::Periods(_) => {
                    self.parts.iter().find(|p| counts.takes(p.meaning) && p.misses())
                }
                _ => None,
            };
            return over.or_else(|| self.speaker(counts)).map(|part| (part, amount)).into_iter().collect();
        }
        let mut speakers: Vec<(&Part, u64)> = Vec::new();
        for part in self.session_winners().filter(|w| w.rank() > 0 && counts.takes(w.meaning)) {
            match speakers.iter_mut().find(|(p, _)| p.shape == part.shape || p.category() == part.category())
            {
                Some((_, sessions)) => *sessions += 1,
                None => speakers.push((part, 1)),
            }
        }
        speakers
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
        ShapeTable::new(&history).day(&day, &[], &placed).amount(Measure::ABSENT) == Some(1)
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
