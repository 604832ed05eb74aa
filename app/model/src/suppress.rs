//! Small groups stay hidden on every aggregate page, so that nobody can be recognised, and no subtraction gives a
//! hidden figure back.
//!
//! A share is hidden where its group, its numerator or its complement is 1 to 9. Where a total is shown beside its
//! parts, further parts are hidden until what the hidden ones have in common (total less the visible ones) says
//! nothing of a single part: at least two are hidden, their sum is itself no small group, and it is neither none nor
//! all of them (which would tell each part's figure at once). Where that cannot be reached the total is hidden too.
//!
//! This withstands arithmetic by somebody who knows how large each group is. It does not withstand somebody who also
//! works out which figures would have led to just this choice of what to hide.

use crate::page::Share;

/// A share before it is decided whether it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw {
    /// How many.
    pub count: u32,
    /// Of how many.
    pub group: u32,
}

impl Raw {
    /// Whether it says too much of too few people.
    fn is_small(self) -> bool {
        let small = |n: u32| (1..10).contains(&n);
        small(self.group) || small(self.count) || small(self.group - self.count.min(self.group))
    }

    fn share(self) -> Share {
        Share::Of { count: self.count, group: self.group }
    }
}

/// One share that stands alone (a week's attendance).
pub fn alone(raw: Raw) -> Share {
    if raw.is_small() { Share::Hidden } else { raw.share() }
}

/// Parts with their total: every part belongs to the total, and to no other table.
pub fn with_total(parts: &[Raw]) -> (Vec<Share>, Share) {
    let total = sum(parts.iter());
    let mut hidden: Vec<bool> = parts.iter().map(|part| part.is_small()).collect();
    let mut total_hidden = total.is_small();
    while !total_hidden && hidden.contains(&true) && !holds(parts, &hidden) {
        // The smallest visible group that has anybody in it costs the reader least.
        let next =
            (0..parts.len()).filter(|&i| !hidden[i] && parts[i].group > 0).min_by_key(|&i| parts[i].group);
        match next {
            Some(i) => hidden[i] = true,
            None => total_hidden = true,
        }
    }
    let shares =
        parts.iter().zip(&hidden).map(|(part, hidden)| if *hidden { Share::Hidden } else { part.share() });
    (shares.collect(), if total_hidden { Share::Hidden } else { total.share() })
}

fn sum<'a>(parts: impl Iterator<Item = &'a Raw>) -> Raw {
    parts.fold(Raw { count: 0, group: 0 }, |sum, part| Raw {
        count: sum.count + part.count,
        group: sum.group + part.group,
    })
}

/// Whether what can be computed of the hidden parts tells nothing of one of them.
fn holds(parts: &[Raw], hidden: &[bool]) -> bool {
    let chosen = || parts.iter().zip(hidden).filter(|(_, hidden)| **hidden).map(|(part, _)| part);
    let rest = sum(chosen());
    chosen().count() >= 2 && !rest.is_small() && rest.count > 0 && rest.count < rest.group
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn raw(count: u32, group: u32) -> Raw {
        Raw { count, group }
    }

    #[test]
    fn a_small_group_numerator_or_complement_is_hidden() {
        for small in [raw(0, 9), raw(1, 100), raw(9, 100), raw(91, 100), raw(5, 12)] {
            assert_eq!(alone(small), Share::Hidden, "{small:?}");
        }
        for shown in [raw(0, 0), raw(0, 10), raw(10, 20), raw(10, 10), raw(90, 100)] {
            assert_ne!(alone(shown), Share::Hidden, "{shown:?}");
        }
    }

    #[test]
    fn ten_and_five_with_their_total_hide_both_and_show_fifteen() {
        let (parts, total) = with_total(&[raw(10, 60), raw(5, 60)]);
        assert_eq!(parts, [Share::Hidden, Share::Hidden]);
        assert_eq!(total, Share::Of { count: 15, group: 120 });
    }

    #[test]
    fn nothing_is_hidden_where_nothing_is_small() {
        let (parts, total) = with_total(&[raw(20, 60), raw(15, 60), raw(0, 40)]);
        assert!(!parts.contains(&Share::Hidden) && total != Share::Hidden);
    }

    #[test]
    fn a_small_group_among_grades_without_anybody_hides_the_total_rather_than_tell() {
        let (parts, total) = with_total(&[raw(0, 5), raw(0, 200)]);
        assert_eq!((parts, total), (vec![Share::Hidden, Share::Hidden], Share::Hidden));
    }

    fn some_raw(most: u32) -> impl Strategy<Value = Raw> {
        (0..most, 0..most).prop_map(|(a, b)| raw(a.min(b), a.max(b)))
    }

    /// What a reader who knows how large each group is could still believe: for each part, the numbers that fit all that
    /// is shown.
    fn believable(parts: &[Raw]) -> Vec<HashSet<u32>> {
        let (shares, total) = with_total(parts);
        let mut fits = vec![HashSet::new(); parts.len()];
        let unknown: Vec<usize> = (0..parts.len()).filter(|&i| shares[i] == Share::Hidden).collect();
        let mut guess = parts.to_vec();
        unknown.iter().for_each(|&i| guess[i].count = 0);
        let mut further = true;
        while further {
            if total == Share::Hidden || sum(guess.iter()).share() == total {
                fits.iter_mut().zip(&guess).for_each(|(fits, guess)| {
                    fits.insert(guess.count);
                });
            }
            // The next guess, as an odometer turns.
            further = unknown.iter().any(|&i| {
                let full = guess[i].count == guess[i].group;
                guess[i].count = if full { 0 } else { guess[i].count + 1 };
                !full
            });
        }
        fits
    }

    proptest! {
        #[test]
        fn a_small_part_total_or_difference_of_both_is_never_shown(parts in prop::collection::vec(some_raw(40), 1..6)) {
            let (shares, total) = with_total(&parts);
            for (part, share) in parts.iter().zip(&shares).filter(|(part, _)| part.is_small()) {
                prop_assert_eq!(*share, Share::Hidden, "{:?}", part);
            }
            if let Share::Of { count, group } = total {
                prop_assert!(!raw(count, group).is_small());
                let rest = shares.iter().fold(raw(count, group), |rest, share| match share {
                    Share::Of { count, group } => raw(rest.count - count, rest.group - group),
                    Share::Hidden => rest,
                });
                prop_assert!(!rest.is_small(), "the hidden parts are {:?} together", rest);
            }
        }

        /// The attack: every set of figures that fits the page is tried. Two are the least that leaves a doubt.
        #[test]
        fn more_than_one_figure_fits_each_that_is_hidden(parts in prop::collection::vec(some_raw(24), 1..5)) {
            let (shares, _) = with_total(&parts);
            for ((part, share), fits) in parts.iter().zip(&shares).zip(believable(&parts)) {
                prop_assert!(fits.contains(&part.count));
                if *share == Share::Hidden {
                    prop_assert!(fits.len() > 1, "{:?} is the only one that fits {:?}", part, with_total(&parts));
                }
            }
        }
    }
}
