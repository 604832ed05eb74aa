//! Work that waits or is under way, as rows: queued in the transaction that caused it, taken under a lease, given back
//! or ended by whoever holds the lease. A lease that nobody renews runs out, and the work is taken again.

use crate::db::{Link, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use chrono::{DateTime, Utc};
use model::ids::PersonId;

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is to be done, such as `sync`.
    pub kind: String,
    /// What it is about: of `sync`, the source.
    pub subject: i64,
    /// When it is to be done.
    pub due_at: DateTime<Utc>,
    /// How often it was begun.
    pub tries: u32,
    /// Until when somebody has it.
    pub leased_until: Option<DateTime<Utc>>,
    /// Why the last try failed, as a code; empty before.
    pub why: String,
    /// Since when it is not tried again by itself.
    pub dead_at: Option<DateTime<Utc>>,
}

/// A job that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What is to be done.
    pub kind: String,
    /// What it is about.
    pub subject: i64,
    /// Which try this is: 1 and up.
    pub tries: u32,
    /// What shows that it is ours.
    pub lease: i64,
}

/// Which jobs may be taken.
macro_rules! free {
    () => {
        "dead_at IS NULL AND due_at <= $3 AND (leased_until IS NULL OR leased_until <= $3)"
    };
}

/// Takes the job that has waited longest; `$locked` keeps those who take at the same time from waiting for each other. `=`
/// and not `IN`: PostgreSQL may ask anew for each row what is in a list, and then takes every job for one who does one.
macro_rules! take {
    ($locked:literal) => {
        concat!(
            "UPDATE job SET lease = $1, leased_until = $2, tries = tries + 1 WHERE (kind, subject) =
             (SELECT kind, subject FROM job WHERE ",
            free!(),
            " ORDER BY due_at, kind, subject LIMIT 1",
            $locked,
            ") RETURNING kind, subject, tries"
        )
    };
}

/// PostgreSQL alone knows these words; SQLite has one writer.
const TAKE_POSTGRES: &str = take!(" FOR UPDATE SKIP LOCKED");

statements! {
    JOBS = "SELECT kind, subject, due_at, tries, leased_until, why, dead_at FROM job ORDER BY due_at, kind, subject";
    WAITING = "SELECT COUNT(*) FROM job
        WHERE dead_at IS NULL AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)";
    STANDS = "SELECT COUNT(*) FROM job WHERE kind = $1 AND subject = $2 AND dead_at IS NULL
        AND (leased_until > $3 OR (lease IS NULL AND tries = 0 AND due_at <= $3))";
    TAKE = take!("");
    // One that waits for a later try, or is dead, is due anew; one under way stays as it is.
    QUEUE = "INSERT INTO job (kind, subject, queued_at, queued_by, due_at, tries, why)
        VALUES ($1, $2, $3, $4, $3, 0, '')
        ON CONFLICT (kind, subject) DO UPDATE SET queued_at = excluded.queued_at, queued_by = excluded.queued_by,
        due_at = excluded.due_at, tries = 0, lease = NULL, leased_until = NULL, why = '', dead_at = NULL
        WHERE job.leased_until IS NULL OR job.leased_until <= excluded.queued_at";
    RENEW = "UPDATE job SET leased_until = $4 WHERE kind = $1 AND subject = $2 AND lease = $3";
    DONE = "DELETE FROM job WHERE kind = $1 AND subject = $2 AND lease = $3";
    LATER = "UPDATE job SET lease = NULL, leased_until = NULL, due_at = $4, why = $5, tries = $6
        WHERE kind = $1 AND subject = $2 AND lease = $3";
    BURY = "UPDATE job SET lease = NULL, leased_until = NULL, dead_at = $4, why = $5
        WHERE kind = $1 AND subject = $2 AND lease = $3";
    DROP = "DELETE FROM job WHERE kind = $1 AND subject = $2 AND dead_at IS NULL
        AND (leased_until IS NULL OR leased_until <= $3)";
    FORGET = "DELETE FROM job WHERE kind = $1 AND subject = $2";
}

type JobColumns = (String, i64, DateTime<Utc>, i64, Option<DateTime<Utc>>, String, Option<DateTime<Utc>>);

impl District {
    /// Every job, the longest due first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn jobs(&self) -> Result<Vec<Job>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<JobColumns> = conn.link().all(JOBS, args![]).await?;
        let read = |(kind, subject, due_at, tries, leased_until, why, dead_at): JobColumns| {
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            Job { kind, subject, due_at, tries, leased_until, why, dead_at }
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Takes the job that is due longest and nobody has, until a time; `None` where there is none. `lease` is chance.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn take_job(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        lease: i64,
    ) -> Result<Option<Taken>, Error> {
        // Mostly there is none, which is no reason to wait for a writer.
        let mut conn = self.read().await?;
        let (waiting,): (i64,) = conn.link().one(WAITING, args![now]).await?;
        drop(conn);
        if waiting == 0 {
            return Ok(None);
        }
        let mut tx = self.db().write().await?;
        let mut link = tx.link();
        let sql = match link {
            Link::Sqlite(_) => TAKE,
            Link::Postgres(_) => TAKE_POSTGRES,
        };
        let row: Option<(String, i64, i64)> = link.optional(sql, args![lease, until, now]).await?;
        tx.commit().await?;
        Ok(row.map(|(kind, subject, tries)| {
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            Taken { kind, subject, tries, lease }
        }))
    }

    /// Says that a job is still at work, unless somebody writes: then the next word comes in time.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn renew_lease(&self, job: &Taken, until: DateTime<Utc>) -> Result<(), Error> {
        let values = args![&job.kind, job.subject, job.lease, until];
        self.db().execute_if_free(RENEW, values).await.map(drop)
    }
}

impl WriteTx {
    /// Queues a job to be done now. One that waits already is due now and its tries begin anew; one under way stays as
    /// it is. Whether there was something to do.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn queue_job(
        &mut self,
        kind: &str,
        subject: i64,
        now: DateTime<Utc>,
        by: Option<PersonId>,
    ) -> Result<bool, Error> {
        Ok(self.tx.link().execute(QUEUE, args![kind, subject, now, by]).await? == 1)
    }

    /// Whether a job is under way, or is due and was never begun: queueing it changes nothing.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn job_stands(&mut self, kind: &str, subject: i64, now: DateTime<Utc>) -> Result<bool, Error> {
        let (standing,): (i64,) = self.tx.link().one(STANDS, args![kind, subject, now]).await?;
        Ok(standing == 1)
    }

    /// Ends a job that is ours; whether it still was.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_job(&mut self, job: &Taken) -> Result<bool, Error> {
        Ok(self.tx.link().execute(DONE, args![&job.kind, job.subject, job.lease]).await? == 1)
    }

    /// Gives a job back, to be taken again from a time on, after so many tries.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn give_back_job(
        &mut self,
        job: &Taken,
        due: DateTime<Utc>,
        why: &str,
        tries: u32,
    ) -> Result<bool, Error> {
        let values = args![&job.kind, job.subject, job.lease, due, why, tries];
        Ok(self.tx.link().execute(LATER, values).await? == 1)
    }

    /// Notes that a job of ours is not tried again by itself.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn bury_job(&mut self, job: &Taken, at: DateTime<Utc>, why: &str) -> Result<bool, Error> {
        let values = args![&job.kind, job.subject, job.lease, at, why];
        Ok(self.tx.link().execute(BURY, values).await? == 1)
    }

    /// Takes a job away that waits to be begun, or begun again. One under way stays, and one that is dead, to be seen.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn drop_waiting_job(
        &mut self,
        kind: &str,
        subject: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.tx.link().execute(DROP, args![kind, subject, now]).await.map(drop)
    }

    /// Takes a job away, whoever has it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn forget_job(&mut self, kind: &str, subject: i64) -> Result<(), Error> {
        self.tx.link().execute(FORGET, args![kind, subject]).await.map(drop)
    }
}
