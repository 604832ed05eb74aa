//! What somebody has to know of a source, on both engines: when an alert begins and ends, and who is told by mail how often.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use model::alert::AlertKind;
use model::ids::DistrictId;
use services::alerts::{Letter, NotSent, Post, Sent};
use services::jobs::{End, turn};
use services::sources::{
    self, Fetched, Fetcher, Given, KeyPlace, Kind, MasterKey, Means, NotFetched, Secret, Wanted,
};
use services::{Context, audit, district, doctor};
use std::fmt::Write as _;
use std::fs;
use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use store::District;
use store::testing::{TestStore, both};
use support::{SetClock, open};
use tempfile::TempDir;
use tokio::sync::Notify;

/// A Friday, at eight in the morning of the district's clock.
const DAY: &str = "2026-03-20T12:00:00Z";

/// Keeps what is sent, and fails as it is told to.
#[derive(Default)]
struct Letterbox {
    letters: Mutex<Vec<Letter>>,
    /// Why no mail goes.
    fails: Mutex<Option<NotSent>>,
    /// An address that is not taken.
    refuses: Mutex<String>,
    /// Whether it takes a letter and says nothing.
    hangs: Mutex<bool>,
    came: Notify,
}

impl Letterbox {
    /// To whom letters went since the last look, in order.
    fn taken(&self) -> Vec<String> {
        self.letters.lock().unwrap().drain(..).map(|letter| letter.to).collect()
    }
}

impl Post for Letterbox {
    fn send<'a>(&'a self, letter: &'a Letter) -> Sent<'a> {
        Box::pin(async move {
            if let Some(not) = *self.fails.lock().unwrap() {
                return Err(not);
            }
            if *self.refuses.lock().unwrap() == letter.to {
                return Err(NotSent { passes: false, code: "mail_refused" });
            }
            self.letters.lock().unwrap().push(letter.clone());
            self.came.notify_one();
            if *self.hangs.lock().unwrap() {
                pending::<()>().await;
            }
            Ok(())
        })
    }
}

/// A server that is asleep.
struct Asleep;

impl Fetcher for Asleep {
    fn fetch<'a>(&'a self, _: Wanted<'a>) -> Fetched<'a> {
        let why = "the server is asleep".to_owned();
        Box::pin(async move { Err(NotFetched { passes: true, code: "fetch_unreachable", why }) })
    }
}

struct Town {
    context: Context,
    clock: Arc<SetClock>,
    id: DistrictId,
    district: District,
    place: TempDir,
    post: Option<Arc<Letterbox>>,
}

impl Town {
    /// A district whose data was taken in from the folder `drop`, which is then filled anew; two people lead it.
    async fn new(store: &TestStore) -> Self {
        let (context, clock) = open(store).await;
        clock.set(DAY);
        let id: DistrictId = "town".parse().unwrap();
        district::add(&context, &id, "Town", "America/New_York", &["us-federal".to_owned()]).await.unwrap();
        let district = store.directory.district(&id).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let town = Self { context, clock, id, district, place, post: Some(Arc::default()) };
        town.put(20);
        town.add("drop", false).await;
        assert_eq!(town.run().await, End::Applied);
        town
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("drop")
    }

    async fn add(&self, name: &str, watched: bool) {
        let given = Given { path: Some(self.folder()), watched, ..given(Kind::Folder) };
        sources::add(&self.context, &self.id, name, given, &self.keys()).await.unwrap();
    }

    /// Puts files of so many students into the folder: school days are Monday to Friday, but for the 26th.
    fn put(&self, students: u32) {
        let folder = self.folder();
        fs::create_dir_all(folder.join("oneroster")).unwrap();
        let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        put(
            "oneroster/manifest.csv",
            "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\nfile.users,bulk\nfile.roles,bulk\n",
        );
        put(
            "oneroster/orgs.csv",
            "sourcedId,name,type,identifier,parentSourcedId\nd,Town,district,1,\ns,School,school,100,d\n",
        );
        let mut users = "sourcedId,enabledUser,username,givenName,familyName,identifier,email\n".to_owned();
        let mut roles = "sourcedId,userSourcedId,roleType,role,orgSourcedId\n".to_owned();
        for (key, enabled, role, org, email) in [
            ("a", true, "districtAdministrator", "d", "Ada@town.example"),
            ("b", true, "districtAdministrator", "d", "bo@town.example"),
            // The same person, under another id; one who left; one without an address; one who leads a school.
            ("c", true, "districtAdministrator", "d", "ada@town.example"),
            ("e", false, "districtAdministrator", "d", "left@town.example"),
            ("f", true, "districtAdministrator", "d", ""),
            ("p", true, "principal", "s", "principal@town.example"),
        ] {
            writeln!(users, "{key},{enabled},,Given,Secretname,{key},{email}").unwrap();
            writeln!(roles, "r{key},{key},primary,{role},{org}").unwrap();
        }
        let mut spans = "student_id,school_id,grade,entry_date,exit_date\n".to_owned();
        for n in 1_001..=1_000 + students {
            writeln!(users, "u{n},true,,Given{n},Secretname{n},{n},").unwrap();
            writeln!(roles, "r{n},u{n},primary,student,s").unwrap();
            writeln!(spans, "{n},100,05,2026-03-02,").unwrap();
        }
        let weekdays = (2..=31).filter(|day| !matches!(day % 7, 0 | 1) && *day != 26);
        let calendar: String = weekdays.map(|day| format!("100,2026-03-{day:02},1\n")).collect();
        put("oneroster/users.csv", &users);
        put("oneroster/roles.csv", &roles);
        put("calendar.csv", &format!("school_id,date,instructional\n{calendar}"));
        put("enrollments.csv", &spans);
        put("attendance.csv", "student_id,school_id,date,category\n1001,100,2026-03-04,Unexcused Absence\n");
    }

    /// A file is missing, which a person has to put right.
    fn spoil(&self) {
        fs::remove_file(self.folder().join("enrollments.csv")).unwrap();
    }

    fn keys(&self) -> KeyPlace {
        let file = self.place.path().join("key");
        if !file.exists() {
            MasterKey::new(self.context.chance()).write_new(&file).unwrap();
        }
        KeyPlace { file: Some(file), text: None }
    }

    fn means(&self) -> Means {
        Means {
            keys: self.keys(),
            data: self.place.path().join("data"),
            fetcher: Arc::new(Asleep),
            post: self.post.clone().map(|post| post as Arc<dyn Post>),
        }
    }

    fn post(&self) -> &Letterbox {
        self.post.as_ref().unwrap()
    }

    /// One turn of the loop.
    async fn turn(&self) -> Option<End> {
        turn(&self.context, &self.means(), &self.id, pending()).await.unwrap().map(|ran| ran.end)
    }

    /// One turn of the loop at a time of the clock.
    async fn turn_at(&self, moment: &str) -> Option<End> {
        self.clock.set(moment);
        self.turn().await
    }

    /// Queues a run of `drop` and does it, a minute later.
    async fn run(&self) -> End {
        sources::run_now(&self.context, &self.id, "drop", None).await.unwrap();
        self.clock.minute();
        self.turn().await.unwrap()
    }

    async fn schedule(&self, fields: &str) {
        sources::schedule(&self.context, &self.id, "drop", Some(fields), None).await.unwrap();
    }

    /// The alerts that are open: source and kind.
    async fn open(&self) -> Vec<(String, AlertKind)> {
        let alerts = self.district.alerts().await.unwrap();
        alerts.into_iter().filter(|of| of.awaited).map(|of| (of.name, of.kind)).collect()
    }

    /// How many people the audit log says were told, mail by mail.
    async fn audited(&self) -> Vec<u64> {
        let rows = self.district.audit_rows_after(0).await.unwrap();
        let mails = rows.into_iter().filter(|row| row.kind == "alert_mailed");
        mails
            .map(|row| {
                assert!(!row.event.contains('@'), "{}", row.event);
                let event: serde_json::Value = serde_json::from_str(&row.event).unwrap();
                event["recipients"].as_u64().unwrap()
            })
            .collect()
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

fn alert(kind: AlertKind) -> Vec<(String, AlertKind)> {
    vec![("drop".to_owned(), kind)]
}

const BOTH: [&str; 2] = ["ada@town.example", "bo@town.example"];

#[tokio::test]
async fn a_run_that_failed_for_good_is_told_once_to_those_who_lead_the_district_and_a_good_run_ends_it() {
    for store in both().await {
        let town = Town::new(&store).await;
        assert_eq!(town.turn().await, None, "{}: all is well", store.engine);
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, alert(AlertKind::Failed));
        let letters = town.post().letters.lock().unwrap().clone();
        for letter in &letters {
            assert_eq!((letter.district.as_str(), letter.again), ("Town", false));
            assert_eq!(letter.alert.since_local, "2026-03-20 08:02", "{}", store.engine);
            assert_eq!(letter.id, letters[0].id);
            assert!(!format!("{letter:?}").contains("Secretname"), "{letter:?}");
        }
        let mut taken: Vec<String> = town.post().taken().iter().map(|to| to.to_lowercase()).collect();
        taken.sort();
        assert_eq!(taken, BOTH, "{}", store.engine);
        // However often it is looked, after a restart, and whatever fails meanwhile.
        for _ in 0..3 {
            town.clock.minute();
            assert_eq!(town.turn().await, None, "{}", store.engine);
        }
        assert_eq!(town.run().await, End::Dead);
        assert_eq!(town.turn().await, None, "{}: it is known", store.engine);
        let (again, clock) = open(&store).await;
        clock.set("2026-03-20T18:00:00Z");
        assert_eq!(turn(&again, &town.means(), &town.id, pending()).await.unwrap(), None, "{}", store.engine);
        // A day later, once.
        assert_eq!(town.turn_at("2026-03-21T12:00:00Z").await, None);
        assert_eq!(town.turn_at("2026-03-21T12:03:00Z").await, Some(End::Told(2)), "{}", store.engine);
        assert!(
            town.post()
                .letters
                .lock()
                .unwrap()
                .iter()
                .all(|letter| letter.again && letter.id != letters[0].id)
        );
        assert_eq!(town.turn_at("2026-03-22T11:00:00Z").await, None, "{}", store.engine);
        town.post().taken();
        town.put(20);
        assert_eq!(town.run().await, End::Applied);
        assert_eq!(town.turn_at("2026-03-23T12:00:00Z").await, None, "{}", store.engine);
        assert_eq!(town.open().await, []);
        // What fails anew is a new one.
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.audited().await, [2, 2, 2], "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_failure_that_is_tried_again_until_it_is_given_up() {
    for store in both().await {
        let town = Town::new(&store).await;
        let text = b"client_id = \"us\"\nclient_secret = \"x\"\n".to_vec();
        let url = Some("https://sis.example/ims/oneroster/rostering/v1p2".to_owned());
        sources::end(&town.context, &town.id, "drop", town.place.path(), None).await.unwrap();
        let sis = Given { url, credentials: Some(Secret::new(text)), ..given(Kind::OneRoster) };
        sources::add(&town.context, &town.id, "sis", sis, &town.keys()).await.unwrap();
        sources::run_now(&town.context, &town.id, "sis", None).await.unwrap();
        let mut tries = 0;
        loop {
            match town.turn().await {
                Some(End::Again(due)) => {
                    tries += 1;
                    assert_eq!(town.turn().await, None, "{}", store.engine);
                    assert_eq!(town.open().await, []);
                    town.clock.set(&due.to_rfc3339());
                }
                end => break assert_eq!(end, Some(End::Dead), "{}", store.engine),
            }
        }
        assert_eq!(tries, 5);
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, [("sis".to_owned(), AlertKind::Failed)]);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_run_that_stopped_is_told_until_what_a_person_approved_was_applied() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.put(5);
        assert_eq!(town.run().await, End::Braked);
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, alert(AlertKind::Stopped));
        // It stops again, and fails, before anybody looks: the one is the same, the other is another.
        assert_eq!(town.run().await, End::Braked);
        assert_eq!(town.turn().await, None, "{}", store.engine);
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await.len(), 2);
        town.put(5);
        let digest = sources::waiting(&town.context, &town.id, "drop").await.unwrap().digest;
        sources::approve(&town.context, &town.id, "drop", &digest, "moved away", None).await.unwrap();
        town.clock.minute();
        assert_eq!(town.turn().await, Some(End::Applied), "{}", store.engine);
        assert_eq!(town.turn().await, None);
        assert_eq!(town.open().await, [], "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_source_is_late_by_its_schedule_until_a_run_is_good_or_it_is_paused_or_ends() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.schedule("0 4 * * *").await;
        // Nobody was at work when it was due on the 21st and on the 22nd: what is said first is that it is late.
        town.clock.set("2026-03-22T12:00:00Z");
        assert_eq!(town.turn().await, Some(End::Applied), "{}: it was queued", store.engine);
        assert_eq!(town.turn().await, None);
        assert_eq!(town.open().await, [], "{}", store.engine);
        // Its folder is written to whenever it is due: it waits, and is late.
        let hold = |moment: &str| {
            let at: DateTime<Utc> = moment.parse().unwrap();
            town.clock.set(moment);
            let file = fs::File::options().write(true).open(town.folder().join("calendar.csv")).unwrap();
            file.set_modified(at.into()).unwrap();
        };
        hold("2026-03-23T12:00:00Z");
        assert_eq!(town.turn().await, None, "{}", store.engine);
        hold("2026-03-24T12:00:00Z");
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, alert(AlertKind::Late));
        sources::pause(&town.context, &town.id, "drop", None).await.unwrap();
        assert_eq!(town.open().await, [], "{}: at once", store.engine);
        assert_eq!(town.turn().await, None);
        sources::resume(&town.context, &town.id, "drop", None).await.unwrap();
        hold("2026-03-25T12:00:00Z");
        assert_eq!(town.turn().await, None, "{}: since then it was due once", store.engine);
        hold("2026-03-26T12:00:00Z");
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        // A good run ends it.
        town.clock.set("2026-03-26T12:10:00Z");
        assert_eq!(town.turn().await, Some(End::Applied));
        assert_eq!(town.turn().await, None);
        assert_eq!(town.open().await, [], "{}", store.engine);
        hold("2026-03-28T12:00:00Z");
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        sources::end(&town.context, &town.id, "drop", town.place.path(), None).await.unwrap();
        assert_eq!(town.open().await, []);
        assert_eq!(town.turn_at("2026-03-30T12:00:00Z").await, None, "{}: nobody waits for it", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_folder_that_nobody_fills_is_late_after_two_school_days() {
    for store in both().await {
        let town = Town::new(&store).await;
        sources::end(&town.context, &town.id, "drop", town.place.path(), None).await.unwrap();
        town.add("watched", true).await;
        assert_eq!(town.turn_at("2026-03-20T12:10:00Z").await, Some(End::Applied), "{}", store.engine);
        // Friday; then Monday and Tuesday are school days.
        assert_eq!(town.turn_at("2026-03-25T03:59:00Z").await, None, "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-25T04:00:00Z").await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, [("watched".to_owned(), AlertKind::Late)]);
        let letters = town.post().letters.lock().unwrap().clone();
        assert_eq!(letters[0].alert.since_local, "2026-03-25 00:00");
        // Filled on Wednesday the 25th; Thursday is no school day.
        town.put(21);
        assert_eq!(town.turn_at("2026-03-25T12:10:00Z").await, Some(End::Applied), "{}", store.engine);
        assert_eq!(town.turn_at("2026-03-30T12:00:00Z").await, None, "{}", store.engine);
        assert_eq!(town.open().await, []);
        assert_eq!(town.turn_at("2026-03-31T12:00:00Z").await, Some(End::Told(2)), "{}", store.engine);
        sources::end(&town.context, &town.id, "watched", town.place.path(), None).await.unwrap();
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_folder_that_is_read_every_night_and_holds_the_same_files_is_late_too() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.schedule("0 4 * * *").await;
        for day in 21..=24 {
            let end = town.turn_at(&format!("2026-03-{day}T12:00:00Z")).await;
            assert_eq!((end, town.turn().await), (Some(End::Applied), None), "{} {day}", store.engine);
        }
        // Friday; then Monday and Tuesday passed.
        assert_eq!(town.turn_at("2026-03-25T12:00:00Z").await, Some(End::Applied));
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.open().await, alert(AlertKind::Late));
        // Another good run of the same files is none that ends it; one that brings something is.
        assert_eq!(town.turn_at("2026-03-26T11:00:00Z").await, Some(End::Applied));
        assert_eq!(town.turn().await, None);
        assert_eq!(town.open().await, alert(AlertKind::Late), "{}", store.engine);
        town.put(21);
        assert_eq!(town.run().await, End::Applied);
        assert_eq!(town.turn().await, None);
        assert_eq!(town.open().await, [], "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn a_mail_server_that_fails_stops_no_sync_and_whoever_has_the_mail_gets_no_other() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        *town.post().fails.lock().unwrap() = Some(NotSent { passes: true, code: "mail_unreachable" });
        let mut waits = Vec::new();
        for _ in 0..8 {
            let from = town.context.now();
            let Some(End::Untold(due)) = town.turn().await else { panic!("{}: it fails", store.engine) };
            waits.push((due - from).num_minutes());
            assert_eq!(town.turn().await, None, "{}: not before", store.engine);
            // A run meanwhile.
            assert_eq!(town.run().await, End::Dead);
            town.clock.set(&due.to_rfc3339());
        }
        assert_eq!(waits, [2, 5, 15, 45, 120, 120, 120, 120], "{}: it is never given up", store.engine);
        // One of two addresses is not taken: the other has the mail, and is not told again for its sake.
        *town.post().fails.lock().unwrap() = None;
        *town.post().refuses.lock().unwrap() = "bo@town.example".to_owned();
        assert_eq!(town.turn().await, Some(End::Told(1)), "{}", store.engine);
        assert_eq!(town.turn().await, None);
        assert_eq!(town.audited().await, [1]);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn another_try_passes_over_those_who_have_the_mail() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        // The program is killed when the first has the mail, before that is noted.
        *town.post().hangs.lock().unwrap() = true;
        let killed = async || {
            tokio::select! {
                _ = town.turn() => panic!("it hangs"),
                () = town.post().came.notified() => {}
            }
        };
        killed().await;
        assert_eq!(town.turn().await, None, "{}: the lease holds", store.engine);
        *town.post().hangs.lock().unwrap() = false;
        assert_eq!(town.post().taken().len(), 1);
        town.clock.set("2026-03-20T12:10:00Z");
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.post().taken().len(), 2, "{}: one more, and none too few", store.engine);
        assert_eq!(town.turn().await, None);
        // Asked to stop in the middle, it gives the mail back; whoever has it is not told again.
        town.post().came.notified().await;
        town.clock.set("2026-03-21T12:10:00Z");
        *town.post().hangs.lock().unwrap() = true;
        let means = town.means();
        let stop = town.post().came.notified();
        let ran = turn(&town.context, &means, &town.id, stop).await.unwrap().unwrap();
        assert_eq!(ran.end, End::GivenBack, "{}", store.engine);
        *town.post().hangs.lock().unwrap() = false;
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        assert_eq!(town.audited().await, [2, 2], "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn two_servers_at_once_tell_it_once() {
    for store in both().await {
        let town = Town::new(&store).await;
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        let (other, clock) = open(&store).await;
        clock.set(&(town.context.now() + TimeDelta::seconds(1)).to_rfc3339());
        let means = town.means();
        let at = |context| turn(context, &means, &town.id, pending());
        let (a, b, c, d) = tokio::join!(at(&town.context), at(&other), at(&town.context), at(&other));
        for ran in [a, b, c, d] {
            ran.unwrap();
        }
        while town.turn().await.is_some() {}
        assert_eq!(town.post().taken().len(), 2, "{}", store.engine);
        assert_eq!((town.audited().await, town.open().await.len()), (vec![2], 1), "{}", store.engine);
        town.is_sound().await;
    }
}

#[tokio::test]
async fn without_a_mail_server_it_is_a_task_on_the_pages_and_is_mailed_once_there_is_one() {
    for store in both().await {
        let mut town = Town::new(&store).await;
        let post = town.post.take();
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        assert_eq!(town.turn().await, None, "{}", store.engine);
        assert_eq!(town.open().await, alert(AlertKind::Failed));
        town.post = post;
        assert_eq!(town.turn().await, Some(End::Told(2)), "{}", store.engine);
        // One that ended before anybody could be told is not told.
        *town.post().fails.lock().unwrap() = Some(NotSent { passes: true, code: "mail_unreachable" });
        town.put(21);
        assert_eq!(town.run().await, End::Applied);
        town.spoil();
        assert_eq!(town.run().await, End::Dead);
        assert!(matches!(town.turn().await, Some(End::Untold(_))), "{}", store.engine);
        town.put(22);
        assert_eq!(town.run().await, End::Applied);
        *town.post().fails.lock().unwrap() = None;
        town.post().taken();
        assert_eq!(town.turn_at("2026-03-20T20:00:00Z").await, None, "{}", store.engine);
        assert!(town.post().taken().is_empty());
        town.is_sound().await;
    }
}
