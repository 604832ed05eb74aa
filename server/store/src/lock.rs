//! One sync of a district at a time. The lock is the operating system's (a file beside the SQLite file) or the
//! database's (an advisory lock of PostgreSQL): it goes with the process that holds it, so a killed sync blocks nobody.

use crate::db::{Db, Link, args, statements};
use crate::directory::{lock_key, private_file};
use crate::district::District;
use crate::error::Error;
use chrono::{DateTime, Utc};
use std::fs::{File, TryLockError};

statements! {
    HOLD = "INSERT INTO sync_holder (one, who, started_at) VALUES (1, $1, $2)
        ON CONFLICT (one) DO UPDATE SET who = excluded.who, started_at = excluded.started_at";
    HOLDER = "SELECT who, started_at FROM sync_holder WHERE one = 1";
}

/// The right to sync a district; given back when dropped.
#[derive(Debug)]
pub(crate) struct SyncLock {
    held: Held,
}

#[derive(Debug)]
enum Held {
    File(File),
    Session(Box<sqlx::PgConnection>, i64),
}

impl SyncLock {
    /// Takes the lock, or says who has it.
    pub(crate) async fn take(district: &District, who: &str, now: DateTime<Utc>) -> Result<Self, Error> {
        let held = match (district.db(), district.lock_file()) {
            (Db::Sqlite { .. }, Some(path)) => {
                let file = private_file(path).map_err(|e| Error::file(path, e))?;
                match file.try_lock() {
                    Ok(()) => Some(Held::File(file)),
                    Err(TryLockError::WouldBlock) => None,
                    Err(TryLockError::Error(e)) => return Err(Error::file(path, e)),
                }
            }
            (Db::Sqlite { .. }, None) => return Err(Error::damaged("a district without a lock file")),
            (Db::Postgres { pool, .. }, _) => {
                // Out of the pool: the lock belongs to this connection and ends with it.
                let mut session = Box::new(pool.acquire().await?.detach());
                let key = lock_key(&format!("sync {}", district.id()));
                // A holder that just ended may not have been noticed yet, so a second is waited for it.
                let mut link = Link::Postgres(&mut session);
                link.execute("SET lock_timeout = 1000", args![]).await?;
                match link.execute("SELECT count(pg_advisory_lock($1))", args![key]).await {
                    Ok(_) => Some(Held::Session(session, key)),
                    Err(Error::Database(e)) if is_lock_timeout(&e) => None,
                    Err(e) => return Err(e),
                }
            }
        };
        let Some(held) = held else {
            let mut conn = district.read().await?;
            let row: Option<(String, DateTime<Utc>)> = conn.link().optional(HOLDER, args![]).await?;
            let (who, since) = row.map_or(("another process".to_owned(), None), |(w, s)| (w, Some(s)));
            return Err(Error::Running { district: district.id().clone(), who, since });
        };
        let mut tx = district.db().write().await?;
        tx.link().execute(HOLD, args![who, now]).await?;
        tx.commit().await?;
        Ok(Self { held })
    }

    /// Gives the lock back and waits until it is back; dropping does the same without waiting.
    pub(crate) async fn release(self) -> Result<(), Error> {
        match self.held {
            Held::File(file) => drop(file),
            Held::Session(mut session, key) => {
                Link::Postgres(&mut session).execute("SELECT pg_advisory_unlock($1)", args![key]).await?;
                sqlx::Connection::close(*session).await?;
            }
        }
        Ok(())
    }
}

/// PostgreSQL's `lock_not_available`.
fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "55P03")
}
