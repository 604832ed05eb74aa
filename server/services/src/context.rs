//! What every service is given: the store, the time, chance, and for whom it works.

use crate::Error;
use crate::lab::Told;
use access::Scope;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use model::ids::DistrictId;
use model::page::DemoPerson;
use model::time::Date;
use std::path::PathBuf;
use std::sync::Arc;
use store::{Directory, District};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The instant it is.
    fn now(&self) -> DateTime<Utc>;
}

/// Gives chance: for ids and tokens, so it must be fit for secrets.
pub trait Chance: Send + Sync {
    /// 64 random bits.
    fn bits(&self) -> u64;
}

/// Hears how far a long task has come.
pub trait Progress: Send + Sync {
    /// `done` of `total` steps of a stage; a total of 0 means that nobody knows.
    fn at(&self, stage: &str, done: u64, total: u64);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _stage: &str, _done: u64, _total: u64) {}
}

/// Where the districts live.
#[derive(Debug, Clone)]
pub enum Home {
    /// One SQLite file a district, in a folder.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// One PostgreSQL schema a district.
    Postgres {
        /// The connection's URL.
        url: String,
    },
}

/// What every service is given.
#[derive(Clone)]
pub struct Context {
    directory: Directory,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    demo: Option<Arc<DemoMode>>,
    told: Arc<Told>,
}

/// What is different in the demo.
#[derive(Clone)]
pub(crate) struct DemoMode {
    pub(crate) district: DistrictId,
    /// It may be another day than outside.
    pub(crate) today: Option<Date>,
    /// The people to step into.
    pub(crate) people: Vec<DemoPerson>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context(…)")
    }
}

impl Context {
    /// Opens the store; migrations run.
    ///
    /// # Errors
    /// Where the store cannot be opened.
    pub async fn open(home: Home, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Result<Self, Error> {
        let location = match home {
            Home::Folder { path } => store::Location::Folder(path),
            Home::Postgres { url } => store::Location::Postgres(url),
        };
        let directory = Directory::open(location).await?;
        Ok(Self { directory, clock, chance, demo: None, told: Arc::default() })
    }

    /// The same, for the demo: its people may be stepped into, and it may be another day.
    pub fn as_demo(&self, district: DistrictId, today: Option<Date>, people: Vec<DemoPerson>) -> Self {
        Self { demo: Some(Arc::new(DemoMode { district, today, people })), ..self.clone() }
    }

    /// Whether this is the demo.
    pub fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// What an anonymous visitor may know.
    pub fn front(&self) -> Front {
        Front { context: self.clone() }
    }

    /// The instant it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Chance.
    pub fn chance(&self) -> &dyn Chance {
        self.chance.as_ref()
    }

    /// Whether every district can be reached and its migrations are done.
    ///
    /// # Errors
    /// Says which cannot.
    pub async fn is_ready(&self) -> Result<(), Error> {
        for listed in self.directory.list().await? {
            self.district(&listed.id).await?.ping().await?;
        }
        Ok(())
    }

    /// Waits for what is being written and closes the store; nothing is answered afterwards.
    pub async fn close(&self) {
        self.directory.close().await;
    }

    /// What readers of the rule lab were shown by group.
    pub(crate) fn told(&self) -> &Told {
        &self.told
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A district of the store.
    pub(crate) async fn district(&self, id: &DistrictId) -> Result<District, Error> {
        Ok(self.directory.district(id).await?)
    }

    pub(crate) fn demo(&self) -> Option<&DemoMode> {
        self.demo.as_deref()
    }

    /// The day it is in a district, by its own clock on the wall.
    pub(crate) fn today(&self, district: &District) -> Date {
        match self.demo() {
            Some(DemoMode { district: id, today: Some(day), .. }) if id == district.id() => *day,
            _ => self.now().with_timezone(&zone(district)).date_naive(),
        }
    }
}

/// The district's time zone; UTC where its name has left the database of zones.
pub(crate) fn zone(district: &District) -> Tz {
    district.settings().time_zone.parse().unwrap_or(Tz::UTC)
}

/// An instant as the district's clock shows it: `2026-11-21 05:12`.
pub(crate) fn local(district: &District, instant: DateTime<Utc>) -> String {
    instant.with_timezone(&zone(district)).format("%Y-%m-%d %H:%M").to_string()
}

/// What an anonymous visitor may know.
#[derive(Clone)]
pub struct Front {
    pub(crate) context: Context,
}

/// A signed-in person's visit: where, who under which grants, and when.
#[derive(Clone)]
pub struct Visit {
    pub(crate) context: Context,
    pub(crate) district: District,
    pub(crate) scope: Scope,
    pub(crate) demo: bool,
}

impl Visit {
    /// Whether any of the person's roles is of the school's side.
    pub fn is_staff(&self) -> bool {
        self.scope.roles().iter().any(|role| role.is_staff())
    }
}
