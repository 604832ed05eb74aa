//! What each screen shows, and nothing more: what a page receives is in its HTML for anybody to read.
//!
//! Sentences are not here. A screen words these values through its translation files.

use crate::alert::OpenAlert;
use crate::ids::{PersonId, SchoolId, StudentId};
use crate::report::{Reason, SetAside, TableCount};
use crate::role::{Capability, Role, SeenBecause};
use crate::signal::WhyNot;
use crate::source::Sources;
use crate::time::{Date, SchoolYear};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The signed-in person, for the frame around each page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Their name.
    pub name: String,
    /// The district's name.
    pub district: String,
    /// Whether this is the demo district.
    pub demo: bool,
    /// Their roles, without repeats.
    pub roles: Vec<Role>,
    /// What they may do.
    pub capabilities: Vec<Capability>,
    /// The schools whose figures they may see.
    pub schools: Vec<SchoolChoice>,
}

/// A school to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolChoice {
    /// Its id.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
}

/// How old the data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// When the last sync that was applied ended, and where that was by the district's clock (`2026-11-21 05:12`).
    pub synced_at: Option<DateTime<Utc>>,
    /// The same instant, written in the district's time zone.
    pub synced_local: Option<String>,
    /// The last school day for which any attendance has come.
    pub data_through: Option<Date>,
    /// Calendar days from `data_through` to today; 0 where nothing has come.
    pub days_since: u32,
    /// Instructional days before today for which none has come, over all schools: the most of any school.
    pub days_behind: u32,
    /// Sources from which new data was due twice, by their own rhythm, and none came.
    pub sources_late: u32,
    /// Schools for whose instructional days before today attendance has come, to the last of them.
    pub schools_current: u32,
    /// Schools without a calendar, of which nobody can say what is missing.
    pub schools_unknown: u32,
    /// Schools with a calendar or students.
    pub schools: u32,
}

/// Where a student stands towards a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stands since at most 10 school days.
    NewlyMet,
    /// Stands for longer.
    StillOpen,
    /// One more absence would meet it.
    Close,
    /// Was met this year, and is no longer.
    Recovered,
}

/// Which standings a list is filtered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// One of them.
    Only(Standing),
    /// Those on which the rule stands: newly met and still open.
    Standing,
}

impl Wanted {
    /// Whether a standing is wanted.
    pub fn holds(self, standing: Standing) -> bool {
        match self {
            Self::Only(one) => one == standing,
            Self::Standing => matches!(standing, Standing::NewlyMet | Standing::StillOpen),
        }
    }
}

/// Filters of the worklist; each is coded in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistFilter {
    /// One school.
    pub school: Option<SchoolId>,
    /// One grade, as its CEDS code.
    pub grade: Option<String>,
    /// One rule, by its id.
    pub rule: Option<String>,
    /// Some standings.
    pub standing: Option<Wanted>,
    /// Page, from 1; 100 items each.
    pub page: u32,
}

/// Today's worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklist {
    /// How old the data is.
    pub freshness: Freshness,
    /// What somebody has to do about a source, the oldest first; none for those who may not.
    pub alerts: Vec<OpenAlert>,
    /// The date for which this is said.
    pub as_of: Option<Date>,
    /// How many of each standing the filter (without its standing) leaves: newly met, still open, close.
    pub newly_met: u32,
    /// See `newly_met`.
    pub still_open: u32,
    /// See `newly_met`.
    pub close: u32,
    /// Items of this page, by school, then standing, then name.
    pub items: Vec<WorkItem>,
    /// Items the filter leaves.
    pub total: u32,
    /// Page, from 1.
    pub page: u32,
    /// Pages.
    pub pages: u32,
    /// Choices for the filters.
    pub schools: Vec<SchoolChoice>,
    /// Grades, as CEDS codes.
    pub grades: Vec<String>,
    /// Rules: id and title.
    pub rules: Vec<RuleChoice>,
}

/// A rule to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChoice {
    /// Its id, such as `US-CHRONIC`.
    pub id: String,
    /// Its title in plain words.
    pub title: String,
    /// Whether something of it is not checked against its source yet.
    pub to_verify: bool,
}

/// The reason in numbers; the screen makes one sentence of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonLine {
    /// The rule's id.
    pub rule: String,
    /// The rule's title in plain words.
    pub rule_title: String,
    /// What counted.
    pub numerator: u32,
    /// Out of how much, for a rate.
    pub denominator: Option<u32>,
    /// `day`, `event`, `half_day`, `session`, `minute`, `period` or `report`.
    pub unit: String,
    /// What the rule counts: `all`, `unexcused`, `unexcused_or_unknown`, `unexcused_or_tardy`, `excused`; empty for
    /// reports.
    pub counts: String,
    /// How many more, in the same unit, on the next school day would meet the rule, for one that does not stand.
    pub more: Option<u32>,
    /// Where the student stands.
    pub standing: Standing,
    /// First day of the unbroken run, for one that stands.
    pub standing_since: Option<Date>,
    /// Counted over all schools of the year.
    pub district_wide: bool,
    /// Whether something of the rule is not checked against its source yet.
    pub to_verify: bool,
}

/// One line of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// The student.
    pub student: StudentId,
    /// Their name, `Family, Given`.
    pub name: String,
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// The school's name.
    pub school: String,
    /// Why they are on the list.
    pub reason: ReasonLine,
    /// Why the reader may see them.
    pub because: SeenBecause,
}

/// The order of the students' list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StudentOrder {
    /// By family name.
    #[default]
    Name,
    /// By grade, then name.
    Grade,
    /// By school, then name.
    School,
    /// By share of days missed, most first.
    Missed,
}

/// Filters of the students' list. All but the text searched for are coded in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentFilter {
    /// One school.
    pub school: Option<SchoolId>,
    /// One grade, as its CEDS code.
    pub grade: Option<String>,
    /// One standing: of the rule, or the most pressing of any.
    pub standing: Option<Standing>,
    /// One rule, that stands, is close or has recovered.
    pub rule: Option<String>,
    /// Order.
    pub order: StudentOrder,
    /// Turned around.
    pub descending: bool,
    /// Students who left too.
    pub former: bool,
    /// Page, from 1; 100 rows each.
    pub page: u32,
}

/// The students' list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentList {
    /// How old the data is.
    pub freshness: Freshness,
    /// Rows of this page.
    pub rows: Vec<StudentRow>,
    /// Rows the filter leaves.
    pub total: u32,
    /// Page, from 1.
    pub page: u32,
    /// Pages.
    pub pages: u32,
    /// Choices for the filters.
    pub schools: Vec<SchoolChoice>,
    /// Grades, as CEDS codes.
    pub grades: Vec<String>,
    /// Rules.
    pub rules: Vec<RuleChoice>,
}

/// One row of the students' list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentRow {
    /// The student.
    pub student: StudentId,
    /// The id the school uses for them.
    pub local_id: String,
    /// `Family, Given`.
    pub name: String,
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// The school's name.
    pub school: String,
    /// Whether they are enrolled now.
    pub enrolled: bool,
    /// Days missed (at least half), of the days enrolled, this school year.
    pub missed: u32,
    /// Days enrolled and known, this school year.
    pub days: u32,
    /// The most pressing standing, if any.
    pub standing: Option<Standing>,
    /// Why the reader may see them.
    pub because: SeenBecause,
}

/// What a day was to a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Attended.
    Attended,
    /// Absent, excused.
    Excused,
    /// Absent, unexcused.
    Unexcused,
    /// Absent, reason not known yet.
    ReasonUnknown,
    /// A part was missed, or the student came late.
    Part,
    /// A row that could not be used: neither present nor absent.
    Unknown,
    /// Roll was not taken (or not yet).
    RollNotTaken,
    /// Not enrolled on this day.
    NotEnrolled,
}

/// One square of the year strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripDay {
    /// The day.
    pub date: Date,
    /// What it was.
    pub kind: DayKind,
    /// At least half of it was missed: the day is in the count of days missed.
    pub missed: bool,
    /// The categories of its marks, joined by `, `; empty for none.
    pub category: String,
}

/// A week's rate, for the trend line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekPoint {
    /// Monday of the week.
    pub week: Date,
    /// Days enrolled and known.
    pub days: u32,
    /// Of these, missed (at least half).
    pub missed: u32,
}

/// A student's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// The student.
    pub student: StudentId,
    /// `Given Family`.
    pub name: String,
    /// The id the school uses.
    pub local_id: String,
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// The school's name; the last one for a student who left.
    pub school: String,
    /// First day no longer enrolled, for a student who left.
    pub left_on: Option<Date>,
    /// The school year shown.
    pub year: Option<SchoolYear>,
    /// The date for which this is said.
    pub as_of: Option<Date>,
    /// Enrollment, newest first.
    pub enrollments: Vec<EnrollmentLine>,
    /// The year, day by day (of the school above, or of all schools of the year in turn).
    pub strip: Vec<StripDay>,
    /// Days missed this year.
    pub missed: u32,
    /// Days enrolled and known this year.
    pub days: u32,
    /// Days of the year so far whose attendance is unknown.
    pub unknown_days: u32,
    /// Week by week.
    pub trend: Vec<WeekPoint>,
    /// Every signal, opened.
    pub signals: Vec<SignalView>,
    /// Guardians; `None` where the reader is not entitled to them.
    pub guardians: Option<Vec<GuardianView>>,
    /// Every reason for which the reader may see this student.
    pub because: Vec<SeenBecause>,
}

/// A student's year as it was known at an earlier time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudentThen {
    /// When the last sync ended whose rows this rests on; `None` where nothing was known yet.
    pub known_after: Option<DateTime<Utc>>,
    /// The same, by the clock on the district's wall.
    pub known_after_local: Option<String>,
    /// The school year shown.
    pub year: Option<SchoolYear>,
    /// The date for which this is said.
    pub as_of: Option<Date>,
    /// The year, day by day.
    pub strip: Vec<StripDay>,
    /// Days missed this year.
    pub missed: u32,
    /// Days enrolled and known this year.
    pub days: u32,
    /// Days of the year so far whose attendance was unknown.
    pub unknown_days: u32,
    /// Every signal, opened.
    pub signals: Vec<SignalView>,
}

/// One span of enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentLine {
    /// The school's name.
    pub school: String,
    /// Grade.
    pub grade: String,
    /// First day.
    pub entry: Date,
    /// First day no longer enrolled.
    pub end: Option<Date>,
}

/// A signal, opened to its dated marks and its clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalView {
    /// The reason in numbers.
    pub line: ReasonLine,
    /// The school's name, or empty for all schools of the year.
    pub school: String,
    /// The school year it was counted in.
    pub year: SchoolYear,
    /// First date the rule was met; `None` for one that is only close.
    pub met_on: Option<Date>,
    /// Runs on which it was met: first and last day, `None` while it lasts.
    pub episodes: Vec<(Date, Option<Date>)>,
    /// The days that counted.
    pub evidence: Vec<EvidenceView>,
    /// The days with a mark that did not, and why.
    pub near_misses: Vec<NearMissView>,
    /// Days whose attendance is unknown, in neither count.
    pub unknown_days: u32,
    /// The clause.
    pub citation: String,
    /// Where its text can be read.
    pub source: String,
    /// `us-federal 1`.
    pub pack: String,
    /// First date on which what [`ReasonLine::more`] says would no longer suffice.
    pub next_before: Option<Date>,
    /// What the rule asks of the school, in plain words.
    pub action: String,
    /// By when.
    pub deadline: Option<DeadlineView>,
    /// When people last checked the pack against its source.
    pub reviewed_on: Option<Date>,
    /// Our reading, where the law leaves a gap; empty for none.
    pub reading: String,
    /// What nobody has checked against the text of the law yet.
    pub to_verify: Vec<String>,
}

/// By when a rule asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineView {
    /// So many days.
    pub days: u32,
    /// Days with school; else days of the calendar.
    pub school_days: bool,
}

/// A day that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// The day.
    pub date: Date,
    /// The category.
    pub category: String,
    /// The school's reason for it; `None` where the reader is not entitled to it.
    pub reason: Option<String>,
    /// The school's name.
    pub school: String,
    /// What it adds to what is counted, in the unit of the rule; 0 for a day that does not count.
    pub counts: u32,
}

/// A day that did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMissView {
    /// The day and its mark.
    pub day: EvidenceView,
    /// Why not.
    pub why: WhyNot,
}

/// A guardian, for those entitled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardianView {
    /// `Given Family`.
    pub name: String,
    /// Relation.
    pub relation: String,
    /// First to be called.
    pub primary: bool,
    /// Lives with the student.
    pub lives_with: bool,
    /// Street, city, state, postal code, as lines; none where restricted.
    pub address: Vec<String>,
    /// Phone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Language; empty where unknown.
    pub language: String,
    /// A legal document says this person may not have the student's records.
    pub legal_restriction: bool,
}

/// A figure that may be hidden because the group is small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// So many of so many.
    Of {
        /// How many.
        count: u32,
        /// Of how many.
        group: u32,
    },
    /// Hidden, so that nobody can be recognised.
    Hidden,
}

/// A school's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub name: String,
    /// The school year shown.
    pub year: Option<SchoolYear>,
    /// The date for which this is said.
    pub as_of: Option<Date>,
    /// Attendance by week: the share of student-days attended.
    pub weeks: Vec<SchoolWeek>,
    /// The rule of the district's packs that stands for chronic absence: a share of the school year, missed for any
    /// reason. `None` where no pack has one; there are no figures then.
    pub chronic: Option<RuleChoice>,
    /// By grade: on how many students it stands.
    pub grades: Vec<GradeShare>,
    /// The same for the whole school.
    pub total: Share,
    /// Other schools the reader may turn to.
    pub schools: Vec<SchoolChoice>,
}

/// A week of a school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolWeek {
    /// Monday of the week.
    pub week: Date,
    /// Attended student-days of known student-days; hidden where the group is small.
    pub attended: Share,
}

/// Chronic absence in one grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeShare {
    /// Grade, as its CEDS code; empty where unknown.
    pub grade: String,
    /// How many of how many.
    pub chronic: Share,
}

/// A rule that could not be asked everywhere. It is not unmet there: nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAsked {
    /// The pack's id.
    pub pack: String,
    /// The rule's id.
    pub rule: String,
    /// Why.
    pub why: WhyNotAsked,
}

/// Why a rule could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNotAsked {
    /// No version of it was in force on some school days.
    NoVersion {
        /// First such school day.
        from: Date,
        /// Last such school day.
        to: Date,
    },
    /// It asks for facts of cases, and none are kept.
    NoFacts,
    /// It asks for an age.
    NoBirthDates {
        /// Students without a date of birth.
        students: u32,
    },
    /// It counts minutes.
    NoDayLength {
        /// Schools with days whose length is not known.
        schools: u32,
    },
    /// It asks for days of exclusion from school, and the data has none.
    NoExclusions,
    /// It asks for a grade.
    NoGrades {
        /// Students without a grade.
        students: u32,
    },
}

/// A school day: the rows that the source has of it, and the marks that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBalance {
    /// The day.
    pub date: Date,
    /// Rows that name the school and the day, used or not; `None` where no file told all of the day.
    pub told: Option<u32>,
    /// Marks that are held and count.
    pub held: u32,
}

impl DayBalance {
    /// Whether what is held is not what the source says. What nobody told is compared with nothing.
    pub fn differs(&self) -> bool {
        self.told.is_some_and(|told| told != self.held)
    }
}

/// How a school's attendance compares with its source, in its newest school year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolBalance {
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub name: String,
    /// The school year.
    pub year: SchoolYear,
    /// Days that could be compared.
    pub compared: u32,
    /// Of these, the days that differ.
    pub differing: u32,
    /// Days of which no file told all.
    pub untold: u32,
}

/// A mark that is held, as the source calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMark {
    /// The student.
    pub student: StudentId,
    /// The id that files use.
    pub local_id: String,
    /// What the source called it.
    pub category: String,
}

/// The rows of one school day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRows {
    /// The day.
    pub day: DayBalance,
    /// The rows that were set aside, in their order.
    pub set_aside: Vec<SetAside>,
    /// The marks that are held and count, by the student's id.
    pub held: Vec<HeldMark>,
}

/// A school's days beside its source's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolDays {
    /// The school.
    pub school: SchoolId,
    /// Its name.
    pub name: String,
    /// The days of its newest school year, in order.
    pub days: Vec<DayBalance>,
    /// The day that is opened to its rows.
    pub open: Option<DayRows>,
}

/// What the source says beside what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// The schools, by name.
    pub schools: Vec<SchoolBalance>,
    /// The school that is opened to its days.
    pub open: Option<SchoolDays>,
}

/// The data page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// What somebody has to do about a source, the oldest first; none for those who may not.
    pub alerts: Vec<OpenAlert>,
    /// The last runs, newest first.
    pub runs: Vec<RunView>,
    /// The rows of the last applied run that were set aside, in the order of their files; `None` where the reader is
    /// not entitled to them.
    pub set_aside: Option<Vec<SetAsideGroup>>,
    /// How many there are.
    pub set_aside_count: u32,
    /// School by school, how far attendance has come.
    pub schools: Vec<SchoolFreshness>,
    /// Rules that could not be asked.
    pub not_asked: Vec<NotAskedLine>,
    /// Where the data comes from.
    pub sources: Sources,
}

/// Rows of one file that were set aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAsideGroup {
    /// The file.
    pub file: String,
    /// The column at fault, where there is one.
    pub column: Option<String>,
    /// Why they were set aside.
    pub reason: Reason,
    /// How many there are.
    pub count: u32,
    /// The line in the file, and what was found there, of the first of them.
    pub first: Vec<(u64, String)>,
}

/// A rule that could not be asked, with its title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAskedLine {
    /// The rule.
    pub rule: RuleChoice,
    /// Why.
    pub why: WhyNotAsked,
}

/// One run of a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// When it ended, in the district's time zone (`2026-11-21 05:12`).
    pub ended_local: String,
    /// What became of each file's rows.
    pub tables: Vec<TableCount>,
}

/// How far a school's attendance has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolFreshness {
    /// The school's name.
    pub name: String,
    /// The date of its last attendance row.
    pub last_row: Option<Date>,
    /// Instructional days up to today without any; `None` for a school without a calendar, of which nobody can say.
    pub days_behind: Option<u32>,
}

/// A family's page: a parent's children, or an adult student's own days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// The children, by name.
    pub children: Vec<ChildView>,
}

/// One child, in the family's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildView {
    /// The student.
    pub student: StudentId,
    /// Given name.
    pub given_name: String,
    /// The school's name.
    pub school: String,
    /// It is the reader's own record.
    pub own: bool,
    /// Days missed (at least half) this year.
    pub missed: u32,
    /// Of these, excused.
    pub excused: u32,
    /// Days enrolled and known this year.
    pub days: u32,
    /// The year, day by day.
    pub strip: Vec<StripDay>,
    /// Each day missed, newest first.
    pub dates: Vec<FamilyDay>,
    /// Whether 10 % or more of the days were missed.
    pub often_missed: bool,
    /// How many more missed days, from the next school day on without a break, would make it 10 % or more; `None` where it is.
    pub days_to_often: Option<u32>,
    /// Days with a mark that are not among those missed, and days of which nothing is known; newest first.
    pub not_counted: Vec<(FamilyDay, WhyNot)>,
    /// The rule behind one day in ten.
    pub clause: Option<ClauseView>,
}

/// A day with a mark, as a family reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyDay {
    /// The day.
    pub date: Date,
    /// What it was: a page in another language than the school's says this.
    pub kind: DayKind,
    /// What the school noted, in its own words.
    pub category: String,
    /// The school's reason for it: a family may see its own.
    pub reason: Option<String>,
    /// The school's name.
    pub school: String,
}

/// A clause, where it can be read, and the version of the pack that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseView {
    /// The clause of law or policy.
    pub citation: String,
    /// Where its text can be read.
    pub source: String,
    /// `us-federal 1`.
    pub pack: String,
}

/// The sign-in page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInPage {
    /// In the demo, the people to step into; empty elsewhere.
    pub demo_people: Vec<DemoPerson>,
}

/// Somebody of the demo district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPerson {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Where: a school's or section's name; empty for the district.
    pub place: String,
    /// What makes them worth stepping into, as a stable code (`principal`, `homeroom-teacher`, `teacher-and-parent`,
    /// `restricted-parent`, `adult-student`, `counselor`, `district`, `parent`).
    pub why: String,
}

/// What can go wrong between a page and the server. Codes only: no name, no free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nobody is signed in (401).
    NotSignedIn,
    /// There is no such thing, or the reader may not know of it (404).
    NotFound,
    /// The reader may not do this (403).
    Refused,
    /// The input cannot be used (422).
    BadInput,
    /// Something broke on our side (500).
    Broken,
    /// The network did not answer.
    Offline,
}
