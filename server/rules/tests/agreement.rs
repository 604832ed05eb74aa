//! The engine and the slow second implementation say the same of thousands of made-up histories, and keep the
//! promises that any rule engine must keep.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

mod oracle;

use chrono::Days;
use model::attendance::{CodeMap, Mark, Meaning, Session, Shape, Shapes, Strip, day_number};
use model::history::{Bell, Calendar, Day, History, School, Span, StudentHistory, StudentYear};
use model::signal::{Extent, Finding, Outcome};
use model::time::{Date, SchoolYear};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use rules::pack::{Counts, Criterion, Missed, Op, Pack, Rule, Test, Unit, Version, Window};

fn date(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd_opt(year, month, day).unwrap()
}

/// Two school years; the first begins on this day.
const FIRST_YEAR: SchoolYear = SchoolYear(2024);

fn codes() -> CodeMap {
    let mut codes = CodeMap::default();
    codes.set("Reason unknown", Meaning::Unknown);
    codes.set("Unverified", Meaning::Unexcused);
    codes.set("Event", Meaning::NotCounted);
    codes
}

/// Every kind of shape that matters.
fn shapes() -> Vec<Shape> {
    let plain = |category: &str| Shape { category: category.to_owned(), ..Shape::default() };
    let mut shapes = Vec::new();
    for category in
        ["Excused Absence", "Unexcused Absence", "Reason unknown", "Unverified", "Tardy", "Partial"]
    {
        shapes.push(plain(category));
        shapes.push(Shape { fraction: Some(500_000), ..plain(category) });
        shapes.push(Shape { fraction: Some(333_333), ..plain(category) });
        shapes.push(Shape { minutes: Some(120), ..plain(category) });
        shapes.push(Shape { minutes: Some(60), session: Some(Session::Pm), ..plain(category) });
        shapes.push(Shape { session: Some(Session::Am), ..plain(category) });
        shapes.push(Shape { period: Some("1".to_owned()), ..plain(category) });
        shapes.push(Shape { period: Some("2".to_owned()), ..plain(category) });
    }
    shapes.push(plain("Early departure"));
    shapes.push(plain("Present"));
    shapes.push(plain("Event"));
    shapes.push(plain("Nobody mapped this"));
    shapes.push(Shape { unusable: true, ..plain("Excused Absence") });
    shapes
}

/// Whole days, which most marks are, by their place among the shapes.
fn shape_place() -> impl Strategy<Value = usize> {
    let count = shapes().len();
    prop_oneof![10 => Just(0), 10 => Just(8), 3 => Just(16), 2 => Just(24), 8 => 0..count - 2, 1 => 0..count]
}

fn calendar(year: SchoolYear, named: bool) -> impl Strategy<Value = Calendar> {
    let day = (
        prop::bool::weighted(0.8),
        weighted(0.1, any::<bool>()),
        prop_oneof![4 => Just(Some(360)), 1 => Just(None)],
    );
    (vec(day, 5..70), 0_u64..6).prop_map(move |(days, later)| {
        let first = date(i32::from(year.0), 8, 20) + Days::new(later);
        let days = days.into_iter().enumerate().filter(|(_, (open, ..))| *open);
        let days = days.map(|(i, (_, roll, minutes))| Day {
            date: first + Days::new(i as u64),
            minutes,
            sessions: 1,
            roll,
        });
        Calendar { year, year_named: named, days: days.collect() }
    })
}

fn school() -> impl Strategy<Value = School> {
    let bells = vec![
        Bell { period: "1".to_owned(), start: 480, end: 600 },
        Bell { period: "2".to_owned(), start: 600, end: 660 },
        Bell { period: "3".to_owned(), start: 700, end: 820 },
    ];
    (any::<bool>(), any::<bool>(), any::<bool>(), weighted(0.95, 30_u64..450)).prop_flat_map(
        move |(two, named, has_bells, last)| {
            let bells = if has_bells { bells.clone() } else { Vec::new() };
            (calendar(FIRST_YEAR, named), calendar(FIRST_YEAR.next(), named)).prop_map(move |(a, b)| School {
                calendars: if two { vec![a, b] } else { vec![a] },
                last_row: last.map(|days| date(2024, 8, 15) + Days::new(days)),
                bells: bells.clone(),
            })
        },
    )
}

/// A mark: school, year, days after 20 August, shape, arrival, departure.
type MadeMark = (u32, bool, u64, usize, Option<u16>, Option<u16>);

fn made_mark(schools: u32) -> impl Strategy<Value = MadeMark> {
    let time = || weighted(0.08, prop_oneof![Just(540), Just(600), Just(720)]);
    (
        0..schools,
        prop::bool::weighted(0.2),
        prop_oneof![3 => 0_u64..75, 1 => 0_u64..12],
        shape_place(),
        time(),
        time(),
    )
}

fn student(schools: u32) -> impl Strategy<Value = StudentHistory> {
    let span = (0..schools, 0_u64..60, weighted(0.4, 1_u64..500), prop::bool::weighted(0.15));
    (vec(span, 1..4), vec(made_mark(schools), 0..30)).prop_map(move |(spans, marks)| {
        let spans = spans.into_iter().map(|(school, from, length, next)| {
            let entry = date(2024 + i32::from(next), 8, 1) + Days::new(from);
            Span { school, grade: None, entry, end: length.map(|l| entry + Days::new(l)) }
        });
        StudentHistory { birth_date: None, spans: spans.collect(), years: strips(&marks), facts: Vec::new() }
    })
}

fn strips(marks: &[MadeMark]) -> Vec<StudentYear> {
    let mut years = Vec::new();
    for school in 0..3 {
        for year in [FIRST_YEAR, FIRST_YEAR.next()] {
            let mut placed = Vec::new();
            for (at, next, day, shape, arrival, departure) in marks {
                if *at == school && (year != FIRST_YEAR) == *next {
                    let on = date(i32::from(year.0), 8, 20) + Days::new(*day);
                    let day = day_number(year, on).unwrap();
                    let shape = model::attendance::ShapeId(*shape as u32 + 1);
                    placed.push(Mark { day, shape, arrival: *arrival, departure: *departure });
                }
            }
            placed.dedup();
            if !placed.is_empty() {
                years.push(StudentYear { school, year, strip: Strip::from_marks(placed) });
            }
        }
    }
    years
}

fn history() -> impl Strategy<Value = History> {
    (vec(school(), 1..4), any::<bool>()).prop_flat_map(|(schools, _)| {
        vec(student(schools.len() as u32), 1..4).prop_map(move |students| History {
            shapes: Shapes::from_list(shapes()),
            codes: codes(),
            schools: schools.clone(),
            students,
            facts_known: false,
        })
    })
}

fn rule(id: &'static str) -> impl Strategy<Value = Rule> {
    let counts = prop_oneof![
        Just(Counts::Unexcused),
        Just(Counts::UnexcusedOrUnknown),
        Just(Counts::Excused),
        Just(Counts::All)
    ];
    let missed = prop_oneof![Just(Missed::AtLeastHalf), Just(Missed::MoreThanHalf), Just(Missed::Whole)];
    let op = prop_oneof![Just(Op::Gte), Just(Op::Gt)];
    let test = (op, any::<bool>(), 1_u32..7, prop_oneof![2 => Just(10), 1 => Just(20), 1 => 1_u32..60])
        .prop_map(
            |(op, rate, count, percent)| {
                if rate { Test::Rate { op, percent } } else { Test::Count { op, count, at_most: None } }
            },
        );
    (counts, missed, test, prop_oneof![Just(0), Just(10), 0_u32..20]).prop_map(
        move |(counts, missed, test, least)| Rule {
            id: id.to_owned(),
            title: "Has missed some days".to_owned(),
            citation: "A clause".to_owned(),
            unit: Unit::Day,
            effective_from: None,
            effective_to: None,
            source: None,
            reviewed_on: None,
            counts: Some(counts),
            when: vec![Criterion {
                missed: Some(missed),
                window: Window::SchoolYear,
                test,
                within_year: false,
                required_hours: Vec::new(),
                fact: None,
            }],
            least_enrolled: least,
            least_present: 0,
            grades: None,
            ages: None,
            facts: Vec::new(),
            less: None,
            action: "Call home".to_owned(),
            deadline: None,
            clauses: Vec::new(),
            reading: String::new(),
            to_verify: Vec::new(),
            examples: Vec::new(),
        },
    )
}

fn pack() -> impl Strategy<Value = Pack> {
    (rule("A"), rule("B"), rule("A"), weighted(0.3, (0_u64..80, 1_u64..30))).prop_map(
        |(a, b, newer, change)| {
            let version = |name: &str, from, to, rules| Version {
                version: name.to_owned(),
                effective_from: from,
                effective_to: to,
                rules,
            };
            let versions = match change {
                None => vec![version("1", None, None, vec![a, b])],
                Some((day, gap)) => {
                    let end = date(2024, 8, 15) + Days::new(day);
                    let begin = end + Days::new(gap);
                    vec![
                        version("1", None, Some(end), vec![a, b]),
                        version("2", Some(begin), None, vec![newer]),
                    ]
                }
            };
            Pack {
                id: "made-up".to_owned(),
                title: "Made up".to_owned(),
                jurisdiction: "Nowhere".to_owned(),
                source: "Chance".to_owned(),
                reviewed_on: date(2026, 1, 1),
                year_begins: 7,
                sessions: 1,
                codes: Vec::new(),
                versions,
            }
        },
    )
}

fn as_of() -> impl Strategy<Value = Date> {
    prop_oneof![5 => 5_u64..90, 1 => 90_u64..800].prop_map(|days| date(2024, 8, 15) + Days::new(days))
}

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

/// The history as it was known at the end of a day.
fn cut(history: &History, after: Date) -> History {
    let mut cut = history.clone();
    for school in &mut cut.schools {
        school.last_row = school.last_row.map(|last| last.min(after));
        for calendar in &mut school.calendars {
            calendar.days.retain(|d| d.date <= after);
        }
    }
    for student in &mut cut.students {
        student.spans.retain(|s| s.entry <= after);
        for span in &mut student.spans {
            span.end = span.end.filter(|end| *end <= after);
        }
        for year in &mut student.years {
            let before = year.strip.marks().filter(|m| m.date(year.year) <= after).collect();
            year.strip = Strip::from_marks(before);
        }
    }
    cut
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
    fn what_comes_after_the_as_of_date_changes_nothing(history in history(), pack in pack(), as_of in as_of()) {
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
        let version = Version { version: "1".to_owned(), effective_from: None, effective_to: None, rules: vec![Rule {
            when: vec![Criterion { test: Test::Count { op: Op::Gte, count, at_most: None }, ..rule.when[0].clone() }],
            ..rule
        }] };
        let pack = Pack {
            id: "made-up".to_owned(), title: String::new(), jurisdiction: String::new(), source: String::new(),
            reviewed_on: as_of, year_begins: 7, sessions: 1, codes: Vec::new(), versions: vec![version],
        };
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
