//! Made-up histories and rules, for properties that must hold for all of them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use chrono::Days;
use model::attendance::{CodeMap, Mark, Meaning, Session, Shape, Shapes, Strip, day_number};
use model::grade::Grade;
use model::history::{
    Bell, Calendar, Day, Fact, FactKind, History, School, Span, StudentHistory, StudentYear,
};
use model::time::{Date, SchoolYear};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use rules::pack::{
    AgeRange, Counts, Criterion, FactNeed, GradeRange, Missed, Op, Pack, RequiredHours, Rule, Test, Unit,
    Version, Window,
};

pub(crate) fn date(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd_opt(year, month, day).unwrap()
}

/// Two school years; the first begins on this day.
pub(crate) const FIRST_YEAR: SchoolYear = SchoolYear(2024);

pub(crate) fn codes() -> CodeMap {
    let mut codes = CodeMap::default();
    codes.set("Reason unknown", Meaning::Unknown);
    codes.set("Unverified", Meaning::Unexcused);
    codes.set("Event", Meaning::NotCounted);
    codes
}

/// Every kind of shape that matters.
pub(crate) fn shapes() -> Vec<Shape> {
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
pub(crate) fn shape_place() -> impl Strategy<Value = usize> {
    let count = shapes().len();
    prop_oneof![10 => Just(0), 10 => Just(8), 3 => Just(16), 2 => Just(24), 8 => 0..count - 2, 1 => 0..count]
}

pub(crate) fn calendar(year: SchoolYear, named: bool) -> impl Strategy<Value = Calendar> {
    let day = (
        prop::bool::weighted(0.8),
        weighted(0.1, any::<bool>()),
        prop_oneof![4 => Just(Some(360)), 1 => Just(None)],
        prop_oneof![4 => Just(1), 1 => Just(2)],
    );
    (vec(day, 5..70), 0_u64..6).prop_map(move |(days, later)| {
        let first = date(i32::from(year.0), 8, 20) + Days::new(later);
        let days = days.into_iter().enumerate().filter(|(_, (open, ..))| *open);
        let days = days.map(|(i, (_, roll, minutes, sessions))| Day {
            date: first + Days::new(i as u64),
            minutes,
            sessions,
            roll,
        });
        Calendar { year, year_named: named, days: days.collect() }
    })
}

pub(crate) fn school() -> impl Strategy<Value = School> {
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
pub(crate) type MadeMark = (u32, bool, u64, usize, Option<u16>, Option<u16>);

pub(crate) fn made_mark(schools: u32) -> impl Strategy<Value = MadeMark> {
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

pub(crate) fn student(schools: u32) -> impl Strategy<Value = StudentHistory> {
    let grade = prop_oneof![4 => Just(5_u8), 1 => Just(6)];
    let span = (0..schools, 0_u64..60, weighted(0.4, 1_u64..500), prop::bool::weighted(0.15), grade);
    let fact = (prop_oneof![3 => 0_u64..60, 1 => 0_u64..500], 0_usize..4, weighted(0.3, 0..schools));
    let birth = weighted(0.9, (2006_i32..2020, 8_u32..13));
    (vec(span, 1..4), vec(made_mark(schools), 0..30), vec(fact, 0..8), birth).prop_map(
        move |(spans, marks, facts, birth)| {
            let spans = spans.into_iter().map(|(school, from, length, next, grade)| {
                let entry = date(2024 + i32::from(next), 8, 1) + Days::new(from);
                Span { school, grade: Grade::number(grade), entry, end: length.map(|l| entry + Days::new(l)) }
            });
            let facts = facts.into_iter().map(|(day, kind, school)| Fact {
                date: date(2024, 8, 15) + Days::new(day),
                kind: FactKind::ALL[kind],
                school,
            });
            StudentHistory {
                birth_date: birth.map(|(year, month)| date(year, month, 10)),
                spans: spans.collect(),
                years: strips(&marks),
                facts: facts.collect(),
            }
        },
    )
}

pub(crate) fn strips(marks: &[MadeMark]) -> Vec<StudentYear> {
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

pub(crate) fn history() -> impl Strategy<Value = History> {
    (vec(school(), 1..4), any::<bool>()).prop_flat_map(|(schools, _)| {
        vec(student(schools.len() as u32), 1..4).prop_map(move |students| History {
            shapes: Shapes::from_list(shapes()),
            codes: codes(),
            schools: schools.clone(),
            students,
            facts_known: true,
        })
    })
}

/// A rule that counts days of the school year.
pub(crate) fn rule(id: &'static str) -> impl Strategy<Value = Rule> {
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
        move |(counts, missed, test, least)| {
            let when = Criterion {
                missed: Some(missed),
                window: Window::SchoolYear,
                test,
                within_year: false,
                required_hours: Vec::new(),
                fact: None,
            };
            Rule { least_enrolled: least, ..bare(id, Unit::Day, Some(counts), vec![when]) }
        },
    )
}

/// What every kind of rule has.
fn bare(id: &str, unit: Unit, counts: Option<Counts>, when: Vec<Criterion>) -> Rule {
    Rule {
        id: id.to_owned(),
        title: "Has missed some days".to_owned(),
        citation: "A clause".to_owned(),
        effective_from: None,
        effective_to: None,
        source: None,
        reviewed_on: None,
        unit,
        counts,
        when,
        least_enrolled: 0,
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
    }
}

fn counts() -> impl Strategy<Value = Counts> {
    prop_oneof![
        Just(Counts::Unexcused),
        Just(Counts::UnexcusedOrUnknown),
        Just(Counts::UnexcusedOrTardy),
        Just(Counts::Excused),
        Just(Counts::All)
    ]
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        6 => Just(Unit::Day),
        2 => Just(Unit::Event),
        1 => Just(Unit::HalfDay),
        2 => Just(Unit::Session),
        2 => Just(Unit::Minute),
        2 => Just(Unit::Period),
        1 => Just(Unit::Report)
    ]
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        3 => Just(Window::SchoolYear),
        2 => Just(Window::CalendarMonth),
        1 => Just(Window::SchoolMonth),
        2 => Just(Window::Consecutive),
        1 => Just(Window::OneClass),
        2 => (1_u32..40).prop_map(Window::Days),
        1 => (300_u32..420).prop_map(Window::Days),
        1 => (1_u32..12).prop_map(Window::Weeks),
        2 => (1_u32..14).prop_map(Window::Months),
        2 => (1_u32..14).prop_map(Window::SchoolWeeks),
        2 => (1_u32..90).prop_map(Window::InstructionalDays)
    ]
}

fn any_missed() -> impl Strategy<Value = Missed> {
    prop_oneof![
        Just(Missed::Any),
        Just(Missed::AtLeastHalf),
        Just(Missed::MoreThanHalf),
        Just(Missed::Whole),
        (1_u16..4).prop_map(Missed::Periods),
        prop_oneof![Just(30), Just(60), Just(120)].prop_map(Missed::OverMinutes)
    ]
}

/// A way to meet a rule of a unit; one that makes no sense is thrown away by [`any_rule`].
fn criterion(unit: Unit) -> impl Strategy<Value = Criterion> {
    let test = (prop::bool::weighted(0.3), any::<bool>(), 1_u32..7, 1_u32..60, weighted(0.15, 0_u32..4));
    (any_missed(), window(), test, prop::bool::weighted(0.3), 0_usize..4).prop_map(
        move |(missed, window, (rate, more, count, percent, most), within_year, fact)| {
            let one_class = unit == Unit::Period && rate;
            let (rate, count) = (rate && !one_class, if one_class { count.div_ceil(2) } else { count });
            let count = if unit == Unit::Report { count.div_ceil(4) } else { count };
            let op = if more { Op::Gt } else { Op::Gte };
            let count = if unit == Unit::Minute { count * 150 } else { count };
            let hours =
                |grade: Option<GradeRange>, half_day, hours| RequiredHours { grades: grade, half_day, hours };
            let fifth = GradeRange { from: None, to: Grade::number(5) };
            let required =
                vec![hours(Some(fifth), true, 20), hours(Some(fifth), false, 50), hours(None, false, 60)];
            Criterion {
                missed: matches!(unit, Unit::Day | Unit::Event).then_some(missed),
                window: match unit {
                    Unit::Report => Window::SchoolYear,
                    Unit::Period if one_class => Window::OneClass,
                    _ => window,
                },
                test: if rate {
                    Test::Rate { op, percent }
                } else {
                    Test::Count { op, count, at_most: most.map(|m| count + 1 + m) }
                },
                within_year: within_year && window.rolls() && unit != Unit::Report && !one_class,
                required_hours: if rate && unit == Unit::Minute { required } else { Vec::new() },
                fact: (unit == Unit::Report).then_some(FactKind::ALL[fact]),
            }
        },
    )
}

/// A rule of any kind.
pub(crate) fn any_rule(id: &'static str) -> impl Strategy<Value = Rule> {
    let when = |unit| (Just(unit), vec(criterion(unit), 1..3));
    let range = (weighted(0.5, 5_u8..7), weighted(0.5, 5_u8..7));
    let ages = (weighted(0.5, 5_u8..16), weighted(0.5, 5_u8..16));
    let fact = (0_usize..4, 1_u32..3);
    let more = (
        prop_oneof![3 => Just(0), 1 => 0_u32..20],
        prop_oneof![5 => Just(0), 1 => 1_u32..4],
        weighted(0.15, range),
        weighted(0.1, ages),
        weighted(0.1, fact),
        prop::bool::weighted(0.15),
        weighted(0.1, (0_u64..80, weighted(0.5, 1_u64..200))),
    );
    (unit().prop_flat_map(when), counts(), more).prop_filter_map(
        "a rule that makes no sense",
        move |((unit, when), counts, (enrolled, present, grades, ages, fact, less, dates))| {
            let of = |n: Option<u8>| n.and_then(Grade::number);
            let from = dates.map(|(day, _)| date(2024, 8, 15) + Days::new(day));
            let rule = Rule {
                effective_from: from,
                effective_to: from
                    .zip(dates.and_then(|d| d.1))
                    .map(|(from, length)| from + Days::new(length)),
                least_enrolled: enrolled,
                least_present: present,
                grades: grades.map(|(from, to)| GradeRange { from: of(from), to: of(to) }),
                ages: ages.map(|(from, to)| AgeRange { from, to }),
                facts: fact
                    .map(|(kind, at_least)| FactNeed { fact: FactKind::ALL[kind], at_least })
                    .into_iter()
                    .collect(),
                less: less.then_some(FactKind::ExcludedAbsence),
                ..bare(id, unit, (unit != Unit::Report).then_some(counts), when)
            };
            rule.check().is_ok().then_some(rule)
        },
    )
}

/// Rules of any kind, with another version of the first from some day on, or without.
pub(crate) fn any_pack() -> impl Strategy<Value = Pack> {
    let change = weighted(0.2, (0_u64..80, 1_u64..30));
    (any_rule("A"), any_rule("B"), any_rule("C"), any_rule("A"), change).prop_map(
        |(a, b, c, newer, change)| pack_of(vec![a, b, c], change.map(|change| (change, vec![newer]))),
    )
}

pub(crate) fn pack() -> impl Strategy<Value = Pack> {
    (rule("A"), rule("B"), rule("A"), weighted(0.3, (0_u64..80, 1_u64..30)))
        .prop_map(|(a, b, newer, change)| pack_of(vec![a, b], change.map(|change| (change, vec![newer]))))
}

/// A pack of some rules; where others follow, the first end so many days after 15 August and the others begin so many
/// days later.
pub(crate) fn pack_of(rules: Vec<Rule>, change: Option<((u64, u64), Vec<Rule>)>) -> Pack {
    let version = |name: &str, from, to, rules| Version {
        version: name.to_owned(),
        effective_from: from,
        effective_to: to,
        rules,
    };
    let versions = match change {
        None => vec![version("1", None, None, rules)],
        Some(((day, gap), newer)) => {
            let end = date(2024, 8, 15) + Days::new(day);
            vec![version("1", None, Some(end), rules), version("2", Some(end + Days::new(gap)), None, newer)]
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
}

pub(crate) fn as_of() -> impl Strategy<Value = Date> {
    prop_oneof![5 => 5_u64..90, 1 => 90_u64..800].prop_map(|days| date(2024, 8, 15) + Days::new(days))
}

/// The history as it was known at the end of a day.
pub(crate) fn cut(history: &History, after: Date) -> History {
    let mut cut = history.clone();
    for school in &mut cut.schools {
        school.last_row = school.last_row.map(|last| last.min(after));
        for calendar in &mut school.calendars {
            calendar.days.retain(|d| d.date <= after);
        }
    }
    for student in &mut cut.students {
        student.spans.retain(|s| s.entry <= after);
        student.facts.retain(|f| f.date <= after);
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
