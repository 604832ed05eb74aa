//! What the demo district promises, read back from the files as a district's sync would read them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Datelike, NaiveDate, Weekday};
use demo::people::why;
use demo::{Plan, Written};
use model::time::Date;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

type Row = BTreeMap<String, String>;

struct Made {
    dir: tempfile::TempDir,
    written: Written,
}

fn day(year: i32, month: u32, day: u32) -> Date {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no date"))
}

fn make(plan: &Plan) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let written = demo::write(plan, dir.path(), &mut |_, _| {}).unwrap();
    Made { dir, written }
}

fn usual() -> Plan {
    Plan::new(day(2026, 4, 21))
}

fn rows_of(reader: impl Read) -> Vec<Row> {
    csv::Reader::from_reader(reader).deserialize().map(|row| row.unwrap()).collect()
}

impl Made {
    fn plain(&self, name: &str) -> Vec<Row> {
        rows_of(std::fs::File::open(self.dir.path().join(name)).unwrap())
    }

    fn roster(&self, name: &str) -> Vec<Row> {
        let file = std::fs::File::open(self.dir.path().join("oneroster.zip")).unwrap();
        let mut zip = zip::ZipArchive::new(file).unwrap();
        rows_of(zip.by_name(&format!("{name}.csv")).unwrap())
    }

    fn header(&self, name: &str) -> String {
        let mut text = String::new();
        match name.strip_prefix("oneroster.zip/") {
            None => text = std::fs::read_to_string(self.dir.path().join(name)).unwrap(),
            Some(inner) => {
                let file = std::fs::File::open(self.dir.path().join("oneroster.zip")).unwrap();
                let mut zip = zip::ZipArchive::new(file).unwrap();
                zip.by_name(inner).unwrap().read_to_string(&mut text).unwrap();
            }
        }
        text.lines().next().unwrap().to_owned()
    }

    fn one(&self, reason: &str) -> String {
        let found = self.written.people.iter().find(|p| p.why == reason);
        found.unwrap_or_else(|| panic!("no {reason}")).person_id.clone()
    }

    /// Days with roll of a school in the year in hand or the one before.
    fn days_with_roll(&self, attendance: &[Row]) -> BTreeSet<(String, Date)> {
        let mut last: BTreeMap<String, Date> = BTreeMap::new();
        for row in attendance {
            let entry = last.entry(row["school_id"].clone()).or_insert(Date::MIN);
            *entry = (*entry).max(date(&row["date"]));
        }
        let not_taken: BTreeSet<(String, Date)> = self
            .plain("roll.csv")
            .iter()
            .filter(|r| r["taken"] == "0")
            .map(|r| (r["school_id"].clone(), date(&r["date"])))
            .collect();
        self.plain("calendar.csv")
            .into_iter()
            .filter(|r| r["instructional"] == "1")
            .map(|r| (r["school_id"].clone(), date(&r["date"])))
            .filter(|key| last.get(&key.0).is_some_and(|l| key.1 <= *l) && !not_taken.contains(key))
            .collect()
    }

    /// Per student of the year in hand: whole or half days absent, and enrolled days with roll, all schools together.
    fn counts(&self) -> BTreeMap<String, (usize, usize)> {
        let first = chrono::NaiveDate::from_ymd_opt(i32::from(self.written.school_year.0), 7, 1).unwrap();
        let attendance = self.plain("attendance.csv");
        let with_roll = self.days_with_roll(&attendance);
        let mut absent: BTreeMap<String, BTreeSet<Date>> = BTreeMap::new();
        for row in &attendance {
            let on = date(&row["date"]);
            let half = row["duration"].is_empty() || row["duration"].parse::<f64>().unwrap() >= 0.5;
            if row["category"].ends_with("Absence")
                && half
                && with_roll.contains(&(row["school_id"].clone(), on))
            {
                absent.entry(row["student_id"].clone()).or_default().insert(on);
            }
        }
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for span in self.plain("enrollments.csv") {
            let entry = date(&span["entry_date"]);
            if entry < first {
                continue;
            }
            let exit = if span["exit_date"].is_empty() { Date::MAX } else { date(&span["exit_date"]) };
            let from = (span["school_id"].clone(), entry);
            let to = (span["school_id"].clone(), exit);
            let enrolled: Vec<Date> = with_roll.range(from..to).map(|(_, d)| *d).collect();
            let missed = absent.get(&span["student_id"]);
            let entry = counts.entry(span["student_id"].clone()).or_default();
            entry.0 += enrolled.iter().filter(|d| missed.is_some_and(|m| m.contains(d))).count();
            entry.1 += enrolled.len();
        }
        counts
    }
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let (one, two) = (make(&usual()), make(&usual()));
    assert_eq!(one.written, two.written);
    assert!(bytes(one.dir.path()) == bytes(two.dir.path()), "bytes differ");
    let other = make(&Plan { seed: 2, ..usual() });
    assert!(bytes(one.dir.path())["attendance.csv"] != bytes(other.dir.path())["attendance.csv"]);
}

#[test]
fn writing_into_the_same_folder_replaces_what_was_there() {
    let made = make(&usual());
    let smaller = Plan { students: 300, ..usual() };
    demo::write(&smaller, made.dir.path(), &mut |_, _| {}).unwrap();
    assert!(bytes(made.dir.path()) == bytes(make(&smaller).dir.path()));
}

#[test]
fn there_are_three_schools_up_to_1800_students_and_then_one_for_each_600() {
    for (students, schools) in [(1_200, 3), (1_800, 3), (1_801, 4), (2_400, 4), (3_600, 6)] {
        let made = make(&Plan { students, ..usual() });
        let orgs = made.roster("orgs");
        assert_eq!(orgs.iter().filter(|o| o["type"] == "school").count(), schools, "{students}");
        let mut names: Vec<&String> = orgs.iter().map(|o| &o["name"]).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), orgs.len(), "each has its own name");
    }
}

#[test]
fn as_many_students_begin_the_year_as_were_asked_for() {
    for students in [100, 700, 1_200, 2_400] {
        let made = make(&Plan { students, ..usual() });
        let first = demo_first_day(&made);
        let spans = made.plain("enrollments.csv");
        let begin: BTreeSet<&String> =
            spans.iter().filter(|r| date(&r["entry_date"]) == first).map(|r| &r["student_id"]).collect();
        assert_eq!(begin.len(), students as usize);
    }
}

fn demo_first_day(made: &Made) -> Date {
    let july = day(i32::from(made.written.school_year.0), 7, 1);
    made.plain("calendar.csv").iter().map(|r| date(&r["date"])).filter(|d| *d >= july).min().unwrap()
}

#[test]
fn a_size_or_date_that_cannot_be_made_is_refused_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("district");
    let small = Plan { students: 99, ..usual() };
    let message = demo::write(&small, &out, &mut |_, _| {}).unwrap_err().to_string();
    assert_eq!(message, "99 students asked for; 100 to 1000000 are possible. Ask for another number");
    let early = Plan::new(day(1999, 12, 31));
    let message = demo::write(&early, &out, &mut |_, _| {}).unwrap_err().to_string();
    assert_eq!(
        message,
        "1999-12-31 asked for as today; 2001-01-01 to 2099-12-31 is possible. Ask for another date"
    );
    assert!(!out.exists());
}

#[test]
fn headers_are_those_of_the_contract_and_of_oneroster_1_2() {
    let made = make(&usual());
    let mut table = String::new();
    for file in &made.written.files {
        table.push_str(&format!("{}: {}\n", file.name, made.header(&file.name)));
    }
    assert_eq!(table, include_str!("headers.txt"));
}

#[test]
fn the_roster_is_valid_in_bulk_mode() {
    let made = make(&usual());
    let manifest: BTreeMap<String, String> = made
        .roster("manifest")
        .into_iter()
        .map(|r| (r["propertyName"].clone(), r["value"].clone()))
        .collect();
    assert_eq!(manifest["manifest.version"], "1.0");
    assert_eq!(manifest["oneroster.version"], "1.2");
    assert_eq!(manifest.keys().filter(|k| k.starts_with("file.")).count(), 21);
    let keys = |name: &str| -> BTreeSet<String> {
        made.roster(name).iter().map(|r| r["sourcedId"].clone()).collect()
    };
    let (orgs, users, classes) = (keys("orgs"), keys("users"), keys("classes"));
    let (courses, sessions) = (keys("courses"), keys("academicSessions"));
    let tables =
        ["orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments", "demographics"];
    for name in tables {
        let rows = made.roster(name);
        assert_eq!(manifest[&format!("file.{name}")], "bulk");
        assert_eq!(rows.len(), keys(name).len(), "{name}: a sourcedId stands twice");
        for row in &rows {
            assert!(row["status"].is_empty() && row["dateLastModified"].is_empty(), "{name}");
            let id = &row["sourcedId"];
            let allowed = |c: char| c.is_ascii_alphanumeric() || "./@_-".contains(c);
            assert!(!id.is_empty() && id.len() <= 255 && id.chars().all(allowed), "{name}: {id}");
        }
    }
    let mut identifiers = BTreeSet::new();
    let mut usernames = BTreeSet::new();
    for user in made.roster("users") {
        assert!(["true", "false"].contains(&user["enabledUser"].as_str()));
        assert!(user["identifier"].bytes().all(|b| b.is_ascii_digit()));
        assert!(identifiers.insert(user["identifier"].clone()), "{} stands twice", user["identifier"]);
        assert!(usernames.insert(user["username"].clone()), "{} stands twice", user["username"]);
        assert!(user["password"].is_empty(), "no passwords");
        assert!(!user["givenName"].is_empty() && !user["familyName"].is_empty());
        assert!(user["agentSourcedIds"].split(',').all(|key| key.is_empty() || users.contains(key)));
    }
    let mut primary = BTreeMap::<String, usize>::new();
    for role in made.roster("roles") {
        assert!(users.contains(&role["userSourcedId"]) && orgs.contains(&role["orgSourcedId"]));
        *primary.entry(role["userSourcedId"].clone()).or_default() +=
            usize::from(role["roleType"] == "primary");
    }
    assert_eq!(primary.len(), users.len(), "everybody has a role");
    assert!(primary.values().all(|&n| n == 1), "and one that is primary");
    for class in made.roster("classes") {
        assert!(courses.contains(&class["courseSourcedId"]) && orgs.contains(&class["schoolSourcedId"]));
        assert!(class["termSourcedIds"].split(',').all(|t| sessions.contains(t)));
        assert!(["homeroom", "scheduled"].contains(&class["classType"].as_str()));
    }
    for row in made.roster("enrollments") {
        assert!(classes.contains(&row["classSourcedId"]) && users.contains(&row["userSourcedId"]));
        assert!(["student", "teacher"].contains(&row["role"].as_str()));
    }
    for row in made.roster("demographics") {
        assert!(users.contains(&row["sourcedId"]));
        date(&row["birthDate"]);
    }
}

#[test]
fn every_enrolled_student_has_a_homeroom_of_a_usual_size_and_six_periods_from_grade_6() {
    let made = make(&usual());
    let classes: BTreeMap<String, Row> =
        made.roster("classes").into_iter().map(|r| (r["sourcedId"].clone(), r)).collect();
    let mut periods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    let mut teachers: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in made.roster("enrollments") {
        let class = &classes[&row["classSourcedId"]];
        if row["role"] == "teacher" && row["primary"] == "true" {
            for period in class["periods"].split(',') {
                let slot = (row["userSourcedId"].clone(), period.to_owned());
                teachers.entry(slot).or_default().push(row["classSourcedId"].clone());
            }
        } else if row["role"] == "student" {
            *sizes.entry(row["classSourcedId"].clone()).or_default() += 1;
            if row["endDate"].is_empty() {
                let day = periods.entry(row["userSourcedId"].clone()).or_default();
                day.extend(class["periods"].split(',').map(str::to_owned));
            }
        }
    }
    assert!(teachers.values().all(|c| c.len() == 1), "nobody teaches two classes at once");
    assert!(sizes.values().all(|n| (8..=25).contains(n)), "{sizes:?}");
    let enrolled: Vec<Row> = made
        .roster("users")
        .into_iter()
        .filter(|u| u["sourcedId"].starts_with("student-") && u["enabledUser"] == "true")
        .collect();
    assert!(enrolled.len() > 1_150);
    for student in enrolled {
        let mut day = periods.get(&student["sourcedId"]).cloned().unwrap_or_default();
        day.sort();
        let young = ["KG", "01", "02", "03", "04", "05"].contains(&student["grades"].as_str());
        let expected: &[&str] = if young { &["AM", "PM"] } else { &["1", "2", "3", "4", "5", "6", "HR"] };
        assert_eq!(day, expected, "grade {}", student["grades"]);
    }
}

#[test]
fn a_school_year_has_170_to_185_days_of_instruction_and_none_on_a_holiday() {
    // Weekdays and leap years repeat after 28 years.
    for year in 2002..2030 {
        let made = make(&Plan { students: 100, dirty: false, ..Plan::new(day(year, 7, 1)) });
        let mut counts: BTreeMap<(String, i32), usize> = BTreeMap::new();
        for row in made.plain("calendar.csv") {
            let on = date(&row["date"]);
            assert!(!matches!(on.weekday(), Weekday::Sat | Weekday::Sun));
            if row["instructional"] != "1" {
                continue;
            }
            assert!(["210", "390", "400", "405"].contains(&row["minutes"].as_str()));
            assert_eq!(row["sessions"], "1");
            let holiday = (on.month() == 12 && on.day() >= 23)
                || (on.month() == 11 && on.weekday() == Weekday::Thu && (22..=28).contains(&on.day()))
                || (on.month() == 9 && on.weekday() == Weekday::Mon && on.day() <= 7)
                || (on.month() == 5 && on.weekday() == Weekday::Mon && on.day() >= 25);
            assert!(!holiday, "{on}");
            let in_year = if on.month() >= 7 { on.year() } else { on.year() - 1 };
            *counts.entry((row["school_id"].clone(), in_year)).or_default() += 1;
        }
        assert_eq!(counts.len(), 6, "three schools, two years");
        assert!(counts.values().all(|n| (170..=185).contains(n)), "{counts:?}");
    }
}

#[test]
fn there_is_always_attendance_of_the_year_in_hand_and_of_the_year_before() {
    for (today, year) in [
        (day(2025, 8, 20), 2024), // the first day of school itself
        (day(2025, 8, 21), 2025),
        (day(2025, 12, 31), 2025),
        (day(2026, 6, 30), 2025),
        (day(2026, 7, 15), 2025),
    ] {
        let made = make(&Plan { students: 300, ..Plan::new(today) });
        assert_eq!(made.written.school_year.0, year, "{today}");
        let july = day(i32::from(year), 7, 1);
        let attendance = made.plain("attendance.csv");
        assert!(attendance.iter().any(|r| date(&r["date"]) >= july), "{today}");
        assert!(attendance.iter().any(|r| date(&r["date"]) < july), "{today}");
    }
}

#[test]
fn attendance_ends_on_the_school_day_before_today_and_one_school_is_a_day_behind() {
    // 2026-04-21 is a Tuesday; the Friday before was a teachers' day for some years, so the calendar decides.
    let made = make(&usual());
    let school_days: BTreeSet<Date> = made
        .plain("calendar.csv")
        .iter()
        .filter(|r| r["instructional"] == "1" && r["school_id"] == "101")
        .map(|r| date(&r["date"]))
        .collect();
    let before: Vec<Date> = school_days.range(..day(2026, 4, 21)).rev().take(2).copied().collect();
    let mut last: BTreeMap<String, Date> = BTreeMap::new();
    for row in made.plain("attendance.csv") {
        let entry = last.entry(row["school_id"].clone()).or_insert(Date::MIN);
        *entry = (*entry).max(date(&row["date"]));
    }
    let expected =
        [("101", before[0]), ("102", before[1]), ("103", before[0])].map(|(s, d)| (s.to_owned(), d));
    assert_eq!(last, BTreeMap::from(expected));
}

#[test]
fn three_rows_cannot_be_used_when_asked_for_and_none_otherwise() {
    let (dirty, clean) = (make(&usual()), make(&Plan { dirty: false, ..usual() }));
    let (dirty_rows, clean_rows) = (dirty.plain("attendance.csv"), clean.plain("attendance.csv"));
    assert_eq!(dirty_rows.len(), clean_rows.len() + 3);
    assert_eq!(dirty_rows[..clean_rows.len()], clean_rows[..]);
    let bad = &dirty_rows[clean_rows.len()..];
    assert_eq!(date(&bad[0]["date"]).weekday(), Weekday::Sat);
    assert!(dirty.roster("users").iter().all(|u| u["identifier"] != bad[1]["student_id"]));
    assert!(!CATEGORIES.contains(&bad[2]["category"].as_str()));
    assert_eq!(bad[0]["student_id"], dirty.one(why::LONG_NAME));
}

const CATEGORIES: [&str; 5] = ["Excused Absence", "Unexcused Absence", "Tardy", "Partial", "Early departure"];

/// Every mark is on a day with roll, within enrollment, in a known category, with values in range; each student has one
/// mark a day and category.
fn check_marks(made: &Made, today: Date) {
    let attendance = made.plain("attendance.csv");
    let with_roll = made.days_with_roll(&attendance);
    let mut spans: BTreeMap<(String, String), Vec<(Date, Date)>> = BTreeMap::new();
    for row in made.plain("enrollments.csv") {
        let exit = if row["exit_date"].is_empty() { Date::MAX } else { date(&row["exit_date"]) };
        let entry = date(&row["entry_date"]);
        assert!(entry <= today && entry < exit, "{row:?}");
        assert!(exit == Date::MAX || exit <= today, "{row:?}");
        assert!(model::grade::Grade::read(&row["grade"]).is_some());
        spans.entry((row["student_id"].clone(), row["school_id"].clone())).or_default().push((entry, exit));
    }
    let mut seen = BTreeSet::new();
    for row in &attendance {
        let on = date(&row["date"]);
        assert!(on < today, "{row:?}");
        assert!(with_roll.contains(&(row["school_id"].clone(), on)), "{row:?}");
        let key = (row["student_id"].clone(), row["school_id"].clone());
        assert!(spans[&key].iter().any(|(from, to)| (*from..*to).contains(&on)), "{row:?}");
        assert!(CATEGORIES.contains(&row["category"].as_str()), "{row:?}");
        assert!(["", "1", "0.5", "0.4", "0.25", "0.2"].contains(&row["duration"].as_str()), "{row:?}");
        assert!(row["minutes"].is_empty() || row["minutes"].parse::<u16>().unwrap() <= 170, "{row:?}");
        assert!(seen.insert((key.0, on, row["category"].clone())), "{row:?}");
    }
}

#[test]
fn every_mark_lies_on_a_day_with_roll_within_enrollment() {
    let plan = Plan { dirty: false, students: 2_400, ..usual() };
    check_marks(&make(&plan), plan.today);
}

#[test]
fn near_the_years_end_about_a_quarter_has_missed_a_tenth_and_most_have_missed_little() {
    for seed in 1..=4 {
        let made = make(&Plan { seed, ..Plan::new(day(2026, 5, 22)) });
        let counts = made.counts();
        let long: Vec<&(usize, usize)> = counts.values().filter(|c| c.1 >= 10).collect();
        let share = |least: usize| {
            let met = long.iter().filter(|c| 100 * c.0 >= least * c.1).count();
            1_000 * met / long.len()
        };
        let (missed, days) = long.iter().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
        println!(
            "seed {seed}: absent {} of 10,000 days; at 10 %: {}, at 20 %: {}, at 50 %: {} of 1,000; below 5 %: {}",
            10_000 * missed / days,
            share(10),
            share(20),
            share(50),
            1_000 - share(5)
        );
        assert!((220..=270).contains(&share(10)), "{}", share(10));
        assert!((20..=95).contains(&share(20)), "{}", share(20));
        assert!(1_000 - share(5) > 400, "most miss less than a twentieth");
        assert!((600..=800).contains(&(10_000 * missed / days)));
    }
}

#[test]
fn absence_has_seasons_and_mondays_and_both_kinds_of_excuse() {
    let made = make(&Plan { students: 2_400, ..Plan::new(day(2026, 5, 22)) });
    let attendance = made.plain("attendance.csv");
    let with_roll = made.days_with_roll(&attendance);
    let rate = |of: &dyn Fn(Date) -> bool| {
        let days: BTreeSet<Date> = with_roll.iter().map(|k| k.1).filter(|d| of(*d)).collect();
        let marks =
            attendance.iter().filter(|r| r["category"].ends_with("Absence") && of(date(&r["date"]))).count();
        marks / days.len()
    };
    let (september, february) = (rate(&|d| d.month() == 9), rate(&|d| d.month() == 2));
    assert!(february > september * 5 / 4, "{february} {september}");
    let (monday, wednesday) =
        (rate(&|d| d.weekday() == Weekday::Mon), rate(&|d| d.weekday() == Weekday::Wed));
    assert!(monday > wednesday, "{monday} {wednesday}");
    for category in CATEGORIES {
        assert!(attendance.iter().filter(|r| r["category"] == category).count() > 100, "{category}");
    }
}

#[test]
fn some_are_ill_for_weeks_and_some_come_less_and_less() {
    let made = make(&Plan { students: 2_400, ..Plan::new(day(2026, 5, 22)) });
    let july = day(2025, 7, 1);
    let mut long_ill = BTreeMap::<String, usize>::new();
    let mut halves = BTreeMap::<String, (usize, usize)>::new();
    for row in made.plain("attendance.csv").iter().filter(|r| date(&r["date"]) >= july) {
        if row["reason"] == "Illness, doctor's note on file" {
            *long_ill.entry(row["student_id"].clone()).or_default() += 1;
        }
        if row["category"] == "Unexcused Absence" {
            let counted = halves.entry(row["student_id"].clone()).or_default();
            if date(&row["date"]) < day(2026, 1, 10) { counted.0 += 1 } else { counted.1 += 1 }
        }
    }
    assert!(long_ill.values().filter(|n| **n >= 8).count() >= 5, "{long_ill:?}");
    assert!(halves.values().filter(|h| h.1 >= 25 && h.1 >= 2 * h.0).count() >= 5);
}

#[test]
fn people_of_note_are_in_the_roster_with_the_relations_that_make_them_so() {
    let made = make(&usual());
    let users: BTreeMap<String, Row> =
        made.roster("users").into_iter().map(|u| (u["identifier"].clone(), u)).collect();
    let mut roles: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for role in made.roster("roles") {
        let held = (role["role"].clone(), role["orgSourcedId"].clone());
        roles.entry(role["userSourcedId"].clone()).or_default().push(held);
    }
    let roles_of = |id: &String| -> Vec<String> {
        roles[&users[id]["sourcedId"]].iter().map(|(role, _)| role.clone()).collect()
    };
    let all = |reason: &str| -> Vec<String> {
        made.written.people.iter().filter(|p| p.why == reason).map(|p| p.person_id.clone()).collect()
    };
    for person in &made.written.people {
        let user = &users[&person.person_id];
        assert_eq!(person.name, format!("{} {}", user["givenName"], user["familyName"]));
    }
    assert_eq!(roles_of(&made.one(why::DISTRICT_ADMINISTRATOR)), ["districtAdministrator"]);
    for (reason, role) in
        [(why::PRINCIPAL, "principal"), (why::COUNSELOR, "counselor"), (why::HOMEROOM_TEACHER, "teacher")]
    {
        assert_eq!(all(reason).len(), 3, "{reason}");
        let schools: BTreeSet<&String> =
            all(reason).iter().map(|id| &roles[&users[id]["sourcedId"]][0].1).collect();
        assert_eq!(schools.len(), 3);
        assert!(all(reason).iter().all(|id| roles_of(id) == [role]));
    }
    let classes: BTreeMap<String, Row> =
        made.roster("classes").into_iter().map(|r| (r["sourcedId"].clone(), r)).collect();
    let members = made.roster("enrollments");
    for teacher in all(why::HOMEROOM_TEACHER) {
        let key = &users[&teacher]["sourcedId"];
        let own = members.iter().filter(|m| m["userSourcedId"] == *key);
        assert_eq!(own.filter(|m| classes[&m["classSourcedId"]]["classType"] == "homeroom").count(), 1);
    }
    let caseload = made.plain("caseload.csv");
    for counselor in all(why::COUNSELOR) {
        assert!(caseload.iter().filter(|c| c["staff_id"] == counselor).count() >= 10);
    }

    let contacts = made.plain("contacts.csv");
    let children = |id: &String| -> BTreeSet<String> {
        contacts.iter().filter(|c| c["contact_id"] == *id).map(|c| c["student_id"].clone()).collect()
    };
    let both = made.one(why::TEACHER_AND_PARENT);
    assert!(
        roles_of(&both).contains(&"teacher".to_owned()) && roles_of(&both).contains(&"parent".to_owned())
    );
    assert_eq!(children(&both).len(), 2);
    assert_eq!(children(&made.one(why::PARENT_OF_SEVERAL)).len(), 4);
    let restricted = made.one(why::RESTRICTED_PARENT);
    let own: Vec<&Row> = contacts.iter().filter(|c| c["contact_id"] == restricted).collect();
    assert!(own.len() == 2 && own.iter().all(|c| !c["legal_restriction"].is_empty()));
    let other = made.one(why::UNRESTRICTED_PARENT);
    assert!(contacts.iter().filter(|c| c["contact_id"] == other).all(|c| c["legal_restriction"].is_empty()));
    assert_eq!(children(&restricted), children(&other));
    let adult = made.one(why::ADULT_STUDENT);
    let birth =
        made.plain("students.csv").iter().find(|s| s["student_id"] == adult).map(|s| date(&s["birth_date"]));
    assert!(birth.unwrap() <= day(2025 - 18, 8, 1));
    assert!(children(&made.one(why::PARENT_OF_ADULT)).contains(&adult));

    let spans = made.plain("enrollments.csv");
    let last_span = |id: &String| spans.iter().rfind(|s| s["student_id"] == *id).unwrap();
    assert!(!last_span(&made.one(why::WITHDRAWN))["exit_date"].is_empty());
    assert_eq!(users[&made.one(why::WITHDRAWN)]["enabledUser"], "false");
    let moved = made.one(why::MOVED);
    let this_year: Vec<&Row> = spans
        .iter()
        .filter(|s| s["student_id"] == moved && date(&s["entry_date"]) >= day(2025, 7, 1))
        .collect();
    assert_eq!(this_year.len(), 2);
    assert_ne!(this_year[0]["school_id"], this_year[1]["school_id"]);
    assert_eq!(this_year[0]["exit_date"], this_year[1]["entry_date"]);
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    let two = made.one(why::TWO_MARKS);
    for row in made.plain("attendance.csv").iter().filter(|r| r["student_id"] == two) {
        *marks.entry(row["date"].clone()).or_default() += 1;
    }
    assert_eq!(marks.values().filter(|n| **n == 2).count(), 1);
    let noted: Vec<String> =
        made.plain("people-of-note.csv").iter().map(|r| r["person_id"].clone()).collect();
    assert_eq!(noted, made.written.people.iter().map(|p| p.person_id.clone()).collect::<Vec<_>>());
}

#[test]
fn one_student_stands_exactly_at_ten_percent_and_one_a_day_below_on_any_day() {
    for today in [day(2025, 8, 21), day(2025, 9, 30), day(2026, 1, 30), day(2026, 4, 21), day(2026, 6, 29)] {
        let made = make(&Plan { students: 200, dirty: false, ..Plan::new(today) });
        let counts = made.counts();
        let (absent, days) = counts[&made.one(why::EXACTLY_AT)];
        assert!(10 * absent >= days && 10 * (absent - 1) < days, "{today}: {absent} of {days}");
        let (absent, days) = counts[&made.one(why::ONE_BELOW)];
        assert!(10 * absent < days && 10 * (absent + 1) >= days, "{today}: {absent} of {days}");
    }
}

#[test]
fn the_next_morning_adds_rows_and_changes_hardly_any() {
    let (one, two) = (make(&usual()), make(&Plan::new(day(2026, 4, 22))));
    let set = |made: &Made, file: &str| -> BTreeSet<Row> { made.plain(file).into_iter().collect() };
    for (file, may_go) in
        [("attendance.csv", 5), ("enrollments.csv", 5), ("contacts.csv", 0), ("caseload.csv", 2)]
    {
        let gone = set(&one, file).difference(&set(&two, file)).count();
        assert!(gone <= may_go, "{file}: {gone} rows went");
    }
    assert!(two.plain("attendance.csv").len() > one.plain("attendance.csv").len());
}

#[test]
fn a_revision_excuses_some_absences_removes_a_few_and_changes_nothing_else() {
    let (before, after) = (make(&usual()), make(&Plan { revision: 1, ..usual() }));
    for file in ["oneroster.zip", "contacts.csv", "enrollments.csv", "calendar.csv", "students.csv"] {
        assert!(bytes(before.dir.path())[file] == bytes(after.dir.path())[file], "{file}");
    }
    let keyed = |made: &Made| -> BTreeMap<(String, String), Vec<String>> {
        let mut keyed = BTreeMap::<_, Vec<String>>::new();
        for row in made.plain("attendance.csv") {
            keyed
                .entry((row["student_id"].clone(), row["date"].clone()))
                .or_default()
                .push(row["category"].clone());
        }
        keyed
    };
    let (old, new) = (keyed(&before), keyed(&after));
    let (mut excused, mut gone) = (0, 0);
    for (key, categories) in &old {
        match new.get(key) {
            None => {
                assert_eq!(categories, &["Unexcused Absence"]);
                gone += 1;
            }
            Some(now) if now != categories => {
                assert_eq!(
                    (&categories[..], &now[..]),
                    (&["Unexcused Absence".to_owned()][..], &["Excused Absence".to_owned()][..])
                );
                excused += 1;
            }
            Some(_) => {}
        }
        assert!(date(&key.1) >= day(2025, 7, 1) || new.get(key) == Some(categories), "last year is closed");
    }
    assert!(new.keys().all(|key| old.contains_key(key)));
    assert!(excused > 100 && (5..excused / 2).contains(&gone), "{excused} excused, {gone} gone");
}

#[test]
fn last_year_everybody_was_a_grade_lower_and_the_graduates_are_still_known() {
    let made = make(&usual());
    let july = day(2025, 7, 1);
    let users: BTreeMap<String, Row> =
        made.roster("users").into_iter().map(|u| (u["identifier"].clone(), u)).collect();
    let mut grades: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    for row in made.plain("enrollments.csv") {
        let entry = grades.entry(row["student_id"].clone()).or_default();
        if date(&row["entry_date"]) < july {
            assert!(!row["exit_date"].is_empty(), "last year has ended");
            entry.0 = Some(row["grade"].clone());
        } else if entry.1.is_none() {
            entry.1 = Some(row["grade"].clone());
        }
    }
    let number = |g: &String| if g == "KG" { 0 } else { g.parse::<u8>().unwrap() };
    let (mut both, mut graduates, mut new) = (0, 0, 0);
    for (id, of) in &grades {
        match of {
            (Some(before), Some(now)) => {
                assert_eq!(number(before) + 1, number(now));
                both += 1;
            }
            (Some(before), None) => {
                assert_eq!(users[id]["enabledUser"], "false");
                graduates += usize::from(before == "12");
            }
            (None, Some(_)) => new += 1,
            (None, None) => unreachable!(),
        }
    }
    assert!(both > 900 && graduates > 50 && new > 80, "{both} {graduates} {new}");
}

#[test]
fn names_come_from_many_communities_and_few_students_share_one() {
    let made = make(&usual());
    let students: Vec<Row> =
        made.roster("users").into_iter().filter(|u| u["sourcedId"].starts_with("student-")).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for s in &students {
        *seen.entry(format!("{} {} {}", s["givenName"], s["middleName"], s["familyName"])).or_default() += 1;
    }
    let shared: usize = seen.values().filter(|n| **n > 1).sum();
    assert!(shared * 100 < students.len() * 3, "{shared} of {} share a name", students.len());
    assert!(seen.values().all(|n| *n <= 3));
    let text: String = seen.keys().cloned().collect::<Vec<_>>().join("\n");
    for part in ["'", "-", "ñ", "ễ", "Xiong", "ł", "Singh", "é", "Al-", "y Villavicencio"] {
        let found = text.contains(part) || students.iter().any(|s| s["middleName"].contains(part));
        assert!(found, "nobody's name has `{part}`");
    }
    let languages: BTreeSet<String> =
        made.plain("contacts.csv").into_iter().map(|c| c["language"].clone()).collect();
    assert_eq!(languages, ["ar", "en", "es", "ht", "so", "vi", "zh"].map(str::to_owned).into());
}

#[test]
fn siblings_share_guardians_and_some_children_have_two_homes() {
    let made = make(&usual());
    let mut guardians: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut relations: BTreeMap<String, usize> = BTreeMap::new();
    for row in made.plain("contacts.csv") {
        guardians.entry(row["contact_id"].clone()).or_default().insert(row["student_id"].clone());
        homes.entry(row["student_id"].clone()).or_default().insert(row["street"].clone());
        *relations.entry(row["relation"].clone()).or_default() += 1;
    }
    assert!(guardians.values().filter(|c| c.len() > 1).count() > 300);
    assert!((60..400).contains(&homes.values().filter(|h| h.len() == 2).count()));
    for relation in ["Mother", "Father", "Stepfather", "Grandmother", "Foster parent"] {
        assert!(relations[relation] >= 5, "{relations:?}");
    }
}

#[test]
fn the_counts_reported_are_the_rows_written_and_progress_reaches_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut heard = Vec::new();
    let written = demo::write(&usual(), dir.path(), &mut |done, total| heard.push((done, total))).unwrap();
    assert!(heard.windows(2).all(|w| w[0].0 < w[1].0));
    let last = heard.last().unwrap();
    assert_eq!(last.0, last.1);
    let made = Made { dir, written };
    for file in &made.written.files {
        let rows = match file.name.strip_prefix("oneroster.zip/") {
            Some(inner) => made.roster(inner.trim_end_matches(".csv")),
            None => made.plain(&file.name),
        };
        assert_eq!(rows.len() as u64, file.rows, "{}", file.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_seed_day_and_size_gives_a_district_that_holds_together(
        seed: u64,
        offset in 0_u64..36_000,
        students in 100_u32..420,
        revision in 0_u32..9,
    ) {
        let today = day(2001, 1, 1) + chrono::Days::new(offset);
        let made = make(&Plan { students, seed, today, revision, dirty: false });
        check_marks(&made, today);
        prop_assert!(made.written.people.len() >= 20);
        for table in ["students.csv", "contacts.csv", "enrollments.csv", "calendar.csv", "bells.csv", "roll.csv"] {
            prop_assert!(!made.plain(table).is_empty(), "{}", table);
        }
    }
}

#[cfg(unix)]
#[test]
fn an_export_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let made = make(&usual());
    for entry in std::fs::read_dir(made.dir.path()).unwrap() {
        let file = entry.unwrap().path();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}
