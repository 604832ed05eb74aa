//! The two engines hold the same tables and understand every statement.
#![allow(clippy::unwrap_used, reason = "a test")]

use crate::backup::{LEFT_OUT, TABLES};
use crate::db::{BUSY_TIMEOUT, Conn, Db, Link, args};
use crate::directory::Location;
use crate::testing::{TestStore, both};
use crate::{District, Settings, sync};
use chrono::DateTime;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

async fn district(store: &TestStore) -> District {
    let settings = Settings {
        id: "test-town".parse().unwrap(),
        name: "Test Town".into(),
        time_zone: "America/Chicago".into(),
        packs: vec!["us-federal".into()],
        demo: false,
    };
    store.directory.add(&settings, DateTime::UNIX_EPOCH).await.unwrap()
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines() {
    let files = [
        crate::alerts::ALL,
        crate::audit::ALL,
        crate::backup::ALL,
        crate::district::ALL,
        crate::doctor::ALL,
        crate::editions::ALL,
        crate::grants::ALL,
        crate::history::ALL,
        crate::invited::ALL,
        crate::jobs::ALL,
        crate::known::ALL,
        crate::packs_used::ALL,
        crate::ledger::ALL,
        crate::lock::ALL,
        crate::pages::data::ALL,
        crate::pages::lab::ALL,
        crate::pages::people::ALL,
        crate::pages::reconciliation::ALL,
        crate::pages::student::ALL,
        crate::pages::students::ALL,
        crate::pages::worklist::ALL,
        crate::rhythms::ALL,
        crate::session::ALL,
        crate::signals::ALL,
        crate::sources::ALL,
        sync::AHEAD,
        sync::APPLY,
        sync::ATTENDANCE,
        sync::TOLD,
        sync::PAST,
        sync::PLAN,
        sync::ROSTER,
        crate::weeks::ALL,
        crate::not_asked::ALL,
    ];
    for store in both().await {
        let district = district(&store).await;
        let mut of_directory = store.directory.db().read().await.unwrap();
        let mut of_district = district.read().await.unwrap();
        let statements = files.iter().copied().flatten().map(|s| (s, false));
        for ((name, text), directory) in statements.chain(crate::directory::ALL.iter().map(|s| (s, true))) {
            let conn = if directory { &mut of_directory } else { &mut of_district };
            let text = AssertSqlSafe((*text).to_owned()).into_sql_str();
            let problem = match conn {
                Conn::Sqlite(c) => c.prepare(text).await.err(),
                Conn::Postgres(c) => c.prepare(text).await.err(),
            };
            assert!(problem.is_none(), "{}: {name}: {problem:?}", store.engine);
        }
    }
}

/// Every table and view with its columns: name, kind, whether it must have a value.
async fn columns(link: &mut Link<'_>) -> BTreeMap<String, BTreeSet<(String, String, bool)>> {
    let sql = match link {
        Link::Sqlite(_) => {
            "SELECT m.name, c.name, c.type, c.\"notnull\" <> 0 FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'"
        }
        Link::Postgres(_) => {
            "SELECT c.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'NO'
             FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
             AND c.table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let rows: Vec<(String, String, String, bool)> = link.all(sql, args![]).await.unwrap();
    let mut tables: BTreeMap<String, BTreeSet<(String, String, bool)>> = BTreeMap::new();
    for (table, column, kind, required) in rows {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "blob" => "bytea".to_owned(),
            "datetime" => "timestamp with time zone".to_owned(),
            other => other.to_owned(),
        };
        tables.entry(table).or_default().insert((column, kind, required));
    }
    tables
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let mut found = Vec::new();
    for store in both().await {
        let district = district(&store).await;
        found.push(columns(&mut district.read().await.unwrap().link()).await);
    }
    assert_eq!(found[0], found[1]);
    let known: BTreeSet<&str> = TABLES.iter().chain(LEFT_OUT).copied().collect();
    let there: BTreeSet<&str> = found[0].keys().map(String::as_str).collect();
    assert_eq!(known, there, "a backup must copy a table or name it among those left out");
}

#[tokio::test]
async fn a_full_disk_is_a_clear_error_and_leaves_the_store_as_it_was() {
    let store = crate::testing::sqlite().await;
    let district = district(&store).await;
    let Db::Sqlite { writer, .. } = district.db() else { return };
    // SQLite answers as on a full disk once the file may not grow.
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(writer).await.unwrap();
    let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2));
    sqlx::query(limit).execute(writer).await.unwrap();
    let mut write = district.write().await.unwrap();
    let mut problem = None;
    for id in 1..10_000 {
        let person = model::ids::PersonId(id);
        if let Err(error) = write.add_invited_person(person, "Given name", "Family name").await {
            problem = Some(error);
            break;
        }
    }
    drop(write);
    assert!(matches!(problem, Some(crate::Error::Full(_))), "{problem:?}");
    let (people,): (i64,) =
        district.read().await.unwrap().link().one("SELECT COUNT(*) FROM person", args![]).await.unwrap();
    assert_eq!(people, 0);
    assert!(district.doctor().await.unwrap().iter().all(|check| check.problems.is_empty()));
}

#[tokio::test]
async fn a_small_write_given_up_halfway_leaves_the_writer_its_patience() {
    let store = crate::testing::sqlite().await;
    let district = district(&store).await;
    let (Db::Sqlite { writer, .. }, Location::Folder(folder)) = (district.db(), &store.location) else {
        return;
    };
    // Another process writes, so that the small write waits.
    let options = SqliteConnectOptions::new().filename(folder.join("districts/test-town.sqlite"));
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let small = district.db().execute_if_free("DELETE FROM session", args![]);
    let given_up = tokio::time::timeout(Duration::from_millis(50), small).await;
    assert!(given_up.is_err(), "{given_up:?}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let (patience,): (i64,) = sqlx::query_as("PRAGMA busy_timeout").fetch_one(writer).await.unwrap();
    assert_eq!(Duration::from_millis(patience as u64), BUSY_TIMEOUT);
    // One that is not given up is as quick to say that somebody else writes, and leaves the same.
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    assert!(!district.db().execute_if_free("DELETE FROM session", args![]).await.unwrap());
    let (patience,): (i64,) = sqlx::query_as("PRAGMA busy_timeout").fetch_one(writer).await.unwrap();
    assert_eq!(Duration::from_millis(patience as u64), BUSY_TIMEOUT);
}
