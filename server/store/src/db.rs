//! Two engines behind one face: the same SQL text, the same values, the same rows. Nothing else in the store asks
//! which engine it runs on, but for opening, locking and removing a district.

use crate::error::Error;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::join;
use model::ids::{AlertId, PersonId, RunId, SchoolId, SectionId, SourceId, SourceRunId, StudentId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, FromRow, PgConnection, PgPool, Postgres, Row, SqlSafeStr, Sqlite,
    SqliteConnection, SqlitePool, Transaction,
};
use std::time::Duration;

/// Declares statements as constants, and `ALL`, so that a test can prepare each on both engines.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $text;)*
        /// Every statement of this file, by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

/// The values of a statement's placeholders, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

/// A value on its way into or out of a table; `None` is NULL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
    Date(Option<NaiveDate>),
    Instant(Option<DateTime<Utc>>),
}

/// The kind of a column, for copying tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Bool,
    Bytes,
    Date,
    Instant,
}

macro_rules! value_from {
    ($($variant:ident: $($type:ty => $convert:expr),*;)*) => {$($(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let convert: fn($type) -> _ = $convert;
                Self::$variant(Some(convert(value)))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                let convert: fn($type) -> _ = $convert;
                Self::$variant(value.map(convert))
            }
        }
    )*)*};
}

value_from! {
    Int: i64 => |v| v, u32 => i64::from, u16 => i64::from, i16 => i64::from, u8 => i64::from,
        PersonId => |v| v.0, StudentId => |v| v.0, SchoolId => |v| v.0, SectionId => |v| v.0, RunId => |v| v.0,
        SourceId => |v| v.0, SourceRunId => |v| v.0, AlertId => |v| v.0;
    Text: String => |v| v, &str => str::to_owned, &String => String::clone;
    Bool: bool => |v| v;
    Bytes: Vec<u8> => |v| v, &[u8] => <[u8]>::to_vec;
    Date: NaiveDate => |v| v;
    Instant: DateTime<Utc> => |v| v;
}

/// A row both engines can give.
pub(crate) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// One connection, in or out of a transaction.
pub(crate) enum Link<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// Runs one expression on whichever engine there is.
macro_rules! on {
    ($link:expr, $connection:ident, $arguments:ident = $values:expr, $body:expr) => {
        match $link {
            Link::Sqlite($connection) => {
                let $arguments = sqlite_arguments($values)?;
                $body
            }
            Link::Postgres($connection) => {
                let $arguments = postgres_arguments($values)?;
                $body
            }
        }
    };
}

macro_rules! bind_all {
    ($name:ident, $type:ty) => {
        fn $name(values: Vec<Value>) -> Result<$type, Error> {
            let mut out = <$type>::default();
            out.reserve(values.len(), 0);
            for value in values {
                match value {
                    Value::Int(v) => out.add(v),
                    Value::Text(v) => out.add(v),
                    Value::Bool(v) => out.add(v),
                    Value::Bytes(v) => out.add(v),
                    Value::Date(v) => out.add(v),
                    Value::Instant(v) => out.add(v),
                }
                .map_err(|e| Error::Database(sqlx::Error::Encode(e)))?;
            }
            Ok(out)
        }
    };
}
bind_all!(sqlite_arguments, SqliteArguments);
bind_all!(postgres_arguments, PgArguments);

impl Link<'_> {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64, Error> {
        let done =
            on!(self, c, a = values, sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected());
        Ok(done)
    }

    /// Runs a statement built at run time, of constants and placeholders only.
    pub(crate) async fn execute_built(&mut self, sql: String, values: Vec<Value>) -> Result<u64, Error> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        let done =
            on!(self, c, a = values, sqlx::query_with(sql, a).execute(&mut **c).await?.rows_affected());
        Ok(done)
    }

    /// Every row.
    pub(crate) async fn all<T: Record>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        let rows = on!(self, c, a = values, sqlx::query_as_with(sql, a).fetch_all(&mut **c).await?);
        Ok(rows)
    }

    /// Every row of a statement built at run time, of constants, placeholders and numbers only.
    pub(crate) async fn all_built<T: Record>(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        let rows = on!(self, c, a = values, {
            sqlx::query_as_with(sql, a).persistent(false).fetch_all(&mut **c).await?
        });
        Ok(rows)
    }

    /// The first row, if any.
    pub(crate) async fn optional<T: Record>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<T>, Error> {
        let row = on!(self, c, a = values, sqlx::query_as_with(sql, a).fetch_optional(&mut **c).await?);
        Ok(row)
    }

    /// The row of a statement that always has one.
    pub(crate) async fn one<T: Record>(&mut self, sql: &'static str, values: Vec<Value>) -> Result<T, Error> {
        let row = on!(self, c, a = values, sqlx::query_as_with(sql, a).fetch_one(&mut **c).await?);
        Ok(row)
    }

    /// Rows as plain values, by the kinds of their columns.
    pub(crate) async fn values(
        &mut self,
        sql: String,
        kinds: &[Kind],
        values: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        on!(self, c, a = values, {
            let rows = sqlx::query_with(sql, a).persistent(false).fetch_all(&mut **c).await?;
            rows.iter()
                .map(|row| {
                    kinds
                        .iter()
                        .enumerate()
                        .map(|(i, kind)| {
                            Ok(match kind {
                                Kind::Int => Value::Int(row.try_get(i)?),
                                Kind::Text => Value::Text(row.try_get(i)?),
                                Kind::Bool => Value::Bool(row.try_get(i)?),
                                Kind::Bytes => Value::Bytes(row.try_get(i)?),
                                Kind::Date => Value::Date(row.try_get(i)?),
                                Kind::Instant => Value::Instant(row.try_get(i)?),
                            })
                        })
                        .collect()
                })
                .collect()
        })
    }

    /// Inserts rows in chunks. `tail` is what follows the values, such as an `ON CONFLICT` clause.
    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &[&str],
        tail: &str,
        rows: impl IntoIterator<Item = Vec<Value>, IntoIter: Send>,
    ) -> Result<(), Error> {
        if tail.is_empty()
            && let Self::Postgres(connection) = self
        {
            return copy_in(connection, table, columns, rows.into_iter()).await;
        }
        // SQLite takes 32,766 placeholders; beyond some thousands a longer statement gains nothing.
        let chunk = (8_000 / columns.len()).max(1);
        let named = matches!(self, Self::Postgres(_));
        let mut rows = rows.into_iter();
        let mut statement = || {
            let values: Vec<Value> = rows.by_ref().take(chunk).flatten().collect();
            let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(","));
            for row in 0..values.len() / columns.len() {
                sql.push_str(if row == 0 { "(" } else { ",(" });
                placeholders(&mut sql, named, row * columns.len(), columns.len());
                sql.push(')');
            }
            sql.push(' ');
            sql.push_str(tail);
            (!values.is_empty()).then_some((sql, values))
        };
        let mut next = statement();
        while let Some((sql, values)) = next {
            // SQLite writes on a thread of its own: what comes next is made ready meanwhile.
            let (written, ready) = join(self.execute_built(sql, values), async { statement() }).await;
            written?;
            next = ready;
        }
        Ok(())
    }

    /// Deletes, changes or copies rows by a text key, in chunks: `head` ends before the list of keys, and its own
    /// placeholders, from `$1`, stand for `first`.
    pub(crate) async fn by_keys<K: AsRef<str>>(
        &mut self,
        head: &str,
        first: Vec<Value>,
        keys: &[K],
    ) -> Result<(), Error> {
        // Named, as the head's own are: sqlx counts those without a name by themselves. Few, as SQLite looks each name
        // up among all before it.
        for part in keys.chunks(500) {
            let names: Vec<String> = (1..=part.len()).map(|n| format!("${}", first.len() + n)).collect();
            let sql = format!("{head} ({})", names.join(","));
            let keys = part.iter().map(|key| Value::from(key.as_ref()));
            let values = first.iter().cloned().chain(keys).collect();
            self.execute_built(sql, values).await?;
        }
        Ok(())
    }

    /// Deletes rows by a number, in chunks: `head` ends before the list of numbers.
    pub(crate) async fn by_numbers(&mut self, head: &str, numbers: &[i64]) -> Result<(), Error> {
        for part in numbers.chunks(2_000) {
            let list = number_list(part.iter().copied());
            self.execute_built(format!("{head} {list}"), args![]).await?;
        }
        Ok(())
    }
}

/// Writes placeholders behind those already there. SQLite looks each named one up among all before it, which would make
/// long statements quadratic, so there they have no name.
fn placeholders(sql: &mut String, named: bool, before: usize, count: usize) {
    for n in 1..=count {
        if n > 1 {
            sql.push(',');
        }
        if named {
            sql.push('$');
            sql.push_str(&(before + n).to_string());
        } else {
            sql.push('?');
        }
    }
}

/// What is sent to PostgreSQL at once.
const COPY_BLOCK: usize = 256 * 1024;

/// Inserts rows by PostgreSQL's COPY, which takes them several times faster than statements.
async fn copy_in(
    connection: &mut PgConnection,
    table: &str,
    columns: &[&str],
    mut rows: impl Iterator<Item = Vec<Value>> + Send,
) -> Result<(), Error> {
    let Some(first) = rows.next() else { return Ok(()) };
    let sql = format!("COPY {table} ({}) FROM STDIN", columns.join(","));
    let mut copy = connection.copy_in_raw(&sql).await?;
    let mut block = String::with_capacity(COPY_BLOCK + 4096);
    for row in std::iter::once(first).chain(rows) {
        for (i, value) in row.iter().enumerate() {
            if i > 0 {
                block.push('\t');
            }
            copy_text(&mut block, value);
        }
        block.push('\n');
        if block.len() >= COPY_BLOCK {
            copy.send(block.as_bytes()).await?;
            block.clear();
        }
    }
    copy.send(block.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// A value in COPY's text format (PostgreSQL documentation, COPY, "Text Format").
fn copy_text(out: &mut String, value: &Value) {
    use std::fmt::Write;
    // Writing into a text cannot fail.
    let _ = match value {
        Value::Int(Some(v)) => write!(out, "{v}"),
        Value::Bool(Some(v)) => out.write_str(if *v { "t" } else { "f" }),
        Value::Date(Some(v)) => write!(out, "{v}"),
        Value::Instant(Some(v)) => write!(out, "{}", v.format("%Y-%m-%d %H:%M:%S%.6f+00")),
        Value::Bytes(Some(v)) => {
            out.push_str("\\\\x");
            v.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
        }
        Value::Text(Some(v)) => {
            for c in v.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    c => out.push(c),
                }
            }
            Ok(())
        }
        Value::Int(None)
        | Value::Text(None)
        | Value::Bool(None)
        | Value::Bytes(None)
        | Value::Date(None)
        | Value::Instant(None) => out.write_str("\\N"),
    };
}

/// Numbers for an `IN (…)` list; `(0)`, which is nobody's id, for an empty one.
pub(crate) fn number_list(ids: impl IntoIterator<Item = i64>) -> String {
    let list = ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    if list.is_empty() { "(0)".to_owned() } else { format!("({list})") }
}

/// A pooled connection.
pub(crate) enum Conn {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Conn {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(c) => Link::Sqlite(c),
            Self::Postgres(c) => Link::Postgres(c),
        }
    }
}

/// A transaction; dropped without a commit, it never was.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(t) => Link::Sqlite(t),
            Self::Postgres(t) => Link::Postgres(t),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(t) => t.commit().await?,
            Self::Postgres(t) => t.commit().await?,
        }
        Ok(())
    }
}

/// How long SQLite waits for a writer of another process: a first load of a large district takes this long.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(120);
/// The same, for a connection that waited less for once. Said to the writer each time it is taken: whoever shortened it
/// may have been dropped halfway.
pub(crate) const RESTORE_BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 120000";
/// How long a small write that may as well be left out waits for the writer of this process.
const A_MOMENT: Duration = Duration::from_millis(100);

/// Room for the pages of a large write, in KiB: the indexes of a district of 100,000 students.
const LARGE_CACHE: &str = "PRAGMA cache_size = -131072";
/// SQLite's own default.
const USUAL_CACHE: &str = "PRAGMA cache_size = -2000";

/// SQLite's SQLITE_BUSY.
fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "5")
}

/// The connections to one district or to the directory.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// One writer, since SQLite has one, and several readers.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// One pool, whose search path is the schema. `writers` is the key of the lock that lets one writer in at a time,
    /// as SQLite does: the audit chain needs an order.
    Postgres { pool: PgPool, writers: i64 },
}

impl Db {
    pub(crate) async fn read(&self) -> Result<Conn, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.acquire().await?),
            Self::Postgres { pool, .. } => Conn::Postgres(pool.acquire().await?),
        })
    }

    /// A read transaction: every statement in it sees the same state.
    pub(crate) async fn snapshot(&self) -> Result<Tx, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin_with("BEGIN DEFERRED").await?),
            Self::Postgres { pool, .. } => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// A write transaction, one at a time.
    pub(crate) async fn write(&self) -> Result<Tx, Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { pool, writers } => {
                let mut tx = Tx::Postgres(pool.begin().await?);
                // Selecting from a function that returns nothing: a count makes it a row both drivers can read.
                tx.link().execute("SELECT count(pg_advisory_xact_lock($1))", args![*writers]).await?;
                tx
            }
        })
    }

    /// A write transaction for very many rows: on SQLite with room to hold the pages of indexes, which would otherwise
    /// be written and read again for each row.
    pub(crate) async fn write_much(&self) -> Result<Tx, Error> {
        let mut tx = self.write().await?;
        if let Tx::Sqlite(_) = &tx {
            tx.link().execute(LARGE_CACHE, args![]).await?;
        }
        Ok(tx)
    }

    /// Gives that room back.
    pub(crate) async fn give_room_back(&self) -> Result<(), Error> {
        if let Self::Sqlite { writer, .. } = self {
            let mut conn = Conn::Sqlite(writer.acquire().await?);
            conn.link().execute(USUAL_CACHE, args![]).await?;
            conn.link().execute("PRAGMA shrink_memory", args![]).await?;
        }
        Ok(())
    }

    /// Runs one small statement unless somebody else writes; whether it ran. Nobody waits longer than a moment.
    pub(crate) async fn execute_if_free(&self, sql: &'static str, values: Vec<Value>) -> Result<bool, Error> {
        match self {
            Self::Sqlite { writer, .. } => {
                // Of this process: the one connection is in use. Of another: the file is locked.
                let Ok(conn) = tokio::time::timeout(A_MOMENT, writer.acquire()).await else {
                    return Ok(false);
                };
                let mut conn = Conn::Sqlite(conn?);
                let mut link = conn.link();
                link.execute("PRAGMA busy_timeout = 100", args![]).await?;
                match link.execute(sql, values).await {
                    Ok(_) => Ok(true),
                    Err(Error::Database(e)) if is_busy(&e) => Ok(false),
                    Err(e) => Err(e),
                }
            }
            Self::Postgres { pool, writers } => {
                let mut tx = Tx::Postgres(pool.begin().await?);
                let (free,): (bool,) =
                    tx.link().one("SELECT pg_try_advisory_xact_lock($1)", args![*writers]).await?;
                if free {
                    tx.link().execute(sql, values).await?;
                    tx.commit().await?;
                }
                Ok(free)
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}
