//! `everpresent check`: the rule engine on plain files.

use super::{Common, Done, Format, progress, signals};
use clap::Args;
use model::time::Date;
use services::{Error, check};
use std::path::PathBuf;

/// Runs the rules on plain files, without a store. Files may end in .gz or .zst.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// calendar.csv: school_id,date,instructional and optionally term,minutes,sessions,school_year.
    #[arg(long, value_name = "FILE")]
    calendar: PathBuf,
    /// enrollments.csv: student_id,school_id,grade,entry_date,exit_date.
    #[arg(long, value_name = "FILE")]
    enrollments: PathBuf,
    /// attendance.csv: student_id,school_id,date,category and any of reason,duration,minutes,period,session,arrival,departure.
    #[arg(long, value_name = "FILE")]
    attendance: PathBuf,
    /// A rule pack, by id; may be repeated.
    #[arg(long = "pack", required = true, value_name = "ID")]
    packs: Vec<String>,
    /// The date for which to answer.
    #[arg(long, value_name = "DATE", value_parser = super::read_date)]
    as_of: Date,
    /// students.csv: student_id,birth_date and more.
    #[arg(long, value_name = "FILE")]
    students: Option<PathBuf>,
    /// bells.csv: school_id,period,start,end.
    #[arg(long, value_name = "FILE")]
    bells: Option<PathBuf>,
    /// roll.csv: school_id,date,taken.
    #[arg(long, value_name = "FILE")]
    roll: Option<PathBuf>,
    /// facts.csv: student_id,date,fact and optionally school_id.
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// A code map: category,meaning.
    #[arg(long, value_name = "FILE")]
    code_map: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Open each line of the table: every day that counted and what it contributes, every day that did not and why.
    #[arg(long)]
    explain: bool,
}

impl Check {
    pub(crate) fn run(self, common: &Common) -> Result<Done, Error> {
        let order = check::Order {
            calendar: self.calendar,
            enrollments: self.enrollments,
            attendance: self.attendance,
            packs: self.packs,
            as_of: self.as_of,
            students: self.students,
            bells: self.bells,
            roll: self.roll,
            facts: self.facts,
            code_map: self.code_map,
        };
        let shown = progress::Shown::new(common);
        let files = check::read(&order, &shown)?;
        drop(shown);
        for note in files.notes() {
            common.say(note);
        }
        signals::list_set_aside(files.set_aside());
        let mut printer = signals::Printer::new(self.format, self.explain);
        files.ask(signals::list_not_evaluated, signals::form(self.format), |piece| printer.print(piece));
        printer.finish();
        Ok(if files.set_aside().is_empty() { Done::Clean } else { Done::WithRowsSetAside })
    }
}
