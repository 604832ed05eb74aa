//! Which store a district is read from, and who may read its files.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use store::Directory;
use store::testing::both;
use support::*;

#[tokio::test]
async fn a_district_put_in_the_place_of_an_open_one_by_another_process_is_the_one_that_is_read() {
    for store in both().await {
        let open = district(&store, "town").await;
        sync(&open, 1, &town(), false).await.unwrap();
        let elsewhere = Directory::open(store.location.clone()).await.unwrap();
        elsewhere.remove(open.id()).await.unwrap();
        assert!(store.directory.district(open.id()).await.is_err(), "{}", store.engine);
        // In the same instant, under the same name.
        elsewhere.add(&settings("town"), at(0)).await.unwrap();
        let read = store.directory.district(open.id()).await.unwrap();
        assert!(read.runs(&job("2021-09-03"), 10).await.unwrap().is_empty(), "{}", store.engine);
        // Added while nobody asked in between, it is noticed too.
        sync(&read, 1, &town(), false).await.unwrap();
        elsewhere.remove(open.id()).await.unwrap();
        elsewhere.add(&settings("town"), at(0)).await.unwrap();
        let read = store.directory.district(open.id()).await.unwrap();
        assert!(read.runs(&job("2021-09-03"), 10).await.unwrap().is_empty(), "{}", store.engine);
        elsewhere.close().await;
    }
}

#[tokio::test]
async fn after_a_restore_by_another_process_the_settings_are_the_backups() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    for store in both().await {
        let source = district(&store, "source").await;
        source.backup(&file, at(100)).await.unwrap();
        let open = district(&store, "town").await;
        assert_eq!(open.settings().name, "District town");
        let elsewhere = Directory::open(store.location.clone()).await.unwrap();
        let there = elsewhere.district(open.id()).await.unwrap();
        let restore = elsewhere.begin_restore(&there, &file, "test", at(200)).await.unwrap();
        restore.commit().await.unwrap();
        let read = store.directory.district(open.id()).await.unwrap();
        assert_eq!(read.settings().name, "District source", "{}", store.engine);
        elsewhere.close().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_with_records_of_children_are_for_their_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let directory = Directory::open(store::Location::Folder(data.clone())).await.unwrap();
    let district = directory.add(&settings("town"), at(0)).await.unwrap();
    sync(&district, 1, &town(), false).await.unwrap();
    let backup = folder.path().join("backup");
    district.backup(&backup, at(100)).await.unwrap();
    let (mut places, mut files) = (vec![data], vec![backup]);
    while let Some(place) = places.pop() {
        assert_eq!(place.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", place.display());
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { places.push(path) } else { files.push(path) }
        }
    }
    assert!(files.iter().any(|file| file.ends_with("town.sqlite-wal")), "while the store is open: {files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}
