//! The brake: what a sync is held to before it may take anything away, and what is shown to a person where it stops.

use crate::error::Error;
use model::report::{Braked, Going, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Examples kept of each table and school.
const EXAMPLES: usize = 5;
/// With more rows going than this nobody can say that these and no others may go.
const MOST: usize = 250_000;
/// A file is much smaller than the last from so many rows fewer on, where less than half are left.
const FEWER: u64 = 100;

/// What a sync is held to.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The brake is lifted. A header-only file is refused all the same.
    pub lifted: bool,
    /// What a person approved.
    pub approved: Option<Approved>,
    /// What the last good run of the same source read.
    pub last: Option<Seen>,
}

impl Limits {
    /// The usual limits, or none.
    pub fn lifted(lifted: bool) -> Self {
        Self { lifted, ..Self::default() }
    }
}

/// What a run read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Rows by table.
    pub tables: BTreeMap<String, u64>,
    /// The schools, by the ids that files use, that have a calendar.
    pub calendars: BTreeSet<String>,
}

/// What a person approved: these removals or fewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// What was shown.
    pub shown: Braked,
    /// The numbers of the rows that may go, in order.
    pub(crate) going: Vec<i64>,
}

impl Approved {
    /// Whether nothing goes and nothing is missing that was not approved.
    pub(crate) fn covers(&self, brake: &Brake) -> bool {
        let Some(going) = &brake.going else { return false };
        let causes = &self.shown.causes;
        let cause = |cause: &Refusal| match cause {
            Refusal::Shrunk { table, now, .. } => causes
                .iter()
                .any(|of| matches!(of, Refusal::Shrunk { table: t, now: n, .. } if t == table && n <= now)),
            Refusal::CalendarGone { .. } => causes.contains(cause),
            _ => true,
        };
        going.iter().all(|row| self.going.binary_search(row).is_ok()) && brake.shown.causes.iter().all(cause)
    }
}

/// A sync that stopped before it changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brake {
    /// What a person is shown.
    pub shown: Braked,
    /// The numbers of the rows that would go, in order; `None` where there are too many to approve.
    pub(crate) going: Option<Vec<i64>>,
}

impl Brake {
    /// The first cause.
    pub fn cause(&self) -> &Refusal {
        &self.shown.cause
    }
}

/// Collects what a plan takes away and why it may not.
#[derive(Debug, Default)]
pub(super) struct Watch {
    causes: Vec<Refusal>,
    by_place: BTreeMap<(&'static str, String), (u64, Vec<String>)>,
    going: Vec<i64>,
    count: u64,
    pub(super) seen: Seen,
}

impl Watch {
    /// A reason to stop.
    pub(super) fn stop(&mut self, cause: Refusal) {
        self.causes.push(cause);
    }

    /// `rows` rows go of a table and a school (empty for none); `key` tells them from others.
    pub(super) fn goes(&mut self, table: &'static str, school: &str, key: &str, rows: u64) {
        self.count += rows;
        let (count, examples) = self.by_place.entry((table, school.to_owned())).or_default();
        *count += rows;
        if examples.len() < EXAMPLES {
            examples.push(key.replace('\u{1f}', ", "));
        }
        for row in 0..rows {
            if self.going.len() <= MOST {
                self.going.push(number(&[table, school, key, &row.to_string()]));
            }
        }
    }

    /// Notes how many rows a file has. It is much smaller than the last, where it tells of what the store has rows of.
    pub(super) fn read(&mut self, limits: &Limits, table: &str, file: &str, now: u64, known: bool) {
        self.seen.tables.insert(table.to_owned(), now);
        let before = limits.last.as_ref().and_then(|last| last.tables.get(table)).copied().unwrap_or(0);
        if known && before.saturating_sub(now) >= FEWER && now < before / 2 {
            let (table, file) = (table.to_owned(), file.to_owned());
            self.causes.push(Refusal::Shrunk { table, file, before, now });
        }
    }

    /// Notes the schools that have a calendar: a school that had one in the last run has one in this.
    pub(super) fn calendars(&mut self, limits: &Limits, schools: BTreeSet<String>) {
        let last = limits.last.iter().flat_map(|last| &last.calendars);
        for school in last.filter(|school| !schools.contains(*school)) {
            self.causes.push(Refusal::CalendarGone { school: school.clone() });
        }
        self.seen.calendars = schools;
    }

    /// What was read, where nothing holds or a person lets it through.
    pub(super) fn end(mut self, limits: &Limits) -> Result<Seen, Error> {
        let Some(cause) = self.causes.first().cloned().filter(|_| !limits.lifted) else {
            return Ok(self.seen);
        };
        self.going.sort_unstable();
        let mut sha = Sha256::new();
        for row in &self.going {
            sha.update(row.to_le_bytes());
        }
        for cause in &self.causes {
            sha.update(cause.to_string());
        }
        sha.update(self.count.to_le_bytes());
        let digest = sha.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let going = |((table, school), (rows, examples)): ((&str, String), _)| Going {
            table: table.to_owned(),
            school,
            rows,
            examples,
        };
        let few = self.going.len() <= MOST;
        let shown = Braked {
            cause,
            causes: self.causes,
            going: self.by_place.into_iter().map(going).collect(),
            digest,
            approvable: few,
        };
        let brake = Brake { shown, going: few.then_some(self.going) };
        match &limits.approved {
            Some(approved) if approved.covers(&brake) => Ok(self.seen),
            _ => Err(Error::Braked(Box::new(brake))),
        }
    }
}

/// The first 64 bits of SHA-256.
fn number(parts: &[&str]) -> i64 {
    let digest = Sha256::digest(parts.join("\u{1e}"));
    i64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
}
