//! Tables that people take along, and records opened beside a list: what is in them, and the trace they leave.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod common;

use axum::http::{Method, StatusCode, header};
use common::{Browser, World, demo, ours};
use demo::people::why;
use model::ids::SchoolId;
use model::role::Role;
use serde_json::Value;

async fn principal(world: &World) -> Browser {
    let id = world.delivered.demo.who(why::PRINCIPAL);
    world.invited(&demo(), Role::SchoolAdministrator, id).await
}

async fn district(world: &World) -> Browser {
    let id = world.delivered.demo.who(why::DISTRICT_ADMINISTRATOR);
    world.invited(&demo(), Role::DistrictAdministrator, id).await
}

/// The events of the audit log of one kind, in order.
async fn events(world: &World, kind: &str) -> Vec<Value> {
    let rows = world.directory.district(&demo()).await.unwrap().audit_rows_after(0).await.unwrap();
    rows.iter().filter(|row| row.kind == kind).map(|row| serde_json::from_str(&row.event).unwrap()).collect()
}

/// The rows of a file, with its head.
fn rows(body: &str) -> Vec<Vec<String>> {
    let text = body.strip_prefix('\u{feff}').expect("the mark by which spreadsheets know UTF-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A school of the principal, and one of its students.
async fn theirs(world: &World) -> (SchoolId, String) {
    let roster = &world.delivered.demo;
    let school = roster.led_by(roster.who(why::PRINCIPAL)).to_owned();
    let student = roster.names.keys().find(|id| roster.school_of(id) == Some(school.as_str())).unwrap();
    let schools = world.directory.district(&demo()).await.unwrap().school_ids(&World::job()).await.unwrap();
    (schools[&school], student.clone())
}

#[tokio::test]
async fn the_file_holds_every_row_of_the_list_and_the_log_says_how_many() {
    let world = World::new().await;
    let mut district = district(&world).await;
    let roster = &world.delivered.demo;
    let answer = district.post("/download/students", "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"students.csv\""));
    let rows = rows(&answer.body);
    let enrolled = roster.names.keys().filter(|id| roster.school_of(id).is_some()).count();
    assert!(enrolled > 100, "more than a page of the list");
    assert_eq!(rows.len(), enrolled + 1, "and the head");
    let exported = events(&world, "exported").await;
    assert_eq!(exported, [serde_json::json!({ "kind": "exported", "table": "students", "rows": enrolled })]);
}

#[tokio::test]
async fn the_file_follows_the_filters_and_the_text_searched_for() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let (_, student) = theirs(&world).await;
    let answer = principal.post("/download/students", &format!("text={student}")).await;
    let found = rows(&answer.body);
    assert!(found[1..].iter().any(|row| row[1] == student), "{found:?}");
    assert!(found[1..].iter().all(|row| row[1].contains(&student)), "{found:?}");
    let everybody = rows(&principal.post("/download/students", "").await.body).len();
    let former = rows(&principal.post("/download/students?former=1", "").await.body).len();
    assert!(former >= everybody);
    let none = rows(&principal.post("/download/students?grade=PK", "").await.body);
    assert_eq!(none.len(), 1, "only the head");
}

#[tokio::test]
async fn what_a_school_hides_on_its_page_is_hidden_in_its_files() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let (school, _) = theirs(&world).await;
    for table in ["grades", "weeks"] {
        let answer = principal.post(&format!("/download/schools/{school}/{table}"), "").await;
        assert_eq!(answer.status, StatusCode::OK);
        let rows = rows(&answer.body);
        assert!(rows.len() > 1, "{table}");
        for row in &rows[1..] {
            let figures = &row[1..3];
            if figures.iter().any(|f| f == "hidden") {
                assert!(row[1..].iter().all(|f| f == "hidden"), "{row:?}");
                continue;
            }
            let [group, count] = [0, 1].map(|i| figures[i].parse::<u32>().unwrap());
            for part in [group, count, group - count] {
                assert!(part == 0 || part >= 10, "{table}: {row:?}");
            }
        }
    }
    // Grades of a district of 150 are small: something is hidden.
    let grades = principal.post(&format!("/download/schools/{school}/grades"), "").await;
    assert!(grades.body.contains("hidden"));
}

#[tokio::test]
async fn a_students_file_says_whose_it_was_to_the_log_and_to_nobody_else() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let (_, student) = theirs(&world).await;
    let (given, family) = world.delivered.demo.names[&student].clone();
    let id = world.student(&demo(), &student).await;
    for (table, kind) in
        [("days", "student_days"), ("weeks", "student_weeks"), ("signals", "student_signals")]
    {
        let answer = principal.post(&format!("/download/students/{id}/{table}"), "").await;
        assert_eq!(answer.status, StatusCode::OK);
        let name = answer.header("content-disposition").unwrap();
        assert!(!name.contains(&given) && !name.contains(&family) && !name.contains(&student), "{name}");
        let event = events(&world, "exported").await.pop().unwrap();
        assert_eq!(event["table"], kind);
        assert_eq!(event["rows"], rows(&answer.body).len() - 1);
        assert_eq!(event["student"], serde_json::to_value(id).unwrap());
    }
    assert_eq!(events(&world, "student_opened").await.len(), 0);
}

#[tokio::test]
async fn a_teachers_file_holds_no_reason_of_an_absence() {
    let world = World::new().await;
    let roster = &world.delivered.demo;
    let teacher = roster.who(why::HOMEROOM_TEACHER).to_owned();
    let mut browser = world.invited(&demo(), Role::Teacher, &teacher).await;
    let mut days = 0;
    for student in roster.taught_by(&teacher) {
        let id = world.student(&demo(), &student).await;
        let answer = browser.post(&format!("/download/students/{id}/signals"), "").await;
        let rows = rows(&answer.body);
        let reason = rows[0].iter().position(|head| head == "Reason given").unwrap();
        days += rows.len() - 1;
        assert!(rows[1..].iter().all(|row| row[reason].is_empty()), "{student}");
    }
    assert!(days > 0);
}

#[tokio::test]
async fn a_file_is_not_sent_to_a_mere_look_or_to_another_site() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    for path in ["/download/students", "/download/worklist", "/download/data/runs"] {
        let looked = principal.get(path).await;
        assert_eq!(looked.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let mut request = ours(Method::POST, path, "application/x-www-form-urlencoded", "");
        request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(principal.send(request).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(events(&world, "exported").await.len(), 0);
}

#[tokio::test]
async fn a_student_opened_beside_a_list_leaves_the_same_trace_as_on_their_own_page() {
    let world = World::new().await;
    let mut principal = principal(&world).await;
    let (_, student) = theirs(&world).await;
    let id = world.student(&demo(), &student).await;
    for (number, address) in ["/", "/students"].into_iter().enumerate() {
        let answer = principal.get(&format!("{address}?open={id}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains(&format!("Id {student}")), "{address}");
        assert_eq!(events(&world, "student_opened").await.len(), number + 1);
    }
    // A name searched for stays out of the address, with a record open too.
    let answer = principal.post(&format!("/students?open={id}"), &format!("text={student}")).await;
    assert!(answer.body.contains(&format!("Id {student}")));
    assert!(!answer.body.contains("text="));
    assert!(
        answer.body.contains(&format!("action=\"/students?open={id}#at\"")),
        "rows go on with the search"
    );
}

#[tokio::test]
async fn whoever_chooses_how_close_rows_stand_keeps_it_and_stays_where_they_were() {
    let world = World::new().await;
    let mut browser = principal(&world).await;
    let session = browser.cookie.clone().unwrap();
    assert!(browser.get("/students").await.body.contains("data-density=\"automatic\""));
    let mut request = ours(Method::POST, "/density", "application/x-www-form-urlencoded", "density=close");
    request.headers_mut().insert(header::HOST, "everpresent.example".parse().unwrap());
    request.headers_mut().insert(header::REFERER, "https://everpresent.example/students".parse().unwrap());
    let answer = browser.send(request).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/students")));
    browser.cookie = Some(format!("{session}; density=close"));
    assert!(browser.get("/students").await.body.contains("data-density=\"close\""));
    let nothing = world.browser().post("/density", "density=none").await;
    assert_eq!((nothing.status, nothing.header("set-cookie")), (StatusCode::UNPROCESSABLE_ENTITY, None));
}
