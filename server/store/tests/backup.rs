//! Backup and restore, from and to either engine.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use chrono::TimeDelta;
use model::attendance::Shapes;
use std::path::Path;
use std::task::Poll;
use store::session::SessionLimits;
use store::testing::{both, tamper_with_file};
use store::{District, Error};
use support::*;

/// All that is read of a district, to compare one with another.
async fn picture(district: &District) -> String {
    let known = district.history(&job("2021-09-03")).await.unwrap();
    let counts = district.runs(&job("2021-09-03"), 10).await.unwrap();
    let aside = district.set_aside(&job("2021-09-03")).await.unwrap();
    let entitled = district.entitled(&job("2021-09-03")).await.unwrap();
    format!(
        "{:?}\n{:?}\n{:?}\n{counts:?}\n{aside:?}\n{entitled:?}\n{:?}",
        known.students, known.history.schools, known.history.students, known.student_local_ids
    )
}

const LIMITS: SessionLimits = SessionLimits { idle: TimeDelta::hours(1), absolute: TimeDelta::hours(12) };

#[tokio::test]
async fn a_backup_of_either_engine_restores_into_both() {
    let folder = tempfile::tempdir().unwrap();
    for source in both().await {
        let original = district(&source, "town").await;
        sync(&original, 1, &town(), false).await.unwrap();
        let file = folder.path().join(format!("{}.backup", source.engine));
        let seal = original.backup(&file, at(100)).await.unwrap();
        assert_eq!(seal.rows["person"], 14);
        assert_eq!(files(folder.path()).iter().filter(|f| f.starts_with(source.engine)).count(), 1);
        for target in both().await {
            let other = district(&target, "elsewhere").await;
            sync(&other, 7, &town(), false).await.unwrap();
            let person = find(&other, "pr1").await;
            let mut write = other.write().await.unwrap();
            write.create_session(&[1; 32], person, at(20)).await.unwrap();
            write.commit().await.unwrap();
            let restore = target.directory.begin_restore(&other, &file, "test", at(200)).await.unwrap();
            assert_eq!(restore.commit().await.unwrap(), seal);
            let restored = target.directory.district(other.id()).await.unwrap();
            assert_eq!(restored.settings().name, "District town");
            assert_eq!(picture(&restored).await, picture(&original).await);
            assert_eq!(restored.find_session(&[1; 32], at(21), LIMITS).await.unwrap(), None);
            for check in restored.doctor().await.unwrap() {
                assert!(check.problems.is_empty(), "{check:?}");
            }
            // The restored district goes on: the same files change nothing.
            let mut again = town();
            again.attendance = attendance(restored.shapes().await.unwrap(), MARKS);
            let counts = sync(&restored, 9, &again, false).await.unwrap();
            assert!(counts.iter().all(|c| c.added + c.changed + c.removed == 0), "{counts:?}");
        }
    }
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let town_district = district(&store, "town").await;
        sync(&town_district, 1, &town(), false).await.unwrap();
        let before = picture(&town_district).await;
        let file = folder.path().join("good");
        town_district.backup(&file, at(100)).await.unwrap();
        let good = std::fs::read(&file).unwrap();
        let mut cut = good.clone();
        cut.truncate(good.len() / 2);
        for (name, bytes) in [("cut", cut), ("empty", Vec::new()), ("text", b"not a backup".to_vec())] {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes).unwrap();
            let refused = store.directory.begin_restore(&town_district, &file, "test", at(200)).await;
            let refused = refused.err().unwrap();
            assert!(matches!(refused, Error::BadBackup { .. }), "{name}: {refused}");
            assert_eq!(picture(&town_district).await, before);
        }
        // The lock of a refused restore is given back.
        sync(&town_district, 2, &town(), false).await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_with_a_row_less_or_a_row_or_byte_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let town_district = district(&store, "town").await;
        sync(&town_district, 1, &town(), false).await.unwrap();
        let before = picture(&town_district).await;
        for (tamper, told) in [
            (
                "UPDATE strip SET strip = CAST(substr(strip, 1, length(strip) - 1) || x'7f' AS BLOB)
                 WHERE student_id = (SELECT MIN(student_id) FROM strip)",
                "the strips are not those that were written",
            ),
            (
                "DELETE FROM contact WHERE key = (SELECT MIN(key) FROM contact)",
                "table contact has 2 rows, 3 were written",
            ),
            (
                // As many rows, but a court's order is gone from one.
                "UPDATE contact SET legal_restriction = FALSE WHERE legal_restriction",
                "the rows of table contact are not those that were written",
            ),
        ] {
            let file = folder.path().join("tampered");
            town_district.backup(&file, at(100)).await.unwrap();
            tamper_with_file(&file, tamper).await;
            let refused = store.directory.begin_restore(&town_district, &file, "test", at(200)).await;
            let refused = refused.err().unwrap();
            assert!(matches!(refused, Error::BadBackup { .. }), "{refused}");
            assert!(refused.to_string().contains(told), "{}: {refused}", store.engine);
            assert_eq!(picture(&town_district).await, before);
        }
    }
}

#[tokio::test]
async fn a_sync_committed_while_a_backup_is_made_is_wholly_in_it_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let mut corrected = town();
        let fewer: Vec<_> = MARKS.iter().copied().take(3).collect();
        corrected.people.as_mut().unwrap().rows[2].given_name = "Changed".into();
        corrected.attendance = attendance(Shapes::default(), &fewer);
        let (mut without, mut held) = (0, 0);
        for round in 0..10 {
            let id = format!("town-{round}");
            let source = district(&store, &id).await;
            sync(&source, 1, &town(), false).await.unwrap();
            let old = picture(&source).await;
            let file = folder.path().join(&id);
            let mut backup = Box::pin(source.backup(&file, at(100)));
            // Goes on as far as it comes, a little further each round, before the sync.
            let mut made = None;
            for _ in 0..round * round * 4 {
                let polled = std::future::poll_fn(|cx| Poll::Ready(backup.as_mut().poll(cx))).await;
                if let Poll::Ready(done) = polled {
                    made = Some(done);
                    break;
                }
                tokio::task::yield_now().await;
            }
            let underway = made.is_none();
            sync(&source, 2, &corrected, true).await.unwrap();
            let new = picture(&source).await;
            match made {
                Some(made) => made.unwrap(),
                None => backup.await.unwrap(),
            };
            let target = district(&store, &format!("{id}-back")).await;
            let restore = store.directory.begin_restore(&target, &file, "test", at(200)).await.unwrap();
            let runs = restore.seal().rows["sync_run"];
            restore.commit().await.unwrap();
            let back = store.directory.district(target.id()).await.unwrap();
            let whole = if runs == 1 { &old } else { &new };
            assert!(picture(&back).await == *whole, "{}: round {round}", store.engine);
            without += u32::from(runs == 1 && underway);
            held += u32::from(runs == 2);
        }
        assert!(without + held > 0, "{}: no backup was under way", store.engine);
    }
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_after_a_sync() {
    for store in both().await {
        let district = district(&store, "town").await;
        sync(&district, 1, &town(), false).await.unwrap();
        for check in district.doctor().await.unwrap() {
            assert!(check.problems.is_empty(), "{}: {check:?}", store.engine);
        }
    }
}
