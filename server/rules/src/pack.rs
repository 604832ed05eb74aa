//! What a rule pack says. A pack is data: law or policy with its source, its dates and its worked examples.

use model::time::Date;
use serde::Deserialize;

/// The rules of one jurisdiction, in every version of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its id, such as `us-federal`.
    pub id: String,
    /// Its title in plain words.
    pub title: String,
    /// Where it is law or policy.
    pub jurisdiction: String,
    /// Where its text can be read.
    pub source: String,
    /// When people last checked it against its source.
    pub reviewed_on: Date,
    /// Its versions; their dates never overlap.
    #[serde(rename = "version")]
    pub versions: Vec<Version>,
}

/// One version of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its name, such as `1`.
    pub version: String,
    /// First day on which it is in force; `None` where it has no beginning.
    pub effective_from: Option<Date>,
    /// Last day on which it is in force; `None` where it has no end.
    pub effective_to: Option<Date>,
    /// Its rules.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

impl Version {
    /// Whether it is in force on a day.
    pub fn in_force(&self, date: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= date) && self.effective_to.is_none_or(|to| date <= to)
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, such as `US-CHRONIC`.
    pub id: String,
    /// Its title in plain words, without blame (reading age 10 to 11).
    pub title: String,
    /// The clause of law or policy.
    pub citation: String,
    /// What is counted.
    pub unit: Unit,
    /// Which categories count.
    pub counts: Counts,
    /// How much of a day must be missed for the day to count.
    pub missed: Missed,
    /// Over which time.
    pub window: Window,
    /// What meets the rule.
    pub test: Test,
    /// The least number of known enrolled days before the rule is tested.
    #[serde(default)]
    pub least_enrolled: u32,
    /// What the rule asks of the school, in plain words.
    pub action: String,
    /// By when.
    pub deadline: Option<Deadline>,
    /// What a notice under this rule must say.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Our reading, where the law leaves a gap; empty for none.
    #[serde(default)]
    pub reading: String,
    /// What nobody has checked against the text of the law yet.
    #[serde(default)]
    pub to_verify: Vec<String>,
    /// Worked examples, executed as tests.
    #[serde(default, rename = "example")]
    pub examples: Vec<Example>,
}

/// What a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// School days.
    Day,
}

impl Unit {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
        }
    }
}

/// Which categories of absence count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Absence without an excuse. A reason that is not known yet is not unexcused.
    Unexcused,
    /// Absence without an excuse, or whose reason is not known yet.
    UnexcusedOrUnknown,
    /// Absence with an excuse.
    Excused,
    /// Absence for any reason, and the stated part of late arrivals, early departures and partial days.
    All,
}

impl Counts {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unexcused => "unexcused",
            Self::UnexcusedOrUnknown => "unexcused_or_unknown",
            Self::Excused => "excused",
            Self::All => "all",
        }
    }
}

/// How much of a day must be missed for it to count: the tie is part of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Half of it counts.
    AtLeastHalf,
    /// Exactly half does not count.
    MoreThanHalf,
    /// All of it.
    Whole,
}

/// Over which time a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The school year so far, as the school's calendar has it.
    SchoolYear,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// At least.
    Gte,
    /// More than.
    Gt,
}

/// What meets a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "WrittenTest")]
pub enum Test {
    /// So many in the window.
    Count {
        /// How compared.
        op: Op,
        /// With what.
        count: u32,
    },
    /// Such a share of the known enrolled days of the window.
    Rate {
        /// How compared.
        op: Op,
        /// With what, in percent.
        percent: u32,
    },
}

impl Test {
    /// Whether `counted` days of `enrolled` known ones meet it. Integers only.
    pub fn met(self, counted: u32, enrolled: u32) -> bool {
        match self {
            Self::Count { op: Op::Gte, count } => counted >= count,
            Self::Count { op: Op::Gt, count } => counted > count,
            Self::Rate { op: Op::Gte, percent } => {
                100 * u64::from(counted) >= u64::from(percent) * u64::from(enrolled)
            }
            Self::Rate { op: Op::Gt, percent } => {
                100 * u64::from(counted) > u64::from(percent) * u64::from(enrolled)
            }
        }
    }

    /// Whether it is a share of days, which has a denominator.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Rate { .. })
    }
}

/// A test as a pack writes it: `{ op = "gte", count = 3 }` or `{ op = "gte", percent = 10 }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTest {
    op: Op,
    count: Option<u32>,
    percent: Option<u32>,
}

impl TryFrom<WrittenTest> for Test {
    type Error = String;

    fn try_from(written: WrittenTest) -> Result<Self, String> {
        match (written.count, written.percent) {
            (Some(count), None) if (1..=10_000).contains(&count) => Ok(Self::Count { op: written.op, count }),
            (None, Some(percent)) if (1..=100).contains(&percent) => {
                Ok(Self::Rate { op: written.op, percent })
            }
            (Some(count), None) => Err(format!("a count of {count}: 1 to 10000 is expected")),
            (None, Some(percent)) => Err(format!("a percentage of {percent}: 1 to 100 is expected")),
            _ => Err("a test has either `count` or `percent`".to_owned()),
        }
    }
}

/// By when a school must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// How many days after the day the rule is met.
    pub days: u32,
    /// Which days count.
    pub kind: DeadlineDays,
}

/// Which days count towards a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineDays {
    /// Days on which the school is open.
    School,
    /// All days.
    Calendar,
    /// Days of instruction.
    Instructional,
}

/// A worked example: days as a person would write them down, and what the rule must say of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// One line of days for each school, all from the same first day. Words parted by blanks, each with an optional
    /// number of repeats before it: `.` attended, `E` excused, `U` unexcused, `?` reason unknown, `T` tardy,
    /// `P` partial, `D` early departure, `!` a row that cannot be used, `x` roll not taken, `-` not enrolled here.
    /// A mark may state what was missed (`E=0.5`, `T=200m`, `U=AM`), and a day may have several (`E+P`).
    pub days: Vec<String>,
    /// Length of the school day in minutes.
    pub minutes: Option<u16>,
    /// What must come out as of the last day written down: one entry for each school or for all of them together.
    /// What is not listed must be neither met nor close.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// What a worked example expects.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Which school's line, from 1; 0 for all schools of the year together.
    #[serde(default = "first_school")]
    pub school: u32,
    /// On which day written down (from 1) the rule was first met; `None` where it is only close.
    pub met_on: Option<u32>,
    /// Whether it stands at the end.
    #[serde(default)]
    pub stands: bool,
    /// What counted.
    pub counted: u32,
    /// Out of how many, for a rate.
    pub of: Option<u32>,
}

fn first_school() -> u32 {
    1
}
