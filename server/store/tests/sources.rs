//! What the store keeps of sources, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::canonical::Carries;
use model::ids::{SourceId, SourceRunId};
use store::sources::{SealedSecret, Source, SourceRun};
use store::testing::both;
use store::{District, WriteTx};
use support::*;

fn source(id: i64, name: &str) -> Source {
    Source {
        id: SourceId(id),
        name: name.into(),
        kind: "oneroster".into(),
        carries: Carries::Roster,
        settings: "{\"url\":\"https://sis.example\"}".into(),
        profile: None,
        unapplied: None,
        created_at: at(1),
        created_by: None,
        ended_at: None,
        ended_by: None,
    }
}

fn sealed(mark: u8) -> SealedSecret {
    SealedSecret {
        key_id: "0123456789abcdef".into(),
        wrap_nonce: vec![mark; 12],
        wrapped: vec![mark; 48],
        nonce: vec![mark; 12],
        sealed: vec![mark; 80],
    }
}

async fn write<T>(district: &District, work: impl AsyncFnOnce(&mut WriteTx) -> T) -> T {
    let mut tx = district.write().await.unwrap();
    let done = work(&mut tx).await;
    tx.commit().await.unwrap();
    done
}

#[tokio::test]
async fn a_source_that_ended_keeps_its_row_and_loses_its_credentials_and_its_name_is_free_again() {
    for store in both().await {
        let district = district(&store, "town").await;
        let (one, two) = (source(1, "sis"), source(2, "sis"));
        assert!(write(&district, async |tx| tx.add_source(&one).await.unwrap()).await);
        assert!(!write(&district, async |tx| tx.add_source(&two).await.unwrap()).await, "{}", store.engine);
        assert_eq!(district.source_secret(one.id).await.unwrap(), None);
        for mark in [1, 2] {
            write(&district, async |tx| tx.keep_source_secret(one.id, &sealed(mark), at(2)).await.unwrap())
                .await;
            assert_eq!(district.source_secret(one.id).await.unwrap(), Some(sealed(mark)));
        }
        assert_eq!(district.sources().await.unwrap(), std::slice::from_ref(&one));
        assert!(write(&district, async |tx| tx.end_source(one.id, at(3), None).await.unwrap()).await);
        assert!(!write(&district, async |tx| tx.end_source(one.id, at(4), None).await.unwrap()).await);
        assert_eq!(district.source_secret(one.id).await.unwrap(), None, "{}", store.engine);
        write(&district, async |tx| {
            assert!(!tx.source_lives(one.id).await.unwrap());
            assert!(tx.add_source(&two).await.unwrap());
            assert!(tx.source_lives(two.id).await.unwrap());
        })
        .await;
        let ended = Source { ended_at: Some(at(3)), ..one };
        assert_eq!(district.sources().await.unwrap(), [ended, two]);
    }
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_said_to_have_been_when_the_next_begins() {
    for store in both().await {
        let district = district(&store, "town").await;
        let sis = source(1, "sis");
        let begin = async |run, second| {
            let mut tx = district.write().await.unwrap();
            tx.begin_source_run(SourceRunId(run), sis.id, at(second)).await.unwrap();
            tx.commit().await.unwrap();
        };
        write(&district, async |tx| tx.add_source(&sis).await.unwrap()).await;
        begin(10, 10).await;
        begin(11, 20).await;
        let done = SourceRun {
            id: SourceRunId(11),
            source: sis.id,
            started_at: at(20),
            ended_at: Some(at(30)),
            outcome: "applied".into(),
            read: 5,
            added: 4,
            changed: 3,
            removed: 2,
            set_aside: 1,
        };
        write(&district, async |tx| tx.end_source_run(&done).await.unwrap()).await;
        begin(12, 40).await;
        let runs = district.source_runs(10).await.unwrap();
        assert_eq!(runs[1], done, "{}", store.engine);
        let told: Vec<_> = runs.iter().map(|r| (r.id.0, r.outcome.as_str(), r.ended_at)).collect();
        assert_eq!(
            told,
            [(12, "", None), (11, "applied", Some(at(30))), (10, "interrupted", Some(at(20)))],
            "{}",
            store.engine
        );
    }
}

#[tokio::test]
async fn a_restored_district_has_its_sources_and_runs_and_no_credentials() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let original = district(&store, "town").await;
        let sis = source(1, "sis");
        write(&original, async |tx| {
            tx.add_source(&sis).await.unwrap();
            tx.keep_source_secret(sis.id, &sealed(7), at(2)).await.unwrap();
            tx.begin_source_run(SourceRunId(10), sis.id, at(10)).await.unwrap();
        })
        .await;
        let file = folder.path().join(format!("{}.backup", store.engine));
        let seal = original.backup(&file, at(100)).await.unwrap();
        assert_eq!((seal.rows["source"], seal.rows["source_run"]), (1, 1));
        assert!(!seal.rows.contains_key("source_secret"));
        let restore = store.directory.begin_restore(&original, &file, "test", at(200)).await.unwrap();
        restore.commit().await.unwrap();
        let restored = store.directory.district(original.id()).await.unwrap();
        assert_eq!(restored.sources().await.unwrap(), std::slice::from_ref(&sis));
        assert_eq!(restored.source_runs(10).await.unwrap().len(), 1);
        assert_eq!(restored.source_secret(sis.id).await.unwrap(), None, "{}", store.engine);
    }
}
