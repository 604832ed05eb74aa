//! The counting itself, on one bit for each instructional day of a student's year, in order.
//!
//! Bit `i` of a mask is bit `i % 64` of word `i / 64`. All masks given to one function have the same length. A year of
//! up to 192 days is three words. [`block`] asks the same questions of 256 students at once.

pub mod block;

/// A share of days that meets a rule: integers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The share, in percent (1 to 100).
    pub percent: u32,
    /// More than the share (`true`), or at least the share.
    pub more_than: bool,
    /// The least number of known enrolled days before the share is tested.
    pub least: u32,
}

impl Rate {
    /// Whether `absent` of `enrolled` days meet it, the least number of days apart.
    pub fn met(self, absent: u32, enrolled: u32) -> bool {
        let (a, b) = (100 * u64::from(absent), u64::from(self.percent) * u64::from(enrolled));
        if self.more_than { a > b } else { a >= b }
    }

    /// The share in its lowest terms, such as 1 of 10: the whole, then the part.
    pub(crate) fn parts(self) -> (u32, u32) {
        let (mut a, mut b) = (100, self.percent);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (100 / a, self.percent / a)
    }

    /// Whether exactly the share is not enough; no absence at all never is.
    pub(crate) fn strict(self) -> bool {
        self.more_than || self.percent == 0
    }

    /// The most enrolled days on which `absent` days still meet it.
    fn last(self, absent: u32) -> u32 {
        let percent = self.percent.max(1);
        let hundredfold = 100 * absent;
        if self.more_than { hundredfold.saturating_sub(1) / percent } else { hundredfold / percent }
    }
}

/// How many words hold so many days.
pub fn words(days: usize) -> usize {
    days.div_ceil(64)
}

/// Whether a day is in the mask.
pub fn get(mask: &[u64], day: usize) -> bool {
    mask[day / 64] >> (day % 64) & 1 == 1
}

/// Puts a day into the mask.
pub fn set(mask: &mut [u64], day: usize) {
    mask[day / 64] |= 1 << (day % 64);
}

/// Takes a day out of the mask.
pub fn clear(mask: &mut [u64], day: usize) {
    mask[day / 64] &= !(1 << (day % 64));
}

/// Puts the days `from..to` into the mask.
pub fn set_range(mask: &mut [u64], from: usize, to: usize) {
    for (i, word) in mask.iter_mut().enumerate() {
        let low = from.clamp(i * 64, i * 64 + 64) - i * 64;
        let high = to.clamp(i * 64, i * 64 + 64) - i * 64;
        if low < high {
            *word |= (u64::MAX >> (64 - (high - low))) << low;
        }
    }
}

/// How many days are in the mask.
#[inline]
pub fn count(mask: &[u64]) -> u32 {
    mask.iter().map(|w| w.count_ones()).sum()
}

/// The days in the mask, in order.
pub fn days(mask: &[u64]) -> impl Iterator<Item = usize> + '_ {
    mask.iter().enumerate().flat_map(|(i, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(i * 64 + bit)
        })
    })
}

/// The day of the n-th (from 1) in the mask: "on which day was the third one?".
#[inline]
pub fn nth(mask: &[u64], n: u32) -> Option<usize> {
    let mut left = n.checked_sub(1)?;
    for (i, word) in mask.iter().enumerate() {
        let here = word.count_ones();
        if left < here {
            let mut rest = *word;
            for _ in 0..left {
                rest &= rest - 1;
            }
            return Some(i * 64 + rest.trailing_zeros() as usize);
        }
        left -= here;
    }
    None
}

/// Whether the rate is met when all known days are counted.
#[inline]
pub fn standing_rate(known: &[u64], absent: &[u64], rate: Rate) -> bool {
    let enrolled = count(known);
    enrolled >= rate.least && rate.met(count(absent), enrolled)
}

/// The first known day on which the running rate is met, from the day on which `rate.least` known days are reached.
/// `absent` is within `known`.
///
/// A rate rises only on days of absence: these are tested, and the first day on which it may be tested.
#[inline]
pub fn first_rate_day(known: &[u64], absent: &[u64], rate: Rate) -> Option<usize> {
    let (mut enrolled_before, mut absences, mut last_rank) = (0, 0, 0);
    // Whether the first testable day, when it comes before the absence of this rank, is met by the absences so far.
    let first_testable_meets = |absences: u32, last_rank: u32, next_rank: u32| {
        absences > 0 && last_rank < rate.least && rate.least < next_rank && rate.least <= rate.last(absences)
    };
    for (i, (k, a)) in known.iter().zip(absent).enumerate() {
        let mut rest = *a;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            let rank = enrolled_before + (k & (u64::MAX >> (63 - bit))).count_ones();
            if first_testable_meets(absences, last_rank, rank) {
                return nth(known, rate.least);
            }
            absences += 1;
            if rank >= rate.least && rate.met(absences, rank) {
                return Some(i * 64 + bit as usize);
            }
            last_rank = rank;
        }
        enrolled_before += k.count_ones();
    }
    if first_testable_meets(absences, last_rank, enrolled_before + 1) { nth(known, rate.least) } else { None }
}

/// The unbroken runs of known days on which the running rate is met: first and last day of each, in order.
/// `absent` is within `known`; days before the `rate.least`-th known one are not tested.
pub fn rate_runs(known: &[u64], absent: &[u64], rate: Rate) -> Vec<(usize, usize)> {
    let all = count(known);
    let mut ranks: Vec<u32> = Vec::new();
    let mut enrolled_before = 0;
    for (k, a) in known.iter().zip(absent) {
        let mut rest = *a;
        while rest != 0 {
            let bit = rest.trailing_zeros();
            ranks.push(enrolled_before + (k & (u64::MAX >> (63 - bit))).count_ones());
            rest &= rest - 1;
        }
        enrolled_before += k.count_ones();
    }
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (i, rank) in ranks.iter().enumerate() {
        let from = (*rank).max(rate.least);
        let next = ranks.get(i + 1).map_or(all, |next| next - 1);
        let to = next.min(rate.last(i as u32 + 1));
        if from <= to {
            match runs.last_mut() {
                Some(run) if run.1 + 1 == from => run.1 = to,
                _ => runs.push((from, to)),
            }
        }
    }
    runs.into_iter().filter_map(|(from, to)| Some((nth(known, from)?, nth(known, to)?))).collect()
}

/// The most days of the mask within any `window` instructional days in a row.
#[inline]
pub fn most_in(mask: &[u64], window: usize) -> u32 {
    if window == 0 {
        return 0;
    }
    if window > 64 {
        return most_in_long(mask, window);
    }
    let within = u64::MAX >> (64 - window);
    let (mut most, mut left) = (0, count(mask));
    for (i, word) in mask.iter().enumerate() {
        let mut rest = *word;
        // The fullest window may be taken to begin with a day of the mask; fewer days left than found cannot beat it.
        while rest != 0 && left > most {
            let bit = rest.trailing_zeros();
            let next = mask.get(i + 1).copied().unwrap_or(0);
            // Shifted in two steps, since a shift by 64 is none.
            let from_here = word >> bit | next << 1 << (63 - bit);
            most = most.max((from_here & within).count_ones());
            left -= 1;
            rest &= rest - 1;
        }
    }
    most
}

/// The same for windows longer than a word.
fn most_in_long(mask: &[u64], window: usize) -> u32 {
    let (mut most, mut within) = (0, 0);
    let mut trailing = days(mask).peekable();
    for day in days(mask) {
        within += 1;
        while trailing.next_if(|first| first + window <= day).is_some() {
            within -= 1;
        }
        most = most.max(within);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A year as booleans: known, absent.
    fn year() -> impl Strategy<Value = Vec<(bool, bool)>> {
        let rare = proptest::collection::vec((prop::bool::weighted(0.9), prop::bool::weighted(0.1)), 0..200);
        let often = proptest::collection::vec((prop::bool::weighted(0.7), prop::bool::weighted(0.4)), 0..200);
        prop_oneof![rare, often]
    }

    fn masks(year: &[(bool, bool)]) -> (Vec<u64>, Vec<u64>) {
        let (mut known, mut absent) = (vec![0; 4], vec![0; 4]);
        for (i, (k, a)) in year.iter().enumerate() {
            if *k {
                set(&mut known, i);
                if *a {
                    set(&mut absent, i);
                }
            }
        }
        (known, absent)
    }

    fn rate() -> impl Strategy<Value = Rate> {
        (1_u32..=100, any::<bool>(), 0_u32..30).prop_map(|(percent, more_than, least)| Rate {
            percent,
            more_than,
            least,
        })
    }

    /// Day by day, as one would on paper.
    fn met_days(year: &[(bool, bool)], rate: Rate) -> Vec<(usize, bool)> {
        let (mut enrolled, mut absences) = (0, 0);
        let mut tested = Vec::new();
        for (i, (k, a)) in year.iter().enumerate() {
            if *k {
                enrolled += 1;
                absences += u32::from(*a);
                if enrolled >= rate.least {
                    tested.push((i, absences > 0 && rate.met(absences, enrolled)));
                }
            }
        }
        tested
    }

    proptest! {
        #[test]
        fn rates_agree_with_counting_day_by_day(year in year(), rate in rate()) {
            let (known, absent) = masks(&year);
            let tested = met_days(&year, rate);
            let first = tested.iter().find(|(_, met)| *met).map(|(day, _)| *day);
            prop_assert_eq!(first_rate_day(&known, &absent, rate), first);
            let runs: Vec<(usize, usize)> = tested
                .chunk_by(|a, b| a.1 == b.1)
                .filter(|run| run[0].1)
                .map(|run| (run[0].0, run[run.len() - 1].0))
                .collect();
            prop_assert_eq!(rate_runs(&known, &absent, rate), runs);
            if count(&absent) > 0 {
                prop_assert_eq!(standing_rate(&known, &absent, rate), tested.last().is_some_and(|(_, met)| *met));
            }
        }

        #[test]
        fn the_nth_day_and_the_fullest_window_agree_with_counting(year in year(), n in 0_u32..40, window in 0_usize..130) {
            let (_, absent) = masks(&year);
            let all: Vec<usize> = (0..year.len()).filter(|i| year[*i].0 && year[*i].1).collect();
            prop_assert_eq!(days(&absent).collect::<Vec<_>>(), all.clone());
            prop_assert_eq!(nth(&absent, n), n.checked_sub(1).and_then(|i| all.get(i as usize)).copied());
            let most = (0..200).map(|from| all.iter().filter(|d| (from..from + window).contains(*d)).count()).max();
            prop_assert_eq!(most_in(&absent, window) as usize, most.unwrap_or(0));
        }

        #[test]
        fn a_range_holds_its_days_and_no_other(from in 0_usize..256, to in 0_usize..256) {
            let mut mask = vec![0; 4];
            set_range(&mut mask, from, to);
            for day in 0..256 {
                prop_assert_eq!(get(&mask, day), (from..to).contains(&day));
            }
        }
    }
}
