//! For tests: a store on each engine, empty, and gone when the test ends.
//!
//! PostgreSQL is a private server, started once a test process from the installed binaries and stopped with it; or the
//! one that `EVERPRESENT_TEST_POSTGRES_URL` names.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot begin must say so and stop")]

use crate::directory::{Directory, Location, POSTGRES_DISTRICT, SQLITE_DISTRICT};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// What to do where there is no PostgreSQL.
const MISSING: &str = "these tests need PostgreSQL's server programs (initdb, pg_ctl): install them \
    (Debian, Ubuntu: `apt-get install postgresql`), or set EVERPRESENT_TEST_POSTGRES_URL";

/// An empty store.
pub struct TestStore {
    /// It, open.
    pub directory: Directory,
    /// Where it is, to be opened again.
    pub location: Location,
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    _folder: Option<TempDir>,
}

impl TestStore {
    /// Changes a district's store behind the program's back.
    pub async fn tamper(&self, district: &str, statement: &str) {
        tamper_at(&self.location, district, statement).await;
    }
}

/// Changes a district's store behind the program's back.
pub async fn tamper_at(location: &Location, district: &str, statement: &str) {
    match location {
        Location::Folder(folder) => {
            let file = folder.join("districts").join(format!("{district}.sqlite"));
            tamper_with_file(&file, statement).await;
        }
        Location::Postgres(url) => {
            let options: PgConnectOptions = url.parse().unwrap();
            let options = options.options([("search_path", format!("district_{district}"))]);
            let mut connection = PgConnection::connect_with(&options).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// Changes a SQLite file, such as a backup, whatever its rows name.
pub async fn tamper_with_file(file: &Path, statement: &str) {
    let options = SqliteConnectOptions::new().filename(file).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// An empty store on each engine: every test of the store runs on both.
pub async fn both() -> [TestStore; 2] {
    [sqlite().await, postgres().await]
}

/// An empty store of SQLite files.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().expect("a folder for a test");
    let location = Location::Folder(folder.path().to_owned());
    let directory = Directory::open(location.clone()).await.expect("a SQLite store");
    TestStore { directory, location, engine: "SQLite", _folder: Some(folder) }
}

/// An empty store on PostgreSQL.
pub async fn postgres() -> TestStore {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = server();
    let name = format!("everpresent_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&server.url("postgres")).await.expect(MISSING);
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let location = Location::Postgres(server.url(&name));
    let directory = Directory::open(location.clone()).await.expect("a PostgreSQL store");
    TestStore { directory, location, engine: "PostgreSQL", _folder: None }
}

enum Server {
    Named(String),
    Private { sockets: PathBuf, _guard: Child },
}

impl Server {
    fn url(&self, database: &str) -> String {
        match self {
            Self::Named(url) => {
                let (head, query) = url.split_once('?').map_or((url.as_str(), ""), |(h, q)| (h, q));
                let slash = head.rfind('/').filter(|at| !head[..*at].ends_with('/')).unwrap_or(head.len());
                let query = if query.is_empty() { String::new() } else { format!("?{query}") };
                format!("{}/{database}{query}", &head[..slash])
            }
            Self::Private { sockets, .. } => {
                format!("postgres://postgres@localhost/{database}?host={}", sockets.display())
            }
        }
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| match std::env::var("EVERPRESENT_TEST_POSTGRES_URL") {
        Ok(url) => Server::Named(url),
        Err(_) => start(),
    })
}

/// Starts a private server in a folder of its own. A guard process waits for our end of its pipe to close, however the
/// tests end, then stops the server and removes the folder.
fn start() -> Server {
    let programs = programs().expect(MISSING);
    let folder = tempfile::Builder::new().prefix("everpresent-pg-").tempdir().unwrap().keep();
    let root = is_root();
    give_to_postgres(&folder);
    let as_user = |program: &Path| {
        if root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    };
    let data = folder.join("data");
    run(as_user(&programs.join("initdb"))
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
        .arg(&data));
    let options = format!("-F -c listen_addresses= -c max_connections=200 -k {}", folder.display());
    run(as_user(&programs.join("pg_ctl"))
        .args(["-w", "-t", "120", "-l"])
        .arg(folder.join("log"))
        .arg("-o")
        .arg(options)
        .arg("-D")
        .arg(&data)
        .arg("start"));
    let mut guard = as_user(Path::new("sh"));
    guard
        .args([
            "-c",
            "cat >/dev/null; \"$0\" -D \"$1/data\" -m immediate stop >/dev/null 2>&1; rm -rf \"$1\"",
        ])
        .arg(programs.join("pg_ctl"))
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let guard = guard.spawn().expect("a guard for the server");
    Server::Private { sockets: folder, _guard: guard }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}

/// PostgreSQL refuses to run as root, so it runs as a user of its own there.
fn give_to_postgres(folder: &Path) {
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(folder));
    }
}

/// Moves a database of PostgreSQL onto another disk, such as a small one; whether that could be done. It has to be closed.
pub async fn onto_disk(location: &Location, disk: &Path) -> bool {
    let (Location::Postgres(url), Server::Private { .. }) = (location, server()) else { return false };
    let place = disk.join("postgres");
    std::fs::create_dir(&place).unwrap();
    give_to_postgres(&place);
    let options: PgConnectOptions = url.parse().unwrap();
    let name = options.get_database().unwrap();
    let mut admin = PgConnection::connect(&server().url("postgres")).await.expect(MISSING);
    for statement in [
        format!("CREATE TABLESPACE {name} LOCATION '{}'", place.display()),
        format!("ALTER DATABASE {name} SET TABLESPACE {name}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.unwrap();
    }
    admin.close().await.unwrap();
    true
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").output().expect(MISSING);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The folder of the newest installed server.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_string_lossy().parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found
        .into_iter()
        .rev()
        .map(|(_, bin)| bin)
        .chain(std::env::split_paths(&path))
        .find(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
}

/// Rebuilds a district's store as the migrations up to `version` make it, with what its rows said then: an older program's
/// store. The directory has to be opened anew.
pub async fn take_back(location: &Location, district: &str, version: i64) {
    match location {
        Location::Folder(folder) => {
            let file = folder.join("districts").join(format!("{district}.sqlite"));
            take_file_back(&file, version).await;
        }
        Location::Postgres(url) => {
            let (old, new) = (format!("district_{district}"), format!("now_{district}"));
            let options: PgConnectOptions = url.parse().unwrap();
            let options =
                options.options([("search_path", &old), ("session_replication_role", &"replica".into())]);
            let mut connection = PgConnection::connect_with(&options).await.unwrap();
            let make = format!("ALTER SCHEMA \"{old}\" RENAME TO \"{new}\"; CREATE SCHEMA \"{old}\"");
            sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
            up_to(&POSTGRES_DISTRICT, version).run(&mut connection).await.unwrap();
            let columns = format!(
                "SELECT table_schema, table_name, column_name, is_nullable = 'NO' AND column_default IS NULL, data_type
                 FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
                 WHERE table_schema IN ('{old}', '{new}') AND table_type = 'BASE TABLE'"
            );
            let columns = sqlx::query_as(AssertSqlSafe(columns)).fetch_all(&mut connection).await.unwrap();
            for copy in copies(&columns, &old, &new) {
                sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut connection).await.unwrap();
            }
            sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA \"{new}\" CASCADE")))
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// The same of a SQLite file, such as a backup; a backup's seal goes with it.
pub async fn take_file_back(file: &Path, version: i64) {
    let now = file.with_extension("now");
    std::fs::rename(file, &now).unwrap();
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true).foreign_keys(false);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    up_to(&SQLITE_DISTRICT, version).run(&mut connection).await.unwrap();
    let attach = format!("ATTACH '{}' AS now", now.display());
    sqlx::raw_sql(AssertSqlSafe(attach)).execute(&mut connection).await.unwrap();
    let seal = "CREATE TABLE IF NOT EXISTS now.backup (one INTEGER PRIMARY KEY, seal TEXT);
        CREATE TABLE backup AS SELECT * FROM now.backup";
    sqlx::raw_sql(seal).execute(&mut connection).await.unwrap();
    let columns = "SELECT s.schema, t.name, c.name, c.\"notnull\" AND c.dflt_value IS NULL, c.type
        FROM (SELECT 'main' AS schema UNION SELECT 'now') s
        JOIN pragma_table_list t ON t.schema = s.schema AND t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        JOIN pragma_table_info(t.name, s.schema) c";
    let columns = sqlx::query_as(columns).fetch_all(&mut connection).await.unwrap();
    for copy in copies(&columns, "main", "now") {
        sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    std::fs::remove_file(&now).unwrap();
}

/// The number of the newest migration of a district: this program's version of the store.
pub fn newest_version() -> i64 {
    SQLITE_DISTRICT.iter().map(|one| one.version).max().unwrap()
}

fn up_to(migrator: &Migrator, version: i64) -> Migrator {
    let migrations = migrator.iter().filter(|one| one.version <= version).cloned().collect();
    Migrator { migrations, ..Migrator::DEFAULT }
}

/// A column: schema, table, name, whether it must be given, type.
type Column = (String, String, String, bool, String);

/// Statements that fill the tables of `old` from those of `new`. What `new` has no longer gets a value that means nothing.
fn copies(columns: &[Column], old: &str, new: &str) -> Vec<String> {
    let of = |schema: &str| columns.iter().filter(move |column| column.0 == schema).collect::<Vec<_>>();
    let (of_old, of_new) = (of(old), of(new));
    let tables: BTreeSet<&String> = of_old.iter().map(|column| &column.1).collect();
    let known = |table: &String| of_new.iter().any(|column| column.1 == *table);
    let kept =
        tables.into_iter().filter(|table| !table.starts_with('_') && *table != "backup" && known(table));
    kept.map(|table| {
        let mut into = Vec::new();
        let mut from = Vec::new();
        for (_, _, name, must, kind) in of_old.iter().filter(|column| column.1 == *table) {
            if of_new.iter().any(|column| column.1 == *table && column.2 == *name) {
                from.push(name.as_str());
            } else if *must {
                from.push(match kind.to_ascii_lowercase().as_str() {
                    "bigint" => "0",
                    "boolean" => "TRUE",
                    _ => "''",
                });
            } else {
                continue;
            }
            into.push(name.as_str());
        }
        let (into, from) = (into.join(", "), from.join(", "));
        format!("INSERT INTO \"{old}\".{table} ({into}) SELECT {from} FROM \"{new}\".{table}")
    })
    .collect()
}
