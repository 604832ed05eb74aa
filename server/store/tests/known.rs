//! What was known when can be told exactly, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::attendance::{CodeMap, Meaning};
use model::canonical::{BellPeriod, Delivery, RollTaken};
use model::grade::Grade;
use model::history::Bell;
use model::time::SchoolYear;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::testing::{TestStore, both};
use store::{District, Error, KnownHistory};
use support::*;

/// Applies a delivery; the district's history afterwards.
async fn known_after(
    district: &District,
    run: i64,
    town: &Delivery,
    codes: Option<CodeMap>,
) -> Result<KnownHistory, Error> {
    sync_with_codes(district, run, town, codes).await?;
    district.history(&job("2022-06-01")).await
}

/// A moment within the time between a run and the next; runs of the tests end 10 seconds apart.
fn moment(run: i64) -> chrono::DateTime<chrono::Utc> {
    at(run * 10 + 6)
}

async fn tell(district: &District, run: i64) -> KnownHistory {
    let then = district.known_after(moment(run)).await.unwrap();
    district.history_known(&job("2022-06-01"), &then).await.unwrap()
}

async fn must_be_sound(district: &District) {
    for check in district.doctor().await.unwrap() {
        assert!(check.problems.is_empty(), "{check:?}");
    }
}

#[tokio::test]
async fn after_each_change_what_was_known_before_it_is_told_as_it_was() {
    for store in both().await {
        let district = district(&store, "town").await;
        let mut town = town();
        let mut then = vec![known_after(&district, 1, &town, Some(CodeMap::default())).await.unwrap()];
        for run in 2..=11 {
            let mut codes = CodeMap::default();
            match run {
                // A mark is corrected, one removed, one comes.
                2 => {
                    let marks = [&[("s3", "200", "2021-08-27", "Tardy")], &MARKS[1..]].concat();
                    town.attendance = attendance(district.shapes().await.unwrap(), &marks);
                }
                3 => days(&mut town)[2].instructional = false,
                4 => {
                    days(&mut town)[3].minutes = Some(300);
                    days(&mut town)[4].sessions = 2;
                }
                5 => {
                    days(&mut town).pop();
                }
                // s2 leaves; s3 is in another grade; s4 was never there.
                6 => {
                    let spans = &mut town.enrollments.as_mut().unwrap().rows;
                    spans[1].end = Some(day("2021-08-26"));
                    spans[2].grade = Grade::read("04");
                    spans.remove(3);
                    town.enrollments = table("enrollments.csv", spans.clone());
                }
                7 => {
                    let births = &mut town.demographics.as_mut().unwrap().rows;
                    births[0].birth_date = Some(day("2011-01-05"));
                    births.remove(1);
                    town.demographics = table("demographics.csv", births.clone());
                }
                8 => {
                    let bell = Bell { period: "1".into(), start: 480, end: 530 };
                    town.bells = table("bells.csv", vec![BellPeriod { school_id: "100".into(), bell }]);
                    let roll = RollTaken { school_id: "100".into(), date: day("2021-08-24"), taken: false };
                    town.roll = table("roll.csv", vec![roll]);
                }
                9 => {
                    town.bells.as_mut().unwrap().rows[0].bell.end = 540;
                    town.roll.as_mut().unwrap().rows[0].taken = true;
                    codes.set("Tardy", Meaning::Unexcused);
                }
                // s1 is known by another id; the next year's file leaves s3 and s5 out.
                10 => {
                    codes.set("Field trip", Meaning::Present);
                    town.people.as_mut().unwrap().rows[0].id = "one".into();
                    for span in &mut town.enrollments.as_mut().unwrap().rows {
                        if span.student_id == "s1" {
                            span.student_id = "one".into();
                        }
                    }
                    town.attendance = None;
                    town.contacts = None;
                }
                _ => {
                    let next = SchoolYear(2022);
                    town.calendar = table("calendar.csv", calendar("200", next, "2022-08-22"));
                    town.enrollments = table("enrollments.csv", vec![span("one", "200", "2022-08-22", None)]);
                }
            }
            let known = known_after(&district, run, &town, Some(codes)).await.unwrap();
            let before = then.last().unwrap();
            assert_ne!(known.differences(before), Vec::<&str>::new(), "run {run} changes something");
            then.push(known);
            for (i, before) in then.iter().enumerate() {
                let told = tell(&district, i as i64 + 1).await;
                let none: [&str; 0] = [];
                assert_eq!(told.differences(before), none, "{}: after {run}, of {}", store.engine, i + 1);
            }
            must_be_sound(&district).await;
        }
        one_student_is_told_as_in_the_whole(&store, &district, &then).await;
    }
}

/// What is told of one student alone is what the whole district's history has of them.
async fn one_student_is_told_as_in_the_whole(store: &TestStore, district: &District, then: &[KnownHistory]) {
    let scope = scope(district, "d1", "2022-06-01").await.unwrap();
    for (i, whole) in then.iter().enumerate() {
        let run = district.known_after(moment(i as i64 + 1)).await.unwrap();
        for (place, student) in whole.students.iter().enumerate() {
            // Who is in no enrollment any more can be seen by nobody.
            let Some(seen) = district.see(&scope, *student).await.unwrap() else { continue };
            let one = district.history_of_known(&[&seen], &run).await.unwrap();
            let (one, whole_one) = (&one.history.students[0], &whole.history.students[place]);
            assert_eq!(format!("{one:?}"), format!("{whole_one:?}"), "{}: run {}", store.engine, i + 1);
        }
    }
}

fn days(town: &mut Delivery) -> &mut Vec<model::canonical::CalendarDay> {
    &mut town.calendar.as_mut().unwrap().rows
}

#[tokio::test]
async fn before_the_first_sync_nothing_was_known_and_that_is_said() {
    for store in both().await {
        let district = district(&store, "town").await;
        let never = district.known_after(moment(9)).await.unwrap_err().to_string();
        assert!(never.contains("it has never been synced"), "{never}");
        sync(&district, 1, &town(), false).await.unwrap();
        let early = district.known_after(at(14)).await.unwrap_err().to_string();
        assert_eq!(
            early,
            "nothing was known of town at 2021-12-20 11:33:34 UTC; its first sync ended 2021-12-20 11:33:35 UTC. \
             Choose a later time"
        );
        // A run's rows are known from the moment it ended.
        assert_eq!(district.known_after(at(15)).await.unwrap().ended, at(15));
    }
}

#[tokio::test]
async fn a_first_load_and_a_sync_that_changes_nothing_keep_no_past() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let mut again = town();
        again.attendance = attendance(district.shapes().await.unwrap(), MARKS);
        sync(&district, 2, &again, false).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let seal = district.backup(&folder.path().join("b.sqlite"), at(100)).await.unwrap();
        let past: u64 = seal.rows.iter().filter(|(name, _)| name.ends_with("_past")).map(|(_, n)| n).sum();
        assert_eq!(past, 0, "{}", store.engine);
    }
}

#[tokio::test]
async fn a_person_is_told_nothing_of_the_whole_district() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let run = district.known_after(moment(1)).await.unwrap();
        let scope = scope(&district, "d1", "2021-09-03").await.unwrap();
        assert!(district.history_known(&scope, &run).await.unwrap().students.is_empty());
    }
}

/// One delivery out of many: which marks, which days, which enrollments, which births.
#[derive(Debug, Clone)]
struct Choice {
    marks: Vec<(usize, usize, usize)>,
    minutes: Vec<(usize, Option<u16>)>,
    closed: Vec<usize>,
    enrolled: Vec<(usize, Option<u64>)>,
    births: Vec<usize>,
    tardy: Meaning,
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let marks = prop::collection::vec((0..5_usize, 0..10_usize, 0..4_usize), 1..14);
    let minutes = prop::collection::vec((0..20_usize, prop::option::of(200..400_u16)), 0..4);
    let closed = prop::collection::vec(0..20_usize, 0..4);
    let enrolled = prop::collection::vec((0..5_usize, prop::option::of(1..12_u64)), 1..6);
    let births = prop::collection::vec(0..5_usize, 1..4);
    let tardy = prop::sample::select(vec![Meaning::Tardy, Meaning::Unexcused]);
    let one = (marks, minutes, closed, enrolled, births, tardy).prop_map(
        |(marks, minutes, closed, enrolled, births, tardy)| Choice {
            marks,
            minutes,
            closed,
            enrolled,
            births,
            tardy,
        },
    );
    prop::collection::vec(one, 3..6)
}

const STUDENTS: [(&str, &str); 5] =
    [("s1", "100"), ("s2", "100"), ("s3", "200"), ("s4", "200"), ("s5", "200")];

async fn delivery(district: &District, choice: &Choice) -> Delivery {
    let categories = ["Excused Absence", "Unexcused Absence", "Tardy", "???"];
    let mut town = town();
    let dates: Vec<String> = calendar("100", YEAR, "2021-08-23").iter().map(|d| d.date.to_string()).collect();
    let marks: Vec<(&str, &str, &str, &str)> = choice
        .marks
        .iter()
        .map(|(student, date, category)| {
            let (id, school) = STUDENTS[*student];
            (id, school, dates[*date].as_str(), categories[*category])
        })
        .collect();
    town.attendance = attendance(district.shapes().await.unwrap(), &marks);
    for (at, minutes) in &choice.minutes {
        days(&mut town)[*at].minutes = *minutes;
    }
    for at in &choice.closed {
        days(&mut town)[*at].instructional = false;
    }
    let spans = &mut town.enrollments.as_mut().unwrap().rows;
    spans.retain(|s| choice.enrolled.iter().any(|(at, _)| STUDENTS[*at].0 == s.student_id));
    for (at, end) in &choice.enrolled {
        for span in spans.iter_mut().filter(|s| s.student_id == STUDENTS[*at].0) {
            span.end = end.map(|days| span.entry + chrono::Days::new(days));
        }
    }
    town.enrollments = table("enrollments.csv", spans.clone());
    let births = &mut town.demographics.as_mut().unwrap().rows;
    births.retain(|b| choice.births.iter().any(|at| format!("k-{}", STUDENTS[*at].0) == b.person_key));
    if births.is_empty() {
        town.demographics = None;
    } else {
        town.demographics = table("demographics.csv", births.clone());
    }
    town
}

#[test]
fn whatever_is_delivered_what_was_known_after_each_run_is_told_as_it_was() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stores = runtime.block_on(both());
    let names = std::sync::atomic::AtomicU32::new(0);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let held = runner.run(&choices(), |choices| {
        runtime.block_on(async {
            let name = names.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            for store in &stores {
                let district = district(store, &format!("town-{name}")).await;
                let mut then = Vec::new();
                for (i, choice) in choices.iter().enumerate() {
                    let town = delivery(&district, choice).await;
                    let mut codes = CodeMap::default();
                    codes.set("Tardy", choice.tardy);
                    then.push(known_after(&district, i as i64 + 1, &town, Some(codes)).await.unwrap());
                }
                for (i, before) in then.iter().enumerate() {
                    let told = tell(&district, i as i64 + 1).await;
                    prop_assert_eq!(
                        told.differences(before),
                        Vec::<&str>::new(),
                        "{} run {}",
                        store.engine,
                        i + 1
                    );
                }
                must_be_sound(&district).await;
                district.close().await;
            }
            Ok(())
        })
    });
    if let Err(problem) = held {
        panic!("{problem}");
    }
}
