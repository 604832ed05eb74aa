//! What a file of recent attendance may take away, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::canonical::Delivery;
use model::report::Refusal;
use model::time::Date;
use store::testing::both;
use store::{District, Error};
use support::*;

/// The town with a file that is the full truth from a day on, at the schools that it names there.
async fn recent(district: &District, since: Date, marks: &[(&str, &str, &str, &str)]) -> Delivery {
    let mut attendance = attendance(district.shapes().await.unwrap(), marks).unwrap();
    let named: Vec<&str> = marks.iter().filter(|m| day(m.2) >= since).map(|m| m.1).collect();
    attendance.covers.retain(|(school, _)| named.contains(&school.as_str()));
    attendance.since = Some(since);
    Delivery { attendance: Some(attendance), ..town() }
}

/// A student's marks after a run.
async fn marks(district: &District, run: i64, id: &str) -> Vec<String> {
    let student = student(district, id).await;
    let then = district.known_after(at(run * 10 + 5)).await.unwrap();
    let known = district.history_known(&job("2021-09-03"), &then).await.unwrap();
    let place = known.students.iter().position(|s| *s == student).unwrap();
    let mut told = Vec::new();
    for year in &known.history.students[place].years {
        for mark in year.strip.marks() {
            let shape = known.history.shapes.get(mark.shape).unwrap();
            told.push(format!("{} {}", mark.date(year.year), shape.category));
        }
    }
    told
}

#[tokio::test]
async fn nothing_goes_outside_the_window_nor_at_a_school_that_it_does_not_name_there() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let file = recent(&district, day("2021-08-25"), &[("s1", "100", "2021-08-26", "Tardy")]).await;
        let counts = sync(&district, 2, &file, false).await.unwrap();
        let attendance = count(&counts, "attendance");
        assert!(attendance.reconciles(), "{attendance:?}");
        assert_eq!((attendance.read, attendance.added, attendance.removed), (1, 1, 0), "{}", store.engine);
        let s1 = ["2021-08-23 Excused Absence", "2021-08-24 Unexcused Absence", "2021-08-26 Tardy"];
        assert_eq!(marks(&district, 2, "s1").await, s1);
        assert_eq!(marks(&district, 2, "s2").await.len(), 2);
        assert_eq!(marks(&district, 2, "s4").await, ["2021-08-25 ???", "2021-08-26 Unexcused Absence"]);

        // The other school is named on a day of the window: what it had there and has no more, goes.
        let rows = [("s1", "100", "2021-08-26", "Tardy"), ("s3", "200", "2021-08-25", "Tardy")];
        let file = recent(&district, day("2021-08-25"), &rows).await;
        let counts = sync(&district, 3, &file, false).await.unwrap();
        let attendance = count(&counts, "attendance");
        assert!(attendance.reconciles(), "{attendance:?}");
        assert_eq!((attendance.unchanged, attendance.added, attendance.removed), (1, 1, 1));
        assert_eq!(marks(&district, 3, "s4").await, [""; 0]);
        assert_eq!(marks(&district, 3, "s1").await, s1);

        // The same file again.
        let again = recent(&district, day("2021-08-25"), &rows).await;
        let counts = sync(&district, 4, &again, false).await.unwrap();
        let attendance = count(&counts, "attendance");
        assert_eq!(
            (attendance.unchanged, attendance.added + attendance.changed + attendance.removed),
            (2, 0)
        );
        assert_eq!(district.compare_strips().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_row_outside_the_window_corrects_the_mark_of_its_day_and_no_other() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let rows = [
            ("s1", "100", "2021-08-24", "Excused Absence"),
            ("s2", "100", "2021-08-23", "Tardy"),
            ("s4", "200", "2021-08-25", "Tardy"),
        ];
        let file = recent(&district, Date::MAX, &rows).await;
        let counts = sync(&district, 2, &file, false).await.unwrap();
        let attendance = count(&counts, "attendance");
        assert!(attendance.reconciles(), "{attendance:?}");
        let became = (attendance.changed, attendance.added, attendance.removed);
        assert_eq!(became, (2, 1, 0), "{}", store.engine);
        let s1 = ["2021-08-23 Excused Absence", "2021-08-24 Excused Absence"];
        assert_eq!(marks(&district, 2, "s1").await, s1);
        assert_eq!(marks(&district, 2, "s2").await.len(), 3);
        assert_eq!(marks(&district, 2, "s4").await, ["2021-08-25 Tardy", "2021-08-26 Unexcused Absence"]);
        assert_eq!(district.compare_strips().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_file_without_rows_is_refused_only_where_its_window_has_marks() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let file = recent(&district, day("2021-08-24"), &[]).await;
        let refused = sync(&district, 2, &file, true).await.unwrap_err();
        assert!(matches!(&refused, Error::Refused(Refusal::WouldRemoveAll { stored: 4, .. })), "{refused}");
        for (run, since) in [(3, day("2021-08-27")), (4, Date::MAX)] {
            let file = recent(&district, since, &[]).await;
            let counts = sync(&district, run, &file, false).await.unwrap();
            assert_eq!(count(&counts, "attendance").removed, 0, "{}", store.engine);
        }
        assert_eq!(marks(&district, 4, "s4").await.len(), 2);
    }
}
