//! What the store promises of alerts, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use access::{Grant, GrantScope, Scope};
use model::alert::AlertKind;
use model::canonical::Carries;
use model::ids::{AlertId, PersonId, SourceId, SourceRunId};
use model::role::Role;
use store::District;
use store::alerts::{Alert, Brought};
use store::rhythms::Rhythm;
use store::sources::{Source, SourceRun};
use store::testing::both;
use support::*;

const SIS: SourceId = SourceId(1);

async fn town(store: &store::testing::TestStore) -> District {
    let district = district(store, "town").await;
    let mut tx = district.write().await.unwrap();
    let source = Source {
        id: SIS,
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
    tx.add_source(&source).await.unwrap();
    tx.commit().await.unwrap();
    district
}

async fn raise(district: &District, id: i64, kind: AlertKind, second: i64) -> bool {
    let mut tx = district.write().await.unwrap();
    let raised = tx.raise_alert(AlertId(id), SIS, kind, at(second)).await.unwrap();
    tx.commit().await.unwrap();
    raised
}

async fn end(district: &District, id: i64, second: i64) {
    let mut tx = district.write().await.unwrap();
    tx.end_alert(AlertId(id), at(second)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_each_kind_one_alert_is_open_and_what_began_once_is_one_alert_for_ever() {
    for store in both().await {
        let district = town(&store).await;
        assert!(raise(&district, 1, AlertKind::Failed, 10).await);
        assert!(!raise(&district, 2, AlertKind::Failed, 10).await, "{}: found twice", store.engine);
        assert!(!raise(&district, 2, AlertKind::Failed, 20).await, "{}: one is open", store.engine);
        assert!(raise(&district, 3, AlertKind::Late, 5).await, "{}", store.engine);
        let open = |id, kind, second| Alert {
            id: AlertId(id),
            source: SIS,
            name: "sis".into(),
            kind,
            began_at: at(second),
            mailed_at: None,
            awaited: true,
        };
        let (late, failed) = (open(3, AlertKind::Late, 5), open(1, AlertKind::Failed, 10));
        assert_eq!(
            district.alerts().await.unwrap(),
            [late.clone(), failed],
            "{}: oldest first",
            store.engine
        );
        end(&district, 1, 30).await;
        assert_eq!(district.alerts().await.unwrap(), [late], "{}", store.engine);
        assert!(!raise(&district, 4, AlertKind::Failed, 10).await, "{}: it was told", store.engine);
        assert!(district.was_raised(SIS, AlertKind::Failed, at(10)).await.unwrap());
        assert!(!district.was_raised(SIS, AlertKind::Failed, at(40)).await.unwrap());
        assert!(raise(&district, 4, AlertKind::Failed, 40).await, "{}", store.engine);
        // A source that is paused, or ended, is waited for by nobody.
        let mut tx = district.write().await.unwrap();
        let paused =
            Rhythm { source: SIS, fields: None, since: at(2), next_at: None, paused_at: Some(at(50)) };
        tx.keep_rhythm(&paused).await.unwrap();
        assert!(tx.alerts().await.unwrap().iter().all(|alert| !alert.awaited), "{}", store.engine);
        tx.keep_rhythm(&Rhythm { paused_at: None, ..paused }).await.unwrap();
        assert!(tx.alerts().await.unwrap().iter().all(|alert| alert.awaited));
        tx.end_source(SIS, at(60), None).await.unwrap();
        assert!(tx.alerts().await.unwrap().iter().all(|alert| !alert.awaited), "{}", store.engine);
    }
}

#[tokio::test]
async fn who_has_a_mail_is_known_until_all_have_it_and_a_backup_knows_when_that_was() {
    let folder = tempfile::tempdir().unwrap();
    for store in both().await {
        let district = town(&store).await;
        raise(&district, 1, AlertKind::Stopped, 10).await;
        let mut tx = district.write().await.unwrap();
        for person in [7, 8] {
            tx.add_invited_person(PersonId(person), "Given", "Family").await.unwrap();
            tx.keep_told(AlertId(1), PersonId(person)).await.unwrap();
        }
        // A second time changes nothing.
        tx.keep_told(AlertId(1), PersonId(7)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(district.told(AlertId(1)).await.unwrap(), [PersonId(7), PersonId(8)], "{}", store.engine);
        let mut tx = district.write().await.unwrap();
        tx.keep_mailed(AlertId(1), at(20)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(district.told(AlertId(1)).await.unwrap(), [], "{}", store.engine);
        let file = folder.path().join(format!("{}.backup", store.engine));
        let seal = district.backup(&file, at(100)).await.unwrap();
        assert_eq!(seal.rows["alert"], 1);
        let restore = store.directory.begin_restore(&district, &file, "test", at(200)).await.unwrap();
        restore.commit().await.unwrap();
        let restored = store.directory.district(district.id()).await.unwrap();
        assert_eq!(restored.alerts().await.unwrap()[0].mailed_at, Some(at(20)), "{}", store.engine);
    }
}

#[tokio::test]
async fn addresses_are_of_those_who_hold_the_role_today_and_for_no_persons_eyes() {
    for store in both().await {
        let district = district(&store, "town").await;
        let today = day("2021-09-01");
        let mut tx = district.write().await.unwrap();
        let held = |role, from: Option<&str>, to: Option<&str>| Grant {
            role,
            scope: GrantScope::District,
            from: from.map(day),
            to: to.map(day),
        };
        let leads = Role::DistrictAdministrator;
        for (person, grant) in [
            (1, held(leads, None, None)),
            (2, held(leads, Some("2021-09-01"), Some("2021-09-01"))),
            (3, held(leads, Some("2021-09-02"), None)),
            (4, held(leads, None, Some("2021-08-31"))),
            (5, held(Role::SchoolAdministrator, None, None)),
            (6, held(leads, None, None)),
        ] {
            tx.add_invited_person(PersonId(person), "Given", "Family").await.unwrap();
            tx.add_invited_grant(PersonId(person), grant).await.unwrap();
        }
        tx.commit().await.unwrap();
        // An invitation gives no address; the roster does. One of them has none.
        store.tamper("town", "UPDATE person SET email = 'p' || id || '@town.example' WHERE id <> 6").await;
        let system = Scope::system("mail", today, today);
        let of = |id: i64| (PersonId(id), format!("p{id}@town.example"));
        let found = district.addresses(&system, leads).await.unwrap();
        assert_eq!(found, [of(1), of(2)], "{}", store.engine);
        store.tamper("town", "UPDATE person SET enabled = FALSE WHERE id = 1").await;
        assert_eq!(district.addresses(&system, leads).await.unwrap(), [of(2)], "{}", store.engine);
        let grants = district.grants_of(PersonId(2)).await.unwrap();
        let person = Scope::of_person(grants, today, today).unwrap();
        assert_eq!(district.addresses(&person, leads).await.unwrap(), [], "{}", store.engine);
    }
}

#[tokio::test]
async fn what_a_source_brought_and_which_school_days_passed_are_told_from_its_runs_and_the_calendar() {
    for store in both().await {
        let district = town(&store).await;
        assert_eq!(district.brought(SIS).await.unwrap(), Brought::default(), "{}", store.engine);
        let mut tx = district.write().await.unwrap();
        for (id, outcome) in [(10, "applied"), (20, "unchanged"), (30, "fetch_busy")] {
            tx.begin_source_run(SourceRunId(id), SIS, at(id)).await.unwrap();
            let run = SourceRun {
                id: SourceRunId(id),
                source: SIS,
                started_at: at(id),
                ended_at: Some(at(id + 5)),
                outcome: outcome.into(),
                read: 0,
                added: 0,
                changed: 0,
                removed: 0,
                set_aside: 0,
            };
            tx.end_source_run(&run).await.unwrap();
        }
        tx.commit().await.unwrap();
        let brought = Brought { good: Some(at(25)), new: Some(at(15)) };
        assert_eq!(district.brought(SIS).await.unwrap(), brought, "{}", store.engine);
        assert_eq!(district.stopped_since().await.unwrap(), [], "{}", store.engine);
        let days = district.school_days_between(day("2021-08-01"), day("2021-12-01"), 2).await.unwrap();
        assert_eq!(days, [], "{}: no calendar, nobody knows", store.engine);
    }
}
