//! The audit chain, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

use audit::{Error, Event, append, verify};
use chrono::DateTime;
use model::ids::{PersonId, StudentId};
use store::audit::AuditRow;
use store::testing::both;
use store::{District, Settings};

fn at(nanos: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_nanos(1_700_000_000_123_456_789 + nanos)
}

async fn district(store: &store::testing::TestStore) -> District {
    let settings = Settings {
        id: "town".parse().unwrap(),
        name: "Town".into(),
        time_zone: "UTC".into(),
        packs: Vec::new(),
        demo: false,
    };
    store.directory.add(&settings, at(0)).await.unwrap()
}

#[tokio::test]
async fn a_chain_of_events_verifies_and_an_event_not_committed_never_was() {
    for store in both().await {
        let district = district(&store).await;
        assert_eq!(verify(&district).await.unwrap().rows, 0);
        let mut tx = district.write().await.unwrap();
        append(&mut tx, None, at(1), &Event::DistrictAdded).await.unwrap();
        append(&mut tx, Some(PersonId(5)), at(2), &Event::SignedIn).await.unwrap();
        tx.commit().await.unwrap();
        let first = verify(&district).await.unwrap();
        let mut tx = district.write().await.unwrap();
        append(&mut tx, Some(PersonId(5)), at(3), &Event::SetAsideViewed).await.unwrap();
        drop(tx);
        assert_eq!(verify(&district).await.unwrap(), first);
        let mut tx = district.write().await.unwrap();
        let event = Event::StudentOpened { student: StudentId(9) };
        append(&mut tx, Some(PersonId(5)), at(4), &event).await.unwrap();
        tx.commit().await.unwrap();
        let second = verify(&district).await.unwrap();
        assert_eq!(second.rows, 3);
        assert_ne!(second.head, first.head);
    }
}

#[tokio::test]
async fn a_row_that_does_not_follow_is_named() {
    for store in both().await {
        let district = district(&store).await;
        let mut tx = district.write().await.unwrap();
        append(&mut tx, None, at(1), &Event::DistrictAdded).await.unwrap();
        let last = tx.last_audit_row().await.unwrap().unwrap();
        // Somebody with the store in hand adds a row of their own.
        let forged = AuditRow { number: 2, previous: last.hash.clone(), ..last };
        tx.append_audit_row(&forged).await.unwrap();
        tx.commit().await.unwrap();
        match verify(&district).await.unwrap_err() {
            Error::Broken { number, what, intact } => {
                assert_eq!((number, what, intact), (2, "its content is not what was written", 1));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn an_event_is_the_same_text_each_time_and_names_nobody() {
    let event = Event::StudentOpened { student: StudentId(9) };
    assert_eq!(
        serde_json::to_value(&event).unwrap(),
        serde_json::json!({ "kind": "student_opened", "student": "0000000000009" })
    );
}
