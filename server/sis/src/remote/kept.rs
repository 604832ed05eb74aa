//! The rows of the last fetch, kept so that the next one asks only for what changed since.

use super::{FetchError, Keep, RemoteSource, Taking};
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};

/// Everything is read in full this often, as the Ed-Fi Alliance advises: Ed-Fi does not show deletes of students whom one may
/// no longer see, OneRoster servers show none at all or not for long, and servers are restored.
const FULL_EVERY_SECONDS: i64 = 7 * 24 * 3600;

/// What the kept rows are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    /// Which members of rows this program keeps.
    form: String,
    /// The source, and what else rows depend on.
    of: String,
    /// The newest change version when they were read, where the protocol has one.
    version: Option<i64>,
    /// When all of them were read in full, in seconds since 1970.
    full_at: i64,
}

/// Whose rows are kept, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The source.
    pub(super) of: &'a RemoteSource,
    /// The text of the program that says which members of rows are kept: where it is another, they are read anew.
    pub(super) form: &'static [u8],
}

impl Header {
    fn new(Origin { of, form }: Origin<'_>, version: Option<i64>, full_at: i64) -> Self {
        let form = digest(&SHA256, form);
        let form = form.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { form, of: format!("{} {:?}", of.base_url, of.kind), version, full_at }
    }
}

/// The rows of the last fetch.
pub(super) struct Kept {
    /// The newest change version when they were read, where the protocol has one.
    pub(super) version: Option<i64>,
    /// When all of them were read in full.
    pub(super) full_at: i64,
    tables: HashMap<String, String>,
}

const NONE: &str = "nothing is kept of an earlier fetch";
const UNREADABLE: &str = "what is kept of the last fetch cannot be read";
const ANOTHER: &str =
    "what is kept of the last fetch is of another address, server or version of this program";
const OLD: &str = "that is done once a week";

impl Kept {
    /// Reads them, or says why they are of no use for this fetch.
    pub(super) fn read(
        keep: &mut dyn Keep,
        origin: Origin<'_>,
        newest: Option<i64>,
        now: i64,
    ) -> Result<Self, &'static str> {
        let last = keep.last().map_err(|_| UNREADABLE)?.ok_or(NONE)?;
        let mut lines = BufReader::new(last).lines();
        let mut line = || lines.next().transpose().map_err(|_| UNREADABLE);
        let header: Header = line()?.and_then(|text| serde_json::from_str(&text).ok()).ok_or(UNREADABLE)?;
        let Header { version, full_at, .. } = header;
        if header != Header::new(origin, version, full_at) || version > newest {
            return Err(ANOTHER);
        }
        if !(0..FULL_EVERY_SECONDS).contains(&(now - full_at)) {
            return Err(OLD);
        }
        let mut tables = HashMap::new();
        while let Some(name) = line()? {
            tables.insert(name, line()?.ok_or(UNREADABLE)?);
        }
        Ok(Self { version, full_at, tables })
    }

    /// The rows of a resource, which stay.
    pub(super) fn look<T: DeserializeOwned>(&self, resource: &str) -> Option<T> {
        serde_json::from_str(self.tables.get(resource)?).ok()
    }

    /// The rows of a resource, once.
    pub(super) fn take<T: DeserializeOwned>(&mut self, resource: &str) -> Option<T> {
        serde_json::from_str(&self.tables.remove(resource)?).ok()
    }
}

/// The rows of this fetch, on their way to being kept. Dropped before [`Keeping::finish`], they are gone.
pub(super) struct Keeping<'k>(Box<dyn Taking + 'k>);

impl<'k> Keeping<'k> {
    /// Begins with what the rows are of.
    pub(super) fn begin(
        keep: &'k mut dyn Keep,
        origin: Origin<'_>,
        version: Option<i64>,
        full_at: i64,
    ) -> Result<Self, FetchError> {
        let mut keeping = Self(keep.begin()?);
        keeping.line(&Header::new(origin, version, full_at))?;
        Ok(keeping)
    }

    /// Adds the rows of a resource.
    pub(super) fn add<T: Serialize + ?Sized>(&mut self, resource: &str, rows: &T) -> Result<(), FetchError> {
        writeln!(self.0, "{resource}")?;
        self.line(rows)
    }

    /// Puts them in the place of the last ones.
    pub(super) fn finish(self) -> Result<(), FetchError> {
        Ok(self.0.finish()?)
    }

    fn line<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), FetchError> {
        serde_json::to_writer(&mut self.0, value).map_err(io::Error::from)?;
        Ok(writeln!(self.0)?)
    }
}
