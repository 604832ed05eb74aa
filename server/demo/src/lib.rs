//! Writes the SIS exports of a believable district from a seed, a date and a size.
//!
//! What comes out is a district's folder as any district sends it: a OneRoster 1.2 bulk zip and plain CSVs beside it.
//! It goes through the same sync as anyone's. Same plan: same bytes.
//!
//! - `calendar`: two school years of days.
//! - `district`: schools, families, students and their paths.
//! - `household`: names, guardians, addresses.
//! - `staff`: who works where; sections and who is in them.
//! - `attendance`: who missed what, and why.
//! - `oneroster`, `plain`: the files.
//! - [`people`]: who among them is worth stepping into.

mod attendance;
mod calendar;
mod chance;
mod district;
mod household;
mod names;
mod oneroster;
pub mod people;
mod plain;
mod sheet;
mod staff;

use chrono::Datelike;
use model::time::{Date, SchoolYear};
use people::Notable;
use std::path::{Path, PathBuf};

/// The district's name.
pub const DISTRICT_NAME: &str = "Harlan Ridge School District";
/// The district's identifier, its OneRoster `identifier`.
pub const DISTRICT_ID: &str = "417";
/// The district's time zone.
pub const TIME_ZONE: &str = "America/New_York";
/// The fewest students a district can be made of: the people of note alone need some.
pub const LEAST_STUDENTS: u32 = 100;
/// The most students a district can be made of.
pub const MOST_STUDENTS: u32 = 1_000_000;

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Students who are in the district when the year in hand begins. Some more arrive during the year; last year's
    /// graduates and leavers come on top.
    pub students: u32,
    /// What the names, families and days are drawn from.
    pub seed: u64,
    /// The day on whose morning the export is made: roll of this day has not been taken yet.
    pub today: Date,
    /// How often the school has corrected its marks since: each revision turns some more unexcused absences of the
    /// year in hand into excused ones, and removes a few that were mistakes.
    pub revision: u32,
    /// Whether attendance holds three rows that cannot be used: a weekend, an unknown student, an unknown category.
    pub dirty: bool,
}

impl Plan {
    /// 1,200 students, seed 1, no corrections yet, three rows that cannot be used.
    pub fn new(today: Date) -> Self {
        Self { students: 1_200, seed: 1, today, revision: 0, dirty: true }
    }

    /// The school year in hand: the one that contains `today`, or the one before where today lies before the second
    /// day of school, so that there is always attendance to look at.
    pub fn school_year(&self) -> SchoolYear {
        let year = SchoolYear::of(self.today, 7);
        if self.today > calendar::first_day(year) { year } else { SchoolYear(year.0 - 1) }
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its name in the folder; a file inside the zip is written `oneroster.zip/users.csv`.
    pub name: String,
    /// Rows in it, the header not among them.
    pub rows: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The school year in hand.
    pub school_year: SchoolYear,
    /// Every CSV, in the order written.
    pub files: Vec<WrittenFile>,
    /// People worth stepping into.
    pub people: Vec<Notable>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The size is outside what can be made.
    #[error(
        "{asked} students asked for; {LEAST_STUDENTS} to {MOST_STUDENTS} are possible. Ask for another number"
    )]
    Size {
        /// The number asked for.
        asked: u32,
    },
    /// The date is outside what can be made.
    #[error("{today} asked for as today; 2001-01-01 to 2099-12-31 is possible. Ask for another date")]
    Today {
        /// The date asked for.
        today: Date,
    },
    /// A file could not be written.
    #[error("{}: cannot be written: {source}. Check the folder and the space left, then run it again", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Writes the district's folder into `out`, which is made if missing; files of the same names are replaced.
///
/// `progress` hears how many of how many steps are done; a step is a student in one pass.
///
/// # Errors
/// A size or date that cannot be made: then nothing was written. A file that cannot be written.
pub fn write(plan: &Plan, out: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Written, Error> {
    if !(LEAST_STUDENTS..=MOST_STUDENTS).contains(&plan.students) {
        return Err(Error::Size { asked: plan.students });
    }
    if !(2001..=2099).contains(&plan.today.year()) {
        return Err(Error::Today { today: plan.today });
    }
    std::fs::create_dir_all(out).map_err(|source| Error::File { path: out.to_owned(), source })?;
    let district = district::District::make(plan);
    let staff = staff::Workforce::hire(&district);
    let mut steps = Steps { done: 0, total: 2 * district.students.len() as u64, report: progress };
    let mut files = oneroster::write(&district, &staff, out, &mut steps)?;
    files.extend(plain::write(&district, &staff, out, &mut steps)?);
    let people = people::choose(&district, &staff);
    files.push(plain::write_people(&people, out)?);
    Ok(Written { school_year: district.years[0].year, files, people })
}

/// Counts steps and reports now and then.
pub(crate) struct Steps<'a> {
    done: u64,
    total: u64,
    report: &'a mut dyn FnMut(u64, u64),
}

impl Steps<'_> {
    /// One more step is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(1_000) || self.done == self.total {
            (self.report)(self.done, self.total);
        }
    }
}
