//! Rows as every source adapter delivers them, and what was wrong with the rest.
//!
//! Ids here are the source's own. `*_key` fields hold a OneRoster `sourcedId`; `*_id` fields hold the id that people
//! and plain files use: OneRoster `identifier`, else `sourcedId`.

use crate::attendance::{Session, Shapes, Strip};
use crate::grade::Grade;
use crate::history::Bell;
use crate::report::SetAside;
use crate::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which side of a district's data a delivery carries, or a source. The other side stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carries {
    /// Both sides.
    #[default]
    Whole,
    /// OneRoster's: orgs, terms, courses, classes, users, roles, section rosters, demographics.
    Roster,
    /// The plain files': calendar, enrollments, attendance and what goes with them.
    Plain,
}

impl Carries {
    /// Its name, on the command line and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Roster => "roster",
            Self::Plain => "plain",
        }
    }

    /// Reads [`Self::name`].
    pub fn read(text: &str) -> Option<Self> {
        [Self::Whole, Self::Roster, Self::Plain].into_iter().find(|c| c.name() == text)
    }

    /// Whether the roster is among it.
    pub fn roster(self) -> bool {
        matches!(self, Self::Whole | Self::Roster)
    }

    /// Whether the plain files are among it.
    pub fn plain(self) -> bool {
        matches!(self, Self::Whole | Self::Plain)
    }

    /// Why a file of the other side is not read, as half a sentence.
    pub fn leaves_out(self) -> &'static str {
        match self {
            Self::Whole => "not a file that is read here",
            Self::Roster => "only the roster is read from here",
            Self::Plain => "only the plain files are read from here",
        }
    }
}

/// Whom and where plain files may name, by the ids that they use; each list in order and without doubles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRoster {
    /// Schools and other orgs.
    pub schools: Vec<String>,
    /// Everybody.
    pub people: Vec<String>,
    /// Those who may be named as students: who holds the role, or no role at all.
    pub students: Vec<String>,
}

/// The roster that the store holds, in the rows of its last deliveries: what a file of changes is laid over.
#[derive(Debug, Clone, Default)]
pub struct HeldRoster {
    /// Orgs that are active.
    pub orgs: Vec<Org>,
    /// Terms that are active.
    pub terms: Vec<Term>,
    /// Courses that are active.
    pub courses: Vec<Course>,
    /// Sections that are active.
    pub sections: Vec<Section>,
    /// People who are active.
    pub people: Vec<Person>,
    /// Roles.
    pub roles: Vec<RoleHeld>,
    /// Who is in a section.
    pub section_rosters: Vec<SectionMember>,
    /// Demographics.
    pub demographics: Vec<Demographics>,
}

/// All that one delivery holds.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Which side it carries; tables of the other side are `None`.
    pub carries: Carries,
    /// `orgs.csv`.
    pub orgs: Option<Table<Org>>,
    /// `academicSessions.csv`.
    pub terms: Option<Table<Term>>,
    /// `courses.csv`.
    pub courses: Option<Table<Course>>,
    /// `classes.csv`.
    pub sections: Option<Table<Section>>,
    /// `users.csv`.
    pub people: Option<Table<Person>>,
    /// `roles.csv` (1.2), or the role column of `users.csv` (1.1).
    pub roles: Option<Table<RoleHeld>>,
    /// OneRoster `enrollments.csv`: who is in a section, and as what.
    pub section_rosters: Option<Table<SectionMember>>,
    /// `demographics.csv`.
    pub demographics: Option<Table<Demographics>>,
    /// `calendar.csv`.
    pub calendar: Option<Table<CalendarDay>>,
    /// The plain `enrollments.csv`.
    pub enrollments: Option<Table<EnrollmentSpan>>,
    /// `contacts.csv`.
    pub contacts: Option<Table<Contact>>,
    /// `students.csv`.
    pub characteristics: Option<Table<Characteristics>>,
    /// `caseload.csv`.
    pub caseload: Option<Table<CaseloadEntry>>,
    /// `bells.csv`.
    pub bells: Option<Table<BellPeriod>>,
    /// `roll.csv`.
    pub roll: Option<Table<RollTaken>>,
    /// `attendance.csv`, already placed on school days.
    pub attendance: Option<Attendance>,
    /// Columns that withhold access, and that a delivered file does not have.
    pub without: Vec<MissingGuard>,
    /// Rows of `contacts.csv` that could not be used.
    pub unread_contacts: Vec<UnreadContact>,
    /// The students' ids, where they can be read, of rows of `students.csv` that could not be used.
    pub unread_students: Vec<String>,
    /// The persons' `sourcedId`, where they can be read, of rows of `demographics.csv` that could not be used.
    pub unread_demographics: Vec<String>,
    /// Rows of the source that were read but not used, in order of file and line.
    pub set_aside: Vec<SetAside>,
    /// Files that hold only what changed: what was set aside of their rows before still is.
    pub changes: BTreeSet<String>,
    /// Categories that nobody has mapped, and in how many rows each stands: all of these, listed or not.
    pub unmapped: BTreeMap<String, u64>,
    /// What else a person should know of the files, in sentences that name nobody: an encoding, a file not read.
    pub notes: Vec<String>,
}

/// The usable rows of one file.
#[derive(Debug, Clone)]
pub struct Table<T> {
    /// The file, as named in the folder or zip.
    pub file: String,
    /// Rows in the file, the header not among them.
    pub read: u64,
    /// Rows of it that were set aside (their causes are in [`Delivery::set_aside`]).
    pub set_aside: u64,
    /// The usable ones.
    pub rows: Vec<T>,
}

/// A column that a delivered file does not have, though what stands in it withholds access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingGuard {
    /// Which one.
    pub guard: Guard,
    /// The file, as named in the folder or zip.
    pub file: String,
    /// The columns it has.
    pub found: String,
}

/// A column whose values withhold access: were it left out, those who lost access would have it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// `legal_restriction` in `contacts.csv`: bars a contact.
    Restriction,
    /// `enabledUser` in `users.csv`: shuts an account.
    Enabled,
    /// `birth_date` in `students.csv`: ends a parent's right on the 18th birthday. (OneRoster's `birthDate` must always
    /// be there.)
    Birth,
}

impl Guard {
    /// The column's name.
    pub fn column(self) -> &'static str {
        match self {
            Self::Restriction => "legal_restriction",
            Self::Enabled => "enabledUser",
            Self::Birth => "birth_date",
        }
    }
}

/// What can be read of a row of `contacts.csv` that cannot be used; empty where an id cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadContact {
    /// The student's id.
    pub student_id: String,
    /// The guardian's id.
    pub contact_id: String,
}

/// `attendance.csv`, placed: each usable mark on its student's strip.
#[derive(Debug, Clone)]
pub struct Attendance {
    /// The file.
    pub file: String,
    /// Rows in the file, the header not among them.
    pub read: u64,
    /// Rows set aside. A row that makes its day unknown is among these, and its mark is in the strip as unusable.
    pub set_aside: u64,
    /// The shapes of the marks: those handed to the adapter first, then what was new.
    pub shapes: Shapes,
    /// One entry a student, school and school year with at least one mark.
    pub strips: Vec<PlacedStrip>,
    /// Each school and school year that the file names: it is the full truth for these, of every day or of those from
    /// [`Self::since`] on.
    pub covers: Vec<(String, SchoolYear)>,
    /// The first day of which it is the full truth. On earlier ones nothing goes: a mark replaces those of the same
    /// student, day, session and period. `None` for a file that has all there is.
    pub since: Option<Date>,
    /// The date of the last row that names the school.
    pub last_rows: Vec<(String, Date)>,
    /// How many rows name a school on each day up to today, used or not: what the source says, for comparing it with what
    /// is held. By school and year, the days in order.
    pub told: Vec<ToldYear>,
}

/// How many rows of a file name a school on each day of a school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldYear {
    /// The school's id.
    pub school_id: String,
    /// The school year.
    pub year: SchoolYear,
    /// The days that rows name, each with their number, in order.
    pub days: Vec<(Date, u32)>,
}

/// A student's marks at one school in one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedStrip {
    /// The student's id.
    pub student_id: String,
    /// The school's id.
    pub school_id: String,
    /// The school year.
    pub year: SchoolYear,
    /// The marks.
    pub strip: Strip,
}

/// An OneRoster org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// `sourcedId`.
    pub key: String,
    /// `identifier`, else `sourcedId`.
    pub id: String,
    /// Name.
    pub name: String,
    /// `school`, `district`, `department`, `local`, `state`, `national`.
    pub kind: String,
    /// `parentSourcedId`; empty for none.
    pub parent_key: String,
}

/// An OneRoster academic session. It never bounds a school year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// `sourcedId`.
    pub key: String,
    /// Title.
    pub title: String,
    /// `gradingPeriod`, `semester`, `schoolYear`, `term`.
    pub kind: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Date,
    /// `parentSourcedId`; empty for none.
    pub parent_key: String,
}

/// An OneRoster course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// `sourcedId`.
    pub key: String,
    /// Title.
    pub title: String,
    /// `courseCode`.
    pub code: String,
}

/// A section: an OneRoster class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// `sourcedId`.
    pub key: String,
    /// Title; where the source leaves it empty, the class code, else the course's title.
    pub title: String,
    /// `courseSourcedId`.
    pub course_key: String,
    /// `classCode`.
    pub code: String,
    /// `homeroom` or `scheduled`.
    pub kind: String,
    /// Room.
    pub location: String,
    /// `schoolSourcedId`.
    pub school_key: String,
    /// `termSourcedIds`.
    pub term_keys: Vec<String>,
    /// `periods`.
    pub periods: Vec<String>,
}

/// An OneRoster user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `sourcedId`.
    pub key: String,
    /// `identifier`, else `sourcedId`.
    pub id: String,
    /// `enabledUser`.
    pub enabled: bool,
    /// `username`; may be empty.
    pub username: String,
    /// `preferredGivenName`, else `givenName`.
    pub given_name: String,
    /// `middleName`.
    pub middle_name: String,
    /// `preferredFamilyName`, else `familyName`.
    pub family_name: String,
    /// `email`.
    pub email: String,
    /// `phone`, else `sms`.
    pub phone: String,
    /// `grades`, the first that can be read.
    pub grade: Option<Grade>,
    /// `agentSourcedIds`: on a student the guardians, on a guardian the children.
    pub agent_keys: Vec<String>,
}

/// A role a person holds at an org, as the source words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleHeld {
    /// `sourcedId` of the row (1.1: user, org and role joined).
    pub key: String,
    /// `userSourcedId`.
    pub person_key: String,
    /// `orgSourcedId`.
    pub org_key: String,
    /// OneRoster's word: `principal`, `teacher`, `student` … (1.1's `administrator` is read as `siteAdministrator` at
    /// a school and `districtAdministrator` at a district).
    pub role: String,
    /// First day.
    pub begin: Option<Date>,
    /// Last day, included.
    pub end: Option<Date>,
}

/// A member of a section: an OneRoster enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionMember {
    /// `sourcedId`.
    pub key: String,
    /// `classSourcedId`.
    pub section_key: String,
    /// `userSourcedId`.
    pub person_key: String,
    /// `student`, `teacher`, `aide`, `administrator`, `proctor`.
    pub role: String,
    /// First day.
    pub begin: Option<Date>,
    /// Last day, included.
    pub end: Option<Date>,
}

/// OneRoster demographics, what of it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demographics {
    /// The person's `sourcedId`.
    pub person_key: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// `sex`.
    pub sex: String,
    /// The race flags that are true and `hispanicOrLatinoEthnicity`, joined by `;`.
    pub race_ethnicity: String,
}

/// One day of a school's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// The school's id.
    pub school_id: String,
    /// The day.
    pub date: Date,
    /// Whether it is a day of instruction.
    pub instructional: bool,
    /// The term's name.
    pub term: String,
    /// Length of the school day in minutes.
    pub minutes: Option<u16>,
    /// Marks a day: 1 or 2.
    pub sessions: u8,
    /// The school year, named by the source or derived.
    pub year: SchoolYear,
    /// Whether the source named it.
    pub year_named: bool,
}

/// When a student was enrolled at a school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentSpan {
    /// The student's id.
    pub student_id: String,
    /// The school's id.
    pub school_id: String,
    /// Grade level.
    pub grade: Option<Grade>,
    /// First day enrolled.
    pub entry: Date,
    /// First day no longer enrolled (the file's exit day, or the day after it where the profile says that the exit day
    /// is still enrolled).
    pub end: Option<Date>,
    /// The school year in which the entry lies.
    pub year: SchoolYear,
}

/// A guardian of a student, with how to reach them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The student's id.
    pub student_id: String,
    /// The guardian's id.
    pub contact_id: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Relation, as the source words it.
    pub relation: String,
    /// First to be called.
    pub primary: bool,
    /// Lives with the student.
    pub lives_with: bool,
    /// May be called in an emergency.
    pub emergency: bool,
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Phone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Language (BCP 47 or ISO 639), empty where unknown.
    pub language: String,
    /// A court order or other legal document says that this person may not have the student's records. Any value but
    /// an empty one or a plain "no" counts as a restriction.
    pub legal_restriction: bool,
}

/// A student's characteristics, from `students.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Characteristics {
    /// The student's id.
    pub student_id: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Home language.
    pub language: String,
    /// Has an individualized education program.
    pub special_education: Option<bool>,
    /// Has a 504 plan.
    pub plan_504: Option<bool>,
    /// Learns English.
    pub english_learner: Option<bool>,
    /// Without a fixed home.
    pub homeless: Option<bool>,
    /// In foster care.
    pub foster: Option<bool>,
    /// Low income.
    pub low_income: Option<bool>,
    /// Race and ethnicity, as the source words it.
    pub race_ethnicity: String,
    /// Sex, as the source words it.
    pub sex: String,
}

/// A student on somebody's caseload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseloadEntry {
    /// The staff member's id.
    pub staff_id: String,
    /// The student's id.
    pub student_id: String,
    /// Kind of caseload, as the source words it.
    pub kind: String,
}

/// A period of a school's bell schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BellPeriod {
    /// The school's id.
    pub school_id: String,
    /// The period and its times.
    pub bell: Bell,
}

/// Whether roll was taken at a school on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollTaken {
    /// The school's id.
    pub school_id: String,
    /// The day.
    pub date: Date,
    /// Whether it was.
    pub taken: bool,
}

/// A mark as read, before it is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkRow {
    /// The student's id.
    pub student_id: String,
    /// The school's id.
    pub school_id: String,
    /// The day.
    pub date: Date,
    /// Category, as the source wrote it.
    pub category: String,
    /// Reason, as the source wrote it.
    pub reason: String,
    /// The part of the day missed, in millionths.
    pub fraction: Option<u32>,
    /// The minutes missed.
    pub minutes: Option<u16>,
    /// The session.
    pub session: Option<Session>,
    /// The period.
    pub period: Option<String>,
    /// Minutes since midnight.
    pub arrival: Option<u16>,
    /// Minutes since midnight.
    pub departure: Option<u16>,
}
