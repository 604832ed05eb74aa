//! The main job on real input: the sample district of Ed-Fi, from its files to the list, on both engines. Skipped with a
//! word where the data is absent.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod cli_common;

use cli_common::{Ran, Store, run, shared};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

const AS_OF: &str = "2022-05-27";
const WEEKEND: [u64; 3] = [1224, 1235, 1250];

fn sync(store: &Store, data: &Path) -> Ran {
    store.run(&["sync", "grand-bend", "--from", data.to_str().unwrap(), "--format", "json"])
}

fn evaluate(store: &Store) -> Ran {
    store.run(&["evaluate", "grand-bend", "--as-of", AS_OF, "--pack", "us-federal", "--format", "json"])
}

/// Table: file and rows read.
fn rows_read(report: &Value) -> BTreeMap<String, (String, u64)> {
    let tables = report["tables"].as_object().unwrap();
    let row = |t: &Value| (t["file"].as_str().unwrap().to_owned(), t["read"].as_u64().unwrap());
    tables.iter().map(|(table, counts)| (table.clone(), row(counts))).collect()
}

fn add(store: &Store) {
    store.run(&["district", "add", "grand-bend", "--name", "Grand Bend ISD"]).ends(0);
}

#[test]
fn the_main_job_on_real_input_on_both_engines() {
    let Some(data) = shared("grand-bend") else { return };
    let stores = Store::both();
    let mut answers = Vec::new();
    for store in &stores {
        add(store);

        let first = sync(store, &data).ends(3);
        let report = first.json();
        for (table, t) in report["tables"].as_object().unwrap() {
            let n = |name: &str| t[name].as_u64().unwrap();
            assert_eq!(
                n("read"),
                n("added") + n("changed") + n("unchanged") + n("set_aside"),
                "{}: {table}",
                store.engine
            );
            assert_eq!(n("changed") + n("unchanged") + n("removed"), 0, "{}: {table}", store.engine);
        }
        let of = |table: &str, file: &str, read| (table.to_owned(), (file.to_owned(), read));
        let expected = BTreeMap::from([
            of("orgs", "oneroster/orgs.csv", 4),
            of("terms", "oneroster/academicSessions.csv", 7),
            of("courses", "oneroster/courses.csv", 84),
            of("sections", "oneroster/classes.csv", 532),
            of("people", "oneroster/users.csv", 733),
            of("roles", "oneroster/roles.csv", 733),
            of("section_rosters", "oneroster/enrollments.csv", 528),
            of("demographics", "oneroster/demographics.csv", 227),
            of("calendar", "calendar.csv", 567),
            of("enrollments", "enrollments.csv", 227),
            of("contacts", "contacts.csv", 450),
            of("attendance", "attendance.csv", 1917),
        ]);
        assert_eq!(rows_read(&report), expected, "{}", store.engine);
        let total = json!({
            "read": 6009, "added": 6006, "changed": 0, "unchanged": 0, "removed": 0, "set_aside": 3,
        });
        assert_eq!(report["total"], total, "{}", store.engine);
        assert_eq!(weekend_rows(&report), WEEKEND);
        let first = first.says("3 rows were set aside:");
        for line in WEEKEND {
            let words = format!(
                "attendance.csv, line {line}, date: `2022-05-15`: not an instructional day of the school; correct the date or the calendar"
            );
            assert!(first.err.contains(&words), "{words}; stderr:\n{}", first.err);
        }

        let second = sync(store, &data).ends(3);
        let report = second.json();
        assert_eq!(report["changed_nothing"], true);
        assert_eq!(report["total"]["unchanged"], 6006);
        assert_eq!(report["total"]["set_aside"], 3);
        assert_eq!(weekend_rows(&report), WEEKEND);
        for row in report["set_aside"].as_array().unwrap() {
            assert_eq!(row["date"], "2022-05-15");
            assert!(row["school_id"].is_string(), "{row}");
        }
        let third = store.run(&["sync", "grand-bend", "--from", data.to_str().unwrap()]).ends(3);
        assert!(
            third.out.ends_with("The store holds all of this already; nothing changed.\n"),
            "{}",
            third.out
        );

        answers.push(evaluate(store).ends(0).out);
        store.is_sound();
    }
    assert_eq!(answers[0], answers[1], "both engines give the same bytes");

    let file = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let (calendar, enrollments, attendance) =
        (file("calendar.csv"), file("enrollments.csv"), file("attendance.csv"));
    let check = run(&[
        "check",
        "--calendar",
        &calendar,
        "--enrollments",
        &enrollments,
        "--attendance",
        &attendance,
        "--pack",
        "us-federal",
        "--as-of",
        AS_OF,
        "--format",
        "json",
    ]);
    let check = check.ends(3).says("attendance.csv, line 1224, date: `2022-05-15`");
    assert_eq!(check.out, answers[0], "check gives the same bytes as the store");

    let signals: Vec<Value> = serde_json::from_str(&answers[0]).unwrap();
    assert_eq!(signals.len(), 117);
    let standing: Vec<&Value> = signals.iter().filter(|s| s["standing"] == true).collect();
    assert_eq!(standing.len(), 44);
    for signal in &standing {
        assert_eq!(signal["rule"], "US-CHRONIC");
        assert_eq!(signal["denominator"], 169);
        let numerator = signal["numerator"].as_u64().unwrap();
        assert!(10 * numerator >= 169, "{signal}");
        let counted = signal["evidence"].as_array().unwrap();
        assert_eq!(counted.iter().map(|e| e["counts"].as_u64().unwrap()).sum::<u64>(), numerator);
        let (met, since) = (signal["met_on"].as_str().unwrap(), signal["standing_since"].as_str().unwrap());
        assert!(met <= since && since <= AS_OF, "{signal}");
    }
    // Two events on one day are one day.
    let twice = signals.iter().find(|s| s["student_id"] == "604822").expect("student 604822 has a signal");
    let of_the_day: Vec<&Value> =
        twice["evidence"].as_array().unwrap().iter().filter(|e| e["date"] == "2021-12-15").collect();
    assert_eq!(of_the_day.len(), 1, "{twice}");
    assert_eq!(of_the_day[0]["counts"], 1);

    from_one_engine_to_the_other(&stores, &answers[0]);
}

fn weekend_rows(report: &Value) -> Vec<u64> {
    report["set_aside"].as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect()
}

fn from_one_engine_to_the_other(stores: &[Store; 2], expected: &str) {
    for (from, to) in [(0, Store::postgres()), (1, Store::sqlite())] {
        let file = stores[from].folder().join("grand-bend.backup");
        let file = file.to_str().unwrap();
        stores[from].run(&["backup", "grand-bend", "--to", file]).ends(0);
        to.run(&["restore", "grand-bend", "--from", file]).ends(0);
        assert_eq!(evaluate(&to).ends(0).out, expected, "{} → {}", stores[from].engine, to.engine);
        to.is_sound();
        to.run(&["audit", "verify", "grand-bend"]).ends(0);
        assert!(to.run(&["district", "list"]).ends(0).out.contains("Grand Bend ISD"));
    }
}

#[test]
fn its_principal_and_a_new_district_administrator_can_be_invited() {
    let Some(data) = shared("grand-bend") else { return };
    for store in Store::both() {
        add(&store);
        sync(&store, &data).ends(3);
        let mut links = Vec::new();
        for role in ["principal", "district-administrator"] {
            let invited = store.run(&["invite", "grand-bend", "--role", role]).ends(0);
            let link = invited.out.trim_end().to_owned();
            assert!(link.starts_with("http://127.0.0.1:3000/invitation/grand-bend."), "{link}");
            assert_eq!(invited.out.lines().count(), 1);
            invited.says("opens one session, until ");
            links.push(link);
        }
        assert_ne!(links[0], links[1]);
        // A teacher is not the only one: the command asks which.
        let asks = store.run(&["invite", "grand-bend", "--role", "teacher"]).ends(1);
        assert_eq!(asks.out, "");
        asks.says("say which with --person ID");
        store.run(&["audit", "verify", "grand-bend"]).ends(0);
    }
}
