//! Small groups stay hidden on every aggregate page, so that nobody can be recognised, and no subtraction gives a
//! hidden figure back.
//!
//! A share is hidden where its group, its numerator or its complement is 1 to 9. Where a total is shown beside its
//! parts, further parts are hidden until what the hidden ones have in common (total less the visible ones) says
//! nothing of a single part: at least two are hidden, their sum is itself no small group, and it is neither none nor
//! all of them (which would tell each part's figure at once). Where that cannot be reached the total is hidden too.

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

    proptest! {
        /// The attack: for each part that had to be hidden, count how many figures fit all that is shown.
        #[test]
        fn no_subtraction_gives_a_hidden_figure_back(
            parts in prop::collection::vec((0_u32..40, 0_u32..40).prop_map(|(a, b)| raw(a.min(b), a.max(b))), 1..6),
        ) {
            let (shares, total) = with_total(&parts);
            for (part, share) in parts.iter().zip(&shares) {
                if part.is_small() {
                    prop_assert_eq!(*share, Share::Hidden);
                }
            }
            if let Share::Of { count, group } = total {
                prop_assert!(!raw(count, group).is_small());
                let shown = |f: fn(&Raw) -> u32| {
                    parts.iter().zip(&shares).filter(|(_, s)| **s != Share::Hidden).map(|(p, _)| f(p)).sum::<u32>()
                };
                let hidden = shares.iter().filter(|s| **s == Share::Hidden).count();
                let rest = raw(count - shown(|p| p.count), group - shown(|p| p.group));
                if hidden > 0 {
                    // A single unknown is solved by subtraction; none or all solves every unknown at once.
                    prop_assert!(hidden >= 2);
                    prop_assert!(!rest.is_small());
                    prop_assert!(rest.count > 0 && rest.count < rest.group);
                }
            }
        }
    }
}
