//! A roster that comes as changes, and one that is numbered anew, on both engines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::ids::DistrictId;
use model::report::TableCount;
use services::{Context, Error, Silent, district, doctor, sync};
use std::fs;
use std::path::Path;
use store::testing::{TestStore, both};
use support::open;

struct Town {
    context: Context,
    id: DistrictId,
    /// The whole export of the demo, synced.
    export: tempfile::TempDir,
}

impl Town {
    async fn new(store: &TestStore) -> Self {
        let (context, clock) = open(store).await;
        clock.set("2026-03-20T12:00:00Z");
        let id: DistrictId = "town".parse().unwrap();
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let plan = demo::Plan { students: 100, ..demo::Plan::new("2026-03-20".parse().unwrap()) };
        demo::write(&plan, export.path(), &mut |_, _| {}).unwrap();
        let packed = export.path().join("oneroster.zip");
        let mut archive = zip::ZipArchive::new(fs::File::open(&packed).unwrap()).unwrap();
        archive.extract(export.path().join("oneroster")).unwrap();
        fs::remove_file(packed).unwrap();
        Self { context, id, export }
    }

    async fn sync(&self, from: &Path) -> Result<sync::Report, Error> {
        let order =
            sync::Order { from: from.to_owned(), profile: None, dry_run: false, allow_removals: false };
        sync::run(&self.context, &self.id, &order, &Silent).await
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.file(name)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.export.path().join(format!("oneroster/{name}.csv"))
    }

    /// Replaces OneRoster's files by some of what changed; the plain files stay.
    fn only_changes(&self, files: &[(&str, String)]) {
        let header = self.lines("manifest").join("\n");
        let version = header.lines().find(|line| line.starts_with("oneroster.version")).unwrap().to_owned();
        fs::remove_dir_all(self.export.path().join("oneroster")).unwrap();
        fs::create_dir(self.export.path().join("oneroster")).unwrap();
        let mut manifest = format!("propertyName,value\nmanifest.version,1.0\n{version}\n");
        for (name, text) in files {
            manifest += &format!("file.{name},delta\n");
            fs::write(self.file(name), text).unwrap();
        }
        fs::write(self.file("manifest"), manifest).unwrap();
    }
}

fn table<'r>(report: &'r sync::Report, name: &str) -> &'r TableCount {
    report.tables.iter().find(|count| count.table == name).unwrap()
}

/// A row of a whole file as a row of changes.
fn changed(line: &str, status: &str) -> String {
    let mut cells: Vec<&str> = line.splitn(4, ',').collect();
    (cells[1], cells[2]) = (status, "2026-03-20T12:00:00.000Z");
    cells.join(",")
}

#[tokio::test]
async fn what_changed_in_the_roster_is_applied_once_and_nothing_else_is_touched() {
    for store in both().await {
        let town = Town::new(&store).await;
        let users = town.lines("users");
        let members = town.lines("enrollments");
        let place = users[0].split(',').position(|name| name == "username").unwrap();
        let mut renamed: Vec<&str> = users[1].split(',').collect();
        renamed[place] = "another-name";
        let (renamed, member) = (renamed.join(","), members.last().unwrap().clone());
        let delta = [
            ("users", format!("{}\n{}\n", users[0], changed(&renamed, "active"))),
            ("enrollments", format!("{}\n{}\n", members[0], changed(&member, "tobedeleted"))),
        ];
        let whole = town.export.path().to_owned();
        // Changes come first: there is nothing to lay them over.
        let folder = tempfile::tempdir().unwrap();
        copy(&whole, folder.path());
        town.only_changes(&delta);
        let Err(Error::Refused(refused)) = town.sync(&whole).await else { unreachable!("a base is missing") };
        assert_eq!(refused.code(), "missing_base");
        let first = town.sync(folder.path()).await.unwrap();
        let held = table(&first, "section_rosters").added;

        let report = town.sync(&whole).await.unwrap();
        let counts = |name: &str| {
            let TableCount { added, changed, removed, .. } = *table(&report, name);
            (added, changed, removed)
        };
        assert_eq!(counts("people"), (0, 1, 0), "{}", store.engine);
        assert_eq!(counts("section_rosters"), (0, 0, 1), "{}", store.engine);
        for name in ["orgs", "terms", "courses", "sections", "roles", "demographics"] {
            let touched = report.tables.iter().find(|count| count.table == name);
            assert!(touched.is_none_or(|c| c.added + c.changed + c.removed + c.set_aside == 0), "{name}");
        }
        assert!(report.tables.iter().all(TableCount::reconciles));
        assert_eq!(table(&report, "section_rosters").unchanged, held - 1);
        let again = town.sync(&whole).await.unwrap();
        assert!(again.changed_nothing(), "{}: {}", store.engine, again.sentence());
        assert!(doctor::run(&town.context).await.unwrap().sound, "{}", store.engine);
        town.context.close().await;
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn rows_that_come_again_under_other_numbers_are_no_loss_and_rows_that_go_are() {
    for store in both().await {
        let town = Town::new(&store).await;
        let export = town.export.path().to_owned();
        town.sync(&export).await.unwrap();
        // A server gives the roles of a user numbers of its own.
        let roles = town.lines("roles");
        let numbered = |nth: usize, line: &String| match nth {
            0 => line.clone(),
            _ => format!("again-{line}"),
        };
        let text: Vec<String> = roles.iter().enumerate().map(|(nth, line)| numbered(nth, line)).collect();
        fs::write(town.file("roles"), text.join("\n") + "\n").unwrap();
        let report = town.sync(&export).await.unwrap();
        let count = table(&report, "roles");
        assert_eq!((count.added, count.removed), (count.read, count.read), "{}", store.engine);
        // Numbered anew again, with a third of them gone.
        let text: Vec<String> =
            text.into_iter().enumerate().filter(|(nth, _)| nth % 3 != 1).map(|(_, l)| l).collect();
        let text: Vec<String> = text.iter().enumerate().map(|(nth, line)| numbered(nth, line)).collect();
        fs::write(town.file("roles"), text.join("\n") + "\n").unwrap();
        let refused = town.sync(&export).await.unwrap_err();
        assert!(refused.to_string().contains("roles"), "{}: {refused}", store.engine);
        assert!(refused.to_string().contains("--allow-removals"), "{}: {refused}", store.engine);
        town.context.close().await;
    }
}
