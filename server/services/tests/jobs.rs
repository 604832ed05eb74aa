//! Sources that are synced by themselves, on both engines: what is due, what is tried again, what waits for a person.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use model::ids::DistrictId;
use model::report::Braked;
use services::jobs::{End, Ran, turn};
use services::sources::{
    self, Fault, Fetched, Fetcher, Given, KeyPlace, Kind, Means, NotFetched, Secret, Wanted,
};
use services::{Context, Error, Silent, audit, district, doctor, sync};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::future::pending;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use store::testing::{TestStore, both};
use support::{SetClock, open};
use tempfile::TempDir;

/// A Friday, at eight in the morning of the district's clock.
const DAY: &str = "2026-03-20T12:00:00Z";

/// Files of two schools, 100 and 200.
#[derive(Clone)]
struct Files {
    /// The students of each; a student's number is the id.
    students: [BTreeSet<u32>; 2],
    /// Whether each has a calendar, enrollments and marks in the plain files.
    told: [bool; 2],
}

impl Files {
    fn of(each: u32) -> Self {
        Self {
            students: [1_001..=1_000 + each, 2_001..=2_000 + each].map(|of| of.collect()),
            told: [true; 2],
        }
    }

    /// The same without the first students of the first school.
    fn without(&self, first: usize) -> Self {
        let mut left = self.clone();
        left.students[0] = left.students[0].iter().copied().skip(first).collect();
        left
    }
}

/// A server that fails as it is told to, and counts how often it was asked.
struct Server {
    fails: Mutex<(&'static str, bool)>,
    asked: Mutex<u32>,
    hangs: bool,
}

impl Fetcher for Server {
    fn fetch<'a>(&'a self, _: Wanted<'a>) -> Fetched<'a> {
        Box::pin(async move {
            *self.asked.lock().unwrap() += 1;
            if self.hangs {
                pending::<()>().await;
            }
            let (code, passes) = *self.fails.lock().unwrap();
            Err(NotFetched { passes, code, why: "the server is asleep".to_owned() })
        })
    }
}

/// A server that gives files; a person approves what waits while it is asked, once.
struct Gives {
    from: PathBuf,
    approves: Mutex<Option<(Context, DistrictId, String)>>,
}

impl Fetcher for Gives {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> Fetched<'a> {
        Box::pin(async move {
            let approves = self.approves.lock().unwrap().take();
            if let Some((context, id, digest)) = approves {
                sources::approve(&context, &id, "sis", &digest, "moved away", None).await.unwrap();
            }
            fs::create_dir_all(wanted.into.join("oneroster")).unwrap();
            for name in ["manifest", "orgs", "users", "roles"] {
                let file = format!("oneroster/{name}.csv");
                fs::copy(self.from.join(&file), wanted.into.join(&file)).unwrap();
            }
            Ok(Vec::new())
        })
    }
}

struct Town {
    context: Context,
    clock: Arc<SetClock>,
    id: DistrictId,
    place: TempDir,
}

impl Town {
    async fn new(store: &TestStore) -> Self {
        let (context, clock) = open(store).await;
        clock.set(DAY);
        let id: DistrictId = "town".parse().unwrap();
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        Self { context, clock, id, place: tempfile::tempdir().unwrap() }
    }

    /// With some files in a folder, which is the source `drop`.
    async fn with(store: &TestStore, files: &Files) -> Self {
        let town = Self::new(store).await;
        town.put(files);
        town.add("drop", Given { path: Some(town.folder()), ..given(Kind::Folder) }).await;
        town
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("drop")
    }

    /// Puts files into the folder of the source.
    fn put(&self, files: &Files) {
        self.put_into(&self.folder(), files);
    }

    fn put_into(&self, folder: &Path, files: &Files) {
        fs::create_dir_all(folder.join("oneroster")).unwrap();
        let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        put(
            "oneroster/manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\n",
        );
        let mut orgs = "sourcedId,name,type,identifier,parentSourcedId\nd,Town,district,1,\n".to_owned();
        let mut users =
            "sourcedId,enabledUser,username,givenName,familyName,identifier\np,true,,Paula,Secretname,p\n"
                .to_owned();
        let mut roles =
            "sourcedId,userSourcedId,roleType,role,orgSourcedId\nrp,p,primary,principal,s0\n".to_owned();
        let mut calendar = "school_id,date,instructional\n".to_owned();
        let mut spans = "student_id,school_id,grade,entry_date,exit_date\n".to_owned();
        let mut marks = "student_id,school_id,date,category\n".to_owned();
        for (at, students) in files.students.iter().enumerate() {
            let school = (at + 1) * 100;
            writeln!(orgs, "s{at},School {at},school,{school},d").unwrap();
            for day in (2..=19).filter(|_| files.told[at]) {
                writeln!(calendar, "{school},2026-03-{day:02},1").unwrap();
            }
            for n in students {
                writeln!(users, "u{n},true,,Given{n},Secretname{n},{n}").unwrap();
                writeln!(roles, "r{n},u{n},primary,student,s{at}").unwrap();
                if files.told[at] {
                    writeln!(spans, "{n},{school},05,2026-03-02,").unwrap();
                    writeln!(marks, "{n},{school},2026-03-04,Unexcused Absence").unwrap();
                }
            }
        }
        put("oneroster/orgs.csv", &orgs);
        put("oneroster/users.csv", &users);
        put("oneroster/roles.csv", &roles);
        put("calendar.csv", &calendar);
        put("enrollments.csv", &spans);
        put("attendance.csv", &marks);
    }

    /// The same, with a roster that says only that one student has another user name.
    fn put_changes(&self, files: &Files, name: &str) {
        self.put(files);
        let roster = self.folder().join("oneroster");
        for whole in ["orgs", "roles"] {
            fs::remove_file(roster.join(format!("{whole}.csv"))).unwrap();
        }
        let manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.users,delta\n";
        fs::write(roster.join("manifest.csv"), manifest).unwrap();
        let users =
            "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,identifier\n";
        let row =
            format!("u1001,active,2026-03-20T00:00:00.000Z,true,{name},Given1001,Secretname1001,1001\n");
        fs::write(roster.join("users.csv"), format!("{users}{row}")).unwrap();
    }

    /// Puts files into the folder of the source, as if they had been written at a moment.
    fn drop_at(&self, files: &Files, moment: &str) {
        self.put(files);
        let at: chrono::DateTime<chrono::Utc> = moment.parse().unwrap();
        for folder in [self.folder(), self.folder().join("oneroster")] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::File::options().write(true).open(path).unwrap().set_modified(at.into()).unwrap();
                }
            }
        }
    }

    async fn add(&self, name: &str, given: Given) {
        sources::add(&self.context, &self.id, name, given, &self.keys()).await.unwrap();
    }

    /// A server as the source `sis`.
    async fn add_server(&self) {
        let text = b"client_id = \"us\"\nclient_secret = \"x\"\n".to_vec();
        let url = Some("https://sis.example/ims/oneroster/rostering/v1p2".to_owned());
        self.add("sis", Given { url, credentials: Some(Secret::new(text)), ..given(Kind::OneRoster) }).await;
    }

    fn keys(&self) -> KeyPlace {
        let file = self.place.path().join("key");
        if !file.exists() {
            sources::MasterKey::new(self.context.chance()).write_new(&file).unwrap();
        }
        KeyPlace { file: Some(file), text: None }
    }

    fn means(&self, fetcher: &Arc<Server>) -> Means {
        Means {
            keys: self.keys(),
            data: self.place.path().join("data"),
            fetcher: fetcher.clone(),
            post: None,
        }
    }

    /// One turn of the loop at a time of the clock.
    async fn turn_at(&self, moment: &str, server: &Arc<Server>) -> Option<Ran> {
        self.clock.set(moment);
        turn(&self.context, &self.means(server), &self.id, pending()).await.unwrap()
    }

    /// One turn a minute later, of folders alone.
    async fn turn(&self) -> Option<Ran> {
        self.clock.minute();
        turn(&self.context, &self.means(&asleep()), &self.id, pending()).await.unwrap()
    }

    /// Queues a run of `drop` and does it.
    async fn run(&self) -> End {
        sources::run_now(&self.context, &self.id, "drop", None).await.unwrap();
        self.turn().await.unwrap().end
    }

    async fn waiting(&self) -> Braked {
        sources::waiting(&self.context, &self.id, "drop").await.unwrap()
    }

    async fn approve(&self, digest: &str, reason: &str) -> Result<(), Error> {
        sources::approve(&self.context, &self.id, "drop", digest, reason, None).await
    }

    async fn listed(&self, name: &str) -> sources::Listed {
        let listed = sources::list(&self.context, &self.id).await.unwrap();
        listed.into_iter().find(|source| source.name == name).unwrap()
    }

    /// How many runs each ended how.
    async fn outcomes(&self, store: &TestStore) -> Vec<String> {
        let district = store.directory.district(&self.id).await.unwrap();
        let mut runs = district.source_runs(100).await.unwrap();
        runs.reverse();
        runs.into_iter().map(|run| run.outcome).collect()
    }

    /// How many of some files' enrollments the store has.
    async fn enrolled(&self, of: &Files) -> u64 {
        let folder = self.place.path().join("compared");
        self.put_into(&folder, of);
        let order = sync::Order { from: folder, profile: None, dry_run: true, allow_removals: true };
        let report = sync::run(&self.context, &self.id, &order, &Silent).await.unwrap();
        report.tables.into_iter().find(|table| table.table == "enrollments").unwrap().unchanged
    }

    async fn is_sound(&self) {
        audit::verify(&self.context, &self.id).await.unwrap();
        assert!(doctor::run(&self.context).await.unwrap().sound);
        self.context.close().await;
    }
}

fn given(kind: Kind) -> Given {
    Given {
        kind,
        carries: None,
        url: None,
        token_url: None,
        version: None,
        sign_in: None,
        school_year: None,
        exit_day_not_enrolled: false,
        instructional_events: Vec::new(),
        allow_private: false,
        path: None,
        watched: false,
        profile: None,
        credentials: None,
    }
}

fn server(code: &'static str, passes: bool, hangs: bool) -> Arc<Server> {
    Arc::new(Server { fails: Mutex::new((code, passes)), asked: Mutex::new(0), hangs })
}

fn asleep() -> Arc<Server> {
    server("unreachable", true, false)
}

fn code(error: Error) -> &'static str {
    match error {
        Error::Source(fault) => fault.code(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_source_is_synced_when_its_schedule_says_so_and_not_before() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        assert_eq!(town.turn().await, None, "no schedule, nothing due");
        let wrong = sources::schedule(&town.context, &town.id, "drop", Some("nightly"), None).await;
        assert_eq!(code(wrong.unwrap_err()), "not_a_schedule");
        sources::schedule(&town.context, &town.id, "drop", Some("15 4  * * 1-5"), None).await.unwrap();
        let listed = town.listed("drop").await;
        assert_eq!(listed.schedule, "15 4 * * 1-5");
        assert!(listed.next_run.starts_with("2026-03-23 04:"), "Monday: {}", listed.next_run);
        let none = asleep();
        assert_eq!(town.turn_at("2026-03-23T08:14:59Z", &none).await, None, "{}", store.engine);
        // Each source has its own moment in the ten minutes behind it.
        let ran = town.turn_at("2026-03-23T08:25:00Z", &none).await.unwrap();
        assert_eq!((ran.source.as_str(), ran.end), ("drop", End::Applied), "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-23T08:26:00Z", &none).await, None);
        assert!(town.listed("drop").await.next_run.starts_with("2026-03-24 04:"));
        // A week in which nothing ran is one run.
        assert!(town.turn_at("2026-03-31T12:00:00Z", &none).await.is_some());
        assert_eq!(town.turn_at("2026-03-31T12:01:00Z", &none).await, None);
        assert_eq!(town.outcomes(&store).await, ["applied", "unchanged"], "{}", store.engine);
        sources::schedule(&town.context, &town.id, "drop", None, None).await.unwrap();
        assert_eq!(town.listed("drop").await.next_run, "");
        assert_eq!(town.turn_at("2026-05-01T12:00:00Z", &none).await, None);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_watched_folder_is_synced_once_what_was_dropped_has_settled() {
    for store in both().await {
        let (town, none) = (Town::new(&store).await, asleep());
        let files = Files::of(20);
        town.add("drop", Given { path: Some(town.folder()), watched: true, ..given(Kind::Folder) }).await;
        assert_eq!(town.turn_at("2026-03-20T12:00:00Z", &none).await, None, "nothing is there yet");
        assert_eq!(town.listed("drop").await.next_run, "when files are dropped");
        town.drop_at(&files, "2026-03-20T12:05:00Z");
        assert_eq!(town.turn_at("2026-03-20T12:06:00Z", &none).await, None, "files may be on their way");
        let ran = town.turn_at("2026-03-20T12:07:00Z", &none).await.unwrap();
        assert_eq!(ran.end, End::Applied, "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-21T12:00:00Z", &none).await, None, "the same files");

        // While it is paused nothing is read; afterwards what was dropped meanwhile is.
        sources::pause(&town.context, &town.id, "drop", None).await.unwrap();
        town.drop_at(&files.without(1), "2026-03-22T04:00:00Z");
        assert_eq!(town.turn_at("2026-03-22T05:00:00Z", &none).await, None, "{}", store.engine);
        sources::resume(&town.context, &town.id, "drop", None).await.unwrap();
        assert_eq!(town.turn_at("2026-03-22T05:01:00Z", &none).await.unwrap().end, End::Applied);
        assert_eq!(town.enrolled(&files).await, 39, "{}", store.engine);

        // What a person has to put right is not tried again by itself; other files are another matter.
        fs::remove_file(town.folder().join("oneroster/users.csv")).unwrap();
        assert_eq!(town.turn_at("2026-03-23T05:00:00Z", &none).await.unwrap().end, End::Dead);
        assert_eq!(town.turn_at("2026-03-23T06:00:00Z", &none).await, None, "{}", store.engine);
        town.drop_at(&files, "2026-03-24T04:00:00Z");
        assert_eq!(town.turn_at("2026-03-24T05:00:00Z", &none).await.unwrap().end, End::Applied);
        assert_eq!(town.enrolled(&files).await, 40, "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_paused_source_is_passed_over_but_for_a_person_and_what_was_missed_is_not_made_up() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        let none = asleep();
        sources::schedule(&town.context, &town.id, "drop", Some("15 4 * * *"), None).await.unwrap();
        sources::pause(&town.context, &town.id, "drop", None).await.unwrap();
        assert_eq!(town.turn_at("2026-03-25T12:00:00Z", &none).await, None, "{}", store.engine);
        assert_eq!(town.listed("drop").await.next_run, "paused");
        assert_eq!(town.run().await, End::Applied);
        town.clock.set("2026-03-29T12:00:00Z");
        sources::resume(&town.context, &town.id, "drop", None).await.unwrap();
        assert_eq!(town.turn().await, None);
        assert!(town.listed("drop").await.next_run.starts_with("2026-03-30 04:"), "{}", store.engine);
        sources::end(&town.context, &town.id, "drop", &town.place.path().join("data"), None).await.unwrap();
        assert_eq!(town.turn_at("2026-04-25T12:00:00Z", &none).await, None, "{}", store.engine);
        for late in [
            sources::run_now(&town.context, &town.id, "drop", None).await,
            sources::pause(&town.context, &town.id, "drop", None).await,
            sources::schedule(&town.context, &town.id, "drop", Some("1 1 * * *"), None).await,
        ] {
            assert_eq!(code(late.unwrap_err()), "source_ended");
        }
        town.is_sound().await;
    }
}

#[tokio::test]
async fn changes_that_were_not_applied_come_before_later_ones_or_whole_files_do() {
    for store in both().await {
        let files = Files::of(5);
        let town = Town::with(&store, &files).await;
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        town.put_changes(&files, "one");
        fs::remove_file(town.folder().join("enrollments.csv")).unwrap();
        assert_eq!(town.run().await, End::Dead, "{}", store.engine);
        // The next night's changes, over those that failed: they say nothing of these.
        town.put_changes(&files, "two");
        assert_eq!(town.run().await, End::Dead, "{}", store.engine);
        assert_eq!(town.listed("drop").await.next_run, "not tried again: changes_missed");
        town.put_changes(&files, "one");
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        town.put_changes(&files, "two");
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        assert_eq!(town.run().await, End::Applied, "the same again is no harm");

        fs::remove_file(town.folder().join("enrollments.csv")).unwrap();
        assert_eq!(town.run().await, End::Dead, "{}", store.engine);
        town.put_changes(&files, "three");
        assert_eq!(town.run().await, End::Dead, "{}", store.engine);
        town.put(&files);
        assert_eq!(town.run().await, End::Applied, "whole files say it all");
        town.put_changes(&files, "three");
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        let ended = town.outcomes(&store).await.join(" ");
        assert_eq!(
            ended,
            "applied missing_file changes_missed applied applied unchanged missing_file changes_missed applied applied",
            "{}",
            store.engine
        );
        town.is_sound().await;
    }
}

/// The files of a folder in one zip.
fn zipped(folder: &Path) -> Vec<u8> {
    fn add(zip: &mut zip::ZipWriter<std::io::Cursor<Vec<u8>>>, folder: &Path, before: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{before}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                add(zip, &path, &format!("{name}/"));
            } else {
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(&fs::read(path).unwrap()).unwrap();
            }
        }
    }
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    add(&mut zip, folder, "");
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn changes_pushed_over_others_that_were_not_applied_yet_are_not_taken_for_all() {
    for store in both().await {
        let files = Files::of(5);
        let (town, none) = (Town::new(&store).await, asleep());
        town.add("drop", given(Kind::Push)).await;
        let token = sources::push::token(&town.context, &town.id, "drop").await.unwrap();
        let data = town.means(&none).data;
        let push = async |name: Option<&str>| {
            match name {
                Some(name) => town.put_changes(&files, name),
                None => town.put(&files),
            }
            let taken = sources::push::receive(&town.context, &data, &token.reveal()).await.unwrap();
            let mut taken = taken.unwrap();
            assert_eq!(taken.take(&zipped(&town.folder())).unwrap(), Ok(()));
            assert_eq!(taken.finish().await.unwrap(), Ok(()));
        };
        push(None).await;
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        push(Some("one")).await;
        push(Some("two")).await;
        assert_eq!(town.turn().await.unwrap().end, End::Dead, "{}", store.engine);
        assert_eq!(
            town.listed("drop").await.next_run,
            "not tried again: changes_missed; when a zip is pushed"
        );
        // The first ones again, and then the second, are all of it.
        push(Some("one")).await;
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        push(Some("two")).await;
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        // The same twice loses nothing, and whole files need nothing before them.
        push(Some("three")).await;
        push(Some("three")).await;
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        push(Some("four")).await;
        push(None).await;
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn changes_that_nobody_was_there_to_read_are_asked_for_as_whole_files() {
    for store in both().await {
        let files = Files::of(5);
        let (town, none) = (Town::with(&store, &files).await, asleep());
        sources::schedule(&town.context, &town.id, "drop", Some("15 4 * * *"), None).await.unwrap();
        let night = async |moment: &str| town.turn_at(moment, &none).await.unwrap().end;
        assert_eq!(night("2026-03-21T08:30:00Z").await, End::Applied, "{}", store.engine);
        town.put_changes(&files, "one");
        assert_eq!(night("2026-03-22T08:30:00Z").await, End::Applied, "{}", store.engine);
        // Two nights on which nobody read what lay there.
        sources::pause(&town.context, &town.id, "drop", None).await.unwrap();
        town.clock.set("2026-03-24T12:00:00Z");
        sources::resume(&town.context, &town.id, "drop", None).await.unwrap();
        town.put_changes(&files, "two");
        assert_eq!(night("2026-03-25T08:30:00Z").await, End::Dead, "{}", store.engine);
        assert_eq!(town.listed("drop").await.last_run, "2026-03-25 04:30 changes_missed");
        town.put(&files);
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        town.put_changes(&files, "three");
        assert_eq!(night("2026-03-26T08:30:00Z").await, End::Applied, "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_schedule_waits_while_something_is_written_to_its_folder_and_a_person_need_not() {
    for store in both().await {
        let (town, none) = (Town::with(&store, &Files::of(5)).await, asleep());
        sources::schedule(&town.context, &town.id, "drop", Some("15 4 * * *"), None).await.unwrap();
        town.drop_at(&Files::of(5), "2026-03-21T08:29:00Z");
        assert_eq!(town.turn_at("2026-03-21T08:30:00Z", &none).await, None, "{}", store.engine);
        assert_eq!(town.outcomes(&store).await, [""; 0], "no run began");
        assert_eq!(town.turn_at("2026-03-21T08:31:00Z", &none).await.unwrap().end, End::Applied);
        assert_eq!(town.turn_at("2026-03-21T08:32:00Z", &none).await, None, "once");
        town.drop_at(&Files::of(5), "2026-03-21T08:32:00Z");
        assert_eq!(town.run().await, End::Applied, "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_clock_that_was_years_ahead_and_was_put_right_stops_no_schedule() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        let none = asleep();
        town.clock.set("2036-03-20T12:00:00Z");
        sources::schedule(&town.context, &town.id, "drop", Some("15 4 * * *"), None).await.unwrap();
        assert_eq!(town.turn_at("2026-03-20T12:00:00Z", &none).await, None, "{}", store.engine);
        assert!(town.listed("drop").await.next_run.starts_with("2026-03-21 04:"), "{}", store.engine);
        assert!(town.turn_at("2026-03-21T12:00:00Z", &none).await.is_some(), "{}", store.engine);
        // One that is a moment late makes nothing run twice.
        assert_eq!(town.turn_at("2026-03-21T08:00:00Z", &none).await, None);
        assert_eq!(town.turn_at("2026-03-21T12:01:00Z", &none).await, None, "{}", store.engine);
        town.context.close().await;
    }
}

#[tokio::test]
async fn a_paused_source_is_not_tried_again() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add_server().await;
        let busy = server("fetch_busy", true, false);
        sources::schedule(&town.context, &town.id, "sis", Some("15 4 * * *"), None).await.unwrap();
        let ran = town.turn_at("2026-03-21T12:00:00Z", &busy).await.unwrap();
        assert!(matches!(ran.end, End::Again(_)), "{}", store.engine);
        sources::pause(&town.context, &town.id, "sis", None).await.unwrap();
        assert_eq!(town.turn_at("2026-03-21T16:00:00Z", &busy).await, None, "{}", store.engine);
        assert_eq!(town.listed("sis").await.next_run, "paused");
        // What a person asks for is begun, once.
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        let ran = town.turn_at("2026-03-21T16:01:00Z", &busy).await.unwrap();
        assert_eq!(ran.end, End::Dead, "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-22T16:00:00Z", &busy).await, None, "{}", store.engine);
        assert_eq!(*busy.asked.lock().unwrap(), 2);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_ever_later_and_then_given_up() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add_server().await;
        let busy = server("fetch_busy", true, false);
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        let mut waits = Vec::new();
        let mut now = DAY.to_owned();
        let end = loop {
            match town.turn_at(&now, &busy).await.unwrap().end {
                End::Again(due) => {
                    let from: chrono::DateTime<chrono::Utc> = now.parse().unwrap();
                    waits.push((due - from).num_minutes());
                    let early = (due - chrono::TimeDelta::seconds(1)).to_rfc3339();
                    assert_eq!(town.turn_at(&early, &busy).await, None, "{}", store.engine);
                    now = due.to_rfc3339();
                }
                end => break end,
            }
        };
        assert_eq!((waits, end), (vec![2, 5, 15, 45, 120], End::Dead), "{}", store.engine);
        assert_eq!(*busy.asked.lock().unwrap(), 6);
        assert_eq!(town.turn_at("2026-03-21T12:00:00Z", &busy).await, None);
        assert_eq!(town.listed("sis").await.next_run, "not tried again: fetch_busy");
        assert!(town.outcomes(&store).await.iter().all(|outcome| outcome == "fetch_busy"));
        // Asked for anew, it begins anew.
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        assert!(matches!(town.turn().await.unwrap().end, End::Again(_)), "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn what_a_person_has_to_put_right_is_not_tried_again() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        fs::remove_file(town.folder().join("enrollments.csv")).unwrap();
        assert_eq!(town.run().await, End::Dead, "{}", store.engine);
        assert_eq!(town.listed("drop").await.next_run, "not tried again: missing_file");
        sources::end(&town.context, &town.id, "drop", &town.place.path().join("data"), None).await.unwrap();
        town.add_server().await;
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        let refuses = server("fetch_sign_in", false, false);
        town.clock.minute();
        let ran = turn(&town.context, &town.means(&refuses), &town.id, pending()).await.unwrap().unwrap();
        assert_eq!((ran.end, *refuses.asked.lock().unwrap()), (End::Dead, 1), "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_run_that_was_killed_is_done_again_when_its_lease_runs_out_and_nothing_is_doubled() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        sources::run_now(&town.context, &town.id, "drop", None).await.unwrap();
        // A process that took the job, began the run, and is no more.
        let district = store.directory.district(&town.id).await.unwrap();
        let taken =
            district.take_job(town.context.now(), town.context.now() + chrono::TimeDelta::minutes(5), 1);
        assert!(taken.await.unwrap().is_some());
        let source = district.sources().await.unwrap().remove(0).id;
        let mut write = district.write().await.unwrap();
        write.begin_source_run(model::ids::SourceRunId(1), source, town.context.now()).await.unwrap();
        write.commit().await.unwrap();
        let none = asleep();
        assert_eq!(town.turn_at("2026-03-20T12:04:59Z", &none).await, None, "{}", store.engine);
        assert_eq!(town.listed("drop").await.next_run, "at work");
        // Asked for once more meanwhile, it is still one.
        sources::run_now(&town.context, &town.id, "drop", None).await.unwrap();
        let ran = town.turn_at("2026-03-20T12:05:00Z", &none).await.unwrap();
        assert_eq!(ran.end, End::Applied, "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-20T12:06:00Z", &none).await, None);
        assert_eq!(town.outcomes(&store).await, ["interrupted", "applied"], "{}", store.engine);
        assert_eq!(town.enrolled(&Files::of(5)).await, 10);
        assert_eq!(town.run().await, End::Applied);
        assert_eq!(town.outcomes(&store).await[2], "unchanged", "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_run_that_is_cut_off_each_time_is_given_up() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        sources::run_now(&town.context, &town.id, "drop", None).await.unwrap();
        let district = store.directory.district(&town.id).await.unwrap();
        for _ in 0..6 {
            town.clock.minute();
            let now = town.context.now();
            assert!(district.take_job(now, now, 1).await.unwrap().is_some(), "{}", store.engine);
        }
        assert_eq!(town.turn().await.unwrap().end, End::Dead, "{}", store.engine);
        assert_eq!(town.listed("drop").await.next_run, "not tried again: cut_off");
        assert_eq!(town.turn().await, None);
        assert_eq!(town.run().await, End::Applied, "{}: asked for anew, it begins anew", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn one_that_finds_another_sync_at_work_comes_back_without_losing_a_try() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        let district = store.directory.district(&town.id).await.unwrap();
        let other = district.begin_sync(model::ids::RunId(1), DAY.parse().unwrap(), "another").await.unwrap();
        for _ in 0..8 {
            assert!(matches!(town.run().await, End::Again(_)), "{}", store.engine);
        }
        assert_eq!(district.jobs().await.unwrap()[0].tries, 0, "{}", store.engine);
        drop(other);
        assert_eq!(town.run().await, End::Applied);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn asked_to_stop_it_gives_its_job_back_and_leaves_no_trace() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.add_server().await;
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        let hangs = server("unreachable", true, true);
        let asked = hangs.clone();
        let stop = async move {
            while *asked.asked.lock().unwrap() == 0 {
                tokio::task::yield_now().await;
            }
        };
        let ran = turn(&town.context, &town.means(&hangs), &town.id, stop).await.unwrap().unwrap();
        assert_eq!(ran.end, End::GivenBack, "{}", store.engine);
        assert!(!town.place.path().join("data/staging/town").exists());
        assert_eq!(town.listed("sis").await.next_run, "queued");
        // The next process begins it at once.
        let ran = town.turn_at(DAY, &asleep()).await.unwrap();
        assert!(matches!(ran.end, End::Again(_)), "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn removals_beyond_the_limit_stop_the_run_and_what_would_go_is_shown_without_names() {
    for store in both().await {
        let all = Files::of(40);
        let town = Town::with(&store, &all).await;
        assert_eq!(town.run().await, End::Applied);
        town.put(&all.without(15));
        assert_eq!(town.run().await, End::Braked, "{}", store.engine);
        assert_eq!(town.enrolled(&all).await, 80, "{}: nothing went", store.engine);
        let shown = town.waiting().await;
        let of = |table: &str| shown.going.iter().find(|going| going.table == table).unwrap();
        assert_eq!((of("enrollments").school.as_str(), of("enrollments").rows), ("100", 15));
        assert_eq!(of("enrollments").examples[0], "1001, 100, 2026-03-02");
        assert_eq!((of("attendance").rows, of("attendance").examples[0].as_str()), (15, "1001, 2026-03-04"));
        assert_eq!(of("people").rows, 15);
        assert_eq!(shown.rows(), 15 * 4, "{}: {shown:?}", store.engine);
        assert!(!format!("{shown:?}").contains("Secretname"));
        assert_eq!(shown.cause.code(), "too_many_removals");
        assert_eq!(town.outcomes(&store).await, ["applied", "braked"]);
        assert!(town.listed("drop").await.next_run.contains("waits for a person"));
        assert_eq!(town.turn().await, None, "{}: it waits", store.engine);
        // The files are put right: nobody is waited for any more.
        town.put(&all);
        assert_eq!(town.run().await, End::Applied);
        assert_eq!(code(town.approve(&shown.digest, "moved away").await.unwrap_err()), "nothing_waits");
        town.is_sound().await;
    }
}

#[tokio::test]
async fn what_was_approved_goes_or_less_and_nothing_else() {
    for store in both().await {
        let all = Files::of(40);
        let town = Town::with(&store, &all).await;
        assert_eq!(town.run().await, End::Applied);
        town.put(&all.without(15));
        assert_eq!(town.run().await, End::Braked);
        let shown = town.waiting().await;
        for reason in ["", "  "] {
            assert_eq!(code(town.approve(&shown.digest, reason).await.unwrap_err()), "no_reason");
        }
        let wrong = town.approve("0123", "moved away").await.unwrap_err();
        assert!(
            matches!(&wrong, Error::Source(Fault::NotWhatWasShown { digest }) if *digest == shown.digest)
        );
        town.approve(&shown.digest, "moved away").await.unwrap();
        assert_eq!(code(town.approve(&shown.digest, "again").await.unwrap_err()), "nothing_waits");
        // As many, but others: it stops anew, and the approval is spent.
        let mut others = all.clone();
        others.students[0] = (1_001..=1_025).collect();
        town.put(&others);
        assert_eq!(town.turn().await.unwrap().end, End::Braked, "{}", store.engine);
        assert_eq!(town.enrolled(&all).await, 80);
        let anew = town.waiting().await;
        assert_ne!(anew.digest, shown.digest);
        town.put(&all.without(15));
        assert_eq!(town.run().await, End::Braked, "{}: it was spent", store.engine);
        // The same again has the same digest, and fewer may go.
        assert_eq!(town.waiting().await.digest, shown.digest, "{}", store.engine);
        town.approve(&shown.digest, "moved away").await.unwrap();
        town.put(&all.without(12));
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        assert_eq!(town.enrolled(&all).await, 68);
        // What is left of it is no leave for later.
        town.put(&all.without(28));
        assert_eq!(town.run().await, End::Braked, "{}", store.engine);
        // Of a source that ended nobody is asked anything.
        sources::end(&town.context, &town.id, "drop", &town.place.path().join("data"), None).await.unwrap();
        assert_eq!(town.listed("drop").await.next_run, "", "{}", store.engine);
        let district = store.directory.district(&town.id).await.unwrap();
        let kinds: Vec<String> =
            district.audit_rows_after(0).await.unwrap().into_iter().map(|row| row.event).collect();
        assert_eq!(kinds.iter().filter(|event| event.contains("removals_approved")).count(), 2);
        assert!(!kinds.iter().any(|event| event.contains("moved away")), "free text is not in the chain");
        town.is_sound().await;
    }
}

#[tokio::test]
async fn what_is_approved_while_a_run_is_under_way_holds_for_the_next() {
    for store in both().await {
        let all = Files::of(40);
        let town = Town::new(&store).await;
        town.add_server().await;
        town.put(&all);
        let gives = Arc::new(Gives { from: town.folder(), approves: Mutex::new(None) });
        let means = Means { fetcher: gives.clone(), ..town.means(&asleep()) };
        let turned = async || {
            town.clock.minute();
            turn(&town.context, &means, &town.id, pending()).await.unwrap().map(|ran| ran.end)
        };
        let queue = async || sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        queue().await;
        assert_eq!(turned().await, Some(End::Applied), "{}", store.engine);
        town.put(&all.without(15));
        queue().await;
        assert_eq!(turned().await, Some(End::Braked), "{}", store.engine);
        let shown = sources::waiting(&town.context, &town.id, "sis").await.unwrap();
        *gives.approves.lock().unwrap() = Some((town.context.clone(), town.id.clone(), shown.digest));
        queue().await;
        assert_eq!(turned().await, Some(End::Braked), "{}: it did not know of it", store.engine);
        assert_eq!(turned().await, Some(End::Applied), "{}", store.engine);
        assert_eq!(turned().await, None, "{}", store.engine);
        // Of other rows than were approved nothing stays.
        town.put(&all.without(28));
        queue().await;
        assert_eq!(turned().await, Some(End::Braked), "{}", store.engine);
        let shown = sources::waiting(&town.context, &town.id, "sis").await.unwrap();
        *gives.approves.lock().unwrap() = Some((town.context.clone(), town.id.clone(), shown.digest));
        town.put(&all.without(31));
        queue().await;
        assert_eq!(turned().await, Some(End::Braked), "{}", store.engine);
        assert_eq!(turned().await, None, "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_header_only_file_is_refused_whatever_was_approved() {
    for store in both().await {
        let all = Files::of(40);
        let town = Town::with(&store, &all).await;
        assert_eq!(town.run().await, End::Applied);
        town.put(&all.without(40));
        assert_eq!(town.run().await, End::Braked);
        let shown = town.waiting().await;
        town.approve(&shown.digest, "closed").await.unwrap();
        let none = Files { told: [false; 2], ..all.clone() };
        town.put(&none);
        assert_eq!(town.turn().await.unwrap().end, End::Dead, "{}", store.engine);
        assert_eq!(town.outcomes(&store).await[2], "would_remove_all");
        assert_eq!(town.enrolled(&all).await, 80);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_file_much_smaller_than_the_last_and_a_calendar_that_is_gone_stop_the_run() {
    for store in both().await {
        let mut all = Files::of(10);
        all.students[1] = (2_001..=2_150).collect();
        let town = Town::with(&store, &all).await;
        assert_eq!(town.run().await, End::Applied);
        // Nothing would be removed: the files only say nothing of the second school.
        town.put(&Files { told: [true, false], ..all.clone() });
        assert_eq!(town.run().await, End::Braked, "{}", store.engine);
        let shown = town.waiting().await;
        let codes: Vec<&str> = shown.causes.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes, ["calendar_gone", "file_shrunk", "file_shrunk"], "{}: {shown:?}", store.engine);
        assert_eq!(shown.rows(), 0);
        town.approve(&shown.digest, "a separate export from now on").await.unwrap();
        assert_eq!(town.turn().await.unwrap().end, End::Applied, "{}", store.engine);
        // From now on this is what is usual.
        assert_eq!(town.run().await, End::Applied);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_source_is_late_when_it_was_due_twice_and_nothing_good_came() {
    for store in both().await {
        let town = Town::with(&store, &Files::of(5)).await;
        sources::schedule(&town.context, &town.id, "drop", Some("0 4 * * *"), None).await.unwrap();
        let late = async |moment| {
            town.clock.set(moment);
            town.listed("drop").await.next_run.contains("late")
        };
        assert!(!late("2026-03-21T12:00:00Z").await, "{}: missed once", store.engine);
        assert!(late("2026-03-22T12:00:00Z").await, "{}", store.engine);
        assert_eq!(town.run().await, End::Applied);
        assert!(!late("2026-03-23T12:00:00Z").await);
        fs::remove_file(town.folder().join("enrollments.csv")).unwrap();
        assert_eq!(town.run().await, End::Dead);
        assert!(late("2026-03-24T12:00:00Z").await, "{}: a bad run is none", store.engine);
        sources::pause(&town.context, &town.id, "drop", None).await.unwrap();
        assert!(!late("2026-03-29T12:00:00Z").await, "{}: nobody waits for it", store.engine);
        town.is_sound().await;
    }
}
