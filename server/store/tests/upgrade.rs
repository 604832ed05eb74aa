//! A store, or a backup, that an older program wrote: it is brought to this version with all of its rows.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use store::testing::{both, newest_version, take_back, take_file_back, tamper_with_file};
use store::{Directory, District};
use support::*;

/// All that is read of a district that the first version kept.
async fn picture(district: &District) -> String {
    let known = district.history(&job("2021-09-03")).await.unwrap();
    let runs = district.runs(&job("2021-09-03"), 10).await.unwrap();
    let aside = district.set_aside(&job("2021-09-03")).await.unwrap();
    let entitled = district.entitled(&job("2021-09-03")).await.unwrap();
    format!(
        "{:?}\n{:?}\n{:?}\n{runs:?}\n{aside:?}\n{entitled:?}\n{:?}",
        known.students, known.history.schools, known.history.students, known.student_local_ids
    )
}

/// It is whole, and goes on: the same files change nothing.
async fn is_whole(district: &District, engine: &str, version: i64) {
    for check in district.doctor().await.unwrap() {
        assert!(check.problems.is_empty(), "{engine}, version {version}: {check:?}");
    }
    let mut again = town();
    again.attendance = attendance(district.shapes().await.unwrap(), MARKS);
    let counts = sync(district, 9, &again, false).await.unwrap();
    assert!(
        counts.iter().all(|c| c.added + c.changed + c.removed == 0),
        "{engine}, version {version}: {counts:?}"
    );
}

#[tokio::test]
async fn a_store_of_every_older_version_opens_with_all_of_its_rows() {
    for version in 1..=newest_version() {
        for store in both().await {
            let town_district = district(&store, "town").await;
            sync(&town_district, 1, &town(), false).await.unwrap();
            let before = picture(&town_district).await;
            store.directory.close().await;
            take_back(&store.location, "town", version).await;
            let directory = Directory::open(store.location.clone()).await.unwrap();
            let now = directory.district(town_district.id()).await.unwrap();
            assert_eq!(picture(&now).await, before, "{}, version {version}", store.engine);
            is_whole(&now, store.engine, version).await;
            directory.close().await;
        }
    }
}

#[tokio::test]
async fn a_backup_of_every_older_version_restores_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let original = district(&store, "town").await;
        sync(&original, 1, &town(), false).await.unwrap();
        let before = picture(&original).await;
        for version in 1..=newest_version() {
            let file = folder.path().join(format!("{}-{version}", store.engine));
            original.backup(&file, at(100)).await.unwrap();
            take_file_back(&file, version).await;
            // Its seal says of the tables there were; checksums of tables are younger.
            let older = "UPDATE backup SET seal = json_set(json_remove(seal, '$.sums'), '$.rows', (
                SELECT json_group_object(row.key, row.value) FROM json_each(seal, '$.rows') row
                JOIN sqlite_master ON sqlite_master.name = row.key))";
            tamper_with_file(&file, older).await;
            let bytes = std::fs::read(&file).unwrap();
            let target = district(&store, &format!("back-{version}")).await;
            let restore = store.directory.begin_restore(&target, &file, "test", at(200)).await.unwrap();
            restore.commit().await.unwrap();
            let back = store.directory.district(target.id()).await.unwrap();
            assert_eq!(picture(&back).await, before, "{}, version {version}", store.engine);
            is_whole(&back, store.engine, version).await;
            assert!(std::fs::read(&file).unwrap() == bytes, "{}, version {version}", store.engine);
        }
    }
}
