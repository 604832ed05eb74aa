//! What a read of a source set aside or refused, and why. Codes, so that screens and logs can word them.

use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a row was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A required value is empty.
    MissingValue,
    /// A value cannot be read (a date, a number, a truth value).
    BadValue,
    /// The row has too few or too many fields.
    BadRow,
    /// The key appeared before in the same file, with other values.
    DuplicateId,
    /// The same row appeared before in the same file.
    DuplicateRow,
    /// It names a student who is not in the roster.
    UnknownStudent,
    /// It names a person who is not in the roster.
    UnknownPerson,
    /// It names a school that is not in the roster.
    UnknownSchool,
    /// It names a section that is not in the roster.
    UnknownSection,
    /// Its date is not an instructional day of the school.
    NotInstructional,
    /// The school has no calendar for the school year of its date.
    NoCalendar,
    /// The student was not enrolled at the school on its date.
    NotEnrolled,
    /// Its date lies in the future.
    FutureDate,
    /// Nobody has said what its category means; the day is unknown.
    UnmappedCategory,
    /// It names a period, and there is no bell schedule for it; the day is unknown to rules that need its length.
    PeriodWithoutBells,
    /// It states minutes, and nothing says how long the day is; the day is unknown to rules that need a part of it.
    MinutesWithoutDayLength,
    /// It states more minutes missed than the school day has; the day is unknown.
    MinutesBeyondDay,
    /// The enrollment ends before it begins.
    ExitBeforeEntry,
    /// Its calendar has no instructional day in a year in which students are enrolled.
    NoInstructionalDay,
    /// It names a fact that no rule asks for.
    UnknownFact,
    /// Bytes that are not text in the file's encoding.
    BadEncoding,
}

impl Reason {
    /// One sentence for a person: what is wrong and what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::MissingValue => "a required value is empty; fill it in at the source",
            Self::BadValue => "the value cannot be read; correct it at the source",
            Self::BadRow => {
                "the row has another number of fields than the header; check its quotes and commas"
            }
            Self::DuplicateId => {
                "the id appeared before in this file with other values; the first row is kept"
            }
            Self::DuplicateRow => "the same row appeared before in this file; it counts once",
            Self::UnknownStudent => "no such student in the roster; send the roster first, or correct the id",
            Self::UnknownPerson => "no such person in the roster; send the roster first, or correct the id",
            Self::UnknownSchool => "no such school in the roster; send the roster first, or correct the id",
            Self::UnknownSection => "no such section in the roster; send the roster first, or correct the id",
            Self::NotInstructional => {
                "not an instructional day of the school; correct the date or the calendar"
            }
            Self::NoCalendar => {
                "the school has no calendar for that school year; send its days, or correct the date"
            }
            Self::NotEnrolled => {
                "the student was not enrolled at the school that day; correct the date or the enrollment"
            }
            Self::FutureDate => "the date lies in the future; correct it at the source",
            Self::UnmappedCategory => {
                "no one has said what this category means; map it. The day counts as unknown"
            }
            Self::PeriodWithoutBells => {
                "a period without a bell schedule; send bells.csv. Only rules that count periods can use the day"
            }
            Self::MinutesWithoutDayLength => {
                "minutes without the length of the school day; send `minutes` in calendar.csv. Only rules that count minutes can use the day"
            }
            Self::MinutesBeyondDay => {
                "more minutes missed than the school day has; correct them, or `minutes` in calendar.csv. The day counts as unknown"
            }
            Self::ExitBeforeEntry => "the enrollment ends before it begins; correct its dates at the source",
            Self::NoInstructionalDay => {
                "the school has students and no instructional day in this school year; correct the calendar"
            }
            Self::UnknownFact => {
                "no such fact; truancy_report, conference_effort, truancy_law_followed or excluded_absence is expected"
            }
            Self::BadEncoding => "not UTF-8 and not Windows-1252 text; save the file as UTF-8",
        }
    }
}

/// A school and a day, as a row names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchoolDay {
    /// The school's id, as files have it.
    pub school_id: String,
    /// The day.
    pub date: Date,
}

/// A row that was read but not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The file, as named in the folder or zip.
    pub file: String,
    /// The line in it; the header is line 1.
    pub line: u64,
    /// The column at fault, where there is one.
    pub column: Option<String>,
    /// What was found there.
    pub value: String,
    /// Why it was set aside.
    pub reason: Reason,
    /// The school and the day it names, where it is a row of attendance that names both.
    #[serde(flatten)]
    pub at: Option<SchoolDay>,
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": `{}`: {}", self.value, self.reason.sentence())
    }
}

/// What became of the rows of one file. Always: read = added + changed + unchanged + set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    /// The table, such as `attendance`.
    pub table: String,
    /// The file it came from.
    pub file: String,
    /// Rows read.
    pub read: u64,
    /// Rows new to the store.
    pub added: u64,
    /// Rows whose values differ from the store's.
    pub changed: u64,
    /// Rows the store had already.
    pub unchanged: u64,
    /// Rows of the store that the source no longer has (not among those read).
    pub removed: u64,
    /// Rows read but not used.
    pub set_aside: u64,
}

impl TableCount {
    /// Whether the counts add up.
    pub fn reconciles(&self) -> bool {
        self.read == self.added + self.changed + self.unchanged + self.set_aside
    }
}

/// Why a whole delivery was refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// A file that must be there is not.
    #[error(
        "{place}: {file} is missing; a delivery needs it, so nothing was changed. Add the file and run the sync again"
    )]
    MissingFile {
        /// Folder or zip.
        place: String,
        /// The file.
        file: String,
    },
    /// Plain files came before any roster.
    #[error(
        "{place}: plain files name students and schools, and the store has no roster yet. Nothing was changed. Sync what carries the roster first"
    )]
    NoRoster {
        /// Folder, zip or source.
        place: String,
    },
    /// A file holds only what changed, and nothing is held that it could be laid over.
    #[error(
        "{file} holds only what changed (`delta`), and the store has no {table} of its kind to lay it over. Nothing was changed. Export it as `bulk` once; after that `delta` will do"
    )]
    MissingBase {
        /// The file.
        file: String,
        /// The table.
        table: String,
    },
    /// A column that must be there is not.
    #[error(
        "{file}, line 1: the column `{column}` is missing; found {found}. Nothing was changed. Add the column and run the sync again"
    )]
    MissingColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The columns it has.
        found: String,
    },
    /// A column that withholds access is missing, and the store has rows that withhold it.
    #[error(
        "{file}, line 1: the column `{column}` is missing; found {found}. It withholds access, and without it {stored} rows of the store would no longer do so. Nothing was changed. Add the column and run the sync again"
    )]
    MissingGuard {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The columns it has.
        found: String,
        /// Rows of the store with a value there that withholds access.
        stored: u64,
    },
    /// A file whose header no adapter knows.
    #[error("{file}, line 1: {expected}; found {found}. Nothing was changed")]
    BadHeader {
        /// The file.
        file: String,
        /// What was expected.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The file or zip cannot be read at all.
    #[error("{file}: cannot be read: {why}. Nothing was changed. Send it again")]
    Unreadable {
        /// The file.
        file: String,
        /// What went wrong.
        why: String,
    },
    /// The file has a header and no rows, and the store has rows of that table.
    #[error(
        "{file} has a header and no rows, and {stored} {table} rows are in the store: this would remove them all, so nothing was changed. Send the whole file"
    )]
    WouldRemoveAll {
        /// The file.
        file: String,
        /// The table.
        table: String,
        /// Rows in the store.
        stored: u64,
    },
    /// More rows would go than the brake allows.
    #[error(
        "{table}{at}: {removed} of {stored} rows would be removed, more than 10 % and more than 10. Nothing was changed. If this is right, run the sync with --allow-removals; of a source, a person may approve exactly these"
    )]
    TooManyRemovals {
        /// The table.
        table: String,
        /// `, school 100`, or empty where the table has no school.
        at: String,
        /// Rows that would go.
        removed: u64,
        /// Rows in the store.
        stored: u64,
    },
    /// A file much smaller than in the last run of its source.
    #[error(
        "{file} has {now} rows, and in the last good run of its source it had {before}. Nothing was changed. Look at the export; if this is right, a person may approve it"
    )]
    Shrunk {
        /// The table.
        table: String,
        /// The file.
        file: String,
        /// Rows in the last run.
        before: u64,
        /// Rows now.
        now: u64,
    },
    /// A school's calendar is gone from the file.
    #[error(
        "school {school} has no calendar any more, and had one in the last good run of its source. Nothing was changed. Look at the export; if this is right, a person may approve it"
    )]
    CalendarGone {
        /// The school, by the id that files use.
        school: String,
    },
}

/// Rows of a table and a school that would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Going {
    /// The table, such as `attendance`.
    pub table: String,
    /// The school, by the id that files use; empty where the rows are of none.
    pub school: String,
    /// How many.
    pub rows: u64,
    /// Some of them, by the keys that files use: ids and dates, no names.
    pub examples: Vec<String>,
}

/// A run that stopped before it applied anything: what a person is shown, and may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Braked {
    /// Why first.
    pub cause: Refusal,
    /// Every reason.
    pub causes: Vec<Refusal>,
    /// What would go.
    pub going: Vec<Going>,
    /// Names exactly this: 32 hexadecimal digits over every row that would go and every reason.
    pub digest: String,
    /// Whether it can be approved: not where too many rows would go to tell them from others.
    pub approvable: bool,
}

impl Braked {
    /// How many rows would go.
    pub fn rows(&self) -> u64 {
        self.going.iter().map(|going| going.rows).sum()
    }
}

impl Refusal {
    /// The cause as a stable code, for the audit log: it names no file's content.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => "missing_file",
            Self::NoRoster { .. } => "no_roster",
            Self::MissingBase { .. } => "missing_base",
            Self::MissingColumn { .. } => "missing_column",
            Self::MissingGuard { .. } => "missing_guard",
            Self::BadHeader { .. } => "bad_header",
            Self::Unreadable { .. } => "unreadable",
            Self::WouldRemoveAll { .. } => "would_remove_all",
            Self::TooManyRemovals { .. } => "too_many_removals",
            Self::Shrunk { .. } => "file_shrunk",
            Self::CalendarGone { .. } => "calendar_gone",
        }
    }
}
