//! A whole small district as published (Ed-Fi's sample data): what is read, and what is set aside.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use model::attendance::{Shape, Shapes, day_number};
use model::canonical::Delivery;
use model::history::Span;
use model::report::Reason;
use model::time::{Date, SchoolYear};
use sis::{Expect, PlainFiles, Profile, read_delivery, read_plain};
use std::path::PathBuf;

fn shared() -> PathBuf {
    std::env::var_os("EVERPRESENT_SHARED_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from)
}

fn grand_bend() -> Option<PathBuf> {
    let folder = shared().join("grand-bend");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

fn day(y: i32, m: u32, d: u32) -> Date {
    Date::from_ymd_opt(y, m, d).unwrap()
}

fn marks(delivery: &Delivery) -> usize {
    delivery.attendance.as_ref().unwrap().strips.iter().map(|s| s.strip.marks().count()).sum()
}

#[test]
fn every_row_of_grand_bend_is_accounted_for() {
    let Some(folder) = grand_bend() else { return };
    let delivery =
        read_delivery(&folder, &Profile::default(), day(2022, 6, 1), Shapes::default(), Expect::Whole)
            .unwrap();
    let rows = |table: Option<(u64, u64, usize)>| table.unwrap();
    macro_rules! table {
        ($name:ident) => {
            rows(delivery.$name.as_ref().map(|t| (t.read, t.set_aside, t.rows.len())))
        };
    }
    assert_eq!(table!(orgs), (4, 0, 4));
    assert_eq!(table!(terms), (7, 0, 7));
    assert_eq!(table!(courses), (84, 0, 84));
    assert_eq!(table!(sections), (532, 0, 532));
    assert_eq!(table!(people), (733, 0, 733));
    assert_eq!(table!(roles), (733, 0, 733));
    assert_eq!(table!(section_rosters), (528, 0, 528));
    assert_eq!(table!(demographics), (227, 0, 227));
    assert_eq!(table!(calendar), (567, 0, 567));
    assert_eq!(table!(enrollments), (227, 0, 227));
    assert_eq!(table!(contacts), (450, 0, 450));
    let attendance = delivery.attendance.as_ref().unwrap();
    assert_eq!((attendance.read, attendance.set_aside), (1917, 3));
    assert_eq!(marks(&delivery), 1914);
    assert_eq!(attendance.covers.len(), 3);
    assert_eq!(attendance.last_rows.len(), 3);
    assert!(attendance.last_rows.iter().all(|(_, d)| *d <= day(2022, 5, 27)));

    assert_eq!(delivery.set_aside.len(), 3);
    for row in &delivery.set_aside {
        assert_eq!(row.reason, Reason::NotInstructional, "{row}");
        assert_eq!(row.column.as_deref(), Some("date"));
        assert_eq!(row.file, "attendance.csv");
    }
    assert_eq!(delivery.notes, Vec::<String>::new());
    assert!(delivery.sections.unwrap().rows.iter().all(|s| !s.title.is_empty()));
    let students = delivery.enrollments.unwrap();
    assert!(students.rows.iter().all(|s| s.grade.is_some() && s.year == SchoolYear(2021)));
}

#[test]
fn two_events_of_one_day_are_two_marks_on_that_day() {
    let Some(folder) = grand_bend() else { return };
    let delivery =
        read_delivery(&folder, &Profile::default(), day(2022, 6, 1), Shapes::default(), Expect::Whole)
            .unwrap();
    let attendance = delivery.attendance.unwrap();
    let strip = attendance.strips.iter().find(|s| s.student_id == "604822").unwrap();
    let number = day_number(SchoolYear(2021), day(2021, 12, 15)).unwrap();
    let categories: Vec<&str> = strip
        .strip
        .marks()
        .filter(|m| m.day == number)
        .filter_map(|m| attendance.shapes.get(m.shape))
        .map(|s| s.category.as_str())
        .collect();
    assert_eq!(categories, ["Excused Absence", "Partial"]);
}

#[test]
fn the_store_s_numbers_of_shapes_are_kept() {
    let Some(folder) = grand_bend() else { return };
    let known = Shape { category: "Tardy".to_owned(), reason: "bus".to_owned(), ..Shape::default() };
    let shapes = Shapes::from_list(vec![known.clone()]);
    let delivery =
        read_delivery(&folder, &Profile::default(), day(2022, 6, 1), shapes, Expect::Whole).unwrap();
    let attendance = delivery.attendance.unwrap();
    assert_eq!(attendance.shapes.list()[0], known);
    let again = read_delivery(
        &folder,
        &Profile::default(),
        day(2022, 6, 1),
        attendance.shapes.clone(),
        Expect::Whole,
    )
    .unwrap();
    let again = again.attendance.unwrap();
    assert_eq!(again.shapes.list(), attendance.shapes.list());
    assert_eq!(again.strips, attendance.strips);
}

#[test]
fn the_plain_files_alone_give_the_same_marks() {
    let Some(folder) = grand_bend() else { return };
    let (calendar, enrollments, attendance) =
        (folder.join("calendar.csv"), folder.join("enrollments.csv"), folder.join("attendance.csv"));
    let files = PlainFiles {
        calendar: &calendar,
        enrollments: &enrollments,
        attendance: &attendance,
        students: None,
        bells: None,
        roll: None,
        facts: None,
        codes: Profile::default().codes(),
    };
    let plain = read_plain(&files, &Profile::default()).unwrap();
    assert_eq!((plain.students.len(), plain.schools.len()), (227, 3));
    assert_eq!(plain.set_aside.len(), 3);
    let full = read_delivery(&folder, &Profile::default(), day(2022, 6, 1), Shapes::default(), Expect::Whole)
        .unwrap();
    let full = full.attendance.unwrap();
    assert_eq!(plain.history.shapes.list(), full.shapes.list());
    for strip in &full.strips {
        let number = plain.students.binary_search(&strip.student_id).unwrap();
        let student = &plain.history.students[number];
        assert_eq!(student.years.len(), 1);
        assert_eq!(student.years[0].strip, strip.strip);
        assert_eq!(plain.schools[student.years[0].school as usize], strip.school_id);
        assert!(matches!(student.spans[..], [Span { end: None, .. }]));
    }
    for school in &plain.history.schools {
        assert_eq!(school.calendars.len(), 1);
        assert_eq!(school.calendars[0].days.len(), 169);
        assert!(!school.calendars[0].year_named);
    }
}
