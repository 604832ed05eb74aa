//! What can go wrong in the store.

use crate::sync::brake::Brake;
use chrono::{DateTime, Utc};
use model::ids::DistrictId;
use model::report::Refusal;

/// What can go wrong in the store. Each message says where, what, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The plan of a sync was refused; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The brake holds: more would go than may without a person's word. Nothing was changed.
    #[error("{}", .0.cause())]
    Braked(Box<Brake>),
    /// Another sync (or restore) of the district is at work.
    #[error("a sync of {district} is running ({who}, since {since}). Nothing was changed. Wait for it to end, or stop it, and try again", since = since.map_or_else(|| "just now".to_owned(), |s| s.format("%Y-%m-%d %H:%M:%S UTC").to_string()))]
    Running {
        /// The district.
        district: DistrictId,
        /// Who runs.
        who: String,
        /// Since when.
        since: Option<DateTime<Utc>>,
    },
    /// There is no such district.
    #[error("there is no district `{0}`; `everpresent district list` names those there are")]
    NoDistrict(DistrictId),
    /// There is one already.
    #[error("there is a district `{0}` already; choose another id, or remove it first")]
    DistrictExists(DistrictId),
    /// Asked for what was known before anything was.
    #[error(
        "nothing was known of {district} at {}; {}",
        moment.format("%Y-%m-%d %H:%M:%S UTC"),
        first.map_or_else(
            || "it has never been synced. Run `everpresent sync` first".to_owned(),
            |first| format!("its first sync ended {}. Choose a later time", first.format("%Y-%m-%d %H:%M:%S UTC")),
        )
    )]
    NothingKnown {
        /// The district.
        district: DistrictId,
        /// The time asked for.
        moment: DateTime<Utc>,
        /// When the first sync ended, if there was one.
        first: Option<DateTime<Utc>>,
    },
    /// The disk is full.
    #[error("the disk of the store is full ({0}). Nothing was changed. Make room and try again")]
    Full(String),
    /// The embedded SQLite is one of those that can corrupt a database.
    #[error(
        "SQLite {found} can corrupt a database with several connections; 3.51.3 or later is expected. Build with the bundled SQLite"
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// Something in the store is not as the store writes it.
    #[error("the store is damaged: {what}. Run `everpresent doctor`; restore a backup if it confirms this")]
    Damaged {
        /// Which table and what.
        what: String,
    },
    /// A file that is no backup, or a damaged one.
    #[error("{file}: cannot be restored: {why}. Nothing was changed. Choose another backup")]
    BadBackup {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A plan made before something else was written.
    #[error("the plan does not fit the store any more. Nothing was changed. Run the sync again")]
    StalePlan,
    /// A migration failed, or the store was written by a newer program.
    #[error("the store cannot be brought to this program's version: {0}. Use the newest everpresent")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A file or folder of the store cannot be used.
    #[error("{place}: {source}. Check that the folder exists and may be written")]
    File {
        /// Where.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// No database answers where one is said to be.
    #[error("the database at {place} cannot be reached: {why}. Check DATABASE_URL, and that PostgreSQL runs")]
    Unreachable {
        /// Host and port.
        place: String,
        /// What the connection said.
        why: String,
    },
    /// The database refused a statement, or stopped answering.
    #[error("the store did not answer as expected: {0}")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_FULL, and PostgreSQL's disk_full.
        let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
        match code.as_deref() {
            Some("13" | "53100") => Self::Full(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// Why a delivery was refused, if it was.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Braked(brake) => Some(brake.cause()),
            _ => None,
        }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(crate) fn file(place: &std::path::Path, source: std::io::Error) -> Self {
        Self::File { place: place.display().to_string(), source }
    }
}
