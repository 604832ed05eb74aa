//! An open district: the handle every read and write begins with.

use crate::db::{Conn, Db, Link, Tx, args, statements};
use crate::error::Error;
use crate::visible;
use access::{Grant, GrantScope, Scope, SealedGrants, SealedReasons, Seen, SeenReason};
use chrono::NaiveDate;
use model::ids::{DistrictId, PersonId, SchoolId, StudentId};
use model::role::{Role, SeenBecause};
use std::path::PathBuf;
use std::sync::Arc;

/// What a district says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its id.
    pub id: DistrictId,
    /// Its name.
    pub name: String,
    /// Its IANA time zone, such as `America/Chicago`.
    pub time_zone: String,
    /// The packs in use, by id.
    pub packs: Vec<String>,
    /// Whether it was made by `everpresent demo`.
    pub demo: bool,
}

/// An open district. Cheap to clone.
#[derive(Debug, Clone)]
pub struct District {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    db: Db,
    lock_file: Option<PathBuf>,
}

statements! {
    SETTINGS = "SELECT id, name, time_zone, packs, demo FROM settings WHERE one = 1";
    SET_SETTINGS = "INSERT INTO settings (one, id, name, time_zone, packs, demo) VALUES (1, $1, $2, $3, $4, $5)
        ON CONFLICT (one) DO UPDATE SET id = excluded.id, name = excluded.name, time_zone = excluded.time_zone,
        packs = excluded.packs, demo = excluded.demo";
    GRANTS_OF = "SELECT role, scope_kind, scope_id, valid_from, valid_to FROM grants WHERE person_id = $1";
    SCHOOL_DAY = "SELECT MAX(date) FROM calendar_day WHERE instructional AND date <= $1";
    SCHOOL_DAY_OF = "SELECT MAX(date) FROM calendar_day WHERE instructional AND date <= $1 AND school_id = $2";
}

/// The roles, scopes and days of a grants row.
pub(crate) type GrantColumns = (String, String, i64, Option<NaiveDate>, Option<NaiveDate>);

/// Reads a grants row; a role or kind nobody knows opens nothing.
pub(crate) fn read_grant((role, kind, id, from, to): GrantColumns) -> Option<Grant> {
    let role = Role::ALL.into_iter().find(|r| r.name() == role)?;
    Some(Grant { role, scope: GrantScope::read(&kind, id)?, from, to })
}

impl District {
    pub(crate) fn new(settings: Settings, db: Db, lock_file: Option<PathBuf>) -> Self {
        Self { inner: Arc::new(Inner { settings, db, lock_file }) }
    }

    pub(crate) async fn load(id: &DistrictId, db: Db, lock_file: Option<PathBuf>) -> Result<Self, Error> {
        let settings = read_settings(&mut db.read().await?.link(), id).await?;
        Ok(Self::new(settings, db, lock_file))
    }

    /// Its id.
    pub fn id(&self) -> &DistrictId {
        &self.inner.settings.id
    }

    /// What it says of itself, as of its opening.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The name of its engine, for `doctor` and logs: `SQLite` or `PostgreSQL`.
    pub fn engine(&self) -> &'static str {
        match self.inner.db {
            Db::Sqlite { .. } => "SQLite",
            Db::Postgres { .. } => "PostgreSQL",
        }
    }

    /// Waits for what is being written and closes every connection.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn lock_file(&self) -> Option<&PathBuf> {
        self.inner.lock_file.as_ref()
    }

    pub(crate) async fn read(&self) -> Result<Conn, Error> {
        self.inner.db.read().await
    }

    /// Begins a write: everything done in it happens, with its audit events, or nothing does.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        Ok(WriteTx { tx: self.inner.db.write().await? })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        read_settings(&mut self.read().await?.link(), self.id()).await.map(drop)
    }

    /// The last instructional day up to `today`, over all schools; `None` where no calendar has one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn school_day(&self, today: NaiveDate) -> Result<Option<NaiveDate>, Error> {
        let mut conn = self.read().await?;
        let (day,): (Option<NaiveDate>,) = conn.link().one(SCHOOL_DAY, args![today]).await?;
        Ok(day)
    }

    /// The last instructional day of one school up to `today`; `None` where its calendar has none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn school_day_of(
        &self,
        school: SchoolId,
        today: NaiveDate,
    ) -> Result<Option<NaiveDate>, Error> {
        let mut conn = self.read().await?;
        let (day,): (Option<NaiveDate>,) = conn.link().one(SCHOOL_DAY_OF, args![today, school]).await?;
        Ok(day)
    }

    /// A person's grants, sealed: only [`Scope::of_person`] opens them. Empty for a person nobody knows.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn grants_of(&self, person: PersonId) -> Result<SealedGrants, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<GrantColumns> = conn.link().all(GRANTS_OF, args![person]).await?;
        Ok(SealedGrants::from_store(person, rows.into_iter().filter_map(read_grant).collect()))
    }

    /// The key to one student, with every reason for which the asker may see them; `None` where there is none, or no
    /// such student: the two look alike.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn see(&self, scope: &Scope, student: StudentId) -> Result<Option<Seen<StudentId>>, Error> {
        let mut conn = self.read().await?;
        let mut reasons = visible::reasons(&mut conn.link(), scope, &[student]).await?;
        let reasons = reasons.remove(&student).unwrap_or_default();
        Ok(scope.see(student, SealedReasons::from_store(reasons)))
    }
}

async fn read_settings(link: &mut Link<'_>, id: &DistrictId) -> Result<Settings, Error> {
    let row: Option<(String, String, String, String, bool)> = link.optional(SETTINGS, args![]).await?;
    let (_, name, time_zone, packs, demo) =
        row.ok_or_else(|| Error::damaged(format!("district {id} has no settings")))?;
    let packs = serde_json::from_str(&packs)
        .map_err(|e| Error::damaged(format!("settings.packs of district {id}: {e}")))?;
    Ok(Settings { id: id.clone(), name, time_zone, packs, demo })
}

/// The reason to show where there is room for one: the nearest relation first.
pub(crate) fn nearest(reasons: &[SeenReason]) -> Option<SeenBecause> {
    reasons.iter().map(|r| r.because.clone()).min()
}

/// A write in progress; dropped without [`Self::commit`], it never was.
pub struct WriteTx {
    pub(crate) tx: Tx,
}

impl WriteTx {
    /// Makes all of it happen.
    ///
    /// # Errors
    /// Where the database does not answer; then nothing happened.
    pub async fn commit(self) -> Result<(), Error> {
        self.tx.commit().await
    }

    /// The settings as this transaction sees them.
    pub(crate) async fn settings(&mut self, id: &DistrictId) -> Result<Settings, Error> {
        read_settings(&mut self.tx.link(), id).await
    }

    /// Writes the settings.
    pub(crate) async fn set_settings(&mut self, settings: &Settings) -> Result<(), Error> {
        let packs = serde_json::to_string(&settings.packs)
            .map_err(|e| Error::damaged(format!("settings.packs: {e}")))?;
        let values = args![settings.id.as_str(), &settings.name, &settings.time_zone, packs, settings.demo];
        self.tx.link().execute(SET_SETTINGS, values).await?;
        Ok(())
    }
}
