//! A sync killed in the middle, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::ids::RunId;
use std::process::{Command, Stdio};
use store::testing::both;
use store::{Directory, Limits, Location};
use support::*;

/// Where the child that dies finds the store.
const PLACE: &str = "EVERPRESENT_TEST_KILLED_SYNC";

/// Not a promise of its own: the other test runs this one in a process of its own, where it dies with everything
/// written and nothing committed. Without that test's word it does nothing.
#[tokio::test]
async fn the_child_dies_before_its_commit() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let location = if place.starts_with("postgres") {
        Location::Postgres(place)
    } else {
        Location::Folder(place.into())
    };
    let directory = Directory::open(location).await.unwrap();
    let district = directory.district(&"town".parse().unwrap()).await.unwrap();
    let mut mint = ids();
    let mut tx = district.begin_sync(RunId(2), at(20), "the child").await.unwrap();
    let mut changed = town();
    changed.people.as_mut().unwrap().rows[3].family_name = "Changed".into();
    changed.attendance = attendance(district.shapes().await.unwrap(), &MARKS[1..]);
    let plan = tx.plan(&changed, &Limits::lifted(true), &mut mint).await.unwrap();
    tx.apply(plan).await.unwrap();
    // No destructor runs, as with kill -9.
    std::process::abort();
}

#[tokio::test]
async fn a_sync_killed_in_the_middle_leaves_the_state_before_it_and_blocks_nobody() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        let before = format!("{:?}", district.history(&job("2021-09-03")).await.unwrap().history.students);
        let place = match &store.location {
            Location::Folder(folder) => folder.display().to_string(),
            Location::Postgres(url) => url.clone(),
        };
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child_dies_before_its_commit"])
            .env(PLACE, place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.code().is_none(), "{}: the child was to die of a signal: {status}", store.engine);
        let after = format!("{:?}", district.history(&job("2021-09-03")).await.unwrap().history.students);
        assert_eq!(after, before, "{}", store.engine);
        let mut again = town();
        again.attendance = attendance(district.shapes().await.unwrap(), MARKS);
        let counts = sync(&district, 3, &again, false).await.unwrap();
        assert!(counts.iter().all(|c| c.added + c.changed + c.removed == 0), "{}: {counts:?}", store.engine);
        for check in district.doctor().await.unwrap() {
            assert!(check.problems.is_empty(), "{check:?}");
        }
    }
}
