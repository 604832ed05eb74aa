//! When sources are synced by themselves, and the runs that wait for a person. What a schedule means is not known here.

use crate::db::{Link, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::sync::brake::{Approved, Brake, Seen};
use chrono::{DateTime, Utc};
use model::ids::{PersonId, SourceId, SourceRunId};
use model::report::Braked;

/// When a source is synced by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// The source.
    pub source: SourceId,
    /// Its schedule; `None`: only when a person asks.
    pub fields: Option<String>,
    /// Since when it has it.
    pub since: DateTime<Utc>,
    /// When it is due next.
    pub next_at: Option<DateTime<Utc>>,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
}

/// A run that stopped before it applied anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The run.
    pub run: SourceRunId,
    /// Of which source.
    pub source: SourceId,
    /// What would go.
    pub shown: Braked,
    /// When a person approved it; the next run has not come as far yet.
    pub approved_at: Option<DateTime<Utc>>,
}

statements! {
    RHYTHMS = "SELECT r.source_id, r.fields, r.since, r.next_at, r.paused_at FROM source_rhythm r
        JOIN source s ON s.id = r.source_id WHERE s.ended_at IS NULL ORDER BY r.source_id";
    SET = "INSERT INTO source_rhythm (source_id, fields, since, next_at, paused_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (source_id) DO UPDATE SET fields = excluded.fields, since = excluded.since,
        next_at = excluded.next_at, paused_at = excluded.paused_at";
    NO_RHYTHM = "DELETE FROM source_rhythm WHERE source_id = $1";
    LAST_GOOD = "SELECT started_at FROM source_run WHERE source_id = $1 AND outcome IN ('applied', 'unchanged')
        ORDER BY started_at DESC LIMIT 1";
    SEEN = "SELECT seen FROM source_run WHERE source_id = $1 AND seen <> '' ORDER BY started_at DESC, id DESC LIMIT 1";
    KEEP_SEEN = "UPDATE source_run SET seen = $2 WHERE id = $1";
    WATCHED = "SELECT seen FROM watched_folder WHERE source_id = $1";
    WATCH = "INSERT INTO watched_folder (source_id, seen) VALUES ($1, $2)
        ON CONFLICT (source_id) DO UPDATE SET seen = excluded.seen";
    STOPPED = "SELECT b.run_id, b.source_id, b.shown, b.approved_at FROM brake b
        JOIN source s ON s.id = b.source_id WHERE b.closed_at IS NULL AND s.ended_at IS NULL ORDER BY b.run_id";
    APPROVED = "SELECT shown, going FROM brake
        WHERE source_id = $1 AND closed_at IS NULL AND approved_at IS NOT NULL AND going IS NOT NULL";
    CLOSE = "UPDATE brake SET closed_at = $2 WHERE source_id = $1 AND closed_at IS NULL";
    KEEP_BRAKE = "INSERT INTO brake (run_id, source_id, shown, going, reason) VALUES ($1, $2, $3, $4, '')";
    APPROVE = "UPDATE brake SET approved_at = $2, approved_by = $3, reason = $4
        WHERE run_id = $1 AND closed_at IS NULL AND approved_at IS NULL AND going IS NOT NULL";
}

type RhythmColumns = (i64, Option<String>, DateTime<Utc>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

async fn rhythms(link: &mut Link<'_>) -> Result<Vec<Rhythm>, Error> {
    let rows: Vec<RhythmColumns> = link.all(RHYTHMS, args![]).await?;
    let read = |(source, fields, since, next_at, paused_at): RhythmColumns| Rhythm {
        source: SourceId(source),
        fields,
        since,
        next_at,
        paused_at,
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn stopped(link: &mut Link<'_>) -> Result<Vec<Stopped>, Error> {
    let rows: Vec<(i64, i64, String, Option<DateTime<Utc>>)> = link.all(STOPPED, args![]).await?;
    rows.into_iter()
        .map(|(run, source, shown, approved_at)| {
            let (run, source) = (SourceRunId(run), SourceId(source));
            Ok(Stopped { run, source, shown: read("brake.shown", &shown)?, approved_at })
        })
        .collect()
}

async fn approved(link: &mut Link<'_>, source: SourceId) -> Result<Option<Approved>, Error> {
    let row: Option<(String, Vec<u8>)> = link.optional(APPROVED, args![source]).await?;
    row.map(|(shown, going)| {
        let going = going.chunks_exact(8).map(|part| i64::from_le_bytes(part.try_into().unwrap_or_default()));
        Ok(Approved { shown: read("brake.shown", &shown)?, going: going.collect() })
    })
    .transpose()
}

fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|e| Error::damaged(format!("{what}: {e}")))
}

impl District {
    /// The rhythms of the sources that have not ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn rhythms(&self) -> Result<Vec<Rhythm>, Error> {
        rhythms(&mut self.read().await?.link()).await
    }

    /// When the last good run of a source began.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_good_run(&self, source: SourceId) -> Result<Option<DateTime<Utc>>, Error> {
        let mut conn = self.read().await?;
        let row: Option<(DateTime<Utc>,)> = conn.link().optional(LAST_GOOD, args![source]).await?;
        Ok(row.map(|(at,)| at))
    }

    /// What lay in a watched folder when a run was last queued for it; `None` before the first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn watched(&self, source: SourceId) -> Result<Option<String>, Error> {
        let mut conn = self.read().await?;
        let row: Option<(String,)> = conn.link().optional(WATCHED, args![source]).await?;
        Ok(row.map(|(seen,)| seen))
    }

    /// What the last good run of a source read.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_seen(&self, source: SourceId) -> Result<Option<Seen>, Error> {
        let mut conn = self.read().await?;
        let row: Option<(String,)> = conn.link().optional(SEEN, args![source]).await?;
        row.map(|(text,)| read("source_run.seen", &text)).transpose()
    }

    /// The runs that stopped before they applied anything, as long as no later run of the source came as far and it has not
    /// ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn stopped_runs(&self) -> Result<Vec<Stopped>, Error> {
        stopped(&mut self.read().await?.link()).await
    }

    /// What a person approved of a source's removals, for its next run.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn approved_removals(&self, source: SourceId) -> Result<Option<Approved>, Error> {
        approved(&mut self.read().await?.link(), source).await
    }
}

impl WriteTx {
    /// Keeps what lies in a watched folder, for which a run was queued.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_watched(&mut self, source: SourceId, seen: &str) -> Result<(), Error> {
        self.tx.link().execute(WATCH, args![source, seen]).await.map(drop)
    }

    /// The rhythms, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn rhythms(&mut self) -> Result<Vec<Rhythm>, Error> {
        rhythms(&mut self.tx.link()).await
    }

    /// Keeps a source's rhythm in place of the one it had.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_rhythm(&mut self, of: &Rhythm) -> Result<(), Error> {
        let values = args![of.source, of.fields.clone(), of.since, of.next_at, of.paused_at];
        self.tx.link().execute(SET, values).await.map(drop)
    }

    /// Takes a source's rhythm away.
    pub(crate) async fn forget_rhythm(&mut self, source: SourceId) -> Result<(), Error> {
        self.tx.link().execute(NO_RHYTHM, args![source]).await.map(drop)
    }

    /// Notes what a good run read. What stopped before needs nobody any more.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_seen(
        &mut self,
        run: SourceRunId,
        source: SourceId,
        seen: &Seen,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(KEEP_SEEN, args![run, serde_json::json!(seen).to_string()]).await?;
        link.execute(CLOSE, args![source, now]).await.map(drop)
    }

    /// Keeps what a run that stopped would have taken away, in place of what an earlier one would have. Where all of it was
    /// approved while the run was under way, which did not know of it, the approval stays, for the next run.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_brake(
        &mut self,
        run: SourceRunId,
        source: SourceId,
        brake: &Brake,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut link = self.tx.link();
        if approved(&mut link, source).await?.is_some_and(|approved| approved.covers(brake)) {
            return Ok(());
        }
        link.execute(CLOSE, args![source, now]).await?;
        let going = brake
            .going
            .as_ref()
            .map(|rows| rows.iter().flat_map(|row| row.to_le_bytes()).collect::<Vec<u8>>());
        let values = args![run, source, serde_json::json!(brake.shown).to_string(), going];
        link.execute(KEEP_BRAKE, values).await.map(drop)
    }

    /// The runs that stopped, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn stopped_runs(&mut self) -> Result<Vec<Stopped>, Error> {
        stopped(&mut self.tx.link()).await
    }

    /// Notes that a person lets what a run would have taken away go; whether it waited for that.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn approve_removals(
        &mut self,
        run: SourceRunId,
        at: DateTime<Utc>,
        by: Option<PersonId>,
        reason: &str,
    ) -> Result<bool, Error> {
        Ok(self.tx.link().execute(APPROVE, args![run, at, by, reason]).await? == 1)
    }
}
