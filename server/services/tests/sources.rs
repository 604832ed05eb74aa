//! Sources, on both engines: syncing from them, sealing their credentials, ending them.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use chrono::NaiveDate;
use model::canonical::Carries;
use model::ids::DistrictId;
use services::sources::{
    self, Fault, Fetched, Fetcher, Given, KeyPlace, Kind, Means, NotFetched, Order, Secret, Wanted,
};
use services::{Context, Error, Progress, Silent, audit, backup, district, doctor, evaluate, sync};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::testing::{TestStore, both};
use support::{SetClock, open};
use tempfile::TempDir;
use tokio::runtime::Handle;

const DAY: &str = "2026-03-20T12:00:00Z";

fn today() -> NaiveDate {
    "2026-03-20".parse().unwrap()
}

/// A district, an export for it, and a folder for keys and what is fetched.
struct Town {
    context: Context,
    clock: Arc<SetClock>,
    id: DistrictId,
    export: TempDir,
    place: TempDir,
}

impl Town {
    async fn new(store: &TestStore) -> Self {
        let (context, clock) = open(store).await;
        clock.set(DAY);
        let id: DistrictId = "town".parse().unwrap();
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let export = tempfile::tempdir().unwrap();
        let plan = demo::Plan { students: 100, ..demo::Plan::new(today()) };
        demo::write(&plan, export.path(), &mut |_, _| {}).unwrap();
        Self { context, clock, id, export, place: tempfile::tempdir().unwrap() }
    }

    /// A folder with some files of the export.
    fn part(&self, name: &str, wanted: impl Fn(&str) -> bool) -> PathBuf {
        let folder = self.place.path().join(name);
        copy(self.export.path(), &folder, &wanted);
        folder
    }

    async fn add(&self, name: &str, given: Given) -> Result<(), Error> {
        sources::add(&self.context, &self.id, name, given, &self.keys("key")).await
    }

    /// A key, made where there is none.
    fn keys(&self, name: &str) -> KeyPlace {
        let file = self.place.path().join(name);
        if !file.exists() {
            sources::MasterKey::new(self.context.chance()).write_new(&file).unwrap();
        }
        KeyPlace { file: Some(file), text: None }
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    fn means(&self, keys: KeyPlace, fetcher: impl Fetcher + 'static) -> Means {
        Means { keys, data: self.data(), fetcher: Arc::new(fetcher), post: None }
    }

    async fn sync(&self, name: &str, dry_run: bool) -> Result<sync::Report, Error> {
        self.clock.minute();
        let means = self.means(self.keys("key"), Server { answers: Err("not_reached") });
        let order = Order { dry_run, ..Order::default() };
        sources::sync(&self.context, &means, &self.id, name, &order, &Silent).await
    }

    /// How the last run of a source ended. A minute passes, so that the next one is later.
    async fn last_run(&self, name: &str) -> String {
        self.clock.minute();
        let listed = sources::list(&self.context, &self.id).await.unwrap();
        let last = listed.into_iter().find(|s| s.name == name).unwrap().last_run;
        assert!(last.is_empty() || last.starts_with("2026-03-20 08:"), "{last}");
        last.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    /// What the rules say, to compare one district with another.
    async fn said(&self) -> String {
        let order = evaluate::Order { as_of: today(), known_on: None, packs: Vec::new() };
        format!("{:?}", evaluate::run(&self.context, &self.id, &order, &Silent).await.unwrap())
    }
}

/// A server that has an export, or an excuse.
struct Server {
    answers: Result<PathBuf, &'static str>,
}

impl Fetcher for Server {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a> {
        Box::pin(async move {
            // A page was written when the answer came to a halt.
            fs::create_dir(wanted.into).unwrap();
            fs::write(wanted.into.join("manifest.csv"), "propertyName,value\n").unwrap();
            let mode = fs::metadata(wanted.into.parent().unwrap()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
            assert!(!format!("{wanted:?}").contains("s3cret"));
            if (wanted.client_id.as_str(), wanted.client_secret.as_str()) != ("us", "s3cret-s3cret") {
                let why = "the server does not know these credentials".to_owned();
                return Err(NotFetched { passes: false, code: "not_let_in", why });
            }
            match &self.answers {
                Ok(export) => {
                    fs::remove_file(wanted.into.join("manifest.csv")).unwrap();
                    copy(export, wanted.into, &|_| true);
                    Ok(vec!["three pages came in two".to_owned()])
                }
                Err(code) => Err(NotFetched { passes: true, code, why: "the server is asleep".to_owned() }),
            }
        })
    }
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(&name), &|inner| wanted(&format!("{name}/{inner}")));
        } else if wanted(&name) {
            fs::copy(entry.path(), to.join(&name)).unwrap();
        }
    }
}

fn folder(path: PathBuf, carries: Option<Carries>) -> Given {
    Given {
        kind: Kind::Folder,
        carries,
        url: None,
        token_url: None,
        version: None,
        sign_in: None,
        school_year: None,
        exit_day_not_enrolled: false,
        instructional_events: Vec::new(),
        allow_private: false,
        path: Some(path),
        watched: false,
        profile: None,
        credentials: None,
    }
}

fn server(secret: &str) -> Given {
    let text = format!("client_id = \"us\"\nclient_secret = \"{secret}\"\n");
    Given {
        kind: Kind::OneRoster,
        url: Some("https://sis.example/ims/oneroster/rostering/v1p2".to_owned()),
        path: None,
        watched: false,
        credentials: Some(Secret::new(text.into_bytes())),
        ..folder(PathBuf::new(), None)
    }
}

fn code(error: Error) -> &'static str {
    match error {
        Error::Source(fault) => fault.code(),
        Error::Refused(refusal) | Error::Store(store::Error::Refused(refusal)) => refusal.code(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_dropped_folder_is_synced_as_files_handed_over_are_and_its_run_is_noted() {
    for store in both().await {
        let town = Town::new(&store).await;
        let all = town.part("drop", |_| true);
        town.add("drop", folder(all, None)).await.unwrap();
        let dry = town.sync("drop", true).await.unwrap();
        assert!(dry.dry_run && dry.changed_nothing());
        assert_eq!(town.last_run("drop").await, "", "{}: a dry run leaves nothing", store.engine);
        let first = town.sync("drop", false).await.unwrap();
        assert!(!first.changed_nothing());
        assert_eq!(town.last_run("drop").await, "applied");
        let order = sync::Order {
            from: town.export.path().to_owned(),
            profile: None,
            dry_run: false,
            allow_removals: false,
        };
        let handed = sync::run(&town.context, &town.id, &order, &Silent).await.unwrap();
        assert!(handed.changed_nothing(), "{}", handed.sentence());
        town.sync("drop", false).await.unwrap();
        assert_eq!(town.last_run("drop").await, "unchanged");
        audit::verify(&town.context, &town.id).await.unwrap();
        town.context.close().await;
    }
}

#[tokio::test]
async fn a_roster_and_plain_files_from_two_sources_say_what_one_delivery_says() {
    for store in both().await {
        let town = Town::new(&store).await;
        let is_roster = |name: &str| name.starts_with("oneroster");
        let roster = town.part("roster", is_roster);
        let plain = town.part("plain", |name| !is_roster(name));
        town.add("roster", folder(roster.clone(), Some(Carries::Roster))).await.unwrap();
        town.add("plain", folder(plain.clone(), Some(Carries::Plain))).await.unwrap();
        let early = town.sync("plain", false).await.unwrap_err();
        assert!(early.to_string().contains("no roster yet"), "{early}");
        assert_eq!(code(early), "no_roster");
        assert_eq!(town.last_run("plain").await, "no_roster");
        town.sync("roster", false).await.unwrap();
        town.sync("plain", false).await.unwrap();
        let parts = town.said().await;
        // Each again, in either order: nothing moves.
        for name in ["roster", "plain", "roster"] {
            let again = town.sync(name, false).await.unwrap();
            assert!(again.changed_nothing(), "{} {name}: {}", store.engine, again.sentence());
        }
        let order = sync::Order {
            from: town.export.path().to_owned(),
            profile: None,
            dry_run: false,
            allow_removals: false,
        };
        let whole = sync::run(&town.context, &town.id, &order, &Silent).await.unwrap();
        assert!(whole.changed_nothing(), "{}: {}", store.engine, whole.sentence());
        assert_eq!(town.said().await, parts);
        assert!(doctor::run(&town.context).await.unwrap().sound);

        // A file that must be there is missed, whichever side it is of, and nothing goes with it.
        fs::remove_file(plain.join("enrollments.csv")).unwrap();
        assert_eq!(code(town.sync("plain", false).await.unwrap_err()), "missing_file");
        assert_eq!(town.last_run("plain").await, "missing_file");
        assert_eq!(town.said().await, parts);
        audit::verify(&town.context, &town.id).await.unwrap();
        town.context.close().await;
    }
}

#[tokio::test]
async fn two_sources_never_carry_the_roster_at_once() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("one", folder("x".into(), None)).await.unwrap();
        let second = town.add("two", folder("y".into(), Some(Carries::Roster))).await.unwrap_err();
        assert!(second.to_string().contains("the source `one`"), "{second}");
        assert_eq!(code(second), "roster_taken");
        town.add("two", folder("y".into(), Some(Carries::Plain))).await.unwrap();
        assert_eq!(
            code(town.add("two", folder("y".into(), Some(Carries::Plain))).await.unwrap_err()),
            "name_taken"
        );
        assert_eq!(code(town.add("Two!", folder("y".into(), None)).await.unwrap_err()), "bad_name");
        sources::end(&town.context, &town.id, "one", &town.data(), None).await.unwrap();
        town.add("three", folder("y".into(), None)).await.unwrap();
        town.context.close().await;
    }
}

#[tokio::test]
async fn a_source_that_ended_has_no_credentials_and_nothing_is_read_from_it() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("sis", server("s3cret-s3cret")).await.unwrap();
        assert_eq!(raw_secrets(&store).await, 1);
        sources::end(&town.context, &town.id, "sis", &town.data(), None).await.unwrap();
        assert_eq!(raw_secrets(&store).await, 0, "{}", store.engine);
        let refused = town.sync("sis", false).await.unwrap_err();
        assert!(refused.to_string().contains("was ended 2026-03-20"), "{refused}");
        assert_eq!(code(refused), "source_ended");
        assert_eq!(
            code(sources::end(&town.context, &town.id, "sis", &town.data(), None).await.unwrap_err()),
            "source_ended"
        );
        let anew =
            sources::credentials(&town.context, &town.id, "sis", b"", &town.keys("key"), &town.data()).await;
        assert_eq!(code(anew.unwrap_err()), "source_ended");
        assert_eq!(code(town.sync("other", false).await.unwrap_err()), "no_source");
        // The row stays, and the name may be used again.
        let listed = sources::list(&town.context, &town.id).await.unwrap();
        assert_eq!((listed.len(), listed[0].ended.as_str()), (1, "2026-03-20 08:00"));
        town.add("sis", server("another")).await.unwrap();
        audit::verify(&town.context, &town.id).await.unwrap();
        town.context.close().await;
    }
}

/// How many credentials the tables hold, whatever the program says of it.
async fn raw_secrets(store: &TestStore) -> usize {
    let district = store.directory.district(&"town".parse().unwrap()).await.unwrap();
    district.write().await.unwrap().source_secrets().await.unwrap().len()
}

#[tokio::test]
async fn credentials_are_in_no_file_of_the_store_and_in_no_backup() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("sis", server("s3cret-s3cret")).await.unwrap();
        let district = store.directory.district(&town.id).await.unwrap();
        let kept = format!("{:?}", district.sources().await.unwrap())
            + &format!("{:?}", district.write().await.unwrap().source_secrets().await.unwrap())
            + &format!("{:?}", district.audit_rows_after(0).await.unwrap())
            + &format!("{:?}", sources::list(&town.context, &town.id).await.unwrap());
        assert!(!kept.contains("s3cret"), "{kept}");
        let file = town.place.path().join("town.backup");
        backup::write(&town.context, &town.id, &file).await.unwrap();
        let mut bytes = fs::read(&file).unwrap();
        if let store::Location::Folder(folder) = &store.location {
            for entry in fs::read_dir(folder.join("districts")).unwrap() {
                bytes.extend(fs::read(entry.unwrap().path()).unwrap());
            }
        }
        assert!(!bytes.windows(6).any(|part| part == b"s3cret"), "{}", store.engine);
        // What came back from a backup asks for its credentials.
        backup::restore(&town.context, &town.id, &file).await.unwrap();
        assert_eq!(code(town.sync("sis", false).await.unwrap_err()), "no_credentials");
        let text = b"client_id = \"us\"\nclient_secret = \"again\"\n";
        sources::credentials(&town.context, &town.id, "sis", text, &town.keys("key"), &town.data())
            .await
            .unwrap();
        assert_eq!(raw_secrets(&store).await, 1);
        town.context.close().await;
    }
}

#[tokio::test]
async fn without_its_key_a_source_says_which_key_and_what_to_do_and_changes_nothing() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("sis", server("s3cret-s3cret")).await.unwrap();
        let sync = async |keys: KeyPlace| {
            let means = town.means(keys, Server { answers: Err("not_reached") });
            let order = Order::default();
            sources::sync(&town.context, &means, &town.id, "sis", &order, &Silent).await.unwrap_err()
        };
        let none = sync(KeyPlace::default()).await;
        assert!(none.to_string().contains("EVERPRESENT_KEY_FILE"), "{none}");
        assert_eq!(town.last_run("sis").await, "no_key");
        let right = town.keys("key").key().unwrap();
        let wrong = sync(town.keys("another key")).await;
        assert!(wrong.to_string().contains(right.id()), "{wrong}");
        assert_eq!(code(wrong), "other_key");
        assert!(!town.place.path().join("data/staging/town").exists());
        // Sealed for one source, it opens for no other.
        let district = store.directory.district(&town.id).await.unwrap();
        let (from, sealed) = district.write().await.unwrap().source_secrets().await.unwrap().remove(0);
        sources::end(&town.context, &town.id, "sis", &town.data(), None).await.unwrap();
        town.add("thief", server("mine")).await.unwrap();
        let thief = district.sources().await.unwrap().into_iter().find(|s| s.id != from).unwrap();
        let mut write = district.write().await.unwrap();
        write.keep_source_secret(thief.id, &sealed, thief.created_at).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(code(town.sync("thief", false).await.unwrap_err()), "not_sealed_here", "{}", store.engine);
        town.context.close().await;
    }
}

#[tokio::test]
async fn rotation_puts_every_credential_under_the_new_key_and_can_be_run_again() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("sis", server("s3cret-s3cret")).await.unwrap();
        let (old, new) = (town.keys("key").key().unwrap(), town.keys("new").key().unwrap());
        assert_eq!(sources::rotate(&town.context, &old, &new).await.unwrap(), 1);
        assert_eq!(sources::rotate(&town.context, &old, &new).await.unwrap(), 0);
        assert_eq!(code(town.sync("sis", false).await.unwrap_err()), "other_key");
        let third = town.keys("third").key().unwrap();
        let refused = sources::rotate(&town.context, &old, &third).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Source(Fault::OtherKey { sealed_by, .. }) if sealed_by == new.id())
        );
        assert_eq!(sources::rotate(&town.context, &new, &third).await.unwrap(), 1);
        audit::verify(&town.context, &town.id).await.unwrap();
        town.context.close().await;
    }
}

#[tokio::test]
async fn what_does_not_fit_a_kind_is_refused_before_anything_is_kept() {
    for store in both().await {
        let town = Town::new(&store).await;
        let bad = [
            Given { path: None, ..folder("x".into(), None) },
            Given { url: Some("https://x.example".to_owned()), ..folder("x".into(), None) },
            Given { credentials: Some(Secret::new(b"x".to_vec())), ..folder("x".into(), None) },
            Given { watched: true, ..server("x") },
            Given { url: None, ..server("x") },
            Given { credentials: None, ..server("x") },
            Given { carries: Some(Carries::Whole), ..server("x") },
            Given { url: Some("https://us:hunter2@sis.example".to_owned()), ..server("x") },
            Given { url: Some("https://sis.example?token=hunter2".to_owned()), ..server("x") },
            Given { url: Some("http://sis.example".to_owned()), ..server("x") },
            Given { url: Some("https:///x".to_owned()), ..server("x") },
            Given { version: Some("2".to_owned()), ..server("x") },
            Given { sign_in: Some("oauth1-sha1".to_owned()), ..server("x") },
            Given { token_url: Some("ftp://sis.example".to_owned()), ..server("x") },
            Given { school_year: Some(2026), ..server("x") },
            Given { exit_day_not_enrolled: true, ..folder("x".into(), None) },
            Given { kind: Kind::EdFi, version: Some("1.2".to_owned()), ..server("x") },
            Given { kind: Kind::EdFi, carries: Some(Carries::Plain), ..server("x") },
            Given { kind: Kind::EdFi, credentials: None, ..server("x") },
        ];
        for given in bad {
            let refused = town.add("sis", given).await.unwrap_err();
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
            assert_eq!(code(refused), "settings");
        }
        for text in
            ["", "client_id = \"a\"", "client_id = \"a\"\nclient_secret = \"\"", "hunter2", "\u{0}\u{1}"]
        {
            let given = Given { credentials: Some(Secret::new(text.into())), ..server("x") };
            let refused = town.add("sis", given).await.unwrap_err();
            assert!(refused.to_string().contains("client_secret"), "{refused}");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
        assert_eq!(sources::list(&town.context, &town.id).await.unwrap(), []);
        town.context.close().await;
    }
}

/// Ends a source as soon as its data was read.
struct EndsIt<'a>(&'a Town);

impl Progress for EndsIt<'_> {
    fn at(&self, stage: &str, _done: u64, _total: u64) {
        if stage == "asking the rules" {
            let data = self.0.data();
            let end = sources::end(&self.0.context, &self.0.id, "drop", &data, None);
            tokio::task::block_in_place(|| Handle::current().block_on(end)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_ends_while_it_is_read_changes_nothing() {
    for store in both().await {
        let town = Town::new(&store).await;
        let all = town.part("drop", |_| true);
        town.add("drop", folder(all, None)).await.unwrap();
        let means = town.means(KeyPlace::default(), Server { answers: Err("not_reached") });
        let order = Order::default();
        let synced = sources::sync(&town.context, &means, &town.id, "drop", &order, &EndsIt(&town)).await;
        let refused = synced.unwrap_err();
        assert!(refused.to_string().contains("ended while its data was being read"), "{refused}");
        assert_eq!(town.last_run("drop").await, "source_ended", "{}", store.engine);
        let district = store.directory.district(&town.id).await.unwrap();
        let known = district.begin_sync(model::ids::RunId(1), DAY.parse().unwrap(), "test").await.unwrap();
        assert_eq!(known.known_roster().await.unwrap(), model::canonical::KnownRoster::default());
        town.context.close().await;
    }
}

#[tokio::test]
async fn what_a_server_has_is_fetched_staged_and_applied_and_nothing_is_left_lying() {
    for store in both().await {
        let town = Town::new(&store).await;
        let roster = town.part("roster", |name| name.starts_with("oneroster"));
        let staging = town.place.path().join("data/staging/town");
        town.add("sis", server("s3cret-s3cret")).await.unwrap();
        let sync = async |answers, dry_run| {
            let means = town.means(town.keys("key"), Server { answers });
            let order = Order { dry_run, ..Order::default() };
            let done = sources::sync(&town.context, &means, &town.id, "sis", &order, &Silent).await;
            assert!(!staging.exists(), "{}", store.engine);
            done
        };
        let asleep = sync(Err("unreachable"), false).await.unwrap_err();
        assert_eq!(asleep.to_string(), "sis: the server is asleep. Nothing was changed");
        assert_eq!(code(asleep), "unreachable");
        assert_eq!(town.last_run("sis").await, "unreachable");
        let dry = sync(Ok(roster.clone()), true).await.unwrap();
        assert!(dry.dry_run && dry.changed_nothing());
        let done = sync(Ok(roster.clone()), false).await.unwrap();
        assert_eq!(done.notes.first().map(String::as_str), Some("three pages came in two"));
        assert!(done.tables.iter().any(|t| t.table == "people" && t.added > 100), "{:?}", done.tables);
        assert_eq!(town.last_run("sis").await, "applied");
        assert!(sync(Ok(roster), false).await.unwrap().changed_nothing());

        // Credentials that the server no longer takes, and those that it takes instead.
        let give = async |secret: &str| {
            let text = format!("client_id = \"us\"\nclient_secret = \"{secret}\"\n");
            let keys = town.keys("key");
            sources::credentials(&town.context, &town.id, "sis", text.as_bytes(), &keys, &town.data())
                .await
                .unwrap();
        };
        give("old").await;
        assert_eq!(code(sync(Err("unreachable"), false).await.unwrap_err()), "not_let_in");
        give("s3cret-s3cret").await;
        assert_eq!(code(sync(Err("unreachable"), false).await.unwrap_err()), "unreachable");
        let told = format!(
            "{:?}",
            store.directory.district(&town.id).await.unwrap().audit_rows_after(0).await.unwrap()
        );
        for word in ["source_added", "source_credentials_kept", "not_let_in", "sync_applied"] {
            assert!(told.contains(word), "{word}: {told}");
        }
        audit::verify(&town.context, &town.id).await.unwrap();
        town.context.close().await;
    }
}

/// A server whose rows are kept, and whose source ends before its answer comes to its end.
struct KeepsAndEnds(Context, PathBuf);

impl Fetcher for KeepsAndEnds {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a> {
        Box::pin(async move {
            let town = "town".parse().unwrap();
            sources::end(&self.0, &town, "sis", &self.1, None).await.unwrap();
            let keep = wanted.keep.unwrap();
            let mut taking = keep.begin().unwrap();
            taking.write_all(b"rows").unwrap();
            taking.finish().unwrap();
            assert!(self.1.join("fetched/town/sis.sealed").exists());
            Err(NotFetched { passes: true, code: "unreachable", why: "the server fell asleep".to_owned() })
        })
    }
}

#[tokio::test]
async fn a_source_that_ends_while_its_rows_are_being_kept_leaves_none_of_them() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add("sis", Given { kind: Kind::EdFi, ..server("s3cret-s3cret") }).await.unwrap();
        let means = town.means(town.keys("key"), KeepsAndEnds(town.context.clone(), town.data()));
        let order = Order::default();
        let synced = sources::sync(&town.context, &means, &town.id, "sis", &order, &Silent).await;
        assert_eq!(code(synced.unwrap_err()), "unreachable");
        assert!(!town.data().join("fetched/town/sis.sealed").exists(), "{}", store.engine);
        town.context.close().await;
    }
}
