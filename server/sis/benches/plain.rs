//! The seconds it takes to read a folder with `calendar.csv`, `enrollments.csv` and `attendance.csv`:
//! `cargo bench -p sis --bench plain -- FOLDER ROUNDS`.

#![allow(clippy::unwrap_used, reason = "a measurement stops where it cannot go on")]
#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use model::attendance::CodeMap;
use sis::{PlainFiles, Profile, read_plain};
use std::path::PathBuf;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().filter(|a| a != "--bench").collect();
    let [_, folder, rounds] = arguments.as_slice() else {
        println!("skipped: no folder is named");
        return;
    };
    let folder = PathBuf::from(folder);
    let [calendar, enrollments, attendance] =
        ["calendar.csv", "enrollments.csv", "attendance.csv"].map(|name| folder.join(name));
    let files = PlainFiles {
        calendar: &calendar,
        enrollments: &enrollments,
        attendance: &attendance,
        students: None,
        bells: None,
        roll: None,
        facts: None,
        codes: CodeMap::default(),
    };
    for _ in 0..rounds.parse().unwrap() {
        let begin = Instant::now();
        let read = read_plain(&files, &Profile::default()).unwrap();
        let seconds = begin.elapsed().as_secs_f64();
        println!("{seconds:.3} s, {} students, {} rows set aside", read.students.len(), read.set_aside.len());
    }
}
