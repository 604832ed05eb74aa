//! What files say of each school day, and what the store holds of it, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::canonical::Delivery;
use model::ids::{RunId, SchoolId};
use model::report::{Reason, SchoolDay, SetAside};
use model::time::Date;
use store::District;
use store::testing::both;
use support::*;

/// Each school day of a school so far: the rows told and the marks held, `? 1` where nobody told all.
async fn days(district: &District, school: SchoolId) -> Vec<String> {
    let balances = district.balances(&job("2021-09-03"), day("2021-09-03")).await.unwrap().unwrap();
    let of = balances.iter().find(|of| of.school == school).unwrap();
    let told = |told: Option<u32>| told.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
    of.days.iter().map(|day| format!("{} {} {}", day.date.format("%d"), told(day.told), day.held)).collect()
}

async fn school(district: &District, id: &str) -> SchoolId {
    district.school_ids(&job("2021-09-03")).await.unwrap()[id]
}

/// The town with these marks, as the whole truth or as that of the days from one on.
async fn with(district: &District, marks: &[(&str, &str, &str, &str)], since: Option<&str>) -> Delivery {
    let mut attendance = attendance(district.shapes().await.unwrap(), marks).unwrap();
    attendance.since = since.map(day);
    if let Some(since) = attendance.since {
        let named = |school: &str| marks.iter().any(|m| m.1 == school && day(m.2) >= since);
        attendance.covers.retain(|(school, _)| named(school));
    }
    Delivery { attendance: Some(attendance), ..town() }
}

#[tokio::test]
async fn each_school_day_so_far_stands_with_the_rows_told_and_the_marks_held() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let (hill, lake) = (school(&district, "100").await, school(&district, "200").await);
        assert_eq!(days(&district, hill).await, ["23 1 1", "24 3 3"], "{}", store.engine);
        // A row whose category nobody has mapped was told, and does not count.
        let of_lake = ["23 0 0", "24 0 0", "25 1 0", "26 1 1"];
        assert_eq!(days(&district, lake).await, of_lake, "{}", store.engine);

        // The same file again changes nothing of it.
        let again = with(&district, MARKS, None).await;
        let mut tx = district.begin_sync(RunId(9), at(90), "test").await.unwrap();
        let plan = tx.plan(&again, &Default::default(), &mut ids()).await.unwrap();
        assert!(plan.changes_nothing(), "{}", store.engine);
    }
}

#[tokio::test]
async fn a_day_between_or_corrected_by_files_of_what_is_recent_is_compared_with_nothing_until_a_whole_file_comes()
 {
    for store in both().await {
        let engine = store.engine;
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let hill = school(&district, "100").await;
        // From the 27th on, with one correction of the 23rd: of the 25th and 26th nobody said anything.
        let recent = [("s1", "100", "2021-08-23", "Tardy"), ("s2", "100", "2021-08-27", "Tardy")];
        let file = with(&district, &recent, Some("2021-08-27")).await;
        sync(&district, 2, &file, false).await.unwrap();
        assert_eq!(
            days(&district, hill).await,
            ["23 ? 1", "24 3 3", "25 ? 0", "26 ? 0", "27 1 1"],
            "{engine}"
        );

        let mut whole = MARKS.to_vec();
        whole.push(("s2", "100", "2021-08-27", "Tardy"));
        let file = with(&district, &whole, None).await;
        sync(&district, 3, &file, false).await.unwrap();
        assert_eq!(
            days(&district, hill).await,
            ["23 1 1", "24 3 3", "25 0 0", "26 0 0", "27 1 1"],
            "{engine}"
        );
    }
}

#[tokio::test]
async fn a_day_opens_to_its_rows_set_aside_and_to_the_marks_that_are_held() {
    for store in both().await {
        let engine = store.engine;
        let district = district(&store, "town").await;
        let mut town = town();
        let aside = |line: u64, school: &str, date: &str| SetAside {
            file: "attendance.csv".into(),
            line,
            column: Some("category".into()),
            value: "???".into(),
            reason: Reason::UnmappedCategory,
            at: Some(SchoolDay { school_id: school.into(), date: day(date) }),
        };
        let rows =
            [aside(6, "200", "2021-08-25"), aside(7, "200", "2021-08-26"), aside(8, "100", "2021-08-25")];
        town.set_aside = rows.to_vec();
        sync(&district, 1, &town, false).await.unwrap();
        let scope = job("2021-09-03");
        let (hill, lake) = (school(&district, "100").await, school(&district, "200").await);
        let of = async |school, date: &str| {
            district.set_aside_of(&scope, school, day(date)).await.unwrap().unwrap()
        };
        assert_eq!(of(lake, "2021-08-25").await, [rows[0].clone()], "{engine}");
        assert_eq!(of(hill, "2021-08-25").await, [rows[2].clone()], "{engine}");
        assert_eq!(of(hill, "2021-08-24").await, [], "{engine}");
        assert_eq!(district.set_aside(&scope).await.unwrap().unwrap(), rows, "{engine}");

        let held = async |school, date: Date| {
            let marks = district.held_on(&scope, school, YEAR, date).await.unwrap().unwrap();
            marks.into_iter().map(|m| (m.local_id, m.category)).collect::<Vec<_>>()
        };
        let mark = |id: &str, category: &str| (id.to_owned(), category.to_owned());
        let all = [mark("s1", "Unexcused Absence"), mark("s2", "Tardy"), mark("s2", "Unexcused Absence")];
        let mut found = held(hill, day("2021-08-24")).await;
        found.sort();
        assert_eq!(found, all, "{engine}");
        // A mark that cannot be used does not count.
        assert_eq!(held(lake, day("2021-08-25")).await, [], "{engine}");
    }
}
