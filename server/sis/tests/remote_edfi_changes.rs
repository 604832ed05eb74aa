//! Ed-Fi's change queries against the stub: a fetch of what changed ends in the files of a fetch of everything.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it cannot go on")]

mod stub;

use serde_json::{Value, json};
use sis::remote::{RemoteKind, RemoteSource, Staged, Why};
use std::fs;
use std::path::{Path, PathBuf};
use stub::{Fake, InMemory, Stub, lines, run, run_keeping};

const WEEK: i64 = 7 * 24 * 3600;

/// A district of one school, twelve students with a parent each, a teacher, and a mark for each student.
fn tiny(folder: &Path) {
    fs::create_dir_all(folder.join("oneroster")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text.replace("        ", "")).unwrap();
    write("oneroster/manifest.csv", "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n");
    write(
        "oneroster/orgs.csv",
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
        9,,,Tiny District,district,9,
        91,,,First,school,91,9\n",
    );
    write(
        "oneroster/academicSessions.csv",
        "sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear\n",
    );
    write(
        "oneroster/courses.csv",
        "sourcedId,title,courseCode,orgSourcedId
        C1,Reading,RD,91\n",
    );
    write(
        "oneroster/classes.csv",
        "sourcedId,title,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,periods
        K1,Reading A,C1,RD-1,scheduled,101,91,,1\n",
    );
    let mut users = "sourcedId,username,givenName,familyName,identifier,email,agentSourcedIds
        t1,teach,Ada,Teacher,500,,\n"
        .to_owned();
    let mut roles = "sourcedId,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
        t1-0,t1,primary,teacher,2025-09-01,,91\n"
        .to_owned();
    let mut contacts =
        "student_id,contact_id,given_name,family_name,relation,primary,lives_with,emergency\n".to_owned();
    let mut members = "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
        e1,K1,91,t1,teacher,true,2025-09-01,\n"
        .to_owned();
    let mut births = "sourcedId,birthDate\n".to_owned();
    let mut enrollments = "student_id,school_id,grade,entry_date,exit_date\n".to_owned();
    let mut attendance = "student_id,school_id,date,category,reason,duration\n".to_owned();
    for i in 10..22 {
        users += &format!("u{i},,Kid{i},Family{i},10{i},,p{i}\np{i},,Parent{i},Family{i},70{i},,\n");
        roles += &format!("u{i}-0,u{i},primary,student,,,91\np{i}-0,p{i},primary,parent,,,91\n");
        contacts += &format!("10{i},70{i},Parent{i},Family{i},Mother,true,true,false\n");
        members += &format!("e{i},K1,91,u{i},student,,2025-09-01,\n");
        births += &format!("u{i},2016-02-{i}\n");
        enrollments += &format!("10{i},91,03,2025-09-01,\n");
        attendance += &format!("10{i},91,2025-09-02,Unexcused Absence,,1\n");
    }
    write("oneroster/users.csv", &users);
    write("oneroster/roles.csv", &roles);
    write("oneroster/enrollments.csv", &members);
    write("oneroster/demographics.csv", &births);
    write("contacts.csv", &contacts);
    write("enrollments.csv", &enrollments);
    write("attendance.csv", &attendance);
    let days: String = (1..6).map(|day| format!("91,2025-09-{day:02},2025-2026 Fall Semester,1\n")).collect();
    write("calendar.csv", &format!("school_id,date,term,instructional\n{days}"));
}

struct Place {
    temp: tempfile::TempDir,
    stub: Stub,
    of: RemoteSource,
    kept: InMemory,
    fetches: u32,
}

impl Place {
    /// A stub that was fetched from once, its rows kept.
    fn new([version, standard]: [&str; 2], faults: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        tiny(&temp.path().join("files"));
        let mut more = vec!["--version", version, "--data-standard", standard];
        more.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
        let stub = Stub::serve("edfi", &temp.path().join("files"), &more);
        let kind =
            RemoteKind::EdFi { school_year: None, exit_day_enrolled: true, instructional_events: Vec::new() };
        let of = RemoteSource { page_size: Some(4), ..stub.source(kind) };
        let mut place = Self { temp, stub, of, kept: InMemory::default(), fetches: 0 };
        place.changes(&Fake::default());
        place
    }

    fn folder(&mut self) -> PathBuf {
        self.fetches += 1;
        self.temp.path().join(format!("fetched{}", self.fetches))
    }

    fn changes(&mut self, tools: &Fake) -> (Staged, PathBuf) {
        let into = self.folder();
        let secrets = self.stub.secrets();
        let staged = run_keeping(&self.of, &secrets, Some(&mut self.kept), &into, tools).unwrap();
        (staged, into)
    }

    /// Fetches what changed, holds it to a fetch of everything, and says what was noted.
    fn assert_same_as_everything(&mut self, tools: &Fake) -> Staged {
        let (staged, changed) = self.changes(tools);
        let all = self.folder();
        run(&self.of, &self.stub.secrets(), &all, &Fake::default()).unwrap();
        assert_eq!(lines(&changed), lines(&all));
        staged
    }

    fn fault(&self, name: &str) {
        self.stub.control("POST", &format!("faults/{name}"), "{}");
    }

    fn upsert(&self, resource: &str, row: &Value) {
        let body = json!({ "resource": resource, "row": row }).to_string();
        let said = self.stub.control("POST", "upsert", &body);
        assert!(said["id"].is_string(), "{said}");
    }

    fn delete_mark(&self, student: &str) {
        let mut key = json!({
            "attendanceEventCategoryDescriptor": category("Unexcused Absence"), "eventDate": "2025-09-02",
            "schoolId": 91, "schoolYear": 2026, "sessionName": "2025-2026 Fall Semester",
        });
        key["studentUniqueId"] = json!(student);
        let body = json!({ "resource": "studentSchoolAttendanceEvents", "key": key }).to_string();
        let said = self.stub.control("POST", "delete", &body);
        assert!(said["newestChangeVersion"].is_number(), "{said}");
    }

    /// Addresses of data that were asked for since the last fetch began, without their host.
    fn asked(&self) -> Vec<String> {
        let visits = self.stub.state();
        let last = visits["visits"]["last"].as_array().unwrap().clone();
        let last: Vec<String> = last.iter().map(|each| each.as_str().unwrap().to_owned()).collect();
        let begin = last.iter().rposition(|each| each == "GET /").unwrap();
        last[begin..].iter().filter(|each| each.contains("/data/")).cloned().collect()
    }
}

fn category(name: &str) -> String {
    format!("uri://ed-fi.org/AttendanceEventCategoryDescriptor#{name}")
}

fn mark(student: &str, what: &str) -> Value {
    json!({
        "attendanceEventCategoryDescriptor": category(what), "eventDate": "2025-09-02",
        "schoolReference": { "schoolId": 91 }, "studentReference": { "studentUniqueId": student },
        "sessionReference": { "schoolId": 91, "schoolYear": 2026, "sessionName": "2025-2026 Fall Semester" },
    })
}

const SERVERS: [[&str; 2]; 3] = [["5.3", "3.3"], ["7.1", "5.0"], ["7.3", "5.0"]];

#[test]
fn what_changed_ends_in_the_files_of_everything_and_nothing_else_is_asked_for() {
    for server in SERVERS {
        println!("{server:?}");
        let mut place = Place::new(server, &[]);
        // Unexcused to excused is a delete and a new row.
        place.delete_mark("1010");
        place.upsert("studentSchoolAttendanceEvents", &mark("1010", "Excused Absence"));
        place.delete_mark("1011");
        place.upsert(
            "studentSchoolAssociations",
            &json!({
                "entryDate": "2025-09-01", "exitWithdrawDate": "2025-09-03", "schoolReference": { "schoolId": 91 },
                "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Third grade",
                "studentReference": { "studentUniqueId": "1012" },
            }),
        );
        place.upsert(
            "staffs",
            &json!({ "staffUniqueId": "500", "firstName": "Ada", "lastSurname": "Married" }),
        );
        let (staged, changed) = place.changes(&Fake::default());
        assert_eq!(staged.notes, Vec::<String>::new());
        let asked = place.asked();
        // Of what was kept only the count is asked for without a window.
        let whole = |each: &&String| !each.contains("minChangeVersion") && !each.contains("limit=1&");
        let never_shown =
            |each: &&String| !each.contains("Program") && !each.contains("SectionAttendanceEvents");
        let whole: Vec<&String> = asked.iter().filter(whole).filter(never_shown).collect();
        assert_eq!(whole, Vec::<&String>::new());
        let all = place.folder();
        run(&place.of, &place.stub.secrets(), &all, &Fake::default()).unwrap();
        assert_eq!(lines(&changed), lines(&all));
        let attendance = &lines(&changed)["attendance.csv"];
        assert_eq!(attendance.len(), 12);
        assert!(attendance.iter().any(|line| line.starts_with("1010,91,2025-09-02,Excused Absence")));
    }
}

#[test]
fn a_renamed_session_moves_its_marks_and_doubles_none() {
    for server in SERVERS {
        let mut place = Place::new(server, &[]);
        let body = json!({ "schoolId": 91, "schoolYear": 2026, "sessionName": "2025-2026 Fall Semester", "to": "Autumn" });
        let said = place.stub.control("POST", "rename-session", &body.to_string());
        assert_eq!(said["changed"]["studentSchoolAttendanceEvents"], 12);
        let staged = place.assert_same_as_everything(&Fake::default());
        assert_eq!(count(&staged, "attendance.csv"), 12);
    }
}

/// How many rows of a file were staged.
fn count(staged: &Staged, file: &str) -> u64 {
    staged.files.iter().find(|(path, _)| path == file).map_or(0, |(_, rows)| *rows)
}

#[test]
fn an_id_that_was_corrected_or_swapped_takes_every_row_of_its_person_along() {
    for (resource, ids) in
        [("students", ["1010", "1011"]), ("contacts", ["7010", "7011"]), ("staffs", ["500", "501"])]
    {
        for server in [["7.3", "5.0"], ["6.1", "4.0"]] {
            let resource = if server[1] == "4.0" && resource == "contacts" { "parents" } else { resource };
            println!("{resource} {server:?}");
            let mut place = Place::new(server, &[]);
            let change = |from: &str, to: &str| {
                let body = json!({ "resource": resource, "from": from, "to": to }).to_string();
                let said = place.stub.control("POST", "change-unique-id", &body);
                assert!(said["changed"].is_object(), "{said}");
            };
            change(ids[0], "corrected");
            if resource != "staffs" {
                // Two people swap theirs: what is kept of the one must not go to the other.
                change(ids[1], ids[0]);
                change("corrected", ids[1]);
            }
            // A mark tells which student it is of after a swap.
            place.upsert("studentSchoolAttendanceEvents", &mark("1012", "Tardy"));
            let staged = place.assert_same_as_everything(&Fake::default());
            let said = "everything was read, for somebody's unique id was changed";
            assert!(staged.notes.iter().any(|note| note == said), "{:?}", staged.notes);
            let again = place.assert_same_as_everything(&Fake::default());
            assert!(!again.notes.iter().any(|note| note == said), "{:?}", again.notes);
        }
    }
}

#[test]
fn what_was_deleted_and_came_again_is_there_once() {
    let mut place = Place::new(["7.3", "5.0"], &[]);
    place.delete_mark("1010");
    place.upsert("studentSchoolAttendanceEvents", &mark("1010", "Unexcused Absence"));
    let staged = place.assert_same_as_everything(&Fake::default());
    // Its delete is hidden, so only the count shows that a row is kept that is there no more.
    assert_eq!(staged.notes.len(), 1);
    assert!(
        staged.notes[0].ends_with("did not add up: studentSchoolAttendanceEvents"),
        "{}",
        staged.notes[0]
    );
    assert_eq!(count(&staged, "attendance.csv"), 12);
    // And then it is kept as it is.
    assert_eq!(place.assert_same_as_everything(&Fake::default()).notes, Vec::<String>::new());
}

#[test]
fn a_server_that_does_not_say_all_of_what_changed_is_read_in_full() {
    for fault in
        ["deletes-only-ids", "deletes-not-shown", "no-total-count", "change-queries-off", "duplicate-rows"]
    {
        for server in [["7.1", "5.0"], ["7.3", "5.0"]] {
            println!("{fault} {server:?}");
            let mut place = Place::new(server, &[]);
            place.fault(fault);
            place.delete_mark("1010");
            place.upsert("studentSchoolAttendanceEvents", &mark("1011", "Tardy"));
            let staged = place.assert_same_as_everything(&Fake::default());
            assert_eq!(count(&staged, "attendance.csv"), 12, "{fault}");
            let in_full = staged.notes.iter().any(|note| note.contains("studentSchoolAttendanceEvents"));
            assert_eq!(in_full, !matches!(fault, "deletes-only-ids" | "change-queries-off"), "{fault}");
            // Where nothing can be asked for by its change, nothing is kept either.
            assert_eq!(place.kept.0.is_some(), fault != "change-queries-off", "{fault}");
        }
    }
}

#[test]
fn no_fault_on_the_way_loses_or_doubles_a_change() {
    for fault in [
        "forbidden-for-unauthorized",
        "no-content-for-not-found",
        "reordered",
        "token-expires-mid-run",
        "rate-limit",
        "unavailable",
        "cut-mid-page",
        "cursor-empty-body-with-token",
    ] {
        println!("{fault}");
        let mut place = Place::new(["7.3", "5.0"], &[]);
        place.delete_mark("1010");
        place.upsert("studentSchoolAttendanceEvents", &mark("1010", "Excused Absence"));
        place.fault(fault);
        let staged = place.assert_same_as_everything(&Fake::default());
        assert_eq!(count(&staged, "attendance.csv"), 12);
    }
}

#[test]
fn a_snapshot_that_is_older_than_what_is_kept_is_read_in_full() {
    let mut place = Place::new(["7.3", "5.0"], &[]);
    place.stub.control("POST", "snapshot", "");
    place.delete_mark("1010");
    // Kept without the snapshot, which was not offered then.
    place.fault("snapshot-not-offered");
    let (staged, _) = place.changes(&Fake::default());
    assert_eq!(count(&staged, "attendance.csv"), 11);
    place.stub.control("DELETE", "faults", "");
    let staged = place.assert_same_as_everything(&Fake::default());
    assert_eq!(count(&staged, "attendance.csv"), 12);
}

#[test]
fn everything_is_read_again_after_a_week_and_where_what_is_kept_is_of_another_source_or_damaged() {
    let is_full = |place: &Place| !place.asked().iter().any(|each| each.contains("minChangeVersion"));
    let mut place = Place::new(["7.3", "5.0"], &[]);
    let expect = |place: &mut Place, later, why: Option<&str>| {
        let (staged, _) = place.changes(&Fake { later, ..Fake::default() });
        let notes: Vec<String> = why.iter().map(|why| format!("everything was read, for {why}")).collect();
        assert_eq!(staged.notes, notes);
        assert_eq!(is_full(place), why.is_some());
    };
    expect(&mut place, WEEK - 1, None);
    expect(&mut place, WEEK, Some("that is done once a week"));
    expect(&mut place, WEEK, None);
    // A clock that went back does not make the rows older than they are.
    expect(&mut place, 0, Some("that is done once a week"));
    place.of.base_url.push('/');
    let another = "what is kept of the last fetch is of another address, server or version of this program";
    expect(&mut place, 0, Some(another));
    place.kept.0 = Some(b"not what was kept".to_vec());
    expect(&mut place, 0, Some("what is kept of the last fetch cannot be read"));
    place.kept.0 = None;
    expect(&mut place, 0, Some("nothing is kept of an earlier fetch"));
    let whole = place.kept.0.clone().unwrap();
    place.kept.0 = Some(whole[..whole.len() / 2].to_vec());
    let staged = place.assert_same_as_everything(&Fake::default());
    assert_eq!(count(&staged, "attendance.csv"), 12);
}

#[test]
fn what_is_kept_holds_no_secret_and_stays_where_a_fetch_fails() {
    let mut place = Place::new(["7.3", "5.0"], &[]);
    let before = place.kept.0.clone();
    let text = String::from_utf8(before.clone().unwrap()).unwrap();
    assert!(!text.contains(place.stub.text("clientSecret")));
    place.delete_mark("1010");
    place.fault("redirect-other-host");
    let (into, secrets) = (place.folder(), place.stub.secrets());
    let failed = run_keeping(&place.of, &secrets, Some(&mut place.kept), &into, &Fake::default());
    assert_eq!(failed.unwrap_err().why, Why::Redirect(302));
    assert_eq!(place.kept.0, before);
    assert!(!into.exists());
    place.stub.control("DELETE", "faults", "");
    place.assert_same_as_everything(&Fake::default());
}
