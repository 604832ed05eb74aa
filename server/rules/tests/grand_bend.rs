//! The sample district of Ed-Fi (Data Standard 5.2), whose answer is known from elsewhere: on 2022-05-27, 44 of its
//! 227 students have missed at least 10 % of 169 days.
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use model::attendance::{Mark, Shape, Shapes, Strip, day_number};
use model::history::{Calendar, Day, History, School, Span, StudentHistory, StudentYear};
use model::signal::Outcome;
use model::time::{Date, SchoolYear};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of the sample district, where it is present.
fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("EVERPRESENT_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    Some(shared.join("grand-bend")).filter(|f| f.join("attendance.csv").is_file())
}

/// The rows of a file by column. Its fields hold no quotes and no commas.
fn rows(folder: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|l| header.iter().map(ToString::to_string).zip(l.split(',').map(str::to_owned)).collect())
        .collect()
}

struct District {
    history: History,
    students: Vec<String>,
    schools: Vec<String>,
}

fn load(folder: &Path) -> District {
    let year = SchoolYear(2021);
    let mut schools: BTreeMap<String, School> = BTreeMap::new();
    for row in rows(folder, "calendar.csv").iter().filter(|r| r["instructional"] == "1") {
        let school = schools.entry(row["school_id"].clone()).or_default();
        if school.calendars.is_empty() {
            school.calendars.push(Calendar { year, year_named: false, days: Vec::new() });
        }
        let day = Day { date: row["date"].parse().unwrap(), minutes: None, sessions: 1, roll: None };
        school.calendars[0].days.push(day);
    }
    for school in schools.values_mut() {
        school.calendars[0].days.sort_by_key(|d| d.date);
    }
    let ids: Vec<String> = schools.keys().cloned().collect();
    let place = |id: &str| ids.iter().position(|s| s == id).unwrap() as u32;
    let mut students: BTreeMap<String, StudentHistory> = BTreeMap::new();
    for row in rows(folder, "enrollments.csv") {
        students.entry(row["student_id"].clone()).or_default().spans.push(Span {
            school: place(&row["school_id"]),
            grade: None,
            entry: row["entry_date"].parse().unwrap(),
            end: row["exit_date"].parse().ok(),
        });
    }
    let mut shapes = Shapes::default();
    let mut marks: BTreeMap<(String, u32), Vec<Mark>> = BTreeMap::new();
    for row in rows(folder, "attendance.csv") {
        let date: Date = row["date"].parse().unwrap();
        let shape = shapes.number(&Shape {
            category: row["category"].clone(),
            reason: row["reason"].clone(),
            fraction: (row["duration"] == "1").then_some(1_000_000),
            ..Shape::default()
        });
        let school = schools.get_mut(&row["school_id"]).unwrap();
        school.last_row = school.last_row.max(Some(date));
        let day = day_number(year, date).unwrap();
        let mark = Mark { day, shape, arrival: None, departure: None };
        marks.entry((row["student_id"].clone(), place(&row["school_id"]))).or_default().push(mark);
    }
    for ((student, school), marks) in marks {
        let student = students.get_mut(&student).unwrap();
        student.years.push(StudentYear { school, year, strip: Strip::from_marks(marks) });
    }
    let (students, histories) = students.into_iter().unzip();
    let history = History {
        shapes,
        schools: schools.into_values().collect(),
        students: histories,
        ..History::default()
    };
    District { history, students, schools: ids }
}

#[test]
fn on_the_last_day_44_of_117_signals_stand_on_169_days() {
    let Some(folder) = folder() else {
        println!("skipped: the sample district grand-bend is not present");
        return;
    };
    let District { history, students, schools } = load(&folder);
    let as_of = Date::from_ymd_opt(2022, 5, 27).unwrap();
    let pack = rules::packs::find("us-federal").unwrap();
    let evaluation = rules::evaluate(&history, &[pack], as_of);
    let met: Vec<_> = evaluation.findings.iter().filter(|f| f.outcome != Outcome::Close).collect();
    let stands =
        |f: &&&_| matches!(f, model::signal::Finding { outcome: Outcome::Met { standing: true, .. }, .. });
    assert_eq!((met.len(), met.iter().filter(stands).count()), (117, 44));
    assert!(met.iter().all(|f| f.denominator == Some(169)));
    assert!(evaluation.not_evaluated.is_empty());

    let id = |of: &'_ [String], place: u32| -> &'static str { of[place as usize].clone().leak() };
    let rows = rules::report::rows(evaluation.findings, |s| id(&students, s), |s| id(&schools, s));
    assert_eq!(rows.len(), 117);
    assert!(rows.is_sorted_by(|a, b| a.student_id < b.student_id));
    // 604822 has an excused absence and a partial event on 2021-12-15: one day, and the absence speaks for it.
    let two_events =
        history.students[students.iter().position(|s| s == "604822").unwrap()].years[0].strip.details();
    assert_eq!(two_events.len(), 2);
    let text = rules::report::json(&rows).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read.as_array().map(Vec::len), Some(117));
}
