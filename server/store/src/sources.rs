//! Where a district's data comes from: sources, their sealed credentials, their runs. What the seals are, and what a
//! source's settings mean, is not known here.

use crate::db::{Link, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use crate::session::TokenHash;
use chrono::{DateTime, Utc};
use model::canonical::Carries;
use model::ids::{PersonId, SourceId, SourceRunId};

/// A source of a district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its name: among those that have not ended, no two share one.
    pub name: String,
    /// What it is, such as `oneroster`.
    pub kind: String,
    /// Which side of the data comes from it.
    pub carries: Carries,
    /// How it is reached, as JSON; nothing in it is secret.
    pub settings: String,
    /// How it writes its files; `None` where that is as usual.
    pub profile: Option<SourceProfile>,
    /// A digest of the changes that came from it last and did not reach the store; `None` where there are none such.
    pub unapplied: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// By whom; `None` for the command line.
    pub created_by: Option<PersonId>,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// By whom; `None` for the command line, and while it has not ended.
    pub ended_by: Option<PersonId>,
}

/// How a source writes its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProfile {
    /// The name by which it was given.
    pub name: String,
    /// What it says, as TOML.
    pub text: String,
}

/// Credentials, sealed. What opens them is not in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Which master key wraps the data key.
    pub key_id: String,
    /// The nonce under which the data key is wrapped.
    pub wrap_nonce: Vec<u8>,
    /// The data key, wrapped.
    pub wrapped: Vec<u8>,
    /// The nonce under which the credentials are sealed.
    pub nonce: Vec<u8>,
    /// The credentials, sealed by the data key.
    pub sealed: Vec<u8>,
}

/// A run of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRun {
    /// The run.
    pub id: SourceRunId,
    /// Of which source.
    pub source: SourceId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it is at work, or where it was cut off.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, as a code; empty until then.
    pub outcome: String,
    /// Rows read, over all tables.
    pub read: u64,
    /// Rows added.
    pub added: u64,
    /// Rows changed.
    pub changed: u64,
    /// Rows removed.
    pub removed: u64,
    /// Rows set aside.
    pub set_aside: u64,
}

statements! {
    SOURCES = "SELECT id, name, kind, carries, settings, profile_name, profile, unapplied,
        created_at, created_by, ended_at, ended_by
        FROM source ORDER BY name, created_at, id";
    LIVING = "SELECT COUNT(*) FROM source WHERE id = $1 AND ended_at IS NULL";
    ADD = "INSERT INTO source (id, name, kind, carries, settings, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    KEEP_UNAPPLIED = "UPDATE source SET unapplied = $2 WHERE id = $1";
    KEEP_PROFILE = "UPDATE source SET profile_name = $2, profile = $3 WHERE id = $1";
    END = "UPDATE source SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL";
    SECRET = "SELECT key_id, wrap_nonce, wrapped, nonce, sealed FROM source_secret WHERE source_id = $1";
    SECRETS = "SELECT source_id, key_id, wrap_nonce, wrapped, nonce, sealed FROM source_secret ORDER BY source_id";
    KEEP_SECRET = "INSERT INTO source_secret (source_id, key_id, wrap_nonce, wrapped, nonce, sealed, kept_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (source_id) DO UPDATE SET key_id = excluded.key_id, wrap_nonce = excluded.wrap_nonce,
        wrapped = excluded.wrapped, nonce = excluded.nonce, sealed = excluded.sealed, kept_at = excluded.kept_at";
    PUSHED_TO = "SELECT source_id FROM push_token WHERE hash = $1";
    KEEP_TOKEN = "INSERT INTO push_token (source_id, hash) VALUES ($1, $2)
        ON CONFLICT (source_id) DO UPDATE SET hash = excluded.hash";
    WIPE_TOKEN = "DELETE FROM push_token WHERE source_id = $1";
    WIPE_SECRET = "DELETE FROM source_secret WHERE source_id = $1";
    RUNS = "SELECT id, source_id, started_at, ended_at, outcome, rows_read, added, changed, removed, set_aside
        FROM source_run ORDER BY started_at DESC, id DESC LIMIT $1";
    LAST_RUN = "SELECT id, source_id, started_at, ended_at, outcome, rows_read, added, changed, removed, set_aside
        FROM source_run WHERE source_id = $1 ORDER BY started_at DESC, id DESC LIMIT 1";
    CUT_OFF = "UPDATE source_run SET ended_at = $1, outcome = 'interrupted' WHERE ended_at IS NULL";
    BEGIN_RUN = "INSERT INTO source_run
        (id, source_id, started_at, outcome, rows_read, added, changed, removed, set_aside)
        VALUES ($1, $2, $3, '', 0, 0, 0, 0, 0)";
    END_RUN = "UPDATE source_run SET ended_at = $2, outcome = $3, rows_read = $4, added = $5, changed = $6,
        removed = $7, set_aside = $8 WHERE id = $1";
}

type SourceColumns = (
    i64,
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    DateTime<Utc>,
    Option<i64>,
    Option<DateTime<Utc>>,
    Option<i64>,
);
type SecretColumns = (String, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
type RunColumns = (i64, i64, DateTime<Utc>, Option<DateTime<Utc>>, String, i64, i64, i64, i64, i64);

fn read_secret((key_id, wrap_nonce, wrapped, nonce, sealed): SecretColumns) -> SealedSecret {
    SealedSecret { key_id, wrap_nonce, wrapped, nonce, sealed }
}

async fn all(link: &mut Link<'_>) -> Result<Vec<Source>, Error> {
    let rows: Vec<SourceColumns> = link.all(SOURCES, args![]).await?;
    rows.into_iter().map(read_source).collect()
}

fn read_source(row: SourceColumns) -> Result<Source, Error> {
    let (id, name, kind, carries, settings, profile_name, profile, unapplied, ..) = row;
    let (.., created_at, created_by, ended_at, ended_by) = row;
    Ok(Source {
        id: SourceId(id),
        name,
        kind,
        carries: Carries::read(&carries)
            .ok_or_else(|| Error::damaged(format!("source.carries of source {id}: `{carries}`")))?,
        settings,
        profile: profile_name.zip(profile).map(|(name, text)| SourceProfile { name, text }),
        unapplied,
        created_at,
        created_by: created_by.map(PersonId),
        ended_at,
        ended_by: ended_by.map(PersonId),
    })
}

impl District {
    /// Every source, by name, those that ended among them. No credentials are in it; even so, pages show it only to
    /// those who may see the state of the data.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sources(&self) -> Result<Vec<Source>, Error> {
        let mut conn = self.read().await?;
        all(&mut conn.link()).await
    }

    /// A source's credentials, sealed; `None` where there are none: it needs none, it ended, or a restore left them out.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn source_secret(&self, source: SourceId) -> Result<Option<SealedSecret>, Error> {
        let mut conn = self.read().await?;
        let row: Option<SecretColumns> = conn.link().optional(SECRET, args![source]).await?;
        Ok(row.map(read_secret))
    }

    /// The source to which files are pushed by a token, by its hash; `None` where there is none, or it ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn pushed_to(&self, hash: &TokenHash) -> Result<Option<Source>, Error> {
        let mut conn = self.read().await?;
        let mut link = conn.link();
        let row: Option<(i64,)> = link.optional(PUSHED_TO, args![hash.as_slice()]).await?;
        let Some((id,)) = row else { return Ok(None) };
        Ok(all(&mut link).await?.into_iter().find(|of| of.id.0 == id && of.ended_at.is_none()))
    }

    /// The last runs of sources, newest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn source_runs(&self, limit: u32) -> Result<Vec<SourceRun>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<RunColumns> = conn.link().all(RUNS, args![limit]).await?;
        Ok(rows.into_iter().map(read_run).collect())
    }

    /// The last run of a source.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_source_run(&self, source: SourceId) -> Result<Option<SourceRun>, Error> {
        last_run(&mut self.read().await?.link(), source).await
    }
}

async fn last_run(link: &mut Link<'_>, source: SourceId) -> Result<Option<SourceRun>, Error> {
    let row: Option<RunColumns> = link.optional(LAST_RUN, args![source]).await?;
    Ok(row.map(read_run))
}

fn read_run(
    (id, source, started_at, ended_at, outcome, read, added, changed, removed, aside): RunColumns,
) -> SourceRun {
    SourceRun {
        id: SourceRunId(id),
        source: SourceId(source),
        started_at,
        ended_at,
        outcome,
        read: unsigned(read),
        added: unsigned(added),
        changed: unsigned(changed),
        removed: unsigned(removed),
        set_aside: unsigned(aside),
    }
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl WriteTx {
    /// Every source, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sources(&mut self) -> Result<Vec<Source>, Error> {
        all(&mut self.tx.link()).await
    }

    /// Adds a source; whether its name was free.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn add_source(&mut self, of: &Source) -> Result<bool, Error> {
        let values =
            args![of.id, &of.name, &of.kind, of.carries.name(), &of.settings, of.created_at, of.created_by,];
        if self.tx.link().execute(ADD, values).await? == 0 {
            return Ok(false);
        }
        self.keep_source_profile(of.id, of.profile.as_ref()).await?;
        Ok(true)
    }

    /// Keeps which changes came from a source and have not reached the store; `None` once there are none such.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_unapplied(&mut self, source: SourceId, changes: Option<&str>) -> Result<(), Error> {
        self.tx.link().execute(KEEP_UNAPPLIED, args![source, changes]).await.map(drop)
    }

    /// Keeps how a source writes its files, in place of what was known of it; `None`: as usual.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_source_profile(
        &mut self,
        source: SourceId,
        profile: Option<&SourceProfile>,
    ) -> Result<(), Error> {
        let (name, text) = (profile.map(|p| p.name.as_str()), profile.map(|p| p.text.as_str()));
        self.tx.link().execute(KEEP_PROFILE, args![source, name, text]).await.map(drop)
    }

    /// Whether a source is there and has not ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn source_lives(&mut self, source: SourceId) -> Result<bool, Error> {
        let (living,): (i64,) = self.tx.link().one(LIVING, args![source]).await?;
        Ok(living == 1)
    }

    /// Keeps the hash of the token by which files are pushed to a source, in place of the one there was.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_push_token(&mut self, source: SourceId, hash: &TokenHash) -> Result<(), Error> {
        self.tx.link().execute(KEEP_TOKEN, args![source, hash.as_slice()]).await.map(drop)
    }

    /// Ends a source: its credentials, its token and its rhythm are deleted, its row and its runs stay. Whether it had not ended
    /// before.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_source(
        &mut self,
        source: SourceId,
        at: DateTime<Utc>,
        by: Option<PersonId>,
    ) -> Result<bool, Error> {
        self.forget_rhythm(source).await?;
        let mut link = self.tx.link();
        link.execute(WIPE_SECRET, args![source]).await?;
        link.execute(WIPE_TOKEN, args![source]).await?;
        Ok(link.execute(END, args![source, at, by]).await? == 1)
    }

    /// Keeps a source's credentials in place of those there were.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_source_secret(
        &mut self,
        source: SourceId,
        secret: &SealedSecret,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let values = args![
            source,
            &secret.key_id,
            secret.wrap_nonce.as_slice(),
            secret.wrapped.as_slice(),
            secret.nonce.as_slice(),
            secret.sealed.as_slice(),
            at,
        ];
        self.tx.link().execute(KEEP_SECRET, values).await?;
        Ok(())
    }

    /// Every source's credentials, sealed.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn source_secrets(&mut self) -> Result<Vec<(SourceId, SealedSecret)>, Error> {
        type Columns = (i64, String, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
        let rows: Vec<Columns> = self.tx.link().all(SECRETS, args![]).await?;
        let read = |(source, key_id, wrap_nonce, wrapped, nonce, sealed): Columns| {
            (SourceId(source), read_secret((key_id, wrap_nonce, wrapped, nonce, sealed)))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The last run of a source, as this transaction sees it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_source_run(&mut self, source: SourceId) -> Result<Option<SourceRun>, Error> {
        last_run(&mut self.tx.link(), source).await
    }

    /// Notes that a run begins. Who begins one has the right to sync, so a run without an end was cut off, and is said
    /// to have been.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn begin_source_run(
        &mut self,
        run: SourceRunId,
        source: SourceId,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CUT_OFF, args![at]).await?;
        link.execute(BEGIN_RUN, args![run, source, at]).await?;
        Ok(())
    }

    /// Notes how a run ended, with its counts.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_source_run(&mut self, run: &SourceRun) -> Result<(), Error> {
        let values = args![
            run.id,
            run.ended_at,
            &run.outcome,
            run.read as i64,
            run.added as i64,
            run.changed as i64,
            run.removed as i64,
            run.set_aside as i64,
        ];
        self.tx.link().execute(END_RUN, values).await?;
        Ok(())
    }
}
