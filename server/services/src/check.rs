//! The rule engine on plain files, without a store.

use crate::signals::{NotEvaluated, SignalRow};
use crate::{Error, Progress, packs};
use model::attendance::CodeMap;
use model::report::SetAside;
use model::time::Date;
use rules::Evaluator;
use rules::pack::Pack;
use sis::{PlainFiles, PlainHistory, Profile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Students whose signals are made and formed together: few, so that all of it stays in a core's own cache.
const TOGETHER: usize = 64;

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

/// The files, read; the rules can be asked.
pub struct Files {
    read: PlainHistory,
    packs: Vec<&'static Pack>,
    as_of: Date,
}

/// Reads the files.
///
/// # Errors
/// Where a file is refused or a pack is unknown.
pub fn read(order: &Order, progress: &dyn Progress) -> Result<Files, Error> {
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
    Ok(Files { read: sis::read_plain(&files, &profile)?, packs, as_of: order.as_of })
}

impl Files {
    /// Rows that were read but not used.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.read.set_aside
    }

    /// What else a person should know of the files.
    pub fn notes(&self) -> &[String] {
        &self.read.notes
    }

    /// Asks the rules. First `missing` is given the rules that could not be asked; then the signals are made on every
    /// core, a few students at a time, `form` makes of them what is wanted, and `take` is given that in the order of
    /// students and rules.
    pub fn ask<T: Send>(
        &self,
        missing: impl FnOnce(&[NotEvaluated]),
        form: impl Fn(Vec<SignalRow>) -> T + Sync,
        take: impl FnMut(T),
    ) {
        let evaluator = Evaluator::new(&self.read.history, &self.packs, self.as_of);
        missing(&evaluator.not_evaluated());
        let students = self.read.history.students.len();
        in_order(
            students.div_ceil(TOGETHER),
            |piece| {
                let from = piece * TOGETHER;
                form(self.signals(&evaluator, from..(from + TOGETHER).min(students)))
            },
            take,
        );
    }

    /// The signals of some students, sorted by student and rule: students are in the order of their ids.
    fn signals(&self, evaluator: &Evaluator<'_, '_>, students: std::ops::Range<usize>) -> Vec<SignalRow> {
        rules::report::rows(
            students.flat_map(|student| evaluator.met(student)),
            |student| self.read.students.get(student as usize).map_or("", String::as_str),
            |school| self.read.schools.get(school as usize).map_or("", String::as_str),
        )
    }
}

/// Makes so many pieces on every core, and gives them to `take` in their order.
fn in_order<T: Send>(pieces: usize, make: impl Fn(usize) -> T + Sync, mut take: impl FnMut(T)) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        // A few pieces may wait; then those who make them wait.
        let (made, ready) = mpsc::sync_channel(2 * threads);
        for _ in 0..threads {
            let (made, make, next) = (made.clone(), &make, &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= pieces || made.send((number, make(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(made);
        let (mut waiting, mut expected) = (BTreeMap::new(), 0);
        for (number, piece) in ready {
            waiting.insert(number, piece);
            while let Some(piece) = waiting.remove(&expected) {
                take(piece);
                expected += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn pieces_come_in_order() {
        let mut taken = Vec::new();
        in_order(100, |n| n * n, |square| taken.push(square));
        assert_eq!(taken, (0..100).map(|n| n * n).collect::<Vec<_>>());
        in_order(0, |n| n, |_| panic!("there is nothing to take"));
    }

    /// What the rules say of a file, as JSON; and how many rows were set aside.
    fn answer(folder: &std::path::Path, attendance: &str, roll: &str) -> (String, usize) {
        fs::write(folder.join("attendance.csv"), attendance).unwrap();
        fs::write(folder.join("roll.csv"), roll).unwrap();
        let order = Order {
            calendar: folder.join("calendar.csv"),
            enrollments: folder.join("enrollments.csv"),
            attendance: folder.join("attendance.csv"),
            packs: rules::packs::builtin().iter().map(|pack| pack.id.clone()).collect(),
            as_of: Date::from_ymd_opt(2025, 10, 31).unwrap(),
            students: None,
            bells: None,
            roll: Some(folder.join("roll.csv")),
            facts: None,
            code_map: None,
        };
        let files = read(&order, &crate::context::Silent).unwrap();
        let mut all = Vec::new();
        files.ask(|_| (), |rows| rows, |rows| all.extend(rows));
        (crate::signals::json(&all).unwrap(), files.set_aside().len())
    }

    #[test]
    fn rows_that_say_present_change_nothing_unless_they_stand_beside_another() {
        let folder = tempfile::tempdir().unwrap();
        let days: Vec<Date> = Date::from_ymd_opt(2025, 9, 1).unwrap().iter_days().take(60).collect();
        let mut calendar = "school_id,date,instructional,minutes\n".to_owned();
        for day in &days {
            calendar += &format!("100,{day},1,400\n");
        }
        fs::write(folder.path().join("calendar.csv"), calendar).unwrap();
        let mut enrollments = "student_id,school_id,grade,entry_date,exit_date\n".to_owned();
        let header = "student_id,school_id,date,category\n";
        let (mut every_day, mut absences) = (header.to_owned(), header.to_owned());
        for student in 0..300 {
            enrollments += &format!("{},100,04,2025-09-01,\n", 700_001 + student);
            for (i, day) in days.iter().enumerate() {
                let category = match (student * 31 + i * 17) % 40 {
                    0..4 => "Unexcused Absence",
                    4..8 => "Excused Absence",
                    _ if i + 1 == days.len() => "Tardy",
                    _ => "In Attendance",
                };
                let row = format!("{},100,{day},{category}\n", 700_001 + student);
                every_day += &row;
                if category != "In Attendance" {
                    absences += &row;
                }
            }
        }
        fs::write(folder.path().join("enrollments.csv"), enrollments).unwrap();
        let roll = "school_id,date,taken\n";
        let (all, set_aside) = answer(folder.path(), &every_day, roll);
        assert_eq!(set_aside, 0);
        assert!(all.lines().count() > 300);
        assert_eq!(all, answer(folder.path(), &absences, roll).0);
        // Beside another mark, and where no roll was taken, it stands.
        let twice = format!("{every_day}700001,100,{},Present\n", days[0]);
        assert_eq!(answer(folder.path(), &twice, roll).1, 0);
        let no_roll = format!("{roll}100,{},false\n", days[1]);
        assert_ne!(answer(folder.path(), &every_day, &no_roll).0, all, "a day without roll is in no count");
    }
}
