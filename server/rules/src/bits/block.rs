//! The same questions, of 256 students at once.
//!
//! A year is held day by day: a [`Row`] has one bit for each student of the block. Counting is then nothing but
//! and, or and exclusive or on whole rows: a counter is a few rows, its binary digits, and goes on for 256 students with
//! two operations a digit. Nothing depends on what a student did, so nothing is guessed wrong by the processor. A row is a
//! vector ([`u64x4`]), and [`multiversion`] takes wider instructions where the machine has them.
//!
//! All slices of rows given to one function have the same length: the instructional days, in order. A student's number
//! in the block is bit `n % 64` of word `n / 64` of a row. A place that no student takes has no bit anywhere.

mod kernels;

use super::Rate;
use multiversion::multiversion;
use std::ops::{BitAnd, BitOr, BitXor, Not};
use wide::u64x4;

/// Students in a block.
pub const STUDENTS: usize = 64 * WORDS;
/// What a student has who never came to the day asked for.
pub const NEVER: u16 = u16::MAX;

/// Words in a row.
const WORDS: usize = 4;

/// One bit for each student of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row(u64x4);

impl Row {
    /// No student.
    pub const NONE: Self = Self::of([0; WORDS]);
    /// Every student.
    pub const ALL: Self = Self::of([u64::MAX; WORDS]);

    #[inline(always)]
    const fn of(words: [u64; WORDS]) -> Self {
        Self(u64x4::new(words))
    }

    /// Whether a student is in it.
    pub fn has(self, student: usize) -> bool {
        self.0.to_array()[student / 64] >> (student % 64) & 1 == 1
    }

    /// Puts a student into it.
    pub fn add(&mut self, student: usize) {
        self.0.as_mut_array()[student / 64] |= 1 << (student % 64);
    }

    /// Whether nobody is in it.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        let [a, b, c, d] = self.0.to_array();
        a | b | c | d == 0
    }

    /// The students in it, in order.
    pub fn students(&self) -> impl Iterator<Item = usize> + '_ {
        super::days(self.0.as_array())
    }
}

impl BitAnd for Row {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Row {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitXor for Row {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl Not for Row {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// Turns masks of students, one after the other with the same number of words, into rows. `rows` holds at most as many
/// days as the masks; days behind the last row are left out.
#[multiversion(targets("x86_64+avx2"))]
pub fn turn(masks: &[u64], words: usize, rows: &mut [Row]) {
    for (word, days) in rows.chunks_mut(64).enumerate() {
        for sixty_four in 0..WORDS {
            let mut square = [0; 64];
            for (student, line) in square.iter_mut().enumerate() {
                let place = (sixty_four * 64 + student) * words + word;
                *line = masks.get(place).copied().unwrap_or(0);
            }
            transpose(&mut square);
            for (row, line) in days.iter_mut().zip(square) {
                row.0.as_mut_array()[sixty_four] = line;
            }
        }
    }
}

/// Swaps rows and columns of 64 × 64 bits: of ever smaller squares the two off the diagonal change places.
#[inline(always)]
fn transpose(square: &mut [u64; 64]) {
    let (mut width, mut low) = (32, u64::MAX >> 32);
    while width > 0 {
        for pair in square.chunks_exact_mut(2 * width) {
            let (above, below) = pair.split_at_mut(width);
            for (a, b) in above.iter_mut().zip(below) {
                let swapped = (*a >> width ^ *b) & low;
                *a ^= swapped << width;
                *b ^= swapped;
            }
        }
        width /= 2;
        low ^= low << width;
    }
}

/// How many days each student is in. At most 65,535 days.
#[multiversion(targets("x86_64+avx2"))]
pub fn counts(days: &[Row], into: &mut [u16; STUDENTS]) {
    baseline::counts(days, into);
}

/// Who meets the rate when all known days are counted; see [`super::standing_rate`].
#[multiversion(targets("x86_64+avx2"))]
pub fn standing_rate(known: &[Row], absent: &[Row], rate: Rate) -> Row {
    baseline::standing_rate(known, absent, rate)
}

/// The day of each student's n-th (from 1), or [`NEVER`]; see [`super::nth`].
#[multiversion(targets("x86_64+avx2"))]
pub fn nth(days: &[Row], n: u32, into: &mut [u16; STUDENTS]) {
    baseline::nth(days, n, into);
}

/// Each student's first known day on which the running rate is met, or [`NEVER`]; see [`super::first_rate_day`].
#[multiversion(targets("x86_64+avx2"))]
pub fn first_rate_day(known: &[Row], absent: &[Row], rate: Rate, into: &mut [u16; STUDENTS]) {
    baseline::first_rate_day(known, absent, rate, into);
}

/// The most days of each student within one of the windows. `first` has for each day the first day of the window that
/// ends on it; it never goes back.
#[multiversion(targets("x86_64+avx2"))]
pub fn most_in(days: &[Row], first: &[u16], into: &mut [u16; STUDENTS]) {
    baseline::most_in(days, first, into);
}

/// For [`most_in`]: windows of so many days in a row.
pub fn windows(days: usize, window: usize) -> Vec<u16> {
    (0..days).map(|last| (last + 1).saturating_sub(window) as u16).collect()
}

/// The same for any machine; each chooses how many digits its counters need.
mod baseline {
    use super::{NEVER, Row, STUDENTS, kernels};
    use crate::bits::Rate;

    #[inline(always)]
    pub(super) fn counts(days: &[Row], into: &mut [u16; STUDENTS]) {
        if days.len() < 256 { kernels::counts::<8>(days, into) } else { kernels::counts::<16>(days, into) }
    }

    #[inline(always)]
    pub(super) fn standing_rate(known: &[Row], absent: &[Row], rate: Rate) -> Row {
        if known.len() < 256 {
            kernels::standing_rate::<8>(known, absent, rate)
        } else {
            kernels::standing_rate::<16>(known, absent, rate)
        }
    }

    #[inline(always)]
    pub(super) fn nth(days: &[Row], n: u32, into: &mut [u16; STUDENTS]) {
        match (days.len(), n) {
            (_, 0) => into.fill(NEVER),
            (..256, 1..=4) => kernels::nth::<3, 8>(days, n, into),
            (..256, 5..=128) => kernels::nth::<8, 8>(days, n, into),
            _ => kernels::nth::<33, 16>(days, n, into),
        }
    }

    #[inline(always)]
    pub(super) fn first_rate_day(known: &[Row], absent: &[Row], rate: Rate, into: &mut [u16; STUDENTS]) {
        let days = known.len() as u32;
        let (whole, share) = rate.parts();
        let together = (share.saturating_mul(days) / whole + 2).max(rate.least);
        // What a student can be short of, and what they can be over before the first tested day.
        let each = (share.saturating_mul(days) + 1).max(whole.saturating_mul(rate.least.max(1)));
        match (days, kernels::same_days(known)) {
            (..256, true) if together < 32 => {
                kernels::first_rate_day_together::<6, 8>(known, absent, rate, into);
            }
            (..256, true) if together < 128 => {
                kernels::first_rate_day_together::<8, 8>(known, absent, rate, into);
            }
            (..256, false) if each < 256 => {
                kernels::first_rate_day_each::<9, 8>(known, absent, rate, into);
            }
            (..256, false) if each < 32_768 => {
                kernels::first_rate_day_each::<16, 8>(known, absent, rate, into);
            }
            _ => kernels::first_rate_day_each::<40, 16>(known, absent, rate, into),
        }
    }

    #[inline(always)]
    pub(super) fn most_in(days: &[Row], first: &[u16], into: &mut [u16; STUDENTS]) {
        let lengths = first.iter().enumerate().map(|(last, first)| last + 1 - usize::from(*first));
        match lengths.max().unwrap_or(0) {
            0..=31 => kernels::most_in::<5>(days, first, into),
            32..=255 => kernels::most_in::<8>(days, first, into),
            _ => kernels::most_in::<16>(days, first, into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits;
    use proptest::prelude::*;

    /// Rows in which one bit of 2, 4, 8 or 16 is set.
    fn rows(days: usize) -> impl Strategy<Value = Vec<Row>> {
        let row = proptest::collection::vec(any::<[u64; WORDS]>(), 4);
        (1_usize..=4, proptest::collection::vec(row, days)).prop_map(|(thin, rows)| {
            rows.iter()
                .map(|r| r.iter().take(thin).fold(Row::ALL, |all, words| all & Row::of(*words)))
                .collect()
        })
    }

    /// A block's year: known, then absent. Either everybody is there from the first day to the day they leave, with
    /// days unknown to all, or anybody on any day.
    fn year() -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
        let days = prop_oneof![0_usize..120, Just(180_usize), 250_usize..300];
        days.prop_flat_map(|days| (any::<bool>(), rows(days), rows(days), rows(days))).prop_map(
            |(together, gone, unknown, absent)| {
                let mut here = Row::ALL;
                let known: Vec<Row> = gone
                    .iter()
                    .zip(&unknown)
                    .map(|(gone, unknown)| match together {
                        true if unknown.0.as_array()[0] % 5 == 0 => Row::NONE,
                        true => {
                            here = here & !Row::of(gone.0.to_array().map(|w| if w % 7 == 0 { w } else { 0 }));
                            here
                        }
                        false => !*unknown,
                    })
                    .collect();
                let absent = known.iter().zip(absent).map(|(k, a)| *k & a).collect();
                (known, absent)
            },
        )
    }

    fn rate() -> impl Strategy<Value = Rate> {
        (prop_oneof![Just(10_u32), 1_u32..=100], any::<bool>(), prop_oneof![0_u32..30, 0_u32..300])
            .prop_map(|(percent, more_than, least)| Rate { percent, more_than, least })
    }

    /// One student's days as a mask.
    fn mask(days: &[Row], student: usize) -> Vec<u64> {
        let mut mask = vec![0; bits::words(days.len())];
        days.iter()
            .enumerate()
            .filter(|(_, row)| row.has(student))
            .for_each(|(i, _)| bits::set(&mut mask, i));
        mask
    }

    fn day(number: u16) -> Option<usize> {
        Some(usize::from(number)).filter(|_| number != NEVER)
    }

    /// What a function puts into its last argument.
    fn numbers(ask: impl FnOnce(&mut [u16; STUDENTS])) -> [u16; STUDENTS] {
        let mut numbers = [77; STUDENTS];
        ask(&mut numbers);
        numbers
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_block_says_of_each_student_what_the_student_alone_is_told(
            (known, absent) in year(), rate in rate(), n in 0_u32..150, window in 0_usize..260
        ) {
            let first = windows(known.len(), window);
            // What this machine takes, and what any machine can do.
            let here = (
                numbers(|n| counts(&absent, n)),
                numbers(|into| nth(&absent, n, into)),
                numbers(|n| first_rate_day(&known, &absent, rate, n)),
                numbers(|n| most_in(&absent, &first, n)),
                standing_rate(&known, &absent, rate),
            );
            let anywhere = (
                numbers(|n| baseline::counts(&absent, n)),
                numbers(|into| baseline::nth(&absent, n, into)),
                numbers(|n| baseline::first_rate_day(&known, &absent, rate, n)),
                numbers(|n| baseline::most_in(&absent, &first, n)),
                baseline::standing_rate(&known, &absent, rate),
            );
            prop_assert_eq!(here, anywhere);
            let (counts, nth, rate_days, most, standing) = here;
            for student in 0..STUDENTS {
                let (known, absent) = (mask(&known, student), mask(&absent, student));
                prop_assert_eq!(u32::from(counts[student]), bits::count(&absent));
                prop_assert_eq!(day(nth[student]), bits::nth(&absent, n));
                prop_assert_eq!(day(rate_days[student]), bits::first_rate_day(&known, &absent, rate));
                prop_assert_eq!(u32::from(most[student]), bits::most_in(&absent, window));
                prop_assert_eq!(standing.has(student), bits::standing_rate(&known, &absent, rate));
            }
        }

        #[test]
        fn windows_of_different_lengths_agree_with_counting(
            (_, absent) in year(), lengths in proptest::collection::vec(0_usize..9, 300)
        ) {
            // Each window begins some days after the one before.
            let mut at = 0;
            let first: Vec<u16> = (0..absent.len())
                .map(|last| {
                    at = (at + lengths[last] / 3).min(last + 1);
                    at as u16
                })
                .collect();
            let most = numbers(|n| most_in(&absent, &first, n));
            prop_assert_eq!(most, numbers(|n| baseline::most_in(&absent, &first, n)));
            for (student, most) in most.iter().enumerate() {
                let within = |last: usize| {
                    absent[usize::from(first[last])..=last].iter().filter(|r| r.has(student)).count()
                };
                let expected = (0..absent.len()).filter(|l| usize::from(first[*l]) <= *l).map(within).max();
                prop_assert_eq!(usize::from(*most), expected.unwrap_or(0));
            }
        }

        #[test]
        fn masks_turned_into_rows_keep_every_day(days in 0_usize..200, students in 0_usize..=STUDENTS, seed in any::<u64>()) {
            let words = bits::words(days);
            let masks: Vec<u64> = (0..students * words).map(|i| seed.wrapping_mul(2 * i as u64 + 1).rotate_left(i as u32)).collect();
            let mut rows = vec![Row::ALL; days];
            turn(&masks, words, &mut rows);
            for (day, row) in rows.iter().enumerate() {
                let expected: Vec<usize> = (0..students).filter(|s| bits::get(&masks[s * words..], day)).collect();
                prop_assert_eq!(row.students().collect::<Vec<_>>(), expected);
            }
        }
    }
}
