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

/// Some columns of a file of the demo.
fn columns<const N: usize>(folder: &Path, file: &str, names: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = names.map(|name| headers.iter().position(|header| header == name).unwrap());
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

        // A family reads of the last year of the child, and of all of its schools together. Where a child left with the
        // last year's end, that is said as of then.
        let spans = columns(out.path(), "enrollments.csv", ["student_id", "school_id", "entry_date"]);
        let mut chronic: HashMap<String, (u32, Option<u32>)> = HashMap::new();
        for (as_of, year) in [("2025-06-04", "2024-07".."2025-07"), ("2026-03-18", "2025-07".."2026-07")] {
            let mut schools: HashMap<&str, HashSet<&str>> = HashMap::new();
            for [student, school, _] in spans.iter().filter(|[_, _, entry]| year.contains(&entry.as_str())) {
                schools.entry(student).or_default().insert(school);
            }
            chronic.retain(|student, _| !schools.contains_key(student.as_str()));
            let as_of = as_of.parse().unwrap();
            let ask = evaluate::Order { as_of, known_on: None, packs: vec!["us-federal".into()] };
            let said = evaluate::run(&context, &made.district, &ask, &Silent).await.unwrap();
            for row in said.signals.into_iter().filter(|row| row.rule == "US-CHRONIC" && row.standing) {
                let of_one = schools.get(row.student_id.as_str()).is_some_and(|schools| schools.len() == 1);
                if of_one || row.scope == "district" {
                    chronic.insert(row.student_id, (row.numerator, row.denominator));
                }
            }
        }

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

        let guardians: BTreeSet<String> = columns(out.path(), "contacts.csv", ["contact_id"])
            .into_iter()
            .map(|[contact]| contact)
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
