//! Places the rows of `attendance.csv` on their students' school days.
//!
//! Made for millions of rows: nothing is kept a row but one byte on the student's strip. Several threads take blocks of
//! the file in turn and read them side by side; what they read is put on the board one block after the other, in the
//! order of the file. So the result is the same whatever the number of threads.

mod board;
mod ground;
mod reader;

use crate::profile::Profile;
use crate::records::{Block, Blocks, Place};
use crate::sheet::{Fault, Report, Sheet};
use board::{Board, Present};
use chrono::Datelike;
use ground::SchoolDays;
pub(crate) use ground::{Ground, Roster};
use model::attendance::{CodeMap, Shapes, Strip};
use model::report::Refusal;
use model::time::{Date, SchoolYear};
use reader::{Columns, Manner, Reader};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// No student, no school, no line.
const NONE: u32 = u32::MAX;
/// More threads would wait for the file and for the board.
const MOST_THREADS: usize = 4;

/// What stands against a row that names a student's school day.
enum Against {
    /// It cannot be used.
    All(Fault),
    /// Rules that need a part of the day cannot use it; others can.
    Parts(Fault),
}

/// What rows named of a school.
struct Seen {
    /// Whether they named each of its years.
    years: Vec<bool>,
    /// The last day; the least number where there was no row.
    last_row: i32,
    /// How many rows named each day of its calendar, by the day's place in it.
    rows: Vec<u32>,
    /// The same of days before or behind its calendar.
    beyond: BTreeMap<i32, u32>,
}

impl Seen {
    fn nothing(school: &SchoolDays) -> Self {
        Self {
            years: vec![false; school.years.len()],
            last_row: i32::MIN,
            rows: vec![0; school.length()],
            beyond: BTreeMap::new(),
        }
    }

    /// A row names a day, which has a place in the calendar or none.
    #[inline]
    fn name_day(&mut self, day: i32, place: Option<usize>) {
        self.last_row = self.last_row.max(day);
        match place.and_then(|place| self.rows.get_mut(place)) {
            Some(rows) => *rows += 1,
            None => *self.beyond.entry(day).or_default() += 1,
        }
    }

    #[inline]
    fn name_year(&mut self, year: usize) {
        if let Some(named) = self.years.get_mut(year) {
            *named = true;
        }
    }

    fn last_row(&self) -> Option<i32> {
        Some(self.last_row).filter(|day| *day > i32::MIN)
    }

    fn add(&mut self, other: &Self) {
        self.last_row = self.last_row.max(other.last_row);
        for (named, also) in self.years.iter_mut().zip(&other.years) {
            *named |= also;
        }
        for (rows, more) in self.rows.iter_mut().zip(&other.rows) {
            *rows += more;
        }
        for (day, more) in &other.beyond {
            *self.beyond.entry(*day).or_default() += more;
        }
    }
}

/// Rows of a file, and those of them that were set aside. A row that only some rules can use is listed, and yet used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) read: u64,
    pub(crate) set_aside: u64,
}

/// Student, school, year and marks.
pub(crate) type Placing = (u32, u32, SchoolYear, Strip);

/// What was placed.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) shapes: Shapes,
    /// By student, school and year.
    pub(crate) strips: Vec<Placing>,
    /// What rows name of each school.
    pub(crate) schools: Vec<Named>,
}

/// What rows name of a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) years: Vec<SchoolYear>,
    pub(crate) last_row: Option<Date>,
    /// How many rows name each day up to today, used or not, by school year.
    pub(crate) rows: BTreeMap<SchoolYear, Vec<(Date, u32)>>,
}

/// How to read a file.
pub(crate) struct Order<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) codes: &'a CodeMap,
    /// Rows dated later are not used.
    pub(crate) today: Date,
    /// Shapes that have a number already.
    pub(crate) shapes: Shapes,
    /// Whether a day with one mark that says "present", and nothing else, may lose it: it says what no mark says,
    /// unless roll was not taken that day. These are the days, by the number of the school, on which it was not.
    pub(crate) without_present: Option<HashSet<(u32, Date)>>,
}

/// Reads and places every row of a file.
///
/// # Errors
/// [`Refusal`] where a column is missing or the file breaks off.
pub(crate) fn place(
    ground: &Ground<'_>,
    order: Order<'_>,
    sheet: Sheet<'_>,
    report: &mut Report,
) -> Result<(Counted, Placed), Refusal> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    place_in(ground, order, sheet, report, Work { threads, quick: true })
}

/// How to go about it; the result is the same.
#[derive(Debug, Clone, Copy)]
struct Work {
    threads: usize,
    /// Whether plain rows may be compared with what came before.
    quick: bool,
}

fn place_in(
    ground: &Ground<'_>,
    order: Order<'_>,
    sheet: Sheet<'_>,
    report: &mut Report,
    work: Work,
) -> Result<(Counted, Placed), Refusal> {
    sheet.require(crate::plain::ATTENDANCE)?;
    let manner = Manner {
        profile: order.profile,
        codes: order.codes,
        today: order.today.num_days_from_ce(),
        columns: Columns::of(&sheet),
        quick: work.quick,
    };
    let file = sheet.file;
    let (blocks, block, from) = sheet.records.into_rest();
    // A file of one block is read where we are.
    let threads = if blocks.are_over() { 1 } else { work.threads };
    let without_present = order.without_present;
    let line = Line {
        feed: Mutex::new(Feed { blocks, first: Some((block, from)), given: 0, over: false }),
        turn: Mutex::new(Turn {
            board: Board::new(ground, order.shapes),
            report,
            taken: 0,
            refusal: None,
            over: false,
        }),
        moved: Condvar::new(),
    };
    let read = || {
        let mut reader = Reader::new(&file, ground, &manner);
        line.work(&mut reader);
        (reader.seen, reader.old_encoding)
    };
    let mut readers = Vec::with_capacity(threads);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(read)).collect();
        readers.push(read());
        for other in others {
            match other.join() {
                Ok(read) => readers.push(read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    let Turn { board, report, refusal, .. } = line.turn.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let mut all: Vec<Seen> = ground.schools.iter().map(Seen::nothing).collect();
    let mut old_encoding = false;
    for (seen, old) in readers {
        old_encoding |= old;
        for (all, seen) in all.iter_mut().zip(&seen) {
            all.add(seen);
        }
    }
    if old_encoding {
        report.notes.push(format!("{file}: not UTF-8; read as Windows-1252"));
    }
    let counted = board.counted;
    let present = without_present.map(|spared| Present { codes: order.codes, spared });
    Ok((counted, board.finish(all, present, order.profile.year_begins(), threads)))
}

/// The blocks of the file, each given to one reader.
struct Feed<'r> {
    blocks: Blocks<'r>,
    /// What was read with the header.
    first: Option<(Block, Place)>,
    given: u64,
    over: bool,
}

impl Feed<'_> {
    /// The next block with its number and where in it to begin; `None` at the end.
    fn next(&mut self, block: &mut Block) -> Result<Option<(u64, Place)>, Refusal> {
        if self.over {
            return Ok(None);
        }
        let from = match self.first.take() {
            Some((first, from)) => {
                *block = first;
                from
            }
            None => {
                // Whatever happens, nobody asks for more.
                self.over = true;
                if !self.blocks.next(block)? {
                    return Ok(None);
                }
                self.over = false;
                Place { at: 0, line: block.line }
            }
        };
        self.given += 1;
        Ok(Some((self.given - 1, from)))
    }
}

/// The board, and whose turn it is to put something on it.
struct Turn<'g, 'o> {
    board: Board<'g>,
    report: &'o mut Report,
    /// How many blocks are on the board.
    taken: u64,
    refusal: Option<Refusal>,
    /// Nobody needs to go on.
    over: bool,
}

/// Readers take blocks at its beginning and leave what they read at its end.
struct Line<'r, 'g, 'o> {
    feed: Mutex<Feed<'r>>,
    turn: Mutex<Turn<'g, 'o>>,
    moved: Condvar,
}

impl<'g, 'o> Line<'_, 'g, 'o> {
    fn turn(&self) -> MutexGuard<'_, Turn<'g, 'o>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, refusal: Option<Refusal>) {
        let mut turn = self.turn();
        turn.over = true;
        turn.refusal = turn.refusal.take().or(refusal);
        self.moved.notify_all();
    }

    /// Reads blocks until there are no more.
    fn work(&self, reader: &mut Reader<'_>) {
        let _leaving = Leaving(self);
        let mut splitter = reader.splitter();
        let mut block = Block::default();
        loop {
            let next = self.feed.lock().unwrap_or_else(PoisonError::into_inner).next(&mut block);
            let (number, from) = match next {
                Ok(Some(given)) => given,
                Ok(None) => return,
                Err(refusal) => return self.stop(Some(refusal)),
            };
            let read = reader.read(&mut splitter, &block, from);
            let mut turn = self.turn();
            while turn.taken < number && !turn.over {
                turn = self.moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
            }
            if turn.over {
                return;
            }
            let Turn { board, report, .. } = &mut *turn;
            let taken = read.and_then(|()| board.take(reader, &mut splitter, &block, from, report));
            turn.taken += 1;
            drop(turn);
            self.moved.notify_all();
            if let Err(refusal) = taken {
                return self.stop(Some(refusal));
            }
        }
    }
}

/// A reader that panics leaves nobody waiting for its turn.
struct Leaving<'a, 'r, 'g, 'o>(&'a Line<'r, 'g, 'o>);

impl Drop for Leaving<'_, '_, '_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::BLOCK;
    use model::attendance::Shape;
    use model::canonical::{BellPeriod, CalendarDay, EnrollmentSpan};
    use model::history::Bell;
    use model::report::SetAside;
    use proptest::prelude::*;

    /// A file with the rows, read in some way: everything that came of it, or the refusal.
    fn read(text: &str, profile: &Profile, block: usize, work: Work) -> Result<Told, Refusal> {
        let text = text.as_bytes();
        let sheet = Sheet::open_in_blocks("attendance.csv", Box::new(text), profile, block)?;
        let students = ["700001", "700002", "700003", "a-name-of-more-than-16-letters", "7,3"];
        let students: Vec<String> = students.iter().map(|id| (*id).to_owned()).collect();
        let schools = ["100".to_owned(), "200".to_owned()];
        let date = |month, day| Date::from_ymd_opt(2026, month, day).unwrap();
        let day = |school: &str, date: Date, minutes| CalendarDay {
            school_id: school.to_owned(),
            date,
            instructional: date.day() != 6,
            term: String::new(),
            minutes,
            sessions: 1,
            year: SchoolYear::of(date, 7),
            year_named: false,
        };
        let mut calendar = Vec::new();
        for (from, length) in [(date(6, 29), 4), (date(8, 31), 9)] {
            for date in from.iter_days().take(length) {
                calendar.extend([day("100", date, Some(300)), day("200", date, None)]);
            }
        }
        let mut enrollments = Vec::new();
        for (student, school, entry, end) in [
            (0, 0, date(6, 1), None),
            (1, 0, date(6, 1), Some(date(9, 3))),
            (1, 1, date(9, 3), None),
            (1, 0, date(9, 7), None),
            (2, 1, date(8, 1), None),
            (3, 0, date(9, 1), None),
            (4, 1, date(6, 30), None),
        ] {
            enrollments.push(EnrollmentSpan {
                student_id: students[student].clone(),
                school_id: schools[school].clone(),
                grade: None,
                entry,
                end,
                year: SchoolYear(2026),
            });
        }
        let bell = Bell { period: "1".to_owned(), start: 480, end: 530 };
        let roster = Roster {
            students: &students,
            schools: &schools,
            calendar: &calendar,
            enrollments: &enrollments,
            bells: &[BellPeriod { school_id: "100".to_owned(), bell }],
        };
        let codes = CodeMap::default();
        let order = Order {
            profile,
            codes: &codes,
            today: date(9, 7),
            shapes: Shapes::default(),
            without_present: None,
        };
        let mut report = Report::default();
        let ground = Ground::new(&roster, profile.dialect());
        let (counted, placed) = place_in(&ground, order, sheet, &mut report, work)?;
        Ok(Told {
            counted,
            shapes: placed.shapes.list().to_vec(),
            strips: placed.strips,
            schools: placed.schools,
            set_aside: report.set_aside,
            notes: report.notes,
        })
    }

    #[derive(Debug, PartialEq)]
    struct Told {
        counted: Counted,
        shapes: Vec<Shape>,
        strips: Vec<(u32, u32, SchoolYear, Strip)>,
        schools: Vec<Named>,
        set_aside: Vec<SetAside>,
        notes: Vec<String>,
    }

    /// Mostly the first of some values, sometimes any of them.
    fn mostly(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
        prop_oneof![3 => prop::sample::select(&values[..values.len() / 2]), 1 => prop::sample::select(values)]
    }

    fn row() -> impl Strategy<Value = String> {
        let student = mostly(&[
            "700001",
            "700002",
            "700003",
            "a-name-of-more-than-16-letters",
            "700001",
            "70000",
            "7000011",
            "",
            " 700002",
            "\"700003\"",
            "\"7,3\"",
            "7,3",
            "NULL",
        ]);
        let school = mostly(&["100", "100", "200", "300", "\"100\"", " 200"]);
        let date = mostly(&[
            "2026-09-01",
            "2026-09-02",
            "2026-09-03",
            "2026-09-04",
            "2026-07-01",
            "2026-06-30",
            "2026-09-05",
            "2026-09-06",
            "2026-09-08",
            "2026-09-01T00:00:00",
            "09/01/2026",
            "2026-13-01",
            "",
        ]);
        let category = mostly(&[
            "In Attendance",
            "Excused Absence",
            "Unexcused Absence",
            "Tardy",
            "Absent",
            "\"Tardy\"",
            "",
            "tardy ",
        ]);
        let reason =
            mostly(&["", "ill", "a reason of many words, so long", "\"ill\"", "\"two\nlines\"", "il\"l"]);
        let minutes = mostly(&["", "", "", "30", "301", "x"]);
        let period = mostly(&["", "", "", "1", "2"]);
        let arrival = mostly(&["", "", "", "8:30", "25:00"]);
        let end = mostly(&["\n", "\n", "\n", "\n", "\r\n", "\n\n", ",\n", ",x\n", "\r"]);
        (student, school, date, category, reason, minutes, period, arrival, end).prop_map(
            |(student, school, date, category, reason, minutes, period, arrival, end)| {
                format!("{student},{school},{date},{category},{reason},{minutes},{period},{arrival}{end}")
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn every_way_to_read_a_file_gives_the_same(
            rows in prop::collection::vec(row(), 0..60),
            repeats in 1_usize..3,
            block in prop::sample::select(vec![1_usize, 30, 100, 500, BLOCK]),
            threads in 1_usize..4,
            quick in any::<bool>(),
            nulls in any::<bool>(),
            end in prop::sample::select(vec!["", "700001,100,2026-09-01,Tardy", "700001,100,\"2026"]),
        ) {
            let header = "student_id,school_id,date,category,reason,minutes,period,arrival\n";
            let text = format!("{header}{}{end}", rows.concat().repeat(repeats));
            let nulls = if nulls { vec!["NULL".to_owned(), "700003".to_owned(), "ill".to_owned()] } else { Vec::new() };
            let profile = Profile { nulls, ..Profile::default() };
            let careful = read(&text, &profile, BLOCK, Work { threads: 1, quick: false });
            let told = read(&text, &profile, block, Work { threads, quick });
            prop_assert_eq!(told, careful);
        }
    }
}
