//! The districts of an installation: where each lives, and how it is opened.
//!
//! Embedded: `<data>/directory.sqlite`, and one file a district, `<data>/districts/<id>.sqlite`. With `DATABASE_URL`:
//! the schema `everpresent_directory`, and one schema a district, `district_<id>` with `_` for `-`.

use crate::db::{BUSY_TIMEOUT, Db, RESTORE_BUSY_TIMEOUT, args, statements};
use crate::district::{District, Settings, WriteTx};
use crate::error::Error;
use crate::lock::SyncLock;
use chrono::{DateTime, Utc};
use model::ids::DistrictId;
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

static SQLITE_DIRECTORY: Migrator = sqlx::migrate!("migrations/sqlite/directory");
pub(crate) static SQLITE_DISTRICT: Migrator = sqlx::migrate!("migrations/sqlite/district");
static POSTGRES_DIRECTORY: Migrator = sqlx::migrate!("migrations/postgres/directory");
pub(crate) static POSTGRES_DISTRICT: Migrator = sqlx::migrate!("migrations/postgres/district");

/// The schema of the directory.
const DIRECTORY_SCHEMA: &str = "everpresent_directory";
/// The first SQLite that does not corrupt a WAL database with several connections.
const LEAST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// Where the store is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A folder of SQLite files.
    Folder(PathBuf),
    /// A PostgreSQL database, by its URL.
    Postgres(String),
}

/// The districts of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    place: Place,
    db: Db,
    /// Districts opened before: opening runs migrations and makes pools, so each is opened once.
    open: Arc<Mutex<HashMap<DistrictId, Opened>>>,
}

/// A district that was opened before.
#[derive(Debug)]
struct Opened {
    district: District,
    /// Of the store behind it when it was opened. Another process may have put another one in its place: then the
    /// directory has another number, and what is open here is not the district any more.
    generation: i64,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// A district, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: DistrictId,
    /// Its name.
    pub name: String,
    /// Whether it was made by `everpresent demo`.
    pub demo: bool,
}

statements! {
    LIST = "SELECT id, name, demo FROM district ORDER BY id";
    NEXT_GENERATION = "UPDATE generation SET last = last + 1";
    ADD = "INSERT INTO district (id, name, demo, added_at, generation)
        VALUES ($1, $2, $3, $4, (SELECT last FROM generation)) ON CONFLICT (id) DO NOTHING";
    GENERATION = "SELECT generation FROM district WHERE id = $1";
    RELIST = "UPDATE district SET name = $2, demo = $3, generation = (SELECT last FROM generation) WHERE id = $1";
    REMOVE = "DELETE FROM district WHERE id = $1";
}

impl Directory {
    /// Opens the store, makes it where there is none, and brings it to this program's version.
    ///
    /// # Errors
    /// Where the folder or database cannot be used.
    pub async fn open(location: Location) -> Result<Self, Error> {
        match location {
            Location::Folder(folder) => {
                let districts = folder.join("districts");
                private_folder(&districts).map_err(|e| Error::file(&districts, e))?;
                let db = open_sqlite(&folder.join("directory.sqlite"), true, Some(&SQLITE_DIRECTORY)).await?;
                Ok(Self { place: Place::Folder(folder), db, open: Arc::default() })
            }
            Location::Postgres(url) => {
                let options: PgConnectOptions = url.parse()?;
                let db = open_postgres(&options, DIRECTORY_SCHEMA, true, &POSTGRES_DIRECTORY).await?;
                Ok(Self { place: Place::Postgres(Box::new(options)), db, open: Arc::default() })
            }
        }
    }

    /// Every district, by id.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut conn = self.db.read().await?;
        let rows: Vec<(String, String, bool)> = conn.link().all(LIST, args![]).await?;
        rows.into_iter()
            .map(|(id, name, demo)| {
                let id = id.parse().map_err(|e| Error::damaged(format!("directory: {e}")))?;
                Ok(Listed { id, name, demo })
            })
            .collect()
    }

    /// Adds a district.
    ///
    /// # Errors
    /// [`Error::DistrictExists`], or where the store cannot be written.
    pub async fn add(&self, settings: &Settings, now: DateTime<Utc>) -> Result<District, Error> {
        let mut tx = self.db.write().await?;
        tx.link().execute(NEXT_GENERATION, args![]).await?;
        let values = args![settings.id.as_str(), &settings.name, settings.demo, now];
        if tx.link().execute(ADD, values).await? == 0 {
            return Err(Error::DistrictExists(settings.id.clone()));
        }
        // A file left behind by a removal that was cut off: nobody lists it, so nobody misses it.
        self.drop_store(&settings.id).await?;
        let db = self.open_db(&settings.id, true).await?;
        let mut write = WriteTx { tx: db.write().await? };
        write.set_settings(settings).await?;
        write.commit().await?;
        let (generation,) = tx.link().one(GENERATION, args![settings.id.as_str()]).await?;
        tx.commit().await?;
        let district = District::new(settings.clone(), db, self.lock_file(&settings.id));
        let opened = Opened { district: district.clone(), generation };
        self.open.lock().await.insert(settings.id.clone(), opened);
        Ok(district)
    }

    /// Opens a district and brings it to this program's version; cheap for one that is open already.
    ///
    /// # Errors
    /// [`Error::NoDistrict`], or where the store cannot be used.
    pub async fn district(&self, id: &DistrictId) -> Result<District, Error> {
        // Asked each time: another process may have removed it, and even added it again.
        let mut open = self.open.lock().await;
        let generation = match self.generation(id).await {
            Ok(generation) => generation,
            Err(error) => {
                open.remove(id);
                return Err(error);
            }
        };
        if let Some(opened) = open.get(id).filter(|opened| opened.generation == generation) {
            return Ok(opened.district.clone());
        }
        open.remove(id);
        let db = self.open_db(id, false).await?;
        let district = District::load(id, db, self.lock_file(id)).await?;
        open.insert(id.clone(), Opened { district: district.clone(), generation });
        Ok(district)
    }

    /// Removes a district with all its data. It is not moved to a bin: it is gone.
    ///
    /// # Errors
    /// [`Error::NoDistrict`]; [`Error::Running`] while a sync is at work.
    pub async fn remove(&self, id: &DistrictId) -> Result<(), Error> {
        let district = self.district(id).await?;
        let lock = SyncLock::take(&district, "everpresent district remove", DateTime::UNIX_EPOCH).await?;
        let mut tx = self.db.write().await?;
        tx.link().execute(REMOVE, args![id.as_str()]).await?;
        tx.commit().await?;
        lock.release().await?;
        self.open.lock().await.remove(id);
        district.close().await;
        self.drop_store(id).await
    }

    /// After a restore: the list shows what the restored settings say, and whoever has the district open, in whichever
    /// process, opens it anew when it is next asked for.
    pub(crate) async fn relist(&self, settings: &Settings) -> Result<(), Error> {
        let mut tx = self.db.write().await?;
        tx.link().execute(NEXT_GENERATION, args![]).await?;
        let values = args![settings.id.as_str(), &settings.name, settings.demo];
        tx.link().execute(RELIST, values).await?;
        tx.commit().await
    }

    /// Whether the directory answers: the store is reachable and its migrations are done.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.list().await.map(drop)
    }

    /// Waits for what is being written and closes every connection, of the districts too.
    pub async fn close(&self) {
        for (_, opened) in self.open.lock().await.drain() {
            opened.district.close().await;
        }
        self.db.close().await;
    }

    #[cfg(test)]
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    async fn generation(&self, id: &DistrictId) -> Result<i64, Error> {
        let mut conn = self.db.read().await?;
        let row: Option<(i64,)> = conn.link().optional(GENERATION, args![id.as_str()]).await?;
        row.map(|(generation,)| generation).ok_or_else(|| Error::NoDistrict(id.clone()))
    }

    async fn open_db(&self, id: &DistrictId, create: bool) -> Result<Db, Error> {
        match &self.place {
            Place::Folder(folder) => {
                open_sqlite(&district_file(folder, id), create, Some(&SQLITE_DISTRICT)).await
            }
            Place::Postgres(options) => {
                open_postgres(options, &district_schema(id), create, &POSTGRES_DISTRICT).await
            }
        }
    }

    fn lock_file(&self, id: &DistrictId) -> Option<PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(district_file(folder, id).with_extension("lock")),
            Place::Postgres(_) => None,
        }
    }

    async fn drop_store(&self, id: &DistrictId) -> Result<(), Error> {
        match &self.place {
            Place::Folder(folder) => {
                let file = district_file(folder, id);
                for ending in ["sqlite", "sqlite-wal", "sqlite-shm", "lock"] {
                    let part = file.with_extension(ending);
                    match std::fs::remove_file(&part) {
                        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::file(&part, e));
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Place::Postgres(options) => {
                let pool = steady(PgPoolOptions::new().max_connections(1))
                    .connect_with(PgConnectOptions::clone(options))
                    .await?;
                // The id is 2 to 40 of a-z, 0-9 and -: nothing in it can end the quoted name.
                let sql = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", district_schema(id));
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await?;
                pool.close().await;
                Ok(())
            }
        }
    }
}

fn district_file(folder: &Path, id: &DistrictId) -> PathBuf {
    folder.join("districts").join(format!("{id}.sqlite"))
}

fn district_schema(id: &DistrictId) -> String {
    format!("district_{}", id.as_str().replace('-', "_"))
}

/// Makes a folder, and those it lies in, for this user alone. One that is there stays as its owner wants it.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for writing; one that is new is for this user alone, as is all that holds records of children.
pub(crate) fn private_file(file: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Opens a SQLite file as every part of the store does, and brings it to this program's version by the migrator.
///
/// Without a migrator it is read as it is.
pub(crate) async fn open_sqlite(file: &Path, create: bool, migrator: Option<&Migrator>) -> Result<Db, Error> {
    if create {
        // SQLite would make it by the process's umask; its companions are as private as the file.
        private_file(file).map_err(|e| Error::file(file, e))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // What is erased is overwritten, not only forgotten.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        // A statement may hold ids of students: none reaches a log.
        .disable_statement_logging();
    // A long sync holds the one writer; whoever else writes waits for it.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(300))
        .before_acquire(|writer, _| {
            Box::pin(async move {
                sqlx::query(RESTORE_BUSY_TIMEOUT).execute(writer).await?;
                Ok(true)
            })
        });
    let writer = steady(writer).connect_with(options.clone()).await?;
    let (found,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&writer).await?;
    if sqlite_version(&found) < LEAST_SQLITE {
        return Err(Error::OldSqlite { found });
    }
    if let Some(migrator) = migrator {
        migrator.run(&writer).await?;
    }
    let readers = steady(SqlitePoolOptions::new().max_connections(8))
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Db::Sqlite { writer, readers })
}

/// The file format of a district, which is the format of a backup too.
pub(crate) fn district_migrations() -> &'static Migrator {
    &SQLITE_DISTRICT
}

fn sqlite_version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|p| p.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

async fn open_postgres(
    options: &PgConnectOptions,
    schema: &str,
    create: bool,
    migrator: &Migrator,
) -> Result<Db, Error> {
    let options = options
        .clone()
        .options([("search_path", schema)])
        .application_name("everpresent")
        // A statement may hold ids of students: none reaches a log.
        .disable_statement_logging();
    // A pool tries for half a minute and then cannot say why.
    let probe = PgConnection::connect_with(&options).await.map_err(|e| Error::Unreachable {
        place: format!("{}:{}", options.get_host(), options.get_port()),
        why: e.to_string(),
    })?;
    probe.close().await?;
    let pool: PgPool = steady(PgPoolOptions::new().max_connections(8)).connect_with(options).await?;
    if create {
        let sql = format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await?;
    }
    migrator.run(&pool).await?;
    Ok(Db::Postgres { pool, writers: lock_key(&format!("write {schema}")) })
}

/// A pool whose connections stay until it closes. sqlx 0.9.0 tends the others in a task that can spin for ever while the
/// process ends (sqlx issue 3645); without limits and a least number of connections that task is not begun.
fn steady<DB: sqlx::Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options.min_connections(0).idle_timeout(None).max_lifetime(None)
}

/// A number for PostgreSQL's advisory locks.
pub(crate) fn lock_key(name: &str) -> i64 {
    let digest = Sha256::digest(name.as_bytes());
    i64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_recognised() {
        assert!(sqlite_version("3.51.2") < LEAST_SQLITE);
        assert!(sqlite_version("3.51.3") >= LEAST_SQLITE);
        assert!(sqlite_version("3.7.17") < LEAST_SQLITE);
        assert!(sqlite_version("4.0.0") >= LEAST_SQLITE);
    }
}
