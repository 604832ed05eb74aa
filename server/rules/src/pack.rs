//! What a rule pack says. A pack is data: law or policy with its source, its dates and its worked examples.

use model::attendance::Meaning;
use model::grade::Grade;
use model::history::FactKind;
use model::time::Date;
use serde::{Deserialize, Serialize};

/// The rules of one jurisdiction, in every version of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When people last went through it with its source beside it. What they could not read there themselves stands in
    /// `to_verify`.
    pub reviewed_on: Date,
    /// The month (1 to 12) in which a school year begins that the source does not name.
    #[serde(default = "july")]
    pub year_begins: u32,
    /// Marks a day (1 or 2) where the calendar does not say.
    #[serde(default = "one_session")]
    pub sessions: u8,
    /// Categories of attendance that the pack itself defines.
    #[serde(default, rename = "code", skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
    /// Its versions; their dates never overlap.
    #[serde(rename = "version")]
    pub versions: Vec<Version>,
}

fn july() -> u32 {
    7
}

fn one_session() -> u8 {
    1
}

/// A category of attendance that a pack defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The category as registers write it.
    pub category: String,
    /// What it means for counting.
    pub meaning: Meaning,
    /// Its group in the statistics, for a register that has such groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<Statistic>,
    /// What it stands for, in plain words.
    pub title: String,
    /// What nobody has checked against the text of the law yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_verify: Vec<String>,
}

/// How official statistics group the codes of a register of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// In school.
    Present,
    /// Learning somewhere else with the school's agreement: counts as attended.
    AttendingElsewhere,
    /// Absent, and the school has agreed.
    Authorised,
    /// Absent, and the school has not agreed.
    Unauthorised,
    /// Not a possible attendance: in neither count.
    NotPossible,
}

impl Statistic {
    /// What such a code means for counting.
    pub fn meaning(self) -> Meaning {
        match self {
            Self::Present | Self::AttendingElsewhere => Meaning::Present,
            Self::Authorised => Meaning::Excused,
            Self::Unauthorised => Meaning::Unexcused,
            Self::NotPossible => Meaning::NotCounted,
        }
    }

    /// The words in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::AttendingElsewhere => "attending elsewhere",
            Self::Authorised => "authorised",
            Self::Unauthorised => "unauthorised",
            Self::NotPossible => "not a possible attendance",
        }
    }
}

/// One version of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its name, such as `1`.
    pub version: String,
    /// First day on which it is in force; `None` where it has no beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    /// Last day on which it is in force; `None` where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// Its rules.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

impl Version {
    /// Whether it is in force on a day.
    pub fn in_force(&self, date: Date) -> bool {
        within(self.effective_from, self.effective_to, date)
    }
}

fn within(from: Option<Date>, to: Option<Date>, date: Date) -> bool {
    from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, such as `US-CHRONIC`.
    pub id: String,
    /// Its title in plain words, without blame (reading age 10 to 11).
    pub title: String,
    /// The clause of law or policy.
    pub citation: String,
    /// First day on which it is in force, where later than its version's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    /// Last day on which it is in force, where earlier than its version's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// Where its text can be read, where elsewhere than the pack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When people last went through it, where at another time than the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_on: Option<Date>,
    /// What is counted.
    pub unit: Unit,
    /// Which categories count; `None` for a rule that counts reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// It is met where any of these is.
    pub when: Vec<Criterion>,
    /// The least number of known enrolled days (for sessions: of possible sessions) so far in the year before the rule
    /// is tested.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub least_enrolled: u32,
    /// The least number of known days not counted as absent so far in the year.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub least_present: u32,
    /// The grades for which it is tested, by the grade of the enrollment on the tested day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<GradeRange>,
    /// The ages at which it is tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgeRange>,
    /// Facts of the school year up to the tested day without which it is not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactNeed>,
    /// Days that carry this fact are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<FactKind>,
    /// What the rule asks of the school, in plain words.
    pub action: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// What a notice under this rule must say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<String>,
    /// Our reading, where the law leaves a gap; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reading: String,
    /// What nobody has checked against the text of the law yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_verify: Vec<String>,
    /// Worked examples, executed as tests.
    #[serde(default, rename = "example", skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Rule {
    /// Whether it is in force on a day on which its version is.
    pub fn in_force(&self, date: Date) -> bool {
        within(self.effective_from, self.effective_to, date)
    }

    /// Whether marks of this meaning count.
    pub fn takes(&self, meaning: Meaning) -> bool {
        self.counts.is_some_and(|counts| counts.takes(meaning))
    }

    /// Whether it cannot be asked without facts of cases.
    pub fn needs_facts(&self) -> bool {
        self.unit == Unit::Report || !self.facts.is_empty()
    }

    /// Whether it has nothing to say of a student whose grade is not known.
    pub fn asks_for_grades(&self) -> bool {
        let by_grade = |c: &Criterion| c.required_hours.iter().any(|hours| hours.grades.is_some());
        self.grades.is_some() || self.when.iter().any(by_grade)
    }

    /// Whether its parts make sense together.
    ///
    /// # Errors
    /// What was found and what was expected, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.effective_from.zip(self.effective_to).is_some_and(|(from, to)| to < from) {
            return Err("it ends before it begins".to_owned());
        }
        if self.when.is_empty() {
            return Err("`when` is empty: at least one criterion is expected".to_owned());
        }
        match (self.unit, self.counts) {
            (Unit::Report, Some(_)) => {
                return Err("a rule that counts reports has no `counts`".to_owned());
            }
            (unit, None) if unit != Unit::Report => {
                return Err("`counts` is missing: which categories count?".to_owned());
            }
            _ => {}
        }
        if self.grades.is_some_and(|g| g.from.zip(g.to).is_some_and(|(from, to)| to < from)) {
            return Err("`grades` end before they begin".to_owned());
        }
        if self.ages.is_some_and(|a| a.from.zip(a.to).is_some_and(|(from, to)| to < from)) {
            return Err("`ages` end before they begin".to_owned());
        }
        if self.facts.iter().any(|f| f.at_least == 0) {
            return Err("`at_least = 0`: at least 1 is expected of a fact".to_owned());
        }
        self.when.iter().try_for_each(|criterion| criterion.check(self.unit))
    }
}

/// One way to meet a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// How much of a day must be missed for the day (or the event) to count; `None` for other units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    /// Over which time.
    pub window: Window,
    /// How many, or what share.
    pub test: Test,
    /// A rolling window does not reach into the school year before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub within_year: bool,
    /// The denominator of a rate of minutes: the first that fits the student.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_hours: Vec<RequiredHours>,
    /// The fact that is counted, for a rule that counts reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactKind>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Criterion {
    fn check(&self, unit: Unit) -> Result<(), String> {
        let by_day = matches!(unit, Unit::Day | Unit::Event);
        match (by_day, self.missed) {
            (true, None) => return Err("`missed` is missing: how much of a day counts?".to_owned()),
            (false, Some(_)) => {
                return Err(format!("`missed` belongs to the units day and event, not to {}", unit.name()));
            }
            (true, Some(Missed::Periods(0))) => {
                return Err("`periods = 0`: 1 or more are expected".to_owned());
            }
            _ => {}
        }
        if self.fact.is_some() != (unit == Unit::Report) {
            return Err("`fact` belongs to the unit report, which needs one".to_owned());
        }
        let (length, most) = match self.window {
            Window::Days(n) => (n, 800),
            Window::Weeks(n) => (n, 110),
            Window::Months(n) => (n, 24),
            Window::SchoolWeeks(n) => (n, 100),
            Window::InstructionalDays(n) => (n, 500),
            _ => (1, 1),
        };
        if length == 0 || length > most {
            return Err(format!("a window of {length}: 1 to {most} is expected"));
        }
        let rolls = self.window.rolls();
        if self.within_year && !rolls {
            return Err("`within_year` belongs to a rolling window".to_owned());
        }
        match self.window {
            Window::Consecutive if !matches!(unit, Unit::Day | Unit::Minute) => {
                return Err(format!("consecutive {}s: only days and minutes run on", unit.name()));
            }
            Window::OneClass if unit != Unit::Period => {
                return Err(format!("one class with the unit {}: the unit period is expected", unit.name()));
            }
            _ => {}
        }
        if unit == Unit::Report && self.window != Window::SchoolYear {
            return Err("reports are counted in the school year".to_owned());
        }
        match self.test {
            Test::Count { count, .. } if count > 10_000 && unit != Unit::Minute => {
                Err(format!("a count of {count}: 1 to 10000 is expected"))
            }
            Test::Count { .. } if !self.required_hours.is_empty() => {
                Err("`required_hours` belong to a percentage of minutes".to_owned())
            }
            Test::Count { .. } => Ok(()),
            Test::Rate { .. } => match unit {
                Unit::Minute if self.required_hours.is_empty() => {
                    Err("a percentage of minutes needs `required_hours`".to_owned())
                }
                Unit::Minute if self.required_hours.iter().any(|h| h.hours == 0) => {
                    Err("`hours = 0`: 1 or more are expected".to_owned())
                }
                Unit::Minute if self.window == Window::SchoolYear => Ok(()),
                Unit::Day | Unit::Session if self.required_hours.is_empty() => match self.window {
                    Window::Consecutive => Err("a percentage of days in a row says nothing".to_owned()),
                    _ => Ok(()),
                },
                Unit::Minute => Err("a percentage of required hours is of the school year".to_owned()),
                _ => Err(format!("a percentage of {}s has no denominator", unit.name())),
            },
        }
    }
}

/// What a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// School days.
    Day,
    /// Events, at most one a day.
    Event,
    /// Half school days.
    HalfDay,
    /// Sessions: as many a day as the calendar has.
    Session,
    /// Minutes.
    Minute,
    /// Class periods.
    Period,
    /// Reports and other facts of a case.
    Report,
}

impl Unit {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Event => "event",
            Self::HalfDay => "half_day",
            Self::Session => "session",
            Self::Minute => "minute",
            Self::Period => "period",
            Self::Report => "report",
        }
    }
}

/// Which categories of absence count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Absence without an excuse. A reason that is not known yet is not unexcused.
    Unexcused,
    /// Absence without an excuse, or whose reason is not known yet.
    UnexcusedOrUnknown,
    /// Absence without an excuse, and late arrival.
    UnexcusedOrTardy,
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
            Self::UnexcusedOrTardy => "unexcused_or_tardy",
            Self::Excused => "excused",
            Self::All => "all",
        }
    }

    /// Whether marks of this meaning count.
    pub fn takes(self, meaning: Meaning) -> bool {
        match self {
            Self::Unexcused => meaning == Meaning::Unexcused,
            Self::UnexcusedOrUnknown => matches!(meaning, Meaning::Unexcused | Meaning::Unknown),
            Self::UnexcusedOrTardy => matches!(meaning, Meaning::Unexcused | Meaning::Tardy),
            Self::Excused => meaning == Meaning::Excused,
            Self::All => !matches!(meaning, Meaning::Present | Meaning::NotCounted),
        }
    }
}

/// How much of a day must be missed for it to count: the tie is part of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Any part of it.
    Any,
    /// Half of it counts.
    AtLeastHalf,
    /// Exactly half does not count.
    MoreThanHalf,
    /// All of it.
    Whole,
    /// At least so many different periods; a mark of the whole day misses them all.
    Periods(u16),
    /// All of it, or one mark of more than so many minutes.
    OverMinutes(u16),
}

/// Over which time a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The school year so far, as the school's calendar has it.
    SchoolYear,
    /// The calendar month of the day, within the school year.
    CalendarMonth,
    /// Four school weeks, counted in blocks from the first school day of the calendar.
    SchoolMonth,
    /// Without a break: days in a row, or minutes between two attended days.
    Consecutive,
    /// The school year so far, each period by itself.
    OneClass,
    /// So many calendar days that end on the day.
    Days(u32),
    /// So many times seven calendar days that end on the day.
    Weeks(u32),
    /// From the day after the same day of the month so many months before, to the day.
    Months(u32),
    /// The week (Monday to Sunday) of the day and the school weeks before it, so many together, up to the day. A week
    /// without school does not count.
    SchoolWeeks(u32),
    /// The last so many instructional days of the student's school, the day included.
    InstructionalDays(u32),
}

impl Window {
    /// Whether it ends on the day and moves on with it.
    pub fn rolls(self) -> bool {
        matches!(
            self,
            Self::Days(_)
                | Self::Weeks(_)
                | Self::Months(_)
                | Self::SchoolWeeks(_)
                | Self::InstructionalDays(_)
        )
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// At least.
    Gte,
    /// More than.
    Gt,
}

/// What meets a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "WrittenTest", into = "WrittenTest")]
pub enum Test {
    /// So many in the window.
    Count {
        /// How compared.
        op: Op,
        /// With what.
        count: u32,
        /// Not met by more than this.
        at_most: Option<u32>,
    },
    /// Such a share of the known enrolled days (or possible sessions, or required hours) of the window.
    Rate {
        /// How compared.
        op: Op,
        /// With what, in percent.
        percent: u32,
    },
}

impl Test {
    /// Whether `counted` of `whole` meet it. Both in one unit; integers only.
    pub fn met(self, counted: u64, whole: u64) -> bool {
        match self {
            Self::Count { count, op, at_most } => {
                let enough =
                    if op == Op::Gt { counted > u64::from(count) } else { counted >= u64::from(count) };
                enough && at_most.is_none_or(|most| counted <= u64::from(most))
            }
            Self::Rate { op: Op::Gte, percent } => 100 * counted >= u64::from(percent) * whole,
            Self::Rate { op: Op::Gt, percent } => 100 * counted > u64::from(percent) * whole,
        }
    }

    /// Whether it is a share of days, which has a denominator.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::Rate { .. })
    }
}

/// A test as a pack writes it: `{ op = "gte", count = 3 }` or `{ op = "gte", percent = 10 }`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTest {
    op: Op,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<u32>,
}

impl TryFrom<WrittenTest> for Test {
    type Error = String;

    fn try_from(written: WrittenTest) -> Result<Self, String> {
        let WrittenTest { op, count, at_most, percent } = written;
        match (count, percent) {
            (Some(count), None) if (1..=100_000).contains(&count) => match at_most {
                Some(most) if most < count || (most == count && op == Op::Gt) => {
                    Err(format!("`at_most = {most}` with a count of {count}: nothing meets that"))
                }
                _ => Ok(Self::Count { op, count, at_most }),
            },
            (None, Some(percent)) if (1..=100).contains(&percent) && at_most.is_none() => {
                Ok(Self::Rate { op, percent })
            }
            (Some(count), None) => Err(format!("a count of {count}: 1 to 10000 is expected")),
            (None, Some(_)) if at_most.is_some() => Err("`at_most` belongs to a count".to_owned()),
            (None, Some(percent)) => Err(format!("a percentage of {percent}: 1 to 100 is expected")),
            _ => Err("a test has either `count` or `percent`".to_owned()),
        }
    }
}

impl From<Test> for WrittenTest {
    fn from(test: Test) -> Self {
        match test {
            Test::Count { op, count, at_most } => Self { op, count: Some(count), at_most, percent: None },
            Test::Rate { op, percent } => Self { op, count: None, at_most: None, percent: Some(percent) },
        }
    }
}

/// A stretch of grades.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeRange {
    /// The first; `None` for no first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Grade>,
    /// The last; `None` for no last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Grade>,
}

impl GradeRange {
    /// Whether a grade lies in it. A grade that is not known lies in none.
    pub fn holds(self, grade: Option<Grade>) -> bool {
        grade.is_some_and(|g| self.from.is_none_or(|from| from <= g) && self.to.is_none_or(|to| g <= to))
    }
}

/// A stretch of ages in full years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeRange {
    /// The first; `None` for no first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u8>,
    /// The last; `None` for no last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u8>,
}

impl AgeRange {
    /// Whether somebody of this birth date is of such an age on a day. A birth date that is not known is of none.
    pub fn holds(self, birth_date: Option<Date>, date: Date) -> bool {
        let Some(years) = birth_date.and_then(|birth| date.years_since(birth)) else { return false };
        self.from.is_none_or(|from| u32::from(from) <= years)
            && self.to.is_none_or(|to| years <= u32::from(to))
    }
}

/// A fact that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactNeed {
    /// Which.
    pub fact: FactKind,
    /// How often.
    #[serde(default = "once")]
    pub at_least: u32,
}

fn once() -> u32 {
    1
}

/// The hours that a school year must have for some students.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredHours {
    /// The grades; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<GradeRange>,
    /// Only where the school day is at most 240 minutes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub half_day: bool,
    /// The hours.
    pub hours: u32,
}

/// By when a school must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// How many days after the day the rule is met.
    pub days: u32,
    /// Which days count.
    pub kind: DeadlineDays,
}

/// Which days count towards a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// The edges of the rule that it shows; none where it shows something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// One line of weekdays for each school, all from the same first day. Words parted by blanks, each with an optional
    /// number of repeats before it: `.` attended, `E` excused, `U` unexcused, `?` reason unknown, `T` tardy,
    /// `P` partial, `D` early departure, `N` an event in no count, `[G]` a category of the pack's own, `!` a row that
    /// cannot be used, `x` roll not taken, `-` not enrolled here, `~` a weekday without school.
    /// A mark may state what was missed (`E=0.5`, `T=200m`, `U=AM`, `U=p2`), and a day may have several (`E+P`).
    pub days: Vec<String>,
    /// The first day written down; by default the last Monday of August 2025.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Date>,
    /// Length of the school day in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// Marks a day, where others than the pack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u8>,
    /// The student's grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// The student's date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// The bell schedule: `1 08:00-08:50`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bells: Vec<String>,
    /// Facts of the case; `None` where no facts were given at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Vec<ExampleFact>>,
    /// What must come out as of the last day written down: one entry for each school or for all of them together.
    /// What is not listed must be neither met nor close.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// An edge of a rule: where an off-by-one would show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// One short of enough: not met.
    Below,
    /// The least that meets it.
    Met,
    /// More than the least: met since the least was reached.
    Above,
    /// Exactly at a limit that a rule might draw on either side: a percentage, half of the day, so many minutes.
    Tie,
    /// A student with two schools.
    Mover,
    /// An absence (or a report) that was excused or taken back: with it the rule would stand, without it it does not.
    Correction,
}

/// A fact in a worked example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleFact {
    /// On which day written down, from 1.
    pub day: u32,
    /// Which.
    pub fact: FactKind,
}

/// What a worked example expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Which school's line, from 1; 0 for all schools of the year together.
    #[serde(default = "first_school")]
    pub school: u32,
    /// Which of the school years written down, from 1; by default the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    /// On which day written down (from 1) the rule was first met; `None` where it is only close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_on: Option<u32>,
    /// Whether it stands at the end.
    #[serde(default)]
    pub stands: bool,
    /// What counted.
    pub counted: u32,
    /// Out of how many, for a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}

fn first_school() -> u32 {
    1
}
