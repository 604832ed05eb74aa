//! One file that holds a district: a SQLite file with the tables of the store, whichever engine it came from, so that a
//! backup of one engine restores into the other. It carries how many rows each table has and a checksum over the strips,
//! and it is read again and compared before it gets its name.
//!
//! Sessions, invitations, the credentials of sources and jobs are not in it: a restore signs everybody out, credentials
//! are given anew, and nothing that waited then is done now.

use crate::db::{Db, Kind, Link, Value, args, statements};
use crate::directory::{Directory, district_migrations, open_sqlite, private_file};
use crate::district::{District, Settings, WriteTx};
use crate::error::Error;
use crate::lock::SyncLock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tables of a backup; each stands behind those its rows name.
pub(crate) const TABLES: &[&str] = &[
    "settings",
    "org",
    "term",
    "course",
    "section",
    "person",
    "role_held",
    "section_member",
    "demographics",
    "characteristics",
    "calendar_day",
    "enrollment",
    "contact",
    "caseload",
    "bell",
    "roll",
    "shape",
    "code_map",
    "ledger",
    "strip",
    "school_last_row",
    "sync_run",
    "table_count",
    "set_aside",
    "org_past",
    "person_past",
    "demographics_past",
    "characteristics_past",
    "calendar_day_past",
    "enrollment_past",
    "bell_past",
    "roll_past",
    "code_map_past",
    "school_last_row_past",
    "signal",
    "student_summary",
    "school_week",
    "rule_not_asked",
    "grants",
    "pack_edition",
    "pack_used",
    "source",
    "source_rhythm",
    "source_run",
    "brake",
    "alert",
    "audit",
];
/// The tables that are in no backup. Credentials are not: one that was taken back would come again with it.
pub(crate) const LEFT_OUT: &[&str] = &[
    "sync_holder",
    "session",
    "invitation",
    "source_secret",
    "push_token",
    "watched_folder",
    "job",
    "alert_told",
];

/// Rows copied at a time.
const CHUNK: i64 = 10_000;

statements! {
    STRIPS = "SELECT student_id, school_id, school_year, strip FROM strip
        WHERE (student_id, school_id, school_year) > ($1, $2, $3)
        ORDER BY student_id, school_id, school_year LIMIT 10000";
}

// These run on the file alone.
const COLUMNS: &str = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid";
const MAKE_SEAL: &str = "CREATE TABLE backup (one INTEGER PRIMARY KEY CHECK (one = 1), seal TEXT NOT NULL)";
const WRITE_SEAL: &str = "INSERT INTO backup (one, seal) VALUES (1, $1)";
const READ_SEAL: &str = "SELECT seal FROM backup WHERE one = 1";

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The district it was made of.
    pub district: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 over the strips in the order of their keys, in hexadecimal.
    pub strips: String,
}

impl District {
    /// Writes a backup while the district is in use: one moment's state, read again and compared before it gets its
    /// name. A file of that name is replaced only then.
    ///
    /// # Errors
    /// Where the file cannot be written or does not hold what was written.
    pub async fn backup(&self, to: &Path, now: DateTime<Utc>) -> Result<Seal, Error> {
        let part = beside(to, "part");
        remove_sqlite(&part)?;
        let made = self.write_backup(&part, now).await;
        match made {
            Ok(seal) => {
                std::fs::rename(&part, to).map_err(|e| Error::file(to, e))?;
                Ok(seal)
            }
            Err(error) => {
                remove_sqlite(&part)?;
                Err(error)
            }
        }
    }

    async fn write_backup(&self, part: &Path, now: DateTime<Utc>) -> Result<Seal, Error> {
        let file = open_sqlite(part, true, district_migrations()).await?;
        let result = async {
            let mut source = self.db().snapshot().await?;
            let mut target = file.write().await?;
            let mut rows = BTreeMap::new();
            for table in TABLES {
                let copied = copy(&mut source.link(), &mut target.link(), &file, table).await?;
                rows.insert((*table).to_owned(), copied);
            }
            let strips = strips_checksum(&mut source.link()).await?;
            let seal = Seal { district: self.id().to_string(), made_at: now, rows, strips };
            let text = serde_json::to_string(&seal)
                .map_err(|e| Error::damaged(format!("a seal cannot be written: {e}")))?;
            let mut link = target.link();
            link.execute(MAKE_SEAL, args![]).await?;
            link.execute(WRITE_SEAL, args![text]).await?;
            target.commit().await?;
            verify(&file, part).await
        }
        .await;
        // One file, without the companions of a database in use.
        if let Db::Sqlite { writer, readers } = &file {
            readers.close().await;
            if result.is_ok() {
                sqlx::query("PRAGMA journal_mode = DELETE").execute(writer).await?;
            }
        }
        file.close().await;
        result
    }
}

/// Reads a backup file over; what it says of itself, if that is true.
async fn verify(file: &Db, place: &Path) -> Result<Seal, Error> {
    let bad = |why: String| Error::BadBackup { file: place.display().to_string(), why };
    let mut conn = file.read().await?;
    let mut link = conn.link();
    let seal: Option<(String,)> = link
        .optional(READ_SEAL, args![])
        .await
        .map_err(|_| bad("it is not a backup of everpresent".into()))?;
    let (seal,) = seal.ok_or_else(|| bad("it was not written to its end".into()))?;
    let seal: Seal = serde_json::from_str(&seal).map_err(|e| bad(format!("its seal cannot be read: {e}")))?;
    let whole: Vec<(String,)> =
        link.all("PRAGMA integrity_check", args![]).await.map_err(|e| bad(e.to_string()))?;
    if let Some((problem,)) = whole.into_iter().find(|(line,)| line != "ok") {
        return Err(bad(format!("integrity check: {problem}")));
    }
    for (table, expected) in &seal.rows {
        if !TABLES.contains(&table.as_str()) {
            return Err(bad(format!("it has a table `{table}` that this program does not know")));
        }
        let found: Vec<(i64,)> = link.all_built(format!("SELECT COUNT(*) FROM {table}"), args![]).await?;
        let found = found.first().map_or(0, |(n,)| *n as u64);
        if found != *expected {
            return Err(bad(format!("table {table} has {found} rows, {expected} were written")));
        }
    }
    if strips_checksum(&mut link).await? != seal.strips {
        return Err(bad("the strips are not those that were written".into()));
    }
    Ok(seal)
}

/// SHA-256 over keys and strips in the order of the keys.
pub(crate) async fn strips_checksum(link: &mut Link<'_>) -> Result<String, Error> {
    let mut sha = Sha256::new();
    let mut after = (i64::MIN, i64::MIN, i64::MIN);
    loop {
        let rows: Vec<(i64, i64, i64, Vec<u8>)> = link.all(STRIPS, args![after.0, after.1, after.2]).await?;
        let Some((student, school, year, _)) = rows.last() else { break };
        after = (*student, *school, *year);
        for (student, school, year, strip) in &rows {
            for number in [*student, *school, *year, strip.len() as i64] {
                sha.update(number.to_le_bytes());
            }
            sha.update(strip);
        }
    }
    Ok(sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A table's columns with their kinds, and which of them are its key, as the SQLite file declares them.
async fn shape_of(file: &Db, table: &str) -> Result<(Vec<(String, Kind)>, Vec<usize>), Error> {
    let mut conn = file.read().await?;
    let rows: Vec<(String, String, i64)> = conn.link().all(COLUMNS, args![table]).await?;
    let mut columns = Vec::new();
    let mut key: Vec<(i64, usize)> = Vec::new();
    for (name, declared, pk) in rows {
        let kind = match declared.as_str() {
            "BIGINT" => Kind::Int,
            "TEXT" => Kind::Text,
            "BOOLEAN" => Kind::Bool,
            "BLOB" => Kind::Bytes,
            "DATE" => Kind::Date,
            "DATETIME" => Kind::Instant,
            other => return Err(Error::damaged(format!("{table}.{name} is declared {other}"))),
        };
        if pk > 0 {
            key.push((pk, columns.len()));
        }
        columns.push((name, kind));
    }
    key.sort_unstable();
    Ok((columns, key.into_iter().map(|(_, at)| at).collect()))
}

/// Copies a table; how many rows. `file` is whichever side is the SQLite file: it knows the columns.
async fn copy(source: &mut Link<'_>, target: &mut Link<'_>, file: &Db, table: &str) -> Result<u64, Error> {
    let (columns, key) = shape_of(file, table).await?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
    let order = key.iter().map(|at| names[*at]).collect::<Vec<_>>().join(", ");
    let marks = (1..=key.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let (list, mut copied) = (names.join(", "), 0);
    let mut after: Option<Vec<Value>> = None;
    loop {
        let (condition, values) = match &after {
            None => (String::new(), Vec::new()),
            Some(values) => (format!("WHERE ({order}) > ({marks})"), values.clone()),
        };
        let sql = format!("SELECT {list} FROM {table} {condition} ORDER BY {order} LIMIT {CHUNK}");
        let rows = source.values(sql, &kinds, values).await?;
        let Some(last) = rows.last() else { return Ok(copied) };
        after = Some(key.iter().map(|at| last[*at].clone()).collect());
        copied += rows.len() as u64;
        target.insert(table, &names, "", rows).await?;
    }
}

/// A restore at work; dropped without [`Self::commit`], it never was.
pub struct RestoreTx {
    directory: Directory,
    lock: SyncLock,
    write: WriteTx,
    settings: Settings,
    seal: Seal,
}

impl Directory {
    /// Replaces a district's data by a backup's: everything at once, when committed. The district keeps its id; its
    /// other settings are the backup's. Everybody is signed out.
    ///
    /// # Errors
    /// [`Error::BadBackup`] where the file does not verify; [`Error::Running`] while a sync is at work.
    pub async fn begin_restore(
        &self,
        district: &District,
        from: &Path,
        who: &str,
        now: DateTime<Utc>,
    ) -> Result<RestoreTx, Error> {
        let lock = SyncLock::take(district, who, now).await?;
        // A copy is opened, so that bringing an older backup to this version leaves the file as it is.
        let copy_file = beside(from, "restoring");
        remove_sqlite(&copy_file)?;
        let copied = || std::io::copy(&mut std::fs::File::open(from)?, &mut private_file(&copy_file)?);
        copied().map_err(|e| Error::file(from, e))?;
        let restored = restore_from(district, from, &copy_file).await;
        remove_sqlite(&copy_file)?;
        let (write, settings, seal) = restored?;
        Ok(RestoreTx { directory: self.clone(), lock, write, settings, seal })
    }
}

async fn restore_from(
    district: &District,
    from: &Path,
    copy_file: &Path,
) -> Result<(WriteTx, Settings, Seal), Error> {
    let bad = |why: String| Error::BadBackup { file: from.display().to_string(), why };
    let file = open_sqlite(copy_file, false, district_migrations()).await.map_err(|e| bad(e.to_string()))?;
    let result = async {
        let seal = verify(&file, from).await?;
        let mut write = district.write().await?;
        let mut link = write.tx.link();
        for table in LEFT_OUT.iter().rev().filter(|t| **t != "sync_holder").chain(TABLES.iter().rev()) {
            link.execute_built(format!("DELETE FROM {table}"), Vec::new()).await?;
        }
        let mut source = file.snapshot().await?;
        for table in TABLES {
            copy(&mut source.link(), &mut link, &file, table).await?;
        }
        if strips_checksum(&mut link).await? != seal.strips {
            return Err(Error::damaged("the restored strips are not the backup's"));
        }
        let mut settings = write.settings(district.id()).await?;
        settings.id = district.id().clone();
        write.set_settings(&settings).await?;
        Ok((write, settings, seal))
    }
    .await;
    file.close().await;
    result
}

impl RestoreTx {
    /// The transaction, to write an audit event with it.
    pub fn write(&mut self) -> &mut WriteTx {
        &mut self.write
    }

    /// What the backup says of itself.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Makes it happen. The district has to be opened anew: its settings may be others.
    ///
    /// # Errors
    /// Where the store cannot be written; then nothing happened.
    pub async fn commit(self) -> Result<Seal, Error> {
        self.write.commit().await?;
        self.lock.release().await?;
        self.directory.relist(&self.settings).await?;
        Ok(self.seal)
    }
}

/// A file's name with an ending more, in the same folder.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    file.with_file_name(name)
}

/// Removes a SQLite file with its companions, where there is one.
fn remove_sqlite(file: &Path) -> Result<(), Error> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        let part = PathBuf::from(name);
        match std::fs::remove_file(&part) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::file(&part, e)),
            _ => {}
        }
    }
    Ok(())
}
