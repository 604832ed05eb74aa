//! What a rule would mean by group. Who belongs to which group never leaves the server: only shares do, and only where
//! they tell of nobody.
//!
//! A reader of the lab may know every student's name and sees who comes in and who goes out. Two tables that differ by
//! a few students would tell the groups of just these: so a table is shown only where, in every part, it differs from
//! each that the same reader was shown of the same data by nobody or by at least 10 students.

use model::ids::{DistrictId, PersonId, SchoolId, StudentId};
use model::lab::{DivisionBy, LabGroup, Part};
use model::page::Share;
use model::suppress::{Raw, with_total};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::pages::lab::Traits;

/// The most tables of a division that one reader is shown of the same data.
const MOST_TABLES: usize = 64;

/// A way to divide a class; each student belongs to exactly one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Division {
    by: DivisionBy,
    /// The parts, in the order in which they are shown.
    parts: Vec<Part>,
    /// The part of the student at each place.
    of_each: Vec<usize>,
}

/// Reads one trait as a part of its division.
type Trait<'a> = &'a dyn Fn(&Traits) -> Part;

/// The divisions of a class that tell something.
pub(super) fn divide(ids: &[StudentId], traits: &[Traits]) -> Vec<Division> {
    let traits: HashMap<StudentId, &Traits> = traits.iter().map(|of| (of.student, of)).collect();
    let flag = |value: Option<bool>| match value {
        Some(true) => Part::Yes,
        Some(false) => Part::No,
        None => Part::Unknown,
    };
    let word = |text: &str| if text.is_empty() { Part::Unknown } else { Part::Named(text.to_owned()) };
    let kinds: [(DivisionBy, Trait); 6] = [
        (DivisionBy::EnglishLearner, &|t| flag(t.english_learner)),
        (DivisionBy::SpecialEducation, &|t| flag(t.special_education)),
        (DivisionBy::Plan504, &|t| flag(t.plan_504)),
        (DivisionBy::LowIncome, &|t| flag(t.low_income)),
        (DivisionBy::RaceEthnicity, &|t| word(&t.race_ethnicity)),
        (DivisionBy::Sex, &|t| word(&t.sex)),
    ];
    let mut divisions = Vec::new();
    for (by, part_of) in kinds {
        let parts_of: Vec<Part> =
            ids.iter().map(|id| traits.get(id).map_or(Part::Unknown, |of| part_of(of))).collect();
        let mut parts = parts_of.clone();
        parts.sort();
        parts.dedup();
        if divides(by, &parts) {
            let of_each = parts_of.iter().map(|part| parts.binary_search(part).unwrap_or_default()).collect();
            divisions.push(Division { by, parts, of_each });
        }
    }
    divisions
}

/// Whether a division tells anything: at least two parts with somebody in them.
fn divides(by: DivisionBy, parts: &[Part]) -> bool {
    let named = parts.iter().filter(|part| **part != Part::Unknown).count();
    match by {
        DivisionBy::RaceEthnicity | DivisionBy::Sex => named >= 2,
        _ => named >= 1 && parts.len() >= 2,
    }
}

impl Division {
    /// How many of each part are on a list, of how many.
    fn raws(&self, stands: &[bool]) -> Vec<Raw> {
        let mut raws = vec![Raw { count: 0, group: 0 }; self.parts.len()];
        for (part, stands) in self.of_each.iter().zip(stands) {
            raws[*part].group += 1;
            raws[*part].count += u32::from(*stands);
        }
        raws
    }

    /// The parts with their shares. How many are on the list in all is known from the grades, so no share is shown
    /// where the total had to be hidden.
    fn shares(&self, stands: &[bool]) -> Vec<Share> {
        let (mut shares, total) = with_total(&self.raws(stands));
        if total == Share::Hidden {
            shares.fill(Share::Hidden);
        }
        shares
    }

    /// Whether two lists differ, in some part, by so few students that their two tables would tell of them.
    fn tells(&self, one: &[bool], other: &[bool]) -> bool {
        let differ: Vec<bool> = one.iter().zip(other).map(|(a, b)| a != b).collect();
        self.raws(&differ).iter().any(|raw| (1..10).contains(&raw.count))
    }
}

/// Whom tables are shown, of which school.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reader {
    pub(super) district: DistrictId,
    pub(super) person: Option<PersonId>,
    pub(super) school: SchoolId,
}

/// The lists behind the tables that one reader was shown of the same data.
#[derive(Debug, Default)]
struct Shown {
    stamp: String,
    lists: Vec<(DivisionBy, Vec<bool>)>,
}

/// What every reader was shown since the data last changed, or since the program began.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<HashMap<Reader, Shown>>);

impl Told {
    /// The shares of each division, where they may be shown to the reader, which is then remembered.
    pub(super) fn tell(
        &self,
        reader: Reader,
        stamp: &str,
        divisions: &[Division],
        stands: &[bool],
    ) -> Vec<LabGroup> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = told.entry(reader).or_default();
        if shown.stamp != stamp {
            *shown = Shown { stamp: stamp.to_owned(), lists: Vec::new() };
        }
        let mut group = |division: &Division| {
            let before = || shown.lists.iter().filter(|(by, _)| *by == division.by).map(|(_, list)| list);
            let again = before().any(|list| list == stands);
            let fits = again
                || (before().count() < MOST_TABLES && !before().any(|list| division.tells(list, stands)));
            if fits && !again {
                shown.lists.push((division.by, stands.to_vec()));
            }
            let parts = division.parts.iter().cloned().zip(division.shares(stands));
            LabGroup { by: division.by, parts: fits.then(|| parts.collect()) }
        };
        divisions.iter().map(&mut group).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reader() -> Option<Reader> {
        Some(Reader { district: "town".parse().ok()?, person: Some(PersonId(1)), school: SchoolId(1) })
    }

    fn low_income(of_each: Vec<usize>) -> Division {
        Division { by: DivisionBy::LowIncome, parts: vec![Part::Yes, Part::No, Part::Unknown], of_each }
    }

    fn tell(told: &Told, stamp: &str, division: &Division, stands: &[bool]) -> Option<Vec<(Part, Share)>> {
        let told = told.tell(reader()?, stamp, std::slice::from_ref(division), stands);
        told.into_iter().next()?.parts
    }

    fn count(shares: Option<&Vec<(Part, Share)>>) -> Option<u32> {
        match shares?.first()? {
            (_, Share::Of { count, .. }) => Some(*count),
            (_, Share::Hidden) => None,
        }
    }

    /// 60 students with low income, then 60 without.
    fn class() -> Division {
        low_income((0..120).map(|place| place / 60).collect())
    }

    /// The students at these places are on the list.
    fn list(places: &[std::ops::Range<usize>]) -> Vec<bool> {
        (0..120).map(|place| places.iter().any(|range| range.contains(&place))).collect()
    }

    #[test]
    fn a_rule_that_lets_one_known_student_go_does_not_tell_their_group() {
        let (told, class) = (Told::default(), class());
        let first = list(&[0..20, 60..80]);
        assert_eq!(count(tell(&told, "a", &class, &first).as_ref()), Some(20));
        for one_less in [list(&[1..20, 60..80]), list(&[0..20, 61..80])] {
            assert_eq!(tell(&told, "a", &class, &one_less), None);
        }
        // What was shown is shown again, and another ten are enough.
        assert_eq!(count(tell(&told, "a", &class, &first).as_ref()), Some(20));
        assert_eq!(count(tell(&told, "a", &class, &list(&[0..30, 60..90])).as_ref()), Some(30));
        // Neither by way of a second rule: it differs from the last one by one.
        assert_eq!(tell(&told, "a", &class, &list(&[0..31, 60..90])), None);
    }

    #[test]
    fn other_data_begins_anew_and_another_reader_has_their_own() {
        let (told, class) = (Told::default(), class());
        assert!(tell(&told, "a", &class, &list(&[0..20, 60..80])).is_some());
        assert!(tell(&told, "b", &class, &list(&[1..20, 60..80])).is_some());
        assert!(tell(&told, "b", &class, &list(&[2..20, 60..80])).is_none());
        let other = reader().map(|reader| Reader { person: Some(PersonId(2)), ..reader });
        let asked = list(&[2..20, 60..80]);
        let theirs = other.map(|other| told.tell(other, "b", std::slice::from_ref(&class), &asked));
        assert!(theirs.is_some_and(|groups| groups.iter().all(|group| group.parts.is_some())));
    }

    proptest! {
        /// The attack: ask whatever one likes, in any order, and subtract every two tables one was shown.
        #[test]
        fn no_two_tables_that_a_reader_is_shown_differ_by_a_small_group(
            of_each in prop::collection::vec(0_usize..3, 60..150),
            rules in prop::collection::vec(prop::collection::vec(any::<bool>(), 60..150), 1..12),
            steps in prop::collection::vec((0_usize..12, 0_usize..150), 0..30),
        ) {
            let told = Told::default();
            let division = low_income(of_each);
            // Lists at will, and lists that differ by one student from one of them.
            let mut lists: Vec<Vec<bool>> = rules;
            for list in &mut lists {
                list.resize(division.of_each.len(), false);
            }
            for (of, place) in steps {
                let mut list = lists[of % lists.len()].clone();
                let place = place % list.len();
                list[place] = !list[place];
                lists.push(list);
            }
            let shown: Vec<&Vec<bool>> =
                lists.iter().filter(|list| tell(&told, "a", &division, list).is_some()).collect();
            prop_assert!(!shown.is_empty());
            for one in &shown {
                for other in &shown {
                    for part in 0..3 {
                        let differ = (0..one.len())
                            .filter(|place| division.of_each[*place] == part && one[*place] != other[*place])
                            .count();
                        prop_assert!(differ == 0 || differ >= 10);
                    }
                }
            }
        }
    }
}
