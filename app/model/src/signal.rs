//! What the rule engine says of a student.

use crate::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};

/// Which rule, in which version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleRef {
    /// The pack's id, such as `us-federal`.
    pub pack: String,
    /// The version of the pack that was in force.
    pub pack_version: String,
    /// The rule's id, such as `US-CHRONIC`.
    pub rule: String,
}

/// Over what a rule was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// One school, by its place in [`crate::history::History::schools`].
    School(u32),
    /// All schools of the year together, for a student who had two or more.
    District,
}

/// A day that counted, or that nearly did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The day.
    pub date: Date,
    /// The school's place in [`crate::history::History::schools`].
    pub school: u32,
    /// The category as the source wrote it.
    pub category: String,
    /// The reason as the source wrote it; empty where it gave none. May speak of health: shown only to those entitled.
    pub reason: String,
    /// What it adds to the numerator, in the unit of the finding.
    pub counts: u32,
}

/// Why a day with a mark does not count for a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The rule counts other categories (an excused day, where only unexcused days count).
    OtherCategory,
    /// Too small a part of the day was missed.
    PartTooSmall,
    /// The row could not be used; the day is unknown.
    Unusable,
    /// Roll was not taken that day.
    RollNotTaken,
    /// The category is kept as an event but is in no count.
    NotCounted,
    /// It counts, but lies outside the window of which the finding speaks.
    OutsideWindow,
    /// A fact of the case takes the day out of the count.
    Excluded,
}

/// A day with a mark that the rule does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMiss {
    /// The day and its mark; `counts` is 0.
    pub evidence: Evidence,
    /// Why it does not count.
    pub why: WhyNot,
}

/// An unbroken run of instructional days on which the rule was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// First instructional day of the run.
    pub from: Date,
    /// Last instructional day of the run; `None` while it lasts.
    pub to: Option<Date>,
}

/// How a student stands towards a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The rule was met at some day of the year.
    Met {
        /// First date the rule was met, given all data up to the as-of date.
        met_on: Date,
        /// Whether it is met on the as-of date.
        standing: bool,
        /// First instructional day of the unbroken run that includes the as-of date.
        standing_since: Option<Date>,
        /// Instructional days from `standing_since` to the as-of date, both included; 0 where not standing.
        standing_days: u16,
        /// Every run, in order.
        episodes: Vec<Episode>,
        /// The dates that counted on `met_on`.
        met_evidence: Vec<Date>,
    },
    /// Not met on the as-of date, never was, but one more counted absence would meet it.
    Close,
}

/// What would meet a rule that does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// How many more, in the unit of the finding, on the next school day.
    pub more: u32,
    /// The first date on which that would no longer suffice; `None` where the window does not move on by itself.
    pub before: Option<Date>,
}

/// One student, one rule, one school year, one extent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The student's place in [`crate::history::History::students`].
    pub student: u32,
    /// The rule and its version.
    pub rule: RuleRef,
    /// The rule's title in plain words.
    #[serde(default)]
    pub title: String,
    /// One school, or all of the year.
    pub extent: Extent,
    /// The school year.
    pub year: SchoolYear,
    /// The date for which this is said.
    pub as_of: Date,
    /// What counted.
    pub numerator: u32,
    /// Out of how much; `None` for a rule that counts without a rate.
    pub denominator: Option<u32>,
    /// What is counted: `day`, `event`, `half_day`, `session`, `minute`, `period` or `report`.
    pub unit: String,
    /// Whether met, and since when; or close.
    pub outcome: Outcome,
    /// One more counted absence on the next school day would meet the rule (for one that does not stand).
    pub one_more_meets: bool,
    /// What would meet the rule; `None` where it stands, where the year is over or the student has left, and where
    /// nothing that may happen on the next school day would.
    #[serde(default)]
    pub next: Option<Next>,
    /// The days that counted.
    pub evidence: Vec<Evidence>,
    /// The days with a mark that did not, and why.
    pub near_misses: Vec<NearMiss>,
    /// Instructional, enrolled days of the year up to the as-of date whose attendance is unknown (roll not taken, or
    /// a row that could not be used): outside both counts.
    pub unknown_days: u32,
    /// The clause of law or policy.
    pub citation: String,
    /// Whether something of the rule is not checked against its source yet.
    #[serde(default)]
    pub to_verify: bool,
}
