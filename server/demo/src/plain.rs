//! The plain CSVs beside the roster: calendar, enrollments, attendance, contacts, characteristics, caseload, bells, roll.

use crate::attendance;
use crate::calendar::earlier;
use crate::chance::{Chance, Purpose};
use crate::district::{District, EARLY_MINUTES, Home, LONG_NAME_FAMILY, Level, grade_code};
use crate::household;
use crate::names::CULTURES;
use crate::people::Notable;
use crate::sheet::{Sheet, at, private_file};
use crate::staff::{PERIODS, Workforce};
use crate::{Error, Steps, WrittenFile};
use chrono::{Datelike, Weekday};
use std::fs::File;
use std::path::Path;

/// A student id that is in no roster of ours.
const NOBODY: &str = "999999999";
/// A category that no default code map knows.
const UNMAPPED: &str = "Virtual - pending";

const CONTACTS: &str = "student_id,contact_id,given_name,family_name,relation,primary,lives_with,emergency,street,city,state,postal_code,phone,email,language,legal_restriction";
const STUDENTS: &str = "student_id,birth_date,language,special_education,plan_504,english_learner,homeless,foster,low_income,race_ethnicity,sex";

type FileSheet = Sheet<File>;

fn add(
    out: &Path,
    files: &mut Vec<WrittenFile>,
    name: &str,
    header: &str,
    fill: impl FnOnce(&mut FileSheet) -> std::io::Result<()>,
) -> Result<(), Error> {
    let path = out.join(name);
    let written = private_file(&path).and_then(|file| {
        let mut sheet = Sheet::begin(file, header)?;
        fill(&mut sheet)?;
        sheet.end()
    });
    let rows = at(&path, written)?;
    files.push(WrittenFile { name: name.to_owned(), rows });
    Ok(())
}

/// Writes all plain files.
pub(crate) fn write(
    district: &District,
    staff: &Workforce,
    out: &Path,
    steps: &mut Steps<'_>,
) -> Result<Vec<WrittenFile>, Error> {
    let mut files = Vec::new();
    let calendar_header = "school_id,date,term,instructional,minutes,sessions";
    add(out, &mut files, "calendar.csv", calendar_header, |sheet| calendar(district, sheet))?;
    add(out, &mut files, "bells.csv", "school_id,period,start,end", |sheet| bells(district, sheet))?;
    add(out, &mut files, "roll.csv", "school_id,date,taken", |sheet| roll(district, sheet))?;
    let enrollment_header = "student_id,school_id,grade,entry_date,exit_date";
    add(out, &mut files, "enrollments.csv", enrollment_header, |sheet| enrollments(district, sheet))?;
    add(out, &mut files, "contacts.csv", CONTACTS, |sheet| contacts(district, staff, sheet))?;
    add(out, &mut files, "students.csv", STUDENTS, |sheet| students(district, sheet))?;
    add(out, &mut files, "caseload.csv", "staff_id,student_id,kind", |sheet| {
        caseload(district, staff, sheet)
    })?;
    add(out, &mut files, "attendance.csv", attendance::HEADER, |sheet| marks(district, sheet, steps))?;
    Ok(files)
}

/// Writes who is worth stepping into. Not a SIS file: the sync passes over it.
pub(crate) fn write_people(people: &[Notable], out: &Path) -> Result<WrittenFile, Error> {
    let mut files = Vec::new();
    add(out, &mut files, "people-of-note.csv", "person_id,why", |sheet| {
        people.iter().try_for_each(|person| sheet.row(&[&person.person_id, &person.why]))
    })?;
    let name = String::from("people-of-note.csv");
    Ok(files.pop().unwrap_or(WrittenFile { name, rows: 0 }))
}

fn yes_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn calendar(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    for which in [1, 0] {
        let year = &district.years[which];
        for (n, school) in district.schools.iter().enumerate() {
            let held = &district.held[which][n];
            let whole = school.level.minutes().to_string();
            let early = EARLY_MINUTES.to_string();
            let fall = format!("{} Fall Semester", year.year);
            let spring = format!("{} Spring Semester", year.year);
            for (place, day) in year.days.iter().enumerate() {
                let open = day.planned && !held.closed.contains(&(place as u16));
                let term = if day.fall { &fall } else { &spring };
                let minutes = match (open, day.early) {
                    (false, _) => "",
                    (true, true) => &early,
                    (true, false) => &whole,
                };
                let sessions = if open { "1" } else { "" };
                sheet.row(&[&school.id, &day.text, term, if open { "1" } else { "0" }, minutes, sessions])?;
            }
        }
    }
    Ok(())
}

fn bells(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    let clock = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
    for school in &district.schools {
        let (first, last) = school.level.bells();
        let mut ring =
            |period: &str, from: u16, to: u16| sheet.row(&[&school.id, period, &clock(from), &clock(to)]);
        if school.level == Level::Elementary {
            ring("AM", first, first + 195)?;
            ring("PM", first + 195, last)?;
            continue;
        }
        let homeroom = 15;
        ring("HR", first, first + homeroom)?;
        let lunch = 35;
        let passing = 4;
        let lesson = (last - first - homeroom - lunch) / PERIODS as u16;
        let mut from = first + homeroom;
        for period in 1..=PERIODS {
            if period == 4 {
                from += lunch;
            }
            ring(&period.to_string(), from + passing, from + lesson)?;
            from += lesson;
        }
    }
    Ok(())
}

fn roll(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    for which in [1, 0] {
        for (school, held) in district.schools.iter().zip(&district.held[which]) {
            for &place in &held.outages {
                sheet.row(&[&school.id, &district.years[which].days[usize::from(place)].text, "0"])?;
            }
        }
    }
    Ok(())
}

fn enrollments(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    for (n, student) in district.students.iter().enumerate() {
        let id = district.student_id(n as u32);
        for which in [1, 0] {
            for span in district.spans(student, which) {
                let exit = span.exit.map(|d| d.to_string()).unwrap_or_default();
                let school = &district.schools[span.school].id;
                sheet.row(&[&id, school, &grade_code(span.grade), &span.entry.to_string(), &exit])?;
            }
        }
    }
    Ok(())
}

fn contacts(district: &District, staff: &Workforce, sheet: &mut FileSheet) -> std::io::Result<()> {
    for family in 0..district.families.len() {
        let household = household::of(district, family);
        for (number, student) in district.children(family) {
            if !district.is_known(student) {
                continue;
            }
            let id = district.student_id(number);
            for (slot, guardian) in household.guardians.iter().enumerate() {
                sheet.row(&[
                    &id,
                    &staff.guardian_id(district, family, slot),
                    &guardian.name.given,
                    &guardian.name.family,
                    guardian.relation,
                    yes_no(slot == 0),
                    yes_no(guardian.lives_with),
                    yes_no(guardian.emergency),
                    &guardian.street,
                    guardian.city.0,
                    "PA",
                    guardian.city.1,
                    &guardian.phone,
                    &guardian.email,
                    household.language,
                    guardian.restriction,
                ])?;
            }
        }
    }
    Ok(())
}

/// Race and ethnicity in the words of the federal categories.
fn race_words(race: &str, hispanic: bool) -> &'static str {
    match race {
        _ if hispanic => "Hispanic or Latino",
        "americanIndianOrAlaskaNative" => "American Indian or Alaska Native",
        "asian" => "Asian",
        "blackOrAfricanAmerican" => "Black or African American",
        "nativeHawaiianOrOtherPacificIslander" => "Native Hawaiian or Other Pacific Islander",
        _ => "White",
    }
}

fn students(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    for family in 0..district.families.len() {
        let household = household::of(district, family);
        let of = &district.families[family];
        let culture = &CULTURES[usize::from(of.culture)];
        let mut shared = Chance::of(district.seed, Purpose::Student, family as u64 | 1 << 42);
        let low_income = shared.percent(44) || of.home == Home::Foster;
        let homeless = shared.percent(2) && low_income;
        for (number, student) in district.children(family) {
            if !district.is_known(student) {
                continue;
            }
            let mut chance = Chance::of(district.seed, Purpose::Student, u64::from(number) | 1 << 41);
            let special_education = chance.percent(14);
            let plan_504 = !special_education && chance.percent(5);
            let learner =
                household.language != "en" && chance.percent(if student.grade <= 5 { 62 } else { 34 });
            sheet.row(&[
                &district.student_id(number),
                &district.birth_date(number).to_string(),
                household.language,
                yes_no(special_education),
                yes_no(plan_504),
                yes_no(learner),
                yes_no(homeless),
                yes_no(of.home == Home::Foster),
                yes_no(low_income),
                race_words(culture.race, culture.hispanic),
                if household.children[usize::from(student.slot)].female { "female" } else { "male" },
            ])?;
        }
    }
    Ok(())
}

fn caseload(district: &District, staff: &Workforce, sheet: &mut FileSheet) -> std::io::Result<()> {
    for (n, student) in district.students.iter().enumerate() {
        let number = n as u32;
        let Some(span) = district.latest(student).filter(|_| district.is_enrolled(student)) else { continue };
        let counselor = district.staff_id(staff.teams[span.school].counselor);
        let kind = if attendance::needs_counselor(district, number, student) {
            "attendance"
        } else if n % 17 == 5 {
            "counseling"
        } else {
            continue;
        };
        sheet.row(&[&counselor, &district.student_id(number), kind])?;
    }
    Ok(())
}

fn marks(district: &District, sheet: &mut FileSheet, steps: &mut Steps<'_>) -> std::io::Result<()> {
    for (n, student) in district.students.iter().enumerate() {
        attendance::write_student(district, n as u32, student, &mut |row| sheet.row(row))?;
        steps.step();
    }
    if district.dirty {
        unusable(district, sheet)?;
    }
    Ok(())
}

/// Three rows as districts send them: a Saturday, a student nobody knows, a category nobody has mapped. They fall on
/// the student with the longest name, who has no other marks.
fn unusable(district: &District, sheet: &mut FileSheet) -> std::io::Result<()> {
    let family = &district.families[LONG_NAME_FAMILY];
    let student = &district.students[family.first as usize];
    let school = district.school_for(family.zone, student.grade);
    let Some(&last) = district.held[0][school].taken.last() else { return Ok(()) };
    let last = &district.years[0].days[usize::from(last)];
    let saturday =
        (1..=7).map(|n| earlier(last.date, n)).find(|d| d.weekday() == Weekday::Sat).unwrap_or(last.date);
    let (id, school) = (district.student_id(family.first), &district.schools[school].id);
    sheet.row(&[&id, school, &saturday.to_string(), "Excused Absence", "Illness", "1", "", "", ""])?;
    sheet.row(&[NOBODY, school, &last.text, "Unexcused Absence", "No note received", "1", "", "", ""])?;
    sheet.row(&[&id, school, &last.text, UNMAPPED, "", "", "", "", ""])
}
