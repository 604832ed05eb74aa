//! The source beside what is held, on the pages of both engines: a day that differs opens to its rows, for those who lead
//! the district and nobody else.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod common;

use axum::http::StatusCode;
use common::{Browser, World, demo};
use demo::people::why;
use model::role::Role;

/// The addresses of links that begin with a text, each once.
fn links(body: &str, beginning: &str) -> Vec<String> {
    let mut found: Vec<String> = body
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|address| address.replace("&amp;", "&"))
        .filter(|address| address.starts_with(beginning))
        .collect();
    found.dedup();
    found
}

async fn browser(world: &World, role: Role, why: &'static str) -> Browser {
    let person = world.delivered.demo.who(why).to_owned();
    world.invited(&demo(), role, &person).await
}

#[tokio::test]
async fn a_day_that_differs_opens_to_its_rows_for_those_who_lead_the_district_and_is_audited() {
    for world in [World::new().await, World::on_postgres().await] {
        let district = world.directory.district(&demo()).await.unwrap();
        let mut administrator =
            browser(&world, Role::DistrictAdministrator, why::DISTRICT_ADMINISTRATOR).await;
        let data = administrator.get("/data").await.body;
        assert_eq!(links(&data, "/data/reconciliation"), ["/data/reconciliation"]);
        // The exports have a row on a Saturday, and two that cannot be used on the last day, all of one school.
        let overview = administrator.get("/data/reconciliation").await.body;
        assert!(overview.contains("2 school days differ."), "{overview}");
        let mut opened = Vec::new();
        for school in links(&overview, "/data/reconciliation?school=") {
            let page = administrator.get(&school).await.body;
            let (differing, all) = page.split_once("<details").unwrap();
            assert!(links(all, &format!("{school}&day=")).len() > 100, "every day can be opened");
            for day in links(differing, &format!("{school}&day=")) {
                opened.push((day.clone(), administrator.get(day.split('#').next().unwrap()).await.body));
            }
        }
        let [(last_day, last), (_, saturday)] = opened.as_slice() else { panic!("{}", opened.len()) };
        assert!(saturday.contains("1 row not used") && saturday.contains("Not a school day"), "{saturday}");
        assert!(saturday.contains("No mark of this day is held."), "{saturday}");
        assert!(last.contains("2 rows not used") && last.contains("999999999"), "{last}");
        assert!(last.contains("/students/"), "the marks that are held lead to their students: {last}");

        let rows = district.audit_rows_after(0).await.unwrap();
        let seen = rows.iter().filter(|row| row.kind == "day_reconciled").count();
        assert_eq!(seen, 2, "each day that was opened, and no other page");

        let school = last_day.split('&').next().unwrap();
        for (address, status) in [
            (format!("{school}&day=1999-01-01"), StatusCode::NOT_FOUND),
            (format!("{school}&day=yesterday"), StatusCode::NOT_FOUND),
            ("/data/reconciliation?school=0000000000001".to_owned(), StatusCode::NOT_FOUND),
        ] {
            assert_eq!(administrator.get(&address).await.status, status, "{address}");
        }
        for (role, why) in [
            (Role::SchoolAdministrator, why::PRINCIPAL),
            (Role::Teacher, why::HOMEROOM_TEACHER),
            (Role::Counselor, why::COUNSELOR),
            (Role::Guardian, why::PARENT_OF_SEVERAL),
        ] {
            let mut browser = browser(&world, role, why).await;
            for address in ["/data/reconciliation", last_day.split('#').next().unwrap()] {
                let answer = browser.get(address).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {address}");
                assert!(!answer.body.contains("999999999"), "{role} {address}");
            }
            assert!(links(&browser.get("/data").await.body, "/data/reconciliation").is_empty(), "{role}");
        }
        assert_eq!(
            district
                .audit_rows_after(0)
                .await
                .unwrap()
                .iter()
                .filter(|row| row.kind == "day_reconciled")
                .count(),
            2
        );
    }
}
