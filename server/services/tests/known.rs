//! What `evaluate` said at an earlier time, it says again for that time, letter by letter, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::ids::DistrictId;
use services::evaluate::Order;
use services::known::KnownOn;
use services::{Context, Error, Silent, district, evaluate, signals, sync};
use std::path::Path;
use store::testing::both;
use support::open;

fn write_export(folder: &Path, revision: u32) {
    let today = "2026-03-20".parse().unwrap();
    let plan = demo::Plan { students: 100, revision, dirty: false, ..demo::Plan::new(today) };
    demo::write(&plan, folder, &mut |_, _| {}).unwrap();
}

/// Changes the lines of a file that hold a text.
fn edit(folder: &Path, file: &str, holding: &str, change: impl Fn(usize, &str) -> Option<String>) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut seen = 0;
    let mut out = String::new();
    for line in text.lines() {
        let line = if line.contains(holding) {
            seen += 1;
            change(seen, line)
        } else {
            Some(line.to_owned())
        };
        out.extend(line.map(|line| line + "\n"));
    }
    assert!(seen > 0, "{file} has no line with `{holding}`");
    std::fs::write(path, out).unwrap();
}

async fn said(context: &Context, id: &DistrictId, known_on: Option<KnownOn>) -> Result<String, Error> {
    let as_of = "2026-03-19".parse().unwrap();
    let order = Order { as_of, known_on, packs: Vec::new() };
    let report = evaluate::run(context, id, &order, &Silent).await?;
    Ok(signals::json(&report.signals).unwrap())
}

#[tokio::test]
async fn what_was_said_then_is_said_again_letter_by_letter() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "known".parse().unwrap();
        let packs = ["us-federal".to_owned(), "us-pa".to_owned()];
        clock.set("2026-03-16T12:00:00Z");
        district::add(&context, &id, "Known", "America/New_York", &packs).await.unwrap();
        let never = said(&context, &id, Some(KnownOn::EndOf("2026-03-16".parse().unwrap()))).await;
        assert!(never.unwrap_err().to_string().contains("it has never been synced"));

        let export = tempfile::tempdir().unwrap();
        let folder = export.path();
        let mut then: Vec<String> = Vec::new();
        for day in 0..4 {
            write_export(folder, day.min(2));
            if day >= 2 {
                // One absence of a day was closed school, and who left is only now known to have left.
                edit(folder, "calendar.csv", ",2026-02-1", |_, line| Some(line.replace(",1,", ",0,")));
                edit(folder, "enrollments.csv", ",2025-08-", |n, line| {
                    Some(if n % 9 == 0 && line.ends_with(',') {
                        format!("{line}2026-01-15")
                    } else {
                        line.to_owned()
                    })
                });
            }
            if day == 3 {
                edit(folder, "attendance.csv", ",2026-01-2", |n, line| (n % 2 == 0).then(|| line.to_owned()));
            }
            // Late in the evening in New York, which is the next day in UTC.
            clock.set(&format!("2026-03-{}T02:30:00Z", 18 + day));
            let order =
                sync::Order { from: folder.to_owned(), profile: None, dry_run: false, allow_removals: true };
            sync::run(&context, &id, &order, &Silent).await.unwrap();
            then.push(said(&context, &id, None).await.unwrap());
        }
        for (i, pair) in then.windows(2).enumerate() {
            assert_ne!(pair[0], pair[1], "sync {} changed what is said", i + 2);
        }
        for (i, before) in then.iter().enumerate() {
            let day = 17 + i;
            let end_of = KnownOn::EndOf(format!("2026-03-{day}").parse().unwrap());
            let moment = KnownOn::Moment(format!("2026-03-{}T02:30:00Z", day + 1).parse().unwrap());
            for known_on in [end_of, moment] {
                let again = said(&context, &id, Some(known_on)).await.unwrap();
                assert!(again == *before, "{}: {known_on:?}", store.engine);
            }
        }
        let early = said(&context, &id, Some(KnownOn::EndOf("2026-03-16".parse().unwrap()))).await;
        assert!(early.unwrap_err().to_string().contains("its first sync ended 2026-03-18 02:30:00 UTC"));
        context.close().await;
    }
}

/// A newer program may bring a pack with another text.
#[tokio::test]
async fn what_was_known_then_is_judged_by_the_words_of_the_packs_of_then() {
    for store in both().await {
        let (context, clock) = open(&store).await;
        let id: DistrictId = "words".parse().unwrap();
        clock.set("2026-03-16T12:00:00Z");
        district::add(&context, &id, "Words", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        write_export(export.path(), 0);
        let sync = async |at: &str| {
            clock.set(at);
            let from = export.path().to_owned();
            let order = sync::Order { from, profile: None, dry_run: false, allow_removals: false };
            sync::run(&context, &id, &order, &Silent).await.unwrap();
        };
        sync("2026-03-17T12:00:00Z").await;

        // As another program leaves it behind.
        let other = rules::packs::text(rules::packs::find("us-federal").unwrap()).unwrap();
        let other = other.replace("version = \"1\"", "version = \"of another program\"");
        let of_other = store.directory.district(&id).await.unwrap();
        let mut write = of_other.write().await.unwrap();
        write.use_packs(&[("us-federal", other)], "2026-03-18T12:00:00Z".parse().unwrap()).await.unwrap();
        write.commit().await.unwrap();
        sync("2026-03-19T12:00:00Z").await;

        let on = async |moment: &str| {
            said(&context, &id, Some(KnownOn::Moment(moment.parse().unwrap()))).await.unwrap()
        };
        let (ours, theirs) = (on("2026-03-17T13:00:00Z").await, on("2026-03-18T13:00:00Z").await);
        assert!(theirs.contains("\"of another program\""), "{}", store.engine);
        assert_eq!(theirs.replace("of another program", "1"), ours, "{}", store.engine);
        for later in [on("2026-03-19T13:00:00Z").await, said(&context, &id, None).await.unwrap()] {
            assert!(later.contains("\"pack_version\":\"1\""), "{}", store.engine);
            assert!(!later.contains("of another program"), "{}", store.engine);
        }
        context.close().await;
    }
}
