//! Sources on the pages, on both engines: what an administrator of the district has done with one, and that nobody else
//! does anything.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

mod common;

use axum::http::StatusCode;
use chrono::TimeDelta;
use common::{Browser, World, demo};
use demo::people::why;
use model::canonical::Carries;
use model::ids::{PersonId, SourceId};
use model::role::Role;
use serde_json::json;
use services::jobs::{End, turn};
use services::sources::{KeyPlace, Means, Servers};
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use store::District;
use tempfile::TempDir;

/// The demo district with the files it was made of in a folder, which is its source `nightly`.
struct Town {
    world: World,
    district: District,
    files: TempDir,
    id: SourceId,
    administrator: Browser,
    who: PersonId,
}

impl Town {
    async fn new(world: World) -> Self {
        let files = tempfile::tempdir().unwrap();
        common::write_demo_export(files.path());
        common::add_folder(&world.context, &demo(), "nightly", files.path(), Carries::Whole).await;
        let district = world.directory.district(&demo()).await.unwrap();
        let id = district.sources().await.unwrap()[0].id;
        let local_id = world.delivered.demo.who(why::DISTRICT_ADMINISTRATOR).to_owned();
        let who = world.person(&demo(), &local_id).await;
        let administrator = world.invited(&demo(), Role::DistrictAdministrator, &local_id).await;
        Self { world, district, files, id, administrator, who }
    }

    async fn both() -> [Self; 2] {
        [Self::new(World::new().await).await, Self::new(World::on_postgres().await).await]
    }

    fn address(&self) -> String {
        format!("/data/sources/{}", self.id)
    }

    /// Sends a form of the source's page twice, as a double click does; where each led.
    async fn twice(&mut self, form: &str) -> [String; 2] {
        let address = self.address();
        let mut places = Vec::new();
        for _ in 0..2 {
            let answer = self.administrator.post(&address, form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form}: {}", answer.body);
            places.push(answer.location().unwrap().to_owned());
        }
        places.try_into().unwrap()
    }

    /// What the page of the source says.
    async fn page(&mut self) -> String {
        let address = self.address();
        let answer = self.administrator.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            !answer.body.contains(self.files.path().to_str().unwrap()),
            "where the files lie is not said"
        );
        answer.body
    }

    /// Does the job that waits, a minute later; `None` where there is none.
    async fn turn(&self) -> Option<End> {
        self.world.clock.pass(TimeDelta::minutes(1));
        let means = Means {
            keys: KeyPlace { file: None, text: None },
            data: self.world.site.clone(),
            fetcher: Arc::new(Servers::new(&self.world.context)),
            post: None,
        };
        turn(&self.world.context, &means, &demo(), pending()).await.unwrap().map(|ran| ran.end)
    }

    /// Asks for a run on the page, and does it.
    async fn run(&mut self) -> End {
        let last = value(&self.page().await, "last");
        let address = self.address();
        let answer = self.administrator.post(&address, &format!("do=run&last={last}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.turn().await.unwrap()
    }

    fn enrollments(&self) -> PathBuf {
        self.files.path().join("enrollments.csv")
    }

    /// Every other enrollment is gone from the files.
    fn halve(&self) {
        let text = std::fs::read_to_string(self.enrollments()).unwrap();
        let kept = text.lines().enumerate().filter(|(number, _)| number % 2 == 0).map(|(_, line)| line);
        std::fs::write(self.enrollments(), kept.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }

    /// How many events of a kind the administrator caused; nobody else caused any.
    async fn events(&self, kind: &str) -> usize {
        let rows = self.district.audit_rows_after(0).await.unwrap();
        let of_kind: Vec<_> = rows.into_iter().filter(|row| row.kind == kind).collect();
        assert!(of_kind.iter().all(|row| row.actor == Some(self.who)), "{kind}");
        of_kind.len()
    }
}

/// The value of the first hidden field of that name.
fn value(body: &str, name: &str) -> String {
    let after = body.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("the field");
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_done_with_a_source_is_done_once_however_often_its_form_is_sent_and_noted_with_who_did_it() {
    for mut town in Town::both().await {
        let place = town.address();
        let twice = |done: &str| [format!("{place}?done={done}"), format!("{place}?done={done}")];
        assert_eq!(town.twice("do=run&last=").await, twice("queued"));
        assert_eq!(town.events("source_queued").await, 1);
        assert!(town.page().await.contains("A run begins in a moment"));
        assert_eq!(town.turn().await, Some(End::Applied));
        // The form of the page as it was before: whoever sent it sees how the run ended.
        let late = town.administrator.post(&place, "do=run&last=").await;
        assert_eq!(late.status, StatusCode::OK);
        assert!(late.body.contains("A run began since you opened the page"), "{}", late.body);
        assert_eq!((town.turn().await, town.events("source_queued").await), (None, 1));

        assert_eq!(town.twice("do=schedule&fields=15+4++*+*+1-5").await, twice("scheduled"));
        let page = town.page().await;
        assert!(page.contains("Monday to Friday at 04:15") && page.contains("Thu 19 Mar 04:"), "{page}");
        assert_eq!(town.twice("do=pause").await, twice("paused"));
        assert!(town.page().await.contains("Paused since"));
        assert_eq!(town.twice("do=resume").await, twice("resumed"));
        assert_eq!(town.twice("do=unschedule").await, twice("unscheduled"));
        assert_eq!(town.twice("do=pause&from=list").await, ["/data?done=paused", "/data?done=paused"]);
        for (kind, count) in [("source_scheduled", 2), ("source_paused", 2), ("source_resumed", 1)] {
            assert_eq!(town.events(kind).await, count, "{kind}");
        }

        assert_eq!(town.twice("do=end").await, ["/data?done=ended", "/data?done=ended"]);
        assert_eq!(town.events("source_ended").await, 1);
        assert_eq!(town.administrator.get(&place).await.status, StatusCode::NOT_FOUND);
        assert_eq!(town.administrator.post(&place, "do=run&last=").await.status, StatusCode::NOT_FOUND);
        let ended = &town.district.sources().await.unwrap()[0];
        assert_eq!(ended.ended_by, Some(town.who));
        let data = town.administrator.get("/data?done=ended").await.body;
        assert!(data.contains("The source has ended") && !data.contains("nightly"), "{data}");
        services::audit::verify(&town.world.context, &demo()).await.unwrap();
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_is_said_beside_its_field_and_one_that_can_is_said_in_words() {
    let mut town = Town::new(World::new().await).await;
    let place = town.address();
    for act in ["look", "schedule"] {
        for wrong in ["every+night", "0+0+31+2+*", "", "61+*+*+*+*"] {
            let answer = town.administrator.post(&place, &format!("do={act}&fields={wrong}")).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.body.contains("aria-describedby=\"problem-fields\""), "{act} {wrong}");
        }
    }
    let looked = town.administrator.post(&place, "do=look&fields=0+6,12+*+*+1,3").await.body;
    assert!(looked.contains("Mon and Wed at 06:00 and 12:00"), "{looked}");
    assert!(looked.contains("Mon 23 Mar 06:0"), "{looked}");
    assert_eq!(town.events("source_scheduled").await, 0);
    // What is no order changes nothing.
    let nothing = town.administrator.post(&place, "do=dance").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_a_run_that_stopped_would_take_away_is_shown_and_goes_once_with_a_reason_and_by_its_digest() {
    for mut town in Town::both().await {
        assert_eq!(town.run().await, End::Applied);
        town.halve();
        assert_eq!(town.run().await, End::Braked);
        let data = town.administrator.get("/data").await.body;
        assert!(data.contains("See what would go") && data.contains("rows would go"), "{data}");
        let seen = town.events("removals_viewed").await;
        let page = town.page().await;
        assert_eq!(town.events("removals_viewed").await, seen + 1);
        for said in ["Enrollments", "more than 1 in 10", "School</th>", "such as"] {
            assert!(page.to_lowercase().contains(&said.to_lowercase()), "{said}: {page}");
        }
        let (place, digest) = (town.address(), value(&page, "digest"));
        for (form, said) in [
            (format!("do=approve&digest={digest}&reason=+"), "aria-describedby=\"problem-reason\""),
            ("do=approve&digest=00&reason=moved".to_owned(), "Something else would go now"),
        ] {
            let answer = town.administrator.post(&place, &form).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.body.contains(said), "{said}: {}", answer.body);
        }
        assert_eq!((town.events("removals_approved").await, town.turn().await), (0, None));

        let form = format!("do=approve&digest={digest}&reason=moved+to+the+new+school");
        let done = format!("{place}?done=approved");
        assert_eq!(town.twice(&form).await, [done.clone(), done]);
        assert_eq!(town.events("removals_approved").await, 1);
        assert!(town.page().await.contains("What would go was approved"));
        assert_eq!(town.turn().await, Some(End::Applied));
        let again = town.administrator.post(&place, &form).await;
        assert!(again.body.contains("Nothing waits for approval"), "{}", again.body);
        assert_eq!((town.events("removals_approved").await, town.turn().await), (1, None));
        assert!(!town.page().await.contains("What would go"));
        services::audit::verify(&town.world.context, &demo()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_but_an_administrator_of_the_district_does_anything_with_a_source() {
    for mut town in Town::both().await {
        assert_eq!(town.run().await, End::Applied);
        town.halve();
        assert_eq!(town.run().await, End::Braked);
        let digest = value(&town.page().await, "digest");
        let before = town.district.audit_rows_after(0).await.unwrap().len();
        let forms = [
            "do=run&last=".to_owned(),
            "do=pause".to_owned(),
            "do=resume".to_owned(),
            "do=look&fields=1+1+*+*+*".to_owned(),
            "do=schedule&fields=1+1+*+*+*".to_owned(),
            "do=unschedule".to_owned(),
            format!("do=approve&digest={digest}&reason=mine"),
            "do=end".to_owned(),
            String::new(),
        ];
        let (place, id) = (town.address(), town.id.to_string());
        for (role, person, status) in [
            (Role::SchoolAdministrator, why::PRINCIPAL, StatusCode::FORBIDDEN),
            (Role::Teacher, why::HOMEROOM_TEACHER, StatusCode::FORBIDDEN),
            (Role::Counselor, why::COUNSELOR, StatusCode::FORBIDDEN),
            (Role::Guardian, why::PARENT_OF_SEVERAL, StatusCode::NOT_FOUND),
        ] {
            let person = town.world.delivered.demo.who(person).to_owned();
            let mut browser = town.world.invited(&demo(), role, &person).await;
            for form in &forms {
                let answer = browser.post(&place, form).await;
                assert_eq!(answer.status, status, "{role} {form}");
                assert!(!answer.body.contains(&digest) && !answer.body.contains("nightly"), "{role} {form}");
            }
            assert_eq!(browser.get(&place).await.status, status, "{role}");
            assert_eq!(browser.call("/api/source", &json!({ "id": id })).await.status, status, "{role}");
            let data = browser.get("/data").await;
            let shown = data.body.contains("nightly");
            assert_eq!(shown, role.is_staff(), "{role}");
            assert!(!data.body.contains("/data/sources/") && !data.body.contains(&digest), "{role}");
            // Even those who see the list are not told where the files lie.
            let sent = browser.call("/api/data", &json!({})).await.body;
            assert!(!sent.contains(town.files.path().to_str().unwrap()), "{role}");
        }
        let rows = town.district.audit_rows_after(0).await.unwrap();
        let of_sources: Vec<_> = rows[before..]
            .iter()
            .filter(|row| row.kind.starts_with("source_") || row.kind.starts_with("removals_"))
            .map(|row| &row.kind)
            .collect();
        assert!(of_sources.is_empty(), "{of_sources:?}");
        assert_eq!(town.district.sources().await.unwrap()[0].ended_at, None);
    }
}

#[tokio::test]
async fn an_alert_stands_at_the_top_for_those_who_lead_the_district_until_a_run_is_good() {
    for mut town in Town::both().await {
        let said = "A run of nightly stopped before it changed anything, and waits for a person.";
        assert_eq!(town.run().await, End::Applied);
        assert!(!town.administrator.get("/").await.body.contains(said));
        town.halve();
        assert_eq!(town.run().await, End::Braked);
        assert_eq!(town.turn().await, None);
        let way = format!("href=\"{}\"", town.address());
        for page in ["/", "/data"] {
            let body = town.administrator.get(page).await.body;
            assert!(body.contains(said) && body.contains(&way), "{page}: {body}");
        }
        for (role, person) in [
            (Role::SchoolAdministrator, why::PRINCIPAL),
            (Role::Teacher, why::HOMEROOM_TEACHER),
            (Role::Counselor, why::COUNSELOR),
            (Role::Guardian, why::PARENT_OF_SEVERAL),
        ] {
            let person = town.world.delivered.demo.who(person).to_owned();
            let mut browser = town.world.invited(&demo(), role, &person).await;
            for page in ["/", "/data"] {
                let body = browser.get(page).await.body;
                assert!(!body.contains(said), "{role} {page}");
                assert!(!body.contains("/data/sources/"), "{role} {page}");
            }
        }
        let digest = value(&town.page().await, "digest");
        let address = town.address();
        town.administrator.post(&address, &format!("do=approve&digest={digest}&reason=moved")).await;
        assert_eq!(town.turn().await, Some(End::Applied));
        assert_eq!(town.turn().await, None);
        for page in ["/", "/data"] {
            assert!(!town.administrator.get(page).await.body.contains(said), "{page}");
        }
    }
}
