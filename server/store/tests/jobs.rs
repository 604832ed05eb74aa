//! What the store promises of jobs and of runs that stopped, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::canonical::Carries;
use model::ids::SourceId;
use store::District;
use store::jobs::Taken;
use store::rhythms::Rhythm;
use store::sources::Source;
use store::testing::both;
use support::*;

async fn queue(district: &District, subject: i64, second: i64) -> bool {
    let mut tx = district.write().await.unwrap();
    let queued = tx.queue_job("sync", subject, at(second), None).await.unwrap();
    tx.commit().await.unwrap();
    queued
}

async fn take(district: &District, second: i64, lease: i64) -> Option<Taken> {
    district.take_job(at(second), at(second + 100), lease).await.unwrap()
}

#[tokio::test]
async fn a_thing_is_queued_once_and_taken_by_one() {
    for store in both().await {
        let district = district(&store, "town").await;
        assert_eq!(take(&district, 0, 1).await, None);
        assert!(queue(&district, 7, 10).await);
        assert!(queue(&district, 7, 11).await);
        assert!(queue(&district, 8, 12).await);
        assert_eq!(district.jobs().await.unwrap().len(), 2, "{}", store.engine);
        assert_eq!(take(&district, 5, 1).await, None, "not due yet");
        let (one, two) = (take(&district, 20, 1).await.unwrap(), take(&district, 20, 2).await.unwrap());
        assert_eq!((one.subject, one.tries, two.subject), (7, 1, 8), "{}", store.engine);
        assert_eq!(take(&district, 20, 3).await, None, "{}", store.engine);
        let mut tx = district.write().await.unwrap();
        for (subject, second, stands) in [(7, 30, true), (7, 120, false), (9, 30, false)] {
            assert_eq!(
                tx.job_stands("sync", subject, at(second)).await.unwrap(),
                stands,
                "{subject} {second}"
            );
        }
        drop(tx);
        // One under way stays as it is, whoever asks.
        assert!(!queue(&district, 7, 30).await);
        let mut tx = district.write().await.unwrap();
        assert!(tx.end_job(&one).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(district.jobs().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_lease_that_nobody_renews_runs_out_and_its_holder_can_do_nothing_more() {
    for store in both().await {
        let district = district(&store, "town").await;
        queue(&district, 7, 10).await;
        let killed = take(&district, 10, 1).await.unwrap();
        assert_eq!(take(&district, 109, 2).await, None, "{}", store.engine);
        district.renew_lease(&killed, at(200)).await.unwrap();
        assert_eq!(take(&district, 150, 2).await, None, "{}", store.engine);
        let next = take(&district, 200, 2).await.unwrap();
        assert_eq!(next.tries, 2);
        let mut tx = district.write().await.unwrap();
        assert!(!tx.end_job(&killed).await.unwrap());
        assert!(!tx.bury_job(&killed, at(201), "x").await.unwrap());
        assert!(!tx.give_back_job(&killed, at(201), "x", 0).await.unwrap());
        assert!(tx.give_back_job(&next, at(300), "fetch_busy", 2).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(take(&district, 299, 3).await, None);
        let third = take(&district, 300, 3).await.unwrap();
        assert_eq!(third.tries, 3, "{}", store.engine);
        let mut tx = district.write().await.unwrap();
        assert!(tx.bury_job(&third, at(301), "no_key").await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(take(&district, 9_000, 4).await, None, "{}: dead", store.engine);
        assert_eq!(district.jobs().await.unwrap()[0].why, "no_key");
        // Asked for anew, it begins anew.
        assert!(queue(&district, 7, 9_000).await);
        assert_eq!(take(&district, 9_000, 5).await.unwrap().tries, 1, "{}", store.engine);
    }
}

#[tokio::test]
async fn who_takes_a_job_takes_no_other_whatever_the_database_thinks_of_how_many_there_are() {
    for store in both().await {
        let district = district(&store, "town").await;
        queue(&district, 7, 10).await;
        // As PostgreSQL does by itself, when a district had one source for long.
        store.tamper("town", "ANALYZE job").await;
        for (subject, second) in [(8, 11), (9, 12)] {
            queue(&district, subject, second).await;
        }
        assert_eq!(take(&district, 20, 1).await.unwrap().subject, 7);
        let had: Vec<u32> = district.jobs().await.unwrap().iter().map(|job| job.tries).collect();
        assert_eq!(had, [1, 0, 0], "{}", store.engine);
        assert_eq!(take(&district, 20, 2).await.unwrap().subject, 8, "{}", store.engine);
    }
}

#[tokio::test]
async fn two_who_take_at_once_never_take_the_same() {
    for store in both().await {
        let district = district(&store, "town").await;
        for subject in 0..20 {
            queue(&district, subject, subject).await;
        }
        let takers = (0..4_i64).map(|taker| {
            let district = district.clone();
            tokio::spawn(async move {
                let mut had = Vec::new();
                while let Some(job) = take(&district, 50, taker).await {
                    had.push(job.subject);
                }
                had
            })
        });
        let mut had = Vec::new();
        for taker in takers.collect::<Vec<_>>() {
            had.extend(taker.await.unwrap());
        }
        had.sort_unstable();
        assert_eq!(had, (0..20).collect::<Vec<_>>(), "{}", store.engine);
    }
}

#[tokio::test]
async fn a_rhythm_is_kept_and_goes_with_its_source() {
    for store in both().await {
        let district = district(&store, "town").await;
        let sis = Source {
            id: SourceId(1),
            name: "sis".into(),
            kind: "folder".into(),
            carries: Carries::Whole,
            settings: "{}".into(),
            profile: None,
            unapplied: None,
            created_at: at(1),
            created_by: None,
            ended_at: None,
            ended_by: None,
        };
        let rhythm = Rhythm {
            source: sis.id,
            fields: Some("15 4 * * *".into()),
            since: at(2),
            next_at: Some(at(3)),
            paused_at: None,
        };
        let paused = Rhythm { next_at: None, paused_at: Some(at(4)), ..rhythm.clone() };
        let mut tx = district.write().await.unwrap();
        tx.add_source(&sis).await.unwrap();
        tx.keep_rhythm(&rhythm).await.unwrap();
        assert_eq!(tx.rhythms().await.unwrap(), [rhythm]);
        tx.keep_rhythm(&paused).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(district.rhythms().await.unwrap(), [paused], "{}", store.engine);
        let mut tx = district.write().await.unwrap();
        assert!(tx.end_source(sis.id, at(5), None).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(district.rhythms().await.unwrap(), [], "{}", store.engine);
    }
}
