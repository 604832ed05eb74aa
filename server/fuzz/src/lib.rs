//! What is done with bytes that a stranger chose, for each parser. Whatever they are, it ends with rows or with a
//! refusal in words; and of a file that was read, each row was used or set aside.

#![allow(clippy::unwrap_used, reason = "a test: it writes to its own folder")]

// The files of a tiny district, as the tests of `sis` have them.
#[path = "../../sis/tests/stub/tiny.rs"]
mod tiny;

use chrono::NaiveDate;
use model::attendance::Shapes;
use model::canonical::{Carries, Delivery, HeldRoster, Table};
use model::report::Refusal;
use sis::{Expect, Profile, changes_in, read_delivery};
use std::cell::OnceCell;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// The files of which one is replaced; a file of OneRoster by its place in the zip.
const FILES: [&str; 16] = [
    "oneroster/manifest.csv",
    "oneroster/orgs.csv",
    "oneroster/academicSessions.csv",
    "oneroster/courses.csv",
    "oneroster/classes.csv",
    "oneroster/users.csv",
    "oneroster/roles.csv",
    "oneroster/enrollments.csv",
    "oneroster/demographics.csv",
    "calendar.csv",
    "enrollments.csv",
    "attendance.csv",
    "contacts.csv",
    "students.csv",
    "bells.csv",
    "roll.csv",
];

/// The plain files of the tiny district.
const PLAIN: [(&str, &str); 7] = [
    (
        "calendar.csv",
        "school_id,date,instructional,minutes\n91,2026-01-12,1,390\n91,2026-01-13,true,390\n92,2026-01-12,\"1\",\n",
    ),
    (
        "enrollments.csv",
        "student_id,school_id,grade,entry_date,exit_date\n1010,91,03,2025-09-01,\n1011,91,03,2025-09-01,2026-01-13\n",
    ),
    (
        "attendance.csv",
        "student_id,school_id,date,category,duration,minutes,period\n1010,91,2026-01-12,Unexcused Absence,0.5,,\n1011,91,2026-01-12,Tardy,,20,1\n",
    ),
    (
        "contacts.csv",
        "student_id,contact_id,relation,given_name,family_name,phone,email,language,legal_restriction\n1010,700,mother,Cy,Parent,555 0100,cy@home.test,es,false\n",
    ),
    ("students.csv", "student_id,birth_date,homeless\n1010,2016-02-03,0\n"),
    ("bells.csv", "school_id,period,start,end\n91,1,08:00,08:50\n"),
    ("roll.csv", "school_id,date,taken\n91,2026-01-13,false\n"),
];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 1).unwrap()
}

/// The tiny district, made once a thread.
fn district() -> PathBuf {
    thread_local! {
        static MADE: OnceCell<TempDir> = const { OnceCell::new() };
    }
    MADE.with(|made| {
        let folder = made.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            tiny::tiny(folder.path());
            for (name, text) in PLAIN {
                fs::write(folder.path().join(name), text).unwrap();
            }
            folder
        });
        folder.path().to_owned()
    })
}

fn read(from: &Path, profile: &Profile, expect: Expect) -> Result<Delivery, Refusal> {
    let _ = changes_in(from, profile, expect.carries());
    let delivery = read_delivery(from, profile, today(), Shapes::default(), expect)?;
    fn adds_up<T>(table: &Option<Table<T>>) {
        if let Some(table) = table {
            assert_eq!(table.read, table.rows.len() as u64 + table.set_aside, "{}", table.file);
        }
    }
    adds_up(&delivery.calendar);
    adds_up(&delivery.enrollments);
    adds_up(&delivery.contacts);
    Ok(delivery)
}

/// Bytes as a district's zip.
pub fn zip(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.zip");
    fs::write(&file, bytes).unwrap();
    let _ = read(&file, &Profile::default(), Expect::Whole);
}

/// Bytes as one file of a delivery that is good otherwise; the first byte says which.
pub fn file(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let name = FILES[usize::from(*first) % FILES.len()];
    let folder = district();
    let good = fs::read(folder.join(name)).unwrap();
    fs::write(folder.join(name), text).unwrap();
    let held = HeldRoster::default();
    let _ = read(&folder, &Profile::default(), Expect::Whole);
    let _ = read(&folder, &Profile::default(), Expect::Changes(Carries::Whole, held));
    fs::write(folder.join(name), good).unwrap();
}

/// Bytes as a profile and, behind a 0, as the attendance that it is for.
pub fn profile(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let Ok(text) = str::from_utf8(&bytes[..at]) else { return };
    let Ok(profile) = Profile::from_toml("fuzz.toml", text) else { return };
    let folder = district();
    let good = fs::read(folder.join("attendance.csv")).unwrap();
    fs::write(folder.join("attendance.csv"), bytes.get(at + 1..).unwrap_or(&[])).unwrap();
    let _ = read(&folder, &profile, Expect::Whole);
    fs::write(folder.join("attendance.csv"), good).unwrap();
}

/// Bytes as a rule pack.
pub fn pack(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(pack) = rules::packs::parse("fuzz.toml", text) {
        let _ = rules::packs::show(&pack);
    }
}

/// What each target begins with.
pub fn seeds() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let folder = district();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut files = Vec::new();
    for (place, name) in FILES.iter().enumerate() {
        let bytes = fs::read(folder.join(name)).unwrap();
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
        files.push([&[place as u8][..], &bytes].concat());
    }
    let attendance = fs::read(folder.join("attendance.csv")).unwrap();
    let profiles = sis::profile::ready::ALL.iter();
    let profiles = profiles.map(|ready| [ready.text.as_bytes(), &[0], &attendance].concat());
    let packs = rules::packs::builtin().iter().filter_map(|pack| rules::packs::text(pack).ok());
    vec![
        ("zip", vec![zip.finish().unwrap().into_inner()]),
        ("file", files),
        ("profile", profiles.collect()),
        ("pack", packs.map(String::into_bytes).collect()),
    ]
}
