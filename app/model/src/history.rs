//! What the rule engine reads of a district: calendars, enrollment and strips, with numbers in place of ids.

use crate::attendance::{CodeMap, Shapes, Strip};
use crate::grade::Grade;
use crate::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};

/// Everything the rules read.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// What marks may say.
    pub shapes: Shapes,
    /// What their categories mean.
    pub codes: CodeMap,
    /// The schools.
    pub schools: Vec<School>,
    /// The students.
    pub students: Vec<StudentHistory>,
    /// Whether facts of cases were given at all: without them, a rule that asks for one cannot be asked.
    pub facts_known: bool,
}

/// A school, as the rules see it.
#[derive(Debug, Clone, Default)]
pub struct School {
    /// Its calendars, by school year.
    pub calendars: Vec<Calendar>,
    /// The date of the last attendance row that names the school: roll counts as taken up to here.
    pub last_row: Option<Date>,
    /// Its bell schedule, where one is known: period name, minutes since midnight at which it begins and ends.
    pub bells: Vec<Bell>,
}

/// One period of a bell schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bell {
    /// The period's name, as marks use it.
    pub period: String,
    /// Minutes since midnight.
    pub start: u16,
    /// Minutes since midnight.
    pub end: u16,
}

/// The instructional days of a school in a school year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The year.
    pub year: SchoolYear,
    /// Whether the source named the year itself (a `school_year` column); otherwise the year runs July to June.
    pub year_named: bool,
    /// Instructional days only, in order.
    pub days: Vec<Day>,
}

/// One instructional day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Its date.
    pub date: Date,
    /// Length of the school day in minutes, where the source says.
    pub minutes: Option<u16>,
    /// Marks a day: 1, or 2 for morning and afternoon.
    pub sessions: u8,
    /// Whether roll was taken, where `roll.csv` says so; otherwise it counts as taken up to [`School::last_row`].
    pub roll: Option<bool>,
}

/// A student, as the rules see them.
#[derive(Debug, Clone, Default)]
pub struct StudentHistory {
    /// Date of birth, where known.
    pub birth_date: Option<Date>,
    /// When they were enrolled, and where.
    pub spans: Vec<Span>,
    /// Their marks; a year without a mark has no entry.
    pub years: Vec<StudentYear>,
    /// What else was recorded of their attendance, in any order.
    pub facts: Vec<Fact>,
}

/// Something recorded of a student's case on a day, which some rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// The day.
    pub date: Date,
    /// What was recorded.
    pub kind: FactKind,
    /// The school's place in [`History::schools`]; `None` where the fact speaks for every school.
    pub school: Option<u32>,
}

/// What may be recorded of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// The student was reported as a truant (Cal. Ed. Code 48260, 48261).
    TruancyReport,
    /// The school made a conscientious effort to hold a conference with the family (Cal. Ed. Code 48262).
    ConferenceEffort,
    /// The school complied with Cal. Ed. Code 48260 to 48263 and 48291.
    TruancyLawFollowed,
    /// The absence of this day is not to be counted (such as Tex. Fam. Code 65.003(c)).
    ExcludedAbsence,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::TruancyReport, Self::ConferenceEffort, Self::TruancyLawFollowed, Self::ExcludedAbsence];

    /// The name used in `facts.csv` and in packs.
    pub fn name(self) -> &'static str {
        match self {
            Self::TruancyReport => "truancy_report",
            Self::ConferenceEffort => "conference_effort",
            Self::TruancyLawFollowed => "truancy_law_followed",
            Self::ExcludedAbsence => "excluded_absence",
        }
    }

    /// Reads the name used in `facts.csv`; `None` where it names no fact.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text.trim().to_ascii_lowercase())
    }
}

/// An enrollment span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The school's place in [`History::schools`].
    pub school: u32,
    /// Grade level.
    pub grade: Option<Grade>,
    /// First day enrolled.
    pub entry: Date,
    /// First day no longer enrolled; `None` while enrolled.
    pub end: Option<Date>,
}

impl Span {
    /// Whether the student was enrolled on this day.
    pub fn covers(&self, date: Date) -> bool {
        self.entry <= date && self.end.is_none_or(|end| date < end)
    }
}

/// A student's marks at one school in one school year.
#[derive(Debug, Clone)]
pub struct StudentYear {
    /// The school's place in [`History::schools`].
    pub school: u32,
    /// The school year.
    pub year: SchoolYear,
    /// The marks.
    pub strip: Strip,
}
