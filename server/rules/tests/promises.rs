//! What must hold for rules of every kind, whatever they measure: both paths of the engine say the same, and the
//! promises made to those who read a signal are kept.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

mod made_up;

use chrono::Days;
use made_up::{FIRST_YEAR, any_pack, any_rule, as_of, date, history, pack_of};
use model::attendance::{Mark, Meaning, Strip, day_number};
use model::history::{Bell, Day, History, Span};
use model::signal::{Extent, Finding, Outcome};
use model::time::{Date, SchoolYear};
use proptest::prelude::*;
use rules::Evaluator;
use rules::pack::{Pack, Rule, Test, Unit, Window};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Student, year, rule, extent and first day met of everything met.
fn met(history: &History, pack: &Pack, as_of: Date) -> Vec<(u32, SchoolYear, String, Extent, Date)> {
    let all = rules::evaluate(history, &[pack], as_of).findings;
    all.into_iter()
        .filter_map(|f| Some((f.student, f.year, f.rule.rule.clone(), f.extent, met_on(&f)?)))
        .collect()
}

fn met_on(finding: &Finding) -> Option<Date> {
    match finding.outcome {
        Outcome::Met { met_on, .. } => Some(met_on),
        Outcome::Close => None,
    }
}

/// A rule by whose windows more presence can only lessen what counts: a count without an upper bound, that asks for
/// nothing but days, and whose windows neither begin elsewhere by a day of school more nor hold days of a year before.
fn lessens(rule: &Rule) -> bool {
    let asks = rule.unit != Unit::Report
        && rule.least_enrolled + rule.least_present == 0
        && rule.grades.is_none()
        && rule.ages.is_none()
        && rule.facts.is_empty()
        && (rule.effective_from, rule.effective_to) == (None, None);
    asks && rule.when.iter().all(|c| {
        matches!(c.test, Test::Count { at_most: None, .. })
            && c.window != Window::SchoolMonth
            && (!c.window.rolls() || c.within_year)
    })
}

/// A rule of which no absence less can meet more: counts without an upper bound. Only one that asks for days present
/// gains by presence.
fn never_gains(rule: &Rule) -> bool {
    rule.least_present == 0 && rule.when.iter().all(|c| matches!(c.test, Test::Count { at_most: None, .. }))
}

/// Whether less than this, by however little, may meet a test.
fn more_than(test: Test, counted: u64, whole: u64) -> bool {
    match test {
        Test::Count { count, .. } => counted > u64::from(count),
        Test::Rate { percent, .. } => 100 * counted > u64::from(percent) * whole,
    }
}

fn at_most(rule: &Rule) -> Option<u32> {
    rule.when.iter().find_map(|c| match c.test {
        Test::Count { at_most, .. } => at_most,
        Test::Rate { .. } => None,
    })
}

/// The packs that come with the program, with the rules that never gain by presence.
fn packs_that_never_gain() -> &'static [Pack] {
    static PACKS: LazyLock<Vec<Pack>> = LazyLock::new(|| {
        let mut packs = rules::packs::builtin().to_vec();
        for version in packs.iter_mut().flat_map(|pack| &mut pack.versions) {
            version.rules.retain(never_gains);
        }
        packs
    });
    &PACKS
}

/// With the length of every school day and the bells of every school: what is missed can be told of every mark.
fn all_known(mut history: History) -> History {
    for school in &mut history.schools {
        school.bells = vec![
            Bell { period: "1".to_owned(), start: 480, end: 600 },
            Bell { period: "2".to_owned(), start: 600, end: 720 },
        ];
        for day in school.calendars.iter_mut().flat_map(|c| &mut c.days) {
            day.minutes = Some(360);
        }
    }
    history
}

/// School and day of rows that cannot be used, that nobody mapped or that are in no count: without them a day would be
/// known, or a session possible, that was not.
fn not_only_absences(history: &History) -> BTreeSet<(u32, Date)> {
    let mut found = BTreeSet::new();
    for of_year in history.students.iter().flat_map(|s| &s.years) {
        for mark in of_year.strip.marks() {
            let shape = history.shapes.get(mark.shape);
            let meaning = shape.and_then(|s| history.codes.meaning(&s.category).filter(|_| !s.unusable));
            if meaning.is_none_or(|m| m == Meaning::NotCounted) {
                found.insert((of_year.school, mark.date(of_year.year)));
            }
        }
    }
    found
}

/// The signals of single schools, as student, year and school.
fn signals(history: &History, pack: &Pack, as_of: Date) -> Vec<(u32, SchoolYear, Extent)> {
    let at_schools = met(history, pack, as_of).into_iter().filter(|m| m.3 != Extent::District);
    at_schools.map(|m| (m.0, m.1, m.3)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_says_what_the_day_by_day_path_says_and_what_was_met_can_be_asked_alone(history in history(), pack in any_pack(), as_of in as_of()) {
        let packs: Vec<&Pack> = [&pack].into_iter().chain(rules::packs::builtin()).collect();
        let evaluator = Evaluator::new(&history, &packs, as_of);
        for student in 0..history.students.len() {
            let mut findings = evaluator.student(student);
            prop_assert_eq!(&findings, &evaluator.student_day_by_day(student));
            findings.retain(|finding| finding.outcome != Outcome::Close);
            prop_assert_eq!(findings, evaluator.met(student));
        }
    }

    #[test]
    fn a_verdict_opens_to_the_finding_that_says_the_same(history in history(), pack in any_pack(), as_of in as_of()) {
        let evaluator = Evaluator::new(&history, &[&pack], as_of);
        let mut answers = Vec::new();
        (0..history.students.len()).for_each(|student| {
            evaluator.ask(student, |said| answers.push((said.verdict(), said.open())));
        });
        let findings = rules::evaluate(&history, &[&pack], as_of).findings;
        prop_assert_eq!(answers.len(), findings.len());
        for ((verdict, opened), finding) in answers.iter().zip(&findings) {
            prop_assert_eq!(opened, finding);
            let (on, since) = match &finding.outcome {
                Outcome::Met { met_on, standing_since, .. } => (Some(*met_on), *standing_since),
                Outcome::Close => (None, None),
            };
            prop_assert_eq!(verdict.met.map(|m| m.on), on);
            prop_assert_eq!(verdict.met.and_then(|m| m.since), since);
            prop_assert_eq!((verdict.counted, verdict.of), (finding.numerator, finding.denominator));
        }
    }

    #[test]
    fn one_student_alone_is_judged_as_among_all(history in history(), pack in any_pack(), as_of in as_of()) {
        let all = rules::evaluate(&history, &[&pack], as_of).findings;
        let one_by_one = (0..history.students.len())
            .flat_map(|student| rules::evaluate_student(&history, student, &[&pack], as_of).findings);
        prop_assert_eq!(all, one_by_one.collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(history in history(), pack in any_pack(), as_of in as_of()) {
        let mut turned = history.clone();
        for student in &mut turned.students {
            student.spans.reverse();
            student.years.reverse();
            student.facts.reverse();
        }
        for school in &mut turned.schools {
            school.bells.reverse();
        }
        // Where two enrollments at one school say different grades for one day, the first is believed.
        let twice = |a: &Span, b: &Span| a.school == b.school && a.grade != b.grade;
        let unclear = history.students.iter().any(|s| s.spans.iter().any(|a| s.spans.iter().any(|b| twice(a, b))));
        prop_assume!(!unclear);
        prop_assert_eq!(
            rules::evaluate(&history, &[&pack], as_of),
            rules::evaluate(&turned, &[&pack], as_of)
        );
    }

    #[test]
    fn one_more_present_day_never_makes_a_signal(
        history in history(),
        rule in any_rule("A").prop_filter("more presence may add", lessens),
        as_of in as_of(),
        day in 0_u64..75,
        next in any::<bool>(),
    ) {
        let year = if next { FIRST_YEAR.next() } else { FIRST_YEAR };
        let date = date(i32::from(year.0), 8, 20) + Days::new(day);
        let mut after = history.clone();
        let mut added = Vec::new();
        for (place, school) in after.schools.iter_mut().enumerate() {
            for calendar in school.calendars.iter_mut().filter(|c| c.year == year) {
                if let Err(at) = calendar.days.binary_search_by_key(&date, |d| d.date) {
                    calendar.days.insert(at, Day { date, minutes: Some(360), sessions: 1, roll: Some(true) });
                    added.push(place as u32);
                }
            }
        }
        for student in &mut after.students {
            for of_year in student.years.iter_mut().filter(|y| y.year == year && added.contains(&y.school)) {
                let others = of_year.strip.marks().filter(|m| m.date(year) != date).collect();
                of_year.strip = Strip::from_marks(others);
            }
        }
        let pack = pack_of(vec![rule], None);
        let before = signals(&history, &pack, as_of);
        for signal in signals(&after, &pack, as_of) {
            prop_assert!(before.contains(&signal), "{:?}", signal);
        }
    }

    #[test]
    fn taking_absences_away_never_makes_a_signal(
        history in history(),
        rule in any_rule("A").prop_filter("presence may add", never_gains),
        as_of in as_of(),
        (every, offset) in (1_u64..6, 0_u64..6),
    ) {
        let before = all_known(history);
        let unwanted = not_only_absences(&before);
        let mut after = before.clone();
        for student in &mut after.students {
            for of_year in &mut student.years {
                let (year, school) = (of_year.year, of_year.school);
                let goes = |mark: &Mark| {
                    let date = mark.date(year);
                    (u64::from(mark.day) + offset).is_multiple_of(every) && !unwanted.contains(&(school, date))
                };
                of_year.strip = Strip::from_marks(of_year.strip.marks().filter(|m| !goes(m)).collect());
            }
        }
        let made_up = pack_of(vec![rule], None);
        let packs: Vec<&Pack> = [&made_up].into_iter().chain(packs_that_never_gain()).collect();
        let of = |history: &History| -> Vec<(u32, SchoolYear, String, Extent)> {
            let findings = rules::evaluate(history, &packs, as_of).findings;
            let met = findings.into_iter().filter(|f| met_on(f).is_some());
            met.map(|f| (f.student, f.year, f.rule.rule, f.extent)).collect()
        };
        let signals = of(&before);
        for signal in of(&after) {
            prop_assert!(signals.contains(&signal), "{:?}", signal);
        }
    }

    #[test]
    fn a_version_that_counts_the_same_changes_no_finding(
        history in history(),
        rule in any_rule("A"),
        as_of in as_of(),
        day in 0_u64..80,
    ) {
        let rule = Rule { effective_from: None, effective_to: None, ..rule };
        let one = pack_of(vec![rule.clone()], None);
        let two = pack_of(vec![rule.clone()], Some(((day, 1), vec![rule])));
        let findings = |pack: &Pack| {
            let mut findings = rules::evaluate(&history, &[pack], as_of).findings;
            findings.iter_mut().for_each(|f| f.rule.pack_version.clear());
            findings
        };
        prop_assert_eq!(findings(&one), findings(&two));
    }

    #[test]
    fn a_later_as_of_date_never_moves_the_day_on_which_a_rule_was_met(
        history in history(),
        pack in any_pack(),
        as_of in as_of(),
        later in 1_u64..200,
    ) {
        let then = met(&history, &pack, as_of + Days::new(later));
        for signal in met(&history, &pack, as_of).into_iter().filter(|m| m.3 != Extent::District) {
            prop_assert!(then.contains(&signal), "{:?} is not among {:?}", signal, then);
        }
    }

    #[test]
    fn what_is_said_of_the_day_on_which_a_rule_was_met_meets_it(
        history in history(),
        rule in any_rule("A"),
        as_of in as_of(),
    ) {
        let pack = pack_of(vec![rule], None);
        let rule = &pack.versions[0].rules[0];
        for finding in rules::evaluate(&history, &[&pack], as_of).findings {
            let Some(on) = met_on(&finding) else { continue };
            let then = rules::evaluate(&history, &[&pack], on).findings.into_iter().find(|f| {
                (f.student, f.year, f.extent) == (finding.student, finding.year, finding.extent)
            });
            let Some(then) = then else {
                // A student may come to a second school, and with it to a count of both, after the day.
                prop_assert_eq!(finding.extent, Extent::District);
                continue;
            };
            prop_assert_eq!(met_on(&then), Some(on));
            let counted: u32 = then.evidence.iter().map(|e| e.counts).sum();
            if rule.unit == Unit::Minute {
                // Minutes are counted in their millionths and shown rounded down.
                prop_assert!(counted <= then.numerator && then.numerator <= counted + then.evidence.len() as u32);
            } else {
                prop_assert_eq!(counted, then.numerator);
            }
            let meets = |test: Test| {
                let (counted, whole) = (u64::from(then.numerator), u64::from(then.denominator.unwrap_or_default()));
                // The fullest window may hold more than an upper bound allows.
                let test = match test {
                    Test::Count { op, count, .. } => Test::Count { op, count, at_most: None },
                    rate => rate,
                };
                test.met(counted, whole) || rule.unit == Unit::Minute && more_than(test, counted + 1, whole)
            };
            prop_assert!(rule.when.iter().any(|c| meets(c.test)), "{:?}", then);
            let Outcome::Met { met_evidence, .. } = &finding.outcome else { continue };
            prop_assert!(met_evidence.iter().all(|d| *d <= on));
            // One way to meet it, and no condition beside it: the dates are those of the evidence of that day.
            if rule.when.len() == 1 && rule.facts.is_empty() && at_most(rule).is_none() {
                let dates: BTreeSet<Date> = then.evidence.iter().map(|e| e.date).collect();
                prop_assert_eq!(&met_evidence.iter().copied().collect::<BTreeSet<Date>>(), &dates);
            }
        }
    }

    #[test]
    fn a_mark_is_evidence_or_has_a_reason_why_not(history in history(), pack in any_pack(), as_of in as_of()) {
        for finding in rules::evaluate(&history, &[&pack], as_of).findings {
            for near in &finding.near_misses {
                let student = &history.students[finding.student as usize];
                let (date, school) = (near.evidence.date, near.evidence.school);
                prop_assert!(student.spans.iter().any(|s| s.school == school && s.covers(date)));
                prop_assert!(!finding.evidence.iter().any(|e| (e.date, e.school) == (date, school)));
                prop_assert_eq!(near.evidence.counts, 0);
                prop_assert!(day_number(finding.year, date).is_some());
            }
        }
    }

    #[test]
    fn as_many_more_as_a_finding_says_meet_the_rule_and_fewer_do_not(
        history in history(),
        rule in any_rule("A"),
        as_of in as_of(),
    ) {
        let pack = pack_of(vec![rule], None);
        for finding in rules::evaluate(&history, &[&pack], as_of).findings {
            let stands = matches!(finding.outcome, Outcome::Met { standing: true, .. });
            prop_assert!(!stands || finding.next.is_none());
            prop_assert!(!finding.one_more_meets || finding.next.is_some_and(|n| n.more == 1));
            prop_assert!(finding.next.is_none_or(|n| n.more >= 1 && n.before.is_none_or(|before| before > as_of)));
        }
    }
}

/// The rules of states that count over windows are among those held to it.
#[test]
fn rules_of_every_kind_of_count_are_among_those_that_never_gain_by_presence() {
    let held: Vec<&str> = packs_that_never_gain()
        .iter()
        .flat_map(|pack| &pack.versions)
        .flat_map(|version| &version.rules)
        .map(|rule| rule.id.as_str())
        .collect();
    for id in
        ["IL-CHRONIC", "FL-PATTERN", "IN-ABSENT-5", "MA-5", "MA-7", "EN-PENALTY", "WA-EXCUSED-5", "SC-3"]
    {
        assert!(held.contains(&id), "{id}");
    }
}

/// Made-up histories must reach both sides of every kind of rule, or their agreement proves little.
#[test]
fn made_up_rules_of_every_unit_and_window_are_met_and_not_met() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::collections::BTreeMap;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for _ in 0..2500 {
        let mut make = || (history(), any_rule("A"), as_of()).new_tree(&mut runner).unwrap().current();
        let (history, rule, as_of) = make();
        let window = format!("{:?}", rule.when[0].window);
        let pack = pack_of(vec![rule], None);
        let met = !met(&history, &pack, as_of).is_empty();
        let rule = &pack.versions[0].rules[0];
        for kind in [format!("{:?}", rule.unit), window.split('(').next().unwrap().to_owned()] {
            let entry = seen.entry(kind).or_default();
            entry.0 += u32::from(met);
            entry.1 += u32::from(!met);
        }
    }
    assert_eq!(seen.len(), 17);
    for (kind, (met, unmet)) in seen {
        assert!(met >= 3 && unmet >= 5, "{kind}: {met} met, {unmet} not");
    }
}
