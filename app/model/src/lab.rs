//! What the rule lab is given: one school's marks without names, and what a rule would mean there.
//!
//! The browser asks the rules of these by itself. A student is a place in a list; who that is, the server tells those
//! who may know, one question at a time.

use crate::attendance::{CodeMap, Mark, Meaning, Shape, Shapes, Strip};
use crate::grade::Grade;
use crate::history::{Bell, Calendar, History, School, Span, StudentHistory, StudentYear};
use crate::ids::{SchoolId, StudentId};
use crate::page::{Freshness, SchoolChoice, Share};
use crate::time::{Date, SchoolYear};
use serde::{Deserialize, Serialize};

/// One school's marks without names, ids, birth dates, reasons or any trait of a student but the grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabData {
    /// Changes whenever the places below may stand for other students, or for other marks.
    pub stamp: String,
    /// The date for which is asked.
    pub as_of: Date,
    /// The school year in question; the year before is there for windows that reach back.
    pub year: SchoolYear,
    /// The month in which a school year begins that the source does not name.
    pub year_begins: u32,
    /// Marks a day where the calendar does not say.
    pub sessions: u8,
    /// The school's calendars.
    pub calendars: Vec<Calendar>,
    /// See [`School::last_row`].
    pub last_row: Option<Date>,
    /// See [`School::bells`]; periods have numbers in place of their names.
    pub bells: Vec<Bell>,
    /// What marks may say; the category is the name of its meaning, the period is numbered, and no reason is told.
    pub shapes: Vec<Shape>,
    /// The students enrolled on the date.
    pub students: Vec<LabStudent>,
}

/// One student, who has no name here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabStudent {
    /// Grade level.
    pub grade: Option<Grade>,
    /// When they were enrolled at the school.
    pub spans: Vec<Span>,
    /// Their marks there.
    pub years: Vec<(SchoolYear, Vec<Mark>)>,
}

/// By what students are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DivisionBy {
    /// Learns English.
    EnglishLearner,
    /// Has an individualized education program.
    SpecialEducation,
    /// Has a 504 plan.
    Plan504,
    /// Low income.
    LowIncome,
    /// Race and ethnicity, as the source words it.
    RaceEthnicity,
    /// Sex, as the source words it.
    Sex,
}

/// A part of a division.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// A word of the source.
    Named(String),
    /// The source does not say.
    Unknown,
}

/// The bytes are no lab data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no lab data")]
pub struct NotLabData;

impl LabData {
    /// The bytes that cross to the browser.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain data only: postcard cannot fail on it.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`NotLabData`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotLabData> {
        postcard::from_bytes(bytes).map_err(|_| NotLabData)
    }

    /// The history that the rules read: one school, a student at each place.
    pub fn history(&self) -> History {
        let mut codes = CodeMap::empty();
        for meaning in Meaning::ALL {
            codes.set(meaning.name(), meaning);
        }
        let student = |student: &LabStudent| StudentHistory {
            spans: student.spans.clone(),
            years: student
                .years
                .iter()
                .map(|(year, marks)| StudentYear {
                    school: 0,
                    year: *year,
                    strip: Strip::from_marks(marks.clone()),
                })
                .collect(),
            ..StudentHistory::default()
        };
        History {
            shapes: Shapes::from_list(self.shapes.clone()),
            codes,
            schools: vec![School {
                calendars: self.calendars.clone(),
                last_row: self.last_row,
                bells: self.bells.clone(),
            }],
            students: self.students.iter().map(student).collect(),
            ..History::default()
        }
    }
}

/// What a rule would mean at the school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabResult {
    /// Students on whom it would stand, of all.
    pub total: Share,
    /// The same by grade (CEDS code), in order.
    pub grades: Vec<(String, Share)>,
    /// What it would have meant each month of the year so far.
    pub months: Vec<LabMonth>,
    /// Places of the students on whom it would stand and the rule compared with does not.
    pub enter: Vec<u32>,
    /// Places of the students on whom the rule compared with stands and this would not.
    pub leave: Vec<u32>,
}

/// The work of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabMonth {
    /// Its first day.
    pub month: Date,
    /// Students newly met in it: as many letters. `None` where 1 to 9.
    pub letters: Option<u32>,
    /// Students on whom it still stood ten school days later: as many meetings. `None` where 1 to 9.
    pub meetings: Option<u32>,
}

/// What a rule would mean for the parts of a division of students. The server alone knows who belongs to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabGroup {
    /// By what students are divided.
    pub by: DivisionBy,
    /// One share a part; `None` where, beside what the reader was shown before, they would tell of too few students.
    pub parts: Option<Vec<(Part, Share)>>,
}

impl LabGroup {
    /// The bytes of an answer.
    pub fn to_bytes(groups: &[Self]) -> Vec<u8> {
        // Plain data only: postcard cannot fail on it.
        postcard::to_stdvec(groups).unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`NotLabData`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Vec<Self>, NotLabData> {
        postcard::from_bytes(bytes).map_err(|_| NotLabData)
    }
}

/// The page of the lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabPage {
    /// How old the data is.
    pub freshness: Freshness,
    /// The school in question.
    pub school: SchoolChoice,
    /// All schools to choose from.
    pub schools: Vec<SchoolChoice>,
    /// Rules of the district's packs that the lab can start from and compare with.
    pub rules: Vec<LabRule>,
    /// The id of the one compared with; empty where no rule of the district can be.
    pub compared: String,
    /// Grades of the school, as CEDS codes, in order.
    pub grades: Vec<String>,
    /// The date for which is asked.
    pub as_of: Date,
    /// See [`LabData::stamp`].
    pub stamp: String,
    /// What comes out for the rule as the address has it.
    pub result: LabResult,
    /// The same by group; none where the source tells nothing of groups.
    pub groups: Vec<LabGroup>,
    /// The first of those who enter, with their names, for readers without script.
    pub enter: Vec<LabName>,
    /// The first of those who leave.
    pub leave: Vec<LabName>,
}

/// A rule to start from and to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabRule {
    /// Its id, such as `US-CHRONIC`.
    pub id: String,
    /// Its title in plain words.
    pub title: String,
    /// Its setting, as codes of an address.
    pub codes: Vec<(String, String)>,
    /// Whether something of it is not checked against its source yet.
    pub to_verify: bool,
}

/// Who a place is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabName {
    /// The student.
    pub student: StudentId,
    /// Their name.
    pub name: String,
    /// Grade level, as its CEDS code.
    pub grade: String,
}

impl LabName {
    /// The bytes of an answer.
    pub fn to_bytes(names: &[Self]) -> Vec<u8> {
        // Plain data only: postcard cannot fail on it.
        postcard::to_stdvec(names).unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`NotLabData`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Vec<Self>, NotLabData> {
        postcard::from_bytes(bytes).map_err(|_| NotLabData)
    }
}

/// Which places the server is asked to name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabQuestion {
    /// The school.
    pub school: SchoolId,
    /// The stamp of the data in which the places were found.
    pub stamp: String,
    /// The places; at most [`LabQuestion::MOST`] are answered.
    pub places: Vec<u32>,
}

impl LabQuestion {
    /// The most places named at a time.
    pub const MOST: usize = 50;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format knows no names: what is told apart by one cannot be read from it.
    #[test]
    fn what_goes_to_the_browser_as_bytes_is_read_there_as_it_was() {
        let shares = [Share::Of { count: 12, group: 40 }, Share::Hidden];
        let parts = [Part::Yes, Part::No, Part::Named("Asian".to_owned()), Part::Unknown];
        let shown = parts.into_iter().zip(shares.into_iter().cycle()).collect();
        let groups = vec![
            LabGroup { by: DivisionBy::RaceEthnicity, parts: Some(shown) },
            LabGroup { by: DivisionBy::Sex, parts: None },
        ];
        assert_eq!(LabGroup::from_bytes(&LabGroup::to_bytes(&groups)), Ok(groups));
    }
}
