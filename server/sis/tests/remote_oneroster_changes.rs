//! OneRoster's changes against the stub: a fetch of what changed ends in the files of a fetch of everything.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it cannot go on")]

mod stub;

use serde_json::{Value, json};
use sis::remote::{OneRosterVersion, RemoteKind, RemoteSource, SignIn, Staged, Why};
use std::path::PathBuf;
use stub::tiny::tiny;
use stub::{Fake, InMemory, Stub, lines, run, run_keeping};

const DAY: i64 = 24 * 3600;

struct Place {
    temp: tempfile::TempDir,
    stub: Stub,
    of: RemoteSource,
    kept: InMemory,
    fetches: u32,
}

impl Place {
    /// A stub with a few faults that was fetched from once, its rows kept.
    fn new(version: OneRosterVersion, faults: &[&str]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        tiny(&temp.path().join("files"));
        let mut more = vec!["--version", if version == OneRosterVersion::V1_1 { "1.1" } else { "1.2" }];
        more.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
        let stub = Stub::serve("oneroster", &temp.path().join("files"), &more);
        let kind = RemoteKind::OneRoster { version, sign_in: SignIn::OAuth2 };
        let of = RemoteSource { page_size: Some(4), ..stub.source(kind) };
        let mut place = Self { temp, stub, of, kept: InMemory::default(), fetches: 0 };
        place.changes(&Fake::default());
        place
    }

    fn v1_2(faults: &[&str]) -> Self {
        Self::new(OneRosterVersion::V1_2, faults)
    }

    fn folder(&mut self) -> PathBuf {
        self.fetches += 1;
        self.temp.path().join(format!("fetched{}", self.fetches))
    }

    fn changes(&mut self, tools: &Fake) -> (Staged, PathBuf) {
        let into = self.folder();
        let secrets = self.stub.secrets();
        let staged = run_keeping(&self.of, &secrets, Some(&mut self.kept), &into, tools).unwrap();
        (staged, into)
    }

    /// Fetches what changed, holds it to a fetch of everything, and says what was noted.
    fn assert_same_as_everything(&mut self) -> Staged {
        let (staged, changed) = self.changes(&Fake::default());
        let all = self.folder();
        run(&self.of, &self.stub.secrets(), &all, &Fake::default()).unwrap();
        assert_eq!(lines(&changed), lines(&all));
        staged
    }

    fn fault(&self, name: &str) {
        self.stub.control("POST", &format!("faults/{name}"), "{}");
    }

    fn upsert(&self, collection: &str, row: &Value) {
        self.stub.control("POST", "upsert", &json!({ "collection": collection, "row": row }).to_string());
    }

    fn delete(&self, collection: &str, id: &str) {
        let body = json!({ "collection": collection, "sourcedId": id }).to_string();
        self.stub.control("POST", "delete", &body);
    }

    /// Lets days pass on the stub's clock.
    fn days(&self, days: i64) {
        self.stub.control("POST", "clock", &json!({ "forward": days * DAY }).to_string());
    }

    /// What was asked of a collection in the last fetch.
    fn asked(&self, collection: &str) -> Vec<String> {
        let visits = self.stub.state();
        let last: Vec<String> = serde_json::from_value(visits["visits"]["last"].clone()).unwrap();
        let begin = last.iter().rposition(|each| each.contains("/token")).unwrap();
        let of = format!("/{collection}?");
        last[begin..].iter().filter(|each| each.contains(&of)).cloned().collect()
    }
}

/// How many rows of a file were staged.
fn count(staged: &Staged, file: &str) -> u64 {
    staged.files.iter().find(|(path, _)| path == &format!("oneroster/{file}.csv")).map_or(0, |(_, n)| *n)
}

/// Changes of every kind: a new name, a new role, a new person, one who goes, and a row that goes with them.
fn live_on(place: &Place) {
    place.days(3);
    place.upsert("users", &json!({ "sourcedId": "u12", "familyName": "Married" }));
    place.upsert(
        "users",
        &json!({ "sourcedId": "new", "givenName": "New", "familyName": "One", "enabledUser": true }),
    );
    place.delete("users", "u11");
    place.delete("enrollments", "e3");
    place.upsert("classes", &json!({ "sourcedId": "K1", "title": "Reading, in autumn" }));
}

#[test]
fn what_changed_ends_in_the_files_of_everything_and_nothing_else_is_asked_for() {
    for version in [OneRosterVersion::V1_1, OneRosterVersion::V1_2] {
        let mut place = Place::new(version, &[]);
        for night in 0..3 {
            live_on(&place);
            let (staged, changed) = place.changes(&Fake::default());
            assert_eq!(staged.notes, Vec::<String>::new(), "{night}");
            assert_eq!(count(&staged, "users"), 15);
            assert_eq!(count(&staged, "enrollments"), 3);
            // Of what was kept only the count is asked for without the time.
            let whole = |each: &&String| !each.contains("filter=") && !each.contains("limit=1&");
            for collection in ["orgs", "users", "enrollments", "demographics"] {
                assert_eq!(place.asked(collection).iter().filter(whole).count(), 0, "{collection}");
            }
            let all = place.folder();
            run(&place.of, &place.stub.secrets(), &all, &Fake::default()).unwrap();
            assert_eq!(lines(&changed), lines(&all));
            assert!(lines(&changed)["users.csv"].iter().any(|line| line.contains("Married")));
        }
    }
}

#[test]
fn nothing_is_asked_for_by_our_clock() {
    let mut place = Place::v1_2(&[]);
    place.days(3);
    place.upsert("users", &json!({ "sourcedId": "u12", "familyName": "Married" }));
    // It is the fourth of February there, and the sixth here.
    let (staged, _) = place.changes(&Fake { later: 5 * DAY, ..Fake::default() });
    assert_eq!(staged.notes, Vec::<String>::new());
    assert!(place.asked("users")[0].contains("2026-01-31T"), "{:?}", place.asked("users"));
    place.upsert("users", &json!({ "sourcedId": "u13", "familyName": "Married" }));
    place.assert_same_as_everything();
}

#[test]
fn a_row_that_becomes_visible_after_its_time_is_seen() {
    let mut place = Place::v1_2(&[]);
    place.days(3);
    place.upsert("users", &json!({ "sourcedId": "u12", "familyName": "First" }));
    place.changes(&Fake::default());
    // It bears a time from before the newest row of the last fetch.
    let late = "2026-02-03T12:00:00.000Z";
    place.upsert("users", &json!({ "sourcedId": "u13", "familyName": "Late", "dateLastModified": late }));
    assert_eq!(place.assert_same_as_everything().notes, Vec::<String>::new());
}

#[test]
fn deletes_that_vanish_are_seen_by_the_servers_count_or_by_what_must_come_again() {
    let count_note = "read in full, for changes did not add up: users";
    for faults in [&["deletes-vanish"][..], &["deletes-vanish", "no-total-count"]] {
        let mut place = Place::v1_2(faults);
        place.days(3);
        place.upsert("users", &json!({ "sourcedId": "u12", "familyName": "Married" }));
        place.changes(&Fake::default());
        // One whose row is as old as the first fetch, and one whose row would have to come again.
        let goes = if faults.len() == 1 { "u11" } else { "u12" };
        place.delete("users", goes);
        let staged = place.assert_same_as_everything();
        assert_eq!(staged.notes, [count_note], "{goes}");
        assert_eq!(count(&staged, "users"), 14);
        assert_eq!(place.assert_same_as_everything().notes, Vec::<String>::new());
    }
}

#[test]
fn a_delete_that_nothing_shows_is_seen_within_a_week() {
    let mut place = Place::v1_2(&["deletes-vanish", "no-total-count"]);
    place.days(3);
    place.upsert("users", &json!({ "sourcedId": "u12", "familyName": "Married" }));
    place.changes(&Fake::default());
    place.delete("users", "u11");
    let (staged, _) = place.changes(&Fake { later: 6 * DAY, ..Fake::default() });
    assert_eq!(count(&staged, "users"), 15);
    let (staged, _) = place.changes(&Fake { later: 7 * DAY, ..Fake::default() });
    assert_eq!(staged.notes, ["everything was read, for that is done once a week"]);
    assert_eq!(count(&staged, "users"), 14);
}

#[test]
fn a_server_that_does_not_say_what_changed_is_read_in_full() {
    for (fault, why) in [
        ("filter-refused", "the server refuses to say what changed since a time"),
        ("filter-ignored", "the server, asked for what changed, sends what did not"),
        ("filter-finds-nothing", "changes did not add up"),
    ] {
        println!("{fault}");
        let mut place = Place::v1_2(&[fault]);
        live_on(&place);
        // A time since which not every row changed.
        place.changes(&Fake::default());
        live_on(&place);
        let staged = place.assert_same_as_everything();
        let said = staged.notes.iter().find(|note| note.contains(why));
        assert!(said.is_some_and(|note| note.contains("users")), "{fault}: {:?}", staged.notes);
        assert_eq!(count(&staged, "users"), 15);
    }
}

#[test]
fn a_server_that_refuses_is_asked_once_a_fetch_and_again_after_a_week() {
    let mut place = Place::v1_2(&["filter-refused"]);
    let filters = |place: &Place| {
        let of = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics"];
        let asked = of.iter().flat_map(|collection| place.asked(collection));
        asked.filter(|each| each.contains("filter=")).count()
    };
    place.changes(&Fake::default());
    assert_eq!(filters(&place), 2, "with sort, and without");
    place.changes(&Fake::default());
    assert_eq!(filters(&place), 0);
    place.changes(&Fake { later: 7 * DAY, ..Fake::default() });
    assert_eq!(filters(&place), 0);
    place.changes(&Fake { later: 7 * DAY, ..Fake::default() });
    assert_eq!(filters(&place), 2);
}

#[test]
fn no_fault_on_the_way_loses_or_doubles_a_change() {
    for fault in [
        "clamp-limit-500",
        "no-total-count",
        "no-link",
        "forbidden-for-unauthorized",
        "no-content-for-not-found",
        "booleans-as-integers",
        "duplicate-rows",
        "reordered",
        "token-expires-mid-run",
        "rate-limit",
        "unavailable",
        "cut-mid-page",
        "no-demographics",
        "sort-refused",
    ] {
        println!("{fault}");
        let mut place = Place::v1_2(&[]);
        live_on(&place);
        place.fault(fault);
        let staged = place.assert_same_as_everything();
        assert_eq!(count(&staged, "users"), 15, "{fault}");
        place.stub.control("DELETE", "faults", "");
        assert_eq!(count(&place.assert_same_as_everything(), "users"), 15, "{fault}");
    }
}

#[test]
fn rows_without_a_time_are_read_in_full_and_a_time_of_the_future_hides_no_change() {
    let mut place = Place::v1_2(&[]);
    let timed = |time: &str| json!({ "sourcedId": "u12", "familyName": "Odd", "dateLastModified": time });
    place.days(3);
    place.upsert("users", &timed("2099-01-01T00:00:00.000Z"));
    assert_eq!(place.assert_same_as_everything().notes, Vec::<String>::new());
    place.upsert("users", &json!({ "sourcedId": "u13", "familyName": "Changed" }));
    assert_eq!(place.assert_same_as_everything().notes, Vec::<String>::new());
    place.upsert("users", &timed("yesterday"));
    place.assert_same_as_everything();
    place.upsert("users", &json!({ "sourcedId": "u14", "familyName": "Changed" }));
    let staged = place.assert_same_as_everything();
    assert_eq!(staged.notes, ["read in full, for rows, or the server, do not say the time: users"]);
}

#[test]
fn a_server_that_refuses_to_sort_is_read_whole_or_not_at_all() {
    let temp = tempfile::tempdir().unwrap();
    let files = temp.path().join("files");
    tiny(&files);
    let fetch = |faults: &[&str], into: &str| {
        let more: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
        let stub = Stub::serve("oneroster", &files, &more);
        let kind = RemoteKind::OneRoster { version: OneRosterVersion::V1_2, sign_in: SignIn::OAuth2 };
        let of = RemoteSource { page_size: Some(6), ..stub.source(kind) };
        let into = temp.path().join(into);
        run(&of, &stub.secrets(), &into, &Fake::default()).map(|staged| (staged, lines(&into), stub))
    };
    let (_, whole, _) = fetch(&[], "sorted").unwrap();
    let (staged, unsorted, stub) = fetch(&["sort-refused"], "unsorted").unwrap();
    assert_eq!(unsorted, whole);
    let note = "the server refuses to sort, so its rows were read until two readings agreed";
    assert_eq!(staged.notes, [note]);
    // By pages of two sizes; sort is tried once.
    let asked: Vec<String> = serde_json::from_value(stub.state()["visits"]["last"].clone()).unwrap();
    let has = |what: &str| asked.iter().filter(|each| each.contains(what)).count();
    assert_eq!(has("sort="), 1);
    assert!(has("users?limit=6&") > 0 && has("users?limit=4&") > 0, "{asked:?}");
    // A deleted row moves the others.
    fetch(&["sort-refused", "delete-while-paging"], "deleted").unwrap();
    // A row is hidden behind another that comes twice, the same at each reading.
    let error = fetch(&["sort-refused", "unsorted-pages-overlap"], "overlaps").err().unwrap();
    assert_eq!(error.why, Why::Unsteady);
    assert!(!temp.path().join("overlaps").exists());
}

#[test]
fn what_is_kept_holds_no_secret_nor_what_is_not_used_and_stays_where_a_fetch_fails() {
    let mut place = Place::v1_2(&[]);
    place.upsert(
        "users",
        &json!({ "sourcedId": "u12", "familyName": "Married", "metadata": { "ssn": "078-05-1120" } }),
    );
    place.delete("users", "u13");
    place.changes(&Fake::default());
    let before = place.kept.0.clone();
    let text = String::from_utf8(before.clone().unwrap()).unwrap();
    assert!(text.contains("Married") && !text.contains("078-05-1120"));
    assert!(!text.contains("Kid13") && !text.contains(place.stub.text("clientSecret")));
    place.fault("redirect-other-host");
    let (into, secrets) = (place.folder(), place.stub.secrets());
    let failed = run_keeping(&place.of, &secrets, Some(&mut place.kept), &into, &Fake::default());
    assert_eq!(failed.unwrap_err().why, Why::Redirect(302));
    assert_eq!(place.kept.0, before);
    assert!(!into.exists());
}
