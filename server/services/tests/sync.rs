//! What a sync says of itself, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::attendance::{CodeMap, Meaning};
use model::ids::DistrictId;
use model::report::Reason;
use services::{Silent, district, doctor, sync};
use store::testing::both;
use support::open;

#[tokio::test]
async fn a_sync_that_changes_only_what_a_category_means_says_that_something_changed() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        clock.set("2026-03-20T12:00:00Z");
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let plan = demo::Plan { students: 100, ..demo::Plan::new("2026-03-20".parse().unwrap()) };
        demo::write(&plan, export.path(), &mut |_, _| {}).unwrap();
        let order = |profile, dry_run| sync::Order {
            from: export.path().to_owned(),
            profile,
            dry_run,
            allow_removals: false,
        };
        sync::run(&context, &id, &order(None, false), &Silent).await.unwrap();
        let same = sync::run(&context, &id, &order(None, false), &Silent).await.unwrap();
        assert!(same.changed_nothing());
        assert_eq!(same.sentence(), "The store holds all of this already; nothing changed.");

        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("profile.toml");
        let mut text = String::from("[code_map]\n");
        for (category, meaning) in CodeMap::default().iter() {
            let meaning = if meaning == Meaning::Unexcused { Meaning::Excused } else { meaning };
            text += &format!("\"{category}\" = \"{}\"\n", meaning.name());
        }
        std::fs::write(&profile, text).unwrap();
        let dry = sync::run(&context, &id, &order(Some(profile.clone()), true), &Silent).await.unwrap();
        assert!(dry.sentence().contains("what a category means"), "{}: {}", store.engine, dry.sentence());
        let mapped = sync::run(&context, &id, &order(Some(profile), false), &Silent).await.unwrap();
        assert!(!mapped.changed_nothing(), "{}", store.engine);
        assert!(mapped.json().contains("\"changed_nothing\":false"));
        assert!(mapped.sentence().contains("what a category means"), "{}", mapped.sentence());
        // The store knows the meanings now.
        let after = sync::run(&context, &id, &order(None, false), &Silent).await.unwrap();
        assert!(after.changed_nothing(), "{}", store.engine);
        assert!(doctor::run(&context).await.unwrap().sound, "{}", store.engine);
        context.close().await;
    }
}

#[tokio::test]
async fn the_doctor_finds_what_was_changed_behind_the_programs_back() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "town".parse().unwrap();
        clock.set("2026-03-20T12:00:00Z");
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        for revision in 0..2 {
            let plan =
                demo::Plan { students: 100, revision, ..demo::Plan::new("2026-03-20".parse().unwrap()) };
            demo::write(&plan, export.path(), &mut |_, _| {}).unwrap();
            if revision == 1 {
                // A correction, of which the past keeps what was known before.
                let path = export.path().join("calendar.csv");
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(path, text.replacen(",1,", ",0,", 1)).unwrap();
            }
            let order = sync::Order {
                from: export.path().to_owned(),
                profile: None,
                dry_run: false,
                allow_removals: true,
            };
            sync::run(&context, &id, &order, &Silent).await.unwrap();
        }
        assert!(doctor::run(&context).await.unwrap().sound, "{}", store.engine);
        let one = "(SELECT MIN(student_id) FROM strip)";
        let tampered = [
            (
                "strips agree with the ledger",
                format!(
                    "CREATE TABLE kept AS SELECT * FROM strip WHERE student_id = {one};
                     UPDATE strip SET strip = (SELECT o.strip FROM strip o WHERE o.strip <> strip.strip LIMIT 1)
                     WHERE student_id = {one}"
                ),
                "UPDATE strip SET strip = (SELECT k.strip FROM kept k WHERE k.student_id = strip.student_id
                     AND k.school_id = strip.school_id AND k.school_year = strip.school_year)
                 WHERE student_id IN (SELECT student_id FROM kept); DROP TABLE kept"
                    .to_owned(),
            ),
            (
                "grants agree with the roster",
                "CREATE TABLE kept AS SELECT * FROM grants WHERE scope_kind = 'school';
                 UPDATE grants SET scope_kind = 'district', scope_id = 0 WHERE scope_kind = 'school'"
                    .to_owned(),
                "DELETE FROM grants WHERE number IN (SELECT number FROM kept); INSERT INTO grants SELECT * FROM kept;
                 DROP TABLE kept"
                    .to_owned(),
            ),
            (
                "what was known before adds up to what is read",
                "UPDATE calendar_day_past SET known_to = known_to + 1".to_owned(),
                "UPDATE calendar_day_past SET known_to = known_to - 1".to_owned(),
            ),
        ];
        for (check, tamper, mend) in tampered {
            store.tamper("town", &tamper).await;
            let report = doctor::run(&context).await.unwrap();
            let wrong: Vec<&String> = report.lines.iter().filter(|line| line.contains("WRONG")).collect();
            assert!(!report.sound && !wrong.is_empty(), "{}: {check}", store.engine);
            assert!(wrong.iter().all(|line| line.contains(check)), "{}: {check}: {wrong:?}", store.engine);
            store.tamper("town", &mend).await;
            assert!(doctor::run(&context).await.unwrap().sound, "{}: {check}, mended", store.engine);
        }
        context.close().await;
    }
}

#[tokio::test]
async fn today_is_the_day_of_the_districts_clock_and_nothing_of_tomorrow_is_believed() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        clock.set("2026-03-20T03:30:00Z");
        let export = tempfile::tempdir().unwrap();
        // Its last marks are of Friday, the 20th.
        let plan = demo::Plan { students: 100, ..demo::Plan::new("2026-03-23".parse().unwrap()) };
        demo::write(&plan, export.path(), &mut |_, _| {}).unwrap();
        // At this moment it is the 19th in New York, half an hour before midnight, and the 20th in Tokyo.
        let future = async |id: &DistrictId| {
            let order = sync::Order {
                from: export.path().to_owned(),
                profile: None,
                dry_run: true,
                allow_removals: false,
            };
            let report = sync::run(&context, id, &order, &Silent).await.unwrap();
            report.set_aside.iter().filter(|row| row.reason == Reason::FutureDate).count()
        };
        let [east, west] = ["east", "west"].map(|id| id.parse::<DistrictId>().unwrap());
        let packs = ["us-federal".to_owned()];
        district::add(&context, &east, "East", "Asia/Tokyo", &packs).await.unwrap();
        district::add(&context, &west, "West", "America/New_York", &packs).await.unwrap();
        assert_eq!(future(&east).await, 0, "{}", store.engine);
        assert!(future(&west).await > 0, "{}", store.engine);
        clock.set("2026-03-20T04:30:00Z");
        assert_eq!(future(&west).await, 0, "{}", store.engine);
        context.close().await;
    }
}

#[tokio::test]
async fn the_doctor_goes_on_to_the_next_district_where_one_cannot_be_opened() {
    let store = store::testing::sqlite().await;
    let (context, clock) = open(&store).await;
    clock.set("2026-03-20T12:00:00Z");
    let [broken, whole] = ["broken", "whole"].map(|id| id.parse::<DistrictId>().unwrap());
    for id in [&broken, &whole] {
        district::add(&context, id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
    }
    context.close().await;
    let store::Location::Folder(folder) = &store.location else { unreachable!("SQLite lies in a folder") };
    for entry in std::fs::read_dir(folder.join("districts")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("broken") {
            std::fs::write(path, "this is no database, and is longer than a header of one would be").unwrap();
        }
    }
    let (context, _) = open(&store).await;
    let report = doctor::run(&context).await.unwrap();
    let told = report.lines.join("\n");
    assert!(!report.sound, "{told}");
    let (first, second) = told.split_once("\nwhole (SQLite)").unwrap();
    assert!(first.contains("WRONG the store of this district: "), "{told}");
    assert!(second.contains("  ok    audit chain") && !second.contains("WRONG"), "{told}");
    context.close().await;
}
