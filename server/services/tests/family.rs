//! What families are told, against what the rules say of the same child.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::page::StudentFilter;
use model::role::Role;
use services::{Context, Silent, Visit, demo, evaluate, family, invite, sign_in, students};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use store::testing::both;
use support::open;

/// Two columns of a file of the demo.
fn column(folder: &Path, file: &str, columns: [&str; 2]) -> Vec<[String; 2]> {
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = columns.map(|name| headers.iter().position(|header| header == name).unwrap());
    reader.records().map(|row| row.map(|row| at.map(|at| row[at].to_owned())).unwrap()).collect()
}

/// A person at the program, where there is something for them to see.
async fn visit(context: &Context, made: &demo::Made, role: Role, person: Option<&str>) -> Option<Visit> {
    let link = invite::make(context, &made.district, role, person).await.ok()?;
    let session = sign_in::redeem(context, &link.reveal()).await.unwrap()?;
    sign_in::identify(context, &session.reveal()).await.unwrap()
}

#[tokio::test]
async fn a_family_is_told_of_one_day_in_ten_exactly_where_chronic_absence_stands() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        clock.set("2026-03-18T16:00:00Z");
        let out = tempfile::tempdir().unwrap();
        let today = "2026-03-18".parse().unwrap();
        let order =
            demo::Order { students: 300, seed: 7, today: Some(today), out: Some(out.path().to_owned()) };
        let made = demo::make(&context, &order, &Silent).await.unwrap();

        let ask = evaluate::Order { as_of: today, known_on: None, packs: vec!["us-federal".into()] };
        let said = evaluate::run(&context, &made.district, &ask, &Silent).await.unwrap();
        let mut schools: HashMap<String, HashSet<String>> = HashMap::new();
        for [student, school] in column(out.path(), "enrollments.csv", ["student_id", "school_id"]) {
            schools.entry(student).or_default().insert(school);
        }
        // A family reads of all the schools of the year together.
        let chronic: HashMap<&str, _> = said
            .signals
            .iter()
            .filter(|row| row.rule == "US-CHRONIC" && row.standing)
            .filter(|row| row.scope == "district" || schools[&row.student_id].len() == 1)
            .map(|row| (row.student_id.as_str(), (row.numerator, row.denominator)))
            .collect();

        let admin = visit(&context, &made, Role::DistrictAdministrator, None).await.unwrap();
        let everybody = StudentFilter { former: true, ..StudentFilter::default() };
        let mut local_ids = HashMap::new();
        for page in 1.. {
            let filter = StudentFilter { page, ..everybody.clone() };
            let list = students::list(&admin, filter, String::new()).await.unwrap();
            let before = local_ids.len();
            local_ids.extend(list.rows.into_iter().map(|row| (row.student, row.local_id)));
            if local_ids.len() == before {
                break;
            }
        }

        let guardians: BTreeSet<String> = column(out.path(), "contacts.csv", ["contact_id", "student_id"])
            .into_iter()
            .map(|[contact, _]| contact)
            .collect();
        let (mut often, mut told) = (0, HashSet::new());
        for guardian in guardians {
            let Some(visit) = visit(&context, &made, Role::Guardian, Some(&guardian)).await else { continue };
            for child in family::page(&visit).await.unwrap().children {
                let id = local_ids[&child.student].as_str();
                let finding = chronic.get(id);
                assert_eq!(child.often_missed, finding.is_some(), "{}: {id}", store.engine);
                if let Some((numerator, denominator)) = finding {
                    assert_eq!((child.missed, Some(child.days)), (*numerator, *denominator), "{id}");
                }
                often += usize::from(told.insert(id.to_owned()) && child.often_missed);
            }
        }
        assert!(
            often > 20 && told.len() > often + 50,
            "{often} of {}: the demo has too few of both",
            told.len()
        );
        context.close().await;
    }
}
