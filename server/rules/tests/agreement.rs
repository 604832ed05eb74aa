//! The engine and the slow second implementation say the same of thousands of made-up histories, and keep the
//! promises that any rule engine must keep.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

mod made_up;
mod oracle;

use chrono::Days;
use made_up::{FIRST_YEAR, any_pack, as_of, cut, date, history, made_mark, pack, pack_of, rule, shapes};
use model::attendance::{Mark, Strip, day_number};
use model::history::{History, StudentYear};
use model::signal::{Extent, Finding, Outcome};
use proptest::prelude::*;
use rules::pack::{Criterion, Op, Rule, Test};

/// In one order, and without near misses, which the second implementation leaves out.
fn comparable(mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.near_misses.clear();
        finding.next = None;
    }
    findings.sort_by(|a, b| {
        (a.student, a.year, &a.rule.rule, a.extent).cmp(&(b.student, b.year, &b.rule.rule, b.extent))
    });
    findings
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_says_what_the_second_implementation_says(history in history(), pack in pack(), as_of in as_of()) {
        let engine = rules::evaluate(&history, &[&pack], as_of).findings;
        prop_assert_eq!(comparable(engine), comparable(oracle::evaluate(&history, &[&pack], as_of)));
    }

    #[test]
    fn one_student_by_themselves_is_the_same_as_among_all(history in history(), pack in pack(), as_of in as_of()) {
        let all = rules::evaluate(&history, &[&pack], as_of).findings;
        for student in 0..history.students.len() {
            let alone = rules::evaluate_student(&history, student, &[&pack], as_of).findings;
            let among: Vec<&Finding> = all.iter().filter(|f| f.student as usize == student).collect();
            prop_assert_eq!(alone.iter().collect::<Vec<_>>(), among);
        }
    }

    #[test]
    fn what_comes_after_the_as_of_date_changes_nothing(history in history(), pack in any_pack(), as_of in as_of()) {
        let all = rules::evaluate(&history, &[&pack], as_of);
        prop_assert_eq!(all, rules::evaluate(&cut(&history, as_of), &[&pack], as_of));
    }

    #[test]
    fn one_more_absence_never_unmeets_a_count(
        history in history(),
        rule in rule("A"),
        count in 1_u32..5,
        as_of in as_of(),
        extra in made_mark(1),
    ) {
        let test = Test::Count { op: Op::Gte, count, at_most: None };
        let when = vec![Criterion { test, ..rule.when[0].clone() }];
        let pack = pack_of(vec![Rule { when, ..rule }], None);
        // Without rows that cannot be used: an unknown day is no absence.
        let usable = |m: &Mark| (m.shape.0 as usize) <= shapes().len() - 2;
        let mut before = history;
        let year = FIRST_YEAR;
        for student in &mut before.students {
            for of_year in &mut student.years {
                of_year.strip = Strip::from_marks(of_year.strip.marks().filter(usable).collect());
            }
        }
        let mut after = before.clone();
        let on = day_number(year, date(2024, 8, 20) + Days::new(extra.2)).unwrap();
        for student in &mut after.students {
            let new = Mark { day: on, shape: model::attendance::ShapeId(1 + 8 * (extra.3 as u32 % 3)), arrival: None, departure: None };
            match student.years.iter_mut().find(|y| y.school == 0 && y.year == year) {
                Some(y) => y.strip = Strip::from_marks(y.strip.marks().chain([new]).collect()),
                None => student.years.push(StudentYear { school: 0, year, strip: Strip::from_marks(vec![new]) }),
            }
        }
        let met = |history: &History| -> Vec<_> {
            let all = rules::evaluate(history, &[&pack], as_of).findings;
            let met = all.into_iter().filter_map(|f| match f.outcome {
                Outcome::Met { met_on, standing, .. } => Some((f.student, f.year, f.extent, met_on, standing)),
                Outcome::Close => None,
            });
            met.collect()
        };
        let later = met(&after);
        for (student, year, extent, met_on, standing) in met(&before) {
            let same = later.iter().find(|l| (l.0, l.1, l.2) == (student, year, extent));
            prop_assert!(same.is_some_and(|l| l.3 <= met_on && (l.4 || !standing)));
        }
    }

    #[test]
    fn the_days_of_the_pages_are_the_days_of_the_rules(history in history(), as_of in as_of()) {
        let Some(pack) = rules::packs::find("us-federal") else { return Err(TestCaseError::fail("no us-federal")) };
        let findings = rules::evaluate(&history, &[pack], as_of).findings;
        for finding in findings {
            let facts = rules::days::of(&history, finding.student as usize, as_of);
            let extent = finding.extent;
            let of_extent = facts.iter().filter(|f| {
                f.year == finding.year && (extent == Extent::District || extent == Extent::School(f.school))
            });
            let (mut missed, mut known, mut unknown) = (0, 0, 0);
            for fact in of_extent {
                missed += u32::from(fact.missed);
                known += u32::from(fact.known());
                unknown += u32::from(!fact.known() && fact.kind != model::page::DayKind::NotEnrolled);
            }
            prop_assert_eq!((missed, Some(known), unknown), (finding.numerator, finding.denominator, finding.unknown_days));
        }
    }

    #[test]
    fn totals_are_the_sum_of_the_days(history in history(), as_of in as_of()) {
        for student in 0..history.students.len() {
            for year in [FIRST_YEAR, FIRST_YEAR.next()] {
                let facts = rules::days::of(&history, student, as_of);
                let facts: Vec<_> = facts.iter().filter(|f| f.year == year).collect();
                let count = |of: &dyn Fn(&rules::days::DayFact) -> bool| facts.iter().filter(|f| of(f)).count() as u32;
                let totals = rules::days::totals(&history, student, year, as_of);
                prop_assert_eq!(totals.missed, count(&|f| f.missed));
                prop_assert_eq!(totals.excused, count(&|f| f.excused));
                prop_assert_eq!(totals.days, count(&|f| f.known()));
                prop_assert_eq!(totals.unknown, count(&|f| !f.known() && f.kind != model::page::DayKind::NotEnrolled));
            }
        }
    }

    #[test]
    fn each_near_miss_is_an_enrolled_day_that_did_not_count(history in history(), pack in pack(), as_of in as_of()) {
        for finding in rules::evaluate(&history, &[&pack], as_of).findings {
            for near in &finding.near_misses {
                let student = &history.students[finding.student as usize];
                let (date, school) = (near.evidence.date, near.evidence.school);
                prop_assert!(student.spans.iter().any(|s| s.school == school && s.covers(date)));
                prop_assert!(!finding.evidence.iter().any(|e| (e.date, e.school) == (date, school)));
                prop_assert_eq!(near.evidence.counts, 0);
            }
        }
    }
}

/// Made-up histories must reach both sides of a rule, or their agreement proves little.
#[test]
fn made_up_histories_meet_rules_and_come_close_to_them() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut met, mut close, mut district) = (0, 0, 0);
    for _ in 0..300 {
        let mut make = || (history(), pack(), as_of()).new_tree(&mut runner).unwrap().current();
        let (history, pack, as_of) = make();
        let findings = rules::evaluate(&history, &[&pack], as_of).findings;
        met += i32::from(findings.iter().any(|f| f.outcome != Outcome::Close));
        close += i32::from(findings.iter().any(|f| f.outcome == Outcome::Close));
        district += i32::from(findings.iter().any(|f| f.extent == Extent::District));
    }
    assert!(
        met > 60 && close > 25 && district > 20,
        "of 300: {met} met, {close} close, {district} district-wide"
    );
}
