//! The rule engine on plain files, without a store.

use crate::signals::{NotEvaluated, SignalRow};
use crate::{Error, Progress, packs};
use model::attendance::CodeMap;
use model::report::SetAside;
use model::time::Date;
use sis::{PlainFiles, Profile};
use std::path::PathBuf;

/// The files, the packs and the date.
#[derive(Debug, Clone)]
pub struct Order {
    /// `calendar.csv`.
    pub calendar: PathBuf,
    /// `enrollments.csv`.
    pub enrollments: PathBuf,
    /// `attendance.csv`.
    pub attendance: PathBuf,
    /// Packs, by id.
    pub packs: Vec<String>,
    /// The date for which to answer.
    pub as_of: Date,
    /// `students.csv`.
    pub students: Option<PathBuf>,
    /// `bells.csv`.
    pub bells: Option<PathBuf>,
    /// `roll.csv`.
    pub roll: Option<PathBuf>,
    /// `facts.csv`.
    pub facts: Option<PathBuf>,
    /// A code map; without it the Ed-Fi names and the packs' own categories.
    pub code_map: Option<PathBuf>,
}

/// What the rules say of the files.
#[derive(Debug, Clone)]
pub struct Report {
    /// The signals, sorted by student and rule.
    pub signals: Vec<SignalRow>,
    /// Rows that were read but not used.
    pub set_aside: Vec<SetAside>,
    /// Rules that could not be asked.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What else a person should know of the files.
    pub notes: Vec<String>,
}

/// Reads the files and asks the rules.
///
/// # Errors
/// Where a file is refused or a pack is unknown.
pub fn run(order: &Order, progress: &dyn Progress) -> Result<Report, Error> {
    let packs = packs::find_all(&order.packs)?;
    let codes = match &order.code_map {
        Some(path) => sis::read_code_map(path)?,
        None => {
            let mut codes = CodeMap::default();
            packs::add_codes(&mut codes, &packs);
            codes
        }
    };
    let mut profile = Profile::default();
    packs::settle(&mut profile, &packs);
    let files = PlainFiles {
        calendar: &order.calendar,
        enrollments: &order.enrollments,
        attendance: &order.attendance,
        students: order.students.as_deref(),
        bells: order.bells.as_deref(),
        roll: order.roll.as_deref(),
        facts: order.facts.as_deref(),
        codes,
    };
    progress.at("reading the files", 0, 0);
    let read = sis::read_plain(&files, &profile)?;
    progress.at("asking the rules", 0, 0);
    let evaluation = rules::evaluate(&read.history, &packs, order.as_of);
    let signals = rules::report::rows(
        &evaluation.findings,
        |student| read.students.get(student as usize).map_or("", String::as_str),
        |school| read.schools.get(school as usize).map_or("", String::as_str),
    );
    Ok(Report {
        signals,
        set_aside: read.set_aside,
        not_evaluated: evaluation.not_evaluated,
        notes: read.notes,
    })
}
