//! Ed-Fi against the stub server with each of its faults: what is staged is what the files say, as far as Ed-Fi carries
//! it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it cannot go on")]

mod stub;

use model::attendance::Shapes;
use model::canonical::{Delivery, Table};
use model::time::{Date, SchoolYear};
use serde_json::json;
use sis::remote::{RemoteKind, RemoteSource, Secrets, Staged, Why};
use sis::{Expect, Profile, read_delivery};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use stub::{Fake, Stub, run, shared_data};

const EDFI: RemoteKind =
    RemoteKind::EdFi { school_year: None, exit_day_enrolled: true, instructional_events: Vec::new() };

/// Versions of the ODS/API with the Data Standards that they came with: tokens of pages only in 7.3, parents before 5.0.
const SERVERS: [[&str; 2]; 5] =
    [["5.3", "3.3"], ["6.1", "4.0"], ["7.1", "4.0"], ["7.1", "5.0"], ["7.3", "5.0"]];

fn serve(files: &Path, [version, standard]: [&str; 2], faults: &[&str]) -> Stub {
    let mut more = vec!["--version", version, "--data-standard", standard];
    more.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    Stub::serve("edfi", files, &more)
}

/// Few rows a page, so that there are many pages.
fn source(stub: &Stub) -> RemoteSource {
    RemoteSource { page_size: Some(4), ..stub.source(EDFI) }
}

fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

/// A district of two schools, twelve students, two teachers, a principal, a counselor and three contacts.
fn tiny(folder: &Path) {
    fs::create_dir_all(folder.join("oneroster")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), lines(text)).unwrap();
    write(
        "oneroster/manifest.csv",
        "propertyName,value
        manifest.version,1.0
        oneroster.version,1.2",
    );
    write(
        "oneroster/orgs.csv",
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
        9,,,Tiny District,district,9,
        91,,,\"First, and \"\"only\"\" one\",school,91,9
        92,,,Second,school,92,9",
    );
    write(
        "oneroster/academicSessions.csv",
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
        Y,,,2025-2026,schoolYear,2025-09-01,2025-09-30,,2026
        F,,,Fall Semester,semester,2025-09-01,2025-09-12,Y,2026",
    );
    write(
        "oneroster/courses.csv",
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
        C1,,,Y,Reading,RD,\"03,04\",91,,",
    );
    write(
        "oneroster/classes.csv",
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
        K1,,,Reading A,03,C1,RD-1,homeroom,101,91,F,,,\"1,2\"
        K2,,,Reading B,03,C1,RD-2,scheduled,101,91,F,,,1",
    );
    let mut users = "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
        t1,,,true,teach,,Ada,Teacher,,500,ada@tiny.test,,,,,
        t2,,,true,help,,Abe,Helper,,502,,,,,,
        h1,,,true,head,,Bo,Principal,,501,bo@tiny.test,,,,,
        c1,,,true,listen,,Lu,Counselor,,503,,,,,,
        p1,,,true,,,Cy,Parent,,700,,,,,,
        p2,,,true,,,Di,Parent,,701,,,,,,
        p3,,,true,,,Ed,Neighbor,,702,,,,,,\n"
        .to_owned();
    let mut roles = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
        t1-0,,,t1,primary,teacher,2025-09-01,,91,
        t2-0,,,t2,primary,aide,2025-09-01,2025-12-01,91,
        h1-0,,,h1,primary,principal,2025-09-01,,91,
        h1-1,,,h1,secondary,districtAdministrator,2025-09-01,,9,
        c1-0,,,c1,primary,counselor,2025-09-01,,92,
        p1-0,,,p1,primary,parent,,,91,
        p2-0,,,p2,primary,parent,,,91,
        p3-0,,,p3,primary,relative,,,91,\n"
        .to_owned();
    let mut students =
        "student_id,birth_date,language,special_education,english_learner,homeless,foster,low_income\n"
            .to_owned();
    let mut enrollments = "student_id,school_id,grade,entry_date,exit_date\n".to_owned();
    for i in 10..22 {
        let agents = match i {
            10 => "\"p1,p2\"",
            11 => "p1",
            _ => "",
        };
        let (school, exit) = (if i == 21 { 92 } else { 91 }, if i == 20 { "2025-09-05" } else { "" });
        users += &format!("u{i},,,true,kid{i},,Kid{i},Family{i},,10{i},,,,{agents},03,\n");
        roles += &format!("u{i}-0,,,u{i},primary,student,,{exit},{school},\n");
        let yes = |on: bool| if on { "true" } else { "false" };
        students += &format!(
            "10{i},2016-02-{i},{},,{},{},{},{}\n",
            if i == 10 { "es" } else { "" },
            yes(i == 10),
            yes(i == 11),
            yes(i == 12),
            yes(i == 13)
        );
        enrollments += &format!("10{i},{school},03,2025-09-01,{exit}\n");
    }
    write("oneroster/users.csv", &users);
    write("oneroster/roles.csv", &roles);
    write("students.csv", &students);
    write("enrollments.csv", &enrollments);
    write(
        "oneroster/enrollments.csv",
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
        e1,,,K1,91,t1,teacher,true,2025-09-01,
        e2,,,K1,91,t2,teacher,false,2025-09-01,
        e3,,,K1,91,u10,student,,2025-09-01,
        e4,,,K1,91,u11,student,,2025-09-01,
        e5,,,K2,91,u10,student,,2025-09-01,2025-09-10",
    );
    write(
        "oneroster/demographics.csv",
        "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity
        u10,,,2016-02-10,female,false,true,false,false,true,true,false
        u11,,,2016-02-11,male,false,false,false,false,true,false,true",
    );
    write(
        "contacts.csv",
        "student_id,contact_id,given_name,family_name,relation,primary,lives_with,emergency,street,city,state,postal_code,phone,email,language,legal_restriction
        1010,700,Cy,Parent,Mother,true,true,true,1 Main Street,Tiny,TX,78834,(950) 1,cy@home.test,es,
        1010,701,Di,Parent,Father,false,false,false,2 Main Street,Tiny,TX,78834,(950) 2,,,court order of May
        1011,700,Cy,Parent,Mother,true,true,false,1 Main Street,Tiny,TX,78834,(950) 1,cy@home.test,es,
        1011,702,Ed,Neighbor,Neighbor,false,false,true,,,,,(950) 3,,,",
    );
    let mut calendar = "school_id,date,term,instructional\n".to_owned();
    for school in [91, 92] {
        for day in 1..13 {
            let weekday = !matches!(day, 6 | 7);
            calendar += &format!("{school},2025-09-{day:02},2025-2026 Fall Semester,{}\n", u8::from(weekday));
        }
    }
    write("calendar.csv", &calendar);
    let mut attendance =
        "student_id,school_id,date,category,reason,duration,minutes,arrival,departure\n".to_owned();
    for i in 10..20 {
        attendance += &format!("10{i},91,2025-09-02,Excused Absence,\"Ill, at home\",1,,,\n");
    }
    attendance += "1010,91,2025-09-03,Unexcused Absence,,1,,,
        1010,91,2025-09-04,Tardy,bus,,15,08:45,
        1010,91,2025-09-04,Early departure,,0.25,,,13:30
        1021,92,2025-09-05,Excused Absence,,0.5,,,
        1012,91,2025-09-06,Excused Absence,,1,,,\n";
    write("attendance.csv", &attendance);
}

struct Place {
    _temp: tempfile::TempDir,
    files: PathBuf,
    into: PathBuf,
}

fn place() -> Place {
    let temp = tempfile::tempdir().unwrap();
    let (files, into) = (temp.path().join("files"), temp.path().join("fetched"));
    tiny(&files);
    Place { _temp: temp, files, into }
}

fn read_as(folder: &Path, profile: &Profile) -> Delivery {
    let today = Date::from_ymd_opt(2026, 2, 1).unwrap();
    read_delivery(folder, profile, today, Shapes::default(), Expect::Whole).unwrap()
}

fn read(folder: &Path) -> Delivery {
    read_as(folder, &Profile::default())
}

fn shown<T: Debug>(table: &Option<Table<T>>) -> BTreeSet<String> {
    table.iter().flat_map(|t| &t.rows).map(|row| format!("{row:?}")).collect()
}

fn rows<T: Clone>(table: &Option<Table<T>>) -> Vec<T> {
    table.as_ref().map(|table| table.rows.clone()).unwrap_or_default()
}

/// The same delivery with keys that do not depend on who made them: `sourcedId`s are of OneRoster's files, and Ed-Fi
/// does not have them, so people and orgs are named by their outside id, terms by title and span, courses by code, and
/// sections by what a section says.
struct Named {
    people: BTreeMap<String, String>,
    orgs: BTreeMap<String, String>,
    terms: BTreeMap<String, String>,
    courses: BTreeMap<String, String>,
    sections: BTreeMap<String, String>,
}

impl Named {
    fn of(delivery: &Delivery) -> Self {
        let orgs: BTreeMap<_, _> = rows(&delivery.orgs).into_iter().map(|o| (o.key, o.id)).collect();
        let terms: BTreeMap<_, _> = rows(&delivery.terms)
            .into_iter()
            .map(|t| (t.key, format!("{} {} {}", t.title, t.start, t.end)))
            .collect();
        let courses: BTreeMap<_, _> =
            rows(&delivery.courses).into_iter().map(|c| (c.key, format!("{} {}", c.code, c.title))).collect();
        // The identifier of a section is the last part of its key; OneRoster's files have it as the whole key.
        let last = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
        let sections = rows(&delivery.sections).into_iter().map(|s| (s.key.clone(), last(&s.key))).collect();
        let people = rows(&delivery.people).into_iter().map(|p| (p.key, p.id)).collect();
        Self { people, orgs, terms, courses, sections }
    }

    fn orgs(&self, of: &Delivery) -> BTreeSet<String> {
        rows(&of.orgs)
            .into_iter()
            .map(|o| format!("{} {} {} {:?}", o.id, o.name, o.kind, self.orgs.get(&o.parent_key)))
            .collect()
    }

    fn people(&self, of: &Delivery) -> BTreeSet<String> {
        let people = rows(&of.people).into_iter().map(|mut person| {
            person.key = person.id.clone();
            person.agent_keys.clear();
            format!("{person:?}")
        });
        people.collect()
    }

    /// Who is whose agent, whichever of the two says it.
    fn families(&self, of: &Delivery) -> BTreeSet<[String; 2]> {
        let people = rows(&of.people).into_iter();
        let pairs = people.flat_map(|p| p.agent_keys.clone().into_iter().map(move |a| [p.key.clone(), a]));
        pairs
            .map(|pair| {
                let mut pair = pair.map(|key| self.people[&key].clone());
                pair.sort();
                pair
            })
            .collect()
    }

    /// Roles; when they begin only where the files say it, for Ed-Fi requires a first day of staff.
    fn roles(&self, of: &Delivery, with_begin: bool) -> BTreeSet<String> {
        rows(&of.roles)
            .into_iter()
            .map(|r| {
                let begin = r.begin.filter(|_| with_begin);
                let (person, org) = (&self.people[&r.person_key], &self.orgs[&r.org_key]);
                format!("{person} {org} {} {begin:?} {:?}", r.role, r.end)
            })
            .collect()
    }

    fn courses(&self, of: &Delivery) -> BTreeSet<String> {
        rows(&of.courses).into_iter().map(|c| format!("{} {}", c.code, c.title)).collect()
    }

    fn sections(&self, of: &Delivery) -> BTreeSet<String> {
        rows(&of.sections)
            .into_iter()
            .map(|mut s| {
                s.key = self.sections[&s.key].clone();
                s.course_key = self.courses[&s.course_key].clone();
                s.school_key = self.orgs[&s.school_key].clone();
                s.term_keys = s.term_keys.iter().map(|term| self.terms[term].clone()).collect();
                format!("{s:?}")
            })
            .collect()
    }

    fn section_rosters(&self, of: &Delivery) -> BTreeSet<String> {
        rows(&of.section_rosters)
            .into_iter()
            .map(|m| {
                let (section, person) = (&self.sections[&m.section_key], &self.people[&m.person_key]);
                format!("{section} {person} {} {:?} {:?}", m.role, m.begin, m.end)
            })
            .collect()
    }

    fn demographics(&self, of: &Delivery) -> BTreeMap<String, String> {
        rows(&of.demographics)
            .into_iter()
            .map(|d| {
                let said = format!("{:?} {} {}", d.birth_date, d.sex, d.race_ethnicity);
                (self.people[&d.person_key].clone(), said)
            })
            .collect()
    }
}

/// The terms of a school; a school year's own span is not compared: Ed-Fi has no such thing, so it is that of its
/// sessions.
fn terms(of: &Delivery) -> BTreeSet<String> {
    let terms = rows(&of.terms).into_iter().filter(|term| term.kind != "schoolYear");
    terms.map(|t| format!("{} {} {} {}", t.title, t.kind, t.start, t.end)).collect()
}

/// Every mark with all that it says.
fn marks(of: &Delivery) -> Vec<String> {
    let attendance = of.attendance.as_ref().unwrap();
    let mut marks: Vec<String> = Vec::new();
    for placed in &attendance.strips {
        for mark in placed.strip.marks() {
            let shape = attendance.shapes.get(mark.shape).unwrap();
            let (who, year) = (&placed.student_id, placed.year);
            let times = (mark.arrival, mark.departure);
            marks.push(format!("{who} {} {year:?} {} {shape:?} {times:?}", placed.school_id, mark.day));
        }
    }
    marks.sort();
    marks
}

fn covers(of: &Delivery) -> BTreeSet<String> {
    let attendance = of.attendance.as_ref().unwrap();
    let covers = attendance.covers.iter().map(|each| format!("{each:?}"));
    covers.chain(attendance.last_rows.iter().map(|each| format!("{each:?}"))).collect()
}

/// What was set aside, wherever it stood.
fn set_aside(of: &Delivery) -> Vec<String> {
    let mut all: Vec<String> = of
        .set_aside
        .iter()
        .map(|s| format!("{} {:?} {} {:?}", s.file, s.column, s.value, s.reason))
        .collect();
    all.sort();
    all
}

/// Says what differs, and not all that is the same.
fn same<T: Ord + Debug>(ours: BTreeSet<T>, theirs: BTreeSet<T>) {
    let (more, less) = (ours.difference(&theirs), theirs.difference(&ours));
    assert_eq!(more.collect::<Vec<_>>(), less.collect::<Vec<_>>());
}

/// Everything but demographics, which Ed-Fi has of every student.
fn assert_same(fetched: &Delivery, files: &Delivery, with_begin: bool) {
    let (ours, theirs) = (Named::of(fetched), Named::of(files));
    same(ours.orgs(fetched), theirs.orgs(files));
    same(terms(fetched), terms(files));
    same(ours.courses(fetched), theirs.courses(files));
    same(ours.sections(fetched), theirs.sections(files));
    same(ours.people(fetched), theirs.people(files));
    same(ours.families(fetched), theirs.families(files));
    same(ours.roles(fetched, with_begin), theirs.roles(files, with_begin));
    same(ours.section_rosters(fetched), theirs.section_rosters(files));
    let demographics = ours.demographics(fetched);
    for (person, said) in theirs.demographics(files) {
        assert_eq!(demographics[&person], said, "{person}");
    }
    same(shown(&fetched.calendar), shown(&files.calendar));
    same(shown(&fetched.enrollments), shown(&files.enrollments));
    same(shown(&fetched.contacts), shown(&files.contacts));
    assert_eq!(marks(fetched), marks(files));
    assert_eq!(covers(fetched), covers(files));
    assert_eq!(set_aside(fetched), set_aside(files));
    let read = |of: &Delivery| of.attendance.as_ref().map(|a| (a.read, a.set_aside));
    assert_eq!(read(fetched), read(files));
}

/// The tiny district, whose exit days are the last days enrolled: so the stub serves them, and so we are told.
fn assert_same_as_files(place: &Place) {
    let profile: Profile = toml("exit_day_enrolled = true");
    let files = read_as(&place.files, &profile);
    let fetched = read(&place.into);
    assert_same(&fetched, &files, true);
    assert_eq!(shown(&fetched.characteristics), shown(&files.characteristics));
}

fn toml(text: &str) -> Profile {
    Profile::from_toml("profile.toml", text).unwrap()
}

#[test]
fn a_district_fetched_from_any_version_is_the_district_of_the_files() {
    for server in SERVERS {
        println!("{server:?}");
        let place = place();
        let stub = serve(&place.files, server, &[]);
        run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
        assert_same_as_files(&place);
    }
}

#[test]
fn grand_bend_over_ed_fi_is_the_grand_bend_of_its_files() {
    let Some(folder) = shared_data("grand-bend") else { return };
    let files = read(&folder);
    for server in SERVERS {
        println!("{server:?}");
        let temp = tempfile::tempdir().unwrap();
        let into = temp.path().join("fetched");
        let stub = serve(&folder, server, &[]);
        let staged = run(&stub.source(EDFI), &stub.secrets(), &into, &Fake::default()).unwrap();
        let fetched = read(&into);
        assert_same(&fetched, &files, false);
        assert_eq!(fetched.attendance.unwrap().read, 1917);
        let users = staged.files.iter().find(|(path, _)| path == "oneroster/users.csv").unwrap();
        assert_eq!(users.1, 733);
        assert_eq!(staged.notes, Vec::<String>::new());
    }
}

#[test]
fn no_fault_of_a_server_that_still_tells_all_loses_or_doubles_a_row() {
    for fault in [
        "no-total-count",
        "forbidden-for-unauthorized",
        "no-content-for-not-found",
        "duplicate-rows",
        "reordered",
        "token-expires-mid-run",
        "rate-limit",
        "unavailable",
        "cut-mid-page",
        "change-queries-off",
        "deletes-only-ids",
        "deletes-not-shown",
        "snapshot-not-offered",
        "cursor-empty-body-with-token",
    ] {
        for server in [["7.1", "5.0"], ["7.3", "5.0"]] {
            println!("{fault} {server:?}");
            let place = place();
            let stub = serve(&place.files, server, &[fault]);
            let tools = Fake::default();
            run(&source(&stub), &stub.secrets(), &place.into, &tools)
                .unwrap_or_else(|error| panic!("{fault}: {error}"));
            assert_same_as_files(&place);
            assert_eq!(stub.state()["visits"]["byOtherName"], 0, "{fault}");
            let waits = tools.waits.lock().unwrap().clone();
            match fault {
                "rate-limit" | "unavailable" => assert_eq!(waits, [1, 1], "{fault}: as Retry-After says"),
                "cut-mid-page" => assert_eq!(waits, [1]),
                _ => assert!(waits.is_empty(), "{fault}"),
            }
        }
    }
}

#[test]
fn a_token_that_ends_in_mid_run_is_renewed_where_the_server_says_403_for_401() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &["token-expires-mid-run", "forbidden-for-unauthorized"]);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same_as_files(&place);
    assert_eq!(stub.state()["visits"]["tokens"], 2);
}

/// How many rows of a file were staged.
fn count(staged: &Staged, file: &str) -> u64 {
    staged.files.iter().find(|(path, _)| path == file).map_or(0, |(_, rows)| *rows)
}

#[test]
fn a_row_deleted_while_paging_hides_no_other_and_is_noted() {
    for (server, counts) in [(["7.1", "5.0"], true), (["7.1", "5.0"], false), (["7.3", "5.0"], true)] {
        let place = place();
        let faults: &[&str] =
            if counts { &["delete-while-paging"] } else { &["delete-while-paging", "no-total-count"] };
        let stub = serve(&place.files, server, faults);
        let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
        let held = stub.state()["counts"]["studentSchoolAttendanceEvents"].as_u64().unwrap();
        // By page tokens the row was read before it went; by offset all is read once more.
        let read = count(&staged, "attendance.csv");
        assert_eq!(read, held + u64::from(server[0] == "7.3"), "{server:?} {counts}");
        assert!(staged.notes.iter().any(|note| note.contains("while they were read")), "{:?}", staged.notes);
    }
}

#[test]
fn a_snapshot_is_read_where_there_is_one_and_what_came_since_is_not() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    stub.control("POST", "snapshot", "");
    let row = json!({
        "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence",
        "eventDate": "2025-09-08", "schoolReference": { "schoolId": 91 },
        "studentReference": { "studentUniqueId": "1010" },
        "sessionReference": { "schoolId": 91, "schoolYear": 2026, "sessionName": "2025-2026 Fall Semester" },
    });
    upsert(&stub, "studentSchoolAttendanceEvents", row);
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same_as_files(&place);
    assert_eq!(staged.notes.len(), 1);
    assert!(staged.notes[0].starts_with("read from a snapshot"), "{}", staged.notes[0]);
}

fn upsert(stub: &Stub, resource: &str, row: serde_json::Value) {
    let said = stub.control("POST", "upsert", &json!({ "resource": resource, "row": row }).to_string());
    assert!(said["id"].is_string(), "{said}");
}

fn enrollment(student: &str, entry: &str, exit: &str, exit_type: &str) -> serde_json::Value {
    json!({
        "entryDate": entry, "exitWithdrawDate": exit,
        "exitWithdrawTypeDescriptor": format!("uri://ed-fi.org/ExitWithdrawTypeDescriptor#{exit_type}"),
        "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Third grade",
        "schoolReference": { "schoolId": 92 }, "studentReference": { "studentUniqueId": student },
    })
}

#[test]
fn enrollments_end_as_the_vendor_means_it_and_those_that_never_came_to_be_are_left_out() {
    for exit_day_enrolled in [true, false] {
        let place = place();
        let stub = serve(&place.files, ["7.3", "5.0"], &[]);
        upsert(&stub, "studentSchoolAssociations", enrollment("1010", "2025-09-02", "2025-09-02", "No show"));
        upsert(
            &stub,
            "studentSchoolAssociations",
            enrollment("1011", "2025-09-02", "2025-09-03", "Invalid enrollment"),
        );
        upsert(&stub, "studentSchoolAssociations", enrollment("1012", "2025-09-08", "2025-09-09", "Moved"));
        let kind =
            RemoteKind::EdFi { school_year: None, exit_day_enrolled, instructional_events: Vec::new() };
        let of = RemoteSource { kind, ..source(&stub) };
        let staged = run(&of, &stub.secrets(), &place.into, &Fake::default()).unwrap();
        let fetched = read(&place.into);
        let spans = rows(&fetched.enrollments);
        let at_second: Vec<_> =
            spans.iter().filter(|s| s.school_id == "92" && s.student_id != "1021").collect();
        assert_eq!(at_second.len(), 1);
        let end = if exit_day_enrolled { "2025-09-10" } else { "2025-09-09" };
        assert_eq!(at_second[0].end.unwrap().to_string(), end);
        assert!(staged.notes.iter().any(|note| note.contains(": 2; left out")), "{:?}", staged.notes);
        // Who never came has no role there either.
        let named = Named::of(&fetched);
        let roles = named.roles(&fetched, false);
        assert!(!roles.iter().any(|role| role.starts_with("1010 92")), "{roles:?}");
        assert!(roles.contains("1012 92 student None Some(2025-09-09)"), "{roles:?}");
    }
}

#[test]
fn a_parent_of_one_child_who_is_the_contact_of_another_may_see_only_the_one() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let link = json!({
        "contactReference": { "contactUniqueId": "700" }, "studentReference": { "studentUniqueId": "1012" },
        "relationDescriptor": "uri://ed-fi.org/RelationDescriptor#Aunt", "emergencyContactStatus": true,
    });
    upsert(&stub, "studentContactAssociations", link);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let fetched = read(&place.into);
    let contacts = rows(&fetched.contacts);
    let ids = |student: &str| -> BTreeSet<String> {
        contacts.iter().filter(|c| c.student_id == student).map(|c| c.contact_id.clone()).collect()
    };
    assert!(ids("1010").contains("700") && ids("1011").contains("700"));
    assert_eq!(ids("1012"), BTreeSet::from(["relative/700".to_owned()]));
    let named = Named::of(&fetched);
    let roles = named.roles(&fetched, false);
    assert!(roles.contains("700 91 parent None None"), "{roles:?}");
    assert!(roles.contains("relative/700 91 relative None None"), "{roles:?}");
    assert!(!named.families(&fetched).iter().flatten().any(|id| id.starts_with("relative")));
}

#[test]
fn a_restriction_is_carried_to_the_contact_it_bars_and_to_no_other() {
    let place = place();
    let stub = serve(&place.files, ["5.3", "3.3"], &[]);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let fetched = read(&place.into);
    let barred = rows(&fetched.contacts).into_iter().filter(|contact| contact.legal_restriction);
    let barred: Vec<_> = barred.map(|contact| (contact.student_id, contact.contact_id)).collect();
    assert_eq!(barred, [("1010".to_owned(), "701".to_owned())]);
    // Ed-Fi does not say who may sign in, so nobody who was shut out is let in by it.
    assert!(fetched.without.iter().any(|missing| missing.guard.column() == "enabledUser"));
}

#[test]
fn ids_that_a_student_and_a_staff_member_share_stay_two_people() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    upsert(&stub, "staffs", json!({ "staffUniqueId": "1010", "firstName": "Same", "lastSurname": "Number" }));
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let fetched = read(&place.into);
    assert!(fetched.set_aside.iter().all(|s| s.file == "attendance.csv"), "{:?}", fetched.set_aside);
    let people = rows(&fetched.people);
    assert!(people.iter().any(|p| p.id == "1010" && p.given_name == "Kid10"));
    assert!(people.iter().any(|p| p.id == "staff/1010" && p.given_name == "Same"));
    assert!(staged.notes.iter().any(|note| note.contains("share: 1")), "{:?}", staged.notes);
}

#[test]
fn a_classification_that_is_not_known_opens_nothing() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let assignment = |staff: &str, what: &str, org: u32| {
        json!({
            "beginDate": "2025-09-01", "staffReference": { "staffUniqueId": staff },
            "staffClassificationDescriptor": format!("uri://ed-fi.org/StaffClassificationDescriptor#{what}"),
            "educationOrganizationReference": { "educationOrganizationId": org },
        })
    };
    let resource = "staffEducationOrganizationAssignmentAssociations";
    upsert(&stub, "staffs", json!({ "staffUniqueId": "600", "firstName": "Li", "lastSurname": "Nurse" }));
    upsert(&stub, resource, assignment("600", "School Nurse", 91));
    upsert(&stub, "staffs", json!({ "staffUniqueId": "601", "firstName": "Su", "lastSurname": "Office" }));
    upsert(&stub, resource, assignment("601", "LEA Administrator", 92));
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let fetched = read(&place.into);
    let roles = Named::of(&fetched).roles(&fetched, false);
    assert!(roles.contains("600 91 proctor None None"), "{roles:?}");
    assert!(roles.contains("601 92 siteAdministrator None None"), "a district is not led from a school");
    assert!(
        staged.notes.iter().any(|note| note.ends_with("open nothing: School Nurse")),
        "{:?}",
        staged.notes
    );
}

#[test]
fn of_several_calendars_of_a_school_the_one_of_most_students_counts_and_unknown_events_are_named() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    for day in 1..29 {
        let row = json!({
            "date": format!("2025-09-{day:02}"),
            "calendarReference": { "calendarCode": "staff", "schoolId": 91, "schoolYear": 2026 },
            "calendarEvents": [{ "calendarEventDescriptor": "uri://tiny.test/CalendarEventDescriptor#Retreat" }],
        });
        upsert(&stub, "calendarDates", row);
    }
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same_as_files(&place);
    assert!(staged.notes.iter().any(|note| note.contains("of a school: 1;")), "{:?}", staged.notes);
    assert!(staged.notes.iter().any(|note| note.ends_with("no school: Retreat")), "{:?}", staged.notes);
}

#[test]
fn a_district_s_own_events_are_school_where_it_says_so() {
    for own in [vec![], vec!["remote DAY".to_owned()]] {
        let place = place();
        let stub = serve(&place.files, ["7.3", "5.0"], &[]);
        let row = json!({
            "date": "2025-09-15",
            "calendarReference": { "calendarCode": "91-2026", "schoolId": 91, "schoolYear": 2026 },
            "calendarEvents": [{ "calendarEventDescriptor": "uri://tiny.test/CalendarEventDescriptor#Remote day" }],
        });
        upsert(&stub, "calendarDates", row);
        let is_school = !own.is_empty();
        let kind = RemoteKind::EdFi { school_year: None, exit_day_enrolled: true, instructional_events: own };
        let of = RemoteSource { kind, ..source(&stub) };
        let staged = run(&of, &stub.secrets(), &place.into, &Fake::default()).unwrap();
        let days = rows(&read(&place.into).calendar);
        let day = days.iter().find(|day| day.date.to_string() == "2025-09-15").unwrap();
        assert_eq!(day.instructional, is_school);
        assert_eq!(staged.notes.iter().any(|note| note.ends_with("no school: Remote day")), !is_school);
    }
}

#[test]
fn a_year_is_named_only_where_its_dates_do_not_tell_it() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let row = json!({
        "date": "2025-06-20",
        "calendarReference": { "calendarCode": "91-2026", "schoolId": 91, "schoolYear": 2026 },
        "calendarEvents": [{ "calendarEventDescriptor": "uri://ed-fi.org/CalendarEventDescriptor#Instructional day" }],
    });
    upsert(&stub, "calendarDates", row);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    for day in rows(&read(&place.into).calendar) {
        assert_eq!((day.year, day.year_named), (SchoolYear(2025), day.school_id == "91"), "{}", day.date);
    }
}

#[test]
fn a_category_of_another_namespace_is_its_code_value() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let row = json!({
        "attendanceEventCategoryDescriptor": "uri://tiny.test/AttendanceEventCategoryDescriptor#Tardy",
        "eventDate": "2025-09-08", "schoolReference": { "schoolId": 91 }, "arrivalTime": "09:10:00",
        "studentReference": { "studentUniqueId": "1010" },
        "sessionReference": { "schoolId": 91, "schoolYear": 2026, "sessionName": "2025-2026 Fall Semester" },
    });
    upsert(&stub, "studentSchoolAttendanceEvents", row);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let (fetched, files) = (read(&place.into), read(&place.files));
    let new: Vec<String> = marks(&fetched).into_iter().filter(|mark| !marks(&files).contains(mark)).collect();
    assert_eq!(new.len(), 1);
    assert!(new[0].contains("category: \"Tardy\"") && new[0].ends_with("(Some(550), None)"), "{}", new[0]);
}

#[test]
fn roll_and_bells_come_where_the_district_keeps_them() {
    let place = place();
    fs::write(place.files.join("roll.csv"), "school_id,date,taken\n91,2025-09-05,0\n").unwrap();
    fs::write(
        place.files.join("bells.csv"),
        "school_id,period,start,end\n91,1,08:00,08:50\n91,2,09:00,09:50\n",
    )
    .unwrap();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let (fetched, files) = (read(&place.into), read(&place.files));
    assert_eq!(shown(&fetched.bells), shown(&files.bells));
    let not_taken: Vec<_> = rows(&fetched.roll).into_iter().filter(|roll| !roll.taken).collect();
    assert_eq!(not_taken, rows(&files.roll));
}

#[test]
fn periods_of_two_schedules_do_not_make_a_longer_day() {
    let place = place();
    let bells = "school_id,period,start,end\n91,1,08:00,08:50\n91,2,09:00,09:50\n91,1 late,08:30,09:10\n";
    fs::write(place.files.join("bells.csv"), bells).unwrap();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let said = |staged: &Staged| staged.notes.iter().any(|note| note.contains("class periods overlap"));
    // How long a day is nobody says, so it is not known, and no bells are there to be summed.
    assert!(said(&staged), "{:?}", staged.notes);
    assert!(!place.into.join("bells.csv").exists());
    // A schedule for each day says it.
    let days = |delivery: &Delivery| -> Vec<_> {
        rows(&delivery.calendar).into_iter().filter(|day| day.school_id == "91").collect()
    };
    let dates: Vec<_> =
        days(&read(&place.into)).iter().map(|day| json!({ "date": day.date.to_string() })).collect();
    let period = |name: &str| json!({ "classPeriodReference": { "classPeriodName": name, "schoolId": 91 } });
    let row = json!({
        "bellScheduleName": "Every day", "schoolReference": { "schoolId": 91 }, "dates": dates,
        "classPeriods": [period("1"), period("2")],
    });
    upsert(&stub, "bellSchedules", row);
    let into = place.into.with_file_name("again");
    let staged = run(&source(&stub), &stub.secrets(), &into, &Fake::default()).unwrap();
    assert!(!said(&staged), "{:?}", staged.notes);
    let again = read(&into);
    assert!(!days(&again).is_empty() && days(&again).iter().all(|day| day.minutes == Some(100)));
    assert_eq!(rows(&again.bells).len(), 3);
}

#[test]
fn resources_that_a_server_does_not_have_are_said_to_be_absent() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.2"], &[]);
    let staged = run(&source(&stub), &stub.secrets(), &place.into, &Fake::default()).unwrap();
    let absent = [
        "studentSectionAttendanceEvents",
        "studentSpecialEducationProgramAssociations",
        "studentSection504ProgramAssociations",
        "studentHomelessProgramAssociations",
        "studentLanguageInstructionProgramAssociations",
    ];
    assert_eq!(staged.absent, absent);
    // What is not shown is not known, and not the same as no.
    assert!(rows(&read(&place.into).characteristics).iter().all(|c| c.special_education.is_none()));
}

#[test]
fn a_failed_fetch_leaves_no_folder_and_says_where_but_no_secret() {
    let elsewhere = "it names another host than the configured one";
    for case in ["redirect-other-host", "wrong-token-host", "secret", "private"] {
        let place = place();
        let faults: &[&str] = if case.contains("host") { &[case] } else { &[] };
        let stub = serve(&place.files, ["7.3", "5.0"], faults);
        let of = RemoteSource { allow_private: case != "private", ..source(&stub) };
        let secrets = match case {
            "secret" => Secrets::new("an-id", "a-wrong-secret"),
            _ => stub.secrets(),
        };
        let error = run(&of, &secrets, &place.into, &Fake::default()).unwrap_err();
        match case {
            "redirect-other-host" => assert_eq!(error.why, Why::Redirect(302)),
            "wrong-token-host" => {
                assert!(matches!(error.why, Why::Unreadable(why) if why.starts_with(elsewhere)), "{error}");
                assert_eq!(stub.state()["visits"]["tokens"], 0);
            }
            "secret" => assert_eq!(error.why, Why::SignIn(401)),
            _ => assert_eq!(error.why, Why::Private),
        }
        let said = error.to_string();
        assert!(said.starts_with("127.0.0.1:"), "{said}");
        let secret = stub.text("clientSecret");
        assert!(!said.contains(secret) && !said.contains('?') && !said.contains("a-wrong-secret"), "{said}");
        assert!(!place.into.exists() && !place.into.with_file_name("fetched.part").exists());
        assert_eq!(stub.state()["visits"]["byOtherName"], 0);
    }
}

#[test]
fn a_configured_address_for_tokens_stands_above_the_document_s() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &["wrong-token-host"]);
    let token_url = Some(format!("{}/oauth/token", stub.text("url")));
    let of = RemoteSource { token_url, ..source(&stub) };
    run(&of, &stub.secrets(), &place.into, &Fake::default()).unwrap();
    assert_same_as_files(&place);
    assert_eq!(stub.state()["visits"]["byOtherName"], 0);
}

#[test]
fn a_wrong_address_is_missing_and_never_an_empty_district() {
    let place = place();
    let stub = serve(&place.files, ["7.3", "5.0"], &[]);
    let base_url = format!("{}/other", stub.text("url"));
    let of = RemoteSource { base_url, ..source(&stub) };
    let error = run(&of, &stub.secrets(), &place.into, &Fake::default()).unwrap_err();
    assert!(matches!(error.why, Why::Missing(404)), "{error}");
    // A school year where the server has none in its addresses.
    for fault in [&[][..], &["no-content-for-not-found"]] {
        let stub = serve(&place.files, ["7.3", "5.0"], fault);
        let kind = RemoteKind::EdFi {
            school_year: Some(2026),
            exit_day_enrolled: true,
            instructional_events: Vec::new(),
        };
        let of = RemoteSource { kind, ..source(&stub) };
        let error = run(&of, &stub.secrets(), &place.into, &Fake::default()).unwrap_err();
        assert!(matches!(error.why, Why::Missing(204 | 404)), "{error}");
        assert!(!place.into.exists());
    }
}

#[test]
fn an_answer_that_is_too_large_is_not_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        // The client hangs up when it has had enough.
        while stream.write_all(&[b' '; 65536]).is_ok() {}
    });
    let place = place();
    let of = RemoteSource {
        kind: EDFI,
        base_url: format!("http://{address}"),
        token_url: None,
        allow_private: true,
        page_size: None,
    };
    let error = run(&of, &Secrets::new("an-id", "a-secret"), &place.into, &Fake::default()).unwrap_err();
    assert!(matches!(error.why, Why::TooLarge(_)), "{error}");
    assert!(!place.into.exists());
    server.join().unwrap();
}

/// A server that calls itself 7.3 and knows no page tokens, with these students and nothing else. It ends with the test.
fn serve_without_tokens(students: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let base = address.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while stream.read_line(&mut head).unwrap_or(0) > 0 {
                if !head.ends_with("\r\n\r\n") {
                    continue;
                }
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
                stream.read_exact(&mut body).unwrap();
                let url = head.split(' ').nth(1).unwrap().to_owned();
                head.clear();
                let said = |name: &str| -> Option<usize> {
                    let value = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(name))?;
                    value.strip_prefix('=')?.parse().ok()
                };
                let all = if url.contains("/students") { students } else { 0 };
                let (limit, offset) = (said("limit").unwrap_or(25), said("offset").unwrap_or(0));
                let rows = (0..all).skip(offset).take(limit);
                let row = |i: usize| json!({ "id": format!("s{i}"), "studentUniqueId": i.to_string() });
                let body = match url.as_str() {
                    "/" => json!({ "version": "7.3", "dataModels": [{ "name": "Ed-Fi", "version": "5.0.0" }],
                        "urls": { "oauth": format!("{base}/token"), "dataManagementApi": format!("{base}/data/v3") } }),
                    "/token" => json!({ "access_token": "a", "expires_in": 1800 }),
                    _ => json!(rows.map(row).collect::<Vec<_>>()),
                };
                let body = body.to_string();
                let head = format!("HTTP/1.1 200 OK\r\nTotal-Count: {all}\r\nContent-Length: {}", body.len());
                stream.get_mut().write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
            }
        }
    });
    address
}

#[test]
fn a_server_that_gives_no_tokens_though_its_version_should_is_read_to_its_end() {
    let place = place();
    for students in [0, 24, 25, 26, 130] {
        let of = RemoteSource {
            kind: EDFI,
            base_url: serve_without_tokens(students),
            token_url: None,
            allow_private: true,
            page_size: None,
        };
        let into = place.into.with_extension(students.to_string());
        let staged = run(&of, &Secrets::new("an-id", "a-secret"), &into, &Fake::default()).unwrap();
        assert_eq!(count(&staged, "oneroster/users.csv"), students as u64);
    }
}

#[test]
fn a_stored_source_reads_back_with_its_defaults() {
    let stored = r#"{"kind":{"protocol":"edfi"},"base_url":"https://sis.example.org/api"}"#;
    let source: RemoteSource = serde_json::from_str(stored).unwrap();
    assert_eq!(source.kind, EDFI);
    let again: RemoteSource = serde_json::from_str(&serde_json::to_string(&source).unwrap()).unwrap();
    assert_eq!(again, source);
}
