//! Exports in the forms that systems and districts write them, read to what the plain file says.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use model::attendance::Shapes;
use model::canonical::Delivery;
use model::report::Refusal;
use model::time::{Date, SchoolYear};
use proptest::prelude::*;
use sis::profile::ready;
use sis::{Expect, Profile, read_delivery};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

const MANIFEST: &str = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\n";
const ORGS: &str = "sourcedId,name,type,identifier,parentSourcedId\nd,District,district,1,\ns,North School,school,100,d\nh,South School,school,SHS,d\n";
const USERS: &str = "sourcedId,enabledUser,username,givenName,familyName,identifier\nu1,true,,Null,Lima,700001\nu2,true,,José,Chen,700002\n";
const ROLES: &str =
    "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,u1,primary,student,s\nr2,u2,primary,student,h\n";
const ENROLLMENTS: &str =
    "student_id,school_id,grade,entry_date,exit_date\n700001,100,03,2021-08-02,\n700002,SHS,04,2021-08-02,\n";

/// A delivery, without its attendance.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        fs::create_dir(folder.0.path().join("oneroster")).unwrap();
        let mut calendar = String::from("school_id,date,instructional\n");
        for day in 2..=31 {
            writeln!(calendar, "100,2021-08-{day:02},1\nSHS,2021-08-{day:02},1").unwrap();
        }
        folder
            .with("oneroster/manifest.csv", MANIFEST)
            .with("oneroster/orgs.csv", ORGS)
            .with("oneroster/users.csv", USERS)
            .with("oneroster/roles.csv", ROLES)
            .with("calendar.csv", calendar)
            .with("enrollments.csv", ENROLLMENTS)
    }

    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    fn try_read(&self, profile: &Profile) -> Result<Delivery, Refusal> {
        let today = day(2021, 8, 27);
        read_delivery(self.0.path(), profile, today, Shapes::default(), Expect::Whole)
    }

    fn read(&self, profile: &Profile) -> Delivery {
        self.try_read(profile).unwrap()
    }

    /// The refusal in words, the folder's own name left out.
    fn refused(&self, profile: &Profile) -> String {
        let refusal = self.try_read(profile).unwrap_err().to_string();
        refusal.replace(&self.0.path().display().to_string(), "FOLDER")
    }
}

fn day(y: i32, m: u32, d: u32) -> Date {
    Date::from_ymd_opt(y, m, d).unwrap()
}

fn profile(text: &str) -> Profile {
    Profile::from_toml("p.toml", text).unwrap()
}

/// What the attendance says: each mark with all that it says, in order.
fn marks(delivery: &Delivery) -> Vec<String> {
    let attendance = delivery.attendance.as_ref().unwrap();
    let mut all = Vec::new();
    for strip in &attendance.strips {
        for mark in strip.strip.marks() {
            let shape = attendance.shapes.get(mark.shape).unwrap();
            let part = (shape.fraction, shape.minutes, &shape.period, shape.unusable);
            let says = format!("{} ({}) {part:?}", shape.category, shape.reason);
            all.push(format!("{} {} {} {says}", strip.student_id, strip.school_id, mark.date(strip.year)));
        }
    }
    all.sort();
    all
}

fn counts(delivery: &Delivery) -> (u64, u64) {
    let attendance = delivery.attendance.as_ref().unwrap();
    (attendance.read, attendance.set_aside)
}

fn told(delivery: &Delivery) -> Vec<String> {
    delivery.set_aside.iter().map(ToString::to_string).collect()
}

/// A profile that comes with the program; what follows a line of its comments that begins so is no comment.
fn ready(name: &str, mapped: bool) -> String {
    let text = ready::find(name).unwrap().text;
    match text.split_once("# [code_map]\n") {
        Some((before, map)) if mapped => format!("{before}[code_map]\n{}", map.replace("# \"", "\"")),
        _ => text.to_owned(),
    }
}

/// Holds an export to the plain file that says the same, read with the same meanings.
fn same_as_plain(folder: Folder, text: &str, plain: &str) -> Delivery {
    let theirs = profile(text);
    let ours = Profile { files: BTreeMap::new(), ..theirs.clone() };
    let wanted = Folder::new().with("attendance.csv", plain).read(&ours);
    let read = folder.read(&theirs);
    assert_eq!(told(&wanted), [""; 0]);
    assert_eq!(told(&read), [""; 0]);
    assert_eq!(marks(&read), marks(&wanted));
    assert_eq!(counts(&read), counts(&wanted));
    // Whoever is called Null keeps the name: the words for nothing are said of the attendance alone.
    let people = &read.people.as_ref().unwrap().rows;
    assert_eq!(people.iter().map(|p| &p.given_name[..]).collect::<Vec<_>>(), ["Null", "José"]);
    read
}

const ASPEN_COLUMNS: &str = "\"state_id\",\"local_id\",\"absence\",\"tardy\",\"dismissed\",\"reason\",\"excused\",\"comment\",\"event_date\",\"school_local_id\"\r\n";
const ASPEN_ROWS: &[u8] = b"\"9001\",\"700001\",\"1\",\"0\",\"0\",\"NULL\",\"0\",\"MTHR CALLED: \\\"SICK, HOME\\\"\",\"2021-08-23\",\"100\"\r
\"9001\",\"700001\",\"true\",\"false\",\"false\",\"M\xe9decin, 2\",\"true\",\"on two\r\nlines\",\"2021-08-24\",\"100\"\r
\"NULL\",\"700002\",\"1\",\"0\",\"0\",\"\",\"NULL\",\"NULL\",\"2021-08-24\",\"SHS\"\r
\"NULL\",\"700002\",\"0\",\"1\",\"1\",\"Bus\",\"NULL\",\"\",\"2021-08-25\",\"SHS\"\r
\"NULL\",\"700002\",\"0\",\"0\",\"0\",\"\",\"\",\"\",\"2021-08-26\",\"SHS\"";
const ASPEN_PLAIN: &str = "student_id,school_id,date,category,reason
700001,100,2021-08-23,Unexcused Absence,
700001,100,2021-08-24,Excused Absence,\"M\u{e9}decin, 2\"
700002,SHS,2021-08-24,Absence,
700002,SHS,2021-08-25,Tardy,Bus
700002,SHS,2021-08-25,Early departure,Bus
700002,SHS,2021-08-26,Present,\n";

#[test]
fn aspen_with_its_quotes_nulls_and_old_letters_is_the_plain_file() {
    let export = [ASPEN_COLUMNS.as_bytes(), ASPEN_ROWS].concat();
    let folder = Folder::new().with("student_attendance_export.csv", &export);
    let delivery = same_as_plain(folder, &ready("aspen", false), ASPEN_PLAIN);
    assert_eq!(
        delivery.notes,
        [
            "student_attendance_export.csv: not UTF-8; read as Windows-1252",
            "student_attendance_export.csv: marks beyond the first of a row, each counted as a row: 1"
        ]
    );
    // As a district of the three writes its header.
    let header = ASPEN_COLUMNS.replace('"', "'");
    let folder = Folder::new().with("attendance.csv", [header.as_bytes(), ASPEN_ROWS].concat());
    same_as_plain(folder, &ready("aspen", false), ASPEN_PLAIN);
}

#[test]
fn aspen_without_a_header_is_the_plain_file() {
    let text = ready("aspen", false);
    let (before, table) = text.split_once("[files.attendance.columns]").unwrap();
    let (_, codes) = table.split_once("[code_map]").unwrap();
    let text = format!(
        "{}[code_map]{codes}",
        before.replace("#   header", "header").replace("#   columns", "columns")
    );
    assert!(text.contains("\nheader = false\ncolumns = ["), "{text}");
    same_as_plain(Folder::new().with("attendance.csv", ASPEN_ROWS), &text, ASPEN_PLAIN);
}

#[test]
fn powerschool_says_its_codes_in_a_second_file() {
    let attendance = "student_id,school_id,att_date,attendance_codeid,att_mode_code,total_minutes
700001,100,2021-08-23,11,ATT_ModeDaily,390
700001,100,08/24/2021,12,ATT_ModeDaily,390
700001,100,2021-08-24,11,ATT_ModeMeeting,45
700002,SHS,8/24/2021,13,ATT_ModeDaily,
700002,SHS,2021-08-25,14,ATT_ModeDaily,
700002,SHS,2021-08-26,15,ATT_ModeDaily,\n";
    let codes = "id,att_code,presence_status_cd,calculate_ada_yn,calculate_adm_yn
11,A,Absent,0,1\n12,E,Absent,0,1\n13,T,Present,1,1\n14,true,Present,1,1\n15,,Present,1,1\n";
    let plain = "student_id,school_id,date,category
700001,100,2021-08-23,Absent A
700001,100,2021-08-24,Absent E
700002,SHS,2021-08-24,Present T
700002,SHS,2021-08-25,Present true
700002,SHS,2021-08-26,Present\n";
    let folder = || Folder::new().with("attendance_code.csv", codes);
    let text = ready("powerschool", true);
    let delivery = same_as_plain(folder().with("attendance.csv", attendance), &text, plain);
    assert_eq!(delivery.notes, ["attendance.csv: rows that the profile leaves out by `only`: 1"]);

    // A code that nobody explains, and codes that nobody has mapped.
    let attendance = attendance.replace(",12,", ",99,");
    let delivery = folder().with("attendance.csv", &attendance).read(&profile(&ready("powerschool", false)));
    let unmapped: Vec<_> = delivery.unmapped.iter().map(|(code, rows)| (code.as_str(), *rows)).collect();
    let wanted = [("Absent A", 1), ("Present T", 1), ("Present true", 1), ("attendance_codeid=99", 1)];
    assert_eq!(unmapped, wanted);
    assert!(told(&delivery)[1].starts_with("attendance.csv, line 3, category: `attendance_codeid=99`"));

    let folder = Folder::new().with("attendance.csv", &attendance);
    let refused = folder.refused(&profile(&text));
    assert!(refused.starts_with("FOLDER: attendance_code.* is missing"), "{refused}");
    let folder = folder.with("attendance_code.csv", format!("{codes}11,B,Absent,0,1\n"));
    let refused = folder.refused(&profile(&text));
    assert!(refused.contains("attendance_code.csv: cannot be read: line 7: `11` stood before"), "{refused}");
}

#[test]
fn clever_says_what_is_new_and_an_excuse_is_part_of_the_category() {
    let export =
        "Student_id,School_id,Section_id,Attendance_date,Attendance_type,Attendance_status,Excuse_code,Sis_id
700001,100,,2021-08-23,daily,absent,,1
700001,100,,2021-08-24,daily,absent,ILL,2
700002,SHS,,2021-08-24,daily,tardy,,3
700002,SHS,,2021-08-25,daily,present,,4\n";
    let plain = "student_id,school_id,date,category
700001,100,2021-08-23,absent
700001,100,2021-08-24,absent ILL
700002,SHS,2021-08-24,tardy
700002,SHS,2021-08-25,present\n";
    let text = ready("clever", false).replace("# \"absent ILL\"", "\"absent ILL\"");
    let delivery = same_as_plain(Folder::new().with("attendance.csv", export), &text, plain);
    let attendance = delivery.attendance.unwrap();
    assert_eq!((attendance.since, attendance.covers.len()), (Some(Date::MAX), 0));
    let section = export.replace("100,,2021-08-23,daily", "100,c1,2021-08-23,section");
    let delivery = Folder::new().with("attendance.csv", section).read(&profile(&text));
    assert!(told(&delivery)[0].starts_with("attendance.csv, line 2, period: `c1`: a period without"));
}

#[test]
fn skyward_says_parts_of_a_day_in_numbers() {
    let export =
        "student_id,school_id,date,CalendarDayID,DaysAbsent,DaysExcused,DaysUnexcused,DaysOther,TardyCount
700001,100,2021-08-23,1,1.00,0.50,0.50,0.00,0
700001,100,2021-08-24,2,0.25,0.00,0.00,0.25,2
700002,SHS,2021-08-24,2,1,1,0,0,0
700002,SHS,2021-08-25,3,0.00,0.00,0.00,0.00,0\n";
    let plain = "student_id,school_id,date,category,duration
700001,100,2021-08-23,Excused Absence,0.5
700001,100,2021-08-23,Unexcused Absence,0.5
700001,100,2021-08-24,Other Absence,0.25
700001,100,2021-08-24,Tardy,
700002,SHS,2021-08-24,Excused Absence,1
700002,SHS,2021-08-25,Present,\n";
    let folder = || Folder::new();
    same_as_plain(folder().with("attendance.csv", export), &ready("skyward", false), plain);

    // The date in a file of the calendar's days, as the profile's own comment has it.
    let (before, after) = ready("skyward", false)
        .split_once("\n[code_map]")
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .unwrap();
    let join = "[[files.attendance.join]]\nname = \"CalendarDay.csv\"\non = \"CalendarDayID\"\nkey = \"CalendarDayID\"\n";
    let columns = "[files.attendance.columns]\ndate = \"Day\"\n";
    let text = format!("{before}\n{join}{columns}[code_map]{after}");
    let mut days = String::from("CalendarDayID,Day\n");
    let mut export = export.replace("school_id,date,", "school_id,");
    for (id, date) in [(1, "2021-08-23"), (2, "2021-08-24"), (3, "2021-08-25")] {
        writeln!(days, "{id},{date}").unwrap();
        export = export.replace(&format!(",{date},{id},"), &format!(",{id},"));
    }
    same_as_plain(folder().with("attendance.csv", export).with("CalendarDay.csv", days), &text, plain);
}

#[test]
fn aeries_says_a_code_for_the_whole_day_or_none() {
    let export = "school_id,StudentID,date,AL
100,700001,2021-08-23T00:00:00,A
100,700001,2021-08-24T00:00:00,E
SHS,700002,2021-08-24T00:00:00,
SHS,700002,2021-08-25T00:00:00,T\n";
    let plain = "student_id,school_id,date,category
700001,100,2021-08-23,A
700001,100,2021-08-24,E
700002,SHS,2021-08-25,T\n";
    same_as_plain(Folder::new().with("ATT.csv", export), &ready("aeries", true), plain);
}

#[test]
fn an_extract_of_infinite_campus_has_the_districts_own_delimiter_and_names() {
    let export = "studentNumber|school_id|date|category|reason
700001|100|08/23/2021|UNX|\"left | early\"
700002|SHS|08/24/2021|UNX|Jos\u{e9}'s cold\n";
    let plain = "student_id,school_id,date,category,reason
700001,100,2021-08-23,UNX,left | early
700002,SHS,2021-08-24,UNX,Jos\u{e9}'s cold\n";
    let text = ready("infinite-campus", true)
        .replace("delimiter = \",\"", "delimiter = \"|\"\ndates = [\"MM/DD/YYYY\"]\nname = \"ATT_*.dat\"")
        .replace(
            "#   [files.attendance.columns]\n#   student_id",
            "#\n[files.attendance.columns]\nstudent_id",
        );
    // Tables follow what they are tables of, or come before it: both are TOML.
    same_as_plain(Folder::new().with("att_20210824.DAT", export), &text, plain);
}

#[test]
fn a_file_in_another_encoding_is_read_as_what_the_profile_calls_it() {
    let plain = "student_id,school_id,date,category,reason\n700001,100,2021-08-23,Tardy,Garçon – “hélas”\n";
    let old = plain.replace('–', "\u{1}").replace('“', "\u{2}").replace('”', "\u{3}");
    let old: Vec<u8> = old
        .chars()
        .map(|letter| match letter {
            '\u{1}' => 0x96,
            '\u{2}' => 0x93,
            '\u{3}' => 0x94,
            letter => letter as u8,
        })
        .collect();
    let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe][..], &wide].concat();
    let wanted = marks(&Folder::new().with("attendance.csv", plain).read(&Profile::default()));
    for (encoding, bytes) in [("windows-1252", &old), ("utf-16", &wide), ("utf-16", &marked)] {
        let text = format!("[files.attendance]\nencoding = \"{encoding}\"");
        let delivery = Folder::new().with("attendance.csv", bytes).read(&profile(&text));
        assert_eq!((marks(&delivery), told(&delivery)), (wanted.clone(), Vec::new()), "{encoding}");
        assert_eq!(delivery.notes, [""; 0], "{encoding}");
    }
    let refused = Folder::new()
        .with("attendance.csv", plain)
        .refused(&profile("[files.attendance]\nencoding = \"utf-16\""));
    let why = "attendance.csv: cannot be read: near line 1: the profile calls it UTF-16, which it is not";
    assert!(refused.starts_with(why), "{refused}");
}

#[test]
fn a_file_is_known_by_the_name_that_the_profile_has_for_it() {
    let rows = "student_id|school_id|date|category\n700001|100|2021-08-23|Tardy\n";
    let text =
        "[files.attendance]\nname = \"ATT_*.txt\"\ndelimiter = \"|\"\n[files.roll]\nname = \"taken.csv\"";
    let roll = "school_id,date,taken\n100,2021-08-23,1\n";
    let folder = Folder::new().with("ATT_0823.txt", rows).with("taken.csv", roll);
    let delivery = folder.read(&profile(text));
    assert_eq!((marks(&delivery).len(), delivery.roll.unwrap().rows.len()), (1, 1));
    // A file of the usual name is then none of this kind.
    let delivery = folder.with("attendance.csv", "student_id,school_id,date,category\n").read(&profile(text));
    assert_eq!(delivery.notes, ["attendance.csv: not a file that is read here; ignored"]);
    // Of several nights it is not ours to choose one.
    let folder = Folder::new().with("ATT_0823.txt", rows).with("ATT_0824.txt", rows);
    let refused = folder.refused(&profile(text));
    let why = "ATT_0824.txt, line 1: one file of a kind, and ATT_0823.txt is of this kind already; leave one";
    assert!(refused.starts_with(why), "{refused}");
}

#[test]
fn a_file_of_what_is_recent_is_the_truth_of_its_window_alone() {
    let rows =
        "student_id,school_id,date,category\n700001,100,2021-08-26,Tardy\n700002,SHS,2021-08-20,Tardy\n";
    let text = "[files.attendance]\nmode = \"incremental\"\nwindow = 5";
    let delivery = Folder::new().with("attendance.csv", rows).read(&profile(text));
    assert_eq!(marks(&delivery).len(), 2);
    let attendance = delivery.attendance.unwrap();
    assert_eq!(attendance.since, Some(day(2021, 8, 23)));
    // The other school is named on no day of the window.
    assert_eq!(attendance.covers, [("100".to_owned(), SchoolYear(2021))]);
    let full = Folder::new().with("attendance.csv", rows).read(&Profile::default()).attendance.unwrap();
    assert_eq!((full.since, full.covers.len()), (None, 2));
}

#[test]
fn what_is_wrong_is_named_by_its_place_in_the_districts_file() {
    let profile = profile(&ready("aspen", false));
    let export =
        |rows: &[u8]| Folder::new().with("attendance.csv", [ASPEN_COLUMNS.as_bytes(), rows].concat());
    let rows = b"\"9\",\"700001\",\"1\",\"0\",\"0\",\"\",\"0\",\"two\nlines\",\"2021-08-02\",\"100\"

\"9\",\"700009\",\"1\",\"0\",\"0\",\"\",\"0\",\"\",\"2021-08-03\",\"100\"
\"9\",\"700001\",\"maybe\",\"0\",\"0\",\"\",\"0\",\"\",\"2021-08-03\",\"100\"
\"9\",\"700001\",\"0\",\"\",\"0\",\"\",\"0\",\"\",\"2021-08-04\",\"100\"
\"9\",\"700001\",\"1\",\"0\",\"0\",\"\",\"0\",\"\",\"2021-08-05\"
\"9\",\"700001\",\"1\",\"0\",\"0\",\"\",\"0\",\"\",\"2021-08-06\",\"100\",\"x\"
\"9\",\"700001\",\"1\",\"1\",\"0\",\"\",\"0\",\"\",\"soon\",\"100\"
\"9\"
\"9\",\"700001\",\"1\",\"0\",\"0\",\"\x81\",\"0\",\"\",\"2021-08-09\",\"100\"\n";
    let delivery = export(rows).read(&profile);
    let told = told(&delivery);
    let places: Vec<_> = told.iter().map(|t| t.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect();
    assert_eq!(
        places,
        [
            "attendance.csv, line 5, student_id: `700009`",
            "attendance.csv, line 6, category: `absence=maybe excused=0 tardy=0 dismissed=0`",
            "attendance.csv, line 7, category: `absence=0 excused=0 tardy= dismissed=0`",
            "attendance.csv, line 8: `9 fields, the header has 10`",
            "attendance.csv, line 9: `11 fields, the header has 10`",
            "attendance.csv, line 10, date: `soon`",
            "attendance.csv, line 10, date: `soon`",
            "attendance.csv, line 11: `1 fields, the header has 10`",
            "attendance.csv, line 12: `\u{fffd}`",
        ],
        "{told:#?}"
    );
    let unusable = marks(&delivery).iter().filter(|mark| mark.ends_with("true)")).count();
    // Days whose row cannot be used are unknown: those of lines 6, 7, 9 and 12.
    assert_eq!((unusable, counts(&delivery)), (4, (10, 9)));
    let unmapped: Vec<_> = delivery.unmapped.values().copied().collect();
    assert_eq!(unmapped, [1, 1]);

    let refused = export(b"\"9\",\"700001\",\"1\"\n\"9,\n").refused(&profile);
    let why = "attendance.csv: cannot be read: line 3: a quote is opened and never closed";
    assert!(refused.starts_with(why), "{refused}");
    for missing in ["event_date", "dismissed"] {
        let header = ASPEN_COLUMNS.replace(missing, "other");
        let refused = Folder::new().with("attendance.csv", header).refused(&profile);
        let why = format!("attendance.csv, line 1: the column `{missing}` is missing; found `state_id,");
        assert!(refused.starts_with(&why), "{refused}");
    }
}

/// A row of Aspen's export, and the plain rows that say the same.
#[derive(Debug, Clone)]
struct Told {
    date: u32,
    student: bool,
    absence: bool,
    tardy: bool,
    dismissed: bool,
    excused: Option<bool>,
    reason: String,
    comment: String,
}

impl Told {
    fn who(&self) -> (&'static str, &'static str) {
        if self.student { ("700001", "100") } else { ("700002", "SHS") }
    }

    fn aspen(&self, out: &mut String) {
        let bit = |truth: bool| if truth { "1" } else { "0" };
        let excused = self.excused.map_or("NULL", bit);
        let quoted = |text: &str| text.replace('"', "\\\"");
        let (student, school) = self.who();
        let cells = [
            "NULL",
            student,
            bit(self.absence),
            bit(self.tardy),
            bit(self.dismissed),
            &quoted(&self.reason),
            excused,
            &quoted(&self.comment),
            &format!("2021-08-{:02}", self.date),
            school,
        ];
        writeln!(out, "\"{}\"", cells.join("\",\"")).unwrap();
    }

    fn plain(&self, out: &mut String) {
        let mut categories = Vec::new();
        if self.absence {
            categories.push(match self.excused {
                Some(true) => "Excused Absence",
                Some(false) => "Unexcused Absence",
                None => "Absence",
            });
        }
        if self.tardy {
            categories.push("Tardy");
        }
        if self.dismissed {
            categories.push("Early departure");
        }
        if categories.is_empty() {
            categories.push("Present");
        }
        let (student, school) = self.who();
        let reason = self.reason.replace('"', "\"\"");
        for category in categories {
            writeln!(out, "{student},{school},2021-08-{:02},{category},\"{reason}\"", self.date).unwrap();
        }
    }
}

fn row() -> impl Strategy<Value = Told> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<Option<bool>>());
    (2_u32..28, any::<bool>(), flags, "[a-c\", é]{0,6}", "[a\", \n\ré]{0,6}").prop_map(
        |(date, student, (absence, tardy, dismissed, excused), reason, comment)| Told {
            date,
            student,
            absence,
            tardy,
            dismissed,
            excused,
            reason,
            comment,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_export_says_what_the_plain_file_says_whatever_stands_in_it(rows in prop::collection::vec(row(), 0..40)) {
        let (mut export, mut plain) = (ASPEN_COLUMNS.to_owned(), "student_id,school_id,date,category,reason\n".to_owned());
        for row in &rows {
            row.aspen(&mut export);
            row.plain(&mut plain);
        }
        let theirs = profile(&ready("aspen", false));
        let ours = Profile { files: BTreeMap::new(), ..theirs.clone() };
        let wanted = Folder::new().with("attendance.csv", plain).read(&ours);
        let read = Folder::new().with("attendance.csv", export).read(&theirs);
        prop_assert_eq!(marks(&read), marks(&wanted));
        prop_assert_eq!(counts(&read), counts(&wanted));
        let reasons = |delivery: &Delivery| delivery.set_aside.iter().map(|row| row.reason).collect::<Vec<_>>();
        prop_assert_eq!(reasons(&read), reasons(&wanted));
    }
}
