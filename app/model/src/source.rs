//! Where a district's data comes from, as the Data page and a source's own page show it. Nothing here says where a source
//! is reached, or how it proves who asks.

use crate::canonical::Carries;
use crate::ids::{SourceId, SourceRunId};
use crate::report::Refusal;
use serde::{Deserialize, Serialize};

/// A district's sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Whether the reader may say what becomes of them.
    pub may_manage: bool,
    /// Those that have not ended, by name.
    pub list: Vec<SourceView>,
    /// What the reader just had done.
    pub done: Option<Done>,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its id, which stands in its address.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// Its kind, as a code: `oneroster`, `edfi`, `folder`, `push`.
    pub kind: String,
    /// Which side of the data comes from it.
    pub carries: Carries,
    /// The name of the profile that says how its files are written; `None` where that is as usual.
    pub profile: Option<String>,
    /// Its schedule, five cron fields on the district's clock; empty without one.
    pub fields: String,
    /// When it is due next by its schedule, on the district's clock (`2026-11-21 05:12`).
    pub next_local: Option<String>,
    /// What else begins a run.
    pub also: Option<AlsoBegins>,
    /// Since when its schedule is passed over, on the district's clock.
    pub paused_local: Option<String>,
    /// New data was due twice, by its own rhythm, and none came.
    pub late: bool,
    /// The run that was asked for, or is under way.
    pub job: Option<SourceJob>,
    /// The run that stopped for a person.
    pub waiting: Option<Waiting>,
    /// Its last run.
    pub last_run: Option<SourceRunView>,
}

/// What begins a run beside a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlsoBegins {
    /// Files were dropped into its folder.
    FilesDropped,
    /// A zip was pushed.
    ZipPushed,
}

/// Where the run stands that a schedule or a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceJob {
    /// It is under way.
    AtWork,
    /// It begins at once.
    Queued,
    /// It failed, and is tried again.
    Again {
        /// When, on the district's clock.
        at_local: String,
    },
    /// It failed, and is not tried again by itself.
    GivenUp,
}

/// A run that stopped before it changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Rows that would go.
    pub rows: u64,
    /// A person lets them go; the next run has not come as far yet.
    pub approved: bool,
}

/// A run of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRunView {
    /// The run.
    pub id: SourceRunId,
    /// When it began, on the district's clock.
    pub started_local: String,
    /// How it ended, as a code: `applied`, `unchanged`, `braked`, `interrupted`, or why it failed; empty where it has
    /// not ended.
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

/// The page of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePage {
    /// The source.
    pub source: SourceView,
    /// What its run that stopped would have taken away, as long as nobody has approved it.
    pub stopped: Option<StoppedRun>,
    /// What the schedule's field holds.
    pub fields: String,
    /// The next times of that, on the district's clock; none where it is no schedule.
    pub upcoming: Vec<String>,
    /// What the field of the reason holds.
    pub reason: String,
    /// Why nothing was done.
    pub problem: Option<SourceProblem>,
    /// What the reader just had done.
    pub done: Option<Done>,
}

/// What a run that stopped would have taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedRun {
    /// Every reason to stop.
    pub causes: Vec<Refusal>,
    /// What would go, by table and school.
    pub going: Vec<GoingLine>,
    /// Names exactly this.
    pub digest: String,
    /// Whether it can be approved: not where too many rows would go to tell them from others.
    pub approvable: bool,
}

impl StoppedRun {
    /// How many rows would go.
    pub fn rows(&self) -> u64 {
        self.going.iter().map(|going| going.rows).sum()
    }
}

/// Rows of a table and a school that would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingLine {
    /// The table, such as `attendance`.
    pub table: String,
    /// The school's name, or the id that files use where nobody knows its name; empty where the rows are of none.
    pub school: String,
    /// How many.
    pub rows: u64,
    /// Some of them, by the keys that files use: ids and dates.
    pub examples: Vec<String>,
}

/// What a person wants done with a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceOrder {
    /// A run, where the last one is still the one that the page showed: the same form sent twice asks once.
    Run {
        /// The last run that the page showed.
        last: Option<SourceRunId>,
    },
    /// Its schedule passed over.
    Pause,
    /// Its schedule kept again.
    Resume,
    /// Only said what a schedule means.
    Look {
        /// Five cron fields.
        fields: String,
    },
    /// Another schedule.
    Schedule {
        /// Five cron fields.
        fields: String,
    },
    /// No schedule.
    Unschedule,
    /// What was shown let go.
    Approve {
        /// Names what was shown.
        digest: String,
        /// Why it is right.
        reason: String,
    },
    /// Its end.
    End,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// A run is queued, or under way.
    Queued,
    /// It is paused.
    Paused,
    /// It is paused no more.
    Resumed,
    /// It has the schedule.
    Scheduled,
    /// It has no schedule.
    Unscheduled,
    /// What was shown may go, and a run is queued.
    Approved,
    /// It has ended.
    Ended,
}

impl Done {
    /// All of it.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Paused,
        Self::Resumed,
        Self::Scheduled,
        Self::Unscheduled,
        Self::Approved,
        Self::Ended,
    ];

    /// As it stands in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Scheduled => "scheduled",
            Self::Unscheduled => "unscheduled",
            Self::Approved => "approved",
            Self::Ended => "ended",
        }
    }

    /// Reads [`Self::code`].
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.code() == text)
    }
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceProblem {
    /// The text is no schedule.
    Schedule,
    /// No reason was given, or one that is too long.
    Reason,
    /// Something else would go than was shown.
    Changed,
    /// Nothing waits for a person any more.
    NothingWaits,
    /// Too many rows would go to tell them from others.
    TooMany,
    /// A run began since the page was drawn.
    RanMeanwhile,
}
