//! The dirt that districts send, one by one, and the words in which each is told.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use model::attendance::{Meaning, Shapes};
use model::canonical::{Carries, Delivery, KnownRoster, ToldYear};
use model::history::{Fact, FactKind};
use model::report::{Reason, Refusal};
use model::time::{Date, SchoolYear};
use sis::{Expect, PlainFiles, Profile, read_code_map, read_delivery, read_plain};
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

const MANIFEST: &str = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\nfile.enrollments,absent\n";
const ORGS: &str = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nd,,,District,district,1,\ns,,,North School,school,100,d\n";
const USERS: &str = "sourcedId,enabledUser,username,givenName,familyName,identifier\nu1,true,,Ana,Lima,700001\nu2,true,,Bo,Chen,700002\nt1,true,,Cy,Dale,800001\n";
const ROLES: &str = "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,u1,primary,student,s\nr2,u2,primary,student,s\nr3,t1,primary,teacher,s\n";
const CALENDAR: &str = "school_id,date,instructional,minutes\n100,2021-08-23,1,390\n100,2021-08-24,1,390\n100,2021-08-25,1,\n100,2021-08-28,0,\n100,2021-08-30,1,390\n";
const ENROLLMENTS: &str = "student_id,school_id,grade,entry_date,exit_date\n700001,100,Third grade,2021-08-23,\n700002,100,04,2021-08-24,2021-08-30\n";
const ATTENDANCE: &str =
    "student_id,school_id,date,category,reason,duration\n700001,100,2021-08-23,Excused Absence,ill,1\n";

/// A small clean delivery, then what a test puts in its place.
struct Files(TempDir);

impl Files {
    fn clean() -> Self {
        let files = Self(TempDir::new().unwrap());
        fs::create_dir(files.0.path().join("oneroster")).unwrap();
        files
            .with("oneroster/manifest.csv", MANIFEST)
            .with("oneroster/orgs.csv", ORGS)
            .with("oneroster/users.csv", USERS)
            .with("oneroster/roles.csv", ROLES)
            .with("calendar.csv", CALENDAR)
            .with("enrollments.csv", ENROLLMENTS)
            .with("attendance.csv", ATTENDANCE)
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.0.path().join(name)).unwrap();
        self
    }

    fn attendance(self, header: &str, rows: &[&str]) -> Self {
        self.with("attendance.csv", format!("{header}\n{}\n", rows.join("\n")))
    }

    fn read_with(&self, profile: &Profile) -> Result<Delivery, Refusal> {
        read_delivery(self.0.path(), profile, day(2021, 8, 27), Shapes::default(), Expect::Whole)
    }

    fn read(&self) -> Delivery {
        self.read_with(&Profile::default()).unwrap()
    }

    /// The refusal in words, the folder's own name left out.
    fn refused(&self) -> String {
        let refusal = self.read_with(&Profile::default()).unwrap_err().to_string();
        refusal.replace(&self.0.path().display().to_string(), "FOLDER")
    }
}

fn day(y: i32, m: u32, d: u32) -> Date {
    Date::from_ymd_opt(y, m, d).unwrap()
}

fn told(delivery: &Delivery) -> Vec<String> {
    delivery.set_aside.iter().map(ToString::to_string).collect()
}

/// Student, date, category and whether it can be used, for each mark.
fn marks(delivery: &Delivery) -> Vec<String> {
    let attendance = delivery.attendance.as_ref().unwrap();
    let mut all = Vec::new();
    for strip in &attendance.strips {
        for mark in strip.strip.marks() {
            let shape = attendance.shapes.get(mark.shape).unwrap();
            let use_of = if shape.unusable { " unusable" } else { "" };
            all.push(format!("{} {} {}{use_of}", strip.student_id, mark.date(strip.year), shape.category));
        }
    }
    all
}

#[test]
fn a_clean_delivery_has_nothing_set_aside() {
    let delivery = Files::clean().read();
    assert_eq!(told(&delivery), Vec::<String>::new());
    assert_eq!(delivery.notes, Vec::<String>::new());
    assert_eq!(marks(&delivery), ["700001 2021-08-23 Excused Absence"]);
    let attendance = delivery.attendance.unwrap();
    assert_eq!(attendance.covers, [("100".to_owned(), SchoolYear(2021))]);
    assert_eq!(attendance.last_rows, [("100".to_owned(), day(2021, 8, 23))]);
    assert_eq!(attendance.shapes.list()[0].fraction, Some(1_000_000));
}

#[test]
fn a_missing_file_refuses_the_delivery_and_is_named() {
    for (file, named) in [
        ("calendar.csv", "calendar.csv"),
        ("enrollments.csv", "enrollments.csv"),
        ("attendance.csv", "attendance.csv"),
        ("oneroster/manifest.csv", "manifest.csv"),
        ("oneroster/orgs.csv", "orgs.csv"),
        ("oneroster/users.csv", "users.csv"),
        ("oneroster/roles.csv", "roles.csv"),
    ] {
        assert_eq!(
            Files::clean().without(file).refused(),
            format!(
                "FOLDER: {named} is missing; a delivery needs it, so nothing was changed. Add the file and run the sync again"
            )
        );
    }
    let manifest = MANIFEST.replace("file.enrollments,absent", "file.enrollments,bulk");
    let refused = Files::clean().with("oneroster/manifest.csv", &manifest).refused();
    assert!(refused.starts_with("FOLDER: enrollments.csv is missing"), "{refused}");
    let manifest = format!("{MANIFEST}file.userProfiles,bulk\n");
    let refused = Files::clean().with("oneroster/manifest.csv", manifest).refused();
    assert!(refused.starts_with("FOLDER: userProfiles.csv is missing"), "{refused}");
}

#[test]
fn a_missing_column_refuses_the_delivery_and_is_named() {
    let files = Files::clean().with("attendance.csv", "student_id,school_id,date,reason\n");
    assert_eq!(
        files.refused(),
        "attendance.csv, line 1: the column `category` is missing; found `student_id,school_id,date,reason`. Nothing was changed. Add the column and run the sync again"
    );
    let files = Files::clean().with("oneroster/users.csv", "sourcedId,givenName\nu1,Ana\n");
    assert!(files.refused().starts_with("oneroster/users.csv, line 1: the column `familyName` is missing"));
    let files = Files::clean().with("calendar.csv", "");
    assert!(
        files.refused().starts_with("calendar.csv, line 1: the column `school_id` is missing; found nothing")
    );
}

#[test]
fn a_wrong_manifest_refuses_the_delivery_and_says_where() {
    for (manifest, words) in [
        (
            "name,setting\nfile.orgs,bulk\n".to_owned(),
            "line 1: a OneRoster manifest begins with `propertyName,value`; found `name,setting`",
        ),
        (
            "propertyName,value\nmanifest.version,1.0\n".to_owned(),
            "it does not name `oneroster.version`; 1.1 or 1.2 is expected",
        ),
        (
            MANIFEST.replace("version,1.2", "version,2.0"),
            "line 3: oneroster.version is `2.0`; 1.1 or 1.2 is expected",
        ),
        (
            MANIFEST.replace("users,bulk", "users,full"),
            "line 5: file.users is `full`; bulk, delta or absent is expected",
        ),
    ] {
        let refused = Files::clean().with("oneroster/manifest.csv", manifest).refused();
        assert!(refused.contains(words), "{refused}");
        assert!(refused.starts_with("oneroster/manifest.csv"), "{refused}");
    }
}

#[test]
fn true_may_be_written_in_any_of_its_ways() {
    for word in ["TRUE", "1", "\"true\"", "True", "yes"] {
        let users = USERS.replace("u1,true", &format!("u1,{word}"));
        let calendar = CALENDAR.replace("2021-08-23,1", &format!("2021-08-23,{word}"));
        let delivery =
            Files::clean().with("oneroster/users.csv", users).with("calendar.csv", calendar).read();
        assert_eq!(told(&delivery), Vec::<String>::new(), "{word}");
        assert!(delivery.people.unwrap().rows[0].enabled);
        assert!(delivery.calendar.unwrap().rows[0].instructional);
    }
    let calendar = CALENDAR.replace("2021-08-23,1", "2021-08-23,perhaps");
    let delivery = Files::clean().with("calendar.csv", calendar).read();
    assert_eq!(
        told(&delivery)[1],
        "calendar.csv, line 2, instructional: `perhaps`: the value cannot be read; correct it at the source"
    );
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let clean = Files::clean().read();
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let delivery = Files::clean()
        .with("oneroster/manifest.csv", windows(MANIFEST))
        .with("oneroster/orgs.csv", windows(ORGS))
        .with("oneroster/users.csv", windows(USERS))
        .with("calendar.csv", windows(CALENDAR))
        .with("enrollments.csv", windows(ENROLLMENTS))
        .with("attendance.csv", windows(ATTENDANCE))
        .read();
    assert_eq!(told(&delivery), Vec::<String>::new());
    assert_eq!(delivery.notes, Vec::<String>::new());
    assert_eq!(marks(&delivery), marks(&clean));
    assert_eq!(delivery.people.unwrap().rows, clean.people.unwrap().rows);
}

#[test]
fn the_order_and_the_case_of_columns_and_columns_we_do_not_know_change_nothing() {
    let delivery = Files::clean()
        .attendance(
            "Teacher,DURATION,Category,Date,School_ID,reason,Student_ID",
            &["Ms. Y,1,Excused Absence,2021-08-23,100,ill,700001"],
        )
        .read();
    assert_eq!(told(&delivery), Vec::<String>::new());
    assert_eq!(marks(&delivery), marks(&Files::clean().read()));
}

#[test]
fn quotes_within_fields_and_lines_within_quotes_are_read_and_lines_counted_right() {
    let users = "sourcedId,enabledUser,username,givenName,familyName,identifier\n\
                 u1,true,,\"Ana \"\"Annie\"\"\",\"Lima, Jr.\",700001\n\
                 u2,true,,\"Bo\nof two lines\",Chen,700002\n\
                 t1,never,,Cy,Dale,800001\n";
    let delivery = Files::clean().with("oneroster/users.csv", users).read();
    assert_eq!(
        told(&delivery)[1],
        "oneroster/users.csv, line 5, enabledUser: `never`: the value cannot be read; correct it at the source"
    );
    let people = delivery.people.unwrap().rows;
    assert_eq!(people[0].given_name, "Ana \"Annie\"");
    assert_eq!(people[0].family_name, "Lima, Jr.");
    assert_eq!(people[1].given_name, "Bo\nof two lines");
}

#[test]
fn a_quote_that_is_never_closed_refuses_the_file() {
    let files =
        Files::clean().with("attendance.csv", format!("{ATTENDANCE}700001,100,2021-08-24,\"Tardy,,\n"));
    assert_eq!(
        files.refused(),
        "attendance.csv: cannot be read: line 3: a quote is opened and never closed. Nothing was changed. Send it again"
    );
}

#[test]
fn an_old_encoding_is_read_and_said() {
    let users = USERS.replace("Ana", "Jos@").into_bytes();
    let users: Vec<u8> = users.into_iter().map(|b| if b == b'@' { 0xe9 } else { b }).collect();
    let delivery = Files::clean().with("oneroster/users.csv", users).read();
    assert_eq!(delivery.notes, ["oneroster/users.csv: not UTF-8; read as Windows-1252"]);
    assert_eq!(delivery.people.unwrap().rows[0].given_name, "José");
}

#[test]
fn bytes_that_are_no_text_are_set_aside_and_another_alphabet_is_refused() {
    let users: Vec<u8> = USERS
        .replace("Cy", "C@")
        .into_bytes()
        .into_iter()
        .map(|b| if b == b'@' { 0x81 } else { b })
        .collect();
    let delivery = Files::clean().with("oneroster/users.csv", users).read();
    assert!(
        told(&delivery)[1].ends_with("not UTF-8 and not Windows-1252 text; save the file as UTF-8"),
        "{:?}",
        told(&delivery)
    );
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(ATTENDANCE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let refused = Files::clean().with("attendance.csv", wide).refused();
    assert!(refused.contains("it is UTF-16 text; save the file as UTF-8"), "{refused}");
}

#[test]
fn of_two_rows_with_one_id_the_first_is_kept() {
    let users =
        format!("{USERS}u1,true,,Anna,Lima,700001\nu2,true,,Bo,Chen,700002\nu9,true,,Di,Eng,700002\n");
    let delivery = Files::clean().with("oneroster/users.csv", users).read();
    assert_eq!(
        told(&delivery),
        [
            "oneroster/users.csv, line 5, sourcedId: `u1`: the id appeared before in this file with other values; the first row is kept",
            "oneroster/users.csv, line 6, sourcedId: `u2`: the same row appeared before in this file; it counts once",
            "oneroster/users.csv, line 7, identifier: `700002`: the id appeared before in this file with other values; the first row is kept",
        ]
    );
    let people = delivery.people.unwrap();
    assert_eq!((people.read, people.set_aside, people.rows.len()), (6, 3, 3));
    assert_eq!(people.rows[0].given_name, "Ana");
}

#[test]
fn attendance_that_cannot_be_placed_is_listed_and_changes_nothing() {
    let delivery = Files::clean()
        .attendance(
            "student_id,school_id,date,category,reason,duration",
            &[
                "700001,100,2021-08-23,Excused Absence,ill,1",
                "999999,100,2021-08-23,Excused Absence,ill,1",
                "800001,100,2021-08-23,Excused Absence,ill,1",
                "700001,200,2021-08-23,Excused Absence,ill,1",
                "700001,100,2021-08-30,Excused Absence,ill,1",
                "700001,100,2021-08-26,Excused Absence,ill,1",
                "700002,100,2021-08-23,Excused Absence,ill,1",
                "700001,100,0000-00-00,Excused Absence,ill,1",
                ",100,2021-08-23,Excused Absence,ill,1",
                "700001,100,2021-08-23,Excused Absence,ill,1.0",
            ],
        )
        .read();
    assert_eq!(
        told(&delivery),
        [
            "attendance.csv, line 3, student_id: `999999`: no such student in the roster; send the roster first, or correct the id",
            "attendance.csv, line 4, student_id: `800001`: no such student in the roster; send the roster first, or correct the id",
            "attendance.csv, line 5, school_id: `200`: no such school in the roster; send the roster first, or correct the id",
            "attendance.csv, line 6, date: `2021-08-30`: the date lies in the future; correct it at the source",
            "attendance.csv, line 7, date: `2021-08-26`: not an instructional day of the school; correct the date or the calendar",
            "attendance.csv, line 8, date: `2021-08-23`: the student was not enrolled at the school that day; correct the date or the enrollment",
            "attendance.csv, line 9, date: `0000-00-00`: the value cannot be read; correct it at the source",
            "attendance.csv, line 10, student_id: ``: a required value is empty; fill it in at the source",
            "attendance.csv, line 11: `700001, 100, 2021-08-23, Excused Absence`: the same row appeared before in this file; it counts once",
        ]
    );
    assert_eq!(marks(&delivery), ["700001 2021-08-23 Excused Absence"]);
    // Where a row names a school and a day, it is listed with them.
    let days: Vec<Option<String>> =
        delivery.set_aside.iter().map(|row| Some(row.at.as_ref()?.date.to_string())).collect();
    let day_of = |day: u32| Some(format!("2021-08-{day}"));
    assert_eq!(
        days,
        [day_of(23), day_of(23), None, day_of(30), day_of(26), day_of(23), None, day_of(23), day_of(23)]
    );
    assert!(delivery.set_aside.iter().flat_map(|row| &row.at).all(|at| at.school_id == "100"));
    let attendance = delivery.attendance.unwrap();
    assert_eq!((attendance.read, attendance.set_aside), (10, 9));
    // Used or not, each row up to today counts for the day it names.
    let rows = vec![(day(2021, 8, 23), 6), (day(2021, 8, 26), 1)];
    assert_eq!(
        attendance.told,
        [ToldYear { school_id: "100".to_owned(), year: SchoolYear(2021), days: rows }]
    );
    // The row on a day without school still says that the school sent data up to then; the future one does not.
    assert_eq!(attendance.last_rows, [("100".to_owned(), day(2021, 8, 26))]);
}

#[test]
fn a_row_that_names_a_school_day_but_cannot_be_used_makes_the_day_unknown() {
    let header = "student_id,school_id,date,category,duration,minutes,period,session,arrival";
    for (row, words) in [
        (
            "700001,100,2021-08-24,Astray,,,,,",
            "category: `Astray`: no one has said what this category means; map it. The day counts as unknown",
        ),
        ("700001,100,2021-08-24,,,,,,", "category: ``: a required value is empty"),
        ("700001,100,2021-08-24,Tardy,1.5,,,,", "duration: `1.5`: the value cannot be read"),
        ("700001,100,2021-08-24,Tardy,,-3,,,", "minutes: `-3`: the value cannot be read"),
        (
            "700001,100,2021-08-24,Tardy,,391,,,",
            "minutes: `391`: more minutes missed than the school day has; correct them, or `minutes` in calendar.csv. The day counts as unknown",
        ),
        ("700001,100,2021-08-24,Tardy,0.5,391,,,", "minutes: `391`: more minutes missed"),
        ("700001,100,2021-08-24,Tardy,,,,noon,", "session: `noon`: the value cannot be read"),
        ("700001,100,2021-08-24,Tardy,,,,,25:10", "arrival: `25:10`: the value cannot be read"),
        ("700001,100,2021-08-24,Tardy", "`4 fields, the header has 9`: the row has another number of fields"),
    ] {
        let delivery = Files::clean().attendance(header, &[row]).read();
        let told = told(&delivery);
        assert!(told.len() == 1 && told[0].contains(words), "{row}: {told:?}");
        let marks = marks(&delivery);
        assert!(marks.len() == 1 && marks[0].ends_with(" unusable"), "{row}: {marks:?}");
        assert_eq!(delivery.attendance.unwrap().set_aside, 1);
    }
    for row in [
        "700001,100,2021-08-24,Tardy,,30,,am,8:30",
        "700001,100,2021-08-24,Unexcused Absence,,390,,,",
        "700001,100,2021-08-24,Present,,400,,,",
        "700001,100,2021-08-25,Tardy,0.25,30,,,",
        "700001,100,2021-08-24,Tardy,,,3,,",
        "700001,100,2021-08-24,Present,,,3,PM,",
    ] {
        let delivery = Files::clean().attendance(header, &[row]).read();
        assert_eq!(told(&delivery), Vec::<String>::new(), "{row}");
        assert!(!marks(&delivery)[0].ends_with("unusable"), "{row}");
    }
    let with_bells = Files::clean()
        .with("bells.csv", "school_id,period,start,end\n100,3,10:00,10:50\n")
        .attendance(header, &["700001,100,2021-08-24,Unexcused Absence,,,3,,"])
        .read();
    assert_eq!(told(&with_bells), Vec::<String>::new());
}

#[test]
fn a_row_that_only_some_rules_can_use_is_listed_and_used() {
    let header = "student_id,school_id,date,category,minutes,period";
    for (row, words) in [
        (
            "700001,100,2021-08-25,Tardy,30,",
            "minutes: `30`: minutes without the length of the school day; send `minutes` in calendar.csv. Only rules that count minutes can use the day",
        ),
        (
            "700001,100,2021-08-24,Unexcused Absence,,3",
            "period: `3`: a period without a bell schedule; send bells.csv. Only rules that count periods can use the day",
        ),
    ] {
        let delivery = Files::clean().attendance(header, &[row, row]).read();
        let told = told(&delivery);
        assert!(told.len() == 2 && told[0].ends_with(words), "{row}: {told:?}");
        assert!(told[1].contains("line 3") && told[1].contains("the same row appeared before"), "{told:?}");
        let marks = marks(&delivery);
        assert!(marks.len() == 1 && !marks[0].ends_with(" unusable"), "{row}: {marks:?}");
        let attendance = delivery.attendance.unwrap();
        assert_eq!((attendance.read, attendance.set_aside), (2, 1));
    }
    // The periods of a school say how long its day is.
    let delivery = Files::clean()
        .with("bells.csv", "school_id,period,start,end\n100,3,10:00,10:50\n")
        .attendance(header, &["700001,100,2021-08-25,Tardy,30,"])
        .read();
    assert_eq!(told(&delivery), Vec::<String>::new());
}

#[test]
fn a_calendar_without_an_instructional_day_is_set_aside_where_students_are_enrolled() {
    let no_school = CALENDAR.replace(",1,", ",0,");
    let delivery = Files::clean().with("calendar.csv", no_school).read();
    let told = told(&delivery);
    assert_eq!(
        told[1],
        "calendar.csv, line 2, instructional: `0`: the school has students and no instructional day in this school year; correct the calendar"
    );
    let calendar = delivery.calendar.as_ref().unwrap();
    assert_eq!((calendar.read, calendar.set_aside, calendar.rows.len()), (5, 5, 0));
    // Its marks are listed; the year is not among those that the delivery is the truth of.
    assert!(told[0].starts_with("attendance.csv, line 2, date: `2021-08-23`: the school has no calendar"));
    assert_eq!(delivery.attendance.unwrap().covers, []);
    let next_year = format!("{CALENDAR}100,2022-09-05,0,\n");
    assert_eq!(Files::clean().with("calendar.csv", next_year).read().set_aside, []);
}

#[test]
fn the_order_of_rows_changes_no_mark() {
    let header = "student_id,school_id,date,category,arrival";
    let mut rows = Vec::new();
    for date in ["2021-08-24", "2021-08-25"] {
        for student in ["700001", "700002"] {
            rows.push(format!("{student},100,{date},Tardy,"));
            rows.push(format!("{student},100,{date},Tardy,9:05"));
            rows.push(format!("{student},100,{date},Excused Absence,"));
        }
    }
    let read = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let delivery = Files::clean().attendance(header, &rows).read();
        assert_eq!(told(&delivery), Vec::<String>::new());
        let mut marks = marks(&delivery);
        marks.sort();
        marks
    };
    let by_date = read(&rows);
    assert_eq!(by_date.len(), 12);
    rows.sort();
    assert_eq!(read(&rows), by_date);
    rows.reverse();
    assert_eq!(read(&rows), by_date);
}

#[test]
fn a_school_with_hundreds_of_reasons_loses_none() {
    let rows: Vec<String> = (0..400)
        .map(|n| {
            format!("700001,100,2021-08-{},Excused Absence,reason {n}", if n % 2 == 0 { 23 } else { 24 })
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let delivery = Files::clean().attendance("student_id,school_id,date,category,reason", &rows).read();
    assert_eq!(marks(&delivery).len(), 400);
    assert_eq!(delivery.attendance.unwrap().shapes.list().len(), 400);
}

#[test]
fn a_header_without_rows_is_no_row() {
    let delivery = Files::clean().attendance("student_id,school_id,date,category", &[]).read();
    let attendance = delivery.attendance.unwrap();
    assert_eq!((attendance.read, attendance.strips.len(), attendance.covers.len()), (0, 0, 0));
}

#[test]
fn an_exit_before_the_entry_is_set_aside() {
    let enrollments = ENROLLMENTS.replace("2021-08-24,2021-08-30", "2021-08-24,2021-08-01");
    let delivery = Files::clean().with("enrollments.csv", enrollments).read();
    assert_eq!(
        told(&delivery),
        [
            "enrollments.csv, line 3, exit_date: `2021-08-01`: the enrollment ends before it begins; correct its dates at the source"
        ]
    );
}

#[test]
fn the_exit_day_is_enrolled_only_where_the_profile_says_so() {
    let files = || {
        Files::clean()
            .with("enrollments.csv", ENROLLMENTS.replace("2021-08-30", "2021-08-25"))
            .attendance("student_id,school_id,date,category", &["700002,100,2021-08-25,Tardy"])
    };
    assert!(told(&files().read())[0].contains("not enrolled"));
    let profile = Profile { exit_day_enrolled: true, ..Profile::default() };
    let delivery = files().read_with(&profile).unwrap();
    assert_eq!(told(&delivery), Vec::<String>::new());
    assert_eq!(delivery.enrollments.unwrap().rows[1].end, Some(day(2021, 8, 26)));
}

#[test]
fn version_1_1_keeps_its_roles_in_the_users_file() {
    let users = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier\n\
                 u1,,,1,s,student,,Ana,Lima,700001\n\
                 u2,,,1,s,student,,Bo,Chen,700002\n\
                 a1,,,1,\"s,d\",administrator,,Cy,Dale,\n\
                 a2,,,1,x,teacher,,Di,Eng,\n";
    let manifest = MANIFEST.replace("version,1.2", "version,1.1").replace("file.roles,bulk\n", "");
    let delivery = Files::clean()
        .without("oneroster/roles.csv")
        .with("oneroster/manifest.csv", manifest)
        .with("oneroster/users.csv", users)
        .read();
    let roles = delivery.roles.as_ref().unwrap();
    let held: Vec<String> =
        roles.rows.iter().map(|r| format!("{} {} {}", r.person_key, r.org_key, r.role)).collect();
    assert_eq!(
        held,
        ["u1 s student", "u2 s student", "a1 s siteAdministrator", "a1 d districtAdministrator"]
    );
    assert_eq!((roles.read, roles.set_aside), (5, 1));
    assert_eq!(
        told(&delivery),
        [
            "oneroster/users.csv, line 5, orgSourcedIds: `x`: no such school in the roster; send the roster first, or correct the id"
        ]
    );
    assert_eq!(marks(&delivery).len(), 1);
}

#[test]
fn a_section_without_a_title_bears_its_code_or_its_course() {
    let manifest = format!("{MANIFEST}file.courses,bulk\nfile.classes,bulk\n");
    let delivery = Files::clean()
        .with("oneroster/manifest.csv", manifest)
        .with("oneroster/courses.csv", "sourcedId,title,courseCode,orgSourcedId\nc,Biology,BIO,s\n")
        .with(
            "oneroster/classes.csv",
            "sourcedId,title,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds,periods\n\
             k1,,c,BIO-1,scheduled,s,\"t1,t2\",\"1, 2\"\nk2,,c,,scheduled,s,,\nk3,Bees,c,B,homeroom,s,,\nk4,Lost,c,,homeroom,z,,\n",
        )
        .read();
    let sections = delivery.sections.as_ref().unwrap();
    let titles: Vec<&str> = sections.rows.iter().map(|s| s.title.as_str()).collect();
    assert_eq!(titles, ["BIO-1", "Biology", "Bees"]);
    assert_eq!(sections.rows[0].term_keys, ["t1", "t2"]);
    assert_eq!(sections.rows[0].periods, ["1", "2"]);
    assert!(told(&delivery)[0].contains("schoolSourcedId: `z`: no such school"));
}

#[test]
fn any_word_but_a_plain_no_is_a_legal_restriction() {
    let contacts = "student_id,contact_id,given_name,family_name,relation,legal_restriction\n\
                    700001,1,A,B,Mother,\n700001,2,A,B,Father,no\n700001,3,A,B,Aunt,None\n700001,4,A,B,Uncle,0\n\
                    700001,5,A,B,Father,true\n700001,6,A,B,Father,court order of 2020\n700009,7,A,B,Mother,\n";
    let delivery = Files::clean().with("contacts.csv", contacts).read();
    let restricted: Vec<bool> =
        delivery.contacts.as_ref().unwrap().rows.iter().map(|c| c.legal_restriction).collect();
    assert_eq!(restricted, [false, false, false, false, true, true]);
    assert!(told(&delivery)[0].contains("contacts.csv, line 8, student_id: `700009`: no such student"));
}

const CONTACTS: &str = "student_id,contact_id,given_name,family_name,relation,primary,legal_restriction\n";

#[test]
fn a_restriction_holds_whatever_else_its_row_says() {
    let rows = "700001,1,A,B,Father,maybe,court order\n700001,2,A,B,Mother,maybe,\n";
    let delivery = Files::clean().with("contacts.csv", format!("{CONTACTS}{rows}")).read();
    let contacts = delivery.contacts.as_ref().unwrap();
    let kept: Vec<_> = contacts.rows.iter().map(|c| (c.contact_id.as_str(), c.legal_restriction)).collect();
    assert_eq!(kept, [("1", true)]);
    assert_eq!((contacts.read, contacts.set_aside), (2, 1));
    assert_eq!(told(&delivery).len(), 2, "both are listed");
    assert_eq!(unread(&delivery), ["700001 2"]);
    // Words that no encoding gives a meaning are no plain "no".
    let bytes = [CONTACTS.as_bytes(), b"700001,1,A,B,Father,1,\x81\n"].concat();
    let delivery = Files::clean().with("contacts.csv", bytes).read();
    assert!(delivery.contacts.as_ref().unwrap().rows[0].legal_restriction);
}

#[test]
fn of_two_rows_of_one_contact_a_restriction_in_either_holds() {
    let (free, barred) = ("700001,1,A,B,Father,1,\n", "700001,1,A,B,Father,1,court order\n");
    for rows in [[free, barred], [barred, free]] {
        let delivery = Files::clean().with("contacts.csv", format!("{CONTACTS}{}", rows.concat())).read();
        let contacts = delivery.contacts.as_ref().unwrap();
        assert_eq!((contacts.rows.len(), contacts.set_aside), (1, 1));
        assert!(contacts.rows[0].legal_restriction, "{rows:?}");
    }
}

#[test]
fn a_contact_row_that_cannot_be_used_says_whose_it_is() {
    let rows = "700001,1,A,B,Father\n700009,2,A,B,Mother,,\n700001,,A,B,Aunt,,\n";
    let delivery = Files::clean().with("contacts.csv", format!("{CONTACTS}{rows}")).read();
    assert_eq!(unread(&delivery), ["700001 1", "700009 2", "700001 "]);
}

#[test]
fn a_row_with_a_birth_date_that_cannot_be_used_says_whose_it_is() {
    let races = "sourcedId,birthDate,sex,white\nu1,2003-05-06,female,perhaps\nu2,2003-05-06,male,true\n";
    let delivery = Files::clean()
        .with(
            "students.csv",
            "student_id,birth_date,homeless\n700001,2003-05-06,maybe\n700002,2003-05-06,1\n",
        )
        .with("oneroster/demographics.csv", races)
        .read();
    assert_eq!(delivery.unread_students, ["700001"]);
    assert_eq!(delivery.unread_demographics, ["u1"]);
}

/// Student and contact of each row of contacts that could not be used.
fn unread(delivery: &Delivery) -> Vec<String> {
    delivery.unread_contacts.iter().map(|row| format!("{} {}", row.student_id, row.contact_id)).collect()
}

#[test]
fn a_missing_column_that_withholds_access_is_told() {
    let delivery = Files::clean()
        .with("contacts.csv", CONTACTS.replace("restriction", "restrictions"))
        .with("students.csv", "student_id,birthdate_,homeless\n700001,2003-05-06,1\n")
        .with("oneroster/users.csv", USERS.replace("enabledUser", "enabled"))
        .read();
    let told: Vec<_> = delivery.without.iter().map(|m| (m.file.as_str(), m.guard.column())).collect();
    assert_eq!(
        told,
        [("oneroster/users.csv", "enabledUser"), ("contacts.csv", "legal_restriction")],
        "`birthdate_` is read as `birth_date`"
    );
    let delivery =
        Files::clean().with("students.csv", "student_id,born,homeless\n700001,2003-05-06,1\n").read();
    assert_eq!(delivery.without[0].guard.column(), "birth_date");
    assert_eq!(delivery.without[0].found, "`student_id,born,homeless`");
}

#[test]
fn the_optional_files_are_read() {
    let delivery = Files::clean()
        .with("students.csv", "student_id,birth_date,homeless,low_income\n700001,2012-05-06,1,\n")
        .with("caseload.csv", "staff_id,student_id,kind\n800001,700001,counseling\n1,700001,x\n")
        .with("roll.csv", "school_id,date,taken\n100,2021-08-23,0\n")
        .with("bells.csv", "school_id,period,start,end\n100,1,8:00,8:50\n100,2,9:50,9:00\n")
        .with("lunch.csv", "student_id,meal\n700001,soup\n")
        .read();
    assert_eq!(delivery.notes, ["lunch.csv: not a file that is read here; ignored"]);
    let student = &delivery.characteristics.as_ref().unwrap().rows[0];
    assert_eq!(
        (student.homeless, student.low_income, student.birth_date),
        (Some(true), None, Some(day(2012, 5, 6)))
    );
    assert_eq!(delivery.caseload.as_ref().unwrap().rows.len(), 1);
    assert!(!delivery.roll.as_ref().unwrap().rows[0].taken);
    let told = told(&delivery);
    assert!(told[0].contains("bells.csv, line 3, end: `9:00`"), "{told:?}");
    assert!(told[1].contains("caseload.csv, line 3, staff_id: `1`: no such person"), "{told:?}");
}

#[test]
fn a_file_is_known_by_its_header_whatever_its_name() {
    let delivery = Files::clean().without("attendance.csv").with("absences 2021.csv", ATTENDANCE).read();
    assert_eq!(delivery.attendance.unwrap().file, "absences 2021.csv");
    let refused = Files::clean().with("more.csv", ATTENDANCE).refused();
    assert!(refused.contains("one file of a kind, and attendance.csv is of this kind already"), "{refused}");
}

fn zip_of(folder: &Path, into: &Path, prefix: &str) {
    let mut zip = zip::ZipWriter::new(fs::File::create(into).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for sub in ["", "oneroster"] {
        let Ok(entries) = fs::read_dir(folder.join(sub)) else { continue };
        for entry in entries.map(Result::unwrap).filter(|e| e.path().is_file()) {
            let own = entry.file_name().into_string().unwrap();
            let name = if sub.is_empty() { own } else { format!("{sub}/{own}") };
            zip.start_file(format!("{prefix}{name}"), options).unwrap();
            zip.write_all(&fs::read(entry.path()).unwrap()).unwrap();
        }
    }
    zip.finish().unwrap();
}

#[test]
fn a_zip_holds_the_same_as_its_folder() {
    let files = Files::clean();
    let clean = files.read();
    let place = TempDir::new().unwrap();
    for prefix in ["", "district-100/"] {
        let zip = place.path().join("whole.zip");
        zip_of(files.0.path(), &zip, prefix);
        let zipped =
            read_delivery(&zip, &Profile::default(), day(2021, 8, 27), Shapes::default(), Expect::Whole)
                .unwrap();
        assert_eq!(marks(&zipped), marks(&clean));
        assert_eq!(zipped.people.unwrap().rows, clean.people.as_ref().unwrap().rows);
    }
    let files = files.with("note.txt", "x");
    zip_of(&files.0.path().join("oneroster"), &files.0.path().join("roster.zip"), "");
    fs::remove_dir_all(files.0.path().join("oneroster")).unwrap();
    let beside = files.read();
    assert_eq!(beside.people.as_ref().unwrap().file, "roster.zip/users.csv");
    assert_eq!(marks(&beside), marks(&clean));
}

#[test]
fn a_zip_that_was_cut_off_is_refused() {
    let files = Files::clean();
    let place = TempDir::new().unwrap();
    let zip = place.path().join("whole.zip");
    zip_of(files.0.path(), &zip, "");
    let bytes = fs::read(&zip).unwrap();
    for part in [bytes.len() / 2, bytes.len() - 1, 0] {
        fs::write(&zip, &bytes[..part]).unwrap();
        let refusal =
            read_delivery(&zip, &Profile::default(), day(2021, 8, 27), Shapes::default(), Expect::Whole)
                .unwrap_err()
                .to_string();
        assert!(
            refusal.contains("cannot be read: it is no zip, or a zip that was cut off on its way")
                && refusal.ends_with("Nothing was changed. Send it again"),
            "{refusal}"
        );
    }
}

#[test]
fn a_zip_whose_bytes_were_damaged_is_refused() {
    let files = Files::clean();
    let place = TempDir::new().unwrap();
    let zip = place.path().join("whole.zip");
    zip_of(files.0.path(), &zip, "");
    let mut bytes = fs::read(&zip).unwrap();
    // Behind the first entry's header and name lies its data.
    for byte in &mut bytes[60..70] {
        *byte ^= 0x5a;
    }
    fs::write(&zip, &bytes).unwrap();
    let read = read_delivery(&zip, &Profile::default(), day(2021, 8, 27), Shapes::default(), Expect::Whole);
    assert!(matches!(read, Err(Refusal::Unreadable { .. } | Refusal::MissingFile { .. })), "{read:?}");
}

#[test]
fn a_zip_that_leads_out_of_itself_or_blows_up_is_refused() {
    let place = TempDir::new().unwrap();
    let zip = place.path().join("evil.zip");
    let refused = |name: &str, content: &[u8]| {
        let mut writer = zip::ZipWriter::new(fs::File::create(&zip).unwrap());
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap();
        read_delivery(&zip, &Profile::default(), day(2021, 8, 27), Shapes::default(), Expect::Whole)
            .unwrap_err()
            .to_string()
    };
    let refusal = refused("../../manifest.csv", b"x");
    assert!(refusal.contains("the entry `../../manifest.csv` leads out of the zip"), "{refusal}");
    let refusal = refused("manifest.csv", &vec![b'0'; 32 * 1024 * 1024]);
    assert!(refusal.contains("would unpack to more than 200 times its size"), "{refusal}");
}

#[test]
fn what_is_not_there_is_refused_and_named() {
    let refusal = read_delivery(
        Path::new("no/such/place"),
        &Profile::default(),
        day(2021, 8, 27),
        Shapes::default(),
        Expect::Whole,
    )
    .unwrap_err()
    .to_string();
    assert_eq!(
        refusal,
        "no/such/place: cannot be read: there is no such folder or zip. Nothing was changed. Send it again"
    );
}

#[test]
fn a_profile_reads_another_dialect() {
    let profile = Profile::from_toml(
        "aspen.toml",
        r#"
        delimiter = ";"
        escape = "\\"
        nulls = ["NULL"]
        dates = ["MM/DD/YYYY", "YYYY-MM-DD"]
        [columns]
        student_id = "local_id"
        date = "event_date"
        [code_map]
        A = "unexcused"
        "#,
    )
    .unwrap();
    let semicolons = |text: &str| text.replace(',', ";");
    let files = Files::clean()
        .with("oneroster/manifest.csv", semicolons(MANIFEST))
        .with("oneroster/orgs.csv", semicolons(ORGS))
        .with("oneroster/users.csv", semicolons(USERS))
        .with("oneroster/roles.csv", semicolons(ROLES))
        .with("calendar.csv", semicolons(CALENDAR))
        .with("enrollments.csv", semicolons(ENROLLMENTS).replace("2021-08-23;", "08/23/2021;NULL"))
        .with(
            "attendance.csv",
            "local_id;school_id;event_date;category;reason\n700001;100;8/23/2021;A;\"\\\"MTHR CALLED; ILL\"\n700001;100;2021-08-24T00:00:00;A;NULL\n",
        );
    let delivery = files.read_with(&profile).unwrap();
    assert_eq!(told(&delivery), Vec::<String>::new());
    let attendance = delivery.attendance.unwrap();
    let reasons: Vec<&str> = attendance.shapes.list().iter().map(|s| s.reason.as_str()).collect();
    assert_eq!(reasons, ["\"MTHR CALLED; ILL", ""]);
}

fn plain(folder: &Path, attendance: &str) -> Result<sis::PlainHistory, Refusal> {
    let (calendar, enrollments, attendance) =
        (folder.join("calendar.csv"), folder.join("enrollments.csv"), folder.join(attendance));
    let facts = Some(folder.join("facts.csv")).filter(|path| path.exists());
    let files = PlainFiles {
        calendar: &calendar,
        enrollments: &enrollments,
        attendance: &attendance,
        students: None,
        bells: None,
        roll: None,
        facts: facts.as_deref(),
        codes: Profile::default().codes(),
    };
    read_plain(&files, &Profile::default())
}

#[test]
fn check_reads_packed_files_and_knows_no_future() {
    let files = Files::clean().attendance(
        "student_id,school_id,date,category",
        &[
            "700001,100,2021-08-30,Tardy",
            "700009,100,2021-08-30,Tardy",
            "700002,100,2021-08-24,Unexcused Absence",
        ],
    );
    let text = fs::read(files.0.path().join("attendance.csv")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&text).unwrap();
    let files = files
        .with("a.csv.gz", gz.finish().unwrap())
        .with("a.csv.zst", zstd::encode_all(text.as_slice(), 3).unwrap());
    let read = |name| plain(files.0.path(), name).unwrap();
    let usual = read("attendance.csv");
    assert_eq!(usual.students, ["700001", "700002"]);
    assert_eq!(usual.counts[2].read, 3);
    assert_eq!(usual.counts[2].set_aside, 1);
    assert_eq!(usual.history.schools[0].last_row, Some(day(2021, 8, 30)));
    assert_eq!(usual.history.schools[0].calendars[0].days.len(), 4);
    for name in ["a.csv.gz", "a.csv.zst"] {
        let packed = read(name);
        for (one, other) in usual.history.students.iter().zip(&packed.history.students) {
            let strips = |s: &model::history::StudentHistory| -> Vec<_> {
                s.years.iter().map(|y| y.strip.clone()).collect()
            };
            assert_eq!(strips(one), strips(other));
        }
    }
    let refusal = plain(files.0.path(), "none.csv").unwrap_err().to_string();
    assert!(refusal.contains("none.csv is missing"), "{refusal}");
}

#[test]
fn facts_are_read_and_those_that_name_nothing_are_listed() {
    let read = plain(Files::clean().0.path(), "attendance.csv").unwrap();
    assert!(!read.history.facts_known);
    let files = Files::clean().with(
        "facts.csv",
        "student_id,date,fact,school_id\n700002,2021-08-24,conference_effort,\n700001,2021-08-25,Truancy_Report,100\n\
         700001,2021-08-24,excluded_absence,\n700001,2021-08-24,truancy_letter,\n700009,2021-08-24,truancy_report,\n\
         700001,24 August,truancy_report,\n700001,2021-08-24,truancy_report,200\n700001,2021-08-24,excluded_absence,\n",
    );
    let read = plain(files.0.path(), "attendance.csv").unwrap();
    let fact = |date, kind, school| Fact { date, kind, school };
    assert!(read.history.facts_known);
    assert_eq!(
        read.history.students[0].facts,
        [
            fact(day(2021, 8, 24), FactKind::ExcludedAbsence, None),
            fact(day(2021, 8, 25), FactKind::TruancyReport, Some(0)),
        ]
    );
    assert_eq!(read.history.students[1].facts, [fact(day(2021, 8, 24), FactKind::ConferenceEffort, None)]);
    let told: Vec<String> = read
        .set_aside
        .iter()
        .map(|row| row.to_string().replace(&files.0.path().display().to_string(), "FOLDER"))
        .collect();
    assert_eq!(
        told,
        [
            "FOLDER/facts.csv, line 5, fact: `truancy_letter`: no such fact; truancy_report, conference_effort, truancy_law_followed or excluded_absence is expected",
            "FOLDER/facts.csv, line 6, student_id: `700009`: no such student in the roster; send the roster first, or correct the id",
            "FOLDER/facts.csv, line 7, date: `24 August`: the value cannot be read; correct it at the source",
            "FOLDER/facts.csv, line 8, school_id: `200`: no such school in the roster; send the roster first, or correct the id",
            "FOLDER/facts.csv, line 9, student_id, date, fact, school_id: `700001 / 2021-08-24 / excluded_absence / `: the same row appeared before in this file; it counts once",
        ]
    );
    let counted = &read.counts[2];
    assert_eq!((counted.read, counted.set_aside), (8, 5));
    for kind in FactKind::ALL {
        assert!(Reason::UnknownFact.sentence().contains(kind.name()), "{}", kind.name());
    }
}

#[test]
fn packs_and_profiles_say_when_a_year_begins_and_how_many_marks_a_day_has() {
    let calendar = "school_id,date,instructional,sessions\n100,2021-08-23,1,\n100,2021-09-01,1,1\n";
    let files = Files::clean().with("calendar.csv", calendar);
    let usual = files.read().calendar.unwrap().rows;
    assert_eq!((usual[0].year, usual[0].sessions), (SchoolYear(2021), 1));
    let england = Profile { first_month: Some(9), sessions: Some(2), ..Profile::default() };
    let rows = files.read_with(&england).unwrap().calendar.unwrap().rows;
    assert_eq!((rows[0].year, rows[0].sessions), (SchoolYear(2020), 2));
    assert_eq!((rows[1].year, rows[1].sessions), (SchoolYear(2021), 1));
}

#[test]
fn a_code_map_replaces_the_usual_names_and_names_its_mistakes() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("codes.csv");
    fs::write(&path, "category,meaning\nA,unexcused\nAE,Excused\n").unwrap();
    let codes = read_code_map(&path).unwrap();
    assert_eq!(codes.meaning("a"), Some(Meaning::Unexcused));
    assert_eq!(codes.meaning("Excused Absence"), None);
    fs::write(&path, "category,meaning\nA,unexcused\nB,away\n").unwrap();
    let refusal = read_code_map(&path).unwrap_err().to_string();
    assert!(
        refusal.contains("line 3: `B` = `away`: excused, unexcused, unknown, tardy, partial, early_departure, present or not_counted is expected"),
        "{refusal}"
    );
}

/// What plain files may name, by the delivery that has both sides.
fn roster_of(delivery: &Delivery) -> KnownRoster {
    let mut students: Vec<String> = delivery
        .roles
        .iter()
        .flat_map(|t| &t.rows)
        .filter(|held| held.role == "student")
        .filter_map(|held| {
            let person = delivery.people.as_ref()?.rows.iter().find(|p| p.key == held.person_key)?;
            Some(person.id.clone())
        })
        .collect();
    students.sort();
    let mut schools: Vec<String> = delivery.orgs.iter().flat_map(|t| &t.rows).map(|o| o.id.clone()).collect();
    schools.sort();
    let mut people: Vec<String> =
        delivery.people.iter().flat_map(|t| &t.rows).map(|p| p.id.clone()).collect();
    people.sort();
    KnownRoster { schools, people, students }
}

#[test]
fn a_roster_is_read_by_itself_and_leaves_plain_files_alone() {
    let whole = Files::clean().read();
    let read = |files: &Files| {
        let (profile, today) = (Profile::default(), day(2021, 8, 27));
        read_delivery(files.0.path(), &profile, today, Shapes::default(), Expect::Roster).unwrap()
    };
    let alone = Files::clean().without("calendar.csv").without("enrollments.csv").without("attendance.csv");
    for (files, ignored) in [(alone, 0), (Files::clean(), 3)] {
        let roster = read(&files);
        assert_eq!(roster.carries, Carries::Roster);
        assert_eq!(roster.people.unwrap().rows, whole.people.as_ref().unwrap().rows);
        assert_eq!(roster.roles.unwrap().rows, whole.roles.as_ref().unwrap().rows);
        assert!(roster.calendar.is_none() && roster.enrollments.is_none() && roster.attendance.is_none());
        let said = roster.notes.iter().filter(|n| n.contains("only the roster is read from here")).count();
        assert_eq!(said, ignored, "{:?}", roster.notes);
    }
}

#[test]
fn plain_files_come_by_themselves_and_are_held_to_the_roster_that_is_known() {
    let whole = Files::clean().read();
    let known = roster_of(&whole);
    let read = |path: &Path, known: KnownRoster| {
        let (profile, today) = (Profile::default(), day(2021, 8, 27));
        read_delivery(path, &profile, today, Shapes::default(), Expect::Plain(known))
    };
    let alone = || Files::clean().without("oneroster/manifest.csv").without("oneroster/orgs.csv");
    let alone = || alone().without("oneroster/users.csv").without("oneroster/roles.csv");
    let files = alone();
    let place = TempDir::new().unwrap();
    let zip = place.path().join("plain.zip");
    zip_of(files.0.path(), &zip, "");
    // Alone, in a zip without a manifest, and beside a roster that is not theirs to bring.
    for (path, ignored) in [(files.0.path(), 0), (zip.as_path(), 0), (Files::clean().0.path(), 4)] {
        let plain = read(path, known.clone()).unwrap();
        assert_eq!(plain.carries, Carries::Plain);
        assert!(plain.people.is_none() && plain.orgs.is_none() && plain.roles.is_none());
        assert_eq!(marks(&plain), marks(&whole));
        assert_eq!(plain.enrollments.unwrap().rows, whole.enrollments.as_ref().unwrap().rows);
        let said = plain.notes.iter().filter(|n| n.contains("only the plain files")).count();
        assert_eq!(said, ignored, "{:?}", plain.notes);
    }
    // Whom nobody knows is set aside; a file that must be there still must.
    let gone = known.students[0].clone();
    let fewer = KnownRoster { students: known.students[1..].to_vec(), ..known.clone() };
    let plain = read(files.0.path(), fewer).unwrap();
    let unknown = plain.set_aside.iter().filter(|row| row.reason == Reason::UnknownStudent);
    assert!(
        unknown.clone().count() > 0 && unknown.clone().all(|row| row.value == gone),
        "{:?}",
        plain.set_aside
    );
    let refusal = read(alone().without("attendance.csv").0.path(), known).unwrap_err();
    assert!(matches!(&refusal, Refusal::MissingFile { file, .. } if file == "attendance.csv"), "{refusal}");
}
