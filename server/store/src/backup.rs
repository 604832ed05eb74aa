//! One file that holds a district: a SQLite file with the tables of the store, whichever engine it came from, so that a
//! backup of one engine restores into the other. It carries how many rows each table has, a checksum over each table's
//! rows and one over the strips in their order, and it is read again and compared before it gets its name.
//!
//! Sessions, invitations, the credentials of sources and jobs are not in it: a restore signs everybody out, credentials
//! are given anew, and nothing that waited then is done now.

use crate::db::{Db, Kind, Link, Value, args, statements};
use crate::directory::{Directory, district_migrations, open_sqlite, private_file};
use crate::district::{District, Settings, WriteTx};
use crate::error::Error;
use crate::lock::SyncLock;
use chrono::{DateTime, Datelike, Utc};
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
    "rows_told",
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
    /// A checksum over the rows of each table, whatever their order; none in backups of before these were kept.
    #[serde(default)]
    pub sums: BTreeMap<String, String>,
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
        let file = open_sqlite(part, true, Some(district_migrations())).await?;
        let result = async {
            let mut source = self.db().snapshot().await?;
            let mut target = file.write().await?;
            let (mut rows, mut sums) = (BTreeMap::new(), BTreeMap::new());
            for table in TABLES {
                let copied = copy(&mut source.link(), &mut target.link(), &file, table).await?;
                rows.insert((*table).to_owned(), copied.rows);
                sums.insert((*table).to_owned(), copied.sum());
            }
            let strips = strips_checksum(&mut source.link()).await?;
            let seal = Seal { district: self.id().to_string(), made_at: now, rows, sums, strips };
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
    if strips_checksum(&mut link).await? != seal.strips {
        return Err(bad("the strips are not those that were written".into()));
    }
    for (table, expected) in &seal.rows {
        let Some(shape) = Shape::of(file, table).await? else {
            return Err(bad(format!("its table `{table}` is missing")));
        };
        let mut found = Tally::default();
        let mut after = None;
        while let Some(rows) = shape.read(&mut link, &mut after).await? {
            found.add(&rows);
        }
        if found.rows != *expected {
            return Err(bad(format!("table {table} has {} rows, {expected} were written", found.rows)));
        }
        if seal.sums.get(table).is_some_and(|sum| *sum != found.sum()) {
            return Err(bad(format!("the rows of table {table} are not those that were written")));
        }
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

/// How many rows, and what they are together.
#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    // The sum of each row's SHA-256, in four parts: the engines read rows in orders of their own.
    sums: [u64; 4],
}

impl Tally {
    fn add(&mut self, rows: &[Vec<Value>]) {
        for row in rows {
            let digest = row.iter().fold(Sha256::new(), with_value).finalize();
            for (sum, part) in self.sums.iter_mut().zip(digest.chunks_exact(8)) {
                *sum = sum.wrapping_add(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
            }
        }
        self.rows += rows.len() as u64;
    }

    /// In hexadecimal.
    fn sum(&self) -> String {
        self.sums.iter().map(|part| format!("{part:016x}")).collect()
    }
}

/// A value behind its kind and length, so that no two rows are written alike.
fn with_value(sha: Sha256, value: &Value) -> Sha256 {
    let number = |n: i64| n.to_le_bytes().to_vec();
    let (kind, bytes) = match value {
        Value::Int(v) => (b'i', v.map(number)),
        Value::Text(v) => (b't', v.as_ref().map(|text| text.as_bytes().to_vec())),
        Value::Bool(v) => (b'b', v.map(|is| vec![u8::from(is)])),
        Value::Bytes(v) => (b'y', v.clone()),
        Value::Date(v) => (b'd', v.map(|date| number(i64::from(date.num_days_from_ce())))),
        // PostgreSQL keeps microseconds.
        Value::Instant(v) => (b'n', v.map(|at| number(at.timestamp_micros()))),
    };
    let length = bytes.as_ref().map_or(-1, |bytes| bytes.len() as i64);
    sha.chain_update([kind]).chain_update(length.to_le_bytes()).chain_update(bytes.unwrap_or_default())
}

/// A table as a SQLite file declares it.
struct Shape {
    table: String,
    columns: Vec<String>,
    kinds: Vec<Kind>,
    /// Which columns are its key.
    key: Vec<usize>,
}

impl Shape {
    /// `None` where the file has no such table.
    async fn of(file: &Db, table: &str) -> Result<Option<Self>, Error> {
        let mut conn = file.read().await?;
        let rows: Vec<(String, String, i64)> = conn.link().all(COLUMNS, args![table]).await?;
        let (mut columns, mut kinds) = (Vec::new(), Vec::new());
        let mut key: Vec<(i64, usize)> = Vec::new();
        for (name, declared, pk) in rows {
            kinds.push(match declared.as_str() {
                "BIGINT" => Kind::Int,
                "TEXT" => Kind::Text,
                "BOOLEAN" => Kind::Bool,
                "BLOB" => Kind::Bytes,
                "DATE" => Kind::Date,
                "DATETIME" => Kind::Instant,
                other => return Err(Error::damaged(format!("{table}.{name} is declared {other}"))),
            });
            if pk > 0 {
                key.push((pk, columns.len()));
            }
            columns.push(name);
        }
        // They become part of statements, and a file may come from anywhere.
        let is_plain = |name: &str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if let Some(odd) = columns.iter().map(String::as_str).chain([table]).find(|name| !is_plain(name)) {
            return Err(Error::damaged(format!("`{odd}` is no name of the store")));
        }
        key.sort_unstable();
        let key = key.into_iter().map(|(_, at)| at).collect();
        Ok((!columns.is_empty()).then(|| Self { table: table.to_owned(), columns, kinds, key }))
    }

    /// The next rows in the order of the key, behind those that `after` names; `None` behind the last.
    async fn read(
        &self,
        link: &mut Link<'_>,
        after: &mut Option<Vec<Value>>,
    ) -> Result<Option<Vec<Vec<Value>>>, Error> {
        let order = self.key.iter().map(|at| self.columns[*at].as_str()).collect::<Vec<_>>().join(", ");
        let marks = (1..=self.key.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let (condition, values) = match after.take() {
            None => (String::new(), Vec::new()),
            Some(values) => (format!("WHERE ({order}) > ({marks})"), values),
        };
        let (list, table) = (self.columns.join(", "), &self.table);
        let sql = format!("SELECT {list} FROM {table} {condition} ORDER BY {order} LIMIT {CHUNK}");
        let rows = link.values(sql, &self.kinds, values).await?;
        *after = rows.last().map(|last| self.key.iter().map(|at| last[*at].clone()).collect());
        Ok((!rows.is_empty()).then_some(rows))
    }
}

/// Copies a table. `file` is whichever side is the SQLite file: it knows the columns.
async fn copy(source: &mut Link<'_>, target: &mut Link<'_>, file: &Db, table: &str) -> Result<Tally, Error> {
    let shape = Shape::of(file, table).await?.ok_or_else(|| Error::damaged(format!("no table {table}")))?;
    let names: Vec<&str> = shape.columns.iter().map(String::as_str).collect();
    let (mut copied, mut after) = (Tally::default(), None);
    while let Some(rows) = shape.read(source, &mut after).await? {
        copied.add(&rows);
        target.insert(table, &names, "", rows).await?;
    }
    Ok(copied)
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
    let open = async |migrator| open_sqlite(copy_file, false, migrator).await.map_err(|e| bad(e.to_string()));
    // As it was written, then as this program writes.
    let file = open(None).await?;
    let seal = verify(&file, from).await;
    file.close().await;
    let seal = seal?;
    let file = open(Some(district_migrations())).await?;
    let result = async {
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
